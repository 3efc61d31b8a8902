import type { Nexthop, Route } from "./fib.ts";

/**
 * Routes that say the same about the way share it (fib_find_info): what a nexthop learned about a destination,
 * it learned for all of them. Counted, so that it is forgotten with the last.
 */
export class FibInfos {
  readonly #infos = new Map<string, { readonly nexthops: readonly Nexthop[]; users: number }>();

  /** The route with the ways of one that says the same, if there is any. */
  shared(route: Route): Route {
    const known = this.#infos.get(keyOf(route));
    return known === undefined ? route : { ...route, nexthops: known.nexthops };
  }

  hold(route: Route): void {
    const key = keyOf(route);
    const known = this.#infos.get(key);
    if (known === undefined) this.#infos.set(key, { nexthops: route.nexthops, users: 1 });
    else known.users++;
  }

  release(route: Route): void {
    const key = keyOf(route);
    const known = this.#infos.get(key);
    if (known !== undefined && --known.users === 0) this.#infos.delete(key);
  }
}

/** Everything but destination, TOS and table. */
function keyOf(r: Route): string {
  const ways = r.nexthops.map((nh) => `${nh.dev?.ifindex ?? 0} ${nh.gateway ?? ""} ${nh.weight} ${nh.onlink} ${nh.scope} ${nh.realm ?? 0}`);
  return [r.type, r.protocol, r.scope, r.prefsrc ?? "", r.metric, [...r.metrics].join(), [...r.locked].join(), ...ways].join("|");
}
