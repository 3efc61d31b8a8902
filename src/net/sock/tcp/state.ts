import { formatIp4 } from "../../../wire/addr.ts";
import type { TcpMib } from "../../core/mib.ts";
import type { Skb } from "../../core/skb.ts";
import { trace } from "../../core/trace.ts";
import type { TcpState } from "../../uapi/sock-diag.ts";
import type { TcpEnd, TraceKind } from "../../uapi/trace.ts";
import { socketChange } from "../socket-row.ts";
import { hashRemove, listenRemove } from "./hash.ts";
import { leaveBucket } from "./ports.ts";
import type { Tcb } from "./tcb.ts";
import { TimewaitSock } from "./timewait.ts";

/* RFC 9293 §3.3.2: the state table, and who hears of a change. */

/** Arrows that exist. Every state may also end in CLOSE (reset, abort, time-out). */
export const TCP_ARROWS: Readonly<Record<TcpState, readonly TcpState[]>> = {
  CLOSE: ["SYN_SENT", "LISTEN", "SYN_RECV"],
  LISTEN: [],
  SYN_SENT: ["ESTABLISHED", "SYN_RECV"],
  SYN_RECV: ["ESTABLISHED", "FIN_WAIT1", "CLOSE_WAIT"],
  ESTABLISHED: ["FIN_WAIT1", "CLOSE_WAIT"],
  FIN_WAIT1: ["FIN_WAIT2", "CLOSING", "TIME_WAIT"],
  FIN_WAIT2: ["TIME_WAIT"],
  CLOSING: ["TIME_WAIT"],
  TIME_WAIT: [],
  CLOSE_WAIT: ["LAST_ACK"],
  LAST_ACK: [],
};

/** tcp_set_state: changes the state, and gives up table places when it is CLOSE. `skb` is the segment that did it, if one did. */
export function setState(tp: Tcb, state: TcpState, skb: Skb | null = null): void {
  const before = tp.state;
  if (before === state) return;
  if (state === "CLOSE") {
    if (before === "LISTEN") listenRemove(tp);
    else hashRemove(tp.ns, tp);
    if (!tp.portLocked) leaveBucket(tp);
  }
  tp.state = state;
  countState(tp.ns.mib.tcp, before, state);
  tellState(tp, before, state, skb);
}

function countState(mib: TcpMib, before: TcpState, after: TcpState): void {
  if (after === "SYN_SENT") mib.ActiveOpens++;
  if (after === "CLOSE" && (before === "ESTABLISHED" || before === "CLOSE_WAIT")) mib.EstabResets++;
}

/** tcp.state of a socket, or of what remains of one. */
export function tellState(end: Tcb | TimewaitSock, before: TcpState, after: TcpState, skb: Skb | null): void {
  const { ns } = end;
  if (ns.world.trace === null) return;
  const changes = [socketChange(ns.place, end.cookie, end, before, after)];
  trace(ns, "tcp.state", skb?.dev?.name ?? "", skb, { tcp: endOf(end, before, after), conn: end.conn, journey: skb?.journey ?? end.journey, note: `${before} → ${after}`, changes });
}

/** An event about a segment that is on its way out, or about the connection: call it only while somebody traces. */
export function tellTcp(tp: Tcb | TimewaitSock, kind: TraceKind, skb: Skb | null, note: string): void {
  const state = tp instanceof TimewaitSock ? tp.substate : tp.state;
  trace(tp.ns, kind, skb?.dev?.name ?? "", skb, { tcp: endOf(tp, state, state), conn: tp.conn, journey: skb?.journey ?? tp.journey, note });
}

function endOf(end: Tcb | TimewaitSock, before: string, after: string): TcpEnd {
  return {
    local: formatIp4(end.local), localPort: end.port, remote: formatIp4(end.peer), remotePort: end.peerPort,
    before, after, program: end instanceof TimewaitSock ? "" : end.program, active: end.active,
  };
}
