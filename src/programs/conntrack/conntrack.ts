import type { CtReply, CtRequest, CtRow, CtStats } from "../../net/uapi/conntrack.ts";
import { strerror } from "../../net/uapi/errno.ts";
import { STDERR, type Task } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { type Wanted, fits, kernelFilter, leadingNumber, statusBits, tuplesOf, wantedOf } from "./entry.ts";
import { parseMask, showEvents } from "./events.ts";
import { type CommandLine, type OptionName, isBad, parseCommandLine } from "./options.ts";
import { type Output, flowLine, parseOutput } from "./print.ts";
import { USAGE } from "./usage.ts";

/* conntrack(8) of conntrack-tools 1.4.7. */

const TITLE = "conntrack v1.4.7 (conntrack-tools)";
const WRONG_USAGE = 2;
const FAILED = 1;

export const conntrack = plainTool(function* (io) {
  const line = parseCommandLine(io.argv.slice(1));
  if (isBad(line)) return yield* wrongUsage(io, line.text);
  if (line.command === "help") return yield* say(io, USAGE);
  if (line.command === "version") return yield* say(io, `${TITLE}\n`);
  const output = parseOutput(line.options.get("output"));
  if ("refused" in output) return yield* refused(io, output.refused);
  if ("unknown" in output) return yield* wrongUsage(io, `Bad parameter \`${output.unknown}'`);
  if (output.save && line.options.get("output") !== "save") return yield* failed(io, "cannot combine save output with any other output type, use -o save only");
  if ((line.options.get("output") ?? "").includes("labels")) yield* io.err("nfct_labelmap_new: No such file or directory\n");
  const wanted = wantedOf(line);
  if (isBad(wanted)) return yield* wrongUsage(io, wanted.text);
  for (const name of wanted.ignored) yield* io.err(`WARNING: ignoring ${name}, use --${name.slice(0, 3).toLowerCase()}-nat instead\n`);
  if (wanted.status === 0 && !wanted.unreplied && line.command === "list") return yield* failed(io, "Operation failed: invalid parameters");
  return yield* run(io, line, wanted, output);
});

function* say(io: Io, text: string): Task<number> {
  yield* io.out.text(text);
  return 0;
}

function* wrongUsage(io: Io, text: string): Task<number> {
  if (text.endsWith("not simulated here")) return yield* refused(io, text.slice(0, text.indexOf(":")));
  if (text.startsWith("unknown label")) yield* io.err("nfct_labelmap_new: No such file or directory\n");
  yield* io.err(`${TITLE}: ${text}\nTry \`conntrack -h' or 'conntrack --help' for more information.\n`);
  return WRONG_USAGE;
}

function* refused(io: Io, what: string): Task<number> {
  yield* io.err(`conntrack: ${what}: not simulated here\n`);
  return WRONG_USAGE;
}

function* failed(io: Io, text: string): Task<number> {
  yield* io.err(`${TITLE}: ${text}\n`);
  return FAILED;
}

function* run(io: Io, line: CommandLine, wanted: Wanted, output: Output): Task<number> {
  if (line.table === "expect") return yield* expectTable(io, line);
  switch (line.command) {
    case "list": return yield* list(io, wanted, output);
    case "delete": return yield* remove(io, wanted, output);
    case "update": return yield* update(io, wanted, output);
    case "create": case "add": return yield* create(io, line, wanted);
    case "get": return yield* get(io, line, output);
    case "event": return yield* events(io, line, wanted, output);
    case "flush": return yield* flush(io);
    case "count": return yield* say(io, `${countOf(io)}\n`);
    default: return yield* stats(io);
  }
}

/** No helper makes expectations here: the table is empty. */
function* expectTable(io: Io, line: CommandLine): Task<number> {
  if (line.command === "count") return yield* say(io, "0\n");
  if (line.command === "list") return yield* count(io, "0 expectations have been shown.");
  if (line.command !== "flush") return yield* refused(io, `-${line.command === "get" ? "G" : line.command.charAt(0).toUpperCase()} expect`);
  io.sys.ct({ op: "expect.flush" });
  return yield* count(io, "expectation table has been emptied.");
}

/** The last words, on stderr. On a pipe they overtake the lines, which stdio still keeps. */
function* count(io: Io, text: string): Task<number> {
  yield* io.sys.write(STDERR, `${TITLE}: ${text}\n`);
  return 0;
}

const rowsOf = (reply: CtReply): readonly CtRow[] => (reply.error === null ? reply.rows : []);

function wallNs(io: Io): number {
  const { sec, nsec } = io.sys.wallTime();
  return sec * 1e9 + nsec;
}

function picked(io: Io, wanted: Wanted, ignoring: readonly OptionName[] = []): readonly CtRow[] {
  const zero = wanted.line.options.has("zero");
  return rowsOf(io.sys.ct({ op: "ct.dump", filter: kernelFilter(wanted), ...(zero ? { zero } : {}) })).filter((row) => fits(row, wanted, ignoring));
}

function* list(io: Io, wanted: Wanted, output: Output): Task<number> {
  const rows = wanted.line.table === "conntrack" ? picked(io, wanted) : [];
  for (const row of rows) yield* io.out.text(`${flowLine(row, output, wallNs(io))}\n`);
  return yield* count(io, `${rows.length} flow entries have been shown.`);
}

function* remove(io: Io, wanted: Wanted, output: Output): Task<number> {
  let gone = 0;
  for (const row of picked(io, wanted)) {
    const reply = io.sys.ct({ op: "ct.del", dir: "original", tuple: row.original, id: row.id, zone: row.zone });
    if (reply.error !== null) continue;
    gone++;
    yield* io.out.text(`${flowLine(row, output, wallNs(io))}\n`);
  }
  yield* count(io, `${gone} flow entries have been deleted.`);
  return gone === 0 ? FAILED : 0;
}

function* update(io: Io, wanted: Wanted, output: Output): Task<number> {
  const { options } = wanted.line;
  let changed = 0;
  for (const row of picked(io, wanted, ["mark", "status"])) {
    const reply = io.sys.ct({
      op: "ct.update", dir: "original", tuple: row.original,
      ...(wanted.mark === null ? {} : { mark: ((row.mark & ~wanted.mark.mask) | wanted.mark.value) >>> 0 }),
      ...(wanted.status === null ? {} : { status: row.status | wanted.status }),
      ...(options.has("timeout") ? { timeoutSec: leadingNumber(options.get("timeout")!) } : {}),
    });
    if (reply.error !== null) {
      yield* io.err(`Operation failed: ${strerror(reply.error)}\n`);
      break;
    }
    changed++;
    for (const now of reply.rows) yield* io.out.text(`${flowLine(now, output, wallNs(io), 2)}\n`);
  }
  yield* count(io, `${changed} flow entries have been updated.`);
  return changed === 0 ? FAILED : 0;
}

function* create(io: Io, line: CommandLine, wanted: Wanted): Task<number> {
  const tuples = tuplesOf(line);
  if (tuples === "invalid") return yield* failed(io, "Operation failed: invalid parameters");
  if (isBad(tuples)) return yield* wrongUsage(io, tuples.text);
  const request: CtRequest = {
    op: "ct.new", original: tuples.original, reply: tuples.reply, timeoutSec: leadingNumber(line.options.get("timeout")!), status: statusBits(wanted), excl: true,
    ...(wanted.mark === null ? {} : { mark: wanted.mark.value }), ...(wanted.zone === null ? {} : { zone: wanted.zone }),
    ...(wanted.tcpState === null ? {} : { tcpState: wanted.tcpState }),
  };
  const reply = io.sys.ct(request);
  if (line.command === "add") return yield* count(io, `${reply.error === null ? 1 : 0} flow entries have been added.`);
  if (reply.error === "EEXIST") return yield* failed(io, "Operation failed: Such conntrack exists, try -U to update");
  if (reply.error !== null) return yield* failed(io, `Operation failed: ${reply.error === "EINVAL" ? "invalid parameters" : strerror(reply.error)}`);
  return yield* count(io, "1 flow entries have been created.");
}

function* get(io: Io, line: CommandLine, output: Output): Task<number> {
  const tuples = tuplesOf(line);
  if (tuples === "invalid") return yield* failed(io, "Operation failed: invalid parameters");
  if (isBad(tuples)) return yield* wrongUsage(io, tuples.text);
  const zone = line.options.has("zone") ? { zone: leadingNumber(line.options.get("zone")!) } : {};
  const reply = io.sys.ct({ op: "ct.get", dir: "original", tuple: tuples.original, ...zone });
  if (reply.error !== null) return yield* failed(io, "Operation failed: such conntrack doesn't exist");
  for (const row of reply.rows) yield* io.out.text(`${flowLine(row, output, wallNs(io), 2)}\n`);
  return yield* count(io, `${reply.rows.length} flow entries have been shown.`);
}

function* events(io: Io, line: CommandLine, wanted: Wanted, output: Output): Task<number> {
  const kinds = parseMask(line.options.get("event-mask"));
  if (typeof kinds === "string") return yield* wrongUsage(io, `Bad parameter \`${kinds}'`);
  return yield* showEvents(io, wanted, kinds, output, TITLE);
}

function* flush(io: Io): Task<number> {
  io.sys.ct({ op: "ct.flush" });
  return yield* count(io, "connection tracking table has been emptied.");
}

const countOf = (io: Io): number => {
  const reply = io.sys.ct({ op: "ct.count" });
  return reply.error === null ? reply.count : 0;
};

/** In the order and with the names of the kernel's per-CPU counters; CPU 0 does all the work here. */
const COUNTERS: readonly (readonly [keyof CtStats, string])[] = [
  ["found", "found"], ["invalid", "invalid"], ["insert", "insert"], ["insertFailed", "insert_failed"], ["drop", "drop"], ["earlyDrop", "early_drop"],
  ["error", "error"], ["searchRestart", "search_restart"], ["clashResolve", "clash_resolve"], ["chainToolong", "chaintoolong"],
];

function* stats(io: Io): Task<number> {
  const reply = io.sys.ct({ op: "ct.stats" });
  const counters = reply.error === null ? reply.stats : null;
  const cpuinfo = io.sys.readFile("/proc/cpuinfo");
  const cpus = typeof cpuinfo === "string" ? 1 : fromUtf8(cpuinfo).split("processor").length - 1;
  for (let cpu = 0; cpu < cpus; cpu++) {
    const words = COUNTERS.map(([key, name]) => `${name}=${cpu === 0 ? (counters?.[key] ?? 0) : 0} `).join("");
    yield* io.out.text(`cpu=${cpu}   \t${words}\n`);
  }
  return 0;
}

