import { isErrno } from "../net/uapi/errno.ts";
import type { Program, Sys, Task } from "../os/sys.ts";
import { globRegex } from "./lib/glob.ts";
import { parseOptions, type Options } from "./lib/options.ts";
import { readText } from "./lib/proc.ts";
import { readSnmp } from "./lib/snmp.ts";
import { finish, openIo, type Io } from "./lib/tool.ts";

const NSTAT_USAGE = `Usage: nstat [OPTION] [ PATTERN [ PATTERN ] ]
   -h, --help          this message
   -a, --ignore        ignore history
   -d, --scan=SECS     sample every statistics every SECS
   -j, --json          format output in JSON
   -n, --nooutput      do history only
   -p, --pretty        pretty print
   -r, --reset         reset history
   -s, --noupdate      don't update history
   -t, --interval=SECS report average over the last SECS
   -V, --version       output version information
   -z, --zeros         show entries with zero activity
`;
const HISTORY = "/tmp/.nstat.u0";
/** Settings and gauges, which do not grow. */
const NOT_COUNTED = new Set(["IpForwarding", "IpDefaultTTL", "TcpRtoAlgorithm", "TcpRtoMin", "TcpRtoMax", "TcpMaxConn", "TcpCurrEstab"]);

/** nstat(8) of iproute2 6.1.0: the counters of /proc/net/snmp and netstat, by how much they grew since it was last asked. */
export const nstat: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const o = parseOptions({
    takes: "h a,ignore j,json n,nooutput p,pretty r,reset s,noupdate V,version z,zeros", refuses: "d,scan= t,interval=", usage: "", badStatus: 255, hint: () => NSTAT_USAGE,
  }, argv);
  if (o.is === "bad") {
    yield* io.err(o.text);
    return 255;
  }
  if (o.is === "help" || o.has("h")) {
    yield* io.err(NSTAT_USAGE);
    return 255;
  }
  if (o.has("V")) yield* io.out.text("nstat utility, iproute2-6.1.0\n");
  else yield* report(io, o);
  return yield* finish(io, 0);
};

type Counter = readonly [name: string, value: number];

function counters(sys: Sys): readonly Counter[] {
  const groups = ["/proc/net/snmp", "/proc/net/netstat"].flatMap((path) => [...readSnmp(sys, path)]);
  return groups.flatMap(([group, list]) => list.map(([name, value]) => [`${group}${name}`, value] as const)).filter(([name]) => !NOT_COUNTED.has(name));
}

const line = ([name, value]: Counter): string => `${name.padEnd(32)}${String(value).padEnd(16)}${"0.0".padStart(6)}\n`;

function* report(io: Io, o: Options): Task<void> {
  const now = counters(io.sys);
  if (o.has("r")) io.sys.unlink(HISTORY);
  const before = o.has("a") ? new Map<string, number>() : readHistory(io.sys);
  const patterns = o.operands.map((p) => globRegex(p, "i"));
  const grown = now.map(([name, value]): Counter => [name, value - (before.get(name) ?? 0)]);
  const wanted = (name: string): boolean => patterns.length === 0 || patterns.some((p) => p.test(name));
  const shown = grown.filter(([name, value]) => (value !== 0 || o.has("z")) && wanted(name));
  if (!o.has("n")) yield* io.out.text(o.has("j") ? json(shown, o.has("p")) : `#kernel\n${shown.map(line).join("")}`);
  if (o.has("s")) return;
  // What was not asked for is remembered as it was.
  const known = now.map(([name, value]): Counter => [name, wanted(name) ? value : (before.get(name) ?? 0)]);
  const failed = io.sys.writeFile(HISTORY, `#kernel\n${known.filter(([, value]) => value !== 0).map(line).join("")}`, { write: true, create: true, truncate: true });
  if (failed === undefined) io.sys.chmod(HISTORY, 0o600);
}

function readHistory(sys: Sys): ReadonlyMap<string, number> {
  const text = isErrno(sys.stat(HISTORY)) ? "" : (readText(sys, HISTORY) ?? "");
  return new Map(text.split("\n").filter((l) => l !== "" && !l.startsWith("#")).map((l) => l.split(/\s+/)).map(([name = "", value = "0"]) => [name, Number(value)]));
}

function json(shown: readonly Counter[], pretty: boolean): string {
  const all = { kernel: Object.fromEntries(shown) };
  return `${pretty ? JSON.stringify(all, null, 4) : JSON.stringify(all)}\n`;
}
