import type { Ip4 } from "../../wire/addr.ts";
import { inPrefix } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import { isValid } from "../neigh/neigh.ts";
import type { Flow, Nexthop, Route } from "./fib.ts";

/* A route with several nexthops: each flow keeps to one way (RFC 2992, Linux fib_select_multipath). */

/** Does a nexthop count: the device is up, has carrier where that is asked for, and is the one that was named. */
export function isUsable(nh: Nexthop, flow: Flow, deadScope: number): boolean {
  if (nh.dev === null) return true;
  if (!nh.dev.isUp && nh.scope !== deadScope) return false;
  if (isLinkDead(nh)) return false;
  return flow.oif === 0 || flow.oif === nh.dev.ifindex;
}

/** No carrier, and ignore_routes_with_linkdown says that matters. */
export const isLinkDead = (nh: Nexthop): boolean => nh.dev !== null && !nh.dev.carrier && nh.dev.in4?.conf.ignoreRoutesWithLinkdown === 1;

const HASH_BITS = 31;

/** The way that a flow takes: the hash falls into one of the shares that the weights make; a nexthop that owns the source address is preferred. */
export function selectPath(ns: Netns, route: Route, usable: readonly Nexthop[], flow: Flow): Nexthop {
  const total = usable.reduce((sum, nh) => sum + nh.weight, 0);
  const hash = multipathHash(ns, flow) >>> (32 - HASH_BITS);
  let weight = 0;
  let best: Nexthop | undefined;
  let bestScore = 0;
  for (const nh of usable) {
    weight += nh.weight;
    if (ns.ipv4.fibMultipathUseNeigh === 1 && !isGood(ns, nh)) continue;
    const share = Math.round((weight * 2 ** HASH_BITS) / total) - 1;
    const score = (flow.saddr !== 0 && sourceOf(nh) === flow.saddr ? 2 : 0) + (hash <= share ? 1 : 0);
    if (score > bestScore) [best, bestScore] = [nh, score];
    if (score === 3 || (score === 1 && flow.saddr === 0)) break;
  }
  return best ?? usable[0] ?? route.nexthops[0]!;
}

/** fib_good_nh: nobody knows, or somebody heard of the neighbour lately. */
function isGood(ns: Netns, nh: Nexthop): boolean {
  const entry = nh.dev === null || nh.gateway === null ? undefined : ns.neigh.lookup(nh.gateway, nh.dev);
  return entry === undefined || isValid(entry.state);
}

/** nh_saddr: the address this machine would speak from that way. */
function sourceOf(nh: Nexthop): Ip4 | undefined {
  const addrs = nh.dev?.in4?.addrs.filter((a) => !a.secondary) ?? [];
  return (addrs.find((a) => nh.gateway !== null && inPrefix(nh.gateway, a.peer, a.prefixLen)) ?? addrs[0])?.local;
}

/** Bits of fib_multipath_hash_fields. */
const FIELDS = { saddr: 1, daddr: 2, protocol: 4, sport: 16, dport: 32 } as const;
type Field = keyof typeof FIELDS;
const POLICIES: readonly (readonly Field[])[] = [["saddr", "daddr"], ["saddr", "daddr", "protocol", "sport", "dport"], ["saddr", "daddr"]];

/** fib_multipath_hash: what belongs to a flow is the policy's: addresses (0, 2), ports too (1), or what fib_multipath_hash_fields names (3). */
function multipathHash(ns: Netns, flow: Flow): number {
  const { fibMultipathHashPolicy: policy, fibMultipathHashFields: mask, fibMultipathHashSeed: seed } = ns.ipv4;
  const fields = POLICIES[policy] ?? (Object.keys(FIELDS) as Field[]).filter((f) => (mask & FIELDS[f]) !== 0);
  let hash = (seed === 0 ? ns.world.hashSeed : seed) ^ 0x9e3779b9;
  for (const field of fields) hash = mix(hash ^ flow[field]);
  return hash >>> 0;
}

/** A 32-bit finalizer: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
