import type { Ip4 } from "../../wire/addr.ts";
import { SEC } from "../../sim/sim.ts";
import type { Netns } from "../core/netns.ts";
import type { Nexthop, Route } from "./fib.ts";

/*
 * What a nexthop learned about single destinations (fib_nh_exception): a smaller path MTU from "fragmentation
 * needed", a better gateway from a redirect. Linux net/ipv4/route.c. Goes with its route; `ip route show cache` lists them.
 */

/** One exception; times are simulated. */
export interface NexthopException {
  /** From a redirect; null = the route's own. */
  gateway: Ip4 | null;
  /** Path MTU, 0 = not learned. */
  mtuBytes: number;
  /** The router claimed less than min_pmtu: the floor stays, and larger packets are cut instead. */
  mtuLocked: boolean;
  /** Infinity = does not. */
  expiresNs: number;
  /** Some packet has been routed by it since: only then it is listed (fnhe_rth_output, fnhe_rth_input). */
  isBound: boolean;
}

/** How long a redirect is believed: ip_rt_gc_timeout. */
export const REDIRECT_LIFETIME_NS = 300 * SEC;

/** find_exception: what holds for a destination now; one that has expired is taken out. */
export function findException(ns: Netns, nexthop: Nexthop | null | undefined, daddr: Ip4): NexthopException | null {
  const found = nexthop?.exceptions?.get(daddr);
  if (found === undefined) return null;
  if (ns.world.sim.nowNs < found.expiresNs) return found;
  nexthop?.exceptions?.delete(daddr);
  return null;
}

/** rt_bind_exception: as {@link findException}, for a packet that goes this way. */
export function bindException(ns: Netns, nexthop: Nexthop | null | undefined, daddr: Ip4): NexthopException | null {
  const found = findException(ns, nexthop, daddr);
  if (found !== null) found.isBound = true;
  return found;
}

/** update_or_create_fnhe: an MTU and a gateway may stand side by side; the newer one sets the life of both. */
export function learnException(ns: Netns, nexthop: Nexthop, daddr: Ip4, news: Partial<NexthopException> & { readonly expiresNs: number }): void {
  const known = findException(ns, nexthop, daddr) ?? FRESH;
  nexthop.exceptions ??= new Map();
  nexthop.exceptions.set(daddr, { ...known, ...news, isBound: false });
}

const FRESH: NexthopException = { gateway: null, mtuBytes: 0, mtuLocked: false, expiresNs: Infinity, isBound: false };

/** `ip route flush cache` (fnhe_genid_bump): every exception of a namespace is void; its empty row stays. */
export function forgetExceptions(ns: Netns): void {
  for (const nexthop of nexthopsOf(ns)) for (const daddr of nexthop.exceptions?.keys() ?? []) nexthop.exceptions?.set(daddr, { ...FRESH });
}

function* nexthopsOf(ns: Netns): Generator<Nexthop> {
  for (const table of ns.ipv4.fib.tables.values()) for (const route of table.list()) yield* route.nexthops;
}

export interface CachedRoute {
  readonly table: number;
  readonly route: Route;
  readonly nexthop: Nexthop;
  readonly daddr: Ip4;
  readonly exception: NexthopException;
}

/** fib_dump_info_fnhe: what `ip route show cache` lists. */
export function listExceptions(ns: Netns, table: number | undefined): readonly CachedRoute[] {
  const tables = [...ns.ipv4.fib.tables.values()].filter((t) => table === undefined || t.id === table);
  return tables.flatMap((t) => t.list().flatMap((route) => route.nexthops.flatMap((nexthop) =>
    [...(nexthop.exceptions?.keys() ?? [])].flatMap((daddr) => {
      const exception = findException(ns, nexthop, daddr);
      return exception === null || !exception.isBound ? [] : [{ table: t.id, route, nexthop, daddr, exception }];
    }))));
}
