import { spotAt, spotIdIn } from "./plan.ts";
import type { Plan, Point, WirePath } from "./plan.ts";

const MAX_HOPS = 5;

/** Shortest way over at most five wires. */
export function wirePath(plan: Plan, a: string, z: string): WirePath {
  const [from, to] = [spotIdIn(plan, a), spotIdIn(plan, z)];
  const key = `${from}|${to}`;
  const known = plan.ways.get(key);
  if (known) return known;
  const points = search(plan, from, to);
  const path = measured(points ?? [spotAt(plan, from), spotAt(plan, to)].filter((p) => p !== null), points !== null);
  plan.ways.set(key, path);
  return path;
}

function search(plan: Plan, from: string, to: string): Point[] | null {
  let edge: { at: string; points: readonly Point[] }[] = [{ at: from, points: start(plan, from) }];
  const seen = new Set([from]);
  for (let hop = 0; hop < MAX_HOPS && edge.length > 0; hop++) {
    const next: typeof edge = [];
    for (const way of edge) {
      for (const step of stepsFrom(plan, way.at)) {
        if (seen.has(step.at)) continue;
        seen.add(step.at);
        const points = [...way.points, ...step.points, ...start(plan, step.at)];
        if (step.at === to) return withoutRepeats(points);
        next.push({ at: step.at, points });
      }
    }
    edge = next;
  }
  return null;
}

const start = (plan: Plan, id: string): readonly Point[] => {
  const spot = plan.spots.get(id);
  return spot ? [spot] : [];
};

function stepsFrom(plan: Plan, at: string): { at: string; points: readonly Point[] }[] {
  return plan.wires.flatMap((wire) => {
    if (wire.a === at) return [{ at: wire.b, points: wire.points }];
    return wire.b === at ? [{ at: wire.a, points: [...wire.points].reverse() }] : [];
  });
}

/** Leaves out repeated points and steps back: a packet rests a little before its port, on the cable. */
function withoutRepeats(points: readonly Point[]): Point[] {
  const way: Point[] = [];
  for (const p of points) {
    while (way.length > 1 && turnsBack(way.at(-2)!, way.at(-1)!, p)) way.pop();
    const last = way.at(-1);
    if (!last || last.x !== p.x || last.y !== p.y) way.push(p);
  }
  return way;
}

function turnsBack(a: Point, b: Point, c: Point): boolean {
  const [abx, aby, bcx, bcy] = [b.x - a.x, b.y - a.y, c.x - b.x, c.y - b.y];
  return abx * bcx + aby * bcy < 0 && Math.abs(abx * bcy - aby * bcx) < 0.5;
}

function measured(points: readonly Point[], wired: boolean): WirePath {
  let sum = 0;
  const lengths = points.map((p, i) => {
    const before = points[i - 1];
    if (before) sum += Math.hypot(p.x - before.x, p.y - before.y);
    return sum;
  });
  return { points, lengths, wired };
}

export interface Along extends Point { readonly angle: number }

/** Point and direction after the share `u` of the way. */
export function along(path: WirePath, u: number): Along | null {
  const { points, lengths } = path;
  const last = points.length - 1;
  if (last < 0) return null;
  const want = (lengths[last] ?? 0) * u;
  let i = 1;
  while (i < last && lengths[i]! < want) i++;
  const [p, q] = [points[i - 1] ?? points[0]!, points[Math.min(i, last)]!];
  const segment = (lengths[Math.min(i, last)] ?? 0) - (lengths[i - 1] ?? 0);
  const share = segment > 0 ? Math.min(1, (want - lengths[i - 1]!) / segment) : 0;
  return { x: p.x + (q.x - p.x) * share, y: p.y + (q.y - p.y) * share, angle: Math.atan2(q.y - p.y, q.x - p.x) };
}
