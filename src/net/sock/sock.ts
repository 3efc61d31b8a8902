import type { WaitQueue } from "../../sim/wait-queue.ts";
import type { Errno } from "../uapi/errno.ts";
import type { ConnectAddr, Received, RecvOptions, SendMessage, ShutdownHow, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType } from "../uapi/socket.ts";

/** What a system call finds behind a socket fd. Calls answer at once; `EAGAIN` = sleep on `waitQueue` and try again. */
export interface Sock {
  readonly domain: SockDomain;
  readonly type: SockType;
  readonly protocol: number;
  /** Woken when something can be read or an error is pending. */
  readonly waitQueue: WaitQueue;
  readable(): boolean;
  /** Would `send` take at least something at once, or fail? */
  writable(): boolean;
  /** POLLHUP: neither half is open any more. */
  hungUp(): boolean;
  /** POLLERR: an error is pending. */
  hasError(): boolean;
  /** Inode number of the socket's file, 0 while no process has it (a connection not accepted yet). */
  ino: number;
  /** Program that made it, for the trace. */
  program: string;
  /** The journey of what was sent or received last: a server's work belongs to who asked. */
  readonly journey: number;
  bind(addr: SockAddr): Errno | undefined;
  /** Starts; `EINPROGRESS` when the answer takes time: then {@link connecting} says whether it still does, and SO_ERROR how it ended. */
  connect(addr: ConnectAddr, journey: number): Errno | undefined;
  connecting(): boolean;
  listen(backlog: number): Errno | undefined;
  /** A connection whose handshake is done; `EAGAIN` = none yet. */
  accept(): Sock | Errno;
  shutdown(how: ShutdownHow): Errno | undefined;
  /** Bytes taken, or an errno. `journey` goes into the trace with the packet. */
  send(message: SendMessage, journey: number): number | Errno;
  recv(options: RecvOptions): Received | Errno;
  localAddr(): SockAddr | Errno;
  peerAddr(): SockAddr | Errno;
  setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined;
  getOption<K extends SockOption>(option: K): SockOptions[K] | Errno;
  /** The last descriptor is gone. A connection may live on without it. */
  close(): void;
}

/** IPPROTO_* of a socket call's third argument. */
export function protocolNumber(protocol: SockProtocol, fallback: number): number {
  if (typeof protocol === "number") return protocol;
  const names = { icmp: 1, tcp: 6, udp: 17, route: 0, default: fallback };
  return names[protocol];
}
