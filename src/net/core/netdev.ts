import { type Mac, MAC_BROADCAST, MAC_ZERO } from "../../wire/addr.ts";
import type { InDevice } from "../ipv4/in-device.ts";
import type { NeighParms } from "../neigh/parms.ts";
import type { Errno } from "../uapi/errno.ts";
import type { Hook } from "./hook.ts";
import type { Netns } from "./netns.ts";
import type { RootQdisc } from "./qdisc.ts";
import type { Skb } from "./skb.ts";

export const IFF_UP = 0x1;
export const IFF_BROADCAST = 0x2;
export const IFF_LOOPBACK = 0x8;
export const IFF_POINTOPOINT = 0x10;
export const IFF_NOARP = 0x80;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_MULTICAST = 0x1000;

export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;

export type DevKind = "loopback" | "veth" | "dummy" | "bridge" | "vxlan";

/** What a kind of device does (net_device_ops). */
export interface DeviceOps {
  readonly kind: DevKind;
  /** ndo_start_xmit: sends the frame [start, end); takes the skb. */
  startXmit(dev: Netdev, skb: Skb): void;
  /** ndo_open / ndo_stop: after the flags changed. */
  open?(dev: Netdev): Errno | undefined;
  stop?(dev: Netdev): void;
  /** ndo_uninit: the device leaves its namespace for good. */
  uninit?(dev: Netdev): void;
  /** ndo_change_mtu: refuse or accept; the caller stores the value. */
  changeMtu?(dev: Netdev, mtuBytes: number): Errno | undefined;
  /** ndo_get_iflink: index of the device this one sends through, in that device's own namespace. */
  iflink?(dev: Netdev): number;
}

/** rtnl_link_stats64, the part that is counted. */
export class DevStats {
  rxPackets = 0;
  rxBytes = 0;
  rxErrors = 0;
  rxDropped = 0;
  multicast = 0;
  txPackets = 0;
  txBytes = 0;
  txErrors = 0;
  txDropped = 0;
  txCarrierErrors = 0;
}

/** A frame tap: packet(7) sockets see every frame that passes a device. */
export interface PacketTap {
  /** EtherType wanted, ETH_P_ALL for all. */
  readonly protocol: number;
  deliver(skb: Skb, dev: Netdev): void;
}

/** Takes frames from a port before any protocol does (bridge). */
export type RxHandler = (skb: Skb) => void;

/** A network device: one line of `ip link`. */
export class Netdev {
  ns: Netns;
  name: string;
  ifindex = 0;
  readonly ops: DeviceOps;
  type = ARPHRD_ETHER;
  mac: Mac = MAC_ZERO;
  broadcast: Mac = MAC_BROADCAST;
  /** "random" and "set" tell whether bridges may change it (NET_ADDR_*). */
  macAssign: "permanent" | "random" | "set" = "random";
  mtuBytes = 1500;
  minMtuBytes = 68;
  maxMtuBytes = 65535;
  /** Header bytes in front of the network header: 14. */
  hardHeaderBytes = 14;
  flags = 0;
  carrier = true;
  /** RFC 2863 state as linkwatch left it; "unknown" until the driver speaks of its carrier. */
  operstate: "unknown" | "up" | "down" | "lowerlayerdown" = "unknown";
  txqlen = 1000;
  /** How many segments TCP may treat as one burst (gso_max_segs). No device here takes packets larger than its MTU. */
  gsoMaxSegs = 1;
  /** What stands before it; null = the default, which queues nothing. */
  qdisc: RootQdisc | null = null;
  /** `ingress` or `clsact`. Typed by sched/. */
  ingressQdisc: object | null = null;
  group = 0;
  alias = "";
  /** How often promiscuous / allmulti was asked for. */
  promiscuity = 0;
  allmulticity = 0;
  /** Was opened at least once: its queueing discipline is then "noqueue", before "noop". */
  activated = false;
  registered = false;
  /** Addresses it listens to besides its own and the groups that the stack joins (dev->uc, dev->mc). */
  readonly unicastAddrs: Mac[] = [];
  readonly multicastAddrs: Mac[] = [];
  master: Netdev | null = null;
  rxHandler: RxHandler | null = null;
  /** The bridge port it is. Typed by dev/bridge-port.ts. */
  bridgePort: object | null = null;
  readonly taps: PacketTap[] = [];
  /** nf_tables netdev chains on this device; empty for nearly every device. */
  ingressHooks: readonly Hook[] = [];
  egressHooks: readonly Hook[] = [];
  readonly stats = new DevStats();
  /** Times the carrier changed (carrier_changes in sysfs). */
  carrierChanges = 0;
  /** State of the device kind (veth peer, bridge ports, vxlan fdb). */
  readonly priv: object;
  in4: InDevice | null = null;
  neighParms: NeighParms | null = null;
  /** Namespace id hint of a peer elsewhere is computed, never stored here. */
  readonly createdAtNs: number;

  constructor(ns: Netns, name: string, ops: DeviceOps, priv: object) {
    this.ns = ns;
    this.name = name;
    this.ops = ops;
    this.priv = priv;
    this.createdAtNs = ns.world.sim.nowNs;
  }

  get isUp(): boolean {
    return (this.flags & IFF_UP) !== 0;
  }

  /** netif_running and carrier present. */
  get isRunning(): boolean {
    return this.isUp && this.carrier;
  }

  get isLoopback(): boolean {
    return (this.flags & IFF_LOOPBACK) !== 0;
  }

  /** Operational state as `ip link` prints it: a device that is not up is DOWN. */
  get operstateShown(): "unknown" | "up" | "down" | "lowerlayerdown" {
    return this.isUp ? this.operstate : "down";
  }

  /** "place:name", the id used in traces and snapshots. */
  get id(): string {
    return `${this.ns.place}:${this.name}`;
  }
}
