import { IP_PROTO, IP_TOS, ipDst, ipSrc } from "../../wire/ipv4.ts";
import type { Hook, HookState, HookVerdict } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { explainRoute } from "../ipv4/fib-lookup.ts";
import { addrType, flowOf, routeOutput } from "../ipv4/route.ts";

/** ip_route_me_harder: a packet made here got other addresses or another mark, so it is routed anew. False: there is no way. */
export function routeMeHarder(ns: Netns, skb: Skb): boolean {
  const { buf, netAt } = skb;
  const saddr = ipSrc(buf, netAt);
  const type = addrType(ns, saddr);
  const key = {
    daddr: ipDst(buf, netAt), ...(type === "local" || type === "unicast" ? { saddr } : {}),
    tos: buf[netAt + IP_TOS]! & 0x1c, mark: skb.mark, protocol: buf[netAt + IP_PROTO]!,
  };
  const dst = routeOutput(ns, key);
  if (typeof dst === "string") return false;
  skb.dst = dst;
  if (ns.world.trace !== null && dst.route !== null) trace(ns, "route", dst.dev.name, skb, { decision: explainRoute(ns, flowOf(key), dst.route), note: "routed again: rules changed the packet" });
  return true;
}

/** What route chains look at: mark, addresses, TOS. */
function sameRoute(skb: Skb, mark: number, saddr: number, daddr: number, tos: number): boolean {
  const { buf, netAt } = skb;
  return skb.mark === mark && ipSrc(buf, netAt) === saddr && ipDst(buf, netAt) === daddr && buf[netAt + IP_TOS] === tos;
}

/**
 * nft_chain_route: a base chain of type route at output. When the rules changed mark, addresses or TOS of a packet,
 * it is routed anew. Wrap the chain's hook with this before it is registered.
 */
export function routeHook(hook: Hook): Hook {
  const run = (ns: Netns, skb: Skb, state: HookState): HookVerdict => {
    const { mark, buf, netAt } = skb;
    const [saddr, daddr, tos] = [ipSrc(buf, netAt), ipDst(buf, netAt), buf[netAt + IP_TOS]!];
    const verdict = hook.run(ns, skb, state);
    if (verdict !== "accept" || sameRoute(skb, mark, saddr, daddr, tos)) return verdict;
    return routeMeHarder(ns, skb) ? "accept" : "drop";
  };
  return { priority: hook.priority, name: hook.name, run };
}
