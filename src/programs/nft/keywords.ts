/**
 * Words of the nft language. Most words mean something only in a scope: `saddr` is a keyword after `ip`, elsewhere a
 * name. Some words open a scope when they are read; the parser closes it (start conditions of nft's scanner).
 */

export type Scope =
  | "ah" | "arp" | "at" | "comp" | "counter" | "ct" | "dccp" | "dst" | "dup" | "esp" | "eth" | "export" | "fib" | "frag" | "fwd" | "hash" | "hbh"
  | "icmp" | "igmp" | "import" | "ip" | "ip6" | "ipsec" | "limit" | "list" | "log" | "meta" | "mh" | "monitor" | "nat" | "numgen" | "osf" | "policy"
  | "queue" | "quota" | "reject" | "reset" | "rt" | "sctp" | "sctpChunk" | "secmark" | "socket" | "synproxy" | "tcp" | "th" | "tproxy" | "type"
  | "udp" | "udplite" | "vlan" | "xt";

const words = (text: string): readonly string[] => text.split(" ");

/** Words that are keywords wherever they stand. */
export const GLOBAL_WORDS: ReadonlySet<string> = new Set(words(
  "vmap include define redefine undefine fib socket tproxy osf synproxy typeof hook device devices table chain rule set element map flowtable handle "
  + "ruleset inet netdev add update replace create insert delete get list reset flush rename describe import export monitor all accept drop continue jump "
  + "goto return constant interval dynamic auto-merge timeout gc-interval elements expires policy size flow offload meter th bridge ether type vlan arp ip "
  + "ecn icmp igmp ip6 priority icmpv6 ah esp comp flags udp udplite tcp dccp sctp rt rt0 rt2 srh hbh frag dst mh meta mark iif iifname iiftype oif oifname "
  + "oiftype skuid skgid nftrace rtclassid ibriport obriport ibrname obrname pkttype cpu iifgroup oifgroup cgroup time ct counter log limit quota secmark "
  + "hour day reject snat dnat masquerade redirect random queue dup fwd numgen jhash symhash position index comment notrack exists missing exthdr ipsec xt",
));

/** Words that stand for a token of another name. */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ["not", "!"], ["eq", "=="], ["ne", "!="], ["le", "<="], ["lt", "<"], ["ge", ">="], ["gt", ">"], ["and", "&"], ["or", "'|'"], ["xor", "^"],
  ["lshift", "<<"], ["rshift", ">>"],
]);
/** The same for words of a scope. */
const SCOPED_ALIASES: ReadonlyMap<string, string> = new Map([["sequence", "seq"], ["maxseg", "mss"], ["sack-perm", "sack-permitted"]]);

const NAT = words("to port addr prefix fully-random persistent");
const IP6 = "to saddr daddr version dscp length flowlabel nexthdr hoplimit addr prefix";
const ICMP = "id checksum code gateway mtu param-problem max-delay sequence";
const CHUNK = "length data init init-ack heartbeat heartbeat-ack abort shutdown shutdown-ack error cookie-echo cookie-ack ecne cwr shutdown-complete "
  + "asconf-ack forward-tsn asconf tsn stream ssn ppid init-tag a-rwnd num-outbound-streams num-inbound-streams initial-tsn cum-tsn-ack "
  + "num-gap-ack-blocks num-dup-tsns lowest-tsn seqno new-cum-tsn sack";

const SCOPED: Readonly<Record<Scope, readonly string[]>> = {
  ah: words("hdrlength nexthdr reserved spi sequence"),
  arp: words("saddr daddr htype ptype hlen plen operation"),
  at: words("ll nh"),
  comp: words("nexthdr cpi"),
  counter: words("name packets bytes"),
  ct: words("saddr daddr id protocol dport count l3proto proto-src proto-dst zone direction event expectation expiration helper label state status "
    + "original reply packets bytes avgpkt helpers over"),
  dccp: words("sport dport"),
  dst: words("hdrlength nexthdr"),
  dup: ["to"],
  esp: words("spi sequence"),
  eth: words("saddr daddr"),
  export: words("xml json vm"),
  fib: words("saddr daddr"),
  frag: words("id frag-off nexthdr reserved reserved2 more-fragments"),
  fwd: ["to"],
  hash: words("mod offset seed"),
  hbh: words("hdrlength nexthdr"),
  icmp: words(ICMP),
  igmp: words("checksum mrt group"),
  import: words("xml json vm"),
  ip: words("to saddr daddr id version hdrlength dscp length frag-off ttl protocol checksum ptr value lsrr rr ssrr ra options option addr prefix"),
  ip6: words(IP6),
  ipsec: words("saddr daddr spi reqid spnum in out"),
  limit: words("name packets bytes rate burst over second minute week"),
  list: words("hooks tables chains sets maps meters flowtables counters quotas limits synproxys secmarks"),
  log: words("prefix group snaplen queue-threshold level"),
  meta: words("length protocol"),
  mh: words("hdrlength checksum nexthdr reserved"),
  monitor: words("tables chains rules sets trace xml json vm"),
  nat: NAT,
  numgen: words("inc mod offset"),
  osf: words("version ttl name"),
  policy: words("memory performance"),
  queue: words("to num bypass fanout"),
  quota: words("name bytes over until used"),
  reject: words("with icmpx"),
  reset: words("counters quotas"),
  rt: words("hdrlength mtu nexthdr seg-left addr last-entry tag sid classid nexthop"),
  sctp: words("length checksum sport dport chunk vtag"),
  sctpChunk: words(CHUNK),
  secmark: [],
  socket: words("transparent wildcard cgroupv2 level"),
  synproxy: words("mss wscale sack-permitted timestamp name maxseg sack-perm"),
  tcp: words("mss length checksum options reserved sport dport ackseq doff window urgptr option echo eol mptcp nop sack sack0 sack1 sack2 sack3 "
    + "sack-permitted fastopen md5sig timestamp count left right tsval tsecr subtype sequence maxseg sack-perm"),
  th: words("sport dport"),
  tproxy: ["to"],
  type: words("dscp protocol classid"),
  udp: words("length checksum sport dport"),
  udplite: words("length checksum sport dport csumcov"),
  vlan: words("id cfi dei pcp"),
  xt: [],
};

const BY_SCOPE: ReadonlyMap<Scope, ReadonlyMap<string, string>> = new Map(
  (Object.keys(SCOPED) as Scope[]).map((scope) => [scope, new Map(SCOPED[scope].map((word) => [word, SCOPED_ALIASES.get(word) ?? word]))]),
);

/** Words that open a scope as they are read. `chunk` does so too, in its own scope. */
export const OPENS: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ["fib", "fib"], ["socket", "socket"], ["tproxy", "tproxy"], ["osf", "osf"], ["synproxy", "synproxy"], ["list", "list"], ["reset", "reset"],
  ["import", "import"], ["export", "export"], ["monitor", "monitor"], ["policy", "policy"], ["th", "th"], ["ether", "eth"], ["type", "type"],
  ["vlan", "vlan"], ["arp", "arp"], ["ip", "ip"], ["icmp", "icmp"], ["igmp", "igmp"], ["ip6", "ip6"], ["icmpv6", "icmp"], ["ah", "ah"], ["esp", "esp"],
  ["comp", "comp"], ["udp", "udp"], ["udplite", "udplite"], ["tcp", "tcp"], ["dccp", "dccp"], ["sctp", "sctp"], ["rt", "rt"], ["rt0", "rt"],
  ["rt2", "rt"], ["srh", "rt"], ["hbh", "hbh"], ["frag", "frag"], ["dst", "dst"], ["mh", "mh"], ["meta", "meta"], ["ct", "ct"], ["counter", "counter"],
  ["log", "log"], ["limit", "limit"], ["quota", "quota"], ["reject", "reject"], ["snat", "nat"], ["dnat", "nat"], ["masquerade", "nat"],
  ["redirect", "nat"], ["queue", "queue"], ["dup", "dup"], ["fwd", "fwd"], ["numgen", "numgen"], ["jhash", "hash"], ["symhash", "hash"],
  ["ipsec", "ipsec"], ["secmark", "secmark"], ["xt", "xt"], ["chunk", "sctpChunk"], ["@", "at"],
]);

/** The token a word is in a scope (null = none open): its own name, an alias, or null for a plain string. */
export function keywordOf(word: string, scope: Scope | null): string | null {
  const scoped = scope === null ? undefined : BY_SCOPE.get(scope)?.get(word);
  return scoped ?? (GLOBAL_WORDS.has(word) ? word : (ALIASES.get(word) ?? null));
}
