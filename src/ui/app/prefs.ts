import { createStore } from "zustand/vanilla";

export type Theme = "system" | "light" | "dark" | "contrast";
export type Verbosity = "off" | "summary" | "every hop";

/** What the learner chose about the page itself; kept in this browser only. */
export interface Prefs {
  readonly theme: Theme;
  /** Factor on all text. */
  readonly textScale: number;
  readonly motion: "system" | "reduced";
  readonly verbosity: Verbosity;
  readonly terminalPx: number;
  /** Single letters as shortcuts (WCAG 2.1.4). */
  readonly letterKeys: boolean;
  /** Sizes of panes in px, by "<breakpoint>/<pane>"; folded panes have `true` under the same key in `folded`. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly folded: Readonly<Record<string, boolean>>;
  readonly tourSeen: boolean;
}

const DEFAULTS: Prefs = {
  theme: "system", textScale: 1, motion: "system", verbosity: "summary", terminalPx: 13, letterKeys: true,
  sizes: {}, folded: {}, tourSeen: false,
};
const KEY = "knetsim.prefs";

/** Where a browser keeps little things; it may refuse (private window, blocked storage). */
export type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

/** The choices, loaded from and saved to `storage`. Without a working storage they last as long as the page. */
export function createPrefs(storage: Storage | null) {
  const store = createStore<Prefs>(() => ({ ...DEFAULTS, ...read(storage) }));
  store.subscribe((prefs) => { write(storage, prefs); });
  return store;
}

export type PrefsStore = ReturnType<typeof createPrefs>;

function read(storage: Storage | null): Partial<Prefs> {
  try {
    const parsed: unknown = JSON.parse(storage?.getItem(KEY) ?? "{}");
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function write(storage: Storage | null, prefs: Prefs): void {
  try {
    storage?.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // A full or blocked storage only means that choices are not remembered.
  }
}

/** The browser's storage, or null where even naming it throws. */
export function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
