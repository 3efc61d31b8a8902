import type { Task } from "../os/sys.ts";
import type { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { eachInput } from "./lib/per-file.ts";
import { tool, usageError, type Io } from "./lib/tool.ts";

/** From–to, counted from 1, both included. */
type Range = readonly [from: number, to: number];
type Kind = "bytes" | "characters" | "fields";

const KIND: Readonly<Record<string, Kind>> = { b: "bytes", c: "characters", f: "fields" };

/** `1,3-5,7-`: the ranges sorted and merged, or cut's own words for what is wrong. */
function readRanges(text: string, kind: Kind, quote: (t: string) => string): Range[] | string {
  const ranges: Range[] = [];
  for (const part of text.split(/[, \t]/)) {
    const m = /^(\d*)(-?)(\d*)$/.exec(part);
    if (m === null) return kind === "fields" ? `invalid field value ${quote(part.replace(/^[\d-]*/, ""))}` : `invalid byte/character position ${quote(part.replace(/^[\d-]*/, ""))}`;
    const [, from = "", dash = "", to = ""] = m;
    if (dash === "-" && from === "" && to === "") return "invalid range with no endpoint: -";
    if (from === "0" || (from === "" && dash === "") || (to === "0" && from === "")) return kind === "fields" ? "fields are numbered from 1" : "byte/character positions are numbered from 1";
    const range: Range = [from === "" ? 1 : Number(from), dash === "" ? Number(from) : to === "" ? Infinity : Number(to)];
    if (range[1] < range[0]) return "invalid decreasing range";
    ranges.push(range);
  }
  return merge(ranges.sort((a, b) => a[0] - b[0]));
}

function merge(sorted: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const r of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && r[0] <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], r[1])];
    else merged.push(r);
  }
  return merged;
}

function complement(ranges: readonly Range[]): Range[] {
  const rest: Range[] = [];
  let from = 1;
  for (const [a, b] of ranges) {
    if (a > from) rest.push([from, a - 1]);
    from = b + 1;
  }
  if (from !== Infinity) rest.push([from, Infinity]);
  return rest;
}

interface Plan {
  readonly kind: Kind;
  readonly ranges: readonly Range[];
  readonly delimiter: string;
  readonly outDelimiter: string | undefined;
  readonly onlyDelimited: boolean;
}

function cutLine(line: string, plan: Plan): string | null {
  if (plan.kind !== "fields") return plan.ranges.map(([a, b]) => line.slice(a - 1, b)).filter((t) => t !== "").join(plan.outDelimiter ?? "");
  if (!line.includes(plan.delimiter)) return plan.onlyDelimited ? null : line;
  const fields = line.split(plan.delimiter);
  return plan.ranges.flatMap(([a, b]) => fields.slice(a - 1, b)).join(plan.outDelimiter ?? plan.delimiter);
}

/** The plan, or what is wrong with the options. */
function readPlan(io: Io, o: Options): Plan | string {
  const lists = o.list.filter((x) => x.key in KIND);
  const list = lists[0];
  if (lists.length > 1) return "only one list may be specified";
  if (list === undefined) return "you must specify a list of bytes, characters, or fields";
  const kind = KIND[list.key] ?? "bytes";
  const delimiter = o.value("d");
  if (delimiter !== undefined && delimiter.length > 1) return "the delimiter must be a single character";
  if (delimiter !== undefined && kind !== "fields") return "an input delimiter may be specified only when operating on fields";
  if (o.has("s") && kind !== "fields") return "suppressing non-delimited lines makes sense\n\tonly when operating on fields";
  const ranges = readRanges(list.value ?? "", kind, io.quote);
  if (typeof ranges === "string") return ranges;
  return {
    kind, delimiter: delimiter === undefined ? "\t" : delimiter === "" ? "\0" : delimiter,
    ranges: o.has("complement") ? complement(ranges) : ranges,
    outDelimiter: o.value("output-delimiter"), onlyDelimited: o.has("s"),
  };
}

function* cutInput(io: Io, input: Input, plan: Plan, end: string): Task<void> {
  for (let l = yield* input.line(); l !== null; l = yield* input.line()) {
    const text = cutLine(l.text, plan);
    if (text !== null) yield* io.out.bytes(text + end);
  }
}

/** cut(1). */
export const cut = tool({
  takes: "b,bytes= c,characters= d,delimiter= f,fields= n complement s,only-delimited output-delimiter= z,zero-terminated",
  usage: "OPTION... [FILE]...",
}, function* (io, o) {
  const plan = readPlan(io, o);
  if (typeof plan === "string") return yield* usageError(io, plan);
  const end = o.has("z") ? "\0" : "\n";
  return yield* eachInput(io, o.operands, (input) => cutInput(io, input, plan, end), end);
});
