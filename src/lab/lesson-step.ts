import { type Condition, type Predicate, predicatesIn } from "./checks/condition.ts";
import { countedBy } from "./checks/ruleset.ts";
import { countOf } from "./checks/tables.ts";
import type { Verdict } from "./checks/verdict.ts";
import type { Lab } from "./lab.ts";
import { type StepFacts, topLevel } from "./lesson-facts.ts";
import { fillIn } from "./lesson-vars.ts";

export interface LessonStepState {
  readonly id: string;
  readonly done: boolean;
  /** One a top-level condition: the sentence, and what was found. */
  readonly checks: readonly { readonly text: string; readonly ok: boolean; readonly found: string }[];
  /** Keys of the `say` texts whose `when` is true now. */
  readonly diagnoses: readonly string[];
}

interface Check {
  readonly condition: Condition;
  text: string;
  found: string;
  ok: boolean;
}

/** One step and how far the learner is with it. Ticks stay, unless the step says `mustHold`. */
export class LessonStep {
  readonly facts: StepFacts;
  readonly answers = new Map<string, string>();
  /** What counters said when the step began. */
  readonly bases = new Map<Predicate, number>();
  /** Proofs of the answers and events that must occur. */
  readonly claims: readonly Condition[];
  skipped = false;
  readonly #checks: readonly Check[];
  readonly #diagnoses: readonly { readonly when: Condition; readonly say: string }[];
  #said: readonly string[] = [];

  constructor(facts: StepFacts, vars: Readonly<Record<string, string>>) {
    const filled = JSON.parse(fillIn(JSON.stringify(facts), vars)) as StepFacts;
    this.facts = facts;
    this.#checks = topLevel(filled.check).map((condition) => ({ condition, text: "", found: "", ok: false }));
    this.#diagnoses = filled.diagnose ?? [];
    const proofs = (filled.ask ?? []).flatMap((ask) => (ask.proof === undefined ? [] : [ask.proof]));
    this.claims = [...proofs, ...(filled.expectEvents ?? []).map((want): Condition => ({ is: "event", want }))];
  }

  get id(): string {
    return this.facts.id;
  }

  /** All that this step ever judges. */
  conditions(): readonly Condition[] {
    return [...this.#checks.map((c) => c.condition), ...this.#diagnoses.map((d) => d.when), ...this.claims];
  }

  /** Done when every check holds; without checks, when every question is answered. */
  get done(): boolean {
    if (this.#checks.length > 0) return this.#checks.every((c) => c.ok);
    return (this.facts.ask ?? []).every((ask) => this.answers.has(ask.id));
  }

  /** Fills in the sentences of checks that are not judged yet. */
  announce(evaluate: (condition: Condition) => Verdict): void {
    for (const check of this.#checks) check.text = evaluate(check.condition).text;
  }

  begin(lab: Lab): void {
    for (const condition of this.conditions()) {
      for (const p of predicatesIn(condition)) {
        if (p.is === "counter") this.bases.set(p, countOf(lab, p.want));
        else if (p.is === "nft") this.bases.set(p, countedBy(lab, p.want));
      }
    }
  }

  answer(ask: string, value: string): void {
    this.answers.set(ask, value);
  }

  judge(evaluate: (condition: Condition) => Verdict): void {
    for (const check of this.#checks) {
      if (check.ok && this.facts.mustHold !== true) continue;
      const verdict = evaluate(check.condition);
      check.text = verdict.text;
      check.found = verdict.found;
      check.ok = verdict.pass;
    }
    this.#said = this.done ? [] : this.#diagnoses.filter((d) => evaluate(d.when).pass).map((d) => d.say);
  }

  state(): LessonStepState {
    const checks = this.#checks.map(({ text, ok, found }) => ({ text, ok, found }));
    return { id: this.id, done: this.done, checks, diagnoses: [...new Set(this.#said)] };
  }
}
