import { useState } from "react";
import type { ReactElement } from "react";
import type { AskFacts } from "./facts.ts";
import { DONT_KNOW } from "./lesson-run.ts";
import { Inlines, Prose } from "./prose.tsx";
import type { AskWords, Inline } from "./words.ts";

interface Props {
  readonly ask: AskFacts;
  readonly words: AskWords;
  readonly vars: Readonly<Record<string, string>>;
  readonly answer: string | null;
  /** What happened may be told. */
  readonly revealed: boolean;
  readonly onAnswer: (value: string) => void;
}

const UNSURE: readonly Inline[] = [{ is: "text", text: "I would rather see" }];

function Told({ ask, words, vars, answer }: Omit<Props, "onAnswer" | "revealed">): ReactElement {
  const right = String(ask.answer);
  const textOf = (option: string): readonly Inline[] => words.options.get(option) ?? [{ is: "text", text: option }];
  return (
    <>
      <dl className="verdict">
        <dt>You said</dt><dd className={answer === right ? "right" : ""}><Inlines inlines={answer === null || answer === DONT_KNOW ? UNSURE : textOf(answer)} vars={vars} /></dd>
        <dt>It did</dt><dd><b><Inlines inlines={textOf(right)} vars={vars} /></b></dd>
        {words.why.length > 0 && <><dt>Why</dt><dd><Prose blocks={words.why} vars={vars} /></dd></>}
      </dl>
    </>
  );
}

function Options({ ask, words, vars, answer, onAnswer }: Omit<Props, "revealed">): ReactElement {
  return (
    <>
      {ask.type === "number" && <NumberField answer={answer} onAnswer={onAnswer} />}
      {(ask.options ?? []).map((option) => (
        <label key={option} className="option">
          <input type="radio" name={ask.id} checked={answer === option} onChange={() => { onAnswer(option); }} />
          <span><Inlines inlines={words.options.get(option) ?? [{ is: "text", text: option }]} vars={vars} /></span>
        </label>
      ))}
      <label className="option unsure">
        <input type="radio" name={ask.id} checked={answer === DONT_KNOW} onChange={() => { onAnswer(DONT_KNOW); }} />
        <span>I don't know</span>
      </label>
      {answer !== null && <p className="ask-wait">Noted. Now run it and see.</p>}
    </>
  );
}

/** A number is a prediction once it is noted, not while it is typed. */
function NumberField({ answer, onAnswer }: Pick<Props, "answer" | "onAnswer">): ReactElement {
  const [typed, setTyped] = useState(answer === null || answer === DONT_KNOW ? "" : answer);
  const good = /^\d{1,9}$/.test(typed);
  return (
    <form className="number-answer" onSubmit={(event) => { event.preventDefault(); if (good) onAnswer(String(Number(typed))); }}>
      <input type="text" inputMode="numeric" aria-label="Your number" value={typed} size={6} onChange={(event) => { setTyped(event.target.value.trim()); }} />
      <button type="submit" className="button" disabled={!good || typed === answer}>Note it</button>
    </form>
  );
}

/** Predict before you act. The outcome stands beside the prediction, and nothing is marked wrong before it was seen. */
export function AskCard(props: Props): ReactElement {
  const { words, vars, revealed, answer } = props;
  const told = revealed && answer !== null;
  return (
    <fieldset className={told ? "ask told" : "ask"} role={told ? "status" : undefined}>
      <legend><b>{told ? "Predicted. " : "Predict first. "}</b><span className="question"><QuestionText words={words} vars={vars} /></span></legend>
      {told ? <Told {...props} /> : <Options {...props} />}
    </fieldset>
  );
}

function QuestionText({ words, vars }: Pick<Props, "words" | "vars">): ReactElement {
  const inlines = words.question.flatMap((block) => block.is === "paragraph" ? block.inlines : []);
  return <Inlines inlines={inlines} vars={vars} />;
}
