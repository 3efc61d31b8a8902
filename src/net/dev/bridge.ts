import { MAC_ZERO, isMulticastMac, readMac } from "../../wire/addr.ts";
import { ETH_DST, ETH_HLEN, ETH_SRC } from "../../wire/ethernet.ts";
import { randomMac } from "../core/dev.ts";
import { type DeviceOps, IFF_BROADCAST, IFF_MULTICAST, IFF_PROMISC, Netdev } from "../core/netdev.ts";
import { nfHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import { netifReceiveSkb } from "../core/rx.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import type { NetWorld } from "../core/world.ts";
import { devQueueXmit } from "../core/xmit.ts";
import type { Errno } from "../uapi/errno.ts";
import { Bridge, type BridgePort, addLocal, addPort, bridgeMacChanged, bridgeOf, delPort, portOf, portStateChanged, recalculate } from "./bridge-port.ts";
import { fdbFind, fdbLearn, fdbRow } from "./fdb.ts";

/*
 * From: core/rx.ts (a frame entered a port) or core/xmit.ts (the machine itself sends through the bridge).
 * Next: core/xmit.ts on the port(s) it leaves by, and core/rx.ts of the bridge device for what is for this machine.
 */

const bridgeOps: DeviceOps = {
  kind: "bridge",
  startXmit: bridgeXmit,
  open(dev: Netdev): undefined {
    for (const port of bridgeOf(dev).ports) portStateChanged(port);
  },
  stop(dev: Netdev): void {
    for (const port of bridgeOf(dev).ports) portStateChanged(port);
  },
  uninit(dev: Netdev): void {
    for (const port of [...bridgeOf(dev).ports]) delPort(port.bridge, port.dev);
  },
  changeMtu(dev: Netdev): undefined {
    bridgeOf(dev).mtuSetByUser = true;
  },
};

/** Not yet registered. */
export function createBridge(ns: Netns, name: string): Netdev {
  const dev: Netdev = new Netdev(ns, name, bridgeOps, { bridge: null });
  Object.assign(dev.priv, { bridge: new Bridge(dev) });
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.mac = randomMac(ns);
  return dev;
}

/** `ip link set X master BR`. */
export function enslave(br: Netdev, dev: Netdev): Errno | undefined {
  return addPort(bridgeOf(br), dev, bridgeHandleFrame);
}

/** `ip link set X nomaster`. */
export function release(dev: Netdev): void {
  if (dev.master !== null && dev.master.ops.kind === "bridge") delPort(bridgeOf(dev.master), dev);
}

/** Keeps ports in step with their devices (br_device_event); registered once a world. */
export function watchBridgePorts(world: NetWorld): void {
  world.notifiers.push((dev, event) => {
    if (dev.ops.kind === "bridge" && (event === "mac" || (event === "register" && dev.macAssign === "set"))) return bridgeMacChanged(bridgeOf(dev));
    if (dev.ops.kind === "bridge" && event === "register") return addLocal(bridgeOf(dev), null, dev.mac);
    const port = portOf(dev);
    if (port === undefined) return;
    if (event === "unregister") delPort(port.bridge, dev);
    else if (event === "up" || event === "down" || event === "carrier") portStateChanged(port);
    else if (event === "mtu") recalculate(port.bridge);
    else if (event === "mac") portMacChanged(port);
  });
}

function portMacChanged(port: BridgePort): void {
  addLocal(port.bridge, port, port.dev.mac);
  recalculate(port.bridge);
}

/** br_handle_frame: is the port open? Then the bridge's prerouting; `start` is behind the Ethernet header. */
function bridgeHandleFrame(skb: Skb): void {
  const port = portOf(skb.dev!)!;
  const ns = port.dev.ns;
  const src = readMac(skb.buf, skb.macAt + ETH_SRC);
  const dst = readMac(skb.buf, skb.macAt + ETH_DST);
  if (isMulticastMac(src) || src === MAC_ZERO) return drop(ns, skb, "NOT_SPECIFIED");
  if (port.state !== "forwarding") return drop(ns, skb, "DEV_READY_NO_MASTER");
  if (Math.floor(dst / 16) === 0x0180c200000) {
    if (port.learning) fdbLearn(port.bridge, port, src, skb);
    return drop(ns, skb, "BRIDGE_NO_EGRESS");
  }
  if (dst === port.bridge.dev.mac) skb.pktType = "host";
  nfHook(ns, "bridge", "prerouting", skb, port.dev, null, bridgeFrameFinish);
}

/** br_handle_frame_finish: learn who sent it, then to the port of its destination, up, or everywhere. */
export function bridgeFrameFinish(ns: Netns, skb: Skb): void {
  const port = portOf(skb.dev!);
  if (port === undefined || port.state !== "forwarding") return drop(ns, skb, "DEV_READY_NO_MASTER");
  const dst = readMac(skb.buf, skb.macAt + ETH_DST);
  if (port.learning) fdbLearn(port.bridge, port, readMac(skb.buf, skb.macAt + ETH_SRC), skb);
  if (isMulticastMac(dst)) return flood(port.bridge, port, skb, true);
  forwardUnicast(port, skb, dst);
}

function forwardUnicast(port: BridgePort, skb: Skb, dst: ReturnType<typeof readMac>): void {
  const br = port.bridge;
  const entry = fdbFind(br, dst);
  const promisc = (br.dev.flags & IFF_PROMISC) !== 0 || br.dev.promiscuity > 0;
  if (entry === undefined) return flood(br, port, skb, promisc);
  if (br.dev.ns.world.trace !== null) traceHit(br, skb, fdbRow(br, entry));
  if (entry.isLocal) return passFrameUp(br, skb);
  entry.usedNs = br.dev.ns.world.sim.nowNs;
  if (promisc) passFrameUp(br, br.dev.ns.world.clone(skb));
  if (!shouldDeliver(entry.port!, port)) return drop(br.dev.ns, skb, entry.port === port ? "BRIDGE_SAME_PORT" : "BRIDGE_LOCKED");
  forwardTo(entry.port!, skb, port);
}

function traceHit(br: Bridge, skb: Skb, row: string): void {
  trace(br.dev.ns, "bridge.hit", br.dev.name, skb, { decision: { table: "fdb", row, losers: [] } });
}

/** br_flood: a copy for every other port, and one for the machine itself if `local`. `from` null = sent by the machine. */
function flood(br: Bridge, from: BridgePort | null, skb: Skb, local: boolean): void {
  const ns = br.dev.ns;
  const group = isMulticastMac(readMac(skb.buf, skb.macAt + ETH_DST));
  const out = br.ports.filter((p) => (group ? p.bcastFlood : p.flood) && shouldDeliver(p, from));
  if (ns.world.trace !== null) traceFlood(br, skb, out, group);
  for (const port of out) forwardTo(port, ns.world.clone(skb), from);
  if (local) passFrameUp(br, skb);
  else if (out.length === 0) drop(ns, skb, "BRIDGE_NO_EGRESS");
  else ns.world.free(skb);
}

function traceFlood(br: Bridge, skb: Skb, out: readonly BridgePort[], group: boolean): void {
  const note = `flood to ${out.length} port${out.length === 1 ? "" : "s"}: ${out.map((p) => p.dev.name).join(" ")}`;
  const row = group ? "group address: to every port" : "no row for this MAC: to every port";
  trace(br.dev.ns, "bridge.flood", br.dev.name, skb, { note, decision: { table: "fdb", row, losers: [] } });
}

/** should_deliver: forwarding, not back where it came from unless hairpin is on, not between isolated ports. */
function shouldDeliver(to: BridgePort, from: BridgePort | null): boolean {
  if (to.state !== "forwarding") return false;
  if (from === null) return true;
  return (to !== from || to.hairpin) && !(to.isolated && from.isolated);
}

/** __br_forward: the forward hook, or output for the machine's own frames (`from` null); then postrouting. */
function forwardTo(port: BridgePort, skb: Skb, from: BridgePort | null): void {
  const indev = from === null ? null : from.dev;
  skb.start = skb.macAt + ETH_HLEN;
  skb.dev = port.dev;
  nfHook(port.dev.ns, "bridge", from === null ? "output" : "forward", skb, indev, port.dev, bridgeForwardFinish);
}

/** br_forward_finish. */
export function bridgeForwardFinish(ns: Netns, skb: Skb): void {
  nfHook(ns, "bridge", "postrouting", skb, null, skb.dev, bridgePushXmit);
}

/** br_dev_queue_push_xmit: the port's MTU decides, silently. */
export function bridgePushXmit(ns: Netns, skb: Skb): void {
  const dev = skb.dev!;
  if (skb.end - skb.macAt > dev.mtuBytes + ETH_HLEN + 4) return drop(ns, skb, "PKT_TOO_BIG");
  skb.start = skb.macAt;
  devQueueXmit(skb);
}

/** br_pass_frame_up: the bridge device receives; it counts without the Ethernet header, as Linux does. */
function passFrameUp(br: Bridge, skb: Skb): void {
  if (!br.dev.isUp) return drop(br.dev.ns, skb, "DEV_DOWN");
  br.dev.stats.rxPackets++;
  br.dev.stats.rxBytes += skb.end - skb.macAt - ETH_HLEN;
  const port = skb.dev;
  skb.start = skb.macAt + ETH_HLEN;
  skb.dev = br.dev;
  nfHook(br.dev.ns, "bridge", "input", skb, port, null, bridgeReceive);
}

function bridgeReceive(_ns: Netns, skb: Skb): void {
  const br = bridgeOf(skb.dev!);
  if (skb.dst === br.fakeRoute) skb.dst = null;
  skb.iif = br.dev.ifindex;
  if (readMac(skb.buf, skb.macAt + ETH_DST) === br.dev.mac) skb.pktType = "host";
  netifReceiveSkb(skb);
}

/** br_dev_xmit: the machine's own frames; the bridge is a switch with one more port. */
function bridgeXmit(dev: Netdev, skb: Skb): void {
  const br = bridgeOf(dev);
  if (skb.nfBridge !== null && skb.nfBridge.savedHeader !== null) return resumeBridged(skb, skb.nfBridge.savedHeader);
  dev.stats.txPackets++;
  dev.stats.txBytes += skb.length;
  skb.macAt = skb.start;
  skb.pull(ETH_HLEN);
  const dst = readMac(skb.buf, skb.macAt + ETH_DST);
  const entry = isMulticastMac(dst) ? undefined : fdbFind(br, dst);
  if (entry === undefined || entry.port === null) return flood(br, null, skb, false);
  if (dev.ns.world.trace !== null) traceHit(br, skb, fdbRow(br, entry));
  if (!shouldDeliver(entry.port, null)) return drop(dev.ns, skb, "DEV_READY_NO_MASTER");
  forwardTo(entry.port, skb, null);
}

/** br_nf_pre_routing_finish_bridge_slow: a frame that was DNATed within the bridge has its new MAC now, and goes on as it came. */
function resumeBridged(skb: Skb, savedHeader: Uint8Array): void {
  const info = skb.nfBridge!;
  info.savedHeader = null;
  info.physout = null;
  skb.macAt = skb.start;
  skb.buf.set(savedHeader, skb.macAt + ETH_SRC);
  skb.pull(ETH_HLEN);
  skb.dev = info.physin;
  bridgeFrameFinish(info.physin.ns, skb);
}
