import { type Errno, isErrno } from "../../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../../net/uapi/socket.ts";
import { STDIN, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import type { NcOptions } from "./options.ts";
import { answerTelnet } from "./telnet.ts";

const BUFFER_BYTES = 16_384;
const SECOND_NS = 1_000_000_000;
const CR = 13;
const LF = 10;

/** One of the four descriptors that nc polls: closed when null. */
interface Slot {
  fd: number | null;
  wants: boolean;
}

/**
 * nc's readwrite(): bytes from stdin to the net and from the net to stdout, until both directions have ended,
 * or the listener's peer has no more to say, or nothing happened for the time of -w.
 */
export class Relay {
  readonly #sys: Sys;
  readonly #o: NcOptions;
  readonly #stdin: Slot;
  readonly #netOut: Slot;
  readonly #netIn: Slot;
  readonly #stdout: Slot = { fd: STDOUT, wants: false };
  #toNet: Uint8Array = new Uint8Array(0);
  #toStdout: Uint8Array = new Uint8Array(0);
  #received = 0;
  #quitAtNs: number | undefined;

  constructor(sys: Sys, o: NcOptions, net: number) {
    this.#sys = sys;
    this.#o = o;
    this.#stdin = { fd: o.noStdin ? null : STDIN, wants: true };
    this.#netOut = { fd: net, wants: false };
    this.#netIn = { fd: net, wants: true };
  }

  /** "quit" = the time of -q is over: the whole program ends. */
  *run(): Task<"done" | "quit" | Errno> {
    for (;;) {
      if (this.#done() && !this.#lingers()) return "done";
      if (this.#o.intervalSec > 0 && this.#toNet.length > 0) yield* this.#sys.sleep(this.#o.intervalSec * SECOND_NS);
      const ready = yield* this.#poll();
      if (ready === "EINTR") continue;
      if (isErrno(ready)) return ready;
      if (ready.length === 0) return this.#quitAtNs !== undefined && this.#sys.nowNs >= this.#quitAtNs ? "quit" : "done";
      this.#hangUps(ready);
      yield* this.#move(ready);
      this.#endings();
    }
  }

  #done(): boolean {
    const empty = this.#toNet.length === 0 && this.#toStdout.length === 0;
    if (this.#stdin.fd === null && this.#netIn.fd === null && empty) return true;
    if (this.#netOut.fd === null && this.#stdout.fd === null) return true;
    return this.#o.listen && this.#netIn.fd === null && empty;
  }

  /** -q SECONDS: nc stays for that long when all is done. */
  #lingers(): boolean {
    if (this.#o.quitSec <= 0) return false;
    this.#quitAtNs ??= this.#sys.nowNs + this.#o.quitSec * SECOND_NS;
    return true;
  }

  *#poll(): Task<readonly PollReady[] | Errno> {
    const wants: PollWant[] = [];
    for (const slot of [this.#stdin, this.#netIn]) if (slot.fd !== null) wants.push({ fd: slot.fd, in: slot.wants });
    for (const slot of [this.#netOut, this.#stdout]) if (slot.fd !== null) wants.push({ fd: slot.fd, out: slot.wants });
    const idleNs = this.#o.timeoutSec === null ? undefined : this.#sys.nowNs + this.#o.timeoutSec * SECOND_NS;
    const deadlineNs = idleNs === undefined ? this.#quitAtNs : Math.min(idleNs, this.#quitAtNs ?? Infinity);
    return yield* this.#sys.pollFds(wants, deadlineNs);
  }

  #hangUps(ready: readonly PollReady[]): void {
    for (const slot of [this.#stdin, this.#netIn, this.#netOut, this.#stdout]) {
      const found = ready.find((r) => r.fd === slot.fd);
      if (found === undefined) continue;
      const isOutput = slot === this.#netOut || slot === this.#stdout;
      if (found.err || (found.hup && (isOutput || (slot.wants && !found.in)))) slot.fd = null;
    }
    if (this.#netOut.fd === null) this.#stdin.fd = null;
    if (this.#stdout.fd === null) this.#closeNetIn();
  }

  #closeNetIn(): void {
    if (this.#netIn.fd !== null) this.#sys.shutdown(this.#netIn.fd, "read");
    this.#netIn.fd = null;
  }

  *#move(ready: readonly PollReady[]): Task<void> {
    const is = (slot: Slot, what: "in" | "out"): boolean => slot.fd !== null && slot.wants && ready.some((r) => r.fd === slot.fd && r[what]);
    const [stdin, netOut, netIn, stdout] = [is(this.#stdin, "in"), is(this.#netOut, "out"), is(this.#netIn, "in"), is(this.#stdout, "out")];
    if (stdin) yield* this.#readStdin();
    if (netOut && this.#toNet.length > 0) yield* this.#writeNet();
    if (netIn) yield* this.#readNet();
    if (stdout && this.#toStdout.length > 0) yield* this.#writeStdout();
    this.#stdin.wants = this.#toNet.length < BUFFER_BYTES;
    this.#netOut.wants = this.#toNet.length > 0;
    this.#netIn.wants = this.#toStdout.length < BUFFER_BYTES;
    this.#stdout.wants = this.#toStdout.length > 0;
  }

  *#readStdin(): Task<void> {
    const got = yield* this.#sys.read(STDIN, BUFFER_BYTES - this.#toNet.length);
    if (isErrno(got) || got.length === 0) this.#stdin.fd = null;
    else this.#toNet = joined(this.#toNet, got);
  }

  /** With -i or -C one line at a time. */
  *#writeNet(): Task<void> {
    const { crlf, intervalSec } = this.#o;
    const end = this.#toNet.indexOf(LF);
    const length = (crlf || intervalSec > 0) && end >= 0 ? end + 1 : this.#toNet.length;
    const piece = this.#toNet.subarray(0, length);
    const sent = yield* this.#sys.sendmsg(this.#netOut.fd!, { data: crlf ? withCrlf(piece) : piece, dontWait: true });
    if (sent === "EAGAIN" || sent === "EINTR") return;
    if (isErrno(sent)) this.#netOut.fd = null;
    else this.#toNet = this.#toNet.subarray(crlf ? length : sent);
    if (this.#netOut.fd === null) this.#toNet = new Uint8Array(0);
  }

  *#readNet(): Task<void> {
    const got = yield* this.#sys.recvmsg(this.#netIn.fd!, { maxBytes: BUFFER_BYTES - this.#toStdout.length, dontWait: true });
    if (got === "EAGAIN" || got === "EINTR") return;
    if (isErrno(got)) {
      this.#netIn.fd = null;
      return;
    }
    if (got.data.length === 0) return this.#closeNetIn();
    this.#received++;
    if (this.#o.recvLimit > 0 && this.#received >= this.#o.recvLimit) {
      this.#closeNetIn();
      this.#stdin.fd = null;
    }
    this.#toStdout = joined(this.#toStdout, this.#o.telnet ? yield* answerTelnet(this.#sys, this.#netOut.fd, got.data) : got.data);
  }

  *#writeStdout(): Task<void> {
    const failed = yield* this.#sys.write(STDOUT, this.#toStdout);
    this.#toStdout = new Uint8Array(0);
    if (failed !== undefined) this.#stdout.fd = null;
  }

  /** What has come to its end on one side ends the other. */
  #endings(): void {
    if (this.#stdin.fd === null && this.#toNet.length === 0) {
      if (this.#netOut.fd !== null && this.#o.shutAtEof) this.#sys.shutdown(this.#netOut.fd, "write");
      this.#netOut.fd = null;
      // A datagram's peer does not hear of the end: with -q nothing more is waited for.
      if (this.#o.udp && this.#o.quitSec >= 0) this.#closeNetIn();
    }
    if (this.#stdout.fd === null && this.#toStdout.length === 0) this.#netIn.fd = null;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** A line feed becomes CR LF, unless it has its CR already. */
function withCrlf(line: Uint8Array): Uint8Array {
  if (line.at(-1) !== LF || line.at(-2) === CR) return line;
  return joined(line.subarray(0, -1), new Uint8Array([CR, LF]));
}
