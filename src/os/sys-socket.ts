// From a program such as programs/ping: socket, connect, sendmsg, recvmsg.
// Next net/sock/raw.ts, udp.ts, packet.ts or tcp/; what comes back wakes the program that sleeps here.
import type { Sock } from "../net/sock/sock.ts";
import { createSock, createUnix } from "../net/sock/create.ts";
import { UnixSock } from "../net/sock/unix.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type {
  ConnectAddr, PollReady, PollWant, Received, RecvOptions, SendMessage, ShutdownHow, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType,
} from "../net/uapi/socket.ts";
import type { SockDiagRow, SockDiagTable } from "../net/uapi/sock-diag.ts";
import { sockDiag } from "../net/sock/diag.ts";
import { wheelExpiryNs } from "../sim/jiffies.ts";
import { readiness } from "./epoll-file.ts";
import type { OpenFile } from "./open-file.ts";
import { sendSignal } from "./signal-send.ts";
import { SocketFile } from "./socket-file.ts";
import { SysNamespace } from "./sys-namespace.ts";
import { unixNamesOf } from "./unix-names.ts";
import type { Task } from "./sys.ts";

/** What a soft interrupt takes that runs before a system call returns; more than the way through lo. */
const SOFTIRQ_NS = 5_000;

/** Socket calls. A socket belongs to the namespace its process was in when it was made. */
export class SysSocket extends SysNamespace {
  socket(domain: SockDomain, type: SockType, protocol: SockProtocol = "default"): number | Errno {
    this.charge();
    const sock = createSock(this.p.ns.net.netns, domain, type, protocol, this.p.gid);
    return typeof sock === "string" ? sock : this.#install(sock);
  }

  socketpair(type: SockType): readonly [number, number] | Errno {
    this.charge();
    const [a, b] = [createUnix(this.p.ns.net.netns, type), createUnix(this.p.ns.net.netns, type)];
    if (typeof a === "string" || typeof b === "string") return "ESOCKTNOSUPPORT";
    const fds = [this.#install(a), this.#install(b)] as const;
    a.pairWith(b);
    return typeof fds[0] === "string" || typeof fds[1] === "string" ? "EMFILE" : [fds[0], fds[1]];
  }

  /** A descriptor for a socket; the socket learns its inode number. */
  #install(sock: Sock): number | Errno {
    sock.program = this.p.comm;
    if (sock instanceof UnixSock) sock.creds = { pid: this.p.number, uid: this.p.uid, gid: this.p.gid };
    return this.p.fds.add(new SocketFile(sock, this.p.ns.net, this.p.kernel.newPipeIno()));
  }

  bind(fd: number, addr: SockAddr): Errno | undefined {
    return this.#with(fd, (sock) => this.#named(sock).bind(addr));
  }

  listen(fd: number, backlog: number): Errno | undefined {
    return this.#with(fd, (sock) => sock.listen(backlog));
  }

  /** inet_stream_connect: with O_NONBLOCK it answers `EINPROGRESS`, else it sleeps until the handshake has ended one way or the other. */
  *connect(fd: number, addr: ConnectAddr): Task<Errno | undefined> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    const start = (): Errno | undefined => this.#named(file.sock).connect(addr, this.p.journey);
    // A unix listener's queue is full: wait for room, there is no handshake.
    const started = file.sock.domain === "unix" && !file.nonBlocking ? yield* this.until([file.queue], start) : start();
    if ((started !== "EINPROGRESS" && started !== "EALREADY") || file.nonBlocking) return started;
    const ended = yield* this.until([file.queue], () => (file.sock.connecting() ? "EAGAIN" : "done"));
    // Asked once more, the socket tells how the handshake has ended; after a failure it may connect again.
    return ended === "EINTR" ? "EINTR" : start();
  }

  /** The new connection's descriptor. The caller now works for who connected. */
  *accept(fd: number): Task<number | Errno> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    const sock = file.nonBlocking ? file.sock.accept() : yield* this.until([file.queue], () => file.sock.accept());
    if (typeof sock === "string") return sock;
    if (sock.journey !== 0) this.p.journey = sock.journey;
    return this.#install(sock);
  }

  shutdown(fd: number, how: ShutdownHow): Errno | undefined {
    return this.#with(fd, (sock) => sock.shutdown(how));
  }

  getsockname(fd: number): SockAddr | Errno {
    return this.#with(fd, (sock) => sock.localAddr());
  }

  getpeername(fd: number): SockAddr | Errno {
    return this.#with(fd, (sock) => sock.peerAddr());
  }

  setsockopt<K extends SockOption>(fd: number, option: K, value: SockOptions[K]): Errno | undefined {
    return this.#with(fd, (sock) => sock.setOption(option, value));
  }

  getsockopt<K extends SockOption>(fd: number, option: K): SockOptions[K] | Errno {
    return this.#with(fd, (sock) => sock.getOption(option));
  }

  *sendmsg(fd: number, message: SendMessage): Task<number | Errno> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter(message.data.length);
    this.#named(file.sock);
    const sent = message.dontWait === true || file.nonBlocking
      ? file.sock.send(message, this.p.journey)
      : yield* this.#sendAll(file, message);
    // A rule said no: what it raised, such as a reject's ICMP error through lo, has arrived before the call returns.
    if (sent === "EPERM") yield* this.compute(SOFTIRQ_NS);
    if (sent === "EPIPE" && file.sock.type === "stream" && message.noSignal !== true) yield* this.#sigpipe();
    return sent;
  }

  /** Streams take what they have room for: a sleeping call goes on until all is taken. */
  *#sendAll(file: SocketFile, message: SendMessage): Task<number | Errno> {
    for (let at = 0; ; ) {
      const left = at === 0 ? message : { ...message, data: message.data.subarray(at) };
      const n = yield* this.until([file.queue], () => file.sock.send(left, this.p.journey));
      if (typeof n === "string") return at > 0 ? at : n;
      at += n;
      if (at >= message.data.length) return at;
    }
  }

  *#sigpipe(): Task<void> {
    sendSignal(this.p, "SIGPIPE");
    yield* this.enter();
  }

  *recvmsg(fd: number, options: RecvOptions): Task<Received | Errno> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    const now = options.dontWait === true || options.errorQueue === true || file.nonBlocking;
    const how = now && options.dontWait !== true ? { ...options, dontWait: true } : options;
    const attempt = (): Received | Errno => file.sock.recv(how);
    const got = now ? attempt() : yield* this.receiveUntil(file, attempt, this.#timeoutNs(options.deadlineNs));
    if (typeof got !== "string" && got.journey !== undefined) this.p.journey = got.journey;
    return got;
  }

  setNonBlock(fd: number, on: boolean): Errno | undefined {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    file.nonBlocking = on;
    return undefined;
  }

  *pollFds(wants: readonly PollWant[], deadlineNs?: number): Task<readonly PollReady[] | Errno> {
    const files = wants.map((want) => this.p.fds.get(want.fd));
    if (files.includes(undefined)) return "EBADF";
    yield* this.enter();
    const attempt = (): readonly PollReady[] | "EAGAIN" => {
      const ready = wants.map((want, i) => readiness(want, files[i]!)).filter((r) => r.in || r.out || r.err || r.hup);
      return ready.length > 0 || (deadlineNs !== undefined && this.nowNs >= deadlineNs) ? ready : "EAGAIN";
    };
    return yield* this.until(files.map((file) => file!.queue), attempt, deadlineNs);
  }

  sockDiag(tables: readonly SockDiagTable[]): readonly SockDiagRow[] {
    this.charge();
    return sockDiag(this.p.ns.net.netns, tables);
  }

  /** SO_RCVTIMEO sleeps by the timer wheel: up to three per cent longer than asked for. */
  #timeoutNs(deadlineNs: number | undefined): number | undefined {
    return deadlineNs === undefined || deadlineNs <= this.nowNs ? deadlineNs : wheelExpiryNs(this.nowNs, deadlineNs - this.nowNs);
  }

  /** Sleeps until something came; at the deadline it answers `EAGAIN`, as a socket with SO_RCVTIMEO does. */
  protected *receiveUntil<T>(file: OpenFile, attempt: () => T | Errno, deadlineNs: number | undefined): Task<T | Errno> {
    for (let interrupted = false; ; interrupted = yield* this.sleepOn([file.queue], deadlineNs)) {
      const got = attempt();
      if (got !== "EAGAIN" || (deadlineNs !== undefined && this.nowNs >= deadlineNs)) return got;
      if (interrupted) return "EINTR";
    }
  }

  /** A unix socket sees paths as the caller of this moment does. */
  #named(sock: Sock): Sock {
    if (sock instanceof UnixSock) sock.names = unixNamesOf(this.p);
    return sock;
  }

  #with<T>(fd: number, use: (sock: Sock) => T): T | Errno {
    this.charge();
    const file = this.#socket(fd);
    return typeof file === "string" ? file : use(file.sock);
  }

  #socket(fd: number): SocketFile | Errno {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    return file instanceof SocketFile ? file : "ENOTSOCK";
  }
}
