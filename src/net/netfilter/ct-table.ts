import type { Conntrack, Dir, TupleHash } from "./ct-entry.ts";
import { type Tuple, copyTuple, hashTuple, sameTuple } from "./ct-tuple.ts";

/** nf_ct_zone_id: the zone counts in the directions it was given for; elsewhere it is the default one. */
export const zoneIn = (ct: { readonly zone: number; readonly zoneDirs: number }, dir: Dir): number => ((ct.zoneDirs & (dir + 1)) !== 0 ? ct.zone : 0);

/** A zone as a packet asks for it. */
export interface Zone {
  readonly zone: number;
  readonly zoneDirs: number;
}
export const DEFAULT_ZONE: Zone = { zone: 0, zoneDirs: 3 };

/** The hash table of confirmed flows: each stands in it twice, once a direction. A look-up does not grow with the table. */
export class CtTable {
  readonly #buckets = new Map<number, TupleHash>();
  readonly #entries = new Set<Conntrack>();
  /** Flows by source address, port and protocol (nf_nat_bysource). */
  readonly #bySource = new Map<number, Conntrack[]>();

  get size(): number {
    return this.#entries.size;
  }

  /** All flows, oldest first. */
  entries(): Iterable<Conntrack> {
    return this.#entries;
  }

  /** nf_conntrack_find_get. */
  find(tuple: Tuple, zone: Zone): TupleHash | null {
    const forth = zoneIn(zone, 0);
    const found = this.#findIn(tuple, zone, forth);
    const back = zoneIn(zone, 1);
    return found !== null || back === forth ? found : this.#findIn(tuple, zone, back);
  }

  #findIn(tuple: Tuple, zone: Zone, zoneId: number): TupleHash | null {
    const hash = hashTuple(tuple, zoneId);
    for (let h = this.#buckets.get(hash) ?? null; h !== null; h = h.next) {
      if (sameTuple(h.tuple, tuple) && zoneIn(h.ct, h.dir) === zoneIn(zone, h.dir)) return h;
    }
    return null;
  }

  insert(ct: Conntrack): void {
    for (const h of ct.hashes) {
      h.hash = hashTuple(h.tuple, zoneIn(ct, h.dir));
      h.next = this.#buckets.get(h.hash) ?? null;
      this.#buckets.set(h.hash, h);
    }
    this.#entries.add(ct);
  }

  remove(ct: Conntrack): void {
    if (!this.#entries.delete(ct)) return;
    for (const h of ct.hashes) this.#unlink(h);
  }

  #unlink(h: TupleHash): void {
    const first = this.#buckets.get(h.hash);
    if (first === h) {
      if (h.next === null) this.#buckets.delete(h.hash);
      else this.#buckets.set(h.hash, h.next);
      return;
    }
    let before = first;
    while (before !== undefined && before.next !== h) before = before.next ?? undefined;
    if (before !== undefined) before.next = h.next;
  }

  /** nf_nat_setup_info enters a flow here once its source is decided, confirmed or not. */
  addSource(ct: Conntrack): void {
    const key = sourceKey(ct.original);
    const list = this.#bySource.get(key);
    if (list === undefined) this.#bySource.set(key, [ct]);
    else list.unshift(ct);
  }

  removeSource(ct: Conntrack): void {
    const key = sourceKey(ct.original);
    const left = (this.#bySource.get(key) ?? []).filter((c) => c !== ct);
    if (left.length === 0) this.#bySource.delete(key);
    else this.#bySource.set(key, left);
  }

  /** Flows that may have this source; the caller compares. */
  withSource(tuple: Tuple): readonly Conntrack[] {
    return this.#bySource.get(sourceKey(tuple)) ?? [];
  }
}

const NOBODY = { dst: 0 as Tuple["dst"], dport: 0 } as const;
const sourceKey = (t: Tuple): number => hashTuple({ ...copyTuple(t), ...NOBODY }, 0);
