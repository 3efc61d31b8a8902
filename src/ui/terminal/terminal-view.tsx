import { useEffect, useLayoutEffect, useRef } from "react";
import type { ReactElement } from "react";
import { useApp, usePref } from "../app/context.ts";
import { useBreakpoint } from "../app/use-media.ts";
import type { Shell } from "./terminals.ts";
import { XtermScreen } from "./xterm-screen.ts";

/** A large screen is looked at from further away. */
const WIDE_EXTRA_PX = 2;

interface Props {
  readonly shell: Shell;
  readonly active: boolean;
  readonly onPasteLines: (text: string) => void;
}

/** One shell's screen. It stays on the page while its tab is hidden, so that nothing is lost. */
export function TerminalView({ shell, active, onPasteLines }: Props): ReactElement {
  const { session, prefs } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const screen = useRef<XtermScreen | null>(null);
  const paste = useRef(onPasteLines);
  useEffect(() => { paste.current = onPasteLines; });
  const wide = useBreakpoint() === "wide";
  const fontPx = usePref((all) => all.terminalPx) + (wide ? WIDE_EXTRA_PX : 0);
  const screenReader = usePref((all) => all.verbosity !== "off");
  const theme = usePref((all) => all.theme);

  useEffect(() => {
    if (host.current === null) return;
    const { terminalPx } = prefs.getState();
    const made = new XtermScreen(host.current, shell.place, { fontPx: terminalPx, screenReader: prefs.getState().verbosity !== "off" }, {
      onInput: (data) => { session.type(shell, data); },
      onResize: (cols, rows) => { session.terminals.resize(shell, cols, rows); },
      onPasteLines: (text) => { paste.current(text); },
      onPageKey: (event) => session.pageKey(event),
    });
    screen.current = made;
    session.terminals.attach(shell, made);
    return () => {
      session.terminals.attach(shell, null);
      made.dispose();
    };
  }, [session, prefs, shell]);
  useEffect(() => { screen.current?.setOptions({ fontPx, screenReader }); }, [fontPx, screenReader, theme]);
  // Before the browser does anything else: a key pressed right after the switch belongs to this shell.
  useLayoutEffect(() => {
    if (active && session.wantsFocus === shell) screen.current?.focus();
  });
  useEffect(() => {
    if (!active) return;
    screen.current?.fit();
    if (session.wantsFocus !== shell) return;
    const frame = requestAnimationFrame(() => {
      screen.current?.focus();
      if (session.wantsFocus === shell) session.wantsFocus = null;
    });
    return () => { cancelAnimationFrame(frame); };
  });
  return <div ref={host} className="screen" hidden={!active} data-place={shell.place} />;
}
