import type { PrefsStore } from "./prefs.ts";
import type { Session } from "./session.ts";
import { SPEEDS } from "../time/player.ts";

/** What keys do besides moving the view; given by the components that own it. */
export interface KeyActions {
  readonly fold: (pane: "dock") => void;
  readonly showKeys: () => void;
  readonly lessonStep: (by: 1 | -1) => void;
  readonly hint: () => void;
}

const TWICE_MS = 500;

/**
 * The keyboard of the page. Two kinds: keys that always act (F6, Alt+[ …), even from inside a shell,
 * and single letters that act only when no text field has the focus (WCAG 2.1.4).
 */
export class Keys {
  readonly #session: Session;
  readonly #prefs: PrefsStore;
  readonly #actions: () => KeyActions;
  #lastEscapeMs = -Infinity;

  constructor(session: Session, prefs: PrefsStore, actions: () => KeyActions) {
    this.#session = session;
    this.#prefs = prefs;
    this.#actions = actions;
  }

  /** Keys that act everywhere. True: taken. */
  readonly onPageKey = (event: KeyboardEvent): boolean => {
    const action = event.type === "keydown" ? this.#pageAction(event) : null;
    if (action === null) return false;
    event.preventDefault();
    event.stopPropagation();
    action();
    return true;
  };

  /** Keys outside of shells. */
  readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || this.#session.status === "stopped" || this.onPageKey(event)) return;
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    if (!this.#prefs.getState().letterKeys && event.key.length === 1 && event.key !== " ") return;
    const action = this.#letterAction(event);
    if (action === null) return;
    event.preventDefault();
    action();
  };

  #pageAction(event: KeyboardEvent): (() => void) | null {
    if (event.key === "F6") return () => { focusNextPane(event.shiftKey ? -1 : 1); };
    if (event.key === "Escape" && isShell(event.target)) return this.#escapeInShell(event);
    if (!event.altKey || event.ctrlKey) return null;
    if (event.code === "BracketLeft") return () => { this.#nextShell(-1); };
    if (event.code === "BracketRight") return () => { this.#nextShell(1); };
    if (event.code === "Equal") return () => { this.#fontBy(1); };
    return event.code === "Minus" ? () => { this.#fontBy(-1); } : null;
  }

  /** The first Escape is the shell's, a second one soon after leaves it. */
  #escapeInShell(event: KeyboardEvent): (() => void) | null {
    const again = event.timeStamp - this.#lastEscapeMs < TWICE_MS;
    this.#lastEscapeMs = event.timeStamp;
    return again ? () => { focusNextPane(1); } : null;
  }

  #letterAction(event: KeyboardEvent): (() => void) | null {
    const { player } = this.#session;
    switch (event.key) {
      case " ": return isControl(event.target) ? null : () => { player.toggle(); };
      case "k": return () => { player.toggle(); };
      case "j": return () => { player.back("event"); };
      case "l": return () => { player.step("event"); };
      case "J": return () => { player.back("hop"); };
      case "L": return () => { player.step("hop"); };
      case "Home": return () => { player.seek(this.#session.world.log.first); };
      case "End": return () => { player.live(); };
      case "[": return () => { this.#speedBy(-1); };
      case "]": return () => { this.#speedBy(1); };
      case "t": return () => { this.#shellOnSelection(); };
      case "i": return () => { this.#actions().fold("dock"); };
      case "n": return () => { this.#actions().lessonStep(1); };
      case "p": return () => { this.#actions().lessonStep(-1); };
      case "h": return () => { this.#actions().hint(); };
      case "?": return () => { this.#actions().showKeys(); };
      default: return null;
    }
  }

  #speedBy(by: 1 | -1): void {
    const { player } = this.#session;
    const speed = SPEEDS[SPEEDS.indexOf(player.speed) + by];
    if (speed !== undefined) player.setSpeed(speed);
  }

  #shellOnSelection(): void {
    const { place } = this.#session.selection;
    if (this.#session.world.places.get(place)?.shell === true) this.#session.focusShell(this.#session.terminals.openAt(place));
  }

  #nextShell(by: 1 | -1): void {
    const { terminals } = this.#session;
    terminals.activateNext(by);
    if (terminals.active !== null) this.#session.focusShell(terminals.active);
  }

  #fontBy(by: number): void {
    this.#prefs.setState(({ terminalPx }) => ({ terminalPx: Math.max(10, Math.min(28, terminalPx + by)) }));
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=radio]), textarea, select, [contenteditable], dialog") !== null;
}

/** Space belongs to a control that has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, input, select, [role=treeitem]") !== null;
}

function isShell(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(".screen") !== null;
}

/** Panes in the order of the page; a pane that holds a shell gives the keyboard to the shell. */
function focusNextPane(by: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(at + by + panes.length) % panes.length];
  const shell = next?.querySelector<HTMLElement>(".screen:not([hidden]) textarea");
  (shell ?? next)?.focus();
}
