import { letterOn } from "./palette.ts";
import type { Palette } from "./palette.ts";
import type { PacketKind, PacketLook } from "./classify.ts";
import type { Ctx } from "./draw-parts.ts";

/**
 * A packet as a token: shape and letter say what it is, nesting says what is inside what. Sizes are in
 * plan units; everything is drawn around the origin.
 */

/** Half the height of a bare packet. */
export const TOKEN_R = 12.5;
/** A shell: half its width and height around a bare packet, and again for each shell around it. */
const SHELL = { w: 23, h: 16, core: 8.5, inset: 5.5, step: 5 };

export function drawToken(ctx: Ctx, look: PacketLook | null, wrap: number, palette: Palette): void {
  if (look === null) return shape(ctx, "other", TOKEN_R, "·", false, palette);
  if (look.inner === null) return shape(ctx, look.kind, TOKEN_R, look.letter, look.reply, palette);
  shell(ctx, look, wrap, palette);
}

/** Half width of a token, for arrows and neighbours. */
export const halfWidth = (look: PacketLook | null): number => (look?.inner ? SHELL.w + SHELL.step * (depth(look) - 1) : TOKEN_R);
export const halfHeight = (look: PacketLook | null): number => (look?.inner ? SHELL.h + SHELL.step * (depth(look) - 1) : TOKEN_R);

function depth(look: PacketLook): number {
  let n = 0;
  for (let at = look.inner; at; at = at.inner) n++;
  return Math.min(3, n);
}

/** The outer header grows around the inner packet; `wrap` 0…1 is how far. */
function shell(ctx: Ctx, look: PacketLook, wrap: number, palette: Palette): void {
  const layers = depth(look);
  const core = look.inner && deepest(look);
  const grown = easeOut(wrap);
  for (let layer = layers; layer > 0; layer--) {
    const outermost = layer === layers ? grown : 1;
    const w = SHELL.core + 4 + (SHELL.w - SHELL.core - 4 + SHELL.step * (layer - 1)) * outermost;
    const h = SHELL.core + 4 + (SHELL.h - SHELL.core - 4 + SHELL.step * (layer - 1)) * outermost;
    ctx.globalAlpha *= outermost;
    capsule(ctx, w, h, palette.fills.vxlan, palette);
    ctx.globalAlpha /= outermost || 1;
  }
  const inside = { w: SHELL.w - SHELL.inset, h: SHELL.h - SHELL.inset + 1 };
  if (grown > 0.05) {
    ctx.globalAlpha *= grown;
    card(ctx, inside.w * grown, inside.h, palette);
    ctx.globalAlpha /= grown;
  }
  if (core) shape(ctx, core.kind, SHELL.core + (TOKEN_R - SHELL.core) * (1 - grown), core.letter, core.reply, palette);
}

function deepest(look: PacketLook): PacketLook {
  let at = look;
  while (at.inner) at = at.inner;
  return at;
}

const easeOut = (u: number): number => 1 - (1 - u) * (1 - u);

function capsule(ctx: Ctx, w: number, h: number, fill: string | null, palette: Palette): void {
  ctx.beginPath();
  ctx.roundRect(-w, -h, 2 * w, 2 * h, h);
  fillAndEdge(ctx, fill ?? palette.surface, palette);
}

/** The tunnelled frame: a sheet of paper in the capsule. */
function card(ctx: Ctx, w: number, h: number, palette: Palette): void {
  ctx.beginPath();
  ctx.roundRect(-w, -h, 2 * w, 2 * h, 5);
  fillAndEdge(ctx, palette.surface, palette);
}

function fillAndEdge(ctx: Ctx, fill: string | null, palette: Palette, width = 1.5): void {
  ctx.fillStyle = fill ?? palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = width;
  ctx.setLineDash([]);
  ctx.stroke();
}

/** One packet: its outline, a second thin one for answers, its letter. */
function shape(ctx: Ctx, kind: PacketKind, r: number, letter: string, reply: boolean, palette: Palette): void {
  const fill = palette.fills[kind];
  if (reply && kind !== "control") {
    outline(ctx, kind, r + 3);
    ctx.fillStyle = palette.surface;
    ctx.fill();
    ctx.strokeStyle = palette.ink;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
  outline(ctx, kind, r);
  if (kind === "control") hollow(ctx, palette);
  else fillAndEdge(ctx, fill, palette, r < 10 ? 1.2 : 1.5);
  write(ctx, letter, r, kind === "arp" ? r * 0.24 : 0, letterOn(kind, palette), palette);
}

/** Messages between kernel and daemons are no frames: no fill, dashed. */
function hollow(ctx: Ctx, palette: Palette): void {
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([3, 2.5]);
  ctx.stroke();
  ctx.setLineDash([]);
}

function write(ctx: Ctx, text: string, r: number, down: number, colour: string, palette: Palette): void {
  const px = text.length > 1 ? r * 0.88 : r * 1.08;
  ctx.font = `700 ${px}px ${palette.sans}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colour;
  ctx.fillText(text, 0, down + px * 0.06);
}

function outline(ctx: Ctx, kind: PacketKind | "drop", r: number): void {
  ctx.beginPath();
  if (kind === "icmp") ctx.arc(0, 0, r, 0, Math.PI * 2);
  else if (kind === "arp") polygon(ctx, 3, r * 1.3, -Math.PI / 2, r * 0.2);
  else if (kind === "udp" || kind === "drop") polygon(ctx, 4, r * 1.25, -Math.PI / 2, 0);
  else if (kind === "control") polygon(ctx, 5, r * 1.1, -Math.PI / 2, 0);
  else if (kind === "vxlan") ctx.roundRect(-r * 1.4, -r * 0.9, r * 2.8, r * 1.8, r * 0.9);
  else if (kind === "http") folded(ctx, r);
  else ctx.roundRect(-r * 0.95, -r * 0.95, r * 1.9, r * 1.9, kind === "other" ? r * 0.5 : 2);
}

function polygon(ctx: Ctx, corners: number, r: number, turn: number, down: number): void {
  for (let i = 0; i < corners; i++) {
    const angle = turn + i * 2 * Math.PI / corners;
    if (i === 0) ctx.moveTo(r * Math.cos(angle), down + r * Math.sin(angle));
    else ctx.lineTo(r * Math.cos(angle), down + r * Math.sin(angle));
  }
  ctx.closePath();
}

function folded(ctx: Ctx, r: number): void {
  const s = r * 0.95;
  ctx.moveTo(-s, -s);
  ctx.lineTo(s * 0.45, -s);
  ctx.lineTo(s, -s * 0.45);
  ctx.lineTo(s, s);
  ctx.lineTo(-s, s);
  ctx.closePath();
}

/** Where a packet was lost. */
export function drawTombstone(ctx: Ctx, palette: Palette): void {
  outline(ctx, "drop", TOKEN_R);
  fillAndEdge(ctx, palette.fills.drop, palette, 2);
  ctx.beginPath();
  for (const side of [-1, 1]) {
    ctx.moveTo(-4.5 * side, -4.5);
    ctx.lineTo(4.5 * side, 4.5);
  }
  ctx.strokeStyle = letterOn("drop", palette);
  ctx.lineWidth = 2.5;
  ctx.lineCap = "round";
  ctx.stroke();
  ctx.lineCap = "butt";
}

/** A small arrowhead on the leading edge, `distance` from the middle. */
export function drawChevron(ctx: Ctx, angle: number, distance: number, palette: Palette): void {
  ctx.save();
  ctx.rotate(angle);
  ctx.beginPath();
  ctx.moveTo(distance + 3, -5);
  ctx.lineTo(distance + 8, 0);
  ctx.lineTo(distance + 3, 5);
  ctx.strokeStyle = palette.ink;
  ctx.lineWidth = 2.5;
  ctx.lineJoin = "round";
  ctx.stroke();
  ctx.restore();
}
