// From core/hook.ts: a base chain's place in a hook list was reached. Next: its verdict goes back there.
import type { HookState, HookVerdict } from "../../core/hook.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import { runTraced } from "./eval-traced.ts";
import { type EvalFrame, JUMP_STACK, type NftScratch, newFrame } from "./frame.ts";
import type { NftChain, NftNet } from "./model.ts";
import { setPktInfo } from "./pktinfo.ts";
import { CONTINUE } from "./vm.ts";

/** nft_do_chain (nf_tables_core.c): runs the rules of a base chain on a packet. */
export function nftDoChain(ns: Netns, skb: Skb, state: HookState, chain: NftChain): HookVerdict {
  const scratch = scratchOf(ns.nf.nft);
  const frame = (scratch.frames[scratch.depth++] ??= newFrame());
  try {
    if (!setPktInfo(frame.pkt, ns, skb, state, chain.table.family)) return "accept";
    frame.regs.data.fill(0);
    frame.regs.verdict = CONTINUE;
    if (ns.world.trace !== null || ns.nf.nft.traceListeners.size > 0) return runTraced(frame, chain);
    return run(frame, chain);
  } finally {
    scratch.depth--;
  }
}

const scratchOf = (net: NftNet): NftScratch => (net.scratch ??= { depth: 0, frames: [] });

/** The machine without anybody watching: allocates nothing. */
function run(frame: EvalFrame, base: NftChain): HookVerdict {
  const { regs, pkt, stack } = frame;
  let { rules } = base;
  let at = 0;
  let depth = 0;
  for (;;) {
    while (at < rules.length && regs.verdict === CONTINUE) {
      const { ops } = rules[at++]!;
      for (let i = 0; i < ops.length && regs.verdict === CONTINUE; i++) ops[i]!.eval(regs, pkt);
      if (regs.verdict.code === "break") regs.verdict = CONTINUE;
    }
    const { verdict } = regs;
    if (verdict.code === "accept" || verdict.code === "drop" || verdict.code === "stolen") return verdict.code;
    regs.verdict = CONTINUE;
    if (verdict.code === "jump" || verdict.code === "goto") {
      if (verdict.code === "jump") {
        if (depth >= JUMP_STACK) return "drop";
        const saved = stack[depth++]!;
        saved.rules = rules;
        saved.at = at;
      }
      rules = verdict.chain.rules;
      at = 0;
    } else if (depth > 0) {
      const saved = stack[--depth]!;
      ({ rules, at } = saved);
    } else return policyOf(base, frame);
  }
}

/** The end of a base chain: its counters count what comes this far. */
export function policyOf(base: NftChain, frame: EvalFrame): HookVerdict {
  const hooked = base.base;
  if (hooked === null) return "accept";
  if (hooked.counters !== null) {
    hooked.counters.packets++;
    hooked.counters.bytes += frame.pkt.skb.length;
  }
  return hooked.policy;
}
