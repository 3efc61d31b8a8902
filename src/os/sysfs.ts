import { formatMac } from "../wire/addr.ts";
import type { Errno } from "../net/uapi/errno.ts";
import { devSetMtu } from "../net/core/dev.ts";
import type { DevStats, Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import { attribute, GeneratedDir, GeneratedLink, tableDir, TextNode, type Entries } from "./generated.ts";
import type { Inode } from "./inode.ts";
import { plainEntries } from "./sysfs-link.ts";
import { bridgeEntries, portEntries } from "./sysfs-bridge.ts";

const PAGE_BYTES = 4096;

/**
 * A sysfs (sysfs(5)): it shows the devices of the network namespace it was mounted in, also to
 * readers in other ones. That is why `ip netns exec` mounts a new one.
 */
export function sysRoot(ns: Netns): GeneratedDir {
  return tableDir({
    class: () => tableDir({ net: () => classNet(ns) }, "EACCES"),
    devices: () => tableDir({ virtual: () => tableDir({ net: () => devices(ns) }, "EACCES") }, "EACCES"),
    fs: () => tableDir({}, "EACCES"),
    kernel: () => tableDir({}, "EACCES"),
  }, "EACCES");
}

function classNet(ns: Netns): GeneratedDir {
  return new GeneratedDir({
    names: () => ns.devicesInOrder().map((dev) => dev.name),
    lookup: (name) => (ns.device(name) ? new GeneratedLink(() => `../../devices/virtual/net/${name}`) : undefined),
    refusesNew: "EACCES",
  });
}

function devices(ns: Netns): GeneratedDir {
  return new GeneratedDir({
    names: () => ns.devicesInOrder().map((dev) => dev.name),
    lookup: (name) => {
      const dev = ns.device(name);
      return dev && deviceDir(dev);
    },
    refusesNew: "EACCES",
  });
}

/** A device's directory: net/core/net-sysfs.c. */
function deviceDir(dev: Netdev): GeneratedDir {
  const entries: Entries = {
    addr_assign_type: attribute(() => ({ permanent: 0, random: 1, set: 3 })[dev.macAssign]),
    addr_len: attribute(() => 6),
    address: attribute(() => formatMac(dev.mac)),
    broadcast: attribute(() => formatMac(dev.isLoopback ? dev.mac : dev.broadcast)),
    carrier: () => carrierFile(dev),
    carrier_changes: attribute(() => dev.carrierChanges),
    dev_id: attribute(() => "0x0"),
    flags: attribute(() => `0x${dev.flags.toString(16)}`),
    ifalias: attribute(() => dev.alias),
    ifindex: attribute(() => dev.ifindex),
    iflink: attribute(() => dev.ops.iflink?.(dev) ?? dev.ifindex),
    link_mode: attribute(() => 0),
    ...plainEntries(dev), ...masterLink(dev), ...bridgeEntries(dev), ...portEntries(dev),
    mtu: () => new TextNode({ read: () => `${dev.mtuBytes}\n`, write: (value) => setMtu(dev, value), size: PAGE_BYTES }),
    netdev_group: attribute(() => dev.group),
    operstate: attribute(() => dev.operstateShown),
    statistics: () => statistics(dev.stats),
    tx_queue_len: attribute(() => dev.txqlen),
    type: attribute(() => dev.type),
    uevent: attribute(() => `${deviceType(dev)}INTERFACE=${dev.name}\nIFINDEX=${dev.ifindex}`),
  };
  return tableDir(entries, "EACCES");
}

/** Reading the carrier of a device that is down answers EINVAL (carrier_show). */
function carrierFile(dev: Netdev): Inode {
  return new TextNode({ read: () => `${dev.carrier ? 1 : 0}\n`, refuses: () => (dev.isUp ? undefined : "EINVAL"), size: PAGE_BYTES });
}

function masterLink(dev: Netdev): Entries {
  const { master } = dev;
  return master ? { master: () => new GeneratedLink(() => `../${master.name}`) } : {};
}

function setMtu(dev: Netdev, value: string): Errno | undefined {
  const mtuBytes = Number(value.trim());
  return Number.isInteger(mtuBytes) ? devSetMtu(dev, mtuBytes) : "EINVAL";
}

const deviceType = (dev: Netdev): string =>
  dev.ops.kind === "bridge" || dev.ops.kind === "vxlan" ? `DEVTYPE=${dev.ops.kind}\n` : "";

const COUNTERS: Readonly<Record<string, keyof DevStats | null>> = {
  collisions: null, multicast: "multicast",
  rx_bytes: "rxBytes", rx_compressed: null, rx_crc_errors: null, rx_dropped: "rxDropped", rx_errors: "rxErrors",
  rx_fifo_errors: null, rx_frame_errors: null, rx_length_errors: null, rx_missed_errors: null, rx_nohandler: null,
  rx_over_errors: null, rx_packets: "rxPackets",
  tx_aborted_errors: null, tx_bytes: "txBytes", tx_carrier_errors: "txCarrierErrors", tx_compressed: null,
  tx_dropped: "txDropped", tx_errors: "txErrors", tx_fifo_errors: null, tx_heartbeat_errors: null,
  tx_packets: "txPackets", tx_window_errors: null,
};

/** The counters that this simulator never counts are 0, as on any healthy virtual device. */
function statistics(stats: DevStats): GeneratedDir {
  const entries = Object.entries(COUNTERS).map(([name, key]) => [name, attribute(() => (key ? stats[key] : 0))] as const);
  return tableDir(Object.fromEntries(entries), "EACCES");
}
