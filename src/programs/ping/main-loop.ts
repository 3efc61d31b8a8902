import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Received } from "../../net/uapi/socket.ts";
import type { Task } from "../../os/sys.ts";
import { receiveError } from "./error-queue.ts";
import { Prober, schedulable } from "./probe.ts";
import { ReplyReader } from "./reply.ts";
import type { PingSession } from "./session.ts";
import { statusLine, summary } from "./stats.ts";

const MS = 1_000_000;
/** Below a scheduler tick (100 Hz) ping does not sleep for itself: it waits for a reply or spins. */
const TICK_MS = 10;
/** CPU time of one turn of the loop. */
const TURN_NS = 1_000;

/** Sends, waits, receives until it is enough; then the summary. */
export class MainLoop {
  readonly #s: PingSession;
  readonly #prober: Prober;
  readonly #replies: ReplyReader;
  #lingering = false;

  constructor(session: PingSession) {
    this.#s = session;
    this.#prober = new Prober(session);
    this.#replies = new ReplyReader(session, this.#prober);
  }

  *run(): Task<number> {
    while (!this.#isOver()) {
      if (this.#s.statusAsked) yield* this.#tellStatus();
      const nextMs = yield* this.#probe();
      yield* this.#s.sys.compute(TURN_NS);
      yield* this.#wait(nextMs);
    }
    return yield* this.#finish();
  }

  #isOver(): boolean {
    const { exiting, options, stats, alarmNs, sys } = this.#s;
    if (exiting || sys.nowNs >= alarmNs) return true;
    if (options.count !== undefined && stats.received + stats.errors >= options.count) return true;
    return options.deadlineSec > 0 && stats.errors > 0;
  }

  *#tellStatus(): Task<void> {
    this.#s.statusAsked = false;
    yield* this.#s.io.err(statusLine(this.#s.stats, this.#s.timing));
  }

  *#probe(): Task<number> {
    let next: number;
    do {
      next = this.#scheduleExit(yield* this.#prober.pinger());
    } while (next <= 0);
    return next;
  }

  /** After the last probe: how long to wait for replies (twice the longest trip, or the linger time when none came). */
  #scheduleExit(nextMs: number): number {
    const { options, stats, intervalMs, sys } = this.#s;
    if (options.count === undefined || stats.transmitted < options.count || options.deadlineSec > 0 || this.#lingering) return nextMs;
    const waitUs = stats.received > 0 ? Math.max(2 * stats.maxUs, 1000 * intervalMs) : options.lingerMs * 1000;
    // A zero timer is no timer, as in setitimer(2); it is looked at again next time.
    if (waitUs > 0) this.#s.alarmNs = sys.nowNs + waitUs * 1000;
    this.#lingering = waitUs > 0;
    return Math.max(nextMs, Math.trunc(waitUs / 1000));
  }

  *#wait(nextMs: number): Task<void> {
    const { options, intervalMs, stats, sys, socket, alarmNs } = this.#s;
    if (!options.adaptive && nextMs >= schedulable(intervalMs)) return yield* this.#receive(sys.nowNs + schedulable(intervalMs) * MS);
    const waitMs = nextMs <= TICK_MS && stats.inFlight > 0 ? TICK_MS : nextMs;
    if (!options.adaptive && intervalMs === 0) return yield* this.#receive(sys.nowNs + TICK_MS * MS);
    const ready = yield* sys.poll([socket.fd], Math.min(alarmNs, sys.nowNs + waitMs * MS));
    if (!isErrno(ready) && ready.length > 0) yield* this.#receive(undefined);
  }

  /** Takes what is there; waits for the first message until the deadline, if there is one. */
  *#receive(deadlineNs: number | undefined): Task<void> {
    let wait = deadlineNs === undefined ? undefined : Math.min(deadlineNs, this.#s.alarmNs);
    let mayHoldError = deadlineNs === undefined;
    for (;;) {
      const got = yield* this.#recvmsg(wait);
      wait = undefined;
      if (!isErrno(got)) yield* this.#replies.handle(got);
      else if ((got === "EAGAIN" && !mayHoldError) || got === "EINTR") return;
      else {
        mayHoldError = false;
        const queued = yield* receiveError(this.#s);
        if (queued === "none" && got !== "EAGAIN") {
          yield* this.#s.complain(`recvmsg: ${strerror(got)}`);
          return;
        }
      }
      if (this.#s.stats.inFlight === 0) return;
    }
  }

  #recvmsg(deadlineNs: number | undefined): Task<Received | Errno> {
    const { sys, socket, options } = this.#s;
    const maxBytes = options.dataBytes + 60 + 76;
    return sys.recvmsg(socket.fd, deadlineNs === undefined ? { maxBytes, dontWait: true } : { maxBytes, deadlineNs });
  }

  *#finish(): Task<number> {
    const { io, stats, options, hostname, timing, intervalMs, lastProbeNs, startNs } = this.#s;
    yield* io.out.text("\n");
    yield* io.out.flush();
    const elapsedNs = lastProbeNs === 0 ? 0 : Math.max(0, lastProbeNs - startNs);
    yield* io.out.text(summary(stats, { hostname, elapsedNs, timing, showGap: intervalMs === 0 || options.flood || options.adaptive }));
    yield* io.out.flush();
    return stats.received === 0 || (options.deadlineSec > 0 && stats.received < (options.count ?? 0)) ? 1 : 0;
  }
}
