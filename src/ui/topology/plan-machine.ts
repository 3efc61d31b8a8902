import type { DeviceInfo, PlaceInfo } from "../../protocol/snapshot.ts";
import { hookRail } from "./plan-hooks.ts";
import { centre, kernelOf, placeOf, textWidth } from "./plan.ts";
import type { PlanBuilder, PlanSource, Point, Rect } from "./plan.ts";

/**
 * The inside of a worker or a single machine, from top to bottom: ports on the upper edge, name and
 * address, kernel, pods or namespaces, and the bridges they hang from.
 */

const PAD = 8;
const HEADER = 42;
const KERNEL_H = 28;
/** With its hooks in it, where a machine has the page for itself. */
const KERNEL_AND_HOOKS_H = 76;
const RAIL_W = 262;
const kernelH = (options: MachineOptions): number => (options.cards ? KERNEL_AND_HOOKS_H : KERNEL_H);
const BAR_H = 16;
/** Room for a resting packet above a pod. */
const TOKEN_GAP = 28;
const STUB = 12;
/** From five pods on, the row ends in "+n". */
const MAX_PODS = 4;

export interface MachineOptions {
  /** Namespaces as cards with an address (single machine) or as circles (workers). */
  readonly cards: boolean;
  readonly maxPods?: number;
}

/** Everything of one machine, sorted out once. */
interface Parts {
  readonly id: string;
  readonly rect: Rect;
  readonly children: readonly PlaceInfo[];
  readonly devices: readonly DeviceInfo[];
  readonly bridges: readonly DeviceInfo[];
  /** Devices that lead nowhere outside this namespace: dummies, veth pairs with both ends here. */
  readonly bare: readonly DeviceInfo[];
  readonly options: MachineOptions;
}

export function machineInside(b: PlanBuilder, id: string, rect: Rect, options: MachineOptions): void {
  const { places, devices } = b.source;
  const own = [...devices.values()].filter((dev) => dev.place === id);
  const parts: Parts = {
    id, rect, options, devices: own,
    children: grouped([...places.values()].filter((place) => place.parent === id), b),
    bridges: own.filter((dev) => dev.kind === "bridge"),
    bare: own.filter((dev) => dev.master === null && (dev.kind === "dummy" || (dev.kind === "veth" && (dev.peer === null || placeOf(dev.peer) === id)))),
  };
  const kernel = header(b, parts);
  const idle = parts.bridges.filter((dev) => !own.some((port) => port.master === dev.id)).length;
  const lone = parts.children.length === 0 && parts.bridges.length === 1 && parts.bare.length === 0;
  const row = podRow(parts, kernel, (lone ? 0 : idle) + parts.bare.length);
  bridgeBars(b, parts, kernel, row);
  pods(b, parts, row);
  barePorts(b, parts, row);
  if (options.cards && parts.children.length + parts.bridges.length + parts.bare.length === 0) emptyHint(b, parts, kernel);
}

/** An empty machine says what would fill it. */
function emptyHint(b: PlanBuilder, m: Parts, kernel: Rect): void {
  const middle = { x: centre(m.rect).x, y: (kernel.y + kernel.h + m.rect.y + m.rect.h) / 2 };
  b.label(m.id, "Namespaces and bridges that you add appear here.", { x: middle.x, y: middle.y - 10 }, "text", { priority: 9 });
  b.label(m.id, "ip netns add red", { x: middle.x, y: middle.y + 10 }, "mono", { priority: 9 });
}

/** Devices without a way out stand at the end of the row; two ends of one veth are joined. */
function barePorts(b: PlanBuilder, m: Parts, row: Row): void {
  m.bare.forEach((dev, i) => { barePort(b, m, dev, { x: row.xs[row.xs.length - m.bare.length + i] ?? centre(m.rect).x, y: row.barTop + BAR_H / 2 }, row); });
  for (const dev of m.bare) {
    const [a, z] = [b.boxes.find((box) => box.id === dev.id), b.boxes.find((box) => box.id === dev.peer)];
    if (a && z && dev.peer !== null && a.x < z.x) b.wire("veth", dev.id, dev.peer, [{ x: a.x + a.w, y: centre(a).y }, { x: z.x, y: centre(z).y }]);
  }
}

/**
 * Devices by which a machine is plugged into the world: their other end is in a namespace that is
 * neither the machine itself nor inside it.
 */
export function uplinksOf(source: PlanSource, place: string): DeviceInfo[] {
  return [...source.devices.values()].filter((dev) => {
    if (dev.place !== place || dev.master !== null || (dev.kind !== "cable" && dev.kind !== "veth")) return false;
    const far = dev.peer === null ? null : placeOf(dev.peer);
    return dev.kind === "cable" || (far !== null && far !== place && source.places.get(far)?.parent !== place);
  });
}

/** Namespaces of one bridge stand side by side; those without a bridge come last. */
function grouped(children: readonly PlaceInfo[], b: PlanBuilder): PlaceInfo[] {
  const masters = new Map(children.map((place) => [place, mastersOf(b, place.id)[0] ?? "~"]));
  return [...children].sort((x, y) => ((masters.get(x) ?? "") < (masters.get(y) ?? "") ? -1 : masters.get(x) === masters.get(y) ? 0 : 1));
}

/** Bridges that a namespace's veths lead to. */
function mastersOf(b: PlanBuilder, place: string): string[] {
  return [...b.source.devices.values()].flatMap((dev) => {
    const peer = dev.place === place && dev.peer !== null ? b.source.devices.get(dev.peer) : undefined;
    return peer === undefined || peer.master === null ? [] : [peer.master];
  });
}

/**
 * Name, address, ports, daemon chip and kernel. Returns the kernel's box. Lines to the kernel end in
 * its middle, under its box: packets turn there, on the height at which they rest.
 */
function header(b: PlanBuilder, m: Parts): Rect {
  const { id, rect } = m;
  const place = b.source.places.get(id);
  const uplinks = uplinksOf(b.source, id);
  const address = bareAddress(uplinks[0]);
  b.label(id, place?.label ?? id, { x: rect.x + PAD, y: rect.y + 14 }, "name", { align: "left", priority: 1 });
  if (address !== "") b.label(id, address, { x: rect.x + PAD, y: rect.y + 33 }, "mono", { align: "left", priority: 3 });
  const kernel = { x: rect.x + PAD, y: rect.y + HEADER + spare(m) * 0.25, w: rect.w - PAD - 3, h: kernelH(m.options) };
  b.box("kernel", `kernel:${id}`, kernel, { selects: id, title: `${id}: its kernel decides about routes, neighbours and rules here` });
  b.label(`kernel:${id}`, "kernel", { x: kernel.x + 7, y: centre(kernel).y }, "text", { align: "left", priority: 6 });
  b.spot(kernelOf(id), { x: kernel.x + 76, y: centre(kernel).y });
  if (m.options.cards) hookRail(b, id, { x: kernel.x + Math.min(130, kernel.w - RAIL_W - 8), y: kernel.y + 6, w: RAIL_W });
  const portX = uplinkPorts(b, m, uplinks, kernel, Math.max(rect.w * 0.48, PAD + textWidth(address, "mono") + 6));
  const right = vxlanPorts(b, m, kernel);
  daemonChip(b, m, portX, right);
  proxyChip(b, m, uplinks.length > 0 ? rect.x + Math.max(rect.w * 0.48, PAD + textWidth(address, "mono") + 6) - 8 : rect.x + rect.w);
  return kernel;
}

/** Height beyond the least a machine needs, shared out as air. */
function spare(m: Parts): number {
  const least = HEADER + kernelH(m.options) + TOKEN_GAP + 30 + STUB + BAR_H + 4;
  return Math.max(0, m.rect.h - least);
}

/** Uplinks straddle the upper edge. Returns the x right of the last one. */
function uplinkPorts(b: PlanBuilder, m: Parts, uplinks: readonly DeviceInfo[], kernel: Rect, firstX: number): number {
  let x = m.rect.x + firstX;
  for (const dev of uplinks) {
    b.box("uplink", dev.id, { x: x - 6, y: m.rect.y - 5, w: 12, h: 10 }, { off: !dev.up, title: deviceTitle(dev) });
    b.spot(dev.id, { x, y: m.rect.y });
    b.wire("inner", kernelOf(m.id), dev.id, [{ x, y: centre(kernel).y }, { x, y: m.rect.y + 5 }]);
    if (m.options.cards) b.label(dev.id, dev.name, { x: x + 8, y: m.rect.y + 14 }, "mono", { align: "left", priority: 5 });
    x += m.options.cards ? textWidth(dev.name, "mono") + 30 : 24;
  }
  return x - 24 + 5;
}

/** VXLAN ports sit at the right end of the upper edge. Returns the x left of their lines. */
function vxlanPorts(b: PlanBuilder, m: Parts, kernel: Rect): number {
  let x = m.rect.x + m.rect.w - 5;
  for (const dev of m.devices.filter((d) => d.kind === "vxlan")) {
    const port = { x: x - 15, y: m.rect.y - 6, w: 18, h: 12 };
    b.box("vxlan", dev.id, port, { off: !dev.up, title: deviceTitle(dev) });
    b.spot(dev.id, { x: x - 6, y: m.rect.y });
    b.wire("inner", kernelOf(m.id), dev.id, [{ x, y: centre(kernel).y }, { x, y: m.rect.y + 6 }]);
    x -= 26;
  }
  return x + (x < m.rect.x + m.rect.w - 5 ? 22 : 0);
}

/** The overlay's daemon, if there is room for its name between the lines. */
function daemonChip(b: PlanBuilder, m: Parts, left: number, right: number): void {
  const daemon = [...b.source.processes.values()].find((p) => p.place === m.id && programOf(p.command) === "flanneld");
  if (!daemon) return;
  const w = textWidth("flanneld", "text");
  const chip = { x: right - 2 - w, y: m.rect.y + 9, w, h: 19 };
  b.spot(`${m.id}:@flanneld`, { x: centre(chip).x, y: chip.y + chip.h + 8 });
  if (chip.x < left - 1) return;
  const id = `process:${m.id}/${daemon.pid}`;
  b.box("process", id, chip, { selects: m.id, off: !daemon.running, title: `flanneld, process ${daemon.pid}: knows where every pod network is`, program: "flanneld" });
  b.label(id, "flanneld", centre(chip), "text", { priority: 6 });
}

/** Programs that stand between two connections. */
const PROXIES: ReadonlySet<string> = new Set(["nginx", "skrouterd"]);

/** A proxy straddles the upper edge, left of the ports: connections end there. */
function proxyChip(b: PlanBuilder, m: Parts, right: number): void {
  const proxy = [...b.source.processes.values()].find((p) => p.place === m.id && PROXIES.has(programOf(p.command)));
  if (!proxy) return;
  const name = programOf(proxy.command);
  const chip = { x: m.rect.x + 5, y: m.rect.y - 11, w: textWidth(name, "text") + 10, h: 18 };
  if (chip.x + chip.w > right) return;
  const id = `process:${m.id}/${proxy.pid}`;
  b.box("process", id, chip, { selects: m.id, off: !proxy.running, title: `${name}, process ${proxy.pid}: ends one connection and opens another`, program: name });
  b.label(id, name, centre(chip), "text", { priority: 3 });
}

interface Row {
  readonly top: number;
  readonly r: number;
  /** Middles of the places in the row: namespaces first, then bridges without any. */
  readonly xs: readonly number[];
  readonly shown: number;
  readonly barTop: number;
  readonly w: number;
}

/** Where the pods stand: centred, shrinking to fit. */
function podRow(m: Parts, kernel: Rect, idle: number): Row {
  const max = m.options.maxPods ?? MAX_PODS;
  const slots = Math.min(m.children.length, max) + idle;
  const shown = m.children.length > max ? max - 1 : Math.min(m.children.length, max);
  const left = m.rect.x + 24;
  const room = m.rect.w - 24 - 7;
  const w = slots === 0 ? 0 : Math.min(m.options.cards ? 164 : 44, (room + 3) / slots);
  const r = Math.min(m.options.cards ? 24 : 17 + Math.min(4, spare(m) * 0.1), (w - 3) / 2);
  const barTop = m.rect.y + m.rect.h - 5 - BAR_H;
  const kernelBottom = kernel.y + kernel.h;
  const height = m.options.cards ? 44 : 2 * r;
  const middle = kernelBottom + TOKEN_GAP + (barTop - STUB - kernelBottom - TOKEN_GAP) / 2;
  const start = Math.max(left, m.rect.x + (m.rect.w - slots * w) / 2);
  const xs = Array.from({ length: slots }, (_, i) => start + w * (i + 0.5));
  return { top: middle - height / 2, r, xs, shown, barTop, w };
}

/** Bridges share the lowest row, each under its own namespaces; a riser at the left leads from each to the kernel. */
function bridgeBars(b: PlanBuilder, m: Parts, kernel: Rect, row: Row): void {
  const alone = !m.options.cards && m.bridges.length === 1 && m.bare.length === 0 && m.children.every((place) => mastersOf(b, place.id).length > 0);
  let idle = Math.min(m.children.length, m.options.maxPods ?? MAX_PODS);
  for (const dev of m.bridges) {
    const xs = m.children.flatMap((place, i) => (mastersOf(b, place.id).includes(dev.id) ? [row.xs[Math.min(i, (m.options.maxPods ?? MAX_PODS) - 1)] ?? 0] : []));
    if (xs.length === 0 && !alone) xs.push(row.xs[idle++] ?? centre(m.rect).x);
    const [from, to] = alone ? [m.rect.x + 5, m.rect.x + m.rect.w - 5] : [Math.min(...xs) - row.w / 2, Math.max(...xs) + row.w / 2 - 14];
    const bar = { x: from, y: row.barTop, w: to - from, h: BAR_H };
    b.box("bridge", dev.id, bar, { off: !dev.up, title: deviceTitle(dev) });
    b.label(dev.id, dev.name, { x: bar.x + bar.w - 6, y: centre(bar).y }, "mono", { align: "right", priority: 5 });
    const riser = { x: bar.x + 9, y: bar.y };
    b.spot(dev.id, { x: riser.x, y: centre(bar).y });
    b.wire("inner", dev.id, kernelOf(m.id), [{ x: riser.x, y: bar.y }, { x: riser.x, y: centre(kernel).y }]);
  }
}

function pods(b: PlanBuilder, m: Parts, row: Row): void {
  m.children.forEach((place, i) => {
    const x = row.xs[Math.min(i, (m.options.maxPods ?? MAX_PODS) - 1)] ?? centre(m.rect).x;
    const at = { x, y: row.top + (m.options.cards ? 22 : row.r) };
    if (i < row.shown) podBox(b, m, place, at, row);
    podSpots(b, place, at, m.options.cards ? 22 : row.r);
    for (const dev of b.source.devices.values()) if (dev.place === place.id && dev.kind === "veth") vethWire(b, m, dev, at, row);
  });
  const more = m.children.length - row.shown;
  if (more > 0) moreBox(b, m, row, more);
}

function podBox(b: PlanBuilder, m: Parts, place: PlaceInfo, at: Point, row: Row): void {
  const address = addressIn(b, place.id);
  const title = address === "" ? place.label : `${place.label}, ${address}`;
  const kind = place.kind === "pod" ? "pod" : "netns";
  const half = m.options.cards ? { w: (row.w - 28) / 2, h: 22 } : { w: row.r, h: row.r };
  b.box(kind, place.id, { x: at.x - half.w, y: at.y - half.h, w: half.w * 2, h: half.h * 2 }, { title });
  const up = m.options.cards && address !== "" ? 8 : 0;
  b.label(place.id, place.label, { x: at.x, y: at.y - up }, "pod", { priority: 2 });
  if (up > 0) b.label(place.id, address, { x: at.x, y: at.y + 9 }, "mono", { priority: 4 });
}

function addressIn(b: PlanBuilder, place: string): string {
  return bareAddress([...b.source.devices.values()].find((dev) => dev.place === place && dev.addresses.length > 0 && dev.kind !== "loopback"));
}

function podSpots(b: PlanBuilder, place: PlaceInfo, at: Point, half: number): void {
  const inside = { x: at.x, y: at.y - half - 10 };
  b.spot(kernelOf(place.id), inside);
  for (const dev of b.source.devices.values()) {
    if (dev.place !== place.id || dev.kind === "loopback") continue;
    b.spot(dev.id, { x: at.x, y: at.y + half });
    b.wire("way", kernelOf(place.id), dev.id, [inside, { x: at.x, y: at.y + half }]);
  }
}

/** From a pod's device down to where its other end is: a bridge port, a bare device, or another namespace. */
function vethWire(b: PlanBuilder, m: Parts, dev: DeviceInfo, at: Point, row: Row): void {
  const peer = dev.peer === null ? undefined : b.source.devices.get(dev.peer);
  if (!peer) return;
  const foot = b.spots.get(dev.id) ?? at;
  if (peer.place !== m.id) return crossWire(b, dev, peer, row);
  const master = peer.master === null ? undefined : b.spots.get(peer.master);
  const end = { x: foot.x, y: master ? row.barTop : row.barTop + 2 };
  b.spot(peer.id, { x: foot.x, y: row.barTop + (master ? 0 : BAR_H / 2) });
  b.wire("veth", dev.id, peer.id, [foot, end]);
  if (master && peer.master !== null) b.wire("way", peer.id, peer.master, [{ x: foot.x, y: row.barTop + BAR_H / 2 }, master]);
  else barePort(b, m, peer, { x: foot.x, y: row.barTop + BAR_H / 2 }, row);
}

/** A veth end in the machine itself that no bridge has taken. */
function barePort(b: PlanBuilder, m: Parts, dev: DeviceInfo, at: Point, row: Row): void {
  const w = textWidth(dev.name, "mono") + 10;
  b.box("port", dev.id, { x: at.x - w / 2, y: at.y - BAR_H / 2, w, h: BAR_H }, { off: !dev.up, title: deviceTitle(dev) });
  b.label(dev.id, dev.name, at, "mono", { priority: 5 });
  b.spot(dev.id, at);
  const kernel = b.spots.get(kernelOf(m.id));
  const side = at.x - row.w / 2 + 5;
  if (kernel) b.wire("inner", dev.id, kernelOf(m.id), [{ x: at.x - w / 2, y: at.y }, { x: side, y: at.y }, { x: side, y: kernel.y }]);
}

/** Namespace to namespace: a line under both; drawn once, from the end that was placed last. */
function crossWire(b: PlanBuilder, dev: DeviceInfo, peer: DeviceInfo, row: Row): void {
  const [from, to] = [b.spots.get(dev.id), b.spots.get(peer.id)];
  if (!from || !to) return;
  const y = row.barTop - 4;
  b.wire("veth", dev.id, peer.id, [from, { x: from.x, y }, { x: to.x, y }, to]);
}

function moreBox(b: PlanBuilder, m: Parts, row: Row, more: number): void {
  const x = row.xs[row.shown] ?? centre(m.rect).x;
  const half = m.options.cards ? 22 : row.r;
  b.box("more", `more:${m.id}`, { x: x - half, y: row.top, w: half * 2, h: half * 2 }, { selects: m.id, title: `${more} more in ${m.id}` });
  b.label(`more:${m.id}`, `+${more}`, { x, y: row.top + half }, "pod", { priority: 2 });
}

/** "nginx" of "nginx: master process …" as of "/usr/sbin/nginx -g …". */
export const programOf = (command: string): string => (command.split(" ")[0] ?? "").replace(/:$/, "").split("/").at(-1) ?? "";

/** First IPv4 address without its prefix length, "" when there is none. */
export function bareAddress(dev: DeviceInfo | undefined): string {
  const v4 = dev?.addresses.find((address) => address.includes("."));
  return v4?.split("/")[0] ?? "";
}

export function deviceTitle(dev: DeviceInfo): string {
  const vni = dev.vni === null ? [] : [`VNI ${dev.vni}`];
  return [`${dev.name} in ${placeOf(dev.id)}`, ...dev.addresses, ...vni, `MTU ${dev.mtuBytes}`, dev.up ? "up" : "down"].join(", ");
}

