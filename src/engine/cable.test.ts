import { describe, expect, it } from "vitest";
import type { ToPage } from "../protocol/messages.ts";
import { Engine } from "./engine.ts";

/** An engine with a scenario, and what it told the page. */
function loaded(): { readonly engine: Engine; readonly said: ToPage[]; run(ms: number): void; trouble(): readonly string[] } {
  const said: ToPage[] = [];
  const engine = new Engine((message) => said.push(message));
  engine.receive({ type: "load", scenario: "two-clusters", seed: 1 });
  let nowMs = 0;
  const run = (ms: number): void => {
    for (const end = nowMs + ms; nowMs < end; nowMs += 50) {
      while (engine.slice(() => nowMs, 1_000));
      engine.flush(nowMs);
    }
  };
  return { engine, said, run, trouble: () => said.flatMap((m) => (m.type === "trouble" ? [m.message] : [])) };
}

/** Carrier of a device as the page was told last. */
function carrier(said: readonly ToPage[], id: string): boolean | undefined {
  const lists = said.flatMap((m) => (m.type === "snapshot" ? [m.snapshot.devices] : m.type === "frame" && m.world !== null ? [m.world.devices] : []));
  return lists.flat().filter((d) => d.id === id).at(-1)?.carrier;
}

describe("the page does something to a cable", () => {
  it("cut → both ends lose their carrier; mend → they have it again", () => {
    const { engine, said, run } = loaded();
    const snapshot = said.find((m) => m.type === "snapshot")!;
    const device = snapshot.type === "snapshot" ? snapshot.snapshot.devices.find((d) => d.peer !== null && d.carrier)! : null;
    engine.receive({ type: "cable", device: device!.id, change: { is: "cut" } });
    run(400);
    expect([carrier(said, device!.id), carrier(said, device!.peer!)]).toEqual([false, false]);
    engine.receive({ type: "cable", device: device!.peer!, change: { is: "mend" } });
    run(400);
    expect([carrier(said, device!.id), carrier(said, device!.peer!)]).toEqual([true, true]);
  });

  it("a device without a cable, or none at all → said, and nothing happens", () => {
    const { engine, trouble } = loaded();
    engine.receive({ type: "cable", device: "C0w1:lo", change: { is: "cut" } });
    engine.receive({ type: "cable", device: "C0w1:nosuch", change: { is: "cut" } });
    engine.receive({ type: "cable", device: "nowhere:eth0", change: { is: "fault", fault: { lossPercent: 5 } } });
    expect(trouble()).toEqual(["C0w1:lo is a loopback: it has no cable.", "There is no device C0w1:nosuch.", "There is no place \"nowhere\"."]);
  });

  it("the same faults at the same time with the same seed → the same trace", () => {
    const hash = (): string => {
      const { engine, run, said } = loaded();
      const device = said.flatMap((m) => (m.type === "snapshot" ? m.snapshot.devices : [])).find((d) => d.peer !== null && d.carrier)!;
      run(100);
      engine.receive({ type: "cable", device: device.id, change: { is: "fault", fault: { lossPercent: 30, delayNs: 5e6 } } });
      run(500);
      return engine.traceHash;
    };
    expect(hash()).toBe(hash());
  });
});
