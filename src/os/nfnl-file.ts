import { NfnlSocket } from "../net/netfilter/nfnl-socket.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { NfnlGroup } from "../net/uapi/nfnetlink.ts";
import { MTIME_NOW } from "./inode.ts";
import type { NetNamespace } from "./namespace.ts";
import { OpenFile } from "./open-file.ts";
import type { Stat } from "./sys.ts";

/** A netfilter netlink socket that joined groups, as a file: it can be polled, and read with nfnlReceive only. */
export class NfnlFile extends OpenFile {
  readonly socket: NfnlSocket;
  readonly #ino: number;
  readonly #ns: NetNamespace;

  constructor(ns: NetNamespace, groups: readonly NfnlGroup[], ino: number) {
    const socket = new NfnlSocket(ns.netns, groups);
    super({ read: true }, socket.waitQueue);
    this.socket = socket;
    this.#ino = ino;
    this.#ns = ns;
    ns.hold();
  }

  override label(): string {
    return `socket:[${this.#ino}]`;
  }

  override stat(): Stat {
    return { kind: "socket", size: 0, mode: 0o777, ino: this.#ino, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 0 };
  }

  override reopen(): Errno {
    return "ENXIO";
  }

  override readable(): boolean {
    return this.socket.readable();
  }

  protected override release(): void {
    this.socket.close();
    this.#ns.drop();
  }
}
