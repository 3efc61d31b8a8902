import { strerror } from "../net/uapi/errno.ts";
import type { Program, Signal, Task } from "../os/sys.ts";
import { listProcesses, ttyName, userName, type ProcRow } from "./lib/proc.ts";
import type { Options, Spec } from "./lib/options.ts";
import { compilePosix } from "./lib/posix-regex.ts";
import { parseSignal } from "./lib/signal-names.ts";
import { tool, type Io } from "./lib/tool.ts";

const SHARED = "v,inverse c,count f,full g,pgroup= i,ignore-case n,newest o,oldest P,parent= s,session= t,terminal= u,euid= U,uid= x,exact";
const REFUSED = "w,lightweight G,group= O,older= F,pidfile= L,logpidfile r,runstates= A,ignore-ancestors cgroup= ns= nslist= V,version";
const hint = (name: string): string => `Try \`${name} --help' for more information.\n`;

const GREP: Spec = { takes: `d,delimiter= l,list-name a,list-full ${SHARED}`, refuses: REFUSED, usage: "[options] <pattern>", badStatus: 2, hint };
const KILL: Spec = { takes: `signal= e,echo ${SHARED}`, refuses: `q,queue= H,require-handler ${REFUSED}`, usage: "[options] <pattern>", badStatus: 2, hint };

const names = (o: Options, key: string): string[] | undefined => o.value(key)?.split(",");

/** The test that the options and the pattern make; a text when the pattern is wrong. */
function matcher(io: Io, o: Options): ((p: ProcRow) => boolean) | string {
  const pattern = o.operands[0];
  const compiled = pattern === undefined ? undefined : compilePosix(pattern, true);
  if (compiled?.is === "bad") return compiled.why;
  const regex = compiled === undefined ? undefined : new RegExp(o.has("x") ? `^(?:${compiled.source})$` : compiled.source, o.has("i") ? "i" : "");
  const lists: (readonly [string[] | undefined, (p: ProcRow) => readonly string[]])[] = [
    [names(o, "P"), (p) => [String(p.ppid)]], [names(o, "g"), (p) => [String(p.pgrp)]], [names(o, "s"), (p) => [String(p.session)]],
    [names(o, "t"), (p) => [ttyName(p.tty)]], [names(o, "u"), (p) => [String(p.uid), userName(io.sys, p.uid)]], [names(o, "U"), (p) => [String(p.uid), userName(io.sys, p.uid)]],
  ];
  return (p) => {
    const text = o.has("f") && p.args.length > 0 ? p.args.join(" ") : p.comm;
    const fits = lists.every(([wanted, of]) => wanted === undefined || of(p).some((v) => wanted.includes(v))) && (regex === undefined || regex.test(text));
    return fits !== o.has("v");
  };
}

/** The processes meant, in order; null after telling what is wrong with the command line. */
function* select(io: Io, o: Options): Task<ProcRow[] | null> {
  if (o.operands.length > 1) {
    yield* io.complain("only one pattern can be provided");
    yield* io.err(hint(io.name));
    return null;
  }
  if (o.operands.length === 0 && !o.has("P", "g", "s", "t", "u", "U")) {
    yield* io.complain("no matching criteria specified");
    yield* io.err(hint(io.name));
    return null;
  }
  const matches = matcher(io, o);
  if (typeof matches === "string") {
    yield* io.complain(matches);
    return null;
  }
  const found = listProcesses(io.sys).filter((p) => p.pid !== io.sys.pid && matches(p));
  const byAge = [...found].sort((a, b) => a.startSec - b.startSec || a.pid - b.pid);
  if (o.has("n")) return byAge.slice(-1);
  return o.has("o") ? byAge.slice(0, 1) : found;
}

/** pgrep(1) of procps 4.0. */
export const pgrep = tool(GREP, function* (io, o) {
  const found = yield* select(io, o);
  if (found === null) return 2;
  const end = o.value("d") ?? "\n";
  if (o.has("c")) yield* io.out.text(`${found.length}\n`);
  else if (found.length > 0) {
    yield* io.out.text(`${found.map((p) => (o.has("a") ? `${p.pid} ${p.args.length > 0 ? p.args.join(" ") : p.comm}` : o.has("l") ? `${p.pid} ${p.comm}` : String(p.pid))).join(end)}\n`);
  }
  return found.length > 0 ? 0 : 1;
});

const killer = (signal: Signal | 0): Program => tool(KILL, function* (io, o) {
  const named = o.value("signal");
  const which = named === undefined ? signal : parseSignal(named);
  if (which === null) {
    yield* io.complain(`Unknown signal "${named ?? ""}".`);
    return 2;
  }
  const found = yield* select(io, o);
  if (found === null) return 2;
  let hit = 0;
  for (const p of found) {
    const failed = io.sys.kill(p.pid, which);
    if (failed === undefined) {
      hit++;
      if (o.has("e")) yield* io.out.text(`${p.comm} killed (pid ${p.pid})\n`);
    } else if (failed !== "ESRCH") yield* io.complain(`killing pid ${p.pid} failed: ${strerror(failed)}`);
  }
  if (o.has("c")) yield* io.out.text(`${found.length}\n`);
  return hit > 0 ? 0 : 1;
});

/** pkill(1): `-9`, `-KILL` and `-SIGKILL` may stand among the options. */
export const pkill: Program = (sys, argv) => {
  const at = argv.findIndex((a, i) => i > 0 && /^-(\d+|[A-Z][A-Z0-9]+)$/.test(a) && parseSignal(a.slice(1)) !== null);
  if (at < 0) return killer("SIGTERM")(sys, argv);
  return killer(parseSignal((argv[at] ?? "").slice(1)) ?? "SIGTERM")(sys, argv.filter((_, i) => i !== at));
};
