import { Sim } from "../sim/sim.ts";
import type { Netns } from "../net/core/netns.ts";
import { bootNetns, createWorld } from "../net/init.ts";
import type {
  NftBatchReply, NftDump, NftElem, NftExpr, NftFamily, NftGet, NftHook, NftMsg, NftSetFlags, NftVerdict,
} from "../net/uapi/nft.ts";
import { nftBatch, nftGet } from "../net/netfilter/nft/netlink.ts";

/** Messages built by hand, as `nft` would send them; everything in table `ip t` unless said otherwise. */

const IN = { family: "ip" as NftFamily, table: "t" };
const ADD = { create: true, excl: false };
const CREATE = { create: true, excl: true };
export const CALLER = { pid: 7, comm: "nft", journey: 1 };

export const table = (name = "t", family: NftFamily = "ip", dormant = false): NftMsg => ({ op: "table.new", nlm: ADD, family, name, dormant, userdata: null });
export const createTable = (name = "t"): NftMsg => ({ op: "table.new", nlm: CREATE, family: "ip", name, dormant: false, userdata: null });
export const chain = (name: string, more: Partial<Extract<NftMsg, { op: "chain.new" }>> = {}): NftMsg => ({ op: "chain.new", nlm: ADD, ...IN, name, ...more });
export const base = (name: string, hook: NftHook, priority = 0, more: Partial<Extract<NftMsg, { op: "chain.new" }>> = {}): NftMsg =>
  chain(name, { hook: { hook, priority, devices: [] }, type: "filter", ...more });
export const rule = (name: string, exprs: readonly NftExpr[], more: Partial<Extract<NftMsg, { op: "rule.new" }>> = {}): NftMsg =>
  ({ op: "rule.new", nlm: ADD, ...IN, chain: name, exprs, how: "append", userdata: null, ...more });
export const set = (name: string, flags: NftSetFlags = {}, more: Partial<Extract<NftMsg, { op: "set.new" }>> = {}): NftMsg =>
  ({ op: "set.new", nlm: ADD, ...IN, name, flags, keyType: 7, keyLen: 4, ...more });
export const vmap = (name: string, flags: NftSetFlags = {}): NftMsg => set(name, { ...flags, map: true }, { dataType: "verdict" });
export const elems = (name: string, list: readonly NftElem[], more: Partial<Extract<NftMsg, { op: "elem.new" }>> = {}): NftMsg =>
  ({ op: "elem.new", nlm: ADD, ...IN, set: name, elems: list, ...more });
export const delElems = (name: string, list?: readonly NftElem[]): NftMsg => ({ op: "elem.del", ...IN, set: name, ...(list === undefined ? {} : { elems: list }) });
export const counter = (name: string): NftMsg => ({ op: "obj.new", nlm: ADD, ...IN, name, obj: { type: "counter", packets: 0, bytes: 0 }, userdata: null });
export const del = (what: "chain" | "set" | "flowtable", name: string): NftMsg =>
  (what === "chain" ? { op: "chain.del", ...IN, name } : what === "set" ? { op: "set.del", ...IN, name } : { op: "flowtable.del", ...IN, name });
export const delRule = (name: string, handle?: number): NftMsg => ({ op: "rule.del", ...IN, chain: name, ...(handle === undefined ? {} : { handle }) });
export const flushRuleset: NftMsg = { op: "table.del" };

export const verdict = (v: NftVerdict): NftExpr => ({ op: "verdict", verdict: v });
export const DROP = verdict({ code: "drop" });
export const jump = (name: string): NftExpr => verdict({ code: "jump", chain: name });
export const lookup = (name: string, more: Partial<Extract<NftExpr, { op: "lookup" }>> = {}): NftExpr => ({ op: "lookup", set: name, sreg: 4, invert: false, ...more });
export const COUNT: NftExpr = { op: "counter", packets: 0, bytes: 0 };

/** Four bytes, network order. */
export const key = (n: number): Uint8Array => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);

/** A namespace and its nf_tables. */
export class NftTestbed {
  readonly sim = new Sim(1);
  readonly ns: Netns;

  constructor() {
    this.ns = bootNetns(createWorld(this.sim), "box");
  }

  batch(...messages: readonly NftMsg[]): NftBatchReply {
    return nftBatch(this.ns, messages, true, CALLER);
  }

  /** Errors as "at ERROR attr[element]", or "ok". */
  try(...messages: readonly NftMsg[]): string {
    const { errors } = this.batch(...messages);
    const show = (e: (typeof errors)[number]): string => `${e.at} ${e.error} ${e.attr ?? "-"}${e.elemAt === undefined ? "" : `[${e.elemAt}]`}`;
    return errors.length === 0 ? "ok" : errors.map(show).join(", ");
  }

  get(request: NftGet): NftDump {
    const reply = nftGet(this.ns, request);
    if (reply.error !== null) throw new Error(reply.error);
    return reply.dump;
  }

  /** Everything there is, but the generation. */
  state(): object {
    const dumps = [this.get({ op: "table.dump" }), this.get({ op: "chain.dump" }), this.get({ op: "rule.dump" }), this.get({ op: "set.dump" }), this.get({ op: "obj.dump" }), this.get({ op: "flowtable.dump" })];
    const sets = this.get({ op: "set.dump" }).sets;
    const all = sets.map((s) => this.get({ op: "elem.dump", family: s.family, table: s.table, set: s.name }).elems);
    return { dumps: dumps.map(({ genid: _genid, ...dump }) => dump), all };
  }

  rules(name: string): readonly number[] {
    return this.get({ op: "rule.dump", family: "ip", table: "t", chain: name }).rules.map((r) => r.handle);
  }
}
