import type { Errno } from "../../uapi/errno.ts";
import type { NftVerdict } from "../../uapi/nft-expr.ts";
import { checkData } from "./expr-cmp.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftChain, NftOp, RunVerdict } from "./model.ts";
import { ACCEPT, BREAK, CONTINUE, DROP, RETURN, checkReg, firstError } from "./vm.ts";

/** nft_immediate.c: a constant into a register. */
export function bindImmediate(_: NftBind, expr: ExprOf<"immediate">): NftOp | Errno {
  const { data } = expr;
  const error = firstError(checkData(data), checkReg(expr.dreg, data.length));
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const padded = new Uint8Array((data.length + 3) & ~3);
  padded.set(data);
  return { op: "immediate", eval: (regs) => regs.data.set(padded, at), dump: () => expr };
}

/** nft_immediate.c writing the verdict register. Jumps need a chain of the same table that is not a base chain. */
export function bindVerdict(bind: NftBind, expr: ExprOf<"verdict">): NftOp | Errno {
  const run = resolveVerdict(bind, expr.verdict);
  if (typeof run === "string") return run;
  const evaluate: NftOp["eval"] = (regs) => {
    regs.verdict = run;
  };
  if (!isJump(run)) return { op: "verdict", eval: evaluate, dump: () => expr };
  const { code, chain } = run;
  return {
    op: "verdict", eval: evaluate, dump: () => ({ op: "verdict", verdict: { code, chain: chain.name } }), jumps: () => [chain],
    activate: () => void chain.use++, deactivate: () => void chain.use--,
  };
}

export const isJump = (v: RunVerdict): v is { readonly code: "jump" | "goto"; readonly chain: NftChain } => v.code === "jump" || v.code === "goto";

/** NF_VERDICT_FLAG_QUEUE_BYPASS, NFT_QUEUE_FLAG_BYPASS: accept when no program listens. */
const QUEUE_BYPASS = 0x01;

/** nft_verdict_init: ENOENT for an unknown chain, EOPNOTSUPP for a base chain. A queue that nobody reads drops. */
export function resolveVerdict(bind: NftBind, verdict: NftVerdict): RunVerdict | Errno {
  switch (verdict.code) {
    case "accept": return ACCEPT;
    case "drop": return DROP;
    case "continue": return CONTINUE;
    case "break": return BREAK;
    case "return": return RETURN;
    case "queue": return (verdict.flags & QUEUE_BYPASS) === 0 ? DROP : ACCEPT;
    default: {
      const chain = bind.chainNamed(verdict.chain, verdict.chainId);
      if (chain === null) return "ENOENT";
      return chain.base === null ? { code: verdict.code, chain } : "EOPNOTSUPP";
    }
  }
}
