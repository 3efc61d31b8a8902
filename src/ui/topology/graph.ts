import cytoscape from "cytoscape";
import type { Palette } from "./palette.ts";
import { spotAt } from "./plan.ts";
import type { Box, BoxKind, Plan, Point, Wire } from "./plan.ts";

/**
 * The large, still parts by Cytoscape: clusters, machines, switches and the cables between them, flat
 * and at positions of ours. It also owns the camera: dragging, pinching, wheel.
 */

const DRAWN: ReadonlySet<BoxKind> = new Set(["cluster", "worker", "host", "switch", "etcd"]);
const MIN_ZOOM = 0.2;
const MAX_ZOOM = 6;

export interface Camera {
  readonly zoom: number;
  readonly pan: Point;
}

export function createGraph(container: HTMLElement): cytoscape.Core {
  return cytoscape({
    container, elements: [], layout: { name: "preset" }, minZoom: MIN_ZOOM, maxZoom: MAX_ZOOM,
    autoungrabify: true, autounselectify: true, boxSelectionEnabled: false, selectionType: "single",
    style: [],
  });
}

/** Replaces what is drawn. */
export function setPlan(cy: cytoscape.Core, plan: Plan): void {
  const boxes = plan.boxes.filter((box) => DRAWN.has(box.kind));
  const cables = plan.wires.filter((wire) => wire.kind === "cable");
  cy.batch(() => {
    cy.elements().remove();
    cy.add(boxes.map(nodeOf));
    for (const wire of cables) for (const part of partsOf(wire)) cy.add(part);
  });
}

function nodeOf(box: Box): cytoscape.ElementDefinition {
  return {
    group: "nodes", classes: box.off ? `${box.kind} off` : box.kind, position: { x: box.x + box.w / 2, y: box.y + box.h / 2 },
    data: { id: box.id, w: box.w, h: box.h, w0: box.w, h0: box.h },
  };
}

/** A cable as a chain of straight edges between invisible joints: exactly our points, no routing. */
function partsOf(wire: Wire): cytoscape.ElementDefinition[] {
  const points = wire.points.filter((p, i) => i === 0 || p.x !== wire.points[i - 1]?.x || p.y !== wire.points[i - 1]?.y);
  const joints: cytoscape.ElementDefinition[] = points.map((p, i) => ({ group: "nodes", classes: "joint", position: { x: p.x, y: p.y }, data: { id: `${wire.id}#${i}`, w: 1, h: 1 } }));
  const edges: cytoscape.ElementDefinition[] = joints.slice(1).map((_, i) => ({
    group: "edges", classes: "cable", data: { id: `${wire.id}>${i}`, source: `${wire.id}#${i}`, target: `${wire.id}#${i + 1}` },
  }));
  return [...joints, ...edges];
}

export function setColours(cy: cytoscape.Core, palette: Palette): void {
  const style: cytoscape.StylesheetJson = [
    { selector: "node", style: { width: "data(w)", height: "data(h)", "background-color": palette.surface, "border-color": palette.ink, "border-width": 1.5, "border-position": "center", "overlay-opacity": 0, events: "no" } },
    { selector: ".cluster", style: { shape: "round-rectangle", "corner-radius": "10", "background-opacity": 0, "border-style": "dashed", "border-dash-pattern": [6, 4], "border-color": palette.muted, "z-index": 0 } },
    { selector: ".worker, .host", style: { shape: "rectangle", "z-index": 2 } },
    { selector: ".switch", style: { shape: "round-rectangle", "corner-radius": "14", "z-index": 3 } },
    { selector: ".etcd", style: { shape: "heptagon", "border-color": palette.control, "border-width": 2, "z-index": 3 } },
    { selector: ".joint", style: { "background-opacity": 0, "border-width": 0, "z-index": 0 } },
    { selector: ".off", style: { "border-style": "dashed" } },
    { selector: "edge", style: { "curve-style": "straight", width: 1.5, "line-color": palette.ink, "line-cap": "round", "overlay-opacity": 0, events: "no", "z-index": 1 } },
    { selector: ".lit", style: { "border-color": palette.accent, "border-width": 3 } },
    { selector: ".active", style: { "border-width": 3 } },
    { selector: ".hidden", style: { visibility: "hidden" } },
  ];
  cy.style(style);
}

/** Marks selected or hovered boxes, and the one with the active shell. */
export function setLit(cy: cytoscape.Core, lit: ReadonlySet<string>, active: string | null): void {
  cy.batch(() => {
    cy.nodes(".lit, .active").removeClass("lit active");
    for (const id of lit) cy.getElementById(id).addClass("lit");
    if (active !== null) cy.getElementById(active).addClass("active");
  });
}

/** Switches at level 1, in pixels on the screen. */
const FAR_SWITCH = { w: 54, h: 22 };

/** Level 1 shows only clusters and switches, and these no smaller than their names. */
export function setFar(cy: cytoscape.Core, far: boolean): void {
  cy.batch(() => {
    cy.nodes(".worker, .etcd").toggleClass("hidden", far);
    const zoom = cy.zoom();
    cy.nodes(".switch").forEach((node) => {
      const [w, h]: [number, number] = far ? [FAR_SWITCH.w / zoom, FAR_SWITCH.h / zoom] : [Number(node.data("w0")), Number(node.data("h0"))];
      if (node.data("w") !== w) node.data({ w, h });
    });
    cy.edges().forEach((edge) => { edge.toggleClass("hidden", far && !isTopCable(edge.id())); });
  });
}

/** Cables between switches stay at every level. */
const isTopCable = (id: string): boolean => id.startsWith("box:") && id.split("~")[1]?.startsWith("box:") === true;

export function fitCamera(plan: Plan, w: number, h: number): Camera {
  const zoom = Math.max(MIN_ZOOM, Math.min(w / plan.width, h / plan.height));
  return { zoom, pan: { x: (w - plan.width * zoom) / 2, y: (h - plan.height * zoom) / 2 } };
}

export function cameraOf(cy: cytoscape.Core): Camera {
  return { zoom: cy.zoom(), pan: cy.pan() };
}

export function setCamera(cy: cytoscape.Core, camera: Camera): void {
  cy.viewport({ zoom: camera.zoom, pan: { x: camera.pan.x, y: camera.pan.y } });
}

/** Zooms at once; the point of the pane that is `around` stays where it is. */
export function zoomBy(cy: cytoscape.Core, factor: number, around: Point): void {
  const level = Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, cy.zoom() * factor));
  cy.zoom({ level, renderedPosition: { x: around.x, y: around.y } });
}

/** Moves the camera as little as needed to have a spot in view. */
export function reveal(cy: cytoscape.Core, plan: Plan, spot: string, w: number, h: number): void {
  const at = spotAt(plan, spot);
  if (!at) return;
  const { zoom, pan } = cameraOf(cy);
  const [x, y] = [at.x * zoom + pan.x, at.y * zoom + pan.y];
  const dx = x < 30 ? 30 - x : x > w - 30 ? w - 30 - x : 0;
  const dy = y < 30 ? 30 - y : y > h - 30 ? h - 30 - y : 0;
  if (dx !== 0 || dy !== 0) setCamera(cy, { zoom, pan: { x: pan.x + dx, y: pan.y + dy } });
}
