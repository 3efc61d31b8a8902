import { describe, expect, test } from "vitest";
import { placeCallout, shortReason } from "./callout.ts";
import { visibleLabels } from "./draw-parts.ts";
import { hitAt, hitGrid } from "./hit.ts";
import { outlineOf, rowsOf } from "./outline-model.ts";
import { Owners } from "./owners.ts";
import { labelPx } from "./draw-parts.ts";
import { labelRect, overlap } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { scenePlan } from "./plan-scene.ts";
import { stackPlan } from "./plan-stack.ts";
import { neighbour } from "./stage-input.ts";
import { oneMachine, twoClusters } from "./topology-fixture.ts";
import { DROP_REASONS } from "../../protocol/trace.ts";

const plan = scenePlan(twoClusters(), 1030, 330);
const box = (id: string, of: Plan = plan) => of.boxById.get(id)!;

describe("labels that are drawn", () => {
  test.each([0.3, 0.5, 0.72, 0.98, 1, 1.37, 2.5])("at zoom %f none overlaps another and none is under 12 pixels", (zoom) => {
    const level = plan.workerWidth * zoom < 90 ? 1 : 2;
    const labels = visibleLabels(plan, zoom, level);
    const rects = labels.map((label) => labelRect(label, labelPx(label.font, zoom)));
    expect(rects.flatMap((a, i) => rects.slice(i + 1).filter((b) => overlap(a, b)))).toEqual([]);
    expect(labels.every((label) => labelPx(label.font, zoom) * zoom >= 12)).toBe(true);
    expect(labels.length).toBeGreaterThan(3);
  });

  test("in the expanded worker none overlaps another", () => {
    const source = { ...twoClusters(), rows: () => new Map([["a", "10.0.0.0/8 dev C0w3-eth0 proto kernel scope link src 10.0.0.5"], ["b", "11.0.0.0/8 dev flannel.100"]]) };
    for (const id of ["C0w1", "C0w2", "C0w3"]) {
      const rects = stackPlan(source, id, 1030, 400).labels.map((label) => labelRect(label));
      expect(rects.flatMap((a, i) => rects.slice(i + 1).filter((b) => overlap(a, b)))).toEqual([]);
    }
  });
});

describe("reasons of drops", () => {
  test("stand on no label and on no pod, wherever the packet was lost", () => {
    const keepFree = [...plan.labels.filter((label) => label.level === 2).map((label) => labelRect(label)), ...plan.boxes.filter((b) => b.kind === "pod")];
    for (const spot of ["C0w1:cni0", "C0w2:", "C1w3/c3:eth0", "box:C0s0-eth3"]) {
      const { rect } = placeCallout(DROP_REASONS.IP_INNOROUTES, plan.spots.get(spot)!, { plan, zoom: 1, keepFree, words: [] });
      expect([spot, keepFree.filter((other) => overlap(rect, other))]).toEqual([spot, []]);
    }
  });

  test("are cut where the explanation begins", () => {
    expect(shortReason(DROP_REASONS.IP_INNOROUTES)).toBe("no route to the destination");
  });
});

describe("finding things", () => {
  test("the smallest box under the pointer is hit", () => {
    const grid = hitGrid(plan);
    const pod = box("C0w1/c1");
    expect(hitAt(grid, pod.x + 5, pod.y + 15)?.id).toBe("C0w1/c1");
    expect(hitAt(grid, box("C0w1").x + 3, box("C0w1").y + 60)?.id).toBe("C0w1");
    expect(hitAt(grid, 3, 3)).toBeNull();
  });

  test.each([
    ["C0w1/c1", 0, 1, "C0w1:cni0"],
    ["C0w1:cni0", 0, -1, "C0w1/c1"],
    ["C0w1:C0w1-eth0", 0, -1, "box:C0s0"],
    ["box:C0s0", 1, 0, "C0e2"],
    ["C0w2/c2", 1, 0, "C0w2/ic0"],
  ] as const)("from %s an arrow (%i, %i) leads to %s", (from, dx, dy, to) => {
    expect(neighbour(plan, box(from), dx, dy)?.id).toBe(to);
  });

  test("an address belongs to the place whose device has it, not to the tunnel", () => {
    const owners = new Owners(twoClusters());
    expect(owners.ownerOf("10.0.0.4")).toBe("C0w2");
    expect(owners.ownerOf("11.11.0.0")).toBeNull();
    expect(owners.tunnelPort("C0w2", 100)).toBe("C0w2:flannel.100");
    expect(owners.tunnelPort("C0w2", 7)).toBeNull();
  });
});

describe("outline", () => {
  test("cluster, worker, pod, interface, address lie inside one another", () => {
    const items = outlineOf(twoClusters());
    const open = new Set(["cluster:C0", "C0w1", "C0w1/c1", "C0w1/c1:eth0"]);
    const rows = rowsOf(items, open);
    expect(rows.find((row) => row.item.text === "11.10.128.2/20")).toMatchObject({ depth: 5, parent: "C0w1/c1:eth0" });
    expect(rows.filter((row) => row.depth === 1).map((row) => row.item.text)).toEqual(["Cluster 0", "Cluster 1", "Switch t0, 2 ports"]);
  });

  test("a single machine lists its namespaces, which open a shell", () => {
    const rows = rowsOf(outlineOf(oneMachine()), new Set(["lab"]));
    expect(rows.find((row) => row.item.text === "Namespace red")?.item.shell).toBe("lab/red");
  });
});
