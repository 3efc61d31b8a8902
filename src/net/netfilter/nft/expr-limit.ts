import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK } from "./vm.ts";

/** What a limit is told: the statement's and the named object's fields are the same. */
export type LimitSpec = Pick<ExprOf<"limit">, "kind" | "rate" | "unitSec" | "burst" | "invert">;

const NSEC_PER_SEC = 1_000_000_000;
const U64 = 1n << 64n;
/** NFT_LIMIT_PKT_BURST_DEFAULT. */
const DEFAULT_BURST = 5;

/** A token bucket whose tokens are nanoseconds (struct nft_limit_priv). */
export class Limit {
  readonly spec: LimitSpec;
  readonly #unitNs: number;
  /** Price of a packet, ns; byte limits price each byte. */
  readonly #packetCostNs: number;
  readonly #tokensMaxNs: number;
  #tokensNs: number;
  #lastNs: number;

  private constructor(spec: LimitSpec, tokensNs: number, nowNs: number) {
    this.spec = spec;
    this.#unitNs = spec.unitSec * NSEC_PER_SEC;
    this.#packetCostNs = Math.floor(this.#unitNs / spec.rate);
    this.#tokensMaxNs = tokensNs;
    this.#tokensNs = tokensNs;
    this.#lastNs = nowNs;
  }

  /** nft_limit_init: EINVAL without a rate, EOVERFLOW when the bucket does not fit 64 bits. */
  static from(given: LimitSpec, nowNs: number): Limit | Errno {
    if (given.rate <= 0) return "EINVAL";
    const spec = given.kind === "packets" && given.burst === 0 ? { ...given, burst: DEFAULT_BURST } : given;
    const tokens = bucketNs(spec);
    return tokens === null ? "EOVERFLOW" : new Limit(spec, Number(tokens), nowNs);
  }

  /** nft_limit_eval: over the limit, or (inverted) within it, the rule does not match. */
  matches(pkt: NftPkt): boolean {
    const now = pkt.ns.world.sim.nowNs;
    const tokens = Math.min(this.#tokensNs + now - this.#lastNs, this.#tokensMaxNs);
    this.#lastNs = now;
    const left = tokens - this.#costNs(pkt.skb.length);
    this.#tokensNs = left >= 0 ? left : tokens;
    return left >= 0 !== this.spec.invert;
  }

  #costNs(lengthBytes: number): number {
    if (this.spec.kind === "packets") return this.#packetCostNs;
    const product = this.#unitNs * lengthBytes;
    if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / this.spec.rate);
    return Number((BigInt(this.#unitNs) * BigInt(lengthBytes)) / BigInt(this.spec.rate));
  }
}

/** Size of the bucket: burst packets, or unit × (rate + burst) / rate; null = does not fit. */
function bucketNs(spec: LimitSpec): bigint | null {
  const unit = BigInt(spec.unitSec) * BigInt(NSEC_PER_SEC);
  const rate = BigInt(spec.rate);
  if (unit >= U64 || rate + BigInt(spec.burst) >= U64) return null;
  if (spec.kind === "packets") {
    const tokens = (unit / rate) * BigInt(spec.burst);
    return tokens >= U64 ? null : tokens;
  }
  const product = unit * (rate + BigInt(spec.burst));
  return product >= U64 ? null : product / rate;
}

/** nft_limit.c. */
export function bindLimit(bind: NftBind, expr: ExprOf<"limit">): NftOp | Errno {
  const limit = Limit.from(expr, bind.ns.world.sim.nowNs);
  if (typeof limit === "string") return limit;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (!limit.matches(pkt)) regs.verdict = BREAK;
  };
  const { kind, rate, unitSec, burst, invert } = limit.spec;
  return { op: "limit", eval: evaluate, dump: () => ({ op: "limit", kind, rate, unitSec, burst, invert }) };
}
