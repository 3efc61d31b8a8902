import type { Ctx } from "./draw-parts.ts";
import type { Palette } from "./palette.ts";
import type { Plan, Point } from "./plan.ts";
import { onCurve, railCurve, socketAt } from "./rails.ts";
import type { Rail, RailCurve } from "./rails.ts";

/** Connections as thin double rails with a socket at each end, under the packets. */

const GAUGE = 1.9;
const STEPS = 28;

export interface RailsView {
  readonly plan: Plan;
  readonly palette: Palette;
  readonly zoom: number;
  readonly rails: readonly Rail[];
}

export function drawRails(ctx: Ctx, view: RailsView): void {
  const between = new Map<string, number>();
  for (const rail of view.rails) {
    const [from, to] = [socketAt(view.plan, rail.client), socketAt(view.plan, rail.server)];
    if (!from || !to) continue;
    const pair = [`${from.x} ${from.y}`, `${to.x} ${to.y}`].sort().join("|");
    const nth = between.get(pair) ?? 0;
    between.set(pair, nth + 1);
    if (nth < 4) drawRail(ctx, view, rail, railCurve(from, to, nth));
  }
}

function drawRail(ctx: Ctx, view: RailsView, rail: Rail, curve: RailCurve): void {
  const { palette } = view;
  ctx.save();
  ctx.globalAlpha = rail.state === "over" ? 0.55 : 1;
  ctx.strokeStyle = palette.accent;
  ctx.lineWidth = 1.3;
  if (rail.state === "over") ctx.setLineDash([4, 4]);
  for (const side of [-GAUGE, GAUGE]) {
    // Half closed: one of the two rails is gone.
    if (rail.state === "half" && side > 0) ctx.setLineDash([2, 5]);
    track(ctx, curve, side);
  }
  ctx.setLineDash([]);
  for (const end of [curve.from, curve.to]) socket(ctx, end, palette, rail.state === "over");
  ctx.restore();
  label(ctx, view, rail, curve);
}

function track(ctx: Ctx, curve: RailCurve, side: number): void {
  ctx.beginPath();
  for (let i = 0; i <= STEPS; i++) {
    const { at, across } = onCurve(curve, i / STEPS);
    const [x, y] = [at.x + across.x * side, at.y + across.y * side];
    if (i === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
  ctx.stroke();
}

function socket(ctx: Ctx, at: Point, palette: Palette, over: boolean): void {
  ctx.beginPath();
  ctx.arc(at.x, at.y, 4, 0, Math.PI * 2);
  ctx.fillStyle = over ? palette.canvas : palette.accent;
  ctx.fill();
  ctx.strokeStyle = over ? palette.accent : palette.canvas;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

function label(ctx: Ctx, { palette, zoom }: RailsView, rail: Rail, curve: RailCurve): void {
  const { at } = onCurve(curve, 0.5);
  const px = 11.5 * Math.max(1, 0.92 / zoom);
  ctx.font = `600 ${px}px ${palette.mono}`;
  const w = ctx.measureText(rail.label).width + 8;
  ctx.beginPath();
  ctx.roundRect(at.x - w / 2, at.y - px * 0.7, w, px * 1.4, 4);
  ctx.fillStyle = palette.canvas;
  ctx.fill();
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = rail.state === "over" ? palette.muted : palette.accent;
  ctx.fillText(rail.label, at.x, at.y + 0.5);
}
