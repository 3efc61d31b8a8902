import "./home.css";
import "../lesson/lesson.css";
import { useEffect, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import { browserStorage } from "../app/prefs.ts";
import { hrefOf } from "../app/route.ts";
import { lessonCatalogue } from "../lesson/load-lesson.ts";
import type { LessonEntry } from "../lesson/load-lesson.ts";
import { loadProgress, progressWords } from "../lesson/progress.ts";
import { TOUR_ANSWER, TOUR_OPTIONS } from "./tour.ts";
import type { Stage, Tour } from "./tour.ts";

const FIRST_LESSON = "c2-09-trace";

const CAPTIONS: Readonly<Record<Stage, ReactNode>> = {
  hello: <>Two Kubernetes clusters, running in this page.</>,
  watch: <>A ping from pod <b>C0w1/c1</b> to pod <b>C0w2/c2</b>. These are its real frames.</>,
  capsule: <>Stopped inside the tunnel: a packet in a packet. The strip under the picture shows both pairs of addresses.</>,
  yours: <>Now you.</>,
  ask: <>Your packet has come as far as the worker.</>,
  answered: <>There it goes.</>,
  free: <>Click any machine to open a shell on it. Drag the timeline to go back.</>,
};

/** Stages that go on without the learner. */
const BY_ITSELF: ReadonlySet<Stage> = new Set(["hello", "watch", "capsule"]);

function textOf(option: string): string {
  return TOUR_OPTIONS.find((one) => one.id === option)?.text ?? option;
}

function Question({ tour }: { readonly tour: Tour }): ReactElement {
  return (
    <fieldset className="ask">
      <legend><b>Predict first. </b>Which destination will the frame on the wire carry?</legend>
      {TOUR_OPTIONS.map((option) => (
        <label key={option.id} className="option">
          <input type="radio" name="tour" onChange={() => { tour.answer(option.id); }} /><span>{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Outcome({ tour }: { readonly tour: Tour }): ReactElement {
  const answer = tour.answered ?? "";
  return (
    <div className="ask told" role="status">
      <dl className="verdict">
        <dt>You said</dt><dd className={answer === TOUR_ANSWER ? "right" : ""}>{textOf(answer)}</dd>
        <dt>It did</dt><dd><b>{textOf(TOUR_ANSWER)}</b></dd>
        <dt>Why</dt><dd>The machines between know workers, not pods. So the worker wraps the pod's packet in one of its own: VXLAN.</dd>
      </dl>
    </div>
  );
}

function useCatalogue(): readonly LessonEntry[] {
  const [entries, setEntries] = useState<readonly LessonEntry[]>([]);
  useEffect(() => {
    let gone = false;
    void lessonCatalogue().then((found) => { if (!gone) setEntries(found); });
    return () => { gone = true; };
  }, []);
  return entries;
}

function MoreLessons(): ReactElement | null {
  const more = useCatalogue().filter((entry) => entry.id !== FIRST_LESSON);
  if (more.length === 0) return null;
  return (
    <ul className="more" aria-label="More lessons">
      {more.map(({ id, title, minutes }) => <li key={id}><a href={hrefOf({ is: "learn", lesson: id })}>{title}</a> <span>{minutes} min</span></li>)}
    </ul>
  );
}

function Ways(): ReactElement {
  const done = progressWords(loadProgress(browserStorage(), FIRST_LESSON));
  return (
    <nav className="ways" aria-label="Ways on">
      <a className="way primary" href={hrefOf({ is: "learn", lesson: FIRST_LESSON })}><b>Start the lesson</b><span>Follow a ping, hop by hop · {done === "" ? "8 min" : done}</span></a>
      <MoreLessons />
      <a className="way" href={hrefOf({ is: "lab", scenario: "two-clusters" })}><b>Open the lab</b><span>Two clusters, all shells, no guide</span></a>
      <a className="way" href={hrefOf({ is: "lab", scenario: "lab" })}><b>One machine</b><span>Build network namespaces by hand</span></a>
    </nav>
  );
}

/** What stands beside the picture on the first page. */
export function HomePane({ tour }: { readonly tour: Tour }): ReactElement {
  const session = useSession();
  useSignal(tour.changed);
  useSignal(session.terminals.changed);
  const { stage } = tour;
  return (
    <div className="home">
      <h1>See how Kubernetes networking really works</h1>
      <p className="caption" role="status">{CAPTIONS[stage]}</p>
      {stage === "yours" && <button type="button" className="press" onClick={() => { tour.pressEnter(); }}><span>Press <kbd>Enter <Icon name="enter" /></kbd> to send your own</span></button>}
      {stage === "ask" && <Question tour={tour} />}
      {tour.revealed && <Outcome tour={tour} />}
      {tour.revealed && <p className="caption">{CAPTIONS.free}</p>}
      {BY_ITSELF.has(stage) && <p className="skip"><button type="button" className="button quiet" onClick={() => { tour.takeOver(); }}>Skip this</button></p>}
      <span className="grow" />
      <Ways />
    </div>
  );
}
