import { computed, indexed, isOperator, isRelation, negated, number, operate, relation } from "./arithmetic.ts";
import type { Arithmetic } from "./arithmetic.ts";
import { fail, NO_QUALIFIERS } from "./context.ts";
import type { AddressType, Compilation, Direction, Qualifiers } from "./context.ts";
import { dottedId, ip6Id, macId, maskedId } from "./hosts.ts";
import { nameId, numberId } from "./ids.ts";
import { nextToken } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import type { Node } from "./node.ts";
import { protocolKeyword } from "./protocols.ts";
import { broadcast, lengthValue, multicast } from "./special.ts";
import { otherTerm } from "./terms.ts";

const SYNTAX = "can't parse filter expression: syntax error";

/** Keywords that name a protocol. */
const PROTOCOLS = new Set(
  ("link ip arp rarp sctp tcp udp icmp igmp igrp pim vrrp carp atalk aarp decnet lat sca mopdl moprc ip6 icmp6 ah esp iso esis " +
    "isis l1 l2 iih lsp snp psnp csnp clnp stp ipx netbeui radio").split(" "),
);
const DIRECTIONS = new Set(["src", "dst", "addr1", "addr2", "addr3", "addr4", "ra", "ta"]);
const ADDRESS_TYPES = new Set(["host", "net", "port", "portrange"]);
/** Those that take no direction. */
const UNDIRECTED = new Set(["proto", "protochain", "gateway"]);
/** `%` and `^` have no precedence in libpcap's grammar, so that they bind to the left and swallow what is right of them. */
const PRECEDENCE: Readonly<Record<string, number>> = { "|": 1, "&": 2, "<<": 3, ">>": 3, "+": 4, "-": 4, "*": 5, "/": 5 };
const UNARY = 6;

/** What may come next: after "host" only ids, at the start only terms, after "and" either. */
export interface Wanted {
  readonly term: boolean;
  readonly id: boolean;
}
const TERM: Wanted = { term: true, id: false };
const ID: Wanted = { term: false, id: true };
const EITHER: Wanted = { term: true, id: true };

/** A part of an expression: a test, or a number that is none yet. */
type Item =
  | { readonly is: "node"; readonly node: Node; readonly q: Qualifiers; readonly id: boolean }
  | { readonly is: "number"; readonly n: number }
  | { readonly is: "arithmetic"; readonly value: Arithmetic };

/** Recursive descent over pcap-filter(7). Tests are made while reading, so that the first error is the one libpcap names. */
export class Parser {
  private at = 0;
  private ahead: Token | null = null;
  readonly c: Compilation;
  private readonly text: string;

  constructor(text: string, c: Compilation) {
    this.text = text;
    this.c = c;
  }

  /** The whole expression, `null` after an error. */
  parse(): Node | null {
    const node = this.expression(NO_QUALIFIERS);
    return node !== null && this.peek().is !== "end" ? this.syntax() : (node?.node ?? null);
  }

  peek(): Token {
    if (this.ahead === null) {
      const { token, end } = nextToken(this.text, this.at);
      this.ahead = token;
      this.at = end;
      if (token.is === "bad" && token.why !== undefined) fail(this.c, token.why);
    }
    return this.ahead;
  }
  next(): Token {
    const token = this.peek();
    this.ahead = null;
    return token;
  }
  /** The keyword or operator that comes next, "" if none does. */
  word(): string {
    const token = this.peek();
    return token.is === "word" ? token.text : "";
  }
  /** Takes the keyword if it comes next. */
  take(word: string): boolean {
    if (this.word() !== word) return false;
    this.next();
    return true;
  }
  syntax(): null {
    return fail(this.c, SYNTAX);
  }
  takeNumber(): number | null {
    const token = this.next();
    return token.is === "num" ? token.value : this.syntax();
  }

  /** Terms and ids joined by and/or, which bind equally and to the left. */
  private expression(q: Qualifiers, first?: Item): { node: Node; q: Qualifiers } | null {
    const start = first ?? this.item(q, TERM);
    if (start === null) return null;
    if (start.is !== "node") return this.syntax();
    let left = { node: start.node, q: start.q };
    for (let join = this.word(); join === "and" || join === "or"; join = this.word()) {
      this.next();
      const right = this.asNode(this.item(left.q, EITHER), left.q);
      if (right === null) return null;
      left = { node: { is: join, a: left.node, b: right.node }, q: right.q };
    }
    return left;
  }

  /** A lone number where ids may be is an id. */
  private asNode(item: Item | null, q: Qualifiers): { node: Node; q: Qualifiers } | null {
    if (item === null) return null;
    if (item.is === "arithmetic") return this.syntax();
    if (item.is === "node") return item;
    const node = numberId(this.c, item.n, q);
    return node === null ? null : { node, q };
  }

  private item(q: Qualifiers, wanted: Wanted): Item | null {
    const token = this.peek();
    if (token.is === "num") {
      this.next();
      return this.grown({ is: "number", n: token.value }, wanted);
    }
    if (token.is === "word") return this.wordItem(token.text, q, wanted);
    if (token.is === "end" || token.is === "bad" || !wanted.id) return this.syntax();
    return this.id(q);
  }

  private wordItem(word: string, q: Qualifiers, wanted: Wanted): Item | null {
    if (word === "not") {
      this.next();
      const inner = this.item(q, wanted);
      const id = inner?.is === "number" || (inner?.is === "node" && inner.id);
      const node = inner?.is === "number" && !wanted.id ? this.syntax() : this.asNode(inner, q);
      return node === null ? null : { is: "node", node: { is: "not", a: node.node }, q: node.q, id };
    }
    if (word === "(") {
      this.next();
      return this.grown(this.parenthesized(q, wanted), wanted);
    }
    return wanted.term ? this.term(word) : this.syntax();
  }

  /** Behind "(". Ids inside take the qualifiers from outside. */
  private parenthesized(q: Qualifiers, wanted: Wanted): Item | null {
    const first = this.item(q, wanted);
    if (first === null) return null;
    if (first.is !== "node" && this.take(")")) return first;
    const id = first.is === "number" || (first.is === "node" && first.id);
    if (id && !wanted.id) return this.syntax();
    const inner = id ? this.idList(q, first) : this.expression(q, first);
    if (inner === null) return null;
    return this.take(")") ? { is: "node", node: inner.node, q, id } : this.syntax();
  }

  /** `80 or 443 or not 8080`. */
  private idList(q: Qualifiers, first: Item): { node: Node } | null {
    const start = this.asNode(first, q);
    if (start === null) return null;
    let node = start.node;
    for (let join = this.word(); join === "and" || join === "or"; join = this.word()) {
      this.next();
      const right = this.asNode(this.item(q, ID), q);
      if (right === null) return null;
      node = { is: join, a: node, b: right.node };
    }
    return { node };
  }

  private id(q: Qualifiers): Item | null {
    const node = this.idNode(this.next(), q);
    return node === null ? null : { is: "node", node, q, id: true };
  }

  private idNode(token: Token, q: Qualifiers): Node | null {
    if (token.is === "id") return nameId(this.c, token.text, q);
    if (token.is === "mac") return macId(this.c, token.text, q);
    if (token.is === "arcnet") return fail(this.c, "aid supported only on ARCnet");
    if (token.is === "ip6") {
      const length = this.take("/") ? this.takeNumber() : 128;
      return length === null ? null : ip6Id(this.c, token.text, length, q);
    }
    return token.is === "ip4" ? this.dotted(token.text, q) : this.syntax();
  }

  private dotted(text: string, q: Qualifiers): Node | null {
    if (this.take("/")) {
      const length = this.takeNumber();
      return length === null ? null : maskedId(this.c, text, { length }, q);
    }
    if (this.take("mask")) {
      const mask = this.next();
      return mask.is === "ip4" ? maskedId(this.c, text, { mask: mask.text }, q) : this.syntax();
    }
    if (["port", "portrange", "proto", "protochain"].includes(q.addr)) return fail(this.c, `'${q.addr}' modifier applied to ip host`);
    return dottedId(this.c, text, q);
  }

  private term(word: string): Item | null {
    if (word === "len" || word === "-") return this.grown(this.operand(), TERM);
    const proto = PROTOCOLS.has(word) ? word : "default";
    if (proto !== "default") this.next();
    const then = this.word();
    if (proto !== "default" && then === "[") return this.grown(this.index(proto), TERM);
    if (DIRECTIONS.has(then) || ADDRESS_TYPES.has(then) || UNDIRECTED.has(then)) return this.qualified(proto);
    const node = this.bare(proto, then);
    return node === null ? null : { is: "node", node, q: NO_QUALIFIERS, id: false };
  }

  private bare(proto: string, then: string): Node | null {
    if (this.take("broadcast")) return broadcast(this.c, proto);
    if (this.take("multicast")) return multicast(this.c, proto);
    if (["type", "subtype", "dir"].includes(then)) return otherTerm(this, then);
    if (proto === "default") return otherTerm(this, then);
    const ends = this.peek().is === "end" || then === "and" || then === "or" || then === ")";
    return ends ? protocolKeyword(this.c, proto) : this.syntax();
  }

  /** `[src or dst] [host|net|port|portrange]` or `proto`, `protochain`, `gateway`; then an id. */
  private qualified(proto: string): Item | null {
    const dir: Direction = DIRECTIONS.has(this.word()) ? this.direction() : "default";
    if (this.c.error !== null) return null;
    const type = this.word();
    const typed = ADDRESS_TYPES.has(type) || (dir === "default" && UNDIRECTED.has(type));
    if (typed) this.next();
    const q: Qualifiers = { proto, dir, addr: typed ? (type as AddressType) : "default" };
    const node = this.asNode(this.item(q, ID), q);
    return node === null ? null : { is: "node", node: node.node, q: node.q, id: false };
  }

  private direction(): Direction {
    const first = this.next();
    const dir = (first.is === "word" ? first.text : "default") as Direction;
    const join = this.word();
    if ((dir !== "src" && dir !== "dst") || (join !== "or" && join !== "and")) return dir;
    this.next();
    if (!this.take(dir === "src" ? "dst" : "src")) this.syntax();
    return join;
  }

  /** A number followed by operators grows into arithmetic, and with a comparison into a test. */
  private grown(item: Item | null, wanted: Wanted): Item | null {
    if (item === null || item.is === "node" || !wanted.term) return item;
    const start = item.is === "number" ? number(item.n) : item.value;
    if (!isOperator(this.word()) && !isRelation(this.word())) return item;
    const left = this.climb(start, 0);
    if (left === null) return null;
    const op = this.word();
    if (!isRelation(op)) return { is: "arithmetic", value: left };
    this.next();
    const right = this.arithmetic(0);
    return right === null ? null : { is: "node", node: relation(op, left, right), q: NO_QUALIFIERS, id: false };
  }

  private arithmetic(least: number): Arithmetic | null {
    const item = this.operand();
    return item === null ? null : this.climb(item.value, least);
  }

  /** Precedence climbing from a left side that is there already. */
  private climb(left: Arithmetic, least: number): Arithmetic | null {
    let value: Arithmetic | null = left;
    for (let op = this.word(); value !== null && isOperator(op); op = this.word()) {
      const precedence = PRECEDENCE[op];
      if (precedence !== undefined && precedence < least) break;
      this.next();
      const right = this.arithmetic(precedence === undefined ? 0 : precedence + 1);
      value = right === null ? null : operate(this.c, op, value, right);
    }
    return value;
  }

  private operand(): { is: "arithmetic"; value: Arithmetic } | null {
    const token = this.next();
    let value: Arithmetic | null = null;
    if (token.is === "num") value = number(token.value);
    else if (token.is !== "word") return this.syntax();
    else if (token.text === "len") value = computed(lengthValue());
    else if (token.text === "-") {
      const inner = this.arithmetic(UNARY);
      value = inner === null ? null : negated(inner);
    } else if (token.text === "(") {
      const inner = this.arithmetic(0);
      value = inner !== null && !this.take(")") ? this.syntax() : inner;
    } else if (PROTOCOLS.has(token.text) && this.word() === "[") return this.index(token.text);
    else return this.syntax();
    return value === null ? null : { is: "arithmetic", value };
  }

  /** `[index]` or `[index : size]` behind a protocol. */
  private index(proto: string): { is: "arithmetic"; value: Arithmetic } | null {
    this.next();
    const at = this.arithmetic(0);
    if (at === null) return null;
    const size = this.take(":") ? this.takeNumber() : 1;
    if (size === null || !this.take("]")) return this.syntax();
    const value = indexed(this.c, proto, at, size);
    return value === null ? null : { is: "arithmetic", value };
  }
}
