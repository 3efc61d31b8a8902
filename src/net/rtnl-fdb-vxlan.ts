import { type Mac, MAC_ZERO, isMulticastMac } from "../wire/addr.ts";
import type { Netdev } from "./core/netdev.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import { type VxlanFdbEntry, type VxlanRemote, vxlanFdbDelete, vxlanFdbFind, vxlanFdbSet } from "./tunnel/vxlan-fdb.ts";
import { vxlanOf } from "./tunnel/vxlan-priv.ts";
import type { FdbRow, FdbSpec, NewFlags, RtnlReply } from "./uapi/rtnetlink.ts";

/** The forwarding table of a VXLAN device: which machine has which MAC (vxlan_fdb_add and friends). */

export function vxlanFdbRowOf(dev: Netdev, entry: VxlanFdbEntry, remote: VxlanRemote): FdbRow {
  const priv = vxlanOf(dev);
  const { nowNs } = dev.ns.world.sim;
  return {
    mac: entry.mac, ifindex: dev.ifindex, master: 0, self: true, dst: remote.ip === 0 ? null : remote.ip,
    port: remote.port === priv.dstPort ? null : remote.port, vni: remote.vni === priv.vni ? null : remote.vni,
    viaIfindex: remote.ifindex, state: entry.state, externLearned: entry.externLearned, offload: false, sticky: false,
    addedByUser: true, usedNs: nowNs - entry.usedNs, updatedNs: nowNs - entry.updatedNs,
  };
}

/** Every remote of every row, new rows first: the kernel puts them at the head of its list. */
export function vxlanFdbRows(dev: Netdev): readonly FdbRow[] {
  const entries = [...vxlanOf(dev).fdb.keys()].reverse().map((m) => vxlanFdbFind(vxlanOf(dev), m)).filter((e) => e !== undefined);
  return entries.flatMap((entry) => entry.remotes.map((remote) => vxlanFdbRowOf(dev, entry, remote)));
}

function remoteOf(dev: Netdev, spec: FdbSpec): VxlanRemote | RtnlReply {
  const priv = vxlanOf(dev);
  if (spec.dst === undefined) return refuse("EINVAL");
  if (spec.viaIfindex !== undefined && !priv.underlay.byIndex.has(spec.viaIfindex)) return refuse("EADDRNOTAVAIL");
  return { ip: spec.dst, port: spec.port ?? priv.dstPort, vni: spec.vni ?? priv.vni, ifindex: spec.viaIfindex ?? 0 };
}

const sameRemote = (a: VxlanRemote, b: VxlanRemote): boolean => a.ip === b.ip && a.port === b.port && a.vni === b.vni && a.ifindex === b.ifindex;

/** vxlan_fdb_add: only the all-zero MAC and groups may have several remotes, by "append". */
export function vxlanFdbAdd(dev: Netdev, flags: NewFlags, spec: FdbSpec): RtnlReply {
  if (spec.state !== "permanent" && spec.state !== "reachable" && spec.state !== "static") return refuse("EINVAL");
  const remote = remoteOf(dev, spec);
  if (!("ip" in remote)) return remote;
  const known = vxlanFdbFind(vxlanOf(dev), spec.mac);
  if (known === undefined) return flags.create ? create(dev, spec, remote) : refuse("ENOENT");
  if (flags.exclusive) return refuse("EEXIST");
  return change(dev, flags, spec, known, remote);
}

function create(dev: Netdev, spec: FdbSpec, remote: VxlanRemote): RtnlReply {
  const priv = vxlanOf(dev);
  const nowNs = dev.ns.world.sim.nowNs;
  if (priv.maxAddresses !== 0 && priv.fdb.size >= priv.maxAddresses) return refuse("ENOSPC");
  vxlanFdbSet(dev, { mac: spec.mac, remotes: [remote], state: spec.state!, externLearned: spec.externLearned ?? false, updatedNs: nowNs, usedNs: nowNs }, null);
  return DONE;
}

function change(dev: Netdev, flags: NewFlags, spec: FdbSpec, known: VxlanFdbEntry, remote: VxlanRemote): RtnlReply {
  const several = spec.mac === MAC_ZERO || isMulticastMac(spec.mac);
  if (flags.replace && several) return refuse("EOPNOTSUPP", "Cannot replace non-unicast fdb entries");
  const has = known.remotes.some((r) => sameRemote(r, remote));
  const remotes = flags.replace ? [remote] : flags.append && several && !has ? [...known.remotes, remote] : known.remotes;
  const nowNs = dev.ns.world.sim.nowNs;
  vxlanFdbSet(dev, { ...known, remotes, state: spec.state!, externLearned: spec.externLearned ?? false, updatedNs: nowNs }, null);
  return DONE;
}

/** vxlan_fdb_delete: without a destination the whole row goes, else that remote. */
export function vxlanFdbDel(dev: Netdev, spec: FdbSpec): RtnlReply {
  const entry = vxlanFdbFind(vxlanOf(dev), spec.mac);
  if (entry === undefined) return refuse("ENOENT");
  if (spec.dst === undefined) return gone(dev, entry);
  const remote = remoteOf(dev, spec);
  if (!("ip" in remote)) return remote;
  if (!entry.remotes.some((r) => sameRemote(r, remote))) return DONE;
  const rest = entry.remotes.filter((r) => !sameRemote(r, remote));
  if (rest.length === 0) return gone(dev, entry);
  vxlanFdbSet(dev, { ...entry, remotes: rest }, null);
  return DONE;
}

function gone(dev: Netdev, entry: VxlanFdbEntry): RtnlReply {
  vxlanFdbDelete(dev, entry);
  return DONE;
}

export function vxlanFdbGet(dev: Netdev, address: Mac): RtnlReply {
  const entry = vxlanFdbFind(vxlanOf(dev), address);
  if (entry === undefined) return refuse("ENOENT", "Fdb entry not found");
  return answer([{ is: "fdb", fdb: vxlanFdbRowOf(dev, entry, entry.remotes[0]!) }]);
}
