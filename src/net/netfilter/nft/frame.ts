import type { NftChain, NftRegs, NftRule } from "./model.ts";
import { PktInfo } from "./pktinfo.ts";
import { newRegs } from "./vm.ts";

/** NFT_JUMP_STACK_SIZE: deeper jumps drop the packet (the control plane refuses to build them). */
export const JUMP_STACK = 16;

/** Where to go on when a chain returns. */
export interface JumpFrom {
  chain: NftChain | null;
  rules: readonly NftRule[];
  at: number;
}

/** What one evaluation needs; kept for the next one of the same depth (a rule may send a packet that is evaluated in turn). */
export interface EvalFrame {
  readonly regs: NftRegs;
  readonly pkt: PktInfo;
  readonly stack: readonly JumpFrom[];
}

/** Evaluations under way in a namespace. */
export interface NftScratch {
  depth: number;
  readonly frames: EvalFrame[];
}

export const newFrame = (): EvalFrame => ({
  regs: newRegs(),
  pkt: new PktInfo(),
  stack: Array.from({ length: JUMP_STACK }, () => ({ chain: null, rules: [], at: 0 })),
});
