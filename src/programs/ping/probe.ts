import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { writeU16 } from "../../wire/addr.ts";
import { receiveError } from "./error-queue.ts";
import { type PingSession, writeTimeval } from "./session.ts";

const ICMP_ECHO = 8;
const MIN_INTERVAL_MS = 10;

/** Intervals below 10 ms are waited out in steps of 10. */
export const schedulable = (ms: number): number => (ms <= MIN_INTERVAL_MS ? MIN_INTERVAL_MS : ms);

/** RFC 1071 over a whole ICMP message. */
export function icmpChecksum(b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i += 2) sum += ((b[i] ?? 0) << 8) | (b[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * Sends probes at their times. It saves up "tokens", milliseconds of waiting, so that a late probe
 * does not move the later ones, and `-l` lets some go at once.
 */
export class Prober {
  #tokensMs = 0;
  #outOfMemory = 0;
  /** Microseconds that -A adds after a full queue. */
  #addendUs = 0;
  readonly #s: PingSession;

  constructor(session: PingSession) {
    this.#s = session;
  }

  /** Sends what is due. Answers in how many ms the next one is; 0 or less: at once. */
  *pinger(): Task<number> {
    const { options, stats } = this.#s;
    const enough = options.count !== undefined && stats.transmitted >= options.count && options.deadlineSec === 0;
    if (this.#s.exiting || enough) return 1000;
    const wait = this.#takeTokens();
    if (wait > 0) return wait;
    if (options.outstanding) yield* this.#tellOutstanding();
    const failed = yield* this.#send();
    return failed === undefined ? yield* this.#sent() : yield* this.#notSent(failed);
  }

  /** Milliseconds still to wait, or 0 when a probe may go. */
  #takeTokens(): number {
    const s = this.#s;
    const interval = s.intervalMs;
    if (s.lastProbeNs === 0) {
      s.lastProbeNs = s.sys.nowNs;
      this.#tokensMs = interval * (s.options.preload - 1);
      return 0;
    }
    let tokens = Math.trunc((s.sys.nowNs - s.lastProbeNs) / 1e6);
    if (interval === 0 && tokens < MIN_INTERVAL_MS && s.stats.inFlight >= s.options.preload) return MIN_INTERVAL_MS - tokens;
    tokens = Math.min(tokens + this.#tokensMs, interval * s.options.preload);
    if (tokens < interval) return interval - tokens;
    s.lastProbeNs = s.sys.nowNs;
    this.#tokensMs = tokens - interval;
    return 0;
  }

  *#tellOutstanding(): Task<void> {
    const { stats, io } = this.#s;
    if (stats.transmitted === 0 || stats.wasSeen(stats.transmitted)) return;
    yield* this.#s.printTimestamp();
    yield* io.out.text(`no answer yet for icmp_seq=${stats.transmitted % 0x10000}\n`);
    yield* io.out.flush();
  }

  *#send(): Task<Errno | undefined> {
    const s = this.#s;
    const sequence = s.stats.transmitted + 1;
    const data = s.packet.slice();
    data[0] = ICMP_ECHO;
    writeU16(data, 4, s.ident < 0 ? 0 : s.ident);
    writeU16(data, 6, sequence & 0xffff);
    s.stats.setSeen(sequence, false);
    if (s.timing) writeTimeval(data, 8, s.sys.wallTime());
    writeU16(data, 2, icmpChecksum(data));
    const sent = yield* s.sys.sendmsg(s.socket.fd, { data, to: { family: "inet", addr: s.to, port: 0 } });
    return isErrno(sent) ? sent : undefined;
  }

  *#sent(): Task<number> {
    const { stats, options, screenCols, io, intervalMs } = this.#s;
    this.#outOfMemory = 0;
    stats.advanceTransmitted();
    const fits = (options.preload < screenCols && stats.pipe < screenCols) || stats.inFlight < screenCols;
    if (options.flood && !options.quiet && fits) yield* io.out.text(".");
    return intervalMs - this.#tokensMs;
  }

  *#notSent(error: Errno): Task<number> {
    const s = this.#s;
    if (error === "EAGAIN") {
      this.#tokensMs += s.intervalMs;
      return MIN_INTERVAL_MS;
    }
    if (error === "ENOBUFS" || error === "ENOMEM") {
      const pause = this.#slowDown();
      if (pause > 0) return pause;
      yield* this.#hardError(error);
    } else {
      const queued = yield* receiveError(s);
      if (queued === "none" || queued === "net") yield* this.#hardError(error);
      else s.stats.advanceTransmitted();
    }
    this.#tokensMs = 0;
    return schedulable(s.intervalMs);
  }

  *#hardError(error: Errno): Task<void> {
    const { stats, options, io } = this.#s;
    stats.advanceTransmitted();
    if (options.quiet) return;
    if (options.flood) yield* io.out.text("E");
    else yield* this.#s.complain(`sendmsg: ${strerror(error)}`);
  }

  /** A full device queue: wait half an interval; 0 once it has taken too long. */
  #slowDown(): number {
    const s = this.#s;
    this.#tokensMs = 0;
    this.#addendUs += s.stats.ewma8Us < 8 * 50_000 ? Math.trunc(s.stats.ewma8Us / 8) : 50_000;
    if (s.options.adaptive) this.adaptInterval();
    const pause = Math.min(500, schedulable(Math.trunc(s.intervalMs / 2)));
    this.#outOfMemory++;
    return this.#outOfMemory * pause < s.options.lingerMs ? pause : 0;
  }

  /** -A: the interval follows the round-trip time. */
  adaptInterval(): void {
    const s = this.#s;
    const estimateUs = s.stats.ewma8Us > 0 ? Math.trunc(s.stats.ewma8Us / 8) : s.intervalMs * 1000;
    s.intervalMs = Math.trunc((estimateUs + this.#addendUs + 500) / 1000);
  }
}
