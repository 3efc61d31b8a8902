import type { Task } from "../os/sys.ts";
import { tool, extraOperand, missingOperand, usageError, type Io } from "./lib/tool.ts";
import type { Options } from "./lib/options.ts";
import { formatFloat } from "./lib/float.ts";

interface Range {
  readonly first: number;
  readonly step: number;
  readonly last: number;
}

const decimals = (text: string): number => (/^[^eE]*\.(\d*)/.exec(text)?.[1] ?? "").length;

const isNumber = (text: string): boolean => /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || /^[+-]?inf(inity)?$/i.test(text);
const toNumber = (text: string): number => (/inf/i.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text));

/** The printf directive of -f, or what is wrong with it. */
function readFormat(io: Io, format: string): ((n: number) => string) | string {
  const m = /^((?:[^%]|%%)*)%([-+ #0']*)(\d*)(?:\.(\d+))?([a-zA-Z])((?:[^%]|%%)*)$/s.exec(format);
  const name = `format ${io.quote(format)}`;
  if (m === null) return /%(?!%)/.test(format.replace(/%%/g, "")) ? `${name} ends in %` : `${name} has no % directive`;
  const [, before = "", flags = "", width = "", precision, letter = "", after = ""] = m;
  if (!/[efgEFG]/.test(letter)) return `${name} has unknown %${letter} directive`;
  const plain = (t: string): string => t.replace(/%%/g, "%");
  return (n) => plain(before) + formatFloat(n, { flags, width: Number(width), precision: precision === undefined ? undefined : Number(precision), letter }) + plain(after);
}

function* printRange(io: Io, range: Range, show: (n: number) => string, separator: string): Task<void> {
  const { first, step, last } = range;
  const inside = (n: number): boolean => (step > 0 ? n <= last * (1 + Number.EPSILON * Math.sign(last)) : n >= last);
  for (let i = 0, n = first; inside(n) && io.out.error === undefined; n = first + ++i * step) {
    yield* io.out.text((i > 0 ? separator : "") + show(n));
    if (i % 1000 === 999) yield* io.sys.compute(10_000);
  }
  if (inside(first)) yield* io.out.text("\n");
}

/** Both ends and the step decide how many decimals and, with -w, how wide every number is. */
function defaultShow(o: Options, texts: readonly string[], range: Range): (n: number) => string {
  const [first = "1", step = "1", last = ""] = texts.length === 1 ? ["1", "1", texts[0]] : texts.length === 2 ? [texts[0], "1", texts[1]] : texts;
  const places = Math.max(decimals(first), decimals(step));
  if (!o.has("w")) return (n) => n.toFixed(places);
  const width = Math.max(range.first.toFixed(places).length, range.last.toFixed(places).length, last === "" ? 0 : 1);
  return (n) => (n < 0 ? `-${(-n).toFixed(places).padStart(width - 1, "0")}` : n.toFixed(places).padStart(width, "0"));
}

/** seq(1). A leading `-` before a digit is a number, not an option. */
export const seq = tool({ takes: "f,format= s,separator= w,equal-width", usage: "[OPTION]... FIRST INCREMENT LAST", numbersAreOperands: true }, function* (io, o) {
  const texts = o.operands;
  if (texts.length === 0) return yield* missingOperand(io);
  if (texts[3] !== undefined) return yield* extraOperand(io, texts[3]);
  const wrong = texts.find((t) => !isNumber(t));
  if (wrong !== undefined) return yield* usageError(io, `invalid floating point argument: ${io.quote(wrong)}`);
  const n = texts.map(toNumber);
  const range: Range = { first: n.length > 1 ? (n[0] ?? 1) : 1, step: n.length > 2 ? (n[1] ?? 1) : 1, last: n.at(-1) ?? 0 };
  if (range.step === 0) return yield* usageError(io, `invalid Zero increment value: ${io.quote(texts[1] ?? "")}`);
  const format = o.value("f");
  const show = format === undefined ? defaultShow(o, texts, range) : readFormat(io, format);
  if (typeof show === "string") {
    yield* io.complain(show);
    return 1;
  }
  yield* printRange(io, range, show, o.value("s") ?? "\n");
  return 0;
});
