import type { Errno } from "../net/uapi/errno.ts";
import type { Netns } from "../net/core/netns.ts";
import type { Sock } from "../net/sock/sock.ts";
import type { NetNamespace } from "./namespace.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Process } from "./process.ts";
import type { Stat } from "./sys.ts";

/** A socket as a file: read and write are recv and send without flags. It keeps its namespace alive. */
export class SocketFile extends OpenFile {
  readonly sock: Sock;
  readonly ino: number;
  readonly #ns: NetNamespace;

  constructor(sock: Sock, ns: NetNamespace, ino: number) {
    super({ read: true, write: true }, sock.waitQueue);
    this.sock = sock;
    this.ino = ino;
    sock.ino = ino;
    this.#ns = ns;
    ns.hold();
  }

  get netns(): Netns {
    return this.#ns.netns;
  }

  override label(): string {
    return `socket:[${this.ino}]`;
  }

  override stat(): Stat {
    return { kind: "socket", size: 0, mode: 0o777, ino: this.ino, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 0 };
  }

  /** Sockets cannot be opened a second time through /proc. */
  override reopen(): Errno {
    return "ENXIO";
  }

  override read(maxBytes: number, by: Process): Uint8Array | Errno {
    const got = this.sock.recv({ maxBytes });
    if (typeof got === "string") return got;
    if (got.journey !== undefined) by.journey = got.journey;
    return got.data;
  }

  override write(data: Uint8Array, by: Process): number | Errno {
    return this.sock.send({ data }, by.journey);
  }

  override readable(): boolean {
    return this.sock.readable();
  }

  override writable(): boolean {
    return this.sock.writable();
  }

  override hungUp(): boolean {
    return this.sock.hungUp();
  }

  override hasError(): boolean {
    return this.sock.hasError();
  }

  protected override release(): void {
    this.sock.close();
    this.#ns.drop();
  }
}
