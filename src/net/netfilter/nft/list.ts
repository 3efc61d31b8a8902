/**
 * Objects by key, in order of creation. A transaction that deletes one keeps its place until it commits, so that
 * rolling back leaves the list as it was; a new object of the same name may come meanwhile (nft_genmask_next).
 */
export class NftList<T> {
  readonly #keyOf: (item: T) => string | number;
  readonly #live = new Map<string | number, T>();
  readonly #places = new Set<T>();

  constructor(keyOf: (item: T) => string | number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#live.size;
  }

  get(key: string | number): T | undefined {
    return this.#live.get(key);
  }

  has(key: string | number): boolean {
    return this.#live.has(key);
  }

  *values(): Generator<T> {
    for (const item of this.#places) if (this.#live.get(this.#keyOf(item)) === item) yield item;
  }

  /** At the end. Its key must be free. */
  add(item: T): void {
    this.#places.add(item);
    this.#live.set(this.#keyOf(item), item);
  }

  /** Not found any more; its place stays. */
  kill(item: T): void {
    const key = this.#keyOf(item);
    if (this.#live.get(key) === item) this.#live.delete(key);
  }

  /** Undoes {@link kill}. */
  revive(item: T): void {
    this.#live.set(this.#keyOf(item), item);
  }

  /** Gone for good, place and all. */
  bury(item: T): void {
    this.kill(item);
    this.#places.delete(item);
  }

  /** Runs `change`, which alters the item's key, and finds it under the new one. */
  rekey(item: T, change: () => void): void {
    this.kill(item);
    change();
    this.revive(item);
  }
}
