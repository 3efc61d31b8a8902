import type { Script } from "./scripts.ts";

/* iptables (nf_tables) as it is typed: what it prints, what nft prints of what it made, and what it does to packets. */

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** One rule, shown three ways, and gone again. */
const rule = (table: string, chain: string, spec: string): string[] => [
  `iptables -t ${table} -A ${chain} ${spec}`, `iptables -t ${table} -S ${chain}; iptables -t ${table} -L ${chain} -nv | tail -1; iptables -t ${table} -L ${chain} | tail -1; nft list chain ip ${table} ${chain}`,
  `iptables -t ${table} -F ${chain}`,
];
const rules = (table: string, chain: string, ...specs: string[]): string[] => specs.flatMap((s) => rule(table, chain, s));

/** Input of iptables-restore. */
const restore = (options: string, ...lines: string[]): string => `printf '%s\\n' ${lines.map((l) => `'${l}'`).join(" ")} | iptables-restore ${options}`.trimEnd();
const SAVED = "iptables-save -c | grep -v '^# [GC]'";

/** The table that nft made before iptables looked at it. */
const seen = (...made: string[]): string[] => [
  "nft flush ruleset", ...made.map((m) => `nft '${m}'`), "iptables -L -n", "iptables -S", "iptables-save | grep -v '^# [GC]'", "iptables -A INPUT -s 1.2.3.4 -j ACCEPT", "iptables -D INPUT 1",
  "iptables -P INPUT DROP", "iptables -N QQ", "iptables -X QQ", "iptables -L INPUT -n", "iptables -F", "iptables -F INPUT", "nft list ruleset",
];

export const IPTABLES_SCRIPTS: readonly Script[] = [
  {
    name: "ipt-commands", title: "iptables: commands on chains and rules, and the chains that appear by themselves",
    steps: box(
      "iptables -L -n; nft list ruleset", "iptables -A INPUT -j ACCEPT; nft -a list ruleset", "iptables -N FOO; iptables -N FOO; iptables -N INPUT; nft -a list ruleset", "iptables -P OUTPUT DROP; nft -a list ruleset",
      "iptables -P FOO DROP", "iptables -P INPUT REJECT", "iptables -F; iptables -X INPUT; nft list ruleset", "iptables -X; nft list ruleset", "iptables -Z; nft list ruleset", "iptables -P OUTPUT ACCEPT; iptables -X; nft list ruleset",
      "iptables -N FOO; iptables -E FOO BAR; iptables -E FOO BAZ; iptables -N FOO; iptables -E FOO BAR; iptables -E INPUT X", "iptables -A FOO -j BAR; iptables -A FOO -g BAR; iptables -L; iptables -S; iptables -L -n -v",
      "iptables -X BAR", "iptables -X FOO", "iptables -X", "iptables -I INPUT -j DROP; iptables -I INPUT 2 -j ACCEPT; iptables -I INPUT 2 -s 1.1.1.1 -j ACCEPT; iptables -S INPUT", "iptables -I INPUT 5 -j ACCEPT",
      "iptables -I INPUT 4 -d 9.9.9.9; iptables -S INPUT 2; iptables -S INPUT 9; iptables -L INPUT 2; iptables -L INPUT --line-numbers", "iptables -C INPUT -s 1.1.1.1 -j ACCEPT", "iptables -C INPUT -s 1.1.1.1 -j DROP",
      "iptables -C NOPE -j DROP", "iptables -D NOPE 1", "iptables -D INPUT 9", "iptables -R INPUT 9 -j DROP", "iptables -R INPUT 1 -s 2.2.2.2 -j DROP; iptables -D INPUT -s 2.2.2.2; iptables -D INPUT -s 2.2.2.2 -j DROP; iptables -S INPUT",
      "iptables -A INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4 -j DROP; iptables -S INPUT", "iptables -D INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4 -j DROP; iptables -S INPUT", "iptables -R INPUT 1 -s 1.1.1.1,2.2.2.2",
      "iptables -F NOPE; iptables -X NOPE; iptables -Z NOPE; iptables -L NOPE; iptables -A NOPE -j DROP; iptables -A INPUT -j NOPE; iptables -A INPUT -j INPUT",
      "iptables -v -A INPUT -s 1.1.1.1 -p tcp --dport 80 -j ACCEPT; iptables -v -D INPUT -s 1.1.1.1 -p tcp --dport 80 -j ACCEPT; iptables -v -N VV; iptables -v -X VV; iptables -v -F; iptables -v -Z; iptables -v -X; iptables -S -v",
      "for t in raw mangle nat security; do for c in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do iptables -t $t -A $c; done; done; nft list ruleset", "iptables -t nat -L; iptables -t mangle -S; iptables -t raw -nvL", "iptables -t foo -L", "iptables-save | grep -v '^#'",
    ),
  },
  {
    name: "ipt-errors", title: "iptables: what it says of wrong command lines, with its exit status",
    steps: box(
      "iptables", "iptables -V; iptables -h | head -3", "iptables -A", "iptables -A INPUT extra", "iptables extra", "iptables -A INPUT -j", "iptables -A INPUT -D INPUT", "iptables -L -F", "iptables -Y", "iptables --nosuch", "iptables -n",
      "iptables -A INPUT --dport 80", "iptables -A INPUT -p tcp --dport 99999", "iptables -A INPUT -p tcp --dport abc", "iptables -A INPUT -p tcp --dport 9:5", "iptables -A INPUT -p 300", "iptables -A INPUT -p nosuch", "iptables -A INPUT -s 1.2.3.4/33",
      "iptables -A INPUT -s 300.1.1.1", "iptables -A INPUT -m nosuch", "iptables -A INPUT -i thisinterfacenameistoolong", "iptables -A INPUT -o eth0", "iptables -t nat -A POSTROUTING -i x", "iptables -A INPUT ! ! -s 1.1.1.1", "iptables -A INPUT !",
      "iptables -A INPUT ! -j DROP", "iptables -A INPUT -s ! 1.1.1.1", "iptables -t", "iptables -D INPUT 0", "iptables -I INPUT x", "iptables -R INPUT", "iptables -E A", "iptables -P INPUT", "iptables -N ACCEPT", "iptables -N '-x'", "iptables -N 'a b'",
      "iptables -N abcdefghijklmnopqrstuvwxyz1234567890", "iptables -A INPUT -p tcp -p udp", "iptables -A INPUT ! -p all", "iptables -L -s 1.1.1.1", "iptables -S -n", "iptables -A INPUT ! -s 1.1.1.1,2.2.2.2", "iptables -c 5 -A INPUT",
      "iptables -A INPUT -m mark --mark x", "iptables -A INPUT -m mark", "iptables -A INPUT -j MARK", "iptables -A INPUT -j MARK --or-mark 1 --and-mark 1", "iptables -A INPUT -m tcp --dport 80", "iptables -A INPUT -m multiport --dports 80",
      "iptables -A INPUT -p icmp --icmp-type foo", "iptables -A INPUT -p icmp --icmp-type net", "iptables -A INPUT -m conntrack --ctstate NEW,foo", "iptables -A INPUT -m state", "iptables -A INPUT -m addrtype", "iptables -A INPUT -m statistic --mode nth --every 3",
      "iptables -A INPUT -m statistic --mode random --probability 2", "iptables -A INPUT -m limit --limit 5/foo", "iptables -A INPUT -m comment", "iptables -A INPUT -j REJECT --reject-with foo", "iptables -A INPUT -j LOG --log-level foo",
      "iptables -t nat -A PREROUTING -j DNAT", "iptables -t nat -A PREROUTING -j DNAT --to-destination 1.2.3.4:80", "iptables -t nat -A PREROUTING -j DNAT --to-destination foo", "iptables -t nat -A PREROUTING -p tcp -j DNAT --to-destination 1.2.3.4:90-80",
      "iptables -t nat -A POSTROUTING -j DROP", "iptables -t nat -A PREROUTING -j MASQUERADE", "iptables -A INPUT -j MASQUERADE", "iptables -A INPUT -j REJECT --reject-with tcp-reset", "iptables -w 5 -S INPUT", "iptables -W 5 -L", "iptables -6 -S", "iptables --s", "iptables --jum",
    ),
  },
  {
    name: "ipt-matches", title: "iptables: every match, as -S, -L and nft show it",
    steps: box(
      ...rules("filter", "FORWARD",
        "-s 10.0.0.0/8 -d 1.2.3.4/31 -i eth0 -o 'veth+'", "-s 10.0.0.0/12 ! -i lo ! -p tcp -j DROP", "-p udp -f -j DROP", "-p 47 ! -f -j RETURN", "-s 10.0.0.1/255.0.255.0", "-i +", "! -i + -j DROP", "! -s 10.0.0.0/8 ! -d 127.0.0.1 ! -o eth1", "-p 99",
        "-p tcp --dport 80", "-p tcp --dport 80:90 --sport 1024:", "-p tcp ! --dport 80:90", "-p tcp --sport 5 --dport 7", "-p tcp ! --sport 5 ! --dport 7", "-p tcp --syn", "-p tcp ! --syn --dport 22", "-p tcp --tcp-flags ALL NONE", "-p tcp --tcp-option 8",
        "-p tcp -m tcp", "-p udp --dport :1023", "-p udp ! --sport 53:54", "-p udp -m udp", "-p icmp --icmp-type echo-request", "-p icmp --icmp-type 3/4", "-p icmp ! --icmp-type 5/1", "-p icmp --icmp-type any", "-m comment --comment 'hello world'",
        "-m comment --comment a -m comment --comment 'it\"s'", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m conntrack ! --ctstate INVALID", "-m conntrack --ctstate DNAT", "-m conntrack --ctstatus ASSURED,CONFIRMED",
        "-m conntrack --ctdir REPLY --ctproto tcp --ctorigsrc 1.2.3.0/24 --ctorigdstport 80 --ctexpire 10:20", "-m state --state NEW,INVALID", "-m addrtype --dst-type LOCAL", "-m addrtype ! --src-type LOCAL,UNICAST --limit-iface-in",
        "-m statistic --mode random --probability 0.33333333349", "-m statistic --mode random ! --probability 0.5", "-m statistic --mode nth --every 3 --packet 1", "-m mark --mark 0x4000/0x4000", "-m mark ! --mark 1", "-m connmark --mark 1/0xff",
        "-p tcp -m multiport --dports 22,80,1000:2000", "-p udp -m multiport ! --sports 53", "-p tcp -m multiport --ports 80,443", "-m limit --limit 5/min --limit-burst 10", "-m limit", "-m limit --limit 100", "-m physdev --physdev-in eth0 --physdev-is-bridged",
        "-m iprange --src-range 1.1.1.1-1.1.1.9 ! --dst-range 2.2.2.2-2.2.2.3", "-m mac --mac-source 00:11:22:33:44:aa", "-m ttl --ttl-lt 5", "-m ttl ! --ttl-eq 5", "-m length --length 5:100", "-m pkttype ! --pkt-type broadcast"),
      ...rules("filter", "OUTPUT", "-m owner --uid-owner root ! --gid-owner 100-200", "-m owner --socket-exists"),
    ),
  },
  {
    name: "ipt-targets", title: "iptables: every target, as -S, -L and nft show it",
    steps: box(
      ...rules("filter", "INPUT", "-j ACCEPT", "-j DROP", "-j RETURN", "-j REJECT", "-p tcp -j REJECT --reject-with tcp-reset", "-j REJECT --reject-with icmp-host-prohibited", "-j LOG", "-j LOG --log-prefix 'foo: ' --log-level debug --log-uid --log-tcp-options",
        "-j NFLOG --nflog-group 3 --nflog-prefix 'a b'", "-j TRACE", "-c 5 7 -j ACCEPT", "-m comment --comment x -m limit --limit 1/s -c 1234567 123456789012 -j LOG"),
      ...rules("nat", "POSTROUTING", "-s 10.0.0.0/8 ! -d 10.0.0.0/8 -j MASQUERADE", "-p tcp -j MASQUERADE --to-ports 1000-2000 --random", "-j MASQUERADE --random-fully", "-j SNAT --to-source 1.2.3.4-1.2.3.9 --persistent", "-p udp -j SNAT --to-source :100-200 --random-fully"),
      ...rules("nat", "PREROUTING", "-p tcp --dport 80 -j DNAT --to-destination 1.2.3.4:8080", "-j DNAT --to-destination 1.2.3.4-1.2.3.9 --random", "-p tcp -j DNAT --to-destination :80", "-p tcp -j REDIRECT --to-ports 80-90", "-j REDIRECT", "-j NETMAP --to 1.2.3.0/24"),
      ...rules("mangle", "PREROUTING", "-j MARK --set-mark 1", "-j MARK --set-mark 0x1/0xff", "-j MARK --or-mark 0x4000", "-j MARK --and-mark 0xff", "-j MARK --set-xmark 0x4000/0x0", "-j CONNMARK --save-mark", "-j CONNMARK --restore-mark --mask 0xff", "-j CONNMARK --set-mark 1"),
      ...rules("mangle", "FORWARD", "-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu"), ...rules("raw", "PREROUTING", "-j NOTRACK", "-j CT --zone 5"),
    ),
  },
  {
    name: "ipt-restore", title: "iptables-save and iptables-restore: whole tables at once, parts of them, mistakes by line",
    steps: box(
      "iptables-save", restore("", "*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [5:6]", ":FOO - [0:0]", "-A INPUT -j FOO", "-A FOO -s 1.2.3.4 -m comment --comment \"a b\" -j DROP", "COMMIT"), `${SAVED}; nft list ruleset`,
      restore("-c", "*filter", ":INPUT DROP [10:20]", "[7:8] -A INPUT -j ACCEPT", "COMMIT"), SAVED, restore("-n", "*filter", ":NEW - [0:0]", "-A NEW -j DROP", "-I INPUT 1 -j NEW", "-I INPUT 2 -s 9.9.9.9", "COMMIT"), SAVED,
      restore("-n", "*filter", ":NEW - [0:0]", "-A NEW -j ACCEPT", "COMMIT"), SAVED, restore("", "*filter", "-A INPUT -j DROP"), restore("", "*filter", "-A INPUT -j NOPE", "COMMIT"), restore("", "*filter", "-A NOPE -j DROP", "COMMIT"),
      restore("", "*filter", "-A INPUT -p nosuch", "COMMIT"), restore("", "*filter", "foo", "COMMIT"), restore("", "foo"), restore("", "*nosuch", "COMMIT"), restore("", "*filter", ":INPUT FOO", "COMMIT"), restore("-c", "*filter", ":INPUT ACCEPT", "COMMIT"),
      restore("", "*filter", "-A INPUT -j MASQUERADE", "-A INPUT -j DNAT --to 1.1.1.1", "COMMIT"), restore("", "*filter", "-A INPUT -t nat", "COMMIT"), SAVED,
      restore("", "*nat", "-A POSTROUTING -j MASQUERADE", "COMMIT", "*mangle", "-A INPUT -j NOPE", "COMMIT"), SAVED, restore("-T nat", "*nat", "-A OUTPUT -j RETURN", "COMMIT", "*mangle", "-A INPUT -j RETURN", "COMMIT"), SAVED, restore("-t", "*nat", "COMMIT"), SAVED,
      "iptables-save -c > /tmp/ipt-saved; iptables -F; iptables -t nat -F; iptables-restore -c /tmp/ipt-saved", SAVED, "iptables-save -t nosuch", "iptables-restore /nonexistent", "rm /tmp/ipt-saved",
    ),
  },
  {
    name: "ipt-and-nft", title: "iptables beside nft: what each shows of the other's tables, and when iptables gives up",
    steps: box(
      ...seen("add table ip filter", "add chain ip filter foo"), ...seen("add table ip filter", "add chain ip filter input { type filter hook input priority 0; }"), ...seen("add table ip filter", "add chain ip filter INPUT { type filter hook input priority 5; }"),
      ...seen("add table ip filter", "add chain ip filter INPUT"), ...seen("add table ip filter", "add chain ip filter INPUT { type filter hook input priority 0; policy drop; }", "add rule ip filter INPUT ip saddr 1.2.3.4 tcp dport 80-90 drop"),
      ...seen("add table ip filter", "add chain ip filter INPUT { type filter hook input priority 0; }", "add rule ip filter INPUT ip saddr { 1.2.3.4, 2.3.4.5 } drop"), ...seen("add table ip filter", "add chain ip filter foo", "add rule ip filter foo ct state new accept"),
      ...seen("add table ip other", "add chain ip other INPUT { type filter hook input priority 0; }"), "nft flush ruleset",
      "nft add table ip nat; nft add chain ip nat PREROUTING '{ type nat hook prerouting priority dstnat; }'; nft add rule ip nat PREROUTING ip daddr 1.1.1.1 counter dnat to jhash ip checksum mod 2 map '{ 0 : 2.2.2.2, 1 : 3.3.3.3 }'", "iptables -t nat -S --wait", "iptables -t nat -L -n",
      "iptables-save", "iptables -t nat -A POSTROUTING -j MASQUERADE; nft list ruleset", "iptables -t nat -S POSTROUTING", "nft list chain ip nat PREROUTING; nft list tables",
    ),
  },
  {
    name: "ipt-reads-nft", title: "rules that nft made, as iptables reads them: right, in part, or not at all",
    steps: box(
      "nft add table ip filter; nft add chain ip filter INPUT '{ type filter hook input priority 0; }'; nft add chain ip filter foo",
      ...[
        "ip saddr != 1.2.3.0/24 drop", "ip saddr 1.2.3.0/25 counter", "ip saddr 1.2.3.4-1.2.3.9 drop", "ip protocol tcp accept", "meta l4proto { tcp, udp } accept", "tcp dport 80-90 counter accept", "tcp dport > 1024 accept", "udp sport 53 udp dport 54 drop",
        "tcp flags syn / syn,ack accept", "tcp sequence 5 accept", "icmp type echo-request accept", "icmp id 5 accept", "iif lo accept", "iifname \"eth*\" accept", "meta mark & 0xf == 1 accept", "meta mark set 5", "ct state established accept",
        "counter packets 5 bytes 9 drop", "limit rate 5/minute burst 9 packets", "limit rate over 5/minute", "log prefix \"x\"", "log group 5", "reject", "goto foo", "ip ttl <= 5", "ip dscp 5", "ether saddr 00:11:22:33:44:55", "meta skuid 0",
        "tcp dport vmap { 80 : accept, 81 : drop }", "ip saddr 1.1.1.1 counter accept comment \"hello world\"", "meta nftrace set 1",
      ].flatMap((r) => [`nft add rule ip filter INPUT '${r}'`, "iptables -S INPUT; iptables -L INPUT -nv; iptables-save -c | grep -v '^# [GC]'", "nft flush chain ip filter INPUT"]),
      "iptables -A INPUT -j REJECT; nft insert rule ip filter INPUT ct state established accept; iptables -A INPUT -j DROP; iptables -D INPUT -j DROP; iptables -F INPUT; iptables -S",
    ),
  },
  {
    name: "ipt-cni", title: "the masquerade chains of a CNI bridge plugin",
    steps: box(
      "iptables -t nat -S --wait", "iptables -t nat -N CNI-f16e904d70a7c80b77d970e4 --wait", "iptables -t nat -S CNI-f16e904d70a7c80b77d970e4 1 --wait", "iptables -t nat -C POSTROUTING -s 11.15.160.2 -j CNI-f16e904d70a7c80b77d970e4 -m comment --comment 'name: \"C0w1\" id: \"cnitool-013c\"' --wait",
      "iptables -t nat -A CNI-f16e904d70a7c80b77d970e4 -d 11.15.160.0/20 -j ACCEPT -m comment --comment 'name: \"C0w1\" id: \"cnitool-013c\"' --wait", "iptables -t nat -A CNI-f16e904d70a7c80b77d970e4 ! -d 224.0.0.0/4 -j MASQUERADE -m comment --comment 'name: \"C0w1\" id: \"cnitool-013c\"' --wait",
      "iptables -t nat -A POSTROUTING -s 11.15.160.2 -j CNI-f16e904d70a7c80b77d970e4 -m comment --comment 'name: \"C0w1\" id: \"cnitool-013c\"' --wait", "iptables -t nat -S", "nft -a list ruleset", "iptables -t nat -L -n -v",
      "iptables -t nat -D POSTROUTING -s 11.15.160.3 -j CNI-nosuch -m comment --comment 'name: \"C0w1\" id: \"cnitool-dc75\"' --wait", "iptables -t nat -D POSTROUTING -s 11.15.160.2 -j CNI-f16e904d70a7c80b77d970e4 -m comment --comment 'name: \"C0w1\" id: \"other\"' --wait",
      "iptables -t nat -D POSTROUTING -s 11.15.160.2 -j CNI-f16e904d70a7c80b77d970e4 -m comment --comment 'name: \"C0w1\" id: \"cnitool-013c\"' --wait", "iptables -t nat -F CNI-f16e904d70a7c80b77d970e4 --wait; iptables -t nat -X CNI-f16e904d70a7c80b77d970e4 --wait", "nft list ruleset",
    ),
  },
  {
    name: "ipt-packets", title: "iptables rules meet packets: counters, policies, marks, chains, NAT",
    steps: box(
      "iptables -A INPUT -p icmp --icmp-type 8 -m comment --comment ask; iptables -A OUTPUT -p icmp --icmp-type 8 -m ttl --ttl-eq 64 -j MARK --set-mark 7; iptables -A OUTPUT -m mark --mark 7", "ping -q -c 3 -i 0.2 127.0.0.1 > /dev/null; iptables -nvL",
      "iptables -Z INPUT; iptables -nvL INPUT", "iptables -P INPUT DROP; ping -q -c 1 -W 1 127.0.0.1 > /dev/null; iptables -nvL INPUT", "iptables -P INPUT ACCEPT; iptables -F",
      "iptables -N C; iptables -A INPUT -p icmp -j C; iptables -A C -m conntrack --ctstate NEW -j RETURN; iptables -A C -m statistic --mode nth --every 2 --packet 0; iptables -A C -m addrtype --dst-type LOCAL -m length --length 84", "ping -q -c 4 -i 0.2 127.0.0.1 > /dev/null; iptables -nvL INPUT; iptables -nvL C",
      "iptables -F; iptables -A OUTPUT -d 127.0.0.1 -j REJECT; ping -c 1 -W 1 127.0.0.1; iptables -nvL OUTPUT", "iptables -F; iptables -t nat -A OUTPUT -d 10.9.9.9 -p icmp -j DNAT --to-destination 127.0.0.1; ip route add 10.9.9.9 dev lo; ping -q -c 2 -i 0.2 10.9.9.9 > /dev/null; iptables -t nat -nvL OUTPUT",
    ),
  },
];
