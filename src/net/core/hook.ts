import type { Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import type { Skb } from "./skb.ts";
import { drop } from "./trace.ts";

/** Points on the packet path (netfilter.h); "ingress" and "egress" belong to a device. */
export type HookPoint = "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress" | "egress";

/** Whose path: packets of IPv4, IPv6, ARP, or frames in a bridge; "netdev" is every frame of a device. */
export type HookFamily = "ip" | "ip6" | "arp" | "bridge" | "netdev";

/** "stolen": the hook keeps the packet and goes on with it later, by calling `state.next` or {@link nfHook} from a priority on. */
export type HookVerdict = "accept" | "drop" | "stolen";

/** struct nf_hook_state: where on the path, between which devices, and what comes after the hooks. */
export interface HookState {
  readonly family: HookFamily;
  readonly point: HookPoint;
  readonly indev: Netdev | null;
  readonly outdev: Netdev | null;
  readonly next: HookNext;
}

/** okfn: what follows the hooks. Its own verdict, where it passes further hooks, is told to whoever began. */
export type HookNext = (ns: Netns, skb: Skb) => HookVerdict | void;

/** A function on a hook; lower priority runs first, of equal priorities the one that was registered last (nf_hook_entries_grow). */
export interface Hook {
  readonly priority: number;
  readonly name: string;
  run(ns: Netns, skb: Skb, state: HookState): HookVerdict;
}

type List = readonly Hook[];
const NONE: List = [];

/** nf_hook_entries_grow: sorted by priority; of equal ones the newest runs first. A list is never changed in place. */
export function withHook(list: List, hook: Hook): List {
  return [...list.filter((h) => h.priority < hook.priority), hook, ...list.filter((h) => h.priority >= hook.priority)];
}

/** The lists of a family. Every packet asks for several: fields, and not a table of names. */
class Lists {
  prerouting: List = NONE;
  input: List = NONE;
  forward: List = NONE;
  output: List = NONE;
  postrouting: List = NONE;
  ingress: List = NONE;
  egress: List = NONE;

  at(point: HookPoint): List {
    switch (point) {
      case "prerouting": return this.prerouting;
      case "input": return this.input;
      case "forward": return this.forward;
      case "output": return this.output;
      case "postrouting": return this.postrouting;
      default: return this[point];
    }
  }
}

/** All hooks of a namespace: conntrack, NAT and every nft base chain register here alike. */
export class HookTable {
  readonly #ip = new Lists();
  readonly #bridge = new Lists();
  readonly #others = { ip6: new Lists(), arp: new Lists(), netdev: new Lists() };

  /** Returns the way to unregister. A packet in the middle of a list keeps the old one. */
  register(family: HookFamily, point: HookPoint, hook: Hook): () => void {
    this.#set(family, point, withHook(this.at(family, point), hook));
    return () => this.#set(family, point, this.at(family, point).filter((h) => h !== hook));
  }

  at(family: HookFamily, point: HookPoint): List {
    return this.#of(family).at(point);
  }

  #of(family: HookFamily): Lists {
    if (family === "ip") return this.#ip;
    return family === "bridge" ? this.#bridge : this.#others[family];
  }

  #set(family: HookFamily, point: HookPoint, list: List): void {
    this.#of(family)[point] = list;
  }
}

/**
 * NF_HOOK: runs the hooks of a point, then `next` unless one of them dropped or kept the packet.
 * `above` skips hooks up to and including that priority (nf_hook_slow resumed by br_netfilter).
 * "drop" means that a hook here, or one that `next` led to at once, let go of the packet; a sender answers it with EPERM.
 */
export function nfHook(
  ns: Netns, family: HookFamily, point: HookPoint, skb: Skb, indev: Netdev | null, outdev: Netdev | null,
  next: HookNext, above = -Infinity,
): HookVerdict {
  const hooks = ns.hooks.at(family, point);
  if (hooks.length > 0) {
    const verdict = runHooks(ns, hooks, skb, { family, point, indev, outdev, next }, above);
    if (verdict !== "accept") return verdict;
  }
  return next(ns, skb) ?? "accept";
}

/** The hooks of a list in order, until one does not accept; drops the packet when one says so. */
export function runHooks(ns: Netns, hooks: List, skb: Skb, state: HookState, above = -Infinity): HookVerdict {
  for (const hook of hooks) {
    if (hook.priority <= above) continue;
    const verdict = hook.run(ns, skb, state);
    if (verdict === "accept") continue;
    if (verdict === "drop") drop(ns, skb, "NETFILTER_DROP");
    return verdict;
  }
  return "accept";
}

/** Puts a hook on a device's ingress or egress list; returns the way to take it off. */
export function registerDeviceHook(dev: Netdev, point: "ingress" | "egress", hook: Hook): () => void {
  if (point === "ingress") dev.ingressHooks = withHook(dev.ingressHooks, hook);
  else dev.egressHooks = withHook(dev.egressHooks, hook);
  return () => {
    if (point === "ingress") dev.ingressHooks = dev.ingressHooks.filter((h) => h !== hook);
    else dev.egressHooks = dev.egressHooks.filter((h) => h !== hook);
  };
}
