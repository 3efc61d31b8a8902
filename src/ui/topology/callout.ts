import type { Palette } from "./palette.ts";
import { overlap, textWidth } from "./plan.ts";
import type { Plan, Point, Rect } from "./plan.ts";

/** The reason beside a lost packet, wrapped and placed where it covers the least. */

export interface Callout { readonly lines: readonly string[]; readonly rect: Rect; readonly px: number }

interface CalloutView { readonly plan: Plan; readonly palette: Palette; readonly zoom: number; readonly keepFree: readonly Rect[] }

const MAX_CHARS = 26;
const GAP = 22;

export function placeCallout(text: string, at: Point, view: CalloutView): Callout {
  const px = Math.max(12, 12 * view.zoom) / view.zoom;
  const lines = wrap(text, MAX_CHARS);
  const w = Math.max(...lines.map((line) => textWidth(line, "text", px))) + 14;
  const h = lines.length * px * 1.3 + 8;
  const places: Rect[] = [
    { x: at.x + GAP, y: at.y - h / 2, w, h }, { x: at.x - GAP - w, y: at.y - h / 2, w, h },
    { x: at.x - w / 2, y: at.y + GAP, w, h }, { x: at.x - w / 2, y: at.y - GAP - h, w, h },
    { x: at.x + GAP, y: at.y + GAP / 2, w, h }, { x: at.x - GAP - w, y: at.y + GAP / 2, w, h },
  ];
  const rect = places.reduce((best, place) => (cost(place, view) < cost(best, view) ? place : best));
  return { lines, rect, px };
}

function cost(rect: Rect, view: CalloutView): number {
  const outside = rect.x < 4 || rect.y < 4 || rect.x + rect.w > view.plan.width - 4 || rect.y + rect.h > view.plan.height - 4;
  return (outside ? 100 : 0) + view.keepFree.filter((other) => overlap(rect, other)).length;
}

export function wrap(text: string, chars: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < chars) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function drawCallout(ctx: CanvasRenderingContext2D, { lines, rect, px }: Callout, { palette }: { palette: Palette }): void {
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
