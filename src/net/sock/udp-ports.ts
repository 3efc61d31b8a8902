import { IP4_ANY, type Ip4 } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { UdpListener } from "./tables.ts";

/* Who has which UDP port: net/ipv4/udp.c, udp_lib_get_port and udp_lib_lport_inuse. */

/** The newest stands first, as in the kernel's hash chains: of equals it hears the datagram. */
export function udpListen(ns: Netns, port: number, listener: UdpListener): void {
  const list = ns.sock.udp.get(port);
  if (list === undefined) ns.sock.udp.set(port, [listener]);
  else list.unshift(listener);
}

export function udpUnlisten(ns: Netns, port: number, listener: UdpListener): void {
  const list = (ns.sock.udp.get(port) ?? []).filter((l) => l !== listener);
  if (list.length === 0) ns.sock.udp.delete(port);
  else ns.sock.udp.set(port, list);
}

/** What decides whether two sockets may have one port. */
type Claim = Pick<UdpListener, "local" | "boundDev" | "reuse" | "reusePort">;

/** Sockets share a port when both say SO_REUSEADDR or both SO_REUSEPORT, or when their addresses or devices differ. */
export function isPortTaken(ns: Netns, port: number, local: Ip4, claim: Claim): boolean {
  return (ns.sock.udp.get(port) ?? []).some((l) => {
    if (l === claim || (l.reuse && claim.reuse) || (l.reusePort && claim.reusePort)) return false;
    if (l.boundDev !== 0 && claim.boundDev !== 0 && l.boundDev !== claim.boundDev) return false;
    return l.local === IP4_ANY || local === IP4_ANY || l.local === local;
  });
}

/** An ephemeral port from ip_local_port_range; 0 when all are taken. */
export function freeUdpPort(ns: Netns, local: Ip4, claim: Claim): number {
  const { localPortLow: low, localPortHigh: high } = ns.ipv4;
  const count = high - low + 1;
  const first = ns.world.sim.rng.below(count);
  for (let i = 0; i < count; i++) {
    const port = low + ((first + i) % count);
    if (!ns.ipv4.reservedPorts.has(port) && !isPortTaken(ns, port, local, claim)) return port;
  }
  return 0;
}
