import { expect, test } from "vitest";
import { bench } from "./eval-testing.ts";

/** Recorded from nft 1.0.6: command, error, and the line of carets. */
const SETUP = `table ip t { set s { type ipv4_addr; flags dynamic; }; map m { type ipv4_addr : mark; flags dynamic; }; set si { type ipv4_addr; flags interval; }; set cs { type ipv4_addr; counter; }; chain c { type filter hook input priority 0; }; }
table inet i { chain c { type filter hook input priority 0; }; }
table bridge b { chain c { type filter hook input priority 0; }; }`;

const ERRORS: readonly (readonly [command: string, error: string, carets: string])[] = [
  ["add rule ip t c add @m { ip saddr comment \"x\" : 5 }", "Key expression comments are not supported", "                         ^^^^^^^^"],
  ["add rule ip t c add @m { ip saddr : 5 timeout 5s}", "Data expression timeouts are not supported", "                                    ^"],
  ["add rule ip t c add @m { ip saddr : 5 comment \"x\"}", "Data expression comments are not supported", "                                    ^"],
  ["add rule ip t c add @m { ip saddr : tcp dport }", "datatype mismatch: expected packet mark, expression has type internet network service", "                ~~~~~~~~~~~~~~~~~~~~^^^^^^^^^~~"],
  ["add rule ip t c add @m { tcp dport : 5 }", "datatype mismatch: expected IPv4 address, expression has type internet network service", "                ~~~~~~~~~^^^^^^^^^~~~~~~"],
  ["add rule ip t c add @s { tcp dport }", "datatype mismatch: expected IPv4 address, expression has type internet network service", "                ~~~~~~~~~^^^^^^^^^~~"],
  ["add rule ip t c add @nos { ip saddr }", "No such file or directory; did you mean set ‘cs’ in table ip ‘t’?", "                    ^^^^"],
  ["add rule ip t c add @s { ip saddr comment \"x\" }", "Key expression comments are not supported", "                         ^^^^^^^^"],
  ["add element ip t si { 1.1.1.1 counter }", "missing statement in set declaration", "                              ^^^^^^^"],
  ["add element ip t cs { 1.1.1.1 limit rate 1/second }", "statement mismatch, element expects limit, but set has type counter", "                              ^^^^^^^^^^^^^^^^^^^"],
  ["add element ip t cs { 1.1.1.1 limit rate 1/second counter}", "number of statements mismatch, set expects 1 but element has 2", "                      ^^^^^^^"],
  ["add rule ip t c ip saddr vmap @m", "datatype mismatch: expected netfilter verdict, expression has type packet mark", "                ^^^^^^^^^^^^^^^^"],
  ["add rule ip t c meta mark set ip saddr map @s", "Expression is not a map", "                                           ^^"],
  ["add rule ip t c meta mark set ip saddr map @si", "Expression is not a map", "                                           ^^^"],
  ["add rule ip t c tcp dport @s", "datatype mismatch, expected internet network service, expression has type IPv4 address", "                ~~~~~~~~~ ^^"],
  ["add rule ip t c meta mark set tcp dport map @m", "datatype mismatch, map expects IPv4 address, mapping expression has type internet network service", "                              ~~~~~~~~~     ^^"],
  ["add rule ip t c ip saddr { 1.1.1.1 : accept }", "mapping outside of map context", "                           ^^^^^^^"],
  ["add rule ip t c ip saddr . tcp dport { 1.1.1.1 }", "invalid data type, expected concatenation of (IPv4 address, internet network service)", "                                       ^^^^^^^"],
  ["add rule ip t c ip saddr . tcp dport { 1.1.1.1 . 22 . 5 }", "too many concatenation components", "                ~~~~~~~~~~~~~~~~~~~~   ^^^^^^^^^^^^^^^^"],
  ["add rule ip t c ip saddr . tcp dport { 22 . 1.1.1.1 }", "Could not resolve service: Servname not supported for ai_socktype", "                                            ^^^^^^^"],
  ["add rule ip t c ip saddr { 1.1.1.1 . 22 }", "Can't parse symbolic invalid expressions", "                           ^^^^^^^"],
  ["add rule ip t c ip saddr . tcp dport 1.1.1.1 . 22", "Use concatenations with sets and maps, not singleton values", "                ^^^^^^^^^^^^^^^^^^^^ ~~~~~~~~~~~~"],
  ["add rule ip t c ip saddr . tcp dport @s", "datatype mismatch, expected concatenation of (IPv4 address, internet network service), expression has type IPv4 address", "                ~~~~~~~~~~~~~~~~~~~~ ^^"],
  ["add rule ip t c ip saddr > 1.1.1.1-2.2.2.2", "Relational expression (>) is undefined for range expressions", "                         ~ ^^^^^^^^^^^^^^^"],
  ["add rule ip t c ip saddr ! 1.1.1.1", "negation can only be used with singleton bitmask values", "                ^^^^^^^^   ~~~~~~~"],
  ["add rule ip t c tcp dport 22,23", "Basetype of type internet network service is not bitmask", "                          ^^"],
  ["add rule ip t c ip saddr 1.1.1.1,2.2.2.2", "Basetype of type IPv4 address is not bitmask", "                         ^^^^^^^"],
  ["add rule ip t c tcp dport \"ssh*\"", "Could not resolve service: Servname not supported for ai_socktype", "                          ^^^^^^"],
  ["add rule ip t c iifname \"*\"", "All-wildcard strings are not supported", "                        ^^^"],
  ["add rule ip t c iifname \"abcdefghijklmnopq\"", "String exceeds maximum length of 16", "                        ^^^^^^^^^^^^^^^^^^^"],
  ["add rule ip t c ip ttl 256", "Value 256 exceeds valid range 0-255", "                       ^^^"],
  ["add rule ip t c meta mark 0x1ffffffff", "Value 8589934591 exceeds valid range 0-4294967295", "                          ^^^^^^^^^^^"],
  ["add rule ip t c tcp dport << 20 == 5", "Left shift of 20 bits is undefined for type of 16 bits width", "                ~~~~~~~~~    ^^"],
  ["add rule ip t c log level audit prefix x", "log level audit doesn't support any further options", "                ^^^"],
  ["add rule ip t c queue flags fanout to 5", "fanout requires a range to be specified", "                                      ^"],
  ["add rule ip t c queue to 99999", "Value 99999 exceeds valid range 0-65535", "                         ^^^^^"],
  ["add rule ip t c counter name ip saddr", "datatype mismatch: expected string, expression has type IPv4 address", "                ~~~~~~~~~~~~~^^^^^^^^"],
  ["add rule ip t c counter name ip saddr map @s", "Expression is not a map with objects", "                                          ^^"],
  ["add rule ip t c ip saddr 1.1.1.1/33", "Prefix length 33 is invalid for type of 32 bits width", "                         ^^^^^^^^^^"],
  ["add rule ip t c meter m { 1.1.1.1 counter }", "No symbol type information", "                          ^^^^^^^"],
  ["add rule ip t c meter m { ip saddr accept }", "meter statement must be stateful", "                ~~~~~~~~~~~~~~~~~~~^^^^^^~~"],
  ["add rule bridge b c dnat to 1.1.1.1", "NAT is only supported for IPv4/IPv6", "                    ^^^^"],
  ["add rule ip t c tcp dport set ip saddr", "datatype mismatch: expected internet network service, expression has type IPv4 address", "                ~~~~~~~~~~~~~~^^^^^^^^"],
  ["add rule ip t c numgen inc mod 2 3", "Value 3 exceeds valid range 0-1", "                                 ^"],
  ["add rule ip t c numgen inc mod 2 { 0, 5 }", "Value 5 exceeds valid range 0-1", "                                      ^"],
  ["add rule inet i c ip saddr 1.1.1.1 ip6 saddr ::1", "conflicting protocols specified: ip vs. ip6", "                                   ^^^^^^^^^"],
  ["add rule inet i c icmp type 8 icmpv6 type 1", "conflicting protocols specified: icmp vs. icmpv6", "                              ^^^^^^^^^^^"],
  ["add rule ip t c exthdr hbh exists", "cannot use exthdr with ip", "                ^^^^^^^^^^"],
  ["add rule ip t c rt ip6 nexthop ::1", "ip6 nexthop will not match", "                ^^^^^^^^^^^^^^"],
  ["add rule inet i c rt nexthop 1.1.1.1", "cannot determine ip protocol version, use \"ip nexthop\" or \"ip6 nexthop\" instead", "                  ^^^^^^^^^^"],
  ["add rule bridge b c ipsec in reqid 5", "ipsec expression is only valid in ip/ip6/inet tables", "                    ^^^^^^^^^^^^^^"],
  ["add rule ip t c masquerade to :80", "transport protocol mapping is only valid after transport protocol match", "                ~~~~~~~~~~     ^^"],
  ["add rule ip t c tcp dport 80 redirect to 80-20", "Range has zero or negative size", "                                         ^^^^^"],
  ["add rule inet i c ip saddr 1.1.1.1 dnat ip6 to ::1", "conflicting protocols specified: ip vs. ip6. You must specify ip or ip6 family in nat statement", "                  ~~~~~~~~         ^^^^"],
  ["add rule inet i c dnat ip to ::1", "Could not resolve hostname: Address family for hostname not supported", "                             ^^^"],
];

test.each(ERRORS)("%s → %s", (command, error, carets) => {
  expect(bench(SETUP).run(command)).toBe(`Error: ${error}\n${command}\n${carets}\n`);
});
