import { isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, type Ip4 } from "../../wire/addr.ts";
import type { Easy } from "./easy.ts";
import type { ProxyUse } from "./proxy.ts";

/** Where a transfer wants to go; two transfers to equal places can share a connection. */
export interface Place {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly proxy: ProxyUse | undefined;
  /** --connect-to. */
  readonly viaHost: string | undefined;
  readonly viaPort: number | undefined;
  readonly unixSocket: { readonly path: string; readonly abstract: boolean } | undefined;
  /** What the local end must be: interface and ports. */
  readonly local: string;
}

/** The host and port that are really connected to. */
export const firstHop = (place: Place): { readonly host: string; readonly port: number } =>
  place.proxy !== undefined ? { host: place.proxy.host, port: place.proxy.port } : { host: place.viaHost ?? place.host, port: place.viaPort ?? place.port };

/** The name that messages use. The real one has none at hand for --connect-to. */
export const displayHost = (place: Place): string => (place.viaHost !== undefined && place.proxy === undefined ? "(nil)" : firstHop(place).host);

export class Connection {
  readonly place: Place;
  /** -1 until it counts. */
  id = -1;
  fd = -1;
  /** To be closed after this transfer. */
  close = false;
  /** Taken from the cache for this transfer. */
  reused = false;
  /** Being given up to be tried afresh: an empty answer is no error then. */
  retrying = false;
  /** Version of the last answer: 10 or 11; 0 before the first. */
  httpVersion = 0;
  remote: { readonly addr: Ip4; readonly port: number } | undefined;
  local: { readonly addr: Ip4; readonly port: number } | undefined;
  idleSinceNs = 0;
  inUse = false;

  constructor(place: Place) {
    this.place = place;
  }

  /** Remembers both ends' addresses. */
  noteAddresses(sys: Sys): void {
    const [peer, own] = [sys.getpeername(this.fd), sys.getsockname(this.fd)];
    this.remote = isErrno(peer) || peer.family !== "inet" ? undefined : peer;
    this.local = isErrno(own) || own.family !== "inet" ? undefined : own;
  }
}

const samePlace = (a: Place, b: Place): boolean => {
  const direct = (p: Place): string =>
    p.proxy !== undefined ? "" : JSON.stringify([p.scheme, p.host.toLowerCase(), p.port, p.viaHost, p.viaPort]);
  const proxy = (p: Place): string => JSON.stringify(p.proxy === undefined ? null : [p.proxy.host.toLowerCase(), p.proxy.port, p.proxy.user, p.proxy.password]);
  return direct(a) === direct(b) && proxy(a) === proxy(b) && JSON.stringify(a.unixSocket) === JSON.stringify(b.unixSocket) && a.local === b.local;
};

const MAX_IDLE_SEC = 118;

/** Connections that were left open, kept for later transfers of the same run. */
export class ConnectionCache {
  #nextId = 0;
  readonly #open: Connection[] = [];

  /** Gives a connection its number, when it is certain that a new one is needed. */
  number(conn: Connection): void {
    conn.id = this.#nextId++;
    conn.inUse = true;
    this.#open.push(conn);
  }

  /** One that is alive and leads to the same place, or undefined. */
  *find(easy: Easy, place: Place): Task<Connection | undefined> {
    const bundle = this.#open.filter((c) => firstHop(c.place).host.toLowerCase() === firstHop(place).host.toLowerCase() && firstHop(c.place).port === firstHop(place).port);
    const [first] = bundle;
    if (first === undefined) return undefined;
    yield* easy.tell(`Found bundle for host: ${pointerOf(first)} [serially]`);
    if (bundle.some((c) => c.httpVersion !== 0)) yield* easy.tell("Can not multiplex, even if we wanted to");
    for (const conn of bundle) {
      if (conn.inUse || (yield* this.#dropDead(easy, conn))) continue;
      if (!samePlace(conn.place, place)) continue;
      conn.inUse = conn.reused = true;
      return conn;
    }
    return undefined;
  }

  /** A connection on which the peer spoke or closed while nobody asked is dead. */
  *#dropDead(easy: Easy, conn: Connection): Task<boolean> {
    const idleSec = Math.trunc((easy.sys.nowNs - conn.idleSinceNs) / 1e9);
    if (idleSec > MAX_IDLE_SEC) yield* easy.tell(`Too old connection (${idleSec} seconds idle), disconnect it`);
    else {
      const ready = yield* easy.sys.pollFds([{ fd: conn.fd, in: true }], easy.sys.nowNs);
      if (isErrno(ready) || ready.length === 0) return false;
    }
    yield* easy.tell(`Connection ${conn.id} seems to be dead`);
    yield* this.disconnect(easy, conn);
    return true;
  }

  *disconnect(easy: Easy, conn: Connection): Task<void> {
    yield* easy.tell(`Closing connection ${conn.id}`);
    if (conn.fd >= 0) easy.sys.close(conn.fd);
    conn.fd = -1;
    const at = this.#open.indexOf(conn);
    if (at >= 0) this.#open.splice(at, 1);
  }

  giveBack(conn: Connection, nowNs: number): void {
    conn.inUse = conn.reused = false;
    conn.idleSinceNs = nowNs;
  }

  /** At the end of the run. */
  closeAll(sys: Sys): void {
    for (const conn of this.#open.splice(0)) if (conn.fd >= 0) sys.close(conn.fd);
  }
}

/** The real one shows an address in its memory, which says nothing; here it is made of the connection's number. */
const pointerOf = (conn: Connection): string => `0x5581${(0xa0c4_0000 + conn.id * 0x60).toString(16)}`;

export const inetAddr = (addr: Ip4, port: number): InetAddr => ({ family: "inet", addr, port });
export const addressText = (addr: Ip4): string => formatIp4(addr);
