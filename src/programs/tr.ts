import { STDIN, type Task } from "../os/sys.ts";
import { argBytes } from "./lib/bytes.ts";
import { Input } from "./lib/input.ts";
import { tool, type Io } from "./lib/tool.ts";
import { expandSet } from "./tr-set.ts";

interface Plan {
  /** What each byte becomes; -1 = it goes. */
  readonly map: Int16Array;
  /** Bytes whose repeats are squeezed, after mapping. */
  readonly squeeze: ReadonlySet<number>;
}

const HINT = (io: Io): string => `Try '${io.name} --help' for more information.\n`;

const complementOf = (set: string): string => {
  let rest = "";
  for (let c = 0; c < 256; c++) if (!set.includes(String.fromCharCode(c))) rest += String.fromCharCode(c);
  return rest;
};

const identity = (): Int16Array => Int16Array.from({ length: 256 }, (_, i) => i);

function translation(from: string, to: string, truncate: boolean): Int16Array {
  const map = identity();
  const length = truncate ? Math.min(from.length, to.length) : from.length;
  for (let i = 0; i < length; i++) map[from.charCodeAt(i)] = to.charCodeAt(Math.min(i, to.length - 1));
  return map;
}

function deletion(set: string): Int16Array {
  const map = identity();
  for (const c of set) map[c.charCodeAt(0)] = -1;
  return map;
}

const codes = (set: string): Set<number> => new Set([...set].map((c) => c.charCodeAt(0)));

/** Applies the plan to a stream; remembers the last byte so that squeezing works across chunks. */
class Translator {
  readonly #plan: Plan;
  #last = -1;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  run(chunk: Uint8Array): Uint8Array {
    const out = new Uint8Array(chunk.length);
    let n = 0;
    for (const byte of chunk) {
      const mapped = this.#plan.map[byte] ?? byte;
      if (mapped < 0 || (mapped === this.#last && this.#plan.squeeze.has(mapped))) continue;
      this.#last = mapped;
      out[n++] = mapped;
    }
    return out.subarray(0, n);
  }
}

interface Mode {
  readonly remove: boolean;
  readonly squeeze: boolean;
  readonly complement: boolean;
  readonly truncate: boolean;
}

/** How many sets are wrong for the mode, in tr's words; undefined when the number is right. */
function wrongCount(io: Io, mode: Mode, sets: readonly string[]): string | undefined {
  const [least, most] = mode.remove ? (mode.squeeze ? [2, 2] : [1, 1]) : mode.squeeze ? [1, 2] : [2, 2];
  if (sets.length === 0) return `missing operand\n${HINT(io)}`;
  if (sets.length < least) {
    const why = mode.remove ? "Two strings must be given when both deleting and squeezing repeats." : "Two strings must be given when translating.";
    return `missing operand after ${io.quote(sets.at(-1) ?? "")}\n${why}\n${HINT(io)}`;
  }
  if (sets.length <= most) return undefined;
  const why = most === 1 ? "Only one string may be given when deleting without squeezing repeats.\n" : "";
  return `extra operand ${io.quote(sets[most] ?? "")}\n${why}${HINT(io)}`;
}

function readPlan(mode: Mode, first: string, second: string | undefined): Plan | string {
  const from = mode.complement ? complementOf(first) : first;
  if (mode.remove) return { map: deletion(from), squeeze: codes(mode.squeeze ? (second ?? "") : "") };
  if (second === undefined) return { map: identity(), squeeze: codes(from) };
  if (second === "" && !mode.truncate && from !== "") return "when not truncating set1, string2 must be non-empty";
  return { map: translation(from, second, mode.truncate), squeeze: codes(mode.squeeze ? second : "") };
}

function* translate(io: Io, plan: Plan): Task<void> {
  const input = new Input(io.sys, STDIN);
  const translator = new Translator(plan);
  for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) yield* io.out.raw(translator.run(c));
}

/** tr(1), on bytes. */
export const tr = tool({
  takes: "c,complement C d,delete s,squeeze-repeats t,truncate-set1", usage: "[OPTION]... STRING1 [STRING2]", stopAtOperand: true,
}, function* (io, o) {
  const mode: Mode = { remove: o.has("d"), squeeze: o.has("s"), complement: o.has("c", "C"), truncate: o.has("t") };
  const wrong = wrongCount(io, mode, o.operands);
  if (wrong !== undefined) {
    yield* io.err(`${io.name}: ${wrong}`);
    return 1;
  }
  const first = expandSet(argBytes(o.operands[0] ?? ""), io.quote);
  const length = first.is === "set" ? (mode.complement ? 256 - new Set(first.text).size : first.text.length) : 0;
  const second = o.operands[1] === undefined ? undefined : expandSet(argBytes(o.operands[1]), io.quote, length);
  const bad = first.is === "bad" ? first : second?.is === "bad" ? second : undefined;
  const plan = bad !== undefined ? bad.why : readPlan(mode, first.is === "set" ? first.text : "", second?.is === "set" ? second.text : undefined);
  if (typeof plan === "string") {
    yield* io.complain(plan);
    return 1;
  }
  yield* translate(io, plan);
  return 0;
});

