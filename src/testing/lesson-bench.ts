import { readFileSync, readdirSync } from "node:fs";
import { parse } from "yaml";
import { TraceHash } from "../engine/trace-hash.ts";
import type { Lab } from "../lab/lab.ts";
import type { CommandFacts, LessonFacts, StepFacts } from "../lab/lesson-facts.ts";
import { type Played, playCommand } from "../lab/lesson-play.ts";
import { LessonRun, type LessonState, parseLessonFacts } from "../lab/lesson-run.ts";
import type { LessonStepState } from "../lab/lesson-step.ts";
import { bootScenario } from "../lab/scenario.ts";
import { fromUtf8 } from "../wire/text.ts";

const LESSONS = new URL("../../lessons/", import.meta.url);

export const lessonNames = (): readonly string[] => readdirSync(LESSONS, { withFileTypes: true }).filter((d) => d.isDirectory()).map((d) => d.name);

export const lessonSource = (name: string, file: string): string => readFileSync(new URL(`${name}/${file}`, LESSONS), "utf8");

/** A lesson of the project; throws in words when its facts are wrong. */
export function readLesson(name: string): LessonFacts {
  const facts = parseLessonFacts(parse(lessonSource(name, "lesson.yaml")));
  if (typeof facts === "string") throw new Error(`${name}: ${facts}`);
  return facts;
}

/** A lesson under way on a fresh lab, played by commands. */
export class LessonBench {
  readonly lab: Lab;
  readonly run: LessonRun;
  readonly played: Played[] = [];
  readonly hash = new TraceHash();
  readonly facts: LessonFacts;

  constructor(facts: LessonFacts, seed = facts.scenario.seed) {
    const lab = bootScenario(facts.scenario.use, seed);
    if (lab === null) throw new Error(`no scenario ${facts.scenario.use}`);
    this.lab = lab;
    this.facts = facts;
    const run = new LessonRun(lab, facts);
    this.run = run;
    lab.box.world.trace = { event: (e) => { this.hash.add(e); run.event(e); } };
  }

  /** As a learner would: the command line is heard of, and the panel looks after each. */
  type(commands: readonly CommandFacts[]): void {
    for (const command of commands) {
      this.run.ran(command.at, command.cmd);
      this.played.push(...playCommand(this.lab, command, this.run.vars));
      this.run.takeChanged();
    }
  }

  /** The right answer to every question of a step. */
  answerRight(step: StepFacts): void {
    for (const ask of step.ask ?? []) this.run.answer(step.id, ask.id, String(ask.answer));
  }

  /** Plays the steps before this one. */
  upTo(step: StepFacts): void {
    for (const before of this.facts.steps.slice(0, this.facts.steps.indexOf(step))) this.solve(before);
  }

  solve(step: StepFacts): void {
    this.answerRight(step);
    this.type(step.run ?? []);
  }

  get state(): LessonState {
    return this.run.state();
  }

  stateOf(step: StepFacts): LessonStepState {
    return this.state.steps.find((s) => s.id === step.id)!;
  }

  /** What went wrong in commands: refusals, unknown programs, our own bugs. */
  get complaints(): readonly string[] {
    const bad = this.played.filter((p) => /not simulated|not found|invalid|unrecognized/.test(fromUtf8(p.stderr.bytes())));
    return [...bad.map((p) => `${p.at}# ${p.line}: ${fromUtf8(p.stderr.bytes())}`), ...this.lab.kernel.crashes.map((c) => `${c.comm}: ${String(c.error)}`)];
  }
}
