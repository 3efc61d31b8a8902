import type { Netns } from "../../core/netns.ts";
import { trace } from "../../core/trace.ts";
import type { Loser } from "../../uapi/trace.ts";
import { describeAction, explainMiss } from "./explain.ts";
import type { EvalFrame } from "./frame.ts";
import type { NftChain, NftRule, RunVerdict } from "./model.ts";
import { NfTrace } from "./nftrace.ts";

/** Losers named in one event; long chains end in "… and N more". */
const MOST_LOSERS = 64;

/** Tells one evaluation: to the simulation's trace (every rule that matched, the policy), and to `nft monitor trace`. */
export class EvalTracer {
  readonly #frame: EvalFrame;
  readonly #base: NftChain;
  readonly #nftrace: NfTrace;
  #losers: Loser[] = [];
  #more = 0;

  constructor(frame: EvalFrame, base: NftChain) {
    this.#frame = frame;
    this.#base = base;
    this.#nftrace = new NfTrace(frame, base);
  }

  /** A rule that did not match; `at`: the instruction that said so. */
  missed(rule: NftRule, at: number): void {
    const { pkt, regs } = this.#frame;
    if (pkt.ns.world.trace === null) return;
    if (this.#losers.length >= MOST_LOSERS) this.#more++;
    else this.#losers.push({ row: ruleRow(pkt.ns, rule), why: explainMiss(rule, at, regs, pkt) });
  }

  /** A rule that matched and let the packet go on: counters, marks … */
  wentOn(chain: NftChain, rule: NftRule): void {
    this.#nftrace.rule(chain, rule, { code: "continue" });
    this.#told(chain, rule, "continue");
  }

  /** A rule that said where to go; the end of a chain (null) is nothing to tell. */
  chainLeft(chain: NftChain, rule: NftRule | null, verdict: RunVerdict): void {
    if (rule === null) return;
    this.#nftrace.rule(chain, rule, plainVerdict(verdict));
    this.#told(chain, rule, verdict.code === "jump" || verdict.code === "goto" ? `${verdict.code} ${verdict.chain.name}` : verdict.code);
  }

  /** Nothing said anything final: the policy of the base chain. */
  policy(): void {
    const policy = this.#base.base?.policy ?? "accept";
    this.#nftrace.policy(policy);
    this.#emit(this.#base, `policy ${policy}`, `policy ${policy}`);
  }

  #told(chain: NftChain, rule: NftRule, verdict: string): void {
    const { pkt, regs } = this.#frame;
    if (pkt.ns.world.trace !== null) this.#emit(chain, ruleRow(pkt.ns, rule), describeAction(rule, regs, pkt) ?? verdict);
  }

  #emit(chain: NftChain, row: string, what: string): void {
    const { ns, skb, state } = this.#frame.pkt;
    if (ns.world.trace === null) return;
    const losers = this.#more === 0 ? this.#losers : [...this.#losers, { row: `… and ${this.#more} more`, why: "no match" }];
    const note = `table ${chain.table.family} ${chain.table.name}, chain ${chain.name}: ${what}`;
    trace(ns, "nft.eval", (state.indev ?? state.outdev)?.name ?? "", skb, { decision: { table: "nft", row, losers, note, ...(state.family === "ip" ? { hook: state.point } : {}) }, note });
    this.#losers = [];
    this.#more = 0;
  }
}

/** A rule as `nft -a list` prints it. */
export const ruleRow = (ns: Netns, rule: NftRule): string => `${ns.world.ruleText(ns, rule) ?? "rule"} # handle ${rule.handle}`;

const plainVerdict = (v: RunVerdict): Parameters<NfTrace["rule"]>[2] =>
  v.code === "jump" || v.code === "goto" ? { code: v.code, chain: v.chain.name } : { code: v.code === "stolen" ? "drop" : v.code };
