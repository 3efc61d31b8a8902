import { readU16, readU32 } from "../../../wire/addr.ts";

/** The packet a filter looks at, with the two things BPF programs keep: memory cells and the fate of a bad load. */
export interface View {
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  /** A load past the captured bytes: the packet is refused whatever the rest of the expression says (bpf(4)). */
  fault: boolean;
  /** The stack sent it (live captures only). */
  readonly outgoing: boolean;
  /** Interface it was seen on (live captures only). */
  readonly ifindex: number;
  /** Offsets found while the filter runs (Geneve). */
  readonly cells: number[];
}

/** What a live capture knows besides the bytes. */
export interface Capture {
  readonly outgoing: boolean;
  readonly ifindex: number;
}

export const newView = (bytes: Uint8Array, wireLength: number, how: Capture): View => ({ bytes, wireLength, ...how, fault: false, cells: [] });

export type LoadSize = 1 | 2 | 4;

/** A value computed from the packet. `key` names it: equal keys have equal values for a packet. */
export interface Value {
  readonly key: string;
  readonly get: (v: View) => number;
  /** Set when it does not depend on the packet. */
  readonly constant?: number;
}

export function load(v: View, at: number, size: LoadSize): number {
  if (at < 0 || at + size > v.bytes.length) {
    v.fault = true;
    return 0;
  }
  if (size === 1) return v.bytes[at] ?? 0;
  return size === 2 ? readU16(v.bytes, at) : readU32(v.bytes, at);
}

export const constant = (n: number): Value => ({ key: `#${n}`, get: () => n, constant: n });

export type Comparison = "=" | ">" | ">=";

/** A filter as a tree of tests. */
export type Node =
  | { readonly is: "test"; readonly left: Value; readonly op: Comparison; readonly right: Value }
  | { readonly is: "and" | "or"; readonly a: Node; readonly b: Node }
  | { readonly is: "not"; readonly a: Node }
  | { readonly is: "always"; readonly value: boolean }
  /** Work done on the way, then true (Geneve's offsets), or a walk of its own (protochain). */
  | { readonly is: "run"; readonly run: (v: View) => boolean };

export const and = (a: Node, b: Node): Node => ({ is: "and", a, b });
export const or = (a: Node, b: Node): Node => ({ is: "or", a, b });
export const not = (a: Node): Node => ({ is: "not", a });
export const always = (value: boolean): Node => ({ is: "always", value });
export const allOf = (first: Node, ...rest: readonly Node[]): Node => rest.reduce(and, first);
export const anyOf = (first: Node, ...rest: readonly Node[]): Node => rest.reduce(or, first);
export const test = (left: Value, op: Comparison, right: Value | number): Node => ({
  is: "test", left, op, right: typeof right === "number" ? constant(right >>> 0) : right,
});

/** `value & mask`; the whole mask changes nothing. */
export function masked(value: Value, mask: number): Value {
  const m = mask >>> 0;
  if (m === 0xffffffff) return value;
  if (m === 0) return constant(0);
  return { key: `(${value.key}&${m})`, get: (v) => (value.get(v) & m) >>> 0 };
}

function compare(op: Comparison, a: number, b: number): boolean {
  if (op === "=") return a === b;
  return op === ">" ? a > b : a >= b;
}

/** Runs the tree from left to right; what need not be known is not looked at, as in the BPF program. */
export function evaluate(n: Node, v: View): boolean {
  switch (n.is) {
    case "test":
      return compare(n.op, n.left.get(v), n.right.get(v));
    case "and":
      return evaluate(n.a, v) && evaluate(n.b, v);
    case "or":
      return evaluate(n.a, v) || evaluate(n.b, v);
    case "not":
      return !evaluate(n.a, v);
    case "always":
      return n.value;
    case "run":
      return n.run(v);
  }
}

/** What is known on one path through the tree: outcomes of tests, and values that proved equal to a constant. */
interface Facts {
  readonly outcomes: ReadonlyMap<string, boolean>;
  readonly values: ReadonlyMap<string, number>;
}

const MAX_STEPS = 50_000;

/**
 * False when no packet can pass, by what libpcap's optimiser notices: constants, the same test
 * asked twice, and one value compared with two constants.
 */
export function canPass(root: Node): boolean {
  let steps = 0;
  // Walks all outcomes of `n`; `then` goes on with the outcome and answers whether true was reached at the end.
  const walk = (n: Node, facts: Facts, then: (outcome: boolean, facts: Facts) => boolean): boolean => {
    if (++steps > MAX_STEPS) return true;
    switch (n.is) {
      case "always":
        return then(n.value, facts);
      case "not":
        return walk(n.a, facts, (outcome, f) => then(!outcome, f));
      case "and":
        return walk(n.a, facts, (outcome, f) => (outcome ? walk(n.b, f, then) : then(false, f)));
      case "or":
        return walk(n.a, facts, (outcome, f) => (outcome ? then(true, f) : walk(n.b, f, then)));
      case "run":
        return then(true, facts) || then(false, facts);
      case "test":
        return walkTest(n, facts, then);
    }
  };
  return walk(root, { outcomes: new Map(), values: new Map() }, (outcome) => outcome);
}

function walkTest(n: Extract<Node, { is: "test" }>, facts: Facts, then: (outcome: boolean, facts: Facts) => boolean): boolean {
  const [a, b] = [n.left.constant, n.right.constant];
  if (a !== undefined && b !== undefined) return then(compare(n.op, a, b), facts);
  const key = `${n.left.key}${n.op}${n.right.key}`;
  const known = facts.outcomes.get(key);
  if (known !== undefined) return then(known, facts);
  const value = facts.values.get(n.left.key);
  if (n.op === "=" && b !== undefined && value !== undefined) return then(value === b, facts);
  const withOutcome = (outcome: boolean): Facts => ({
    outcomes: new Map([...facts.outcomes, [key, outcome]]),
    values: outcome && n.op === "=" && b !== undefined ? new Map([...facts.values, [n.left.key, b]]) : facts.values,
  });
  return then(true, withOutcome(true)) || then(false, withOutcome(false));
}
