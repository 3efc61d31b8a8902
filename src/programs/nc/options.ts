import type { Options } from "../lib/options.ts";
import { parseOptions } from "../lib/options.ts";
import { tosOf } from "./tos.ts";
import { NC_HELP, NC_USAGE, NC_VERSION } from "./usage.ts";

/** What the command line asks for, nc(1). */
export interface NcOptions {
  readonly listen: boolean;
  readonly keep: boolean;
  readonly unix: boolean;
  readonly udp: boolean;
  readonly scan: boolean;
  readonly verbose: boolean;
  readonly numeric: boolean;
  /** -d: stdin is not read. */
  readonly noStdin: boolean;
  readonly crlf: boolean;
  /** -t: answers telnet's option requests with refusals. */
  readonly telnet: boolean;
  readonly shutAtEof: boolean;
  readonly broadcast: boolean;
  readonly shuffle: boolean;
  readonly quitSec: number;
  readonly intervalSec: number;
  /** Give up connecting, and end when nothing came, after this; null = never. */
  readonly timeoutSec: number | null;
  readonly recvLimit: number;
  readonly ttl: number | null;
  readonly tos: number | null;
  readonly sendBuffer: number | null;
  readonly recvBuffer: number | null;
  readonly source: string | null;
  readonly sourcePort: string | null;
  /** A path with -U, else a name or address; null = any (when listening). */
  readonly host: string | null;
  /** One when listening; each a number, a service name or a range otherwise. */
  readonly ports: readonly string[];
}

export type NcCommand = { readonly is: "run"; readonly options: NcOptions } | { readonly is: "stop"; readonly text: string; readonly status: number };

const INT_MAX = 2147483647;
const stop = (text: string, status = 1): NcCommand => ({ is: "stop", text, status });

const NUMBERS: readonly (readonly [option: string, name: string, least: number, most: number])[] = [
  ["i", "interval", 0, INT_MAX], ["I", "TCP receive window", 1, 1073741823], ["O", "TCP send window", 1, 1073741823],
  ["q", "quit timer", -INT_MAX, INT_MAX], ["w", "timeout", 0, INT_MAX / 1000], ["W", "receive limit", 1, INT_MAX],
];

/** strtonum(3): what is wrong with a number, or null. */
export function strtonum(text: string, least: number, most: number): "invalid" | "too small" | "too large" | null {
  if (!/^\s*[+-]?\d+$/.test(text)) return "invalid";
  return Number(text) < least ? "too small" : Number(text) > most ? "too large" : null;
}

/** The command line, checked in the order that nc checks it. */
export function parseNc(argv: readonly string[]): NcCommand {
  const o = parseOptions({
    takes: "4 b C D d h I= i= k l M= N n O= p= q= r s= T= t U u V= v W= w= X= x= z",
    refuses: "6 F m P S Z", usage: "", hint: () => NC_USAGE,
  }, ["nc", ...argv.slice(1).map((a) => (a === "--help" ? "-\u0000" : a))]);
  if (o.is === "help") return stop(NC_USAGE);
  if (o.is === "bad") return stop(o.text.replace("\u0000", "-"));
  if (o.has("h")) return stop(`${NC_VERSION}${NC_USAGE}${NC_HELP}`, 0);
  return badValue(o) ?? withOperands(o);
}

function badValue(o: Options): NcCommand | null {
  for (const { key, value = "" } of o.list) {
    const limits = NUMBERS.find(([option]) => option === key);
    const wrong = limits === undefined ? null : strtonum(value, limits[2], limits[3]);
    if (wrong !== null) return stop(`nc: ${limits?.[1]} ${wrong}: ${value}\n`);
    const ttl = key === "M" ? strtonum(value, 0, 255) : null;
    if (ttl !== null) return stop(`nc: ttl is ${ttl}\n`);
    if (key === "T" && tosOf(value) === null) return stop(`nc: illegal tos value ${value}\n`);
    if (key === "V") return stop("nc: no alternate routing table support available\n");
    if (key === "X" && !/^(connect|4|5)$/i.test(value)) return stop("nc: unsupported proxy protocol\n");
  }
  const proxy = o.last("x", "X");
  return proxy === undefined ? null : stop(`nc: -${proxy}: not simulated here\n`);
}

function withOperands(o: Options): NcCommand {
  const [first, ...rest] = o.operands;
  const listen = o.has("l");
  if (o.has("U")) return first === undefined || rest.length > 0 ? stop(NC_USAGE) : checked(o, first, []);
  if (first === undefined) {
    if (!listen) return stop(NC_USAGE);
    return checked(o, o.value("s") ?? null, o.has("p") ? [o.value("p") ?? ""] : []);
  }
  if (listen && (o.has("p") || rest.length > 1 || (o.has("s") && rest.length === 0))) return stop(NC_USAGE);
  if (rest.length > 0) return checked(o, first, rest);
  return listen ? checked(o, null, [first]) : checked(o, first, []);
}

function checked(o: Options, host: string | null, ports: readonly string[]): NcCommand {
  if (o.has("l") && o.has("z")) return stop("nc: cannot use -z and -l\n");
  if (!o.has("l") && o.has("k")) return stop("nc: must use -l with -k\n");
  if (!o.has("U") && ports.length === 0) return stop("nc: missing port number\n");
  return { is: "run", options: collect(o, host, ports) };
}

function collect(o: Options, host: string | null, ports: readonly string[]): NcOptions {
  const number = (key: string): number | null => (o.has(key) ? Number(o.value(key)) : null);
  return {
    listen: o.has("l"), keep: o.has("k"), unix: o.has("U"), udp: o.has("u"), scan: o.has("z"), verbose: o.has("v"), numeric: o.has("n"),
    noStdin: o.has("d"), crlf: o.has("C"), telnet: o.has("t"), broadcast: o.has("b"), shuffle: o.has("r"),
    shutAtEof: o.has("N") || (number("q") ?? -1) >= 0, quitSec: number("q") ?? -1, intervalSec: number("i") ?? 0, timeoutSec: number("w"),
    recvLimit: number("W") ?? 0, ttl: number("M"), tos: o.has("T") ? tosOf(o.value("T") ?? "") : null, sendBuffer: number("O"), recvBuffer: number("I"),
    source: o.value("s") ?? null, sourcePort: o.value("p") ?? null, host, ports,
  };
}
