import { ROUTER, at, box, pingPlain } from "./scripts-netfilter.ts";
import type { Script } from "./scripts.ts";

/* What rules see of packets, instruction by instruction: counters of the same rules on Linux and here. */

const REQUEST = "icmp type echo-request";
const BASES = box("nft add table ip t", ...["prerouting", "input", "forward", "output", "postrouting"].map((hook) => `nft add chain ip t ${hook} '{ type filter hook ${hook} priority 0; }'`));

/** The same rule in every chain; where the kernel refuses it, it says so. */
const everywhere = (...matches: readonly string[]): (readonly [string, string])[] =>
  box(...matches.map((m) => `for c in prerouting input forward output postrouting; do nft add rule ip t $c ${REQUEST} ${m} counter 2>&1 | head -1; done`));

/** Forwarded, to the router, from the router. */
const PINGS = [...at("client", pingPlain("-c 2 -i 0.2 10.2.0.2"), pingPlain("-c 1 10.1.0.1")), ...box(pingPlain("-c 1 10.2.0.3"))];

const FILE = (...lines: readonly string[]): (readonly [string, string])[] => box(`nft -f - <<< '${lines.join("\n")}'`);

export const NFT_EVAL_SCRIPTS: readonly Script[] = [
  {
    name: "nf-meta", title: "meta keys at each hook of forwarded, received and sent packets",
    steps: [
      ...ROUTER, ...BASES,
      ...everywhere("meta iifname c0", "meta oifname br0", "iif 0", "oif 0", "meta iiftype ether", "meta oiftype ether", "meta iifkind veth", "meta oifkind bridge", "iifgroup 0", "oifgroup 0",
        "meta pkttype host", "meta length 84", "meta mark 0", "meta skuid 0", "meta skgid 0", "meta priority 0", "meta cgroup 0", "meta rtclassid 0", "meta secpath missing", "meta sdif 0", "meta cpu < 999"),
      ...PINGS, ...box("nft list ruleset"),
    ],
  },
  {
    name: "nf-lookups", title: "fib, rt, socket, ct and raw payload at each hook",
    steps: [
      ...ROUTER, ...BASES,
      ...everywhere("fib daddr type local", "fib daddr type unicast", "fib saddr type local", "fib saddr . iif type local", "fib daddr . iif type local", "fib daddr . oif type unicast", "fib saddr . iif oif exists",
        "fib saddr oif c0", "fib saddr oifname c0", "fib daddr oifname br0", "fib daddr . mark oif missing", "rt nexthop 10.2.0.2", "rt classid 0", "socket transparent 0", "socket wildcard 1",
        "ether saddr != 00:00:00:00:00:00", "@ll,96,16 0x800", "@nh,72,8 1", "@th,0,8 8", "@th,4000,8 8", "ip option rr missing"),
      ...everywhere("ct state new", "ct state established", "ct direction original", "ct status confirmed", "ct status seen-reply", "ct original packets > 1", "ct bytes > 100", "ct avgpkt 84", "ct expiration < 31s",
        "ct zone 0", "ct protocol icmp", "ct l3proto ipv4", "ct original saddr 10.1.0.2", "ct reply saddr 10.2.0.2", "ct label 5"),
      ...PINGS, ...box("nft list ruleset"),
    ],
  },
  {
    name: "nf-stateful", title: "named counters, quotas and limits, zones, marks, labels, counted flows, generators, sets of pairs",
    steps: [
      ...ROUTER,
      ...FILE("table ip t {", "counter cn {", "packets 0 bytes 0", "}", "quota qn {", "over 200 bytes", "}", "limit ln {", "rate 2/minute burst 2 packets", "}",
        "map cm { type ipv4_addr : counter; elements = { 10.2.0.2 : \"cn\" } }", "set conc { type ipv4_addr . ipv4_addr; flags dynamic; size 100; counter; }",
        "chain pre {", "type filter hook prerouting priority -300", "ip daddr 10.2.0.3 icmp type echo-request notrack counter", "ip saddr 10.2.0.3 icmp type echo-reply notrack counter", "}",
        "chain thru {", "type filter hook forward priority 0", "meta l4proto icmp ct state untracked counter", "ct state new ct mark set 0x55 counter", "ct mark 0x55 counter",
        "ct state established ct mark set ct mark or 0x100 counter", "ct mark 0x155 counter", "ct label set 5 counter", "ct label 5 counter", "ct label 6 counter", "meta mark set ct mark counter", "meta mark 0x155 counter",
        "meta mark set meta mark and 0xf counter", "meta mark 0x5 counter", "counter name \"cn\"", "counter name ip daddr map @cm", ...[
          "quota name \"qn\"", "limit name \"ln\"", "add @conc { ip saddr . ip daddr }", "ct count 1", "ct count over 1", "numgen inc mod 2 0", "numgen inc mod 3 offset 10 { 11, 12 }",
          "ip daddr . ip saddr { 10.2.0.2 . 10.1.0.2 }", "ip daddr 10.2.0.2-10.2.0.9", "ip daddr != 10.2.0.2-10.2.0.9", "ip daddr { 10.2.0.0/30, 10.3.0.0/16 }"].map((m) => `${REQUEST} ${m} counter`),
        `${REQUEST} ip daddr vmap { 10.2.0.2 : continue, 10.2.0.3 : return }`, `${REQUEST} counter`, "}",
        "chain zone {", "type filter hook prerouting priority -310", "ip daddr 10.1.0.1 ct zone set 7", "}",
        "chain inp {", "type filter hook input priority 0", `${REQUEST} ct zone 7 counter`, `${REQUEST} ct original zone 7 counter`, `${REQUEST} ct zone 0 counter`, "}",
        "chain post {", "type filter hook postrouting priority 0", "ip dscp set cs3", "ip dscp cs3 meta l4proto icmp counter", "icmp sequence set 77", "icmp sequence 77 counter", "ip ttl set 33", "ip id set 0x1234", "}", "}"),
      ...at("client", pingPlain("-c 3 -i 0.2 10.2.0.2"), pingPlain("-c 2 -i 0.2 10.2.0.3"), pingPlain("-c 1 10.1.0.1"), pingPlain("-c 2 -i 0.2 10.2.0.2")),
      ...box("nft list ruleset", "nft reset counters", "nft reset quotas", "nft list counters"),
    ],
  },
  {
    name: "nf-families", title: "bridge, arp and netdev chains: which frames and packets they see, and as what",
    steps: [
      ...ROUTER,
      ...box("nft add table bridge b", "for h in prerouting input forward output postrouting; do nft add chain bridge b $h \"{ type filter hook $h priority 0; }\"; done"),
      ...box(...["ether type ip", "meta length 84", "iifname sone", "iifname br0", "oifname stwo", "oifname br0", "meta pkttype host", "meta pkttype other", "meta l4proto icmp", "ip daddr 10.2.0.3", "ether type vlan"]
        .map((m) => `for c in prerouting input forward output postrouting; do nft add rule bridge b $c ${REQUEST} ${m} counter; done`)),
      ...box("nft add table netdev n", "nft add chain netdev n ing '{ type filter hook ingress device c0 priority 0; }'", "nft add chain netdev n eg '{ type filter hook egress device c0 priority 0; }'"),
      ...box(...["meta length 84", "meta length 98", "iifname c0", "oifname c0", "meta pkttype host", "ip ttl 64", "fib daddr type local"].map((m) => `for c in ing eg; do nft add rule netdev n $c meta protocol ip meta l4proto icmp ${m} counter; done`)),
      ...box("nft add table arp a", "nft add chain arp a inp '{ type filter hook input priority 0; }'", "nft add chain arp a out '{ type filter hook output priority 0; }'"),
      ...box(...["arp operation request", "arp saddr ip 10.1.0.2 arp operation request meta length 28", "arp saddr ip 10.1.0.1 arp operation reply", "arp operation reply oifname c0"].map((m) => `for c in inp out; do nft add rule arp a $c ${m} counter; done`)),
      ...at("one", pingPlain("-c 2 -i 0.2 10.2.0.3"), pingPlain("-c 1 10.2.0.1")), ...at("client", pingPlain("-c 1 10.2.0.2"), pingPlain("-c 1 10.1.0.1")), ...box(pingPlain("-c 1 10.2.0.3"), "nft list table bridge b", "nft list table netdev n"),
      ...box("nft list chain arp a inp | grep 10.1.0.2", "nft list chain arp a out | grep 10.1.0.1", "nft add rule netdev n ing ip daddr 10.1.0.1 reject"), ...at("client", "ping -n -c 1 -W 1 10.1.0.1"),
    ],
  },
  {
    name: "nf-trace", title: "nft monitor trace: a packet's way through jumps, NAT, bridge and policy",
    steps: [
      ...ROUTER,
      ...FILE("table ip t {", "chain sub {", "ip daddr 10.2.0.3 drop", "counter", "}", "chain pre {", "type filter hook prerouting priority -300", `${REQUEST} meta nftrace set 1`, "}",
        "chain thru {", "type filter hook forward priority 0", "jump sub", "ip ttl 63 meta mark set 5 counter", "ip saddr 10.1.0.2 accept", "drop", "}", "chain post {", "type filter hook postrouting priority 0; policy accept;", "}", "}",
        "table ip nat {", "chain post {", "type nat hook postrouting priority 100", "oifname \"br0\" masquerade", "}", "}",
        "table inet i {", "chain x {", "}", "chain inp {", "type filter hook input priority 0", `${REQUEST} goto x`, "}", "}", "table bridge b {", "chain post {", "type filter hook postrouting priority 0", "counter", "}", "}"),
      ...box("(timeout 3 nft monitor trace > /tmp/trace.txt) & sleep 1; for a in 10.2.0.2 10.2.0.3 10.1.0.1; do ip netns exec client ping -n -q -c 1 -W 0.3 $a > /dev/null; done; wait; sed 's/trace id [0-9a-f]*/trace id X/; s/ip id [0-9]*/ip id N/; s/icmp id [0-9]*/icmp id N/; s/icmp sequence 1 .*/icmp sequence 1 DATA/' /tmp/trace.txt"),
    ],
  },
  {
    name: "nf-xt", title: "iptables' matches and targets on packets",
    steps: [
      ...ROUTER,
      ...box(...[
        "-t nat -A PREROUTING -d 10.99.0.1 -p icmp -m comment --comment vip -j DNAT --to-destination 10.2.0.2", "-t nat -A PREROUTING -d 10.99.0.2 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.2.0.2",
        "-t nat -A PREROUTING -d 10.99.0.2 -j DNAT --to-destination 10.2.0.3", "-t nat -A POSTROUTING -s 10.1.0.0/24 ! -d 10.1.0.0/24 -m addrtype ! --dst-type LOCAL -j MASQUERADE",
        ...["-m conntrack --ctstate NEW -j MARK --set-mark 5", "-m mark --mark 5", "-m conntrack --ctstate ESTABLISHED,RELATED", "-m conntrack --ctstate DNAT", "-m conntrack --ctorigdst 10.99.0.1", "-m ttl --ttl-eq 63",
          "-m length --length 84", "-m pkttype --pkt-type unicast", "-m iprange --dst-range 10.2.0.1-10.2.0.2", "-m addrtype --dst-type UNICAST", "-m addrtype --src-type LOCAL", "-m statistic --mode nth --every 3",
          "-m limit --limit 2/min --limit-burst 2", "-p icmp --icmp-type echo-request", "-p icmp -m icmp ! --icmp-type echo-request", "-p udp -m multiport --dports 80,90:100", "-j CONNMARK --save-mark", "-m connmark --mark 5",
          "-i c0 -o br0", "-m physdev --physdev-is-bridged"].map((m) => `-A FORWARD ${m}`),
        "-A INPUT -p icmp -m icmp --icmp-type 8 -j REJECT --reject-with icmp-admin-prohibited", "-A OUTPUT -p icmp -m owner --uid-owner 0", "-A OUTPUT -p icmp -m owner ! --uid-owner 0", "-A OUTPUT -p icmp -m owner --socket-exists",
        "-A OUTPUT -d 10.2.0.3 -j REJECT", "-A OUTPUT -p icmp -j LOG --log-prefix x", "-t raw -A PREROUTING -d 10.2.0.3 -j CT --notrack",
      ].map((rule) => `iptables ${rule}`)),
      ...at("client", pingPlain("-c 3 -i 0.2 10.99.0.1"), pingPlain("-c 1 10.99.0.2"), pingPlain("-c 1 10.99.0.2"), pingPlain("-c 1 10.99.0.2"), pingPlain("-c 1 10.2.0.3"), pingPlain("-c 1 10.1.0.1")),
      ...at("one", pingPlain("-c 1 10.2.0.3")), ...box("ping -n -c 1 10.2.0.3", pingPlain("-c 1 10.2.0.2"), "for t in raw nat filter; do iptables -t $t -nvL; done", "nft list ruleset"),
    ],
  },
];
