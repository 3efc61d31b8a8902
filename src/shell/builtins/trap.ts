import type { Task } from "../../os/sys.ts";
import { parseSignal, SIGNALS, signalNumber } from "../jobs.ts";
import type { Shell } from "../state.ts";
import { singleQuote } from "../text/quote.ts";
import type { TrapName } from "../traps.ts";
import { failWith, output } from "./options.ts";

const USAGE = "trap: usage: trap [-lp] [[arg] signal_spec ...]\n";

function trapName(text: string): TrapName | undefined {
  const upper = text.toUpperCase().replace(/^SIG(?=EXIT|ERR|DEBUG|RETURN)/, "");
  if (text === "0" || upper === "EXIT") return "EXIT";
  if (upper === "ERR" || upper === "DEBUG" || upper === "RETURN") return upper;
  return parseSignal(text);
}

/** `trap [-lp] [[action] signals]`. */
export function* trap(sh: Shell, args: readonly string[]): Task<number> {
  const [first, ...more] = args[0] === "--" ? args.slice(1) : args;
  if (first === undefined) return yield* show(sh, []);
  if (first === "-p") return yield* show(sh, more);
  if (first === "-l") {
    const cells = SIGNALS.map(([n, name]) => `${String(n).padStart(2)}) ${name}`);
    return yield* output(sh, "trap", cells.join("\n") + "\n");
  }
  if (/^-./.test(first)) {
    yield* sh.complain(`trap: ${first.slice(0, 2)}: invalid option`);
    yield* sh.write(2, USAGE);
    return 2;
  }
  const onlySignals = /^\d+$/.test(first) || (more.length === 0 && trapName(first) !== undefined);
  const action = onlySignals || first === "-" ? undefined : first;
  const names = onlySignals ? [first, ...more] : more;
  if (names.length === 0) {
    yield* sh.write(2, USAGE);
    return 2;
  }
  let status = 0;
  for (const text of names) {
    const name = trapName(text);
    if (name) sh.traps.set(sh, name, action);
    else status = yield* failWith(sh, `trap: ${text}: invalid signal specification`);
  }
  return status;
}

const order = (name: TrapName): number => (name === "EXIT" ? 0 : name.startsWith("SIG") ? signalNumber(name as Parameters<typeof signalNumber>[0]) : name === "DEBUG" ? 100 : name === "ERR" ? 101 : 102);

function* show(sh: Shell, wanted: readonly string[]): Task<number> {
  const actions = sh.traps.inherited ?? sh.traps.actions;
  const names = wanted.length > 0 ? wanted.map(trapName) : [...actions.keys()].sort((a, b) => order(a) - order(b));
  let status = 0;
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (!name) {
      status = yield* failWith(sh, `trap: ${wanted[i] ?? ""}: invalid signal specification`);
      continue;
    }
    const action = actions.get(name);
    if (action !== undefined) yield* output(sh, "trap", `trap -- ${singleQuote(action)} ${name}\n`);
  }
  return status;
}

/** `caller [n]`: line, function and file of the caller. */
export function* caller(sh: Shell, args: readonly string[]): Task<number> {
  const frames = [...sh.frames].reverse();
  if (args[0] === undefined) return frames[0] ? yield* output(sh, "caller", `${frames[0].callLine} ${frames[1]?.file ?? (sh.input === "file" ? sh.name : "NULL")}\n`) : 1;
  if (!/^\d+$/.test(args[0])) return yield* failWith(sh, `caller: ${args[0]}: invalid number`, 2);
  const n = Number(args[0]);
  const frame = frames[n];
  if (!frame || (!frames[n + 1] && sh.input !== "file")) return 1;
  return yield* output(sh, "caller", `${frame.callLine} ${frames[n + 1]?.name ?? "main"} ${frames[n + 1]?.file ?? sh.name}\n`);
}
