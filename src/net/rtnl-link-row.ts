import { IFF_ALLMULTI, IFF_PROMISC, type Netdev } from "./core/netdev.ts";
import { type Bridge, type BridgePort, bridgeOf, portOf } from "./dev/bridge-port.ts";
import { vethPriv } from "./dev/veth.ts";
import { SEC } from "../sim/sim.ts";
import { vxlanOf } from "./tunnel/vxlan-priv.ts";
import type { BridgeInfo, BridgePortInfo, LinkInfo, LinkRow, VxlanInfo } from "./uapi/rtnetlink-link.ts";
import type { Netns } from "./core/netns.ts";

/** A device as netlink shows it (rtnl_fill_ifinfo). */

const IFF_RUNNING = 0x40;
const IFF_LOWER_UP = 0x10000;

/** dev_get_flags: PROMISC and ALLMULTI only where a user asked for them, RUNNING and LOWER_UP as things are. */
export function shownFlags(dev: Netdev): number {
  let flags = dev.flags & ~(IFF_RUNNING | IFF_LOWER_UP);
  if (!dev.isUp) return flags;
  if (dev.operstateShown === "up" || dev.operstateShown === "unknown") flags |= IFF_RUNNING;
  return dev.carrier ? flags | IFF_LOWER_UP : flags;
}

/** Flags that only a user's wish sets, never a capture or a bridge. */
export const WISHED_FLAGS = IFF_PROMISC | IFF_ALLMULTI;

export function linkRowOf(dev: Netdev): LinkRow {
  return {
    ifindex: dev.ifindex, name: dev.name, type: dev.type, flags: shownFlags(dev), mtuBytes: dev.mtuBytes,
    minMtuBytes: dev.minMtuBytes, maxMtuBytes: dev.maxMtuBytes, qdisc: dev.qdisc?.kind ?? (dev.activated ? "noqueue" : "noop"),
    operstate: dev.operstateShown, group: dev.group, txqlen: dev.txqlen, address: dev.mac, broadcast: dev.broadcast,
    master: dev.master?.ifindex ?? 0, ...lowerLink(dev), alias: dev.alias, promiscuity: dev.promiscuity,
    allmulti: dev.allmulticity, stats: { ...dev.stats }, carrierChanges: dev.carrierChanges, info: infoOf(dev), port: portInfoOf(dev),
  };
}

/** rtnl_fill_link_netnsid and nla_put_iflink: a device whose other half is elsewhere always names it. */
function lowerLink(dev: Netdev): Pick<LinkRow, "link" | "linkNetnsid"> {
  const index = dev.ops.kind === "veth" ? (vethPriv(dev).peer?.ifindex ?? 0) : dev.ifindex;
  const elsewhere = linkNetnsOf(dev);
  if (elsewhere !== null && elsewhere !== dev.ns) return { link: index, linkNetnsid: dev.ns.netnsidOf(elsewhere) };
  return { link: index === dev.ifindex ? null : index, linkNetnsid: null };
}

/** rtnl_link_ops.get_link_net. */
function linkNetnsOf(dev: Netdev): Netns | null {
  if (dev.ops.kind === "veth") return vethPriv(dev).peer?.ns ?? null;
  return dev.ops.kind === "vxlan" ? vxlanOf(dev).underlay : null;
}

function infoOf(dev: Netdev): LinkInfo | null {
  switch (dev.ops.kind) {
    case "loopback":
      return null;
    case "bridge":
      return { kind: "bridge", ...bridgeInfo(bridgeOf(dev)) };
    case "vxlan":
      return { kind: "vxlan", ...vxlanInfo(dev) };
    default:
      return { kind: dev.ops.kind };
  }
}

export function bridgeInfo(br: Bridge): BridgeInfo {
  const { forwardDelayCs, helloTimeCs, maxAgeCs, stpState, priority, vlanFiltering, groupFwdMask, mcastSnooping } = br;
  const ageingCs = Math.round(br.ageingNs / (SEC / 100));
  return { forwardDelayCs, helloTimeCs, maxAgeCs, ageingCs, stpState, priority, vlanFiltering, groupFwdMask, mcastSnooping, address: br.dev.mac };
}

function vxlanInfo(dev: Netdev): VxlanInfo {
  const { underlay: _underlay, fdb: _fdb, ageingNs, ...rest } = vxlanOf(dev);
  return { ...rest, ageingSec: Math.round(ageingNs / SEC) };
}

function portInfoOf(dev: Netdev): BridgePortInfo | null {
  const port = portOf(dev);
  return port === undefined ? null : portInfo(port);
}

export function portInfo(port: BridgePort): BridgePortInfo {
  const { dev: _dev, bridge, ...rest } = port;
  return { ...rest, bridgeMac: bridge.dev.mac, bridgePriority: bridge.priority };
}
