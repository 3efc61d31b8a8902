import fc from "fast-check";
import { expect, test } from "vitest";
import { bench } from "./eval-testing.ts";

/** Any command that the grammar takes is evaluated and put into messages, or refused with words: nothing throws. */

const SETUP = ["ip", "ip6", "inet", "arp", "bridge"].map((f) => `table ${f} t { set s { type ipv4_addr; flags interval; }; map m { type inet_service : verdict; }; map n { type ipv4_addr : mark; }; chain c { type filter hook input priority 0; }; }`).join("\n");

const selector = fc.constantFrom(
  "ip saddr", "ip dscp", "ip6 daddr", "ip6 flowlabel", "tcp dport", "tcp flags", "udp length", "icmp id", "icmpv6 mtu", "ether saddr", "vlan id", "arp operation",
  "meta mark", "meta length", "iif", "iifname", "ct state", "ct mark", "ct original saddr", "ct original ip saddr", "ct original proto-src", "meta l4proto", "meta nfproto", "ip protocol",
  "numgen inc mod 4", "jhash ip saddr mod 4", "symhash mod 4", "fib saddr type", "rt nexthop", "@th,3,9", "@nh,8,16", "tcp option maxseg size", "exthdr hbh", "frag more-fragments", "ip saddr . tcp dport",
  "meta mark & 0xff", "tcp dport << 2", "ip saddr ^ 5", "meta hour", "meta day", "socket mark", "dccp type", "sctp chunk data tsn",
);
const one = fc.constantFrom("1", "0", "0x10", "1.2.3.4", "::1", "22", "ssh", "tcp", "new", "syn", "lo", '"eth*"', "00:11:22:33:44:55", "10.0.0.0/8", "10-20", "20-10", "10:00", "exists", "accept", "1.2.3.4 . 22", "new,established", "65536", "*", "{ 1, 2 }");
const value = fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(", ")} }`), fc.constantFrom("@s", "@m", "@nosuch", "syn / syn,ack"));
const op = fc.constantFrom("", "==", "!=", "<", ">=", "!", "vmap", "map", "set", "& 3 ==", ">> 1 ==");
const statement = fc.oneof(
  fc.tuple(selector, op, value).map((all) => all.join(" ")),
  fc.tuple(selector, one, fc.constantFrom("accept", "drop", "jump c", "5")).map(([s, k, v]) => `${s} vmap { ${k} : ${v} }`),
  fc.tuple(fc.constantFrom("dnat", "snat"), fc.constantFrom("to", "ip to", "ip6 to", "ip prefix to", "ip addr . port to"), selector, one, one).map(([n, f, s, k, v]) => `${n} ${f} ${s} map { ${k} : ${v} }`),
  fc.tuple(fc.constantFrom("dnat to", "snat to", "redirect to", "masquerade to", "tproxy to", "dup to", "queue to", "meta mark set", "ct mark set", "ip dscp set", "tcp sport set", "counter name", "add @s", "update @n"), one).map((all) => all.join(" ")),
  fc.tuple(selector, value).map(([s, v]) => `add @s { ${s} } meta mark set ${s} map ${v}`),
  fc.constantFrom("accept", "counter", "reject", "reject with tcp reset", "reject with icmp type 3", "reject with icmpx type 1", "log level audit group 2", "limit rate 5/second", "meter x { ip saddr counter }", "jump { ip saddr 1.1.1.1; }", "notrack"),
);

test("any rule → messages or an error, never a crash", () => {
  const b = bench(SETUP);
  const family = fc.constantFrom("ip", "ip6", "inet", "arp", "bridge");
  fc.assert(fc.property(family, fc.array(statement, { minLength: 1, maxLength: 3 }), (f, statements) => {
    if (b.run(`add rule ${f} t c ${statements.join(" ")}`) === "") expect(b.messages().length).toBeGreaterThan(0);
  }), { numRuns: 2500 });
});

const setLine = fc.constantFrom("type ipv4_addr", "type ipv4_addr . inet_service", "type string", "type integer", "typeof ip saddr . tcp dport", "typeof vlan id", "typeof ct original saddr", "flags interval", "flags dynamic,timeout", "auto-merge", "timeout 5s", "size 3", "counter", "type ipv4_addr : verdict", "type ipv4_addr : counter", "type mark : interval ipv4_addr");

test("any set with any elements → messages or an error, never a crash", () => {
  fc.assert(fc.property(fc.constantFrom("set", "map"), fc.array(setLine, { maxLength: 4 }), fc.array(fc.oneof(one, fc.tuple(one, one).map((all) => all.join(" : "))), { minLength: 1, maxLength: 4 }), (kind, lines, elems) => {
    const b = bench("table ip t { }");
    if (b.run(`add ${kind} ip t x { ${lines.map((line) => `${line}; `).join("")}elements = { ${elems.join(", ")} }; }`) === "") b.messages();
    if (b.run(`add element ip t x { ${elems.join(", ")} }`) === "") b.messages();
    if (b.run(`delete element ip t x { ${elems.join(", ")} }`) === "") b.messages();
  }), { numRuns: 1500 });
});
