import type cytoscape from "cytoscape";
import type { Connections } from "../store/connections.ts";
import type { Selection } from "../store/selection.ts";
import type { World } from "../store/world.ts";
import type { Player } from "../time/player.ts";
import { drawPackets } from "./draw-packets.ts";
import { drawParts, visibleLabels } from "./draw-parts.ts";
import { cameraOf, createGraph, fitCamera, setCamera, setColours, setFar, setLit, setPlan, zoomBy } from "./graph.ts";
import { hitAt, hitGrid } from "./hit.ts";
import type { HitGrid } from "./hit.ts";
import { Lives } from "./lives.ts";
import { flashesAt, floodsAt, instantOf, tokensAt, tunnelsAt } from "./motion.ts";
import type { Instant } from "./motion.ts";
import { readPalette } from "./palette.ts";
import type { Palette } from "./palette.ts";
import { labelRect, spotAt } from "./plan.ts";
import type { Box, Label, Level, Plan, Rect } from "./plan.ts";
import { scenePlan } from "./plan-scene.ts";
import { stackPlan } from "./plan-stack.ts";
import { Layer } from "./layer.ts";
import { Owners } from "./owners.ts";
import { railsAt } from "./rails.ts";

/** Below this width on the screen a worker's inside is not drawn. */
const FAR_WORKER_PX = 90;
const GLIDE_MS = 220;
/** Reasons of drops may not stand on these. */
const SOLID: ReadonlySet<string> = new Set(["pod", "netns", "switch", "etcd", "process"]);

export interface StageParts {
  readonly host: HTMLElement;
  readonly world: World;
  readonly player: Player;
  readonly selection: Selection;
  readonly connections: Connections;
  /** Level, expanded machine or camera changed: the controls around the picture follow. */
  readonly onView: () => void;
}

/**
 * Draws the topology outside React: the graph, a canvas of small still parts, a canvas of packets.
 * Still parts are drawn again when the camera, the world or the selection changed; packets when the
 * instant of the view changed. When neither did, a frame costs a comparison.
 */
export class Stage {
  readonly #parts: StageParts;
  readonly #cy: cytoscape.Core;
  readonly #still: Layer;
  readonly #moving: Layer;
  readonly #lives = new Lives();
  readonly #owners: Owners;
  readonly #end: (() => void)[] = [];
  #palette: Palette;
  #plan: Plan;
  #grid: HitGrid;
  #labels: readonly Label[] = [];
  #keepFree: readonly Rect[] = [];
  #labelKey = "";
  #w = 0;
  #h = 0;
  #fitted = true;
  #expanded: string | null = null;
  #active: string | null = null;
  #lit: ReadonlySet<string> = new Set();
  #frame = 0;
  #lastX = NaN;
  #rows = "";
  #dirty = true;

  constructor(parts: StageParts) {
    this.#parts = parts;
    const { host, world, player, selection } = parts;
    this.#cy = createGraph(part(host, "topology-graph"));
    this.#still = new Layer(host, "topology-still");
    this.#moving = new Layer(host, "topology-moving");
    this.#owners = new Owners(world);
    this.#palette = readPalette(host);
    this.#plan = scenePlan(world, 1000, 320);
    this.#grid = hitGrid(this.#plan);
    this.#cy.on("render", () => { this.#drawStill(); this.#drawMoving(); });
    this.#cy.on("dragpan pinchzoom scrollzoom", () => { this.#fitted = false; });
    this.#cy.on("viewport", () => { this.#onViewport(); });
    this.#end.push(
      world.loaded.subscribe(() => { this.#onLoaded(); }),
      world.changed.subscribe(() => { this.#replan(); }),
      world.arrived.subscribe(() => { this.#lives.follow(world.log); this.#wake(); }),
      world.moved.subscribe(() => { this.#onMoved(); }),
      player.changed.subscribe(() => { this.#wake(); }),
      selection.changed.subscribe(() => { this.#light(); }),
    );
    this.#watchSize();
    this.#watchColours();
    this.#lives.follow(world.log);
    this.recolour();
  }

  get cy(): cytoscape.Core { return this.#cy; }
  get plan(): Plan { return this.#plan; }
  get expanded(): string | null { return this.#expanded; }
  get level(): Level {
    if (this.#expanded !== null) return 3;
    return this.#plan.workerWidth * this.#cy.zoom() < FAR_WORKER_PX ? 1 : 2;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    for (const end of this.#end) end();
    this.#cy.destroy();
    this.#still.remove();
    this.#moving.remove();
  }

  /** Place with the active shell. */
  setActive(place: string | null): void {
    if (place === this.#active) return;
    this.#active = place;
    this.#light();
  }

  /** Colours changed. */
  recolour(): void {
    this.#palette = readPalette(this.#parts.host);
    setColours(this.#cy, this.#palette);
    this.#redraw();
  }

  fit(): void {
    this.#fitted = true;
    this.#glide(fitCamera(this.#plan, this.#w, this.#h));
  }

  /** Zooms around what just happened, if that is in view, else around the middle. */
  zoom(factor: number): void {
    this.#fitted = false;
    const around = this.#focus();
    this.#cy.stop();
    if (this.#parts.player.reducedMotion) return zoomBy(this.#cy, factor, around);
    this.#cy.animate({ zoom: { level: this.#cy.zoom() * factor, renderedPosition: around }, duration: GLIDE_MS / 2 });
  }

  #focus(): { x: number; y: number } {
    const { latest } = this.#parts.world;
    const spot = latest && spotAt(this.#plan, `${latest.place}:${latest.dev}`);
    const { zoom, pan } = cameraOf(this.#cy);
    const at = spot && { x: spot.x * zoom + pan.x, y: spot.y * zoom + pan.y };
    const inView = at && at.x > 0 && at.y > 0 && at.x < this.#w && at.y < this.#h;
    return at && inView ? at : { x: this.#w / 2, y: this.#h / 2 };
  }

  /** Level 3 for one machine, or back to the whole scenario. */
  expand(place: string | null): void {
    this.#expanded = place;
    this.#fitted = true;
    this.#replan();
    this.#parts.onView();
  }

  /** The box under a point of the pane, in CSS pixels. */
  boxAt(x: number, y: number): Box | null {
    const { zoom, pan } = cameraOf(this.#cy);
    return this.level === 1 ? null : hitAt(this.#grid, (x - pan.x) / zoom, (y - pan.y) / zoom);
  }

  /** Where a box is in the pane, in CSS pixels; null when it is not in this picture. */
  screenRect(id: string): Rect | null {
    const box = this.#plan.boxById.get(id);
    const { zoom, pan } = cameraOf(this.#cy);
    return box ? { x: box.x * zoom + pan.x, y: box.y * zoom + pan.y, w: box.w * zoom, h: box.h * zoom } : null;
  }

  #onLoaded(): void {
    this.#expanded = null;
    this.#fitted = true;
    this.#lives.restart(this.#parts.world.log.first);
    this.#replan();
    this.#parts.onView();
  }

  #replan(): void {
    if (this.#w === 0) return;
    const { world } = this.#parts;
    if (this.#expanded !== null && !world.places.has(this.#expanded)) this.#expanded = null;
    this.#plan = this.#expanded === null ? scenePlan(world, this.#w, this.#h) : stackPlan(world, this.#expanded, this.#w, this.#h);
    this.#grid = hitGrid(this.#plan);
    this.#owners.forget();
    this.#labelKey = "";
    setPlan(this.#cy, this.#plan);
    if (this.#fitted) setCamera(this.#cy, fitCamera(this.#plan, this.#w, this.#h));
    setFar(this.#cy, this.level === 1);
    this.#light();
  }

  /** The expanded machine shows rows of its tables. */
  #onMoved(): void {
    const { world } = this.#parts;
    const place = this.#expanded;
    const rows = place === null ? "" : [...world.rows(place, "route").values(), ...world.rows(place, "neigh").values()].join("\n");
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#replan();
    }
    this.#wake();
  }

  #onViewport(): void {
    const far = this.level === 1;
    if (far || far !== this.#cy.nodes(".worker").first().hasClass("hidden")) setFar(this.#cy, far);
    this.#parts.onView();
  }

  #glide(camera: { zoom: number; pan: { x: number; y: number } }): void {
    this.#cy.stop();
    if (this.#parts.player.reducedMotion) setCamera(this.#cy, camera);
    else this.#cy.animate({ zoom: camera.zoom, pan: camera.pan, duration: GLIDE_MS });
  }

  #light(): void {
    const { selection, world } = this.#parts;
    const { selected, hovered } = selection;
    const at = selected.kind === "event" ? world.log.at(selected.seq)?.place ?? "" : selection.place;
    const lit = new Set([selected.kind === "device" ? selected.device : at, hovered ?? ""]);
    lit.delete("");
    this.#lit = lit;
    setLit(this.#cy, lit, this.#active);
    this.#redraw();
  }

  #redraw(): void {
    this.#dirty = true;
    this.#cy.forceRender();
    this.#wake();
  }

  /** One frame is enough when nothing plays; while it plays each frame asks for the next. */
  #wake(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => { this.#tick(); });
  }

  #tick(): void {
    this.#frame = 0;
    if (this.#instant().x !== this.#lastX || this.#dirty) this.#drawMoving();
    if (this.#parts.player.playing) this.#wake();
  }

  #instant(): Instant {
    const { player, world } = this.#parts;
    return instantOf(world.log, player.position, player.next?.seq ?? null, player.fraction);
  }

  #drawStill(): void {
    const { zoom, pan } = cameraOf(this.#cy);
    const { level } = this;
    const key = `${Math.floor(zoom * 20)} ${level}`;
    if (key !== this.#labelKey) {
      this.#labelKey = key;
      this.#labels = visibleLabels(this.#plan, zoom, level);
      this.#keepFree = [...this.#labels.map((label) => labelRect(label)), ...this.#plan.boxes.filter((box) => SOLID.has(box.kind))];
    }
    const ctx = this.#still.begin(this.#w, this.#h, zoom, pan);
    drawParts(ctx, { plan: this.#plan, palette: this.#palette, zoom, level, lit: this.#lit, active: this.#active, labels: this.#labels });
  }

  #drawMoving(): void {
    const { world, player } = this.#parts;
    const { zoom, pan } = cameraOf(this.#cy);
    const now = this.#instant();
    this.#lastX = now.x;
    this.#dirty = false;
    const ctx = this.#moving.begin(this.#w, this.#h, zoom, pan);
    const shown = (seq: number): boolean => { const event = world.log.at(seq); return event !== null && player.shows(event); };
    drawPackets(ctx, {
      plan: this.#plan, palette: this.#palette, zoom, level: this.level, keepFree: this.#keepFree,
      tokens: tokensAt(this.#lives, now, (first) => shown(first.seq)),
      tunnels: tunnelsAt(this.#lives, now).filter(({ tunnel }) => shown(tunnel.startSeq)),
      rails: railsAt(this.#parts.connections.byId.values(), now.x, this.#begunBefore(now.x), (conn) => shown(conn.openSeq ?? conn.firstSeq)),
      floods: floodsAt(world.log, now.x).filter(({ event }) => shown(event.seq)),
      flashes: flashesAt(world.log, now.x).filter(({ event }) => shown(event.seq)),
      selectedTubes: this.#selectedTubes(),
      tunnelPort: this.#owners.tunnelPort, ownerOf: this.#owners.ownerOf,
    });
  }

  /** The event with which the newest command at this instant began. */
  #begunBefore(x: number): number {
    const { beginnings } = this.#lives;
    for (let i = beginnings.length - 1; i >= 0; i--) if ((beginnings[i] ?? 0) < x) return beginnings[i] ?? 0;
    return 0;
  }

  /** A selected tunnel port shows all machines that its forwarding table names. */
  #selectedTubes(): { from: string; to: string | null; vni: number | null }[] {
    const { selection, world } = this.#parts;
    const dev = selection.selected.kind === "device" ? world.devices.get(selection.selected.device) : undefined;
    if (dev?.kind !== "vxlan") return [];
    return [...world.rows(dev.place, "fdb").values()].flatMap((row) => {
      const remote = /dst (\d+\.\d+\.\d+\.\d+)/.exec(row)?.[1];
      return remote === undefined ? [] : [{ from: dev.place, to: this.#owners.ownerOf(remote), vni: dev.vni }];
    });
  }

  #watchSize(): void {
    const observer = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.#parts.host;
      if (clientWidth === this.#w && clientHeight === this.#h) return;
      this.#w = clientWidth;
      this.#h = clientHeight;
      this.#cy.resize();
      this.#replan();
      this.#parts.onView();
    });
    observer.observe(this.#parts.host);
    this.#end.push(() => { observer.disconnect(); });
  }

  /** The theme is an attribute of the document; forced colours are the system's. */
  #watchColours(): void {
    const observer = new MutationObserver(() => { this.recolour(); });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-scheme"] });
    const forced = matchMedia("(forced-colors: active)");
    const onForced = (): void => { this.recolour(); };
    forced.addEventListener("change", onForced);
    this.#end.push(() => { observer.disconnect(); }, () => { forced.removeEventListener("change", onForced); });
  }
}

function part(host: HTMLElement, className: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  host.append(made);
  return made;
}
