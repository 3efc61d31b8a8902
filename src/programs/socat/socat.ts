import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatDate } from "../lib/date.ts";
import { parseSide, type Side } from "./address.ts";
import { acceptOne, type Channel, type Failure, isFailure, listenSide, openSide } from "./open.ts";

const BLOCK_BYTES = 8192;
const SECOND_NS = 1_000_000_000;
const VERSION = "socat by Gerhard Rieger and contributors - see www.dest-unreach.org\nsocat version 1.7.4.4\n";

interface Settings {
  /** -u: left to right; -U: right to left. */
  readonly way: "both" | "right" | "left";
  /** -t: what one side may still say after the other has ended. */
  readonly lingerNs: number;
  /** -T: end when nothing happened for this long; 0 = never. */
  readonly idleNs: number;
}

/** socat(1) 1.7.4: a relay between two of: stdio, files, programs, TCP, UDP and unix sockets. */
export const socat: Program = function* (sys, argv) {
  const read = readArguments(argv.slice(1));
  if ("stop" in read) {
    if (read.status === "error") return yield* complain(sys, read.stop);
    yield* sys.write(read.status === 0 ? STDOUT : STDERR, read.stop);
    return read.status;
  }
  sys.signal("SIGPIPE", "ignore");
  const { left, right, settings } = read;
  if (left.options.has("fork")) return yield* forking(sys, left, right, settings);
  const ended = yield* both(sys, left, right, settings);
  return isFailure(ended) ? yield* complain(sys, ended.failed) : 0;
};

type Read = { readonly left: Side; readonly right: Side; readonly settings: Settings } | { readonly stop: string; readonly status: number | "error" };

function readArguments(args: readonly string[]): Read {
  let way: Settings["way"] = "both";
  let [linger, idle] = [0.5, 0];
  const sides: Side[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    const timed = /^-([tT])(.*)$/.exec(word);
    if (word === "-u") way = "right";
    else if (word === "-U") way = "left";
    else if (word === "-V") return { stop: VERSION, status: 0 };
    else if (timed !== null) {
      const sec = Number(timed[2] === "" ? args[++i] : timed[2]);
      if (timed[1] === "t") linger = sec;
      else idle = sec;
    } else if (word === "-4" || word === "-s") continue;
    else if (word.startsWith("-") && word !== "-") return { stop: `socat: ${word}: not simulated here\n`, status: 1 };
    else {
      const side = parseSide(word);
      if ("error" in side) return side.error.endsWith("not simulated here") ? { stop: `socat: ${side.error}\n`, status: 1 } : { stop: side.error, status: "error" };
      sides.push(side);
    }
  }
  const [left, right] = sides;
  if (left === undefined || right === undefined || sides.length > 2) return { stop: `exactly 2 addresses required (there are ${sides.length}); use option "-h" for help`, status: "error" };
  return { left, right, settings: { way, lingerNs: linger * SECOND_NS, idleNs: idle * SECOND_NS } };
}

function* complain(sys: Sys, text: string): Task<number> {
  yield* sys.write(STDERR, `${formatDate("%Y/%m/%d %H:%M:%S", sys.wallTime())} socat[${sys.pid}] E ${text}\n`);
  return 1;
}

function* both(sys: Sys, left: Side, right: Side, settings: Settings): Task<Failure | undefined> {
  const { way } = settings;
  const a = yield* openSide(sys, left, way !== "left", way !== "right");
  if (isFailure(a)) return a;
  const b = yield* openSide(sys, right, way !== "right", way !== "left");
  return isFailure(b) ? b : yield* relay(sys, a, b, settings);
}

/** `…-LISTEN,fork`: a child for each caller. */
function* forking(sys: Sys, left: Side, right: Side, settings: Settings): Task<number> {
  const listener = yield* listenSide(sys, left);
  if (isFailure(listener)) return yield* complain(sys, listener.failed);
  if (left.address.is === "listen" && left.address.proto === "udp") return yield* complain(sys, "UDP-LISTEN,fork: not simulated here");
  for (;;) {
    const a = yield* acceptOne(sys, left, listener);
    if (isFailure(a)) return yield* complain(sys, a.failed);
    const child: Program = function* (own) {
      own.close(listener);
      const b = yield* openSide(own, right, settings.way !== "right", settings.way !== "left");
      const ended = isFailure(b) ? b : yield* relay(own, a, b, settings);
      return isFailure(ended) ? yield* complain(own, ended.failed) : 0;
    };
    sys.spawn({ run: child, argv: ["socat"], comm: "socat" });
    if (a.input !== null) sys.close(a.input);
    while (!isErrno((yield* sys.waitpid({ noHang: true })) ?? "ECHILD")) continue;
  }
}

/** One direction. */
interface Flow {
  readonly from: Channel;
  readonly to: Channel;
  open: boolean;
}

function* relay(sys: Sys, a: Channel, b: Channel, { way, lingerNs, idleNs }: Settings): Task<Failure | undefined> {
  const flows: Flow[] = [{ from: a, to: b, open: way !== "left" }, { from: b, to: a, open: way !== "right" }];
  for (const flow of flows) if (flow.from.input === null || flow.to.output === null) flow.open = false;
  let endNs = Infinity;
  while (flows.some((f) => f.open)) {
    const open = flows.filter((f) => f.open);
    const deadlineNs = Math.min(endNs, idleNs > 0 ? sys.nowNs + idleNs : Infinity);
    const ready = yield* sys.pollFds(open.map((f) => ({ fd: f.from.input!, in: true })), Number.isFinite(deadlineNs) ? deadlineNs : undefined);
    if (ready === "EINTR") continue;
    if (isErrno(ready)) return { failed: `poll(): ${strerror(ready)}` };
    if (ready.length === 0) return undefined;
    for (const flow of open.filter((f) => ready.some((r) => r.fd === f.from.input))) {
      const moved = yield* move(sys, flow);
      if (moved === "more") continue;
      if (moved !== "end") return { failed: moved };
      flow.open = false;
      halfClose(sys, flow.to);
      endNs = Math.min(endNs, sys.nowNs + lingerNs);
    }
  }
  return undefined;
}

function* move(sys: Sys, { from, to }: Flow): Task<string> {
  const data = yield* take(sys, from);
  if (data === null) return "more";
  if (isErrno(data)) return data === "ECONNRESET" || data === "EIO" ? "end" : `read(): ${strerror(data)}`;
  if (data.length === 0) return "end";
  const sent: Errno | number | undefined = to.isSocket
    ? yield* sys.sendmsg(to.output!, { data, noSignal: true, ...(to.peer === undefined ? {} : { to: to.peer }) }) : yield* sys.write(to.output!, data);
  if (typeof sent === "string") return sent === "EPIPE" ? "end" : `write(): ${strerror(sent)}`;
  return "more";
}

/** Null: a datagram of somebody else. */
function* take(sys: Sys, from: Channel): Task<Uint8Array | Errno | null> {
  if (!from.isSocket) return yield* sys.read(from.input!, BLOCK_BYTES);
  const got = yield* sys.recvmsg(from.input!, { maxBytes: BLOCK_BYTES });
  if (isErrno(got)) return got;
  const sender = got.from?.family === "inet" ? got.from : undefined;
  return from.peer !== undefined && sender !== undefined && (sender.addr !== from.peer.addr || sender.port !== from.peer.port) ? null : got.data;
}

function halfClose(sys: Sys, to: Channel): void {
  if (to.isSocket) sys.shutdown(to.output!, "write");
  else if (to.output !== null && to.output > STDERR) sys.close(to.output);
}
