import type { NftPkt, NftRegs, NftRule } from "./model.ts";

/** Why a rule did not match, in plain words; `at` is the instruction that said so. */
export function explainMiss(rule: NftRule, at: number, _regs: NftRegs, _pkt: NftPkt): string {
  return `no match at ${rule.ops[at]?.op ?? "its end"}`;
}

/** What a rule that matched did, where that says more than its verdict. */
export function describeAction(_rule: NftRule, _regs: NftRegs, _pkt: NftPkt): string | null {
  return null;
}
