import type cytoscape from "cytoscape";
import type { Session } from "../app/session.ts";
import { reveal } from "./graph.ts";
import { centre, kernelOf, placeOf } from "./plan.ts";
import type { Box, Plan, Point } from "./plan.ts";
import type { Stage } from "./stage.ts";

/** Pointer and keyboard on the map. */

const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const REACHABLE: ReadonlySet<string> = new Set(["worker", "host", "internet", "switch", "etcd", "pod", "netns", "bridge", "vxlan", "uplink", "port", "more"]);

export class StageInput {
  readonly #stage: Stage;
  readonly #session: Session;
  readonly #host: HTMLElement;
  readonly #end: (() => void)[] = [];

  constructor(stage: Stage, session: Session, host: HTMLElement) {
    this.#stage = stage;
    this.#session = session;
    this.#host = host;
    stage.cy.on("tap", (event) => { this.#tap(event); });
    stage.cy.on("dbltap", (event) => { this.#doubleTap(event); });
    this.#listen("pointermove", (event) => { this.#hover(event); });
    this.#listen("pointerleave", () => { this.#session.selection.hover(null); });
  }

  destroy(): void { for (const end of this.#end) end(); }

  /** True when the key was for the map. */
  key(key: string): boolean {
    const arrow = ARROWS[key];
    if (arrow) return this.#move(arrow[0], arrow[1]);
    switch (key) {
      case "Enter": return this.#enter();
      case "Backspace": return this.#up();
      case "Escape": return this.#leave();
      case "+": case "=": this.#stage.zoom(1.4); return true;
      case "-": this.#stage.zoom(1 / 1.4); return true;
      case "0": case "2": this.#stage.expand(null); this.#stage.fit(); return true;
      case "1": this.#stage.expand(null); this.#stage.zoom(0.4); return true;
      case "3": return this.#lookInside(this.#selectedMachine());
      default: return false;
    }
  }

  #listen(type: "pointermove" | "pointerleave", listener: (event: PointerEvent) => void): void {
    this.#host.addEventListener(type, listener);
    this.#end.push(() => { this.#host.removeEventListener(type, listener); });
  }

  #boxOf(event: cytoscape.EventObject): Box | null {
    const { x, y } = event.renderedPosition;
    return this.#stage.boxAt(x, y);
  }

  #tap(event: cytoscape.EventObject): void {
    this.#host.focus({ preventScroll: true });
    const box = this.#boxOf(event);
    if (box) this.#select(box.selects);
    else this.#session.selection.clear();
  }

  #doubleTap(event: cytoscape.EventObject): void {
    const box = this.#boxOf(event);
    if (box?.kind === "more") this.#lookInside(machineOf(this.#session, box.selects));
    else if (box) this.#open(box.selects);
  }

  #hover(event: PointerEvent): void {
    const frame = this.#host.getBoundingClientRect();
    const box = this.#stage.boxAt(event.clientX - frame.left, event.clientY - frame.top);
    this.#host.title = box?.title ?? "";
    this.#host.style.cursor = box ? "pointer" : "";
    this.#session.selection.hover(box?.selects ?? null);
  }

  #select(id: string): void {
    this.#session.selection.select(id.includes(":") ? { kind: "device", device: id } : { kind: "place", place: id });
  }

  /** What Enter and a double click do: look into a machine, else open a shell. */
  #open(id: string): boolean {
    const place = this.#session.world.places.get(id.includes(":") ? placeOf(id) : id);
    if (place?.kind === "worker" && this.#stage.expanded !== place.id) return this.#lookInside(place.id);
    if (place?.shell !== true) return false;
    this.#session.focusShell(this.#session.terminals.openAt(place.id));
    return true;
  }

  #lookInside(machine: string | null): boolean {
    if (machine === null || this.#session.world.places.get(machine)?.kind !== "worker") return false;
    this.#stage.expand(machine);
    return true;
  }

  #enter(): boolean {
    const id = this.#selectedId();
    return id === null ? this.#move(0, 1) : this.#open(id);
  }

  /** One level up: out of the machine, else from pod to its worker. */
  #up(): boolean {
    const place = this.#session.world.places.get(this.#session.selection.place);
    if (this.#stage.expanded !== null) this.#stage.expand(null);
    else if (place !== undefined && place.parent !== null) this.#select(place.parent);
    return true;
  }

  #leave(): boolean {
    if (this.#stage.expanded === null && this.#selectedId() === null) return false;
    this.#session.selection.clear();
    this.#stage.expand(null);
    return true;
  }

  #selectedId(): string | null {
    const { selected } = this.#session.selection;
    if (selected.kind === "device") return selected.device;
    const { place } = this.#session.selection;
    return place === "" ? null : place;
  }

  #selectedMachine(): string | null {
    const { place } = this.#session.selection;
    return place === "" ? null : machineOf(this.#session, place);
  }

  #move(dx: number, dy: number): boolean {
    const { plan } = this.#stage;
    const from = plan.boxById.get(this.#selectedId() ?? "");
    const next = from ? neighbour(plan, from, dx, dy) : plan.boxes.find((box) => REACHABLE.has(box.kind));
    if (!next) return true;
    this.#select(next.selects);
    const { width, height } = this.#host.getBoundingClientRect();
    reveal(this.#stage.cy, plan, next.kind === "worker" ? kernelOf(next.id) : next.id, width, height);
    return true;
  }
}

function machineOf(session: Session, place: string): string {
  return session.world.places.get(place)?.parent ?? place;
}

/** The next box in this direction: linked ones first, then what is nearest. */
export function neighbour(plan: Plan, from: Box, dx: number, dy: number): Box | null {
  const linked = new Set(plan.wires.flatMap((wire) => {
    const [a, b] = [boxOfSpot(plan, wire.a), boxOfSpot(plan, wire.b)];
    return a === from.id ? [b] : b === from.id ? [a] : [];
  }));
  const start = centre(from);
  let best: Box | null = null;
  let bestCost = Infinity;
  for (const box of plan.boxes) {
    if (box.id === from.id || !REACHABLE.has(box.kind)) continue;
    const at = nearestPoint(box, start);
    const ahead = (at.x - start.x) * dx + (at.y - start.y) * dy;
    const aside = Math.abs((at.x - start.x) * dy) + Math.abs((at.y - start.y) * dx);
    const isLinked = linked.has(box.id);
    if (ahead < 4 || aside > ahead * (isLinked ? 4 : 2.5)) continue;
    const cost = (ahead + aside * (isLinked ? 1 : 2)) * (isLinked ? 0.25 : 1);
    if (cost < bestCost) [best, bestCost] = [box, cost];
  }
  return best;
}

/** Wide boxes are near with their nearest side; a machine counts as its upper edge, it is full of other things. */
function nearestPoint(box: Box, to: Point): Point {
  const machine = box.kind === "worker" || box.kind === "host";
  const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));
  return { x: clamp(to.x, box.x, box.x + box.w), y: machine ? box.y + 12 : clamp(to.y, box.y, box.y + box.h) };
}

/** The box a spot belongs to: its device if that is drawn, the bridge it is a port of, else its place. */
function boxOfSpot(plan: Plan, spot: string): string {
  if (plan.boxById.has(spot)) return spot;
  const master = plan.wires.find((wire) => wire.kind === "way" && wire.a === spot && plan.boxById.has(wire.b))?.b;
  const place = placeOf(spot);
  return master ?? (plan.boxById.has(place) ? place : spot.replace(/-eth\d+$/, ""));
}
