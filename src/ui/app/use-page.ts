import { useEffect, useState } from "react";
import { Tour } from "../home/tour.ts";
import { lessonIds, loadLesson } from "../lesson/load-lesson.ts";
import type { LessonRun } from "../lesson/lesson-run.ts";
import { DEFAULT_SCENARIO, SCENARIOS } from "./route.ts";
import type { Route } from "./route.ts";
import type { Session } from "./session.ts";

/** What a route puts beside the picture. */
export type Page =
  | { readonly is: "loading" }
  | { readonly is: "home"; readonly tour: Tour }
  | { readonly is: "lab"; readonly scenario: string }
  | { readonly is: "learn"; readonly run: LessonRun }
  | { readonly is: "lost"; readonly what: string; readonly known: readonly string[] };

const SEED = 1;
/** Shells with which a lab begins: where its story starts. */
const FIRST_SHELLS: Readonly<Record<string, readonly string[]>> = { "two-clusters": ["C0w1/c1"], lab: ["lab"] };

/** Calls `then` whenever a world was loaded: at first, and after a restart. Returns what ends it. */
function whenLoaded(session: Session, then: () => void): () => void {
  return session.world.loaded.subscribe(then);
}

/** Opens what the route names; each page has an engine of its own. */
export function usePage(session: Session, route: Route): Page {
  const [page, setPage] = useState<Page>({ is: "loading" });
  const key = JSON.stringify(route);
  useEffect(() => {
    const ends: (() => void)[] = [];
    let gone = false;
    const open = async (): Promise<void> => {
      const next = await openRoute(session, JSON.parse(key) as Route, ends);
      if (!gone) setPage(next);
    };
    void open();
    return () => {
      gone = true;
      session.player.setPauseWhen(null);
      for (const end of ends) end();
    };
  }, [session, key]);
  return page;
}

async function openRoute(session: Session, route: Route, ends: (() => void)[]): Promise<Page> {
  session.player.setSpeed(1);
  if (route.is === "learn") return openLesson(session, route.lesson, ends);
  if (route.is === "lab") return openLab(session, route.scenario, ends);
  const tour = new Tour(session);
  ends.push(() => { tour.close(); }, whenLoaded(session, () => { tour.begin(); }));
  session.load(DEFAULT_SCENARIO, SEED);
  return { is: "home", tour };
}

function openLab(session: Session, scenario: string, ends: (() => void)[]): Page {
  if (SCENARIOS[scenario] === undefined) return { is: "lost", what: `There is no lab "${scenario}".`, known: Object.keys(SCENARIOS) };
  ends.push(whenLoaded(session, () => {
    const shells = FIRST_SHELLS[scenario] ?? [];
    for (const place of shells) session.focusShell(session.terminals.openAt(place));
  }));
  session.load(scenario, SEED);
  return { is: "lab", scenario };
}

async function openLesson(session: Session, id: string, ends: (() => void)[]): Promise<Page> {
  const run = await loadLesson(session, id);
  if (run === null) return { is: "lost", what: `There is no lesson "${id}".`, known: lessonIds() };
  ends.push(whenLoaded(session, () => {
    run.begin(performance.now());
    const first = session.terminals.shells[0];
    if (first !== undefined) session.terminals.activate(first);
  }));
  session.load(run.facts.scenario.use, run.facts.scenario.seed);
  return { is: "learn", run };
}
