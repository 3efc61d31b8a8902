import "./shell-pane.css";
import { useCallback, useState } from "react";
import type { ReactElement } from "react";
import { useApp, useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import { hopWords } from "../time/track.ts";
import { PlaceMenu } from "./place-menu.tsx";
import { TerminalView } from "./terminal-view.tsx";
import type { Shell } from "./terminals.ts";
import { TouchKeys } from "./touch-keys.tsx";

const MIN_PX = 10;
const MAX_PX = 28;

function Tab({ shell, active }: { readonly shell: Shell; readonly active: boolean }): ReactElement {
  const session = useSession();
  const kind = session.world.places.get(shell.place)?.kind ?? "host";
  return (
    <div className={active ? "shell-tab active" : "shell-tab"} onPointerEnter={() => { session.selection.hover(shell.place); }} onPointerLeave={() => { session.selection.hover(null); }}>
      <button type="button" aria-current={active} className="tab" onClick={() => { session.focusShell(shell); }}>
        <span className={`shape ${kind}`} aria-hidden="true" />{shell.place}
        {shell.running !== "" && <span className="running" role="img" aria-label="a command is running" title={shell.running} />}
      </button>
      <button type="button" className="close" aria-label={`Close shell ${shell.place}`} onClick={() => { session.terminals.close(shell); }}><Icon name="close" /></button>
    </div>
  );
}

function FontButtons(): ReactElement {
  const { prefs } = useApp();
  const change = (by: number) => () => { prefs.setState(({ terminalPx }) => ({ terminalPx: Math.max(MIN_PX, Math.min(MAX_PX, terminalPx + by)) })); };
  return (
    <>
      <button type="button" className="tool" aria-label="A− smaller shell text" title="Alt+-" onClick={change(-1)}>A−</button>
      <button type="button" className="tool" aria-label="A+ larger shell text" title="Alt+=" onClick={change(1)}>A+</button>
    </>
  );
}

/** Why a shell shows nothing new: the picture has not come so far, or it shows an earlier instant. */
function Held({ shell }: { readonly shell: Shell }): ReactElement | null {
  const { player, terminals, tracks } = useSession();
  useSignal(player.changed);
  if (player.past) return <div className="held past">past: typing goes back to live</div>;
  if (player.playing || !(terminals.isWaiting(shell) || shell.running !== "")) return null;
  const track = tracks.followed;
  return <div className="held">paused with the simulation{track === null ? "" : ` at ${hopWords(track, player.position)}`}</div>;
}

function PastePreview({ text, onDone }: { readonly text: string; readonly onDone: (run: boolean) => void }): ReactElement {
  const count = text.trimEnd().split("\n").length;
  return (
    <div className="paste" role="alertdialog" aria-label="Paste several lines">
      <b>{count} lines will run one after another:</b>
      <pre>{text}</pre>
      <div className="row">
        <button type="button" className="button primary" autoFocus onClick={() => { onDone(true); }}>Paste</button>
        <button type="button" className="button" onClick={() => { onDone(false); }}>Cancel</button>
      </div>
    </div>
  );
}

interface PaneProps {
  readonly folded: boolean;
  readonly onFold: () => void;
}

/** The shells: a tab for each, opened from the graph, a lesson or "+". */
export function ShellPane({ folded, onFold }: PaneProps): ReactElement {
  const session = useSession();
  const { terminals } = session;
  useSignal(terminals.changed);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [pasted, setPasted] = useState<string | null>(null);
  const { active } = terminals;
  const closeMenu = useCallback(() => { setAnchor(null); }, []);
  return (
    <div className="shell">
      <nav className="shell-tabs" aria-label="Shells">
        {terminals.shells.map((shell) => <Tab key={shell.request} shell={shell} active={shell === active} />)}
        <button type="button" className="tool" aria-label="New shell" aria-haspopup="menu" aria-expanded={anchor !== null} onClick={(event) => { setAnchor(event.currentTarget); }}><Icon name="plus" /></button>
        <span className="grow" />
        <FontButtons />
        <button type="button" className="tool wide-only" aria-label={folded ? "Open the dock" : "Fold the dock"} title="i" onClick={onFold}><Icon name="foldDown" /></button>
      </nav>
      <div className="shell-body">
        {terminals.shells.map((shell) => <TerminalView key={shell.request} shell={shell} active={shell === active} onPasteLines={setPasted} />)}
        {active === null ? <p className="shell-empty">Click a machine in the picture to open a shell on it, or use <b>+</b>.</p> : <Held shell={active} />}
        {pasted !== null && active !== null && <PastePreview text={pasted} onDone={(run) => {
          if (run) session.type(active, pasted.replace(/\n/g, "\r"));
          setPasted(null);
          session.focusShell(active);
        }} />}
      </div>
      {active !== null && <TouchKeys shell={active} />}
      {anchor !== null && <PlaceMenu anchor={anchor} onClose={closeMenu} onChoose={(place) => { setAnchor(null); session.focusShell(terminals.openNew(place)); }} />}
    </div>
  );
}
