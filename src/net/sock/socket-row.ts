import { type Ip4, formatIp4 } from "../../wire/addr.ts";
import type { TcpState } from "../uapi/sock-diag.ts";
import type { TableChange } from "../uapi/trace.ts";

/** States in the words of `ss`. */
export const SS_STATES: Readonly<Record<TcpState, string>> = {
  ESTABLISHED: "ESTAB", SYN_SENT: "SYN-SENT", SYN_RECV: "SYN-RECV", FIN_WAIT1: "FIN-WAIT-1", FIN_WAIT2: "FIN-WAIT-2", TIME_WAIT: "TIME-WAIT",
  CLOSE: "UNCONN", CLOSE_WAIT: "CLOSE-WAIT", LAST_ACK: "LAST-ACK", LISTEN: "LISTEN", CLOSING: "CLOSING",
};

/** Both ends of a socket. */
export interface SocketEnds {
  readonly local: Ip4;
  readonly port: number;
  readonly peer: Ip4;
  readonly peerPort: number;
}

/** A socket as the tables of the page show it: "tcp ESTAB 10.0.0.3:8001 10.1.0.1:54292", what `ss -tuan` says without its queues. */
export function socketRow(proto: "tcp" | "udp", state: TcpState, { local, port, peer, peerPort }: SocketEnds): string {
  return `${proto} ${SS_STATES[state]} ${formatIp4(local)}:${port} ${formatIp4(peer)}:${peerPort === 0 ? "*" : peerPort}`;
}

/** What a change of state is to the table of sockets. A closed one is in no table. */
export function socketChange(place: string, cookie: number, ends: SocketEnds, before: TcpState, after: TcpState): TableChange {
  const row = (state: TcpState): string | null => (state === "CLOSE" ? null : socketRow("tcp", state, ends));
  return { place, table: "socket", key: `sock ${cookie}`, before: row(before), after: row(after) };
}
