import { expect, test } from "vitest";
import { bench } from "./eval-testing.ts";
import { messageText } from "./debug-netlink.ts";

/** Instructions of rules, recorded with `nft --debug=netlink -c` of nft 1.0.6. */
const SETUP = [
  ...["ip", "ip6", "inet", "bridge"].map((family) => `add table ${family} t; add chain ${family} t c { type filter hook prerouting priority 0; }`),
  "add chain ip t n { type nat hook prerouting priority -100; }; add set ip t s { type ipv4_addr; flags dynamic,timeout; }",
].join("\n");

const RULES: readonly (readonly [rule: string, ...lines: readonly string[]])[] = [
  ["ip t c ip saddr 10.0.0.0/8", "payload load 1b @ network header + 12 => reg 1", "cmp eq reg 1 0x0000000a"],
  ["ip t c ip saddr 10.0.0.0/9", "payload load 4b @ network header + 12 => reg 1", "bitwise reg 1 = ( reg 1 & 0x000080ff ) ^ 0x00000000", "cmp eq reg 1 0x0000000a"],
  ["ip t c ip saddr != 10.0.0.1-10.0.0.5", "payload load 4b @ network header + 12 => reg 1", "range neq reg 1 0x0100000a 0x0500000a"],
  ["ip t c meta mark 1-5", "meta load mark => reg 1", "byteorder reg 1 = hton(reg 1, 4, 4)", "cmp gte reg 1 0x01000000", "cmp lte reg 1 0x05000000"],
  ["ip t c ct state new,established", "ct load state => reg 1", "bitwise reg 1 = ( reg 1 & 0x0000000a ) ^ 0x00000000", "cmp neq reg 1 0x00000000"],
  ["ip t c iifname eth*", "meta load iifname => reg 1", "cmp eq reg 1 0x00687465"],
  ["ip t c ip dscp cs1", "payload load 1b @ network header + 1 => reg 1", "bitwise reg 1 = ( reg 1 & 0x000000fc ) ^ 0x00000000", "cmp eq reg 1 0x00000020"],
  [
    "ip t c ip ttl set 5", "payload load 2b @ network header + 8 => reg 1", "bitwise reg 1 = ( reg 1 & 0x0000ff00 ) ^ 0x00000005",
    "payload write reg 1 => 2b @ network header + 8 csum_type 1 csum_off 10 csum_flags 0x0",
  ],
  ["ip t c ip daddr set 1.2.3.4", "immediate reg 1 0x04030201", "payload write reg 1 => 4b @ network header + 16 csum_type 1 csum_off 10 csum_flags 0x1"],
  [
    "ip t c ct mark set meta mark << 8 | 5", "meta load mark => reg 1", "bitwise reg 1 = ( reg 1 << 0x00000008 )",
    "bitwise reg 1 = ( reg 1 & 0xfffffffa ) ^ 0x00000005", "ct set mark with reg 1",
  ],
  [
    "ip t c mark set jhash ip saddr . ip daddr mod 3 seed 0xdead offset 5", "payload load 4b @ network header + 12 => reg 2", "payload load 4b @ network header + 16 => reg 13",
    "hash reg 1 = jhash(reg 2, 8, 0xdead) % mod 3 offset 5", "meta set mark with reg 1",
  ],
  [
    "ip t n tcp dport 3 dnat to 1.2.3.4:80-90", "meta load l4proto => reg 1", "cmp eq reg 1 0x00000006", "payload load 2b @ transport header + 2 => reg 1", "cmp eq reg 1 0x00000300",
    "immediate reg 1 0x04030201", "immediate reg 2 0x00005000", "immediate reg 3 0x00005a00", "nat dnat ip addr_min reg 1 proto_min reg 2 proto_max reg 3 flags 0x2",
  ],
  ["ip t n dnat prefix to 10.0.0.0/24", "immediate reg 1 0x0000000a", "immediate reg 2 0xff00000a", "nat dnat ip addr_min reg 1 addr_max reg 2 flags 0x40"],
  [
    "ip t c add @s { ip saddr timeout 10s counter limit rate 5/second }", "payload load 4b @ network header + 12 => reg 1",
    "dynset add reg_key 1 set s timeout 10000ms expr [ counter pkts 0 bytes 0 ] expr [ limit rate 5/second burst 5 type packets flags 0x0 ]",
  ],
  ["inet t c reject", "reject type 2 code 1"],
  ["inet t c ip saddr 1.2.3.4", "meta load nfproto => reg 1", "cmp eq reg 1 0x00000002", "payload load 4b @ network header + 12 => reg 1", "cmp eq reg 1 0x04030201"],
  [
    "bridge t c vlan id set 5", "payload load 2b @ link header + 12 => reg 1", "cmp eq reg 1 0x00000081", "payload load 2b @ link header + 14 => reg 1",
    "bitwise reg 1 = ( reg 1 & 0x000000f0 ) ^ 0x00000500", "payload write reg 1 => 2b @ link header + 14 csum_type 0 csum_off 0 csum_flags 0x0",
  ],
];

const linesOf = (rule: string): string[] => {
  const nft = bench(SETUP);
  expect(nft.run(`add rule ${rule}`)).toBe("");
  return nft.messages().map(messageText).join("").split("\n").map((line) => line.trim()).filter((line) => line !== "");
};

test.each(RULES)("%s becomes the real one's instructions", (rule, ...lines) => {
  expect(linesOf(rule).slice(1)).toEqual(lines.map((line) => `[ ${line} ]`));
});

/** Sets without a name: flags and size, elements, then the rule. */
const SETS: readonly (readonly [rule: string, ...lines: readonly string[]])[] = [
  ["ip t c tcp dport {80, 90-100}", "__set%d t 7 size 5", "__set%d t 0", "element 00000000  : 1 [end]\telement 00005000  : 0 [end]\telement 00005100  : 1 [end]\telement 00005a00  : 0 [end]\telement 00006500  : 1 [end]"],
  ["ip t c ip saddr . meta mark { 1.2.3.4 . 1-5 }", "__set%d t 87 size 1", "__set%d t 0", "element 04030201 01000000  - 04030201 05000000  : 0 [end]"],
  ["ip t c tcp dport vmap { 80: accept, 90: drop }", "__map%d t b size 2", "__map%d t 0", "element 00005000  : accept 0 [end]\telement 00005a00  : drop 0 [end]"],
  ["ip t n dnat ip prefix to ip saddr map {1.0.0.0/8: 2.0.0.0/8}", "__map%d t f size 3", "__map%d t 0", "element 00000000  : 1 [end]\telement 00000001  : 00000002 ffffff02 0 [end]\telement 00000002  : 1 [end]"],
  ["ip t c iifname { eth0, ppp* }", "__set%d t 7 size 5", "__set%d t 0", [
    "element 00000000 00000000 00000000 00000000  : 1 [end]", "element 30687465 00000000 00000000 00000000  : 0 [end]", "element 30687465 00000000 00000000 01000000  : 1 [end]",
    "element 00707070 00000000 00000000 00000000  : 0 [end]", "element 00717070 00000000 00000000 00000000  : 1 [end]",
  ].join("\t")],
];

test.each(SETS)("%s sends its set first, as the real one does", (rule, ...lines) => {
  expect(linesOf(rule).slice(0, 3)).toEqual(lines);
});

test("registers: a lookup of a concatenation loads field by field into neighbouring words", () => {
  expect(linesOf("ip t c ip saddr . tcp dport . meta iifname { 1.2.3.4 . 80-90 . eth0 }").slice(-4)).toEqual([
    "[ payload load 4b @ network header + 12 => reg 1 ]", "[ payload load 2b @ transport header + 2 => reg 9 ]", "[ meta load iifname => reg 10 ]", "[ lookup reg 1 set __set%d ]",
  ]);
});
