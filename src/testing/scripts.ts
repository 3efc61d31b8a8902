import { CONNTRACK_SCRIPTS } from "./scripts-conntrack.ts";
import { DNS_SCRIPTS } from "./scripts-dns.ts";
import { UDP_SCRIPTS } from "./scripts-udp.ts";
import { HTTP_SCRIPTS } from "./scripts-http.ts";
import { IPERF3_SCRIPTS } from "./scripts-iperf3.ts";
import { IPV4_SCRIPTS } from "./scripts-ipv4.ts";
import { IPTABLES_SCRIPTS } from "./scripts-iptables.ts";
import { NAT_SCRIPTS } from "./scripts-nat.ts";
import { NETFILTER_SCRIPTS } from "./scripts-netfilter.ts";
import { NFT_EVAL_SCRIPTS } from "./scripts-nft-eval.ts";
import { NETWORK_TOOL_SCRIPTS } from "./scripts-network.ts";
import { NFT_LIST_SCRIPTS } from "./scripts-nft-list.ts";
import { NFT_SYNTAX_SCRIPTS } from "./scripts-nft-syntax.ts";
import { NGINX_SCRIPTS } from "./scripts-nginx.ts";
import { SOCKET_SCRIPTS } from "./scripts-sockets.ts";
import { TCP_SCRIPTS } from "./scripts-tcp.ts";
import { TC_SCRIPTS } from "./scripts-tc.ts";
import { TOOL_SCRIPTS } from "./scripts-tools.ts";

/**
 * What is recorded: commands by topic, on one machine with `lo` up. A place other than `box` is a
 * network namespace that the script made; its commands run there.
 */
export interface Script {
  readonly name: string;
  readonly title: string;
  /** `where` and command, in order. */
  readonly steps: readonly (readonly [where: string, command: string])[];
}

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** Two namespaces on a bridge: red 10.1.0.1, blue 10.1.0.2, MACs given so that the bridge's own is known. */
const BRIDGE = box(
  "ip netns add red", "ip netns add blue", "ip link add br0 type bridge", "ip link set br0 address 02:00:00:00:00:ff up",
  "ip link add vr type veth peer name eth0 netns red", "ip link add vb type veth peer name eth0 netns blue",
  "ip link set vr master br0 up", "ip link set vb master br0 up",
  "ip -n red link set lo up", "ip -n blue link set lo up",
  "ip -n red addr add 10.1.0.1/24 dev eth0", "ip -n blue addr add 10.1.0.2/24 dev eth0",
  "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
);

/** Three namespaces: left and right joined by an underlay wire, each with a VXLAN device and one address in it. */
const VXLAN = box(
  "ip netns add left", "ip netns add right", "ip link add ul netns left type veth peer name ur netns right",
  "ip -n left addr add 192.168.9.1/24 dev ul", "ip -n right addr add 192.168.9.2/24 dev ur", "ip -n left link set ul up", "ip -n right link set ur up",
  "ip -n left link add vx0 address 02:00:00:00:01:01 type vxlan id 100 local 192.168.9.1 dstport 8472 nolearning dev ul",
  "ip -n right link add vx0 address 02:00:00:00:01:02 type vxlan id 100 local 192.168.9.2 dstport 8472 nolearning dev ur",
  "ip -n left addr add 10.9.0.1/24 dev vx0", "ip -n right addr add 10.9.0.2/24 dev vx0", "ip -n left link set vx0 up", "ip -n right link set vx0 up",
  "bridge -n left fdb append 00:00:00:00:00:00 dev vx0 dst 192.168.9.2", "bridge -n right fdb append 00:00:00:00:00:00 dev vx0 dst 192.168.9.1",
);

export const SCRIPTS: readonly Script[] = [
  ...TOOL_SCRIPTS,
  ...IPV4_SCRIPTS,
  ...NGINX_SCRIPTS,
  ...DNS_SCRIPTS, ...UDP_SCRIPTS, ...TCP_SCRIPTS, ...SOCKET_SCRIPTS,
  ...NETWORK_TOOL_SCRIPTS,
  ...CONNTRACK_SCRIPTS, ...NAT_SCRIPTS, ...NETFILTER_SCRIPTS,
  ...NFT_EVAL_SCRIPTS,
  ...NFT_LIST_SCRIPTS, ...NFT_SYNTAX_SCRIPTS,
  ...IPTABLES_SCRIPTS,
  ...HTTP_SCRIPTS,
  ...TC_SCRIPTS, ...IPERF3_SCRIPTS,
  {
    name: "netns", title: "ip netns: make, list, enter, delete, and what mistakes say",
    steps: [
      ...box("ip netns", "ip netns add red", "ip netns add blue", "ip netns list", "ip netns add red", "ip netns add bad/name", "ip netns exec nosuch true",
        "ip netns exec red", "ip netns exec red nosuchcmd", "ip netns exec red sh -c 'exit 7'", "ip netns exec red ip addr", "ip netns exec red ip route",
        "ip netns exec red ping -c 1 127.0.0.1", "ip -n red link set lo up", "ip -n red addr", "ip netns exec red ping -c 1 -W 1 127.0.0.1",
        "ip link add v0 type veth peer name v1 netns red", "ip netns list", "ip -n red link show v1", "ip netns identify", "ip netns pids red",
        "ip netns del nosuch", "ip netns del red", "ip link show v0", "ip netns list", "ip netns delete blue", "ip netns list"),
    ],
  },
  {
    name: "ip-link", title: "ip link: veth and bridge by hand, states and flags, and refusals",
    steps: box("ip link", "ip link add v0 type veth peer name v1", "ip link show", "ip link set v0 up", "ip link show v0", "ip link set v1 up", "ip -br link",
      "ip link add br0 type bridge", "ip link set v0 master br0", "ip link set br0 up", "ip -d link show br0 | head -2", "ip link show master br0", "ip link set v0 mtu 1400", "ip link show v0",
      "ip link set v0 nomaster", "ip link set v0 down", "ip link show v1", "ip link set v0 name w0", "ip -o link show w0", "ip link set w0 address 02:00:00:00:00:07", "ip link show w0",
      "ip link add w0 type veth", "ip link set nosuch up", "ip link show nosuch", "ip link add x type nosuch", "ip link del nosuch", "ip link set w0 mtu 10", "ip link set w0 nonsense",
      "ip link add thisnameistoolong0 type bridge", "ip link del w0", "ip link show v1", "ip link del br0", "ip -br link"),
  },
  {
    name: "ip-addr", title: "ip addr: add, show in each form, delete, and refusals",
    steps: box("ip addr", "ip link add v0 type veth peer name v1", "ip addr add 10.5.0.1/24 dev v0", "ip addr show v0", "ip addr add 10.5.0.1/24 dev v0", "ip addr add 10.5.0.2/24 brd + dev v0", "ip addr add 10.6.0.1/30 dev v0 label v0:x",
      "ip link set v0 up", "ip link set v1 up", "ip addr show v0", "ip -4 addr show dev v0", "ip -br addr", "ip -o -4 addr show v0", "ip addr show up", "ip route",
      "ip addr add 10.5.0.1/33 dev v0", "ip addr add 10.5.0.9/24", "ip addr add 10.5.0.9/24 dev nosuch", "ip addr show nosuch", "ip addr del 10.9.9.9/24 dev v0", "ip addr del 10.5.0.1/24 dev v0", "ip addr show v0",
      "ip addr flush dev v0", "ip addr show v0", "ip link del v0"),
  },
  {
    name: "ip-route", title: "ip route: connected, via, default, blackhole, get, and refusals",
    steps: box("ip route", "ip link add v0 type veth peer name v1", "ip addr add 10.5.0.1/24 dev v0", "ip link set v1 up", "ip link set v0 up", "ip route", "ip route add 10.7.0.0/16 via 10.5.0.2", "ip route add default via 10.5.0.254",
      "ip route add 10.8.0.0/16 dev v0", "ip route add blackhole 10.66.0.0/16", "ip route add unreachable 10.67.0.0/16", "ip route add 10.7.3.0/24 via 10.5.0.3 metric 50", "ip route", "ip route show 10.7.0.0/16", "ip route show dev v0",
      "ip route get 10.5.0.9", "ip route get 10.7.1.1", "ip route get 8.8.8.8", "ip route get 10.5.0.1", "ip route get 10.66.0.1", "ip route get 10.67.0.1", "ip route show table local",
      "ip route add 10.7.0.0/16 via 10.5.0.2", "ip route add 10.9.0.0/16 via 192.0.2.1", "ip route add 10.9.0.0/16 dev nosuch", "ip route add 10.9.0.0/33 dev v0", "ip route del 10.99.0.0/16", "ip route replace 10.7.0.0/16 via 10.5.0.4", "ip route show 10.7.0.0/16",
      "ip route del default", "ip route get 8.8.8.8", "ip link set v0 down", "ip route", "ip link del v0"),
  },
  {
    name: "ip-neigh", title: "ip neigh on a two-namespace bridge: learnt, permanent, failed, deleted",
    steps: [
      ...BRIDGE, ...at("red", "ip neigh", "ping -c 1 10.1.0.2", "ip neigh", "ping -c 1 -W 1 10.1.0.77", "sleep 3; ip neigh show 10.1.0.77", "ip neigh add 10.1.0.50 lladdr 02:00:00:00:00:50 dev eth0", "ip neigh add 10.1.0.50 lladdr 02:00:00:00:00:50 dev eth0",
        "ip neigh add 10.1.0.51 lladdr 02:00:00:00:00:51 nud stale dev eth0", "ip neigh show nud permanent", "ip neigh replace 10.1.0.51 lladdr 02:00:00:00:00:52 nud reachable dev eth0", "ip neigh show 10.1.0.51", "ip neigh del 10.1.0.50 dev eth0", "ip neigh del 10.1.0.50 dev eth0", "ip neigh show 10.1.0.50",
        "ip neigh add 10.1.0.60 dev eth0", "ip neigh add 10.1.0.60 lladdr zz dev eth0", "ip neigh flush dev eth0", "ip neigh show 10.1.0.2"),
    ],
  },
  {
    name: "ping-bridge", title: "ping on a two-namespace bridge: living, dead and unrouted addresses, sizes, options, wrong usage",
    steps: [
      ...BRIDGE, ...at("red", "ping -c 3 -i 0.2 10.1.0.2", "ping -c 1 10.1.0.1", "ping -c 1 127.0.0.1", "ping -q -c 2 -i 0.2 10.1.0.2", "ping -n -c 1 -s 0 10.1.0.2", "ping -c 1 -s 16 10.1.0.2", "ping -c 1 -s 1472 10.1.0.2", "ping -c 1 -s 1473 10.1.0.2",
        "ping -c 1 -s 1473 -M do 10.1.0.2", "ping -c 1 -s 65507 10.1.0.2", "ping -c 1 -s 65508 10.1.0.2", "ping -c 1 -t 1 10.1.0.2", "ping -c 1 -I eth0 10.1.0.2", "ping -c 1 -I 10.1.0.1 10.1.0.2", "ping -c 1 -p ff00 -s 20 10.1.0.2", "ping -c 2 -l 2 10.1.0.2",
        "ping -D -c 1 10.1.0.2", "ping -c 1 -R 10.1.0.2", "ping -c 3 10.1.0.77", "ping -c 1 -W 1 10.1.0.77", "ping -c 1 -w 1 10.1.0.77", "ping -O -c 2 -W 1 10.1.0.78", "ping -c 1 8.8.8.8", "ping -c 1 10.1.0.255", "ping -c 1 -b -W 1 10.1.0.255", "ping -c 1 -I nosuch 10.1.0.2", "ping -c 1 -I 1.2.3.4 10.1.0.2",
        "timeout -s INT 0.5 ping -i 0.2 10.1.0.2", "ping -c 2 -i 0.3 10.1.0.2 > /dev/null; echo $?", "ping -w 1 -i 0.4 10.1.0.2", "ping -A -c 4 10.1.0.2", "ping", "ping -c 0 10.1.0.2", "ping -c x 10.1.0.2", "ping -t 0 -c 1 10.1.0.2", "ping -t 256 10.1.0.2", "ping -s -1 10.1.0.2", "ping -M foo 10.1.0.2", "ping -i 99999999 10.1.0.2", "ping -W -1 10.1.0.2", "ping -p xyz 10.1.0.2", "ping -V"),
    ],
  },
  {
    name: "tcpdump-bridge", title: "tcpdump of ARP and ICMP on a two-namespace bridge",
    steps: [
      ...BRIDGE,
      ...box(
        "timeout -s INT 3 ip netns exec blue tcpdump -ni eth0 'arp or icmp' 2>&1 & sleep 1; ip netns exec red ping -c 2 -i 0.2 10.1.0.2 > /dev/null; wait",
        "timeout -s INT 2 tcpdump -nei br0 icmp 2>/dev/null & sleep 0.7; ip netns exec red ping -c 1 10.1.0.2 > /dev/null; wait",
        "timeout -s INT 2 tcpdump -nvi vb icmp 2>/dev/null & sleep 0.7; ip netns exec red ping -c 1 10.1.0.2 > /dev/null; wait",
        "tcpdump -c 1 -ni vr 'icmp[icmptype] == icmp-echo' & sleep 0.7; ip netns exec red ping -c 1 10.1.0.2 > /dev/null; wait",
        "timeout -s INT 4 tcpdump -nqi br0 arp 2>/dev/null & sleep 0.7; ip netns exec red ping -c 1 -w 3 10.1.0.99 > /dev/null; wait",
        "tcpdump -ni nosuch", "tcpdump -ni br0 'host and'", "ip netns exec red ping -c 1 10.1.0.2 | grep -c 'bytes from'", "bridge fdb show br br0 | grep -v permanent | cut -d' ' -f2- | sort", "bridge link"),
    ],
  },
  {
    name: "vxlan", title: "ping and tcpdump across a VXLAN made by hand between two namespaces",
    steps: [
      ...VXLAN,
      ...at("left", "ip -d link show vx0", "bridge fdb show dev vx0", "ip route", "ping -c 2 -i 0.2 10.9.0.2", "ip neigh | sort", "ping -c 1 -s 1422 -M do 10.9.0.2", "ping -c 1 -s 1423 -M do 10.9.0.2", "ping -c 1 -s 4000 10.9.0.2", "ping -c 1 -w 1 10.9.0.77",
        "sleep 7"),
      ...box(
        "timeout -s INT 2 ip netns exec right tcpdump -ni ur udp port 8472 2>/dev/null & sleep 0.7; ip netns exec left ping -c 1 10.9.0.2 > /dev/null; wait",
        "timeout -s INT 2 ip netns exec right tcpdump -nei vx0 icmp 2>/dev/null & sleep 0.7; ip netns exec left ping -c 1 10.9.0.2 > /dev/null; wait",
        "timeout -s INT 2 ip netns exec left tcpdump -nvi ul udp 2>/dev/null & sleep 0.7; ip netns exec left ping -c 1 10.9.0.2 > /dev/null; wait"),
    ],
  },
];
