import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** Each text as one command line that is only tried. */
const tried = (before: string, texts: readonly string[]): string[] => texts.map((text) => `nft -c ${quote(before + text)}`);
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** Statements broken off or with a wrong word; chain c of table t is there. */
const STATEMENTS = lines(`
  counter packets
  counter name { 1 }
  tcp dport 80 counter )
  ip saddr 1.1.1.1 ip
  ip saddr { 1.1.1.1
  tcp dport { 80 )
  tcp dport { , }
  tcp dport { }
  tcp dport { 80 timeout }
  tcp dport { 80, th 90 }
  tcp dport { 80 counter packets 5 }
  tcp dport { 80/ }
  tcp dport { */5 }
  tcp dport vmap { 80
  tcp dport vmap { 80 : foo }
  tcp dport vmap { 80 : jump }
  tcp dport vmap { 80 : jump x y }
  tcp dport { 80 } map { 5 : 6 }
  tcp flags & (syn|ack
  tcp flags syn / syn
  tcp dport == != 5
  ip saddr + 5
  ip saddr . ip daddr set 1
  meta mark set { 1 }
  meta mark set 1, 2
  meta mark set 1/foo
  meta mark set (1|2
  meta mark set accept
  meta mark set 1 map 5
  meta mark set @s
  meta foo 1
  meta foo set 1
  log )
  log level foo
  log level 5
  log flags tcp
  log flags foo
  log prefix $a
  limit
  limit rate
  limit rate 5
  limit rate 5/fortnight
  limit rate 5 foo
  limit rate 5 kbytes/foo
  limit rate 5/second burst 5 )
  limit rate 5/second burst 0 packets
  quota 5
  quota 5 foo
  quota 5 bytes used 5
  reject with
  reject with icmp
  reject with icmp type
  reject with tcp
  snat ip prefix
  snat ip addr
  snat ip addr .
  dnat to 1.1.1.1 random, foo
  masquerade to
  masquerade random to :5
  redirect to
  queue num
  queue flags
  queue flags bypass
  queue to foo
  dup
  fwd
  fwd ip to 1.1.1.1
  tproxy
  tproxy ip6 foo
  ct
  ct count
  ct timeout
  ct original
  ct original ip
  add
  add @
  add @s
  add @s { ip saddr timeout
  add @s { ip saddr : 5 foo
  meter m
  meter m size 5
  meter m { ip saddr limit rate 5/second foo }
  flow
  flow add @
  set
  set add ip saddr
  jump
  jump {
  jump x y
  goto { foo; }
  vmap
  jhash ip saddr
  jhash ip saddr mod
  numgen
  numgen inc mod 2 offset
  symhash
  fib saddr
  fib mark oif 1
  fib saddr . daddr oif 1
  socket
  socket cgroupv2
  osf
  osf ttl foo name
  ipsec in
  rt ip
  ether )
  arp saddr
  igmp )
  esp )
  udp )
  th )
  rt0 addr
  rt0 addr [1
  srh )
  exthdr foo
  ip option
  tcp option @1
  sctp chunk
  dccp option
  @
  @foo,1,2
  @th,1
  notrack foo
  reset tcp
  xt match foo
  accept comment "a" comment "b"
  accept comment
  exists
`);

const COMMANDS = lines(`
  foo
  add
  add foo
  add table
  add table t x
  add table counter
  add chain t
  add chain t 1c
  add rule t
  add set t s
  add map t m
  add counter t h foo
  add quota t h foo
  add limit t h foo
  add ct
  add flowtable t f
  create foo
  insert foo
  replace rule t c
  replace rule t c handle 5
  delete
  delete table
  delete foo
  delete rule t c handle foo
  delete element t s
  delete map t
  delete ct
  get foo
  list
  list foo
  list rule
  list ct
  list ct helpers
  list flow
  list hooks foo
  list ruleset foo
  list counters table
  reset
  flush
  flush set t
  rename
  rename chain t c
  import
  export foo
  monitor new foo
  monitor foo
  describe
  define a
  redefine a = 1 2
  include foo
`);

/** Contents of braces. */
const CHAINS = lines(`
  type
  type filter hook
  type filter hook input
  type foo hook input priority 0;
  type filter hook foo priority 0;
  type filter hook input priority -
  type filter hook input priority filter + foo;
  type filter hook ingress device
  type filter hook ingress devices = {
  type filter hook input priority 0; policy accept
  policy foo;
  policy accept; policy drop;
  flags foo;
  comment "a"; comment "b";
  ) ;
  counter foo;
`);
const SETS = lines(`
  type
  type foo;
  type ipv4_addr
  type ipv4_addr : foo;
  typeof log;
  typeof 1;
  flags foo;
  flags interval )
  timeout 5;
  policy foo;
  size foo;
  elements = 1;
  counter foo;
  foo;
`);

/** Inputs of several lines: what one error does to the next line. */
const FILES: readonly string[] = [
  "table ip q {\\n chain c {\\n  ip daddr 1.1.1.1 countr\\n }\\n}\\n",
  "table ip q {\\n chain c {\\n  counter\\n",
  "add table ip q\\nadd chain ip q c\\nadd rule ip q c bogus\\nadd rule ip q c ip saddr\\n",
  "table ip q {\\n\\tchain c {\\n\\t\\tip foo 1\\n\\t\\tip saddr )\\n\\t\\tcounter\\n\\t}\\n\\tset s {\\n\\t\\tflags foo\\n\\t}\\n}\\n",
  "table ip q {\\n chain c {\\n } accept\\n accept\\n}\\n}\\n",
  ")\\n)\\n)\\n)\\n)\\n)\\n)\\n)\\n)\\n)\\n)\\n)\\n",
  "define abcd = 1\\nadd rule t c ip daddr $abce\\nadd rule t c ip daddr $zzzz\\ndefine abcd = 2\\nundefine nosuch\\n",
  "define a = { 1, 2 }, 3\\ndefine b = 1-2, 3\\ndefine c = ip saddr\\n",
  "add rule t c \\\\\\n  ip saddr \\\\\\n  )\\n",
  "add rule t c ip saddr { 1.1.1.1,\\n  2.2.2.2\\n  )\\n",
  "\\n\\nadd table",
  "add rule t c tcp dport 1234567 é\\n",
];

/** Rules of one chain, of which `-o` may make fewer. */
const MERGED: readonly string[] = [
  "ip saddr 1.1.1.1 counter accept\\nip saddr 2.2.2.2 counter drop",
  "tcp dport { 1, 2 } accept\\ntcp dport 3 accept",
  "tcp dport 1 accept\\ntcp dport { 3, 4 } accept",
  "tcp dport != 1 accept\\ntcp dport != 3 accept",
  "tcp dport 1-2 accept\\ntcp dport 3 accept",
  "ip saddr @s accept\\nip saddr 1.1.1.1 accept",
  "ip saddr 1.1.1.1 log prefix \"a\" accept\\nip saddr 1.1.1.2 log prefix \"a\" accept",
  "ip saddr 1.1.1.1 log prefix \"a\" accept\\nip saddr 1.1.1.2 log prefix \"b\" accept",
  "ip saddr 1.1.1.1\\nip saddr 1.1.1.2",
  "ip saddr 1.1.1.1 meta mark set 1\\nip saddr 1.1.1.2 meta mark set 1",
  "ip saddr 1.1.1.1 limit rate 1/second accept\\nip saddr 1.1.1.2 limit rate 1/second accept",
  "ip saddr 1.1.1.1 counter dnat to 1.1.1.1\\nip saddr 2.2.2.2 counter dnat to 1.1.1.2",
  "accept\\naccept",
  "ip saddr 1.1.1.1 jump z\\nip saddr 2.2.2.2 jump z\\nip saddr 2.2.2.3 accept",
  "ip saddr . tcp dport { 1.1.1.1 . 80 } accept\\nip saddr . tcp dport { 1.1.1.2 . 80 } accept",
  "ct mark 1 notrack\\nct mark 2 notrack",
  "ip saddr 1.1.1.1 accept\\ntcp dport 80 accept\\nip saddr 1.1.1.2 accept\\nip saddr 1.1.1.3 accept",
  "ip saddr 1.1.1.1 tcp flags syn accept\\nip saddr 1.1.1.2 tcp flags syn accept",
  "ip saddr vmap { 1.1.1.1 : accept }\\nip saddr vmap { 1.1.1.2 : drop }\\nip saddr vmap { 1.1.1.3 : drop }",
  "ip saddr 1.1.1.1 reject\\nip saddr 1.1.1.2 reject with icmp type host-unreachable",
  "ct state new,established accept\\nct state invalid drop",
  "udp dport { 1, 2 } iifname { a, b } accept\\nudp dport 3 iifname c accept comment \"x\"",
  "ip saddr 1.1.1.1 foo\\nip saddr 1.1.1.2 accept",
];

export const NFT_SYNTAX_SCRIPTS: readonly Script[] = [
  {
    name: "nft-syntax-rules", title: "nft: statements and expressions broken off or with a wrong word",
    steps: box("nft add table t", "nft add chain t c", ...tried("add rule t c ", STATEMENTS)),
  },
  {
    name: "nft-syntax-commands", title: "nft: commands, chains and sets broken off or with a wrong word",
    steps: box("nft add table t", ...tried("", COMMANDS), ...tried("add chain t c { ", CHAINS.map((text) => `${text} }`)), ...tried("add set t s { ", SETS.map((text) => `${text} }`))),
  },
  {
    name: "nft-syntax-files", title: "nft -f: errors of several lines, definitions, included files",
    steps: box(
      ...FILES.map((text) => `printf '${text}' | nft -f -`),
      "mkdir -p inc/d; echo 'add table a' > inc/d/a.nft; echo 'foo bar' > inc/d/b.nft; echo 'include \"./inc/d/b.nft\"' > inc/c.nft",
      "printf 'include \"./inc/d/a.nft\"\\n' | nft -f -; nft list tables", "printf '\\ninclude \"./inc/c.nft\"\\nfoo\\n' | nft -f -", "nft 'include \"./inc/d/b.nft\"'",
      "printf 'include \"d/*.nft\"\\n' > inc/m.nft; nft -f inc/m.nft; nft -I inc -f inc/m.nft", "printf 'include \"./nosuch\"\\ninclude \"nosuch/*\"\\n' | nft -f -",
      "printf 'include \"./inc/o.nft\"\\n' > inc/o.nft; nft -f inc/o.nft", "nft -f nosuch.nft",
    ),
  },
  {
    name: "nft-optimize", title: "nft -o: rules that become one",
    steps: box(...MERGED.map((rules) =>
      `printf 'table ip x {\\n set s { type ipv4_addr; }\\n chain z { }\\n chain y {\\n${rules}\\n}\\n}\\n' | nft -o -f -; echo; nft list ruleset; nft flush ruleset`)),
  },
  {
    name: "nft-options", title: "nft: options, where they stand and what they say",
    steps: box(
      "nft", "nft -h", "nft -v", "nft -V", "nft -Q", "nft --foo", "nft -f", "nft --num list ruleset", "nft list ruleset -a", "nft -a list -n ruleset", "nft list tables -f /dev/null",
      "nft -D foo -f /dev/null", "nft -D foo=1 list ruleset", "nft -d foo list ruleset", "nft ''", "nft '# foo'", "nft 'list ruleset;'", "nft -f /dev/null",
      "nft -c add table x; nft list tables", "nft add table t '{ chain c { counter; }; }'; nft -a list ruleset; nft -s list ruleset; nft -t list ruleset",
      "printf 'add table y\\nadd\\nlist tables\\nquit\\nadd table z\\n' | nft -i; nft list tables", "printf 'add rule t c ip saddr $a\\n' > v.nft; nft -D a=1.1.1.1 -f v.nft; nft list chain t c",
      "nft -e add table v | grep -v generation", "nft -n list tables", "nft flush ruleset '; list ruleset'",
    ),
  },
];
