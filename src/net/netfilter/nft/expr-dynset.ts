import type { Errno } from "../../uapi/errno.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { bindExpr, type ExprOf } from "./expr.ts";
import { runElemOps, uses } from "./expr-lookup.ts";
import type { NftBind, NftOp, NftPkt, NftRegs, NftSet, NftSetElem } from "./model.ts";
import { inTicks } from "./set-object.ts";
import { BREAK, checkReg, firstError } from "./vm.ts";

const NS_PER_MS = 1_000_000;

/** nft_dynset.c: the packet adds, refreshes or deletes an element. A full set, or with `!` a success, does not match. */
export function bindDynset(bind: NftBind, given: ExprOf<"dynset">): NftOp | Errno {
  const expr = given.timeoutMs === undefined ? given : { ...given, timeoutMs: inTicks(given.timeoutMs) };
  const set = bind.set(expr.set, expr.setId);
  if (set === null) return "ENOENT";
  const error = checkDynset(set, expr);
  if (error !== null) return error;
  const elemExprs = expr.exprs.length > 0 ? expr.exprs : (set.spec.exprs ?? []);
  const trial = bindAll(bind, elemExprs);
  if (typeof trial === "string") return trial;
  set.boundSize();
  const run = expr.cmd === "delete" ? remover(set, expr) : updater(bind, set, expr, elemExprs);
  const { setId: _setId, ...plain } = expr;
  const tracked = trial.filter((op) => op.activate !== undefined);
  const use = uses(set);
  return {
    op: "dynset", eval: run, dump: () => ({ ...plain, set: set.name }),
    activate: () => {
      use.activate?.();
      for (const op of tracked) op.activate?.();
    },
    deactivate: () => {
      for (const op of tracked) op.deactivate?.();
      use.deactivate?.();
    },
  };
}

/** nft_dynset_init. */
function checkDynset(set: NftSet, expr: ExprOf<"dynset">): Errno | null {
  const { flags, keyLen, dataType, dataLen } = set.spec;
  if (!set.isUpdatable) return "EOPNOTSUPP";
  if (flags.constant === true) return "EBUSY";
  if (flags.timeout !== true && expr.timeoutMs !== undefined) return "EOPNOTSUPP";
  if (expr.exprs.length > 0 && flags.eval !== true) return "EINVAL";
  const key = checkReg(expr.sreg, keyLen);
  if (key !== null) return key;
  if (expr.sregData === undefined) return flags.map === true ? "EINVAL" : null;
  if (flags.map !== true || dataType === "verdict") return "EOPNOTSUPP";
  return firstError(checkReg(expr.sregData, dataLen ?? 0));
}

function bindAll(bind: NftBind, exprs: readonly NftExpr[]): NftOp[] | Errno {
  const ops: NftOp[] = [];
  for (const expr of exprs) {
    if (!STATEFUL.includes(expr.op)) return "EOPNOTSUPP";
    const op = bindExpr(bind, expr);
    if (typeof op === "string") return op;
    ops.push(op);
  }
  return ops;
}

/** NFT_EXPR_STATEFUL. */
const STATEFUL: readonly NftExpr["op"][] = ["counter", "limit", "quota", "connlimit", "last"];

function remover(set: NftSet, expr: ExprOf<"dynset">): NftOp["eval"] {
  const at = expr.sreg * 4;
  return ({ data }) => set.remove(data.slice(at, at + set.spec.keyLen));
}

function updater(bind: NftBind, set: NftSet, expr: ExprOf<"dynset">, exprs: readonly NftExpr[]): NftOp["eval"] {
  const at = expr.sreg * 4;
  const make = (regs: NftRegs, nowNs: number): Omit<NftSetElem, "key"> => newElem(bind, set, expr, exprs, regs, nowNs);
  return (regs: NftRegs, pkt: NftPkt) => {
    const now = pkt.ns.world.sim.nowNs;
    const elem = set.update(regs.data.slice(at, at + set.spec.keyLen), now, () => make(regs, now));
    if (elem !== null) {
      if (expr.cmd === "update") refresh(elem, expr.timeoutMs ?? set.spec.timeoutMs, now);
      runElemOps(elem, regs, pkt);
    }
    if ((elem !== null) === expr.invert) regs.verdict = BREAK;
  };
}

/** `update`: the element lives another timeout from now on. */
function refresh(elem: NftSetElem, timeoutMs: number | undefined, nowNs: number): void {
  if (timeoutMs !== undefined && timeoutMs > 0 && elem.expiresAtNs !== null) elem.expiresAtNs = nowNs + timeoutMs * NS_PER_MS;
}

/** nft_dynset_new. */
function newElem(bind: NftBind, set: NftSet, expr: ExprOf<"dynset">, exprs: readonly NftExpr[], regs: NftRegs, nowNs: number): Omit<NftSetElem, "key"> {
  const timeoutMs = expr.timeoutMs ?? set.spec.timeoutMs ?? null;
  const from = expr.sregData === undefined ? -1 : expr.sregData * 4;
  const ops = bindAll(bind, exprs);
  return {
    keyEnd: null, intervalEnd: false, catchall: false, obj: null, userdata: null,
    data: from < 0 ? null : regs.data.slice(from, from + (set.spec.dataLen ?? 0)),
    timeoutMs, expiresAtNs: timeoutMs === null || timeoutMs === 0 ? null : nowNs + timeoutMs * NS_PER_MS,
    ops: typeof ops === "string" ? [] : ops,
  };
}
