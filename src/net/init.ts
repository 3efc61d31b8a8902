import { ETH_P_ARP, ETH_P_IP } from "../wire/ethernet.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP } from "../wire/ipv4.ts";
import type { Sim } from "../sim/sim.ts";
import { unregisterNetdevice } from "./core/dev.ts";
import { Netns } from "./core/netns.ts";
import { NetWorld } from "./core/world.ts";
import { watchBridgePorts } from "./dev/bridge.ts";
import { createLoopback } from "./dev/loopback.ts";
import { arpOps, arpRcv } from "./ipv4/arp.ts";
import { watchInetDevices } from "./ipv4/devinet.ts";
import { icmpRcv } from "./ipv4/icmp.ts";
import { ipRcv } from "./ipv4/ip-input.ts";
import { Ipv4State, registerIpv4Sysctls } from "./ipv4/state.ts";
import { NeighTable } from "./neigh/neigh.ts";
import { watchBridges } from "./netfilter/br-netfilter.ts";
import { registerNetfilterSysctls } from "./netfilter/ct-sysctl.ts";
import { dropFlows, newNetfilterState, watchMasquerade } from "./netfilter/init.ts";
import { nftDeviceEvent } from "./netfilter/nft/chain-hook.ts";
import { registerNeighSysctls } from "./neigh/parms.ts";
import { watchQueues } from "./sched/attach.ts";
import { pingErr, pingRcv } from "./sock/ping-sock.ts";
import { rawDeliver, rawError } from "./sock/raw.ts";
import { SockTables } from "./sock/tables.ts";
import { tcpV4Err } from "./sock/tcp/err.ts";
import { tcpV4Rcv } from "./sock/tcp/input.ts";
import { tcpNetExit } from "./sock/tcp/net-exit.ts";
import { registerTcpSysctls } from "./sock/tcp/sysctl.ts";
import { udpErr, udpRcv } from "./sock/udp-input.ts";

/** A world with the kernel's tables filled: which function gets which EtherType, protocol and device event. */
export function createWorld(sim: Sim): NetWorld {
  const world = new NetWorld(sim);
  world.ethertypes.set(ETH_P_IP, ipRcv);
  world.ethertypes.set(ETH_P_ARP, arpRcv);
  world.protocols.set(IPPROTO_ICMP, icmpRcv);
  world.protocols.set(IPPROTO_UDP, udpRcv);
  world.icmpErrors.set(IPPROTO_UDP, udpErr);
  world.icmpErrors.set(IPPROTO_ICMP, pingErr);
  world.protocols.set(IPPROTO_TCP, tcpV4Rcv);
  world.icmpErrors.set(IPPROTO_TCP, tcpV4Err);
  world.rawDeliver = rawDeliver;
  world.rawError = rawError;
  world.echoReply = pingRcv;
  watchInetDevices(world);
  watchQueues(world);
  watchBridgePorts(world);
  watchBridges(world);
  watchMasquerade(world);
  world.notifiers.push(nftDeviceEvent);
  world.notifiers.push((dev, event) => {
    if (event === "down" || event === "unregister") for (const sock of dev.ns.sock.packet) sock.deviceDown(dev, event === "unregister");
  });
  return world;
}

/** A new network namespace (copy_net_ns + net_init): `lo`, down, and nothing else. */
export function bootNetns(world: NetWorld, place: string): Netns {
  const ns = new Netns(world, place);
  ns.ipv4 = new Ipv4State(ns);
  ns.neigh = new NeighTable(ns, arpOps);
  ns.sock = new SockTables();
  ns.nf = newNetfilterState(ns);
  registerIpv4Sysctls(ns);
  registerTcpSysctls(ns);
  watchRoutes(ns);
  registerNetfilterSysctls(ns);
  registerNeighSysctls(ns, "default", ns.neigh.defaults);
  ns.loopback = createLoopback(ns);
  return ns;
}

/** Cached ways out go stale when a route, rule, address or device changes (rt_cache_flush). */
function watchRoutes(ns: Netns): void {
  ns.listeners.add((event) => {
    if (event.group !== "neigh") ns.sock.tcp.routeGeneration++;
  });
}

/** The last holder is gone (cleanup_net): devices die, veth peers elsewhere with them. */
export function destroyNetns(ns: Netns): void {
  if (ns.dead) return;
  for (const dev of [...ns.devicesInOrder()].reverse()) if (!dev.isLoopback) unregisterNetdevice(dev);
  dropFlows(ns);
  tcpNetExit(ns);
  ns.dead = true;
  ns.world.namespaces.delete(ns);
  for (const other of ns.world.namespaces) {
    const at = other.netnsids.indexOf(ns);
    if (at >= 0) other.netnsids[at] = null;
  }
}
