import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const rules = (chain: string, text: string): string[] => text.split("\n").map((l) => l.trim()).filter((l) => l !== "").map((l) => `nft ${quote(`add rule ${chain} ${l}`)}`);

/** Matches in an inet table: fields, masks, prefixes, ranges, flags, sets without a name. */
const MATCHES = rules("inet t c", `
  ip saddr 10.0.0.0/8 ip daddr != 1.1.1.1 tcp dport { 22, 80-90 } accept
  ip saddr 1.1.1.0/28 ip daddr 10.0.0.0/9
  ip saddr & 0.0.0.255 == 0.0.0.1
  ip saddr 10.0.0.5-10.0.0.200
  ip saddr != { 10.0.0.0/8, 11.0.0.0/8, 192.168.1.1 }
  ip dscp cs1 ip ecn ce
  ip dscp { cs1, af11-af13 }
  ip version 4 ip hdrlength 5
  ip frag-off & 0x1fff != 0
  ip protocol tcp tcp dport 22
  ip protocol tcp counter tcp dport 22
  ip6 nexthdr tcp tcp dport 22
  ip6 saddr fe80::/10 ip6 daddr ::1
  ip6 flowlabel 5 ip6 hoplimit > 1
  tcp flags syn
  tcp flags syn,ack
  tcp flags & (fin | syn | rst | ack) == syn
  tcp flags & syn == syn
  tcp flags ! fin,rst
  tcp flags { syn, syn | ack }
  tcp sequence 1-5 tcp doff 5 tcp window > 5
  tcp option maxseg size 1-500
  tcp option sack-permitted exists
  tcp option 253 exists
  udp length != 10-20
  th dport 53
  meta l4proto { tcp, udp } th dport 53
  meta l4proto tcp th dport 53
  meta nfproto ipv4 tcp dport 22
  meta nfproto ipv4 icmp type echo-request
  icmp type { echo-reply, echo-request } counter
  icmp type echo-request icmp id 5
  icmp id 5 icmp sequence 6
  icmp mtu 1400
  icmpv6 type nd-neighbor-solicit
  icmpv6 id 5
  exthdr frag exists
  frag more-fragments 1
  srh sid[1] ::1
  ip option rr exists
  ether saddr 00:01:02:03:04:05 vlan id 5
  ether type 8021ad vlan id 1 vlan type 8021q vlan id 2
  esp spi 5
  sctp chunk init init-tag 5
  dccp type { request, response }
  ct state established,related accept
  ct state != new
  ct state { new, untracked } counter
  ct status dnat
  ct mark & 0xf0 == 0x10
  ct original ip saddr 1.1.1.1
  ct expiration 1m-1h
  ct bytes > 5 ct original packets < 9
  ct label 1,5
  meta mark 0x100/24
  meta mark and 0x3 == 0x1
  meta mark { 1-5, 0x20 }
  meta skuid { 0, 1000-2000 }
  meta priority 1:2
  meta hour "17:00"-"18:30"
  meta day { "Saturday", "Sunday" }
  meta time "2021-01-01 00:00:00"-"2021-12-31 23:59:59"
  meta length 33-45 meta pkttype broadcast
  meta iiftype > loopback
  iif lo oifname "eth*"
  iifname { "eth*", "lo" }
  fib daddr . iif type { local, broadcast }
  fib saddr oif missing
  rt ip nexthop 1.1.1.1
  socket transparent 1
  numgen inc mod 2 vmap { 0 : accept, 1 : drop }
  jhash ip saddr . tcp dport mod 8 seed 0xdead offset 5 vmap { 5 : accept }
  @nh,8,8 { 5, 6 }
  @th,16,16 22
  @nh,32,64 0x123456789
  ip saddr . tcp dport { 1.1.1.1 . 443, 2.2.2.2 . 80, 3.3.3.0/24 . 5-9 }
  ip saddr . meta mark { 1.1.1.1 . 443, 2.2.2.2 . 80 }
  iifname . ip saddr vmap { "lo" . 1.1.1.1 : accept, "a" . 2.2.2.2 : drop }
  ip daddr vmap { 1.1.1.1 : accept, 2.2.2.0/24 : drop, * : continue }`);

/** Statements in an inet table. */
const STATEMENTS = rules("inet t c", `
  counter packets 5 bytes 600 accept
  log prefix "x " level debug flags tcp sequence,options flags skuid
  log group 2 snaplen 10 queue-threshold 5
  log flags all
  limit rate over 10/minute burst 7 packets drop
  limit rate 1 mbytes/second burst 10 kbytes
  quota over 10 mbytes used 5 kbytes drop
  ct count over 5 reject
  meta mark set meta mark and 0xf or 0x10
  meta mark set ct mark << 3
  meta mark set ip saddr map { 1.1.1.1 : 5, 2.2.2.0/24 : 6 }
  meta mark set jhash ip saddr mod 4
  ct mark set meta mark
  ct zone set 5
  ct label set 5
  ct event set new,destroy
  meta nftrace set 1
  ip dscp set cs1
  ip saddr set 1.1.1.1
  tcp dport set 80
  tcp option maxseg size set 1400
  reset tcp option sack
  notrack
  reject
  reject with icmpx admin-prohibited
  reject with icmp host-unreachable
  ip saddr 1.1.1.1 reject with tcp reset
  add @dyn { ip saddr timeout 5s limit rate 5/second }
  update @dyn { ip saddr counter } accept
  ip saddr @plain ip daddr != @plain
  counter name "cnt" quota name "q" limit name "lim"
  counter name tcp dport map { 22 : "cnt" }
  ip saddr vmap @verdicts
  meter m1 size 100 { ip saddr . tcp dport timeout 5s counter }
  jump { ip saddr 1.1.1.1 counter comment "inner"; accept; }
  goto other comment "a comment"`);

const TABLE = [
  "nft add table inet t", "nft 'add set inet t plain { type ipv4_addr; }'", "nft 'add set inet t dyn { type ipv4_addr; size 100; flags dynamic,timeout; }'",
  "nft 'add map inet t verdicts { type ipv4_addr : verdict; }'", "nft 'add counter inet t cnt { packets 1 bytes 2; }'", "nft 'add quota inet t q { over 25 kbytes; }'",
  "nft 'add limit inet t lim { rate 400/hour; }'", "nft add chain inet t other", "nft 'add chain inet t c { type filter hook input priority filter - 5; policy drop; comment \"in\"; }'",
];

/** Sets and maps of many types with their elements, and every object. */
const SETS = [
  "nft add table ip s", "nft 'add set ip s a { type ipv4_addr; elements = { 5.5.5.5, 1.1.1.1, 3.3.3.3, 2.2.2.2, 4.4.4.4 }; }'",
  "nft 'add set ip s b { type inet_service; flags interval; elements = { 22, 80-90, 1024-65535 }; }'", "nft 'add set ip s c { type ct_state; elements = { new, established }; }'",
  "nft 'add set ip s d { type ipv4_addr . inet_service . mark; flags interval; elements = { 1.1.1.0/24 . 80-90 . 5, 0.0.0.0/0 . 0-65535 . 1-3 }; }'",
  "nft 'add set ip s e { type ipv4_addr . inet_service; elements = { 1.1.1.1 . 443, 2.2.2.2 . 80, 0.0.0.9 . 1024 }; }'",
  "nft 'add set ip s f { type ifname; elements = { lo, eth0, a }; }'", "nft 'add set ip s g { typeof ip dscp; elements = { cs1, 5 }; }'",
  "nft 'add set ip s h { type ipv4_addr; flags constant,interval; elements = { 1.0.0.0/24, 1.0.1.0/24, 2.0.0.0-2.0.0.5, * }; }'",
  "nft 'add set ip s i { type ipv4_addr; size 5; policy memory; counter; timeout 1d2h3m4s; gc-interval 5s; comment \"c\"; }'",
  "nft 'add set ip s j { type mark; flags interval; auto-merge; elements = { 1-5, 4-9, 0x100-0x1ff }; }'",
  "nft 'add map ip s k { type ipv4_addr : interval ipv4_addr; elements = { 1.1.1.1 : 10.0.0.0/8, 1.1.1.2 : 10.0.0.5-10.0.0.9 }; }'",
  "nft 'add map ip s l { typeof ip saddr . tcp dport : meta mark; elements = { 1.1.1.1 . 22 : 5 }; }'", "nft 'add counter ip s o1 { comment \"x\"; }'",
  "nft 'add map ip s m { type ipv4_addr : counter; elements = { 1.1.1.1 : \"o1\" }; }'", "nft 'add ct helper ip s o2 { type \"ftp\" protocol tcp; }'",
  "nft 'add ct timeout ip s o3 { protocol tcp; policy = { established : 100, close : 12 }; }'", "nft 'add ct expectation ip s o4 { protocol tcp; dport 9876; timeout 2m; size 12; }'",
];

/** Listings, as nft words and breaks them. */
export const NFT_LIST_SCRIPTS: readonly Script[] = [
  { name: "nft-list-matches", title: "nft: matches listed again", steps: box(...TABLE, ...MATCHES, "nft list chain inet t c", "nft -n list chain inet t c", "nft -j list chain inet t c") },
  { name: "nft-list-statements", title: "nft: statements listed again", steps: box(...TABLE, ...STATEMENTS, "nft -a list ruleset", "nft -s list table inet t", "nft list meters", "nft list chains") },
  {
    name: "nft-list-sets", title: "nft: sets, maps and objects listed again",
    steps: box(
      ...SETS, "nft list ruleset", "nft -t -a list table ip s", "nft -j list ruleset", "nft list maps", "nft list set ip s b", "nft list map ip s b", "nft list counters", "nft list ct helper ip s o2",
      "nft get element ip s b { 85, 22 }", "nft get element ip s h { 1.0.0.7 }", "nft get element ip s a { 9.9.9.9 }", "nft reset counters", "nft list tables",
      "nft describe tcp dport", "nft describe ct state", "nft describe ip dscp", "nft describe iifname",
    ),
  },
];
