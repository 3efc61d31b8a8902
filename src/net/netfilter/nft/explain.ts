import { formatIp4, ip4, readIp4, readU16 } from "../../../wire/addr.ts";
import type { CtDir, NftCtKey, NftExpr, NftMetaKey } from "../../uapi/nft-expr.ts";
import { ctOf } from "../ct-entry.ts";
import { RTN } from "./expr-fib.ts";
import { type Said, protocolName, sayPayload } from "./field-names.ts";
import type { NftPkt, NftRegs, NftRule } from "./model.ts";
import { load16, load32, newRegs } from "./vm.ts";

/** Why a rule did not match, in plain words; `at` is the instruction that said so. */
export function explainMiss(rule: NftRule, at: number, regs: NftRegs, pkt: NftPkt): string {
  const expr = rule.ops[at]?.dump();
  if (expr === undefined) return "no match";
  switch (expr.op) {
    case "cmp": case "range": return sayRegister(rule, at, expr.sreg, regs, pkt);
    case "lookup": return `${sayRegister(rule, at, expr.sreg, regs, pkt)}, which is ${expr.invert ? "" : "not "}in ${setName(expr.set)}`;
    case "dynset": return `@${expr.set} ${expr.invert ? "took" : "did not take"} the element`;
    case "limit": return expr.invert ? "within the limit" : "over the limit";
    case "quota": return expr.invert ? "the quota is not used up" : "the quota is used up";
    case "connlimit": return expr.invert ? "not more flows than that" : "more flows than that";
    case "payload": return `the packet has no ${HEADERS[expr.base]} here`;
    case "meta": return `meta ${expr.key} is unknown here`;
    case "ct": return ctOf(pkt.skb) === null ? "conntrack knows no flow of this packet" : `ct ${expr.key} is not set`;
    case "match": return `-m ${expr.name} does not match`;
    case "fib": case "rt": case "socket": case "exthdr": return `${expr.op} says nothing of this packet`;
    default: return `no match at ${expr.op}`;
  }
}

const HEADERS = { ll: "Ethernet header", nh: "network header", th: "transport header", inner: "inner header" } as const;
const setName = (name: string): string => (name.startsWith("__") ? "the set" : `@${name}`);

/** What stands in a register that a comparison looked at: the field it was read from, and its value. A set's key may be several. */
function sayRegister(rule: NftRule, before: number, reg: number, regs: NftRegs, pkt: NftPkt): string {
  const parts: Said[] = [];
  let wanted = reg;
  for (let source = sourceOf(rule, before, wanted), last = -1; source !== null && source.at > last; source = sourceOf(rule, before, wanted)) {
    const said = saySource(rule, source, regs, pkt);
    parts.push(...said);
    last = source.at;
    wanted += wordsOf(source.expr);
  }
  if (parts.length === 0) return "another value";
  return `${parts.map((p) => p.name).join(" . ")} is ${parts.map((p) => p.value).join(" . ")}`;
}

function saySource(rule: NftRule, { expr, at }: Source, regs: NftRegs, pkt: NftPkt): readonly Said[] {
  if (expr.op === "payload") return sayPayload(expr.base, expr.offset, expr.len, pkt);
  // Masks and shifts have changed the register: read the field once more. Counting generators must not be asked twice.
  const fresh = newRegs();
  if (expr.op === "numgen" || (expr.op === "meta" && expr.key === "prandom")) fresh.data.set(regs.data);
  else rule.ops[at]!.eval(fresh, pkt);
  return [sayValue(expr, fresh.data, pkt)];
}

/** Registers that a source fills. */
function wordsOf(expr: Source["expr"]): number {
  if (expr.op === "payload" || expr.op === "exthdr") return (expr.len + 3) >> 2;
  return (expr.op === "meta" && NAMED.includes(expr.key)) || (expr.op === "fib" && expr.result === "oifname") ? 4 : 1;
}

type Source = { readonly expr: NftExpr & { readonly dreg: number }; readonly at: number };

/** The instruction that filled a register, behind masks, shifts and byte swaps. */
function sourceOf(rule: NftRule, before: number, reg: number): Source | null {
  let wanted = reg;
  for (let at = before - 1; at >= 0; at--) {
    const expr = rule.ops[at]!.dump();
    if (!("dreg" in expr) || expr.dreg !== wanted) continue;
    if (expr.op === "bitwise" || expr.op === "byteorder" || expr.op === "shift") wanted = expr.sreg;
    else if (typeof expr.dreg === "number") return { expr: { ...expr, dreg: expr.dreg }, at };
  }
  return null;
}

function sayValue(expr: Source["expr"], data: Uint8Array, pkt: NftPkt): Said {
  const at = expr.dreg * 4;
  switch (expr.op) {
    case "meta": return { name: metaName(expr.key), value: metaValue(expr.key, data, at, pkt) };
    case "ct": return { name: `ct ${dirWord(expr.dir)}${expr.key}`, value: ctValue(expr.key, data, at) };
    case "fib": return { name: `fib ${expr.flags.join(" . ")} ${expr.result === "addrtype" ? "type" : expr.result}`, value: fibValue(expr, data, at, pkt) };
    case "exthdr": return expr.present ? { name: "the option or header", value: data[at] === 0 ? "missing" : "there" } : { name: "the option", value: `0x${data[at]!.toString(16)}` };
    case "jhash": case "symhash": case "numgen": return { name: expr.op, value: String(load32(data, at)) };
    default: return { name: expr.op, value: `0x${load32(data, at).toString(16)}` };
  }
}

function fibValue(expr: Extract<NftExpr, { readonly op: "fib" }>, data: Uint8Array, at: number, pkt: NftPkt): string {
  if (expr.present) return data[at] === 0 ? "missing" : "there";
  if (expr.result === "addrtype") return Object.entries(RTN).find(([, n]) => n === load32(data, at))?.[0] ?? "unknown";
  return expr.result === "oifname" ? quoted(data, at) : `"${pkt.ns.byIndex.get(load32(data, at))?.name ?? ""}"`;
}

const dirWord = (dir: CtDir | undefined): string => (dir === undefined ? "" : `${dir} `);

const QUALIFIED: readonly NftMetaKey[] = ["len", "mark", "cgroup", "protocol", "priority", "nfproto", "l4proto", "prandom", "secpath", "secmark", "pkttype", "iifkind", "oifkind", "skuid", "skgid", "cpu", "iiftype", "oiftype", "time_ns", "time_day", "time_hour"];
const metaName = (key: NftMetaKey): string => (QUALIFIED.includes(key) ? `meta ${META_WORDS[key] ?? key}` : (META_WORDS[key] ?? key));
const META_WORDS: Partial<Record<NftMetaKey, string>> =
  { len: "length", prandom: "random", time_ns: "time", time_day: "day", time_hour: "hour", bri_iifname: "meta ibrname", bri_oifname: "meta obrname" };

const NAMED: readonly NftMetaKey[] = ["iifname", "oifname", "iifkind", "oifkind", "bri_iifname", "bri_oifname", "sdifname"];
const NFPROTOS: Readonly<Record<number, string>> = { 2: "ipv4", 3: "arp", 5: "netdev", 7: "bridge", 10: "ipv6" };

function metaValue(key: NftMetaKey, data: Uint8Array, at: number, pkt: NftPkt): string {
  if (NAMED.includes(key)) return quoted(data, at);
  switch (key) {
    case "iif": case "oif": return `"${pkt.ns.byIndex.get(load32(data, at))?.name ?? ""}"`;
    case "mark": return `0x${load32(data, at).toString(16).padStart(8, "0")}`;
    case "l4proto": return protocolName(data[at]!);
    case "nfproto": return NFPROTOS[data[at]!] ?? String(data[at]!);
    case "protocol": return `0x${readU16(data, at).toString(16).padStart(4, "0")}`;
    case "pkttype": return pkt.skb.pktType;
    default: return String(load32(data, at));
  }
}

/** A device's name; empty where there is no device. */
function quoted(data: Uint8Array, at: number): string {
  let name = "";
  for (let i = at; i < at + 16 && data[i] !== 0; i++) name += String.fromCharCode(data[i]!);
  return `"${name}"`;
}

const STATES: Readonly<Record<number, string>> = { 1: "invalid", 2: "established", 4: "related", 8: "new", 64: "untracked" };

function ctValue(key: NftCtKey, data: Uint8Array, at: number): string {
  switch (key) {
    case "state": return STATES[load32(data, at)] ?? String(load32(data, at));
    case "direction": return data[at] === 0 ? "original" : "reply";
    case "src": case "dst": case "src_ip": case "dst_ip": return formatIp4(readIp4(data, at));
    case "proto_src": case "proto_dst": return String(readU16(data, at));
    case "protocol": return protocolName(data[at]!);
    case "zone": return String(load16(data, at));
    case "mark": case "status": return `0x${load32(data, at).toString(16)}`;
    default: return String(load32(data, at));
  }
}

/** What a rule that matched did, where that says more than its verdict. */
export function describeAction(rule: NftRule, regs: NftRegs, pkt: NftPkt): string | null {
  const expr = rule.ops[rule.ops.length - 1]?.dump();
  if (expr === undefined) return null;
  switch (expr.op) {
    case "nat": return `${expr.kind} to ${sayRange(expr, regs)}`;
    case "masq": return `masquerade as ${newSource(pkt)}`;
    case "redir": return expr.protoMin === undefined ? "redirect" : `redirect to ${sayPorts(expr, regs)}`;
    case "reject": return `reject with ${expr.kind === "tcp-reset" ? "tcp reset" : `${expr.kind} code ${expr.code}`}`;
    case "target": return expr.name === "MASQUERADE" ? `MASQUERADE as ${newSource(pkt)}` : sayTarget(expr, pkt);
    default: return null;
  }
}

/** The address that the flow's answers will come to. */
function newSource({ skb }: NftPkt): string {
  const ct = ctOf(skb);
  return ct === null ? "nothing: no flow" : formatIp4(ct.reply.dst);
}

function sayTarget(expr: Extract<NftExpr, { readonly op: "match" | "target" }>, { skb }: NftPkt): string {
  const ct = ctOf(skb);
  if (ct === null || (expr.name !== "DNAT" && expr.name !== "SNAT")) return expr.name;
  return `${expr.name} to ${formatIp4(ip4(expr.name === "DNAT" ? ct.reply.src : ct.reply.dst))}`;
}

interface Range {
  readonly addrMin?: number;
  readonly addrMax?: number;
  readonly protoMin?: number;
  readonly protoMax?: number;
}

function sayRange(range: Range & { readonly family: "ip" | "ip6" | "inet" }, regs: NftRegs): string {
  const addr = (reg: number): string => (range.family === "ip" ? formatIp4(readIp4(regs.data, reg * 4)) : "an IPv6 address");
  const from = range.addrMin === undefined ? "" : addr(range.addrMin);
  const to = range.addrMax === undefined || range.addrMax === range.addrMin ? "" : `-${addr(range.addrMax)}`;
  return from + (to === `-${from}` ? "" : to) + (range.protoMin === undefined ? "" : sayPorts(range, regs));
}

function sayPorts(range: Range, regs: NftRegs): string {
  const port = (reg: number): number => readU16(regs.data, reg * 4);
  const from = range.protoMin === undefined ? 0 : port(range.protoMin);
  const to = range.protoMax === undefined ? from : port(range.protoMax);
  return to === from ? `:${from}` : `:${from}-${to}`;
}
