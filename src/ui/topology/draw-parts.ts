import type { Palette } from "./palette.ts";
import { FONT_PX, MIN_LABEL_PX, labelRect, overlap } from "./plan.ts";
import type { Box, FontKind, Label, Level, Plan, Rect, Wire } from "./plan.ts";

/** The small, still parts on a canvas of ours: pods, bridges, ports, the lines inside machines, and all labels. */

export type Ctx = CanvasRenderingContext2D;

export interface PartsView {
  readonly plan: Plan;
  readonly palette: Palette;
  readonly zoom: number;
  readonly level: Level;
  /** Boxes drawn with an accent outline: selected, hovered. */
  readonly lit: ReadonlySet<string>;
  /** Places with an open shell; the active one is drawn heavier. */
  readonly active: string | null;
  readonly labels: readonly Label[];
}

export function drawParts(ctx: Ctx, view: PartsView): void {
  if (view.level > 1) {
    for (const wire of view.plan.wires) if (wire.kind !== "cable" && wire.kind !== "rail") drawWire(ctx, wire, view.palette);
    for (const box of view.plan.boxes) drawBox(ctx, box, view);
    for (const wire of view.plan.wires) if (wire.kind === "rail") drawWire(ctx, wire, view.palette);
  }
  for (const label of view.labels) drawLabel(ctx, label, view);
}

function drawWire(ctx: Ctx, wire: Wire, palette: Palette): void {
  ctx.beginPath();
  wire.points.forEach((p, i) => { if (i === 0) ctx.moveTo(p.x, p.y); else ctx.lineTo(p.x, p.y); });
  if (wire.kind === "veth") stroke(ctx, palette.ink, 1.5);
  else if (wire.kind === "inner" || wire.kind === "rail") stroke(ctx, palette.control, 1);
  if (wire.kind !== "veth") return;
  for (const [p, up] of [[wire.points[0], wire.aUp], [wire.points.at(-1), wire.bUp]] as const) {
    if (p) dot(ctx, p.x, p.y, up, palette);
  }
}

/** Up is a filled end, down an open one. */
function dot(ctx: Ctx, x: number, y: number, up: boolean, palette: Palette): void {
  ctx.beginPath();
  ctx.arc(x, y, up ? 2.5 : 3.5, 0, Math.PI * 2);
  ctx.fillStyle = up ? palette.ink : palette.surface;
  ctx.fill();
  if (!up) stroke(ctx, palette.ink, 1.5);
}

function stroke(ctx: Ctx, colour: string, width: number, dash: number[] = []): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke();
  if (dash.length > 0) ctx.setLineDash([]);
}

/** A chip whose name does not fit would be an empty box. */
const named = (box: Box, view: PartsView): boolean => view.labels.some((label) => label.box === box.id);

function drawBox(ctx: Ctx, box: Box, view: PartsView): void {
  const { palette } = view;
  switch (box.kind) {
    case "pod":
    case "netns": return podShape(ctx, box, view);
    case "more": return plain(ctx, box, view, { fill: palette.surface, radius: box.h / 2, dash: [3, 3] });
    case "bridge": return plain(ctx, box, view, { fill: palette.bar, radius: 3, edge: palette.forced || view.level === 3 ? palette.ink : null });
    case "kernel": return plain(ctx, box, view, { fill: palette.canvas, radius: 6, edge: palette.line });
    case "hook": return plain(ctx, box, view, { fill: box.off ? null : palette.accentSoft, radius: 4, edge: box.off ? palette.line : palette.accent });
    case "process": if (!named(box, view)) return;
      return plain(ctx, box, view, { fill: box.off ? null : palette.canvas, radius: 4, edge: palette.control, dash: box.off ? [3, 3] : [] });
    case "vxlan": return view.level === 3 ? tunnelCard(ctx, box, view) : plain(ctx, box, view, { fill: box.off ? palette.surface : palette.fills.vxlan, radius: 2 });
    case "uplink":
    case "port": return plain(ctx, box, view, { fill: box.off || view.level === 3 ? palette.surface : palette.bar, radius: view.level === 3 ? 4 : 2, dash: box.off && view.level === 3 ? [4, 3] : [] });
    case "internet": return cloud(ctx, box, view);
    case "switch": return switchIcon(ctx, box, view);
    default: return;
  }
}

interface Skin { readonly fill: string | null; readonly radius: number; readonly edge?: string | null; readonly dash?: number[] }

function plain(ctx: Ctx, box: Box, view: PartsView, skin: Skin): void {
  ctx.beginPath();
  ctx.roundRect(box.x, box.y, box.w, box.h, skin.radius);
  paint(ctx, box, view, skin);
}

function paint(ctx: Ctx, box: Box, view: PartsView, skin: Skin): void {
  const lit = view.lit.has(box.id);
  if (skin.fill !== null) {
    ctx.fillStyle = skin.fill;
    ctx.fill();
  }
  const edge = skin.edge === undefined ? view.palette.ink : skin.edge;
  if (lit) stroke(ctx, view.palette.accent, 3, skin.dash ?? []);
  else if (view.active === box.id) stroke(ctx, view.palette.ink, 3, skin.dash ?? []);
  else if (edge !== null) stroke(ctx, edge, 1.5, skin.dash ?? []);
}

/** A circle where there is little room, a rounded card where there is more; namespaces of one's own are dashed. */
function podShape(ctx: Ctx, box: Box, view: PartsView): void {
  const radius = Math.min(box.w, box.h) === box.h && box.w > box.h ? 12 : box.h / 2;
  plain(ctx, box, view, { fill: view.palette.canvas, radius, dash: box.kind === "netns" ? [5, 3] : [] });
}

/** With room for words the tunnel's green is its border. */
function tunnelCard(ctx: Ctx, box: Box, view: PartsView): void {
  plain(ctx, box, view, { fill: view.palette.surface, radius: 5 });
  ctx.beginPath();
  ctx.roundRect(box.x + 2.5, box.y + 2.5, box.w - 5, box.h - 5, 3);
  if (view.palette.fills.vxlan !== null) stroke(ctx, view.palette.fills.vxlan, 3.5);
}

function cloud(ctx: Ctx, box: Box, view: PartsView): void {
  const { x, y, w, h } = box;
  ctx.beginPath();
  ctx.moveTo(x + w * 0.2, y + h);
  ctx.bezierCurveTo(x - w * 0.06, y + h, x - w * 0.04, y + h * 0.42, x + w * 0.16, y + h * 0.42);
  ctx.bezierCurveTo(x + w * 0.2, y - h * 0.12, x + w * 0.56, y - h * 0.16, x + w * 0.62, y + h * 0.18);
  ctx.bezierCurveTo(x + w * 0.78, y + h * 0.02, x + w * 0.96, y + h * 0.2, x + w * 0.9, y + h * 0.46);
  ctx.bezierCurveTo(x + w * 1.05, y + h * 0.52, x + w * 1.02, y + h, x + w * 0.84, y + h);
  ctx.closePath();
  paint(ctx, box, view, { fill: view.palette.surface, radius: 0 });
}

/** Two opposite arrows at the left of a switch's name. */
function switchIcon(ctx: Ctx, box: Box, view: PartsView): void {
  const x = box.x + 13;
  const y = box.y + box.h / 2;
  ctx.beginPath();
  arrow(ctx, x, x + 15, y - 3.5);
  arrow(ctx, x + 15, x, y + 3.5);
  stroke(ctx, view.palette.ink, 1.5);
}

function arrow(ctx: Ctx, from: number, to: number, y: number): void {
  const back = Math.sign(from - to) * 4;
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  ctx.moveTo(to + back, y - 3);
  ctx.lineTo(to, y);
  ctx.lineTo(to + back, y + 3);
}

const WEIGHT: Readonly<Record<FontKind, string>> = { cluster: "600", name: "700", pod: "600", text: "400", mono: "400" };

/** Labels grow with the picture and never get smaller than twelve pixels on the screen. */
export const labelPx = (font: FontKind, zoom: number): number => Math.max(MIN_LABEL_PX, FONT_PX[font] * zoom) / zoom;

export function fontOf(font: FontKind, px: number, palette: Palette): string {
  return `${WEIGHT[font]} ${px}px ${font === "mono" ? palette.mono : palette.sans}`;
}

function drawLabel(ctx: Ctx, label: Label, view: PartsView): void {
  ctx.font = fontOf(label.font, labelPx(label.font, view.zoom), view.palette);
  if (label.font === "cluster" && view.level === 2) breakLine(ctx, label, view);
  ctx.textAlign = label.align;
  ctx.textBaseline = "middle";
  ctx.fillStyle = label.font === "mono" || label.text === "kernel" || label.font === "text" && label.level === 1 ? view.palette.muted : view.palette.ink;
  const far = view.level === 1 && label.level === 2; // a switch's name, without the room for its icon
  if (far) ctx.textAlign = "center";
  ctx.fillText(label.text, far ? label.x - 10 : label.x, label.y + 0.5);
}

/** A cluster's name stands in a gap of its outline. */
function breakLine(ctx: Ctx, label: Label, view: PartsView): void {
  const w = ctx.measureText(label.text).width;
  ctx.fillStyle = view.palette.canvas;
  ctx.fillRect(label.x - 5, label.y - 4, w + 10, 8);
}

/**
 * Which labels show at this zoom and level: in order of priority, each that overlaps none before it.
 * Zoom is taken in coarse steps, so that labels do not come and go while the picture is being zoomed.
 */
export function visibleLabels(plan: Plan, zoom: number, level: Level): Label[] {
  const step = Math.max(0.2, Math.floor(zoom * 20) / 20);
  const placed: Rect[] = [];
  const far = level === 1;
  const wanted = plan.labels.filter((label) => (far ? label.level === 1 || plan.boxById.get(label.box)?.kind === "switch" : label.level === 2));
  return [...wanted].sort((a, b) => a.priority - b.priority).filter((label) => {
    const rect = labelRect(label, Math.max(MIN_LABEL_PX, FONT_PX[label.font] * step), step);
    if (placed.some((other) => overlap(rect, other)) || tooSmall(plan, label, rect)) return false;
    placed.push(rect);
    return true;
  });
}

/** A pod's name that is wider than the pod would run into its neighbours. */
function tooSmall(plan: Plan, label: Label, rect: Rect): boolean {
  const box = plan.boxById.get(label.box);
  return box !== undefined && ["more", "process"].includes(box.kind) && rect.w > box.w + 4;
}
