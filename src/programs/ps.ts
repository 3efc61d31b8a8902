import { isErrno } from "../net/uapi/errno.ts";
import { STDERR, STDIN, STDOUT, type Sys } from "../os/sys.ts";
import { listProcesses, ttyName, userName, type ProcRow } from "./lib/proc.ts";
import { plainTool } from "./lib/tool.ts";
import { readPsCommand, type PsCommand, type Shown } from "./ps-options.ts";
import { contextOf } from "./ps-columns.ts";

/** The terminal that counts as "mine": the one on stderr, stdout or stdin. */
function ownTty(sys: Sys): string {
  for (const fd of [STDERR, STDOUT, STDIN]) {
    const tty = sys.ttyname(fd);
    if (!isErrno(tty)) return tty.path.replace(/^\/dev\//, "");
  }
  const self = listProcesses(sys).find((p) => p.pid === sys.pid);
  return ttyName(self?.tty ?? 0);
}

function isSelected(p: ProcRow, c: PsCommand, sys: Sys, tty: string): boolean {
  const s = c.select;
  const picked = s.lists.some((l) => l.is === "pid" ? l.values.includes(String(p.pid)) : l.is === "ppid" ? l.values.includes(String(p.ppid))
    : l.is === "comm" ? l.values.includes(p.comm) : l.is === "user" ? l.values.includes(userName(sys, p.uid)) || l.values.includes(String(p.uid))
      : l.values.map((v) => v.replace(/^\/dev\//, "")).includes(ttyName(p.tty)));
  if (s.lists.length > 0 || s.how === "lists") return picked !== s.negate;
  if (s.how === "all") return true;
  if (s.how === "all-but-leaders") return p.session !== p.pid;
  if (s.how === "with-tty") return p.session !== p.pid && p.tty !== 0;
  const mine = p.uid === sys.uid;
  if (s.how === "bsd-a") return p.tty !== 0;
  if (s.how === "bsd-x") return mine;
  return mine && ttyName(p.tty) === tty;
}

/** A row: every cell on its side of its column; the last one is not filled up. */
function row(cells: readonly string[], shown: readonly Shown[]): string {
  const last = shown.length - 1;
  return shown.map((s, i) => {
    const cell = cells[i] ?? "";
    if (s.column.right) return cell.padStart(s.width);
    return i === last ? cell : cell.padEnd(s.width);
  }).join(" ");
}

/** ps(1) of procps 4.0: reads /proc. */
export const ps = plainTool(function* (io, args) {
  const { sys } = io;
  const command = readPsCommand(args);
  if ("bad" in command) {
    yield* io.err(command.bad.startsWith("error: ") ? command.bad : `${io.name}: ${command.bad}\n`);
    return 1;
  }
  const all = listProcesses(sys);
  const tty = ownTty(sys);
  const rows = all.filter((p) => isSelected(p, command, sys, tty));
  for (const key of [...command.sort].reverse()) rows.sort((a, b) => key.compare(a, b) * (key.down ? -1 : 1));
  const context = contextOf(sys);
  const size = sys.isatty(STDOUT) && !command.wide ? sys.windowSize(STDOUT) : "ENOTTY";
  const cut = (line: string): string => (isErrno(size) ? line : line.slice(0, size.cols));
  const headers = command.shown.map((s) => s.header);
  if (command.headers && headers.some((h) => h !== "")) yield* io.out.text(`${cut(row(headers, command.shown))}\n`);
  for (const p of rows) yield* io.out.text(`${cut(row(command.shown.map((s) => s.column.of(p, context)), command.shown))}\n`);
  return rows.length > 0 ? 0 : 1;
});
