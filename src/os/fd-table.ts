import type { Errno } from "../net/uapi/errno.ts";
import type { OpenFile } from "./open-file.ts";

interface Slot {
  readonly file: OpenFile;
  closeOnExec: boolean;
}

/** RLIMIT_NOFILE, the soft limit Debian gives. */
const MAX_FDS = 1024;

/** File descriptors of one process. */
export class FdTable {
  #slots = new Map<number, Slot>();

  get(fd: number): OpenFile | undefined {
    return this.#slots.get(fd)?.file;
  }

  /** Puts a file on the lowest free descriptor ≥ `from` (POSIX rule for open, dup, pipe). */
  add(file: OpenFile, from = 0): number | Errno {
    let fd = from;
    while (this.#slots.has(fd)) fd++;
    if (fd >= MAX_FDS) return "EMFILE";
    this.#slots.set(fd, { file: file.hold(), closeOnExec: false });
    return fd;
  }

  /** dup2: puts the file on this very descriptor, closing what was there. */
  put(fd: number, file: OpenFile): number | Errno {
    if (fd < 0 || fd >= MAX_FDS) return "EBADF";
    file.hold();
    this.close(fd);
    this.#slots.set(fd, { file, closeOnExec: false });
    return fd;
  }

  close(fd: number): Errno | undefined {
    const slot = this.#slots.get(fd);
    if (!slot) return "EBADF";
    this.#slots.delete(fd);
    slot.file.drop();
    return undefined;
  }

  setCloseOnExec(fd: number, on: boolean): Errno | undefined {
    const slot = this.#slots.get(fd);
    if (!slot) return "EBADF";
    slot.closeOnExec = on;
    return undefined;
  }

  /** Open descriptors in ascending order. */
  list(): number[] {
    return [...this.#slots.keys()].sort((a, b) => a - b);
  }

  files(): OpenFile[] {
    return [...this.#slots.values()].map((slot) => slot.file);
  }

  closeForExec(): void {
    for (const [fd, slot] of [...this.#slots]) if (slot.closeOnExec) this.close(fd);
  }

  closeAll(): void {
    for (const fd of this.list()) this.close(fd);
  }

  /** A child's table: `wanted` is child fd → own fd; default everything that survives exec. */
  inherit(wanted?: ReadonlyMap<number, number>): FdTable | Errno {
    const child = new FdTable();
    for (const [to, from] of wanted ?? this.#inheritable()) {
      const file = this.get(from);
      const put = file === undefined ? "EBADF" : child.put(to, file);
      if (typeof put === "string") {
        child.closeAll();
        return put;
      }
    }
    return child;
  }

  #inheritable(): Map<number, number> {
    const kept = [...this.#slots].filter(([, slot]) => !slot.closeOnExec);
    return new Map(kept.map(([fd]) => [fd, fd]));
  }
}
