import { IP4_ANY, MAC_ZERO, writeMac } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ETH_DST, ETH_HLEN, ETH_P_IP, ETH_SRC } from "../../wire/ethernet.ts";
import { IP_HLEN, ipDst, ipHeaderBytes, ipTotalBytes } from "../../wire/ipv4.ts";
import { type Hook, type HookState, type HookVerdict, nfHook } from "../core/hook.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { NfBridge, Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import type { NetWorld } from "../core/world.ts";
import { bridgeOf } from "../dev/bridge-port.ts";
import { bridgeForwardFinish, bridgeFrameFinish, bridgePushXmit } from "../dev/bridge.ts";
import { ipFragment } from "../ipv4/fragment.ts";
import { routeInput } from "../ipv4/route-input.ts";
import { type Dst, dstOf, nexthopOf } from "../ipv4/route.ts";
import { isConnected } from "../neigh/neigh.ts";
import { neighOutput } from "../neigh/output.ts";

/*
 * net.bridge.bridge-nf-call-iptables = 1: IPv4's hooks see the packets that a bridge merely switches, so that a Service's
 * DNAT works between neighbours on one bridge. Linux net/bridge/br_netfilter_hooks.c. The bridge's own hooks hand the frame
 * to IPv4's, which hand it back, changed perhaps, to the bridge's remaining hooks.
 */

const PRIO_BRNF = 0;
const PRIO_LAST = 2147483647;

/** Nobody would look: the frame stays with the bridge. */
function isWatched(ns: Netns, skb: Skb): boolean {
  if (ns.nf.bridge.callIptables === 0 || skb.protocol !== ETH_P_IP) return false;
  const { hooks } = ns;
  return hooks.at("ip", "prerouting").length + hooks.at("ip", "forward").length + hooks.at("ip", "postrouting").length > 0;
}

/** br_validate_ipv4: a whole header with a right checksum; padding goes. */
function isGoodIpv4(skb: Skb): boolean {
  const { buf, netAt, end } = skb;
  if (end - netAt < IP_HLEN || buf[netAt]! >> 4 !== 4) return false;
  const headerBytes = ipHeaderBytes(buf, netAt);
  if (headerBytes < IP_HLEN || end - netAt < headerBytes || checksum(buf, netAt, netAt + headerBytes) !== 0) return false;
  const total = ipTotalBytes(buf, netAt);
  if (total < headerBytes || total > end - netAt) return false;
  skb.end = netAt + total;
  return true;
}

/** br_nf_pre_routing: to IPv4 it looks as if the packet came in by the bridge itself. */
function preRouting(ns: Netns, skb: Skb): HookVerdict {
  if (!isWatched(ns, skb)) return "accept";
  if (!isGoodIpv4(skb)) return "drop";
  const port = skb.dev!;
  const otherhost = skb.pktType === "otherhost";
  if (otherhost) skb.pktType = "host";
  skb.nfBridge = { physin: port, physout: null, otherhost, daddr: ipDst(skb.buf, skb.netAt), sabotaged: false, savedHeader: null, fragMaxBytes: 0 };
  skb.transAt = skb.netAt + ipHeaderBytes(skb.buf, skb.netAt);
  skb.dev = port.master!;
  nfHook(ns, "ip", "prerouting", skb, skb.dev, null, preRoutingFinish);
  return "stolen";
}

function restorePktType(skb: Skb, info: NfBridge): void {
  if (info.otherhost) skb.pktType = "otherhost";
  info.otherhost = false;
}

/** br_nf_pre_routing_finish: same destination, on through the bridge; another one, and routing says whether it stays inside. */
function preRoutingFinish(ns: Netns, skb: Skb): void {
  const info = skb.nfBridge!;
  const bridge = skb.dev!;
  info.fragMaxBytes = skb.fragMaxBytes;
  restorePktType(skb, info);
  if (ipDst(skb.buf, skb.netAt) === info.daddr) {
    skb.dst = fakeRoute(bridge);
    return backToBridge(ns, skb, info, bridgeFrameFinish);
  }
  skb.pktType = "host";
  if (!routeInput(ns, skb)) return;
  const dst = dstOf(skb);
  if (dst.type === "unicast" && dst.dev === bridge) return backToBridge(ns, skb, info, bridgedDnat);
  writeMac(skb.buf, skb.macAt + ETH_DST, bridge.mac);
  backToBridge(ns, skb, info, bridgeFrameFinish);
}

/** bridge_parent_rtable: "by the bridge, straight to the destination", for rules that ask for the route. */
function fakeRoute(bridge: Netdev): object {
  const dst: Dst = { type: "unicast", dev: bridge, gateway: null, saddr: IP4_ANY, route: null };
  return (bridgeOf(bridge).fakeRoute ??= dst);
}

/** br_nf_hook_thresh: the bridge's hooks behind this one. */
function backToBridge(ns: Netns, skb: Skb, info: NfBridge, next: (ns: Netns, skb: Skb) => void): void {
  skb.dev = info.physin;
  nfHook(ns, "bridge", "prerouting", skb, skb.dev, null, next, PRIO_BRNF);
}

/**
 * br_nf_pre_routing_finish_bridge: DNAT to somebody on the same bridge. The frame needs his MAC: at once if he is known, else
 * by the way of the machine's own packets (neigh_output through the bridge device), which hands the frame back.
 */
function bridgedDnat(ns: Netns, skb: Skb): void {
  const info = skb.nfBridge!;
  const bridge = skb.dev!.master;
  if (bridge === null) return drop(ns, skb, "DEV_READY_NO_MASTER");
  const nextHop = nexthopOf(dstOf(skb), ipDst(skb.buf, skb.netAt));
  const entry = ns.neigh.lookup(nextHop, bridge) ?? ns.neigh.create(nextHop, bridge);
  if (isConnected(entry.state) && entry.hasHeader && entry.mac !== MAC_ZERO) {
    writeMac(skb.buf, skb.macAt + ETH_DST, entry.mac);
    return bridgeFrameFinish(ns, skb);
  }
  info.savedHeader = skb.buf.slice(skb.macAt + ETH_SRC, skb.macAt + ETH_HLEN);
  skb.dev = bridge;
  neighOutput(ns, nextHop, bridge, skb);
}

/** br_nf_forward: to IPv4 it goes from the bridge to the bridge. */
function forward(ns: Netns, skb: Skb, state: HookState): HookVerdict {
  const seen = skb.nfBridge;
  if (seen === null || skb.protocol !== ETH_P_IP) return "accept";
  if (!isGoodIpv4(skb)) return "drop";
  const info: NfBridge = { ...seen, otherhost: skb.pktType === "otherhost", physout: skb.dev };
  skb.nfBridge = info;
  if (info.otherhost) skb.pktType = "host";
  skb.fragMaxBytes = info.fragMaxBytes;
  const bridge = state.outdev!.master!;
  nfHook(ns, "ip", "forward", skb, bridge, bridge, forwardFinish);
  return "stolen";
}

function forwardFinish(ns: Netns, skb: Skb): void {
  const info = skb.nfBridge!;
  restorePktType(skb, info);
  nfHook(ns, "bridge", "forward", skb, info.physin, skb.dev, bridgeForwardFinish, PRIO_BRNF);
}

/** br_nf_post_routing: only what was forwarded inside the bridge; what was routed has had its postrouting. */
function postRouting(ns: Netns, skb: Skb, state: HookState): HookVerdict {
  const info = skb.nfBridge;
  if (info === null || info.physout === null || skb.protocol !== ETH_P_IP) return "accept";
  info.otherhost = skb.pktType === "otherhost";
  if (info.otherhost) skb.pktType = "host";
  nfHook(ns, "ip", "postrouting", skb, null, state.outdev!.master!, queueXmit);
  return "stolen";
}

/** br_nf_dev_queue_xmit: conntrack put fragments together; they are cut again. */
function queueXmit(ns: Netns, skb: Skb): void {
  const info = skb.nfBridge!;
  const dev = skb.dev!;
  restorePktType(skb, info);
  const mtu = info.fragMaxBytes > 0 ? Math.min(info.fragMaxBytes, dev.mtuBytes) : dev.mtuBytes;
  skb.nfBridge = null;
  if (skb.end - skb.netAt <= mtu) return bridgePushXmit(ns, skb);
  const header = skb.buf.slice(skb.macAt, skb.macAt + ETH_HLEN);
  skb.start = skb.netAt;
  skb.fragMaxBytes = info.fragMaxBytes;
  ipFragment(ns, skb, mtu, (_ns, piece) => pushPiece(ns, piece, header, dev));
}

function pushPiece(ns: Netns, piece: Skb, header: Uint8Array, dev: Netdev): void {
  piece.ensureHeadroom(ETH_HLEN);
  piece.macAt = piece.netAt - ETH_HLEN;
  piece.buf.set(header, piece.macAt);
  piece.dev = dev;
  bridgePushXmit(ns, piece);
}

const HOOKS: readonly (readonly ["prerouting" | "forward" | "postrouting", Hook])[] = [
  ["prerouting", { priority: PRIO_BRNF, name: "br_netfilter", run: preRouting }],
  ["forward", { priority: PRIO_BRNF, name: "br_netfilter", run: forward }],
  ["postrouting", { priority: PRIO_LAST, name: "br_netfilter", run: postRouting }],
];

/** brnf_device_event: the hooks come with a namespace's first bridge and stay. Registered once a world. */
export function watchBridges(world: NetWorld): void {
  world.notifiers.push((dev, event) => {
    const { bridge } = dev.ns.nf;
    if (event !== "register" || dev.ops.kind !== "bridge" || bridge.hooked) return;
    bridge.hooked = true;
    for (const [point, hook] of HOOKS) dev.ns.hooks.register("bridge", point, hook);
  });
}
