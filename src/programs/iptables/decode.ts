import type { NftExpr, NftReg } from "../../net/uapi/nft-expr.ts";
import type { NftUserdata } from "../../net/uapi/nft.ts";
import type { XtTcp, XtUdp } from "../../net/uapi/xt.ts";
import { readU16, readU32 } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { LIMIT_SCALE } from "./ext/meta.ts";
import type { Names } from "./ext/extension.ts";
import { EMPTY_TCP, EMPTY_UDP } from "./ext/ports.ts";
import { MATCHES, TARGETS } from "./ext/registry.ts";
import { EMPTY_RULE, type Invertible, type IptRule, type XtUse } from "./rule.ts";

type Cmp = Extract<NftExpr, { op: "cmp" }>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a register holds, as far as it matters here. */
type Reg =
  | { readonly is: "meta"; readonly key: string; mask?: Uint8Array }
  | { readonly is: "payload"; readonly base: string; readonly offset: number; readonly len: number; mask?: Uint8Array }
  | { readonly is: "immediate"; readonly data: Uint8Array };

const cString = (b: Uint8Array): string => fromUtf8(b).replace(/\0.*$/s, "");
const le32 = (b: Uint8Array): number => readU32(new Uint8Array([b[3] ?? 0, b[2] ?? 0, b[1] ?? 0, b[0] ?? 0]), 0);
/** Front bytes of an address or mask; the others are 0. */
const front32 = (b: Uint8Array): number => readU32(new Uint8Array([b[0] ?? 0, b[1] ?? 0, b[2] ?? 0, b[3] ?? 0]), 0);

/**
 * Reads a rule back from its instructions, whoever made them: what cannot be a rule of iptables is an error, what
 * iptables does not look at (set look-ups among it) is passed over, as the real one does.
 */
class Decoder {
  readonly rule: Mutable<IptRule> = { ...EMPTY_RULE };
  readonly errors: string[] = [];
  readonly #regs = new Map<NftReg, Reg>();
  readonly #names: Pick<Names, "iface">;
  /** Index in `matches` of the tcp or udp match that the port instructions fill. */
  #portMatch = -1;

  constructor(names: Pick<Names, "iface">) {
    this.#names = names;
  }

  run(exprs: readonly NftExpr[], userdata: NftUserdata | null): void {
    for (const e of exprs) this.#one(e);
    const comment = userdata?.["comment"];
    if (typeof comment === "string") this.#add({ name: "comment", info: { comment } });
  }

  #add(use: XtUse): void {
    this.rule.matches = [...this.rule.matches, use];
  }

  #one(e: NftExpr): void {
    switch (e.op) {
      case "counter": this.rule.packets = e.packets; this.rule.bytes = e.bytes; return;
      case "meta": this.#regs.set(e.dreg, { is: "meta", key: e.key }); return;
      case "payload": this.#regs.set(e.dreg, { is: "payload", base: e.base, offset: e.offset, len: e.len }); return;
      case "immediate": this.#regs.set(e.dreg, { is: "immediate", data: e.data }); return;
      case "bitwise": return this.#bitwise(e);
      case "cmp": return this.#cmp(e);
      case "range": return this.#range(e);
      case "verdict": return this.#verdict(e);
      case "match": return this.#match(e);
      case "target": return this.#target(e.name, { name: e.name, info: e.info });
      case "meta.set": return this.#metaSet(e);
      case "limit": return this.#add({ name: "limit", info: { avg: Math.floor((LIMIT_SCALE * e.unitSec) / e.rate), burst: e.burst } });
      case "log": return this.#log(e);
      default: return;
    }
  }

  #bitwise(e: Extract<NftExpr, { op: "bitwise" }>): void {
    const reg = this.#regs.get(e.sreg);
    if (reg !== undefined && reg.is !== "immediate") this.#regs.set(e.dreg, { ...reg, mask: e.mask });
  }

  #invert(what: Invertible, yes: boolean): void {
    if (yes && !this.rule.invert.includes(what)) this.rule.invert = [...this.rule.invert, what];
  }

  #cmp(e: Cmp): void {
    const reg = this.#regs.get(e.sreg);
    if (reg === undefined) this.errors.push("cmp sreg undef");
    else if (reg.is === "immediate") this.errors.push("cmp sreg has unknown type");
    else if (reg.is === "meta") this.#meta(reg.key, reg.mask, e);
    else if (reg.base === "nh") this.#network(reg.offset, reg.len, reg.mask, e);
    else if (reg.base === "th") this.#transport(reg.offset, reg.mask, e);
  }

  #meta(key: string, mask: Uint8Array | undefined, e: Cmp): void {
    const invert = e.cmp === "neq";
    if (key === "l4proto") {
      this.rule.proto = e.data[0] ?? 0;
      this.#invert("proto", invert);
    } else if (key === "iifname" || key === "oifname") this.#iface(key === "iifname" ? "in" : "out", e);
    else if (key === "iif" || key === "oif") this.#index(key === "iif" ? "in" : "out", e);
    else if (key === "mark") this.#add({ name: "mark", info: { mark: le32(e.data), mask: mask === undefined ? 0xffffffff : le32(mask), invert } });
    else if (key === "pkttype") {
      const type = (["unicast", "broadcast", "multicast"] as const)[e.data[0] ?? 0] ?? "unicast";
      this.#add({ name: "pkttype", info: { type, invert } });
    } else this.errors.push("unknown ipv4 meta key");
  }

  #iface(side: "in" | "out", e: Cmp): void {
    const whole = e.data.at(-1) === 0;
    const name = whole ? cString(e.data) : `${fromUtf8(e.data)}+`;
    const none = name === "INVAL/D" && e.cmp !== "neq";
    this.rule[side === "in" ? "inIface" : "outIface"] = none ? "+" : name;
    this.#invert(side, none || e.cmp === "neq");
  }

  #index(side: "in" | "out", e: Cmp): void {
    this.rule[side === "in" ? "inIface" : "outIface"] = this.#names.iface(le32(e.data)) ?? "";
    this.#invert(side, e.cmp === "neq");
  }

  #network(offset: number, len: number, mask: Uint8Array | undefined, e: Cmp): void {
    const invert = e.cmp === "neq";
    if (offset === 12 || offset === 16) {
      const ones = front32(new Uint8Array(Math.min(len, 4)).fill(0xff));
      this.rule[offset === 12 ? "src" : "dst"] = { addr: front32(e.data), mask: mask === undefined ? ones : front32(mask) };
      this.#invert(offset === 12 ? "src" : "dst", invert);
    } else if (offset === 9) {
      this.rule.proto = e.data[0] ?? 0;
      this.#invert("proto", invert);
    } else if (offset === 6) {
      this.rule.frag = true;
      this.#invert("frag", mask !== undefined && e.cmp === "eq");
    } else if (offset === 8) this.#ttl(e);
    else this.errors.push("unknown payload offset");
  }

  #ttl(e: Cmp): void {
    const ttl = e.data[0] ?? 0;
    const mode = ({ eq: "eq", neq: "ne", lt: "lt", gt: "gt", lte: "lt", gte: "gt" } as const)[e.cmp];
    this.#add({ name: "ttl", info: { mode, ttl: e.cmp === "lte" ? (ttl === 255 ? 254 : ttl + 1) : e.cmp === "gte" ? (ttl === 0 ? 1 : ttl - 1) : ttl } });
  }

  #transport(offset: number, mask: Uint8Array | undefined, e: Cmp): void {
    const { proto } = this.rule;
    if (proto === 1 || proto === 58) return this.#icmp(offset, e);
    if (proto !== 6 && proto !== 17) return void this.errors.push("unsupported layer 4 protocol value");
    if (offset === 0 && e.data.length === 4) {
      this.#port("sport", e.cmp, readU16(e.data, 0));
      this.#port("dport", e.cmp, readU16(e.data, 2));
    } else if ((offset === 0 || offset === 2) && e.data.length === 2) this.#port(offset === 0 ? "sport" : "dport", e.cmp, readU16(e.data, 0));
    else if (offset === 13 && e.data.length === 1 && proto === 6) this.#flags(e, mask);
  }

  #icmp(offset: number, e: Cmp): void {
    if (this.rule.proto === 58) return void this.errors.push("icmp match extension not found");
    if (offset > 1) return void this.errors.push("unexpected payload offset");
    const [first = 0, second] = e.data;
    const code = offset === 1 ? first : second;
    this.#add({ name: "icmp", info: { type: offset === 0 ? first : 255, codes: code === undefined ? [0, 255] : [code, code], invert: false } });
  }

  /** The one tcp or udp match of the rule. */
  #portInfo(): XtTcp | XtUdp {
    const found = this.rule.matches[this.#portMatch];
    if (found !== undefined) return found.info as XtTcp | XtUdp;
    this.#portMatch = this.rule.matches.length;
    const tcp = this.rule.proto === 6;
    this.#add({ name: tcp ? "tcp" : "udp", info: tcp ? EMPTY_TCP : EMPTY_UDP });
    return tcp ? EMPTY_TCP : EMPTY_UDP;
  }

  #setPortInfo(change: Partial<XtTcp>, invert: XtTcp["invert"][number] | null): void {
    const info = this.#portInfo();
    const list = invert === null || info.invert.some((x) => x === invert) ? info.invert : [...info.invert, invert];
    this.rule.matches = this.rule.matches.map((m, n) => (n === this.#portMatch ? { ...m, info: { ...info, ...change, invert: list } } : m));
  }

  #port(which: "sport" | "dport", op: string, port: number): void {
    const [lo, hi] = this.#portInfo()[`${which}s`];
    const range: readonly [number, number] = op === "lt" ? [lo, Math.max(port - 1, 1)] : op === "lte" ? [lo, port] : op === "gt" ? [Math.min(port + 1, 65535), hi]
      : op === "gte" ? [port, hi] : [port, port];
    this.#setPortInfo({ [`${which}s`]: range }, op === "neq" ? which : null);
  }

  #flags(e: Cmp, mask: Uint8Array | undefined): void {
    this.#setPortInfo({ flagsCmp: e.data[0] ?? 0, flagsMask: mask?.[0] ?? 0xff }, e.cmp === "neq" ? "flags" : null);
  }

  #range(e: Extract<NftExpr, { op: "range" }>): void {
    const reg = this.#regs.get(e.sreg);
    if (reg === undefined) return void this.errors.push("range sreg undef");
    if (reg.is !== "payload") return void this.errors.push("range sreg type unsupported");
    if (reg.base !== "th") return void this.errors.push("range with unknown payload base");
    if (e.from.length !== 2 || (this.rule.proto !== 6 && this.rule.proto !== 17) || (reg.offset !== 0 && reg.offset !== 2)) return;
    const which = reg.offset === 0 ? "sport" : "dport";
    this.#setPortInfo({ [`${which}s`]: [readU16(e.from, 0), readU16(e.to, 0)] }, e.cmp === "neq" ? which : null);
  }

  #verdict(e: Extract<NftExpr, { op: "verdict" }>): void {
    const v = e.verdict;
    if (v.code === "jump" || v.code === "goto") {
      this.rule.jumpto = v.chain;
      this.rule.goto = v.code === "goto";
    } else if (v.code === "accept" || v.code === "drop" || v.code === "return") this.#target(v.code.toUpperCase(), { name: v.code.toUpperCase(), info: {} });
  }

  #match({ name, info }: XtUse): void {
    if (MATCHES.has(name)) this.#add({ name, info });
    else this.errors.push("match extension not found");
  }

  #target(name: string, use: XtUse): void {
    if (!TARGETS.has(name)) return void this.errors.push("target extension not found");
    this.rule.target = use;
    this.rule.jumpto = name;
  }

  #metaSet(e: Extract<NftExpr, { op: "meta.set" }>): void {
    const reg = this.#regs.get(e.sreg);
    if (e.key !== "nftrace") this.errors.push("meta sreg key not supported");
    else if (reg?.is !== "immediate") this.errors.push("meta nftrace but reg not immediate");
    else if (reg.data[0] === 0) this.errors.push("trace is cleared");
    else this.#target("TRACE", { name: "TRACE", info: {} });
  }

  #log(e: Extract<NftExpr, { op: "log" }>): void {
    const info = { group: e.group ?? 0, prefix: e.prefix ?? "", size: e.snaplen === undefined || e.snaplen === 0 ? -1 : e.snaplen, threshold: e.qthreshold ?? 0 };
    this.#target("NFLOG", { name: "NFLOG", info });
  }
}

export interface Decoded {
  readonly rule: IptRule;
  /** Why it is no rule of iptables; empty when it is. */
  readonly errors: readonly string[];
}

/** `names`: those of devices, for rules that nft made by their index. */
export function decodeRule(exprs: readonly NftExpr[], userdata: NftUserdata | null, names: Pick<Names, "iface">): Decoded {
  const decoder = new Decoder(names);
  decoder.run(exprs, userdata);
  return { rule: decoder.rule, errors: decoder.errors };
}

const SUPPORTED: ReadonlySet<string> = new Set(["match", "target", "payload", "payload.set", "meta", "meta.set", "cmp", "bitwise", "shift", "counter", "immediate", "verdict", "lookup", "range"]);

/** Only rules of such instructions let iptables show a table: the names are nf_tables' own, so that `bitwise` covers shifts too. */
export function isCompatible(e: NftExpr): boolean {
  return SUPPORTED.has(e.op) || (e.op === "limit" && e.kind === "packets" && !e.invert) || (e.op === "log" && e.group !== undefined);
}
