import { type Ip4, IP4_ANY, formatIp4, isLoopbackIp4, isMulticastIp4, IP4_BROADCAST } from "../../wire/addr.ts";
import { ETH_HLEN } from "../../wire/ethernet.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { orConf } from "./in-device.ts";
import { addrType } from "./route.ts";

/** Packets whose addresses cannot be (RFC 1812 §5.3.7), and what the kernel's log says of them with log_martians. */

/** What is wrong with the addresses before any table is asked (ip_route_input_slow); null = nothing. */
export function martianAddress(dev: Netdev, saddr: Ip4, daddr: Ip4): "source" | "destination" | null {
  if (isMulticastIp4(saddr) || saddr === IP4_BROADCAST) return "source";
  if (daddr === IP4_BROADCAST || (saddr === IP4_ANY && daddr === IP4_ANY)) return null;
  if (saddr === IP4_ANY) return "source";
  if (daddr === IP4_ANY) return "destination";
  if (dev.isLoopback || orConf(dev, "routeLocalnet")) return null;
  if (isLoopbackIp4(daddr)) return "destination";
  return isLoopbackIp4(saddr) ? "source" : null;
}

const KERN_WARNING = 4;
const KERN_INFO = 6;

/** ip_handle_martian_source: the only hint at who sent it is the Ethernet header. */
export function logMartianSource(ns: Netns, dev: Netdev, skb: Skb, saddr: Ip4, daddr: Ip4): void {
  if (!orConf(dev, "logMartians") || !ns.world.klog.mayRepeat(ns.world.sim.nowNs)) return;
  say(ns, KERN_WARNING, `martian source ${formatIp4(daddr)} from ${formatIp4(saddr)}, on dev ${dev.name}`);
  if (skb.macAt < 0 || dev.isLoopback) return;
  const bytes = [...skb.buf.subarray(skb.macAt, skb.macAt + ETH_HLEN)].map((b) => b.toString(16).padStart(2, "0"));
  ns.world.klog.write(ns.world.sim.nowNs, KERN_WARNING, `ll header: 00000000: ${bytes.join(" ")}`);
}

export function logMartianDestination(ns: Netns, dev: Netdev, saddr: Ip4, daddr: Ip4): void {
  if (!orConf(dev, "logMartians") || !ns.world.klog.mayRepeat(ns.world.sim.nowNs)) return;
  say(ns, KERN_WARNING, `martian destination ${formatIp4(daddr)} from ${formatIp4(saddr)}, dev ${dev.name}`);
}

/** A redirect that is not believed (__ip_do_redirect). */
export function logBadRedirect(ns: Netns, dev: Netdev, r: { readonly from: Ip4; readonly about: Ip4; readonly saddr: Ip4; readonly to: Ip4 }): void {
  if (!orConf(dev, "logMartians") || !ns.world.klog.mayRepeat(ns.world.sim.nowNs)) return;
  say(ns, KERN_INFO, `Redirect from ${formatIp4(r.from)} on ${dev.name} about ${formatIp4(r.about)} ignored\n  Advised path = ${formatIp4(r.saddr)} -> ${formatIp4(r.to)}`);
}

/** An ICMP error about a broadcast: RFC 1122 §3.2.2 forbids it, and icmp_ignore_bogus_error_responses=0 has it told (icmp_unreach). */
export function isBogusError(ns: Netns, e: { readonly dev: Netdev; readonly from: Ip4; readonly type: number; readonly code: number; readonly about: Ip4 }): boolean {
  if (ns.ipv4.icmpIgnoreBogus !== 0 || addrType(ns, e.about) !== "broadcast") return false;
  if (ns.world.klog.mayRepeat(ns.world.sim.nowNs)) {
    ns.world.klog.write(ns.world.sim.nowNs, KERN_WARNING, `${formatIp4(e.from)} sent an invalid ICMP type ${e.type}, code ${e.code} error to a broadcast: ${formatIp4(e.about)} on ${e.dev.name}`);
  }
  return true;
}

const say = (ns: Netns, level: number, text: string): void => ns.world.klog.write(ns.world.sim.nowNs, level, `IPv4: ${text}`);
