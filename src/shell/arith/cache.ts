import { parseArithmetic } from "./parse.ts";
import type { Expr, Mistake } from "./tree.ts";

const MOST = 500;

/** Parsed expressions by their text: loops evaluate the same few again and again. */
export class ArithCache {
  readonly #known = new Map<string, Expr | Mistake>();

  parsed(text: string): Expr | Mistake {
    const known = this.#known.get(text);
    if (known) return known;
    const fresh = parseArithmetic(text);
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(text, fresh);
    return fresh;
  }
}
