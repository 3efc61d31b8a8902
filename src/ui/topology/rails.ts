import { stateAt } from "../store/connections.ts";
import type { ConnEnd, Connection } from "../store/connections.ts";
import { kernelOf, spotAt } from "./plan.ts";
import type { Plan, Point } from "./plan.ts";

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

/** Where a socket is in the picture: its program's chip, else its namespace. */
export function socketAt(plan: Plan, end: ConnEnd): Point | null {
  const chip = plan.boxes.find((box) => box.kind === "process" && box.program === end.program && box.selects === end.place);
  if (chip) return { x: chip.x + chip.w / 2, y: chip.y };
  const pod = plan.boxById.get(end.place);
  if (pod && (pod.kind === "pod" || pod.kind === "netns" || pod.kind === "etcd")) return { x: pod.x + pod.w / 2, y: pod.y };
  return spotAt(plan, kernelOf(end.place));
}

export interface RailCurve {
  readonly from: Point;
  readonly bend: Point;
  readonly to: Point;
}

/** An arc over what lies between; connections of the same pair fan out by `nth`. */
export function railCurve(from: Point, to: Point, nth: number): RailCurve {
  const lift = 16 + Math.abs(to.x - from.x) * 0.1 + nth * 12;
  const near = Math.abs(to.x - from.x) < 12 && Math.abs(to.y - from.y) < 12;
  const bend = near ? { x: from.x - 26, y: from.y - lift } : { x: (from.x + to.x) / 2, y: Math.min(from.y, to.y) - lift };
  return { from, bend, to };
}

/** A point of the curve, and the direction across it. */
export function onCurve({ from, bend, to }: RailCurve, u: number): { readonly at: Point; readonly across: Point } {
  const mix = (a: number, b: number, c: number): number => (1 - u) * (1 - u) * a + 2 * (1 - u) * u * b + u * u * c;
  const slope = (a: number, b: number, c: number): number => 2 * (1 - u) * (b - a) + 2 * u * (c - b);
  const [dx, dy] = [slope(from.x, bend.x, to.x), slope(from.y, bend.y, to.y)];
  const length = Math.hypot(dx, dy) || 1;
  return { at: { x: mix(from.x, bend.x, to.x), y: mix(from.y, bend.y, to.y) }, across: { x: -dy / length, y: dx / length } };
}
