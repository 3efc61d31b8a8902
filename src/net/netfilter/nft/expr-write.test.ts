import { expect, test } from "vitest";
import { checksum } from "../../../wire/checksum.ts";
import { readU16 } from "../../../wire/addr.ts";
import { udpChecksumOk } from "../../../wire/udp.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { EvalTestbed, transportSum, u32be } from "../../../testing/eval-testbed.ts";

const put = (data: Uint8Array): NftExpr => ({ op: "immediate", dreg: 4, data });
const write = (more: Partial<Extract<NftExpr, { op: "payload.set" }>>): NftExpr =>
  ({ op: "payload.set", base: "nh", offset: 16, len: 4, sreg: 4, csum: "inet", csumOffset: 10, pseudoHeader: true, ...more });

test("ip daddr set: header and UDP checksum stay right", () => {
  const t = new EvalTestbed();
  const skb = t.udp(1000, 53, 5);
  t.matches(t.rule(put(u32be(0xc0a80101)), write({})), skb);
  expect([...skb.buf.subarray(skb.netAt + 16, skb.netAt + 20)]).toEqual([192, 168, 1, 1]);
  expect(checksum(skb.buf, skb.netAt, skb.netAt + 20)).toBe(0);
  expect(udpChecksumOk(skb.buf, skb.transAt, skb.netAt)).toBe(true);
});

test("ip saddr set of a TCP segment: its checksum too", () => {
  const t = new EvalTestbed();
  const skb = t.tcp(1000, 80, 2);
  t.matches(t.rule(put(u32be(0xc0a80101)), write({ offset: 12 })), skb);
  expect(transportSum(skb, 6)).toBe(0);
});

test("a UDP datagram without checksum keeps none", () => {
  const t = new EvalTestbed();
  const skb = t.udp(1000, 53);
  skb.buf.fill(0, skb.transAt + 6, skb.transAt + 8);
  t.matches(t.rule(put(u32be(0xc0a80101)), write({})), skb);
  expect(readU16(skb.buf, skb.transAt + 6)).toBe(0);
});

test("udp dport set writes the port and repairs the checksum in the same header", () => {
  const t = new EvalTestbed();
  const skb = t.udp(1000, 53);
  t.matches(t.rule(put(Uint8Array.of(0x1f, 0x90)), write({ base: "th", offset: 2, len: 2, csumOffset: 6, pseudoHeader: false })), skb);
  expect(readU16(skb.buf, skb.transAt + 2)).toBe(8080);
  expect(udpChecksumOk(skb.buf, skb.transAt, skb.netAt)).toBe(true);
});

test("a write that does not fit the packet does not match", () => {
  const t = new EvalTestbed();
  expect(t.matches(t.rule(put(u32be(1)), write({ base: "th", offset: 40 })), t.udp(1, 2))).toBe(false);
  expect(t.matches(t.rule(put(u32be(1)), write({ base: "th" })), t.udp(1, 2, 20, { frag: 0x2001 }))).toBe(false);
  expect(t.error(write({ csum: "sctp" }))).toBe("EINVAL");
});

const MSS = Uint8Array.of(1, 1, 2, 4, 0x05, 0xb4, 1, 0);
const setMss = (mss: number): readonly NftExpr[] =>
  [put(Uint8Array.of(mss >> 8, mss & 255)), { op: "exthdr.set", kind: "tcpopt", type: 2, offset: 2, len: 2, sreg: 4 }];

test("tcp option maxseg size set lowers, never raises", () => {
  const t = new EvalTestbed();
  const skb = t.tcp(1, 2, 2, MSS);
  t.matches(t.rule(...setMss(1460)), skb);
  expect(readU16(skb.buf, skb.transAt + 24)).toBe(1460);
  t.matches(t.rule(...setMss(1200)), skb);
  expect(readU16(skb.buf, skb.transAt + 24)).toBe(1200);
  expect(transportSum(skb, 6)).toBe(0);
  t.matches(t.rule(...setMss(1400)), skb);
  expect(readU16(skb.buf, skb.transAt + 24)).toBe(1200);
});

test("an option at an odd place is written with a right checksum; reset makes it NOPs", () => {
  const t = new EvalTestbed();
  const skb = t.tcp(1, 2, 2, Uint8Array.of(1, 2, 4, 0x05, 0xb4, 1, 1, 0));
  t.matches(t.rule(...setMss(1200)), skb);
  expect(readU16(skb.buf, skb.transAt + 23)).toBe(1200);
  expect(transportSum(skb, 6)).toBe(0);
  t.matches(t.rule({ op: "exthdr.strip", kind: "tcpopt", type: 2 }), skb);
  expect([...skb.buf.subarray(skb.transAt + 20, skb.transAt + 28)]).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
  expect(transportSum(skb, 6)).toBe(0);
});
