import { isErrno, strerror, type Errno } from "../net/uapi/errno.ts";
import type { Stat, Sys, Task } from "../os/sys.ts";
import type { Options } from "./lib/options.ts";
import { tool, usageError, type Io } from "./lib/tool.ts";

const lastName = (path: string): string => path.replace(/\/+$/, "").split("/").at(-1) ?? path;
const isDir = (stat: Stat | Errno): boolean => !isErrno(stat) && stat.kind === "dir";

interface Pair {
  readonly from: string;
  readonly to: string;
}

/** The sources and where each goes; a number = the status of a usage error already told. */
function* readPairs(io: Io, o: Options): Task<readonly Pair[] | number> {
  const into = o.value("t");
  const words = o.operands;
  const sources = into === undefined ? words.slice(0, -1) : words;
  const target = into ?? words.at(-1) ?? "";
  if (words.length === 0) return yield* usageError(io, "missing file operand");
  if (sources.length === 0) return yield* usageError(io, `missing destination file operand after '${words[0] ?? ""}'`);
  const stat = io.sys.stat(target);
  if (isDir(stat) && !o.has("T")) return sources.map((from) => ({ from, to: `${target.replace(/\/+$/, "")}/${lastName(from)}` }));
  if (sources.length === 1 && into === undefined) return [{ from: sources[0] ?? "", to: target }];
  yield* io.complain(`target '${target}': ${strerror(isErrno(stat) ? stat : "ENOTDIR")}`);
  return 1;
}

const sameFile = (sys: Sys, a: string, b: string): boolean => {
  const [x, y] = [sys.stat(a), sys.stat(b)];
  return !isErrno(x) && !isErrno(y) && x.ino === y.ino;
};

function* fail(io: Io, text: string, e?: Errno): Task<boolean> {
  yield* io.complain(e === undefined ? text : `${text}: ${strerror(e)}`);
  return false;
}

const COPY_BYTES = 65_536;

function* copyData(io: Io, from: string, to: string, mode: number): Task<boolean> {
  const { sys } = io;
  const input = sys.open(from, { read: true });
  if (isErrno(input)) return yield* fail(io, `cannot open '${from}' for reading`, input);
  const isNew = isErrno(sys.stat(to));
  const output = sys.open(to, { write: true, create: true, truncate: true }, mode);
  if (isErrno(output)) {
    sys.close(input);
    return yield* fail(io, `cannot create regular file '${to}'`, output);
  }
  if (isNew) sys.chmod(to, mode & ~sys.umask());
  let failed: Errno | undefined;
  for (;;) {
    const got = yield* sys.read(input, COPY_BYTES);
    failed = isErrno(got) ? got : got.length > 0 ? yield* sys.write(output, got) : undefined;
    yield* sys.compute(2_000);
    if (isErrno(got) || got.length === 0 || failed !== undefined) break;
  }
  sys.close(input);
  sys.close(output);
  return failed === undefined ? true : yield* fail(io, `error copying '${from}' to '${to}'`, failed);
}

function* copyOne(io: Io, o: Options, { from, to }: Pair, top = true): Task<boolean> {
  const { sys } = io;
  const recursive = o.has("r", "a");
  const stat = o.has("P", "a", "d") || (recursive && !o.has("L") && !top) ? sys.lstat(from) : sys.stat(from);
  if (isErrno(stat)) return yield* fail(io, `cannot stat '${from}'`, stat);
  if (stat.kind === "dir" && !recursive) return yield* fail(io, `-r not specified; omitting directory '${from}'`);
  if (stat.kind !== "link" && sameFile(sys, from, to)) return yield* fail(io, `'${from}' and '${to}' are the same file`);
  if (o.has("n") && !isErrno(sys.lstat(to))) return true;
  if (o.has("u") && isNewer(sys, to, stat)) return true;
  if (stat.kind === "dir") return yield* copyDir(io, o, { from, to }, stat);
  if (stat.kind === "link") {
    const link = sys.readlink(from);
    const failed = isErrno(link) ? link : sys.symlink(link.target, to);
    if (failed !== undefined) return yield* fail(io, `cannot create symbolic link '${to}'`, failed);
  } else if (!(yield* copyData(io, from, to, stat.mode))) return false;
  if (o.has("p", "a") && stat.kind === "file") sys.utimes(to, stat.mtimeSec);
  if (o.has("v")) yield* io.out.text(`'${from}' -> '${to}'\n`);
  return true;
}

const isNewer = (sys: Sys, path: string, than: Stat): boolean => {
  const stat = sys.stat(path);
  return !isErrno(stat) && stat.mtimeSec >= than.mtimeSec;
};

function* copyDir(io: Io, o: Options, { from, to }: Pair, stat: Stat): Task<boolean> {
  const made = isDir(io.sys.stat(to)) ? undefined : io.sys.mkdir(to, stat.mode);
  if (made !== undefined) return yield* fail(io, `cannot create directory '${to}'`, made);
  if (o.has("v")) yield* io.out.text(`'${from}' -> '${to}'\n`);
  const names = io.sys.readdir(from);
  if (isErrno(names)) return yield* fail(io, `cannot access '${from}'`, names);
  let fine = true;
  for (const name of names) if (!(yield* copyOne(io, o, { from: `${from}/${name}`, to: `${to}/${name}` }, false))) fine = false;
  return fine;
}

/** cp(1). */
export const cp = tool({
  takes: "a,archive d f,force L,dereference n,no-clobber P,no-dereference p R,r,recursive t,target-directory= T,no-target-directory u,update v,verbose",
  refuses: "b backup=? i,interactive H l,link s,symbolic-link S,suffix= x,one-file-system Z context=? parents preserve=? no-preserve= reflink=? sparse= attributes-only remove-destination strip-trailing-slashes",
  usage: "[OPTION]... [-T] SOURCE DEST",
}, function* (io, given) {
  const o: Options = { ...given, has: (...keys) => given.has(...keys, ...(keys.includes("r") ? ["R"] : [])) };
  const pairs = yield* readPairs(io, o);
  if (typeof pairs === "number") return pairs;
  let status = 0;
  for (const pair of pairs) if (!(yield* copyOne(io, o, pair))) status = 1;
  return status;
});

function* moveOne(io: Io, o: Options, { from, to }: Pair): Task<boolean> {
  const { sys } = io;
  const stat = sys.lstat(from);
  if (isErrno(stat)) return yield* fail(io, `cannot stat '${from}'`, stat);
  const there = sys.lstat(to);
  if (!isErrno(there) && there.ino === stat.ino) return yield* fail(io, `'${from}' and '${to}' are the same file`);
  if (o.has("n") && !isErrno(there)) return true;
  if (o.has("u") && isNewer(sys, to, stat)) return true;
  if (isDir(stat) && !isErrno(there) && there.kind !== "dir") return yield* fail(io, `cannot overwrite non-directory '${to}' with directory '${from}'`);
  if (!isDir(stat) && isDir(there)) return yield* fail(io, `cannot overwrite directory '${to}' with non-directory`);
  const failed = sys.rename(from, to);
  if (failed === "EINVAL") return yield* fail(io, `cannot move '${from}' to a subdirectory of itself, '${to}'`);
  if (failed !== undefined) return yield* fail(io, `cannot move '${from}' to '${to}'`, failed);
  if (o.has("v")) yield* io.out.text(`renamed '${from}' -> '${to}'\n`);
  return true;
}

/** mv(1). */
export const mv = tool({
  takes: "f,force n,no-clobber t,target-directory= T,no-target-directory u,update v,verbose", refuses: "b backup=? i,interactive S,suffix= Z,context strip-trailing-slashes",
  usage: "[OPTION]... [-T] SOURCE DEST",
}, function* (io, o) {
  const pairs = yield* readPairs(io, o);
  if (typeof pairs === "number") return pairs;
  let status = 0;
  for (const pair of pairs) if (!(yield* moveOne(io, o, pair))) status = 1;
  return status;
});
