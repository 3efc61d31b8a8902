import type { Netns } from "../core/netns.ts";
import {
  type CtEvent, type CtFilter, type CtReply, type CtRequest, type CtRow, type CtTuple, IPS_ASSURED, IPS_CONFIRMED, IPS_DST_NAT, IPS_DST_NAT_DONE,
  IPS_FIXED_TIMEOUT, IPS_SEEN_REPLY, IPS_SRC_NAT, IPS_SRC_NAT_DONE,
} from "../uapi/conntrack.ts";
import type { Errno } from "../uapi/errno.ts";
import { ctAlloc, ctCleanup, ctDelete, ctInsert, ctSetMark, ctSetTimeout } from "./conntrack.ts";
import { type Conntrack, ctOf } from "./ct-entry.ts";
import { ctRow, ctText, ctKey, tellListeners } from "./ct-event.ts";
import { SEC_NS } from "./ct-l4.ts";
import { newTrack } from "./ct-tcp.ts";
import { type Tuple, invertTuple, newTuple, tupleOfRow } from "./ct-tuple.ts";
import { trace } from "../core/trace.ts";

/* ctnetlink (nf_conntrack_netlink.c): what conntrack(8) asks. */

/** Who asks, for those who listen; `journey` for the trace. */
export interface CtCaller {
  readonly pid: number;
  readonly comm: string;
  readonly journey: number;
}

const NOBODY: CtCaller = { pid: 0, comm: "", journey: 0 };

/** One request. ENOENT: no such flow; EEXIST: it is there already; EINVAL: what was asked makes no sense; EBUSY: a bit that nobody may change. */
export function ctRequest(ns: Netns, request: CtRequest, caller: CtCaller = NOBODY): CtReply {
  switch (request.op) {
    case "ct.dump": return rows(ns, dump(ns, request.filter, request.zero === true));
    case "ct.get": return one(ns, request.dir, request.tuple, request.zone, (ct) => rows(ns, [ctRow(ns, ct)]));
    case "ct.del": return remove(ns, request, caller);
    case "ct.new": return create(ns, request, caller);
    case "ct.update": return update(ns, request, caller);
    case "ct.flush": return flush(ns, request.filter, caller);
    case "ct.count": case "ct.stats": case "expect.dump": case "expect.flush": return rows(ns, []);
  }
}

function rows(ns: Netns, found: readonly CtRow[]): CtReply {
  const net = ns.nf.ct;
  return { error: null, rows: found, count: net.table.size, max: ns.world.conntrackMax, stats: { ...net.stats } };
}

const refuse = (error: Errno): CtReply => ({ error });

function dump(ns: Netns, filter: CtFilter | undefined, zero: boolean): readonly CtRow[] {
  const found = [...ns.nf.ct.table.entries()].filter((ct) => matches(ct, filter));
  const held = waitingPackets(ns);
  const shown = found.map((ct) => ({ ...ctRow(ns, ct), use: 1 + (held.get(ct) ?? 0) }));
  if (zero) for (const ct of found) for (const c of ct.counters ?? []) Object.assign(c, { packets: 0, bytes: 0 });
  return shown;
}

/** Packets that wait for a neighbour hold their flow: `use` counts them. */
function waitingPackets(ns: Netns): ReadonlyMap<Conntrack, number> {
  const held = new Map<Conntrack, number>();
  for (const entry of ns.neigh.entries()) {
    for (const skb of entry.queue) {
      const ct = ctOf(skb);
      if (ct !== null) held.set(ct, (held.get(ct) ?? 0) + 1);
    }
  }
  return held;
}

/** ctnetlink_filter_match; absent fields match anything. */
function matches(ct: Conntrack, f: CtFilter | undefined): boolean {
  if (f === undefined) return true;
  if (f.mark !== undefined && (ct.mark & (f.markMask ?? 0xffffffff)) >>> 0 !== f.mark) return false;
  if (f.zone !== undefined && ct.zone !== f.zone) return false;
  if (f.statusSet !== undefined && (ct.status & f.statusSet) !== f.statusSet) return false;
  return tupleFits(ct, 0, f.original) && tupleFits(ct, 1, f.reply);
}

function tupleFits(ct: Conntrack, dir: 0 | 1, wanted: Partial<CtTuple> | undefined): boolean {
  if (wanted === undefined) return true;
  const t = ct.tuple(dir);
  const has: Partial<CtTuple> = t.protocol === 1
    ? { src: t.src, dst: t.dst, protocol: t.protocol, icmpId: t.sport, icmpType: t.dport >> 8, icmpCode: t.dport & 255 }
    : { src: t.src, dst: t.dst, protocol: t.protocol, sport: t.sport, dport: t.dport };
  return (Object.keys(wanted) as (keyof CtTuple)[]).every((key) => wanted[key] === undefined || has[key] === wanted[key]);
}

function one(ns: Netns, dir: "original" | "reply", tuple: CtTuple, zone: number | undefined, then: (ct: Conntrack) => CtReply): CtReply {
  const found = ns.nf.ct.table.find(tupleOfRow(tuple), { zone: zone ?? 0, zoneDirs: 3 });
  if (found === null || found.dir !== (dir === "original" ? 0 : 1)) return refuse("ENOENT");
  return then(found.ct);
}

const by = (caller: CtCaller): CtEvent["by"] => (caller.pid === 0 ? undefined : { pid: caller.pid, comm: caller.comm });

function remove(ns: Netns, request: Extract<CtRequest, { op: "ct.del" }>, caller: CtCaller): CtReply {
  return one(ns, request.dir, request.tuple, request.zone, (ct) => {
    if (request.id !== undefined && request.id !== ct.id) return refuse("ENOENT");
    const row = ctRow(ns, ct);
    ctDelete(ns, ct, "deleted", by(caller));
    return rows(ns, [row]);
  });
}

function flush(ns: Netns, filter: CtFilter | undefined, caller: CtCaller): CtReply {
  ctCleanup(ns, (ct) => matches(ct, filter), "flushed", by(caller));
  return rows(ns, []);
}

/** Bits a program may set, never clear (IPS_UNCHANGEABLE_MASK and __nf_ct_change_status). */
const SETTABLE = IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT | IPS_CONFIRMED;

/** ctnetlink_setup_nat: a reply that is not the mirror of the original means that packets are to be rewritten. */
function natBits(original: Tuple, reply: Tuple): number {
  const mirror = newTuple();
  invertTuple(mirror, original);
  const source = reply.dst !== mirror.dst || reply.dport !== mirror.dport;
  const dest = reply.src !== mirror.src || reply.sport !== mirror.sport;
  return IPS_SRC_NAT_DONE | IPS_DST_NAT_DONE | (source ? IPS_SRC_NAT : 0) | (dest ? IPS_DST_NAT : 0);
}

function create(ns: Netns, request: Extract<CtRequest, { op: "ct.new" }>, caller: CtCaller): CtReply {
  const { table, stats } = ns.nf.ct;
  const zone = { zone: request.zone ?? 0, zoneDirs: 3 };
  const [original, reply] = [tupleOfRow(request.original), tupleOfRow(request.reply)];
  if (table.find(original, zone) !== null || table.find(reply, zone) !== null) return refuse("EEXIST");
  const ct = ctAlloc(ns);
  if (ct === null) return refuse("ENOMEM");
  ct.hashes[0].tuple = original;
  ct.hashes[1].tuple = reply;
  Object.assign(ct, zone);
  ct.status = ((request.status ?? 0) & SETTABLE) | natBits(original, reply);
  ct.mark = request.mark ?? 0;
  ct.timeoutNs = request.timeoutSec * SEC_NS;
  if (original.protocol === 6) ct.tcp = newTrack(request.tcpState ?? "NONE");
  ctInsert(ns, ct);
  stats.insert++;
  tellListeners(ns, ct, "new", by(caller));
  traceWritten(ns, ct, caller);
  return rows(ns, [ctRow(ns, ct)]);
}

function update(ns: Netns, request: Extract<CtRequest, { op: "ct.update" }>, caller: CtCaller): CtReply {
  return one(ns, request.dir, request.tuple, request.zone, (ct) => {
    const status = request.status;
    if (status !== undefined && (ct.status & SETTABLE & ~status & (IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED)) !== 0) return refuse("EBUSY");
    if (status !== undefined) ct.status |= status & SETTABLE;
    if (request.timeoutSec !== undefined) ctSetTimeout(ns, ct, request.timeoutSec * SEC_NS);
    if (request.mark !== undefined) ctSetMark(ns, ct, request.mark);
    ct.pending = 0;
    tellListeners(ns, ct, "update", by(caller));
    traceWritten(ns, ct, caller);
    return rows(ns, [ctRow(ns, ct)]);
  });
}

function traceWritten(ns: Netns, ct: Conntrack, caller: CtCaller): void {
  if (ns.world.trace === null) return;
  const after = ctText(ns, ct);
  const changes = [{ place: ns.place, table: "conntrack", key: ctKey(ct), before: ct.shown, after } as const];
  ct.shown = after;
  trace(ns, "table", "", null, { changes, note: `written by ${caller.comm || "a program"}`, journey: caller.journey });
}

