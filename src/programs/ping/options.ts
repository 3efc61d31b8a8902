import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { USAGE } from "./usage.ts";

/** What the command line asks for, in ping's own terms; times in ms. */
export interface PingOptions {
  adaptive: boolean;
  audible: boolean;
  broadcast: boolean;
  connect: boolean;
  count: number | undefined;
  dataBytes: number;
  /** -w; undefined and 0 mean none. */
  deadlineSec: number;
  device: string | undefined;
  flood: boolean;
  ident: number | undefined;
  intervalMs: number;
  intervalGiven: boolean;
  latency: boolean;
  lingerMs: number;
  mark: number | undefined;
  noLoop: boolean;
  numeric: boolean;
  only4: boolean;
  outstanding: boolean;
  pattern: string | undefined;
  pmtu: "do" | "dont" | "want" | undefined;
  preload: number;
  quiet: boolean;
  recordRoute: boolean;
  sendBufferBytes: number | undefined;
  source: Ip4 | undefined;
  strictSource: boolean;
  timestamp: "tsonly" | "tsandaddr" | "tsprespec" | undefined;
  timestamps: boolean;
  tos: number;
  ttl: number | undefined;
  verbose: boolean;
}

export type PingCommand =
  | { readonly is: "run"; readonly options: PingOptions; readonly targets: readonly string[]; readonly warnings: string }
  | { readonly is: "stop"; readonly stdout: string; readonly stderr: string; readonly status: number };

const defaults = (): PingOptions => ({
  adaptive: false, audible: false, broadcast: false, connect: false, count: undefined, dataBytes: 56, deadlineSec: 0, device: undefined,
  flood: false, ident: undefined, intervalMs: 1000, intervalGiven: false, latency: false, lingerMs: 10_000, mark: undefined, noLoop: false,
  numeric: false, only4: false, outstanding: false, pattern: undefined, pmtu: undefined, preload: 1, quiet: false, recordRoute: false,
  sendBufferBytes: undefined, source: undefined, strictSource: false, timestamp: undefined, timestamps: false, tos: 0, ttl: undefined, verbose: false,
});

/** Thrown nowhere: a refusal is carried back as a value. */
interface Refusal {
  readonly text: string;
  readonly status: number;
}
const refuse = (text: string, status = 2): Refusal => ({ text, status });

const INT_MAX = 2147483647;
const LONG_MAX = 9223372036854775807n;

/** strtol_or_err: a whole number in a range, or its words (exit 1). */
function whole(text: string, least: bigint, most: bigint): number | Refusal {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+/, "");
  if (!/^[+-]?\d+$/.test(trimmed)) return refuse(`invalid argument: '${text}'`, 1);
  const value = BigInt(trimmed.replace(/^\+/, ""));
  if (value > LONG_MAX || value < -LONG_MAX - 1n) return refuse(`invalid argument: '${text}': Numerical result out of range`, 1);
  if (value < least || value > most) return refuse(`invalid argument: '${text}': out of range: ${least} <= value <= ${most}`, 1);
  return Number(value);
}

/** ping_strtod: takes what parses, and warns about the rest. */
function seconds(text: string, what: string, warn: (line: string) => void): number | Refusal {
  if (text === "") return refuse(`${what}: ${text}`);
  const m = /^[ \t]*[+-]?(?:inf(?:inity)?|nan|0x[0-9a-f]*\.?[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i.exec(text);
  const parsed = m?.[0] ?? "";
  if (parsed.length < text.length) {
    warn(`option argument contains garbage: ${text.slice(parsed.length)}`);
    warn("this will become fatal error in the future");
  }
  const value = /inf|nan/i.test(parsed) ? NaN : Number(parsed === "" ? "0" : parsed);
  return Number.isNaN(value) ? refuse(`${what}: ${text}: Numerical result out of range`) : value;
}

function tosOf(text: string): number | Refusal {
  const hex = /^0x/i.test(text);
  const ok = hex ? /^0x[0-9a-f]+$/i.test(text) : /^[+-]?\d+$/.test(text);
  if (!ok) return refuse(`bad TOS value: ${text}`);
  const value = hex ? parseInt(text.slice(2), 16) : Number(text);
  return value > 255 ? refuse(`the decimal value of TOS bits must be in range 0-255: ${value}`) : value;
}

type Setter = (o: PingOptions, value: string, warn: (line: string) => void) => Refusal | undefined;

/** Sets a number through a check. */
const number = (read: (value: string) => number | Refusal, set: (o: PingOptions, n: number) => void): Setter => (o, value) => {
  const n = read(value);
  if (typeof n !== "number") return n;
  set(o, n);
  return undefined;
};

const flag = (set: (o: PingOptions) => void): Setter => (o) => void set(o);
const notHere = (letter: string): Setter => () => refuse(`-${letter}: not simulated here`);

const FLAGS: Readonly<Record<string, Setter>> = {
  "4": flag((o) => (o.only4 = true)), "6": (o) => refuse(o.only4 ? "only one -4 or -6 option may be specified" : "-6: not simulated here"),
  a: flag((o) => (o.audible = true)), A: flag((o) => (o.adaptive = true)), b: flag((o) => (o.broadcast = true)),
  B: flag((o) => (o.strictSource = true)), C: flag((o) => (o.connect = true)), d: flag(() => undefined), D: flag((o) => (o.timestamps = true)),
  f: flag((o) => { o.flood = true; o.numeric = true; }), L: flag((o) => (o.noLoop = true)), n: flag((o) => (o.numeric = true)),
  O: flag((o) => (o.outstanding = true)), q: flag((o) => (o.quiet = true)), r: notHere("r"),
  R: (o) => { o.recordRoute = true; return o.timestamp === undefined ? undefined : refuse("only one of -T or -R may be used"); },
  U: flag((o) => (o.latency = true)), v: flag((o) => (o.verbose = true)),
};

const VALUES: Readonly<Record<string, Setter>> = {
  c: number((v) => whole(v, 1n, LONG_MAX), (o, n) => (o.count = n)),
  e: number((v) => whole(v, 0n, 65535n), (o, n) => (o.ident = n)),
  F: notHere("F"),
  i: (o, v, warn) => {
    const s = seconds(v, "bad timing interval", warn);
    if (typeof s !== "number") return s;
    if (s > INT_MAX / 1000) return refuse(`bad timing interval: ${v}`);
    o.intervalMs = Math.trunc(s * 1000);
    o.intervalGiven = true;
    return undefined;
  },
  I: (o, v) => {
    const addr = parseIp4(v);
    if (v.includes(":")) return refuse(`-I ${v}: not simulated here`);
    if (addr === null) o.device = v;
    else [o.source, o.strictSource] = [addr, true];
    return undefined;
  },
  l: number((v) => whole(v, 1n, 65536n), (o, n) => (o.preload = n)),
  m: number((v) => whole(v, 0n, 4294967295n), (o, n) => (o.mark = n)),
  M: (o, v) => {
    if (v !== "do" && v !== "dont" && v !== "want") return refuse(`invalid -M argument: ${v}`);
    o.pmtu = v;
    return undefined;
  },
  N: notHere("N"),
  p: (o, v) => void (o.pattern = v),
  Q: number(tosOf, (o, n) => (o.tos = n)),
  s: number((v) => whole(v, 0n, BigInt(INT_MAX)), (o, n) => (o.dataBytes = n)),
  S: number((v) => whole(v, 1n, BigInt(INT_MAX)), (o, n) => (o.sendBufferBytes = n)),
  t: number((v) => whole(v, 0n, 255n), (o, n) => (o.ttl = n)),
  T: (o, v) => {
    if (o.recordRoute) return refuse("only one of -T or -R may be used");
    if (v !== "tsonly" && v !== "tsandaddr" && v !== "tsprespec") return refuse(`invalid timestamp type: ${v}`);
    o.timestamp = v;
    return undefined;
  },
  w: number((v) => whole(v, 0n, BigInt(INT_MAX)), (o, n) => (o.deadlineSec = n)),
  W: (o, v, warn) => {
    const s = seconds(v, "bad linger time", warn);
    if (typeof s !== "number") return s;
    if (s < 0 || s > INT_MAX / 1000) return refuse(`bad linger time: ${v}`);
    o.lingerMs = Math.trunc(s * 1000);
    return undefined;
  },
};

const VERSION = "ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n";

/** Reads the command line as ping's getopt loop does: left to right, stopping at the first thing that is wrong. */
export function readCommand(argv: readonly string[]): PingCommand {
  const name = argv[0] ?? "ping";
  const options = defaults();
  const targets: string[] = [];
  let stderr = "";
  const warn = (line: string): void => void (stderr += `${name}: ${line}\n`);
  const stop = (text: string, status: number, stdout = ""): PingCommand => ({ is: "stop", stdout, stderr: stderr + text, status });
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    if (arg === "--") {
      targets.push(...argv.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      targets.push(arg);
      continue;
    }
    for (let j = 1; j < arg.length; j++) {
      const letter = arg[j] ?? "";
      if (letter === "V") return stop("", 0, VERSION);
      if (letter === "h" || letter === "?") return stop(USAGE, 2);
      const valued = VALUES[letter];
      const value = valued === undefined ? "" : j + 1 < arg.length ? arg.slice(j + 1) : argv[++i];
      if (value === undefined) return stop(`${name}: option requires an argument -- '${letter}'\n${USAGE}`, 2);
      const setter = valued ?? FLAGS[letter];
      if (setter === undefined) return stop(`${name}: invalid option -- '${letter}'\n${USAGE}`, 2);
      const refused = setter(options, value, warn);
      if (refused !== undefined) return stop(`${name}: ${refused.text}\n`, refused.status);
      if (valued !== undefined) break;
    }
  }
  if (targets.length === 0) return stop(`${name}: usage error: Destination address required\n`, 1);
  return { is: "run", options, targets, warnings: stderr };
}
