const MAX_WIDTH = 256;
const DEFAULT_WIDTH = 79;
const MIN_REDRAW_US = 100_000;

/** -#: a row of # with a percentage, or an animal that flies while the size is unknown (tool_cb_prg.c). */
export class ProgressBar {
  readonly #width: number;
  readonly #initialBytes: number;
  #calls = 0;
  #previous = 0;
  #previousUs = 0;
  #tick = 150;
  #at = 0;
  #step = 1;

  constructor(columns: number | undefined, initialBytes: number) {
    this.#width = Math.min(columns !== undefined && columns > 20 ? columns : DEFAULT_WIDTH, MAX_WIDTH);
    this.#initialBytes = initialBytes;
  }

  get shown(): boolean {
    return this.#calls > 0;
  }

  /** Text to show now, or "". */
  update(nowUs: number, doneBytes: number, expectedBytes: number): string {
    const total = expectedBytes + this.#initialBytes;
    const point = doneBytes + this.#initialBytes;
    let out = "";
    if (this.#calls > 0) {
      const soon = nowUs - this.#previousUs < MIN_REDRAW_US;
      if (total > 0 ? this.#previous === point || (soon && point < total) : soon) return "";
      if (total === 0) out = this.#fly(point !== this.#previous);
    }
    this.#calls++;
    if (total > 0 && point !== this.#previous) out += this.#bar(Math.min(1, point / Math.max(total, point)));
    this.#previous = point;
    this.#previousUs = nowUs;
    return out;
  }

  #bar(fraction: number): string {
    const width = this.#width - 7;
    return `\r${"#".repeat(Math.trunc(width * fraction)).padEnd(width)} ${(fraction * 100).toFixed(1).padStart(5)}%`;
  }

  #fly(moved: boolean): string {
    const line = Array.from({ length: this.#width - 1 }, () => " ");
    const put = (at: number, text: string): void => [...text].forEach((c, i) => void (line[at + i] = c));
    put(this.#at, "-=O=-");
    const span = this.#width - 2;
    for (const ahead of [0, 5, 10, 15]) put(Math.trunc(wave((this.#tick + ahead) % 200) / Math.trunc(1_000_000 / span)), "#");
    this.#tick = (this.#tick + 2) % 200;
    this.#at += moved ? this.#step : 0;
    if (this.#at >= this.#width - 6) [this.#step, this.#at] = [-1, this.#width - 6];
    else if (this.#at < 0) [this.#step, this.#at] = [1, 0];
    return `${line.slice(0, this.#width - 1).join("")}\r`;
  }
}

/** A sine between 0 and a million, once round in 200 steps. */
const wave = (step: number): number => Math.trunc(500_000 + 500_000 * Math.sin(((step + 1) * Math.PI) / 100));

