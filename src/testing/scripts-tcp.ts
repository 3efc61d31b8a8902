import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const at = (where: string, ...commands: string[]): (readonly [string, string])[] => commands.map((c) => [where, c] as const);

/** Two namespaces on a wire whose segments are at most one MSS, as here. */
const WIRE = box(
  "ip netns add red", "ip netns add blue", "ip link add eth0 netns red type veth peer name eth0 netns blue", "ip -n red link set lo up", "ip -n blue link set lo up",
  "ip -n red addr add 10.1.0.1/24 dev eth0", "ip -n blue addr add 10.1.0.2/24 dev eth0", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
  "ip netns exec blue ping -c 1 10.1.0.1 > /dev/null",
);

/** What changes from run to run: ephemeral ports, first sequence numbers, timestamps. */
const MASK = "sed -E 's/10\\.1\\.0\\.2\\.[0-9]+/10.1.0.2.PORT/; s/\\[(S\\.?)\\], seq [0-9]+/[\\1], seq ISN/; s/(\\[S\\.\\], seq ISN), ack [0-9]+/\\1, ack ISN+1/; s/(\\[R\\.\\], seq 0), ack [0-9]+/\\1, ack ISN+1/; s/TS val [0-9]+ ecr [0-9]+/TS/'";
/** tcpdump in blue while `command` runs. */
const seen = (seconds: number, command: string): string =>
  `timeout -s INT ${seconds} ip netns exec blue tcpdump -tnli eth0 tcp 2>/dev/null | ${MASK} & sleep 0.7; ${command}; wait`;

/** TCP between two machines: what nc and ss say, and every segment. */
export const TCP_SCRIPTS: readonly Script[] = [
  {
    name: "tcp-wire", title: "TCP between two namespaces: a line, a port that nobody has, a rule that drops, queues, states, as nc, ss and tcpdump show them",
    steps: [
      ...WIRE,
      ...box(
        seen(3, "ip netns exec red nc -l 5000 > got & sleep 0.2; (echo hello; sleep 0.1) | ip netns exec blue nc -N 10.1.0.1 5000; sleep 0.2; cat got"),
        "echo answer > answer", seen(3, "ip netns exec red nc -N -l 5000 < answer > got & sleep 0.2; ip netns exec blue nc -d 10.1.0.1 5000 > /dev/null; sleep 0.2"),
        seen(2, "ip netns exec blue nc -zv 10.1.0.1 5001"),
        "ip netns exec red nft add table ip t; ip netns exec red nft 'add chain ip t c { type filter hook input priority 0; }'; ip netns exec red nft add rule ip t c tcp dport 5002 drop; ip netns exec red nft add rule ip t c tcp dport 5003 reject with tcp reset; ip netns exec red nft add rule ip t c tcp dport 5004 reject",
        seen(4, "ip netns exec blue nc -zv -w 3 10.1.0.1 5002"), seen(2, "ip netns exec blue nc -zv 10.1.0.1 5003"), seen(2, "ip netns exec blue nc -zv 10.1.0.1 5004"),
        "ip netns exec red nft delete table ip t",
      ),
      ...at("blue", "nc -zv 10.1.0.99 80", "nc -zv 10.9.0.1 80", "nc -zv 127.0.0.1 80", "nc -l 10.1.0.1 80", "nc -p 81 -zv 127.0.0.1 80"),
      ...box(
        "ip netns exec red nc -lk 5000 > /dev/null & sleep 0.2; ip netns exec red ss -tln; echo x | timeout 1 ip netns exec blue nc 10.1.0.1 5000 & sleep 0.4; ip netns exec red ss -tn state established | sed -E 's/10.1.0.2:[0-9]+/10.1.0.2:PORT/'; sleep 1; ip netns exec blue ss -tan | sed -E 's/10.1.0.2:[0-9]+/10.1.0.2:PORT/'; kill %1",
      ),
    ],
  },
];
