import { checksum } from "../../wire/checksum.ts";
import { ETH_P_IP } from "../../wire/ethernet.ts";
import { IP_HLEN, ipHeaderBytes, ipIsFragment, ipTotalBytes } from "../../wire/ipv4.ts";
import { type Hook, type HookPoint, type HookState, type HookVerdict, nfHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { ipDefrag } from "../ipv4/defrag.ts";
import { IPS_TEMPLATE } from "../uapi/conntrack.ts";
import { IP_CT_UNTRACKED, ctOf, setUntracked } from "./ct-entry.ts";
import { conntrackConfirm, conntrackIn } from "./ct-in.ts";

/* Where conntrack stands on IPv4's path, and from when on. Linux nf_conntrack_proto.c, nf_defrag_ipv4.c. */

export const PRIO_DEFRAG = -400;
export const PRIO_CONNTRACK = -200;
export const PRIO_CONFIRM = 2147483647;

/** Conntrack sees whole packets only: fragments are put together first, and cut again on the way out. */
function defrag(ns: Netns, skb: Skb, state: HookState): "accept" | "stolen" {
  const ct = ctOf(skb);
  if ((ct !== null && !ct.has(IPS_TEMPLATE)) || skb.ctinfo === IP_CT_UNTRACKED || !ipIsFragment(skb.buf, skb.netAt)) return "accept";
  const whole = ipDefrag(ns, skb, "conntrack");
  if (whole === null) return "stolen";
  whole.ignoreDf = true;
  nfHook(ns, "ip", state.point, whole, state.indev, state.outdev, state.next, PRIO_DEFRAG);
  return "stolen";
}

const DEFRAG: Hook = { priority: PRIO_DEFRAG, name: "defrag", run: defrag };
const TRACK: Hook = { priority: PRIO_CONNTRACK, name: "conntrack", run: (ns, skb, state) => conntrackIn(ns, skb, state.point) };
const CONFIRM: Hook = { priority: PRIO_CONFIRM, name: "conntrack confirm", run: (ns, skb, state) => conntrackConfirm(ns, skb, state.point) };

/** nf_ct_bridge_pre: a bridge's frames, before br_netfilter would show them to IPv4. What is not IPv4 is not tracked. */
function trackFrame(ns: Netns, skb: Skb, state: HookState): HookVerdict {
  const ct = ctOf(skb);
  if ((ct !== null && !ct.has(IPS_TEMPLATE)) || skb.ctinfo === IP_CT_UNTRACKED) return "accept";
  if (skb.protocol !== ETH_P_IP) {
    setUntracked(skb);
    return "accept";
  }
  if (!isWholeIpv4(skb) || ipIsFragment(skb.buf, skb.netAt)) return "accept";
  return conntrackIn(ns, skb, state.point);
}

function isWholeIpv4({ buf, netAt, end }: Skb): boolean {
  if (end - netAt < IP_HLEN || buf[netAt]! >> 4 !== 4) return false;
  const headerBytes = ipHeaderBytes(buf, netAt);
  const total = ipTotalBytes(buf, netAt);
  return headerBytes >= IP_HLEN && total >= headerBytes && total <= end - netAt && checksum(buf, netAt, netAt + headerBytes) === 0;
}

/** In force while rules of the bridge family use conntrack (nf_conntrack_bridge.c). */
export const CT_BRIDGE_HOOKS: readonly (readonly [HookPoint, Hook])[] = [
  ["prerouting", { priority: PRIO_CONNTRACK, name: "conntrack", run: trackFrame }], ["postrouting", CONFIRM],
];

/** In force while somebody uses conntrack. */
export const CT_HOOKS: readonly (readonly [HookPoint, Hook])[] = [
  ["prerouting", DEFRAG], ["output", DEFRAG], ["prerouting", TRACK], ["output", TRACK], ["postrouting", CONFIRM], ["input", CONFIRM],
];
