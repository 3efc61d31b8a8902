import type { NftCompatInfo } from "../../net/uapi/nft-expr.ts";

/** A rule as iptables thinks of it: what `-A` spells and `-S` prints. */
export interface IptRule {
  readonly src: AddrMask;
  readonly dst: AddrMask;
  /** Names as typed, "+" at the end for all that start so; "" = any. */
  readonly inIface: string;
  readonly outIface: string;
  /** 0 = any. */
  readonly proto: number;
  readonly frag: boolean;
  readonly invert: readonly Invertible[];
  readonly matches: readonly XtUse[];
  /** An extension (ACCEPT and its like included); null: `jumpto` is a chain, or nothing. */
  readonly target: XtUse | null;
  readonly jumpto: string;
  readonly goto: boolean;
  readonly packets: number;
  readonly bytes: number;
}

export type Invertible = "src" | "dst" | "in" | "out" | "proto" | "frag";

/** Unsigned 32-bit numbers. */
export interface AddrMask {
  readonly addr: number;
  readonly mask: number;
}

/** One match or target with what it keeps. `name`: the kernel's (never an alias). */
export interface XtUse {
  readonly name: string;
  readonly info: NftCompatInfo;
}

export const ANY_ADDR: AddrMask = { addr: 0, mask: 0 };

export const EMPTY_RULE: IptRule = {
  src: ANY_ADDR, dst: ANY_ADDR, inIface: "", outIface: "", proto: 0, frag: false, invert: [], matches: [], target: null, jumpto: "", goto: false, packets: 0, bytes: 0,
};

export const VERDICTS = ["ACCEPT", "DROP", "RETURN"] as const;

const sameUse = (a: XtUse, b: XtUse): boolean => a.name === b.name && JSON.stringify(a.info) === JSON.stringify(b.info);
const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));

/** Do they match and do the same, counters aside? (What `-D` and `-C` compare.) */
export function sameRule(a: IptRule, b: IptRule): boolean {
  const heads = (r: IptRule): string => JSON.stringify([r.src, r.dst, r.inIface, r.outIface, r.proto, r.frag, r.goto]);
  if (heads(a) !== heads(b) || !sameSet(a.invert, b.invert)) return false;
  if (a.matches.length !== b.matches.length || !a.matches.every((m, i) => sameUse(m, b.matches[i]!))) return false;
  if ((a.target === null) !== (b.target === null)) return false;
  return a.target === null || b.target === null ? a.jumpto === b.jumpto : sameUse(a.target, b.target);
}
