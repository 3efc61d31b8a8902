import { describe, expect, test } from "vitest";
import { bench } from "./eval-testing.ts";
import { echoText, traceText } from "./monitor.ts";
import { ChangeLines } from "./monitor-lines.ts";
import { utf8 } from "../../wire/text.ts";
import type { NftChainRow, NftChange, NftElem, NftRuleRow, NftSetRow, NftTraceMsg } from "../../net/uapi/nft.ts";
import type { NftExpr } from "../../net/uapi/nft-expr.ts";

/** Lines recorded from `nft monitor`, `nft -e` and `nft monitor trace` of nft 1.0.6. */
const { ctx } = bench("add table ip t; add chain ip t c");

const chain: NftChainRow = {
  family: "ip", table: "t", name: "i", handle: 2, hook: { hook: "input", priority: 0, devices: [] }, type: "filter", policy: "accept", counters: null, use: 0, binding: false,
  userdata: { comment: "x" },
};
const rule = (exprs: readonly NftExpr[], comment: string | null = null): NftRuleRow =>
  ({ family: "ip", table: "t", chain: "i", handle: 3, exprs, userdata: comment === null ? null : { comment }, compat: null });
const set = (flags: NftSetRow["flags"], more: Partial<NftSetRow> = {}): NftSetRow =>
  ({ family: "ip", table: "t", name: "s", flags, keyType: 7, keyLen: 4, handle: 5, count: 0, userdata: { keyByteorder: "big" }, ...more });
const key = (...bytes: readonly number[]): NftElem => ({ key: Uint8Array.from(bytes) });
const COUNTER: NftExpr = { op: "counter", packets: 0, bytes: 0 };
const ACCEPT: NftExpr = { op: "verdict", verdict: { code: "accept" } };

const LINES: readonly (readonly [line: string, change: NftChange])[] = [
  ["add table ip t", { is: "new", what: "table", row: { family: "ip", name: "t", handle: 1, dormant: false, use: 0, userdata: null } }],
  ["create table ip t", { is: "new", what: "table", excl: true, row: { family: "ip", name: "t", handle: 1, dormant: false, use: 0, userdata: null } }],
  ["add chain ip t i { type filter hook input priority filter; policy accept; }", { is: "new", what: "chain", row: chain }],
  ["delete chain ip t i", { is: "del", what: "chain", row: chain }],
  ["add rule ip t i counter packets 0 bytes 0 accept comment \"hi\"", { is: "new", what: "rule", row: rule([COUNTER, ACCEPT], "hi"), after: 0, insert: false, replaced: false }],
  ["insert rule ip t i handle 4 counter packets 0 bytes 0", { is: "new", what: "rule", row: rule([COUNTER]), after: 4, insert: true, replaced: false }],
  ["delete rule ip t i handle 3", { is: "del", what: "rule", row: rule([COUNTER]), after: 0, insert: false, replaced: false }],
  ["add set ip t s { type ipv4_addr; timeout 5m; } ", { is: "new", what: "set", row: set({ timeout: true }, { timeoutMs: 300_000 }) }],
  ["", { is: "new", what: "set", row: set({ anonymous: true, constant: true }, { name: "__set1" }) }],
  ["delete set ip t __set1", { is: "del", what: "set", row: set({ anonymous: true, constant: true }, { name: "__set1" }) }],
  ["add element ip t s { 1.1.1.1 expires 5m }", { is: "new", what: "elem", set: set({ timeout: true }), elem: { ...key(1, 1, 1, 1), expiresMs: 300_000 } }],
  [
    "add counter ip t cc { packets 0 bytes 0 } ",
    { is: "new", what: "obj", row: { family: "ip", table: "t", name: "cc", handle: 8, use: 0, obj: { type: "counter", packets: 0, bytes: 0 }, userdata: null } },
  ],
  ["# new generation 5 by process 12 (nft)", { is: "new", what: "gen", genid: 5, pid: 12, comm: "nft" }],
];

describe("changes", () => {
  test.each(LINES)("%s", (line, change) => {
    expect(new ChangeLines(ctx).line(change)).toBe(line === "" ? "" : `${line}\n`);
  });

  test("the start of an interval waits for its end", () => {
    const lines = new ChangeLines(ctx);
    const row = set({ interval: true });
    const told = (elem: NftElem): string => lines.line({ is: "new", what: "elem", set: row, elem });
    expect([told({ ...key(0, 0, 0, 0), intervalEnd: true }), told(key(10, 0, 0, 0)), told({ ...key(11, 0, 0, 0), intervalEnd: true })]).toEqual(["", "", "add element ip t s { 10.0.0.0/8 }\n"]);
  });

  test("an echo of deletions alone is empty; with something new it ends with the generation", () => {
    const gen: NftChange = { is: "new", what: "gen", genid: 5, pid: 12, comm: "nft" };
    const gone: NftChange = { is: "del", what: "chain", row: chain };
    expect(echoText(ctx, [gone, gen])).toBe("");
    expect(echoText(ctx, [gone, { is: "new", what: "chain", row: { ...chain, hook: null, name: "d" } }, gen])).toBe("add chain ip t d\n# new generation 5 by process 12 (nft)\n");
  });
});

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));

/** An echo request from 10.0.0.2 over a veth, as the kernel hands its headers out. */
const PING: NonNullable<NftTraceMsg["packet"]> = {
  iif: 1, oif: 0, iiftype: 1, oiftype: 0, mark: 0, nfproto: 2, ll: hex("3e3cac0d2a71b667d9432e3d0800"), nh: hex("4500005448e5400040010000" + "0a000002" + "0a000001"),
  th: hex("0800000000160001" + "749036b000000003ec40b000".slice(0, 24)),
};
const trace = (more: Partial<NftTraceMsg>): NftTraceMsg =>
  ({ id: 0xedc695e4, is: "rule", family: "ip", table: "t", chain: "i", ruleHandle: 9, verdict: { code: "continue" }, policy: null, packet: null, ...more });

describe("traces", () => {
  test("a packet's headers in an ip table leave the protocol to the words that follow", () => {
    expect(traceText(ctx, trace({ packet: PING })).split("\n")[0]).toBe(
      "trace id edc695e4 ip t i packet: iif \"lo\" ether saddr b6:67:d9:43:2e:3d ether daddr 3e:3c:ac:0d:2a:71 ip saddr 10.0.0.2 ip daddr 10.0.0.1 ip dscp cs0 ip ecn not-ect "
      + "ip ttl 64 ip id 18661 ip length 84 icmp type echo-request icmp code net-unreachable icmp id 22 icmp sequence 1 @th,64,96 0x749036b000000003ec40b000 ",
    );
  });

  test("in other families the protocol is named", () => {
    expect(traceText(ctx, trace({ family: "netdev", packet: PING }))).toContain("ip id 18661 ip protocol icmp ip length 84 icmp type");
  });

  test("a device without Ethernet header shows its bytes", () => {
    const packet = { ...PING, iiftype: 772, ll: hex("0000000000000000000000000800") };
    expect(traceText(ctx, trace({ packet }))).toContain("iif \"lo\" @ll,0,112 0x800 ip saddr");
  });

  test.each([
    ["unknown rule handle 9 (verdict continue)", trace({})],
    ["unknown rule handle 9 (verdict jump c)", trace({ verdict: { code: "jump", chain: "c" } })],
    ["policy accept ", trace({ is: "policy", ruleHandle: null, policy: "accept" })],
    ["policy drop meta mark 0x00000005 ", trace({ is: "policy", ruleHandle: null, policy: "drop", mark: 5 })],
  ])("%s", (words, msg) => {
    expect(traceText(ctx, msg)).toBe(`trace id edc695e4 ip t i ${words}\n`);
  });

  test("flags of TCP and ports that follow", () => {
    const nh = hex("4500003c0d810000400600000a0000020a000001");
    const th = hex("c3c000160000000000000000a002faf000000000");
    expect(traceText(ctx, trace({ packet: { ...PING, nh, th } }))).toContain("ip length 60 tcp sport 50112 tcp dport 22 tcp flags == syn tcp window 64240 \n");
  });
});

test("interfaces beyond the known ones are shown by number", () => {
  expect(traceText(ctx, trace({ packet: { ...PING, iif: 9, nh: utf8(""), th: utf8("") } }))).toContain("packet: iif 9 ether saddr");
});
