import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_FRAG, IP_OFFSET_MASK, IP_PROTO, ipHeaderBytes } from "../../wire/ipv4.ts";
import { readU16 } from "../../wire/addr.ts";
import type { HookPoint, HookVerdict } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { IPS_EXPECTED, IPS_SEEN_REPLY, IPS_TEMPLATE } from "../uapi/conntrack.ts";
import { ctAlloc, ctInsert } from "./conntrack.ts";
import {
  type Conntrack, IP_CT_ESTABLISHED, IP_CT_ESTABLISHED_REPLY, IP_CT_NEW, IP_CT_RELATED, IP_CT_UNTRACKED, ctOf, dirOf, resetCt,
} from "./ct-entry.ts";
import { IPCT_NEW, IPCT_UPDATE, deliverCached, traceHit, traceInvalid, traceNew } from "./ct-event.ts";
import { genericPacket } from "./ct-generic.ts";
import { icmpErrorOf, icmpPacket } from "./ct-icmp.ts";
import type { CtPacket, CtTracker, CtVerdict } from "./ct-l4.ts";
import { DEFAULT_ZONE, type Zone } from "./ct-table.ts";
import { tcpPacket } from "./ct-tcp.ts";
import { IPPROTO_UDPLITE, copyTuple, invertTuple, newTuple, sameTuple, tupleOfPacket } from "./ct-tuple.ts";
import { udpPacket } from "./ct-udp.ts";

/* From the hooks at -200 (prerouting, output) and at the very end (input, postrouting). Linux nf_conntrack_core.c. */

function trackerOf(protocol: number): CtTracker {
  if (protocol === IPPROTO_TCP) return tcpPacket;
  if (protocol === IPPROTO_UDP || protocol === IPPROTO_UDPLITE) return udpPacket;
  return protocol === IPPROTO_ICMP ? icmpPacket : genericPacket;
}

/** nf_conntrack_in: which flow is this packet of? Sets `skb.ct` and `skb.ctinfo`; leaves them empty for invalid packets. */
export function conntrackIn(ns: Netns, skb: Skb, point: HookPoint): HookVerdict {
  const before = ctOf(skb);
  if (skb.ctinfo === IP_CT_UNTRACKED || (before !== null && !before.has(IPS_TEMPLATE))) return "accept";
  const zone: Zone = before ?? DEFAULT_ZONE;
  resetCt(skb);
  const { buf, netAt } = skb;
  if ((readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0) return finish(ns, skb, point, { is: "invalid", why: "a later fragment" });
  const packet: CtPacket = { ns, skb, at: netAt + ipHeaderBytes(buf, netAt), point };
  if (buf[netAt + IP_PROTO] === IPPROTO_ICMP) {
    const verdict = icmpErrorOf(packet, zone);
    if (verdict !== null) return finish(ns, skb, point, verdict);
  }
  return finish(ns, skb, point, track(packet, zone));
}

/** resolve_normal_ct, then the protocol's own tracker. */
function track(packet: CtPacket, zone: Zone): CtVerdict {
  const { ns, skb } = packet;
  for (;;) {
    const why = resolve(packet, zone);
    if (why === "full") return { is: "drop" };
    if (why !== null) return { is: "invalid", why };
    const verdict = trackerOf(skb.buf[skb.netAt + IP_PROTO]!)(packet, ctOf(skb)!);
    if (verdict.is === "accept") return verdict;
    resetCt(skb);
    if (verdict.is !== "repeat") return verdict;
    ns.nf.ct.stats.searchRestart++;
  }
}

/** Finds the flow or begins one; null, or why there is none. */
function resolve({ ns, skb }: CtPacket, zone: Zone): string | null {
  const tuple = ns.nf.ct.scratch;
  if (!tupleOfPacket(tuple, skb.buf, skb.netAt, skb.end)) return "headers cut short";
  const found = ns.nf.ct.table.find(tuple, zone);
  if (found !== null) {
    skb.ct = found.ct;
    skb.ctinfo = found.dir === 1 ? IP_CT_ESTABLISHED_REPLY : infoOf(found.ct);
    return null;
  }
  const reply = newTuple();
  if (!invertTuple(reply, tuple)) return `ICMP type ${tuple.dport >> 8} has no answer`;
  const ct = ctAlloc(ns);
  if (ct === null) return "full";
  ct.zone = zone.zone;
  ct.zoneDirs = zone.zoneDirs;
  ct.hashes[0].tuple = copyTuple(tuple);
  ct.hashes[1].tuple = reply;
  skb.ct = ct;
  skb.ctinfo = IP_CT_NEW;
  return null;
}

function infoOf(ct: Conntrack): number {
  if (ct.has(IPS_SEEN_REPLY)) return IP_CT_ESTABLISHED;
  return ct.has(IPS_EXPECTED) ? IP_CT_RELATED : IP_CT_NEW;
}

function finish(ns: Netns, skb: Skb, point: HookPoint, verdict: CtVerdict): HookVerdict {
  const { stats } = ns.nf.ct;
  if (verdict.is === "invalid") {
    stats.invalid++;
    if (ns.world.trace !== null) traceInvalid(ns, skb, point, verdict.why);
    return "accept";
  }
  if (verdict.is !== "accept") {
    stats.drop++;
    return "drop";
  }
  const ct = ctOf(skb)!;
  if (skb.ctinfo === IP_CT_ESTABLISHED_REPLY && !ct.has(IPS_SEEN_REPLY)) {
    ct.status |= IPS_SEEN_REPLY;
    ct.pending |= IPCT_UPDATE;
  }
  if (ns.world.trace !== null && ct.isConfirmed) traceHit(ns, ct, skb, point);
  return "accept";
}

/** nf_conntrack_confirm: the packet got through; its flow enters the table with its first packet. */
export function conntrackConfirm(ns: Netns, skb: Skb, point: HookPoint): HookVerdict {
  const ct = ctOf(skb);
  if (ct === null) return "accept";
  if (!ct.isConfirmed && dirOf(skb.ctinfo) === 0) {
    if (!insertOrClash(ns, skb, ct, point)) return "drop";
  }
  const now = ctOf(skb)!;
  if (now.pending !== 0) deliverCached(ns, now);
  return "accept";
}

/** __nf_conntrack_confirm and nf_ct_resolve_clash: another packet of the same flow may have been faster. */
function insertOrClash(ns: Netns, skb: Skb, ct: Conntrack, point: HookPoint): boolean {
  const { table, stats } = ns.nf.ct;
  const rival = ct.isDying ? null : (table.find(ct.original, ct) ?? table.find(ct.reply, ct));
  if (ct.isDying || (rival !== null && !isSameFlow(rival.ct, ct))) {
    stats.insertFailed++;
    return false;
  }
  if (rival !== null) {
    stats.clashResolve++;
    skb.ct = rival.ct;
    return true;
  }
  ctInsert(ns, ct);
  ct.pending |= IPCT_NEW;
  if (ns.world.trace !== null) traceNew(ns, ct, skb, point);
  return true;
}

/** nf_ct_match; only UDP may clash with itself. */
const isSameFlow = (a: Conntrack, b: Conntrack): boolean =>
  a.original.protocol === IPPROTO_UDP && sameTuple(a.original, b.original) && sameTuple(a.reply, b.reply);
