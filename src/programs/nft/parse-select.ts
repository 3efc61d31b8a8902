import type { CtExpr, Expr, FibExpr, HashExpr, MetaExpr, NumgenExpr, OsfExpr, RtExpr, SocketExpr, XfrmExpr } from "./ast.ts";
import { ctKeyNamed } from "./ct-keys.ts";
import { META_KEYS, metaKeyNamed } from "./meta-keys.ts";
import { ctOf, fibOf, hashOf, metaOf, numgenOf, rtOf, socketOf } from "./nodes-keys.ts";
import { concatExpr, mapFrom } from "./parse-expr.ts";
import { extensionField, extensionPresence, headerField, rawPayload, routingHeaderField } from "./parse-headers.ts";
import { stmtExpr } from "./parse-stmt-expr.ts";
import type { Parser } from "./parser.ts";
import { HOST_INTEGER, INTEGER, STRING } from "./types-base.ts";
import { IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** What a rule can look at: header fields, meta, ct, rt, socket, fib, numbers made up. */

/** A selector; null = none is next. `orWord`: `ip` alone is a word. */
export function selector(p: Parser, orWord = false): Expr | null {
  const direct = headerField(p, orWord) ?? metaWord(p);
  if (direct !== null) return direct;
  if (p.at("@")) return rawPayload(p);
  if (p.at("rt")) return routing(p);
  const start = p.start();
  const read = READERS[p.kind];
  if (!read) return extensionField(p);
  p.next();
  return read(p, start);
}

type Read = (p: Parser, start: number) => Expr;
const READERS: Readonly<Record<string, Read>> = {
  meta, ct, socket, fib, osf, numgen, jhash, symhash, ipsec, exthdr: extensionPresence,
};

/** Keys of meta that need no `meta` before them. */
const BARE_META: readonly string[] = [
  "mark", "iif", "iifname", "iiftype", "oif", "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid", "ibriport", "obriport", "ibrname", "obrname",
  "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "time", "day", "hour",
];
const META_WORDS: readonly string[] = ["length", "protocol", "priority", "random", "secmark", "ipsec", "string", ...BARE_META];

function metaWord(p: Parser): MetaExpr | null {
  const word = p.accept(...BARE_META);
  const key = word && metaKeyNamed(word.kind);
  return key ? metaOf(word.loc, key.key) : null;
}

/** Where `set` may follow a key, the token behind it is read while the words of its scope are known. */
type Position = "statement" | "operand";
function meta(p: Parser, start: number): MetaExpr {
  return metaAfter(p, start, "operand");
}

/** After `meta`: the key. */
export function metaAfter(p: Parser, start: number, position: Position): MetaExpr {
  const word = p.accept(...META_WORDS) ?? p.fail();
  if (word.kind === "secmark" || word.kind === "ipsec") p.close(word.kind);
  const loc = p.from(start);
  const name = word.kind === "string" ? word.text : word.kind;
  const key = metaKeyNamed(name) ?? unknownMeta(p, name, start, position);
  if (position === "statement") p.peek();
  p.close("meta");
  return metaOf(loc, key.key);
}

/** A write is read to its end before its key is looked at. */
function unknownMeta(p: Parser, name: string, start: number, position: Position): never {
  if (position === "statement" && p.accept("set")) stmtExpr(p);
  return p.error(`syntax error, unexpected ${name}, known keys are ${META_KEYS.map((k) => k.token).join(", ")}`, p.from(start));
}

const CT_WORDS = [
  "l3proto", "protocol", "mark", "state", "direction", "status", "expiration", "helper", "saddr", "daddr", "proto-src", "proto-dst", "label", "event",
  "secmark", "id", "bytes", "packets", "avgpkt", "zone",
];
const CT_DIR_WORDS = ["saddr", "daddr", "l3proto", "protocol", "proto-src", "proto-dst", "bytes", "packets", "avgpkt", "zone"];

/** After `ct`. */
export function ctAfter(p: Parser, start: number, position: Position): CtExpr {
  const dir = p.accept("original", "reply");
  const expr = dir ? directedCt(p, start, dir.kind === "original" ? "original" : "reply") : plainCt(p, start);
  if (position === "statement" && (!dir || CT_WRITABLE.includes(expr.key))) p.peek();
  p.close("ct");
  return expr;
}
/** Keys that a direction goes with and that can be written. */
const CT_WRITABLE: readonly string[] = ["bytes", "pkts", "avgpkt", "zone"];
function ct(p: Parser, start: number): CtExpr {
  return ctAfter(p, start, "operand");
}

function plainCt(p: Parser, start: number): CtExpr {
  const word = p.accept(...CT_WORDS) ?? p.fail();
  if (word.kind === "secmark") p.close("secmark");
  const key = ctKeyNamed(word.kind) ?? p.fail();
  return ctOf(p.from(start), key.key);
}

function directedCt(p: Parser, start: number, dir: "original" | "reply"): CtExpr {
  const family = p.accept("ip", "ip6");
  const nfproto = family === null ? null : family.kind === "ip" ? "ip" : "ip6";
  const word = nfproto === null ? (p.accept(...CT_DIR_WORDS) ?? p.fail()) : p.expect("saddr", "daddr");
  if (nfproto !== null) p.close(nfproto);
  const key = ctKeyNamed(nfproto === null ? word.kind : `${nfproto} ${word.kind}`) ?? p.fail();
  return ctOf(p.from(start), key.key, dir, nfproto);
}

const SOCKET_WORDS = ["transparent", "wildcard", "cgroupv2", "mark"] as const;

function socket(p: Parser, start: number): SocketExpr {
  const { kind } = p.expect("transparent", "wildcard", "cgroupv2", "mark");
  const level = kind === "cgroupv2" ? (p.expect("level"), Number(p.expect("number").value)) : null;
  p.close("socket");
  return socketOf(p.from(start), SOCKET_WORDS.find((word) => word === kind) ?? "mark", level);
}

function fib(p: Parser, start: number): FibExpr {
  const tupleStart = p.start();
  const flags = [fibFlag(p)];
  while (p.accept(".")) flags.push(fibFlag(p));
  checkFib(p, flags, tupleStart);
  const { kind } = p.expect("type", "oif", "oifname");
  if (kind === "type") p.close("type");
  p.close("fib");
  return fibOf(p.from(start), [...new Set(flags)], kind === "type" ? "type" : kind === "oif" ? "oif" : "oifname");
}

const fibFlag = (p: Parser): string => (p.accept("saddr", "daddr", "mark", "iif", "oif") ?? p.fail()).kind;

function checkFib(p: Parser, flags: readonly string[], start: number): void {
  // bison notes what is wrong once it has read the result too; which word that is makes no difference.
  const wrong = flags.includes("saddr") === flags.includes("daddr")
    ? flags.includes("saddr") ? "fib: saddr and daddr are mutually exclusive" : "fib: need either saddr or daddr"
    : flags.includes("iif") && flags.includes("oif") ? "fib: iif and oif are mutually exclusive" : null;
  if (wrong !== null && p.at("type", "oif", "oifname")) p.error(wrong, p.from(start));
}

const OSF_TTL: Readonly<Record<string, number>> = { loose: 1, skip: 2 };

function osf(p: Parser, start: number): OsfExpr {
  const ttl = p.accept("ttl") ? osfTtl(p) : 0;
  const { kind } = p.expect("version", "name");
  p.close("osf");
  return { kind: "osf", loc: p.from(start), dtype: STRING, byteorder: "host", len: 128, ttl, flags: kind === "version" ? 1 : 0 };
}

function osfTtl(p: Parser): number {
  const { text, loc } = p.expect("string");
  return OSF_TTL[text] ?? p.error("invalid ttl option", loc);
}

const offset = (p: Parser): number => (p.accept("offset") ? Number(p.expect("number").value) : 0);

function modulus(p: Parser): number {
  p.expect("mod");
  return Number(p.expect("number").value);
}

function numgen(p: Parser, start: number): NumgenExpr {
  const { kind } = p.expect("random", "inc");
  const mod = modulus(p);
  const from = offset(p);
  p.close("numgen");
  return numgenOf(p.from(start), kind === "inc" ? "inc" : "random", mod, from);
}

function jhash(p: Parser, start: number): HashExpr {
  const exprStart = p.start();
  const expr = mapFrom(p, concatExpr(p), exprStart);
  const mod = modulus(p);
  const seed = p.accept("seed") ? Number(p.expect("number").value) : null;
  const from = offset(p);
  p.close("hash");
  return hashOf(p.from(start), "jenkins", expr, mod, seed, from);
}

function symhash(p: Parser, start: number): HashExpr {
  const mod = modulus(p);
  const from = offset(p);
  p.close("hash");
  return hashOf(p.from(start), "sym", null, mod, null, from);
}

/** `rt` is a routing header or the packet's route. */
function routing(p: Parser): Expr {
  const start = p.start();
  p.next();
  return routingHeaderField(p, start) ?? route(p, start);
}

function route(p: Parser, start: number): RtExpr {
  const family = p.accept("ip", "ip6");
  if (family) p.close(family.kind === "ip" ? "ip" : "ip6");
  const word = p.accept("mtu", "classid", "nexthop", "ipsec") ?? (family ? p.fail("mtu", "classid", "nexthop", "ipsec") : p.fail());
  if (word.kind === "ipsec") p.close("ipsec");
  p.close("rt");
  const loc = p.from(start);
  if (word.kind === "nexthop") return rtOf(loc, family?.kind === "ip6" ? "nexthop6" : "nexthop4", family === null);
  return rtOf(loc, word.kind === "mtu" ? "tcpmss" : word.kind === "classid" ? "classid" : "ipsec");
}

/** `ipsec in spi`; alone it asks whether there was a transform (meta ipsec). */
function ipsec(p: Parser, start: number): XfrmExpr | MetaExpr {
  const dir = p.accept("in", "out");
  if (!dir) {
    p.close("ipsec");
    return metaOf(p.from(start), "secpath");
  }
  const spnum = p.accept("spnum") ? Number(p.expect("number").value) : 0;
  const expr = xfrmKey(p, dir.kind === "in" ? "in" : "out", spnum, start);
  p.close("ipsec");
  return expr;
}

function xfrmKey(p: Parser, dir: "in" | "out", spnum: number, start: number): XfrmExpr {
  const word = p.expect("ip", "ip6", "spi", "reqid");
  const base = { kind: "xfrm", byteorder: "big", dir, spnum } as const;
  if (word.kind === "spi" || word.kind === "reqid") {
    const loc = p.from(start);
    return word.kind === "spi" ? { ...base, loc, dtype: INTEGER, len: 32, key: "spi" } : { ...base, byteorder: "host", loc, dtype: HOST_INTEGER, len: 32, key: "reqid" };
  }
  const ip6 = word.kind === "ip6";
  p.close(ip6 ? "ip6" : "ip");
  const { kind } = p.expect("saddr", "daddr");
  return { ...base, loc: p.from(start), dtype: ip6 ? IPV6_ADDR : IPV4_ADDR, len: ip6 ? 128 : 32, key: `${kind}_${ip6 ? "ip6" : "ip4"}` };
}
