import { describe, expect, test } from "vitest";
import { FakeEngine } from "../testing/fake-link.ts";

const text = (words: string): Uint8Array => Uint8Array.from(words, (letter) => letter.charCodeAt(0));

describe("a session with its engine", () => {
  test("loading asks for the scenario and waits for its snapshot", () => {
    const engine = new FakeEngine();
    engine.session.load("lab", 7);
    expect(engine.sent).toEqual([{ type: "load", scenario: "lab", seed: 7 }]);
    expect(engine.session.status).toBe("loading");
  });

  test("every batch is handed back", () => {
    const engine = FakeEngine.loaded();
    engine.happens(1, [{ kind: "route", place: "C0w1" }]);
    expect(engine.ofType("ack")).toHaveLength(1);
  });

  test("the engine hears of the pace only when it changed", () => {
    const engine = FakeEngine.loaded();
    for (let i = 0; i < 5; i++) engine.session.tick(16);
    engine.session.player.pause();
    for (let i = 0; i < 5; i++) engine.session.tick(16);
    expect(engine.ofType("pace").map((pace) => pace.hold)).toEqual([false, true]);
  });

  test("a crash stops the session with its reason; a restart loads the same again", () => {
    const engine = FakeEngine.loaded();
    engine.crashes("out of hops");
    expect([engine.session.status, engine.session.trouble]).toEqual(["stopped", "out of hops"]);
    engine.session.restart();
    expect(engine.session.status).toBe("loading");
    expect(engine.ofType("load")).toHaveLength(2);
  });

  test("what is typed before the shell is open is sent when it is", () => {
    const engine = FakeEngine.loaded();
    const shell = engine.session.terminals.openAt("C0w1");
    engine.session.type(shell, "ls");
    expect(engine.ofType("terminal.input")).toEqual([]);
    engine.says({ type: "terminal.opened", request: shell.request, terminal: 3, place: "C0w1", prompt: "C0w1" });
    expect(engine.ofType("terminal.input")).toEqual([{ type: "terminal.input", terminal: 3, data: "ls" }]);
  });

  test("bytes are taken once, however often the past redraws them", () => {
    const engine = FakeEngine.loaded();
    const { session } = engine;
    const shell = session.terminals.openAt("C0w1/c1");
    engine.says({ type: "terminal.opened", request: shell.request, terminal: 1, place: "C0w1/c1", prompt: "" });
    session.terminals.attach(shell, { write: (_, done) => { done(); }, reset: () => undefined });
    engine.happens(1, [{ kind: "l2.rx", place: "C0w1" }, { kind: "l2.rx", place: "C0w2" }]);
    session.player.setSpeed("instant");
    session.tick(16);
    engine.says({ type: "frame", nowNs: 0, batch: null, output: [{ terminal: 1, data: text("reply"), seq: 2, gated: true }], world: null, journeys: [] });
    for (const position of [0, 2, 0, 2]) {
      session.player.seek(position);
      session.tick(16);
    }
    expect(engine.ofType("terminal.taken").map((taken) => taken.bytes)).toEqual([5]);
  });

  test("typing in the past goes back to live before it is sent", () => {
    const engine = FakeEngine.loaded();
    const { session } = engine;
    const shell = session.terminals.openAt("C0w1/c1");
    engine.happens(1, [{ kind: "l2.rx", place: "C0w1" }]);
    session.player.step("event");
    session.player.seek(0);
    session.type(shell, "x");
    expect([session.player.past, session.notice.text]).toEqual([false, "Back to live: commands run now."]);
  });

  test("a shell that ended closes its tab without being told to close", () => {
    const engine = FakeEngine.loaded();
    const shell = engine.session.terminals.openAt("C0w1");
    engine.says({ type: "terminal.opened", request: shell.request, terminal: 9, place: "C0w1", prompt: "" });
    engine.says({ type: "terminal.closed", terminal: 9 });
    expect(engine.session.terminals.shells).toEqual([]);
    expect(engine.ofType("terminal.close")).toEqual([]);
  });
});
