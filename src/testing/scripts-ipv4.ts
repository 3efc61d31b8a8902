import type { Script } from "./scripts.ts";

/** IPv4 between machines: ways traced, path MTU, redirects, proxy ARP, rules, several ways, packets that cannot be. */

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** red 10.1.0.2 – r1 – r2 – blue 10.3.0.2; ICMP errors are not limited, so that no answer hangs on how fast the commands came. */
const CHAIN = box(
  "for n in red r1 r2 blue; do ip netns add $n; ip -n $n link set lo up; ip netns exec $n sysctl -qw net.ipv4.icmp_ratemask=0; done",
  "ip link add eth0 netns red type veth peer name wa netns r1", "ip link add wb netns r1 type veth peer name wa netns r2", "ip link add wb netns r2 type veth peer name eth0 netns blue",
  "ip -n red addr add 10.1.0.2/24 dev eth0; ip -n r1 addr add 10.1.0.1/24 dev wa; ip -n r1 addr add 10.2.0.1/24 dev wb",
  "ip -n r2 addr add 10.2.0.2/24 dev wa; ip -n r2 addr add 10.3.0.1/24 dev wb; ip -n blue addr add 10.3.0.2/24 dev eth0",
  "for x in red:eth0 r1:wa r1:wb r2:wa r2:wb blue:eth0; do ip -n ${x%:*} link set ${x#*:} up; done",
  "ip -n red route add default via 10.1.0.1; ip -n blue route add default via 10.3.0.1; ip -n r1 route add 10.3.0.0/24 via 10.2.0.2; ip -n r2 route add 10.1.0.0/24 via 10.2.0.1",
  "for r in r1 r2; do ip netns exec $r sysctl -qw net.ipv4.ip_forward=1; done",
);

/** Three machines on a bridge: red's default route is r1, who sends everything for 10.6.0.0/24 on to r2. */
const TRIANGLE = box(
  "for n in red r1 r2 sw; do ip netns add $n; ip -n $n link set lo up; done", "ip -n sw link add br0 type bridge; ip -n sw link set br0 up",
  "for x in red:2 r1:1 r2:3; do n=${x%:*}; ip link add eth0 netns $n type veth peer name p$n netns sw; ip -n sw link set p$n master br0 up; ip -n $n addr add 10.5.0.${x#*:}/24 dev eth0; ip -n $n link set eth0 up; done",
  "ip -n r2 addr add 10.6.0.1/32 dev lo; ip -n red route add default via 10.5.0.1; ip -n r1 route add 10.6.0.0/24 via 10.5.0.3",
  "for r in r1 r2; do ip netns exec $r sysctl -qw net.ipv4.ip_forward=1; done", "sleep 1",
);

/** red believes that 10.5.0.0/16 is all on its link; half of it is behind r1. */
const HALVES = box(
  "for n in red r1 blue; do ip netns add $n; ip -n $n link set lo up; done", "ip link add eth0 netns red type veth peer name wa netns r1", "ip link add wb netns r1 type veth peer name eth0 netns blue",
  "ip -n red addr add 10.5.0.2/16 dev eth0; ip -n r1 addr add 10.5.0.1/24 dev wa; ip -n r1 addr add 10.5.1.1/24 dev wb; ip -n blue addr add 10.5.1.2/24 dev eth0",
  "ip -n red link set eth0 up; ip -n r1 link set wa up; ip -n r1 link set wb up; ip -n blue link set eth0 up", "ip -n blue route add default via 10.5.1.1; ip netns exec r1 sysctl -qw net.ipv4.ip_forward=1",
);

export const IPV4_SCRIPTS: readonly Script[] = [
  {
    name: "traceroute", title: "traceroute and tracepath through two routers: kinds of probes, options, marks, mistakes",
    steps: [
      ...CHAIN,
      ...at("red", "ping -c 1 -q 10.3.0.2", "traceroute -n 10.3.0.2", "traceroute -n -I 10.3.0.2", "traceroute -n -T -q 1 10.3.0.2", "traceroute -n -U -q 1 10.3.0.2", "traceroute -n -q 1 -m 2 10.3.0.2",
        "traceroute -n -f 3 10.3.0.2 100", "traceroute -n -N 1 -z 0.2 -q 1 10.3.0.2", "traceroute -n --mtu 10.3.0.2", "traceroute -n --back -q 1 10.3.0.2", "traceroute -n -i eth0 -q 1 10.3.0.2",
        "traceroute -n -s 10.1.0.2 -q 1 10.3.0.2", "traceroute -n -t 16 -p 40000 -q 1 10.3.0.2", "traceroute -n -r -q 1 10.1.0.1", "traceroute -n 10.9.9.9", "traceroute -n -q 1 -w 4 10.3.0.99",
        "traceroute -n 127.0.0.1", "traceroute -n -q 1 10.1.0.2", "tracepath -n 10.3.0.2", "tracepath -n -m 2 -l 500 10.3.0.2", "tracepath -n -p 9000 10.3.0.2", "tracepath -n 127.0.0.1", "tracepath -n -m 3 10.9.9.9", "tracepath -n -m 3 10.1.0.9"),
      ...at("r2", "ip route add prohibit 10.7.0.0/24; ip route add unreachable 10.8.0.0/24; ip route add blackhole 10.6.0.0/24"),
      ...at("r1", "for n in 6 7 8; do ip route add 10.$n.0.0/24 via 10.2.0.2; done"),
      ...at("red", "traceroute -n 10.7.0.1", "traceroute -n 10.8.0.1", "traceroute -n -q 2 -m 3 -w 0.5 10.6.0.1", "tracepath -n 10.7.0.1", "tracepath -n -m 4 10.6.0.1"),
      ...box("ip -n r1 link set wb mtu 1400; ip -n r2 link set wa mtu 1400"),
      ...at("red", "traceroute -n -F -q 1 10.3.0.2 1500", "traceroute -n --mtu -q 1 10.3.0.2", "tracepath -n 10.3.0.2", "ip route flush cache", "tracepath -n 10.3.0.2",
        "traceroute -m 0 10.3.0.2", "traceroute -m 256 10.3.0.2", "traceroute -f 31 10.3.0.2", "traceroute -q 11 10.3.0.2", "traceroute -q x 10.3.0.2", "traceroute -nq1 10.3.0.2", "traceroute --queries 1 10.3.0.2", "traceroute -Z 10.3.0.2",
        "traceroute -w -1 10.3.0.2", "traceroute -n 10.3.0.2 70000", "traceroute -n 10.3.0.2 60 70", "traceroute -n 10.3.0.2 abc", "traceroute -n", "traceroute -n -i nosuch 10.3.0.2", "traceroute -n -s 10.1.0.99 10.3.0.2", "traceroute -V",
        "traceroute -M nosuch 10.3.0.2", "ip route del default", "traceroute -n 10.3.0.2", "traceroute -n -I 10.3.0.2", "tracepath -n 10.3.0.2", "tracepath", "tracepath -m 300 10.3.0.2", "tracepath -l 10 10.3.0.2", "tracepath -p x 10.3.0.2", "tracepath -V"),
    ],
  },
  {
    name: "arping", title: "arping: questions, duplicates, news for the neighbours, mistakes",
    steps: [
      ...CHAIN,
      ...at("red", "arping -c 2 10.1.0.1", "arping -c 2 -b -I eth0 10.1.0.1", "arping -f 10.1.0.1", "arping -q -c 1 10.1.0.1", "arping -c 2 -I eth0 10.1.0.77", "arping -w 2 10.1.0.1", "arping -c 3 -w 2 10.1.0.1",
        "arping -D -c 2 -I eth0 10.1.0.1", "arping -D -c 2 -I eth0 10.1.0.77", "arping -U -c 1 -I eth0 10.1.0.2", "arping -A -c 1 -I eth0 10.1.0.2", "arping -A -c 1 -I eth0 10.1.0.9", "arping -c 1 -s 10.1.0.2 -I eth0 10.1.0.1",
        "arping -c 1 -I nosuch 10.1.0.1", "arping -c 1 -I lo 10.1.0.1", "arping -c 1 10.1.0.2", "arping -c 1 10.9.9.9", "arping -c 1 -s bad 10.1.0.1", "arping -c 1 -s 10.1.0.99 10.1.0.1", "arping -c 0 10.1.0.1", "arping -c x 10.1.0.1",
        "arping", "arping -Z 10.1.0.1", "arping a b", "arping -V", "arping -c 1 -I eth0 255.255.255.255", "ip link set eth0 down", "arping -c 1 -I eth0 10.1.0.1", "arping -c 1 10.1.0.1"),
    ],
  },
  {
    name: "path-mtu", title: "Path MTU: learned, shown, forgotten, below the floor, per route; options on the way",
    steps: [
      ...CHAIN, ...box("ip -n r1 link set wb mtu 1400; ip -n r2 link set wa mtu 1400"),
      ...at("red", "ip route show cache", "ping -c 1 -M do -s 1400 10.3.0.2", "ip route get 10.3.0.2 | sed 's/expires [0-9]*/expires N/'", "ip route show cache | sed 's/expires [0-9]*/expires N/'", "ip -j route show cache | sed 's/expires\":[0-9]*/expires\":N/'",
        "ping -c 1 -M do -s 1400 10.3.0.2", "ip route flush cache", "ip route get 10.3.0.2", "ip route show cache", "ping -c 1 -s 1472 10.3.0.2"),
      ...box("ip -n r1 link set wb mtu 500"),
      ...at("red", "ping -c 1 -M do -s 900 10.3.0.2", "ip route get 10.3.0.2 | sed 's/expires [0-9]*/expires N/'", "ping -c 1 -M do -s 540 10.3.0.2", "ping -c 1 -s 540 10.3.0.2", "ip route flush cache; sysctl -w net.ipv4.ip_no_pmtu_disc=1"),
      ...box("ip -n r1 link set wb mtu 1400"),
      ...at("red", "ping -c 1 -s 1472 10.3.0.2", "ping -c 1 -M do -s 1472 10.3.0.2", "ip route get 10.3.0.2 | sed 's/expires [0-9]*/expires N/'", "ip route flush cache; sysctl -w net.ipv4.ip_no_pmtu_disc=2", "ping -c 1 -W 1 -M do -s 1472 10.3.0.2",
        "ip route get 10.3.0.2", "sysctl -w net.ipv4.ip_no_pmtu_disc=0", "ip route change default via 10.1.0.1 mtu 1300", "ping -c 1 -M do -s 1272 10.3.0.2", "ping -c 1 -M do -s 1273 10.3.0.2", "ip route get 10.3.0.2",
        "ip route change default via 10.1.0.1 mtu lock 1450", "ping -c 1 -M do -s 1420 10.3.0.2", "ip route get 10.3.0.2", "ip route", "ping -c 1 -R 10.3.0.2", "ping -c 1 -T tsonly 10.3.0.2",
        "ping -c 1 -T tsandaddr 10.3.0.2", "ping -c 1 -T tsprespec 10.2.0.2 10.3.0.2"),
      ...at("r2", "nft 'add table ip t; add chain ip t c { type filter hook prerouting priority -450; }; add rule ip t c ip frag-off & 0x1fff != 0 drop'"),
      ...at("blue", "sysctl -w net.ipv4.ipfrag_time=1"), ...at("red", "ip route change default via 10.1.0.1", "ping -c 1 -W 4 -s 3000 10.3.0.2", "ping -c 1 -W 1 -s 1000 10.3.0.2"),
      ...at("r2", "nft 'flush chain ip t c; add rule ip t c ip frag-off & 0x3fff == 0x2000 drop'"), ...at("red", "ping -c 1 -W 4 -s 3000 10.3.0.2"),
    ],
  },
  {
    name: "redirect", title: "ICMP redirects: sent, believed, not believed, not sent",
    steps: [
      ...TRIANGLE,
      ...at("red", "ping -c 4 -i 0.3 10.6.0.1", "ip route get 10.6.0.1 | sed 's/expires [0-9]*/expires N/'", "ip route show cache | sed 's/expires [0-9]*/expires N/'", "ip route flush cache", "ip route get 10.6.0.1"),
      ...at("r1", "ip route get 10.6.0.1 from 10.5.0.2 iif eth0"), ...at("red", "sysctl -w net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0", "ping -c 2 -i 0.3 10.6.0.1", "ip route get 10.6.0.1", "sysctl -w net.ipv4.conf.all.accept_redirects=1"),
      ...at("r1", "sysctl -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0", "ip route get 10.6.0.1 from 10.5.0.2 iif eth0"), ...at("red", "ping -c 2 -i 0.3 10.6.0.1"),
    ],
  },
  {
    name: "proxy-arp", title: "Whom ARP is answered for, and who is learned",
    steps: [
      ...HALVES,
      ...at("red", "ping -c 1 -W 4 10.5.1.2"), ...at("r1", "sysctl -w net.ipv4.conf.wa.proxy_arp=1"), ...at("red", "ip neigh flush all", "ping -c 1 -W 4 10.5.1.2", "ip neigh", "arping -c 1 -w 2 -I eth0 10.5.1.9", "arping -c 1 -w 2 -I eth0 10.99.1.9", "arping -c 1 -w 2 -I eth0 10.5.0.9"),
      ...at("r1", "sysctl -w net.ipv4.conf.wa.proxy_arp=0", "ip neigh add proxy 10.5.1.2 dev wa", "ip neigh show proxy"), ...at("red", "ip neigh flush all", "ping -c 1 -W 4 10.5.1.2", "arping -c 1 -w 2 -I eth0 10.5.1.9"),
      ...at("r1", "ip neigh del proxy 10.5.1.2 dev wa", "ip neigh show proxy", "ip neigh del proxy 10.5.1.2 dev wa", "ip neigh add proxy 10.5.1.7 dev wa proto static", "ip -j neigh show proxy", "ip -s neigh show proxy dev wa", "sysctl -w net.ipv4.conf.wa.proxy_arp_pvlan=1"),
      ...at("red", "arping -c 1 -w 2 -I eth0 10.5.0.9", "arping -c 1 -w 2 -I eth0 10.5.0.1"), ...at("r1", "sysctl -w net.ipv4.conf.wa.proxy_arp_pvlan=0 net.ipv4.conf.wa.arp_ignore=1"), ...at("red", "arping -c 1 -w 1 -I eth0 10.5.1.1", "arping -c 1 -w 1 -I eth0 10.5.0.1"),
      ...at("r1", "ip addr add 10.77.0.1/32 dev lo; sysctl -w net.ipv4.conf.wa.arp_ignore=2"), ...at("red", "arping -c 1 -w 1 -I eth0 10.77.0.1"), ...at("r1", "sysctl -w net.ipv4.conf.wa.arp_ignore=8"), ...at("red", "arping -c 1 -w 1 -I eth0 10.5.0.1"),
      ...at("r1", "sysctl -w net.ipv4.conf.wa.arp_ignore=0 net.ipv4.conf.wa.arp_filter=1"), ...at("red", "arping -c 1 -w 1 -I eth0 10.5.1.1"), ...at("r1", "sysctl -w net.ipv4.conf.wa.arp_filter=0", "ip neigh flush all"),
      ...at("red", "arping -A -c 1 -I eth0 10.5.0.2"), ...at("r1", "ip neigh", "sysctl -w net.ipv4.conf.wa.arp_accept=1"), ...at("red", "arping -A -c 1 -I eth0 10.5.0.2"), ...at("r1", "ip neigh", "ip neigh flush all; sysctl -w net.ipv4.conf.wa.arp_accept=2"),
      ...at("red", "ip addr add 10.55.0.2/24 dev eth0; arping -U -c 1 -I eth0 10.55.0.2"), ...at("r1", "ip neigh"), ...at("red", "arping -U -c 1 -I eth0 10.5.0.2"), ...at("r1", "ip neigh"), ...at("red", "arping -D -c 1 -w 1 -I eth0 10.5.0.1", "arping -D -c 1 -w 1 -I eth0 10.5.0.44"),
      ...at("r1", "sysctl -w net.ipv4.conf.wa.arp_notify=1; ip link set wa address 02:00:00:00:00:a2; sleep 0.2"), ...at("red", "ip neigh show 10.5.0.1 | grep -c 02:00:00:00:00:a2"),
    ],
  },
  {
    name: "policy-routing", title: "Rules by every selector and action; several ways with weights; routes that refuse",
    steps: [
      ...CHAIN,
      ...at("r1", "ip link add tx type veth peer name ty", "ip addr add 10.50.0.1/24 dev tx; ip link set tx up; ip link set ty up", "ip route add default via 10.50.0.2 dev tx table 100", "ip rule add fwmark 0x10/0xf0 table 100", "ip route get 8.8.8.8 mark 0x13",
        "ip route get 8.8.8.8 mark 0x23", "ip rule del fwmark 0x10/0xf0 table 100", "ip rule add from 10.1.0.0/24 iif wa table 100", "ip route get 10.3.0.2 from 10.1.0.2 iif wa", "ip route get 10.3.0.2", "ip rule del from 10.1.0.0/24 iif wa table 100",
        "ip rule add tos 0x10 table 100", "ip route get 10.3.0.2 tos 0x10", "ip route get 10.3.0.2 tos 0x08", "ip rule del tos 0x10 table 100", "ip rule add ipproto udp dport 53 table 100", "ip route get 10.3.0.2 ipproto udp dport 53", "ip route get 10.3.0.2 ipproto tcp dport 53",
        "ip rule del ipproto udp dport 53 table 100", "ip rule add ipproto tcp sport 1000-2000 table 100", "ip route get 10.3.0.2 ipproto tcp sport 1500", "ip route get 10.3.0.2 ipproto tcp sport 2500", "ip rule del ipproto tcp sport 1000-2000 table 100", "ip rule add uidrange 100-200 table 100",
        "ip route get 10.3.0.2 uid 150", "ip rule del uidrange 100-200 table 100", "ip rule add oif wb table 100", "ip route get 10.3.0.2 oif wb", "ip rule del oif wb table 100"),
      ...["prohibit", "unreachable", "blackhole"].flatMap((action) => [...at("r1", `ip rule add to 10.3.0.0/24 ${action}`, "ip route get 10.3.0.2"), ...at("red", "ping -c 1 -W 1 10.3.0.2"), ...at("r1", `ip rule del to 10.3.0.0/24 ${action}`)]),
      ...at("r1", "ip rule add prio 100 goto 300; ip rule add prio 200 to 10.3.0.0/24 prohibit; ip rule add prio 300 nop", "ip rule", "ip route get 10.3.0.2", "ip rule del prio 300; ip rule", "ip route get 10.3.0.2", "ip rule del prio 100; ip rule del prio 200",
        "ip rule add prio 50 not to 10.3.0.0/24 prohibit", "ip route get 10.3.0.2", "ip route get 10.1.0.2", "ip rule del prio 50", "ip rule add prio 50 table main suppress_prefixlength 0; ip rule add prio 60 table 100", "ip route add default via 10.2.0.2; ip route get 8.8.8.8", "ip route get 10.3.0.2",
        "ip rule del prio 50; ip rule add prio 50 table main suppress_ifgroup 7", "ip rule", "ip link set wb group 7; ip route get 10.3.0.2", "ip link set wb group 0; ip route get 10.3.0.2", "ip rule flush; ip rule", "ping -c 1 -W 1 10.3.0.2", "ip rule add table main prio 32766; ip rule add table main prio 32766", "ip rule",
        "ip route add blackhole 10.60.0.0/24; ip route add unreachable 10.61.0.0/24; ip route add prohibit 10.62.0.0/24; ip route add throw 10.63.0.0/24"),
      ...["10.60.0.1", "10.61.0.1", "10.62.0.1", "10.63.0.1"].flatMap((to) => [...at("r1", `ip route get ${to}`, `ip route get ${to} from 10.1.0.2 iif wa`, `ping -c 1 -W 1 ${to}`), ...at("red", `ping -c 1 -W 1 ${to}`)]),
    ],
  },
  {
    name: "martians", title: "rp_filter, addresses that cannot be, broadcasts and who answers them",
    steps: [
      ...CHAIN, ...box("ip link add sx netns red type veth peer name sx netns r2", "ip -n red addr add 10.4.0.2/24 dev sx; ip -n r2 addr add 10.4.0.1/24 dev sx; ip -n red link set sx up; ip -n r2 link set sx up"),
      ...at("red", "ping -c 1 -W 1 10.4.0.1", "ping -c 1 -W 1 -I 10.1.0.2 10.4.0.1"),
      ...at("r2", "sysctl -w net.ipv4.conf.sx.rp_filter=1"), ...at("red", "ping -c 1 -W 1 -I 10.1.0.2 10.4.0.1"), ...at("r2", "ip route get 10.4.0.1 from 10.1.0.2 iif sx", "sysctl -w net.ipv4.conf.sx.rp_filter=2"), ...at("red", "ping -c 1 -W 1 -I 10.1.0.2 10.4.0.1"),
      ...at("r2", "sysctl -w net.ipv4.conf.sx.rp_filter=0 net.ipv4.conf.all.rp_filter=1"), ...at("red", "ping -c 1 -W 1 -I 10.1.0.2 10.4.0.1"), ...at("r2", "sysctl -w net.ipv4.conf.all.rp_filter=0"),
      ...at("red", "ip addr add 10.2.0.2/32 dev lo; ping -c 1 -W 1 -I 10.2.0.2 10.4.0.1; ip addr del 10.2.0.2/32 dev lo", "ping -c 1 -W 1 0.0.0.1", "ping -c 1 -W 1 240.0.0.1", "ping -c 1 -W 1 255.255.255.255", "ping -b -c 1 -W 1 10.1.0.255"),
      ...at("r1", "sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0"), ...at("red", "ping -b -c 1 -W 1 10.1.0.255", "ping -b -c 1 -W 1 255.255.255.255", "ping -c 1 -W 1 224.0.0.1"),
      ...at("r1", "ip route get 10.1.0.2 from 10.1.0.1 iif wa", "ip route get 10.3.0.2 from 10.1.0.2 iif wa", "ip route get 10.3.0.2 from 224.0.0.1 iif wa", "ip route get 127.0.0.1 from 10.1.0.2 iif wa", "ip route get 10.1.0.255 from 10.1.0.2 iif wa", "ip route get 99.0.0.1 from 10.1.0.2 iif wa"),
      ...box("for n in r2 blue; do ip netns exec $n sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0; done"), ...at("red", "ping -c 1 -W 1 10.3.0.255"), ...at("r2", "sysctl -w net.ipv4.conf.all.bc_forwarding=1 net.ipv4.conf.wa.bc_forwarding=1"), ...at("red", "ping -c 1 -W 1 10.3.0.255"),
      ...at("r1", "sysctl -w net.ipv4.icmp_errors_use_inbound_ifaddr=1; ip addr add 10.1.0.77/24 dev wa"), ...at("red", "ping -c 1 -W 1 -t 1 10.3.0.2"),
    ],
  },
];
