import { expect, test } from "vitest";
import { bench, rulesOf } from "./eval-testing.ts";

/** What a rule needs beside what was written. Recorded from nft 1.0.6 (`--debug=netlink`). */
const SETUP = `table ip t { chain c { type filter hook input priority 0; }; }
table ip6 t { chain c { type filter hook input priority 0; }; }
table inet t { chain c { type filter hook input priority 0; }; }
table bridge t { chain c { type filter hook input priority 0; }; }
table netdev t { chain c { type filter hook ingress device "lo" priority 0; }; }`;

const made = (rule: string): string[] => {
  const b = bench(SETUP);
  expect(b.run(`add rule ${rule}`)).toBe("");
  return rulesOf(b);
};

const CASES: readonly (readonly [rule: string, why: string, made: readonly string[]])[] = [
  ["ip t c tcp dport 22", "a transport's field: only in its packets", ["meta l4proto", "cmp eq 06", "payload th 2 2", "cmp eq 0016"]],
  ["ip t c ip protocol tcp tcp dport 22", "said already: nothing is added", ["payload nh 9 1", "cmp eq 06", "payload th 2 2", "cmp eq 0016"]],
  ["inet t c ip saddr 1.1.1.1", "family inet: only in IPv4", ["meta nfproto", "cmp eq 02", "payload nh 12 4", "cmp eq 01010101"]],
  ["inet t c icmp type 8", "ICMP is IPv4's", ["meta nfproto", "cmp eq 02", "meta l4proto", "cmp eq 01", "payload th 0 1", "cmp eq 08"]],
  ["bridge t c ip saddr 1.1.1.1", "a bridge asks the packet's protocol", ["meta protocol", "cmp eq 0800", "payload nh 12 4", "cmp eq 01010101"]],
  ["bridge t c icmp type 8", "… but the frame's type for ICMP", ["payload ll 12 2", "cmp eq 0800", "meta l4proto", "cmp eq 01", "payload th 0 1", "cmp eq 08"]],
  ["bridge t c arp operation 1", "… and for ARP", ["payload ll 12 2", "cmp eq 0806", "payload nh 6 2", "cmp eq 0001"]],
  ["netdev t c arp operation 1", "a device asks the packet's protocol", ["meta protocol", "cmp eq 0806", "payload nh 6 2", "cmp eq 0001"]],
  [
    "ip t c ether saddr 00:11:22:33:44:55", "a link header where the family has none", ["meta iiftype", "cmp eq 0100", "payload ll 6 6", "cmp eq 001122334455"],
  ],
  [
    "bridge t c vlan id 5 ip saddr 1.1.1.1", "a tag, then what is in it",
    ["payload ll 12 2", "cmp eq 8100", "payload ll 14 2", "bitwise & 0fff ^ 0000", "cmp eq 0005", "payload ll 16 2", "cmp eq 0800", "payload nh 12 4", "cmp eq 01010101"],
  ],
  ["ip t c icmp mtu 5", "a field of one ICMP type", ["meta l4proto", "cmp eq 01", "payload th 0 1", "cmp eq 03", "payload th 6 2", "cmp eq 0005"]],
  ["ip t c icmp id 5", "a field of two ICMP types", ["meta l4proto", "cmp eq 01", "payload th 0 1", "lookup __set%d", "payload th 4 2", "cmp eq 0005"]],
  [
    "ip t c counter reject with tcp reset", "a reset before all that would count what is not reset",
    ["meta l4proto", "cmp eq 06", "counter", "reject tcp-reset 0"],
  ],
  ["ip t c tcp dport 2 tcp sport 1", "neighbouring fields are compared at once", ["meta l4proto", "cmp eq 06", "payload th 0 4", "cmp eq 00010002"]],
  ["ip t c ip saddr 1.1.1.1 ip daddr 2.2.2.2", "… unless each is quick alone", ["payload nh 12 4", "cmp eq 01010101", "payload nh 16 4", "cmp eq 02020202"]],
  ["ip t c ip protocol 6 meta mark 1 ip ttl 5", "what names the next header stays in its place", ["payload nh 8 2", "cmp eq 0506", "meta mark", "cmp eq 01000000"]],
  ["ip6 t c meta protocol ip6 udp dport 67", "the family itself need not be asked", ["meta l4proto", "cmp eq 11", "payload th 2 2", "cmp eq 0043"]],
];

test.each(CASES)("%s: %s", (rule, _why, wanted) => {
  expect(made(rule)).toEqual(wanted);
});

test("a field of six bits is compared where it lies: the value moves, the selector is masked", () => {
  expect(made("ip t c ip dscp 5")).toEqual(["payload nh 1 1", "bitwise & fc ^ 00", "cmp eq 14"]);
  expect(made("ip6 t c ip6 dscp 5")).toEqual(["payload nh 0 2", "bitwise & 0fc0 ^ 0000", "cmp eq 0140"]);
});

test("a field of odd bits is written with the bits around it, an even count of bytes where a checksum follows", () => {
  expect(made("ip t c ip dscp set 5")).toEqual(["payload nh 0 2", "bitwise & ff03 ^ 0014", "payload.set nh 0 2"]);
  expect(made("ip t c ip ttl set 5")).toEqual(["payload nh 8 2", "bitwise & 00ff ^ 0500", "payload.set nh 8 2"]);
});

test("numbers of the machine's order are turned before ranges are looked at", () => {
  expect(made("ip t c meta length 1-100")).toEqual(["meta len", "hton", "cmp gte 00000001", "cmp lte 00000064"]);
  expect(made("ip t c meta mark { 1, 5-9 }")).toEqual(["meta mark", "hton", "lookup __set%d"]);
  expect(made("ip t c meta mark . tcp dport { 10 . 80-90 }").slice(2)).toEqual(["meta mark", "hton", "payload th 2 2", "lookup __set%d"]);
});

test("hours across midnight are all but the others", () => {
  expect(made("ip t c meta hour 23:00-01:00").at(2)).toMatch(/^range neq/);
});
