import type { Expr, ExthdrExpr, PayloadExpr } from "./ast.ts";
import type { NftPayloadBase } from "../../net/uapi/nft-expr.ts";
import type { Scope } from "./keywords.ts";
import { symbolOf } from "./nodes.ts";
import { exthdrOf, payloadOf, rawOptionOf, rawPayloadOf } from "./nodes-keys.ts";
import type { Parser } from "./parser.ts";
import { IP4_OPTIONS, SCTP_CHUNKS, TCP_OPTIONS, type OptionKind } from "./proto-exthdr.ts";
import { headerNamed } from "./proto-headers.ts";
import { BOOLEAN } from "./types-meta.ts";

/** Fields of headers, options and extension headers: `ip saddr`, `tcp option mss size`, `@nh,8,16`. */

interface HeaderWords { readonly scope: Scope; readonly header: string; readonly fields: readonly string[] }
const words = (scope: Scope, header: string, fields: string): HeaderWords => ({ scope, header, fields: fields.split(" ") });

/** The words of each header's fields, in the order in which errors list them. */
const HEADERS: Readonly<Record<string, HeaderWords>> = {
  ether: words("eth", "ether", "saddr daddr type"),
  vlan: words("vlan", "vlan", "type id cfi dei pcp"),
  arp: words("arp", "arp", "saddr daddr htype ptype hlen plen operation"),
  ip: words("ip", "ip", "saddr daddr id version hdrlength dscp ecn length frag-off ttl protocol checksum"),
  icmp: words("icmp", "icmp", "type id checksum code seq gateway mtu"),
  igmp: words("igmp", "igmp", "type checksum mrt group"),
  ip6: words("ip6", "ip6", "saddr daddr version dscp ecn length flowlabel nexthdr hoplimit"),
  icmpv6: words("icmp", "icmpv6", "type id checksum code seq mtu param-problem max-delay"),
  ah: words("ah", "ah", "hdrlength seq nexthdr reserved spi"),
  esp: words("esp", "esp", "seq spi"),
  comp: words("comp", "comp", "nexthdr flags cpi"),
  udp: words("udp", "udp", "length checksum sport dport"),
  udplite: words("udplite", "udplite", "checksum sport dport csumcov"),
  tcp: words("tcp", "tcp", "checksum seq reserved flags sport dport ackseq doff window urgptr"),
  dccp: words("dccp", "dccp", "type sport dport"),
  sctp: words("sctp", "sctp", "checksum sport dport vtag"),
  th: words("th", "th", "sport dport"),
};
/** Words of fields that the tables know by another name. */
const FIELD_NAMES: Readonly<Record<string, string>> = { seq: "sequence", cfi: "dei", "param-problem": "parameter-problem" };

const EXTHDRS: Readonly<Record<string, HeaderWords>> = {
  hbh: words("hbh", "hbh", "hdrlength nexthdr"),
  rt: words("rt", "rt", "type hdrlength nexthdr seg-left"),
  rt0: words("rt", "rt0", "addr"),
  rt2: words("rt", "rt2", "addr"),
  srh: words("rt", "srh", "flags last-entry tag sid"),
  frag: words("frag", "frag", "id frag-off nexthdr reserved reserved2 more-fragments"),
  dst: words("dst", "dst", "hdrlength nexthdr"),
  mh: words("mh", "mh", "type checksum hdrlength nexthdr reserved"),
};

/** A field word out of `fields`, scope of `type` closed again; null = another token is next. */
function acceptField(p: Parser, fields: readonly string[]): string | null {
  const word = p.accept(...fields);
  if (!word) return null;
  if (word.kind === "type") p.close("type");
  return word.kind;
}

/** A field of a header; `orWord`: `ip` alone is then the word itself. null = no header is next. */
export function headerField(p: Parser, orWord: boolean): Expr | null {
  const header = HEADERS[p.kind];
  if (!header) return null;
  const start = p.start();
  const first = p.next();
  const option = optionField(p, header.header, start);
  const expr = option ?? plainField(p, header, start) ?? (orWord && WORDS.includes(first.kind) ? symbolOf(first.kind, first.loc) : p.fail(...header.fields, ...(header.header === "sctp" ? ["chunk"] : [])));
  p.close(header.scope);
  return expr;
}
const WORDS: readonly string[] = ["ether", "vlan", "arp", "ip", "ip6"];

function plainField(p: Parser, header: HeaderWords, start: number): PayloadExpr | null {
  const word = acceptField(p, header.fields);
  if (word === null) return null;
  const token = header.header === "arp" && (word === "saddr" || word === "daddr") ? `${word} ${arpAddress(p)}` : (FIELD_NAMES[word] ?? word);
  const desc = headerNamed(header.header);
  return desc && payloadOf(p.from(start), desc, token);
}

function arpAddress(p: Parser): string {
  const { kind } = p.expect("ether", "ip");
  p.close(kind === "ip" ? "ip" : "eth");
  return kind;
}

/** `tcp option …`, `ip option …`, `sctp chunk …` after the header's word. */
function optionField(p: Parser, header: string, start: number): ExthdrExpr | null {
  if (header === "tcp" && p.accept("option")) return tcpOption(p, start);
  if (header === "ip" && p.accept("option")) return namedOption(p, "ipv4opt", IP4_OPTIONS.map((o) => o.name), IP_OPTION_FIELDS, start);
  if (header !== "sctp" || !p.accept("chunk")) return null;
  const expr = namedOption(p, "sctp", SCTP_CHUNKS.map((o) => o.name), null, start);
  p.close("sctpChunk");
  return expr;
}
const IP_OPTION_FIELDS = ["type", "length", "ptr", "value", "addr"];
const IP_OPTION_ORDER = ["lsrr", "rr", "ssrr", "ra"];

function namedOption(p: Parser, kind: OptionKind, names: readonly string[], fields: readonly string[] | null, start: number): ExthdrExpr {
  const word = p.accept(...names);
  if (!word) return kind === "ipv4opt" ? p.fail(...IP_OPTION_ORDER) : p.fail();
  const known = fields ?? SCTP_CHUNKS.find((o) => o.name === word.kind)?.fields.map((f) => f.token) ?? [];
  const field = acceptField(p, known);
  const loc = p.from(start);
  const expr = exthdrOf(loc, kind, word.kind, field);
  return expr ?? p.error(`unknown ${kind === "ipv4opt" ? "ip option type/field" : "chunk field"}`, loc);
}

const TCP_OPTION_WORDS: Readonly<Record<string, string>> = {
  mss: "maxseg", "sack-permitted": "sack-perm", sack: "sack", sack0: "sack0", sack1: "sack1", sack2: "sack2", sack3: "sack3", window: "window",
  timestamp: "timestamp", mptcp: "mptcp", eol: "eol", nop: "nop", md5sig: "md5sig", fastopen: "fastopen", echo: "echo",
};
/** Which word each option's own field has; all have `length`. */
const TCP_OPTION_FIELDS: Readonly<Record<string, readonly string[]>> = {
  maxseg: ["size"], window: ["count"], timestamp: ["tsval", "tsecr"], mptcp: ["subtype"], sack: ["left", "right"], sack0: ["left", "right"],
  sack1: ["left", "right"], sack2: ["left", "right"], sack3: ["left", "right"],
};
const ECHO = 8;

function tcpOption(p: Parser, start: number): ExthdrExpr {
  if (p.accept("@")) return rawTcpOption(p, start);
  const type = tcpOptionType(p);
  const word = acceptField(p, [...(TCP_OPTION_FIELDS[type.name] ?? []), "length"]);
  const loc = p.from(start);
  return exthdrOf(loc, "tcpopt", type.name, word) ?? { ...rawOptionOf(loc, type.number, word === null ? 0 : 8, 8), ...(word === null ? presence : { raw: false, field: word }) };
}
const presence = { raw: false, present: true, len: 1, dtype: BOOLEAN, byteorder: "host" } as const;

/** Which option: a word, or its number. */
export function tcpOptionType(p: Parser): { readonly name: string; readonly number: number } {
  const name = TCP_OPTION_WORDS[p.kind];
  if (name !== undefined) {
    p.next();
    return { name, number: TCP_OPTIONS.find((o) => o.name === name)?.type ?? ECHO };
  }
  if (!p.at("number")) p.fail();
  const { value, loc } = p.next();
  if (value > 255n) p.error("value too large", loc);
  return { name: TCP_OPTIONS.find((o) => o.type === Number(value))?.name ?? String(value), number: Number(value) };
}

/** `tcp option @kind,offset,length` */
function rawTcpOption(p: Parser, start: number): ExthdrExpr {
  const { number } = tcpOptionType(p);
  const [offset, len] = offsetAndLength(p);
  p.close("at");
  return rawOptionOf(p.from(start), number, offset, len);
}

function offsetAndLength(p: Parser): readonly [number, number] {
  p.expect("comma");
  const offset = Number(p.expect("number").value);
  p.expect("comma");
  return [offset, Number(p.expect("number").value)];
}

const RAW_BASES: Readonly<Record<string, NftPayloadBase>> = { ll: "ll", nh: "nh", th: "th" };

/** `@th,16,16` */
export function rawPayload(p: Parser): PayloadExpr {
  const start = p.start();
  p.expect("@");
  const base = rawBase(p);
  const [offset, len] = offsetAndLength(p);
  p.close("at");
  return rawPayloadOf(p.from(start), base, offset, len);
}

function rawBase(p: Parser): NftPayloadBase {
  const base = RAW_BASES[p.kind];
  if (base !== undefined) {
    p.next();
    if (base === "th") p.close("th");
    return base;
  }
  const { text, loc } = p.expect("string", "ll", "nh", "th");
  return text === "ih" ? "inner" : p.error("unknown raw payload base", loc);
}

/** `frag id`, `rt0 addr[1]`; null = no extension header is next. */
export function extensionField(p: Parser): ExthdrExpr | null {
  const header = EXTHDRS[p.kind];
  if (!header) return null;
  const start = p.start();
  p.next();
  return extensionAfter(p, header, start);
}

function extensionAfter(p: Parser, header: HeaderWords, start: number): ExthdrExpr {
  const word = acceptField(p, header.fields) ?? p.fail(...header.fields);
  const token = (header.header === "rt0" && word === "addr") || word === "sid" ? `${word}${index(p)}` : word;
  const loc = p.from(start);
  p.close(header.scope);
  return exthdrOf(loc, "ipv6", header.header, token) ?? p.error("index out of range", loc);
}

function index(p: Parser): string {
  p.expect("'['");
  const { value } = p.expect("number");
  p.expect("']'");
  return `[${String(value)}]`;
}

/** `rt seg-left` after `rt`, which may also name a route's property: null then. */
export function routingHeaderField(p: Parser, start: number): ExthdrExpr | null {
  const header = EXTHDRS["rt"];
  return header && p.at(...header.fields) ? extensionAfter(p, header, start) : null;
}

const EXISTS: Readonly<Record<string, Scope>> = { hbh: "hbh", rt: "rt", frag: "frag", dst: "dst", mh: "mh" };

/** `exthdr frag`: is it there? */
export function extensionPresence(p: Parser, start: number): ExthdrExpr {
  const scope = EXISTS[p.kind] ?? p.fail();
  const { kind } = p.next();
  p.close(scope);
  return exthdrOf(p.from(start), "ipv6", kind, null) ?? p.fail();
}
