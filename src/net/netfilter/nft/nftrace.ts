import type { NftTraceMsg } from "../../uapi/nft.ts";
import type { NftVerdict } from "../../uapi/nft-expr.ts";
import type { EvalFrame } from "./frame.ts";
import type { NftChain, NftPkt, NftRule } from "./model.ts";

/**
 * nf_tables_trace.c: what `nft monitor trace` hears of packets that a rule marked with `meta nftrace set 1`.
 * Linux 6.18 also sends a message without rule handle at the end of a chain; nft prints nothing for it, nor do we send it.
 */
export class NfTrace {
  readonly #pkt: NftPkt;
  readonly #base: NftChain;
  /** nfnetlink_has_listeners, looked at once an evaluation. */
  readonly #on: boolean;
  #packetTold = false;

  constructor(frame: EvalFrame, base: NftChain) {
    this.#pkt = frame.pkt;
    this.#base = base;
    this.#on = frame.pkt.ns.nf.nft.traceListeners.size > 0;
  }

  /** A rule that matched. */
  rule(chain: NftChain, rule: NftRule, verdict: NftVerdict): void {
    if (this.#isOn()) this.#send({ is: "rule", chain: chain.name, ruleHandle: rule.handle, verdict, policy: null });
  }

  policy(policy: "accept" | "drop"): void {
    if (this.#isOn()) this.#send({ is: "policy", chain: this.#base.name, ruleHandle: null, verdict: { code: policy }, policy });
  }

  #isOn(): boolean {
    return this.#on && this.#pkt.skb.nfTrace;
  }

  #send(about: Pick<NftTraceMsg, "is" | "chain" | "ruleHandle" | "verdict" | "policy">): void {
    const { ns, skb } = this.#pkt;
    const { family, name } = this.#base.table;
    const packet = this.#packetTold ? null : packetOf(this.#pkt);
    this.#packetTold = true;
    const msg: NftTraceMsg = { ...about, id: traceId(ns.world.hashSeed, skb.id, skb.iif), family, table: name, mark: skb.mark, packet };
    for (const listener of [...ns.nf.nft.traceListeners]) listener(msg);
  }
}

/** The kernel mixes the packet's address and input device, so that one packet keeps one number. */
const traceId = (seed: number, skb: number, iif: number): number =>
  (Math.imul(skb ^ seed, 0x9e3779b1) ^ Math.imul(iif + 1, 0x85ebca6b)) >>> 0;

/** NFPROTO_*. */
export const NFPROTO: Readonly<Record<NftPkt["family"], number>> = { ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 };

/** NFT_TRACETYPE_*_HSIZE: at most so many bytes of each header. */
const MOST = { ll: 20, nh: 40, th: 20 } as const;
const NONE = new Uint8Array(0);

function packetOf(pkt: NftPkt): NonNullable<NftTraceMsg["packet"]> {
  const { skb, state } = pkt;
  const hasTh = pkt.l4proto >= 0;
  const cut = (from: number, to: number, most: number): Uint8Array => (from < 0 || to <= from ? NONE : skb.buf.slice(from, Math.min(to, from + most, skb.end)));
  return {
    iif: state.indev?.ifindex ?? 0, oif: state.outdev?.ifindex ?? 0, iiftype: state.indev?.type ?? 0, oiftype: state.outdev?.type ?? 0,
    ll: skb.macAt < 0 ? NONE : cut(skb.macAt, skb.netAt, MOST.ll),
    nh: cut(skb.netAt, hasTh ? pkt.thAt : skb.end, MOST.nh),
    th: hasTh ? cut(pkt.thAt, skb.end, MOST.th) : NONE,
    mark: skb.mark, nfproto: NFPROTO[pkt.family],
  };
}
