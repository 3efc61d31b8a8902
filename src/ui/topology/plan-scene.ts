import type { DeviceInfo, SceneCluster, SceneSwitch } from "../../protocol/snapshot.ts";
import { PlanBuilder, centre, kernelOf, placeOf, textWidth } from "./plan.ts";
import type { Plan, PlanSource, Point, Rect } from "./plan.ts";
import { machineInside, uplinksOf } from "./plan-machine.ts";

/**
 * Level 2, the whole scenario: rows from top to bottom are the switch between the clusters, each
 * cluster's switch with its etcd hosts, and the workers. A scenario without clusters is one machine
 * with its gateway and the Internet above it.
 */

const MARGIN = 8;
const TOP_ROW = 22;
const CLUSTER_TOP = 46;
const SWITCH_ROW = 76;
const WORKERS_TOP = 126;
/** A packet on its way into a switch port rests this far before the port. */
const PORT_REST = 15;
/** Least size: below it the picture shrinks instead of its parts. */
const LEAST = { w: 1000, h: 312, single: 520 };
/** Taller workers would be empty: the rest is air around the clusters. */
const MAX_WORKER_H = 214;
/** Air between switch and workers grows up to this. */
const MAX_AIR = 26;

/** Plan size for a pane of this shape: at least what the parts need, in the pane's proportions. */
export function planSize(source: PlanSource, paneW: number, paneH: number): { w: number; h: number } {
  const clusters = source.scene.clusters.length;
  const least = { w: clusters > 0 ? Math.max(LEAST.single, clusters * LEAST.w / 2) : 640, h: clusters > 0 ? LEAST.h : 330 };
  const aspect = paneW > 0 && paneH > 0 ? paneW / paneH : 3;
  const w = Math.max(least.w, least.h * aspect);
  return { w, h: w / aspect };
}

/** The plan of the whole scene for a pane of this size. */
export function scenePlan(source: PlanSource, paneW: number, paneH: number): Plan {
  const b = new PlanBuilder(source);
  const size = planSize(source, paneW, paneH);
  return source.scene.clusters.length > 0 ? clustersPlan(b, size) : singlePlan(b, size);
}

function clustersPlan(b: PlanBuilder, size: { w: number; h: number }): Plan {
  const { clusters, switches } = b.source.scene;
  const air = Math.max(0, Math.min(MAX_AIR, (size.h - LEAST.h) / 3));
  const clusterH = Math.min(size.h - CLUSTER_TOP - MARGIN, WORKERS_TOP + air - CLUSTER_TOP + MAX_WORKER_H + 10);
  const down = Math.max(0, (size.h - CLUSTER_TOP - MARGIN - clusterH) / 2);
  const w = (size.w - MARGIN * (clusters.length + 1)) / clusters.length;
  const rects = clusters.map((_, i) => ({ x: MARGIN + i * (w + MARGIN), y: CLUSTER_TOP + down, w, h: clusterH }));
  clusters.forEach((cluster, i) => { b.box("cluster", `cluster:${cluster.id}`, rects[i]!, { title: cluster.label }); });
  const ports = new Map<string, Point>();
  switches.forEach((sw, i) => {
    const x = size.w * (i + 1) / (switches.length + 1);
    switchPill(b, sw, { x, y: TOP_ROW + down * 0.85 }, ports);
  });
  const widths = clusters.map((cluster, i) => clusterInside(b, cluster, rects[i]!, ports, air));
  switchLinks(b, ports);
  return b.plan(size.w, size.h, Math.min(...widths));
}

/** Returns a worker's width. */
function clusterInside(b: PlanBuilder, cluster: SceneCluster, rect: Rect, ports: Map<string, Point>, air: number): number {
  const middle = { x: rect.x + rect.w / 2, y: rect.y + SWITCH_ROW - CLUSTER_TOP + air * 0.2 };
  b.label(`cluster:${cluster.id}`, cluster.label, { x: rect.x + 46, y: rect.y }, "cluster", { align: "left", priority: 1 });
  const places = [...b.source.places.values()];
  const pods = places.filter((p) => p.parent !== null && cluster.workers.includes(p.parent)).length;
  const count = `${cluster.workers.length} workers, ${pods} pods`;
  const far = { x: rect.x + rect.w / 2, y: rect.y + rect.h * 0.66 };
  b.label(`cluster:${cluster.id}`, cluster.label, { x: far.x, y: far.y - 18 }, "cluster", { level: 1, priority: 1 });
  b.label(`cluster:${cluster.id}`, count, { x: far.x, y: far.y + 34 }, "text", { level: 1, priority: 2 });
  const w = (rect.w - 20 - 7 * (cluster.workers.length - 1)) / Math.max(1, cluster.workers.length);
  const top = rect.y + WORKERS_TOP - CLUSTER_TOP + air;
  cluster.workers.forEach((id, i) => {
    const box = { x: rect.x + 10 + i * (w + 7), y: top, w, h: rect.y + rect.h - 10 - top };
    b.box("worker", id, box, { title: `worker ${id}` });
    machineInside(b, id, box, { cards: false });
  });
  cluster.etcd.forEach((id, i) => { etcdHost(b, cluster.id, id, { x: middle.x + (i % 2 === 0 ? -1 : 1) * (rect.w * 0.27 + 44 * Math.floor(i / 2)), y: middle.y }); });
  switchPill(b, cluster.switch, middle, ports);
  return w;
}

function etcdHost(b: PlanBuilder, cluster: string, id: string, at: Point): void {
  const place = b.source.places.get(id);
  b.box("etcd", id, { x: at.x - 17, y: at.y - 17, w: 34, h: 34 }, { title: `etcd host ${id}: the cluster's database` });
  const label = place?.label ?? id;
  b.label(id, label.startsWith(cluster) ? label.slice(cluster.length) : label, at, "text", { priority: 4 });
  b.spot(kernelOf(id), { x: at.x, y: at.y + 25 });
  for (const dev of uplinksOf(b.source, id)) b.spot(dev.id, at);
}

/** Where a switch's port leads decides the side it is on. */
function switchPill(b: PlanBuilder, sw: SceneSwitch, at: Point, ports: Map<string, Point>): void {
  const w = Math.max(84, textWidth(sw.label, "text") + 44);
  const pill = { x: at.x - w / 2, y: at.y - 14, w, h: 28 };
  b.box("switch", sw.bridge, pill, { title: `switch ${sw.label}: learns which MAC is behind which port` });
  b.label(sw.bridge, sw.label, { x: at.x + 10, y: at.y }, "text", { priority: 1 });
  b.spot(sw.bridge, at);
  b.spot(kernelOf(placeOf(sw.bridge)), at);
  const below = sw.ports.filter((p) => kindOf(b, p.to) === "worker");
  below.forEach((p, i) => { bottomPort(b, sw, p, { x: at.x + (i - (below.length - 1) / 2) * 24, y: at.y + 14 }, i, below.length); });
  for (const p of sw.ports) {
    const kind = kindOf(b, p.to);
    if (kind === "worker") continue;
    if (kind === "etcd") sidePort(b, sw, p, at, w);
    else ports.set(p.port, at);
  }
}

const kindOf = (b: PlanBuilder, device: string): string => b.source.places.get(placeOf(device))?.kind ?? "";

type Port = SceneSwitch["ports"][number];

/** To a worker: out of the bottom, along the bus, down to the worker's uplink. Outer lines turn first. */
function bottomPort(b: PlanBuilder, sw: SceneSwitch, port: Port, at: Point, i: number, count: number): void {
  const uplink = b.spots.get(port.to);
  const fromMiddle = Math.abs(i - (count - 1) / 2);
  const bus = (uplink ? uplink.y - 20 : at.y + 20) - Math.max(0, Math.ceil(count / 2) - 2 - fromMiddle) * 4;
  const x = uplink && Math.abs(uplink.x - at.x) < 14 ? uplink.x : at.x; // straight down rather than a kink
  const rest = { x, y: at.y + PORT_REST };
  b.spot(port.port, rest);
  b.wire("way", sw.bridge, port.port, [{ x, y: at.y - 14 }, rest]);
  if (uplink) b.wire("cable", port.port, port.to, [{ x, y: at.y }, { x, y: bus }, { x: uplink.x, y: bus }, { x: uplink.x, y: uplink.y - 5 }]);
}

/** To an etcd host: straight to the side. */
function sidePort(b: PlanBuilder, sw: SceneSwitch, port: Port, at: Point, w: number): void {
  const host = b.spots.get(port.to);
  if (!host) return;
  const side = Math.sign(host.x - at.x);
  const edge = { x: at.x + side * w / 2, y: at.y };
  const rest = { x: edge.x + side * PORT_REST, y: at.y };
  b.spot(port.port, rest);
  b.wire("way", sw.bridge, port.port, [at, rest]);
  const door = { x: host.x - side * 17, y: host.y };
  b.spot(port.to, { x: door.x - side * PORT_REST, y: door.y });
  b.wire("cable", port.port, port.to, [edge, door]);
}

/** Switch to switch: sideways out of the upper one, down into the lower one. */
function switchLinks(b: PlanBuilder, ports: Map<string, Point>): void {
  const { scene } = b.source;
  for (const upper of scene.switches) {
    for (const link of upper.ports) {
      const [from, to] = [ports.get(link.port), ports.get(link.to)];
      if (from && to) switchLink(b, upper, link, from, to);
    }
  }
}

function switchLink(b: PlanBuilder, upper: SceneSwitch, link: Port, from: Point, to: Point): void {
  const side = Math.sign(to.x - from.x) || 1;
  const pill = b.boxes.find((box) => box.id === upper.bridge);
  const out = { x: from.x + side * (pill?.w ?? 84) / 2, y: from.y };
  const restA = { x: out.x + side * PORT_REST, y: out.y };
  const restB = { x: to.x, y: to.y - 14 - PORT_REST };
  b.spot(link.port, restA);
  b.spot(link.to, restB);
  b.wire("way", upper.bridge, link.port, [from, restA]);
  const lower = b.source.scene.clusters.find((c) => c.switch.ports.some((p) => p.port === link.to))?.switch.bridge;
  if (lower !== undefined) b.wire("way", lower, link.to, [to, restB]);
  b.wire("cable", link.port, link.to, [out, { x: to.x, y: out.y }, { x: to.x, y: to.y - 14 }]);
}

/** One machine with its namespaces; gateway and Internet, if there are any, in a row above it. */
function singlePlan(b: PlanBuilder, size: { w: number; h: number }): Plan {
  const hosts = b.source.scene.hosts.flatMap((id) => b.source.places.get(id) ?? []);
  const main = hosts.find((place) => place.kind !== "internet" && place.shell) ?? hosts[0];
  const others = hosts.filter((place) => place !== main);
  const top = others.length > 0 ? 108 : 48;
  const w = Math.min(size.w - 2 * MARGIN, 760);
  const h = Math.min(size.h - top - MARGIN, 330);
  const rect = { x: (size.w - w) / 2, y: top + Math.max(0, (size.h - top - MARGIN - h) / 3), w, h };
  if (main) {
    b.box("host", main.id, rect, { title: `machine ${main.label}` });
    machineInside(b, main.id, rect, { cards: true, maxPods: 8 });
  }
  const uplink = b.spots.get(uplinksOf(b.source, main?.id ?? "")[0]?.id ?? "");
  others.forEach((place, i) => { outsideHost(b, place.id, { x: (uplink?.x ?? size.w / 2) + i * 230, y: 50 }); });
  outsideCables(b, new Set(others.map((place) => place.id)));
  return b.plan(size.w, size.h, 200);
}

function outsideHost(b: PlanBuilder, id: string, at: Point): void {
  const place = b.source.places.get(id);
  const cloud = place?.kind === "internet";
  const devices = [...b.source.devices.values()].filter((dev) => dev.place === id && (cloud || dev.kind !== "loopback"));
  const address = publicAddress(devices);
  const label = cloud ? "Internet" : place?.label ?? id;
  const w = Math.max(cloud ? 150 : 110, textWidth(label, "name") + 30);
  const rect = { x: at.x - w / 2, y: at.y - 24, w, h: 48 };
  b.box(cloud ? "internet" : "host", id, rect, { title: `${label} ${address}` });
  b.label(id, label, { x: at.x, y: at.y - (address === "" ? 0 : 9) }, "name", { priority: 1 });
  if (address !== "") b.label(id, address, { x: at.x, y: at.y + 9 }, "mono", { priority: 3 });
  b.spot(kernelOf(id), { x: at.x, y: at.y - 33 }); // above the box, so that its name stays readable
  for (const dev of devices) b.spot(dev.id, at);
}

/** The address by which a host is known: the Internet's is on its loopback. */
function publicAddress(devices: readonly DeviceInfo[]): string {
  const all = devices.map((dev) => ({ dev, address: dev.addresses.map((a) => a.split("/")[0] ?? "").find((a) => a.includes(".") && !a.startsWith("127.")) ?? "" }));
  return (all.find(({ dev, address }) => dev.kind === "loopback" && address !== "") ?? all.find(({ address }) => address !== ""))?.address ?? "";
}

/** Cables of the hosts outside: down to the machine, sideways to each other. The spot of a device is where its cable meets the box. */
function outsideCables(b: PlanBuilder, outside: ReadonlySet<string>): void {
  const done = new Set<string>();
  for (const dev of b.source.devices.values()) {
    if (dev.peer === null || !outside.has(dev.place) || placeOf(dev.peer) === dev.place || done.has(dev.id)) continue;
    done.add(dev.peer);
    const peerPlace = placeOf(dev.peer);
    const [a, z] = [b.boxes.find((box) => box.id === dev.place), b.boxes.find((box) => box.id === peerPlace)];
    if (!a || !z) continue;
    const [from, to] = outside.has(peerPlace) ? sideBySide(a, z) : upAndDown(b, dev.peer, a);
    b.spot(dev.id, from);
    if (outside.has(peerPlace)) b.spot(dev.peer, to);
    b.wire("way", kernelOf(dev.place), dev.id, [centre(a), from]);
    if (outside.has(peerPlace)) b.wire("way", kernelOf(peerPlace), dev.peer, [centre(z), to]);
    b.wire("cable", dev.id, dev.peer, [from, to]);
  }
}

function sideBySide(a: Rect, z: Rect): [Point, Point] {
  const right = z.x > a.x;
  return [{ x: right ? a.x + a.w : a.x, y: centre(a).y }, { x: right ? z.x : z.x + z.w, y: centre(z).y }];
}

function upAndDown(b: PlanBuilder, peer: string, a: Rect): [Point, Point] {
  const down = b.spots.get(peer) ?? centre(a);
  return [{ x: down.x, y: a.y + a.h }, { x: down.x, y: down.y - 5 }];
}

