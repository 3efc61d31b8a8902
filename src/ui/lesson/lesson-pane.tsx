import "./lesson.css";
import { useEffect, useReducer, useRef } from "react";
import type { ReactElement } from "react";
import { useSession, useSignal } from "../app/context.ts";
import { Icon } from "../app/icons.tsx";
import { hrefOf } from "../app/route.ts";
import { AskCard } from "./ask-card.tsx";
import { CommandCard } from "./command-card.tsx";
import type { LessonRun } from "./lesson-run.ts";
import { Prose } from "./prose.tsx";

function Dots({ run }: { readonly run: LessonRun }): ReactElement {
  return (
    <div className="step-dots" aria-hidden="true">
      {run.facts.steps.map((step, i) => {
        const mark = run.markOf(step.id);
        const name = i === run.stepIndex ? "now" : mark === "skipped" ? "skipped" : mark === null ? "" : "done";
        return <span key={step.id} className={name} />;
      })}
    </div>
  );
}

function Head({ run, title, onFold }: { readonly run: LessonRun; readonly title: string; readonly onFold: () => void }): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [run.stepIndex]);
  const count = run.facts.steps.length;
  return (
    <div>
      <div className="eyebrow">
        <span>{run.step === null ? "Done" : `Step ${run.stepIndex + 1} of ${count} · about ${run.facts.minutes} min`}</span>
        <Dots run={run} /><span className="grow" />
        <button type="button" className="button icon quiet" aria-label="Fold the lesson" onClick={onFold}><Icon name="foldLeft" /></button>
      </div>
      <h1 ref={heading} tabIndex={-1}>{title}</h1>
    </div>
  );
}

function Checks({ run }: { readonly run: LessonRun }): ReactElement | null {
  const { state } = run;
  if (state === null || state.checks.length === 0) return null;
  return (
    <section className="checks">
      <h2>Done when</h2>
      <ul>
        {state.checks.map((check) => (
          <li key={check.text} className={check.ok ? "ok" : ""}>
            <span className="box">{check.ok && <Icon name="check" />}</span>
            <span><span className="visually-hidden">{check.ok ? "done: " : "not yet: "}</span>{check.text}{!check.ok && check.found !== "" && <span className="found">{check.found}</span>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Hints({ run }: { readonly run: LessonRun }): ReactElement {
  const { hints, says } = run.stepWords;
  const diagnoses = run.done ? [] : run.state?.diagnoses ?? [];
  const solution = run.hintsShown > hints.length;
  return (
    <>
      {diagnoses.map((key) => says.has(key) && <div key={key} className="hint say" role="status"><h2>Look again</h2><Prose blocks={says.get(key) ?? []} vars={run.vars} /></div>)}
      {hints.slice(0, run.hintsShown).map((hint, i) => <div key={i} className="hint" role="status"><h2>Hint {i + 1}</h2><Prose blocks={hint} vars={run.vars} /></div>)}
      {solution && <div className="hint" role="status"><h2>Solution</h2><p>The command is in the shell. Press Enter there.</p></div>}
    </>
  );
}

function StepBody({ run }: { readonly run: LessonRun }): ReactElement {
  const { step, stepWords } = run;
  return (
    <>
      {stepWords.intro.length > 0 && <Prose blocks={stepWords.intro} vars={run.vars} />}
      {(step?.ask ?? []).map((ask) => {
        const words = stepWords.asks.get(ask.id);
        return words !== undefined && <AskCard key={ask.id} ask={ask} words={words} vars={run.vars} answer={run.answerTo(ask.id)} revealed={run.revealed} onAnswer={(value) => { run.answer(ask, value); }} />;
      })}
      {(step?.run ?? []).map((command) => (
        <CommandCard key={`${step?.id ?? ""} ${command.at} ${command.cmd}`} command={command} text={run.commandOf(command)} locked={run.locked} onType={(now) => { run.propose(command, now); }} />
      ))}
      <Hints run={run} />
      <Checks run={run} />
      {run.done && <p className="well-done" role="status">All checks hold.</p>}
      {run.done && stepWords.reality.length > 0 && <div className="aside-card"><h2>In real clusters</h2><Prose blocks={stepWords.reality} vars={run.vars} /></div>}
    </>
  );
}

function EndBody({ run }: { readonly run: LessonRun }): ReactElement {
  const tries = [...run.words.steps.values()].flatMap((step) => step.tries);
  return (
    <>
      <p className="well-done">You are through. Everything keeps running: keep this state and explore.</p>
      {tries.length > 0 && <div className="aside-card"><h2>Try</h2>{tries.map((one, i) => <Prose key={i} blocks={one} vars={run.vars} />)}</div>}
      <p><a className="button" href={hrefOf({ is: "lab", scenario: run.facts.scenario.use })}>Open a fresh lab</a></p>
    </>
  );
}

function Foot({ run }: { readonly run: LessonRun }): ReactElement {
  const offered = run.hintIsOffered(performance.now());
  return (
    <div className="lesson-foot">
      {run.stepIndex > 0 && <button type="button" className="button icon" aria-label="Previous step" title="p" onClick={() => { run.go(-1); }}><Icon name="back" /></button>}
      {run.step !== null && run.hintCount > 0 && (
        <button type="button" className="button" aria-disabled={run.hintsShown >= run.hintCount} title="h" onClick={() => { run.hint(); }}>
          {offered ? "Need a hint? " : "Hint "}{Math.min(run.hintsShown + 1, run.hintCount)}/{run.hintCount}
        </button>
      )}
      {run.step !== null && !run.done && <button type="button" className="button" onClick={() => { run.skip(); }}>Skip</button>}
      <span className="grow" />
      {run.step !== null && (
        <button type="button" className={run.mayGoOn ? "button primary" : "button"} title={run.mayGoOn ? "n" : "When the checks hold; Skip does them for you"} aria-disabled={!run.mayGoOn}
          onClick={() => { if (run.mayGoOn) run.go(1); }}>{run.stepIndex === run.facts.steps.length - 1 ? "Finish" : "Next"} <Icon name="forward" /></button>
      )}
    </div>
  );
}

/** The lesson: one step at a time, beside the living simulation. */
export function LessonPane({ run, onFold }: { readonly run: LessonRun; readonly onFold: () => void }): ReactElement {
  const session = useSession();
  useSignal(run.changed);
  useSignal(session.lessonChanged);
  useSignal(session.player.changed);
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(again, 20_000);
    return () => { clearInterval(timer); };
  }, []);
  const scroll = useRef<HTMLDivElement>(null);
  useEffect(() => { scroll.current?.scrollTo(0, 0); }, [run.stepIndex]);
  return (
    <div className="lesson">
      <div className="lesson-scroll" ref={scroll} tabIndex={0} role="region" aria-label="Lesson text">
        <Head run={run} title={run.step === null ? run.words.title : run.stepWords.title} onFold={onFold} />
        {run.stepIndex === 0 && <div className="lesson-goal"><Prose blocks={run.words.goal} vars={run.vars} /></div>}
        {run.step === null ? <EndBody run={run} /> : <StepBody run={run} />}
      </div>
      <Foot run={run} />
    </div>
  );
}
