import { expect, test } from "vitest";
import { utf8 } from "../../../wire/text.ts";
import type { NftExpr, NftMetaKey } from "../../uapi/nft-expr.ts";
import { EvalTestbed, cmp, load, u32be, u32le } from "../../../testing/eval-testbed.ts";

const name16 = (name: string): Uint8Array => {
  const out = new Uint8Array(16);
  out.set(utf8(name));
  return out;
};

test("payload: network, transport and Ethernet header; shorter than a word is padded", () => {
  const t = new EvalTestbed();
  expect(t.matches(t.rule(load("nh", 12, 4), cmp(u32be(0x0a000001))), t.udp(1000, 53))).toBe(true);
  expect(t.matches(t.rule(load("th", 2, 2), cmp(Uint8Array.of(0, 53, 0, 0))), t.udp(1000, 53))).toBe(true);
  expect(t.matches(t.rule(load("ll", 6, 6), cmp(Uint8Array.of(2, 0, 0, 0, 0, 1))), t.udp(1000, 53))).toBe(true);
});

test("payload: what the packet does not have does not match", () => {
  const t = new EvalTestbed();
  expect(t.matches(t.rule(load("th", 0, 2)), t.udp(1, 2, 4, { frag: 0x2001 }))).toBe(false);
  expect(t.matches(t.rule(load("th", 12, 4)), t.udp(1, 2, 0))).toBe(false);
  const made = t.udp(1, 2);
  made.macAt = -1;
  expect(t.matches(t.rule(load("ll", 0, 6)), made)).toBe(false);
});

test("payload: inner begins behind a UDP or TCP header", () => {
  const t = new EvalTestbed();
  const skb = t.udp(1, 2, 4);
  skb.buf.set([1, 2, 3, 4], skb.transAt + 8);
  expect(t.matches(t.rule(load("inner", 0, 4), cmp(Uint8Array.of(1, 2, 3, 4))), skb)).toBe(true);
  expect(t.matches(t.rule(load("inner", 0, 1)), t.icmp())).toBe(false);
});

test.each<[NftExpr, string | null]>([
  [load("nh", 0, 4, 15), null],
  [load("nh", 0, 5, 15), "ERANGE"],
  [load("nh", 0, 0), "EINVAL"],
  [load("nh", 0, 4, 16), "ERANGE"],
  [load("nh", 0, 256, 0), "ERANGE"],
  [load("th", 65535, 1), null],
  [cmp(new Uint8Array(17)), "EOVERFLOW"],
  [cmp(new Uint8Array(0)), "EINVAL"],
  [{ op: "range", cmp: "eq", sreg: 4, from: u32be(1), to: Uint8Array.of(1) }, "EINVAL"],
  [{ op: "bitwise", sreg: 4, dreg: 4, len: 4, mask: new Uint8Array(3), xor: new Uint8Array(4) }, "EINVAL"],
  [{ op: "shift", dir: "left", sreg: 4, dreg: 4, len: 4, bits: 32 }, "EINVAL"],
  [{ op: "byteorder", to: "ntoh", sreg: 4, dreg: 4, len: 4, size: 3 }, "EINVAL"],
  [{ op: "meta", key: "bri_iifname", dreg: 4 }, "EOPNOTSUPP"],
  [{ op: "meta", key: "nftrace", dreg: 4 }, "EOPNOTSUPP"],
  [{ op: "meta.set", key: "len", sreg: 4 }, "EOPNOTSUPP"],
  [{ op: "immediate", dreg: 4, data: new Uint8Array(17) }, "EOVERFLOW"],
])("init check of %o: %s", (expr, error) => {
  expect(new EvalTestbed().error(expr)).toBe(error);
});

test.each<[Extract<NftExpr, { op: "cmp" }>["cmp"], readonly boolean[]]>([
  ["eq", [false, true, false]], ["neq", [true, false, true]], ["lt", [true, false, false]],
  ["lte", [true, true, false]], ["gt", [false, false, true]], ["gte", [false, true, true]],
])("cmp %s with ttl 63, 64, 65 against 64", (how, expected) => {
  const t = new EvalTestbed();
  const rule = t.rule(load("nh", 8, 1), cmp(Uint8Array.of(64), 4, how));
  expect([63, 64, 65].map((ttl) => t.matches(rule, t.icmp(8, { ttl })))).toEqual(expected);
});

test("range: both ends belong to it", () => {
  const t = new EvalTestbed();
  const rule = (how: "eq" | "neq"): ReturnType<typeof t.rule> => t.rule(load("th", 2, 2), { op: "range", cmp: how, sreg: 4, from: Uint8Array.of(0, 80), to: Uint8Array.of(0, 90) });
  expect([79, 80, 90, 91].map((port) => t.matches(rule("eq"), t.udp(1, port)))).toEqual([false, true, true, false]);
  expect([79, 80, 90, 91].map((port) => t.matches(rule("neq"), t.udp(1, port)))).toEqual([true, false, false, true]);
});

test("bitwise masks, shift carries between words, byteorder swaps", () => {
  const t = new EvalTestbed();
  const mask: NftExpr = { op: "bitwise", sreg: 4, dreg: 4, len: 4, mask: u32be(0xffffff00), xor: u32be(0x1) };
  expect(t.matches(t.rule(load("nh", 16, 4), mask, cmp(u32be(0x0a000001))), t.icmp())).toBe(true);
  const wide: NftExpr = { op: "immediate", dreg: 4, data: Uint8Array.of(...u32le(0x1), ...u32le(0x80000001)) };
  const left: NftExpr = { op: "shift", dir: "left", sreg: 4, dreg: 4, len: 8, bits: 4 };
  expect(t.matches(t.rule(wide, left, cmp(Uint8Array.of(...u32le(0x18), ...u32le(0x10)))), t.icmp())).toBe(true);
  const right: NftExpr = { op: "shift", dir: "right", sreg: 4, dreg: 4, len: 8, bits: 4 };
  expect(t.matches(t.rule(wide, right, cmp(Uint8Array.of(...u32le(0), ...u32le(0x18000000)))), t.icmp())).toBe(true);
  const swap: NftExpr = { op: "byteorder", to: "hton", sreg: 4, dreg: 4, len: 4, size: 4 };
  expect(t.matches(t.rule(load("nh", 16, 4), swap, cmp(u32le(0x0a000002))), t.icmp())).toBe(true);
});

test.each<[NftMetaKey, Uint8Array]>([
  ["len", u32le(28)], ["protocol", Uint8Array.of(8, 0)], ["nfproto", Uint8Array.of(2)], ["l4proto", Uint8Array.of(1)], ["mark", u32le(0)],
  ["iif", u32le(1)], ["oif", u32le(0)], ["iifname", name16("lo")], ["oifname", name16("")], ["iiftype", Uint8Array.of(0x04, 0x03)],
  ["pkttype", Uint8Array.of(0)], ["iifgroup", u32le(0)], ["cpu", u32le(0)], ["time_hour", u32le(0)], ["time_day", Uint8Array.of(4)],
])("meta %s of a ping that came in by lo on Thursday, 1 January 1970, at midnight", (key, data) => {
  const t = new EvalTestbed();
  expect(t.matches(t.rule({ op: "meta", key, dreg: 4 }, cmp(data)), t.icmp())).toBe(true);
});

test.each<NftMetaKey>(["oiftype", "oifgroup", "oifkind", "iifkind", "skuid", "skgid", "rtclassid"])("meta %s: without device, kind, socket or route there is no match", (key) => {
  const t = new EvalTestbed();
  expect(t.matches(t.rule({ op: "meta", key, dreg: 4 }), t.icmp())).toBe(false);
});

test("meta mark set is read back; pkttype changes only among the four kinds", () => {
  const t = new EvalTestbed();
  const mark = t.rule({ op: "immediate", dreg: 4, data: u32le(0x2a) }, { op: "meta.set", key: "mark", sreg: 4 }, { op: "meta", key: "mark", dreg: 5 }, cmp(u32le(0x2a), 5));
  expect(t.matches(mark, t.icmp())).toBe(true);
  const type = (n: number): ReturnType<typeof t.rule> => t.rule({ op: "immediate", dreg: 4, data: Uint8Array.of(n) }, { op: "meta.set", key: "pkttype", sreg: 4 });
  const skb = t.icmp();
  t.matches(type(3), skb);
  expect(skb.pktType).toBe("otherhost");
  t.matches(type(4), skb);
  expect(skb.pktType).toBe("otherhost");
});

test("meta skuid is the sender's", () => {
  const t = new EvalTestbed();
  const skb = t.icmp();
  skb.sk = { uid: 1000, gid: 100, mark: 0, transparent: false, wildcard: true };
  expect(t.matches(t.rule({ op: "meta", key: "skuid", dreg: 4 }, cmp(u32le(1000))), skb)).toBe(true);
  expect(t.matches(t.rule({ op: "meta", key: "skgid", dreg: 4 }, cmp(u32le(100))), skb)).toBe(true);
});

test("TCP options: found, measured, missing; IPv4 options likewise", () => {
  const t = new EvalTestbed();
  const options = Uint8Array.of(1, 1, 2, 4, 0x05, 0xb4, 1, 0);
  const mss = (present: boolean): NftExpr => ({ op: "exthdr", kind: "tcpopt", type: 2, offset: present ? 0 : 2, len: present ? 1 : 2, dreg: 4, present });
  expect(t.matches(t.rule(mss(false), cmp(Uint8Array.of(0x05, 0xb4))), t.tcp(1, 2, 2, options))).toBe(true);
  expect(t.matches(t.rule(mss(true), cmp(Uint8Array.of(1))), t.tcp(1, 2, 2, options))).toBe(true);
  expect(t.matches(t.rule(mss(true), cmp(Uint8Array.of(0))), t.tcp(1, 2, 2))).toBe(true);
  expect(t.matches(t.rule(mss(false)), t.tcp(1, 2, 2))).toBe(false);
  const rr: NftExpr = { op: "exthdr", kind: "ipv4opt", type: 7, offset: 2, len: 1, dreg: 4, present: false };
  expect(t.matches(t.rule(rr, cmp(Uint8Array.of(4))), t.icmp(8, { options: Uint8Array.of(1, 7, 7, 4, 0, 0, 0, 0) }))).toBe(true);
  expect(t.matches(t.rule(rr), t.icmp())).toBe(false);
  expect(t.error({ ...rr, type: 68 })).toBe("EOPNOTSUPP");
});
