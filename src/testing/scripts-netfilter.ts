import type { Script } from "./scripts.ts";

/* Packet behaviour under nf_tables: the same commands on Linux and here, counters and flows compared packet for packet. */

export const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
export const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** client 10.1.0.2 – box 10.1.0.1 / 10.2.0.1 – servers one 10.2.0.2, two 10.2.0.3 behind a bridge; box forwards. */
export const ROUTER = box(
  "for n in client one two; do ip netns add $n; ip -n $n link set lo up; done", "sysctl -qw net.ipv4.ip_forward=1",
  "ip link add c0 type veth peer name eth0 netns client", "ip addr add 10.1.0.1/24 dev c0", "ip link set c0 up",
  "ip -n client addr add 10.1.0.2/24 dev eth0", "ip -n client link set eth0 up", "ip -n client route add default via 10.1.0.1",
  "ip link add br0 type bridge", "ip addr add 10.2.0.1/24 dev br0", "ip link set br0 up",
  "for n in one two; do ip link add s$n type veth peer name eth0 netns $n; ip link set s$n master br0 up; ip -n $n link set eth0 up; ip -n $n route add default via 10.2.0.1 dev eth0 onlink; done",
  "ip -n one addr add 10.2.0.2/24 dev eth0", "ip -n two addr add 10.2.0.3/24 dev eth0", "ip -n one route replace default via 10.2.0.1", "ip -n two route replace default via 10.2.0.1",
);

/** A quiet ping, its summary line only. */
const ping = (args: string): string => `ping -q ${args} | grep transmitted | sed 's/, time.*//'`;
export const pingPlain = (args: string): string => `ping -n -q -W 1 ${args} > /dev/null; echo $?`;

export const NETFILTER_SCRIPTS: readonly Script[] = [
  {
    name: "nf-filter", title: "filter chains: verdicts, order, jumps, policies, counters of local traffic",
    steps: box(
      "nft add table ip t", "nft add chain ip t inp '{ type filter hook input priority 0; }'", "nft add chain ip t out '{ type filter hook output priority 0; }'",
      "nft add rule ip t out ip daddr 127.0.0.1 counter", "nft add rule ip t inp icmp type echo-request counter", "nft add rule ip t inp icmp type echo-reply counter",
      pingPlain("-c 3 -i 0.2 127.0.0.1"), "nft list ruleset",
      "nft add chain ip t sub", "nft add rule ip t sub icmp type echo-request counter return", "nft add rule ip t sub counter", "nft insert rule ip t inp jump sub",
      pingPlain("-c 2 -i 0.2 127.0.0.1"), "nft list chain ip t sub", "nft list chain ip t inp",
      "nft add chain ip t go", "nft add rule ip t go counter return", "nft insert rule ip t inp goto go", pingPlain("-c 1 127.0.0.1"), "nft list table ip t",
      "nft flush chain ip t inp", "nft add chain ip t inp '{ policy drop; }'", pingPlain("-c 1 127.0.0.1"), "nft add rule ip t inp iif lo accept", pingPlain("-c 1 127.0.0.1"),
      "nft -s list chain ip t inp", "nft add rule ip t out icmp type echo-request icmp sequence 2 counter drop", pingPlain("-c 3 -i 0.2 127.0.0.1"), "nft list chain ip t out",
      "nft reset rules > /dev/null 2>&1; nft reset counters; nft flush ruleset; nft list ruleset",
    ),
  },
  {
    name: "nf-priority", title: "chains on one hook run by priority, drop ends it, accept does not",
    steps: box(
      "nft add table ip a", "nft add table ip b", "nft add chain ip a early '{ type filter hook output priority -10; }'", "nft add chain ip b late '{ type filter hook output priority 10; }'",
      "nft add rule ip a early ip daddr 127.0.0.1 counter accept", "nft add rule ip b late ip daddr 127.0.0.1 counter", pingPlain("-c 1 127.0.0.1"), "nft list ruleset",
      "nft add rule ip b late ip daddr 127.0.0.1 counter drop", pingPlain("-c 1 127.0.0.1"), "nft list ruleset",
      "nft insert rule ip a early ip daddr 127.0.0.1 counter drop", pingPlain("-c 1 127.0.0.1"), "nft list ruleset",
      "nft add table inet c", "nft add chain inet c pre '{ type filter hook prerouting priority raw; }'", "nft add rule inet c pre meta nfproto ipv4 counter", "nft flush table ip a; nft flush table ip b",
      pingPlain("-c 1 127.0.0.1"), "nft list table inet c",
      "nft flush ruleset; for t in one two; do nft add table ip $t; nft add chain ip $t c '{ type nat hook output priority -100; }'; done",
      "nft add rule ip one c ip daddr 127.0.0.9 counter dnat to 127.0.0.1; nft add rule ip two c ip daddr 127.0.0.9 counter dnat to 127.0.0.2", pingPlain("-c 1 127.0.0.9"), "nft list ruleset",
    ),
  },
  {
    name: "nf-forward", title: "forwarded packets: each hook once a packet, and which devices they see",
    steps: [
      ...ROUTER,
      ...box("nft -f - <<< 'table ip t {\nchain pre { type filter hook prerouting priority 0; iif c0 counter; iif br0 counter; }\nchain thru { type filter hook forward priority 0; iif c0 oif br0 counter; iif br0 oif c0 counter; }\nchain post { type filter hook postrouting priority 0; oif br0 meta l4proto icmp counter; oif c0 meta l4proto icmp counter; }\nchain inp { type filter hook input priority 0; icmp type echo-request counter; }\nchain out { type filter hook output priority 0; icmp type echo-reply counter; }\n}'"),
      ...at("client", pingPlain("-c 3 -i 0.2 10.2.0.2"), pingPlain("-c 1 10.1.0.1")),
      ...box("nft list ruleset", "nft add rule ip t thru ip ttl 63 counter", "nft add rule ip t post ip ttl 63 counter", "nft add rule ip t pre ip ttl 64 iif c0 counter"),
      ...at("client", pingPlain("-c 1 10.2.0.2")), ...box("nft list ruleset", "nft insert rule ip t thru ip daddr 10.2.0.3 drop"),
      ...at("client", pingPlain("-c 1 10.2.0.2"), pingPlain("-c 1 10.2.0.3")), ...box("nft list chain ip t post"),
    ],
  },
  {
    name: "nf-reject", title: "reject: what the sender hears, locally and when forwarded",
    steps: [
      ...ROUTER,
      ...box("nft add table ip t", "nft add chain ip t thru '{ type filter hook forward priority 0; }'"),
      ...["reject", "reject with icmp net-unreachable", "reject with icmp host-unreachable", "reject with icmp prot-unreachable", "reject with icmp net-prohibited",
        "reject with icmp host-prohibited", "reject with icmp admin-prohibited", "reject with icmpx port-unreachable"].flatMap((how) => [
        ...box("nft flush chain ip t thru", `nft add rule ip t thru ip daddr 10.2.0.2 counter ${how}`), ...at("client", "ping -n -c 1 -W 1 10.2.0.2"), ...box("nft list chain ip t thru")]),
      ...box("nft flush ruleset", "nft add table ip t", "nft add chain ip t out '{ type filter hook output priority 0; }'", "nft add rule ip t out ip daddr 10.2.0.2 counter reject",
        "ping -n -c 2 -i 0.2 -W 1 10.2.0.2", "nft list ruleset", "nft flush chain ip t out", "nft add rule ip t out ip daddr 10.2.0.2 drop", "ping -n -c 2 -i 0.2 -W 1 10.2.0.2",
        "nft flush ruleset", "nft add table ip t", "nft add chain ip t inp '{ type filter hook input priority 0; }'", "nft add rule ip t inp icmp type echo-request counter reject with icmp admin-prohibited"),
      ...at("client", "ping -n -c 1 -W 1 10.1.0.1"), ...box("nft list ruleset"),
    ],
  },
  {
    name: "nf-dnat", title: "dnat: once a flow, reverse translation, conntrack's entry, flows known before a rule",
    steps: [
      ...ROUTER,
      ...box("nft add table ip nat", "nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'", "nft add rule ip nat pre ip daddr 10.99.0.1 counter dnat to 10.2.0.2"),
      ...at("client", "ping -n -c 3 -i 0.2 10.99.0.1 | grep from"), ...box("nft list ruleset", "conntrack -L -s 10.1.0.2 2>/dev/null | grep icmp | sed 's/ [0-9]* src/ N src/; s/id=[0-9]*/id=N/g'"),
      ...at("client", pingPlain("-c 1 10.99.0.1"), pingPlain("-c 1 10.99.0.1")), ...box("nft list chain ip nat pre", "conntrack -L 2>/dev/null | grep -c icmp"),
      ...box("nft add rule ip nat pre ip daddr 10.99.0.2 dnat to ip daddr map { 10.99.0.2 : 10.2.0.3 }"), ...at("client", "ping -n -c 1 10.99.0.2 | grep from"),
      ...box("nft add rule ip nat pre ip daddr 10.99.0.3 dnat to numgen inc mod 2 map { 0 : 10.2.0.2, 1 : 10.2.0.3 }"),
      ...at("client", pingPlain("-c 1 10.99.0.3"), pingPlain("-c 1 10.99.0.3"), pingPlain("-c 1 10.99.0.3")),
      ...box("conntrack -L --reply-src 10.2.0.2 2>/dev/null | wc -l", "conntrack -L --reply-src 10.2.0.3 2>/dev/null | wc -l"),
      ...at("client", "ping -n -c 1 -W 1 10.99.0.9 | tail -2 | head -1 | sed 's/, time.*//'"),
    ],
  },
  {
    name: "nf-jhash", title: "jhash with an explicit seed chooses the same backend as Linux",
    steps: [
      ...ROUTER,
      ...box("nft add table ip nat", "nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'", "nft add chain ip nat c2", "nft add chain ip nat c3",
        "nft add rule ip nat c2 counter dnat to 10.2.0.2", "nft add rule ip nat c3 counter dnat to 10.2.0.3",
        "nft add rule ip nat pre ip daddr 10.99.0.0/24 jhash ip saddr . ip daddr mod 2 seed 0xdeadbeef vmap { 0 : jump c2, 1 : jump c3 }"),
      ...at("client", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ping -q -c 1 10.99.0.$i > /dev/null; done"),
      ...box("conntrack -L 2>/dev/null | grep icmp | sed 's/.*dst=10.99.0/10.99.0/; s/ type.* src=\\(10.2[^ ]*\\).*/ \\1/' | sort", "nft list ruleset",
        "nft flush chain ip nat pre", "conntrack -F 2>/dev/null", "nft add rule ip nat pre jhash ip daddr mod 8 seed 7 offset 2 { 2-5 } dnat to 10.2.0.2", "nft add rule ip nat pre dnat to 10.2.0.3"),
      ...at("client", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ping -q -c 1 10.99.1.$i > /dev/null; done"),
      ...box("conntrack -L 2>/dev/null | grep icmp | sed 's/.*dst=10.99.1/10.99.1/; s/ type.* src=\\(10.2[^ ]*\\).*/ \\1/' | sort", "nft -s list chain ip nat pre"),
    ],
  },
  {
    name: "nf-snat", title: "masquerade and snat: the source that the far side sees, ids that collide",
    steps: [
      ...ROUTER,
      ...box("nft add table ip nat", "nft add chain ip nat post '{ type nat hook postrouting priority srcnat; }'", "nft add rule ip nat post oif br0 counter masquerade"),
      ...at("client", "ping -n -c 2 -i 0.2 -e 100 10.2.0.2 | grep from"), ...box("conntrack -L 2>/dev/null | grep icmp | sed 's/ [0-9]* src/ N src/'"),
      ...box("ping -q -n -c 1 -e 100 10.2.0.3 > /dev/null; conntrack -L 2>/dev/null | grep -c icmp", "nft flush chain ip nat post", "nft add rule ip nat post oif br0 snat to 10.2.0.77"),
      ...at("client", pingPlain("-c 1 -e 101 10.2.0.2")), ...box("ip addr add 10.2.0.77/24 dev br0", "conntrack -F 2>/dev/null"), ...at("client", "ping -n -q -W 4 -c 1 -e 102 10.2.0.2 > /dev/null; echo $?"),
      ...box("conntrack -L 2>/dev/null | grep icmp | sed 's/ [0-9]* src/ N src/'", "ip -n client addr add 10.1.0.3/24 dev eth0", "conntrack -F 2>/dev/null"),
      ...at("client", pingPlain("-c 1 -e 103 10.2.0.2"), pingPlain("-c 1 -e 103 -I 10.1.0.3 10.2.0.2")),
      ...box("conntrack -L 2>/dev/null | grep icmp | sed 's/.*dst=10.2.0.77.*id=\\([0-9]*\\) .*/\\1/' | sort | uniq -c | wc -l", "nft list ruleset",
        "nft flush chain ip nat post", "nft add rule ip nat post ip saddr 10.1.0.2 snat to 10.2.0.80-10.2.0.83 persistent", "nft list chain ip nat post"),
    ],
  },
  {
    name: "nf-local-nat", title: "the output hook: dnat of local packets is routed again, redirect to this machine",
    steps: [
      ...ROUTER,
      ...box("nft add table ip nat", "nft add chain ip nat out '{ type nat hook output priority -100; }'", "nft add rule ip nat out ip daddr 10.2.0.99 counter dnat to 10.1.0.2",
        "ping -n -c 2 -i 0.2 10.2.0.99 | grep from", "nft list ruleset", "conntrack -L 2>/dev/null | grep icmp | sed 's/ [0-9]* src/ N src/; s/id=[0-9]*/id=N/g'",
        "nft add rule ip nat out ip daddr 198.51.100.1 dnat to 10.2.0.2", "ping -n -c 1 198.51.100.1", "ip route add 198.51.100.0/24 dev br0", "ping -n -c 1 198.51.100.1 | grep from",
        "nft flush ruleset", "nft add table ip nat", "nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'", "nft add rule ip nat pre ip daddr 203.0.113.5 counter redirect"),
      ...at("client", "ping -n -c 2 -i 0.2 203.0.113.5 | grep from"), ...box("nft list ruleset"),
    ],
  },
  {
    name: "nf-bridge-nf", title: "same-bridge DNAT: with and without bridge-nf-call-iptables, and a hairpin to itself",
    steps: [
      ...ROUTER,
      ...box("cat /proc/sys/net/bridge/bridge-nf-call-iptables", "nft add table ip nat", "nft add chain ip nat pre '{ type nat hook prerouting priority dstnat; }'", "nft add rule ip nat pre ip daddr 10.99.0.1 counter dnat to 10.2.0.3"),
      ...at("one", "ping -n -c 2 -i 0.2 -W 1 10.99.0.1 | grep from"), ...box("nft list ruleset", "sysctl -w net.bridge.bridge-nf-call-iptables=0", "conntrack -F 2>/dev/null"),
      ...at("one", "ping -n -c 2 -i 0.2 -W 1 10.99.0.1 | grep -E 'from|transmitted' | sed 's/, time.*//'"), ...box("nft list ruleset", "sysctl -w net.bridge.bridge-nf-call-iptables=1", "conntrack -F 2>/dev/null"),
      ...at("two", "ping -n -c 2 -i 0.2 -W 1 10.99.0.1 | grep -E 'from|transmitted' | sed 's/, time.*//'"), ...box("nft list ruleset", "bridge link set dev stwo hairpin on", "conntrack -F 2>/dev/null"),
      ...at("two", "ping -n -c 2 -i 0.2 -W 1 10.99.0.1 | grep -E 'from|transmitted' | sed 's/, time.*//'"),
      ...box("nft add chain ip nat post '{ type nat hook postrouting priority srcnat; }'", "nft add rule ip nat post ip saddr 10.2.0.0/24 ip daddr 10.2.0.0/24 counter masquerade", "conntrack -F 2>/dev/null"),
      ...at("two", "ping -n -c 2 -i 0.2 -W 1 10.99.0.1 | grep -E 'from|transmitted' | sed 's/, time.*//'"), ...box("nft list ruleset"),
      ...box("nft flush ruleset", "nft add table ip f", "nft add chain ip f thru '{ type filter hook forward priority 0; }'", "nft add rule ip f thru counter"),
      ...at("one", pingPlain("-c 2 -i 0.2 10.2.0.3")), ...box("nft list ruleset", "sysctl -w net.bridge.bridge-nf-call-iptables=0"), ...at("one", pingPlain("-c 2 -i 0.2 10.2.0.3")), ...box("nft list ruleset"),
    ],
  },
  {
    name: "nf-limits", title: "limit, quota, and sets filled from the packet path",
    steps: box(
      "nft add table ip t", "nft add chain ip t out '{ type filter hook output priority 0; }'", "nft add rule ip t out icmp type echo-request limit rate 2/second burst 3 packets counter accept", "nft add rule ip t out icmp type echo-request counter drop",
      ping("-c 10 -i 0.1 127.0.0.1"), "nft list chain ip t out", "nft flush chain ip t out", "nft add rule ip t out icmp type echo-request limit rate over 1/minute burst 4 packets counter drop", ping("-c 8 -i 0.1 127.0.0.1"), "nft list chain ip t out",
      "nft flush chain ip t out", "nft add rule ip t out icmp type echo-request quota 300 bytes counter accept", "nft add rule ip t out icmp type echo-request counter drop", ping("-c 5 -i 0.1 127.0.0.1"), "nft list chain ip t out",
      "nft flush chain ip t out", "nft add rule ip t out icmp type echo-request limit rate 100 bytes/second burst 300 bytes counter", ping("-c 6 -i 0.1 127.0.0.1"), "nft list chain ip t out",
      "nft flush chain ip t out", "nft add set ip t seen '{ type ipv4_addr; flags dynamic; size 10; counter; }'", "nft add rule ip t out icmp type echo-request add @seen '{ ip daddr }' counter", "ping -q -c 2 -i 0.1 127.0.0.1 > /dev/null; ping -q -c 1 127.0.0.2 > /dev/null; nft list set ip t seen",
      "nft add set ip t recent '{ type ipv4_addr; flags dynamic,timeout; timeout 1m; }'", "nft add rule ip t out icmp type echo-request update @recent '{ ip daddr }'", "ping -q -c 1 127.0.0.3 > /dev/null; nft list set ip t recent | sed 's/expires [0-9smd]*/expires N/'",
      "nft add map ip t m '{ type ipv4_addr : mark; flags dynamic; }'", "nft add rule ip t out icmp type echo-request add @m '{ ip daddr : 0x2a }'", "ping -q -c 1 127.0.0.4 > /dev/null; nft list map ip t m",
      "nft add set ip t tiny '{ type ipv4_addr; flags dynamic; size 1; }'", "nft insert rule ip t out icmp type echo-request add @tiny '{ ip daddr }' counter", "ping -q -c 1 127.0.0.5 > /dev/null; ping -q -c 1 127.0.0.6 > /dev/null; nft list set ip t tiny; nft list chain ip t out",
    ),
  },
  {
    name: "nf-ct", title: "ct states: new, established, related errors, invalid; marks, notrack, zones",
    steps: [
      ...ROUTER,
      ...box("nft add table ip t", "nft add chain ip t thru '{ type filter hook forward priority 0; }'", "nft add chain ip t inp '{ type filter hook input priority 0; }'", "nft add chain ip t out '{ type filter hook output priority 0; }'",
        ...["thru", "inp", "out"].flatMap((c) => [`nft add rule ip t ${c} meta l4proto icmp ct state new counter`, `nft add rule ip t ${c} meta l4proto icmp ct state established counter`, `nft add rule ip t ${c} meta l4proto icmp ct state related counter`, `nft add rule ip t ${c} meta l4proto icmp ct state invalid counter`, `nft add rule ip t ${c} meta l4proto icmp ct direction reply counter`])),
      ...at("client", pingPlain("-c 3 -i 0.2 10.2.0.2"), "ping -n -c 1 -W 2 10.2.0.55 | grep -c Unreachable", pingPlain("-c 1 -t 1 10.2.0.2")), ...box("nft list ruleset", "nft flush ruleset", "conntrack -L 2>/dev/null | grep -c icmp"),
      ...box("nft add table ip t", "nft add chain ip t pre '{ type filter hook prerouting priority mangle; }'", "nft add rule ip t pre iif c0 ct mark set 0x17", "nft add rule ip t pre ct mark 0x17 ct direction reply counter meta mark set ct mark",
        "nft add chain ip t thru '{ type filter hook forward priority 0; }'", "nft add rule ip t thru meta mark 0x17 counter"),
      ...at("client", pingPlain("-c 2 -i 0.2 10.2.0.2")), ...box("nft list ruleset", "conntrack -L 2>/dev/null | grep icmp | grep -o 'mark=[0-9]*' | sort | uniq -c", "conntrack -F 2>/dev/null",
        "nft add chain ip t raw '{ type filter hook prerouting priority raw; }'", "nft add rule ip t raw ip daddr 10.2.0.3 notrack", "nft add rule ip t thru ct state untracked counter"),
      ...at("client", pingPlain("-c 1 10.2.0.3")), ...box("nft list chain ip t thru", "conntrack -L 2>/dev/null | grep -c 10.2.0.3", "conntrack -E -e NEW & sleep 0.2; ip netns exec client ping -q -c 1 10.2.0.2 > /dev/null; sleep 0.2; kill %1; wait 2>/dev/null; true") .slice(0, 2),
    ],
  },
  {
    name: "nf-mark-route", title: "marks choose the route: policy routing and a route chain at output",
    steps: [
      ...ROUTER,
      ...box("ip rule add fwmark 5 lookup 100", "ip route add 10.50.0.0/16 via 10.2.0.2 table 100", "ip -n one addr add 10.50.0.1/32 dev lo", "ping -n -c 1 -W 1 10.50.0.1 2>&1 | head -1",
        "nft add table ip t", "nft add chain ip t out '{ type route hook output priority mangle; }'", "nft add rule ip t out ip daddr 10.50.0.1 counter meta mark set 5", "ip route add 10.50.0.0/16 via 10.1.0.2",
        "ping -n -c 1 -W 1 10.50.0.1 | grep -E 'from|transmitted' | sed 's/, time.*//'", "nft list ruleset"),
    ],
  },
  {
    name: "nf-fields", title: "header fields rewritten: ttl, dscp, addresses, with right checksums",
    steps: [
      ...ROUTER,
      ...box("nft add table ip t", "nft add chain ip t thru '{ type filter hook forward priority 0; }'", "nft add rule ip t thru iif c0 ip dscp set ef", "nft add rule ip t thru iif br0 ip ttl set 7", "nft add rule ip t thru iif c0 ip dscp ef counter"),
      ...at("client", "ping -n -c 1 10.2.0.2 | grep -o 'ttl=[0-9]*'"), ...box("nft list ruleset", "nft add table netdev n", "nft add chain netdev n ing '{ type filter hook ingress device c0 priority 0; }'", "nft add rule netdev n ing ip daddr 10.2.0.3 counter drop", "nft add rule netdev n ing ether type arp counter"),
      ...at("client", pingPlain("-c 1 10.2.0.3"), pingPlain("-c 1 10.2.0.2")), ...box("nft list table netdev n | sed 's/counter packets [0-9]* bytes [0-9]*$/counter N/'"),
      ...box("nft add table bridge b", "nft add chain bridge b thru '{ type filter hook forward priority 0; }'", "nft add rule bridge b thru ip protocol icmp counter", "nft add rule bridge b thru iifname sone oifname stwo ip daddr 10.2.0.3 counter"),
      ...at("one", pingPlain("-c 2 -i 0.2 10.2.0.3")), ...box("nft list table bridge b", "nft add table arp a", "nft add chain arp a inp '{ type filter hook input priority 0; }'", "nft add rule arp a inp arp operation request counter", "ip neigh flush dev c0"),
      ...at("client", "ip neigh flush dev eth0", pingPlain("-c 1 10.1.0.1")), ...box("nft list table arp a | grep -c 'packets [1-9]'"),
    ],
  },
];
