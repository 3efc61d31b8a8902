import type { Decision, DropReason, TableChange, TcpEnd, TraceEvent, TraceKind } from "../uapi/trace.ts";
import { IP_PROTO } from "../../wire/ipv4.ts";
import { countDrop } from "./mib-drop.ts";
import type { Netns } from "./netns.ts";
import type { Skb } from "./skb.ts";

/** Who listens to the trace. Nothing is allocated on the packet path while there is no sink. */
export interface TraceSink {
  event(e: TraceEvent): void;
}

/** What an event may carry besides place, device and packet. */
export interface TraceExtra {
  readonly decision?: Decision;
  readonly changes?: readonly TableChange[];
  readonly drop?: DropReason;
  readonly note?: string;
  readonly journey?: number;
  /** Without a packet: the connection an event is about. */
  readonly conn?: number;
  readonly tcp?: TcpEnd;
  /** Keep more of the packet than {@link SNAP_BYTES}: what a socket receives, for following a stream. */
  readonly snapBytes?: number;
}

const SNAP_BYTES = 256;
const NO_CHANGES: readonly TableChange[] = [];

/**
 * Emits one event. Call it as `if (ns.world.trace !== null) trace(ns, …)`, so that an untraced
 * packet costs one comparison.
 */
export function trace(ns: Netns, kind: TraceKind, dev: string, skb: Skb | null, extra: TraceExtra): void {
  const world = ns.world;
  if (world.trace === null) return;
  const from = skb === null ? 0 : frameStart(skb);
  world.trace.event({
    seq: world.traceSeq++,
    atNs: world.sim.nowNs,
    kind,
    place: ns.place,
    dev,
    journey: extra.journey ?? skb?.journey ?? 0,
    skb: skb?.id ?? 0,
    parent: skb?.parent ?? 0,
    bytes: skb === null ? null : skb.buf.slice(from, Math.min(skb.end, from + (extra.snapBytes ?? SNAP_BYTES))),
    wireLength: skb === null ? 0 : skb.end - from,
    netOffset: skb === null ? 0 : Math.max(0, skb.netAt - from),
    decision: extra.decision ?? null,
    changes: extra.changes ?? NO_CHANGES,
    drop: extra.drop ?? null,
    note: extra.note ?? "",
    conn: extra.conn ?? skb?.conn ?? 0,
    tcp: extra.tcp ?? null,
  });
}

/** Longest IPv4 and TCP headers together (RFC 791, RFC 9293: four bits of words each). */
const LONGEST_HEADERS = 120;

/** The Ethernet header where the packet has one in front of its valid bytes, else the network header, else the first valid byte. */
function frameStart(skb: Skb): number {
  if (isJustBefore(skb.macAt, skb.start, 14)) return skb.macAt;
  // A transport looks at the packet: the IP header is pulled already, and still belongs to it.
  if (!isJustBefore(skb.netAt, skb.start, LONGEST_HEADERS)) return skb.start;
  return isJustBefore(skb.macAt, skb.netAt, 14) ? skb.macAt : skb.netAt;
}

function isJustBefore(header: number, at: number, mostBytes: number): boolean {
  return header >= 0 && header <= at && at - header <= mostBytes;
}

/** The only way to lose a packet. Counts, traces with the reason, and gives the buffer back. */
export function drop(ns: Netns, skb: Skb, reason: DropReason, decision?: Decision): void {
  if (ns.world.trace !== null) {
    trace(ns, "drop", skb.dev?.name ?? "", skb, decision === undefined ? { drop: reason } : { drop: reason, decision });
  }
  countDrop(ns.mib, reason, skb.netAt < 0 ? 0 : skb.buf[skb.netAt + IP_PROTO]!);
  ns.world.free(skb);
}
