import { describe, expect, test } from "vitest";
import { classify } from "./classify.ts";
import { labelRect, overlap, spotAt } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { scenePlan } from "./plan-scene.ts";
import { oneMachine, pingTrace, twoClusters } from "./topology-fixture.ts";
import { spotOf } from "./lives.ts";
import { wirePath } from "./paths.ts";

const SIZES = [[1030, 330], [1520, 660], [1920, 590], [390, 268]] as const;

function clashes(plan: Plan): string[] {
  const labels = plan.labels.filter((label) => label.level === 2);
  return labels.flatMap((a, i) => labels.slice(i + 1).filter((b) => overlap(labelRect(a), labelRect(b))).map((b) => `${a.box} ${a.text} × ${b.box} ${b.text}`));
}

function outside(plan: Plan): string[] {
  return plan.labels.filter((label) => label.level === 2).filter((label) => {
    const r = labelRect(label);
    return r.x < 0 || r.y < 0 || r.x + r.w > plan.width || r.y + r.h > plan.height;
  }).map((label) => label.text);
}

describe("plan of two clusters with eleven pods", () => {
  test.each(SIZES)("pane %i×%i: no two labels overlap and none leaves the picture", (w, h) => {
    const plan = scenePlan(twoClusters(), w, h);
    expect(clashes(plan)).toEqual([]);
    expect(outside(plan)).toEqual([]);
  });

  test("a new pod slots into its worker and nothing outside that worker moves", () => {
    const before = scenePlan(twoClusters(), 1030, 330);
    const after = scenePlan(twoClusters({ C0w1: ["new"] }), 1030, 330);
    const moved = [...before.boxById.values()].filter((box) => JSON.stringify(after.boxById.get(box.id)) !== JSON.stringify(box)).map((box) => box.id);
    expect(after.boxById.has("C0w1/new")).toBe(true);
    expect(moved).toEqual(["C0w1/c1"]);
  });

  test("the fifth pod of a worker turns the end of the row into +2", () => {
    const plan = scenePlan(twoClusters({ C0w3: ["c9"] }), 1030, 330);
    expect(plan.labels.map((label) => label.text)).toContain("+2");
    expect(spotAt(plan, "C0w3/c9:")).toEqual(spotAt(plan, "C0w3/ic3:"));
  });

  test("the fifth pod still leaves no two labels overlapping", () => {
    expect(clashes(scenePlan(twoClusters({ C0w3: ["c9"], C0w1: ["a", "b", "c", "d"] }), 1030, 330))).toEqual([]);
  });

  test("cables run only horizontally and vertically", () => {
    const slanted = scenePlan(twoClusters(), 1030, 330).wires.filter((wire) => wire.points.some((p, i) => {
      const next = wire.points[i + 1];
      return next !== undefined && next.x !== p.x && next.y !== p.y;
    }));
    expect(slanted.map((wire) => wire.id)).toEqual([]);
  });

  test("no cable passes under a label", () => {
    const plan = scenePlan(twoClusters(), 1030, 330);
    const hits = plan.wires.filter((wire) => wire.kind === "cable").flatMap((wire) => plan.labels.filter((label) => label.level === 2 && crosses(wire.points, labelRect(label))).map((label) => `${wire.id} ${label.text}`));
    expect(hits).toEqual([]);
  });

  test("every place a ping passes has a spot, and every cable of its way is a drawn wire", () => {
    const plan = scenePlan(twoClusters(), 1030, 330);
    const spots = pingTrace().events.map(spotOf).filter((id) => id !== null);
    expect(spots.filter((id) => !plan.spots.has(id))).toEqual([]);
    expect(wirePath(plan, "C0w1:C0w1-eth0", "box:C0s0-eth3").wired).toBe(true);
    expect(wirePath(plan, "box:t0-eth1", "box:C0s0-eth6").wired).toBe(true);
  });
});

function crosses(points: readonly { x: number; y: number }[], r: { x: number; y: number; w: number; h: number }): boolean {
  return points.some((p, i) => {
    const q = points[i + 1];
    if (!q) return false;
    const line = { x: Math.min(p.x, q.x), y: Math.min(p.y, q.y), w: Math.abs(p.x - q.x), h: Math.abs(p.y - q.y) };
    return overlap({ ...line, w: line.w + 0.01, h: line.h + 0.01 }, r);
  });
}

describe("plan of a single machine", () => {
  test.each(SIZES)("pane %i×%i: labels of namespaces, bridge and bare veth do not overlap", (w, h) => {
    const plan = scenePlan(oneMachine(), w, h);
    expect(clashes(plan)).toEqual([]);
    expect(outside(plan)).toEqual([]);
  });

  test("gateway and Internet are wired to the machine", () => {
    const plan = scenePlan(oneMachine(), 1030, 330);
    expect(wirePath(plan, "lab:eth0", "gw:lan").wired).toBe(true);
    expect(wirePath(plan, "gw:wan", "internet:eth0").wired).toBe(true);
  });

  test("an empty machine is still a picture", () => {
    const plan = scenePlan({ ...oneMachine(), scene: { clusters: [], switches: [], hosts: ["nobody"] } }, 800, 400);
    expect(plan.boxes).toEqual([]);
  });
});

test("the fixture's frames are real enough to be classified", () => {
  expect(pingTrace().events.filter((event) => event.bytes && classify(event.bytes, event.netOffset) === null)).toEqual([]);
});
