import type { Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import type { Skb } from "./skb.ts";
import { drop } from "./trace.ts";

/** Points on the packet path (netfilter.h). */
export type HookPoint = "prerouting" | "input" | "forward" | "output" | "postrouting";

/** "stolen": the hook keeps the packet and goes on with it later (fragments). */
export type HookVerdict = "accept" | "drop" | "stolen";

/** A function on a hook; lower priority runs first, equal priorities in order of registration. */
export interface Hook {
  readonly priority: number;
  readonly name: string;
  run(ns: Netns, skb: Skb, indev: Netdev | null, outdev: Netdev | null): HookVerdict;
}

/** All hooks of a namespace: conntrack, NAT and every nft base chain register here alike. */
export class HookTable {
  readonly #points: Record<HookPoint, Hook[]> = { prerouting: [], input: [], forward: [], output: [], postrouting: [] };

  register(point: HookPoint, hook: Hook): () => void {
    const list = this.#points[point];
    const at = list.findIndex((h) => h.priority > hook.priority);
    list.splice(at < 0 ? list.length : at, 0, hook);
    return () => {
      const i = list.indexOf(hook);
      if (i >= 0) list.splice(i, 1);
    };
  }

  at(point: HookPoint): readonly Hook[] {
    return this.#points[point];
  }
}

/** NF_HOOK: runs the hooks of a point, then `next` unless one of them dropped or kept the packet. */
export function nfHook(
  ns: Netns, point: HookPoint, skb: Skb, indev: Netdev | null, outdev: Netdev | null, next: (ns: Netns, skb: Skb) => void,
): void {
  const hooks = ns.hooks.at(point);
  for (let i = 0; i < hooks.length; i++) {
    const verdict = hooks[i]!.run(ns, skb, indev, outdev);
    if (verdict === "stolen") return;
    if (verdict === "drop") return drop(ns, skb, "NETFILTER_DROP");
  }
  next(ns, skb);
}
