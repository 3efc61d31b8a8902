import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { banner } from "./head.ts";
import type { Io } from "./lib/tool.ts";

/** A file that `tail -f` watches; no fd while it cannot be opened. */
export interface Followed {
  readonly path: string;
  fd: number | undefined;
}

export interface FollowOptions {
  /** -F and --follow=name: look at the name again, as logrotate needs. */
  readonly byName: boolean;
  readonly retry: boolean;
  readonly named: boolean;
  /** --pid: end when this process is gone. */
  readonly pid: number | undefined;
}

/** The real one sleeps on inotify and prints at once; this one looks often. */
const LOOK_NS = 20_000_000;
const CHUNK_BYTES = 32_768;

/** The part of tail(1) that stays: prints what files grow by. */
export class Follower {
  readonly #io: Io;
  readonly #files: Followed[];
  readonly #options: FollowOptions;
  #shown: Followed | undefined;

  constructor(io: Io, files: Followed[], options: FollowOptions) {
    this.#io = io;
    this.#files = options.retry ? files : files.filter((f) => f.fd !== undefined);
    this.#options = options;
    this.#shown = this.#files.at(-1);
  }

  *run(status: number): Task<number> {
    const { sys } = this.#io;
    while (this.#files.length > 0 && this.#io.out.error === undefined) {
      for (const file of this.#files) yield* this.#look(file);
      yield* this.#io.out.flush();
      if (this.#options.pid !== undefined && sys.kill(this.#options.pid, 0) === "ESRCH") return status;
      yield* sys.sleep(LOOK_NS);
    }
    if (this.#io.out.error === undefined) yield* this.#io.complain("no files remaining");
    return 1;
  }

  *#look(file: Followed): Task<void> {
    if (this.#options.byName) yield* this.#reopen(file);
    if (file.fd === undefined) return;
    yield* this.#rewindIfCut(file, file.fd);
    for (;;) {
      const got = yield* this.#io.sys.read(file.fd, CHUNK_BYTES);
      if (isErrno(got) || got.length === 0) return;
      if (this.#options.named && this.#shown !== file) yield* this.#io.out.text(banner(file.path, false));
      this.#shown = file;
      yield* this.#io.out.raw(got);
    }
  }

  *#rewindIfCut(file: Followed, fd: number): Task<void> {
    const stat = this.#io.sys.fstat(fd);
    const at = this.#io.sys.seek(fd, 0, "cur");
    if (isErrno(stat) || isErrno(at) || stat.kind !== "file" || stat.size >= at) return;
    yield* this.#io.complain(`${file.path}: file truncated`);
    this.#io.sys.seek(fd, 0, "set");
  }

  *#reopen(file: Followed): Task<void> {
    const { sys } = this.#io;
    const now = sys.stat(file.path);
    const had = file.fd === undefined ? undefined : sys.fstat(file.fd);
    if (isErrno(now)) {
      if (file.fd === undefined) return;
      sys.close(file.fd);
      file.fd = undefined;
      return yield* this.#io.complain(`'${file.path}' has become inaccessible: ${strerror(now)}`);
    }
    if (had !== undefined && !isErrno(had) && had.ino === now.ino) return;
    if (file.fd !== undefined) sys.close(file.fd);
    const fd = sys.open(file.path, { read: true });
    yield* this.#io.complain(`'${file.path}' has ${file.fd === undefined ? "appeared" : "been replaced"};  following new file`);
    file.fd = isErrno(fd) ? undefined : fd;
  }
}
