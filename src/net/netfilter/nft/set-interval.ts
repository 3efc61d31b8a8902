import { type Clash, type SetStore, type StoredElem, isExpired } from "./set-store.ts";
import { type SortKey, keyAt, lowerBound } from "./set-key.ts";

const keyOf = (e: StoredElem): SortKey => e.k;

/**
 * nft_set_rbtree.c: intervals as bounds. An element opens an interval, one with `intervalEnd` closes the interval
 * below it (exclusive). Of two bounds with one key, the closing one comes first.
 */
export class IntervalStore implements SetStore {
  /** In ascending order. */
  readonly #bounds: StoredElem[] = [];
  readonly #keyLen: number;
  readonly #anonymous: boolean;

  constructor(keyLen: number, anonymous: boolean) {
    this.#keyLen = keyLen;
    this.#anonymous = anonymous;
  }

  get size(): number {
    return this.#bounds.length;
  }

  /** The tree is walked from the highest bound down. */
  *values(): Generator<StoredElem> {
    for (let i = this.#bounds.length - 1; i >= 0; i--) yield this.#bounds[i]!;
  }

  /** Does the lowest bound close nothing, at zero? `nft` puts it there; it takes no room (nft_rbtree_adjust_maxsize). */
  get startsWithZeroEnd(): boolean {
    const first = this.#bounds[0];
    return first !== undefined && first.intervalEnd && (first.key?.every((byte) => byte === 0) ?? false);
  }

  lookup(from: Uint8Array, at: number, nowNs: number): StoredElem | null {
    const bound = this.#atOrBelow(keyAt(from, at, this.#keyLen));
    return bound === null || bound.intervalEnd || isExpired(bound, nowNs) ? null : bound;
  }

  exact(elem: Pick<StoredElem, "k" | "intervalEnd">): StoredElem | null {
    const found = this.#bounds[this.#place(elem)];
    return found !== undefined && found.k === elem.k && found.intervalEnd === elem.intervalEnd ? found : null;
  }

  covering(elem: Pick<StoredElem, "k" | "intervalEnd">): StoredElem | null {
    if (elem.intervalEnd) return this.exact(elem) ?? this.#closingAbove(elem.k);
    const bound = this.#atOrBelow(elem.k);
    return bound === null || bound.intervalEnd ? null : bound;
  }

  /** The checks of nft_rbtree_insert: same bound, or one kind of bound next to the same kind. */
  clash(elem: StoredElem): Clash | null {
    const same = this.exact(elem);
    if (same !== null) return { error: "EEXIST", with: same };
    const place = this.#place(elem);
    const below = this.#bounds[place - 1];
    const above = this.#bounds[place];
    const inTheWay = elem.intervalEnd ? [below, above].find((b) => b?.intervalEnd === true) : this.#openedBelow(below);
    return inTheWay === undefined ? null : { error: "ENOTEMPTY", with: inTheWay };
  }

  /** An interval cannot open inside another; anonymous sets may hold intervals that touch, without a closing bound between. */
  #openedBelow(below: StoredElem | undefined): StoredElem | undefined {
    return below !== undefined && !below.intervalEnd && !this.#anonymous ? below : undefined;
  }

  add(elem: StoredElem): void {
    const place = this.#place(elem);
    if (place === this.#bounds.length) this.#bounds.push(elem);
    else this.#bounds.splice(place, 0, elem);
  }

  kill(elem: StoredElem): void {
    const place = this.#place(elem);
    if (this.#bounds[place] === elem) this.#bounds.splice(place, 1);
  }

  revive(elem: StoredElem): void {
    this.add(elem);
  }

  bury(elem: StoredElem): void {
    this.kill(elem);
  }

  /** Index of the first bound that is not before this one. */
  #place({ k, intervalEnd }: Pick<StoredElem, "k" | "intervalEnd">): number {
    let place = lowerBound(this.#bounds, k, keyOf);
    while (!intervalEnd && this.#bounds[place]?.k === k && this.#bounds[place]!.intervalEnd) place++;
    return place;
  }

  /** The next bound above a key, if it closes an interval. */
  #closingAbove(k: SortKey): StoredElem | null {
    let place = lowerBound(this.#bounds, k, keyOf);
    while (this.#bounds[place]?.k === k) place++;
    const next = this.#bounds[place];
    return next?.intervalEnd === true ? next : null;
  }

  #atOrBelow(k: SortKey): StoredElem | null {
    const place = this.#place({ k, intervalEnd: false });
    const here = this.#bounds[place];
    return here?.k === k ? here : (this.#bounds[place - 1] ?? null);
  }
}
