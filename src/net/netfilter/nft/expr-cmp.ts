import type { Errno } from "../../uapi/errno.ts";
import type { NftCmpOp } from "../../uapi/nft-expr.ts";
import type { NftBind, NftOp, NftRegs } from "./model.ts";
import { BREAK, DATA_BYTES, checkReg, compareBytes, firstError } from "./vm.ts";
import type { ExprOf } from "./expr.ts";

/** nft_value_init: at least a byte, at most struct nft_data. */
export const checkData = (data: Uint8Array): Errno | null => (data.length === 0 ? "EINVAL" : data.length > DATA_BYTES ? "EOVERFLOW" : null);

/** nft_cmp.c: compares a register with a constant, byte by byte from the left. */
export function bindCmp(_: NftBind, expr: ExprOf<"cmp">): NftOp | Errno {
  const { data } = expr;
  const error = firstError(checkData(data), checkReg(expr.sreg, data.length));
  if (error !== null) return error;
  const at = expr.sreg * 4;
  return { op: "cmp", eval: expr.cmp === "eq" ? evalEq(at, data) : evalCmp(at, data, expr.cmp), dump: () => expr };
}

/** nft_cmp_fast and nft_cmp16_fast: nearly every comparison is for equality. */
function evalEq(at: number, data: Uint8Array): NftOp["eval"] {
  const len = data.length;
  if (len === 4) return evalEqWord(at, data[0]!, data[1]!, data[2]!, data[3]!);
  return (regs) => {
    const have = regs.data;
    for (let i = 0; i < len; i++) {
      if (have[at + i] === data[i]) continue;
      regs.verdict = BREAK;
      return;
    }
  };
}

function evalEqWord(at: number, a: number, b: number, c: number, d: number): NftOp["eval"] {
  return (regs) => {
    const have = regs.data;
    if (have[at + 3] !== d || have[at + 2] !== c || have[at + 1] !== b || have[at] !== a) regs.verdict = BREAK;
  };
}

function evalCmp(at: number, data: Uint8Array, cmp: NftCmpOp): NftOp["eval"] {
  const len = data.length;
  return (regs) => {
    if (!holds(cmp, compareBytes(regs.data, at, data, len))) regs.verdict = BREAK;
  };
}

function holds(cmp: NftCmpOp, d: number): boolean {
  switch (cmp) {
    case "eq": return d === 0;
    case "neq": return d !== 0;
    case "lt": return d < 0;
    case "lte": return d <= 0;
    case "gt": return d > 0;
    case "gte": return d >= 0;
  }
}

/** nft_range.c: inside (or, negated, outside) two bounds that both belong to the range. */
export function bindRange(_: NftBind, expr: ExprOf<"range">): NftOp | Errno {
  const { from, to } = expr;
  const error = firstError(checkData(from), checkData(to), from.length === to.length ? null : "EINVAL", checkReg(expr.sreg, from.length));
  if (error !== null) return error;
  const at = expr.sreg * 4;
  const wantInside = expr.cmp === "eq";
  const evaluate = (regs: NftRegs): void => {
    const inside = compareBytes(regs.data, at, from, from.length) >= 0 && compareBytes(regs.data, at, to, to.length) <= 0;
    if (inside !== wantInside) regs.verdict = BREAK;
  };
  return { op: "range", eval: evaluate, dump: () => expr };
}
