import { NftList } from "./list.ts";
import { type SortKey, keyAt, lowerBound } from "./set-key.ts";
import { type Clash, type SetStore, type StoredElem, isExpired } from "./set-store.ts";

/** Where a field of a concatenation lies in the key; fields start at words. */
interface Field {
  readonly at: number;
  readonly len: number;
}

interface Ranges {
  readonly elem: StoredElem;
  readonly from: readonly SortKey[];
  readonly to: readonly SortKey[];
}

/** Elements that cover each stretch of one field: the points where ranges begin or end, and the gaps between. */
interface FieldIndex {
  readonly field: number;
  readonly points: readonly SortKey[];
  readonly covering: readonly (readonly Ranges[])[];
}

const asIs = (key: SortKey): SortKey => key;

/** New elements wait in a short list before the index is built anew. */
const tailLimit = (indexed: number): number => 64 + (indexed >>> 4);

/**
 * Concatenations with ranges; what nft_set_pipapo.c answers, by another road: the field that tells elements
 * apart best is cut into stretches, and the few elements that cover the packet's stretch are compared.
 */
export class RangesStore implements SetStore {
  readonly #elems = new NftList<StoredElem>((e) => e.k);
  readonly #fields: readonly Field[];
  #index: FieldIndex | null = null;
  #indexed = 0;
  #tail: Ranges[] = [];

  constructor(fieldLens: readonly number[]) {
    let at = 0;
    this.#fields = fieldLens.map((len) => {
      const field = { at, len };
      at += (len + 3) & ~3;
      return field;
    });
  }

  get size(): number {
    return this.#elems.size;
  }

  values(): Iterable<StoredElem> {
    return this.#elems.values();
  }

  lookup(from: Uint8Array, at: number, nowNs: number): StoredElem | null {
    const values = this.#fields.map((f) => keyAt(from, at + f.at, f.len));
    return this.#find(values, (elem) => !isExpired(elem, nowNs));
  }

  exact(elem: Pick<StoredElem, "k">): StoredElem | null {
    return this.#elems.get(elem.k) ?? null;
  }

  covering(elem: Pick<StoredElem, "key">): StoredElem | null {
    return elem.key === null ? null : this.#find(this.#values(elem.key), () => true);
  }

  /** nft_pipapo_insert: neither end may lie in another element. */
  clash(elem: StoredElem): Clash | null {
    const { from, to } = this.#ranges(elem);
    const dup = this.#find(from, () => true);
    if (dup !== null) return { error: dup.k === elem.k ? "EEXIST" : "ENOTEMPTY", with: dup };
    const other = this.#find(to, () => true);
    if (other !== null) return { error: "ENOTEMPTY", with: other };
    return from.some((low, i) => low > to[i]!) ? { error: "EINVAL", with: null } : null;
  }

  add(elem: StoredElem): void {
    this.#elems.add(elem);
    this.#tail.push(this.#ranges(elem));
    if (this.#tail.length > tailLimit(this.#indexed)) this.#rebuild();
  }

  kill(elem: StoredElem): void {
    this.#elems.kill(elem);
  }

  revive(elem: StoredElem): void {
    this.#elems.revive(elem);
    this.#tail.push(this.#ranges(elem));
  }

  bury(elem: StoredElem): void {
    this.#elems.bury(elem);
  }

  #find(values: readonly SortKey[], wanted: (elem: StoredElem) => boolean): StoredElem | null {
    return this.#among(this.#candidates(values), values, wanted) ?? this.#among(this.#tail, values, wanted);
  }

  #among(list: readonly Ranges[], values: readonly SortKey[], wanted: (elem: StoredElem) => boolean): StoredElem | null {
    for (const r of list) {
      if (values.every((v, i) => v >= r.from[i]! && v <= r.to[i]!) && this.#elems.get(r.elem.k) === r.elem && wanted(r.elem)) return r.elem;
    }
    return null;
  }

  #candidates(values: readonly SortKey[]): readonly Ranges[] {
    const index = this.#index;
    if (index === null) return [];
    const value = values[index.field]!;
    const place = lowerBound(index.points, value, asIs);
    return index.covering[index.points[place] === value ? 2 * place : 2 * place - 1] ?? [];
  }

  #ranges(elem: StoredElem): Ranges {
    const key = elem.key ?? new Uint8Array(0);
    return { elem, from: this.#values(key), to: this.#values(elem.keyEnd ?? key) };
  }

  #values(key: Uint8Array): readonly SortKey[] {
    return this.#fields.map((f) => keyAt(key, f.at, f.len));
  }

  #rebuild(): void {
    const all = [...this.#elems.values()].map((elem) => this.#ranges(elem));
    const costs = this.#fields.map((_, field) => spans(all, field));
    const best = costs.indexOf(Math.min(...costs));
    this.#index = indexOf(all, best);
    this.#indexed = all.length;
    this.#tail = [];
  }
}

const pointsOf = (all: readonly Ranges[], field: number): readonly SortKey[] => {
  const points = new Set<SortKey>();
  for (const r of all) points.add(r.from[field]!).add(r.to[field]!);
  return [...points].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
};

/** How many entries an index over this field would hold. */
function spans(all: readonly Ranges[], field: number): number {
  const points = pointsOf(all, field);
  let total = 0;
  for (const r of all) total += 2 * (lowerBound(points, r.to[field]!, asIs) - lowerBound(points, r.from[field]!, asIs)) + 1;
  return total;
}

function indexOf(all: readonly Ranges[], field: number): FieldIndex {
  const points = pointsOf(all, field);
  const covering: Ranges[][] = Array.from({ length: 2 * points.length }, () => []);
  for (const r of all) {
    const last = 2 * lowerBound(points, r.to[field]!, asIs);
    for (let slot = 2 * lowerBound(points, r.from[field]!, asIs); slot <= last; slot++) covering[slot]!.push(r);
  }
  return { field, points, covering };
}
