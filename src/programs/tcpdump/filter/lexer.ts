import { isIp6Shape, longestIp6 } from "./address.ts";

/** Tokens of pcap-filter(7). `word` is a keyword or an operator; the others carry what was written. */
export type Token =
  | { readonly is: "word"; readonly text: string }
  | { readonly is: "num"; readonly value: number }
  /** Two to four decimal parts. */
  | { readonly is: "ip4"; readonly text: string }
  | { readonly is: "ip6"; readonly text: string }
  | { readonly is: "mac"; readonly text: string }
  | { readonly is: "arcnet"; readonly text: string }
  | { readonly is: "id"; readonly text: string }
  | { readonly is: "end" }
  /** A character (or a number) that begins no token. */
  | { readonly is: "bad"; readonly why?: string };

/** Keywords by what they mean to the grammar; several spellings share one meaning. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ...("dst src arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc " +
    "mopdl iso esis isis l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui host net mask port portrange proto protochain " +
    "gateway type subtype ra ta less greater byte broadcast multicast and or not inbound outbound ifindex vlan mpls pppoed " +
    "pppoes geneve llc rset rnr srnr reason action lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg " +
    "metaconnect fisu lssu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls").split(" ").map((w) => [w, w] as const),
  ...["link", "ether", "ppp", "slip", "fddi", "tr", "wlan"].map((w) => [w, "link"] as const),
  ["es-is", "esis"], ["is-is", "isis"], ["direction", "dir"], ["dir", "dir"], ["len", "len"], ["length", "len"],
  ["on", "ifname"], ["ifname", "ifname"], ["ruleset", "rset"], ["rulenum", "rnr"], ["subrulenum", "srnr"], ["lsu", "lssu"],
  ...[1, 2, 3, 4].flatMap((n) => [[`addr${n}`, `addr${n}`], [`address${n}`, `addr${n}`]] as const),
]);

/** Names for offsets and values (pcap-filter(7), "expr relop expr"). */
const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries({
  "icmptype": 0, "icmpcode": 1, "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5,
  "icmp-echo": 8, "icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
  "icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17, "icmp-maskreply": 18,
  "icmp6type": 0, "icmp6code": 1, "icmp6-destinationunreach": 1, "icmp6-packettoobig": 2, "icmp6-timeexceeded": 3,
  "icmp6-parameterproblem": 4, "icmp6-echo": 128, "icmp6-echoreply": 129, "icmp6-multicastlistenerquery": 130,
  "icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132, "icmp6-routersolicit": 133,
  "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136, "icmp6-redirect": 137,
  "icmp6-routerrenum": 138, "icmp6-nodeinformationquery": 139, "icmp6-nodeinformationresponse": 140,
  "icmp6-ineighbordiscoverysolicit": 141, "icmp6-ineighbordiscoveryadvert": 142, "icmp6-multicastlistenerreportv2": 143,
  "icmp6-homeagentdiscoveryrequest": 144, "icmp6-homeagentdiscoveryreply": 145, "icmp6-mobileprefixsolicit": 146,
  "icmp6-mobileprefixadvert": 147, "icmp6-certpathsolicit": 148, "icmp6-certpathadvert": 149,
  "icmp6-multicastrouteradvert": 151, "icmp6-multicastroutersolicit": 152, "icmp6-multicastrouterterm": 153,
  "tcpflags": 13, "tcp-fin": 1, "tcp-syn": 2, "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
}));

const OPERATOR = /^(?:&&|\|\||>=|<=|!=|==|<<|>>|[+\-*/%:[\]!<>()&|^=])/;
const SAME_OPERATOR: Readonly<Record<string, string>> = { "&&": "and", "||": "or", "==": "=", "!": "not" };
const B = "[0-9A-Fa-f]{1,2}";
const BB = "[0-9A-Fa-f]{4}";
const MAC = new RegExp(`^(?:(?:${B}:){5}${B}|(?:${B}-){5}${B}|(?:${B}\\.){5}${B}|${BB}\\.${BB}\\.${BB}|(?:${BB}){3})`);
const BOGUS_MAC = new RegExp(`^${B}:+(?:${B}:+)+`);
const NUMBER = /^(?:0[xX][0-9A-Fa-f]+|\d+)/;
const PART = "(?:0[xX][0-9A-Fa-f]+|\\d+)";
const IP4 = new RegExp(`^${PART}(?:\\.${PART}){1,3}`);
const ID = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/;
const ESCAPED = /^\\[^ !()\n\t]+/;
const ARCNET = new RegExp(`^\\$${B}`);

/** The token at `at` and where the next one is looked for. The longest match counts; among equals the first rule. */
export function nextToken(text: string, at: number): { readonly token: Token; readonly end: number } {
  while (at < text.length && /[ \r\n\t]/.test(text.charAt(at))) at++;
  const rest = text.slice(at);
  if (rest === "") return { token: { is: "end" }, end: at };
  const rules: readonly (readonly [string, (s: string) => Token])[] = [
    [keyword(rest), (s) => ({ is: "word", text: KEYWORDS.get(s) ?? s })],
    [OPERATOR.exec(rest)?.[0] ?? "", (s) => ({ is: "word", text: SAME_OPERATOR[s] ?? s })],
    [ARCNET.exec(rest)?.[0] ?? "", (s) => ({ is: "arcnet", text: s })],
    [MAC.exec(rest)?.[0] ?? "", (s) => ({ is: "mac", text: s })],
    [NUMBER.exec(rest)?.[0] ?? "", numberToken],
    [IP4.exec(rest)?.[0] ?? "", (s) => ({ is: "ip4", text: s })],
    [longestIp6(rest), (s) => (isIp6Shape(s) ? { is: "ip6", text: s } : { is: "bad", why: `bogus IPv6 address ${s}` })],
    [BOGUS_MAC.exec(rest)?.[0] ?? "", (s) => ({ is: "bad", why: `bogus ethernet address ${s}` })],
    [ID.exec(rest)?.[0] ?? "", (s) => (NUMBERS.has(s) ? { is: "num", value: NUMBERS.get(s)! } : { is: "id", text: s })],
    [ESCAPED.exec(rest)?.[0] ?? "", (s) => ({ is: "id", text: s.slice(1) })],
  ];
  let best: (typeof rules)[number] | undefined;
  for (const rule of rules) if (rule[0].length > (best?.[0].length ?? 0)) best = rule;
  if (best === undefined) return { token: { is: "bad" }, end: at + 1 };
  return { token: best[1](best[0]), end: at + best[0].length };
}

/** The longest keyword at the start, "" if none. Longer identifiers win over it by length. */
function keyword(rest: string): string {
  const word = /^[a-z0-9-]+/.exec(rest)?.[0] ?? "";
  for (let n = word.length; n > 0; n--) if (KEYWORDS.has(word.slice(0, n))) return word.slice(0, n);
  return "";
}

/** Decimal, 0octal or 0xhex, 32 bits. */
function numberToken(s: string): Token {
  if (/^0[0-7]*[89]/.test(s)) return octalFault(s);
  const value = /^0\d/.test(s) ? parseInt(s, 8) : Number(s);
  return value > 0xffffffff ? { is: "bad", why: `number ${s} overflows 32 bits` } : { is: "num", value };
}

/** A wrong digit counts only if no overflow was met before it. */
function octalFault(s: string): Token {
  let value = 0;
  for (const digit of s.slice(1)) {
    if (digit > "7") return { is: "bad", why: `number ${s} contains non-octal digit` };
    if (value > 0o3777777777) break;
    value = value * 8 + Number(digit);
  }
  return { is: "bad", why: `number ${s} overflows 32 bits` };
}
