import type { Ip4 } from "../../wire/addr.ts";
import { parseIp4 } from "../../wire/addr.ts";

/* The command line of conntrack(8) 1.4.7: one command, options that must fit it, options of the protocol behind -p. */

export type Command = "list" | "create" | "add" | "update" | "delete" | "get" | "event" | "flush" | "count" | "stats" | "help" | "version";

/** Options by their long names, in the order in which the tool checks them. */
export const OPTION_NAMES = [
  "src", "dst", "reply-src", "reply-dst", "protonum", "timeout", "status", "zero", "event-mask", "tuple-src", "tuple-dst", "mask-src", "mask-dst",
  "mark", "id", "family", "src-nat", "dst-nat", "output", "secmark", "buffer-size", "any-nat", "zone", "label", "label-add", "label-del",
  "orig-zone", "reply-zone",
] as const;
export type OptionName = (typeof OPTION_NAMES)[number];

/** Options of TCP, UDP and ICMP, which exist only behind -p. */
export type ProtoOption = "sport" | "dport" | "reply-port-src" | "reply-port-dst" | "state" | "icmp-type" | "icmp-code" | "icmp-id";

export interface CommandLine {
  readonly command: Command;
  readonly table: "conntrack" | "expect" | "dying" | "unconfirmed";
  readonly options: ReadonlyMap<OptionName, string>;
  readonly proto: ReadonlyMap<ProtoOption, string>;
  /** Protocol number of -p. */
  readonly protocol: number | null;
  /** -s, -d, -r, -q with their masks. */
  readonly addresses: ReadonlyMap<OptionName, { readonly address: Ip4; readonly prefixLen: number }>;
}

/** Wrong usage: what the tool says, and its exit status. */
export interface Bad {
  readonly is: "bad";
  readonly text: string;
}
export const bad = (text: string): Bad => ({ is: "bad", text });
export const isBad = (x: object | null): x is Bad => x !== null && "is" in x && x.is === "bad";

const COMMANDS: Readonly<Record<string, Command>> = {
  L: "list", dump: "list", I: "create", create: "create", A: "add", add: "add", U: "update", update: "update", D: "delete", delete: "delete", G: "get", get: "get",
  E: "event", event: "event", F: "flush", flush: "flush", C: "count", count: "count", S: "stats", stats: "stats", h: "help", help: "help", V: "version", version: "version",
};

const ALIASES: Readonly<Record<string, OptionName>> = {
  s: "src", src: "src", "orig-src": "src", d: "dst", dst: "dst", "orig-dst": "dst", r: "reply-src", "reply-src": "reply-src", q: "reply-dst", "reply-dst": "reply-dst",
  p: "protonum", protonum: "protonum", t: "timeout", timeout: "timeout", u: "status", status: "status", z: "zero", zero: "zero", e: "event-mask", "event-mask": "event-mask",
  "tuple-src": "tuple-src", "tuple-dst": "tuple-dst", "mask-src": "mask-src", "mask-dst": "mask-dst", m: "mark", mark: "mark", i: "id", id: "id",
  f: "family", family: "family", n: "src-nat", "src-nat": "src-nat", g: "dst-nat", "dst-nat": "dst-nat", o: "output", output: "output", c: "secmark", secmark: "secmark",
  b: "buffer-size", "buffer-size": "buffer-size", j: "any-nat", "any-nat": "any-nat", w: "zone", zone: "zone", l: "label", label: "label",
  "label-add": "label-add", "label-del": "label-del", "orig-zone": "orig-zone", "reply-zone": "reply-zone",
};
const OPTIONAL_VALUE: ReadonlySet<OptionName> = new Set(["src-nat", "dst-nat", "any-nat", "label-del"]);

const PORT_OPTIONS: Readonly<Record<string, ProtoOption>> = {
  sport: "sport", "orig-port-src": "sport", dport: "dport", "orig-port-dst": "dport", "reply-port-src": "reply-port-src", "reply-port-dst": "reply-port-dst",
};
const PROTO_OPTIONS: Readonly<Record<number, Readonly<Record<string, ProtoOption>>>> = {
  1: { "icmp-type": "icmp-type", "icmp-code": "icmp-code", "icmp-id": "icmp-id" }, 6: { ...PORT_OPTIONS, state: "state" }, 17: PORT_OPTIONS, 33: PORT_OPTIONS, 132: PORT_OPTIONS, 136: PORT_OPTIONS,
};
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, icmpv6: 58, sctp: 132, udplite: 136 };

const NOT_HERE: ReadonlySet<OptionName> = new Set(["tuple-src", "tuple-dst", "mask-src", "mask-dst", "secmark", "orig-zone", "reply-zone"]);

/** Reads the command line word by word, as getopt_long does. */
class Reader {
  readonly #words: readonly string[];
  #at = 0;
  command: Command | null = null;
  table = "conntrack";
  readonly options = new Map<OptionName, string>();
  readonly proto = new Map<ProtoOption, string>();
  protocol: number | null = null;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** Null when all words made sense. */
  read(): Bad | null {
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++]!;
      if (word === "--") return null;
      const wrong = word.startsWith("--") ? this.#long(word) : word.startsWith("-") && word !== "-" ? this.#short(word) : null;
      if (wrong !== null) return wrong;
    }
    return null;
  }

  #long(word: string): Bad | null {
    const cut = word.indexOf("=");
    const name = cut < 0 ? word.slice(2) : word.slice(2, cut);
    return this.#take(word, this.#complete(name), cut < 0 ? null : word.slice(cut + 1));
  }

  /** A long option may be cut short while it stays the only one. */
  #complete(name: string): string {
    const own = this.protocol === null ? {} : (PROTO_OPTIONS[this.protocol] ?? {});
    const known = [...Object.keys(ALIASES), ...Object.keys(COMMANDS), ...Object.keys(own)].filter((n) => n.length > 1);
    if (known.includes(name)) return name;
    const fits = known.filter((n) => n.startsWith(name));
    return fits.length === 1 ? fits[0]! : name;
  }

  #short(word: string): Bad | null {
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      const rest = word.slice(i + 1);
      const option = ALIASES[letter];
      const takes = option !== undefined && option !== "zero";
      const attached = (takes || COMMANDS[letter] !== undefined) && rest !== "" ? rest : null;
      const wrong = this.#take(word, letter, attached);
      if (wrong !== null || attached !== null) return wrong;
    }
    return null;
  }

  #take(word: string, name: string, attached: string | null): Bad | null {
    const command = COMMANDS[name];
    if (command !== undefined) return this.#takeCommand(command, attached);
    const own = this.protocol === null || name.length === 1 ? undefined : PROTO_OPTIONS[this.protocol]?.[name];
    if (own !== undefined) return this.#takeValue(word, attached, (value) => {
      this.proto.set(own, value);
      return null;
    });
    const option = ALIASES[name];
    if (option === undefined) return bad(`unknown option \`${word}'`);
    if (option === "zero" || OPTIONAL_VALUE.has(option)) {
      this.options.set(option, option === "zero" ? "" : (attached ?? this.#optional() ?? ""));
      return null;
    }
    return this.#takeValue(word, attached, (value) => this.#store(option, value));
  }

  #takeCommand(command: Command, attached: string | null): Bad | null {
    if (this.command !== null) return bad("Invalid commands combination");
    this.command = command;
    const table = attached ?? this.#optional();
    if (table === null) return null;
    this.table = table;
    return ["conntrack", "expect", "dying", "unconfirmed"].includes(table) ? null : bad(`unknown type \`${table}'`);
  }

  /** The next word, unless it looks like an option. */
  #optional(): string | null {
    const next = this.#words[this.#at];
    if (next === undefined || next.startsWith("-") || next.startsWith("!")) return null;
    this.#at++;
    return next;
  }

  #takeValue(word: string, attached: string | null, store: (value: string) => Bad | null): Bad | null {
    if (attached !== null) return store(attached);
    const next = this.#words[this.#at++];
    return next === undefined ? bad(`option \`${word}' requires an argument`) : store(next);
  }

  #store(option: OptionName, value: string): Bad | null {
    this.options.set(option, value);
    if (option === "family" && !["ipv4", "ipv6"].includes(value)) return bad(`\`${value}' unsupported protocol`);
    if (option !== "protonum") return null;
    this.protocol = PROTOCOLS[value.toLowerCase()] ?? (/^\d+$/.test(value) && Number(value) < 256 ? Number(value) : null);
    return this.protocol === null ? bad(`\`${value}' unsupported protocol`) : null;
  }
}

export function parseCommandLine(words: readonly string[]): CommandLine | Bad {
  const reader = new Reader(words);
  const wrong = reader.read();
  if (wrong !== null) return wrong;
  const { command, options, proto, protocol } = reader;
  const addresses = addressesOf(options);
  if (isBad(addresses)) return addresses;
  const line: CommandLine = { command: command ?? "help", table: reader.table as CommandLine["table"], options, proto, protocol, addresses };
  return checkOptions(line) ?? checkLabels(options) ?? refused(options) ?? line;
}

function addressesOf(options: ReadonlyMap<OptionName, string>): CommandLine["addresses"] | Bad {
  const found = new Map<OptionName, { address: Ip4; prefixLen: number }>();
  for (const name of ["src", "dst", "reply-src", "reply-dst"] as const) {
    const text = options.get(name);
    if (text === undefined) continue;
    const [ip, length] = text.split("/");
    const address = parseIp4(ip!);
    if (address === null) return bad(`Invalid IP address \`${text}'`);
    const prefixLen = length === undefined ? 32 : Number(length);
    if (!Number.isInteger(prefixLen) || prefixLen < 0 || prefixLen > 32) return bad("Invalid netmask");
    found.set(name, { address, prefixLen });
  }
  return found;
}

const MUST: Partial<Record<Command, readonly OptionName[]>> = { create: ["protonum", "timeout"], add: ["protonum", "timeout"], get: ["protonum"] };
const all = (...except: readonly OptionName[]): ReadonlySet<OptionName> => new Set(OPTION_NAMES.filter((n) => !except.includes(n)));
/** Which options a command does not go with. */
const ILLEGAL: Readonly<Record<Exclude<Command, "help" | "version">, ReadonlySet<OptionName>>> = {
  list: new Set(["timeout", "event-mask", "tuple-src", "tuple-dst", "id", "buffer-size"]),
  create: new Set(["zero", "event-mask", "tuple-src", "tuple-dst", "mask-src", "mask-dst", "id", "output", "secmark", "buffer-size", "any-nat", "label", "label-del"]),
  add: new Set(["zero", "event-mask", "tuple-src", "tuple-dst", "mask-src", "mask-dst", "id", "output", "secmark", "buffer-size", "any-nat", "label", "label-del"]),
  update: new Set(["zero", "event-mask", "tuple-src", "tuple-dst", "id", "secmark", "buffer-size", "any-nat", "zone", "orig-zone", "reply-zone"]),
  delete: new Set(["zero", "event-mask", "tuple-src", "tuple-dst", "id", "secmark", "buffer-size", "any-nat"]),
  get: new Set(["timeout", "status", "zero", "event-mask", "tuple-src", "tuple-dst", "mask-src", "mask-dst", "mark", "id", "src-nat", "dst-nat", "secmark", "buffer-size", "any-nat"]),
  event: new Set(["timeout", "status", "zero", "tuple-src", "tuple-dst", "id"]),
  flush: all("family"),
  count: all(),
  stats: all(),
};

/** generic_opt_check: option by option, missing or out of place. */
function checkOptions(line: CommandLine): Bad | null {
  if (line.command === "help" || line.command === "version") return null;
  for (const name of OPTION_NAMES) {
    const given = line.options.has(name);
    if (!given && MUST[line.command]?.includes(name)) return bad(`You need to supply the \`--${name}' option for this command`);
    if (given && ILLEGAL[line.command].has(name)) return bad(`Illegal option \`--${name}' with this command`);
  }
  return null;
}

/** Labels have names only where /etc/xtables/connlabel.conf gives them; no machine here has one. */
function checkLabels(options: ReadonlyMap<OptionName, string>): Bad | null {
  const given = options.get("label") ?? options.get("label-add") ?? options.get("label-del");
  return given === undefined ? null : { is: "bad", text: `unknown label '${given}'` };
}

function refused(options: ReadonlyMap<OptionName, string>): Bad | null {
  const name = OPTION_NAMES.find((n) => options.has(n) && NOT_HERE.has(n));
  return name === undefined ? null : bad(`--${name}: not simulated here`);
}
