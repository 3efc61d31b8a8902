/**
 * getopt_long(3) as iptables drives it: options of extensions join while the line is read, what is no option comes as
 * one in its turn ("-" at the front of the option string), and messages name `argv[optind - 1]`, whatever that is.
 */
export interface LongOption {
  readonly name: string;
  readonly arg: "none" | "required" | "optional";
  /** What {@link Getopt.next} answers for it; equal tags are the same option. */
  readonly tag: string;
}

export type Got =
  | { readonly is: "option"; readonly tag: string; readonly arg: string | undefined }
  | { readonly is: "word"; readonly arg: string }
  | { readonly is: "unknown" }
  | { readonly is: "missing" }
  | { readonly is: "end" };

export class Getopt {
  optind = 1;
  readonly args: readonly string[];
  /** Letter → does it take an argument (as after the letter in an option string: "", ":", "::"). */
  readonly #short: ReadonlyMap<string, string>;
  readonly #long: LongOption[];
  /** What is left of `-abc`. */
  #cluster = "";

  constructor(args: readonly string[], optstring: string, long: readonly LongOption[]) {
    this.args = args;
    this.#long = [...long];
    this.#short = new Map([...optstring.matchAll(/(\w)(:{0,2})/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
  }

  addLong(options: readonly LongOption[]): void {
    this.#long.push(...options);
  }

  /** The word that messages name. */
  get lastWord(): string {
    return this.args[this.optind - 1] ?? "";
  }

  /** Is there a word next that is neither option nor "!"? (xs_has_arg) */
  hasWord(): boolean {
    const word = this.args[this.optind];
    return word !== undefined && !word.startsWith("-") && !word.startsWith("!");
  }

  takeWord(): string | undefined {
    return this.hasWord() ? this.args[this.optind++] : undefined;
  }

  next(): Got {
    if (this.#cluster !== "") return this.#letter();
    const word = this.args[this.optind];
    if (word === undefined) return { is: "end" };
    this.optind++;
    if (word === "--") return { is: "end" };
    if (!word.startsWith("-") || word === "-") return { is: "word", arg: word };
    if (word.startsWith("--")) return this.#longOption(word.slice(2));
    this.#cluster = word.slice(1);
    this.optind--;
    return this.#letter();
  }

  #letter(): Got {
    const letter = this.#cluster.charAt(0);
    const rest = this.#cluster.slice(1);
    const takes = this.#short.get(letter);
    this.#cluster = rest;
    if (rest === "") this.optind++;
    if (takes === undefined) return { is: "unknown" };
    if (takes === "") return { is: "option", tag: letter, arg: undefined };
    this.#cluster = "";
    if (rest !== "") {
      this.optind++;
      return { is: "option", tag: letter, arg: rest };
    }
    if (takes === "::") return { is: "option", tag: letter, arg: undefined };
    const arg = this.args[this.optind];
    if (arg === undefined) return { is: "missing" };
    this.optind++;
    return { is: "option", tag: letter, arg };
  }

  #longOption(text: string): Got {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const option = this.#find(name);
    if (option === undefined) return { is: "unknown" };
    if (equals >= 0) return option.arg === "none" ? { is: "unknown" } : { is: "option", tag: option.tag, arg: text.slice(equals + 1) };
    if (option.arg !== "required") return { is: "option", tag: option.tag, arg: undefined };
    const arg = this.args[this.optind];
    if (arg === undefined) return { is: "missing" };
    this.optind++;
    return { is: "option", tag: option.tag, arg };
  }

  /** The exact name, or the only option that starts so. */
  #find(name: string): LongOption | undefined {
    const exact = [...this.#long].reverse().find((o) => o.name === name);
    if (exact !== undefined) return exact;
    const near = this.#long.filter((o) => o.name.startsWith(name));
    return new Set(near.map((o) => o.tag)).size === 1 ? near[0] : undefined;
  }
}
