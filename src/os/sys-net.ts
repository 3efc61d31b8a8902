import { createSock } from "../net/sock/create.ts";
import type { Sock } from "../net/sock/sock.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { RtnlEvent, RtnlGroup, RtnlReply, RtnlRequest } from "../net/uapi/rtnetlink.ts";
import type {
  Received, RecvOptions, SendMessage, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType,
} from "../net/uapi/socket.ts";
import { SocketFile } from "./socket-file.ts";
import { SysNamespace } from "./sys-namespace.ts";
import type { Task } from "./sys.ts";

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
    return yield* this.until([file.queue], () => file.sock.send(message, this.p.journey));
  }

  *recvmsg(fd: number, options: RecvOptions): Task<Received | Errno> {
    const file = this.#socket(fd);
    if (typeof file === "string") return file;
    yield* this.enter();
    if (options.dontWait === true || options.errorQueue === true) return file.sock.recv(options);
    return yield* this.#receive(file, options);
  }

  rtnl(_request: RtnlRequest): RtnlReply {
    return { error: "EOPNOTSUPP" };
  }

  rtnlSubscribe(_groups: readonly RtnlGroup[]): number | Errno {
    return "EAFNOSUPPORT";
  }

  *rtnlReceive(_fd: number, _deadlineNs?: number): Task<RtnlEvent | Errno> {
    return "ENOTSOCK";
  }

  /** Sleeps until something came; at the deadline it answers `EAGAIN`, as a socket with SO_RCVTIMEO does. */
  *#receive(file: SocketFile, options: RecvOptions): Task<Received | Errno> {
    const { deadlineNs } = options;
    for (let interrupted = false; ; interrupted = yield* this.sleepOn([file.queue], deadlineNs)) {
      const got = file.sock.recv(options);
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
