import type { Errno } from "../net/uapi/errno.ts";
import { utf8 } from "../wire/text.ts";
import type { OpenFile, Whence } from "./open-file.ts";
import { sendSignal } from "./signal-send.ts";
import { SysBase } from "./sys-base.ts";
import type { OpenFlags, Stat, Task } from "./sys.ts";
import { openPath } from "./vfs.ts";

/** Largest piece one write call hands to a file before others get a turn. */
const WRITE_CHUNK_BYTES = 65536;

/** Calls on file descriptors. */
export class SysFile extends SysBase {
  open(path: string, flags: OpenFlags, mode = 0o666): number | Errno {
    this.charge();
    const file = openPath(this.p, path, flags, mode);
    return typeof file === "string" ? file : this.p.fds.add(file);
  }

  close(fd: number): Errno | undefined {
    this.charge();
    return this.p.fds.close(fd);
  }

  *read(fd: number, maxBytes: number): Task<Uint8Array | Errno> {
    const file = this.file(fd);
    if (file === "EBADF" || !file.canRead) return "EBADF";
    yield* this.enter();
    if (file.nonBlocking) return this.#charged(file.read(maxBytes, this.p));
    return this.#charged(yield* this.until([file.queue], () => file.read(maxBytes, this.p)));
  }

  *write(fd: number, data: Uint8Array | string): Task<Errno | undefined> {
    const file = this.file(fd);
    if (file === "EBADF" || !file.canWrite) return "EBADF";
    const bytes = typeof data === "string" ? utf8(data) : data;
    for (let at = 0; at < bytes.length; ) {
      yield* this.enter();
      const chunk = bytes.subarray(at, at + WRITE_CHUNK_BYTES);
      const n = yield* this.until([file.queue], () => file.write(chunk, this.p));
      if (typeof n === "number") at += this.#chargedBytes(n);
      else if (n === "EPIPE") return yield* this.#brokenPipe();
      else return n;
    }
    return undefined;
  }

  *poll(fds: readonly number[], deadlineNs?: number): Task<readonly number[] | Errno> {
    const files = fds.map((fd) => this.p.fds.get(fd));
    if (files.includes(undefined)) return "EBADF";
    yield* this.enter();
    const attempt = (): readonly number[] | "EAGAIN" => {
      const ready = fds.filter((_, i) => files[i]!.readable() || files[i]!.hasError());
      return ready.length > 0 || (deadlineNs !== undefined && this.nowNs >= deadlineNs) ? ready : "EAGAIN";
    };
    return yield* this.until(files.map((file) => file!.queue), attempt, deadlineNs);
  }

  pipe(): readonly [number, number] {
    this.charge();
    const pipe = this.p.kernel.newPipe();
    const ends = [this.p.fds.add(pipe.reader), this.p.fds.add(pipe.writer)] as const;
    if (typeof ends[0] === "string" || typeof ends[1] === "string") throw new Error("a process ran out of file descriptors");
    return [ends[0], ends[1]];
  }

  dup(fd: number, to?: number): number | Errno {
    this.charge();
    const file = this.file(fd);
    if (file === "EBADF") return file;
    if (to === undefined) return this.p.fds.add(file);
    return to === fd ? fd : this.p.fds.put(to, file);
  }

  setCloseOnExec(fd: number, on: boolean): Errno | undefined {
    return this.p.fds.setCloseOnExec(fd, on);
  }

  fds(): readonly number[] {
    return this.p.fds.list();
  }

  seek(fd: number, offset: number, whence: Whence): number | Errno {
    const file = this.file(fd);
    return file === "EBADF" ? file : file.seek(offset, whence);
  }

  fstat(fd: number): Stat | Errno {
    const file = this.file(fd);
    return file === "EBADF" ? file : this.dated(file.stat());
  }

  readFile(path: string): Uint8Array | Errno {
    return this.#withFile(path, { read: true }, readAll);
  }

  writeFile(path: string, data: Uint8Array | string, flags?: OpenFlags): Errno | undefined {
    const bytes = typeof data === "string" ? utf8(data) : data;
    const how = { create: true, truncate: !flags?.append, ...flags, write: true };
    const n = this.#withFile(path, how, (file) => file.write(bytes, this.p));
    return typeof n === "string" ? n : undefined;
  }

  /** SIGPIPE first; who ignores or handles it sees EPIPE. */
  *#brokenPipe(): Task<Errno> {
    sendSignal(this.p, "SIGPIPE");
    yield* this.enter();
    return "EPIPE";
  }

  #charged<T extends Uint8Array | Errno>(got: T): T {
    if (typeof got !== "string") this.p.debtNs += got.length * 0.1;
    return got;
  }

  #chargedBytes(n: number): number {
    this.charge(n);
    return n;
  }

  #withFile<T>(path: string, flags: OpenFlags, use: (file: OpenFile, sys: SysFile) => T): T | Errno {
    this.charge();
    const file = openPath(this.p, path, flags, 0o666);
    if (typeof file === "string") return file;
    file.hold();
    const result = use(file, this);
    file.drop();
    return result;
  }

  /** For readAll: one step that does not sleep. */
  readNow(file: OpenFile): Uint8Array | Errno {
    return file.read(WRITE_CHUNK_BYTES, this.p);
  }
}

/** To the end of file; refuses files that would make it sleep. */
function readAll(file: OpenFile, sys: SysFile): Uint8Array | Errno {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const part = sys.readNow(file);
    if (typeof part === "string") return part;
    if (part.length === 0 || total > MAX_WHOLE_BYTES) break;
    parts.push(part);
    total += part.length;
  }
  return joined(parts, total);
}

/** readFile of an endless device (/dev/zero) stops here. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
