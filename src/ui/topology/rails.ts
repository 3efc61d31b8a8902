import { stateAt } from "../store/connections.ts";
import type { ConnEnd, Connection } from "../store/connections.ts";
import { kernelOf, spotAt } from "./plan.ts";
import type { Plan, Point, Rect } from "./plan.ts";

/**
 * A TCP connection in the picture: a thin double rail between two sockets, from the end of the handshake on. One that is
 * over stays as a dashed trace until the next command. A proxy has two rails: two connections, not one.
 */

export interface Rail {
  readonly id: number;
  readonly client: ConnEnd;
  readonly server: ConnEnd;
  /** "open" both halves, "half" one has said all, "over" closed or reset. */
  readonly state: "open" | "half" | "over";
  /** ":8001", the port that was asked for at the server. */
  readonly label: string;
}

/** More are not told apart by eye: the latest ones. */
const MOST = 12;
const HALF_CLOSED: ReadonlySet<string> = new Set(["FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "CLOSING"]);

/** Rails at an instant. `begun` is the event with which the newest command before `position` began: older closed ones are gone. */
export function railsAt(connections: Iterable<Connection>, position: number, begun: number, shown: (conn: Connection) => boolean): Rail[] {
  const rails: Rail[] = [];
  for (const conn of connections) {
    const { client, server, openSeq } = conn;
    if (client === null || server === null || openSeq === null || openSeq >= position || !shown(conn)) continue;
    const over = conn.closedSeq !== null && conn.closedSeq < position;
    if (over && conn.lastSeq < begun) continue;
    const half = [client, server].some((end) => HALF_CLOSED.has(stateAt(end, position)));
    rails.push({ id: conn.id, client, server, state: over ? "over" : half ? "half" : "open", label: `:${server.localPort}` });
  }
  return rails.slice(-MOST);
}

/** Where a socket is in the picture: its program's chip, else its namespace, on the side towards `other` (a height). */
export function socketAt(plan: Plan, end: ConnEnd, other: number): Point | null {
  const chip = plan.boxes.find((box) => box.kind === "process" && box.program === end.program && box.selects === end.place);
  if (chip) return edgeTowards(chip, other);
  const pod = plan.boxById.get(end.place);
  if (pod && (pod.kind === "pod" || pod.kind === "netns" || pod.kind === "etcd")) return edgeTowards(pod, other);
  return spotAt(plan, kernelOf(end.place));
}

/** Its lower edge where the other end is well below it, else its upper edge: rails rise over what lies between. */
const edgeTowards = (box: Rect, other: number): Point => ({ x: box.x + box.w / 2, y: other > box.y + box.h + 20 ? box.y + box.h : box.y });

export interface RailCurve {
  readonly from: Point;
  readonly bend: Point;
  readonly to: Point;
}

/** An arc over what lies between; connections of the same pair fan out by `nth`. */
export function railCurve(from: Point, to: Point, nth: number): RailCurve {
  const [dx, dy] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  const lift = 16 + dx * 0.1 + nth * 12;
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  if (dy > dx * 1.2 && dy > 30) return { from, bend: { x: middle.x - 18 - nth * 12, y: middle.y }, to };
  if (dx < 12) return { from, bend: { x: from.x - 26, y: from.y - lift }, to };
  return { from, bend: { x: middle.x, y: Math.min(from.y, to.y) - lift }, to };
}

/** A point of the curve, and the direction across it. */
export function onCurve({ from, bend, to }: RailCurve, u: number): { readonly at: Point; readonly across: Point } {
  const mix = (a: number, b: number, c: number): number => (1 - u) * (1 - u) * a + 2 * (1 - u) * u * b + u * u * c;
  const slope = (a: number, b: number, c: number): number => 2 * (1 - u) * (b - a) + 2 * u * (c - b);
  const [dx, dy] = [slope(from.x, bend.x, to.x), slope(from.y, bend.y, to.y)];
  const length = Math.hypot(dx, dy) || 1;
  return { at: { x: mix(from.x, bend.x, to.x), y: mix(from.y, bend.y, to.y) }, across: { x: -dy / length, y: dx / length } };
}
