import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { MS, SEC } from "../../../sim/sim.ts";
import type { Netns } from "../../core/netns.ts";
import { trace } from "../../core/trace.ts";
import type { NftElem, NftSetRow, NftSetSpec } from "../../uapi/nft.ts";
import type { NftOp, NftSet, NftSetElem, NftTable } from "./model.ts";
import { IntervalStore } from "./set-interval.ts";
import { keyAt } from "./set-key.ts";
import { RangesStore } from "./set-ranges.ts";
import { HashStore, type SetStore, type StoredElem, isExpired } from "./set-store.ts";
import { elemText } from "./set-text.ts";
import { verdictOf } from "./rows.ts";

/** A timeout as the kernel keeps it: whole ticks of its clock, rounded down, at least one. */
export const inTicks = (ms: number): number => (ms === 0 ? 0 : Math.max(1, Math.floor((ms * MS) / JIFFY_NS)) * (JIFFY_NS / MS));

/** A set, map or object map of a table (struct nft_set). */
export class KernelSet implements NftSet {
  readonly table: NftTable;
  readonly name: string;
  readonly handle: number;
  readonly #ns: Netns;
  spec: NftSetRow;
  readonly store: SetStore;
  readonly isUpdatable: boolean;
  use = 0;
  catchall: StoredElem | null = null;
  #gcAtNs: number;

  constructor(ns: Netns, table: NftTable, spec: NftSetSpec, name: string, handle: number) {
    this.#ns = ns;
    this.table = table;
    this.name = name;
    this.handle = handle;
    const { id: _id, ...rest } = spec;
    this.spec = { ...rest, name, handle, count: 0 };
    this.store = storeOf(spec);
    this.isUpdatable = spec.flags.interval !== true && ((spec.size ?? 0) === 0 || spec.flags.timeout === true || spec.flags.eval === true);
    this.#gcAtNs = ns.world.sim.nowNs + this.#gcNs();
  }

  count(): number {
    return this.store.size;
  }

  elems(): readonly StoredElem[] {
    const all = [...this.store.values()];
    return this.catchall === null ? all : [...all, this.catchall];
  }

  lookup(from: Uint8Array, at: number, nowNs: number): NftSetElem | null {
    const elem = this.store.lookup(from, at, nowNs);
    if (elem !== null) return elem;
    return this.catchall === null || isExpired(this.catchall, nowNs) ? null : this.catchall;
  }

  update(key: Uint8Array, nowNs: number, make: () => Omit<NftSetElem, "key">): NftSetElem | null {
    this.gc(nowNs);
    const found = this.store.lookup(key, 0, nowNs);
    if (found !== null) return found;
    const k = keyAt(key, 0, this.spec.keyLen);
    const expired = this.store.exact({ k, intervalEnd: false });
    if (expired !== null) this.drop(expired);
    if (this.isFull()) return null;
    const elem: StoredElem = { ...make(), key: key.slice(0, this.spec.keyLen), k, verdict: null };
    this.store.add(elem);
    hold(elem);
    this.#trace(elem, true);
    return elem;
  }

  remove(key: Uint8Array): void {
    const elem = this.store.exact({ k: keyAt(key, 0, this.spec.keyLen), intervalEnd: false });
    if (elem !== null) this.drop(elem);
  }

  /** Room for one more? An interval counts once, though it has two bounds (nft_set_maxsize). */
  isFull(): boolean {
    const { size } = this.spec;
    if (size === undefined || size === 0) return false;
    const limit = this.store instanceof IntervalStore ? 2 * size + (this.store.startsWithZeroEnd ? 1 : 0) : size;
    return this.store.size >= limit;
  }

  boundSize(): void {
    if ((this.spec.size ?? 0) === 0) this.spec = { ...this.spec, size: 0xffff };
  }

  /** Takes elements away whose time is over; they stay until the next round (nft_rhash_gc). */
  gc(nowNs: number): void {
    if (this.spec.flags.timeout !== true || nowNs < this.#gcAtNs) return;
    this.#gcAtNs = nowNs + this.#gcNs();
    for (const elem of [...this.store.values()]) if (isExpired(elem, nowNs)) this.drop(elem);
    if (this.catchall !== null && isExpired(this.catchall, nowNs)) this.catchall = null;
  }

  /** Away for good, outside any transaction. */
  drop(elem: StoredElem): void {
    this.store.bury(elem);
    release(elem);
    this.#trace(elem, false);
  }

  /** Rules and the clock change sets too. */
  #trace(elem: StoredElem, added: boolean): void {
    if (this.#ns.world.trace === null) return;
    const text = elemText(this, elem);
    const change = { place: this.#ns.place, table: "nft" as const, key: text, before: added ? null : text, after: added ? text : null };
    trace(this.#ns, "table", "", null, { changes: [change], note: `${text} ${added ? "added" : "deleted"}` });
  }

  /** When an element's time ends, in whole ticks of the clock; never without one. */
  expiryNs(timeoutMs: number, nowNs: number): number | null {
    if (timeoutMs === 0) return null;
    return Math.floor(nowNs / JIFFY_NS) * JIFFY_NS + inTicks(timeoutMs) * MS;
  }

  #gcNs(): number {
    return (this.spec.gcIntervalMs ?? 0) > 0 ? this.spec.gcIntervalMs! * MS : SEC;
  }
}

function storeOf({ flags, keyLen, fieldLens }: NftSetSpec): SetStore {
  if (flags.interval !== true) return new HashStore(keyLen);
  return fieldLens !== undefined && fieldLens.length > 1 ? new RangesStore(fieldLens) : new IntervalStore(keyLen, flags.anonymous === true);
}

/** Most elements lead nowhere. */
export const holds = (elem: StoredElem): boolean => elem.obj !== null || (elem.data !== null && "chain" in elem.data);

/** An element holds on to the chain it jumps to and the object it names. */
export function hold(elem: StoredElem): void {
  if (elem.obj !== null) elem.obj.use++;
  if (elem.data !== null && !(elem.data instanceof Uint8Array) && "chain" in elem.data) elem.data.chain.use++;
}

export function release(elem: StoredElem): void {
  if (elem.obj !== null) elem.obj.use--;
  if (elem.data !== null && !(elem.data instanceof Uint8Array) && "chain" in elem.data) elem.data.chain.use--;
}

/** The element as dumps show it now. */
export function elemRow(set: KernelSet, elem: StoredElem, nowNs: number, reset = false): NftElem {
  const exprs = elem.ops.map((op: NftOp) => op.dump());
  if (reset) for (const op of elem.ops) op.reset?.();
  return {
    ...(elem.key === null ? {} : { key: elem.key }),
    ...(elem.keyEnd === null ? {} : { keyEnd: elem.keyEnd }),
    ...(elem.intervalEnd ? { intervalEnd: true } : {}),
    ...(elem.catchall ? { catchall: true } : {}),
    ...dataRow(elem),
    ...(elem.obj === null ? {} : { objref: elem.obj.name }),
    ...timesRow(set, elem, nowNs),
    ...(exprs.length === 0 ? {} : { exprs }),
    ...(elem.userdata === null ? {} : { userdata: elem.userdata }),
  };
}

function dataRow({ data, verdict }: StoredElem): Pick<NftElem, "data"> {
  if (data === null) return {};
  if (data instanceof Uint8Array) return { data };
  return { data: verdict === null || "chain" in data ? verdictOf(data) : verdict };
}

/** Its timeout where it is not the set's, and what is left of it. */
function timesRow(set: KernelSet, elem: StoredElem, nowNs: number): Pick<NftElem, "timeoutMs" | "expiresMs"> {
  if (elem.timeoutMs === null) return {};
  const own = elem.timeoutMs === (set.spec.timeoutMs ?? 0) ? {} : { timeoutMs: elem.timeoutMs };
  if (elem.expiresAtNs === null) return own;
  const left = (Math.floor(elem.expiresAtNs / JIFFY_NS) - Math.floor(nowNs / JIFFY_NS)) * JIFFY_NS;
  return { ...own, expiresMs: Math.floor(Math.max(0, left) / MS) };
}
