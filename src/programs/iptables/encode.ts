import type { NftCmpOp, NftExpr, NftMetaKey } from "../../net/uapi/nft-expr.ts";
import { XT_MATCH_REVISION, XT_TARGET_REVISION, type XtTcp, type XtUdp } from "../../net/uapi/xt.ts";
import { utf8 } from "../../wire/text.ts";
import type { Bad } from "./ext/extension.ts";
import { bad } from "./ext/extension.ts";
import { type LimitInfo, type MarkInfo, limitUnit } from "./ext/meta.ts";
import { EMPTY_TCP, EMPTY_UDP } from "./ext/ports.ts";
import type { NflogInfo } from "./ext/targets.ts";
import type { AddrMask, Invertible, IptRule, XtUse } from "./rule.ts";

/** A rule as instructions, exactly those that iptables 1.8.9 makes, in its order. Everything goes through NFT_REG_1. */

const REG = 0;
const TRACE_REG = 1;
const eqOr = (invert: boolean): NftCmpOp => (invert ? "neq" : "eq");
const cmp = (op: NftCmpOp, data: Uint8Array): NftExpr => ({ op: "cmp", cmp: op, sreg: REG, data });
const meta = (key: NftMetaKey): NftExpr => ({ op: "meta", key, dreg: REG });
const payload = (base: "nh" | "th", offset: number, len: number): NftExpr => ({ op: "payload", base, offset, len, dreg: REG });
const bitwise = (mask: Uint8Array): NftExpr => ({ op: "bitwise", sreg: REG, dreg: REG, len: mask.length, mask, xor: new Uint8Array(mask.length) });

/** Network order. */
const be16 = (n: number): Uint8Array => new Uint8Array([n >>> 8, n & 0xff]);
export const be32 = (n: number): Uint8Array => new Uint8Array([n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff]);
/** Host order. */
export const le32 = (n: number): Uint8Array => be32(n).reverse();

/** A name with its zero; `eth+` without one: the front only. `+` alone is any device, and not any is none. */
function iface(key: "iifname" | "oifname", name: string, invert: boolean): NftExpr[] {
  if (name === "") return [];
  if (name === "+") return [meta(key), ...(invert ? [cmp("eq", utf8("INVAL/D\0"))] : [])];
  return [meta(key), cmp(eqOr(invert), utf8(name.endsWith("+") ? name.slice(0, -1) : `${name}\0`))];
}

/** Whole bytes of a prefix are loaded as they are; other masks are applied. */
function address(offset: number, { addr, mask }: AddrMask, invert: boolean): NftExpr[] {
  if (addr === 0 && mask === 0 && !invert) return [];
  const m = be32(mask);
  const whole = [...m].findIndex((b) => b !== 0xff);
  const ones = whole < 0 ? 4 : whole;
  const masked = m.slice(ones).some((b) => b !== 0);
  const len = masked ? 4 : ones;
  return [payload("nh", offset, len), ...(masked ? [bitwise(m)] : []), cmp(eqOr(invert), be32(addr).slice(0, len))];
}

function fragment(r: IptRule): NftExpr[] {
  return r.frag ? [payload("nh", 6, 2), bitwise(be16(0x1fff)), cmp(r.invert.includes("frag") ? "eq" : "neq", be16(0))] : [];
}

/** One port field. */
function portRange([lo, hi]: readonly [number, number], invert: boolean): NftExpr {
  if (lo === hi) return cmp(eqOr(invert), be16(lo));
  if (lo === 0 && hi < 65535) return cmp(invert ? "gt" : "lte", be16(hi));
  return { op: "range", cmp: invert ? "neq" : "eq", sreg: REG, from: be16(lo), to: be16(hi) };
}

/** Two single ports of one sense are compared at once. */
function ports(i: XtTcp | XtUdp): NftExpr[] {
  const [src, dst] = [i.sports, i.dports];
  const has = (name: "sport" | "dport"): boolean => i.invert.some((x) => x === name);
  if (src[0] !== 0 && src[0] === src[1] && dst[0] !== 0 && dst[0] === dst[1] && has("sport") === has("dport")) {
    return [payload("th", 0, 4), cmp(eqOr(has("sport")), be32(src[0] * 65536 + dst[0]))];
  }
  const one = (r: readonly [number, number], offset: number, invert: boolean): NftExpr[] => (r[0] !== 0 || r[1] < 65535 ? [payload("th", offset, 2), portRange(r, invert)] : []);
  return [...one(src, 0, has("sport")), ...one(dst, 2, has("dport"))];
}

const compat = (use: XtUse, revision: number): NftExpr => ({ op: "match", name: use.name, rev: revision, info: use.info });
const same = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

function tcp(use: XtUse, proto: number): NftExpr[] | Bad {
  const i = use.info as XtTcp;
  if (i.option !== 0 || i.invert.includes("option") || same(i, EMPTY_TCP)) return [compat(use, 0)];
  if (proto !== 6) return bad("TCP match requires '-p tcp'");
  const flags = i.flagsMask === 0 ? [] : [payload("th", 13, 1), bitwise(new Uint8Array([i.flagsMask])), cmp(eqOr(i.invert.includes("flags")), new Uint8Array([i.flagsCmp]))];
  return [...flags, ...ports(i)];
}

function udp(use: XtUse, proto: number): NftExpr[] | Bad {
  const i = use.info as XtUdp;
  if (same(i, EMPTY_UDP)) return [compat(use, 0)];
  return proto === 17 ? ports(i) : bad("UDP match requires '-p udp'");
}

function mark(i: MarkInfo): NftExpr[] {
  return [meta("mark"), ...(i.mask === 0xffffffff ? [] : [bitwise(le32(i.mask))]), cmp(eqOr(i.invert), le32(i.mark))];
}

function limit(i: LimitInfo): NftExpr {
  const { rate, sec } = limitUnit(i.avg);
  return { op: "limit", kind: "packets", rate, unitSec: sec, burst: i.burst, invert: false };
}

function match(use: XtUse, proto: number): NftExpr[] | Bad {
  switch (use.name) {
    case "tcp": return tcp(use, proto);
    case "udp": return udp(use, proto);
    case "mark": return mark(use.info as MarkInfo);
    case "limit": return [limit(use.info as LimitInfo)];
    default: return [compat(use, (XT_MATCH_REVISION as Readonly<Record<string, number>>)[use.name] ?? 0)];
  }
}

function nflog(i: NflogInfo): NftExpr {
  return {
    op: "log", group: i.group, ...(i.prefix === "" ? {} : { prefix: i.prefix }), ...(i.size < 0 ? {} : { snaplen: i.size }),
    ...(i.threshold === 0 ? {} : { qthreshold: i.threshold }),
  };
}

function target(use: XtUse): NftExpr[] {
  switch (use.name) {
    case "ACCEPT": return [{ op: "verdict", verdict: { code: "accept" } }];
    case "DROP": return [{ op: "verdict", verdict: { code: "drop" } }];
    case "RETURN": return [{ op: "verdict", verdict: { code: "return" } }];
    case "TRACE": return [{ op: "immediate", dreg: TRACE_REG, data: new Uint8Array([1]) }, { op: "meta.set", key: "nftrace", sreg: TRACE_REG }];
    case "NFLOG": return [nflog(use.info as NflogInfo)];
    default: return [{ op: "target", name: use.name, rev: (XT_TARGET_REVISION as Readonly<Record<string, number>>)[use.name] ?? 0, info: use.info }];
  }
}

function action(r: IptRule): NftExpr[] {
  if (r.target !== null) return target(r.target);
  return r.jumpto === "" ? [] : [{ op: "verdict", verdict: { code: r.goto ? "goto" : "jump", chain: r.jumpto } }];
}

/** Counters stand before the target: it may end the rule. */
export function encodeRule(r: IptRule): NftExpr[] | Bad {
  const inverted = (what: Invertible): boolean => r.invert.includes(what);
  const out: NftExpr[] = [
    ...iface("iifname", r.inIface, inverted("in")), ...iface("oifname", r.outIface, inverted("out")),
    ...(r.proto === 0 ? [] : [meta("l4proto"), cmp(eqOr(inverted("proto")), new Uint8Array([r.proto]))]),
    ...address(12, r.src, inverted("src")), ...address(16, r.dst, inverted("dst")), ...fragment(r),
  ];
  for (const use of r.matches) {
    const exprs = match(use, r.proto);
    if ("bad" in exprs) return exprs;
    out.push(...exprs);
  }
  return [...out, { op: "counter", packets: r.packets, bytes: r.bytes }, ...action(r)];
}

/** NFTA_RULE_COMPAT. */
export const compatOf = (r: IptRule): { readonly proto: number; readonly invert: boolean } => ({ proto: r.proto, invert: r.invert.includes("proto") });
