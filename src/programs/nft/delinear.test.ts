import fc from "fast-check";
import { expect, test } from "vitest";
import type { NftElem, NftExpr, NftFamily, NftRuleRow, NftSetRow } from "../../net/uapi/nft.ts";
import type { PrintFlags, TypeEnv } from "./datatype.ts";
import { setOf } from "./delinear-decl.ts";
import { ruleFromRow } from "./delinear-rule.ts";
import { jsonRule, jsonSet } from "./json-decl.ts";
import { jsonText } from "./json-text.ts";
import { printRule } from "./print-chain.ts";
import type { Printing } from "./print-expr.ts";
import { printSet } from "./print-set.ts";

const FLAGS: PrintFlags = {
  reverseDns: false, service: false, stateless: false, handle: false, guid: false, numericProto: false, numericPrio: false, numericSymbol: false,
  numericTime: false, terse: false, echo: false, json: false,
};
const ENV: TypeEnv = {
  ifindexOf: () => null, ifnameOf: (i) => (i === 1 ? "lo" : null), gmtOffsetSec: 0, uidOf: () => null, gidOf: () => null, userOf: () => null, groupOf: () => null,
};
const P: Printing = { flags: FLAGS, env: ENV };

const row = (family: NftFamily, exprs: readonly NftExpr[]): NftRuleRow => ({ family, table: "t", chain: "c", handle: 1, exprs, userdata: null, compat: null });
const bytes = (...data: number[]): Uint8Array => Uint8Array.from(data);
const text = (family: NftFamily, ...exprs: NftExpr[]): string => printRule(ruleFromRow(row(family, exprs), { family, set: () => null, block: () => null }), P);

const L4PROTO: NftExpr = { op: "meta", key: "l4proto", dreg: 0 };
const is = (...data: number[]): NftExpr => ({ op: "cmp", cmp: "eq", sreg: 0, data: bytes(...data) });
const load = (base: "nh" | "th", offset: number, len: number): NftExpr => ({ op: "payload", base, offset, len, dreg: 0 });
const masked = (mask: readonly number[]): NftExpr => ({ op: "bitwise", sreg: 0, dreg: 0, len: mask.length, mask: bytes(...mask), xor: new Uint8Array(mask.length) });

test("a port after its protocol → the protocol is not said", () => {
  expect(text("inet", L4PROTO, is(6), load("th", 2, 2), is(0, 22))).toBe("tcp dport 22");
});

test("a counter between protocol and port → the protocol stays", () => {
  expect(text("ip", L4PROTO, is(6), { op: "counter", packets: 1, bytes: 2 }, load("th", 2, 2), is(0, 22))).toBe("meta l4proto tcp counter packets 1 bytes 2 tcp dport 22");
});

test("one load over two fields → two matches", () => {
  expect(text("inet", L4PROTO, is(6), load("th", 0, 4), is(0, 5, 0, 22))).toBe("tcp sport 5 tcp dport 22");
});

test("fewer bytes than an address → a prefix", () => {
  expect(text("ip", load("nh", 12, 1), is(10))).toBe("ip saddr 10.0.0.0/8");
});

test("a mask of leading ones → a prefix, another mask is kept", () => {
  expect(text("ip", load("nh", 12, 4), masked([255, 240, 0, 0]), is(172, 16, 0, 0))).toBe("ip saddr 172.16.0.0/12");
  expect(text("ip", load("nh", 12, 4), masked([0, 0, 0, 255]), is(0, 0, 0, 1))).toBe("ip saddr & 0.0.0.255 == 0.0.0.1");
});

test("a field of six bits → its name, its value shifted", () => {
  expect(text("ip", load("nh", 1, 1), masked([0xfc]), is(0x20))).toBe("ip dscp cs1");
});

test("flags tested by bits → a list, compared under a mask → with the mask", () => {
  const flags = [L4PROTO, is(6), load("th", 13, 1), masked([0x12])];
  expect(text("ip", ...flags, { op: "cmp", cmp: "neq", sreg: 0, data: bytes(0) })).toBe("tcp flags syn,ack");
  expect(text("ip", ...flags, is(2))).toBe("tcp flags syn / syn,ack");
});

test("a name without its zero byte → a wildcard", () => {
  expect(text("ip", { op: "meta", key: "iifname", dreg: 0 }, is(0x65, 0x74, 0x68))).toBe('iifname "eth*"');
});

test("two comparisons over one load → a range", () => {
  const mark: NftExpr = { op: "meta", key: "mark", dreg: 0 };
  const turn: NftExpr = { op: "byteorder", to: "hton", sreg: 0, dreg: 0, len: 4, size: 4 };
  expect(text("ip", mark, turn, { op: "cmp", cmp: "gte", sreg: 0, data: bytes(0, 0, 0, 5) }, { op: "cmp", cmp: "lte", sreg: 0, data: bytes(0, 0, 0, 9) })).toBe("meta mark 0x00000005-0x00000009");
});

const reg = fc.integer({ min: 0, max: 15 });
const data = fc.uint8Array({ maxLength: 20 });
const small = fc.integer({ min: 0, max: 40 });
const set = fc.constantFrom("addrs", "verdicts", "nosuch");
const load1: fc.Arbitrary<NftExpr> = fc.oneof(
  fc.record({ op: fc.constant("payload" as const), base: fc.constantFrom("ll" as const, "nh" as const, "th" as const, "inner" as const), offset: small, len: small, dreg: reg }),
  fc.record({ op: fc.constant("meta" as const), key: fc.constantFrom("l4proto" as const, "protocol" as const, "nfproto" as const, "mark" as const, "iifname" as const, "iiftype" as const, "time_ns" as const, "broute" as const), dreg: reg }),
  fc.record({ op: fc.constant("ct" as const), key: fc.constantFrom("state" as const, "src" as const, "labels" as const, "timeout" as const, "proto_src" as const), dreg: reg }),
  fc.record({ op: fc.constant("exthdr" as const), kind: fc.constantFrom("ipv6" as const, "tcpopt" as const, "ipv4opt" as const, "sctp" as const), type: fc.integer({ min: 0, max: 255 }), offset: small, len: small, dreg: reg, present: fc.boolean() }),
  fc.record({ op: fc.constant("jhash" as const), sreg: reg, dreg: reg, len: small, modulus: small, offset: small }),
  fc.record({ op: fc.constant("immediate" as const), dreg: reg, data }),
);
const change: fc.Arbitrary<NftExpr> = fc.oneof(
  fc.record({ op: fc.constant("bitwise" as const), sreg: reg, dreg: reg, len: small, mask: data, xor: data }),
  fc.record({ op: fc.constant("shift" as const), dir: fc.constantFrom("left" as const, "right" as const), sreg: reg, dreg: reg, len: small, bits: small }),
  fc.record({ op: fc.constant("byteorder" as const), to: fc.constantFrom("ntoh" as const, "hton" as const), sreg: reg, dreg: reg, len: small, size: small }),
  fc.record({ op: fc.constant("lookup" as const), set, sreg: reg, dreg: fc.oneof(reg, fc.constant("verdict" as const)), invert: fc.boolean() }),
);
const match: fc.Arbitrary<NftExpr> = fc.oneof(
  fc.record({ op: fc.constant("cmp" as const), cmp: fc.constantFrom("eq" as const, "neq" as const, "lt" as const, "gt" as const, "gte" as const, "lte" as const), sreg: reg, data }),
  fc.record({ op: fc.constant("range" as const), cmp: fc.constantFrom("eq" as const, "neq" as const), sreg: reg, from: data, to: data }),
  fc.record({ op: fc.constant("lookup" as const), set, sreg: reg, invert: fc.boolean() }),
);
const action: fc.Arbitrary<NftExpr> = fc.oneof(
  fc.record({ op: fc.constant("nat" as const), kind: fc.constantFrom("snat" as const, "dnat" as const), family: fc.constantFrom("ip" as const, "ip6" as const, "inet" as const), addrMin: reg, addrMax: reg, protoMin: reg, flags: fc.integer({ min: 0, max: 127 }) }),
  fc.record({ op: fc.constant("payload.set" as const), base: fc.constantFrom("nh" as const, "th" as const), offset: small, len: small, sreg: reg, csum: fc.constant("none" as const), csumOffset: small, pseudoHeader: fc.boolean() }),
  fc.record({ op: fc.constant("meta.set" as const), key: fc.constantFrom("mark" as const, "priority" as const), sreg: reg }),
  fc.record({ op: fc.constant("ct.set" as const), key: fc.constantFrom("labels" as const, "eventmask" as const, "mark" as const), sreg: reg }),
  fc.record({ op: fc.constant("dynset" as const), cmd: fc.constant("add" as const), set, sreg: reg, sregData: reg, exprs: fc.constant([]), invert: fc.boolean() }),
  fc.record({ op: fc.constant("reject" as const), kind: fc.constantFrom("icmp" as const, "tcp-reset" as const, "icmpx" as const), code: small }),
  fc.record({ op: fc.constant("objref.map" as const), set, sreg: reg }),
  fc.record({ op: fc.constant("tproxy" as const), family: fc.constantFrom("ip" as const, "inet" as const), addr: reg, port: reg }),
  fc.record({ op: fc.constant("fwd" as const), dev: reg, addr: reg }),
  fc.constant<NftExpr>({ op: "verdict", verdict: { code: "jump", chain: "x" } }),
);

const setRow = (name: string, more: Partial<NftSetRow>): NftSetRow => ({ family: "inet", table: "t", name, handle: 1, count: 0, flags: {}, keyType: 7, keyLen: 4, ...more });

test("any instructions → some text, never a crash", () => {
  const sets = new Map([
    ["addrs", setOf(setRow("addrs", { flags: { anonymous: true, interval: true } }), [{ key: bytes(1, 1, 1, 1) }, { key: bytes(2, 1, 1, 1), intervalEnd: true }])],
    ["verdicts", setOf(setRow("verdicts", { flags: { anonymous: true, map: true }, keyType: (7 << 6) | 13, keyLen: 8, dataType: "verdict" }), [{ key: new Uint8Array(8), data: { code: "drop" } }])],
  ]);
  const family = fc.constantFrom<NftFamily>("ip", "ip6", "inet", "arp", "bridge", "netdev");
  fc.assert(fc.property(family, fc.array(fc.oneof(load1, load1, change, match, match, action), { maxLength: 12 }), (f, exprs) => {
    const rule = ruleFromRow(row(f, exprs), { family: f, set: (name) => sets.get(name) ?? null, block: () => null });
    expect(typeof printRule(rule, P)).toBe("string");
    expect(JSON.parse(jsonText(jsonRule(rule, P)))).toHaveProperty("rule");
  }), { numRuns: 3000 });
});

test("any elements of any set → some text, never a crash", () => {
  const elem: fc.Arbitrary<NftElem> = fc.record({ key: data, intervalEnd: fc.boolean(), data: fc.oneof(data, fc.constant({ code: "accept" as const })), keyEnd: data }, { requiredKeys: ["key"] });
  const flags = fc.record({ interval: fc.boolean(), map: fc.boolean(), anonymous: fc.boolean() });
  fc.assert(fc.property(flags, fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 64 }), fc.array(elem, { maxLength: 5 }), (f, keyType, keyLen, elems) => {
    const decl = setOf(setRow("s", { flags: f, keyType, keyLen, dataType: 7, dataLen: 4 }), elems);
    expect(printSet(decl, P)).toContain("s {");
    expect(JSON.parse(jsonText(jsonSet(decl, P)))).toBeTypeOf("object");
  }), { numRuns: 2000 });
});
