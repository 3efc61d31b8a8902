// From the shell: somebody typed ping.
// Next os/sys-net.ts: an ICMP echo goes out through a raw socket, main-loop.ts waits for what comes back.
import { STDOUT, type Program, type Task } from "../../os/sys.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { formatIp4, isMulticastIp4, type Ip4 } from "../../wire/addr.ts";
import { inetAton } from "../lib/aton.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { finish, openIo, type Io } from "../lib/tool.ts";
import { MainLoop } from "./main-loop.ts";
import { readCommand, type PingOptions } from "./options.ts";
import { PingSession } from "./session.ts";
import { chooseSource, createSocket, ipOptionBytes, isFatal, prepareSocket, type Fatal } from "./setup.ts";
import { USAGE } from "./usage.ts";

/**
 * Where a packet's journey begins: ping hands an ICMP echo request to the kernel (next: os, then
 * net/sock) and hears the reply on the same socket. iputils 20221126, text for text, IPv4.
 */
export const ping: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const command = readCommand(argv);
  if (command.is === "stop") {
    yield* io.out.text(command.stdout);
    yield* io.err(command.stderr);
    return yield* finish(io, command.status);
  }
  yield* io.err(command.warnings);
  const status = yield* runPing(io, command.options, command.targets);
  return yield* finish(io, status);
};

function* fail(io: Io, { fatal }: Fatal): Task<number> {
  yield* io.out.flush();
  yield* io.complain(fatal);
  return 2;
}

function* runPing(io: Io, o: PingOptions, targets: readonly string[]): Task<number> {
  const packet = yield* fillPacket(io, o);
  if (isFatal(packet)) return yield* fail(io, packet);
  const socket = createSocket(io.sys, o.ident === 0);
  if (isFatal(socket)) return yield* fail(io, socket);
  if (o.verbose) yield* io.err(`${io.name}: sock4.fd: ${socket.fd} (socktype: ${socket.type === "raw" ? "SOCK_RAW" : "SOCK_DGRAM"}), sock6.fd: -1 (socktype: 0), hints.ai_family: AF_INET\n\n`);
  const target = yield* resolveTargets(io, o, targets);
  if (typeof target === "number") return target;
  if (isFatal(target)) return yield* fail(io, target);
  const source = yield* chooseSource(io, o, socket, target.hops[0] ?? target.to);
  if (typeof source !== "number") return yield* fail(io, source);
  const to = target.to === 0 ? source : target.to;
  const optionBytes = ipOptionBytes(o, target.hops);
  const bad = yield* prepareSocket(io, o, socket, source, to, optionBytes);
  if (bad !== undefined) return yield* fail(io, bad);
  if (o.flood) io.out.buffering = "none";
  const from = o.device !== undefined || o.strictSource ? `from ${formatIp4(source)} ${o.device ?? ""}: ` : "";
  const totalBytes = o.dataBytes + 8 + (optionBytes === undefined ? 0 : 40) + 20;
  yield* io.out.text(`PING ${target.hostname} (${formatIp4(to)}) ${from}${o.dataBytes}(${totalBytes}) bytes of data.\n`);
  const tooMuch = o.intervalMs >= Math.trunc(2147483647 / o.preload);
  if (tooMuch) return yield* fail(io, { fatal: `illegal preload and/or interval: ${o.intervalMs}` });
  const ident = o.ident ?? (socket.type === "raw" ? io.sys.random() & 0xffff : -1);
  const session = new PingSession(io, o, { socket, to, hostname: target.hostname, packet, ident, multicast: o.broadcast || isMulticastIp4(to) });
  return yield* start(session);
}

/** Signals, timer and journey; then the loop. */
function* start(session: PingSession): Task<number> {
  const { sys, options } = session;
  if (options.connect) {
    const failed = yield* sys.connect(session.socket.fd, { family: "inet", addr: session.to, port: 1025 });
    if (failed !== undefined) return yield* fail(session.io, { fatal: `connect failed: ${strerror(failed)}` });
  }
  const stop = (): void => void (session.exiting = true);
  sys.signal("SIGINT", stop);
  sys.signal("SIGALRM", stop);
  sys.signal("SIGQUIT", () => void (session.statusAsked = true));
  const size = sys.isatty(STDOUT) ? sys.windowSize(STDOUT) : "ENOTTY";
  if (!isErrno(size) && size.cols > 0) session.screenCols = size.cols;
  session.startNs = sys.nowNs;
  if (options.deadlineSec > 0) session.alarmNs = sys.nowNs + options.deadlineSec * 1e9;
  return yield* new MainLoop(session).run();
}

interface Target {
  readonly to: Ip4;
  readonly hostname: string;
  /** Addresses named before the destination, without it (-T tsprespec). */
  readonly hops: readonly Ip4[];
}

/** Looks the destination up; several operands are a route, which only `-T tsprespec` may have here. */
function* resolveTargets(io: Io, o: PingOptions, targets: readonly string[]): Task<Target | Fatal | number> {
  const last = targets.at(-1) ?? "";
  if (last.includes(":")) return { fatal: `${last}: IPv6 is not simulated here` };
  if (targets.length > 1 && (o.recordRoute || (o.timestamp !== undefined && (o.timestamp !== "tsprespec" || targets.length > 5)) || targets.length > 10)) {
    yield* io.err(USAGE);
    return 2;
  }
  if (targets.length > 1 && o.timestamp === undefined) return { fatal: "source routing: not simulated here" };
  const found: { addr: Ip4; hostname: string }[] = [];
  for (const target of targets) {
    const resolved = yield* resolveName(io.sys, target);
    if (resolved.is === "failed") return { fatal: `${target}: ${gaiStrerror(resolved.error)}` };
    if (inetAton(target) !== null && targets.length === 1) o.numeric = true;
    if (o.verbose && target === last) yield* io.out.text(`ai->ai_family: AF_INET, ai->ai_canonname: '${resolved.canonicalName}'\n`);
    found.push({ addr: resolved.addresses[0], hostname: inetAton(target) !== null ? target : resolved.canonicalName });
  }
  const end = found.at(-1);
  if (end === undefined) return { fatal: "usage error: Destination address required" };
  return { to: end.addr, hostname: end.hostname, hops: found.slice(0, -1).map((f) => f.addr) };
}

/** The data part: a counting pattern, or -p's bytes over and over. */
function* fillPacket(io: Io, o: PingOptions): Task<Uint8Array | Fatal> {
  const packet = new Uint8Array(8 + o.dataBytes);
  if (o.pattern === undefined) {
    for (let i = 0; i < o.dataBytes; i++) packet[8 + i] = i;
    return packet;
  }
  const wrong = /[^0-9a-fA-F]/.exec(o.pattern);
  if (wrong !== null) return { fatal: `patterns must be specified as hex digits: ${o.pattern.slice(wrong.index)}` };
  const bytes = (o.pattern.match(/..?/g) ?? []).slice(0, 16).map((h) => parseInt(h, 16));
  for (let i = 0; i < o.dataBytes && bytes.length > 0; i++) packet[8 + i] = bytes[i % bytes.length] ?? 0;
  if (!o.quiet) yield* io.out.text(`PATTERN: 0x${bytes.map((b) => b.toString(16).padStart(2, "0")).join("")}\n`);
  return packet;
}
