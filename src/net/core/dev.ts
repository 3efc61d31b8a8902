import { type Mac, isMulticastMac, mac } from "../../wire/addr.ts";
import type { Errno } from "../uapi/errno.ts";
import { IFF_LOOPBACK, IFF_UP, type Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import { trace } from "./trace.ts";

/** IFNAMSIZ - 1. */
export const MAX_NAME_BYTES = 15;

/** dev_valid_name: not empty, not ".", "..", no slash, colon or white space, at most 15 bytes. */
export function isValidName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME_BYTES && name !== "." && name !== ".." && !/[/:\s]/.test(name);
}

/** The lowest free name of a pattern such as "veth%d" (dev_alloc_name). */
export function allocName(ns: Netns, pattern: string): string {
  for (let i = 0; ; i++) {
    const name = pattern.replace("%d", String(i));
    if (!ns.devices.has(name)) return name;
  }
}

/** A random unicast MAC with the locally-administered bit (eth_random_addr). */
export function randomMac(ns: Netns): Mac {
  const rng = ns.world.sim.rng;
  const high = ((rng.u32() & 0xfeff) | 0x0200) & 0xffff;
  return mac(high * 0x100000000 + rng.u32());
}

/** Puts a device into its namespace's list (register_netdevice). `ifindex` 0 takes the next free one. */
export function registerNetdevice(dev: Netdev, ifindex = 0): Errno | undefined {
  const ns = dev.ns;
  if (!isValidName(dev.name)) return "EINVAL";
  if (ns.devices.has(dev.name) || (ifindex !== 0 && ns.byIndex.has(ifindex))) return "EEXIST";
  dev.ifindex = ifindex === 0 ? ns.takeIfindex() : ifindex;
  ns.devices.set(dev.name, dev);
  ns.byIndex.set(dev.ifindex, dev);
  dev.registered = true;
  ns.world.notify(dev, "register");
  linkChanged(dev, null);
  return undefined;
}

/** Takes a device down and away (unregister_netdevice): addresses, routes and neighbours go by notifier. */
export function unregisterNetdevice(dev: Netdev): void {
  if (!dev.registered) return;
  if (dev.isUp) devClose(dev);
  const row = linkRow(dev);
  dev.ns.world.notify(dev, "unregister");
  dev.registered = false;
  dev.ns.devices.delete(dev.name);
  dev.ns.byIndex.delete(dev.ifindex);
  dev.ops.uninit?.(dev);
  linkChanged(dev, row);
}

/** `ip link set up` (dev_open). */
export function devOpen(dev: Netdev): Errno | undefined {
  if (dev.isUp) return undefined;
  const before = linkRow(dev);
  dev.flags |= IFF_UP;
  dev.activated = true;
  const err = dev.ops.open?.(dev);
  if (err !== undefined) {
    dev.flags &= ~IFF_UP;
    return err;
  }
  dev.ns.world.notify(dev, "up");
  linkChanged(dev, before);
  return undefined;
}

/** `ip link set down` (dev_close). */
export function devClose(dev: Netdev): void {
  if (!dev.isUp) return;
  const before = linkRow(dev);
  dev.ns.world.notify(dev, "goingDown");
  dev.flags &= ~IFF_UP;
  dev.ops.stop?.(dev);
  dev.ns.world.notify(dev, "down");
  linkChanged(dev, before);
}

/** netif_carrier_on / _off: linkwatch turns it into the operational state. */
export function setCarrier(dev: Netdev, on: boolean): void {
  const before = linkRow(dev);
  const changed = dev.carrier !== on;
  dev.carrier = on;
  dev.operstate = on ? "up" : lowerIsDown(dev) ? "lowerlayerdown" : "down";
  if (!changed) return;
  dev.carrierChanges++;
  if (!dev.registered) return;
  dev.ns.world.notify(dev, "carrier");
  linkChanged(dev, before);
}

/** default_operstate looks the lower device up by its number in its own namespace, whatever it finds there. */
function lowerIsDown(dev: Netdev): boolean {
  const index = dev.ops.iflink?.(dev) ?? dev.ifindex;
  const lower = index === dev.ifindex ? undefined : dev.ns.byIndex.get(index);
  return lower !== undefined && !lower.carrier;
}

/** `ip link set mtu` (dev_set_mtu); bounds are the device's own. */
export function devSetMtu(dev: Netdev, mtuBytes: number): Errno | undefined {
  if (mtuBytes === dev.mtuBytes) return undefined;
  if (mtuBytes < dev.minMtuBytes || mtuBytes > dev.maxMtuBytes) return "EINVAL";
  const before = linkRow(dev);
  const err = dev.ops.changeMtu?.(dev, mtuBytes);
  if (err !== undefined) return err;
  dev.mtuBytes = mtuBytes;
  dev.ns.world.notify(dev, "mtu");
  linkChanged(dev, before);
  return undefined;
}

/** `ip link set address` (dev_set_mac_address, eth_mac_addr: no multicast, not all zero). */
export function devSetMac(dev: Netdev, address: Mac): Errno | undefined {
  if ((dev.flags & IFF_LOOPBACK) !== 0) return "EOPNOTSUPP";
  if (isMulticastMac(address) || address === 0) return "EADDRNOTAVAIL";
  const before = linkRow(dev);
  dev.mac = address;
  dev.macAssign = "set";
  dev.ns.world.notify(dev, "mac");
  linkChanged(dev, before);
  return undefined;
}

/** `ip link set name` (dev_change_name). Since Linux 6.1 a running device may be renamed too. */
export function devRename(dev: Netdev, name: string): Errno | undefined {
  if (name === dev.name) return undefined;
  if (!isValidName(name)) return "EINVAL";
  if (dev.ns.devices.has(name)) return "EEXIST";
  const before = linkRow(dev);
  dev.ns.devices.delete(dev.name);
  const old = dev.name;
  dev.name = name;
  dev.ns.devices.set(name, dev);
  renameSysctls(dev, old);
  dev.ns.world.notify(dev, "rename");
  linkChanged(dev, before);
  return undefined;
}

/** The "rename" notifiers re-register under the new name; the old directory goes first. */
function renameSysctls(dev: Netdev, old: string): void {
  dev.ns.sysctl.unregister(`net/ipv4/conf/${old}`);
  dev.ns.sysctl.unregister(`net/ipv4/neigh/${old}`);
}

/** Moves a device to another namespace (dev_change_net_namespace): down, all configuration gone, index kept if free. */
export function devChangeNetns(dev: Netdev, to: Netns, name: string): Errno | undefined {
  if ((dev.flags & IFF_LOOPBACK) !== 0) return "EINVAL";
  if (to.devices.has(name)) return "EEXIST";
  if (dev.isUp) devClose(dev);
  const from = dev.ns;
  const row = linkRow(dev);
  from.world.notify(dev, "unregister");
  from.devices.delete(dev.name);
  from.byIndex.delete(dev.ifindex);
  dev.registered = false;
  linkChanged(dev, row);
  const index = to.byIndex.has(dev.ifindex) ? 0 : dev.ifindex;
  dev.ns = to;
  dev.name = name;
  dev.promiscuity = 0;
  dev.allmulticity = 0;
  return registerNetdevice(dev, index);
}

/** Marks a device as bridge port of `master`, or free (null). */
export function setMaster(dev: Netdev, master: Netdev | null): void {
  const before = linkRow(dev);
  dev.master = master;
  dev.ns.world.notify(dev, "master");
  linkChanged(dev, before);
}

/** One line that says what the observable link is: the trace's row for the page, short form of `ip link`. */
export function linkRow(dev: Netdev): string {
  const state = dev.isUp ? (dev.carrier ? "up" : "no-carrier") : "down";
  const master = dev.master === null ? "" : ` master ${dev.master.name}`;
  return `${dev.name} ${state} mtu ${dev.mtuBytes} ${dev.ops.kind}${master} address ${dev.mac.toString(16).padStart(12, "0")}`;
}

/** Tells trace and netlink listeners; `before` null = the link is new. */
export function linkChanged(dev: Netdev, before: string | null): void {
  const ns = dev.ns;
  const after = dev.registered ? linkRow(dev) : null;
  if (ns.world.trace !== null && before !== after) {
    const change = { place: ns.place, table: "link" as const, key: `link ${dev.ifindex}`, before, after };
    trace(ns, "iface", dev.name, null, { changes: [change] });
  }
  ns.tell({ group: "link", is: dev.registered ? "new" : "del", dev });
}
