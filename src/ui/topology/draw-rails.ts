import type { Ctx } from "./draw-parts.ts";
import type { Palette } from "./palette.ts";
import { overlap } from "./plan.ts";
import type { Plan, Point, Rect } from "./plan.ts";
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
  /** Words and boxes that labels should not hide. */
  readonly keepFree: readonly Rect[];
}

export function drawRails(ctx: Ctx, view: RailsView): void {
  const between = new Map<string, number>();
  for (const rail of view.rails) {
    const ends = socketsOf(view.plan, rail);
    if (ends === null) continue;
    const [from, to] = ends;
    const pair = [`${from.x} ${from.y}`, `${to.x} ${to.y}`].sort().join("|");
    const nth = between.get(pair) ?? 0;
    between.set(pair, nth + 1);
    if (nth < 4) drawRail(ctx, view, rail, railCurve(from, to, nth));
  }
}

/** Each end on the side towards the other. */
function socketsOf(plan: Plan, { client, server }: Rail): readonly [Point, Point] | null {
  const [a, b] = [socketAt(plan, client, 0), socketAt(plan, server, 0)];
  if (!a || !b) return null;
  return [socketAt(plan, client, b.y) ?? a, socketAt(plan, server, a.y) ?? b];
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

/** Where on the rail its label hides least; the middle when it is all the same. */
function labelSpot(curve: RailCurve, w: number, h: number, keepFree: readonly Rect[]): Point {
  const spots = [0.5, 0.4, 0.6, 0.3, 0.7, 0.35, 0.65, 0.2, 0.8, 0.25, 0.75].map((u) => onCurve(curve, u).at);
  const hidden = (at: Point): number => keepFree.filter((rect) => overlap({ x: at.x - w / 2, y: at.y - h / 2, w, h }, rect)).length;
  return spots.reduce((best, spot) => (hidden(spot) < hidden(best) ? spot : best));
}

function label(ctx: Ctx, { plan, palette, zoom, keepFree }: RailsView, rail: Rail, curve: RailCurve): void {
  const px = 11.5 * Math.max(1, 0.92 / zoom);
  ctx.font = `600 ${px}px ${palette.mono}`;
  const w = ctx.measureText(rail.label).width + 8;
  const ports = plan.boxes.filter((box) => box.kind === "uplink" || box.kind === "vxlan");
  const at = labelSpot(curve, w, px * 1.4, [...keepFree, ...ports]);
  ctx.beginPath();
  ctx.roundRect(at.x - w / 2, at.y - px * 0.7, w, px * 1.4, 4);
  ctx.fillStyle = palette.canvas;
  ctx.fill();
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = rail.state === "over" ? palette.muted : palette.accent;
  ctx.fillText(rail.label, at.x, at.y + 0.5);
}
