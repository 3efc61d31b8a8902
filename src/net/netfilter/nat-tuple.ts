import { type Ip4, ip4, writeU32 } from "../../wire/addr.ts";
import { IPPROTO_ICMP } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import {
  NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_OFFSET, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY,
  NF_NAT_RANGE_PROTO_SPECIFIED,
} from "../uapi/nft-expr.ts";
import type { Conntrack } from "./ct-entry.ts";
import { zoneIn } from "./ct-table.ts";
import { type Tuple, copyTuple, hasPorts, invertTuple, newTuple, sameTuple } from "./ct-tuple.ts";
import type { Manip, NatRange } from "./nat-range.ts";
import { jhash } from "./nft/jhash.ts";

/* The choice of address and port, in Linux's order (nf_nat_core.c): what a flow had already, what it has now, then a search. */

const RANDOM_ALL = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY;
/** NF_NAT_MAX_ATTEMPTS: a search looks at this many ports before it starts elsewhere. */
const MAX_ATTEMPTS = 128;
const MIN_ATTEMPTS = 16;

/** get_unique_tuple: `original` rewritten at one end so that its answers are told from all others'. */
export function uniqueTuple(ns: Netns, ct: Conntrack, original: Tuple, range: NatRange, manip: Manip): Tuple {
  const isRandom = (range.flags & RANDOM_ALL) !== 0;
  if (manip === "src" && !isRandom) {
    const kept = keptSource(ns, ct, original, range);
    if (kept !== null) return kept;
  }
  const tuple = copyTuple(original);
  chooseAddress(tuple, range, ct.zone, manip);
  if (!isRandom && portWillDo(ns, ct, tuple, range, manip)) return tuple;
  searchPort(ns, ct, tuple, range, manip);
  return tuple;
}

/** The source as it is, if the range allows it; else the one another flow of the same source has got. */
function keptSource(ns: Netns, ct: Conntrack, original: Tuple, range: NatRange): Tuple | null {
  if (isInRange(original, range)) return isTaken(ns, ct, original) ? null : copyTuple(original);
  for (const other of ns.nf.ct.table.withSource(original)) {
    if (!hasSameSource(other, original) || zoneIn(other, 0) !== zoneIn(ct, 0)) continue;
    const mapped = newTuple();
    invertTuple(mapped, other.reply);
    mapped.dst = original.dst;
    mapped.dport = original.dport;
    if (isInRange(mapped, range)) return isTaken(ns, ct, mapped) ? null : mapped;
  }
  return null;
}

const hasSameSource = (ct: Conntrack, t: Tuple): boolean =>
  ct.original.src === t.src && ct.original.sport === t.sport && ct.original.protocol === t.protocol;

/** nf_in_range, for the source. */
function isInRange(t: Tuple, range: NatRange): boolean {
  if ((range.flags & NF_NAT_RANGE_MAP_IPS) !== 0 && (t.src < range.minAddr || t.src > range.maxAddr)) return false;
  return (range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) === 0 || portInRange(t, range, "src");
}

/** l4proto_in_range: ICMP's identifier is the same at both ends; protocols without ports are always in range. */
function portInRange(t: Tuple, range: NatRange, manip: Manip): boolean {
  if (t.protocol !== IPPROTO_ICMP && !hasPorts(t.protocol)) return true;
  const port = manip === "src" || t.protocol === IPPROTO_ICMP ? t.sport : t.dport;
  return port >= range.minProto && port <= range.maxProto;
}

/** nf_nat_used_tuple: would the answers be taken for another flow's? */
function isTaken(ns: Netns, ct: Conntrack, tuple: Tuple): boolean {
  const reply = newTuple();
  invertTuple(reply, tuple);
  const found = ns.nf.ct.table.find(reply, ct);
  if (found === null || found.ct === ct) return false;
  return !(sameTuple(found.ct.original, ct.original) && zoneIn(found.ct, 0) === zoneIn(ct, 0));
}

/** find_best_ips_proto: spreads by a hash of the addresses; a source keeps its address for a destination, or, persistent, for all. */
function chooseAddress(t: Tuple, range: NatRange, zone: number, manip: Manip): void {
  if ((range.flags & NF_NAT_RANGE_MAP_IPS) === 0) return;
  const address = range.minAddr === range.maxAddr ? range.minAddr : spread(t, range, zone);
  if (manip === "src") t.src = address;
  else t.dst = address;
}

function spread(t: Tuple, range: NatRange, zone: number): Ip4 {
  const key = new Uint8Array(16);
  writeU32(key, 0, t.src);
  const seed = (range.flags & NF_NAT_RANGE_PERSISTENT) !== 0 ? 0 : swap(t.dst) ^ zone;
  const distance = range.maxAddr - range.minAddr + 1;
  return ip4(range.minAddr + Math.floor((jhash(key, 0, 16, seed) * distance) / 0x100000000));
}

/** An address as the little-endian word the kernel hashes. */
const swap = (a: Ip4): number => ((a & 0xff) << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);

function portWillDo(ns: Netns, ct: Conntrack, t: Tuple, range: NatRange, manip: Manip): boolean {
  if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) === 0) return !isTaken(ns, ct, t);
  if ((range.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0 || !portInRange(t, range, manip)) return false;
  return range.minProto === range.maxProto || !isTaken(ns, ct, t);
}

interface PortSpan {
  readonly min: number;
  readonly size: number;
}

/** nf_nat_l4proto_unique_tuple: from a random place on, with fewer tries each round; a destination from its first port on. */
function searchPort(ns: Netns, ct: Conntrack, t: Tuple, range: NatRange, manip: Manip): void {
  const span = spanOf(t, range, manip);
  if (span === null) return;
  const field = manip === "src" || t.protocol === IPPROTO_ICMP ? "sport" : "dport";
  const { rng } = ns.world.sim;
  let offset = firstOffset(ns, t[field], range, manip);
  for (let attempts = Math.min(span.size, MAX_ATTEMPTS); ; attempts >>= 1) {
    for (let i = 0; i < attempts; i++, offset++) {
      t[field] = span.min + (offset & 0xffff) % span.size;
      if (!isTaken(ns, ct, t)) return;
    }
    if (attempts >= span.size || attempts < MIN_ATTEMPTS) return;
    offset = rng.u32() & 0xffff;
  }
}

function firstOffset(ns: Netns, port: number, range: NatRange, manip: Manip): number {
  if ((range.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0) return (port - (range.base ?? 0)) & 0xffff;
  return (range.flags & RANDOM_ALL) !== 0 || manip === "src" ? ns.world.sim.rng.u32() & 0xffff : 0;
}

/** Where to look: the range said so; else low ports stay low (some servers trust them), and a destination port is not touched. */
function spanOf(t: Tuple, range: NatRange, manip: Manip): PortSpan | null {
  if (t.protocol !== IPPROTO_ICMP && !hasPorts(t.protocol)) return null;
  if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) !== 0) {
    const min = Math.min(range.minProto, range.maxProto);
    return { min, size: Math.max(range.minProto, range.maxProto) - min + 1 };
  }
  if (t.protocol === IPPROTO_ICMP) return { min: 0, size: 65536 };
  if (manip === "dst") return null;
  if (t.sport < 512) return { min: 1, size: 511 };
  return t.sport < 1024 ? { min: 600, size: 424 } : { min: 1024, size: 64512 };
}
