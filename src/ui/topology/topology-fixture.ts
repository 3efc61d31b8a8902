import type { DeviceInfo, PlaceInfo, ProcessInfo, Scene, SceneCluster, Snapshot } from "../../protocol/snapshot.ts";
import type { TraceEvent, TraceKind } from "../../protocol/trace.ts";

/** For tests and the drawing bench only: two clusters with eleven pods, and the trace of a first ping between workers. */

const POD_NET: Readonly<Record<string, string>> = { C0w1: "11.10.128", C0w2: "11.11.0", C0w3: "11.15.48", C1w1: "11.20.0", C1w2: "11.24.16", C1w3: "11.31.64" };
const PODS: Readonly<Record<string, readonly string[]>> = {
  C0w1: ["c1"], C0w2: ["c2", "ic0", "ic2"], C0w3: ["c3", "c4", "ic1", "ic3"], C1w1: ["c1"], C1w2: ["c2"], C1w3: ["c3"],
};

export interface Fixture {
  readonly scene: Scene;
  readonly places: Map<string, PlaceInfo>;
  readonly devices: Map<string, DeviceInfo>;
  readonly processes: Map<number, ProcessInfo>;
}

class Maker {
  readonly places = new Map<string, PlaceInfo>();
  readonly devices = new Map<string, DeviceInfo>();
  readonly processes = new Map<number, ProcessInfo>();

  place(id: string, kind: PlaceInfo["kind"], parent: string | null = null): void {
    this.places.set(id, { id, kind, label: id.split("/").at(-1)?.replace(/^C\d(e\d)$/, "$1") ?? id, parent, shell: kind !== "root", prompt: id });
  }

  device(id: string, kind: DeviceInfo["kind"], more: Partial<DeviceInfo> = {}): void {
    const [place = "", name = ""] = id.split(":");
    this.devices.set(id, {
      id, place, name, kind, ifindex: this.devices.size + 1, mac: mac(this.devices.size + 1), mtuBytes: 1500, up: true, carrier: true,
      master: null, peer: null, addresses: [], vni: null, ...more,
    });
  }
}

const mac = (n: number): string => `02:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`;

export function twoClusters(extraPods: Readonly<Record<string, readonly string[]>> = {}): Fixture {
  const m = new Maker();
  m.place("box", "root");
  const clusters = [0, 1].map((n) => cluster(m, n, extraPods));
  m.device("box:t0", "bridge");
  const ports = [0, 1].map((n) => ({ port: `box:t0-eth${n + 1}`, to: `box:C${n}s0-eth6` }));
  for (const { port, to } of ports) {
    m.device(port, "veth", { peer: to, master: "box:t0" });
    m.device(to, "veth", { peer: port, master: to.replace("-eth6", "") });
  }
  const scene: Scene = { clusters, switches: [{ id: "t0", label: "t0", bridge: "box:t0", ports }], hosts: [] };
  return { scene, places: m.places, devices: m.devices, processes: m.processes };
}

function cluster(m: Maker, n: number, extra: Readonly<Record<string, readonly string[]>>): SceneCluster {
  const etcd = [`C${n}e1`, `C${n}e2`];
  const workers = [`C${n}w1`, `C${n}w2`, `C${n}w3`];
  m.device(`box:C${n}s0`, "bridge");
  const ports = [...etcd, ...workers].map((id, i) => ({ port: `box:C${n}s0-eth${i + 1}`, to: `${id}:${id}-eth0` }));
  etcd.forEach((id, i) => { host(m, id, "etcd", `10.${n + 1}.0.${i + 1}/8`, ports); });
  workers.forEach((id, i) => { worker(m, id, `10.0.0.${n * 5 + 3 + i}/8`, ports, [...PODS[id] ?? [], ...extra[id] ?? []]); });
  return { id: `C${n}`, label: `Cluster ${n}`, switch: { id: `C${n}s0`, label: `C${n}s0`, bridge: `box:C${n}s0`, ports: [...ports, { port: `box:C${n}s0-eth6`, to: `box:t0-eth${n + 1}` }] }, etcd, workers };
}

function host(m: Maker, id: string, kind: PlaceInfo["kind"], address: string, ports: readonly { port: string; to: string }[]): void {
  m.place(id, kind);
  const port = ports.find((p) => p.to === `${id}:${id}-eth0`)?.port ?? "";
  m.device(`${id}:lo`, "loopback", { addresses: ["127.0.0.1/8"] });
  m.device(`${id}:${id}-eth0`, "veth", { addresses: [address], peer: port });
  m.device(port, "veth", { peer: `${id}:${id}-eth0`, master: port.replace(/-eth\d+$/, "") });
}

function worker(m: Maker, id: string, address: string, ports: readonly { port: string; to: string }[], pods: readonly string[]): void {
  host(m, id, "worker", address, ports);
  const net = POD_NET[id] ?? "11.99.0";
  m.device(`${id}:flannel.100`, "vxlan", { addresses: [`${net}.0/8`], vni: 100, mtuBytes: 1450 });
  m.device(`${id}:cni0`, "bridge", { addresses: [`${net}.1/20`], mtuBytes: 1450 });
  m.processes.set(m.processes.size + 50, { pid: m.processes.size + 50, place: id, command: "flanneld", running: true });
  pods.forEach((name, i) => {
    m.place(`${id}/${name}`, "pod", id);
    m.device(`${id}/${name}:eth0`, "veth", { addresses: [`${net}.${i + 2}/20`], peer: `${id}:veth${name}`, mtuBytes: 1450 });
    m.device(`${id}:veth${name}`, "veth", { peer: `${id}/${name}:eth0`, master: `${id}:cni0`, mtuBytes: 1450 });
  });
}

/** One machine, its gateway, the Internet, and two namespaces on a bridge of its own. */
export function oneMachine(): Fixture {
  const m = new Maker();
  m.place("lab", "host");
  m.place("gw", "host");
  m.places.set("gw", { ...m.places.get("gw")!, shell: false, label: "gateway" });
  m.place("internet", "internet");
  m.places.set("internet", { ...m.places.get("internet")!, shell: false, label: "Internet" });
  m.device("lab:lo", "loopback", { addresses: ["127.0.0.1/8"] });
  m.device("lab:eth0", "veth", { addresses: ["172.17.0.2/16"], peer: "gw:lan" });
  m.device("gw:lan", "veth", { addresses: ["172.17.0.1/16"], peer: "lab:eth0" });
  m.device("gw:wan", "veth", { addresses: ["192.0.2.1/24"], peer: "internet:eth0" });
  m.device("internet:eth0", "veth", { addresses: ["192.0.2.2/30"], peer: "gw:wan" });
  m.device("internet:lo", "loopback", { addresses: ["127.0.0.1/8", "8.8.8.8/32"] });
  m.device("lab:dummy0", "dummy");
  m.device("lab:br0", "bridge", { addresses: ["10.1.1.1/24"] });
  for (const [i, name] of ["red", "blue"].entries()) {
    m.place(`lab/${name}`, "netns", "lab");
    m.device(`lab/${name}:eth0`, "veth", { addresses: [`10.1.1.${i + 2}/24`], peer: `lab:v${name}`, up: i === 0 });
    m.device(`lab:v${name}`, "veth", { peer: `lab/${name}:eth0`, master: "lab:br0" });
  }
  m.place("lab/green", "netns", "lab");
  m.device("lab/green:g0", "veth", { addresses: ["10.9.0.2/24"], peer: "lab:g1" });
  m.device("lab:g1", "veth", { addresses: ["10.9.0.1/24"], peer: "lab/green:g0" });
  return { scene: { clusters: [], switches: [], hosts: ["lab", "gw", "internet"] }, places: m.places, devices: m.devices, processes: m.processes };
}

export function snapshotOfFixture(f: Fixture): Snapshot {
  return {
    scenario: "two-clusters", seed: 1, atNs: 0, seq: 0, scene: f.scene, traceHash: "", tables: [],
    places: [...f.places.values()], devices: [...f.devices.values()], processes: [...f.processes.values()],
  };
}

const ipBytes = (text: string): number[] => text.split(".").map(Number);
const ETH_IP = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0];

export const arpFrame = (op: 1 | 2, from: string, to: string): Uint8Array =>
  Uint8Array.from([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, op, 2, 0, 0, 0, 0, 1, ...ipBytes(from), 0, 0, 0, 0, 0, 0, ...ipBytes(to)]);

function ipPacket(protocol: number, from: string, to: string, ttl: number, payload: readonly number[]): number[] {
  const total = 20 + payload.length;
  return [0x45, 0, total >> 8, total & 255, 0, 0, 0x40, 0, ttl, protocol, 0, 0, ...ipBytes(from), ...ipBytes(to), ...payload];
}

export const icmpFrame = (type: number, from: string, to: string, ttl = 64): Uint8Array =>
  Uint8Array.from([...ETH_IP, ...ipPacket(1, from, to, ttl, [type, 0, 0, 0, 0, 1, 0, 1, ...new Array<number>(56).fill(0)])]);

export const tcpFrame = (flags: number, payload: readonly number[] = []): Uint8Array =>
  Uint8Array.from([...ETH_IP, ...ipPacket(6, "10.0.0.1", "10.0.0.2", 64, [0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0, ...payload])]);

export function vxlanFrame(inner: Uint8Array, from: string, to: string, vni = 100): Uint8Array {
  const udp = [0xe0, 0, 8472 >> 8, 8472 & 255, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, vni, 0, ...inner];
  return Uint8Array.from([...ETH_IP, ...ipPacket(17, from, to, 64, udp)]);
}

/** Writes events one after another; time passes only on cables. */
export class TraceMaker {
  readonly events: TraceEvent[] = [];
  atNs = 0;

  add(kind: TraceKind, at: string, skb: number, bytes: Uint8Array | null = null, more: Partial<TraceEvent> = {}): this {
    const colon = at.lastIndexOf(":");
    this.events.push({
      seq: this.events.length, atNs: this.atNs, kind, place: at.slice(0, colon), dev: at.slice(colon + 1), journey: 1, skb, parent: 0, bytes, wireLength: bytes?.length ?? 0,
      netOffset: bytes ? 14 : 0, decision: null, changes: [], drop: null, note: "", conn: 0, tcp: null, ...more,
    });
    return this;
  }

  cable(from: string, to: string, skb: number, bytes: Uint8Array): this {
    this.add("l2.tx", from, skb, bytes);
    this.atNs += 10_000;
    return this.add("l2.rx", to, skb, bytes);
  }

  get log(): { first: number; end: number; at: (seq: number) => TraceEvent | null } {
    return { first: 0, end: this.events.length, at: (seq) => this.events[seq] ?? null };
  }
}

/** `ping -c 1 11.11.0.2` in C0w1/c1, everything still unknown: ARP, L3 miss, flood of the outer ARP, encapsulation, and the reply. */
export function pingTrace(): TraceMaker {
  const t = new TraceMaker();
  const [src, dst] = ["11.10.128.2", "11.11.0.2"];
  const echo = icmpFrame(8, src, dst);
  const ask = arpFrame(1, src, "11.10.128.1");
  const is = arpFrame(2, "11.10.128.1", src);
  t.add("app.send", "C0w1/c1:", 1, echo).add("route", "C0w1/c1:", 1, echo, { decision: { table: "route", row: "default via 11.10.128.1 dev eth0", losers: [] } });
  t.add("neigh.miss", "C0w1/c1:eth0", 1, echo, { changes: [{ place: "C0w1/c1", table: "neigh", key: "11.10.128.1", before: null, after: "11.10.128.1 dev eth0 INCOMPLETE" }] });
  t.add("arp.request", "C0w1/c1:eth0", 2, ask).cable("C0w1/c1:eth0", "C0w1:vethc1", 2, ask);
  t.add("bridge.learn", "C0w1:vethc1", 2, ask, { changes: [{ place: "C0w1", table: "fdb", key: "1", before: null, after: "02:00:00:00:00:01 dev vethc1" }] });
  t.add("bridge.flood", "C0w1:cni0", 2, ask).add("l2.rx", "C0w1:cni0", 2, ask).add("arp.request", "C0w1:cni0", 2, ask);
  t.add("arp.reply", "C0w1:cni0", 3, is).add("l2.tx", "C0w1:cni0", 3, is).add("bridge.hit", "C0w1:cni0", 3, is);
  t.cable("C0w1:vethc1", "C0w1/c1:eth0", 3, is);
  t.add("neigh.write", "C0w1/c1:eth0", 3, is, { changes: [{ place: "C0w1/c1", table: "neigh", key: "11.10.128.1", before: "INCOMPLETE", after: "11.10.128.1 dev eth0 lladdr 02:00:00:00:00:09 REACHABLE" }] });
  t.cable("C0w1/c1:eth0", "C0w1:vethc1", 1, echo).add("bridge.hit", "C0w1:cni0", 1, echo).add("l2.rx", "C0w1:cni0", 1, echo);
  const routed = icmpFrame(8, src, dst, 63);
  t.add("route", "C0w1:cni0", 1, routed, { decision: { table: "route", row: "11.0.0.0/8 dev flannel.100", losers: [{ row: "10.0.0.0/8 dev C0w1-eth0", why: "no match" }] } }).add("forward", "C0w1:cni0", 1, routed);
  t.add("neigh.miss", "C0w1:flannel.100", 1, routed).add("ctl.miss", "C0w1:flannel.100", 0);
  t.add("neigh.write", "C0w1:flannel.100", 0, null, { changes: [{ place: "C0w1", table: "neigh", key: "11.11.0.2", before: null, after: "11.11.0.2 dev flannel.100 lladdr 5a:00:00:00:00:02 REACHABLE" }], note: "written by flanneld" });
  t.add("l2.tx", "C0w1:flannel.100", 1, routed);
  const outer = vxlanFrame(routed, "10.0.0.3", "10.0.0.4");
  t.add("encap", "C0w1:flannel.100", 1, outer, { decision: { table: "fdb", row: "5a:00:00:00:00:02 dev flannel.100 dst 10.0.0.4 self permanent", losers: [], note: "VNI 100, +50 bytes" } });
  t.add("route", "C0w1:", 1, outer);
  outerArp(t);
  t.cable("C0w1:C0w1-eth0", "box:C0s0-eth3", 1, outer).add("bridge.hit", "box:C0s0", 1, outer).cable("box:C0s0-eth4", "C0w2:C0w2-eth0", 1, outer);
  t.add("local", "C0w2:", 1, outer).add("decap", "C0w2:flannel.100", 1, routed).add("l2.rx", "C0w2:flannel.100", 1, routed);
  t.add("route", "C0w2:", 1, icmpFrame(8, src, dst, 62)).add("l2.tx", "C0w2:cni0", 1, icmpFrame(8, src, dst, 62)).add("bridge.hit", "C0w2:cni0", 1);
  t.cable("C0w2:vethc2", "C0w2/c2:eth0", 1, icmpFrame(8, src, dst, 62)).add("icmp.echo", "C0w2/c2:", 1);
  reply(t);
  return t;
}

/** The outer packet's own ARP: the switch floods it to five ports, four hosts do not want it. */
function outerArp(t: TraceMaker): void {
  const ask = arpFrame(1, "10.0.0.3", "10.0.0.4");
  t.add("neigh.miss", "C0w1:C0w1-eth0", 1).add("arp.request", "C0w1:C0w1-eth0", 4, ask).cable("C0w1:C0w1-eth0", "box:C0s0-eth3", 4, ask);
  t.add("bridge.flood", "box:C0s0", 4, ask, { note: "flood to 5 ports" });
  const copies = [["1", "C0e1"], ["2", "C0e2"], ["4", "C0w2"], ["5", "C0w3"]] as const;
  copies.forEach(([port], i) => { t.add("l2.tx", `box:C0s0-eth${port}`, 10 + i, ask, { parent: 4 }); });
  t.add("l2.tx", "box:C0s0-eth6", 14, ask, { parent: 4 });
  t.atNs += 10_000;
  copies.forEach(([, host], i) => { t.add("l2.rx", `${host}:${host}-eth0`, 10 + i, ask, { parent: 4 }); });
  t.add("l2.rx", "box:t0-eth1", 14, ask, { parent: 4 });
  for (const i of [0, 1, 3]) t.add("drop", `${copies[i]![1]}:${copies[i]![1]}-eth0`, 10 + i, ask, { drop: "ARP_IGNORED", parent: 4 });
  const is = arpFrame(2, "10.0.0.4", "10.0.0.3");
  t.add("arp.reply", "C0w2:C0w2-eth0", 15, is, { parent: 12 }).cable("C0w2:C0w2-eth0", "box:C0s0-eth4", 15, is).add("bridge.hit", "box:C0s0", 15, is);
  t.cable("box:C0s0-eth3", "C0w1:C0w1-eth0", 15, is);
  t.add("neigh.write", "C0w1:C0w1-eth0", 15, is, { changes: [{ place: "C0w1", table: "neigh", key: "10.0.0.4", before: null, after: "10.0.0.4 dev C0w1-eth0 lladdr 02:00:00:00:00:04 REACHABLE" }] });
}

function reply(t: TraceMaker): void {
  const back = icmpFrame(0, "11.11.0.2", "11.10.128.2");
  const wrapped = vxlanFrame(back, "10.0.0.4", "10.0.0.3");
  t.add("icmp.reply", "C0w2/c2:", 20, back, { parent: 1 }).add("route", "C0w2/c2:", 20, back).cable("C0w2/c2:eth0", "C0w2:vethc2", 20, back);
  t.add("bridge.hit", "C0w2:cni0", 20, back).add("l2.rx", "C0w2:cni0", 20, back).add("route", "C0w2:", 20, back).add("encap", "C0w2:flannel.100", 20, wrapped);
  t.cable("C0w2:C0w2-eth0", "box:C0s0-eth4", 20, wrapped).add("bridge.hit", "box:C0s0", 20, wrapped).cable("box:C0s0-eth3", "C0w1:C0w1-eth0", 20, wrapped);
  t.add("decap", "C0w1:flannel.100", 20, back).add("route", "C0w1:", 20, back).add("l2.tx", "C0w1:cni0", 20, back);
  t.cable("C0w1:vethc1", "C0w1/c1:eth0", 20, back).add("app.recv", "C0w1/c1:", 20, back);
  t.add("app.send", "C0w1/c1:", 30, icmpFrame(8, "11.10.128.2", "9.9.9.9"), { journey: 2 });
  t.add("route", "C0w1/c1:", 30, null, { journey: 2 }).cable("C0w1/c1:eth0", "C0w1:vethc1", 30, icmpFrame(8, "11.10.128.2", "9.9.9.9"));
  t.add("drop", "C0w1:cni0", 30, icmpFrame(8, "11.10.128.2", "9.9.9.9"), { journey: 2, drop: "IP_INNOROUTES" });
}
