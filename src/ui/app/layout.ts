import type { Breakpoint } from "./use-media.ts";
import type { Prefs, PrefsStore } from "./prefs.ts";

/** Panes with a size of their own. `side`: lesson or home. */
export type Sized = "side" | "dock" | "inspector";

interface Range { readonly start: number; readonly min: number; readonly max: number }

const RANGES: Readonly<Record<Breakpoint, Readonly<Record<Sized, Range>>>> = {
  laptop: { side: { start: 336, min: 260, max: 480 }, dock: { start: 214, min: 120, max: 420 }, inspector: { start: 376, min: 260, max: 620 } },
  wide: { side: { start: 400, min: 300, max: 620 }, dock: { start: 316, min: 140, max: 640 }, inspector: { start: 460, min: 300, max: 860 } },
  tablet: { side: { start: 280, min: 220, max: 360 }, dock: { start: 300, min: 140, max: 520 }, inspector: { start: 376, min: 260, max: 620 } },
  phone: { side: { start: 390, min: 0, max: 0 }, dock: { start: 300, min: 0, max: 0 }, inspector: { start: 390, min: 0, max: 0 } },
};

export function rangeOf(breakpoint: Breakpoint, pane: Sized): Range {
  return RANGES[breakpoint][pane];
}

/** Size in px that the learner chose for this width of window, or the one it begins with. */
export function sizeOf(prefs: Prefs, breakpoint: Breakpoint, pane: Sized): number {
  return prefs.sizes[`${breakpoint}/${pane}`] ?? RANGES[breakpoint][pane].start;
}

export function setSize(store: PrefsStore, breakpoint: Breakpoint, pane: Sized, px: number): void {
  store.setState(({ sizes }) => ({ sizes: { ...sizes, [`${breakpoint}/${pane}`]: px } }));
}

export function isFolded(prefs: Prefs, breakpoint: Breakpoint, pane: Sized): boolean {
  return prefs.folded[`${breakpoint}/${pane}`] ?? false;
}

export function setFolded(store: PrefsStore, breakpoint: Breakpoint, pane: Sized, folded: boolean): void {
  store.setState((prefs) => ({ folded: { ...prefs.folded, [`${breakpoint}/${pane}`]: folded } }));
}
