/**
 * getopt_long(3): what a command line means, and the C library's own words when it means nothing.
 * Options may stand after operands (glibc permutes) unless the tool stops at the first operand.
 */
export interface Spec {
  /** E.g. `"a,all n,lines= color=?"`: the names of an option, `=` wants a value, `=?` may have one. The first name is its key. */
  readonly takes: string;
  /** What the real tool has too, in the same form: refused by name, never ignored. */
  readonly refuses?: string;
  /** What follows the name on the usage line. */
  readonly usage: string;
  /** Exit status for wrong usage. Default 1. */
  readonly badStatus?: number;
  readonly stopAtOperand?: boolean;
  /** `-5` and `-.5` are operands (seq). */
  readonly numbersAreOperands?: boolean;
  /** `-x` and `-rw` are operands (chmod). */
  readonly modesAreOperands?: boolean;
  /** Lines after a usage error. Default `Try 'NAME --help' for more information.` */
  readonly hint?: (name: string) => string;
}

export interface Option {
  readonly key: string;
  readonly value: string | undefined;
}

export interface Options {
  readonly is: "ok";
  /** In the order they were given. */
  readonly list: readonly Option[];
  readonly operands: readonly string[];
  has(...keys: string[]): boolean;
  /** Last value given for the key. */
  value(key: string): string | undefined;
  /** The key given last among these. */
  last(...keys: string[]): string | undefined;
}

export type Parsed = Options | { readonly is: "bad"; readonly text: string } | { readonly is: "help" };

type Value = "none" | "required" | "optional";
interface Known {
  readonly key: string;
  readonly name: string;
  readonly value: Value;
  readonly refused: boolean;
}

function readNames(text: string, refused: boolean): Known[] {
  return text.split(/\s+/).filter((e) => e !== "").flatMap((entry) => {
    const value: Value = entry.endsWith("=?") ? "optional" : entry.endsWith("=") ? "required" : "none";
    const names = entry.replace(/=\??$/, "").split(",");
    return names.map((name) => ({ key: names[0] ?? "", name, value, refused }));
  });
}

const knownOf = (spec: Spec): Known[] => [
  ...readNames(spec.takes, false), ...readNames(spec.refuses ?? "", true), { key: "--help", name: "help", value: "none", refused: false },
];

class Reader {
  readonly list: Option[] = [];
  readonly operands: string[] = [];
  bad: string | undefined;
  helpAsked = false;
  readonly #known: readonly Known[];
  readonly #spec: Spec;
  readonly #name: string;
  readonly #args: readonly string[];
  #at = 0;

  constructor(spec: Spec, argv: readonly string[]) {
    this.#spec = spec;
    this.#known = knownOf(spec);
    this.#name = argv[0] ?? "";
    this.#args = argv.slice(1);
  }

  run(): void {
    while (this.#at < this.#args.length && this.bad === undefined && !this.helpAsked) {
      const arg = this.#args[this.#at++] ?? "";
      if (arg === "--") return void this.#rest();
      if (arg.startsWith("--")) this.#long(arg);
      else if (this.#isCluster(arg)) this.#cluster(arg);
      else {
        this.operands.push(arg);
        if (this.#spec.stopAtOperand === true) this.#rest();
      }
    }
  }

  #isCluster(arg: string): boolean {
    if (!arg.startsWith("-") || arg === "-") return false;
    if (this.#spec.numbersAreOperands === true && /^-[\d.]/.test(arg)) return false;
    return !(this.#spec.modesAreOperands === true && /^-[rwxXstugo]+/.test(arg));
  }

  #rest(): void {
    this.operands.push(...this.#args.slice(this.#at));
    this.#at = this.#args.length;
  }

  #fail(text: string): void {
    const hint = this.#spec.hint?.(this.#name) ?? `Try '${this.#name} --help' for more information.\n`;
    this.bad = `${this.#name}: ${text}\n${hint}`;
  }

  #add(known: Known, shown: string, value: string | undefined): void {
    if (known.refused) this.bad = `${this.#name}: ${shown}: not simulated here\n`;
    else if (known.key === "--help") this.helpAsked = true;
    else this.list.push({ key: known.key, value });
  }

  #long(arg: string): void {
    const equals = arg.indexOf("=");
    const given = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
    const known = this.#matchLong(given, arg);
    if (known === undefined) return;
    const shown = `--${known.name}`;
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    if (known.refused) return this.#add(known, shown, value);
    if (value !== undefined && known.value === "none") return this.#fail(`option '${shown}' doesn't allow an argument`);
    if (value === undefined && known.value === "required") {
      value = this.#args[this.#at++];
      if (value === undefined) return this.#fail(`option '${shown}' requires an argument`);
    }
    this.#add(known, shown, value);
  }

  #matchLong(given: string, arg: string): Known | undefined {
    const longs = this.#known.filter((k) => k.name.length > 1);
    const exact = longs.find((k) => k.name === given);
    const near = longs.filter((k) => k.name.startsWith(given));
    if (exact !== undefined) return exact;
    if (new Set(near.map((k) => k.key)).size === 1) return near[0];
    if (near.length === 0) this.#fail(`unrecognized option '${arg.replace(/=.*/s, "")}'`);
    else this.#fail(`option '${arg}' is ambiguous; possibilities: ${near.map((k) => `'--${k.name}'`).join(" ")}`);
    return undefined;
  }

  #cluster(arg: string): void {
    for (let i = 1; i < arg.length && this.bad === undefined; i++) {
      const letter = arg[i] ?? "";
      const known = this.#known.find((k) => k.name === letter);
      if (known === undefined) return this.#fail(`invalid option -- '${letter}'`);
      if (known.value === "none" || known.refused) {
        this.#add(known, `-${letter}`, undefined);
        continue;
      }
      const attached = arg.slice(i + 1);
      const value = attached !== "" ? attached : known.value === "required" ? this.#args[this.#at++] : undefined;
      if (value === undefined && known.value === "required") return this.#fail(`option requires an argument -- '${letter}'`);
      return this.#add(known, `-${letter}`, value);
    }
  }
}

export function parseOptions(spec: Spec, argv: readonly string[]): Parsed {
  const reader = new Reader(spec, argv);
  reader.run();
  if (reader.bad !== undefined) return { is: "bad", text: reader.bad };
  if (reader.helpAsked) return { is: "help" };
  const { list, operands } = reader;
  return {
    is: "ok", list, operands,
    has: (...keys) => list.some((o) => keys.includes(o.key)),
    value: (key) => lastOf(list, (o) => o.key === key)?.value,
    last: (...keys) => lastOf(list, (o) => keys.includes(o.key))?.key,
  };
}

/** `--help`: the usage line and the options that are simulated, so that it never promises more than there is. */
export function helpText(spec: Spec, name: string): string {
  const shown = spec.takes.split(/\s+/).filter((e) => e !== "").map((entry) => {
    const wants = entry.endsWith("=?") ? "[=VALUE]" : entry.endsWith("=") ? " VALUE" : "";
    const names = entry.replace(/=\??$/, "").split(",").map((n) => (n.length > 1 ? `--${n}` : `-${n}`));
    return `  ${names.join(", ")}${wants}\n`;
  });
  return `Usage: ${name} ${spec.usage}\n${shown.length > 0 ? `\nSimulated options:\n${shown.join("")}` : ""}`;
}

const lastOf = (list: readonly Option[], wanted: (o: Option) => boolean): Option | undefined => [...list].reverse().find(wanted);
