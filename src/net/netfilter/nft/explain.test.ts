import { expect, test } from "vitest";
import { EvalTestbed, cmp, load, u32be, u32le } from "../../../testing/eval-testbed.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import type { Loser, TraceEvent } from "../../uapi/trace.ts";
import type { Skb } from "../../core/skb.ts";

/** Why a rule of these instructions passes the packet over, as the trace says it. */
function why(exprs: readonly NftExpr[], packet: (t: EvalTestbed) => Skb = (t) => t.udp(1000, 53)): string {
  const t = new EvalTestbed();
  const events: TraceEvent[] = [];
  t.ns.world.trace = { event: (e) => events.push(e) };
  t.verdict(t.chain("c", [t.rule(...exprs)], "accept"), packet(t));
  const losers: readonly Loser[] = events[0]?.decision?.losers ?? [];
  return losers[0]?.why ?? "it matched";
}

const mask = (m: number): NftExpr => ({ op: "bitwise", sreg: 4, dreg: 4, len: 4, mask: u32be(m), xor: u32be(0) });
const meta = (key: Extract<NftExpr, { op: "meta" }>["key"]): NftExpr => ({ op: "meta", key, dreg: 4 });

test.each<[string, readonly NftExpr[]]>([
  ["ip daddr is 10.0.0.2", [load("nh", 16, 4), cmp(u32be(1))]],
  ["ip daddr is 10.0.0.2", [load("nh", 16, 2), cmp(Uint8Array.of(1, 1))]],
  ["ip saddr is 10.0.0.1", [load("nh", 12, 4), mask(0xff000000), cmp(u32be(0x01000000))]],
  ["ip protocol is udp", [load("nh", 9, 1), cmp(Uint8Array.of(6))]],
  ["udp sport . udp dport is 1000 . 53", [load("th", 0, 4), cmp(u32be(1))]],
  ["meta l4proto is udp", [meta("l4proto"), cmp(Uint8Array.of(6))]],
  ["iifname is \"lo\"", [meta("iifname"), cmp(Uint8Array.of(1))]],
  ["meta mark is 0x00000000", [meta("mark"), cmp(u32le(5))]],
  ["ct state is invalid", [{ op: "ct", key: "state", dreg: 4 }, mask(0x08000000), cmp(u32be(0), 4, "neq")]],
  ["conntrack knows no flow of this packet", [{ op: "ct", key: "mark", dreg: 4 }, cmp(u32le(5))]],
  ["fib daddr type is unicast", [{ op: "fib", result: "addrtype", flags: ["daddr"], present: false, dreg: 4 }, cmp(u32le(2))]],
  ["over the limit", [{ op: "limit", kind: "bytes", rate: 1, unitSec: 1, burst: 0, invert: false }]],
  ["the packet has no inner header here", [load("inner", 100, 4)]],
  ["meta skuid is unknown here", [meta("skuid"), cmp(u32le(0))]],
])("%s", (text, exprs) => {
  expect(why(exprs)).toBe(text);
});

test("a frame's addresses, TCP flags and ICMP types have names", () => {
  expect(why([load("ll", 0, 6), cmp(Uint8Array.of(1))])).toBe("ether daddr is 02:00:00:00:00:02");
  expect(why([load("th", 13, 1), cmp(Uint8Array.of(1))], (t) => t.tcp(1, 2, 0x12))).toBe("tcp flags is syn,ack");
  expect(why([load("th", 0, 1), cmp(Uint8Array.of(1))], (t) => t.icmp())).toBe("icmp type is echo-request");
});
