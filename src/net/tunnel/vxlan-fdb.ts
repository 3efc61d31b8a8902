import { type Ip4, type Mac, formatIp4, formatMac } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { type VxlanPriv, vxlanOf } from "./vxlan-priv.ts";

/** Where a MAC is: the machine's address, its UDP port and VNI. */
export interface VxlanRemote {
  readonly ip: Ip4;
  readonly port: number;
  readonly vni: number;
  /** Device to leave by, 0 = as routed. */
  readonly ifindex: number;
}

/** One row of `bridge fdb show dev vxlanN`; the all-zero MAC may have several remotes. */
export interface VxlanFdbEntry {
  readonly mac: Mac;
  remotes: VxlanRemote[];
  /** NUD_PERMANENT, NUD_NOARP ("static") or learned. */
  state: "permanent" | "static" | "reachable";
  /** "self" rows live here; "extern_learn" marks those of a routing daemon. */
  externLearned: boolean;
  updatedNs: number;
  usedNs: number;
}

/** vxlan_find_mac: an aged row counts as absent. */
export function vxlanFdbFind(priv: VxlanPriv, mac: Mac): VxlanFdbEntry | undefined {
  const entry = priv.fdb.get(mac);
  if (entry === undefined || entry.state !== "reachable") return entry;
  if (entry.updatedNs + priv.ageingNs > priv.underlay.world.sim.nowNs) return entry;
  priv.fdb.delete(mac);
  return undefined;
}

/** vxlan_snoop: a frame's source MAC lives behind the machine that sent the tunnel packet. */
export function vxlanLearn(dev: Netdev, mac: Mac, remoteIp: Ip4, skb: Skb): void {
  const priv = vxlanOf(dev);
  const known = vxlanFdbFind(priv, mac);
  const nowNs = dev.ns.world.sim.nowNs;
  if (known !== undefined) {
    known.updatedNs = nowNs;
    if (known.state !== "reachable" || known.remotes[0]?.ip === remoteIp) return;
  }
  const remotes = [{ ip: remoteIp, port: priv.dstPort, vni: priv.vni, ifindex: 0 }];
  vxlanFdbSet(dev, { mac, remotes, state: "reachable", externLearned: false, updatedNs: nowNs, usedNs: nowNs }, skb);
}

/** Adds or replaces a row and tells trace and netlink. */
export function vxlanFdbSet(dev: Netdev, entry: VxlanFdbEntry, skb: Skb | null): void {
  const priv = vxlanOf(dev);
  const old = priv.fdb.get(entry.mac);
  priv.fdb.set(entry.mac, entry);
  changed(dev, entry.mac, old === undefined ? null : rowsText(dev, old), rowsText(dev, entry), skb, entry);
}

export function vxlanFdbDelete(dev: Netdev, entry: VxlanFdbEntry): void {
  vxlanOf(dev).fdb.delete(entry.mac);
  changed(dev, entry.mac, rowsText(dev, entry), null, null, entry);
}

/** The row as `bridge fdb show` prints it. */
export function vxlanFdbRow(dev: Netdev, entry: VxlanFdbEntry, remote: VxlanRemote): string {
  const priv = vxlanOf(dev);
  const port = remote.port === priv.dstPort ? "" : ` port ${remote.port}`;
  const vni = remote.vni === priv.vni ? "" : ` vni ${remote.vni}`;
  const state = entry.state === "reachable" ? "" : ` ${entry.state}`;
  return `${formatMac(entry.mac)} dev ${dev.name} dst ${formatIp4(remote.ip)}${port}${vni} self${state}`;
}

const rowsText = (dev: Netdev, entry: VxlanFdbEntry): string => entry.remotes.map((r) => vxlanFdbRow(dev, entry, r)).join("; ");

function changed(dev: Netdev, mac: Mac, before: string | null, after: string | null, skb: Skb | null, entry: VxlanFdbEntry): void {
  const { ns } = dev;
  if (ns.world.trace !== null) {
    const change = { place: ns.place, table: "fdb" as const, key: `${dev.ifindex} ${formatMac(mac)}`, before, after };
    trace(ns, skb === null ? "table" : "bridge.learn", dev.name, skb, { changes: [change], note: after ?? `forgot ${before}` });
  }
  ns.tell({ group: "neigh", is: after === null ? "del" : "new", row: { kind: "vxlan-fdb", dev, entry }, journey: skb?.journey ?? 0 });
}
