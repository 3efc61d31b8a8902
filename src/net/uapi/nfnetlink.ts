import type { CtEvent } from "./conntrack.ts";
import type { NftChange, NftTraceMsg } from "./nft.ts";

/** Multicast groups of nfnetlink (NFNLGRP_*). */
export type NfnlGroup = "nftables" | "nftrace" | "conntrack";

/** What a listener reads: one message each. A `gen` change closes the messages of a transaction. */
export type NfnlEvent =
  | { readonly group: "nftables"; readonly change: NftChange }
  | { readonly group: "nftrace"; readonly trace: NftTraceMsg }
  | { readonly group: "conntrack"; readonly event: CtEvent };
