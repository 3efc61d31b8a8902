import type { Palette } from "./palette.ts";
import { contains, overlap, textWidth } from "./plan.ts";
import type { Plan, Point, Rect } from "./plan.ts";

/** The reason beside a lost packet, wrapped and placed where it covers the least. */

export interface Callout { readonly lines: readonly string[]; readonly rect: Rect; readonly px: number }

interface CalloutView {
  readonly plan: Plan;
  readonly zoom: number;
  readonly keepFree: readonly Rect[];
  /** Other callouts: words over words cannot be read at all. */
  readonly words: readonly Rect[];
}

const MAX_CHARS = 30;
const GAP = 20;

/** The part of a reason that fits on the map; the whole sentence is in the journey. */
export const shortReason = (text: string): string => (text.split(/[,:(]/)[0] ?? text).trim();

export function placeCallout(text: string, at: Point, view: CalloutView): Callout {
  const px = Math.max(12, 12 * view.zoom) / view.zoom;
  const lines = wrap(shortReason(text), MAX_CHARS);
  const w = Math.max(...lines.map((line) => textWidth(line, "pod", px))) + 8;
  const h = lines.length * px * 1.3 + 6;
  let best: Rect = { x: at.x + GAP, y: at.y - h / 2, w, h };
  let bestCost = cost(best, at, view);
  for (const rect of candidates(at, w, h)) {
    const price = cost(rect, at, view);
    if (price < bestCost) [best, bestCost] = [rect, price];
  }
  return { lines, rect: best, px };
}

/** All around the mark, near ones and farther ones. */
function candidates(at: Point, w: number, h: number): Rect[] {
  const found: Rect[] = [];
  for (let up = -90; up <= 90; up += 7) {
    for (const x of [at.x + GAP, at.x - GAP - w, at.x - w / 2, at.x - 20, at.x + 20 - w]) {
      const rect = { x, y: at.y + up - h / 2, w, h };
      if (!overlap(rect, { x: at.x - 15, y: at.y - 15, w: 30, h: 30 })) found.push(rect);
    }
  }
  return found;
}

function cost(rect: Rect, at: Point, view: CalloutView): number {
  const outside = rect.x < 4 || rect.y < 4 || rect.x + rect.w > view.plan.width - 4 || rect.y + rect.h > view.plan.height - 4;
  const far = Math.hypot(rect.x + rect.w / 2 - at.x, rect.y + rect.h / 2 - at.y);
  return (outside ? 1000 : 0) + far * 0.1 + 12 * crossings(rect, at, view.keepFree) + 60 * view.keepFree.filter((other) => overlap(rect, other)).length + 500 * view.words.filter((other) => overlap(rect, other)).length;
}

/** Things that the line from mark to words would cross. */
function crossings(rect: Rect, at: Point, keepFree: readonly Rect[]): number {
  const to = nearest(rect, at);
  let n = 0;
  for (const share of [0.35, 0.55, 0.75]) {
    const [x, y] = [at.x + (to.x - at.x) * share, at.y + (to.y - at.y) * share];
    if (keepFree.some((other) => contains(other, x, y))) n++;
  }
  return n;
}

const nearest = (rect: Rect, at: Point): Point => ({ x: Math.max(rect.x + 6, Math.min(at.x, rect.x + rect.w - 6)), y: Math.max(rect.y, Math.min(at.y, rect.y + rect.h)) });

export function wrap(text: string, chars: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < chars) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function drawCallout(ctx: CanvasRenderingContext2D, at: Point, { lines, rect, px }: Callout, { palette }: { palette: Palette }): void {
  leader(ctx, at, rect, palette);
  ctx.beginPath();
  ctx.roundRect(rect.x, rect.y, rect.w, rect.h, 5);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.bad;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.font = `600 ${px}px ${palette.sans}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = palette.ink;
  lines.forEach((line, i) => { ctx.fillText(line, rect.x + 7, rect.y + 4 + px * 1.3 * (i + 0.5)); });
}

/** A thin line from the mark to words that stand farther away. */
function leader(ctx: CanvasRenderingContext2D, at: Point, rect: Rect, palette: Palette): void {
  const to = nearest(rect, at);
  const [dx, dy] = [to.x - at.x, to.y - at.y];
  const far = Math.hypot(dx, dy);
  if (far < 18) return;
  ctx.beginPath();
  ctx.moveTo(at.x + dx / far * 15, at.y + dy / far * 15);
  ctx.lineTo(to.x, to.y);
  ctx.strokeStyle = palette.bad;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}
