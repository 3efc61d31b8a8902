import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { uses } from "./expr-lookup.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg } from "./vm.ts";

/** nft_objref.c: runs a named object. */
export function bindObjref(bind: NftBind, expr: ExprOf<"objref">): NftOp | Errno {
  const obj = bind.obj(expr.type, expr.name);
  if (obj === null) return "ENOENT";
  return {
    op: "objref", eval: (regs, pkt) => obj.op.eval(regs, pkt), dump: () => expr,
    activate: () => void obj.use++, deactivate: () => void obj.use--,
  };
}

/** nft_objref.c, nft_objref_map_eval: which object, a map says. */
export function bindObjrefMap(bind: NftBind, expr: ExprOf<"objref.map">): NftOp | Errno {
  const set = bind.set(expr.set, expr.setId);
  if (set === null) return "ENOENT";
  if (set.spec.flags.object !== true) return "EINVAL";
  const error = checkReg(expr.sreg, set.spec.keyLen);
  if (error !== null) return error;
  const at = expr.sreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const obj = set.lookup(regs.data, at, pkt.ns.world.sim.nowNs)?.obj ?? null;
    if (obj === null) regs.verdict = BREAK;
    else obj.op.eval(regs, pkt);
  };
  const { setId: _setId, ...plain } = expr;
  return { op: "objref.map", eval: evaluate, dump: () => ({ ...plain, set: set.name }), ...uses(set) };
}
