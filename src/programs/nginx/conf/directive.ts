import type { Task } from "../../../os/sys.ts";
import type { Conf } from "./conf.ts";

/** Where a directive may stand. `sif` and `lif` are `if` blocks of a server and of a location, `lmt` is limit_except. */
export type Place = "main" | "events" | "http" | "srv" | "loc" | "upstream" | "sif" | "lif" | "lmt";

/** A mistake, with its place; what was read so far is thrown away. */
export interface ConfError {
  readonly emerg: string;
}

/** A string is the end of the sentence `"listen" directive …`. */
export type SetResult = undefined | string | ConfError;

export interface Directive {
  readonly name: string;
  readonly places: readonly Place[];
  /** Least and most arguments. */
  readonly args: readonly [min: number, max: number];
  readonly block: boolean;
  readonly set: (cf: Conf, words: readonly string[]) => SetResult | Task<SetResult>;
}

const MANY = 1000;

/** "0", "1", "1-2", "1+", and "flag" for one argument. */
function argRange(args: string): readonly [number, number] {
  if (args === "flag") return [1, 1];
  if (args.endsWith("+")) return [Number(args.slice(0, -1)), MANY];
  const [min = "0", max = min] = args.split("-");
  return [Number(min), Number(max)];
}

/** `places` are letters: m e h s l u, S and L for `if` in a server and a location, x for limit_except. */
const LETTERS: Readonly<Record<string, Place>> = { m: "main", e: "events", h: "http", s: "srv", l: "loc", u: "upstream", S: "sif", L: "lif", x: "lmt" };

export function directive(name: string, places: string, args: string, set: Directive["set"]): Directive {
  const block = args.startsWith("{");
  return { name, places: placesOf(places), args: argRange(block ? args.slice(1) : args), block, set };
}

export const placesOf = (letters: string): readonly Place[] => [...letters].map((c) => LETTERS[c] ?? "main");
