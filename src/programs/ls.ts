import { isErrno, strerror, type Errno } from "../net/uapi/errno.ts";
import { STDOUT, type Stat, type Task } from "../os/sys.ts";
import type { Options } from "./lib/options.ts";
import { tool, type Io } from "./lib/tool.ts";
import { groupName, userName } from "./lib/proc.ts";
import { columns, compareEntries, longLines, readLsLook, shownName, type Entry, type LsLook } from "./ls-print.ts";

function statOf(io: Io, look: LsLook, path: string, operand: boolean): Stat | Errno {
  const followed = look.followAll || (operand && !look.long && !look.directory && !look.classify);
  const stat = followed ? io.sys.stat(path) : io.sys.lstat(path);
  return followed && isErrno(stat) ? io.sys.lstat(path) : stat;
}

function entryOf(io: Io, name: string, path: string, stat: Stat): Entry {
  if (stat.kind !== "link") return { name, stat, target: undefined, targetKind: undefined };
  const link = io.sys.readlink(path);
  const there = io.sys.stat(path);
  return { name, stat, target: isErrno(link) ? undefined : link.target, targetKind: isErrno(there) ? undefined : there.kind };
}

/** Names and stats of a directory as the options want them; what cannot be looked at is told. */
function* readDirectory(io: Io, look: LsLook, path: string): Task<{ entries: Entry[]; failed: boolean } | Errno> {
  const names = io.sys.readdir(path);
  if (isErrno(names)) return names;
  const visible = names.filter((n) => look.hidden !== "no" || !n.startsWith("."));
  const all = look.hidden === "all" ? [".", "..", ...visible] : visible;
  const entries: Entry[] = [];
  let failed = false;
  for (const name of all) {
    const full = path === "/" ? `/${name}` : `${path.replace(/\/$/, "")}/${name}`;
    const stat = statOf(io, look, full, false);
    if (isErrno(stat)) {
      yield* io.complain(`cannot access '${full}': ${strerror(stat)}`);
      failed = true;
    } else entries.push(entryOf(io, name, full, stat));
  }
  return { entries: entries.sort((a, b) => compareEntries(a, b, look)), failed };
}

function* show(io: Io, look: LsLook, entries: readonly Entry[]): Task<void> {
  if (entries.length === 0) return;
  const now = io.sys.wallTime().sec;
  if (look.long) yield* io.out.text(longLines(entries, look, now, { user: (id) => userName(io.sys, id), group: (id) => groupName(io.sys, id) }));
  else if (look.onePerLine) yield* io.out.text(entries.map((e) => `${shownName(e, look)}\n`).join(""));
  else yield* io.out.text(columns(entries.map((e) => shownName(e, look)), look));
}

/** One run of ls: files first, then directories, then what -R finds below them. */
class Listing {
  status = 0;
  #printed = false;
  readonly #io: Io;
  readonly #look: LsLook;

  constructor(io: Io, look: LsLook) {
    this.#io = io;
    this.#look = look;
  }

  *run(paths: readonly string[]): Task<void> {
    const files: Entry[] = [];
    const dirs: Entry[] = [];
    for (const path of paths) {
      const stat = statOf(this.#io, this.#look, path, true);
      if (isErrno(stat)) {
        yield* this.#io.complain(`cannot access '${path}': ${strerror(stat)}`);
        this.status = 2;
      } else (stat.kind === "dir" && !this.#look.directory ? dirs : files).push(entryOf(this.#io, path, path, stat));
    }
    const order = (a: Entry, b: Entry): number => compareEntries(a, b, this.#look);
    yield* show(this.#io, this.#look, files.sort(order));
    this.#printed = files.length > 0;
    const headed = paths.length > 1 || this.#look.recursive;
    for (const dir of dirs.sort(order)) yield* this.#directory(dir.name, headed, true);
  }

  *#directory(path: string, headed: boolean, top: boolean): Task<void> {
    const got = yield* readDirectory(this.#io, this.#look, path);
    if (isErrno(got)) {
      yield* this.#io.complain(`cannot open directory '${path}': ${strerror(got)}`);
      this.status = Math.max(this.status, top ? 2 : 1);
      return;
    }
    if (got.failed) this.status = Math.max(this.status, 1);
    if (headed) yield* this.#io.out.text(`${this.#printed ? "\n" : ""}${path}:\n`);
    this.#printed = true;
    if (this.#look.long || this.#look.blocks) yield* this.#io.out.text(`total ${this.#total(got.entries)}\n`);
    yield* show(this.#io, this.#look, got.entries);
    if (!this.#look.recursive) return;
    for (const e of got.entries) {
      if (e.stat.kind === "dir" && e.name !== "." && e.name !== "..") yield* this.#directory(`${path.replace(/\/$/, "")}/${e.name}`, true, false);
    }
  }

  /** 1 KiB blocks: files take whole pages. */
  #total(entries: readonly Entry[]): string {
    const kb = entries.reduce((n, e) => n + (e.stat.kind === "file" ? Math.ceil(e.stat.size / 4096) * 4 : e.stat.kind === "dir" ? 4 : 0), 0);
    return this.#look.human && kb > 0 ? `${kb >= 1024 ? `${Math.ceil(kb / 102.4) / 10}M` : `${kb}K`}` : String(kb);
  }
}

/** ls(1). */
export const ls = tool({
  takes: "a,all A,almost-all d,directory F,classify=? p h,human-readable i,inode l n,numeric-uid-gid g o 1 C x m r,reverse R,recursive S t U L,dereference color=? Q,quote-name N,literal X v "
    + "time-style= full-time w,width= group-directories-first G,no-group s,size",
  refuses: "b,escape B,ignore-backups c D,dired f H H,dereference-command-line I,ignore= k,kibibytes q,hide-control-chars T,tabsize= u Z,context author block-size= format= hide= hyperlink=? indicator-style= quoting-style= show-control-chars si sort= time= zero",
  usage: "[OPTION]... [FILE]...", badStatus: 2,
}, function* (io: Io, o: Options) {
  const size = io.sys.isatty(STDOUT) ? io.sys.windowSize(STDOUT) : "ENOTTY";
  const look = readLsLook(o, isErrno(size) ? undefined : size.cols, io.sys.env.get("TERM"));
  if (typeof look === "string") {
    yield* io.complain(look.replace(/\0(.*)\0/, (_, t: string) => io.quote(t)));
    return 2;
  }
  const listing = new Listing(io, look);
  yield* listing.run(o.operands.length > 0 ? o.operands : ["."]);
  return listing.status;
});
