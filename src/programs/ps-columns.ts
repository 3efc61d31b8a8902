import type { Sys } from "../os/sys.ts";
import { formatDate } from "./lib/date.ts";
import { bootTimeSec, commandLine, memTotalKb, ttyName, uptimeSec, userName, type ProcRow } from "./lib/proc.ts";

/** One column of ps: its words, width and side, and what it says of a process. */
export interface Column {
  readonly header: string;
  readonly width: number;
  readonly right: boolean;
  readonly of: (p: ProcRow, c: PsContext) => string;
}

/** What columns need besides the process itself. */
export interface PsContext {
  readonly sys: Sys;
  readonly uptimeSec: number;
  readonly bootSec: number;
  readonly memKb: number;
  readonly nowSec: number;
}

export const contextOf = (sys: Sys): PsContext => ({
  sys, uptimeSec: uptimeSec(sys), bootSec: bootTimeSec(sys), memKb: memTotalKb(sys), nowSec: sys.wallTime().sec,
});

const two = (n: number): string => String(n).padStart(2, "0");

/** 00:00:00, with days in front when there are some. */
function cpuTime(seconds: number): string {
  const s = Math.floor(seconds);
  const days = Math.floor(s / 86_400);
  return `${days > 0 ? `${days}-` : ""}${two(Math.floor((s % 86_400) / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

const bsdTime = (seconds: number): string => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds) % 60)}`;

function elapsed(seconds: number): string {
  const s = Math.floor(seconds);
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor((s % 86_400) / 3600), Math.floor((s % 3600) / 60)];
  return `${d > 0 ? `${d}-` : ""}${d > 0 || h > 0 ? `${two(h)}:` : ""}${two(m)}:${two(s % 60)}`;
}

/** Within a day the time, then the day, then the year. */
function startText(p: ProcRow, c: PsContext, sameDay: string, sameYear: string): string {
  const at = { sec: Math.floor(c.bootSec + p.startSec), nsec: 0 };
  const age = c.nowSec - at.sec;
  const year = formatDate("%Y", at) === formatDate("%Y", { sec: c.nowSec, nsec: 0 });
  return formatDate(age < 86_400 ? sameDay : year ? sameYear : "%Y", at);
}

const share = (p: ProcRow, c: PsContext): number => {
  const age = c.uptimeSec - p.startSec;
  return age > 0 ? Math.min(99.9, (p.cpuSec * 100) / age) : 0;
};

function stateFlags(p: ProcRow): string {
  const leader = p.session === p.pid ? "s" : "";
  const threads = p.threads > 1 ? "l" : "";
  return `${p.state}${p.nice < 0 ? "<" : p.nice > 0 ? "N" : ""}${leader}${threads}${p.tty !== 0 && p.tpgid === p.pgrp ? "+" : ""}`;
}

/** A user whose name does not fit is shown by number, or cut with a `+`. */
const user = (p: ProcRow, c: PsContext, width = 8): string => {
  const name = userName(c.sys, p.uid);
  return name.length <= width ? name : `${name.slice(0, width - 1)}+`;
};

const left = (header: string, width: number, of: Column["of"]): Column => ({ header, width, right: false, of });
const right = (header: string, width: number, of: Column["of"]): Column => ({ header, width, right: true, of });

/** Format specifiers of -o, with their aliases. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  pid: right("PID", 7, (p) => String(p.pid)), tgid: right("TGID", 7, (p) => String(p.pid)), ppid: right("PPID", 7, (p) => String(p.ppid)),
  pgid: right("PGID", 7, (p) => String(p.pgrp)), pgrp: right("PGRP", 7, (p) => String(p.pgrp)),
  sid: right("SID", 7, (p) => String(p.session)), sess: right("SESS", 7, (p) => String(p.session)), session: right("SESS", 7, (p) => String(p.session)),
  tpgid: right("TPGID", 7, (p) => String(p.tpgid)),
  user: left("USER", 8, (p, c) => user(p, c)), euser: left("EUSER", 8, (p, c) => user(p, c)), uname: left("USER", 8, (p, c) => user(p, c)),
  ruser: left("RUSER", 8, (p, c) => user(p, c)), uid: right("UID", 5, (p) => String(p.uid)), euid: right("EUID", 5, (p) => String(p.uid)),
  "uid-name": left("UID", 8, (p, c) => user(p, c)),
  tty: left("TT", 8, (p) => ttyName(p.tty)), tt: left("TT", 8, (p) => ttyName(p.tty)), tname: left("TTY", 8, (p) => ttyName(p.tty)),
  time: right("TIME", 8, (p) => cpuTime(p.cpuSec)), cputime: right("TIME", 8, (p) => cpuTime(p.cpuSec)), bsdtime: right("TIME", 6, (p) => bsdTime(p.cpuSec)),
  etime: right("ELAPSED", 11, (p, c) => elapsed(c.uptimeSec - p.startSec)), etimes: right("ELAPSED", 7, (p, c) => String(Math.floor(c.uptimeSec - p.startSec))),
  stat: left("STAT", 4, stateFlags), s: left("S", 1, (p) => p.state), state: left("S", 1, (p) => p.state),
  pcpu: right("%CPU", 4, (p, c) => share(p, c).toFixed(1)), "%cpu": right("%CPU", 4, (p, c) => share(p, c).toFixed(1)), c: right("C", 2, (p, c) => String(Math.floor(share(p, c)))),
  pmem: right("%MEM", 4, (p, c) => (c.memKb > 0 ? (p.rssKb * 100) / c.memKb : 0).toFixed(1)), "%mem": right("%MEM", 4, (p, c) => (c.memKb > 0 ? (p.rssKb * 100) / c.memKb : 0).toFixed(1)),
  vsz: right("VSZ", 6, (p) => String(p.vszKb)), vsize: right("VSZ", 6, (p) => String(p.vszKb)), rss: right("RSS", 5, (p) => String(p.rssKb)), rssize: right("RSS", 5, (p) => String(p.rssKb)),
  ni: right("NI", 3, (p) => String(p.nice)), nice: right("NI", 3, (p) => String(p.nice)), pri: right("PRI", 3, (p) => String(39 - p.priority)),
  nlwp: right("NLWP", 4, (p) => String(p.threads)), thcount: right("THCNT", 5, (p) => String(p.threads)),
  start: right("STARTED", 8, (p, c) => startText(p, c, "%H:%M:%S", "  %b %d")), start_time: left("START", 5, (p, c) => startText(p, c, "%H:%M", "%b%d")),
  stime: left("STIME", 5, (p, c) => startText(p, c, "%H:%M", "%b%d")), bsdstart: right("START", 6, (p, c) => startText(p, c, " %H:%M", "%b %e")),
  lstart: right("STARTED", 24, (p, c) => formatDate("%a %b %e %H:%M:%S %Y", { sec: Math.floor(c.bootSec + p.startSec), nsec: 0 })),
  comm: left("COMMAND", 15, (p) => p.comm + (p.state === "Z" ? " <defunct>" : "")), ucmd: left("CMD", 15, (p) => p.comm + (p.state === "Z" ? " <defunct>" : "")),
  ucomm: left("COMMAND", 15, (p) => p.comm), cmd: left("CMD", 27, (p) => commandLine(p)), args: left("COMMAND", 27, (p) => commandLine(p)), command: left("COMMAND", 27, (p) => commandLine(p)),
};
