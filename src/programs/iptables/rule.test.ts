import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRule, isCompatible } from "./decode.ts";
import { encodeRule } from "./encode.ts";
import type { Names } from "./ext/extension.ts";
import { parseLine } from "./parse.ts";
import { countText, listRow, saveRule } from "./print.ts";
import { ANY_ADDR, EMPTY_RULE, type IptRule } from "./rule.ts";
import { splitLine } from "./split.ts";
import { xlateMatch, xlateTarget } from "./xlate.ts";

const NAMES: Names = {
  service: () => undefined, servicePort: (name) => (name === "http" ? 80 : undefined), host: () => undefined, user: () => undefined, group: () => undefined,
  uid: (name) => (name === "root" ? 0 : undefined), gid: () => undefined, iface: () => "eth0",
};

/** The rule that a line spells (addresses aside, which are looked up later). */
function typed(spec: string): IptRule {
  const p = parseLine(["iptables", "-A", "INPUT", ...splitLine(spec)], { names: NAMES, restore: false, table: "filter" });
  if ("bad" in p || p.is !== "command") throw new Error(`${spec}: ${JSON.stringify(p)}`);
  return {
    ...EMPTY_RULE, inIface: p.inIface, outIface: p.outIface, proto: p.proto, frag: p.frag, invert: p.invert, matches: p.matches, target: p.target, jumpto: p.jumpto, goto: p.goto,
    packets: p.packets, bytes: p.bytes,
  };
}

const readBack = (rule: IptRule): IptRule => {
  const exprs = encodeRule(rule);
  if ("bad" in exprs) throw new Error(exprs.bad);
  return decodeRule(exprs, null, NAMES).rule;
};

const port = fc.oneof(fc.integer({ min: 0, max: 65535 }).map(String), fc.tuple(fc.nat(30000), fc.integer({ min: 30001, max: 65535 })).map(([a, b]) => `${a}:${b}`));
const not = fc.constantFrom("", "! ");
const part = fc.oneof(
  fc.tuple(not, port, not, port).map(([a, s, b, d]) => `-p tcp ${a}--sport ${s} ${b}--dport ${d}`),
  fc.tuple(not, port).map(([a, d]) => `-p udp ${a}--dport ${d}`),
  fc.tuple(not, fc.integer({ min: 0, max: 254 }), fc.nat(255)).map(([a, t, c]) => `-p icmp ${a}--icmp-type ${t}/${c}`),
  fc.tuple(not, fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([a, m, k]) => `-m mark ${a}--mark ${m}/${k}`),
  fc.tuple(not, fc.subarray(["INVALID", "NEW", "RELATED", "ESTABLISHED"], { minLength: 1 })).map(([a, s]) => `-m conntrack ${a}--ctstate ${s.join(",")}`),
  fc.string({ minLength: 1, maxLength: 40, unit: "grapheme-ascii" }).map((c) => `-m comment --comment "${c.replace(/["\\]/g, "\\$&")}"`),
  fc.tuple(not, fc.constantFrom("eth0", "veth+", "lo")).map(([a, i]) => `${a}-i ${i}`),
  fc.tuple(fc.integer({ min: 1, max: 10000 }), fc.constantFrom("s", "min", "hour", "day"), fc.integer({ min: 1, max: 99 })).map(([r, u, b]) => `-m limit --limit ${r}/${u} --limit-burst ${b}`),
  fc.tuple(not, fc.integer({ min: 1, max: 99 })).map(([a, n]) => `-m statistic --mode nth ${a}--every ${n} --packet 0`),
);
const jump = fc.constantFrom("", "-j ACCEPT", "-j USER", "-g USER", "-j REJECT --reject-with icmp-host-unreachable", "-j MARK --set-xmark 0x1/0x3", "-j LOG --log-prefix \"a b\"", "-j TRACE", "-j NFLOG --nflog-group 3");

describe("a rule of iptables", () => {
  it("written as instructions and read back says the same in -S, and again when that is typed", () => {
    fc.assert(fc.property(part, jump, (spec, target) => {
      const rule = readBack(typed(`${spec} ${target}`));
      const text = saveRule(rule, false, NAMES);
      expect(saveRule(readBack(typed(text)), false, NAMES)).toBe(text);
    }), { numRuns: 300 });
  });

  it("addresses with any mask, inverted or not, come back", () => {
    const masks = fc.oneof(fc.integer({ min: 1, max: 32 }).map((n) => (n === 0 ? 0 : (0xffffffff << (32 - n)) >>> 0)), fc.nat(0xffffffff).filter((m) => m !== 0));
    fc.assert(fc.property(fc.nat(0xffffffff), masks, fc.boolean(), (addr, mask, inverted) => {
      const src = { addr: (addr & mask) >>> 0, mask };
      const rule: IptRule = { ...EMPTY_RULE, src, invert: inverted ? ["src"] : [] };
      expect(readBack(rule)).toMatchObject({ src, dst: ANY_ADDR, invert: rule.invert });
    }), { numRuns: 200 });
  });

  it("two single ports of one sense are one comparison of four bytes", () => {
    const exprs = encodeRule(typed("-p tcp --sport 5 --dport 7"));
    expect(exprs).toContainEqual({ op: "payload", base: "th", offset: 0, len: 4, dreg: 0 });
    expect(exprs).toContainEqual({ op: "cmp", cmp: "eq", sreg: 0, data: new Uint8Array([0, 5, 0, 7]) });
  });

  it("a port match without its protocol is refused", () => {
    expect(encodeRule(typed("-m tcp --dport 80"))).toEqual({ bad: "TCP match requires '-p tcp'" });
  });

  it("no list of words stops the parser", () => {
    const word = fc.constantFrom("-A", "-p", "tcp", "--dport", "80", "!", "-m", "multiport", "--dports", "1,2", "-j", "LOG", "--log-prefix", "-nvL", "--", "-", "", "-t", "nat", "-c", "5", "--line", "=", "--x=y");
    fc.assert(fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 12 }), (words) => {
      expect(parseLine(["iptables", ...words], { names: NAMES, restore: false, table: "filter" })).toBeDefined();
    }), { numRuns: 500 });
  });
});

describe("what nft made, seen by iptables", () => {
  it("a set look-up is passed over, as the real one does", () => {
    const { rule, errors } = decodeRule([{ op: "payload", base: "nh", offset: 12, len: 4, dreg: 0 }, { op: "lookup", set: "__set0", sreg: 0, invert: false }, { op: "verdict", verdict: { code: "drop" } }], null, NAMES);
    expect([rule.jumpto, rule.src, errors]).toEqual(["DROP", ANY_ADDR, []]);
  });

  it("ct and jhash make the table incompatible, a byte limit too, a packet limit does not", () => {
    expect(isCompatible({ op: "ct", key: "state", dreg: 0 })).toBe(false);
    expect(isCompatible({ op: "jhash", sreg: 0, dreg: 0, len: 2, modulus: 2, offset: 0 })).toBe(false);
    expect(isCompatible({ op: "limit", kind: "bytes", rate: 1, unitSec: 1, burst: 5, invert: false })).toBe(false);
    expect(isCompatible({ op: "limit", kind: "packets", rate: 1, unitSec: 1, burst: 5, invert: false })).toBe(true);
  });

  it("a comment in the rule's user data is shown as -m comment", () => {
    expect(saveRule(decodeRule([], { comment: "hi there" }, NAMES).rule, false, NAMES)).toBe(' -m comment --comment "hi there"');
  });
});

describe("texts", () => {
  it.each([[99999, "99999"], [100000, " 100K"], [1234567, "1235K"], [10_000_000, "  10M"], [123_456_789_012, " 123G"], [5_000_000_000_000_000, "5000T"]])("%i packets → %s", (n, text) => {
    expect(countText(n, false)).toBe(text);
  });

  it("a row of -L has the real one's columns", () => {
    const format = { verbose: false, numeric: true, exact: false, lineNumbers: false };
    expect(listRow(typed("-p tcp ! -i lo --dport 80 -j MASQUERADE"), 1, format, NAMES)).toBe("MASQUERADE  6    --  0.0.0.0/0            0.0.0.0/0            tcp dpt:80\n");
  });

  it("a closing quote ends a word of iptables-restore; a backslash inside takes what follows", () => {
    expect(splitLine('-A INPUT -m comment --comment "a \\"b\\" c"d ""')).toEqual(["-A", "INPUT", "-m", "comment", "--comment", 'a "b" c', "d", ""]);
  });

  it("nft's words for compat instructions, and none where there are none", () => {
    expect(xlateMatch("comment", { comment: "x" })).toBe("");
    expect(xlateMatch("physdev", { in: "a", out: "", match: ["in"], invert: [] })).toBe("xt match physdev");
    expect(xlateMatch("nosuch", {})).toBe("xt match nosuch");
    expect(xlateTarget("DNAT", { flags: 3, addrs: [0x01020304, 0x01020304], ports: [8080, 8080], basePort: 0 })).toBe("dnat to 1.2.3.4:8080");
    expect(xlateTarget("CT", { notrack: false, alias: false, zone: 5 })).toBe("xt target CT");
  });
});
