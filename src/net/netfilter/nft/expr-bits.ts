import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftRegs } from "./model.ts";
import { DATA_BYTES, checkReg, checkU8, firstError, load32, store32 } from "./vm.ts";

const checkLen = (expr: { readonly sreg: number; readonly dreg: number; readonly len: number }): Errno | null =>
  firstError(checkU8(expr.len), checkReg(expr.sreg, expr.len), checkReg(expr.dreg, expr.len));

/** nft_bitwise.c: dreg = (sreg & mask) ^ xor, in whole words. */
export function bindBitwise(_: NftBind, expr: ExprOf<"bitwise">): NftOp | Errno {
  const { len } = expr;
  const isSized = expr.mask.length === len && expr.xor.length === len && len <= DATA_BYTES;
  const error = firstError(checkLen(expr), isSized ? null : "EINVAL");
  if (error !== null) return error;
  const bytes = (len + 3) & ~3;
  const mask = padded(expr.mask, bytes);
  const xor = padded(expr.xor, bytes);
  const from = expr.sreg * 4;
  const to = expr.dreg * 4;
  const evaluate = ({ data }: NftRegs): void => {
    for (let i = 0; i < bytes; i++) data[to + i] = (data[from + i]! & mask[i]!) ^ xor[i]!;
  };
  return { op: "bitwise", eval: evaluate, dump: () => expr };
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

/** nft_bitwise.c, NFT_BITWISE_LSHIFT and _RSHIFT: words in host order, carrying from one into the next. */
export function bindShift(_: NftBind, expr: ExprOf<"shift">): NftOp | Errno {
  const error = firstError(checkLen(expr), expr.bits < 0 || expr.bits >= 32 ? "EINVAL" : null);
  if (error !== null) return error;
  const words = (expr.len + 3) >> 2;
  const from = expr.sreg * 4;
  const to = expr.dreg * 4;
  const evaluate = (regs: NftRegs): void => {
    if (expr.dir === "left") shiftLeft(regs, from, to, words, expr.bits);
    else shiftRight(regs, from, to, words, expr.bits);
  };
  return { op: "shift", eval: evaluate, dump: () => expr };
}

function shiftLeft(regs: NftRegs, from: number, to: number, words: number, bits: number): void {
  let carry = 0;
  for (let i = words - 1; i >= 0; i--) {
    const word = load32(regs.data, from + i * 4);
    store32(regs, to + i * 4, (word << bits) | carry);
    carry = bits === 0 ? 0 : word >>> (32 - bits);
  }
}

function shiftRight(regs: NftRegs, from: number, to: number, words: number, bits: number): void {
  let carry = 0;
  for (let i = 0; i < words; i++) {
    const word = load32(regs.data, from + i * 4);
    store32(regs, to + i * 4, carry | (word >>> bits));
    carry = bits === 0 ? 0 : word << (32 - bits);
  }
}

/** nft_byteorder.c: swaps 2, 4 or 8 byte units; both directions swap on a little-endian machine. */
export function bindByteorder(_: NftBind, expr: ExprOf<"byteorder">): NftOp | Errno {
  const { size, len } = expr;
  const error = firstError(size === 2 || size === 4 || size === 8 ? null : "EINVAL", checkLen(expr));
  if (error !== null) return error;
  const from = expr.sreg * 4;
  const to = expr.dreg * 4;
  const units = Math.floor(len / size);
  const scratch = new Uint8Array(units * size);
  const evaluate = ({ data }: NftRegs): void => {
    for (let u = 0; u < units; u++) for (let i = 0; i < size; i++) scratch[u * size + i] = data[from + u * size + size - 1 - i]!;
    data.set(scratch, to);
  };
  return { op: "byteorder", eval: evaluate, dump: () => expr };
}
