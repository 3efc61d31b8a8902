/** Processes as /proc shows them. */
import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";

/** Clock ticks a second in /proc (USER_HZ). */
const HZ = 100;
const PAGE_KB = 4;

export interface ProcRow {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Device number, 0 = none. */
  readonly tty: number;
  readonly tpgid: number;
  readonly cpuSec: number;
  /** Seconds after boot. */
  readonly startSec: number;
  readonly vszKb: number;
  readonly rssKb: number;
  readonly nice: number;
  readonly priority: number;
  readonly threads: number;
  readonly uid: number;
  readonly args: readonly string[];
}

export const readText = (sys: Sys, path: string): string | undefined => {
  const bytes = sys.readFile(path);
  return isErrno(bytes) ? undefined : fromUtf8(bytes);
};

/** One process; undefined when it is gone. */
export function readProcess(sys: Sys, pid: number): ProcRow | undefined {
  const stat = readText(sys, `/proc/${pid}/stat`);
  const m = stat === undefined ? null : /^(\d+) \((.*)\) (.*)$/s.exec(stat.trim());
  if (m === null) return undefined;
  const f = (m[3] ?? "").split(" ");
  const n = (i: number): number => Number(f[i - 3] ?? 0);
  const uid = /^Uid:\s+(\d+)/m.exec(readText(sys, `/proc/${pid}/status`) ?? "");
  const cmdline = readText(sys, `/proc/${pid}/cmdline`) ?? "";
  return {
    pid: Number(m[1]), comm: m[2] ?? "", state: f[0] ?? "?", ppid: n(4), pgrp: n(5), session: n(6), tty: n(7), tpgid: n(8),
    cpuSec: (n(14) + n(15)) / HZ, startSec: n(22) / HZ, vszKb: n(23) / 1024, rssKb: n(24) * PAGE_KB, nice: n(19), priority: n(18),
    threads: n(20), uid: Number(uid?.[1] ?? 0), args: cmdline === "" ? [] : cmdline.replace(/\0$/, "").split("\0"),
  };
}

/** Every process, by number. */
export function listProcesses(sys: Sys): ProcRow[] {
  const names = sys.readdir("/proc");
  if (isErrno(names)) return [];
  const pids = names.filter((n) => /^\d+$/.test(n)).map(Number).sort((a, b) => a - b);
  return pids.map((pid) => readProcess(sys, pid)).filter((p) => p !== undefined);
}

/** Command line, or the name in brackets for a process without one. */
export const commandLine = (p: ProcRow): string =>
  p.args.length > 0 ? p.args.join(" ") : p.state === "Z" ? `[${p.comm}] <defunct>` : `[${p.comm}]`;

/** `pts/0` from a device number. */
export const ttyName = (tty: number): string => (tty === 0 ? "?" : (tty >> 8) === 136 ? `pts/${tty & 255}` : `tty${tty & 255}`);

export const bootTimeSec = (sys: Sys): number => Number(/^btime (\d+)/m.exec(readText(sys, "/proc/stat") ?? "")?.[1] ?? 0);
export const uptimeSec = (sys: Sys): number => Number((readText(sys, "/proc/uptime") ?? "0").split(" ")[0]);
export const memTotalKb = (sys: Sys): number => Number(/^MemTotal:\s+(\d+)/m.exec(readText(sys, "/proc/meminfo") ?? "")?.[1] ?? 0);
export const loadAverages = (sys: Sys): readonly string[] => (readText(sys, "/proc/loadavg") ?? "0.00 0.00 0.00").split(" ").slice(0, 3);

/** User name of /etc/passwd; the number when there is none. */
export const userName = (sys: Sys, uid: number): string => accountName(sys, "/etc/passwd", uid);

/** A group's name, its number where it has none. */
export const groupName = (sys: Sys, gid: number): string => accountName(sys, "/etc/group", gid);

function accountName(sys: Sys, file: string, id: number): string {
  const line = (readText(sys, file) ?? "").split("\n").map((l) => l.split(":")).find((f) => f[2] === String(id));
  return line?.[0] ?? String(id);
}
