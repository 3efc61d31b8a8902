import type { Netns } from "../../core/netns.ts";
import type { NftBatchReply, NftGet, NftGetReply, NftMsg } from "../../uapi/nft.ts";

/** Who asks: named in the generation message that `nft monitor` prints. */
export interface NftCaller {
  readonly pid: number;
  readonly comm: string;
  readonly journey: number;
}

/** nfnetlink_rcv_batch: one transaction. */
export function nftBatch(ns: Netns, messages: readonly NftMsg[], echo: boolean, caller: NftCaller): NftBatchReply {
  void [ns, messages, echo, caller];
  return { errors: [{ at: -1, error: "EOPNOTSUPP", attr: null }], echo: [] };
}

/** Dumps and gets. */
export function nftGet(ns: Netns, request: NftGet): NftGetReply {
  void [ns, request];
  return { error: "EOPNOTSUPP", attr: null };
}
