import type { Ip4 } from "../../../wire/addr.ts";
import { TcpSysctls } from "./sysctl.ts";
import type { RequestSock } from "./request.ts";
import type { Tcb } from "./tcb.ts";
import type { TimewaitSock } from "./timewait.ts";

/** What a segment's four numbers may belong to. */
export type EhashEntry = Tcb | RequestSock | TimewaitSock;

/** Everybody who has a local port (inet_bind_bucket). */
export interface BindBucket {
  readonly port: number;
  readonly owners: Set<Tcb | TimewaitSock>;
}

/** TCP's tables of a namespace. */
export class TcpTables {
  readonly sysctl = new TcpSysctls();
  /** By a hash of both ends; a bucket holds whoever shares it. */
  readonly established = new Map<number, EhashEntry[]>();
  readonly listeners = new Map<number, Tcb[]>();
  readonly bound = new Map<number, BindBucket>();
  /** Next ephemeral port by hash of the destination (table_perturb). */
  readonly perturb = new Map<number, number>();
  /** Changes when a route, an address or a device does: cached ways out are asked for again. */
  routeGeneration = 0;
  timewaitCount = 0;
  orphanCount = 0;
  /** Challenge ACKs are limited a second for all connections together. */
  challengeAt = 0;
  challengeCount = 0;
}

/** One number for both ends of a connection (inet_ehashfn), 32-bit. */
export function ehash(local: Ip4, port: number, peer: Ip4, peerPort: number): number {
  let h = Math.imul(local ^ (port << 16) ^ peerPort, 0x9e3779b1) ^ peer;
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 13);
}
