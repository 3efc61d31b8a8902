import { expect, test } from "vitest";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { EvalTestbed, cmp, u32be, u32le } from "../../../testing/eval-testbed.ts";
import { jhash } from "./jhash.ts";
import { reciprocalScale } from "./expr-numgen.ts";

const limit = (more: Partial<Extract<NftExpr, { op: "limit" }>>): NftExpr => ({ op: "limit", kind: "packets", rate: 2, unitSec: 1, burst: 3, invert: false, ...more });
const MS = 1_000_000;

test("limit rate 2/second burst 3: three at once, then one each half second", () => {
  const t = new EvalTestbed();
  const rule = t.rule(limit({}));
  const at = (ms: number): boolean => {
    t.sim.runUntil(ms * MS);
    return t.matches(rule, t.icmp());
  };
  expect([0, 0, 0, 0, 499, 500, 500, 1499, 1499, 1499].map(at)).toEqual([true, true, true, false, false, true, false, true, false, false]);
});

test("limit over: what is left inside the limit does not match", () => {
  const t = new EvalTestbed();
  const rule = t.rule(limit({ invert: true }));
  expect([1, 2, 3, 4].map(() => t.matches(rule, t.icmp()))).toEqual([false, false, false, true]);
});

test("limit 100 bytes/second with a burst of 56 bytes: (100 + 56) / 28 packets of 28 bytes", () => {
  const t = new EvalTestbed();
  const rule = t.rule(limit({ kind: "bytes", rate: 100, burst: 56 }));
  expect([1, 2, 3, 4, 5, 6].map(() => t.matches(rule, t.icmp()))).toEqual([true, true, true, true, true, false]);
});

test("limit: no rate is EINVAL, a bucket past 64 bits EOVERFLOW, no burst means five", () => {
  const t = new EvalTestbed();
  expect(t.error(limit({ rate: 0 }))).toBe("EINVAL");
  expect(t.error(limit({ rate: 1, burst: 0xffffffff, unitSec: 604800 }))).toBe("EOVERFLOW");
  expect(t.error(limit({ kind: "bytes", rate: 100e9 }))).toBe("EOVERFLOW");
  expect(t.error(limit({ rate: 1e18 }))).toBe(null);
  expect(t.op(limit({ burst: 0 })).dump()).toMatchObject({ burst: 5 });
});

test("quota until 56 bytes lets two packets of 28 pass, over 56 bytes matches from the third on", () => {
  const t = new EvalTestbed();
  const until = t.rule({ op: "quota", bytes: 56, used: 0, invert: false });
  const over = t.rule({ op: "quota", bytes: 56, used: 0, invert: true });
  expect([1, 2, 3].map(() => t.matches(until, t.icmp()))).toEqual([true, true, false]);
  expect([1, 2, 3].map(() => t.matches(over, t.icmp()))).toEqual([false, false, true]);
  expect(over[0]?.dump()).toEqual({ op: "quota", bytes: 56, used: 56, invert: true, depleted: true });
  over[0]?.reset?.();
  expect(over[0]?.dump()).toEqual({ op: "quota", bytes: 56, used: 0, invert: true });
  expect(t.error({ op: "quota", bytes: 5, used: 9, invert: false })).toBe("EINVAL");
});

test("counter counts packets and IP bytes from where it was told to start", () => {
  const t = new EvalTestbed();
  const rule = t.rule({ op: "counter", packets: 5, bytes: 9 });
  t.matches(rule, t.icmp());
  expect(rule[0]?.dump()).toEqual({ op: "counter", packets: 6, bytes: 37 });
});

test("last: never, then how long ago", () => {
  const t = new EvalTestbed();
  const rule = t.rule({ op: "last", usedMs: null });
  expect(rule[0]?.dump()).toEqual({ op: "last", usedMs: null });
  t.matches(rule, t.icmp());
  t.sim.runUntil(1500 * MS);
  expect(rule[0]?.dump()).toEqual({ op: "last", usedMs: 1500 });
});

test("numgen inc mod 3 offset 10 counts 10, 11, 12, 10; random stays in its range", () => {
  const t = new EvalTestbed();
  const inc = t.op({ op: "numgen", kind: "inc", modulus: 3, offset: 10, dreg: 4 });
  const is = (n: number): boolean => t.matches([inc, t.op(cmp(u32le(n)))], t.icmp());
  expect([10, 11, 12, 10].map(is)).toEqual([true, true, true, true]);
  const random = t.rule({ op: "numgen", kind: "random", modulus: 4, offset: 0, dreg: 4 }, { op: "byteorder", to: "hton", sreg: 4, dreg: 4, len: 4, size: 4 }, cmp(u32be(4), 4, "lt"));
  for (let i = 0; i < 50; i++) expect(t.matches(random, t.icmp())).toBe(true);
  expect(t.error({ op: "numgen", kind: "inc", modulus: 0, offset: 0, dreg: 4 })).toBe("ERANGE");
  expect(t.error({ op: "numgen", kind: "inc", modulus: 0xffffffff, offset: 2, dreg: 4 })).toBe("EOVERFLOW");
});

// Recorded on Linux 6.18: `meta mark set jhash … ` of packets to 127.0.0.1, .2, .3, UDP 5001 → 81 and so on.
test("jhash: the kernel's numbers for the same bytes and seed", () => {
  const dst = (i: number): Uint8Array => Uint8Array.of(127, 0, 0, i);
  expect([1, 2, 3].map((i) => reciprocalScale(jhash(dst(i), 0, 4, 1), 0xffffffff))).toEqual([0xb3821345, 0x1ffb3ed0, 0x91048b31]);
  const flow = (i: number): Uint8Array => Uint8Array.of(127, 0, 0, 1, 127, 0, 0, i, (5000 + i) >> 8, (5000 + i) & 255, 0, 0, 0, 80 + i, 0, 0);
  expect([1, 2, 3].map((i) => reciprocalScale(jhash(flow(i), 0, 16, 0xdeadbeef), 1000) + 7)).toEqual([0x248, 0x151, 0x3b5]);
  expect([1, 2, 3].map((i) => reciprocalScale(jhash(Uint8Array.of(0, 80 + i), 0, 2, 0x22), 0xffffffff))).toEqual([0x4f41d9a9, 0x5844119a, 0xc96d4c1a]);
});

test("jhash without a seed draws one, the same in the same simulation, and never shows it", () => {
  const make = (): number => {
    const t = new EvalTestbed();
    const op = t.op({ op: "jhash", sreg: 4, dreg: 5, len: 4, modulus: 0xffffffff, offset: 0 });
    expect(op.dump()).not.toHaveProperty("seed");
    const regs = { data: new Uint8Array(64), verdict: { code: "continue" as const } };
    op.eval(regs, { ns: t.ns } as never);
    return regs.data[20]! | (regs.data[21]! << 8);
  };
  expect(make()).toBe(make());
});

test("symhash: both directions of a flow get one number", () => {
  const t = new EvalTestbed();
  const sym: NftExpr = { op: "symhash", dreg: 4, modulus: 0xffffffff, offset: 0 };
  const seen: string[] = [];
  const spy = { ...t.op(sym), eval: (regs: Parameters<ReturnType<typeof t.op>["eval"]>[0], pkt: Parameters<ReturnType<typeof t.op>["eval"]>[1]) => {
    t.op(sym).eval(regs, pkt);
    seen.push(regs.data.slice(16, 20).join("."));
  } };
  t.matches([spy], t.udp(1000, 53));
  t.matches([spy], t.udp(53, 1000, 4, { src: "10.0.0.2", dst: "10.0.0.1" }));
  t.matches([spy], t.udp(1001, 53));
  expect(seen[0]).toBe(seen[1]);
  expect(seen[2]).not.toBe(seen[0]);
});

test("connlimit counts flows, not packets: untracked ones by addresses and ports", () => {
  const t = new EvalTestbed();
  const over = t.rule({ op: "connlimit", count: 1, invert: true });
  expect([1000, 1000, 1001, 1000].map((port) => t.matches(over, t.udp(port, 53)))).toEqual([false, false, true, true]);
  t.sim.runUntil(20 * MS);
  expect(t.matches(over, t.udp(1000, 53))).toBe(false);
});
