import type { Netns } from "../net/core/netns.ts";
import { nftBatch } from "../net/netfilter/nft/netlink.ts";
import type { NftElem, NftMsg } from "../net/uapi/nft.ts";
import type { NftExpr } from "../net/uapi/nft-expr.ts";

/* Rule sets of a size, as `nft` would send them, for measuring what rules cost a packet. */

const TABLE = { family: "ip", table: "bench" } as const;
const NEW = { create: true, excl: false };
const CALLER = { pid: 1, comm: "bench", journey: 0 };

function commit(ns: Netns, messages: readonly NftMsg[]): void {
  const { errors } = nftBatch(ns, messages, false, CALLER);
  if (errors.length > 0) throw new Error(`bench: message ${errors[0]!.at}: ${errors[0]!.error}`);
}

function base(ns: Netns): void {
  commit(ns, [
    { op: "table.new", nlm: NEW, family: "ip", name: TABLE.table, dormant: false, userdata: null },
    { op: "chain.new", nlm: NEW, ...TABLE, name: "fwd", hook: { hook: "forward", priority: 0, devices: [] }, type: "filter", policy: "accept" },
  ]);
}

const rule = (exprs: readonly NftExpr[]): NftMsg => ({ op: "rule.new", nlm: NEW, ...TABLE, chain: "fwd", how: "append", exprs, userdata: null });
const address = (n: number): Uint8Array => Uint8Array.of(192, 168, n >>> 8, n);
/** ip daddr, into register 1. */
const DADDR: NftExpr = { op: "payload", base: "nh", offset: 16, len: 4, dreg: 0 };

/** `count` rules `ip daddr 192.168.x.y counter` at forward, none of which matches. */
export function linearRules(ns: Netns, count: number): void {
  base(ns);
  const one = (n: number): NftMsg => rule([DADDR, { op: "cmp", cmp: "eq", sreg: 0, data: address(n) }, { op: "counter", packets: 0, bytes: 0 }]);
  commit(ns, Array.from({ length: count }, (_, n) => one(n)));
}

/** One rule `ip daddr vmap @m` with `entries` addresses of which none matches. */
export function mapRule(ns: Netns, entries: number): void {
  base(ns);
  const elems: NftElem[] = Array.from({ length: entries }, (_, n) => ({ key: address(n), data: { code: "drop" } }));
  commit(ns, [
    { op: "set.new", nlm: NEW, ...TABLE, name: "m", id: 1, flags: { map: true }, keyType: 7, keyLen: 4, dataType: "verdict" },
    { op: "elem.new", nlm: NEW, ...TABLE, set: "m", setId: 1, elems },
    rule([DADDR, { op: "lookup", set: "m", setId: 1, sreg: 0, dreg: "verdict", invert: false }]),
  ]);
}
