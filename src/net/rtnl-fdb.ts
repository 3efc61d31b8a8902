import { type Mac, MAC_ZERO, isMulticastMac, mac } from "../wire/addr.ts";
import { IFF_MULTICAST, type Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { type Bridge, type BridgePort, bridgeOf, portOf } from "./dev/bridge-port.ts";
import { type FdbEntry, fdbAdd, fdbCleanup, fdbDelete, fdbFind } from "./dev/fdb.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import { vxlanFdbAdd, vxlanFdbDel, vxlanFdbGet, vxlanFdbRows } from "./rtnl-fdb-vxlan.ts";
import type { FdbRow, FdbSpec, NewFlags, RtnlReply } from "./uapi/rtnetlink.ts";

/** Forwarding tables: RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH of AF_BRIDGE (rtnl_fdb_add and friends). */

/** 224.0.0.1, and 224.0.0.106 to which a snooping bridge listens. */
const ALL_HOSTS = mac(0x01005e000001);
const ALL_SNOOPERS = mac(0x01005e00006a);

export function bridgeFdbRow(ns: Netns, br: Bridge, entry: FdbEntry): FdbRow {
  const { nowNs } = ns.world.sim;
  return {
    mac: entry.mac, ifindex: (entry.port?.dev ?? br.dev).ifindex, master: br.dev.ifindex, self: false, dst: null, port: null, vni: null,
    viaIfindex: 0, state: stateOf(br, entry), externLearned: entry.externLearned ?? false, offload: false, sticky: false, addedByUser: entry.addedByUser,
    usedNs: nowNs - entry.usedNs, updatedNs: nowNs - entry.updatedNs,
  };
}

/** fdb_to_nud. */
function stateOf(br: Bridge, entry: FdbEntry): FdbRow["state"] {
  if (entry.isLocal) return "permanent";
  if (entry.isStatic) return "static";
  const age = br.dev.ns.world.sim.nowNs - entry.updatedNs;
  return age >= br.ageingNs ? "stale" : "reachable";
}

/** rtnl_fdb_add: into the bridge's table ("master") and the device's own ("self"), as asked. */
export function fdbNew(ns: Netns, flags: NewFlags, spec: FdbSpec): RtnlReply {
  const dev = ns.byIndex.get(spec.ifindex);
  if (dev === undefined) return refuse("ENODEV", "unknown ifindex");
  if ((spec.vlan ?? 0) !== 0) return refuse("EOPNOTSUPP", "VLAN filtering is not simulated here");
  const port = portOf(dev);
  if (spec.master && port !== undefined) {
    const reply = addToBridge(port.bridge, dev, flags, spec);
    if ("error" in reply || !spec.self) return reply;
  } else if (!spec.self) return refuse("EOPNOTSUPP");
  if (dev.ops.kind === "vxlan") return vxlanFdbAdd(dev, flags, spec);
  return dev.ops.kind === "bridge" ? addToBridge(bridgeOf(dev), dev, flags, spec) : addToDevice(dev, flags, spec);
}

/** br_fdb_add and fdb_add_entry. */
function addToBridge(br: Bridge, dev: Netdev, flags: NewFlags, spec: FdbSpec): RtnlReply {
  if (spec.mac === MAC_ZERO || isMulticastMac(spec.mac)) return refuse("EINVAL");
  const port = portOf(dev)?.bridge === br ? portOf(dev)! : null;
  const known = fdbFind(br, spec.mac);
  if (known === undefined && !flags.create) return refuse("ENOENT");
  if (known !== undefined && flags.exclusive) return refuse("EEXIST");
  const nowNs = br.dev.ns.world.sim.nowNs;
  if (known !== undefined) fdbDelete(br, known, null);
  const externLearned = spec.externLearned === true;
  const isLocal = !externLearned && (spec.state === "permanent" || port === null);
  const isStatic = isLocal || (!externLearned && spec.state === "static");
  fdbAdd(br, { mac: spec.mac, port, isLocal, isStatic, addedByUser: true, externLearned, updatedNs: nowNs, usedNs: nowNs }, null);
  return DONE;
}

/** ndo_dflt_fdb_add: the list of addresses a card listens to besides its own. */
function addToDevice(dev: Netdev, flags: NewFlags, spec: FdbSpec): RtnlReply {
  if (spec.state !== undefined && spec.state !== "permanent") return refuse("EINVAL");
  const list = isMulticastMac(spec.mac) ? dev.multicastAddrs : dev.unicastAddrs;
  if (spec.mac === MAC_ZERO) return refuse("EINVAL", "invalid address");
  if (list.includes(spec.mac)) return flags.exclusive ? refuse("EEXIST") : DONE;
  list.push(spec.mac);
  return DONE;
}

/** rtnl_fdb_del. */
export function fdbDel(ns: Netns, spec: FdbSpec): RtnlReply {
  const dev = ns.byIndex.get(spec.ifindex);
  if (dev === undefined) return refuse("ENODEV", "unknown ifindex");
  const port = portOf(dev);
  if (spec.master && port !== undefined) {
    const reply = deleteFromBridge(port.bridge, dev, spec.mac);
    if ("error" in reply || !spec.self) return reply;
  } else if (!spec.self) return refuse("EOPNOTSUPP");
  if (dev.ops.kind === "vxlan") return vxlanFdbDel(dev, spec);
  return dev.ops.kind === "bridge" ? deleteFromBridge(bridgeOf(dev), dev, spec.mac) : deleteFromDevice(dev, spec);
}

function deleteFromBridge(br: Bridge, dev: Netdev, address: Mac): RtnlReply {
  const known = fdbFind(br, address);
  const owner = known?.port?.dev ?? br.dev;
  if (known === undefined || owner !== dev) return refuse("ENOENT");
  fdbDelete(br, known, null);
  return DONE;
}

function deleteFromDevice(dev: Netdev, spec: FdbSpec): RtnlReply {
  const list = isMulticastMac(spec.mac) ? dev.multicastAddrs : dev.unicastAddrs;
  const at = list.indexOf(spec.mac);
  if (at < 0) return refuse("ENOENT");
  list.splice(at, 1);
  return DONE;
}

/** rtnl_fdb_get. */
export function fdbGet(ns: Netns, address: Mac, ifindex: number, master: boolean, self: boolean): RtnlReply {
  const dev = ns.byIndex.get(ifindex);
  if (dev === undefined) return refuse("ENODEV", "unknown device");
  const br = master || !self ? portOf(dev)?.bridge : dev.ops.kind === "bridge" ? bridgeOf(dev) : undefined;
  if (br === undefined && !self) return refuse("EINVAL", "Device is not a bridge port");
  if (br !== undefined) {
    const entry = fdbFind(br, address);
    return entry === undefined ? refuse("ENOENT", "Fdb entry not found") : answer([{ is: "fdb", fdb: bridgeFdbRow(ns, br, entry) }]);
  }
  if (dev.ops.kind === "vxlan") return vxlanFdbGet(dev, address);
  return refuse("EOPNOTSUPP", "Get operation not supported by device");
}

/** rtnl_fdb_dump: device by device; first what the bridge knows behind it, then its own list. */
export function fdbDump(ns: Netns, ifindex: number | undefined, bridge: number | undefined): RtnlReply {
  const devs = ns.devicesInOrder().filter((d) => ifindex === undefined || d.ifindex === ifindex);
  const inBridge = (d: Netdev): boolean => bridge === undefined || d.master?.ifindex === bridge || d.ifindex === bridge;
  return answer(devs.filter(inBridge).flatMap((d) => rowsOf(ns, d)).map((fdb) => ({ is: "fdb", fdb }) as const));
}

function rowsOf(ns: Netns, dev: Netdev): readonly FdbRow[] {
  if (dev.ops.kind === "vxlan") return [...bridgedRows(ns, dev), ...vxlanFdbRows(dev)];
  const own = ownAddresses(dev).map((address) => deviceRow(dev, address));
  if (dev.ops.kind !== "bridge") return [...bridgedRows(ns, dev), ...own];
  const br = bridgeOf(dev);
  fdbCleanup(br);
  return [...own, ...newestFirst(br, null).map((e) => bridgeFdbRow(ns, br, e))];
}

function bridgedRows(ns: Netns, dev: Netdev): readonly FdbRow[] {
  const port = portOf(dev);
  if (port === undefined) return [];
  fdbCleanup(port.bridge);
  return newestFirst(port.bridge, port).map((e) => bridgeFdbRow(ns, port.bridge, e));
}

/** The kernel puts new rows at the head of its list. */
const newestFirst = (br: Bridge, port: BridgePort | null): readonly FdbEntry[] => [...br.fdb.values()].filter((e) => e.port === port).reverse();

/** dev->uc and dev->mc: what was typed in, and the groups that an interface joins when it comes up. */
function ownAddresses(dev: Netdev): readonly Mac[] {
  const joins = dev.isUp && (dev.flags & IFF_MULTICAST) !== 0 && dev.in4 !== null;
  const snoops = joins && dev.ops.kind === "bridge" && bridgeOf(dev).mcastSnooping !== 0;
  return [...dev.unicastAddrs, ...(snoops ? [ALL_SNOOPERS] : []), ...(joins ? [ALL_HOSTS] : []), ...dev.multicastAddrs];
}

const deviceRow = (dev: Netdev, address: Mac): FdbRow => ({
  mac: address, ifindex: dev.ifindex, master: 0, self: true, dst: null, port: null, vni: null, viaIfindex: 0, state: "permanent",
  externLearned: false, offload: false, sticky: false, addedByUser: false, usedNs: null, updatedNs: null,
});

