import { describe, expect, test } from "vitest";
import type { TableChange } from "../../protocol/trace.ts";
import { batchOf, deviceOf, journeyOf, snapshotOf } from "./world-fixture.ts";
import { World } from "./world.ts";

const wrote: TableChange = { place: "C0w1", table: "neigh", key: "10.0.0.4", before: null, after: "10.0.0.4 INCOMPLETE" };
const reached: TableChange = { ...wrote, before: "10.0.0.4 INCOMPLETE", after: "10.0.0.4 REACHABLE" };

function world(): World {
  const made = new World();
  made.load(snapshotOf({ devices: [deviceOf("C0w1:eth0")] }));
  made.receive(batchOf(0, [
    { kind: "neigh.miss", place: "C0w1", changes: [wrote] },
    { kind: "neigh.write", place: "C0w1", changes: [reached] },
    { kind: "table", place: "C0w1", changes: [{ ...reached, before: reached.after, after: null }] },
  ]), null, []);
  return made;
}

const neigh = (of: World): string[] => [...of.rows("C0w1", "neigh").values()];

describe("the world at the instant of the view", () => {
  test("events that arrived change no table until the view reaches them", () => {
    expect(neigh(world())).toEqual([]);
  });

  test("moving forwards applies each change, moving back undoes it", () => {
    const w = world();
    const seen = [1, 2, 3, 2, 1, 0].map((position) => { w.moveTo(position); return neigh(w); });
    expect(seen).toEqual([["10.0.0.4 INCOMPLETE"], ["10.0.0.4 REACHABLE"], [], ["10.0.0.4 REACHABLE"], ["10.0.0.4 INCOMPLETE"], []]);
  });

  test("a position outside the log is clamped to its ends", () => {
    const w = world();
    w.moveTo(99);
    expect(w.position).toBe(3);
    w.moveTo(-5);
    expect(w.position).toBe(0);
  });

  test("a device that went down shows up again when the view steps back before it", () => {
    const w = world();
    const down = deviceOf("C0w1:eth0", { up: false });
    w.receive(null, { places: [], placesGone: [], devices: [down], devicesGone: [], processes: [], processesGone: [], seq: 2 }, []);
    const up = (): boolean | undefined => w.devices.get("C0w1:eth0")?.up;
    const seen = [1, 2, 1].map((position) => { w.moveTo(position); return up(); });
    expect(seen).toEqual([true, false, true]);
  });

  test("a device that went away comes back when the view steps back, and goes again forwards", () => {
    const w = world();
    w.receive(null, { places: [], placesGone: [], devices: [], devicesGone: ["C0w1:eth0"], processes: [], processesGone: [], seq: 1 }, []);
    const seen = [1, 0, 1].map((position) => { w.moveTo(position); return w.devices.has("C0w1:eth0"); });
    expect(seen).toEqual([false, true, false]);
  });

  test("strings of a later batch continue the dictionary of the earlier one", () => {
    const w = new World();
    w.load(snapshotOf());
    const words: string[] = [];
    w.receive(batchOf(0, [{ kind: "l2.rx", place: "a", dev: "eth0" }], words), null, []);
    w.receive(batchOf(1, [{ kind: "l2.rx", place: "b", dev: "eth0" }], words), null, []);
    expect(w.log.at(1)).toMatchObject({ place: "b", dev: "eth0", kind: "l2.rx", seq: 1 });
  });

  test("a journey sent again replaces the earlier word about it", () => {
    const w = world();
    w.receive(null, null, [journeyOf(7, { label: "ping" })]);
    w.receive(null, null, [journeyOf(7, { label: "ping -c 1 10.0.0.4" })]);
    expect(w.journeys.map((journey) => journey.label)).toEqual(["ping -c 1 10.0.0.4"]);
  });

  test("a batch that leaves events out is our own bug and is not swallowed", () => {
    expect(() => { world().receive(batchOf(9, [{ kind: "drop", place: "x" }]), null, []); }).toThrow(/starts at 9/);
  });
});
