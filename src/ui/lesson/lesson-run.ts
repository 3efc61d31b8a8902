import type { LessonStepState } from "../../protocol/messages.ts";
import type { Session } from "../app/session.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { Signal } from "../store/signal.ts";
import { isUnwantedDrop } from "../time/hops.ts";
import { fillIn } from "./facts.ts";
import type { AskFacts, CommandFacts, LessonFacts, StepFacts } from "./facts.ts";
import type { StepMark } from "./progress.ts";
import type { LessonWords, StepWords } from "./words.ts";

/** The answer of one who would rather see. */
export const DONT_KNOW = "?";
const OFFER_HINT_MS = 60_000;
const EMPTY_WORDS: StepWords = { id: "", title: "", intro: [], asks: new Map(), hints: [], says: new Map(), reality: [], tries: [] };

/** One learner's way through one lesson: which step, what was answered, what may be done next. */
export class LessonRun {
  readonly facts: LessonFacts;
  readonly words: LessonWords;
  readonly #session: Session;
  readonly #onMarks: (marks: Readonly<Record<string, StepMark>>) => void;
  #stepIndex = 0;
  #marks: Readonly<Record<string, StepMark>> = {};
  #answers: Readonly<Record<string, string>> = {};
  #hints = new Map<string, number>();
  /** Steps whose awaited event was reached: their questions are answered by what was seen. */
  #observed = new Set<string>();
  #stepBegunMs = 0;
  readonly changed = new Signal();

  constructor(session: Session, facts: LessonFacts, words: LessonWords, onMarks: (marks: Readonly<Record<string, StepMark>>) => void) {
    this.#session = session;
    this.facts = facts;
    this.words = words;
    this.#onMarks = onMarks;
  }

  get stepIndex(): number { return this.#stepIndex; }
  /** The step in view, or null after the last: the end card. */
  get step(): StepFacts | null { return this.facts.steps[this.#stepIndex] ?? null; }
  get stepWords(): StepWords { return this.words.steps.get(this.step?.id ?? "") ?? EMPTY_WORDS; }
  get vars(): Readonly<Record<string, string>> { return this.#session.lessonState?.vars ?? {}; }
  get state(): LessonStepState | null { return this.#session.lessonState?.steps.find((one) => one.id === this.step?.id) ?? null; }

  get done(): boolean { return this.step !== null && (this.state?.done ?? false); }
  /** Next is offered: the checks hold, or the step was skipped before. */
  get mayGoOn(): boolean { return this.step === null || this.done || this.step.check === undefined || this.markOf(this.step.id) === "skipped"; }

  markOf(step: string): StepMark | null { return this.#marks[step] ?? null; }
  answerTo(ask: string): string | null { return this.#answers[ask] ?? null; }

  /** Commands wait until every question of the step has an answer. */
  get locked(): boolean { return (this.step?.ask ?? []).some((ask) => this.answerTo(ask.id) === null); }

  /** What happened may be told: the moment of truth was reached, or the step is done. */
  get revealed(): boolean { return this.step !== null && (this.#observed.has(this.step.id) || this.done); }

  get hintsShown(): number { return this.#hints.get(this.step?.id ?? "") ?? 0; }
  get hintCount(): number { return this.stepWords.hints.length + ((this.step?.run?.length ?? 0) > 0 ? 1 : 0); }
  hintIsOffered(nowMs: number): boolean { return !this.done && this.hintsShown === 0 && nowMs - this.#stepBegunMs > OFFER_HINT_MS; }

  /** Puts the world and the shells where the lesson begins. Call when the world is loaded. */
  begin(nowMs: number): void {
    this.#stepBegunMs = nowMs;
    this.#session.send({ type: "lesson.begin", request: 1, lesson: this.facts });
    for (const place of this.facts.shells ?? []) this.#session.terminals.openAt(place);
    this.#enterStep();
  }

  answer(ask: AskFacts, value: string): void {
    if (this.step === null) return;
    this.#answers = { ...this.#answers, [ask.id]: value };
    this.#session.send({ type: "lesson.answer", step: this.step.id, ask: ask.id, value });
    this.changed.bump();
  }

  commandOf(command: CommandFacts): string { return fillIn(command.cmd, this.vars); }

  /** Types the command into its shell; with `run`, Enter too. */
  propose(command: CommandFacts, run: boolean): void {
    this.#session.propose(command.at, this.commandOf(command), run);
  }

  /** Shows one more hint; the last one types the solution. */
  hint(): void {
    const { step } = this;
    if (step === null || this.hintsShown >= this.hintCount) return;
    this.#hints.set(step.id, this.hintsShown + 1);
    const command = step.run?.[0];
    if (this.hintsShown === this.hintCount && command !== undefined) this.#showSolution(step, command);
    this.changed.bump();
  }

  #showSolution(step: StepFacts, command: CommandFacts): void {
    for (const ask of step.ask ?? []) if (this.answerTo(ask.id) === null) this.answer(ask, DONT_KNOW);
    this.propose(command, false);
    this.#mark(step.id, "seen");
  }

  /** Lets the engine do this step, so that the next one starts from a right state. */
  skip(): void {
    if (this.step === null) return;
    this.#session.send({ type: "lesson.skip", step: this.step.id });
    this.#mark(this.step.id, "skipped");
    this.go(1);
  }

  go(by: 1 | -1, nowMs = performance.now()): void {
    if (by === 1 && this.step !== null && this.done && this.markOf(this.step.id) === null) this.#mark(this.step.id, "solved");
    this.#stepIndex = Math.max(0, Math.min(this.facts.steps.length, this.#stepIndex + by));
    this.#stepBegunMs = nowMs;
    this.#enterStep();
    this.changed.bump();
  }

  /** The view shall stop where the step says, and at every drop: there is something to see. */
  #enterStep(): void {
    const { step } = this;
    let seen = 0;
    this.#session.player.setPauseWhen((event) => {
      if (step?.pauseAt !== undefined && isAwaited(event, step.pauseAt) && ++seen === (step.pauseAt.nth ?? 1)) {
        this.#observed.add(step.id);
        this.changed.bump();
        return true;
      }
      return event.drop !== null && !isUnwantedDrop(event);
    });
  }

  #mark(step: string, mark: StepMark): void {
    this.#marks = { ...this.#marks, [step]: mark };
    this.#onMarks(this.#marks);
    this.changed.bump();
  }
}

function isAwaited(event: LoggedEvent, awaited: NonNullable<StepFacts["pauseAt"]>): boolean {
  return event.kind === awaited.event && (awaited.at === undefined || awaited.at === event.place);
}
