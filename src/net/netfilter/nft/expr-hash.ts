import { ipDst, ipSrc } from "../../../wire/ipv4.ts";
import { readU16, writeU16, writeU32 } from "../../../wire/addr.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { checkModulus, reciprocalScale } from "./expr-numgen.ts";
import { jhash } from "./jhash.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { checkReg, checkU8, firstError, store32 } from "./vm.ts";

/** nft_hash.c: jhash of a register, scaled. Without a seed the kernel draws one for the rule and shows none. */
export function bindJhash(bind: NftBind, expr: ExprOf<"jhash">): NftOp | Errno {
  const { len, modulus, offset } = expr;
  const error = firstError(checkU8(len), len === 0 ? "ERANGE" : null, checkModulus(modulus, offset), checkReg(expr.sreg, len), checkReg(expr.dreg, 4));
  if (error !== null) return error;
  const seed = expr.seed ?? bind.ns.world.sim.rng.u32();
  const from = expr.sreg * 4;
  const to = expr.dreg * 4;
  const evaluate = (regs: NftRegs): void => store32(regs, to, reciprocalScale(jhash(regs.data, from, len, seed), modulus) + offset);
  return { op: "jhash", eval: evaluate, dump: () => expr };
}

/** nft_hash.c, symmetric: both directions of a flow get the same number. The kernel's key is random, so is ours by the seed. */
export function bindSymhash(_: NftBind, expr: ExprOf<"symhash">): NftOp | Errno {
  const { modulus, offset } = expr;
  const error = firstError(checkModulus(modulus, offset), checkReg(expr.dreg, 4));
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const scratch = new Uint8Array(13);
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => store32(regs, at, reciprocalScale(symmetricHash(pkt, scratch), modulus) + offset);
  return { op: "symhash", eval: evaluate, dump: () => expr };
}

const hasPorts = (protocol: number): boolean => protocol === 6 || protocol === 17 || protocol === 33 || protocol === 132 || protocol === 136;

/** __skb_get_hash_symmetric: addresses, protocol and ports, the smaller end first. */
function symmetricHash(pkt: NftPkt, scratch: Uint8Array): number {
  const { buf, netAt, end } = pkt.skb;
  scratch.fill(0);
  if (pkt.family === "ip" || (pkt.l4proto >= 0 && netAt >= 0 && buf[netAt]! >> 4 === 4)) {
    const withPorts = hasPorts(pkt.l4proto) && pkt.fragOffset === 0 && pkt.thAt + 4 <= end;
    const a = { addr: ipSrc(buf, netAt), port: withPorts ? readU16(buf, pkt.thAt) : 0 };
    const b = { addr: ipDst(buf, netAt), port: withPorts ? readU16(buf, pkt.thAt + 2) : 0 };
    const [low, high] = a.addr < b.addr || (a.addr === b.addr && a.port <= b.port) ? [a, b] : [b, a];
    writeU32(scratch, 0, low.addr);
    writeU32(scratch, 4, high.addr);
    writeU16(scratch, 8, low.port);
    writeU16(scratch, 10, high.port);
  }
  scratch[12] = Math.max(0, pkt.l4proto);
  return jhash(scratch, 0, scratch.length, pkt.ns.world.hashSeed);
}
