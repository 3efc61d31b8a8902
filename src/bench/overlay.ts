import { devOpen, registerNetdevice } from "../net/core/dev.ts";
import type { Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import { createBridge, enslave } from "../net/dev/bridge.ts";
import { createVethPair } from "../net/dev/veth.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import type { NetWorld } from "../net/core/world.ts";
import { inetAddAddr, newIfAddr } from "../net/ipv4/devinet.ts";
import { routeInsert } from "../net/ipv4/fib-frontend.ts";
import { createVxlan } from "../net/tunnel/vxlan.ts";
import { vxlanFdbSet } from "../net/tunnel/vxlan-fdb.ts";
import { RawSock } from "../net/sock/raw.ts";
import { Sim } from "../sim/sim.ts";
import { type Ip4, parseIp4, writeU16 } from "../wire/addr.ts";
import { checksum } from "../wire/checksum.ts";

const ip = (text: string): Ip4 => parseIp4(text)!;

/** Two workers with a pod each behind a bridge, a switch between them, VXLAN over it: the lab's path without its shells. */
export class Overlay {
  readonly sim = new Sim(1);
  readonly world: NetWorld;
  readonly pods: readonly Netns[];
  readonly workers: readonly Netns[];
  readonly #sock: RawSock;

  constructor() {
    this.world = createWorld(this.sim);
    const root = bootNetns(this.world, "box");
    const sw = createBridge(root, "s0");
    up(sw, null);
    const workers = [1, 2].map((n) => this.#worker(root, sw, n));
    this.workers = workers.map((w) => w.ns);
    this.pods = workers.map((w, i) => this.#pod(w.ns, w.bridge, i + 1));
    this.#join(workers[0]!, workers[1]!, "11.2.0.0");
    this.#join(workers[1]!, workers[0]!, "11.1.0.0");
    this.#sock = new RawSock(this.pods[0]!, 1);
  }

  #worker(root: Netns, sw: Netdev, n: number): { ns: Netns; bridge: Netdev; vxlan: Netdev; n: number } {
    const ns = bootNetns(this.world, `w${n}`);
    const [port, eth] = createVethPair(root, `s0-eth${n}`, ns, "eth0");
    up(port, null);
    up(eth, `10.0.0.${n}/8`);
    enslave(sw, port);
    const vxlan = createVxlan(ns, "flannel.100", { vni: 100, local: ip(`10.0.0.${n}`), lowerIndex: eth.ifindex, learning: false });
    up(vxlan, `11.${n}.0.0/8`);
    const bridge = createBridge(ns, "cni0");
    up(bridge, `11.${n}.0.1/16`);
    ns.sysctl.get("net/ipv4/ip_forward")!.set!("1");
    return { ns, bridge, vxlan, n };
  }

  #pod(worker: Netns, bridge: Netdev, n: number): Netns {
    const ns = bootNetns(this.world, `w${n}/c`);
    const [host, eth] = createVethPair(worker, "veth0", ns, "eth0");
    up(host, null);
    enslave(bridge, host);
    up(eth, `11.${n}.0.2/16`);
    const gateway = { dev: eth, gateway: ip(`11.${n}.0.1`), weight: 1, onlink: false, scope: 253 };
    routeInsert(ns, { table: 254, type: "unicast", dst: ip("0.0.0.0"), prefixLen: 0, tos: 0, metric: 0, protocol: 3, scope: 0, prefsrc: null, nexthops: [gateway], metrics: new Map(), locked: new Set() });
    return ns;
  }

  #join(from: { vxlan: Netdev; ns: Netns }, to: { vxlan: Netdev; n: number }, podNet: string): void {
    const remotes = [{ ip: ip(`10.0.0.${to.n}`), port: 8472, vni: 100, ifindex: 0 }];
    vxlanFdbSet(from.vxlan, { mac: to.vxlan.mac, remotes, state: "permanent", externLearned: false, updatedNs: 0, usedNs: 0 }, null);
    for (const last of [0, 2]) {
      const entry = from.ns.neigh.create(ip(podNet.replace(/0$/, String(last))), from.vxlan);
      entry.mac = to.vxlan.mac;
      entry.state = "permanent";
    }
  }

  /** Sends `count` echo requests of `bytes` ICMP bytes from pod 1 to pod 2 back to back and runs until all are answered. Returns answers. */
  ping(count: number, bytes: number): number {
    const sock = this.#sock;
    const data = new Uint8Array(bytes);
    data[0] = 8;
    let answers = 0;
    for (let i = 0; i < count; i++) {
      writeU16(data, 6, i & 0xffff);
      writeU16(data, 2, 0);
      writeU16(data, 2, checksum(data, 0, bytes));
      sock.send({ data, to: { family: "inet", addr: ip("11.2.0.2"), port: 0 } }, 0);
      this.sim.runUntil(this.sim.nowNs + 200_000);
      while (typeof sock.recv({ maxBytes: 65536 }) !== "string") answers++;
    }
    return answers;
  }

  /** Frames that arrived at a device, all namespaces together. */
  frames(): number {
    let sum = 0;
    for (const ns of this.world.namespaces) for (const dev of ns.devices.values()) sum += dev.stats.rxPackets;
    return sum;
  }
}

function up(dev: Netdev, address: string | null): void {
  registerNetdevice(dev);
  if (address !== null) inetAddAddr(dev.ns, newIfAddr(dev, ip(address.split("/")[0]!), Number(address.split("/")[1])));
  devOpen(dev);
}
