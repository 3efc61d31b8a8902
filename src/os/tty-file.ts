import type { Errno } from "../net/uapi/errno.ts";
import { isOrphaned } from "./job-control.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Process } from "./process.ts";
import { signalGroup } from "./signal-send.ts";
import type { OpenFlags, Stat } from "./sys.ts";
import type { Tty } from "./tty.ts";

/** A terminal that a process opened. */
export class TtyFile extends OpenFile {
  readonly tty: Tty;

  constructor(tty: Tty, flags: OpenFlags = { read: true, write: true }) {
    super(flags, tty.queue);
    this.tty = tty;
  }

  override label(): string {
    return this.tty.path;
  }

  override stat(): Stat {
    const { index } = this.tty;
    return { kind: "char", size: 0, mode: 0o620, ino: index + 3, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 5, rdev: [136, index] };
  }

  /** A background reader is stopped instead (SIGTTIN), or gets EIO when nobody could continue it: POSIX 11.1.4. */
  override read(maxBytes: number, by: Process): Uint8Array | Errno {
    if (isBackground(this.tty, by) && !this.tty.hungUp) return refuseBackground(by);
    return this.tty.read(maxBytes) ?? "EAGAIN";
  }

  override write(data: Uint8Array): number | Errno {
    if (this.tty.hungUp) return "EIO";
    return this.tty.write(data) || (data.length === 0 ? 0 : "EAGAIN");
  }

  override readable(): boolean {
    return this.tty.readable;
  }
}

const isBackground = (tty: Tty, p: Process): boolean =>
  p.ctty === tty && tty.session === p.session && tty.foreground !== null && tty.foreground !== p.pgrp;

function refuseBackground(p: Process): Errno {
  if (p.signals.ignores("SIGTTIN") || isOrphaned(p, p.pgrp)) return "EIO";
  signalGroup(p.kernel, p.pgrp, "SIGTTIN");
  return "EAGAIN";
}
