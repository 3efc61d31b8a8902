import type { NftVerdict } from "../../uapi/nft.ts";
import { NftList } from "./list.ts";
import type { NftSetElem } from "./model.ts";
import { type SortKey, keyAt } from "./set-key.ts";

/** An element as its store keeps it. */
export interface StoredElem extends NftSetElem {
  /** Its key, to be found by; of a concatenation with ranges both ends. */
  readonly k: SortKey;
  /** A map's verdict as it was given. */
  readonly verdict: NftVerdict | null;
}

/** Why an element cannot go in: the one in its way. ENOTEMPTY: they overlap without being the same. */
export interface Clash {
  readonly error: "EEXIST" | "ENOTEMPTY" | "EINVAL";
  readonly with: StoredElem | null;
}

/** nft_set_ops: how a kind of set keeps and finds its elements. */
export interface SetStore {
  readonly size: number;
  /** All elements, in the order of dumps. */
  values(): Iterable<StoredElem>;
  /** The live element for the key at `at` of `from`. */
  lookup(from: Uint8Array, at: number, nowNs: number): StoredElem | null;
  /** The element with exactly this key (deactivate). */
  exact(elem: Pick<StoredElem, "k" | "intervalEnd">): StoredElem | null;
  /** The element that covers a key, or closes the interval around it (get). */
  covering(elem: Pick<StoredElem, "k" | "intervalEnd" | "key">): StoredElem | null;
  /** What stands in the way of a new element. */
  clash(elem: StoredElem): Clash | null;
  add(elem: StoredElem): void;
  /** Out, but its place stays until {@link bury}. */
  kill(elem: StoredElem): void;
  revive(elem: StoredElem): void;
  bury(elem: StoredElem): void;
}

export const isExpired = (elem: NftSetElem, nowNs: number): boolean => elem.expiresAtNs !== null && elem.expiresAtNs <= nowNs;

/** nft_set_hash.c: one look, however many elements. Dumps come in order of insertion. */
export class HashStore implements SetStore {
  readonly #elems = new NftList<StoredElem>((e) => e.k);
  readonly #keyLen: number;

  constructor(keyLen: number) {
    this.#keyLen = keyLen;
  }

  get size(): number {
    return this.#elems.size;
  }

  values(): Iterable<StoredElem> {
    return this.#elems.values();
  }

  lookup(from: Uint8Array, at: number, nowNs: number): StoredElem | null {
    const elem = this.#elems.get(keyAt(from, at, this.#keyLen));
    return elem === undefined || isExpired(elem, nowNs) ? null : elem;
  }

  exact(elem: Pick<StoredElem, "k">): StoredElem | null {
    return this.#elems.get(elem.k) ?? null;
  }

  covering(elem: Pick<StoredElem, "k">): StoredElem | null {
    return this.exact(elem);
  }

  clash(elem: StoredElem): Clash | null {
    const same = this.exact(elem);
    return same === null ? null : { error: "EEXIST", with: same };
  }

  add(elem: StoredElem): void {
    this.#elems.add(elem);
  }

  kill(elem: StoredElem): void {
    this.#elems.kill(elem);
  }

  revive(elem: StoredElem): void {
    this.#elems.revive(elem);
  }

  bury(elem: StoredElem): void {
    this.#elems.bury(elem);
  }
}
