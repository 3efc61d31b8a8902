import type { DeviceInfo, PlaceInfo } from "../../protocol/snapshot.ts";
import { PlanBuilder, centre, kernelOf, placeOf, textWidth } from "./plan.ts";
import type { Plan, PlanSource, Point, Rect } from "./plan.ts";
import { hookRail } from "./plan-hooks.ts";
import { bareAddress, deviceTitle, programOf, uplinksOf } from "./plan-machine.ts";

/**
 * Level 3: one machine from the inside. Left: its processes above, its namespaces below; middle: the
 * kernel over the bridges; right: the tunnel device over the uplink. The rest of the scenario stands
 * as chips at the right, so that a packet that leaves can still be seen arriving somewhere.
 */

const LEAST = { w: 1000, h: 368 };
const CARD_H = 46;
const NETNS_H = 74;
/** With three namespaces and more, each is a box of two lines. */
const COMPACT_H = 44;
const GAP = 10;
const LINE_H = 16;
const KERNEL_W = 262;
/** Rows of a table that the kernel's card shows. */
const MAX_ROUTES = 4;
const MAX_NEIGHBOURS = 3;
const ROW_CHARS = 32;
/** The rail of hooks at the head of the kernel's card. */
const RAIL_H = 66;

export function stackPlan(source: PlanSource, id: string, paneW: number, paneH: number): Plan {
  const b = new PlanBuilder(source);
  const aspect = paneW > 0 && paneH > 0 ? paneW / paneH : 3;
  const pods = [...source.places.values()].filter((place) => place.parent === id);
  const eachH = pods.length > 2 ? COMPACT_H : NETNS_H;
  const needH = Math.max(LEAST.h, 150 + pods.length * (eachH + GAP));
  const w = Math.max(LEAST.w, needH * aspect);
  const h = w / aspect;
  const rect = { x: 14, y: 46, w: w - 14 - 196, h: Math.min(h - 56, 460) };
  b.box("worker", id, rect, { title: `machine ${id}` });
  const uplinks = uplinksOf(source, id);
  b.label(id, [source.places.get(id)?.label ?? id, bareAddress(uplinks[0])].join("  "), { x: rect.x + 14, y: rect.y + 18 }, "cluster", { align: "left", priority: 1 });
  const columns = { left: rect.x + 14, middle: rect.x + rect.w * 0.4, right: rect.x + rect.w - 206 };
  const kernel = kernelCard(b, id, { x: columns.middle, y: rect.y + 30 }, rect.h - 30 - CARD_H - 46);
  processChips(b, id, columns.left, rect.y + 36, columns.middle - 30);
  const foot = rect.y + rect.h - 20;
  const bridges = bridgeCards(b, id, columns.middle, foot, kernel);
  rightColumn(b, id, columns.right, rect.y + 30, foot, kernel, uplinks);
  namespaces(b, id, pods, { x: columns.left, y: foot, w: columns.middle - columns.left - 100, h: eachH }, bridges);
  rest(b, id, { x: rect.x + rect.w + 20, y: rect.y, w: 162, h: rect.h }, uplinks);
  return b.plan(w, h, rect.w);
}

const own = (source: PlanSource, place: string): DeviceInfo[] => [...source.devices.values()].filter((dev) => dev.place === place);

/** A card of two lines: name, and what there is to know. */
function cardBox(b: PlanBuilder, kind: "bridge" | "vxlan" | "uplink", id: string, at: Point, w: number, lines: readonly [string, string], dev: DeviceInfo): Rect {
  const rect = { x: at.x, y: at.y, w, h: CARD_H };
  b.box(kind, id, rect, { off: !dev.up, title: deviceTitle(dev) });
  b.label(id, lines[0], { x: at.x + 12, y: at.y + 15 }, "pod", { align: "left", priority: 1 });
  b.label(id, lines[1], { x: at.x + 12, y: at.y + 33 }, "mono", { align: "left", priority: 3 });
  return rect;
}

/** The kernel: its hooks, and the rows it decides by as far as `room` goes. */
function kernelCard(b: PlanBuilder, id: string, at: Point, room: number): Rect {
  const spare = Math.floor((room - 34 - RAIL_H) / LINE_H);
  const known = Math.min(MAX_NEIGHBOURS, b.source.rows?.(id, "neigh").size ?? 0, Math.max(1, spare - 3));
  const routes = rowsOf(b, id, "route", Math.max(2, Math.min(MAX_ROUTES, spare - (known > 0 ? known + 1 : 0)))).map((row) => row.replace(/ (proto|scope|src|metric) \S+/g, ""));
  const neighbours = rowsOf(b, id, "neigh", known).map((row) => row.replace(/ (dev \S+|lladdr|REACHABLE|STALE|DELAY|PROBE|PERMANENT|NOARP)/g, ""));
  const lines = [...routes, ...(neighbours.length > 0 ? ["", ...neighbours] : [])];
  const rect = { x: at.x, y: at.y, w: KERNEL_W, h: Math.max(CARD_H, 30 + RAIL_H + lines.length * LINE_H) };
  const card = `kernel:${id}`;
  b.box("kernel", card, rect, { selects: id, title: `${id}: its kernel decides about routes, neighbours and rules here` });
  b.label(card, "kernel", { x: at.x + 12, y: at.y + 15 }, "pod", { align: "left", priority: 1 });
  lines.forEach((line, i) => { if (line !== "") b.label(card, cut(line), { x: at.x + 12, y: at.y + 34 + RAIL_H + i * LINE_H }, "mono", { align: "left", priority: 3 }); });
  hookRail(b, id, { x: at.x + 8, y: at.y + 27, w: KERNEL_W - 16 });
  b.spot(kernelOf(id), { x: rect.x + rect.w - 28, y: rect.y + 15 });
  return rect;
}

const cut = (line: string): string => (line.length > ROW_CHARS ? `${line.slice(0, ROW_CHARS - 1)}…` : line);

function rowsOf(b: PlanBuilder, id: string, table: "route" | "neigh", most: number): string[] {
  const all = [...b.source.rows?.(id, table).values() ?? []];
  return all.length > most ? [...all.slice(0, most - 1), `and ${all.length - most + 1} more`] : all;
}

function processChips(b: PlanBuilder, id: string, x: number, y: number, right: number): void {
  const here = [...b.source.processes.values()].filter((process) => process.place === id);
  // A master and its workers are one server.
  const running = here.filter((process, i) => here.findIndex((other) => programOf(other.command) === programOf(process.command)) === i);
  let at = x;
  b.spot(`${id}:@flanneld`, { x: x + 40, y: y + 12 });
  for (const process of running) {
    const name = programOf(process.command);
    const w = textWidth(name, "text") + 16;
    if (at + w > right) break;
    const chip = `process:${id}/${process.pid}`;
    b.box("process", chip, { x: at, y, w, h: 26 }, { selects: id, off: !process.running, title: `${process.command}, process ${process.pid}`, program: name });
    b.label(chip, name, { x: at + w / 2, y: y + 13 }, "text", { priority: 4 });
    if (name === "flanneld") b.spot(`${id}:@flanneld`, { x: at + w / 2, y: y + 13 });
    at += w + 8;
  }
}

/** Bridges in a row at the foot; returns the port x of each. */
function bridgeCards(b: PlanBuilder, id: string, x: number, foot: number, kernel: Rect): ReadonlyMap<string, Rect> {
  const cards = new Map<string, Rect>();
  const bridges = own(b.source, id).filter((dev) => dev.kind === "bridge");
  bridges.slice(0, 2).forEach((dev, i) => {
    const w = bridges.length > 1 ? 96 : 170;
    const card = cardBox(b, "bridge", dev.id, { x: x + i * (w + 8), y: foot - CARD_H }, w, [`${dev.name} · bridge`, dev.addresses[0] ?? ""], dev);
    b.spot(dev.id, { x: card.x + card.w - 30, y: card.y + 15 });
    const riser = card.x + card.w / 2;
    b.wire("inner", dev.id, kernelOf(id), [{ x: riser, y: card.y }, { x: riser, y: kernel.y + 15 }]);
    cards.set(dev.id, card);
  });
  return cards;
}

/** Tunnel device above, uplink below; both wired to the kernel. */
function rightColumn(b: PlanBuilder, id: string, x: number, top: number, foot: number, kernel: Rect, uplinks: readonly DeviceInfo[]): void {
  const vxlan = own(b.source, id).find((dev) => dev.kind === "vxlan");
  if (vxlan) {
    const card = cardBox(b, "vxlan", vxlan.id, { x, y: top }, 190, [`${vxlan.name} · VXLAN`, `VNI ${vxlan.vni ?? "?"} · MTU ${vxlan.mtuBytes}`], vxlan);
    b.spot(vxlan.id, { x: card.x + card.w - 28, y: card.y + CARD_H / 2 });
    b.wire("inner", kernelOf(id), vxlan.id, [{ x: kernel.x + kernel.w - 28, y: centre(card).y }, { x: card.x, y: centre(card).y }]);
  }
  const uplink = uplinks[0];
  if (!uplink) return;
  const card = cardBox(b, "uplink", uplink.id, { x, y: foot - CARD_H }, 190, [`${uplink.name} · MTU ${uplink.mtuBytes}`, uplink.addresses[0] ?? ""], uplink);
  b.spot(uplink.id, { x: card.x + card.w - 28, y: centre(card).y });
  const elbow = { x: x - 22, y: centre(card).y };
  b.wire("inner", kernelOf(id), uplink.id, [{ x: kernel.x + kernel.w - 28, y: kernel.y + CARD_H / 2 }, { x: elbow.x, y: kernel.y + CARD_H / 2 }, elbow, { x: card.x, y: elbow.y }]);
}

/** One box a namespace, stacked upwards from the foot; its device inside, a veth line to the bridge. */
function namespaces(b: PlanBuilder, id: string, pods: readonly PlaceInfo[], area: Rect, bridges: ReadonlyMap<string, Rect>): void {
  pods.forEach((place, i) => {
    const compact = area.h === COMPACT_H;
    const rect = { x: area.x, y: area.y - area.h - i * (area.h + GAP), w: area.w, h: area.h };
    b.box(place.kind === "pod" ? "pod" : "netns", place.id, rect, { title: `network namespace ${place.id}` });
    b.label(place.id, place.label, { x: rect.x + 14, y: rect.y + 14 }, "pod", { align: "left", priority: 2 });
    b.spot(kernelOf(place.id), { x: rect.x + rect.w - 26, y: rect.y + (compact ? 22 : 14) });
    const dev = own(b.source, place.id).find((d) => d.kind !== "loopback");
    if (!dev) return;
    const foot = compact ? compactDevice(b, dev, rect) : podDevice(b, dev, rect);
    vethLine(b, id, dev, foot, bridges, i, pods.length);
  });
}

function podDevice(b: PlanBuilder, dev: DeviceInfo, rect: Rect): Point {
  const card = { x: rect.x + 10, y: rect.y + 26, w: rect.w - 10, h: 40 };
  b.box("port", dev.id, card, { off: !dev.up, title: deviceTitle(dev) });
  b.label(dev.id, `${dev.name} ${dev.up ? "up" : "down"} · MTU ${dev.mtuBytes}`, { x: card.x + 8, y: card.y + 12 }, "text", { align: "left", priority: 4 });
  b.label(dev.id, dev.addresses[0] ?? "no address", { x: card.x + 8, y: card.y + 28 }, "mono", { align: "left", priority: 4 });
  return deviceFoot(b, dev, { x: card.x + card.w, y: centre(card).y }, rect.y + 14);
}

function compactDevice(b: PlanBuilder, dev: DeviceInfo, rect: Rect): Point {
  b.label(dev.place, `${dev.name} ${dev.up ? "up" : "down"}`, { x: rect.x + 56, y: rect.y + 14 }, "text", { align: "left", priority: 5 });
  b.label(dev.place, dev.addresses[0] ?? "no address", { x: rect.x + 14, y: rect.y + 31 }, "mono", { align: "left", priority: 4 });
  return deviceFoot(b, dev, { x: rect.x + rect.w, y: centre(rect).y }, centre(rect).y);
}

function deviceFoot(b: PlanBuilder, dev: DeviceInfo, foot: Point, kernelY: number): Point {
  b.spot(dev.id, foot);
  b.wire("way", kernelOf(dev.place), dev.id, [{ x: foot.x - 20, y: kernelY }, foot]);
  return foot;
}

/** Each line has a lane of its own and none crosses another: higher namespaces turn later and enter higher. */
function vethLine(b: PlanBuilder, id: string, dev: DeviceInfo, foot: Point, bridges: ReadonlyMap<string, Rect>, index: number, count: number): void {
  const peer = dev.peer === null ? undefined : b.source.devices.get(dev.peer);
  const bridge = peer && peer.master !== null ? bridges.get(peer.master) : undefined;
  if (!peer || peer.place !== id || !bridge || peer.master === null) return;
  const apart = Math.min(6, 20 / Math.max(1, count - 1));
  const lane = bridge.x - 12 - apart * (count - 1 - index);
  const end = { x: bridge.x, y: index === 0 && foot.y > bridge.y ? foot.y : bridge.y + bridge.h - 20 - index * apart };
  b.spot(peer.id, end);
  b.wire("veth", dev.id, peer.id, [foot, { x: lane, y: foot.y }, { x: lane, y: end.y }, end]);
  b.wire("way", peer.id, peer.master, [end, { x: bridge.x + 20, y: end.y }]);
  if (index === 0) b.label(peer.id, "veth pair", { x: foot.x + 6, y: foot.y - 10 }, "text", { align: "left", priority: 8 });
}

/** The other machines as chips, and the switch of this machine at the height of its uplink. */
function rest(b: PlanBuilder, id: string, area: Rect, uplinks: readonly DeviceInfo[]): void {
  const { clusters, switches } = b.source.scene;
  const cluster = clusters.find((one) => one.workers.includes(id));
  if (!cluster) return;
  const port = cluster.switch.ports.find((p) => uplinks.some((dev) => dev.id === p.to));
  const pill = { x: area.x + 4, y: area.y + area.h - 20 - CARD_H, w: area.w - 4, h: CARD_H };
  b.box("switch", cluster.switch.bridge, pill, { title: `switch ${cluster.switch.label}` });
  b.label(cluster.switch.bridge, `switch ${cluster.switch.label}`, { x: centre(pill).x + 10, y: centre(pill).y }, "text", { priority: 1 });
  b.spot(cluster.switch.bridge, { x: pill.x + pill.w - 28, y: centre(pill).y });
  if (port) switchPort(b, cluster.switch.bridge, port, pill);
  const others = [...cluster.workers.filter((other) => other !== id), ...switches.map((sw) => sw.bridge), ...cluster.etcd];
  const step = Math.min(40, (pill.y - area.y - 8) / Math.max(1, others.length));
  others.forEach((other, i) => { foldedChip(b, other, { x: area.x + 4, y: pill.y - (i + 1) * step - 2, w: area.w - 4, h: step - 8 }, pill, cluster.switch); });
}

function switchPort(b: PlanBuilder, bridge: string, port: { port: string; to: string }, pill: Rect): void {
  const edge = { x: pill.x, y: centre(pill).y };
  b.spot(port.port, { x: edge.x + 16, y: edge.y });
  b.wire("way", bridge, port.port, [{ x: pill.x + pill.w / 2, y: edge.y }]);
  const from = b.spots.get(port.to);
  const card = b.boxes.find((box) => box.id === port.to);
  if (from && card) b.wire("cable", port.to, port.port, [{ x: card.x + card.w, y: edge.y }, edge]);
}

/** Another machine, folded: a name, and the number of pods in it. */
function foldedChip(b: PlanBuilder, id: string, rect: Rect, pill: Rect, sw: PlanSource["scene"]["clusters"][number]["switch"]): void {
  if (rect.h < 16) return;
  const place = b.source.places.get(id);
  const label = place?.kind === "etcd" ? `etcd ${place.label}` : place?.label ?? id.split(":").at(-1) ?? id;
  const pods = [...b.source.places.values()].filter((place) => place.parent === id);
  const isSwitch = id.includes(":");
  b.box("more", isSwitch ? id : `folded:${id}`, rect, { selects: id, title: `${label}, folded` });
  b.label(isSwitch ? id : `folded:${id}`, pods.length > 0 ? `${label} · ${pods.length} pod${pods.length > 1 ? "s" : ""}` : label, { x: centre(rect).x - 14, y: centre(rect).y }, "text", { priority: 5 });
  const inside = { x: rect.x + rect.w - 24, y: centre(rect).y };
  b.spot(isSwitch ? id : kernelOf(id), inside);
  for (const port of sw.ports.filter((p) => placeOf(p.to) === id || (isSwitch && p.to.startsWith(`${id}-`)))) {
    b.spot(port.port, { x: pill.x + pill.w - 24, y: pill.y });
    b.spot(port.to, inside);
    b.wire("way", sw.bridge, port.port, [{ x: pill.x + pill.w - 24, y: centre(pill).y }]);
    b.wire("way", port.port, port.to, [{ x: inside.x, y: pill.y }]);
  }
}
