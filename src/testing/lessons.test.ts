import { describe, expect, test } from "vitest";
import type { LessonFacts, StepFacts } from "../lab/lesson-facts.ts";
import { startCommand } from "../lab/lesson-play.ts";
import { LessonBench, lessonNames, lessonSource, readLesson } from "./lesson-bench.ts";
import { lintLesson } from "./lesson-lint.ts";

const OTHER_SEEDS = [2, 3, 7, 11, 42];

/** A lesson of one step only: that step is judged from the start. */
const alone = (facts: LessonFacts, step: StepFacts): LessonFacts => ({ ...facts, steps: [step] });

function solveAndExpect(facts: LessonFacts, seed: number): LessonBench {
  const bench = new LessonBench(facts, seed);
  for (const [i, step] of facts.steps.entries()) {
    bench.solve(step);
    expect(bench.stateOf(step).checks.filter((check) => !check.ok), `${step.id}, seed ${seed}`).toEqual([]);
    expect(bench.stateOf(step), step.id).toMatchObject({ done: true, diagnoses: [] });
    const next = facts.steps[i + 1];
    if (next !== undefined && next.allowEarly !== true) expect(bench.stateOf(next), `${next.id} right after ${step.id}`).toMatchObject({ done: false });
    expect(bench.run.claims(step.id).filter((claim) => !claim.pass), `claims of ${step.id}`).toEqual([]);
  }
  expect(bench.complaints).toEqual([]);
  return bench;
}

describe.each(lessonNames())("lesson %s", (name) => {
  const facts = readLesson(name);
  const id = facts.id;

  test("lives in the folder of its id, and its words fit its facts", () => {
    expect(id).toBe(name);
    for (const needed of facts.needs ?? []) expect(lessonNames()).toContain(needed);
    expect(lintLesson(facts, lessonSource(name, "en.md"))).toEqual([]);
  });

  test("names places, variables and programs that are in its world", () => {
    const { lab, run } = new LessonBench(facts);
    const commands = [...facts.steps.flatMap((s) => [...(s.run ?? []), ...(s.mistakes ?? []).flatMap((m) => m.run)]), ...(facts.alternatives ?? []).flat()];
    for (const place of [...(facts.shells ?? []), ...commands.map((c) => c.at)]) expect(lab.place(place), place).toBeDefined();
    expect(Object.keys(run.vars).sort()).toEqual(Object.keys(facts.vars ?? {}).sort());
    for (const { at, cmd } of commands) {
      const found = startCommand(lab, at, `type ${cmd.split(" ")[0]!}`);
      lab.pass(1e9);
      expect(found.status, `${at}# ${cmd}`).toEqual({ is: "exited", code: 0 });
    }
  });

  test("before anything is done, no check holds", () => {
    for (const step of facts.steps.filter((s) => s.check !== undefined && s.allowEarly !== true)) {
      expect(new LessonBench(alone(facts, step)).stateOf(step), step.id).toMatchObject({ done: false, diagnoses: [] });
    }
  });

  test("the solution passes step by step, answers are true, and the picture shows what is claimed", () => {
    solveAndExpect(facts, facts.scenario.seed);
  });

  test.each(OTHER_SEEDS)("the solution passes with the addresses of seed %i", (seed) => {
    solveAndExpect(facts, seed);
  });

  test.each((facts.alternatives ?? []).map((commands, i) => ({ i, commands })))("another solution ($i) passes", ({ commands }) => {
    const bench = new LessonBench(facts);
    facts.steps.forEach((step) => bench.answerRight(step));
    bench.type(commands);
    expect(bench.complaints).toEqual([]);
    expect(bench.state.steps.map((s) => [s.id, s.done ? "done" : s.checks])).toEqual(facts.steps.map((s) => [s.id, "done"]));
  });

  const mistakes = facts.steps.flatMap((step) => (step.mistakes ?? []).map((mistake) => ({ step, mistake, what: `${step.id}: ${mistake.run.map((c) => `${c.at}# ${c.cmd}`).join("; ")}` })));
  test.each(mistakes)("a mistake is not a solution, and is named ($what)", ({ step, mistake }) => {
    const bench = new LessonBench(facts);
    bench.upTo(step);
    bench.answerRight(step);
    bench.type(mistake.run);
    expect(bench.complaints).toEqual([]);
    expect(bench.stateOf(step)).toMatchObject({ done: false, diagnoses: mistake.say === undefined ? [] : [mistake.say] });
  });

  test("a mistake can be made good", () => {
    for (const { step, mistake } of mistakes) {
      const bench = new LessonBench(facts);
      bench.upTo(step);
      bench.type(mistake.run);
      for (const again of [...facts.steps.slice(0, facts.steps.indexOf(step)), step]) bench.solve(again);
      expect(bench.stateOf(step), step.id).toMatchObject({ done: true, diagnoses: [] });
    }
  });

  test("skipped steps leave the world as if they were done", () => {
    const bench = new LessonBench(facts);
    for (const step of facts.steps) {
      bench.run.skip(step.id);
      const open = bench.stateOf(step).checks.filter((c) => !c.ok);
      expect(open.filter((c) => c.text !== "You have made your prediction"), step.id).toEqual([]);
    }
  });

  test("played twice, the trace is the same", () => {
    const hashes = [1, 2].map(() => {
      const bench = new LessonBench(facts);
      facts.steps.forEach((step) => bench.solve(step));
      return bench.hash.hex;
    });
    expect(hashes[0]).toBe(hashes[1]);
  });
});
