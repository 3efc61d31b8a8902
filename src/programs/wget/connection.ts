import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, parseIp4, type Ip4 } from "../../wire/addr.ts";
import { asText, concatBytes, toByteString } from "../lib/bytes.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { escaped, type Log } from "./log.ts";
import type { WgetOptions } from "./options.ts";

/** An open connection with what was read beyond the last line. */
export interface Conn {
  readonly fd: number;
  readonly host: string;
  readonly port: number;
  readonly addr: Ip4;
  held: Uint8Array;
}

/** Why a connection could not be had: the name, or trying again may help, or not. */
export type ConnectFailure = "HOSTERR" | "CONERROR" | "CONIMPOSSIBLE";

const MAX_SHOWN = 3;
const seconds = (n: number): number => n * 1_000_000_000;

/** Connections of one run: at most one is kept for the next request. */
export class Network {
  readonly sys: Sys;
  readonly #log: Log;
  readonly #options: WgetOptions;
  readonly #names = new Map<string, readonly Ip4[]>();
  #kept: Conn | undefined;

  constructor(log: Log, options: WgetOptions) {
    this.sys = log.sys;
    this.#log = log;
    this.#options = options;
  }

  /** The kept connection when it leads there and is still open. */
  *reuse(host: string, port: number): Task<Conn | undefined> {
    const conn = this.#kept;
    if (conn === undefined || conn.port !== port || conn.host.toLowerCase() !== host.toLowerCase()) return undefined;
    const ready = yield* this.sys.pollFds([{ fd: conn.fd, in: true }], this.sys.nowNs);
    if (isErrno(ready) || ready.length > 0) {
      this.drop(conn);
      return undefined;
    }
    yield* this.#log.put("verbose", `Reusing existing connection to ${escaped(host)}:${port}.\n`);
    return conn;
  }

  /** Keeps it for later; another one that was kept is closed. */
  keep(conn: Conn): void {
    if (this.#kept !== undefined && this.#kept !== conn) this.sys.close(this.#kept.fd);
    this.#kept = conn;
  }

  drop(conn: Conn): void {
    this.sys.close(conn.fd);
    if (this.#kept === conn) this.#kept = undefined;
  }

  closeAll(): void {
    if (this.#kept !== undefined) this.drop(this.#kept);
  }

  *connect(host: string, port: number): Task<Conn | ConnectFailure> {
    const addresses = yield* this.#lookUp(host);
    if (addresses === null) {
      yield* this.#log.put("not-quiet", `wget: unable to resolve host address ${this.#log.quote(host)}\n`);
      return "HOSTERR";
    }
    let failed: Errno = "EINVAL";
    for (const addr of addresses) {
      const shown = formatIp4(addr);
      const named = host === shown ? shown : `${host} (${host})|${shown}|`;
      yield* this.#log.put("verbose", `Connecting to ${named}:${port}... `);
      const fd = yield* this.#connectOne(addr, port);
      if (!isErrno(fd)) {
        yield* this.#log.put("verbose", "connected.\n");
        return { fd, host, port, addr, held: new Uint8Array(0) };
      }
      yield* this.#log.put("not-quiet", `failed: ${strerror(fd)}.\n`);
      failed = fd;
    }
    return this.#mayRetry(failed) ? "CONERROR" : "CONIMPOSSIBLE";
  }

  #mayRetry(error: Errno): boolean {
    if (["EAFNOSUPPORT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "ENOPROTOOPT", "EINVAL"].includes(error)) return false;
    return this.#options.retryConnRefused || !["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"].includes(error);
  }

  *#lookUp(host: string): Task<readonly Ip4[] | null> {
    const numeric = parseIp4(host);
    if (numeric !== null) return [numeric];
    const known = this.#names.get(host.toLowerCase());
    if (known !== undefined) return known;
    yield* this.#log.put("verbose", `Resolving ${escaped(host)} (${escaped(host)})... `);
    const found = yield* resolveName(this.sys, asText(host));
    if (found.is === "failed") {
      yield* this.#log.put("verbose", `failed: ${gaiStrerror(found.error)}.\n`);
      return null;
    }
    const shown = found.addresses.slice(0, MAX_SHOWN).map(formatIp4).join(", ");
    yield* this.#log.put("verbose", `${shown}${found.addresses.length > MAX_SHOWN ? ", ..." : ""}\n`);
    this.#names.set(host.toLowerCase(), found.addresses);
    return found.addresses;
  }

  *#connectOne(addr: Ip4, port: number): Task<number | Errno> {
    const fd = this.sys.socket("inet", "stream", "tcp");
    if (isErrno(fd)) return fd;
    const failed = yield* this.#handshake(fd, addr, port);
    if (failed === undefined) return fd;
    this.sys.close(fd);
    return failed;
  }

  *#handshake(fd: number, addr: Ip4, port: number): Task<Errno | undefined> {
    const own = parseIp4(this.#options.bindAddress ?? "");
    const bound = own === null ? undefined : this.sys.bind(fd, { family: "inet", addr: own, port: 0 });
    if (bound !== undefined) return bound;
    const to = { family: "inet", addr, port } as const;
    if (this.#options.connectTimeout === 0) return yield* this.sys.connect(fd, to);
    this.sys.setNonBlock(fd, true);
    const deadlineNs = this.sys.nowNs + seconds(this.#options.connectTimeout);
    const begun = yield* this.sys.connect(fd, to);
    if (begun === "EINPROGRESS") {
      const ready = yield* this.sys.pollFds([{ fd, out: true }], deadlineNs);
      if (isErrno(ready)) return ready;
      if (ready.length === 0) return "ETIMEDOUT";
      const error = this.sys.getsockopt(fd, "SO_ERROR");
      if (error !== null) return error as Errno;
    } else if (begun !== undefined) return begun;
    this.sys.setNonBlock(fd, false);
    return undefined;
  }

  /** At most so many bytes, held ones first; empty = the end. `timeoutSec` 0 = the read time-out of the options. */
  *read(conn: Conn, maxBytes: number, timeoutSec = this.#options.readTimeout): Task<Uint8Array | Errno> {
    if (conn.held.length > 0) {
      const piece = conn.held.subarray(0, maxBytes);
      conn.held = conn.held.subarray(piece.length);
      return piece;
    }
    if (timeoutSec > 0) {
      const ready = yield* this.sys.pollFds([{ fd: conn.fd, in: true }], this.sys.nowNs + seconds(timeoutSec));
      if (isErrno(ready)) return ready;
      if (ready.length === 0) return "ETIMEDOUT";
    }
    return yield* this.sys.read(conn.fd, maxBytes);
  }

  /** One line with its end; what is there at the end of the stream, or null when there is nothing. */
  *readLine(conn: Conn): Task<string | null | Errno> {
    for (let from = 0; ; ) {
      const lf = conn.held.indexOf(10, from);
      if (lf >= 0) {
        const line = toByteString(conn.held.subarray(0, lf + 1));
        conn.held = conn.held.subarray(lf + 1);
        return line;
      }
      from = conn.held.length;
      const old = conn.held;
      conn.held = new Uint8Array(0);
      const more = yield* this.read(conn, 8192);
      conn.held = old;
      if (isErrno(more)) return more;
      if (more.length === 0) {
        conn.held = new Uint8Array(0);
        return old.length === 0 ? null : toByteString(old);
      }
      conn.held = concatBytes([old, more]);
    }
  }
}
