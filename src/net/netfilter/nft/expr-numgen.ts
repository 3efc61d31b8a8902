import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { checkReg, firstError, store32 } from "./vm.ts";

/** A modulus of at least 1, and results that stay in 32 bits: ERANGE, EOVERFLOW. */
export const checkModulus = (modulus: number, offset: number): Errno | null =>
  modulus < 1 ? "ERANGE" : offset + modulus - 1 > 0xffffffff ? "EOVERFLOW" : null;

/** nft_numgen.c: counting up, or random. */
export function bindNumgen(_: NftBind, expr: ExprOf<"numgen">): NftOp | Errno {
  const { modulus, offset } = expr;
  const error = firstError(checkModulus(modulus, offset), checkReg(expr.dreg, 4));
  if (error !== null) return error;
  const at = expr.dreg * 4;
  let last = modulus - 1;
  const next = (regs: NftRegs): void => {
    last = last + 1 < modulus ? last + 1 : 0;
    store32(regs, at, last + offset);
  };
  const random = (regs: NftRegs, pkt: NftPkt): void => store32(regs, at, reciprocalScale(pkt.ns.world.sim.rng.u32(), modulus) + offset);
  return { op: "numgen", eval: expr.kind === "inc" ? next : random, dump: () => expr };
}

/** reciprocal_scale: a 32-bit number squeezed into [0, range) without a division; exact also where the product passes 2^53. */
export function reciprocalScale(n: number, range: number): number {
  const product = n * range;
  return product <= Number.MAX_SAFE_INTEGER ? Math.floor(product / 0x100000000) : Number((BigInt(n) * BigInt(range)) >> 32n);
}
