import { IP4_ANY, MAC_ZERO } from "../wire/addr.ts";
import { SEC } from "../sim/sim.ts";
import { devChangeNetns, devClose, devOpen, devRename, devSetMac, devSetMtu, isValidName, linkChanged, linkRow } from "./core/dev.ts";
import { IFF_ALLMULTI, IFF_PROMISC, IFF_UP, type Netdev } from "./core/netdev.ts";
import { type BridgePort, bridgeOf, portOf } from "./dev/bridge-port.ts";
import { enslave, release } from "./dev/bridge.ts";
import { DONE, type RtnlCaller, refuse } from "./rtnl-reply.ts";
import { vxlanFdbSet, vxlanFdbDelete } from "./tunnel/vxlan-fdb.ts";
import { vxlanOf } from "./tunnel/vxlan-priv.ts";
import type { RtnlError, RtnlReply } from "./uapi/rtnetlink.ts";
import type { BridgeOptions, LinkAttrs, LinkInfoSpec, PortOptions, VxlanOptions } from "./uapi/rtnetlink-link.ts";

/** do_setlink: one change after the other, in the kernel's order; the first refusal ends it and what was done stays done. */
export function changeLink(caller: RtnlCaller, dev: Netdev, attrs: LinkAttrs, info: LinkInfoSpec | undefined): RtnlReply {
  const early = checkMtu(dev, attrs.mtuBytes) ?? changeInfo(dev, info) ?? moveNetns(caller, dev, attrs);
  if (early !== undefined) return early;
  return changeAddress(dev, attrs) ?? changePlain(dev, attrs) ?? changeName(dev, attrs) ?? changeMasterThenFlags(caller, dev, attrs);
}

/** dev_validate_mtu. */
function checkMtu(dev: Netdev, mtu: number | undefined): RtnlError | undefined {
  if (mtu === undefined || mtu === dev.mtuBytes) return undefined;
  if (mtu < dev.minMtuBytes) return refuse("EINVAL", "mtu less than device minimum");
  if (mtu > dev.maxMtuBytes) return refuse("EINVAL", "mtu greater than device maximum");
  return undefined;
}

function moveNetns(caller: RtnlCaller, dev: Netdev, attrs: LinkAttrs): RtnlError | undefined {
  if (attrs.netns === undefined) return undefined;
  const to = caller.netnsOf(attrs.netns);
  if (typeof to === "string") return refuse(to);
  if (to === dev.ns) return undefined;
  if (dev.isLoopback || dev.ops.kind === "bridge") return refuse("EINVAL", "The interface netns is immutable");
  const name = attrs.name ?? dev.name;
  if (to.devices.has(name)) return refuse("EEXIST");
  const from = dev.ns;
  from.netnsidOf(to);
  const error = devChangeNetns(dev, to, name);
  return error === undefined ? undefined : refuse(error);
}

function changeAddress(dev: Netdev, attrs: LinkAttrs): RtnlError | undefined {
  if (attrs.address !== undefined) {
    const error = devSetMac(dev, attrs.address);
    if (error !== undefined) return refuse(error);
  }
  if (attrs.mtuBytes === undefined) return undefined;
  const error = devSetMtu(dev, attrs.mtuBytes);
  return error === undefined ? undefined : refuse(error);
}

function changePlain(dev: Netdev, attrs: LinkAttrs): RtnlError | undefined {
  const plain = { group: attrs.group, alias: attrs.alias, txqlen: attrs.txqlen, broadcast: attrs.broadcast };
  const given = Object.entries(plain).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  const before = linkRow(dev);
  Object.assign(dev, Object.fromEntries(given));
  linkChanged(dev, before);
  return undefined;
}

function changeName(dev: Netdev, attrs: LinkAttrs): RtnlError | undefined {
  if (attrs.name === undefined || attrs.name === dev.name) return undefined;
  if (!isValidName(attrs.name)) return refuse("EINVAL", "\"name\" not a valid ifname");
  const error = devRename(dev, attrs.name);
  return error === undefined ? undefined : refuse(error);
}

function changeMasterThenFlags(caller: RtnlCaller, dev: Netdev, attrs: LinkAttrs): RtnlReply {
  const reply = setMasterOf(caller, dev, attrs.master);
  return "error" in reply ? reply : changeFlags(dev, attrs.flagsOn ?? 0, attrs.flagsOff ?? 0);
}

/** do_set_master: leaves the old master first. */
export function setMasterOf(caller: RtnlCaller, dev: Netdev, master: number | undefined): RtnlReply {
  if (master === undefined) return DONE;
  if (dev.master !== null) {
    if (dev.master.ifindex === master) return DONE;
    release(dev);
  }
  if (master === 0) return DONE;
  const upper = caller.ns.byIndex.get(master) ?? dev.ns.byIndex.get(master);
  if (upper === undefined) return refuse("EINVAL");
  if (upper.ops.kind !== "bridge") return refuse("EOPNOTSUPP");
  if (dev.mac === MAC_ZERO) return refuse("EINVAL");
  const error = enslave(upper, dev);
  return error === undefined ? DONE : refuse(error, error === "ELOOP" ? "Can not enslave a bridge to a bridge" : undefined);
}

/** dev_change_flags: UP by opening and closing, PROMISC and ALLMULTI by their counters, the rest as they are. */
function changeFlags(dev: Netdev, on: number, off: number): RtnlReply {
  const before = linkRow(dev);
  const old = dev.flags;
  const wanted = (old | on) & ~off;
  dev.flags = (wanted & ~IFF_UP) | (old & IFF_UP);
  dev.promiscuity += stepOf(old, wanted, IFF_PROMISC);
  dev.allmulticity += stepOf(old, wanted, IFF_ALLMULTI);
  if (((old ^ wanted) & IFF_UP) === 0) {
    if (old !== wanted) linkChanged(dev, before);
    return DONE;
  }
  const error = (wanted & IFF_UP) !== 0 ? devOpen(dev) : void devClose(dev);
  return error === undefined ? DONE : refuse(error);
}

const stepOf = (old: number, wanted: number, flag: number): number => Number((wanted & flag) !== 0) - Number((old & flag) !== 0);

/** Attributes of a device that is not registered yet (rtnl_create_link). */
export function applyNewAttrs(dev: Netdev, attrs: LinkAttrs): RtnlError | undefined {
  const wrong = checkMtu(dev, attrs.mtuBytes);
  if (wrong !== undefined) return wrong;
  if (attrs.mtuBytes !== undefined) dev.mtuBytes = attrs.mtuBytes;
  if (attrs.mtuBytes !== undefined && dev.ops.kind === "bridge") bridgeOf(dev).mtuSetByUser = true;
  if (attrs.address !== undefined) {
    if (attrs.address === MAC_ZERO || Math.floor(attrs.address / 0x10000000000) % 2 === 1) return refuse("EADDRNOTAVAIL");
    dev.mac = attrs.address;
    dev.macAssign = "set";
  }
  if (attrs.broadcast !== undefined) dev.broadcast = attrs.broadcast;
  if (attrs.txqlen !== undefined) dev.txqlen = attrs.txqlen;
  if (attrs.group !== undefined) dev.group = attrs.group;
  if (attrs.alias !== undefined) dev.alias = attrs.alias;
  return undefined;
}

function changeInfo(dev: Netdev, info: LinkInfoSpec | undefined): RtnlError | undefined {
  if (info === undefined) return undefined;
  if (info.kind === "unknown") return refuse("EOPNOTSUPP", "Unknown device type");
  if (info.kind === "bridge_slave") return setPortOptions(dev, info.options);
  if (info.kind !== dev.ops.kind) return refuse("EOPNOTSUPP");
  if (info.kind === "bridge") return setBridgeOptions(dev, info.options);
  return info.kind === "vxlan" ? changeVxlan(dev, info.options) : undefined;
}

/** br_changelink. Protocols that are not simulated keep their state: switching them on is refused. */
export function setBridgeOptions(dev: Netdev, options: BridgeOptions): RtnlError | undefined {
  const br = bridgeOf(dev);
  if ((options.stpState ?? 0) !== 0) return refuse("EOPNOTSUPP", "spanning tree is not simulated here");
  if ((options.vlanFiltering ?? 0) !== 0) return refuse("EOPNOTSUPP", "VLAN filtering is not simulated here");
  if ((options.groupFwdMask ?? 0) !== 0) return refuse("EOPNOTSUPP", "group_fwd_mask is not simulated here");
  const { ageingCs, ...rest } = options;
  Object.assign(br, rest);
  if (ageingCs !== undefined) br.ageingNs = ageingCs * (SEC / 100);
  if (dev.registered) linkChanged(dev, linkRow(dev));
  return undefined;
}

/** `bridge link set`, `ip link set … type bridge_slave` (br_setport). */
export function setPortOptions(dev: Netdev, options: PortOptions): RtnlError | undefined {
  const port = portOf(dev);
  if (port === undefined) return refuse("EOPNOTSUPP");
  const { state, ...rest } = options;
  const wrong = state === undefined ? undefined : setPortState(port, state);
  if (wrong !== undefined) return wrong;
  Object.assign(port, rest);
  linkChanged(dev, linkRow(dev));
  return undefined;
}

/** br_set_port_state: a port without carrier can only be disabled; without spanning tree nothing stays blocked. */
function setPortState(port: BridgePort, state: NonNullable<PortOptions["state"]>): RtnlError | undefined {
  if (!port.dev.isUp || !port.bridge.dev.isUp) return refuse("ENETDOWN");
  if (!port.dev.carrier && state !== "disabled") return refuse("ENETDOWN");
  port.state = state === "blocking" ? "forwarding" : state;
  return undefined;
}

/** What a VXLAN device keeps for life, and how the kernel says so. */
const VXLAN_FIXED = [
  ["vni", "Cannot change VNI"], ["dstPort", "Cannot change port"], ["portLow", "Cannot change port range"], ["portHigh", "Cannot change port range"],
  ["maxAddresses", "Cannot change limit"], ["udpChecksum", "Cannot change UDP_CSUM flag"], ["proxy", "vxlan: cannot change PROXY flag"],
  ["rsc", "vxlan: cannot change RSC flag"], ["l2miss", "vxlan: cannot change L2MISS flag"], ["l3miss", "vxlan: cannot change L3MISS flag"],
] as const;

/** vxlan_changelink: VNI, port and the like are fixed; the default remote moves in the forwarding table too. */
function changeVxlan(dev: Netdev, options: VxlanOptions): RtnlError | undefined {
  const priv = vxlanOf(dev);
  for (const [field, message] of VXLAN_FIXED) if (options[field] !== undefined && options[field] !== priv[field]) return refuse("EOPNOTSUPP", message);
  if ((options.ttl === -1) !== (priv.ttl === -1) && options.ttl !== undefined) return refuse("EOPNOTSUPP", "vxlan: cannot change TTL_INHERIT flag");
  const { ageingSec, ...rest } = options;
  const oldGroup = priv.group;
  Object.assign(priv, rest);
  if (ageingSec !== undefined) priv.ageingNs = ageingSec * SEC;
  if (priv.group !== oldGroup) moveDefaultRemote(dev, oldGroup);
  if (dev.registered) linkChanged(dev, linkRow(dev));
  return undefined;
}

function moveDefaultRemote(dev: Netdev, oldGroup: number): void {
  const priv = vxlanOf(dev);
  const row = priv.fdb.get(MAC_ZERO);
  const kept = (row?.remotes ?? []).filter((r) => r.ip !== oldGroup && r.ip !== priv.group);
  const remotes = priv.group === IP4_ANY ? kept : [...kept, { ip: priv.group, port: priv.dstPort, vni: priv.vni, ifindex: priv.lowerIndex }];
  const nowNs = dev.ns.world.sim.nowNs;
  if (remotes.length > 0) vxlanFdbSet(dev, { mac: MAC_ZERO, remotes, state: "permanent", externLearned: false, updatedNs: nowNs, usedNs: nowNs }, null);
  else if (row !== undefined) vxlanFdbDelete(dev, row);
}
