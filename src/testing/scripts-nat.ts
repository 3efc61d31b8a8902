import type { Script } from "./scripts.ts";

/* NAT on a router with a bridge behind it: ranges, fragments, path MTU, ICMP errors, and what ends a flow. Counters and flows compared with Linux. */

const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** The flows, sorted, without what time and waiting packets change. */
const flows = (options: string): string => `conntrack -L ${options} 2>/dev/null | grep -v 224.0.0.22 | sed -E 's/^([a-z]+ +[0-9]+) [0-9]+/\\1 T/; s/ use=.*//' | sort`;

/** c1 10.1.0.2 and c2 10.1.0.3 on a bridge of r (10.1.0.1, 10.2.0.1), which forwards to srv 10.2.0.2. */
const ROUTER = [
  ...at("box", "for n in c1 c2 r srv; do ip netns add $n; ip -n $n link set lo up; done", "ip link add v1 netns c1 type veth peer name l1 netns r"),
  ...at("box", "ip link add v2 netns c2 type veth peer name l2 netns r", "ip link add v3 netns srv type veth peer name right netns r"),
  ...at("box", "ip -n r link add br0 type bridge; ip -n r link set br0 up", "for p in l1 l2; do ip -n r link set $p master br0; ip -n r link set $p up; done"),
  ...at("box", "ip -n r addr add 10.1.0.1/24 dev br0; ip -n r addr add 10.2.0.1/24 dev right; ip -n r link set right up"),
  ...at("box", "ip -n c1 addr add 10.1.0.2/24 dev v1; ip -n c1 link set v1 up; ip -n c1 route add default via 10.1.0.1"),
  ...at("box", "ip -n c2 addr add 10.1.0.3/24 dev v2; ip -n c2 link set v2 up; ip -n c2 route add default via 10.1.0.1"),
  ...at("box", "ip -n srv addr add 10.2.0.2/24 dev v3; ip -n srv link set v3 up"),
  ...at("r", "sysctl -qw net.ipv4.ip_forward=1"),
];

/** Segments without their clocks and random numbers; while `command` runs and a little longer. */
const segments = (dev: string, filter: string, command: string): string =>
  `(timeout -s INT 3 tcpdump -tlni ${dev} '${filter}' 2>/dev/null | sed -E 's/TS val [0-9]+ ecr [0-9]+/TS/; s/seq [0-9]{4,}/seq N/; s/ack [0-9]{5,}/ack N/' > seg) & sleep 1; ${command}; wait; cat seg`;

export const NAT_SCRIPTS: readonly Script[] = [
  {
    name: "http-through-nat", title: "HTTP, a closed port and a rule's reset through DNAT and masquerade, segment by segment on both sides of the router",
    steps: [
      ...ROUTER,
      ...at("box", "ip -n srv route add default via 10.2.0.1"),
      ...at("r", "nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }; add chain ip nat pre { type nat hook prerouting priority dstnat; }'"),
      ...at("r", "nft 'add rule ip nat pre ip daddr 100.64.0.1 counter dnat to 10.2.0.2'; nft 'add rule ip nat post oifname right counter masquerade'"),
      ...at("srv", "printf 'pid '$PWD/n.pid'; error_log '$PWD/n.err'; events {} http { access_log off; server { listen 80; return 200 \"hello $remote_addr\\\\n\"; } }' > n.conf; nginx -c $PWD/n.conf 2>/dev/null; echo $?"),
      ...at("c1", segments("v1", "tcp", "curl -s 100.64.0.1"), segments("v1", "tcp", "curl -s http://100.64.0.1/a http://100.64.0.1/b"), segments("v1", "tcp or icmp", "curl -sS 100.64.0.1:81")),
      ...at("srv", segments("v3", "tcp", "ip netns exec c1 curl -s 100.64.0.1"), segments("v3", "tcp", "ip netns exec c1 curl -sI 100.64.0.1 | grep -v Date")),
      ...at("r", "conntrack -L -p tcp 2>/dev/null | sed -E 's/ [0-9]+ (TIME_WAIT|CLOSE) / T \\1 /; s/sport=[0-9]{5} /sport=PORT /g; s/dport=[0-9]{5} /dport=PORT /g; s/ use=.*//' | sort"),
      ...at("r", "nft 'add table ip f; add chain ip f fwd { type filter hook forward priority 0; }; add rule ip f fwd tcp dport 80 counter reject with tcp reset'"),
      ...at("c1", segments("v1", "tcp", "curl -sS 100.64.0.1")),
      ...at("r", "nft flush chain ip f fwd; nft 'add rule ip f fwd tcp dport 80 counter reject'"),
      ...at("c1", segments("v1", "tcp or icmp", "curl -sS 100.64.0.1")),
      ...at("r", "nft flush chain ip f fwd; nft 'add rule ip f fwd tcp dport 80 counter drop'"),
      ...at("c1", segments("v1", "tcp or icmp", "curl -sS -m 2 100.64.0.1")),
      ...at("srv", "kill $(cat n.pid)"),
    ],
  },
  {
    name: "nat-ranges", title: "snat and dnat to ranges choose the addresses that Linux chooses; untracked packets, zones, marks",
    steps: [
      ...ROUTER,
      ...at("r", "nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }; add chain ip nat pre { type nat hook prerouting priority dstnat; }'"),
      ...at("r", "nft 'add rule ip nat post oifname right counter snat to 10.2.0.50-10.2.0.60'", "ip addr add 10.2.0.50/24 dev right"),
      ...at("box", "for i in 51 52 53 54 55 56 57 58 59 60; do ip netns exec r ip addr add 10.2.0.$i/24 dev right; done"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c2", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows(""), "nft flush chain ip nat post", "conntrack -F 2>/dev/null"),
      ...at("r", "nft 'add rule ip nat post oifname right counter snat to 10.2.0.50-10.2.0.60 persistent'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c2", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows(""), "nft flush chain ip nat post", "conntrack -F 2>/dev/null"),
      ...at("r", "nft 'add rule ip nat pre ip daddr 100.64.0.0/24 counter dnat to 10.2.0.2-10.2.0.3'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 100.64.0.1 | grep -vE \"^$|^rtt|^PING|^---\"", "ping -e 7 -c 1 -W 1 100.64.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c1", "ping -e 7 -c 1 -W 1 100.64.0.3 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows(""), "nft delete table ip nat", flows("")),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows("")),
      ...at("r", "nft 'add table ip raw; add chain ip raw pre { type filter hook prerouting priority raw; }; add chain ip raw out { type filter hook output priority raw; }; add chain ip raw post { type filter hook postrouting priority 0; }'"),
      ...at("r", "nft 'add rule ip raw pre icmp type echo-request notrack'", "nft 'add rule ip raw post ct state untracked counter'"),
      ...at("r", "nft 'add rule ip raw post ct state new counter'", "nft 'add rule ip raw post ct state invalid counter'"),
      ...at("box", "ip -n srv route add default via 10.2.0.1"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "nft list ruleset", flows(""), "nft 'delete table ip raw'"),
      ...at("r", "nft 'add table ip z; add chain ip z pre { type filter hook prerouting priority raw; }; add chain ip z m { type filter hook forward priority mangle; };'"),
      ...at("r", "nft 'add rule ip z pre iifname br0 ct zone set 5'", "nft 'add rule ip z m ct mark set 0x2a'", "nft 'add rule ip z m ct mark 42 counter'"),
      ...at("r", "nft 'add rule ip z m ct zone 5 counter'", "nft 'add rule ip z m ct direction reply counter'", "nft 'add rule ip z m ct status seen-reply counter'"),
      ...at("r", "nft 'add rule ip z m ct expiration 20s-31s counter'", "nft 'add rule ip z m ct original ip saddr 10.1.0.2 counter'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "nft list ruleset", flows(""), flows("-w 5"), flows("-m 42"), "conntrack -D -m 42 2>/dev/null | wc -l"),
    ],
  },
  {
    name: "nat-fragments", title: "fragments, path MTU and ICMP errors through NAT, routed and within a bridge",
    steps: [
      ...ROUTER,
      ...at("box", "ip -n srv route add default via 10.2.0.1"),
      ...at("r", "nft 'add table ip f; add chain ip f fo { type filter hook forward priority 0; }; add rule ip f fo ct state new counter; add rule ip f fo ct state established counter; add rule ip f fo ip frag-off & 0x3fff != 0 counter'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 3000 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\"", "ping -e 7 -c 1 -W 1 -s 3000 10.1.0.3 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "nft list ruleset", flows("")),
      ...at("r", "nft 'add table ip nat; add chain ip nat pre { type nat hook prerouting priority -100; }; add rule ip nat pre ip daddr 100.64.0.1 dnat to 10.2.0.2; add rule ip nat pre ip daddr 100.64.0.2 dnat to 10.1.0.3'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 3000 100.64.0.1 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 3000 100.64.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 1400 -M do 100.64.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "ip link set right mtu 1200"),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 1400 -M do 100.64.0.1 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("c1", "ping -e 7 -c 1 -W 1 -s 1300 -M dont 100.64.0.1 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows("")),
      ...at("c1", "ping -e 7 -c 1 -W 1 -t 1 100.64.0.1 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "ip route add unreachable 10.2.0.128/25"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.130 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "nft 'add chain ip nat post { type nat hook postrouting priority 100; }; add rule ip nat post masquerade'"),
      ...at("box", "ip -n srv route del default"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("box", "ip -n srv addr add 10.9.0.1/24 dev lo"),
      ...at("r", "ip route add 10.9.0.0/16 via 10.2.0.2"),
      ...at("srv", "sysctl -qw net.ipv4.ip_forward=1"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.9.1.1 | grep -vE \"^$|^rtt|^PING|^---\"", "ping -e 7 -c 1 -W 1 10.9.0.1 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows("")),
    ],
  },
  {
    name: "nat-lifetimes", title: "a masqueraded flow ends with its address and its device; rules of the nat table alone track nothing",
    steps: [
      ...ROUTER,
      ...at("srv", "ip route add default via 10.2.0.1"),
      ...at("r", "nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }; add rule ip nat post oifname \"right\" masquerade'"),
      ...at("r", "ip addr add 10.2.0.9/24 dev right"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows(""), "ip addr del 10.2.0.9/24 dev right", flows(""), "ip addr del 10.2.0.1/24 dev right", flows(""), "ip addr add 10.2.0.1/24 dev right"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", "ip link set right down", flows(""), "ip link set right up", "nft flush ruleset"),
      ...at("r", "nft 'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; };'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows(""), "nft 'add rule ip nat post ct mark 1'"),
      ...at("c1", "ping -e 7 -c 1 -W 1 10.2.0.2 | grep -vE \"^$|^rtt|^PING|^---\""),
      ...at("r", flows("")),
    ],
  },
];
