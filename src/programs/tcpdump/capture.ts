import { STDERR, STDOUT } from "../../os/sys.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Filter } from "./filter/compile.ts";
import { frameOf, stillThere } from "./live.ts";
import type { LiveCapture } from "./live.ts";
import type { Settings } from "./options.ts";
import type { Sink } from "./sink.ts";
import type { Interrupt } from "./session.ts";

/** The parts of a running capture. */
export interface Running {
  readonly capture: LiveCapture;
  readonly settings: Settings;
  readonly filter: Filter;
  readonly sink: Sink;
  readonly interrupt: Interrupt;
}

const MS = 1_000_000;
/** The kernel hands a block of packets over when it is full or after this time (TPACKET_V3; tcpdump asks for a second, for less when somebody watches). */
const BLOCK_MS = 1000;
const WATCHED_BLOCK_MS = 100;
const SECOND_NS = 1000 * MS;

/** Counts of pcap_stats(3), and why the loop ended. */
interface Progress {
  /** Packets that passed the filter in the kernel, delivered or not. */
  received: number;
  error: string | null;
}

/** Takes packets until the count is reached, a signal comes or the interface goes away; then tells how many there were. */
export function* captureLive(sys: Sys, name: string, r: Running): Task<number> {
  const progress: Progress = { received: 0, error: null };
  yield* loop(sys, r, progress);
  yield* drain(sys, r, progress);
  yield* r.sink.end(r.interrupt.hit);
  if (progress.error !== null) yield* sys.write(STDERR, `${name}: pcap_loop: ${progress.error}\n`);
  const dropped = sys.getsockopt(r.capture.fd, "PACKET_STATISTICS");
  sys.close(r.capture.fd);
  const line = (n: number, what: string): string => `${n} packet${n === 1 ? "" : "s"} ${what}\n`;
  const summary = line(r.sink.packets, "captured") + line(progress.received, "received by filter") + line(isErrno(dropped) ? 0 : dropped, "dropped by kernel");
  yield* sys.write(STDERR, summary);
  return progress.error === null ? 0 : 1;
}

const finished = (r: Running, progress: Progress): boolean =>
  r.interrupt.hit || r.sink.failed || progress.error !== null || (r.settings.count > 0 && r.sink.packets >= r.settings.count);

function* loop(sys: Sys, r: Running, progress: Progress): Task<void> {
  const printing = r.settings.writeFile === null || r.settings.print;
  const watched = printing && (r.settings.lineBuffered || sys.isatty(STDOUT));
  const blockNs = r.settings.immediate ? 0 : (watched ? WATCHED_BLOCK_MS : BLOCK_MS) * MS;
  const startNs = sys.nowNs;
  const tells = r.settings.verbose > 0 && r.settings.writeFile !== null && !r.settings.print;
  let tellNs = startNs + SECOND_NS;
  while (!finished(r, progress)) {
    const ready = yield* sys.poll([r.capture.fd], tells ? tellNs : undefined);
    if (tells && sys.nowNs >= tellNs) {
      yield* sys.write(STDERR, `Got ${r.sink.packets}\r`);
      tellNs += SECOND_NS;
    }
    if (isErrno(ready) || ready.length === 0) continue;
    if (blockNs > 0) {
      const elapsed = sys.nowNs - startNs;
      yield* sys.sleep(blockNs - (elapsed % blockNs));
    }
    if (!r.interrupt.hit) yield* takeBlock(sys, r, progress);
  }
}

/** Everything that waits in the socket. */
function* takeBlock(sys: Sys, r: Running, progress: Progress): Task<void> {
  while (!finished(r, progress)) {
    const message = yield* sys.recvmsg(r.capture.fd, { maxBytes: Infinity, dontWait: true });
    if (message === "EAGAIN" || message === "EINTR") return;
    if (isErrno(message)) {
      // An interface that is only down may come up again; libpcap waits for that.
      if (message !== "ENETDOWN" || !stillThere(sys, r.capture)) progress.error = stillThere(sys, r.capture) ? `recvfrom: ${strerror(message)}` : "The interface disappeared";
      continue;
    }
    const frame = frameOf(sys, r.capture, message, r.settings);
    if (!r.filter(frame.packet.bytes, frame.packet.wireLength, frame)) continue;
    progress.received++;
    if (frame.wanted) yield* r.sink.take(frame.packet);
  }
}

/** What came in but was not taken counts as received. */
function* drain(sys: Sys, r: Running, progress: Progress): Task<void> {
  for (;;) {
    const message = yield* sys.recvmsg(r.capture.fd, { maxBytes: Infinity, dontWait: true });
    if (message === "ENETDOWN") continue;
    if (isErrno(message)) return;
    const frame = frameOf(sys, r.capture, message, r.settings);
    if (r.filter(frame.packet.bytes, frame.packet.wireLength, frame)) progress.received++;
  }
}
