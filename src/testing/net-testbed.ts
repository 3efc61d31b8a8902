import { devClose, devOpen, registerNetdevice } from "../net/core/dev.ts";
import type { Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import type { NetWorld } from "../net/core/world.ts";
import { createBridge, enslave } from "../net/dev/bridge.ts";
import { createVethPair } from "../net/dev/veth.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import { inetAddAddr, newIfAddr } from "../net/ipv4/devinet.ts";
import { RawSock } from "../net/sock/raw.ts";
import type { TraceEvent } from "../net/uapi/trace.ts";
import { Sim } from "../sim/sim.ts";
import { type Ip4, formatIp4, parseIp4, readIp4, readU16, writeU16 } from "../wire/addr.ts";
import { checksum } from "../wire/checksum.ts";
import { ETH_P_ARP, ETH_TYPE } from "../wire/ethernet.ts";

/** Bare stacks on one wire, without processes: for dialogues between two kernels. */
export class NetTestbed {
  readonly sim: Sim;
  readonly world: NetWorld;
  readonly events: TraceEvent[] = [];
  readonly #hosts = new Map<string, Netns>();

  constructor(seed = 1) {
    this.sim = new Sim(seed);
    this.world = createWorld(this.sim);
    this.world.trace = { event: (e) => this.events.push(e) };
  }

  /** A machine with `lo` up. */
  host(name: string): Netns {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const ns = bootNetns(this.world, name);
    devOpen(ns.loopback);
    this.#hosts.set(name, ns);
    return ns;
  }

  /** `wire("a eth0 10.0.0.1/24", "b eth0 10.0.0.2/24")`: a veth pair, both ends up; the address may be left out. */
  wire(from: string, to: string): readonly [Netdev, Netdev] {
    const [a, b] = [from.split(" "), to.split(" ")];
    const pair = createVethPair(this.host(a[0]!), a[1]!, this.host(b[0]!), b[1]!);
    pair.forEach((dev, i) => this.up(dev, [a, b][i]![2]));
    return pair;
  }

  /** A bridge on a machine with the named devices as ports. */
  bridge(host: string, name: string, ports: readonly string[]): Netdev {
    const dev = createBridge(this.host(host), name);
    this.up(dev);
    for (const port of ports) enslave(dev, this.host(host).device(port)!);
    return dev;
  }

  up(dev: Netdev, address?: string): void {
    registerNetdevice(dev);
    if (address !== undefined) this.addAddress(dev, address);
    devOpen(dev);
  }

  addAddress(dev: Netdev, address: string): void {
    const [ip, length] = address.split("/");
    inetAddAddr(dev.ns, newIfAddr(dev, ipOf(ip!), Number(length)));
  }

  down(host: string, dev: string): void {
    devClose(this.host(host).device(dev)!);
  }

  /** One echo request from a raw socket; `bytes` of ICMP. */
  ping(from: string, to: string, bytes = 64): RawSock {
    const sock = new RawSock(this.host(from), 1);
    sock.setOption("IP_RECVERR", true);
    const data = new Uint8Array(bytes);
    data[0] = 8;
    writeU16(data, 6, 1);
    writeU16(data, 2, checksum(data, 0, bytes));
    sock.send({ data, to: { family: "inet", addr: ipOf(to), port: 0 } }, 1);
    return sock;
  }

  /** Lets simulated time pass. */
  pass(seconds: number): void {
    this.sim.runUntil(this.sim.nowNs + seconds * 1e9);
  }

  /** Frames as they left their devices, one line each: "a>eth0 ARP who-has 10.0.0.2 tell 10.0.0.1". */
  frames(): readonly string[] {
    return this.events.filter((e) => e.kind === "l2.tx").map((e) => `${e.place}>${e.dev} ${describe(e.bytes!)}`);
  }

  /** What was lost, and why. */
  drops(): readonly string[] {
    return this.events.filter((e) => e.kind === "drop").map((e) => `${e.place} ${e.drop}`);
  }
}

export const ipOf = (text: string): Ip4 => parseIp4(text)!;

function describe(b: Uint8Array): string {
  if (readU16(b, ETH_TYPE) === ETH_P_ARP) {
    const [sender, target] = [formatIp4(readIp4(b, 28)), formatIp4(readIp4(b, 38))];
    return b[21] === 1 ? `ARP who-has ${target} tell ${sender}` : `ARP ${sender} is-at`;
  }
  const [src, dst] = [formatIp4(readIp4(b, 26)), formatIp4(readIp4(b, 30))];
  return `IP ${src} > ${dst}: proto ${b[23]}${b[23] === 1 ? ` type ${b[34]}` : ""} ttl ${b[22]}`;
}
