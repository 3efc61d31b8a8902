import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Stat } from "../os/sys.ts";
import { formatDate } from "./lib/date.ts";
import { modeText } from "./lib/mode.ts";
import { groupName, userName } from "./lib/proc.ts";
import { missingOperand, tool, type Io } from "./lib/tool.ts";

const KINDS: Readonly<Record<string, string>> = { dir: "directory", link: "symbolic link", char: "character special file", fifo: "fifo", socket: "socket" };
const kindText = (s: Stat): string => (s.kind === "file" ? (s.size === 0 ? "regular empty file" : "regular file") : (KINDS[s.kind] ?? ""));
const TYPE_BITS: Readonly<Record<string, number>> = { file: 0o100000, dir: 0o040000, link: 0o120000, char: 0o020000, fifo: 0o010000, socket: 0o140000 };

const when = (sec: number): string => formatDate("%F %T.%N %z", { sec, nsec: 0 });
const blocks = (s: Stat): number => (s.kind === "file" ? Math.ceil(s.size / 4096) * 8 : 0);

/** One directive of -c; null when it is not known here. */
function directive(io: Io, letter: string, path: string, s: Stat): string | null {
  const link = letter === "N" && s.kind === "link" ? io.sys.readlink(path) : undefined;
  const values: Readonly<Record<string, string>> = {
    a: s.mode.toString(8), A: modeText(s.kind, s.mode), b: String(blocks(s)), B: "512", f: ((TYPE_BITS[s.kind] ?? 0) | s.mode).toString(16),
    F: kindText(s), g: String(s.gid), G: groupName(io.sys, s.gid), h: String(s.nlink), i: String(s.ino), n: path, o: "4096", s: String(s.size),
    N: link === undefined || isErrno(link) ? `'${path}'` : `'${path}' -> '${link.target}'`,
    u: String(s.uid), U: userName(io.sys, s.uid), x: when(s.mtimeSec), X: String(s.mtimeSec), y: when(s.mtimeSec), Y: String(s.mtimeSec),
    z: when(s.mtimeSec), Z: String(s.mtimeSec), w: "-", W: "0", "%": "%",
  };
  return values[letter] ?? null;
}

const format = (io: Io, text: string, path: string, s: Stat): string =>
  text.replace(/%([-#0 ]*)(\d*)(?:\.\d+)?([a-zA-Z%])/g, (whole, flags: string, width: string, letter: string) => {
    const value = directive(io, letter, path, s);
    if (value === null) return whole === `%${letter}` ? "?" : whole;
    return flags.includes("-") ? value.padEnd(Number(width)) : value.padStart(Number(width), flags.includes("0") ? "0" : " ");
  });

const pad4 = (mode: number): string => mode.toString(8).padStart(4, "0");
const USER = (io: Io, id: number): string => `(${String(id).padStart(5)}/${userName(io.sys, id).padStart(8)})`;

function full(io: Io, path: string, s: Stat): string {
  const link = s.kind === "link" ? io.sys.readlink(path) : undefined;
  const arrow = link === undefined || isErrno(link) ? "" : ` -> ${link.target}`;
  return `  File: ${path}${arrow}\n  Size: ${String(s.size).padEnd(10)}\tBlocks: ${String(blocks(s)).padEnd(10)} IO Block: 4096   ${kindText(s)}\n`
    + `Device: 0,1\tInode: ${String(s.ino).padEnd(11)} Links: ${s.nlink}\n`
    + `Access: (${pad4(s.mode)}/${modeText(s.kind, s.mode)})  Uid: ${USER(io, s.uid)}   Gid: (${String(s.gid).padStart(5)}/${groupName(io.sys, s.gid).padStart(8)})\n`
    + `Access: ${when(s.mtimeSec)}\nModify: ${when(s.mtimeSec)}\nChange: ${when(s.mtimeSec)}\n Birth: -\n`;
}

/** stat(1). A file has one time here, that of its last change. */
export const stat = tool({ takes: "c,format= L,dereference printf=", refuses: "f,file-system t,terse cached=", usage: "[OPTION]... FILE..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  const template = o.value("c") ?? o.value("printf");
  let status = 0;
  for (const path of o.operands) {
    const s = o.has("L") ? io.sys.stat(path) : io.sys.lstat(path);
    if (isErrno(s)) {
      yield* io.complain(`cannot statx '${path}': ${strerror(s)}`);
      status = 1;
    } else if (template === undefined) yield* io.out.text(full(io, path, s));
    else if (o.has("printf")) yield* io.out.text(format(io, template, path, s).replace(/\\n/g, "\n").replace(/\\t/g, "\t"));
    else yield* io.out.text(`${format(io, template, path, s)}\n`);
  }
  return status;
});
