import type { Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import { linkRow } from "../net/core/dev.ts";
import { bridgeOf } from "../net/dev/bridge-port.ts";
import { fdbRow } from "../net/dev/fdb.ts";
import { vethPriv } from "../net/dev/veth.ts";
import { routeRow, TABLE_LOCAL } from "../net/ipv4/fib.ts";
import { neighRow } from "../net/neigh/neigh.ts";
import { vxlanFdbRow } from "../net/tunnel/vxlan-fdb.ts";
import { vxlanOf } from "../net/tunnel/vxlan-priv.ts";
import { sockDiag } from "../net/sock/diag.ts";
import { socketRow } from "../net/sock/socket-row.ts";
import { PacketSock } from "../net/sock/packet.ts";
import type { TableName } from "../net/uapi/trace.ts";
import { formatIp4, formatMac } from "../wire/addr.ts";
import { ETH_P_ALL } from "../wire/ethernet.ts";
import { flowRows, nftRows } from "./inspect-netfilter.ts";
import type { Process } from "./process.ts";
import { SocketFile } from "./socket-file.ts";

/*
 * What an observer outside the simulation may see of a network namespace: plain values, the same rows and
 * keys that the trace's table changes carry. Nothing here changes anything.
 */

export interface DeviceView {
  readonly name: string;
  readonly ifindex: number;
  readonly kind: "loopback" | "veth" | "bridge" | "vxlan" | "dummy";
  readonly mac: string;
  readonly mtuBytes: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly master: string | null;
  /** Other end of a veth: its place and name. */
  readonly peer: { readonly place: string; readonly name: string } | null;
  readonly addresses: readonly string[];
  readonly vni: number | null;
  readonly rxPackets: number;
  readonly txPackets: number;
}

export interface RowView {
  readonly key: string;
  readonly text: string;
}

export function viewDevices(ns: Netns): readonly DeviceView[] {
  return ns.devicesInOrder().map(viewDevice);
}

function viewDevice(dev: Netdev): DeviceView {
  const peer = dev.ops.kind === "veth" ? vethPriv(dev).peer : null;
  return {
    name: dev.name, ifindex: dev.ifindex, kind: dev.ops.kind, mac: formatMac(dev.mac), mtuBytes: dev.mtuBytes, up: dev.isUp,
    carrier: dev.carrier, master: dev.master?.name ?? null, peer: peer === null ? null : { place: peer.ns.place, name: peer.name },
    addresses: (dev.in4?.addrs ?? []).map((a) => `${formatIp4(a.local)}/${a.prefixLen}`),
    vni: dev.ops.kind === "vxlan" ? vxlanOf(dev).vni : null, rxPackets: dev.stats.rxPackets, txPackets: dev.stats.txPackets,
  };
}

/** The tables whose changes are traced, with the trace's keys. */
export function viewTables(ns: Netns): readonly { readonly table: TableName; readonly rows: readonly RowView[] }[] {
  return [
    { table: "link", rows: ns.devicesInOrder().map((d) => ({ key: `link ${d.ifindex}`, text: linkRow(d) })) },
    { table: "addr", rows: addrRows(ns) },
    { table: "route", rows: routeRows(ns) },
    { table: "neigh", rows: neighRows(ns) },
    { table: "fdb", rows: [...bridgeRows(ns), ...vxlanRows(ns)] },
    { table: "nft", rows: nftRows(ns) },
    { table: "conntrack", rows: flowRows(ns) },
    { table: "socket", rows: socketRows(ns) },
  ];
}

/** TCP sockets with their states, as `tcp.state` events change them. */
function socketRows(ns: Netns): RowView[] {
  return sockDiag(ns, ["tcp"]).filter((row) => row.family === "inet").map((row) => ({
    key: `sock ${row.cookie}`, text: socketRow("tcp", row.state, { local: row.local, port: row.localPort, peer: row.remote, peerPort: row.remotePort }),
  }));
}

function addrRows(ns: Netns): RowView[] {
  const rows = ns.devicesInOrder().flatMap((d) => (d.in4?.addrs ?? []).map((a) => `${formatIp4(a.local)}/${a.prefixLen} dev ${d.name}`));
  return rows.map((row) => ({ key: row, text: row }));
}

function routeRows(ns: Netns): RowView[] {
  const tables = [...ns.ipv4.fib.tables.values()].filter((t) => t.id !== TABLE_LOCAL);
  return tables.flatMap((t) => t.list()).map((r) => ({ key: `${r.table} ${routeRow(r)}`, text: routeRow(r) }));
}

function neighRows(ns: Netns): RowView[] {
  const seen = [...ns.neigh.entries()].filter((e) => e.state !== "none" && e.state !== "noarp");
  return seen.map((e) => ({ key: `${e.dev.ifindex} ${formatIp4(e.ip)}`, text: neighRow(e) }));
}

function bridgeRows(ns: Netns): RowView[] {
  return ns.devicesInOrder().filter((d) => d.ops.kind === "bridge").flatMap((d) => {
    const br = bridgeOf(d);
    return [...br.fdb.values()].map((e) => ({ key: `${d.ifindex} ${formatMac(e.mac)}`, text: fdbRow(br, e) }));
  });
}

function vxlanRows(ns: Netns): RowView[] {
  return ns.devicesInOrder().filter((d) => d.ops.kind === "vxlan").flatMap((d) =>
    [...vxlanOf(d).fdb.values()].map((e) => ({ key: `${d.ifindex} ${formatMac(e.mac)}`, text: e.remotes.map((r) => vxlanFdbRow(d, e, r)).join("; ") })));
}

/** Does any packet socket see every frame of this device now? */
export function isCaptured(ns: Netns, device: string): boolean {
  const taps = [...(ns.device(device)?.taps ?? []), ...ns.taps];
  return taps.some((tap) => tap.protocol === ETH_P_ALL);
}

/** Devices on which a process captures every frame; "any" = all of its namespace. */
export function captureDevices(p: Process): readonly string[] {
  const socks = p.fds.list().map((fd) => p.fds.get(fd)).map((file) => (file instanceof SocketFile ? file.sock : null));
  const capturing = socks.filter((sock) => sock instanceof PacketSock).filter((sock) => sock.protocol === ETH_P_ALL);
  return capturing.map((sock) => (sock.boundDev === 0 ? "any" : (sock.ns.byIndex.get(sock.boundDev)?.name ?? "a device that is gone")));
}

/** Ports on which connections are accepted (tcp) or datagrams received (udp), ascending. */
export function listeningPorts(ns: Netns, proto: "tcp" | "udp"): readonly number[] {
  const open = sockDiag(ns, [proto]).filter((row) => row.family === "inet").filter((row) => (proto === "tcp" ? row.state === "LISTEN" : row.localPort !== 0 && row.state === "CLOSE"));
  return [...new Set(open.map((row) => row.localPort))].sort((a, b) => a - b);
}

/** A kernel parameter as sysctl(8) names it ("net.ipv4.ip_forward", a dot inside a name is "/"), `null` when there is none. */
export function readSysctl(ns: Netns, key: string): string | null {
  const path = /^[^/]*\./.test(key) ? key.replace(/[./]/g, (c) => (c === "." ? "/" : ".")) : key;
  return ns.sysctl.get(path)?.get() ?? null;
}
