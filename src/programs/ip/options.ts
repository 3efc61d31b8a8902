import { matches, parseUnsigned } from "./lib/args.ts";
import { type Cmd, PLAIN, type Tool, type ToolOptions } from "./lib/tool.ts";
import { IP_USAGE } from "./usage.ts";

/** Options before the object. They may be abbreviated and doubled ("--json"), and stand alone, never in clusters. */
export interface Given {
  readonly options: ToolOptions & { readonly colorAuto: boolean };
  readonly netns: string | null;
  readonly batch: string | null;
  readonly rest: readonly string[];
}

type Draft = { -readonly [K in keyof ToolOptions]: ToolOptions[K] } & { colorAuto: boolean };

interface Reading {
  readonly options: Draft;
  netns: string | null;
  batch: string | null;
  readonly words: string[];
}

const FAMILIES = ["inet", "inet6", "link", "mpls", "bridge"] as const;
const VERSION = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n";

export function* readOptions(tool: Tool, argv: readonly string[]): Cmd<Given> {
  const r: Reading = { options: { ...PLAIN, colorAuto: false }, netns: null, batch: null, words: [...argv] };
  while (r.words[0]?.startsWith("-") === true) {
    const word = r.words.shift()!;
    if (word === "--") break;
    yield* one(tool, r, word.startsWith("--") ? word.slice(1) : word, word);
  }
  return { options: r.options, netns: r.netns, batch: r.batch, rest: r.words };
}

function* one(tool: Tool, r: Reading, opt: string, shown: string): Cmd<void> {
  if (matches(opt, "-loops")) yield* unused(tool, r, "loop count", "-l");
  else if (matches(opt, "-family")) r.options.family = yield* family(tool, r);
  else if (SHORT_FAMILIES[opt] !== undefined) r.options.family = SHORT_FAMILIES[opt];
  else if (!simple(r.options, opt)) yield* withValue(tool, r, opt, shown);
}

const SHORT_FAMILIES: Readonly<Record<string, ToolOptions["family"]>> = { "-4": "inet", "-6": "inet6", "-0": "link", "-M": "mpls", "-B": "bridge" };

/** Switches, in the tool's own order. */
function simple(o: Draft, opt: string): boolean {
  if (matches(opt, "-human-readable")) o.human = true;
  else if (matches(opt, "-iec")) o.iec = true;
  else if (matches(opt, "-statistics") || matches(opt, "-stats")) o.stats = o.stats + 1;
  else if (matches(opt, "-details")) o.details = o.details + 1;
  else if (matches(opt, "-resolve")) o.resolve = true;
  else if (matches(opt, "-oneline")) o.oneline = true;
  else if (matches(opt, "-timestamp")) o.timestamp = "long";
  else if (matches(opt, "-tshort")) o.timestamp = "short";
  else return false;
  return true;
}

function* withValue(tool: Tool, r: Reading, opt: string, shown: string): Cmd<void> {
  const o = r.options;
  if (matches(opt, "-Version")) yield* version(tool);
  else if (matches(opt, "-force")) o.force = true;
  else if (matches(opt, "-batch")) r.batch = yield* value(tool, r);
  else if (matches(opt, "-brief")) o.brief = true;
  else if (matches(opt, "-json")) o.json = true;
  else if (matches(opt, "-pretty")) o.pretty = true;
  else if (matches(opt, "-rcvbuf")) yield* unused(tool, r, "rcvbuf size", "-rc");
  else if (color(tool, o, opt)) return;
  else if (matches(opt, "-help")) yield* tool.die(IP_USAGE);
  else if (matches(opt, "-netns")) r.netns = r.words.shift() ?? "(null)";
  else if (matches(opt, "-Numeric")) o.numeric = true;
  else if (matches(opt, "-all")) o.all = true;
  else yield* tool.die(`Option "${shown}" is unknown, try "ip -help".\n`);
}

function* value(tool: Tool, r: Reading): Cmd<string> {
  return r.words.shift() ?? (yield* tool.die(IP_USAGE));
}

function* unused(tool: Tool, r: Reading, what: string, key: string): Cmd<void> {
  const text = yield* value(tool, r);
  if (parseUnsigned(text) === null) yield* tool.die(`Invalid ${what} '${text}'\n`);
  yield* tool.die(`ip: ${key}: not simulated here\n`);
}

function* version(tool: Tool): Cmd<never> {
  tool.out.fp(VERSION);
  return yield* tool.exit(0);
}

function* family(tool: Tool, r: Reading): Cmd<ToolOptions["family"]> {
  const text = yield* value(tool, r);
  if (text === "help") yield* tool.die(IP_USAGE);
  return FAMILIES.find((f) => f === text) ?? (yield* tool.die(`Error: argument "${text}" is wrong: invalid protocol family\n`));
}

/** -c, -color, -color=always|auto|never; dark terminals say so in COLORFGBG. */
function color(tool: Tool, o: Draft, opt: string): boolean {
  const [name = "", when] = opt.split("=", 2);
  if (!matches(name, "-color") || (when !== undefined && !["always", "auto", "never"].includes(when))) return false;
  const dark = /;(?:[0-6]|8)$/.test(tool.sys.env.get("COLORFGBG") ?? "");
  o.color = when === "never" ? "no" : dark ? "dark" : "light";
  o.colorAuto = when === "auto";
  return true;
}
