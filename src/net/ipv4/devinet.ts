import { type Ip4, formatIp4, inPrefix, ip4 } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { intEntry } from "../core/sysctl.ts";
import { trace } from "../core/trace.ts";
import type { NetWorld } from "../core/world.ts";
import { neighDelete } from "../neigh/nud.ts";
import { NeighParms, registerNeighSysctls } from "../neigh/parms.ts";
import type { Errno } from "../uapi/errno.ts";
import { announceAddresses } from "./arp.ts";
import { fibAddIfaddr, fibDelIfaddr, fibDelPrefix, fibDeviceDown, fibDeviceUp } from "./fib-frontend.ts";
import { type IfAddr, InDevice, SCOPE_HOST, SCOPE_UNIVERSE, registerConfSysctls } from "./in-device.ts";

/* Addresses of devices: Linux net/ipv4/devinet.c. */

/** A fresh address row; the caller changes what differs. */
export function newIfAddr(dev: Netdev, local: Ip4, prefixLen: number): IfAddr {
  return {
    dev, local, peer: local, prefixLen, broadcast: null, scope: SCOPE_UNIVERSE, label: dev.name, secondary: false,
    noPrefixRoute: false, metric: 0, validSec: Infinity, preferredSec: Infinity, stampNs: dev.ns.world.sim.nowNs, protocol: 0,
  };
}

/** __inet_insert_ifa: same subnet as an earlier address makes it secondary; the very same address is `EEXIST`. */
export function inetAddAddr(ns: Netns, ifa: IfAddr): Errno | undefined {
  const { addrs } = ifa.dev.in4!;
  for (const other of addrs) {
    if (other.prefixLen !== ifa.prefixLen || !inPrefix(ifa.peer, other.peer, other.prefixLen)) continue;
    if (other.local === ifa.local) return "EEXIST";
    if (other.scope !== ifa.scope) return "EINVAL";
    ifa.secondary = true;
  }
  addrs.splice(ifa.secondary ? addrs.length : afterPrimaries(addrs, ifa.scope), 0, ifa);
  addrChanged(ns, ifa, true);
  fibAddIfaddr(ns, ifa);
  return undefined;
}

/** Behind the last primary address that reaches no farther. */
const afterPrimaries = (addrs: readonly IfAddr[], scope: number): number =>
  addrs.reduce((at, a, i) => (!a.secondary && scope <= a.scope ? i + 1 : at), 0);

/** __inet_del_ifa: deleting a primary takes its secondaries along unless promote_secondaries is on. */
export function inetDelAddr(ns: Netns, ifa: IfAddr): void {
  const { addrs, conf } = ifa.dev.in4!;
  const followers = ifa.secondary ? [] : addrs.filter((a) => a.secondary && a.prefixLen === ifa.prefixLen && inPrefix(a.local, ifa.peer, ifa.prefixLen));
  const promote = conf.promoteSecondaries === 1 || ns.ipv4.confAll.promoteSecondaries === 1;
  if (!promote) for (const follower of followers) removeOne(ns, follower);
  else for (const follower of followers) fibDelIfaddr(ns, follower, true);
  removeOne(ns, ifa);
  if (promote && followers.length > 0) promoteAll(ns, followers);
}

function removeOne(ns: Netns, ifa: IfAddr): void {
  const { addrs } = ifa.dev.in4!;
  addrChanged(ns, ifa, false);
  fibDelIfaddr(ns, ifa);
  addrs.splice(addrs.indexOf(ifa), 1);
  // fib_inetaddr_event: without an address IPv4 is off on the device, and routes through it are gone.
  if (addrs.length === 0) fibDeviceDown(ns, ifa.dev, true);
}

function promoteAll(ns: Netns, followers: readonly IfAddr[]): void {
  const first = followers[0]!;
  const { addrs } = first.dev.in4!;
  first.secondary = false;
  addrs.splice(addrs.indexOf(first), 1);
  const firstSecondary = addrs.findIndex((a) => a.secondary);
  addrs.splice(firstSecondary < 0 ? addrs.length : firstSecondary, 0, first);
  for (const ifa of followers) fibAddIfaddr(ns, ifa);
}

/** The row for the page: `ip -br addr` style. */
const addrRow = (ifa: IfAddr): string => `${formatIp4(ifa.local)}/${ifa.prefixLen} dev ${ifa.dev.name}`;

function addrChanged(ns: Netns, ifa: IfAddr, added: boolean): void {
  if (ns.world.trace !== null) {
    const row = addrRow(ifa);
    const change = { place: ns.place, table: "addr" as const, key: row, before: added ? null : row, after: added ? row : null };
    trace(ns, "table", ifa.dev.name, null, { changes: [change], note: `address ${added ? "added" : "deleted"}: ${row}` });
  }
  ns.tell({ group: "addr", is: added ? "new" : "del", row: ifa, journey: 0 });
}

/** An address got other lifetimes, flags or metric: its prefix route follows, listeners hear of it. */
export function addrModified(ns: Netns, ifa: IfAddr, oldMetric: number): void {
  if (ifa.metric !== oldMetric || ifa.noPrefixRoute) fibDelPrefix(ns, ifa, oldMetric);
  fibAddIfaddr(ns, ifa);
  addrChanged(ns, ifa, true);
}

/** inetdev_event: keeps IPv4, its routes and neighbours in step with the devices; registered once a world. */
export function watchInetDevices(world: NetWorld): void {
  world.notifiers.push((dev, event) => {
    if (event === "register") inetdevInit(dev);
    else if (event === "rename") registerDeviceSysctls(dev);
    else if (event === "up") inetdevUp(dev);
    else if (event === "down") inetdevDown(dev);
    else if (event === "unregister") inetdevDestroy(dev);
    else if (event === "mac") inetdevChangedAddress(dev);
    else if (event === "carrier" && !dev.carrier && evictsNocarrier(dev)) flushNeighbours(dev);
  });
}

function inetdevInit(dev: Netdev): void {
  const in4 = new InDevice(dev);
  in4.conf.copyFrom(dev.ns.ipv4.confDefault);
  dev.in4 = in4;
  const parms = new NeighParms();
  parms.copyFrom(dev.ns.neigh.defaults);
  parms.randomize(dev.ns.world.sim.rng.u32());
  dev.neighParms = parms;
  registerDeviceSysctls(dev);
}

function registerDeviceSysctls(dev: Netdev): void {
  registerConfSysctls(dev.ns, dev.name, dev.in4!.conf, intEntry(dev.in4!.conf, "forwarding"));
  registerNeighSysctls(dev.ns, dev.name, dev.neighParms!);
}

const LOOPBACK_ADDR = ip4(0x7f000001);

function inetdevUp(dev: Netdev): void {
  fibDeviceUp(dev.ns, dev);
  if (dev.isLoopback && dev.in4!.addrs.length === 0) {
    const ifa = newIfAddr(dev, LOOPBACK_ADDR, 8);
    ifa.scope = SCOPE_HOST;
    inetAddAddr(dev.ns, ifa);
  }
  announceAddresses(dev.ns, dev);
}

function inetdevChangedAddress(dev: Netdev): void {
  flushNeighbours(dev);
  if (dev.isUp) announceAddresses(dev.ns, dev);
}

function inetdevDown(dev: Netdev): void {
  fibDeviceDown(dev.ns, dev, false);
  flushNeighbours(dev);
}

function inetdevDestroy(dev: Netdev): void {
  const { ns } = dev;
  for (const ifa of [...(dev.in4?.addrs ?? [])]) if (dev.in4!.addrs.includes(ifa)) inetDelAddr(ns, ifa);
  fibDeviceDown(ns, dev, true);
  for (const entry of ns.neigh.entriesOf(dev)) neighDelete(ns, entry, 0);
  ns.sysctl.unregister(`net/ipv4/conf/${dev.name}`);
  ns.sysctl.unregister(`net/ipv4/neigh/${dev.name}`);
}

/** Without carrier what was learned is forgotten, unless somebody switched that off (arp_evict_nocarrier). */
const evictsNocarrier = (dev: Netdev): boolean => dev.in4 !== null && dev.in4.conf.arpEvictNocarrier !== 0 && dev.ns.ipv4.confAll.arpEvictNocarrier !== 0;

/** neigh_ifdown / neigh_changeaddr: permanent rows outlive a changed MAC, not a device that went down. */
function flushNeighbours(dev: Netdev): void {
  for (const entry of dev.ns.neigh.entriesOf(dev)) if (!dev.isUp || entry.state !== "permanent") neighDelete(dev.ns, entry, 0);
}
