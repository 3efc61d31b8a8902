import type { ProgressBar } from "./progress-bar.ts";

/** The progress meter's arithmetic and text (lib/progress.c). Times in microseconds. */
const K = 1024;
const M = 1024 * K;
const G = 1024 * M;
const T = 1024 * G;
/** Seconds of which the current speed is the mean, plus one. */
const SLOTS = 6;

/** Five characters for an amount. */
export function max5(bytes: number): string {
  const whole = (unit: number, letter: string): string => `${String(Math.trunc(bytes / unit)).padStart(4)}${letter}`;
  const tenth = (unit: number, letter: string): string => `${String(Math.trunc(bytes / unit)).padStart(2)}.${Math.trunc((bytes % unit) / (unit / 10))}${letter}`;
  if (bytes < 100_000) return String(bytes).padStart(5);
  if (bytes < 10_000 * K) return whole(K, "k");
  if (bytes < 100 * M) return tenth(M, "M");
  if (bytes < 10_000 * M) return whole(M, "M");
  if (bytes < 100 * G) return tenth(G, "G");
  if (bytes < 10_000 * G) return whole(G, "G");
  return whole(T, "T");
}

/** Eight characters for a duration. */
export function duration(seconds: number): string {
  if (seconds <= 0) return "--:--:--";
  const pad = (n: number, width: number, fill: string): string => String(n).padStart(width, fill);
  const hours = Math.trunc(seconds / 3600);
  if (hours <= 99) return `${pad(hours, 2, " ")}:${pad(Math.trunc(seconds / 60) % 60, 2, "0")}:${pad(seconds % 60, 2, "0")}`;
  const days = Math.trunc(seconds / 86400);
  return days <= 999 ? `${pad(days, 3, " ")}d ${pad(Math.trunc((seconds % 86400) / 3600), 2, "0")}h` : `${pad(days, 7, " ")}d`;
}

/** Bytes a second, rounded down. */
const speed = (bytes: number, us: number): number => (us < 1 ? bytes * 1_000_000 : Math.trunc((bytes * 1_000_000) / us));
const percent = (part: number, whole: number): number => (whole > 10_000 ? Math.trunc(part / Math.trunc(whole / 100)) : whole > 0 ? Math.trunc((part * 100) / whole) : 0);

const HEADER =
  "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n" +
  "                                 Dload  Upload   Total   Spent    Left  Speed\n";

export interface Amount {
  bytes: number;
  size: number | undefined;
  speed: number;
}

export class Progress {
  readonly down: Amount = { bytes: 0, size: undefined, speed: 0 };
  readonly up: Amount = { bytes: 0, size: undefined, speed: 0 };
  /** No meter. */
  hidden = true;
  resumeFrom = 0;
  /** -# instead of the table. */
  bar: ProgressBar | undefined;
  startUs = 0;
  spentUs = 0;
  currentSpeed = 0;
  headerShown = false;
  /** Second of the clock in which it was last calculated; -1 = calculate now. */
  #lastShown = -1;
  #count = 0;
  readonly #amounts: number[] = Array.from({ length: SLOTS }, () => 0);
  readonly #times: number[] = Array.from({ length: SLOTS }, () => 0);

  begin(nowUs: number): void {
    this.startUs = nowUs;
    this.#count = 0;
    this.resetSizes();
  }

  /** A redirect begins: nothing is known of the sizes. */
  resetSizes(): void {
    this.down.size = this.up.size = undefined;
  }

  /** Calculates at most once in a second of the clock; the text to show then, or "". */
  update(nowUs: number): string {
    this.spentUs = nowUs - this.startUs;
    this.down.speed = speed(this.down.bytes, this.spentUs);
    this.up.speed = speed(this.up.bytes, this.spentUs);
    if (this.bar !== undefined && !this.hidden) return this.bar.update(nowUs, this.down.bytes + this.up.bytes, (this.down.size ?? 0) + (this.up.size ?? 0));
    const second = Math.trunc(nowUs / 1_000_000);
    if (this.#lastShown === second) return "";
    this.#lastShown = second;
    this.#current(nowUs);
    return this.hidden ? "" : this.#line();
  }

  /** The last update, forced, and the end of the line. */
  done(nowUs: number): string {
    this.#lastShown = -1;
    const text = this.update(nowUs);
    this.#count = 0;
    return this.hidden || this.bar !== undefined ? text : `${text}\n`;
  }

  #current(nowUs: number): void {
    const at = this.#count % SLOTS;
    this.#amounts[at] = this.down.bytes + this.up.bytes;
    this.#times[at] = nowUs;
    this.#count++;
    if (this.#count === 1) {
      this.currentSpeed = this.up.speed + this.down.speed;
      return;
    }
    const oldest = this.#count >= SLOTS ? this.#count % SLOTS : 0;
    const spanMs = Math.trunc((nowUs - this.#times[oldest]!) / 1000) || 1;
    const amount = this.#amounts[at]! - this.#amounts[oldest]!;
    this.currentSpeed = Math.trunc(amount > 4_294_967 ? amount / (spanMs / 1000) : (amount * 1000) / spanMs);
  }

  #line(): string {
    const { down, up } = this;
    const spentSec = Math.trunc(this.spentUs / 1_000_000);
    const estimate = Math.max(...[down, up].map((a) => (a.size !== undefined && a.speed > 0 ? Math.trunc(a.size / a.speed) : 0)));
    const share = (a: Amount): number => (a.size !== undefined && a.speed > 0 ? percent(a.bytes, a.size) : 0);
    const expected = (up.size ?? up.bytes) + (down.size ?? down.bytes);
    const pad3 = (n: number): string => String(n).padStart(3);
    const header = this.headerShown ? "" : (this.resumeFrom > 0 ? `** Resuming transfer from byte position ${this.resumeFrom}\n` : "") + HEADER;
    this.headerShown = true;
    return `${header}\r${pad3(percent(down.bytes + up.bytes, expected))} ${max5(expected)}  ${pad3(share(down))} ${max5(down.bytes)}  ${pad3(share(up))} ${max5(up.bytes)}  ${max5(down.speed)}  ${max5(up.speed)} ${duration(estimate)} ${duration(spentSec)} ${duration(estimate > 0 ? estimate - spentSec : 0)} ${max5(this.currentSpeed)}`;
  }
}
