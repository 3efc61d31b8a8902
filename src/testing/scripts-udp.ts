import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** Two namespaces on a wire; red has two addresses. */
const WIRE = box(
  "ip netns add red", "ip netns add blue", "ip link add eth0 netns red type veth peer name eth0 netns blue", "ip -n red link set lo up", "ip -n blue link set lo up",
  "ip -n red addr add 10.1.0.1/24 dev eth0", "ip -n red addr add 10.1.0.11/24 dev eth0", "ip -n blue addr add 10.1.0.2/24 dev eth0", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
  "printf 'nameserver 10.1.0.1\\n' > rc; mount --bind rc /etc/resolv.conf", "printf 'hosts: files dns\\nnetworks: files\\n' > nss; mount --bind nss /etc/nsswitch.conf",
);

const MANY = "for i in $(seq 1 40); do echo 10.2.0.$i many.lab; done > names; printf '10.1.0.1 red.lab\\n10.1.0.2 blue.lab\\n' >> names";

/** UDP between two machines: programs, the port that nobody has, names over the wire. */
export const UDP_SCRIPTS: readonly Script[] = [
  {
    name: "udp-wire", title: "UDP between two namespaces: nc, a port that nobody has, sockets listed, what crosses the wire",
    steps: [
      ...WIRE,
      ...box(
        "ip netns exec red nc -u -l 5000 > got & sleep 0.3; ip netns exec red ss -uln; echo hello | ip netns exec blue nc -u -w1 10.1.0.1 5000; sleep 0.2; cat got; kill $!",
        "ip netns exec red nc -u -l 10.1.0.11 5000 > got & sleep 0.3; echo one | ip netns exec blue nc -u -w1 10.1.0.1 5000; echo two | ip netns exec blue nc -u -w1 10.1.0.11 5000; sleep 0.2; cat got; kill $!",
        "timeout -s INT 4 ip netns exec blue tcpdump -ni eth0 udp port 5999 or icmp 2>/dev/null & sleep 0.7; echo x | ip netns exec blue nc -u -w1 10.1.0.1 5999; wait",
        "ip netns exec blue dig @10.1.0.1 +tries=1 +time=1 x.lab", "ip netns exec blue dig @10.1.0.99 +tries=1 +time=1 x.lab", "ip netns exec blue dig @10.7.0.1 +tries=1 x.lab",
        "ip netns exec blue nc -u -l 192.0.2.1 5000", "ip netns exec red nc -u -l 5001 & sleep 0.2; ip netns exec red nc -u -l 10.1.0.1 5001 & sleep 0.2; ip netns exec red ss -uln | sort; kill %1 %2",
      ),
    ],
  },
  {
    name: "dns-wire", title: "A name server across a wire: both its addresses, truncation and TCP, what tcpdump sees, the resolver of another namespace",
    steps: [
      ...WIRE,
      ...box(
        MANY, "ip netns exec red dnsmasq -d -R -h -H names -u root --local=/lab/ --no-round-robin -q > log 2>&1 & sleep 0.5",
        "ip netns exec red ss -uln4 | sort; ip netns exec red ss -tln4 | sort",
      ),
      ...at("blue",
        "dig @10.1.0.1 +short red.lab", "dig @10.1.0.11 +noall +stats red.lab | grep SERVER", "dig @10.1.0.1 +noedns +noall +comments +stats many.lab | grep -v Query", "dig @10.1.0.1 +noedns +ignore +noall +comments many.lab",
        "dig @10.1.0.1 +noall +comments +stats many.lab | grep -v Query", "dig @10.1.0.1 +bufsize=600 +noall +comments many.lab | head -3", "dig @10.1.0.1 +tcp +short many.lab | wc -l", "getent hosts many.lab | wc -l", "getent hosts red.lab", "getent hosts 10.1.0.1",
        "ping -c 1 red.lab", "timeout -s INT 2 tcpdump -ni eth0 udp port 53 2>/dev/null | sed 's/: [0-9][0-9]*\\([+*]\\)/: ID\\1/' & sleep 0.7; getent ahosts blue.lab > /dev/null; wait",
        "timeout -s INT 3 tcpdump -ni eth0 -v udp port 53 2>/dev/null | sed 's/: [0-9][0-9]*\\([+*]\\)/: ID\\1/' & sleep 0.7; dig +nocookie -x 10.1.0.2 > /dev/null; wait",
        "ip link set eth0 down; getent hosts red.lab; ip link set eth0 up",
      ),
      ...box("pkill -x dnsmasq; sleep 0.2", "tail -n 3 log"),
    ],
  },
  {
    name: "ping-sockets", title: "ping without privilege: ICMP datagram sockets, once the group range lets everybody in, and the errors they hear",
    steps: [
      ...WIRE.slice(0, -2),
      ...box("ip netns exec red sysctl -w net.ipv4.ip_forward=1", "ip -n red route add prohibit 10.6.1.0/24", "ip -n red route add unreachable 10.6.2.0/24"),
      ...at("blue",
        "sysctl -w net.ipv4.ping_group_range='0 2147483647'", "ip route add 10.6.0.0/16 via 10.1.0.1", "ping -c 2 -i 0.2 10.1.0.1", "ping -c 1 10.1.0.99", "ping -c 1 -W 2 10.6.1.1",
        "ping -c 1 -W 2 10.6.2.1", "ping -c 1 -W 2 10.6.3.1", "ping -c 1 -t 1 10.6.2.1", "ping -c 1 -s 1473 -M do 10.1.0.1", "ping -c 1 -W 1 8.8.8.8", "cat /proc/net/icmp | wc -l", "ping -q -c 3 -i 0.3 10.1.0.1 > /dev/null & sleep 0.2; cat /proc/net/icmp | wc -l; wait"),
    ],
  },
];
