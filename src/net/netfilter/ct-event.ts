import type { HookPoint } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { ctLine } from "../uapi/conntrack-text.ts";
import type { CtEvent, CtRow } from "../uapi/conntrack.ts";
import type { TableChange } from "../uapi/trace.ts";
import { type Conntrack, IP_CT_ESTABLISHED, IP_CT_ESTABLISHED_REPLY, IP_CT_NEW, dirOf } from "./ct-entry.ts";
import { tupleRow } from "./ct-tuple.ts";

/* What others hear of a flow: netlink listeners, and the trace. */

/** IPCT_*: what happened since the last message. */
export const IPCT_NEW = 1;
export const IPCT_UPDATE = 2;

const SEC_NS = 1e9;

/** The flow as ctnetlink dumps it. */
export function ctRow(ns: Netns, ct: Conntrack): CtRow {
  const leftNs = ct.isConfirmed ? Math.max(0, ct.expiresAtNs - ns.world.sim.nowNs) : ct.timeoutNs;
  const c = ct.counters;
  return {
    original: tupleRow(ct.original), reply: tupleRow(ct.reply), status: ct.status, timeoutSec: Math.floor(leftNs / SEC_NS), mark: ct.mark, zone: ct.zone,
    id: ct.id, use: 1, tcpState: ct.tcp?.state ?? null, counters: c === null ? null : { original: { ...c[0] }, reply: { ...c[1] } },
    startNs: ct.startNs, labels: ct.labels === null ? [] : bitsOf(ct.labels),
  };
}

/** Numbers of the labels that are set, lowest first. */
export function bitsOf(labels: Uint8Array): readonly number[] {
  return [...labels].flatMap((byte, at) => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((byte >> bit) & 1) === 1).map((bit) => at * 8 + bit));
}

export const ctText = (ns: Netns, ct: Conntrack): string => ctLine(ctRow(ns, ct));

export const ctKey = (ct: Conntrack): string => `ct ${ct.id}`;

/** Tells netlink listeners, if some listened already when the flow began or all are told (nf_conntrack_events). */
export function tellListeners(ns: Netns, ct: Conntrack, is: CtEvent["is"], by?: CtEvent["by"]): void {
  const { listeners } = ns.nf.ct;
  if (!ct.tellsEvents || listeners.size === 0) return;
  const event: CtEvent = { is, row: ctRow(ns, ct), ...(by === undefined ? {} : { by }) };
  for (const listener of [...listeners]) listener(event);
}

/** nf_ct_deliver_cached_events: after the packet passed its last hook. */
export function deliverCached(ns: Netns, ct: Conntrack): void {
  const { pending } = ct;
  ct.pending = 0;
  if (pending !== 0) tellListeners(ns, ct, (pending & IPCT_NEW) !== 0 ? "new" : "update");
}

/** The flow's row for the trace changed, began (`before` null) or ended (`after` null). */
function changeOf(ns: Netns, ct: Conntrack, after: string | null): TableChange {
  const change = { place: ns.place, table: "conntrack", key: ctKey(ct), before: ct.shown, after } as const;
  ct.shown = after;
  return change;
}

/** `ct.new`: the flow is in the table. */
export function traceNew(ns: Netns, ct: Conntrack, skb: Skb, point: HookPoint): void {
  const row = ctText(ns, ct);
  const changes = [changeOf(ns, ct, row)];
  trace(ns, "ct.new", skb.dev?.name ?? "", skb, { decision: { table: "conntrack", row, losers: [], hook: point }, changes, note: "new flow, now in the table" });
}

/** `ct.hit`: the packet belongs to a flow; carries the change of its row when more than the time left changed. */
export function traceHit(ns: Netns, ct: Conntrack, skb: Skb, point: HookPoint): void {
  const row = ctText(ns, ct);
  const changed = ct.shown !== null && withoutTimeout(ct.shown) !== withoutTimeout(row);
  const changes = changed ? [changeOf(ns, ct, row)] : [];
  trace(ns, "ct.hit", skb.dev?.name ?? "", skb, { decision: { table: "conntrack", row, losers: [], hook: point }, changes, note: ctinfoText(skb.ctinfo) });
}

const withoutTimeout = (row: string): string => row.replace(/^(\S+ +\d+ )\d+ /, "$1");

/** The packet belongs to nothing and begins nothing: `ct state invalid`. */
export function traceInvalid(ns: Netns, skb: Skb, point: HookPoint, why: string): void {
  trace(ns, "ct.hit", skb.dev?.name ?? "", skb, { decision: { table: "conntrack", row: "no entry", losers: [], hook: point }, note: `INVALID: ${why}` });
}

/** Somebody or something changed or ended the flow outside a packet's way. */
export function traceChange(ns: Netns, ct: Conntrack, skb: Skb | null, gone: boolean, why: string): void {
  if (gone && ct.shown === null) return;
  const changes = [changeOf(ns, ct, gone ? null : ctText(ns, ct))];
  trace(ns, "table", "", skb, { changes, note: why });
}

/** "ESTABLISHED, reply direction". */
export function ctinfoText(ctinfo: number): string {
  const name = ctinfo === IP_CT_NEW ? "NEW" : ctinfo === IP_CT_ESTABLISHED || ctinfo === IP_CT_ESTABLISHED_REPLY ? "ESTABLISHED" : "RELATED";
  return `${name}, ${dirOf(ctinfo) === 0 ? "original" : "reply"} direction`;
}
