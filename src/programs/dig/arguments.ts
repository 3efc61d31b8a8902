/** dig's command line: global options, then names, each with options of its own. */
import type { Sys, Task } from "../../os/sys.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { classNumber, typeNumber } from "../lib/dns-types.ts";
import { inetAton } from "../lib/aton.ts";
import { resolveName } from "../lib/resolve.ts";
import { copyOf, newLookup, type Lookup, type Server } from "./lookup.ts";
import { plusOption, type Globals } from "./plus.ts";

export const DIG_VERSION = "9.18.49-1~deb12u3-Debian";
const XFR: readonly number[] = [251, 252];

export interface DigArgs {
  readonly is: "ok";
  readonly lookups: readonly Lookup[];
  readonly globals: Globals;
  /** Lines printed before the first answer. */
  readonly greeting: string;
  /** Complaints that do not end it. */
  readonly warnings: string;
}
export type Parsed = DigArgs | { readonly is: "end"; readonly stdout?: string; readonly stderr?: string; readonly status: number };

const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;
const invalid = (arg: string): Parsed => ({ is: "end", stderr: `Invalid option: ${arg}\n${USAGE}`, status: 1 });
const refused = (arg: string): Parsed => ({ is: "end", stderr: `dig: ${arg}: not simulated here\n`, status: 1 });
const fatal = (text: string, status: number, stdout = ""): Parsed => ({ is: "end", stdout, stderr: `dig: ${text}\n`, status });

class Reader {
  readonly #sys: Sys;
  readonly #argv: readonly string[];
  readonly #globals: Globals = { cmd: true, short: false };
  readonly #default = newLookup();
  readonly #lookups: Lookup[] = [];
  #now: Lookup = this.#default;
  #serverCount = 0;
  #greeting: string | null = null;
  #warnings = "";
  #openTypeClass = true;
  #family: string | null = null;

  constructor(sys: Sys, argv: readonly string[]) {
    this.#sys = sys;
    this.#argv = argv;
  }

  *run(): Task<Parsed> {
    const args = this.#argv.slice(1);
    while (args.length > 0) {
      const arg = args.shift() ?? "";
      const ended = arg.startsWith("@") ? yield* this.#server(arg.slice(1)) : arg.startsWith("+") ? this.#plus(arg) : arg.startsWith("-") && arg !== "-" ? this.#dash(arg, args) : this.#word(arg);
      if (ended !== null) return ended;
    }
    if (this.#lookups.length === 0) Object.assign(this.#add("."), { type: 2, typeGiven: true });
    return { is: "ok", lookups: this.#lookups, globals: this.#globals, greeting: this.#greeting ?? "", warnings: this.#warnings };
  }

  *#server(name: string): Task<Parsed | null> {
    const literal = inetAton(name);
    const found = literal !== null ? { is: "found", addresses: [literal] } as const : yield* resolveName(this.#sys, name);
    if (found.is === "failed") return fatal(`couldn't get address for '${name}': failure`, 1);
    const servers: Server[] = found.addresses.map((addr) => ({ name, addr }));
    this.#now.servers = servers;
    this.#serverCount = servers.length;
    return null;
  }

  #plus(arg: string): Parsed | null {
    const result = plusOption(arg.slice(1), this.#now, this.#globals);
    if (result === null) return null;
    if (result.is === "refused") return refused(arg);
    return result.is === "invalid" ? invalid(arg) : fatal(result.text, 10, result.detail === "" ? "" : `${result.detail}\n`);
  }

  #dash(arg: string, rest: string[]): Parsed | null {
    const letter = arg[1] ?? "";
    if (arg === "-h" || "fkyi".includes(letter)) return refused(`-${letter}`);
    if ("46mruv".includes(letter) && arg.length > 2) return this.#dash(`-${letter}`, rest) ?? this.#dash(`-${arg.slice(2)}`, rest);
    if ("46mruv".includes(letter)) return this.#flag(letter);
    if (!"bcpqtx".includes(letter)) return invalid(arg);
    const value = arg.length > 2 ? arg.slice(2) : rest.shift();
    return value === undefined ? invalid(arg) : this.#valued(letter, value, arg);
  }

  #flag(letter: string): Parsed | null {
    if (letter === "v") return { is: "end", stderr: `DiG ${DIG_VERSION}\n`, status: 0 };
    if (letter === "u") this.#now.show.microseconds = true;
    if (letter === "m") return refused("-m");
    if (letter !== "4" && letter !== "6") return null;
    if (this.#family !== null && this.#family !== letter) return fatal("only one of -4 and -6 allowed", 1);
    this.#family = letter;
    return letter === "6" ? refused("-6") : null;
  }

  #valued(letter: string, value: string, arg: string): Parsed | null {
    switch (letter) {
      case "b": return this.#bindTo(value);
      case "p": return this.#port(value);
      case "q":
        this.#add(value);
        return null;
      case "x": {
        const lookup = this.#add(reverseOf(value));
        if (!lookup.typeGiven) lookup.type = 12;
        if (!lookup.classGiven) lookup.cls = 1;
        return null;
      }
      case "t": return this.#type(value, arg);
      default: {
        this.#openTypeClass = false;
        const cls = classNumber(value);
        if (cls === null) this.#warnings += `;; Warning, ignoring invalid class ${value}\n`;
        else this.#setClass(cls);
        return null;
      }
    }
  }

  #type(value: string, arg: string): Parsed | null {
    this.#openTypeClass = false;
    const type = typeNumber(value.replace(/^(ixfr)=.*/i, "$1"));
    if (type !== null && XFR.includes(type)) return refused(`${arg === "-t" ? `-t ${value}` : arg}`);
    if (type === null) this.#warnings += `;; Warning, ignoring invalid type ${value}\n`;
    else this.#setType(type);
    return null;
  }

  #bindTo(value: string): Parsed | null {
    const [host = "", port = "0"] = value.split("#");
    const addr = parseIp4(host);
    if (addr === null) return fatal(`invalid address ${host}`, 1);
    this.#now.from = { addr, port: Number(port) };
    return null;
  }

  #port(value: string): Parsed | null {
    const problem = /^\d+$/.test(value) ? (Number(value) > 65535 ? "out of range" : "") : "not a valid number";
    if (problem !== "") return fatal("Couldn't parse port number", 1, `invalid port number '${value}': ${problem}\n`);
    for (const lookup of [this.#default, ...this.#lookups]) lookup.port = Number(value);
    return null;
  }

  #setType(type: number): void {
    this.#now.type = type;
    this.#now.typeGiven = true;
    if (type === 255 && !this.#now.tcpGiven) this.#now.tcp = true;
  }

  #setClass(cls: number): void {
    this.#now.cls = cls;
    this.#now.classGiven = true;
  }

  /** A type, a class, or the next name. */
  #word(word: string): Parsed | null {
    const type = this.#openTypeClass ? typeNumber(word.replace(/^(ixfr)=.*/i, "$1")) : null;
    if (type !== null && XFR.includes(type)) return refused(word);
    if (type !== null) {
      if (this.#now.typeGiven) this.#warnings += ";; Warning, extra type option\n";
      this.#setType(type);
      return null;
    }
    const cls = this.#openTypeClass ? classNumber(word) : null;
    if (cls !== null) {
      if (this.#now.classGiven) this.#warnings += ";; Warning, extra class option\n";
      this.#setClass(cls);
      return null;
    }
    this.#add(word);
    return null;
  }

  #add(name: string): Lookup {
    const lookup = copyOf(this.#default);
    lookup.name = name;
    if (this.#greeting === null) this.#greeting = this.#greet();
    this.#lookups.push(lookup);
    this.#now = lookup;
    return lookup;
  }

  #greet(): string {
    const words = this.#argv.slice(1).map((a) => ` ${a}`).join("");
    const found = this.#serverCount === 0 ? "" : `; (${this.#serverCount} server${this.#serverCount === 1 ? "" : "s"} found)\n`;
    return `\n; <<>> DiG ${DIG_VERSION} <<>>${words}\n${found}`;
  }
}

/** 10.0 → 0.10.in-addr.arpa. */
function reverseOf(text: string): string {
  return `${text.split(".").filter((p) => p !== "").reverse().join(".")}.in-addr.arpa.`;
}

export function* readArguments(sys: Sys, argv: readonly string[]): Task<Parsed> {
  return yield* new Reader(sys, argv).run();
}
