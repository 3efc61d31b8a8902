import { type Errno, isErrno } from "../net/uapi/errno.ts";
import type { KlogLine } from "../net/uapi/klog.ts";
import type { Task } from "../os/sys.ts";
import { formatDate } from "./lib/date.ts";
import type { Options } from "./lib/options.ts";
import { type Io, tool } from "./lib/tool.ts";

const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"] as const;
const SEC_NS = 1_000_000_000;

/** -l warn,err; null and a complaint for an unknown one. */
function* levelsOf(io: Io, o: Options): Task<ReadonlySet<number> | null> {
  const wanted = new Set<number>();
  for (const name of (o.value("l") ?? LEVELS.join(",")).split(",")) {
    const at = LEVELS.findIndex((level) => level === name);
    if (at < 0) {
      yield* io.complain(`unknown level '${name}'`);
      return null;
    }
    wanted.add(at);
  }
  return wanted;
}

/** Seconds since the machine started, as printk writes them: five places and the microseconds. */
const sinceBoot = (atNs: number): string => `${String(Math.floor(atNs / SEC_NS)).padStart(5)}.${String(Math.floor((atNs % SEC_NS) / 1000)).padStart(6, "0")}`;

/** CLOCK_REALTIME of the message: the machine's clock now, less its age. */
function wallOf(io: Io, atNs: number): string {
  const now = io.sys.wallTime();
  const ageSec = Math.floor(io.sys.nowNs / SEC_NS) - Math.floor(atNs / SEC_NS);
  return formatDate("%a %b %e %T %Y", { sec: now.sec - ageSec, nsec: 0 });
}

function lineOf(io: Io, o: Options, { atNs, level, text }: KlogLine): string {
  if (o.has("r")) return `<${level}>[${sinceBoot(atNs)}] ${text}\n`;
  const facility = o.has("x") ? `${"kern".padEnd(6)}:${(LEVELS[level] ?? "").padEnd(6)}: ` : "";
  const time = o.has("t") ? "" : o.has("T") ? `[${wallOf(io, atNs)}] ` : `[${sinceBoot(atNs)}] `;
  return `${facility}${time}${text}\n`;
}

/** Prints, and with -w goes on until it is interrupted. */
function* show(io: Io, o: Options, levels: ReadonlySet<number>): Task<number> {
  const follows = o.has("w", "W");
  let next: number | "now" = o.has("W") ? "now" : 0;
  for (let wait = o.has("W"); ; wait = true) {
    const lines: readonly KlogLine[] | Errno = yield* io.sys.klogRead(next, wait);
    if (isErrno(lines)) return 1;
    for (const line of lines) if (levels.has(line.level)) yield* io.out.text(lineOf(io, o, line));
    const last: KlogLine | undefined = lines[lines.length - 1];
    if (last !== undefined) next = last.seq + 1;
    if (!follows) return 0;
    yield* io.out.flush();
  }
}

/** dmesg(1) of util-linux 2.38: the kernel's ring buffer. Here it holds what `log` statements and LOG targets wrote. */
export const dmesg = tool({
  takes: "C,clear c,read-clear t,notime T,ctime w,follow W,follow-new x,decode r,raw l,level= k,kernel P,nopager S,syslog",
  refuses: "D,console-off E,console-on F,file= f,facility= H,human J,json L,color=? n,console-level= p,force-prefix noescape s,buffer-size= u,userspace d,show-delta e,reltime time-format= since= until= V,version",
  usage: "[options]",
}, function* (io, o) {
  if (o.has("C")) {
    io.sys.klogClear();
    return 0;
  }
  const levels = yield* levelsOf(io, o);
  if (levels === null) return 1;
  const status = yield* show(io, o, levels);
  if (o.has("c")) io.sys.klogClear();
  return status;
});
