import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import type { Screen } from "./terminals.ts";

export interface ScreenOptions {
  readonly fontPx: number;
  readonly screenReader: boolean;
}

export interface ScreenEvents {
  /** Keys and single-line paste, as the shell gets them. */
  readonly onInput: (data: string) => void;
  readonly onResize: (cols: number, rows: number) => void;
  /** Several lines were pasted: they are shown before they run. */
  readonly onPasteLines: (text: string) => void;
  /** Keys that the page keeps for itself. True when it took the key. */
  readonly onPageKey: (event: KeyboardEvent) => boolean;
}

const SCROLLBACK_LINES = 5000;
const FEWEST_COLS = 80;
/** Below this width nobody expects 80 columns (a phone). */
const WIDE_ENOUGH_PX = 560;
const SMALLEST_PX = 11;

/** xterm.js for one shell: text only, no links, bounded memory. Created when its pane is first on the page. */
export class XtermScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #host: HTMLElement;
  readonly #onResize: (cols: number, rows: number) => void;
  readonly #observer: ResizeObserver;
  #fontPx: number;

  constructor(host: HTMLElement, label: string, options: ScreenOptions, events: ScreenEvents) {
    this.#host = host;
    this.#fontPx = options.fontPx;
    this.#onResize = events.onResize;
    this.#terminal = new Terminal({
      fontFamily: getComputedStyle(host).getPropertyValue("--mono"), fontSize: options.fontPx, lineHeight: 1.25,
      scrollback: SCROLLBACK_LINES, cursorBlink: false, cursorStyle: "block", cursorInactiveStyle: "outline",
      allowTransparency: false, screenReaderMode: options.screenReader, linkHandler: { activate: () => undefined },
      theme: themeOf(host), convertEol: false, minimumContrastRatio: 4.5,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(host);
    this.#terminal.textarea?.setAttribute("aria-label", `Shell ${label}. F6 leaves it.`);
    this.#terminal.onData(events.onInput);
    this.#terminal.attachCustomKeyEventHandler((event) => !this.#takesKey(event, events));
    host.addEventListener("paste", (event) => { onPaste(event, events); }, { capture: true });
    this.#observer = new ResizeObserver(() => { this.fit(); });
    this.#observer.observe(host);
    this.fit();
  }

  write(data: Uint8Array, done: () => void): void { this.#terminal.write(data, done); }

  reset(): void { this.#terminal.reset(); }

  focus(): void { this.#terminal.focus(); }

  /** What is on the screen and above it, as text: for tests and for copying. */
  get text(): string {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join("\n").trimEnd();
  }

  setOptions({ fontPx, screenReader }: ScreenOptions): void {
    this.#fontPx = fontPx;
    this.#terminal.options.screenReaderMode = screenReader;
    this.#terminal.options.theme = themeOf(this.#host);
    this.fit();
  }

  /** Fits rows and columns to the pane; on a wide pane the text shrinks rather than falling below 80 columns. */
  fit(): void {
    if (this.#host.clientWidth < 40 || this.#host.clientHeight < 20) return;
    for (let px = this.#fontPx; px >= SMALLEST_PX; px--) {
      this.#terminal.options.fontSize = px;
      const cols = this.#fit.proposeDimensions()?.cols ?? 0;
      if (cols >= FEWEST_COLS || this.#host.clientWidth < WIDE_ENOUGH_PX) break;
    }
    this.#fit.fit();
    this.#onResize(this.#terminal.cols, this.#terminal.rows);
  }

  dispose(): void {
    this.#observer.disconnect();
    this.#terminal.dispose();
  }

  #takesKey(event: KeyboardEvent, events: ScreenEvents): boolean {
    if (event.type !== "keydown") return false;
    if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key === "c" && this.#terminal.hasSelection()) {
      void navigator.clipboard.writeText(this.#terminal.getSelection());
      this.#terminal.clearSelection();
      event.preventDefault();
      return true;
    }
    // Left to the browser, Ctrl+V becomes a paste event.
    if (event.ctrlKey && !event.altKey && event.key.toLowerCase() === "v") return true;
    return events.onPageKey(event);
  }
}

function onPaste(event: ClipboardEvent, events: ScreenEvents): void {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  event.preventDefault();
  event.stopPropagation();
  const clean = text.replace(/\r\n?/g, "\n");
  if (clean.trimEnd().includes("\n")) events.onPasteLines(clean);
  else events.onInput(clean.replace(/\n/g, "\r"));
}

function themeOf(host: HTMLElement): { background: string; foreground: string; cursor: string; selectionBackground: string } {
  const style = getComputedStyle(host);
  const ink = style.getPropertyValue("--term-ink");
  return { background: style.getPropertyValue("--term-bg"), foreground: ink, cursor: ink, selectionBackground: "#3a5a86" };
}
