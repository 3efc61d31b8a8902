/** traceroute's own reading of a command line (its options are not getopt's): what was asked for, or what it says instead. */

export type Method = "default" | "icmp" | "tcp" | "udp";

export interface TracerouteOptions {
  method: Method;
  firstHop: number;
  maxHops: number;
  probesPerHop: number;
  /** Probes that may be on their way at once. */
  atOnce: number;
  numeric: boolean;
  device: string;
  source: string;
  /** -1 = the method's own. */
  port: number;
  sourcePort: number;
  tos: number;
  mark: number;
  /** Bypass gateways. */
  dontRoute: boolean;
  dontFragment: boolean;
  discoverMtu: boolean;
  back: boolean;
  waitSec: number;
  hereFactor: number;
  nearFactor: number;
  sendWaitSec: number;
}

/** What stands on the command line, still as text; the host is looked up by the caller. */
export interface TracerouteArgs {
  readonly options: TracerouteOptions;
  readonly host: string;
  /** Position among all arguments, for messages. */
  readonly hostAt: number;
  readonly packetLength: number | undefined;
  /** Argument number of -s's value, for messages. */
  readonly sourceAt: number;
}

export type TracerouteCommand =
  | { readonly is: "run"; readonly args: TracerouteArgs }
  | { readonly is: "usage" } | { readonly is: "version" }
  | { readonly is: "stop"; readonly text: string };

const defaults = (): TracerouteOptions => ({
  method: "default", firstHop: 1, maxHops: 30, probesPerHop: 3, atOnce: 16, numeric: false, device: "", source: "", port: -1, sourcePort: 0,
  tos: -1, mark: 0, dontRoute: false, dontFragment: false, discoverMtu: false, back: false, waitSec: 5, hereFactor: 3, nearFactor: 10, sendWaitSec: 0,
});

interface Known {
  readonly short: string;
  readonly long: string;
  /** Name of the value in messages. */
  readonly value?: string;
  /** False = the value makes no sense. Absent = refused. */
  readonly set?: (o: TracerouteOptions, value: string) => boolean;
}

const int = (text: string): number | null => (/^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text) ? (/^[+-]?0\d/.test(text) ? parseInt(text, 8) : Number(text)) : null);
const float = (text: string): number | null => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null);

const whole = (put: (o: TracerouteOptions, n: number) => void) => (o: TracerouteOptions, value: string): boolean => {
  const n = int(value);
  if (n !== null) put(o, n);
  return n !== null;
};
const flag = (put: (o: TracerouteOptions) => void) => (o: TracerouteOptions): boolean => {
  put(o);
  return true;
};

function setWait(o: TracerouteOptions, value: string): boolean {
  const parts = value.split(",").map(float);
  if (parts.length > 3 || parts.some((p) => p === null)) return false;
  o.waitSec = parts[0] ?? 0;
  o.hereFactor = parts[1] ?? 0;
  o.nearFactor = parts[2] ?? 0;
  return true;
}

function setSendWait(o: TracerouteOptions, value: string): boolean {
  const n = float(value);
  if (n === null) return false;
  o.sendWaitSec = n > 10 ? n / 1000 : n;
  return true;
}

const METHODS: ReadonlySet<string> = new Set<Method>(["default", "icmp", "tcp", "udp"]);

const KNOWN: readonly Known[] = [
  { short: "4", long: "", set: flag(() => undefined) },
  { short: "6", long: "" },
  { short: "d", long: "debug" },
  { short: "F", long: "dont-fragment", set: flag((o) => void (o.dontFragment = true)) },
  { short: "f", long: "first", value: "first_ttl", set: whole((o, n) => void (o.firstHop = n)) },
  { short: "g", long: "gateway", value: "gate,..." },
  { short: "I", long: "icmp", set: flag((o) => void (o.method = "icmp")) },
  { short: "T", long: "tcp", set: flag((o) => void (o.method = "tcp")) },
  { short: "i", long: "interface", value: "device", set: (o, v) => { o.device = v; return true; } },
  { short: "m", long: "max-hops", value: "max_ttl", set: whole((o, n) => void (o.maxHops = n)) },
  { short: "N", long: "sim-queries", value: "squeries", set: whole((o, n) => void (o.atOnce = n)) },
  { short: "n", long: "", set: flag((o) => void (o.numeric = true)) },
  { short: "p", long: "port", value: "port", set: whole((o, n) => void (o.port = n & 0xffff)) },
  { short: "t", long: "tos", value: "tos", set: whole((o, n) => void (o.tos = n & 0xff)) },
  { short: "l", long: "flowlabel", value: "flow_label" },
  { short: "w", long: "wait", value: "MAX,HERE,NEAR", set: setWait },
  { short: "q", long: "queries", value: "nqueries", set: whole((o, n) => void (o.probesPerHop = n)) },
  { short: "r", long: "", set: flag((o) => void (o.dontRoute = true)) },
  { short: "s", long: "source", value: "src_addr", set: (o, v) => { o.source = v; return true; } },
  { short: "z", long: "sendwait", value: "sendwait", set: setSendWait },
  { short: "e", long: "extensions" },
  { short: "A", long: "as-path-lookups" },
  { short: "M", long: "module", value: "name", set: (o, v) => METHODS.has(v) && Object.assign(o, { method: v }) === o },
  { short: "O", long: "options", value: "OPTS,..." },
  { short: "", long: "sport", value: "num", set: whole((o, n) => { o.sourcePort = n & 0xffff; o.atOnce = 1; }) },
  { short: "", long: "fwmark", value: "num", set: whole((o, n) => void (o.mark = n)) },
  { short: "U", long: "udp", set: flag((o) => void (o.method = "udp")) },
  { short: "D", long: "dccp" },
  { short: "P", long: "protocol", value: "prot" },
  { short: "", long: "mtu", set: flag((o) => { o.discoverMtu = true; o.dontFragment = true; o.atOnce = 1; }) },
  { short: "", long: "back", set: flag((o) => void (o.back = true)) },
];

class Reader {
  readonly options = defaults();
  readonly operands: { readonly text: string; readonly at: number }[] = [];
  stopped: string | undefined;
  asked: "usage" | "version" | undefined;
  sourceAt = 0;
  readonly #argv: readonly string[];
  #at = 1;

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  run(): void {
    for (; this.#at < this.#argv.length && this.stopped === undefined && this.asked === undefined; this.#at++) {
      const arg = this.#argv[this.#at] ?? "";
      if (arg.startsWith("--") && arg.length > 2) this.#long(arg);
      else if (arg.startsWith("-") && arg.length > 1) this.#short(arg);
      else this.operands.push({ text: arg, at: this.#at });
    }
  }

  #long(arg: string): void {
    const [name = "", ...rest] = arg.slice(2).split("=");
    if (name === "help") return void (this.asked = "usage");
    if (name === "version") return void (this.asked = "version");
    const known = KNOWN.find((k) => k.long === name);
    if (known === undefined) return this.#stop(`Bad option \`${arg}' (argc ${this.#at})`);
    if (known.value === undefined) return this.#apply(known, `--${name}`, "");
    if (rest.length === 0) return this.#stop(`Option \`--${name}' (argc ${this.#at}) requires an argument: \`--${name}=${known.value}'`);
    this.#apply(known, `--${name}`, rest.join("="));
  }

  /** A value may be glued to its option only when that is the first letter: `-q1`, but `-nq 1`. */
  #short(arg: string): void {
    if (arg === "-UL") return this.#stop("traceroute: -UL: not simulated here");
    for (let j = 1; j < arg.length && this.stopped === undefined; j++) {
      const letter = arg[j] ?? "";
      if (letter === "V") return void (this.asked = "version");
      const known = KNOWN.find((k) => k.short === letter);
      if (known === undefined) return this.#stop(`Bad option \`-${letter}' (argc ${this.#at})`);
      if (known.value === undefined) {
        this.#apply(known, `-${letter}`, "");
        continue;
      }
      return this.#valued(known, letter, arg, j);
    }
  }

  #valued(known: Known, letter: string, arg: string, j: number): void {
    if (j === 1 && arg.length > 2) return this.#apply(known, `-${letter}`, arg.slice(2));
    const next = this.#argv[this.#at + 1];
    if (j + 1 < arg.length || next === undefined) return this.#stop(`Option \`-${letter}' (argc ${this.#at}) requires an argument: \`-${letter} ${known.value ?? ""}'`);
    this.#at++;
    this.#apply(known, `-${letter}`, next);
  }

  #apply(known: Known, shown: string, value: string): void {
    if (known.set === undefined) return this.#stop(`traceroute: ${shown}: not simulated here`);
    if (known.short === "s") this.sourceAt = this.#at;
    if (known.short === "M" && !METHODS.has(value)) {
      const real = ["raw", "tcpconn", "udplite", "dccp"].includes(value);
      return this.#stop(real ? `traceroute: -M ${value}: not simulated here` : `Unknown traceroute module ${value}`);
    }
    if (!known.set(this.options, value)) this.#stop(`Cannot handle \`${shown}' option with arg \`${value}' (argc ${this.#at})`);
  }

  #stop(text: string): void {
    this.stopped = text;
  }
}

/** Reads argv; numbers out of their range are told by {@link checkRanges}, after the host was looked up. */
export function readTraceroute(argv: readonly string[]): TracerouteCommand {
  if (argv.length === 1) return { is: "usage" };
  const reader = new Reader(argv);
  reader.run();
  if (reader.asked !== undefined) return { is: reader.asked };
  if (reader.stopped !== undefined) return { is: "stop", text: reader.stopped };
  const [host, length, extra] = reader.operands;
  if (extra !== undefined) return { is: "stop", text: `Extra arg \`${extra.text}' (position 3, argc ${extra.at})` };
  if (host === undefined) return { is: "stop", text: 'Specify "host" missing argument.' };
  const bytes = length === undefined ? undefined : int(length.text);
  if (bytes === null) return { is: "stop", text: `Cannot handle "packetlen" cmdline arg \`${length?.text ?? ""}' on position 2 (argc ${length?.at ?? 0})` };
  return { is: "run", args: { options: reader.options, host: host.text, hostAt: host.at, packetLength: bytes, sourceAt: reader.sourceAt } };
}

/** What is out of range, in the order in which the real one looks. */
export function checkRanges(o: TracerouteOptions, packetLength: number | undefined): string | undefined {
  if (o.firstHop <= 0 || o.firstHop > o.maxHops) return "first hop out of range";
  if (o.maxHops > 255) return "max hops cannot be more than 255";
  if (o.probesPerHop <= 0 || o.probesPerHop > 10) return "no more than 10 probes per hop";
  if (o.waitSec < 0 || o.hereFactor < 0 || o.nearFactor < 0) return `bad wait specifications \`${o.waitSec},${o.hereFactor},${o.nearFactor}' used`;
  if (packetLength !== undefined && packetLength > 65000) return `too big packetlen ${packetLength} specified`;
  if (o.sendWaitSec < 0) return `bad sendtime \`${o.sendWaitSec}' specified`;
  return undefined;
}
