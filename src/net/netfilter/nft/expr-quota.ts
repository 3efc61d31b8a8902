import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK } from "./vm.ts";

export type QuotaSpec = Pick<ExprOf<"quota">, "bytes" | "used" | "invert" | "depleted">;

/** struct nft_quota: counts every byte that passes, also past its end. */
export class Quota {
  readonly #spec: QuotaSpec;
  #consumed: number;

  private constructor(spec: QuotaSpec) {
    this.#spec = spec;
    this.#consumed = spec.used;
  }

  /** nft_quota_do_init: EOVERFLOW above 2^63, EINVAL when more is used than there is, EOPNOTSUPP for "depleted". */
  static from(spec: QuotaSpec): Quota | Errno {
    if (spec.bytes >= 2 ** 63) return "EOVERFLOW";
    if (spec.used > spec.bytes) return "EINVAL";
    return spec.depleted === true ? "EOPNOTSUPP" : new Quota(spec);
  }

  /** nft_overquota: `until` holds up to the quota, `over` beyond it. */
  matches(pkt: NftPkt): boolean {
    this.#consumed += pkt.skb.length;
    return this.#consumed > this.#spec.bytes === this.#spec.invert;
  }

  /** What a dump shows never exceeds the quota. */
  state(): QuotaSpec {
    const { bytes, invert } = this.#spec;
    const isDepleted = this.#consumed >= bytes;
    return { bytes, used: Math.min(this.#consumed, bytes), invert, ...(isDepleted ? { depleted: true } : {}) };
  }

  reset(): void {
    this.#consumed = 0;
  }
}

/** nft_quota.c. */
export function bindQuota(_: NftBind, expr: ExprOf<"quota">): NftOp | Errno {
  // A listing that is read back says how much was used; "depleted" follows from that.
  const quota = Quota.from({ bytes: expr.bytes, used: expr.used, invert: expr.invert });
  if (typeof quota === "string") return quota;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (!quota.matches(pkt)) regs.verdict = BREAK;
  };
  return { op: "quota", eval: evaluate, dump: () => ({ op: "quota", ...quota.state() }), reset: () => quota.reset() };
}
