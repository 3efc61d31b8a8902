import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import { HomePane } from "../home/home-pane.tsx";
import { LessonPane } from "../lesson/lesson-pane.tsx";
import { Announcer } from "./announcer.tsx";
import { useApp, useSignal } from "./context.ts";
import { AboutDialog, KeysDialog, LimitsDialog } from "./dialogs.tsx";
import type { DialogName } from "./dialogs.tsx";
import { Frame } from "./frame.tsx";
import { Keys } from "./keys.ts";
import type { KeyActions } from "./keys.ts";
import { SCENARIOS, hrefOf } from "./route.ts";
import { Signal } from "../store/signal.ts";
import { useAppearance } from "./theme.ts";
import { TopBar } from "./top-bar.tsx";
import { StoppedNotice } from "./trouble.tsx";
import { usePage } from "./use-page.ts";
import type { Page } from "./use-page.ts";
import { useRoute } from "./use-route.ts";
import { setFolded, isFolded } from "./layout.ts";
import { useBreakpoint } from "./use-media.ts";

/** Moves the session once a frame of animation. */
function useClock(): void {
  const { session } = useApp();
  useEffect(() => {
    let last = performance.now();
    let frame = 0;
    const beat = (now: number): void => {
      // After a pause of the whole tab the view goes on where it was.
      session.tick(Math.min(100, now - last));
      last = now;
      frame = requestAnimationFrame(beat);
    };
    frame = requestAnimationFrame(beat);
    return () => { cancelAnimationFrame(frame); };
  }, [session]);
}

function useKeys(page: Page, onDialog: (name: DialogName) => void): void {
  const { session, prefs } = useApp();
  const breakpoint = useBreakpoint();
  const run = page.is === "learn" ? page.run : null;
  const actions = useRef<KeyActions | null>(null);
  useEffect(() => {
    actions.current = {
      fold: (pane) => { setFolded(prefs, breakpoint, pane, !isFolded(prefs.getState(), breakpoint, pane)); },
      showKeys: () => { onDialog("keys"); },
      lessonStep: (by) => { if (run !== null && (by === -1 || run.mayGoOn)) run.go(by); },
      hint: () => { run?.hint(); },
    };
  });
  useEffect(() => {
    const none: KeyActions = { fold: () => undefined, showKeys: () => undefined, lessonStep: () => undefined, hint: () => undefined };
    const keys = new Keys(session, prefs, () => actions.current ?? none);
    session.pageKey = keys.onPageKey;
    addEventListener("keydown", keys.onKeyDown);
    return () => { removeEventListener("keydown", keys.onKeyDown); };
  }, [session, prefs]);
}

function LostPane({ page }: { readonly page: Extract<Page, { is: "lost" }> }): ReactElement {
  return (
    <div className="empty" role="alert">
      <p>{page.what}</p>
      <p><a href={hrefOf({ is: "home" })}>Go to the first page</a></p>
    </div>
  );
}

interface Surroundings {
  readonly crumbs: readonly string[];
  readonly where: string;
  readonly sideName: string;
  readonly side: ((fold: () => void) => ReactNode) | null;
}

function surroundingsOf(page: Page): Surroundings {
  switch (page.is) {
    case "loading": return { crumbs: [], where: "", sideName: "Loading", side: () => <p className="empty">Loading…</p> };
    case "home": return { crumbs: [], where: "", sideName: "Start", side: () => <HomePane tour={page.tour} /> };
    case "lab": return { crumbs: ["Lab", SCENARIOS[page.scenario] ?? page.scenario], where: "", sideName: "", side: null };
    case "lost": return { crumbs: [], where: "", sideName: "Not found", side: () => <LostPane page={page} /> };
    case "learn": {
      const { run } = page;
      const where = run.step === null ? "done" : `${run.stepIndex + 1} of ${run.facts.steps.length}`;
      return { crumbs: ["Lesson", run.words.title], where, sideName: "Lesson", side: (fold) => <LessonPane run={run} onFold={fold} /> };
    }
  }
}

const NEVER = new Signal();

export function AppView(): ReactElement {
  const { session } = useApp();
  const page = usePage(session, useRoute());
  const [dialog, setDialog] = useState<DialogName | null>(null);
  useAppearance();
  useClock();
  useKeys(page, setDialog);
  useSignal(page.is === "learn" ? page.run.changed : NEVER);
  const { crumbs, where, sideName, side } = surroundingsOf(page);
  const close = useMemo(() => () => { setDialog(null); }, []);
  useEffect(() => { document.title = [...crumbs.slice(-1), "knetsim"].join(" · "); });
  return (
    <Frame key={page.is} sideName={sideName} side={side} top={<TopBar crumbs={crumbs} where={where} onDialog={setDialog} />}>
      <StoppedNotice />
      <Announcer />
      {dialog === "about" && <AboutDialog onClose={close} />}
      {dialog === "limits" && <LimitsDialog onClose={close} />}
      {dialog === "keys" && <KeysDialog onClose={close} />}
    </Frame>
  );
}
