import { type Bad, type CheckCall, type Extension, type ExtOption, type Names, type OptCall, bad, checkTogether, checkUse, isBad } from "./ext/extension.ts";
import { MATCHES, REFUSED_MATCHES, REFUSED_TARGETS, TARGETS } from "./ext/registry.ts";
import { strtoui } from "./ext/values.ts";
import { type Got, Getopt } from "./getopt.ts";
import { type CommandLetter, LONG_OPTIONS, OPTSTRING } from "./options.ts";
import { protocolByName, protocolName } from "./protocols.ts";
import { BAD_ARGUMENT, MAX_NAME, chainNameProblem, intervalProblem, parseCounterPair, waitProblem } from "./parse-values.ts";
import type { Invertible, XtUse } from "./rule.ts";

/** A line as it was typed, before addresses are looked up. */
export interface Parsed {
  readonly is: "command";
  readonly table: string;
  readonly commands: readonly CommandLetter[];
  readonly chain: string | undefined;
  /** 1 = first; 0 = not given. */
  readonly num: number;
  readonly newName: string;
  readonly policy: string;
  readonly options: readonly string[];
  readonly src: string | undefined;
  readonly dst: string | undefined;
  readonly proto: number;
  readonly inIface: string;
  readonly outIface: string;
  readonly frag: boolean;
  readonly goto: boolean;
  readonly invert: readonly Invertible[];
  readonly matches: readonly XtUse[];
  readonly target: XtUse | null;
  readonly jumpto: string;
  readonly packets: number;
  readonly bytes: number;
  readonly verbose: number;
  readonly warnings: string;
}
/** `-h`, `-V`, or a line to pass over (`-6` in iptables-restore). */
export type ParseResult = Parsed | Bad | { readonly is: "help" | "version" | "not-version" | "skip" };

interface Loaded {
  readonly ext: Extension;
  readonly kind: "m" | "j";
  info: XtUse["info"];
  seen: string[];
}

export interface ParseContext {
  readonly names: Names;
  readonly restore: boolean;
  readonly table: string;
}

const INVERTIBLE: Readonly<Record<string, Invertible>> = { s: "src", d: "dst", p: "proto", i: "in", o: "out", f: "frag" };

export function parseLine(argv: readonly string[], context: ParseContext): ParseResult {
  return new LineParser(argv, context).run();
}

/** One command line. A failed step leaves its reason in `#bad`, which ends the loop. */
class LineParser {
  readonly #get: Getopt;
  readonly #context: ParseContext;
  #bad: Bad | undefined;
  #done: ParseResult | undefined;
  #invert = false;
  readonly #commands: CommandLetter[] = [];
  readonly #options: string[] = [];
  readonly #inverted: Invertible[] = [];
  readonly #matches: Loaded[] = [];
  #target: Loaded | null = null;
  #chain: string | undefined;
  #num = 0;
  #newName = "";
  #policy = "";
  #table: string;
  #tableSet = false;
  #protoName: string | undefined;
  #protoLoaded = false;
  #proto = 0;
  #src: string | undefined;
  #dst: string | undefined;
  #in = "";
  #out = "";
  #goto = false;
  #jumpto = "";
  #packets = 0;
  #bytes = 0;
  #verbose = 0;
  #wait = false;
  #waitInterval = false;
  #warnings = "";

  constructor(argv: readonly string[], context: ParseContext) {
    this.#get = new Getopt(argv, OPTSTRING, LONG_OPTIONS);
    this.#context = context;
    this.#table = context.table;
  }

  run(): ParseResult {
    for (;;) {
      const before = this.#get.optind;
      const got = this.#get.next();
      if (got.is === "end") break;
      this.#step(got, before);
      if (this.#bad !== undefined) return this.#bad;
      if (this.#done !== undefined) return this.#done;
    }
    return this.#finish();
  }

  #fail(text: string, status?: number): void {
    this.#bad = bad(text, status);
  }

  #step(got: Exclude<Got, { is: "end" }>, before: number): void {
    if (got.is === "word") return this.#word(got.arg);
    if (got.is !== "option") {
      if (!this.#loadProtocol(before)) this.#fail(got.is === "missing" ? `option "${this.#get.lastWord}" requires an argument` : `unknown option "${this.#get.lastWord}"`);
      return;
    }
    if (got.tag.length > 1) this.#extensionOption(got.tag, got.arg ?? "");
    else this.#ownOption(got.tag, got.arg);
    this.#invert = false;
  }

  #word(word: string): void {
    if (word !== "!") return void (this.#bad = { bad: `Bad argument \`${word}'`, status: BAD_ARGUMENT });
    if (this.#invert) this.#fail("multiple consecutive ! not allowed");
    this.#invert = true;
  }

  /** An option nobody knows may be one of the protocol's match, which then comes in by itself. */
  #loadProtocol(before: number): boolean {
    if (this.#protoName === undefined || this.#protoLoaded) return false;
    const number = strtoui(this.#protoName, 0, 255);
    const name = number === null ? this.#protoName : protocolName(number, this.#options.includes("n"));
    const ext = name === undefined ? undefined : MATCHES.get(name);
    if (ext === undefined) return false;
    this.#protoLoaded = true;
    this.#load(ext, "m");
    this.#get.optind = before;
    return true;
  }

  #load(ext: Extension, kind: "m" | "j"): Loaded {
    const loaded: Loaded = { ext, kind, info: ext.init(), seen: [] };
    this.#get.addLong(ext.options.map((o) => ({ name: o.name, arg: o.arg === true ? "required" : "none", tag: `${kind}:${ext.name}:${o.key ?? o.name}` })));
    return loaded.kind === "j" ? (this.#target = loaded) : (this.#matches.push(loaded), loaded);
  }

  #extensionOption(tag: string, arg: string): void {
    const [kind, name, key = ""] = tag.split(":");
    const loaded = kind === "j" ? this.#target : [...this.#matches].reverse().find((m) => m.ext.name === name);
    const option: ExtOption | undefined = loaded?.ext.options.find((o) => (o.key ?? o.name) === key);
    if (loaded === null || loaded === undefined || option === undefined) return;
    const call: OptCall = {
      ...this.#check(), key, option: option.name, arg, invert: this.#invert, seen: loaded.seen, next: () => this.#get.takeWord(),
      warn: (text) => void (this.#warnings += text),
    };
    this.#bad = checkUse(loaded.ext.name, option, call);
    if (this.#bad !== undefined) return;
    const info = loaded.ext.parse(loaded.info, call);
    if (isBad(info)) return void (this.#bad = info);
    loaded.info = info;
    loaded.seen = [...loaded.seen, key];
  }

  #check(): CheckCall {
    return { proto: this.#proto, protoInverted: this.#inverted.includes("proto"), names: this.#context.names };
  }

  #ownOption(tag: string, arg: string | undefined): void {
    if ("ACDEFILNPRSXZ".includes(tag)) return this.#command(tag as CommandLetter, arg);
    if ("sdpiofjgvnx0c".includes(tag)) return this.#ruleOption(tag, arg ?? "");
    switch (tag) {
      case "m": return this.#matchOption(arg ?? "");
      case "t": return this.#tableOption(arg ?? "");
      case "h": return this.#help();
      case "V": return void (this.#done = { is: this.#invert ? "not-version" : "version" });
      case "w": case "W": return this.#waitOption(tag, arg);
      case "6": return void (this.#done = this.#context.restore ? { is: "skip" } : { bad: "", status: BAD_ARGUMENT });
      default: return;
    }
  }

  #help(): void {
    if (this.#matches.length > 0 || this.#target !== null || this.#protoName !== undefined) this.#fail("-h of extensions: not simulated here");
    else this.#done = { is: "help" };
  }

  #addCommand(letter: CommandLetter): boolean {
    const allowed = letter === "L" || letter === "S" ? ["Z", "#Z"] : letter === "Z" ? ["L", "S"] : [];
    const clash = this.#commands.find((c) => !allowed.includes(c));
    if (this.#invert) this.#fail("unexpected '!' flag");
    else if (clash !== undefined) this.#fail(`Cannot use -${letter} with -${clash.replace("#", "")}`);
    else this.#commands.push(letter);
    return this.#bad === undefined;
  }

  #command(letter: CommandLetter, arg: string | undefined): void {
    if (letter === "N" && (this.#bad = chainNameProblem(arg ?? "")) !== undefined) return;
    if (!this.#addCommand(letter)) return;
    const optional = "LSFZX".includes(letter);
    const chain = arg ?? (optional ? this.#get.takeWord() : undefined);
    if (chain !== undefined) this.#chain = chain;
    if ("DRILSZ".includes(letter)) this.#rulenum(letter);
    else if (letter === "E" || letter === "P") this.#second(letter);
  }

  #rulenum(letter: CommandLetter): void {
    const word = this.#get.takeWord();
    if (word === undefined) {
      if (letter === "R") this.#fail("-R requires a rule number");
      if (letter === "I") this.#num = 1;
      return;
    }
    const num = strtoui(word, 1, 0x7fffffff);
    if (num === null) return this.#fail(`Invalid rule number \`${word}'`);
    this.#num = num;
    if (letter === "D" || letter === "Z") this.#commands.splice(0, this.#commands.length, letter === "D" ? "#D" : "#Z");
  }

  #second(letter: "E" | "P"): void {
    const word = this.#get.takeWord();
    if (word === undefined) return this.#fail(letter === "E" ? "-E requires old-chain-name and new-chain-name" : "-P requires a chain and a policy");
    if (letter === "E") this.#newName = word;
    else this.#policy = word;
  }

  /** Marks an option of the rule as given; false when it may not stand here. */
  #setOption(tag: string): boolean {
    const name = tag === "g" ? "j" : tag;
    const inverts = INVERTIBLE[name];
    if (this.#options.includes(name)) this.#fail(`multiple -${name} flags not allowed`);
    else if (this.#invert && inverts === undefined) this.#fail(`cannot have ! before -${name}`);
    else {
      this.#options.push(name);
      if (this.#invert && inverts !== undefined) this.#inverted.push(inverts);
    }
    return this.#bad === undefined;
  }

  #ruleOption(tag: string, arg: string): void {
    if (tag === "v") {
      if (this.#verbose++ > 0) this.#fail("-vv: not simulated here");
      else this.#setOption("v");
      return;
    }
    if ((tag === "i" || tag === "o") && arg === "") return this.#fail("Empty interface is likely to be undesired");
    if (!this.#setOption(tag)) return;
    // These read the word before the next one, so that `-ptcp` and `--protocol=tcp` are not understood.
    const word = this.#get.lastWord;
    if (tag === "s") this.#src = word;
    else if (tag === "d") this.#dst = word;
    else if (tag === "p") this.#protocol(word.toLowerCase());
    else if (tag === "i" || tag === "o") this.#interface(tag, word);
    else if (tag === "j" || tag === "g") this.#jump(tag, tag === "j" ? word : arg);
    else if (tag === "c") this.#counters(arg);
  }

  #protocol(name: string): void {
    const proto = protocolByName(name);
    if (proto === undefined) return this.#fail(`unknown protocol "${name}" specified`);
    if (proto === 0 && this.#inverted.includes("proto")) return this.#fail("rule would never match protocol");
    this.#proto = proto;
    this.#protoName = name;
  }

  #interface(tag: "i" | "o", name: string): void {
    if (name.length > 15) return this.#fail(`interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    if (/[/ ]/.test(name)) this.#warnings += `Warning: weird character in interface \`${name}' ('/' and ' ' are not allowed by the kernel).\n`;
    if (tag === "i") this.#in = name;
    else this.#out = name;
  }

  #jump(tag: "j" | "g", name: string): void {
    if (name === "") return this.#fail("Invalid target name (too short)");
    if (name.length >= MAX_NAME) return this.#fail(`Invalid target name \`${name}' (${MAX_NAME - 1} chars max)`);
    if (/\s/.test(name)) return this.#fail(`Invalid target name \`${name}'`);
    this.#jumpto = name;
    if (tag === "g") return void (this.#goto = true);
    if (REFUSED_TARGETS.has(name)) return this.#fail(`-j ${name}: not simulated here`);
    const ext = TARGETS.get(name);
    if (ext === undefined) return;
    this.#jumpto = ext.realName ?? name;
    this.#load(ext, "j");
  }

  #counters(packets: string): void {
    const comma = packets.indexOf(",", 1);
    const bytes = comma >= 0 ? packets.slice(comma + 1) : this.#get.takeWord();
    if (bytes === undefined) return this.#fail("-c requires packet and byte counter");
    const pair = parseCounterPair(packets, bytes);
    if (isBad(pair)) this.#bad = pair;
    else [this.#packets, this.#bytes] = pair;
  }

  #matchOption(name: string): void {
    if (this.#invert) return this.#fail("unexpected ! flag before --match");
    if (REFUSED_MATCHES.has(name)) return this.#fail(`-m ${name}: not simulated here`);
    const ext = MATCHES.get(name);
    if (ext === undefined) return this.#fail(`Couldn't load match \`${name}':No such file or directory\n`);
    if (name === this.#protoName) this.#protoLoaded = true;
    this.#load(ext, "m");
  }

  #tableOption(name: string): void {
    if (this.#invert) return this.#fail("unexpected ! flag before --table");
    if (this.#context.restore && this.#tableSet) return this.#fail("The -t option cannot be used in iptables-restore.\n");
    this.#table = name;
    this.#tableSet = true;
  }

  #waitOption(tag: "w" | "W", attached: string | undefined): void {
    if (this.#context.restore) return this.#fail(`You cannot use \`-${tag}' from iptables-restore`);
    const word = attached ?? this.#get.takeWord();
    if (tag === "w") this.#wait = true;
    else this.#waitInterval = true;
    const wrong = tag === "w" ? waitProblem(word) : intervalProblem(word);
    if (wrong !== undefined) this.#fail(wrong);
    else if (tag === "W") this.#warnings += "Ignoring deprecated --wait-interval option.\n";
  }

  #finish(): ParseResult {
    const wrong = this.#wrongAtEnd();
    if (wrong !== undefined) return wrong;
    return {
      is: "command", table: this.#table, commands: this.#commands, chain: this.#chain, num: this.#num, newName: this.#newName, policy: this.#policy, options: this.#options,
      src: this.#src, dst: this.#dst, proto: this.#proto, inIface: this.#in, outIface: this.#out, frag: this.#options.includes("f"), goto: this.#goto, invert: this.#inverted,
      matches: this.#matches.map(useOf), target: this.#target === null ? null : useOf(this.#target), jumpto: this.#jumpto, packets: this.#packets, bytes: this.#bytes,
      verbose: this.#verbose, warnings: this.#warnings,
    };
  }

  #wrongAtEnd(): Bad | undefined {
    if (this.#table === "nat" && (this.#policy === "DROP" || this.#jumpto === "DROP")) {
      return bad(`\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n`);
    }
    if (this.#waitInterval && !this.#wait) return { ...bad("--wait-interval only makes sense with --wait\n"), warnings: this.#warnings };
    for (const m of this.#target === null ? this.#matches : [...this.#matches, this.#target]) {
      const wrong = m.ext.check(m.info, m.seen, this.#check()) ?? checkTogether(m.ext, m.seen);
      if (wrong !== undefined) return wrong;
    }
    if (this.#get.optind < this.#get.args.length) return bad("unknown arguments found on commandline");
    if (this.#commands.length === 0) return bad("no command specified");
    return this.#invert ? bad("nothing appropriate following !") : undefined;
  }
}

const useOf = (l: Loaded): XtUse => ({ name: l.ext.realName ?? l.ext.name, info: l.info });
