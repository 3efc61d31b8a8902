import type { Errno } from "../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../net/uapi/socket.ts";
import type { FdTable } from "./fd-table.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Stat } from "./sys.ts";

interface Interest {
  readonly file: OpenFile;
  want: PollWant;
  readonly leave: () => void;
}

/**
 * epoll(7), level-triggered: descriptors that are watched all the time, so that waiting for one of a thousand
 * costs no more than for one of two. Only those whose queue was woken are looked at.
 */
export class EpollFile extends OpenFile {
  readonly #ino: number;
  readonly #interests = new Map<number, Interest>();
  /** May be ready: looked at when somebody waits. In the order in which they became so. */
  readonly #hot = new Set<number>();

  constructor(ino: number) {
    super({ read: true });
    this.#ino = ino;
  }

  override label(): string {
    return "anon_inode:[eventpoll]";
  }

  override stat(): Stat {
    return { kind: "file", size: 0, mode: 0o600, ino: this.#ino, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 0 };
  }

  /** EPOLL_CTL_ADD and MOD; null = EPOLL_CTL_DEL (`ENOENT` when it is not watched). */
  control(fd: number, file: OpenFile, want: PollWant | null): Errno | undefined {
    const known = this.#interests.get(fd);
    if (want === null) return this.#remove(fd) ? undefined : "ENOENT";
    if (known !== undefined && known.file === file) known.want = want;
    else this.#add(fd, file, want);
    this.#hot.add(fd);
    this.queue.wake();
    return undefined;
  }

  #add(fd: number, file: OpenFile, want: PollWant): void {
    this.#remove(fd);
    const leave = file.queue.add(() => {
      this.#hot.add(fd);
      this.queue.wake();
    });
    this.#interests.set(fd, { file, want, leave });
  }

  #remove(fd: number): boolean {
    this.#interests.get(fd)?.leave();
    this.#hot.delete(fd);
    return this.#interests.delete(fd);
  }

  /** What is ready now; descriptors that were closed meanwhile are forgotten. */
  collect(fds: FdTable): PollReady[] {
    const ready: PollReady[] = [];
    for (const fd of this.#hot) {
      const one = this.#interests.get(fd);
      if (one === undefined || fds.get(fd) !== one.file) {
        this.#remove(fd);
        continue;
      }
      const found = readiness(one.want, one.file);
      if (found.in || found.out || found.err || found.hup) ready.push(found);
      else this.#hot.delete(fd);
    }
    return ready;
  }

  protected override release(): void {
    for (const fd of [...this.#interests.keys()]) this.#remove(fd);
  }
}

/** poll(2) of one file. */
export function readiness(want: PollWant, file: OpenFile): PollReady {
  return {
    fd: want.fd, in: want.in === true && file.readable(), out: want.out === true && file.writable(),
    err: file.hasError(), hup: file.hungUp(),
  };
}
