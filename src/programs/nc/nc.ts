import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import { STDERR, type Program, type Sys, type Task } from "../../os/sys.ts";
import { type Fatal, isFatal, remoteConnect, udpTest } from "./connect.ts";
import { localListen, unixBind, unixListen } from "./listen.ts";
import { type NcOptions, parseNc } from "./options.ts";
import { portList, shuffled } from "./ports.ts";
import { Relay } from "./relay.ts";
import { connectionInfo, reportSock, warn } from "./report.ts";

/** nc(1) of OpenBSD, as Debian has it (1.219-1): connects, listens, scans; over TCP, UDP and unix sockets. */
export const nc: Program = function* (sys, argv) {
  const command = parseNc(argv);
  if (command.is === "stop") {
    yield* sys.write(STDERR, command.text);
    return command.status;
  }
  sys.signal("SIGPIPE", "ignore");
  const ended = yield* run(sys, command.options);
  if (!isFatal(ended)) return ended;
  yield* warn(sys, ended.fatal);
  return 1;
};

function* run(sys: Sys, o: NcOptions): Task<number | Fatal> {
  if (o.listen) return yield* serve(sys, o);
  return o.unix ? yield* unixClient(sys, o) : yield* client(sys, o);
}

/** One caller after the other with -k, else one. */
function* serve(sys: Sys, o: NcOptions): Task<number | Fatal> {
  const fd = o.unix ? yield* unixListen(sys, o) : yield* localListen(sys, o);
  if (isFatal(fd)) return fd;
  for (;;) {
    const ended = o.udp ? yield* serveDatagrams(sys, o, fd) : yield* serveConnection(sys, o, fd);
    if (isFatal(ended)) return ended;
    if (ended === "quit" || !o.keep) return 0;
  }
}

const failed = (what: string, e: Errno): Fatal => ({ fatal: `${what}: ${strerror(e)}` });

/** Without -k the socket belongs to the first who writes; with it, to everybody, and nothing can be answered. */
function* serveDatagrams(sys: Sys, o: NcOptions, fd: number): Task<"done" | "quit" | Fatal> {
  if (!o.keep && !o.unix) {
    const first = yield* sys.recvmsg(fd, { maxBytes: 2048, peek: true });
    if (isErrno(first)) return failed("recvfrom", first);
    if (first.from === undefined) return failed("connect", "EINVAL");
    const bad = yield* sys.connect(fd, first.from);
    if (bad !== undefined) return failed("connect", bad);
    if (o.verbose) yield* reportSock(sys, o, "Connection received", first.from);
  }
  return yield* relay(sys, o, fd);
}

function* serveConnection(sys: Sys, o: NcOptions, listener: number): Task<"done" | "quit" | Fatal> {
  const fd = yield* sys.accept(listener);
  if (isErrno(fd)) return failed("accept", fd);
  sys.setNonBlock(fd, true);
  const peer = sys.getpeername(fd);
  if (o.verbose && !isErrno(peer)) yield* reportSock(sys, o, "Connection received", o.unix ? { family: "unix", path: o.host ?? "" } : peer);
  const ended = yield* relay(sys, o, fd);
  sys.close(fd);
  return ended;
}

function* relay(sys: Sys, o: NcOptions, fd: number): Task<"done" | "quit" | Fatal> {
  const ended = yield* new Relay(sys, o, fd).run();
  return ended === "done" || ended === "quit" ? ended : failed("polling error", ended);
}

function* client(sys: Sys, o: NcOptions): Task<number | Fatal> {
  const listed = portList(sys, o.ports, o.udp ? "udp" : "tcp");
  if ("bad" in listed) return { fatal: listed.bad };
  let status = 1;
  for (const port of o.shuffle ? shuffled(sys, listed) : listed) {
    const reached = yield* remoteConnect(sys, o, port);
    if (isFatal(reached)) return reached;
    if (reached === null) continue;
    status = 0;
    const { fd, to } = reached;
    if (o.udp && o.verbose && !(yield* udpTest(sys, o, fd))) {
      status = 1;
      sys.close(fd);
      continue;
    }
    if (o.verbose) yield* connectionInfo(sys, o, to);
    const ended = o.scan ? "done" : yield* relay(sys, o, fd);
    if (isFatal(ended)) return ended;
    if (ended === "quit") return 0;
    sys.close(fd);
  }
  return status;
}

/** A datagram client has a name too, so that it can be answered. */
function* unixClient(sys: Sys, o: NcOptions): Task<number | Fatal> {
  const path = o.host ?? "";
  const dir = `/tmp/nc-${(sys.random() % 36 ** 6).toString(36).padStart(6, "0")}`;
  if (o.udp && o.source === null) sys.mkdir(dir, 0o700);
  const own = o.source ?? `${dir}/recv.sock`;
  try {
    const fd = o.udp ? yield* unixBind(sys, o, own) : sys.socket("unix", "stream");
    if (isFatal(fd)) return fd;
    const bad = isErrno(fd) ? fd : yield* sys.connect(fd, { family: "unix", path });
    if (bad !== undefined || isErrno(fd)) return { fatal: `${path}: ${strerror(bad ?? "EAFNOSUPPORT")}` };
    sys.setNonBlock(fd, true);
    const ended = o.scan ? "done" : yield* relay(sys, o, fd);
    return isFatal(ended) ? ended : 0;
  } finally {
    if (o.udp) sys.unlink(own);
    if (o.udp && o.source === null) sys.rmdir(dir);
  }
}
