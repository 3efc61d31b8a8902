import type { HookVerdict } from "../../core/hook.ts";
import { policyOf } from "./eval.ts";
import { EvalTracer } from "./eval-trace.ts";
import { type EvalFrame, JUMP_STACK } from "./frame.ts";
import type { NftChain, NftRule } from "./model.ts";
import { CONTINUE } from "./vm.ts";

/** Where the traced machine stands. */
interface Cursor {
  chain: NftChain;
  rules: readonly NftRule[];
  at: number;
  depth: number;
}

/** nft_do_chain with somebody watching: the same machine as in eval.ts, telling each step. */
export function runTraced(frame: EvalFrame, base: NftChain): HookVerdict {
  const tracer = new EvalTracer(frame, base);
  const cursor: Cursor = { chain: base, rules: base.rules, at: 0, depth: 0 };
  for (;;) {
    const rule = nextMatch(frame, cursor, tracer);
    const { verdict } = frame.regs;
    tracer.chainLeft(cursor.chain, rule, verdict);
    frame.regs.verdict = CONTINUE;
    if (verdict.code === "accept" || verdict.code === "drop" || verdict.code === "stolen") return verdict.code;
    if (verdict.code === "jump" || verdict.code === "goto") {
      if (verdict.code === "jump" && !remember(frame, cursor)) return "drop";
      Object.assign(cursor, { chain: verdict.chain, rules: verdict.chain.rules, at: 0 });
    } else if (!comeBack(frame, cursor)) {
      tracer.policy();
      return policyOf(base, frame);
    }
  }
}

/** Runs rules until one says where to go; null = the end of the chain. */
function nextMatch(frame: EvalFrame, cursor: Cursor, tracer: EvalTracer): NftRule | null {
  while (cursor.at < cursor.rules.length) {
    const rule = cursor.rules[cursor.at++]!;
    const failedAt = runRule(frame, rule);
    const { verdict } = frame.regs;
    if (verdict.code === "break") {
      tracer.missed(rule, failedAt);
      frame.regs.verdict = CONTINUE;
    } else if (verdict === CONTINUE) tracer.wentOn(cursor.chain, rule);
    else return rule;
  }
  return null;
}

/** Runs one rule; which instruction ended it. */
function runRule(frame: EvalFrame, rule: NftRule): number {
  const { regs, pkt } = frame;
  for (let i = 0; i < rule.ops.length; i++) {
    rule.ops[i]!.eval(regs, pkt);
    if (regs.verdict !== CONTINUE) return i;
  }
  return rule.ops.length;
}

function remember(frame: EvalFrame, cursor: Cursor): boolean {
  if (cursor.depth >= JUMP_STACK) return false;
  Object.assign(frame.stack[cursor.depth++]!, { chain: cursor.chain, rules: cursor.rules, at: cursor.at });
  return true;
}

function comeBack(frame: EvalFrame, cursor: Cursor): boolean {
  if (cursor.depth === 0) return false;
  const { chain, rules, at } = frame.stack[--cursor.depth]!;
  Object.assign(cursor, { chain: chain!, rules, at });
  return true;
}

