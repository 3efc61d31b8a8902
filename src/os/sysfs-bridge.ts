import { formatMac } from "../wire/addr.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { Netdev } from "../net/core/netdev.ts";
import { bridgeOf, portOf, type Bridge, type BridgePort } from "../net/dev/bridge-port.ts";
import { attribute, GeneratedDir, GeneratedLink, tableDir, TextNode, type Entries } from "./generated.ts";

/** The entries that a bridge's directory has more than others: net/bridge/br_sysfs_br.c. */
export function bridgeEntries(dev: Netdev): Entries {
  if (dev.ops.kind !== "bridge") return {};
  const bridge = bridgeOf(dev);
  return { brif: () => portsDir(bridge), bridge: () => bridgeDir(bridge) };
}

/** …and those of a bridge's port: net/bridge/br_sysfs_if.c. */
export function portEntries(dev: Netdev): Entries {
  const port = portOf(dev);
  return port ? { brport: () => portDir(port) } : {};
}

const NS_PER_CENTISECOND = 10_000_000;

function bridgeDir(bridge: Bridge): GeneratedDir {
  const id = (): string => `${bridge.priority.toString(16).padStart(4, "0")}.${formatMac(bridge.dev.mac).replaceAll(":", "")}`;
  return tableDir({
    ageing_time: attribute(() => bridge.ageingNs / NS_PER_CENTISECOND),
    bridge_id: attribute(id),
    forward_delay: attribute(() => bridge.forwardDelayCs),
    group_fwd_mask: attribute(() => `0x${bridge.groupFwdMask.toString(16)}`),
    hello_time: attribute(() => bridge.helloTimeCs),
    max_age: attribute(() => bridge.maxAgeCs),
    multicast_snooping: attribute(() => bridge.mcastSnooping),
    priority: attribute(() => bridge.priority),
    root_id: attribute(id),
    stp_state: attribute(() => bridge.stpState),
    vlan_filtering: attribute(() => bridge.vlanFiltering),
  }, "EACCES");
}

function portsDir(bridge: Bridge): GeneratedDir {
  return new GeneratedDir({
    names: () => bridge.ports.map((port) => port.dev.name),
    lookup: (name) => (bridge.ports.some((port) => port.dev.name === name) ? new GeneratedLink(() => `../../${name}/brport`) : undefined),
    refusesNew: "EACCES",
  });
}

const STATE_NUMBERS = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const;

type Switch = "hairpin" | "learning" | "flood" | "mcastFlood" | "bcastFlood" | "isolated";

function portDir(port: BridgePort): GeneratedDir {
  const toggle = (key: Switch) => () => switchFile(port, key);
  return tableDir({
    bridge: () => new GeneratedLink(() => `../../${port.bridge.dev.name}`),
    broadcast_flood: toggle("bcastFlood"), hairpin_mode: toggle("hairpin"), isolated: toggle("isolated"),
    learning: toggle("learning"), multicast_flood: toggle("mcastFlood"), unicast_flood: toggle("flood"),
    path_cost: attribute(() => port.cost),
    port_no: attribute(() => `0x${port.portNo.toString(16)}`),
    priority: attribute(() => port.priority),
    state: attribute(() => STATE_NUMBERS[port.state]),
  }, "EACCES");
}

function switchFile(port: BridgePort, key: Switch): TextNode {
  const write = (value: string): Errno | undefined => {
    if (!/^\d+\s*$/.test(value)) return "EINVAL";
    port[key] = Number(value) !== 0;
    return undefined;
  };
  return new TextNode({ read: () => `${port[key] ? 1 : 0}\n`, write, size: 4096 });
}
