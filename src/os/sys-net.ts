// From a program: socket, sendmsg, recvmsg and rtnetlink.
// Next net/sock/raw.ts, udp.ts or packet.ts; replies wake the program that sleeps here.
import type { Netns } from "../net/core/netns.ts";
import { RtnlSocket } from "../net/rtnl-socket.ts";
import { rtnlRequest } from "../net/rtnl.ts";
import { createSock } from "../net/sock/create.ts";
import type { Sock } from "../net/sock/sock.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { RtnlEvent, RtnlGroup, RtnlReply, RtnlRequest } from "../net/uapi/rtnetlink.ts";
import type { NetnsRef } from "../net/uapi/rtnetlink-link.ts";
import type {
  Received, RecvOptions, SendMessage, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType,
} from "../net/uapi/socket.ts";
import { wheelExpiryNs } from "../sim/jiffies.ts";
import { NetNamespace } from "./namespace.ts";
import { NetlinkFile } from "./netlink-file.ts";
import { NamespaceNode } from "./nsfs.ts";
import type { OpenFile } from "./open-file.ts";
import { SocketFile } from "./socket-file.ts";
import { SysNamespace } from "./sys-namespace.ts";
import type { Task } from "./sys.ts";

/*
 * From: a program such as programs/ping.
 * Next: the socket's send in net/sock (ping-sock, raw, udp, packet); what comes back wakes `file.queue`.
 */

/** What a soft interrupt takes that runs before a system call returns; more than the way through lo. */
const SOFTIRQ_NS = 5_000;

/** Calls on the network. A socket belongs to the namespace its process was in when it was made. */
export class SysNet extends SysNamespace {
  socket(domain: SockDomain, type: SockType, protocol: SockProtocol = "default"): number | Errno {
    this.charge();
    const { net } = this.p.ns;
    const sock = createSock(net.netns, domain, type, protocol, this.p.gid);
    return typeof sock === "string" ? sock : this.p.fds.add(new SocketFile(sock, net, this.p.kernel.newPipeIno()));
  }

  bind(fd: number, addr: SockAddr): Errno | undefined {
    return this.#with(fd, (sock) => sock.bind(addr));
  }

  *connect(fd: number, addr: SockAddr): Task<Errno | undefined> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    return yield* this.until([file.queue], () => file.sock.connect(addr));
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
    const sent = yield* this.until([file.queue], () => file.sock.send(message, this.p.journey));
    // A rule said no: what it raised, such as a reject's ICMP error through lo, has arrived before the call returns.
    if (sent === "EPERM") yield* this.compute(SOFTIRQ_NS);
    return sent;
  }

  *recvmsg(fd: number, options: RecvOptions): Task<Received | Errno> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    if (options.dontWait === true || options.errorQueue === true) return file.sock.recv(options);
    return yield* this.receiveUntil(file, () => file.sock.recv(options), this.#timeoutNs(options.deadlineNs));
  }

  rtnl(request: RtnlRequest): RtnlReply {
    this.charge();
    const { journey, ns } = this.p;
    return rtnlRequest({ ns: ns.net.netns, journey, netnsOf: (ref) => this.#netnsOf(ref) }, request);
  }

  rtnlSubscribe(groups: readonly RtnlGroup[]): number | Errno {
    this.charge();
    const { p } = this;
    return p.fds.add(new NetlinkFile(p.ns.net, new RtnlSocket(p.ns.net.netns, groups), p.kernel.newPipeIno()));
  }

  /** What a daemon does about a message belongs to the journey of the packet that caused it. */
  *rtnlReceive(fd: number, deadlineNs?: number): Task<RtnlEvent | Errno> {
    const file = this.file(fd);
    if (file === "EBADF") return file;
    if (!(file instanceof NetlinkFile) || !(file.socket instanceof RtnlSocket)) return "ENOTSOCK";
    yield* this.enter();
    const { socket } = file;
    const attempt = (): RtnlEvent | Errno => socket.receive();
    const got = yield* this.receiveUntil(file, attempt, deadlineNs);
    if (typeof got !== "string") this.p.journey = got.journey;
    return got;
  }

  /** IFLA_NET_NS_FD and IFLA_NET_NS_PID. */
  #netnsOf(ref: NetnsRef): Netns | Errno {
    if ("pid" in ref) return this.p.kernel.findProcess(this.p, ref.pid)?.ns.net.netns ?? "ESRCH";
    const file = this.file(ref.fd);
    if (file === "EBADF") return file;
    const node = file.node();
    return node instanceof NamespaceNode && node.namespace instanceof NetNamespace ? node.namespace.netns : "EINVAL";
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
