import { contains } from "./plan.ts";
import type { Box, Plan } from "./plan.ts";

/** What lies under the pointer: boxes sorted into the cells of a grid, so that a move of the mouse looks at a few only. */
export interface HitGrid {
  readonly cells: ReadonlyMap<number, readonly Box[]>;
}

const CELL = 48;
const COLUMNS = 4096;
/** Small ports are easier to hit than they look. */
const SLACK: Readonly<Record<string, number>> = { uplink: 6, vxlan: 5, port: 3, bridge: 2 };
const PASSIVE: ReadonlySet<string> = new Set(["cluster"]);

export function hitGrid(plan: Plan): HitGrid {
  const cells = new Map<number, Box[]>();
  for (const box of plan.boxes) {
    if (PASSIVE.has(box.kind)) continue;
    const slack = SLACK[box.kind] ?? 0;
    for (let row = Math.floor((box.y - slack) / CELL); row <= (box.y + box.h + slack) / CELL; row++) {
      for (let column = Math.floor((box.x - slack) / CELL); column <= (box.x + box.w + slack) / CELL; column++) put(cells, row * COLUMNS + column, box);
    }
  }
  return { cells };
}

function put(cells: Map<number, Box[]>, key: number, box: Box): void {
  const cell = cells.get(key);
  if (cell) cell.push(box);
  else cells.set(key, [box]);
}

/** The topmost box at a point of the plan: the smallest that contains it. */
export function hitAt(grid: HitGrid, x: number, y: number): Box | null {
  const cell = grid.cells.get(Math.floor(y / CELL) * COLUMNS + Math.floor(x / CELL)) ?? [];
  let best: Box | null = null;
  for (const box of cell) {
    const slack = SLACK[box.kind] ?? 0;
    if (!contains({ x: box.x - slack, y: box.y - slack, w: box.w + 2 * slack, h: box.h + 2 * slack }, x, y)) continue;
    if (!best || box.w * box.h <= best.w * best.h) best = box;
  }
  return best;
}
