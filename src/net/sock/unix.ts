import type { Netns } from "../core/netns.ts";
import type { Errno } from "../uapi/errno.ts";
import type { Credentials, Received, ShutdownHow, SockAddr, SockOption, SockOptions, UnixAddr } from "../uapi/socket.ts";
import type { UnixDiagRow } from "../uapi/sock-diag.ts";
import { BaseSock } from "./base-sock.ts";

/* unix(7), Linux net/unix/af_unix.c: sockets that never leave the machine. From: os/sys-socket.ts. */

/** sizeof(sun_path) without the final zero. */
const PATH_MAX_BYTES = 107;
/** What a message costs beyond its bytes (SKB_TRUESIZE of an empty one). */
export const OVERHEAD_BYTES = 768;
const NOTHING = new Uint8Array(0);

/** Names in the file system: the one thing about these sockets that the network stack cannot answer. */
export interface UnixNames {
  /** The socket that listens at a path; `ENOENT`, or `ECONNREFUSED` when no socket lives there (any more). */
  find(path: string): UnixSock | Errno;
  exists(path: string): boolean;
  /** Makes the node. `EADDRINUSE` when something has the name. */
  make(path: string, sock: UnixSock): Errno | undefined;
}

export interface UnixMessage {
  readonly data: Uint8Array;
  readonly from: string;
  readonly journey: number;
  /** Whose send buffer it fills until it is read. */
  readonly sender: UnixSock;
}

/** What unix sockets of all types share: names, peers, the receive queue. */
export abstract class UnixSock extends BaseSock {
  override readonly domain = "unix";
  readonly protocol = 0;
  /** "" = unnamed; "\0…" = abstract. */
  path = "";
  partner: UnixSock | null = null;
  state: UnixDiagRow["state"] = "CLOSE";
  /** Set by the system call before each call that takes a path. */
  names: UnixNames | null = null;
  creds: Credentials = { pid: 0, uid: 0, gid: 0 };
  peerCreds: Credentials = { pid: 0, uid: 0xffffffff, gid: 0xffffffff };
  readonly queue: UnixMessage[] = [];
  readShut = false;
  writeShut = false;
  /** Bytes sent that nobody has read yet (sk_wmem_alloc). */
  wmemBytes = 0;
  /** Who waits until this one has room. */
  readonly #waiters = new Set<UnixSock>();

  constructor(ns: Netns) {
    super(ns);
    ns.sock.unix.add(this);
  }

  /** unix_bind; without a path unix_autobind takes a free abstract name of five hexadecimal digits. */
  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "unix" || addr.path.length > PATH_MAX_BYTES) return "EINVAL";
    if (addr.path === "") return this.path === "" ? this.#autobind() : undefined;
    if (addr.path.startsWith("\0")) {
      if (this.path !== "") return "EINVAL";
      if (this.ns.sock.unixNames.has(this.#key(addr.path))) return "EADDRINUSE";
      this.ns.sock.unixNames.set(this.#key(addr.path), this);
    } else {
      if (this.path !== "") return this.names?.exists(addr.path) === true ? "EADDRINUSE" : "EINVAL";
      const refused = this.names === null ? "ENOENT" : this.names.make(addr.path, this);
      if (refused !== undefined) return refused;
    }
    this.path = addr.path;
    return undefined;
  }

  /** unix_abstract_hash: each type has abstract names of its own. */
  #key(path: string): string {
    return `${this.type}${path}`;
  }

  #autobind(): Errno | undefined {
    const first = this.ns.world.sim.rng.below(0x100000);
    for (let i = 0; i < 0x100000; i++) {
      const path = `\0${((first + i) & 0xfffff).toString(16).padStart(5, "0")}`;
      if (this.ns.sock.unixNames.has(this.#key(path))) continue;
      this.ns.sock.unixNames.set(this.#key(path), this);
      this.path = path;
      return undefined;
    }
    return "ENOSPC";
  }

  /** unix_find_other: the socket behind a name, of the same type. */
  protected lookUp(addr: UnixAddr): UnixSock | Errno {
    if (addr.path === "") return "EINVAL";
    const found = addr.path.startsWith("\0") ? this.ns.sock.unixNames.get(this.#key(addr.path)) : this.names?.find(addr.path);
    if (found === undefined) return "ECONNREFUSED";
    if (typeof found === "string") return found;
    return found.type === this.type ? found : "EPROTOTYPE";
  }

  localAddr(): SockAddr {
    return { family: "unix", path: this.path };
  }

  peerAddr(): SockAddr | Errno {
    return this.partner === null ? "ENOTCONN" : { family: "unix", path: this.partner.path };
  }

  override getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    const own: Partial<SockOptions> = option === "SO_PEERCRED" ? { SO_PEERCRED: this.peerCreds } : option === "SO_ACCEPTCONN" ? { SO_ACCEPTCONN: this.state === "LISTEN" } : {};
    return own[option] ?? super.getOption(option);
  }

  /** Two sockets that know nobody but each other (socketpair(2)). */
  pairWith(other: UnixSock): void {
    for (const [a, b] of [[this, other], [other, this]] as const) {
      a.partner = b;
      a.state = "ESTABLISHED";
      a.peerCreds = b.creds;
    }
  }

  readable(): boolean {
    return this.queue.length > 0 || this.readShut;
  }

  /** unix_writable: a quarter of the send buffer at most is on its way. */
  override writable(): boolean {
    return this.state !== "LISTEN" && this.wmemBytes * 4 <= this.options.SO_SNDBUF;
  }

  /** Receive and send queue as unix_diag tells them: bytes. */
  diagQueues(): readonly [rqueue: number, wqueue: number] {
    return [this.queuedBytes, this.wmemBytes];
  }

  get queuedBytes(): number {
    return this.queue.reduce((n, m) => n + m.data.length, 0);
  }

  /** Puts a message into this socket's queue; it counts against the sender's buffer. */
  take(message: UnixMessage): void {
    this.queue.push(message);
    message.sender.wmemBytes += OVERHEAD_BYTES + message.data.length;
    if (message.journey !== 0) this.journey = message.journey;
    this.waitQueue.wake();
  }

  /** A message has been read whole: its sender has room again. */
  protected release(message: UnixMessage): void {
    message.sender.wmemBytes -= OVERHEAD_BYTES + message.data.length;
    message.sender.waitQueue.wake();
    this.wakeWaiters();
  }

  /** `EAGAIN`, and a wake when this socket can take more. */
  protected waitFor(sock: UnixSock): "EAGAIN" {
    sock.#waiters.add(this);
    return "EAGAIN";
  }

  protected wakeWaiters(): void {
    for (const waiter of this.#waiters) waiter.waitQueue.wake();
    this.#waiters.clear();
  }

  protected received(message: UnixMessage, data: Uint8Array, wireLength: number): Received {
    const journey = message.journey === 0 ? {} : { journey: message.journey };
    return { data, wireLength, from: { family: "unix", path: message.from }, atNs: this.ns.world.sim.nowNs, ...journey };
  }

  protected endOfFile(): Received {
    return { data: NOTHING, wireLength: 0, atNs: this.ns.world.sim.nowNs };
  }

  override shutdown(how: ShutdownHow): Errno | undefined {
    this.shut(how !== "write", how !== "read");
    return undefined;
  }

  /** RCV_SHUTDOWN and SEND_SHUTDOWN. */
  shut(read: boolean, write: boolean): void {
    this.readShut ||= read;
    this.writeShut ||= write;
    this.waitQueue.wake();
    this.wakeWaiters();
  }

  override close(): void {
    if (this.closed) return;
    super.close();
    this.ns.sock.unix.delete(this);
    if (this.path.startsWith("\0")) this.ns.sock.unixNames.delete(this.#key(this.path));
    for (const message of this.queue.splice(0)) this.release(message);
    this.state = "CLOSE";
    this.shut(true, true);
  }
}

/** unix_diag: one row per socket, oldest first. */
export const unixRow = (s: UnixSock): UnixDiagRow => ({
  family: "unix", type: s.type, state: s.state, path: s.path, inode: s.ino, peer: s.partner?.ino ?? 0, rqueue: s.diagQueues()[0],
  wqueue: s.diagQueues()[1], refs: s.state === "ESTABLISHED" && s.type !== "dgram" ? 3 : 2,
  mem: { rmemAlloc: 0, rcvbuf: s.options.SO_RCVBUF, wmemAlloc: s.wmemBytes, sndbuf: s.options.SO_SNDBUF, fwdAlloc: 0, wmemQueued: 0, optmem: 0, backlog: 0, drops: 0 },
});
