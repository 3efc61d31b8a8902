import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { isJump } from "./expr-immediate.ts";
import type { NftBind, NftChain, NftOp, NftPkt, NftRegs, NftSet, NftSetElem } from "./model.ts";
import { BREAK, CONTINUE, checkReg, firstError } from "./vm.ts";

/** nft_lookup.c: is the key in the set? With a map, its data or verdict. */
export function bindLookup(bind: NftBind, expr: ExprOf<"lookup">): NftOp | Errno {
  const set = bind.set(expr.set, expr.setId);
  if (set === null) return "ENOENT";
  const error = firstError(checkReg(expr.sreg, set.spec.keyLen), checkTarget(set, expr), bindable(set));
  if (error !== null) return error;
  const at = expr.sreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const elem = set.lookup(regs.data, at, pkt.ns.world.sim.nowNs);
    if ((elem !== null) === expr.invert) regs.verdict = BREAK;
    else if (elem !== null) found(elem, expr.dreg, regs, pkt);
  };
  const { setId: _setId, ...plain } = expr;
  return { op: "lookup", eval: evaluate, dump: () => ({ ...plain, set: set.name }), ...uses(set), ...verdictJumps(set, expr) };
}

function checkTarget(set: NftSet, expr: ExprOf<"lookup">): Errno | null {
  const { flags, dataType, dataLen } = set.spec;
  if (expr.dreg === undefined) return flags.map === true && flags.anonymous === true ? "EINVAL" : null;
  if (expr.invert || flags.map !== true) return "EINVAL";
  if (expr.dreg === "verdict" || dataType === "verdict") return expr.dreg === "verdict" && dataType === "verdict" ? null : "EINVAL";
  return checkReg(expr.dreg, dataLen ?? 0);
}

/** nf_tables_bind_set: an anonymous set belongs to one rule. */
export const bindable = (set: NftSet): Errno | null => (set.spec.flags.anonymous === true && set.use > 0 ? "EBUSY" : null);

/** A rule that names a set keeps it from being deleted. */
export const uses = (set: NftSet): Pick<NftOp, "activate" | "deactivate"> => ({
  activate: () => void set.use++,
  deactivate: () => void set.use--,
});

function verdictJumps(set: NftSet, expr: ExprOf<"lookup">): Pick<NftOp, "jumps"> {
  return expr.dreg === "verdict" ? { jumps: () => setJumps(set) } : {};
}

/** Chains that the elements of a verdict map lead to. */
export function setJumps(set: NftSet): readonly NftChain[] {
  const chains = new Set<NftChain>();
  for (const { data } of set.elems?.() ?? []) if (data !== null && !(data instanceof Uint8Array) && isJump(data)) chains.add(data.chain);
  return [...chains];
}

function found(elem: NftSetElem, dreg: ExprOf<"lookup">["dreg"], regs: NftRegs, pkt: NftPkt): void {
  const { data } = elem;
  if (dreg !== undefined && data instanceof Uint8Array && typeof dreg === "number") storeData(regs, dreg * 4, data);
  else if (dreg === "verdict" && data !== null && !(data instanceof Uint8Array)) regs.verdict = data.code === "continue" ? CONTINUE : data;
  if (elem.ops.length > 0) runElemOps(elem, regs, pkt);
}

function storeData(regs: NftRegs, at: number, data: Uint8Array): void {
  regs.data.set(data, at);
  regs.data.fill(0, at + data.length, (at + data.length + 3) & ~3);
}

/** nft_set_elem_update_expr: the element's own counter, limit … */
export function runElemOps(elem: NftSetElem, regs: NftRegs, pkt: NftPkt): void {
  for (const op of elem.ops) {
    op.eval(regs, pkt);
    if (regs.verdict.code === "break") return;
  }
}
