import { centre, kernelOf, textWidth } from "./plan.ts";
import type { PlanBuilder, Point, Rect } from "./plan.ts";
import { hookSpot } from "./lives.ts";

/**
 * The rail of hooks in a machine's kernel, as netfilter's own picture has it: what passes through runs along
 * the upper row, what ends here goes down to input, what begins here comes up from output.
 */

const CHIP_H = 18;
/** Packets rest between the rows, so that no name is hidden. */
const BAND = 27;

const HOOKS = [
  ["prerouting", 0, "before routing: destinations are rewritten here"],
  ["forward", 0, "for packets that pass through"],
  ["postrouting", 0, "after routing, before the frame leaves: sources are rewritten here"],
  ["input", 1, "for packets to this machine itself"],
  ["output", 1, "for packets that this machine itself sends"],
] as const;

type Hook = (typeof HOOKS)[number][0];

export function hookRail(b: PlanBuilder, place: string, area: { readonly x: number; readonly y: number; readonly w: number }): void {
  const used = hooksInUse(b, place);
  const upper = HOOKS.filter(([, row]) => row === 0).map(([name]) => name);
  const widths = new Map(HOOKS.map(([name]) => [name, textWidth(name, "text") + 8]));
  const gap = (area.w - upper.reduce((sum, name) => sum + widths.get(name)!, 0)) / (upper.length - 1);
  const rects = new Map<Hook, Rect>();
  let x = area.x;
  for (const name of upper) {
    rects.set(name, { x, y: area.y, w: widths.get(name)!, h: CHIP_H });
    x += widths.get(name)! + gap;
  }
  const between = (left: Hook, right: Hook, name: Hook): Rect => {
    const [from, to] = [centre(rects.get(left)!).x, centre(rects.get(right)!).x];
    return { x: (from + to) / 2 - widths.get(name)! / 2, y: area.y + CHIP_H + BAND, w: widths.get(name)!, h: CHIP_H };
  };
  rects.set("input", between("prerouting", "forward", "input"));
  rects.set("output", between("forward", "postrouting", "output"));
  for (const [name, , what] of HOOKS) chip(b, place, name, rects.get(name)!, area.y + CHIP_H + BAND / 2, used.get(name) ?? 0, what);
  rails(b, place, rects);
}

function chip(b: PlanBuilder, place: string, name: Hook, rect: Rect, restY: number, rules: number, what: string): void {
  const id = `hook:${place}/${name}`;
  const words = rules === 0 ? "no rules" : rules === 1 ? "1 chain" : `${rules} chains`;
  b.box("hook", id, rect, { selects: place, off: rules === 0, title: `hook ${name}, ${what}: ${words}` });
  b.label(id, name, centre(rect), "text", { priority: 2 });
  const rest = { x: centre(rect).x, y: restY };
  b.spot(hookSpot(place, name), rest);
  b.wire("way", kernelOf(place), hookSpot(place, name), [rest]);
}

/** Base chains a hook, from the rows of the rule set as the page has them. */
function hooksInUse(b: PlanBuilder, place: string): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const row of b.source.rows?.(place, "nft").values() ?? []) {
    const hook = /\bhook (\w+)\b.*\bpriority\b/.exec(row)?.[1];
    if (hook !== undefined) used.set(hook, (used.get(hook) ?? 0) + 1);
  }
  return used;
}

/** Lines from chip to chip; their ends carry no packet. */
function rails(b: PlanBuilder, place: string, rects: ReadonlyMap<Hook, Rect>): void {
  const edge = (name: Hook, side: "left" | "right" | "top" | "bottom"): Point => {
    const r = rects.get(name)!;
    const middle = centre(r);
    if (side === "left" || side === "right") return { x: side === "left" ? r.x : r.x + r.w, y: middle.y };
    return { x: middle.x, y: side === "top" ? r.y : r.y + r.h };
  };
  const line = (from: Hook, to: Hook, points: readonly Point[]): void => { b.wire("rail", `rail:${place}/${from}`, `rail:${place}/${to}`, points); };
  line("prerouting", "forward", [edge("prerouting", "right"), edge("forward", "left")]);
  line("forward", "postrouting", [edge("forward", "right"), edge("postrouting", "left")]);
  const elbow = (from: Hook, to: Hook): readonly Point[] => {
    const [upper, lower] = [edge(from, "bottom"), edge(to, from === "prerouting" ? "left" : "right")];
    return [upper, { x: upper.x, y: lower.y }, lower];
  };
  line("prerouting", "input", elbow("prerouting", "input"));
  line("postrouting", "output", elbow("postrouting", "output"));
}
