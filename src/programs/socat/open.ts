import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { InetAddr, SockAddr } from "../../net/uapi/socket.ts";
import { STDERR, STDIN, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { findProgram } from "../lib/find-program.ts";
import { gaiStrerror, getaddrinfo } from "../lib/resolve.ts";
import type { Address, Proto, Side } from "./address.ts";

/** An open side: where to read and where to write; null = that way leads nowhere. */
export interface Channel {
  readonly input: number | null;
  readonly output: number | null;
  readonly isSocket: boolean;
  /** Datagrams go to this peer, and only its own are taken. */
  readonly peer?: InetAddr;
}
export interface Failure {
  readonly failed: string;
}
export const isFailure = (r: unknown): r is Failure => typeof r === "object" && r !== null && "failed" in r;

const failure = (call: string, e: Errno): Failure => ({ failed: `${call}: ${strerror(e)}` });
const socketChannel = (fd: number): Channel => ({ input: fd, output: fd, isSocket: true });
/** socat opens two descriptors before its first socket. */
const shownFd = (fd: number): number => fd + 2;
const shownAddr = (a: InetAddr): string => `AF=2 ${formatIp4(a.addr)}:${a.port}`;

/** Opens one side; a listener waits here for its caller. `reading`, `writing`: what the side is wanted for. */
export function* openSide(sys: Sys, side: Side, reading: boolean, writing: boolean): Task<Channel | Failure> {
  const { address: a } = side;
  switch (a.is) {
    case "stdio": return { input: STDIN, output: STDOUT, isSocket: false };
    case "stdin": return { input: STDIN, output: null, isSocket: false };
    case "stdout": return { input: null, output: STDOUT, isSocket: false };
    case "open": return openFile(sys, a, side, reading, writing);
    case "exec": return startProgram(sys, a.argv);
    case "connect": return yield* connectInet(sys, side, a);
    case "recv": return yield* bound(sys, side, "udp", a.port);
    case "sendto": return yield* sendTo(sys, side, a.host, a.port);
    case "listen": {
      const listener = yield* listenSide(sys, side);
      return isFailure(listener) ? listener : yield* acceptOne(sys, side, listener);
    }
    case "unix-connect": return yield* connectUnix(sys, a.path);
    case "unix-listen": {
      const listener = yield* listenSide(sys, side);
      return isFailure(listener) ? listener : yield* acceptOne(sys, side, listener);
    }
  }
}

/** open(2) flags as socat's messages show them: O_RDONLY 0, O_WRONLY 1, O_RDWR 2, O_CREAT 0100. */
const openFlagsOctal = (reading: boolean, writing: boolean, create: boolean): string => `0${((reading && writing ? 2 : writing ? 1 : 0) + (create ? 0o100 : 0)).toString(8)}`;

function openFile(sys: Sys, a: Extract<Address, { is: "open" }>, { options }: Side, reading: boolean, writing: boolean): Channel | Failure {
  const create = a.create || options.has("creat");
  const flags = { read: reading, write: writing, create, truncate: a.create || options.has("trunc"), append: options.has("append") };
  const fd = sys.open(a.path, flags, 0o644);
  return isErrno(fd) ? failure(`open("${a.path}", ${openFlagsOctal(reading, writing, create)}, 0666)`, fd) : { input: reading ? fd : null, output: writing ? fd : null, isSocket: false };
}

/** The program's stdin and stdout are pipes to us. */
function startProgram(sys: Sys, argv: readonly string[]): Channel | Failure {
  const [theirInput, ourOutput] = sys.pipe();
  const [ourInput, theirOutput] = sys.pipe();
  const pid = sys.spawn({ run: findProgram(sys, argv[0] ?? ""), argv, fds: new Map([[0, theirInput], [1, theirOutput], [2, STDERR]]) });
  sys.close(theirInput);
  sys.close(theirOutput);
  return isErrno(pid) ? failure(`execvp("${argv[0] ?? ""}")`, pid) : { input: ourInput, output: ourOutput, isSocket: false };
}

function newSocket(sys: Sys, { options }: Side, proto: Proto): number | Failure {
  const fd = sys.socket("inet", proto === "tcp" ? "stream" : "dgram");
  if (isErrno(fd)) return failure("socket()", fd);
  if (options.has("reuseaddr")) sys.setsockopt(fd, "SO_REUSEADDR", true);
  if (options.has("reuseport")) sys.setsockopt(fd, "SO_REUSEPORT", true);
  if (options.has("broadcast")) sys.setsockopt(fd, "SO_BROADCAST", true);
  if (options.has("keepalive")) sys.setsockopt(fd, "SO_KEEPALIVE", true);
  if (options.has("nodelay")) sys.setsockopt(fd, "TCP_NODELAY", true);
  const [ttl, tos] = [options.get("ttl"), options.get("tos")];
  if (ttl !== undefined) sys.setsockopt(fd, "IP_TTL", Number(ttl));
  if (tos !== undefined) sys.setsockopt(fd, "IP_TOS", Number(tos));
  return fd;
}

function* lookUp(sys: Sys, host: string | null, port: string, proto: Proto): Task<InetAddr | Failure> {
  const found = yield* getaddrinfo(sys, host, { port, proto, passive: host === null, onlyInet: true });
  return found.is === "found" ? found.addrs[0] : { failed: `getaddrinfo("${host ?? ""}", "NULL", {1,0,${proto === "tcp" ? "1,6" : "2,17"}}, {}): ${gaiStrerror(found.error)}` };
}

/** bind= and sourceport=. */
function* bindSource(sys: Sys, { options }: Side, proto: Proto, fd: number): Task<Failure | undefined> {
  if (!options.has("bind") && !options.has("sourceport")) return undefined;
  const [host = "", port = ""] = (options.get("bind") ?? "").split(":");
  const own = yield* lookUp(sys, host === "" ? null : host, options.get("sourceport") ?? (port === "" ? "0" : port), proto);
  if (isFailure(own)) return own;
  const bad = sys.bind(fd, own);
  return bad === undefined ? undefined : failure(`bind(${shownFd(fd)}, {${shownAddr(own)}}, 16)`, bad);
}

function* connectInet(sys: Sys, side: Side, a: Extract<Address, { is: "connect" }>): Task<Channel | Failure> {
  const to = yield* lookUp(sys, a.host, a.port, a.proto);
  if (isFailure(to)) return to;
  const fd = newSocket(sys, side, a.proto);
  if (isFailure(fd)) return fd;
  const source = yield* bindSource(sys, side, a.proto, fd);
  if (source !== undefined) return source;
  const bad = yield* sys.connect(fd, to);
  return bad === undefined ? socketChannel(fd) : failure(`connect(${shownFd(fd)}, ${shownAddr(to)}, 16)`, bad);
}

function* connectUnix(sys: Sys, path: string): Task<Channel | Failure> {
  const fd = sys.socket("unix", "stream");
  const bad = isErrno(fd) ? fd : yield* sys.connect(fd, { family: "unix", path });
  return isErrno(fd) || bad !== undefined ? failure(`connect(, AF=1 "${path}", ${path.length + 2})`, isErrno(fd) ? fd : (bad ?? "EINVAL")) : socketChannel(fd);
}

function* sendTo(sys: Sys, side: Side, host: string, port: string): Task<Channel | Failure> {
  const peer = yield* lookUp(sys, host, port, "udp");
  if (isFailure(peer)) return peer;
  const fd = newSocket(sys, side, "udp");
  if (isFailure(fd)) return fd;
  return (yield* bindSource(sys, side, "udp", fd)) ?? { ...socketChannel(fd), peer };
}

/** A socket on a local port: bind= names the address. */
function* bound(sys: Sys, side: Side, proto: Proto, port: string): Task<Channel | Failure> {
  const own = yield* lookUp(sys, side.options.get("bind") ?? null, port, proto);
  if (isFailure(own)) return own;
  const fd = newSocket(sys, side, proto);
  if (isFailure(fd)) return fd;
  const bad = sys.bind(fd, own);
  return bad === undefined ? socketChannel(fd) : failure(`bind(${shownFd(fd)}, {${shownAddr(own)}}, 16)`, bad);
}

/** The listening socket of a `-LISTEN` address. */
export function* listenSide(sys: Sys, side: Side): Task<number | Failure> {
  const { address: a, options } = side;
  const channel = a.is === "listen" ? yield* bound(sys, side, a.proto, a.port) : a.is === "unix-listen" ? unixBound(sys, a.path, options.has("unlink-early")) : { failed: "not a listener" };
  if (isFailure(channel) || channel.input === null) return isFailure(channel) ? channel : { failed: "no socket" };
  if (a.is === "listen" && a.proto === "udp") return channel.input;
  const bad = sys.listen(channel.input, Number(options.get("backlog") ?? 5));
  return bad === undefined ? channel.input : failure(`listen(${shownFd(channel.input)})`, bad);
}

function unixBound(sys: Sys, path: string, unlinkEarly: boolean): Channel | Failure {
  if (unlinkEarly) sys.unlink(path);
  const fd = sys.socket("unix", "stream");
  if (isErrno(fd)) return failure("socket()", fd);
  const bad = sys.bind(fd, { family: "unix", path });
  return bad === undefined ? socketChannel(fd) : failure(`bind(${shownFd(fd)}, {AF=1 "${path}"}, ${path.length + 2})`, bad);
}

/** Waits for a caller: a connection, or for UDP the first datagram, whose sender the socket is then connected to. */
export function* acceptOne(sys: Sys, { address }: Side, listener: number): Task<Channel | Failure> {
  if (address.is === "listen" && address.proto === "udp") {
    const first = yield* sys.recvmsg(listener, { maxBytes: 1, peek: true });
    const from: SockAddr | Errno = isErrno(first) ? first : (first.from ?? "EINVAL");
    const bad = isErrno(from) ? from : yield* sys.connect(listener, from);
    return bad === undefined ? socketChannel(listener) : failure("recvfrom()", bad);
  }
  const fd = yield* sys.accept(listener);
  return isErrno(fd) ? failure(`accept(${shownFd(listener)})`, fd) : socketChannel(fd);
}
