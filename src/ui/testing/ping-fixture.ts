import type { EventSketch } from "../store/world-fixture.ts";
import type { Decision } from "../../protocol/trace.ts";

/** The events of one ping from C0w1/c1 to C0w2/c2 by hand, with frames as they would be. */
const MAC = {
  c1: [0x0a, 0, 0, 0, 1, 2], cni1: [0x0a, 0, 0, 0, 1, 1], fl1: [0x5a, 0, 0, 0, 0, 1], fl2: [0x5a, 0, 0, 0, 0, 2],
  w1: [2, 0, 0, 0, 0, 3], w2: [2, 0, 0, 0, 0, 4], cni2: [0x0a, 0, 0, 0, 2, 1], c2: [0x0a, 0, 0, 0, 2, 2],
} as const;
type Mac = keyof typeof MAC;
const C1 = [11, 10, 128, 2];
const C2 = [11, 11, 0, 2];

const u16 = (value: number): number[] => [value >> 8, value & 255];

function ipv4(protocol: number, ttl: number, from: readonly number[], to: readonly number[], payload: readonly number[]): number[] {
  const head = [0x45, 0, ...u16(20 + payload.length), 0x12, 0x34, 0x40, 0, ttl, protocol, 0, 0, ...from, ...to];
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += ((head[i] ?? 0) << 8) + (head[i + 1] ?? 0);
  sum = (sum & 0xffff) + (sum >>> 16);
  const check = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  head.splice(10, 2, ...u16(check));
  return [...head, ...payload];
}

function echo(reply: boolean, ttl: number): number[] {
  const data = Array.from({ length: 48 }, (_, i) => 0x10 + i);
  const icmp = [reply ? 0 : 8, 0, 0xab, 0xcd, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ...data];
  return ipv4(1, ttl, reply ? C2 : C1, reply ? C1 : C2, icmp);
}

const eth = (to: Mac, from: Mac, type: number, payload: readonly number[]): number[] => [...MAC[to], ...MAC[from], ...u16(type), ...payload];

function vxlan(reply: boolean, ttl: number): number[] {
  const [a, b]: [Mac, Mac] = reply ? ["fl2", "fl1"] : ["fl1", "fl2"];
  const inner = eth(b, a, 0x0800, echo(reply, ttl));
  const udp = [0xc3, 0x51, ...u16(8472), ...u16(16 + inner.length), 0, 0, 8, 0, 0, 0, 0, 0, 100, 0, ...inner];
  const hosts = [[10, 0, 0, 3], [10, 0, 0, 4]];
  const packet = ipv4(17, 64, hosts[reply ? 1 : 0] ?? [], hosts[reply ? 0 : 1] ?? [], udp);
  return reply ? eth("w1", "w2", 0x0800, packet) : eth("w2", "w1", 0x0800, packet);
}

const decided = (table: Decision["table"], row: string, note?: string, ...losers: Decision["losers"]): Decision =>
  ({ table, row, losers, ...(note === undefined ? {} : { note }) });

interface Way { readonly pod: string; readonly worker: string; readonly far: string; readonly farPod: string; readonly podMac: Mac; readonly cniMac: Mac; readonly farCni: Mac; readonly farPodMac: Mac }
const OUT: Way = { pod: "C0w1/c1", worker: "C0w1", far: "C0w2", farPod: "C0w2/c2", podMac: "c1", cniMac: "cni1", farCni: "cni2", farPodMac: "c2" };
const BACK: Way = { pod: "C0w2/c2", worker: "C0w2", far: "C0w1", farPod: "C0w1/c1", podMac: "c2", cniMac: "cni2", farCni: "cni1", farPodMac: "c1" };

function oneWay(way: Way, reply: boolean, skb: number): EventSketch[] {
  const pod = way.pod.slice(-2);
  const farPod = way.farPod.slice(-2);
  const first = eth(way.cniMac, way.podMac, 0x0800, echo(reply, 64));
  const outer = vxlan(reply, 63);
  const last = eth(way.farPodMac, way.farCni, 0x0800, echo(reply, 62));
  const at = (kind: EventSketch["kind"], place: string, dev: string, bytes: readonly number[], more: Partial<EventSketch> = {}): EventSketch =>
    ({ kind, place, dev, skb, bytes: Uint8Array.from(bytes), ...more });
  const port = (worker: string): string => `C0s0-eth${Number(worker.slice(3)) + 2}`;
  const subnet = way.worker === "C0w1" ? "11.10.128" : "11.11.0";
  return [
    at("route", way.pod, "eth0", first, { decision: decided("route", `default via ${subnet}.1 dev eth0`, undefined, { row: `${subnet}.0/20 dev eth0 scope link`, why: "no match" }) }),
    at("l2.tx", way.pod, "eth0", first),
    at("l2.rx", way.worker, `veth${pod}`, first),
    at("route", way.worker, "cni0", first, { decision: decided("route", `11.0.0.0/8 dev flannel.100 proto kernel scope link src ${subnet}.0`, undefined,
      { row: `10.0.0.0/8 dev ${way.worker}-eth0 proto kernel scope link src 10.0.0.3`, why: "no match" }, { row: `${subnet}.0/20 dev cni0 proto kernel scope link src ${subnet}.1`, why: "no match" }) }),
    at("forward", way.worker, "flannel.100", first, { decision: decided("sysctl", "net.ipv4.ip_forward = 1", "ttl 64 → 63") }),
    ...(reply ? [] : [
      at("neigh.miss", way.worker, "flannel.100", first, { decision: decided("neigh", "11.11.0.2 dev flannel.100", "no entry: ask flanneld"), changes: [{ place: way.worker, table: "neigh", key: "11.11.0.2", before: null, after: "11.11.0.2 dev flannel.100 INCOMPLETE" }] }),
      at("neigh.write", way.worker, "flannel.100", [], { note: "written by flanneld", changes: [{ place: way.worker, table: "neigh", key: "11.11.0.2", before: "11.11.0.2 dev flannel.100 INCOMPLETE", after: "11.11.0.2 dev flannel.100 lladdr 5a:00:00:00:00:02 REACHABLE" }] }),
    ]),
    at("l2.tx", way.worker, "flannel.100", first),
    at("encap", way.worker, `${way.worker}-eth0`, outer, { decision: decided("fdb", "5a:00:00:00:00:02 dst 10.0.0.4 self permanent", "VNI 100, +50 bytes", { row: "5a:00:00:00:00:03 dst 10.0.0.5 self permanent", why: "other MAC" }) }),
    at("l2.tx", way.worker, `${way.worker}-eth0`, outer),
    at("l2.rx", "box", port(way.worker), outer),
    at("bridge.hit", "box", "C0s0", outer, { decision: decided("fdb", `02:00:00:00:00:04 dev ${port(way.far)} master C0s0`) }),
    at("l2.tx", "box", port(way.far), outer),
    at("l2.rx", way.far, `${way.far}-eth0`, outer),
    at("decap", way.far, "flannel.100", last, { decision: decided("link", "flannel.100 vxlan id 100 dstport 8472", "VNI 100, −50 bytes") }),
    at("l2.rx", way.far, "flannel.100", last),
    at("route", way.far, "flannel.100", last, { decision: decided("route", way.far === "C0w2" ? "11.11.0.0/20 dev cni0 proto kernel scope link src 11.11.0.1" : "11.10.128.0/20 dev cni0 proto kernel scope link src 11.10.128.1", undefined, { row: "11.0.0.0/8 dev flannel.100", why: "shorter prefix" }) }),
    at("l2.tx", way.far, `veth${farPod}`, last),
    at("l2.rx", way.farPod, "eth0", last),
    at(reply ? "icmp.reply" : "icmp.echo", way.farPod, "eth0", last, { note: reply ? "echo reply for ping" : "the kernel answers" }),
  ];
}

/** One round: request, reply, and the program's own events at both ends. */
export function pingEvents(journey: number, round: number): EventSketch[] {
  const sketches: EventSketch[] = [
    { kind: "app.send", place: "C0w1/c1", skb: 0, note: "ping sends 64 bytes" },
    ...oneWay(OUT, false, 10 * round + 1),
    ...oneWay(BACK, true, 10 * round + 2),
    { kind: "app.recv", place: "C0w1/c1", skb: 10 * round + 2, note: "ping" },
  ];
  return sketches.map((sketch, i) => ({ ...sketch, journey, atNs: round * 1e9 + i * 2_300 }));
}

/** A ping to nobody: the worker has no route. */
export function lostPingEvents(journey: number): EventSketch[] {
  const frame = Uint8Array.from(eth("cni1", "c1", 0x0800, echo(false, 64)));
  return [
    { kind: "app.send", place: "C0w1/c1", journey },
    { kind: "l2.tx", place: "C0w1/c1", dev: "eth0", journey, skb: 7, bytes: frame },
    { kind: "l2.rx", place: "C0w1", dev: "vethc1", journey, skb: 7, bytes: frame },
    { kind: "drop", place: "C0w1", dev: "cni0", journey, skb: 7, bytes: frame, drop: "IP_INNOROUTES", decision: decided("route", "", undefined, { row: "10.0.0.0/8 dev C0w1-eth0", why: "no match" }) },
  ];
}
