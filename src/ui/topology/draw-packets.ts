import type { TraceEvent } from "../../protocol/trace.ts";
import { along, wirePath } from "./paths.ts";
import { spotAt, textWidth } from "./plan.ts";
import type { Box, Level, Plan, Point, Rect } from "./plan.ts";
import type { Palette } from "./palette.ts";
import type { Token } from "./motion.ts";
import type { PacketLook } from "./classify.ts";
import type { Tunnelled } from "./lives.ts";
import type { Ctx } from "./draw-parts.ts";
import { drawChevron, drawToken, drawTombstone, halfHeight, halfWidth, TOKEN_R } from "./token-shapes.ts";
import { drawCallout, placeCallout, shortReason } from "./callout.ts";
import { drawBadges, drawFlip } from "./draw-nat.ts";
import { drawRails } from "./draw-rails.ts";
import type { Rail } from "./rails.ts";

/** Everything that moves, for one instant: tubes, ways, packets, marks of lost packets, cards of changed tables. */

export interface PacketsView {
  readonly plan: Plan;
  readonly palette: Palette;
  readonly zoom: number;
  readonly level: Level;
  readonly tokens: readonly Token[];
  /** TCP connections. */
  readonly rails: readonly Rail[];
  readonly tunnels: readonly { readonly tunnel: Tunnelled; readonly u: number }[];
  /** Tunnels of the selected device. */
  readonly selectedTubes: readonly { readonly from: string; readonly to: string | null; readonly vni: number | null }[];
  readonly floods: readonly { readonly event: TraceEvent; readonly age: number }[];
  readonly flashes: readonly { readonly event: TraceEvent; readonly age: number }[];
  /** Spot id of a machine's VXLAN port, from place and VNI; of the machine that owns an address. */
  readonly tunnelPort: (place: string, vni: number | null) => string | null;
  readonly ownerOf: (address: string) => string | null;
  /** Where reasons of drops may not stand. */
  readonly keepFree: readonly Rect[];
}

/** More packets than this in flight are drawn as arrows with counts. */
const MANY = 12;

export function drawPackets(ctx: Ctx, view: PacketsView): void {
  if (view.level === 2) drawTubes(ctx, view);
  if (view.level > 1) drawRails(ctx, view);
  if (view.level > 1) for (const { event, age } of view.floods) drawRing(ctx, view, event, age);
  const moving = view.tokens.filter((token) => token.state === "move");
  const merged = moving.length > MANY;
  for (const token of moving) drawWay(ctx, view, token);
  if (merged) drawFlows(ctx, view, moving);
  const seats: Seats = { taken: new Map(), bySkb: new Map(), words: [] };
  for (const token of view.tokens) {
    if (merged && token.state === "move") continue;
    drawOne(ctx, view, token, seats);
  }
  if (view.level > 1) drawCards(ctx, view, seats);
}

/** Who waits where: room taken at a spot, and where each packet was drawn. */
interface Seats {
  readonly taken: Map<string, number>;
  readonly bySkb: Map<number, Point>;
  /** Reasons that stand already: the next one goes elsewhere. */
  readonly words: Rect[];
}

/** Smaller than this on the screen a token could not be read. */
const sizeAt = (zoom: number): number => Math.max(1, 0.92 / zoom);
/** Level 1 is a summary: its packets are smaller. */
const tokenSize = (view: PacketsView): number => (view.level === 1 ? 0.62 / view.zoom : sizeAt(view.zoom));

function drawOne(ctx: Ctx, view: PacketsView, token: Token, seats: Seats): void {
  const at = positionOf(view, token, seats.taken);
  if (!at) return;
  seats.bySkb.set(token.life.skb, at);
  const size = tokenSize(view);
  ctx.save();
  ctx.translate(at.x, at.y);
  ctx.scale(size, size);
  ctx.globalAlpha = token.alpha;
  if (token.state === "tomb") drawTombstone(ctx, view.palette);
  else drawToken(ctx, token.look, token.wrap, view.palette);
  if (token.state === "move") drawChevron(ctx, at.angle, reach(token, at.angle), view.palette);
  if (token.state !== "tomb" && token.from.badges !== "") drawBadges(ctx, token.from.badges, { x: halfWidth(token.look), y: halfHeight(token.look) }, view.palette);
  ctx.restore();
  if (token.flip && view.level > 1) drawFlip(ctx, token.flip.change, token.flip.u, { at, reach: { x: halfWidth(token.look) * size, y: halfHeight(token.look) * size }, keepFree: view.keepFree }, 12 * sizeAt(view.zoom), view.palette);
  if (token.look?.inner && token.wrap > 0 && token.wrap < 1 && view.level > 1) pill(ctx, growingSize(token.look, token.wrap), { x: at.x, y: at.y + halfHeight(token.look) * size + 10 }, view, view.palette.ink);
  const atSwitch = view.plan.boxById.get(token.from.spot)?.kind === "switch"; // a switch forwards; itself it wants nothing
  if (token.note !== "" && view.level > 1 && !atSwitch) drawNote(ctx, view, token, at, seats);
}

/** The byte counter ticks while a shell grows or is taken off: 98 → 148. */
function growingSize(look: PacketLook, wrap: number): string {
  const inner = look.inner?.lengthBytes ?? look.lengthBytes;
  return `${Math.round(inner + (look.lengthBytes - inner) * wrap)} B`;
}

/** From the middle of a token to its edge in this direction. */
function reach(token: Token, angle: number): number {
  const ring = token.look?.reply && !token.look.inner ? 3 : 0;
  return Math.abs(Math.cos(angle)) > 0.7 ? halfWidth(token.look) + ring : halfHeight(token.look) + ring;
}

interface Placed extends Point { readonly angle: number }

function positionOf(view: PacketsView, token: Token, seats: Map<string, number>): Placed | null {
  if (token.to && token.u > 0) return along(wirePath(view.plan, token.from.spot, token.to.spot), token.u);
  const spot = spotAt(view.plan, token.from.spot);
  if (!spot) return null;
  // Those who wait at the same spot stand in a row.
  const half = (halfWidth(token.look) + 1.5) * tokenSize(view);
  const taken = seats.get(token.from.spot);
  const shift = taken === undefined ? 0 : taken + half;
  seats.set(token.from.spot, shift + half);
  return { x: spot.x + shift, y: spot.y, angle: 0 };
}

/** The piece of way being travelled lights up under the packet. */
function drawWay(ctx: Ctx, view: PacketsView, token: Token): void {
  if (!token.to) return;
  const path = wirePath(view.plan, token.from.spot, token.to.spot);
  ctx.beginPath();
  path.points.forEach((p, i) => { if (i === 0) ctx.moveTo(p.x, p.y); else ctx.lineTo(p.x, p.y); });
  ctx.strokeStyle = view.palette.accent;
  ctx.globalAlpha = 0.45 * token.alpha;
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.stroke();
  ctx.lineCap = "butt";
  ctx.globalAlpha = 1;
}

/** Tubes in use, and those of the tunnel port that is selected; each pair of ports once. */
function drawTubes(ctx: Ctx, view: PacketsView): void {
  const drawn = new Set<string>();
  const used = view.tunnels.map(({ tunnel }) => ({ from: tunnel.from, to: tunnel.to ?? view.ownerOf(tunnel.remote), vni: tunnel.vni }));
  for (const { from, to, vni } of [...used, ...view.selectedTubes]) {
    const key = [from, to].sort().join("|");
    if (to === null || drawn.has(key)) continue;
    drawn.add(key);
    drawTube(ctx, view, from, to, vni);
  }
}

/** A translucent tube from port to port: what the overlay pretends, while the packet really takes the cable. */
function drawTube(ctx: Ctx, view: PacketsView, from: string, to: string, vni: number | null): void {
  const [a, b] = [portAt(view, from, vni), portAt(view, to, vni)];
  if (!a || !b) return;
  const lift = 30 + Math.min(8, Math.abs(b.x - a.x) * 0.02);
  ctx.beginPath();
  ctx.moveTo(a.x, a.y - 4);
  ctx.bezierCurveTo(a.x, a.y - lift, b.x, b.y - lift, b.x, b.y - 4);
  ctx.strokeStyle = view.palette.fills.vxlan ?? view.palette.ink;
  ctx.globalAlpha = 0.5;
  ctx.lineWidth = 8;
  ctx.stroke();
  ctx.globalAlpha = 1;
  const label = vni === null ? "tunnel" : `VNI ${vni}`;
  // Under the left end of the tube, where no cable runs.
  pill(ctx, label, { x: Math.min(a.x, b.x) + 40, y: a.y - 9 }, view, view.palette.ink);
}

function portAt(view: PacketsView, place: string, vni: number | null): Point | null {
  const id = view.tunnelPort(place, vni);
  return id === null ? null : spotAt(view.plan, id);
}

/** A ring spreads from a switch that sends to every port. */
function drawRing(ctx: Ctx, view: PacketsView, event: TraceEvent, age: number): void {
  const at = spotAt(view.plan, `${event.place}:${event.dev}`);
  const box = view.plan.boxes.find((b) => b.id === `${event.place}:${event.dev}`);
  if (!at) return;
  const u = Math.min(1, age / 6);
  const grow = box?.kind === "bridge" ? 3 + u * 3 : 5 + u * 16;
  const [w, h] = box ? [box.w / 2 + grow, box.h / 2 + grow] : [14 + grow, 14 + grow];
  const middle = box ? { x: box.x + box.w / 2, y: box.y + box.h / 2 } : at;
  ctx.beginPath();
  ctx.roundRect(middle.x - w, middle.y - h, w * 2, h * 2, box?.kind === "bridge" ? 5 : h);
  ctx.strokeStyle = view.palette.accent;
  ctx.globalAlpha = 1 - u;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.globalAlpha = 1;
  const ports = /\d+/.exec(event.note)?.[0];
  const words = box?.kind === "bridge" ? { x: box.x + 52, y: middle.y } : { x: middle.x + 40, y: middle.y - (box ? box.h / 2 : 14) - 9 };
  pill(ctx, ports === undefined ? "flood" : ports === "0" ? "no other port" : `flood ×${ports}`, words, view, view.palette.ink);
}

/** Many packets on the same piece of way: one arrow, one number. */
function drawFlows(ctx: Ctx, view: PacketsView, moving: readonly Token[]): void {
  const flows = new Map<string, Token[]>();
  for (const token of moving) {
    const key = `${token.from.spot}|${token.to?.spot ?? ""}|${token.look?.kind ?? ""}`;
    const flow = flows.get(key);
    if (flow) flow.push(token);
    else flows.set(key, [token]);
  }
  for (const flow of flows.values()) {
    const first = flow[0]!;
    const at = along(wirePath(view.plan, first.from.spot, first.to?.spot ?? first.from.spot), 0.5);
    if (!at) continue;
    ctx.save();
    ctx.translate(at.x, at.y);
    drawToken(ctx, first.look, 1, view.palette);
    drawChevron(ctx, at.angle, reach(first, at.angle), view.palette);
    ctx.restore();
    pill(ctx, `×${flow.length}`, { x: at.x + halfWidth(first.look) + 16, y: at.y - 12 }, view, view.palette.ink);
  }
}

function drawReason(ctx: Ctx, view: PacketsView, { count, note }: Token, at: Point, { words }: Seats): void {
  const callout = placeCallout(count > 1 ? `${shortReason(note)} ×${count}` : note, at, { ...view, words });
  words.push(callout.rect);
  drawCallout(ctx, at, callout, view);
}

function drawNote(ctx: Ctx, view: PacketsView, token: Token, at: Point, seats: Seats): void {
  ctx.globalAlpha = token.alpha;
  if (token.state === "tomb") drawReason(ctx, view, token, at, seats);
  else pill(ctx, token.note, { x: at.x, y: at.y - TOKEN_R - 10 }, view, view.palette.muted);
  ctx.globalAlpha = 1;
}

const TABLE_WORDS: Readonly<Record<string, string>> = {
  neigh: "neighbour", fdb: "MAC table", route: "route", rule: "rule", link: "interface", addr: "address", nft: "nft rule",
  conntrack: "connection", netns: "namespace", sysctl: "setting", socket: "socket", proc: "process", file: "file",
};

/** Cards of tables that just changed, one a place and table. */
function drawCards(ctx: Ctx, view: PacketsView, seats: Seats): void {
  const shown = new Set<string>();
  for (const { event, age } of view.flashes) {
    const change = event.changes.find((c) => TABLE_WORDS[c.table] !== undefined && c.before !== c.after);
    if (!change) continue;
    const at = cardSpot(view.plan, change.place, event);
    if (!at || shown.has(change.place)) continue;
    shown.add(change.place);
    const sign = change.before === null ? "+1 " : change.after === null ? "−1 " : "";
    const word = change.table === "nft" ? `nft ${change.key.split(" ")[0] ?? "rule"}` : TABLE_WORDS[change.table] ?? change.table;
    ctx.globalAlpha = Math.max(0, 1 - Math.max(0, age - 1.2) / 1.5);
    if (change.table === "conntrack") drawThread(ctx, view, at, seats.bySkb.get(event.skb));
    card(ctx, view, at, sign === "" ? `${word} updated` : sign + word);
    ctx.globalAlpha = 1;
  }
}

/** A flow's entry hangs on the packet that made it. */
function drawThread(ctx: Ctx, view: PacketsView, card: Point, packet: Point | undefined): void {
  if (packet === undefined) return;
  ctx.beginPath();
  ctx.moveTo(card.x + 14, card.y);
  ctx.quadraticCurveTo(card.x + 14, packet.y, packet.x, packet.y + TOKEN_R);
  ctx.strokeStyle = view.palette.accent;
  ctx.lineWidth = 1.2;
  ctx.setLineDash([2, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** In the free band under a kernel; beside the packet over a pod; beside a switch. */
function cardSpot(plan: Plan, place: string, event: TraceEvent): Point | null {
  const kernel = plan.boxById.get(`kernel:${place}`);
  if (kernel) return { x: kernel.x + 2, y: kernel.y + kernel.h + 14 };
  const pod = plan.boxById.get(place);
  if (pod) return { x: Math.min(pod.x + pod.w / 2 + 16, plan.width - 110), y: pod.y - 9 };
  const sw = switchOf(plan, event);
  if (sw) return sw.y < 20 ? { x: sw.x - 4, y: sw.y + sw.h + 12 } : { x: sw.x - 80, y: sw.y - 7 };
  const spot = spotAt(plan, `${event.place}:${event.dev}`);
  return spot && { x: spot.x + 14, y: spot.y + 12 };
}

/** The switch of a bridge or of one of its ports "C0s0-eth3". */
const switchOf = (plan: Plan, event: TraceEvent): Box | undefined =>
  plan.boxById.get(`${event.place}:${event.dev}`) ?? plan.boxById.get(`${event.place}:${event.dev.replace(/-eth\d+$/, "")}`);

function card(ctx: Ctx, view: PacketsView, at: Point, text: string): void {
  const px = 12 * sizeAt(view.zoom);
  ctx.font = `600 ${px}px ${view.palette.sans}`;
  const w = ctx.measureText(text).width + 12;
  ctx.beginPath();
  ctx.roundRect(at.x, at.y - px * 0.82, w, px * 1.64, 4);
  ctx.fillStyle = view.palette.accentSoft;
  ctx.fill();
  ctx.strokeStyle = view.palette.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = view.palette.ink;
  ctx.fillText(text, at.x + 6, at.y + 0.5);
}

/** Small words on a background of their own. */
function pill(ctx: Ctx, text: string, at: Point, view: PacketsView, colour: string): void {
  const px = 12 * sizeAt(view.zoom);
  ctx.font = `600 ${px}px ${view.palette.sans}`;
  const w = Math.max(ctx.measureText(text).width, textWidth("", "text")) + 10;
  ctx.beginPath();
  ctx.roundRect(at.x - w / 2, at.y - px * 0.72, w, px * 1.44, px * 0.72);
  ctx.fillStyle = view.palette.canvas;
  ctx.fill();
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colour;
  ctx.fillText(text, at.x, at.y + 0.5);
}
