import { isErrno } from "../../net/uapi/errno.ts";
import type { PollReady, PollWant, SockAddr } from "../../net/uapi/socket.ts";
import { type Sys, type Task } from "../../os/sys.ts";
import type { Out } from "../lib/out.ts";
import { type Json, numberIn, readJson, textIn, writeJson } from "./control.ts";
import { type Failure, failure, isFailure } from "./errors.ts";
import type { Options, Settings } from "./options.ts";
import { Stream } from "./stream.ts";

/** /dev/urandom, opened when it is needed first and never closed: it takes a descriptor, as there. */
export class Chance {
  #opened = false;

  open(sys: Sys): void {
    if (!this.#opened) sys.open("/dev/urandom", { read: true });
    this.#opened = true;
  }
}

/** One test, as one of its two sides sees it (struct iperf_test). */
export class Test {
  readonly sys: Sys;
  readonly options: Options;
  settings: Settings;
  readonly out: Out;
  readonly streams: Stream[] = [];
  control = -1;
  running = false;
  omitting = false;
  done = false;
  /** Is the sender's number of retransmissions known? null = the sender is on the other side and has not told. */
  retransmitsKnown = false;
  bytesMoved = 0;
  blocksMoved = 0;
  congestionUsed = "";
  remoteCongestion = "";
  /** Per cent of a processor: this side's, the other's. */
  cpuPercent = 0;
  remoteCpuPercent: readonly [total: number, user: number, system: number] = [0, 0, 0];
  interrupted = false;
  #nextReportNs = Infinity;
  #omitEndNs = Infinity;
  #endNs = Infinity;
  readonly #files: number[] = [];
  readonly chance: Chance;
  #cpuFrom = { wallNs: 0, cpuNs: 0 };

  constructor(sys: Sys, options: Options, out: Out, chance: Chance) {
    this.sys = sys;
    this.chance = chance;
    this.options = options;
    this.settings = { ...options.settings };
    this.out = out;
  }

  /** The streams' buffers go. */
  closeFiles(): void {
    for (const fd of this.#files.splice(0)) this.sys.close(fd);
  }

  /** Does this side send? */
  get sends(): boolean {
    return (this.options.role === "client") !== this.settings.reverse;
  }

  get first(): Stream | undefined {
    return this.streams[0];
  }

  startCpu(): void {
    this.#cpuFrom = { wallNs: this.sys.nowNs, cpuNs: this.sys.times().selfNs };
  }

  endCpu(): void {
    const wall = this.sys.nowNs - this.#cpuFrom.wallNs;
    this.cpuPercent = wall <= 0 ? 0 : (100 * (this.sys.times().selfNs - this.#cpuFrom.cpuNs)) / wall;
  }

  /** iperf_new_stream: numbers go 1, 3, 4 …; each has a file for its buffer, as there, so that descriptors count alike. */
  addStream(fd: number, sender: boolean): Stream | Failure {
    const { sys } = this;
    const [local, peer] = [sys.getsockname(fd), sys.getpeername(fd)];
    if (isErrno(local) || isErrno(peer)) return failure("unable to initialize stream", isErrno(local) ? local : "ENOTCONN");
    const path = `/tmp/iperf3.${(sys.random() % 0x7fffffff).toString(36).slice(-6).padStart(6, "x")}`;
    const file = sys.open(path, { read: true, write: true, create: true, exclusive: true });
    if (!isErrno(file)) this.#files.push(file);
    sys.unlink(path);
    this.chance.open(sys);
    const id = this.streams.length === 0 ? 1 : this.streams.length + 2;
    const stream = new Stream(sys, id, fd, sender, this.settings, { local, peer });
    this.streams.push(stream);
    return stream;
  }

  /** What a new data socket is told before it connects or listens. */
  prepare(fd: number): Failure | undefined {
    const { sys, settings: s } = this;
    if (s.noDelay && !s.udp) sys.setsockopt(fd, "TCP_NODELAY", true);
    if (s.mss > 0 && !s.udp && sys.setsockopt(fd, "TCP_MAXSEG", s.mss) !== undefined) return failure("unable to set TCP/SCTP MSS", "EINVAL");
    if (s.tos > 0) sys.setsockopt(fd, "IP_TOS", s.tos);
    if (s.windowBytes > 0) {
      sys.setsockopt(fd, "SO_RCVBUF", s.windowBytes);
      sys.setsockopt(fd, "SO_SNDBUF", s.windowBytes);
      const actual = sys.getsockopt(fd, "SO_SNDBUF");
      if (typeof actual === "number" && actual < s.windowBytes) return failure("socket buffer size not set correctly");
    }
    return undefined;
  }

  /** TCP_CONGESTION, as asked for and as it is then. */
  congestion(fd: number): Failure | undefined {
    if (this.settings.udp) return undefined;
    const { congestion } = this.settings;
    if (congestion !== "" && this.sys.setsockopt(fd, "TCP_CONGESTION", congestion) !== undefined) {
      return failure("unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host");
    }
    const used = this.sys.getsockopt(fd, "TCP_CONGESTION");
    this.congestionUsed = isErrno(used) ? "unknown" : used;
    return undefined;
  }

  /** iperf_init_test and the timers. */
  begin(): void {
    const now = this.sys.nowNs;
    const { durationSec, omitSec } = this.settings;
    for (const stream of this.streams) {
      stream.startNs = now;
      stream.endNs = now;
    }
    this.omitting = omitSec > 0;
    this.#omitEndNs = omitSec > 0 ? now + omitSec * 1e9 : Infinity;
    this.#endNs = durationSec > 0 ? now + (durationSec + omitSec) * 1e9 : Infinity;
    this.#nextReportNs = this.#reportAfter(now);
  }

  #reportAfter(now: number): number {
    const { intervalSec } = this.options;
    return intervalSec > 0 ? now + intervalSec * 1e9 : Infinity;
  }

  /** When something is due next; `withEnd`: the client keeps the test's time. */
  nextTimerNs(withEnd: boolean): number | undefined {
    const next = Math.min(this.#nextReportNs, this.#omitEndNs, withEnd ? this.#endNs : Infinity, ...this.#throttles());
    return Number.isFinite(next) ? next : undefined;
  }

  #throttles(): readonly number[] {
    const now = this.sys.nowNs;
    return this.running ? this.streams.filter((s) => s.sender).map((s) => s.allowedAtNs(this.settings.rate)).filter((at) => at > now) : [];
  }

  /** tmr_run: true when an interval ended and should be reported. */
  runTimers(): boolean {
    const now = this.sys.nowNs;
    if (now >= this.#endNs) this.done = true;
    let due = false;
    if (now >= this.#nextReportNs && !this.done) {
      due = true;
      this.#nextReportNs += this.options.intervalSec * 1e9;
      for (const stream of this.streams) stream.closeInterval(this.omitting);
    }
    return due;
  }

  /** client_omit_timer_proc; after the report of the last omitted interval. */
  endOmission(): void {
    if (this.sys.nowNs < this.#omitEndNs) return;
    this.#omitEndNs = Infinity;
    this.omitting = false;
    for (const stream of this.streams) stream.reset();
    this.bytesMoved = 0;
    this.blocksMoved = 0;
    this.#nextReportNs = this.#reportAfter(this.sys.nowNs);
  }

  /** Has it moved what it was to move, or run its time? */
  get fulfilled(): boolean {
    return !this.omitting && (this.done || this.#hasMoved);
  }

  get #hasMoved(): boolean {
    const { bytes, blocks } = this.settings;
    return (bytes > 0 && this.bytesMoved >= bytes) || (blocks > 0 && this.blocksMoved >= blocks);
  }

  /** Descriptors worth waiting for. */
  wants(): PollWant[] {
    const now = this.sys.nowNs;
    return this.streams.flatMap((s): PollWant[] => {
      if (!s.sender) return [{ fd: s.fd, in: true }];
      return this.running && s.allowedAtNs(this.settings.rate) <= now ? [{ fd: s.fd, out: true }] : [];
    });
  }

  /** iperf_recv, then iperf_send: rounds over all streams, up to ten where nothing limits the rate. */
  *move(ready: readonly PollReady[]): Task<Failure | undefined> {
    const streams = this.streams.filter((s) => ready.some((r) => r.fd === s.fd && (s.sender ? r.out : true)));
    for (const stream of streams) {
      const failed = stream.sender ? undefined : yield* this.#receive(stream);
      if (failed !== undefined) return failed;
    }
    const { rate, burst } = this.settings;
    const rounds = !streams.some((s) => s.sender) ? 0 : burst > 0 ? burst : rate === 0 ? 10 : 1;
    for (let left = rounds; left > 0; left--) {
      const more = yield* this.#sendRound(streams, left > 1);
      if (more !== true) return more === false ? undefined : more;
    }
    return undefined;
  }

  /** One block a stream. False when none could send. */
  *#sendRound(streams: readonly Stream[], mayStop: boolean): Task<boolean | Failure> {
    let active = false;
    for (const stream of streams) {
      if (!stream.sender || stream.allowedAtNs(this.settings.rate) > this.sys.nowNs) continue;
      if (mayStop && this.#hasMoved) break;
      const n = yield* stream.send();
      if (isFailure(n)) return n;
      if (n === 0) break;
      active = true;
      this.bytesMoved += n;
      if (stream.blockDone) this.blocksMoved++;
    }
    return active;
  }

  *#receive(stream: Stream): Task<Failure | undefined> {
    const n = yield* stream.receive(this.running);
    if (isFailure(n)) return n;
    if (this.running && n > 0) {
      this.bytesMoved += n;
      this.blocksMoved++;
    }
    return undefined;
  }

  /** iperf_exchange_results: the client speaks first. */
  *exchangeResults(): Task<Failure | undefined> {
    const [sent, got] = ["unable to send results", "unable to receive results"];
    if (this.options.role === "client") {
      const failed = yield* writeJson(this.sys, this.control, this.#results(), sent);
      if (failed !== undefined) return failed;
    }
    const theirs = yield* readJson(this.sys, this.control, got);
    if (isFailure(theirs)) return theirs;
    if (!this.#takeResults(theirs)) return failure(got);
    return this.options.role === "server" ? yield* writeJson(this.sys, this.control, this.#results(), sent) : undefined;
  }

  #results(): Json {
    const known = this.sends ? Number(this.retransmitsKnown) : -1;
    return {
      cpu_util_total: this.cpuPercent, cpu_util_user: 0, cpu_util_system: this.cpuPercent, sender_has_retransmits: known,
      ...(this.congestionUsed === "" ? {} : { congestion_used: this.congestionUsed }),
      streams: this.streams.map((s) => ({
        id: s.id, bytes: s.sender ? s.bytesSent - s.bytesSentOmitted : s.bytesReceived, retransmits: s.sender && this.retransmitsKnown ? s.retransmits : -1,
        jitter: s.jitterSec, errors: s.lost, packets: s.packets, start_time: 0, end_time: s.seconds,
      })),
    };
  }

  #takeResults(json: Json): boolean {
    this.remoteCpuPercent = [numberIn(json, "cpu_util_total"), numberIn(json, "cpu_util_user"), numberIn(json, "cpu_util_system")];
    this.remoteCongestion = textIn(json, "congestion_used");
    if (!this.sends) this.retransmitsKnown = numberIn(json, "sender_has_retransmits") === 1;
    const rows = Array.isArray(json["streams"]) ? (json["streams"] as Json[]) : null;
    if (rows === null) return false;
    for (const row of rows) {
      const stream = this.streams.find((s) => s.id === numberIn(row, "id"));
      if (stream === undefined) return false;
      takeStream(stream, row);
    }
    return true;
  }
}

function takeStream(stream: Stream, row: Json): void {
  stream.peerPackets = numberIn(row, "packets");
  stream.peerSeconds = numberIn(row, "end_time") - numberIn(row, "start_time");
  if (stream.sender) {
    stream.jitterSec = numberIn(row, "jitter");
    stream.lost = numberIn(row, "errors");
    stream.bytesReceived = numberIn(row, "bytes");
  } else {
    stream.bytesSent = numberIn(row, "bytes");
    stream.retransmits = numberIn(row, "retransmits");
  }
}

/** "10.0.0.1" and the port of an end. */
export const portOf = (addr: SockAddr): number => (addr.family === "inet" ? addr.port : 0);
