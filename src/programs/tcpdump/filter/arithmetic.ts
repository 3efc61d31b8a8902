import { both, fail } from "./context.ts";
import type { Compilation } from "./context.ts";
import { field, network, place, moved } from "./link.ts";
import type { Offset } from "./link.ts";
import { and, constant, load, not, test } from "./node.ts";
import type { LoadSize, Node, Value, View } from "./node.ts";
import { linkType, protocolKeyword } from "./protocols.ts";
import { notLaterFragment } from "./ports.ts";
import { ETHERTYPE } from "./link.ts";

/** A number in an expression, with the protocol tests that make its loads sensible. */
export interface Arithmetic {
  readonly value: Value;
  readonly check: Node | null;
  /**
   * The constant the compiled code begins with, if it begins with one. libpcap looks at this when it
   * refuses a division by zero, and so refuses `ip[2] / ip[0]` too: the index 0 comes first.
   */
  readonly leading: number | null;
}

export const number = (n: number): Arithmetic => ({ value: constant(n), check: null, leading: n });
export const computed = (value: Value): Arithmetic => ({ value, check: null, leading: null });

const NETWORK_LAYER = new Set(["ip", "arp", "rarp", "atalk", "decnet", "sca", "lat", "moprc", "mopdl", "ip6"]);
const TRANSPORT_LAYER = new Set(["sctp", "tcp", "udp", "icmp", "igmp", "igrp", "pim", "vrrp", "carp"]);
const ICMP6 = 58;

/** `proto[index : size]`. */
export function indexed(c: Compilation, proto: string, index: Arithmetic, size: number): Arithmetic | null {
  if (size !== 1 && size !== 2 && size !== 4) return fail(c, "data size must be 1, 2, or 4");
  if (proto === "radio") return fail(c, "radio information not present in capture");
  const at = (base: Offset, extra: (v: View, base: number) => number, name: string): Value => loadAt(base, index.value, size, extra, name);
  const net = moved(c.link.payload, c.link.network);
  const done = (value: Value, check: Node | null): Arithmetic | null =>
    c.error !== null ? null : { value, check: check === null ? index.check : index.check === null ? check : and(index.check, check), leading: index.leading };
  if (proto === "link") return done(at(c.link.header, () => 0, "link"), null);
  if (NETWORK_LAYER.has(proto)) return done(at(net, () => 0, "net"), protocolKeyword(c, proto));
  if (TRANSPORT_LAYER.has(proto)) {
    const first = both(protocolKeyword(c, proto), notLaterFragment(c));
    return done(at(net, (v, base) => (load(v, base, 1) & 15) * 4, "ihl"), both(linkType(c, ETHERTYPE.ip), first));
  }
  if (proto === "icmp6") return done(at(net, () => 40, "icmp6"), both(linkType(c, ETHERTYPE.ip6), test(network(c.link, 6, 1), "=", ICMP6)));
  return fail(c, "unsupported index operation");
}

function loadAt(base: Offset, index: Value, size: LoadSize, extra: (v: View, base: number) => number, name: string): Value {
  if (index.constant !== undefined && name !== "ihl") return field(base, (index.constant | 0) + (name === "icmp6" ? 40 : 0), size);
  return {
    key: `P${size}[${base.fixed}+M${base.cell ?? ""}+${name}+${index.key}]`,
    get: (v) => {
      const start = place(v, base);
      return load(v, (start + extra(v, start) + index.get(v)) >>> 0, size);
    },
  };
}

/** 32-bit unsigned arithmetic; dividing by zero ends the program with "no". */
const OPERATIONS: Readonly<Record<string, (a: number, b: number, v: View | null) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => Math.imul(a, b),
  "/": (a, b, v) => (b === 0 ? zeroDivide(v) : Math.floor(a / b)),
  "%": (a, b, v) => (b === 0 ? zeroDivide(v) : a % b),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => (b > 31 ? 0 : a << b),
  ">>": (a, b) => (b > 31 ? 0 : a >>> b),
};

function zeroDivide(v: View | null): number {
  if (v !== null) v.fault = true;
  return 0;
}

export const isOperator = (s: string): boolean => s in OPERATIONS;

/** `a op b`. As in libpcap only the left side's protocol test is kept: `ip[2:2] - tcp[12]` looks at every IP packet. */
export function operate(c: Compilation, op: string, a: Arithmetic, b: Arithmetic): Arithmetic | null {
  const zero = b.leading === 0 || b.value.constant === 0;
  if (op === "/" && zero) return fail(c, "division by zero");
  if (op === "%" && zero) return fail(c, "modulus by zero");
  if ((op === "<<" || op === ">>") && b.leading !== null && b.leading > 31) return fail(c, "shift by more than 31 bits");
  const run = OPERATIONS[op] ?? OPERATIONS["+"]!;
  return { value: operated(op, run, a.value, b.value), check: a.check, leading: a.leading };
}

function operated(op: string, run: (a: number, b: number, v: View | null) => number, a: Value, b: Value): Value {
  if (a.constant !== undefined && b.constant !== undefined) return constant(run(a.constant, b.constant, null) >>> 0);
  if ((op === "&" || op === "*") && (a.constant === 0 || b.constant === 0)) return constant(0);
  return { key: `(${a.key}${op}${b.key})`, get: (v) => run(a.get(v), b.get(v), v) >>> 0 };
}

const joined = (a: Node | null, b: Node | null): Node | null => (a === null ? b : b === null ? a : and(a, b));

/** `-a`, which libpcap's optimiser does not compute beforehand. */
export function negated(a: Arithmetic): Arithmetic {
  const { value } = a;
  return { ...a, value: { key: `-${value.key}`, get: (v) => -value.get(v) >>> 0 } };
}

/** `a relop b`: both sides' protocols first, then the comparison, negated or not. */
export function relation(op: string, a: Arithmetic, b: Arithmetic): Node {
  const [plain, reversed] = ({
    "=": ["=", false], "!=": ["=", true], ">": [">", false], "<=": [">", true], ">=": [">=", false], "<": [">=", true],
  } as const)[op as "=" | "!=" | ">" | "<=" | ">=" | "<"];
  const compared = test(a.value, plain, b.value);
  const node = reversed ? not(compared) : compared;
  const check = joined(a.check, b.check);
  return check === null ? node : and(check, node);
}

export const isRelation = (s: string): boolean => ["=", "!=", ">", "<", ">=", "<="].includes(s);
