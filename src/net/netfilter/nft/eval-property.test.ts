import fc from "fast-check";
import { expect, test } from "vitest";
import { NFT_FAMILIES, type NftExpr, type NftFamily } from "../../uapi/nft-expr.ts";
import type { HookFamily, HookPoint } from "../../core/hook.ts";
import { bindExpr } from "./expr.ts";
import { EvalTestbed } from "../../../testing/eval-testbed.ts";
import type { NftOp } from "./model.ts";

/** Instruction lists and packets of any bytes: binding and running never throws, and traced or not the verdict is the same. */

const reg = fc.integer({ min: -1, max: 17 });
const small = fc.integer({ min: 0, max: 40 });
const bytes = fc.uint8Array({ maxLength: 20 });
const len4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const base = fc.constantFrom("ll", "nh", "th", "inner");
const flag = fc.boolean();

const expr: fc.Arbitrary<NftExpr> = fc.oneof(
  fc.record({ op: fc.constant("payload"), base, offset: small, len: small, dreg: reg }),
  fc.record({ op: fc.constant("payload.set"), base, offset: small, len: small, sreg: reg, csum: fc.constantFrom("none", "inet", "sctp"), csumOffset: small, pseudoHeader: flag }),
  fc.record({ op: fc.constant("immediate"), dreg: reg, data: bytes }),
  fc.record({ op: fc.constant("cmp"), cmp: fc.constantFrom("eq", "neq", "lt", "lte", "gt", "gte"), sreg: reg, data: bytes }),
  fc.record({ op: fc.constant("range"), cmp: fc.constantFrom("eq", "neq"), sreg: reg, from: bytes, to: bytes }),
  fc.record({ op: fc.constant("bitwise"), sreg: reg, dreg: reg, len: fc.constant(4), mask: len4, xor: len4 }),
  fc.record({ op: fc.constant("shift"), dir: fc.constantFrom("left", "right"), sreg: reg, dreg: reg, len: small, bits: small }),
  fc.record({ op: fc.constant("byteorder"), to: fc.constantFrom("ntoh", "hton"), sreg: reg, dreg: reg, len: small, size: fc.constantFrom(2, 4, 8, 3) }),
  fc.record({ op: fc.constant("meta"), key: fc.constantFrom("len", "protocol", "l4proto", "iifname", "oiftype", "skuid", "prandom", "time_ns", "bri_iifname"), dreg: reg }),
  fc.record({ op: fc.constant("meta.set"), key: fc.constantFrom("mark", "priority", "pkttype", "nftrace"), sreg: reg }),
  fc.record({ op: fc.constant("ct"), key: fc.constantFrom("state", "status", "mark", "labels", "direction"), dreg: reg }),
  fc.record({ op: fc.constant("exthdr"), kind: fc.constantFrom("ipv6", "tcpopt", "ipv4opt", "sctp"), type: small, offset: small, len: small, dreg: reg, present: flag }),
  fc.record({ op: fc.constant("exthdr.set"), kind: fc.constant("tcpopt"), type: small, offset: small, len: fc.constantFrom(2, 4), sreg: reg }),
  fc.record({ op: fc.constant("exthdr.strip"), kind: fc.constant("tcpopt"), type: small }),
  fc.record({ op: fc.constant("fib"), dreg: reg, result: fc.constantFrom("oif", "oifname", "addrtype"), present: flag, flags: fc.constantFrom(["saddr"], ["daddr", "iif"], ["saddr", "mark"]) }),
  fc.record({ op: fc.constant("rt"), key: fc.constantFrom("classid", "nexthop4", "tcpmss"), dreg: reg }),
  fc.record({ op: fc.constant("socket"), key: fc.constantFrom("transparent", "mark", "wildcard"), dreg: reg }),
  fc.record({ op: fc.constant("numgen"), kind: fc.constantFrom("inc", "random"), modulus: small, offset: small, dreg: reg }),
  fc.record({ op: fc.constant("jhash"), sreg: reg, dreg: reg, len: small, modulus: small, seed: fc.nat(), offset: small }),
  fc.record({ op: fc.constant("symhash"), dreg: reg, modulus: small, offset: small }),
  fc.record({ op: fc.constant("limit"), kind: fc.constantFrom("packets", "bytes"), rate: fc.nat(), unitSec: fc.constantFrom(1, 60, 604800), burst: small, invert: flag }),
  fc.record({ op: fc.constant("quota"), bytes: fc.nat(), used: small, invert: flag }),
  fc.record({ op: fc.constant("log"), prefix: fc.string({ maxLength: 10 }), level: fc.integer({ min: -1, max: 9 }) }),
  fc.record({ op: fc.constant("reject"), kind: fc.constantFrom("icmp", "tcp-reset", "icmpx"), code: small }),
  fc.record({ op: fc.constant("verdict"), verdict: fc.constantFrom({ code: "accept" }, { code: "continue" }, { code: "break" }, { code: "return" }) }),
  fc.constant({ op: "notrack" }), fc.constant({ op: "counter", packets: 0, bytes: 0 }),
) as fc.Arbitrary<NftExpr>;

const point = fc.constantFrom<HookPoint>("prerouting", "input", "forward", "output", "postrouting", "ingress");
const PATHS: Readonly<Record<NftFamily, readonly HookFamily[]>> = { ip: ["ip"], ip6: ["ip6"], inet: ["ip", "ip6", "netdev"], arp: ["arp"], bridge: ["bridge"], netdev: ["netdev"] };

function verdictOf(family: NftFamily, rules: readonly (readonly NftExpr[])[], packet: Uint8Array, at: HookPoint, path: number, traced: boolean): string {
  const t = new EvalTestbed(family);
  if (traced) {
    t.ns.world.trace = { event: () => undefined };
    t.ns.nf.nft.traceListeners.add(() => undefined);
  }
  const bound = rules.map((exprs) => exprs.map((e) => bindExpr(t.bind, e)).filter((op): op is NftOp => typeof op !== "string"));
  const skb = t.ip(packet[9] ?? 0, packet, {});
  skb.buf.set(packet.subarray(0, 20), skb.netAt);
  // What ip_rcv lets through: version 4, and a header that is all there.
  skb.buf[skb.netAt] = 0x45;
  skb.protocol = (packet[0] ?? 0) % 2 === 0 ? 0x0800 : 0x86dd;
  const families = PATHS[family];
  return t.verdict(t.chain("c", bound, "accept"), skb, t.state(at, families[path % families.length]!));
}

test("no instruction list throws on any packet, and watching changes nothing", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NFT_FAMILIES), fc.array(fc.array(expr, { maxLength: 6 }), { maxLength: 4 }), fc.uint8Array({ maxLength: 80 }), point, fc.nat(3), (family, rules, packet, at, path) => {
      expect(verdictOf(family, rules, packet, at, path, true)).toBe(verdictOf(family, rules, packet, at, path, false));
    }),
    { numRuns: 400 },
  );
});
