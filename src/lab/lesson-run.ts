import type { TraceEvent } from "../net/uapi/trace.ts";
import { type Scope, evaluate } from "./checks/evaluate.ts";
import type { Condition } from "./checks/condition.ts";
import { History } from "./checks/history.ts";
import type { Verdict } from "./checks/verdict.ts";
import type { Lab } from "./lab.ts";
import { type CommandFacts, type LessonFacts, readLessonFacts } from "./lesson-facts.ts";
import { playCommand } from "./lesson-play.ts";
import { LessonStep, type LessonStepState } from "./lesson-step.ts";
import { resolveVars } from "./lesson-vars.ts";

/** Where a learner stands in a lesson; the shape the page is told. */
export interface LessonState {
  readonly id: string;
  /** The lesson's variables in this world. */
  readonly vars: Readonly<Record<string, string>>;
  readonly steps: readonly LessonStepState[];
}

/** Reads a lesson's facts; a string says, in words, what is wrong with them. */
export const parseLessonFacts = (raw: unknown): LessonFacts | string => readLessonFacts(raw);

/**
 * One lesson on a running lab. It watches trace, commands and tables, and changes nothing, except when
 * a step is skipped. Steps are judged in order: one counts only once those before it are done or skipped.
 */
export class LessonRun {
  readonly facts: LessonFacts;
  readonly vars: Readonly<Record<string, string>>;
  readonly #lab: Lab;
  readonly #history: History;
  readonly #steps: readonly LessonStep[];
  /** The step that is being judged; all before it are done or skipped. */
  #current = -1;
  #dirty = true;
  #judgedNs = -1;
  #taken = "";

  constructor(lab: Lab, facts: LessonFacts) {
    this.#lab = lab;
    this.facts = facts;
    this.vars = resolveVars(lab, facts.vars ?? {});
    for (const command of facts.scenario.setup ?? []) playCommand(lab, command, this.vars);
    this.#history = new History(lab);
    this.#steps = facts.steps.map((step) => new LessonStep(step, this.vars));
    this.#steps.forEach((step, i) => step.conditions().forEach((condition) => this.#history.follow(condition, i)));
    for (const step of this.#steps) step.announce((condition) => evaluate(condition, this.#scope(step)));
    this.#begin(0);
  }

  #begin(step: number): void {
    this.#current = step;
    this.#history.stepBegan(step);
    this.#steps[step]?.begin(this.#lab);
  }

  /** One event of the trace. Cheap: only what a check asks for is looked at. */
  event(e: TraceEvent): void {
    this.#dirty = true;
    this.#history.event(e);
  }

  /** The learner entered a command line at a place. */
  ran(place: string, commandLine: string): void {
    this.#dirty = true;
    this.#history.ran(place, commandLine);
  }

  /** The learner answered a question; any answer counts, the right one is shown by what happens. */
  answer(step: string, ask: string, value: string): void {
    this.#dirty = true;
    this.#steps.find((s) => s.id === step)?.answer(ask, value);
  }

  /** The learner opened something: "table" of "C0w1". */
  looked(at: string, what: string): void {
    this.#dirty = true;
    this.#history.looked(at, what);
  }

  /** Does a step for the learner: runs its commands (time advances), so that the next one starts from a right state. */
  skip(step: string): void {
    const found = this.#steps.find((s) => s.id === step);
    if (found === undefined) return;
    this.#dirty = true;
    if (!found.done) for (const command of found.facts.run ?? []) this.#play(command);
    found.skipped = true;
  }

  #play(command: CommandFacts): void {
    this.#history.ran(command.at, command.cmd);
    playCommand(this.#lab, command, this.vars);
  }

  /** Judges what may have changed, and says where the learner stands. */
  state(): LessonState {
    this.#judge();
    return { id: this.facts.id, vars: this.vars, steps: this.#steps.map((step) => step.state()) };
  }

  /** The state if it differs from the last one taken, else null. */
  takeChanged(): LessonState | null {
    if (!this.#dirty && this.#judgedNs === this.#lab.sim.nowNs) return null;
    const state = this.state();
    const text = JSON.stringify(state);
    if (text === this.#taken) return null;
    this.#taken = text;
    return state;
  }

  /** What the lesson claims about a step, judged now: proofs of its answers, events that must have occurred. */
  claims(step: string): readonly Verdict[] {
    const found = this.#steps.find((s) => s.id === step);
    return found === undefined ? [] : found.claims.map((claim) => evaluate(claim, this.#scope(found)));
  }

  #judge(): void {
    this.#dirty = false;
    this.#judgedNs = this.#lab.sim.nowNs;
    for (const step of this.#steps.slice(0, this.#current)) if (step.facts.mustHold === true) this.#judgeStep(step);
    for (let step = this.#steps[this.#current]; step !== undefined; step = this.#steps[this.#current]) {
      this.#judgeStep(step);
      if (!step.done && !step.skipped) return;
      this.#begin(this.#current + 1);
    }
  }

  #judgeStep(step: LessonStep): void {
    const scope = this.#scope(step);
    step.judge((condition: Condition) => evaluate(condition, scope));
  }

  #scope(step: LessonStep): Scope {
    return { lab: this.#lab, history: this.#history, answers: step.answers, bases: step.bases };
  }
}
