import type { TableName } from "../../protocol/trace.ts";
import type { DeviceInfo, PlaceInfo, ProcessInfo, Scene } from "../../protocol/snapshot.ts";

/**
 * A plan is the picture without colours: boxes, wires and labels in plan units (one CSS pixel at
 * zoom 1), and for every device and kernel the spot where a packet rests. Plans are pure functions of
 * the scene and the size, so a new pod slots into its worker and nothing outside that worker moves.
 */

export interface Point { readonly x: number; readonly y: number }
export interface Rect extends Point { readonly w: number; readonly h: number }

export type BoxKind =
  | "cluster" | "worker" | "host" | "internet" | "switch" | "etcd"
  | "pod" | "netns" | "more" | "bridge" | "kernel" | "hook" | "process" | "vxlan" | "uplink" | "port";

export interface Box extends Rect {
  /** Place id "C0w1", device id "C0w1:cni0", or "cluster:C0", "kernel:C0w1", "process:C0w1/12", "more:C0w1". */
  readonly id: string;
  readonly kind: BoxKind;
  /** What a click selects: a place id or a device id. */
  readonly selects: string;
  /** Down device, stopped process: drawn hollow. */
  readonly off: boolean;
  /** Tooltip and name for screen readers. */
  readonly title: string;
  /** Process chips: the program's name, "" for other boxes. */
  readonly program: string;
}

/** "inner" is a drawn line inside a machine, "rail" one inside its kernel's card; "way" is not drawn, packets only take it. */
export type WireKind = "cable" | "veth" | "inner" | "rail" | "way";

export interface Wire {
  readonly id: string;
  /** Spot ids of both ends. */
  readonly a: string;
  readonly b: string;
  readonly kind: WireKind;
  /** From a to b. */
  readonly points: readonly Point[];
  readonly aUp: boolean;
  readonly bUp: boolean;
}

export type FontKind = "cluster" | "name" | "pod" | "text" | "mono";
export type Align = "left" | "center" | "right";

export interface Label {
  /** Box it belongs to. */
  readonly box: string;
  readonly text: string;
  readonly font: FontKind;
  readonly align: Align;
  /** x by `align`, y the middle of the line. */
  readonly x: number;
  readonly y: number;
  /** Lower is placed first; a label that does not fit is left out. */
  readonly priority: number;
  /** Semantic level from which on it shows. */
  readonly level: Level;
}

/** 1 clusters, 2 nodes, 3 one worker's stack. */
export type Level = 1 | 2 | 3;

/** The way between two spots: along drawn wires where they connect them, else straight. */
export interface WirePath {
  readonly points: readonly Point[];
  /** Length from the start to each point, in plan units. */
  readonly lengths: readonly number[];
  /** False when no wire leads there. */
  readonly wired: boolean;
}

export interface Plan {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly boxById: ReadonlyMap<string, Box>;
  readonly wires: readonly Wire[];
  readonly labels: readonly Label[];
  /** "place:dev" and "place:" (its kernel) → where a packet rests. */
  readonly spots: ReadonlyMap<string, Point>;
  /** Width of a worker box in plan units: decides the semantic level. */
  readonly workerWidth: number;
  /** Ways already searched, by "from|to": a plan never changes. */
  readonly ways: Map<string, WirePath>;
}

/** What a plan is made from. The page's world has these members. */
export interface PlanSource {
  readonly scene: Scene;
  readonly places: ReadonlyMap<string, PlaceInfo>;
  readonly devices: ReadonlyMap<string, DeviceInfo>;
  readonly processes: ReadonlyMap<number, ProcessInfo>;
  /** Rows of a table now, by key. */
  rows?(place: string, table: TableName): ReadonlyMap<string, string>;
}

export const FONT_PX: Readonly<Record<FontKind, number>> = { cluster: 14, name: 13, pod: 12, text: 12, mono: 12 };
export const MIN_LABEL_PX = 12;
/** Widest usual glyph advance a font, in em: so that layout and tests need no font. */
const ADVANCE_EM: Readonly<Record<FontKind, number>> = { cluster: 0.62, name: 0.66, pod: 0.62, text: 0.56, mono: 0.6 };

/** Width of a text in plan units, a little more than any usual system font needs. */
export const textWidth = (text: string, font: FontKind, px: number = FONT_PX[font]): number => text.length * ADVANCE_EM[font] * px;

export function labelRect(label: Label, px: number = FONT_PX[label.font], perUnit = 1): Rect {
  const w = textWidth(label.text, label.font, px) / perUnit;
  const h = (px + 2) / perUnit;
  const x = label.align === "left" ? label.x : label.align === "right" ? label.x - w : label.x - w / 2;
  return { x, y: label.y - h / 2, w, h };
}

export const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

export const contains = (r: Rect, x: number, y: number): boolean => x >= r.x && x <= r.x + r.w && y >= r.y && y <= r.y + r.h;
export const centre = (r: Rect): Point => ({ x: r.x + r.w / 2, y: r.y + r.h / 2 });

/** Collects the parts of a plan; later parts lie on top of earlier ones. */
export class PlanBuilder {
  readonly boxes: Box[] = [];
  readonly wires: Wire[] = [];
  readonly labels: Label[] = [];
  readonly spots = new Map<string, Point>();
  readonly source: PlanSource;

  constructor(source: PlanSource) { this.source = source; }

  box(kind: BoxKind, id: string, rect: Rect, more: { selects?: string; off?: boolean; title?: string; program?: string } = {}): Rect {
    const title = more.title ?? id;
    this.boxes.push({ kind, id, x: rect.x, y: rect.y, w: rect.w, h: rect.h, selects: more.selects ?? id, off: more.off ?? false, title, program: more.program ?? "" });
    return rect;
  }

  label(box: string, text: string, at: Point, font: FontKind, more: { align?: Align; priority?: number; level?: Level } = {}): void {
    this.labels.push({ box, text, font, x: at.x, y: at.y, align: more.align ?? "center", priority: more.priority ?? 5, level: more.level ?? 2 });
  }

  spot(id: string, at: Point): void { this.spots.set(id, at); }

  wire(kind: WireKind, a: string, b: string, points: readonly Point[]): void {
    const up = (id: string): boolean => this.source.devices.get(id)?.up ?? true;
    this.wires.push({ id: `${a}~${b}`, kind, a, b, points, aUp: up(a), bUp: up(b) });
  }

  plan(width: number, height: number, workerWidth: number): Plan {
    const boxById = new Map(this.boxes.map((box) => [box.id, box]));
    const { boxes, wires, labels, spots } = this;
    return { width, height, workerWidth, boxes, boxById, wires, labels, spots, ways: new Map() };
  }
}

/** "C0w1/c1:eth0" → "C0w1/c1". A place id has no colon. */
export const placeOf = (id: string): string => id.slice(0, id.lastIndexOf(":"));
/** The spot of a place's kernel. */
export const kernelOf = (place: string): string => `${place}:`;

/** A hook's own spot where the plan draws hooks, else its machine's kernel. */
export const spotIdIn = (plan: Plan, id: string): string => (plan.spots.has(id) || !id.includes(":@") ? id : kernelOf(placeOf(id)));

/** Where packets at this spot rest: the device, else its place's kernel, else the kernel around it. */
export function spotAt(plan: Plan, id: string): Point | null {
  const known = plan.spots.get(id);
  if (known) return known;
  for (let place = placeOf(id); place !== ""; place = place.slice(0, Math.max(0, place.lastIndexOf("/")))) {
    const kernel = plan.spots.get(kernelOf(place));
    if (kernel) return kernel;
  }
  return null;
}
