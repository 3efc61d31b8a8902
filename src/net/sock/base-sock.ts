import { WaitQueue } from "../../sim/wait-queue.ts";
import { IP4_ANY, type Ip4 } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { SkbOwner } from "../core/skb.ts";
import type { Errno } from "../uapi/errno.ts";
import type {
  ConnectAddr, Received, RecvOptions, SendMessage, ShutdownHow, SockAddr, SockDomain, SockOption, SockOptions, SockType,
} from "../uapi/socket.ts";
import type { Sock } from "./sock.ts";

/** Options that are questions only. */
type ReadOnly = "SO_ERROR" | "SO_ACCEPTCONN" | "SO_ORIGINAL_DST" | "IP_MTU" | "TCP_INFO" | "SO_PEERCRED";
export type SettableOptions = Omit<SockOptions, ReadOnly>;
const READ_ONLY: ReadonlySet<SockOption> = new Set<ReadOnly>(["SO_ERROR", "SO_ACCEPTCONN", "SO_ORIGINAL_DST", "IP_MTU", "TCP_INFO", "SO_PEERCRED"]);
export const isSettable = (option: SockOption): option is keyof SettableOptions => !READ_ONLY.has(option);

/** What a new socket has set; a family overrides what differs. */
export const SOCK_DEFAULTS: Omit<SockOptions, ReadOnly> = {
  IP_TTL: 0, IP_TOS: 0, IP_HDRINCL: false, IP_RECVERR: false, IP_MTU_DISCOVER: "want", IP_MULTICAST_TTL: 1, IP_MULTICAST_IF: 0,
  IP_MULTICAST_LOOP: true, IP_OPTIONS: new Uint8Array(0), SO_BROADCAST: false, SO_BINDTODEVICE: "", SO_MARK: 0, SO_RCVBUF: 212992,
  SO_SNDBUF: 212992, SO_REUSEADDR: false, SO_REUSEPORT: false, SO_KEEPALIVE: false, ICMP_FILTER: 0, PACKET_PROMISC: 0,
  PACKET_STATISTICS: 0, SO_PRIORITY: 0, SO_DONTROUTE: false, SO_LINGER: null, IP_FREEBIND: false, IP_TRANSPARENT: false,
  IP_RECVTTL: false, IP_RECVTOS: false, IP_PKTINFO: false, TCP_NODELAY: false, TCP_CORK: false, TCP_QUICKACK: true, TCP_MAXSEG: 0,
  TCP_KEEPIDLE: 7200e9, TCP_KEEPINTVL: 75e9, TCP_KEEPCNT: 9, TCP_SYNCNT: 6, TCP_DEFER_ACCEPT: 0, TCP_USER_TIMEOUT: 0,
  TCP_WINDOW_CLAMP: 0, TCP_LINGER2: 60e9, TCP_NOTSENT_LOWAT: 0xffffffff, TCP_CONGESTION: "cubic",
};

/** What sockets of every family have in common (struct sock): options, the pending error, who waits. */
export abstract class BaseSock implements Sock, SkbOwner {
  abstract readonly domain: SockDomain;
  abstract readonly type: SockType;
  abstract readonly protocol: number;
  readonly ns: Netns;
  readonly waitQueue = new WaitQueue();
  readonly options: SettableOptions = { ...SOCK_DEFAULTS };
  readonly cookie: number;
  local: Ip4 = IP4_ANY;
  peer: Ip4 = IP4_ANY;
  boundDev = 0;
  ino = 0;
  program = "";
  journey = 0;
  /** Whose program opened it (sk->sk_socket->file->f_cred): everybody is root here. */
  readonly uid = 0;
  readonly gid = 0;
  closed = false;
  #pending: Errno | null = null;

  constructor(ns: Netns) {
    this.ns = ns;
    this.cookie = ns.world.takeCookie();
    if (ns.ipv4.noPmtuDisc !== 0) this.options.IP_MTU_DISCOVER = "dont";
  }

  get mark(): number {
    return this.options.SO_MARK;
  }

  get transparent(): boolean {
    return this.options.IP_TRANSPARENT;
  }

  get ignoresPmtu(): boolean {
    return this.options.IP_MTU_DISCOVER === "probe";
  }

  get wildcard(): boolean {
    return this.local === IP4_ANY;
  }

  abstract readable(): boolean;
  abstract bind(addr: SockAddr): Errno | undefined;
  abstract connect(addr: ConnectAddr, journey: number): Errno | undefined;
  abstract send(message: SendMessage, journey: number): number | Errno;
  abstract recv(options: RecvOptions): Received | Errno;
  abstract localAddr(): SockAddr | Errno;
  abstract peerAddr(): SockAddr | Errno;

  writable(): boolean {
    return true;
  }

  hungUp(): boolean {
    return false;
  }

  hasError(): boolean {
    return this.#pending !== null;
  }

  connecting(): boolean {
    return false;
  }

  listen(_backlog: number): Errno | undefined {
    return "EOPNOTSUPP";
  }

  accept(): Sock | Errno {
    return "EOPNOTSUPP";
  }

  shutdown(_how: ShutdownHow): Errno | undefined {
    return "ENOTCONN";
  }

  /** sk->sk_err: the next call answers this once. */
  fail(errno: Errno): void {
    this.#pending = errno;
    this.waitQueue.wake();
  }

  /** Takes another's place as the pending error, and wakes nobody. */
  protected setPending(errno: Errno | null): void {
    this.#pending = errno;
  }

  takePending(): Errno | null {
    const errno = this.#pending;
    this.#pending = null;
    return errno;
  }

  setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined {
    if (!isSettable(option)) return "ENOPROTOOPT";
    if (option === "SO_BINDTODEVICE") {
      const name = String(value);
      const dev = name === "" ? null : this.ns.device(name);
      if (dev === undefined) return "ENODEV";
      this.boundDev = dev === null ? 0 : dev.ifindex;
    }
    if (option === "IP_TTL" && (Number(value) < 1 || Number(value) > 255)) return "EINVAL";
    Object.assign(this.options, { [option]: value });
    return undefined;
  }

  getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    const known: Partial<SockOptions> = option === "SO_ERROR" ? { SO_ERROR: this.takePending() }
      : option === "SO_ACCEPTCONN" ? { SO_ACCEPTCONN: false } : this.options;
    const value = known[option];
    return value === undefined ? "ENOPROTOOPT" : value;
  }

  close(): void {
    this.closed = true;
    this.waitQueue.wake();
  }
}
