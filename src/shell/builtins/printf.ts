import type { Task } from "../../os/sys.ts";
import { strftime } from "../expand/prompt.ts";
import { parseNumber } from "../arith/lexer.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { joinRaw } from "../text/bytes.ts";
import { decodeEscapes, escapeAt } from "../text/escapes.ts";
import { atQuote, percentQ } from "../text/quote.ts";
import { assign, keyFromText, parseReference, resolveName } from "../vars/assign.ts";
import { failWith, output } from "./options.ts";

const USAGE = "printf: usage: printf [-v var] format [arguments]\n";

/** `printf [-v var] format [arguments]`. */
export function* printf(sh: Shell, args: readonly string[]): Task<number> {
  let [variable, rest]: [string | undefined, readonly string[]] = [undefined, args];
  if (rest[0] === "-v") {
    if (rest[1] === undefined) return yield* failWith(sh, "printf: -v: option requires an argument", 2);
    [variable, rest] = [rest[1], rest.slice(2)];
    if (!parseReference(variable)) return yield* failWith(sh, `printf: \`${variable}': not a valid identifier`, 2);
  } else if (rest[0] !== undefined && /^-[^-]/.test(rest[0])) {
    yield* sh.complain(`printf: ${rest[0].slice(0, 2)}: invalid option`);
    yield* sh.write(2, USAGE);
    return 2;
  }
  if (rest[0] === "--") rest = rest.slice(1);
  if (rest[0] === undefined) {
    yield* sh.write(2, USAGE);
    return 2;
  }
  const run = new Formatting(sh, rest[0], rest.slice(1));
  const text = run.run();
  for (const problem of [...run.problems, ...run.warnings]) yield* sh.complain(`printf: ${problem}`);
  if (variable !== undefined) return store(sh, variable, text, run.problems.length > 0 ? 1 : 0);
  const written = yield* output(sh, "printf", text);
  return run.problems.length > 0 ? 1 : written;
}

function store(sh: Shell, target: string, text: string, status: number): number {
  const at = parseReference(target);
  if (!at) return 1;
  const name = resolveName(sh, at.name).name;
  const key = at.subscript === undefined ? undefined : keyFromText(sh, name, sh.vars.find(name), at.subscript);
  assign(sh, at.name, text, key === undefined ? {} : { key });
  return status;
}

interface Spec {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly precision: number | undefined;
}

/** One run of a format over its arguments; the format is used again while arguments are left. */
class Formatting {
  /** What makes the status 1, and what does not. */
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #sh: Shell;
  readonly #format: string;
  readonly #args: readonly string[];
  #next = 0;
  #stop = false;

  constructor(sh: Shell, format: string, args: readonly string[]) {
    this.#sh = sh;
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
    return joinRaw(out);
  }

  #once(): string {
    let out = "";
    const f = this.#format;
    for (let i = 0; i < f.length && !this.#stop;) {
      const ch = f[i] ?? "";
      if (ch === "\\" && i + 1 < f.length) {
        const one = escapeAt(f, i + 1, "format");
        out += one.text;
        i = one.next;
      } else if (ch === "%" && f[i + 1] === "%") { out += "%"; i += 2; }
      else if (ch === "%") {
        const m = /^%([-+ 0#']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:hh|ll|[hlLjzt])?(\([^)]*\)T|[\s\S])?/.exec(f.slice(i));
        out += this.#convert(m, f.slice(i));
        i += m?.[0].length ?? 1;
      } else { out += ch; i++; }
    }
    return out;
  }

  #take(): string | undefined {
    return this.#args[this.#next++];
  }

  #convert(m: RegExpExecArray | null, rest: string): string {
    const [, flags = "", width, precision, what] = m ?? [];
    if (what === undefined) {
      this.problems.push(`\`${rest}': missing format character`);
      this.#stop = true;
      return "";
    }
    const spec = this.#spec(flags, width, precision);
    if (what.startsWith("(")) return justify(this.#time(what.slice(1, -2)), spec);
    if ("diouxXeEfFgGaA".includes(what)) return this.#number(what, spec);
    if ("sbqQc".includes(what)) return this.#string(what, spec);
    if (what === "n") { this.#take(); return ""; }
    this.problems.push(`\`${what}': invalid format character`);
    this.#stop = true;
    return "";
  }

  #spec(flags: string, width: string | undefined, precision: string | undefined): Spec {
    let w = width === "*" ? Number(this.#integer(this.#take() ?? "0")) : Number(width ?? 0);
    const p = precision === undefined ? undefined : precision === "*" ? Number(this.#integer(this.#take() ?? "0")) : Number(precision || 0);
    const left = flags.includes("-") || w < 0;
    w = Math.abs(w);
    return { left, plus: flags.includes("+"), space: flags.includes(" "), zero: flags.includes("0") && !left, alternate: flags.includes("#"), width: w, precision: p === undefined || p < 0 ? undefined : p };
  }

  #string(what: string, spec: Spec): string {
    const arg = this.#take() ?? "";
    if (what === "c") return justify([...arg][0] ?? "", { ...spec, precision: undefined });
    if (what === "q") return justify(percentQ(cut(arg, spec.precision)), { ...spec, precision: undefined });
    if (what === "Q") return justify(atQuote(cut(arg, spec.precision)), { ...spec, precision: undefined });
    if (what === "s") return justify(arg, spec);
    const decoded = decodeEscapes(arg, "percent-b");
    this.#stop ||= decoded.stop;
    return justify(decoded.text, spec);
  }

  #time(format: string): string {
    const arg = this.#take() ?? "-1";
    const at = Number(this.#integer(arg));
    const sec = at === -1 ? this.#sh.sys.wallTime().sec : at === -2 ? this.#sh.sys.wallTime().sec - Math.floor((this.#sh.sys.nowNs - this.#sh.secondsBaseNs) / 1e9) : at;
    return strftime(this.#sh, format === "" ? "%X" : format, sec);
  }

  #number(what: string, spec: Spec): string {
    const arg = this.#take() ?? "";
    if ("di".includes(what)) return signed(this.#integer(arg), spec);
    if ("ouxX".includes(what)) return unsigned(BigInt.asUintN(64, this.#integer(arg, true)), what, spec);
    return floating(this.#float(arg), what, spec);
  }

  /** strtoimax(): `'x` is a character's code; what does not parse is told, and what did parse counts. */
  #integer(arg: string, wraps = false): bigint {
    const text = arg.trimStart();
    if (text.startsWith("'") || text.startsWith('"')) return BigInt(text.codePointAt(1) ?? 0);
    const m = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)?/.exec(text);
    const digits = m?.[2];
    if (digits === undefined || m?.[0].length !== text.trimEnd().length || text !== text.trimEnd()) {
      if (arg !== "") this.problems.push(`${arg}: invalid ${/^[-+]?0[0-7]*[89]/.test(text) ? "octal number" : /^[-+]?0[xX]/.test(text) ? "hex number" : "number"}`);
      if (digits === undefined) return 0n;
    }
    const value = parseUnbounded(digits);
    if (wraps) return this.#clampUnsigned(arg, value, m?.[1] === "-");
    return this.#clamp(arg, m?.[1] === "-" ? -value : value);
  }

  #clamp(arg: string, value: bigint): bigint {
    const [low, high] = [-(1n << 63n), (1n << 63n) - 1n];
    if (value >= low && value <= high) return value;
    this.warnings.push(`warning: ${arg}: Numerical result out of range`);
    return value < low ? low : high;
  }

  /** strtoumax(): a minus sign wraps around. */
  #clampUnsigned(arg: string, size: bigint, negative: boolean): bigint {
    if (size < 1n << 64n) return negative ? -size : size;
    this.warnings.push(`warning: ${arg}: Numerical result out of range`);
    return (1n << 64n) - 1n;
  }

  #float(arg: string): number {
    const text = arg.trim();
    if (text.startsWith("'") || text.startsWith('"')) return text.codePointAt(1) ?? 0;
    const m = /^[-+]?(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)/i.exec(text);
    if (m?.[0] !== text && arg !== "") this.problems.push(`${arg}: invalid number`);
    const number = (m?.[0] ?? "0").toLowerCase();
    if (number.includes("inf")) return number.startsWith("-") ? -Infinity : Infinity;
    return number.includes("nan") ? Number.NaN : Number(number.replace(/^\+/, ""));
  }
}

function parseUnbounded(digits: string): bigint {
  if (/^0[xX]/.test(digits)) return BigInt(digits);
  if (/^0[0-7]+$/.test(digits)) return BigInt("0o" + digits.slice(1));
  const small = parseNumber(digits);
  return digits.length < 18 && typeof small === "bigint" ? small : BigInt(digits);
}

const cut = (text: string, precision: number | undefined): string => (precision === undefined ? text : [...text].slice(0, precision).join(""));

function justify(text: string, spec: Spec): string {
  const shown = cut(text, spec.precision);
  const fill = " ".repeat(Math.max(0, spec.width - [...shown].length));
  return spec.left ? shown + fill : fill + shown;
}

function signed(n: bigint, spec: Spec): string {
  const digits = (n < 0n ? -n : n).toString().padStart(spec.precision ?? 1, "0");
  return padNumber(n < 0n ? "-" : spec.plus ? "+" : spec.space ? " " : "", spec.precision === 0 && n === 0n ? "" : digits, spec, spec.precision === undefined);
}

function unsigned(n: bigint, what: string, spec: Spec): string {
  const base = what === "o" ? 8 : what === "u" ? 10 : 16;
  let digits = n.toString(base).padStart(spec.precision ?? 1, "0");
  if (what === "X") digits = digits.toUpperCase();
  if (spec.alternate && what === "o" && !digits.startsWith("0")) digits = "0" + digits;
  const prefix = spec.alternate && n !== 0n && base === 16 ? `0${what}` : "";
  return padNumber(prefix, digits, spec, spec.precision === undefined);
}

function padNumber(sign: string, digits: string, spec: Spec, zeroes: boolean): string {
  const room = Math.max(0, spec.width - sign.length - digits.length);
  if (spec.left) return sign + digits + " ".repeat(room);
  return spec.zero && zeroes ? sign + "0".repeat(room) + digits : " ".repeat(room) + sign + digits;
}

function floating(n: number, what: string, spec: Spec): string {
  const sign = n < 0 || Object.is(n, -0) ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  const size = Math.abs(n);
  const upper = what === what.toUpperCase();
  const text = Number.isFinite(size) ? finite(size, what.toLowerCase(), spec) : Number.isNaN(size) ? "nan" : "inf";
  return padNumber(sign, upper ? text.toUpperCase() : text, spec, Number.isFinite(size));
}

function finite(n: number, what: string, spec: Spec): string {
  const precision = Math.min(spec.precision ?? 6, 100);
  if (what === "f") return n >= 1e21 ? BigInt(n).toString() + (precision > 0 ? "." + "0".repeat(precision) : "") : n.toFixed(precision);
  if (what === "e") return exponent(n.toExponential(precision));
  if (what === "a") throw new Complaint("printf: %a: not simulated here", "fail");
  const significant = precision === 0 ? 1 : precision;
  const power = n === 0 ? 0 : Number(n.toExponential(significant - 1).split("e")[1]);
  const text = power < -4 || power >= significant ? exponent(n.toExponential(significant - 1)) : n.toFixed(significant - 1 - power);
  return spec.alternate ? text : text.replace(/(\.\d*?)0+(e|$)/, "$1$2").replace(/\.(e|$)/, "$1");
}

/** C prints at least two digits of exponent. */
const exponent = (text: string): string => text.replace(/e([-+])(\d)$/, "e$10$2");
