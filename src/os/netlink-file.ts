import type { Netns } from "../net/core/netns.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { WaitQueue } from "../sim/wait-queue.ts";
import type { NetNamespace } from "./namespace.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Stat } from "./sys.ts";

/** What rtnetlink's and nfnetlink's sockets have in common. */
interface ListeningSocket {
  readonly waitQueue: WaitQueue;
  readable(): boolean;
  close(): void;
}

/** A netlink socket that joined groups, as a file: it can be polled, and read with its protocol's own call only. */
export class NetlinkFile extends OpenFile {
  readonly socket: ListeningSocket;
  readonly #ino: number;
  readonly #ns: NetNamespace;

  constructor(ns: NetNamespace, socket: ListeningSocket, ino: number) {
    super({ read: true }, socket.waitQueue);
    this.socket = socket;
    this.#ino = ino;
    this.#ns = ns;
    ns.hold();
  }

  get netns(): Netns {
    return this.#ns.netns;
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
