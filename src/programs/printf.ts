import { decodeEscapes, escapeAt } from "../shell/text/escapes.ts";
import { formatFloat } from "./lib/float.ts";
import { plainTool, usageError, type Io } from "./lib/tool.ts";

/** One pass after the other over the format, until the arguments are used up. */
class Formatter {
  readonly problems: string[] = [];
  readonly #format: string;
  readonly #args: readonly string[];
  readonly #io: Io;
  #next = 0;
  #stop = false;

  constructor(io: Io, format: string, args: readonly string[]) {
    this.#io = io;
    this.#format = format;
    this.#args = args;
  }

  run(): string {
    let out = "";
    do {
      const before = this.#next;
      out += this.#once();
      if (this.#next === before) break;
    } while (this.#next < this.#args.length && !this.#stop);
    return out;
  }

  #once(): string {
    let out = "";
    for (let i = 0; i < this.#format.length && !this.#stop; ) {
      const rest = this.#format.slice(i);
      const m = /^%([-+ #0']*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/.exec(rest);
      if (rest.startsWith("\\")) {
        const one = escapeAt(this.#format, i + 1, "format");
        this.#stop = one.stop === true;
        out += one.text;
        i = one.next;
      } else if (m !== null) {
        out += this.#convert(m);
        i += m[0].length;
      } else {
        out += rest[0] ?? "";
        i++;
      }
    }
    return out;
  }

  #take(): string {
    return this.#args[this.#next++] ?? "";
  }

  #convert(m: RegExpExecArray): string {
    const [whole, flags = "", width = "", precision, letter = ""] = m;
    if (letter === "%") return "%";
    const wide = width === "*" ? Number(this.#take()) : Number(width);
    const exact = precision === "*" ? Number(this.#take()) : precision === undefined ? (whole.includes(".") ? 0 : undefined) : Number(precision);
    const side = flags.includes("-") ? (t: string) => t.padEnd(wide) : (t: string) => t.padStart(wide, flags.includes("0") && !"scbq".includes(letter) ? "0" : " ");
    if (letter === "s") return side(this.#take().slice(0, exact));
    if (letter === "c") return side([...this.#take()][0] ?? "");
    if (letter === "b") {
      const decoded = decodeEscapes(this.#take(), "percent-b");
      this.#stop = decoded.stop;
      return side(decoded.text);
    }
    if ("diouxX".includes(letter)) return side(this.#integer(this.#take(), letter, flags, exact));
    if ("eEfFgG".includes(letter)) return formatFloat(this.#number(this.#take()), { flags, width: wide, precision: exact, letter });
    this.problems.push(`${whole}: invalid conversion specification`);
    this.#stop = true;
    return "";
  }

  #number(text: string): number {
    if (/^['"]./.test(text)) return text.codePointAt(1) ?? 0;
    const m = /^\s*([+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))/.exec(text);
    if (text !== "" && m === null) this.problems.push(`${this.#io.quote(text)}: expected a numeric value`);
    else if (m !== null && m[0].length < text.length) this.problems.push(`${this.#io.quote(text)}: value not completely converted`);
    return Number(m?.[1] ?? 0);
  }

  #integer(text: string, letter: string, flags: string, digits: number | undefined): string {
    const octal = /^[+-]?0[0-7]+$/.test(text);
    const value = BigInt(Math.trunc(octal ? parseInt(text, 8) : this.#number(text)));
    const radix = letter === "o" ? 8 : letter === "x" || letter === "X" ? 16 : 10;
    const unsigned = "ouxX".includes(letter) && value < 0n ? BigInt.asUintN(64, value) : value;
    const body = (unsigned < 0n ? -unsigned : unsigned).toString(radix).padStart(digits ?? 0, "0");
    const prefix = flags.includes("#") && unsigned !== 0n ? (letter === "o" ? "0" : letter === "x" || letter === "X" ? "0x" : "") : "";
    const sign = unsigned < 0n ? "-" : flags.includes("+") && "di".includes(letter) ? "+" : flags.includes(" ") && "di".includes(letter) ? " " : "";
    return letter === "X" ? (sign + prefix + body).toUpperCase() : sign + prefix + body;
  }
}

/** printf(1) of coreutils; the shell has its own. */
export const printf = plainTool(function* (io, args) {
  const [format, ...rest] = args[0] === "--" ? args.slice(1) : args;
  if (format === undefined) return yield* usageError(io, "missing operand");
  const formatter = new Formatter(io, format, rest);
  yield* io.out.text(formatter.run());
  for (const problem of formatter.problems) yield* io.complain(problem);
  return formatter.problems.length > 0 ? 1 : 0;
});
