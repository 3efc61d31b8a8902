import { IP4_ANY, type Ip4, type Mac } from "../../wire/addr.ts";
import { SEC } from "../../sim/sim.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { UdpListener } from "../sock/tables.ts";
import type { VxlanFdbEntry } from "./vxlan-fdb.ts";

/** The kernel's own UDP socket on a VXLAN port; devices of several VNIs share it. */
export class VxlanPort implements UdpListener {
  readonly local = IP4_ANY;
  readonly peer = IP4_ANY;
  readonly peerPort = 0;
  readonly boundDev = 0;
  readonly reuse = false;
  readonly reusePort = false;
  readonly devices = new Map<number, Netdev>();
  receive: ((ns: Netns, skb: Skb, devices: ReadonlyMap<number, Netdev>) => void) | null = null;

  udpDeliver(ns: Netns, skb: Skb): void {
    this.receive?.(ns, skb, this.devices);
  }
}

/** A VXLAN device's configuration and forwarding table. */
export class VxlanPriv {
  /** Where the outer packets live; stays when the device moves to another namespace. */
  readonly underlay: Netns;
  vni = 0;
  /** Default remote ("remote" or "group"), 0.0.0.0 = none. */
  group: Ip4 = IP4_ANY;
  local: Ip4 = IP4_ANY;
  /** "dev": index of the lower device, 0 = none named. */
  lowerIndex = 0;
  dstPort = 8472;
  /** Source port range, 0 0 = the machine's ephemeral range. */
  portLow = 0;
  portHigh = 0;
  /** 0 = auto, -1 = inherit from the inner packet. */
  ttl = 0;
  /** 1 = inherit. */
  tos = 0;
  learning = true;
  ageingNs = 300 * SEC;
  l2miss = false;
  l3miss = false;
  proxy = false;
  rsc = false;
  udpChecksum = true;
  df = 0;
  maxAddresses = 0;
  readonly fdb = new Map<Mac, VxlanFdbEntry>();

  constructor(underlay: Netns) {
    this.underlay = underlay;
  }

  /** The port's listener, made on first use; null when a program holds the port. */
  listenerOf(port: number): VxlanPort | null {
    const listeners = this.underlay.sock.udp.get(port) ?? [];
    const own = listeners.find((l) => l instanceof VxlanPort);
    if (own instanceof VxlanPort) return own;
    return listeners.length > 0 ? null : new VxlanPort();
  }
}

export const vxlanOf = (dev: Netdev): VxlanPriv => dev.priv as VxlanPriv;
