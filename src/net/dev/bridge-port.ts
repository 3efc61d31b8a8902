import { type Mac, MAC_ZERO } from "../../wire/addr.ts";
import { setCarrier, setMaster } from "../core/dev.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Errno } from "../uapi/errno.ts";
import { DEFAULT_AGEING_NS, type FdbEntry, fdbAdd, fdbDelete, fdbFlushPort } from "./fdb.ts";

/** A bridge's state, kept in the priv of its device. */
export class Bridge {
  readonly dev: Netdev;
  readonly ports: BridgePort[] = [];
  readonly fdb = new Map<Mac, FdbEntry>();
  ageingNs = DEFAULT_AGEING_NS;
  /** Half-seconds and such that only `ip -d link` shows; nothing here runs the protocol (stp_state 0). */
  stpState = 0;
  priority = 32768;
  forwardDelayCs = 1500;
  helloTimeCs = 200;
  maxAgeCs = 2000;
  vlanFiltering = 0;
  groupFwdMask = 0;
  mcastSnooping = 1;
  /** The user set the MTU: it no longer follows the ports. */
  mtuSetByUser = false;
  /** Stands in for a routing decision while IPv4's hooks look at a switched frame (fake_rtable). Typed by ipv4. */
  fakeRoute: object | null = null;

  constructor(dev: Netdev) {
    this.dev = dev;
  }
}

/** One port (net_bridge_port), with the switches of `bridge link set`. */
export class BridgePort {
  readonly dev: Netdev;
  readonly bridge: Bridge;
  readonly portNo: number;
  state: "disabled" | "listening" | "learning" | "forwarding" | "blocking" = "disabled";
  priority = 32;
  cost = 2;
  hairpin = false;
  learning = true;
  flood = true;
  mcastFlood = true;
  bcastFlood = true;
  isolated = false;
  guard = false;
  rootBlock = false;
  fastLeave = false;
  neighSuppress = false;
  locked = false;

  constructor(bridge: Bridge, dev: Netdev, portNo: number) {
    this.bridge = bridge;
    this.dev = dev;
    this.portNo = portNo;
  }
}

/** The port a device is, or undefined. */
export function portOf(dev: Netdev): BridgePort | undefined {
  return dev.bridgePort === null ? undefined : (dev.bridgePort as BridgePort);
}

export const bridgeOf = (dev: Netdev): Bridge => (dev.priv as { bridge: Bridge }).bridge;

/** br_add_if. The rx handler is given by bridge.ts, which knows how to forward. */
export function addPort(br: Bridge, dev: Netdev, rxHandler: NonNullable<Netdev["rxHandler"]>): Errno | undefined {
  if (dev.isLoopback || dev.ops.kind === "bridge") return dev.isLoopback ? "EINVAL" : "ELOOP";
  if (dev.master !== null) return "EBUSY";
  const port = new BridgePort(br, dev, freePortNo(br));
  br.ports.push(port);
  dev.bridgePort = port;
  setMaster(dev, br.dev);
  dev.rxHandler = rxHandler;
  dev.promiscuity++;
  dev.allmulticity++;
  addLocal(br, port, dev.mac);
  if (dev.isRunning && br.dev.isUp) portStateChanged(port);
  recalculate(br);
  return undefined;
}

function freePortNo(br: Bridge): number {
  let n = 1;
  while (br.ports.some((p) => p.portNo === n)) n++;
  return n;
}

/** br_del_if. */
export function delPort(br: Bridge, dev: Netdev): void {
  const at = br.ports.findIndex((p) => p.dev === dev);
  if (at < 0) return;
  const port = br.ports[at]!;
  fdbFlushPort(br, port, true);
  br.ports.splice(at, 1);
  dev.bridgePort = null;
  dev.rxHandler = null;
  dev.promiscuity--;
  dev.allmulticity--;
  setMaster(dev, null);
  updateCarrier(br);
  recalculate(br);
}

/** Without spanning tree a port forwards as soon as it is up and has carrier (br_stp_enable_port). */
export function portStateChanged(port: BridgePort): void {
  const running = port.dev.isRunning && port.bridge.dev.isUp;
  port.state = running ? "forwarding" : "disabled";
  if (!running) fdbFlushPort(port.bridge, port, false);
  updateCarrier(port.bridge);
}

/** br_port_state_selection: carrier while a port forwards. A bridge that never had a port keeps the carrier it was born with. */
function updateCarrier(br: Bridge): void {
  const on = br.ports.some((p) => p.state === "forwarding");
  if (br.dev.isUp || !on) setCarrier(br.dev, on);
}

/** br_stp_change_bridge_id: with another address the bridge is another one, and looks at its ports anew. */
export function bridgeMacChanged(br: Bridge): void {
  addLocal(br, null, br.dev.mac);
  updateCarrier(br);
}

/** MAC: lowest of the ports unless set (br_stp_recalculate_bridge_id); MTU: smallest unless set (br_mtu_auto_adjust). */
export function recalculate(br: Bridge): void {
  if (br.dev.macAssign !== "set") setBridgeMac(br, lowestPortMac(br));
  if (!br.mtuSetByUser && br.ports.length > 0) br.dev.mtuBytes = Math.min(...br.ports.map((p) => p.dev.mtuBytes));
}

function lowestPortMac(br: Bridge): Mac {
  return br.ports.reduce<Mac>((low, p) => (low === MAC_ZERO || p.dev.mac < low ? p.dev.mac : low), MAC_ZERO);
}

function setBridgeMac(br: Bridge, mac: Mac): void {
  if (mac === br.dev.mac) return;
  br.dev.mac = mac;
  br.dev.ns.world.notify(br.dev, "mac");
}

/** The own address of a port, or of the bridge (null), is delivered locally (br_fdb_add_local); it takes the place of the one before. */
export function addLocal(br: Bridge, port: BridgePort | null, mac: Mac): void {
  for (const old of [...br.fdb.values()]) if (old.isLocal && !old.addedByUser && old.port === port && old.mac !== mac) fdbDelete(br, old, null);
  const known = br.fdb.get(mac);
  if (known !== undefined && known.isLocal) return;
  if (known !== undefined) fdbDelete(br, known, null);
  const nowNs = br.dev.ns.world.sim.nowNs;
  fdbAdd(br, { mac, port, isLocal: true, isStatic: true, addedByUser: false, updatedNs: nowNs, usedNs: nowNs }, null);
}
