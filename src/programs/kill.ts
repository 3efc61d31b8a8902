import { strerror } from "../net/uapi/errno.ts";
import type { Signal } from "../os/sys.ts";
import type { Task } from "../os/sys.ts";
import { parseSignal, SIGNAL_TABLE } from "./lib/signal-names.ts";
import { signalNumber } from "../os/signals.ts";
import { plainTool, type Io } from "./lib/tool.ts";

const USAGE = `
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]            send signal to every <pid> listed
 -<signal>, -s, --signal <signal>
                        specify the <signal> to be sent
 -q, --queue <value>    integer value to be sent with the signal
 -l, --list=[<signal>]  list all signal names, or convert one to a name
 -L, --table            list all signal names in a nice table

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see kill(1).
`;

const table = (): string => {
  const cells = SIGNAL_TABLE.map((name, i) => `${String(i + 1).padStart(2)} ${name.padEnd(8)}`);
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += 7) rows.push(cells.slice(i, i + 7).join("").replace(/ $/, i + 7 < cells.length ? "" : " "));
  return rows.map((r, i) => (i + 1 < rows.length ? r.trimEnd() : r) + "\n").join("");
};

function* list(io: Io, what: string | undefined): Task<number> {
  if (what === undefined) {
    const [first, rest] = [SIGNAL_TABLE.slice(0, 16), SIGNAL_TABLE.slice(16)];
    yield* io.out.text(`${first.join(" ")}\n${rest.join(" ")}\n`);
    return 0;
  }
  const signal = parseSignal(/^\d+$/.test(what) ? String(Number(what) & 127) : what);
  if (signal === null || signal === 0) {
    yield* io.complain(`unknown signal name ${what}`);
    return 1;
  }
  yield* io.out.text(`${/^\d/.test(what) ? (SIGNAL_TABLE[signalNumber(signal) - 1] ?? "") : signalNumber(signal)}\n`);
  return 0;
}

function* send(io: Io, signal: Signal | 0, targets: readonly string[]): Task<number> {
  if (targets.length === 0) {
    yield* io.err(USAGE);
    return 1;
  }
  let status = 0;
  for (const target of targets) {
    const failed = /^-?\d+$/.test(target) ? io.sys.kill(Number(target), signal) : "bad";
    if (failed === undefined) continue;
    yield* io.complain(failed === "bad" ? `failed to parse argument: '${target}'` : `(${target}): ${strerror(failed)}`);
    status = 1;
  }
  return status;
}

/** kill(1) of procps 4.0. */
export const kill = plainTool(function* (io, args) {
  const [first, ...rest] = args;
  if (first === "-l" || first === "--list") return yield* list(io, rest[0]);
  if (first?.startsWith("--list=") === true) return yield* list(io, first.slice(7));
  if (first === "-L" || first === "--table") {
    yield* io.out.text(table());
    return 0;
  }
  if (first === "-q" || first === "--queue") {
    yield* io.complain("-q: not simulated here");
    return 1;
  }
  if (first === "-h" || first === "--help") {
    yield* io.out.text(USAGE);
    return 0;
  }
  const long = first === "-s" || first === "--signal";
  const named = long ? rest[0] : /^-[^-]/.test(first ?? "") ? first?.slice(1) : undefined;
  if (named === undefined) return yield* send(io, "SIGTERM", first === "--" ? rest : args);
  const signal = parseSignal(named);
  if (signal === null) {
    if (long) yield* io.complain(`unknown signal name ${named}`);
    else yield* io.err(`${io.name}: invalid argument ${named[0] ?? ""}\n${USAGE}`);
    return 1;
  }
  const targets = long ? rest.slice(1) : rest;
  return yield* send(io, signal, targets[0] === "--" ? targets.slice(1) : targets);
});
