import { formatFloat } from "../lib/float.ts";

const MAX_DUP_CHECK = 0x10000;

/** Everything ping counts. Times in µs, as the real one keeps them; sequence arithmetic is 16-bit, as on the wire. */
export class PingStats {
  transmitted = 0;
  received = 0;
  repeats = 0;
  corrupted = 0;
  errors = 0;
  minUs = Number.MAX_SAFE_INTEGER;
  maxUs = 0;
  sumUs = 0;
  sumSquares = 0;
  /** Exponentially weighted rtt times 8. */
  ewma8Us = 0;
  /** Most probes that were outstanding at once, as replies told; -1 before the first. */
  pipe = -1;
  #acked = 0;
  #seen = new Uint8Array(MAX_DUP_CHECK / 8);

  get inFlight(): number {
    const diff = (this.transmitted - this.#acked) & 0xffff;
    return diff <= 0x7fff ? diff : this.transmitted - this.received - this.errors;
  }

  advanceTransmitted(): void {
    this.transmitted++;
    if (((this.transmitted - this.#acked) & 0xffff) > 0x7fff) this.#acked = (this.transmitted + 1) & 0xffff;
  }

  acknowledge(sequence: number): void {
    const diff = (this.transmitted - sequence) & 0xffff;
    if (diff > 0x7fff) return;
    this.pipe = Math.max(this.pipe, diff + 1);
    const ahead = ((sequence - this.#acked) << 16) >> 16;
    if (ahead > 0 || ((this.transmitted - this.#acked) & 0xffff) > 0x7fff) this.#acked = sequence;
  }

  wasSeen(sequence: number): boolean {
    return ((this.#seen[(sequence % MAX_DUP_CHECK) >> 3] ?? 0) & (1 << (sequence & 7))) !== 0;
  }

  setSeen(sequence: number, seen: boolean): void {
    const at = (sequence % MAX_DUP_CHECK) >> 3;
    const bit = 1 << (sequence & 7);
    this.#seen[at] = seen ? (this.#seen[at] ?? 0) | bit : (this.#seen[at] ?? 0) & ~bit;
  }

  addTrip(us: number): void {
    this.sumUs += us;
    this.sumSquares += us * us;
    this.minUs = Math.min(this.minUs, us);
    this.maxUs = Math.max(this.maxUs, us);
    this.ewma8Us = this.ewma8Us === 0 ? us * 8 : this.ewma8Us + us - Math.trunc(this.ewma8Us / 8);
  }

  get averageUs(): number {
    return Math.trunc(this.sumUs / (this.received + this.repeats));
  }

  /** Integer square root of the variance, with the real one's order of division (it matters for small times). */
  get deviationUs(): number {
    const total = this.received + this.repeats;
    const variance = this.sumUs < 2147483647
      ? (this.sumSquares - Math.trunc((this.sumUs * this.sumUs) / total)) / total
      : this.sumSquares / total - this.averageUs * this.averageUs;
    return Math.floor(Math.sqrt(Math.max(0, Math.trunc(variance))));
  }
}

/** Milliseconds with three decimals from µs. */
export const ms3 = (us: number): string => `${Math.trunc(us / 1000)}.${String(us % 1000).padStart(3, "0")}`;

/** The `time=` of a reply: fewer decimals the longer it took. */
export function tripText(us: number): string {
  if (us >= 100_000 - 50) return String(Math.trunc((us + 500) / 1000));
  if (us >= 10_000 - 5) return `${Math.trunc((us + 50) / 1000)}.${Math.trunc(((us + 50) % 1000) / 100)}`;
  if (us >= 1000) return `${Math.trunc((us + 5) / 1000)}.${String(Math.trunc(((us + 5) % 1000) / 10)).padStart(2, "0")}`;
  return ms3(us);
}

export interface SummaryContext {
  readonly hostname: string;
  /** From the first probe to the last. */
  readonly elapsedNs: number;
  readonly timing: boolean;
  /** Print inter-packet gap and ewma: flood and adaptive pings. */
  readonly showGap: boolean;
}

const lossPercent = (s: PingStats): string =>
  formatFloat(Math.fround(((s.transmitted - s.received) * 100) / s.transmitted), { flags: "", width: 0, precision: undefined, letter: "g" });

function counts(s: PingStats, elapsedNs: number): string {
  const parts = [`${s.transmitted} packets transmitted`, `${s.received} received`];
  if (s.repeats > 0) parts.push(`+${s.repeats} duplicates`);
  if (s.corrupted > 0) parts.push(`+${s.corrupted} corrupted`);
  if (s.errors > 0) parts.push(`+${s.errors} errors`);
  if (s.transmitted > 0) parts.push(`${lossPercent(s)}% packet loss`, `time ${Math.trunc((elapsedNs + 500_000) / 1e6)}ms`);
  return parts.join(", ");
}

/** The lines after `--- host ping statistics ---`. */
export function summary(s: PingStats, c: SummaryContext): string {
  const last: string[] = [];
  if (s.received > 0 && c.timing) last.push(`rtt min/avg/max/mdev = ${ms3(s.minUs)}/${ms3(s.averageUs)}/${ms3(s.maxUs)}/${ms3(s.deviationUs)} ms`);
  if (s.pipe > 1) last.push(`pipe ${s.pipe}`);
  if (s.received > 0 && c.showGap && s.transmitted > 1) {
    const gapUs = Math.trunc(Math.trunc(c.elapsedNs / 1000) / (s.transmitted - 1));
    const ewmaUs = Math.trunc(s.ewma8Us / 8);
    last.push(`ipg/ewma ${ms3(gapUs)}/${ms3(ewmaUs)} ms`);
  }
  return `--- ${c.hostname} ping statistics ---\n${counts(s, c.elapsedNs)}\n${last.join(", ")}\n`;
}

/** SIGQUIT's one line, on stderr. */
export function statusLine(s: PingStats, timing: boolean): string {
  const loss = s.transmitted > 0 ? Math.trunc(((s.transmitted - s.received) * 100) / s.transmitted) : 0;
  const times = s.received > 0 && timing
    ? `, min/avg/ewma/max = ${ms3(s.minUs)}/${ms3(s.averageUs)}/${ms3(Math.trunc(s.ewma8Us / 8))}/${ms3(s.maxUs)} ms` : "";
  return `\r${s.received}/${s.transmitted} packets, ${loss}% loss${times}\n`;
}
