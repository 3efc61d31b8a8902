import type { Palette } from "./palette.ts";
import type { Ctx } from "./draw-parts.ts";
import type { Point } from "./plan.ts";
import type { NatChange } from "../../protocol/trace.ts";

/** What address translation looks like: a badge on the packet, and a tag whose address turns over like a split-flap board. */

const BADGE_R = 7;

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

/** The old address struck through, and under it the new one. First half: the old flap falls; second half: the new one opens. */
export function drawFlip(ctx: Ctx, change: NatChange, u: number, at: Point, px: number, palette: Palette): void {
  const label = change.field === "dst" ? "to" : "from";
  ctx.font = `600 ${px}px ${palette.mono}`;
  const w = Math.max(ctx.measureText(change.before).width, ctx.measureText(change.after).width) + ctx.measureText(`${label} `).width + 14;
  const row = px * 1.5;
  const left = at.x - w / 2;
  ctx.beginPath();
  ctx.roundRect(left, at.y, w, row * 2 + 4, 4);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  const indent = left + 7 + ctx.measureText(`${label} `).width;
  const middle = (n: number): number => at.y + 2 + row * (n + 0.5);
  words(ctx, label, left + 7, middle(u < 0.5 ? 0 : 1), 1, palette.muted);
  words(ctx, change.before, indent, middle(0), u < 0.5 ? 1 - u * 1.2 : 1, u < 0.5 ? palette.ink : palette.muted);
  if (u > 0.4) strike(ctx, indent, middle(0), ctx.measureText(change.before).width, palette);
  if (u > 0.5) words(ctx, change.after, indent, middle(1), (u - 0.5) * 2, palette.ink);
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
