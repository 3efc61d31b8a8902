import type { Palette } from "./palette.ts";
import type { Ctx } from "./draw-parts.ts";
import { overlap } from "./plan.ts";
import type { Point, Rect } from "./plan.ts";
import type { NatChange } from "../../protocol/trace.ts";

/** What address translation looks like: a badge on the packet, and a tag whose address turns over like a split-flap board. */

const BADGE_R = 7;

/** The packet that a tag belongs to, and what the tag should not hide. */
export interface Around {
  readonly at: Point;
  /** From its middle to its edges. */
  readonly reach: Point;
  readonly keepFree: readonly Rect[];
}

/** D and S at the packet's upper right corner; `reach` is how far its outline goes. Drawn in token units. */
export function drawBadges(ctx: Ctx, badges: string, reach: Point, palette: Palette): void {
  [...badges].forEach((letter, i) => {
    const [x, y] = [reach.x + 1 + i * (BADGE_R * 2 - 1), -reach.y + 1];
    ctx.beginPath();
    ctx.arc(x, y, BADGE_R, 0, Math.PI * 2);
    ctx.fillStyle = palette.accent;
    ctx.fill();
    ctx.strokeStyle = palette.canvas;
    ctx.lineWidth = 1.5;
    ctx.stroke();
    ctx.font = `700 10px ${palette.sans}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = palette.surface;
    ctx.fillText(letter, x, y + 0.5);
  });
}

/** Where the tag stands around a packet with this reach: under it, over it or beside it, wherever it hides least. */
function place(at: Point, reach: Point, w: number, h: number, keepFree: readonly Rect[]): Point {
  const spots = [
    { x: at.x - w / 2, y: at.y + reach.y + 4 }, { x: at.x - w / 2, y: at.y - reach.y - 4 - h }, { x: at.x + reach.x + 22, y: at.y - h / 2 },
    { x: at.x - reach.x - 6 - w, y: at.y - h / 2 }, { x: at.x + reach.x + 22, y: at.y - h - 2 }, { x: at.x + reach.x + 22, y: at.y + 2 },
  ];
  const hidden = (spot: Point): number => keepFree.filter((rect) => overlap({ ...spot, w, h }, rect)).length + (spot.x < 2 || spot.y < 2 ? 9 : 0);
  return spots.reduce((best, spot) => (hidden(spot) < hidden(best) ? spot : best));
}

/** The old address struck through, and beside it the new one. First half: the old flap falls; second half: the new one opens. */
export function drawFlip(ctx: Ctx, change: NatChange, u: number, around: Around, px: number, palette: Palette): void {
  ctx.font = `600 ${px}px ${palette.mono}`;
  const [old, fresh, gap] = [ctx.measureText(change.before).width, ctx.measureText(change.after).width, px * 0.6];
  const [w, h] = [old + gap + fresh + 14, px * 1.5 + 4];
  const at = place(around.at, around.reach, w, h, around.keepFree);
  ctx.beginPath();
  ctx.roundRect(at.x, at.y, w, h, 4);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  const middle = at.y + h / 2;
  words(ctx, change.before, at.x + 7, middle, u < 0.5 ? 1 - u * 1.2 : 1, u < 0.5 ? palette.ink : palette.muted);
  if (u > 0.4) strike(ctx, at.x + 7, middle, old, palette);
  if (u > 0.5) words(ctx, change.after, at.x + 7 + old + gap, middle, (u - 0.5) * 2, palette.ink);
}

/** Text squeezed towards its middle line: a flap on its way. */
function words(ctx: Ctx, text: string, x: number, y: number, open: number, colour: string): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(1, Math.max(0.05, open));
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = colour;
  ctx.fillText(text, 0, 0.5);
  ctx.restore();
}

function strike(ctx: Ctx, x: number, y: number, w: number, palette: Palette): void {
  ctx.beginPath();
  ctx.moveTo(x - 2, y);
  ctx.lineTo(x + w + 2, y);
  ctx.strokeStyle = palette.bad;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}
