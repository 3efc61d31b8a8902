import { describe, expect, test } from "vitest";
import { FakeEngine } from "../testing/fake-link.ts";
import type { LessonFacts } from "./facts.ts";
import { DONT_KNOW, LessonRun } from "./lesson-run.ts";
import { parseWords } from "./words.ts";

const FACTS: LessonFacts = {
  id: "t", version: 1, minutes: 5, scenario: { use: "two-clusters", seed: 1 }, shells: ["C0w1/c1", "C0w2"],
  steps: [
    { id: "send", ask: [{ id: "q", type: "choice", options: ["a", "b"], answer: "b" }], run: [{ at: "C0w1/c1", cmd: "ping ${c2}" }], pauseAt: { event: "encap", at: "C0w1" }, check: {} },
    { id: "look", check: {} },
  ],
};
const WORDS = parseWords("# T\n## send\n:::ask q\n- a: one\n- b: two\n:::hint\nfirst\n:::hint\nsecond\n## look\n");

class Stage {
  readonly engine = FakeEngine.loaded();
  marks: Readonly<Record<string, string>> = {};
  readonly run = new LessonRun(this.engine.session, FACTS, WORDS, (marks) => { this.marks = marks; });
  constructor() { this.run.begin(0); }
  done(...ids: string[]): void {
    const steps = FACTS.steps.map((step) => ({ id: step.id, done: ids.includes(step.id), checks: [], diagnoses: [] }));
    this.engine.says({ type: "lesson.state", state: { id: "t", vars: { c2: "11.11.0.2" }, steps }, seq: 0 });
  }
  ask() { return FACTS.steps[0]?.ask?.[0] ?? { id: "", type: "choice" as const, answer: "" }; }
}

describe("a way through a lesson", () => {
  test("it opens its shells and tells the engine", () => {
    const { engine } = new Stage();
    expect(engine.ofType("lesson.begin")).toHaveLength(1);
    expect(engine.session.terminals.shells.map((shell) => shell.place)).toEqual(["C0w1/c1", "C0w2"]);
  });

  test("commands wait for the prediction; not knowing is one", () => {
    const { run, ask } = new Stage();
    expect(run.locked).toBe(true);
    run.answer(ask(), DONT_KNOW);
    expect(run.locked).toBe(false);
  });

  test("the outcome is told when the view reaches the awaited event, where it pauses", () => {
    const { run, engine, ask } = new Stage();
    run.answer(ask(), "a");
    engine.happens(1, [{ kind: "encap", place: "C0w9" }, { kind: "encap", place: "C0w1" }, { kind: "l2.rx", place: "C0w2" }]);
    expect(run.revealed).toBe(false);
    engine.session.player.tick(60_000);
    expect([run.revealed, engine.session.player.position, engine.session.player.playing]).toEqual([true, 2, false]);
  });

  test("next waits for the checks, and a step done by the learner is solved", () => {
    const stage = new Stage();
    expect(stage.run.mayGoOn).toBe(false);
    stage.done("send");
    expect(stage.run.mayGoOn).toBe(true);
    stage.run.go(1, 0);
    expect([stage.run.step?.id, stage.marks]).toEqual(["look", { send: "solved" }]);
  });

  test("skip lets the engine do the step and goes on", () => {
    const stage = new Stage();
    stage.run.skip();
    expect(stage.engine.ofType("lesson.skip").map((skip) => skip.step)).toEqual(["send"]);
    expect([stage.run.step?.id, stage.marks]).toEqual(["look", { send: "skipped" }]);
  });

  test("the last hint puts the command into the shell without running it, and the step counts as seen", () => {
    const stage = new Stage();
    stage.done();
    stage.engine.session.player.reducedMotion = true;
    for (let i = 0; i < 3; i++) stage.run.hint();
    const shell = stage.engine.session.terminals.active;
    expect([shell?.place, shell?.early]).toEqual(["C0w1/c1", "ping 11.11.0.2"]);
    expect(stage.marks).toEqual({ send: "seen" });
  });

  test("after the last step comes the end", () => {
    const stage = new Stage();
    stage.run.go(1, 0);
    stage.run.go(1, 0);
    expect(stage.run.step).toBeNull();
  });

  test("a hint is offered after a minute without progress", () => {
    const { run } = new Stage();
    expect([run.hintIsOffered(59_000), run.hintIsOffered(61_000)]).toEqual([false, true]);
  });

  test("a drop pauses the view in a lesson", () => {
    const { engine } = new Stage();
    engine.happens(1, [{ kind: "drop", place: "C0w1", drop: "IP_OUTNOROUTES" }, { kind: "l2.rx", place: "C0w1" }]);
    engine.session.player.tick(60_000);
    expect(engine.session.player.position).toBe(1);
  });
});
