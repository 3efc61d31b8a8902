import type { Errno } from "../net/uapi/errno.ts";
import type { Netdev } from "../net/core/netdev.ts";
import { bridgeOf } from "../net/dev/bridge-port.ts";
import { attribute, GeneratedLink, tableDir, TextNode, type Entries, type GeneratedDir } from "./generated.ts";

/**
 * Files of a device's directory in /sys/class/net that say little here: no card, no queue discipline and no
 * power management stand behind them. Values are those of Linux's virtual devices (net/core/net-sysfs.c).
 */
export function plainEntries(dev: Netdev): Entries {
  return {
    ...carrierCounts(dev),
    dev_port: attribute(() => 0), gro_flush_timeout: attribute(() => 0), napi_defer_hard_irqs: attribute(() => 0),
    // NET_NAME_PREDICTABLE, NET_NAME_USER
    name_assign_type: attribute(() => (dev.isLoopback ? 2 : 3)),
    proto_down: attribute(() => 0), threaded: attribute(() => 0),
    dormant: () => whileUp(dev, () => "0"), testing: () => whileUp(dev, () => "0"),
    duplex: () => whileUp(dev, () => duplexOf(dev)), speed: () => whileUp(dev, () => speedOf(dev)),
    power: () => tableDir({ control: attribute(() => "auto"), runtime_active_time: attribute(() => 0), runtime_status: attribute(() => "unsupported"), runtime_suspended_time: attribute(() => 0) }, "EACCES"),
    queues: () => queues(),
    subsystem: () => new GeneratedLink(() => "../../../../class/net"),
  };
}

/** Carrier goes and comes in turn, so that the last change tells how many were which. */
function carrierCounts(dev: Netdev): Entries {
  const last = (): number => Math.ceil(dev.carrierChanges / 2);
  const other = (): number => Math.floor(dev.carrierChanges / 2);
  return { carrier_up_count: attribute(() => (dev.carrier ? last() : other())), carrier_down_count: attribute(() => (dev.carrier ? other() : last())) };
}

/** Reading answers EINVAL while the device is down, and for one that has no such thing (`null`). */
function whileUp(dev: Netdev, read: () => string | null): TextNode {
  const refuses = (): Errno | undefined => (dev.isUp && read() !== null ? undefined : "EINVAL");
  return new TextNode({ read: () => `${read() ?? ""}\n`, refuses, size: 4096 });
}

/** Mb/s: a veth says 10000, a bridge what its fastest port says, a VXLAN device what lies below. */
function speedOf(dev: Netdev): string | null {
  const { kind } = dev.ops;
  if (kind === "veth" || kind === "vxlan") return "10000";
  if (kind !== "bridge") return null;
  return bridgeOf(dev).ports.some((p) => p.dev.isUp && speedOf(p.dev) !== null) ? "10000" : "-1";
}

const duplexOf = (dev: Netdev): string | null => ({ veth: "full", vxlan: "full", bridge: "unknown" })[dev.ops.kind as string] ?? null;

function queues(): GeneratedDir {
  const zero = attribute(() => 0);
  return tableDir({
    "rx-0": () => tableDir({ rps_cpus: zero, rps_flow_cnt: zero }, "EACCES"),
    "tx-0": () => tableDir({ traffic_class: zero, tx_maxrate: zero, tx_timeout: zero, xps_cpus: zero, xps_rxqs: zero }, "EACCES"),
  }, "EACCES");
}
