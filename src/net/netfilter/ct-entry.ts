import type { Timer } from "../../sim/sim.ts";
import type { Skb } from "../core/skb.ts";
import { IPS_CONFIRMED, IPS_DYING, type CtTcpState } from "../uapi/conntrack.ts";
import { type Tuple, newTuple } from "./ct-tuple.ts";

/** enum ip_conntrack_info, what a packet is to its flow; kept in `skb.ctinfo`. */
export const IP_CT_ESTABLISHED = 0;
export const IP_CT_RELATED = 1;
export const IP_CT_NEW = 2;
export const IP_CT_IS_REPLY = 3;
export const IP_CT_ESTABLISHED_REPLY = 3;
export const IP_CT_RELATED_REPLY = 4;
/** `notrack`: the packet has no entry and gets none. */
export const IP_CT_UNTRACKED = 7;

/** Which way of its flow: 0 = original, 1 = reply (CTINFO2DIR). */
export type Dir = 0 | 1;
export const DIR_ORIGINAL: Dir = 0;
export const DIR_REPLY: Dir = 1;

/** One of an entry's two places in the hash table (nf_conntrack_tuple_hash). */
export interface TupleHash {
  readonly ct: Conntrack;
  readonly dir: Dir;
  tuple: Tuple;
  hash: number;
  next: TupleHash | null;
}

/** What the TCP tracker remembers of one side (ip_ct_tcp_state). */
export interface TcpSide {
  tdEnd: number;
  tdMaxend: number;
  tdMaxwin: number;
  tdMaxack: number;
  tdScale: number;
  flags: number;
}

/** struct ip_ct_tcp. */
export interface TcpTrack {
  state: CtTcpState;
  readonly seen: readonly [TcpSide, TcpSide];
  lastDir: Dir;
  retrans: number;
  lastIndex: number;
  lastSeq: number;
  lastAck: number;
  lastEnd: number;
  lastWin: number;
  lastWscale: number;
  lastFlags: number;
}

/** A tracked flow: one line of `conntrack -L` (struct nf_conn). */
export class Conntrack {
  readonly id: number;
  readonly hashes: readonly [TupleHash, TupleHash];
  /** IPS_* bits. */
  status = 0;
  mark = 0;
  /** 16 bytes, made when a label is set. */
  labels: Uint8Array | null = null;
  /** Zone id, and in which directions it counts: 1 original, 2 reply, 3 both. */
  zone = 0;
  zoneDirs = 3;
  /** Simulated time of its end; before it is confirmed, the length of its life. */
  expiresAtNs = 0;
  timeoutNs = 0;
  timer: Timer | null = null;
  master: Conntrack | null = null;
  tcp: TcpTrack | null = null;
  /** UDP: 2 s after the first packet a flow that goes on counts as a stream. */
  streamAtNs = 0;
  /** Packets and bytes by direction; null unless nf_conntrack_acct is 1. */
  counters: readonly [{ packets: number; bytes: number }, { packets: number; bytes: number }] | null = null;
  startNs: number | null = null;
  stopNs: number | null = null;
  /** nfct_nat: device whose address a masquerade took; its going down ends the flow. */
  masqIfindex = 0;
  /** Somebody listened when the flow began (nf_conntrack_events 2): only then are its changes told. */
  tellsEvents = false;
  /** Something changed since the last event. */
  pending = 0;
  /** The row as the trace last showed it. */
  shown: string | null = null;

  constructor(id: number) {
    this.id = id;
    this.hashes = [
      { ct: this, dir: DIR_ORIGINAL, tuple: newTuple(), hash: 0, next: null },
      { ct: this, dir: DIR_REPLY, tuple: newTuple(), hash: 0, next: null },
    ];
  }

  get original(): Tuple {
    return this.hashes[0].tuple;
  }

  get reply(): Tuple {
    return this.hashes[1].tuple;
  }

  tuple(dir: Dir): Tuple {
    return this.hashes[dir].tuple;
  }

  has(bits: number): boolean {
    return (this.status & bits) !== 0;
  }

  get isConfirmed(): boolean {
    return (this.status & IPS_CONFIRMED) !== 0;
  }

  get isDying(): boolean {
    return (this.status & IPS_DYING) !== 0;
  }
}

/** nf_ct_get: the packet's entry; null also for untracked packets. */
export const ctOf = (skb: Skb): Conntrack | null => skb.ct as Conntrack | null;

/** True after `notrack`. */
export const isUntracked = (skb: Skb): boolean => skb.ctinfo === IP_CT_UNTRACKED;

/** CTINFO2DIR. */
export const dirOf = (ctinfo: number): Dir => (ctinfo >= IP_CT_IS_REPLY ? DIR_REPLY : DIR_ORIGINAL);

/** nf_ct_set(skb, NULL, IP_CT_UNTRACKED). */
export function setUntracked(skb: Skb): void {
  skb.ct = null;
  skb.ctinfo = IP_CT_UNTRACKED;
}

/** nf_reset_ct: the packet forgets its flow (it left the namespace, or got new headers). */
export function resetCt(skb: Skb): void {
  skb.ct = null;
  skb.ctinfo = 0;
}
