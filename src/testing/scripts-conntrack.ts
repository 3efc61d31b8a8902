import type { Script } from "./scripts.ts";

/* conntrack(8): every command and filter, and what it says about wrong ones. Linux lists flows in the order of its hash, so lists are sorted. */

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** Lines of several flows in one order, seconds and identifiers masked; the exit status last. */
const sorted = (command: string): string => `${command} > out; s=$?; sort out | sed -E 's/^([a-z]+ +[0-9]+) [0-9]+/\\1 T/; s/^-A -t [0-9]+/-A -t T/; s/\\bid=[0-9]{5,}/id=N/'; (exit $s)`;

const lists = (...commands: string[]): (readonly [string, string])[] => box(...commands.map(sorted));

const FLOWS = [
  "conntrack -I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 10 --dport 20 -t 100",
  "conntrack -I -s 1.1.1.1 -d 2.2.2.2 -p tcp --sport 10 --dport 20 -t 200 --state ESTABLISHED -u ASSURED -m 7 -w 3",
  "conntrack -I -s 1.1.1.1 -d 2.2.2.3 -p icmp -t 100 --icmp-type 8 --icmp-code 0 --icmp-id 7",
  "conntrack -I -s 1.1.1.1 -d 2.2.2.4 -p udp --sport 10 --dport 20 -t 100 -g 9.9.9.9",
  "conntrack -I -s 1.1.1.1 -d 2.2.2.5 -p udp --sport 10 --dport 20 -t 100 -n 9.9.9.9",
  "conntrack -I -s 1.1.1.7 -d 2.2.2.5 -p 99 -t 100 -u SEEN_REPLY",
];

export const CONNTRACK_SCRIPTS: readonly Script[] = [
  {
    name: "conntrack-tool", title: "conntrack: flows typed in, picked, changed, deleted; the options of each command",
    steps: [
      ...box("conntrack -L", "conntrack -C", "conntrack -F", ...FLOWS),
      ...lists("conntrack -L", "conntrack -L -o extended", "conntrack -L -o id", "conntrack -L -o save", "conntrack -L -p udp", "conntrack -L -p tcp", "conntrack -L -p icmp", "conntrack -L -p 99",
        "conntrack -L -p tcp --state ESTABLISHED", "conntrack -L -p tcp --state TIME_WAIT", "conntrack -L -p udp --dport 20 --sport 10", "conntrack -L -p udp --orig-port-dst 21", "conntrack -L -p icmp --icmp-type 8",
        "conntrack -L -p udp --reply-port-src 20", "conntrack -L -s 1.1.1.7", "conntrack -L --src 1.1.1.0/29", "conntrack -L --orig-src 1.1.1.1 --orig-dst 2.2.2.4", "conntrack -L -d 2.2.2.4/31", "conntrack -L -r 9.9.9.9", "conntrack -L -q 9.9.9.9",
        "conntrack -L --reply-src 2.2.2.2 --reply-dst 1.1.1.1", "conntrack -L -u UNREPLIED", "conntrack -L -u ASSURED", "conntrack -L -u SEEN_REPLY", "conntrack -L -m 7", "conntrack -L -m 0x3/3", "conntrack -L -m 0", "conntrack -L -n", "conntrack -L -g",
        "conntrack -L -j", "conntrack -L -n 9.9.9.9", "conntrack -L -n 9.9.9.8", "conntrack -L --any-nat 9.9.9.9", "conntrack -L -w 3", "conntrack -L -w 4", "conntrack -L -w 0", "conntrack -L -f ipv4", "conntrack -L -f ipv6", "conntrack -L dying", "conntrack -L expect"),
      ...box("conntrack -G -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 10 --dport 20 | sed 's/17 [0-9]*/17 T/'", "conntrack -G -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 11 --dport 20", "conntrack -G -s 1.1.1.1 -d 2.2.2.3 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 7 | sed 's/1 [0-9]*/1 T/'",
        "conntrack -U -s 1.1.1.1 -d 2.2.2.2 -p udp -m 5 | sed 's/17 [0-9]*/17 T/'", "conntrack -U -d 2.2.2.3 -t 500 | sed 's/1 [0-9]*/1 T/'", "conntrack -U -d 2.2.2.4 -u ASSURED | sed 's/17 [0-9]*/17 T/'", "conntrack -U -d 7.7.7.7 -m 1", "conntrack -L -m 5 | sed 's/17 [0-9]*/17 T/'",
        ...FLOWS.slice(0, 2), "conntrack -A -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 10 --dport 20 -t 100", "conntrack -A -s 1.1.1.9 -d 2.2.2.2 -p udp --sport 10 --dport 20 -t 100",
        "conntrack -D -d 2.2.2.3 | sed 's/1 [0-9]*/1 T/'", "conntrack -D -d 2.2.2.3", "conntrack -D -w 3 | sed 's/6 [0-9]*/6 T/'", "conntrack -C", "cat /proc/sys/net/netfilter/nf_conntrack_count"),
      ...lists("conntrack -D -p udp -s 1.1.1.1", "conntrack -D", "conntrack -L"),
    ],
  },
  {
    name: "conntrack-errors", title: "conntrack: wrong options, and options that do not go together",
    steps: box(
      "conntrack -L -m x", "conntrack -L -w foo", "conntrack -L -f foo", "conntrack -L -p foo", "conntrack -L -s foo", "conntrack -L -o foo", "conntrack -L --sport 5",
      "conntrack -L -p tcp --sport x", "conntrack -L foo", "conntrack -L -x", "conntrack -L -e NEW", "conntrack --bogus", "conntrack -L -L", "conntrack -L -D",
      "conntrack -G", "conntrack -G -p icmp", "conntrack -I", "conntrack -C expect", "conntrack -F expect", "conntrack -F foo", "conntrack -G -L", "conntrack -p",
      "conntrack -L -s", "conntrack -L -u CONFIRMED", "conntrack -L -u SRC_NAT,DST_NAT", "conntrack -D -z", "conntrack -L -p icmp --icmp-type x",
      "conntrack -L -s 1.1.1.0/33", "conntrack -L -p udp --bogus", "conntrack -L -t 5", "conntrack -C -s 1.1.1.1", "conntrack -F -s 1.1.1.1", "conntrack -F -f ipv4",
      "conntrack -I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 10 --dport 20", "conntrack -I -s 1.1.1.1 -d 2.2.2.2 -p tcp --sport 11 --dport 20 -t 100",
      "conntrack -I -p udp -s 1.1.1.1 -t 10", "conntrack -I -p udp -s 1.1.1.1 -d 1.1.1.2 -t 10", "conntrack -I -p icmp -s 1.1.1.1 -d 1.1.1.2 -t 10",
      "conntrack -I -p 47 -s 1.1.1.1 -d 1.1.1.2 -t 10", "conntrack -L --orig-port-src 10 -p udp", "conntrack -L -o save,extended", "conntrack -U -w 3",
      "conntrack -L -i 5", "conntrack -V",
    ),
  },
  {
    name: "conntrack-events", title: "conntrack -E: flows of packets and of programs, masks and filters",
    steps: box(
      "nft add table ip t", "nft add chain ip t o '{ type filter hook output priority 0; }'", "nft add rule ip t o ct state new counter",
      "(sleep 0.3; ping -q -c 2 -i 0.2 -e 77 127.0.0.1 > /dev/null) & timeout -s INT 1 conntrack -E",
      "(sleep 0.3; ping -q -c 1 -e 78 127.0.0.1 > /dev/null) & timeout -s INT 1 conntrack -E -e NEW -p icmp",
      "(sleep 0.3; ping -q -c 1 -e 79 127.0.0.1 > /dev/null; ping -q -c 1 -e 80 127.0.0.2 > /dev/null) & timeout -s INT 1 conntrack -E -e NEW,UPDATES -d 127.0.0.2 -o extended",
      "conntrack -F", "(sleep 0.3; conntrack -I -s 1.1.1.1 -d 2.2.2.2 -p udp --sport 10 --dport 20 -t 100; conntrack -U -s 1.1.1.1 -m 9 > /dev/null; conntrack -D -p udp > /dev/null) 2> /dev/null & timeout -s INT 1 conntrack -E | sed -E 's/ \\[USERSPACE.*/ [USERSPACE]/; s/17 [0-9]+/17 T/'",
      "sysctl -w net.netfilter.nf_conntrack_icmp_timeout=1", "(sleep 0.3; ping -q -c 1 -e 81 127.0.0.1 > /dev/null) & timeout -s INT 1 conntrack -E -p icmp",
      "sysctl -w net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_icmp_timeout=30", "ping -q -c 3 -i 0.2 -e 82 127.0.0.1 > /dev/null; conntrack -L -p icmp | grep id=82 | sed 's/1 [0-9]*/1 T/'",
      "conntrack -L -z | grep -c packets=3", "conntrack -L | grep -c packets=3", "sed -E 's/icmp     1 [0-9]+/icmp     1 T/; s/use=.*//' /proc/net/nf_conntrack | grep id=82", "nft flush ruleset; conntrack -F",
    ),
  },
];
