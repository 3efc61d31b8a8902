import type { Errno } from "./errno.ts";
import type { NftExpr, NftFamily, NftObjType, NftReg, NftVerdict } from "./nft-expr.ts";

/**
 * nfnetlink, subsystem nftables (nf_tables.h): what `nft` and `iptables` ask of the kernel and hear from it.
 * A batch is one transaction: all of it happens or nothing.
 */

/** Opaque to the kernel, given back in dumps (NFTA_*_USERDATA): comments, byte orders, `typeof` texts. */
export type NftUserdata = Readonly<Record<string, string | number | boolean>>;

export interface NftTableRow {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number;
  /** NFT_TABLE_F_DORMANT */
  readonly dormant: boolean;
  /** NFT_TABLE_F_OWNER is refused by name. Number of chains in it. */
  readonly use: number;
  readonly userdata: NftUserdata | null;
}

export type NftHook = "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress" | "egress";
export interface NftHookSpec {
  readonly hook: NftHook;
  readonly priority: number;
  /** Devices of netdev chains and inet ingress; a name may end in "*". */
  readonly devices: readonly string[];
}

export interface NftChainRow {
  readonly family: NftFamily;
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  /** null = not a base chain. */
  readonly hook: NftHookSpec | null;
  /** "filter" "nat" "route"; base chains only. */
  readonly type: string | null;
  readonly policy: "accept" | "drop" | null;
  readonly counters: { readonly packets: number; readonly bytes: number } | null;
  readonly use: number;
  /** NFT_CHAIN_BINDING: belongs to one rule (`jump { … }`), has a made-up name. */
  readonly binding: boolean;
  readonly userdata: NftUserdata | null;
}

export interface NftRuleRow {
  readonly family: NftFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  /** With their present state: counters, quotas … */
  readonly exprs: readonly NftExpr[];
  readonly userdata: NftUserdata | null;
  /** Compat rules of iptables say which protocol `-p` named (NFTA_RULE_COMPAT). */
  readonly compat: { readonly proto: number; readonly invert: boolean } | null;
}

/** NFT_SET_* flags. */
export interface NftSetFlags {
  readonly anonymous?: boolean;
  readonly constant?: boolean;
  readonly interval?: boolean;
  readonly map?: boolean;
  readonly timeout?: boolean;
  /** NFT_SET_EVAL: filled from the packet path (`flags dynamic`). */
  readonly eval?: boolean;
  readonly object?: boolean;
  readonly concat?: boolean;
}

/** Datatype numbers are the program's (NFTA_SET_KEY_TYPE is opaque); lengths in bytes, concatenations padded to words a field. */
export interface NftSetSpec {
  readonly family: NftFamily;
  readonly table: string;
  /** "__set%d" and "__map%d" ask for a free number, as do other names with %d. */
  readonly name: string;
  /** Transaction-wide id for anonymous sets (NFTA_SET_ID). */
  readonly id?: number;
  readonly flags: NftSetFlags;
  readonly keyType: number;
  readonly keyLen: number;
  readonly dataType?: number | "verdict";
  readonly dataLen?: number;
  readonly objType?: NftObjType;
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  readonly policy?: "performance" | "memory";
  /** Most elements; absent = no limit. */
  readonly size?: number;
  /** Bytes of each field of a concatenated key (NFTA_SET_DESC_CONCAT), unpadded. */
  readonly fieldLens?: readonly number[];
  /** Statements that every new element gets (`counter` …). */
  readonly exprs?: readonly NftExpr[];
  readonly userdata?: NftUserdata | null;
}
export interface NftSetRow extends NftSetSpec {
  readonly handle: number;
  /** Elements now in it. */
  readonly count: number;
}

export interface NftElem {
  /** Absent for the catch-all element. */
  readonly key?: Uint8Array;
  /** Upper bounds of a concatenation with ranges (NFTA_SET_ELEM_KEY_END), inclusive. */
  readonly keyEnd?: Uint8Array;
  /** NFT_SET_ELEM_INTERVAL_END: closes the interval opened by the element below it (exclusive bound). */
  readonly intervalEnd?: boolean;
  readonly catchall?: boolean;
  readonly data?: Uint8Array | NftVerdict;
  readonly objref?: string;
  /** Absent = the set's. */
  readonly timeoutMs?: number;
  /** Time left, in dumps and when restoring. */
  readonly expiresMs?: number;
  readonly exprs?: readonly NftExpr[];
  readonly userdata?: NftUserdata | null;
}

/** Named objects: their present state, as the statement of the same name where there is one. */
export type NftObjSpec =
  | { readonly type: "counter"; readonly packets: number; readonly bytes: number }
  | { readonly type: "quota"; readonly bytes: number; readonly used: number; readonly invert: boolean; readonly depleted?: boolean }
  | { readonly type: "limit"; readonly kind: "packets" | "bytes"; readonly rate: number; readonly unitSec: number; readonly burst: number; readonly invert: boolean }
  | { readonly type: "ct helper"; readonly helper: string; readonly l4proto: number; readonly l3proto: "ip" | "ip6" | "inet" }
  | { readonly type: "ct timeout"; readonly l4proto: number; readonly l3proto: "ip" | "ip6" | "inet"; readonly policy: Readonly<Record<string, number>> }
  | { readonly type: "ct expectation"; readonly l4proto: number; readonly l3proto: "ip" | "ip6" | "inet"; readonly dport: number; readonly timeoutMs: number; readonly size: number }
  | { readonly type: "secmark"; readonly context: string }
  | { readonly type: "synproxy"; readonly mss: number; readonly wscale: number; readonly flags: number }
  | { readonly type: "tunnel" };
export interface NftObjRow {
  readonly family: NftFamily;
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  readonly use: number;
  readonly obj: NftObjSpec;
  readonly userdata: NftUserdata | null;
}

export interface NftFlowtableRow {
  readonly family: NftFamily;
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  readonly priority: number;
  readonly devices: readonly string[];
  readonly use: number;
  readonly offload: boolean;
  readonly counter: boolean;
}

/** NLM_F_CREATE and NLM_F_EXCL: `add` gives create, `create` both. */
export interface NftNew {
  readonly create: boolean;
  readonly excl: boolean;
}

interface In {
  readonly family: NftFamily;
  readonly table: string;
}
type ByName = { readonly name: string } | { readonly handle: number };

/** One message of a batch. Deletions by name or by handle; `table`, `chain` absent in deletions = all (flush). */
export type NftMsg =
  | ({ readonly op: "table.new"; readonly nlm: NftNew; readonly family: NftFamily; readonly name: string; readonly dormant: boolean; readonly userdata: NftUserdata | null })
  /** No family and no name: all tables (flush ruleset); family only: those of the family. */
  | { readonly op: "table.del"; readonly family?: NftFamily; readonly name?: string; readonly handle?: number }
  | (In & {
      readonly op: "chain.new"; readonly nlm: NftNew; readonly name?: string; readonly handle?: number; readonly chainId?: number; readonly hook?: NftHookSpec;
      readonly type?: string; readonly policy?: "accept" | "drop"; readonly counters?: { readonly packets: number; readonly bytes: number };
      readonly binding?: boolean; readonly userdata?: NftUserdata | null;
    })
  /** `nonrec` (NLM_F_NONREC, iptables -X): EBUSY when there are rules in it, which go with it otherwise. */
  | (In & { readonly op: "chain.del"; readonly nonrec?: boolean; /** Only these devices of a base chain, when it names some. */ readonly hook?: NftHookSpec } & ByName)
  | (In & {
      readonly op: "rule.new"; readonly nlm: NftNew; readonly chain: string; readonly chainId?: number; readonly exprs: readonly NftExpr[];
      /** append after / insert before `position` (a rule's handle), else at the end / the start; `replace` the rule `handle`. */
      readonly how: "append" | "insert" | "replace"; readonly position?: number; readonly positionId?: number; readonly ruleId?: number; readonly handle?: number;
      readonly userdata: NftUserdata | null; readonly compat?: NftRuleRow["compat"];
    })
  /** No handle: all rules of the chain; no chain: all of the table. */
  | (In & { readonly op: "rule.del"; readonly chain?: string; readonly handle?: number; readonly ruleId?: number })
  | ({ readonly op: "set.new"; readonly nlm: NftNew } & NftSetSpec)
  | (In & { readonly op: "set.del" } & ByName)
  | (In & { readonly op: "elem.new"; readonly nlm: NftNew; readonly set: string; readonly setId?: number; readonly elems: readonly NftElem[] })
  /** No `elems`: all of them (flush set). */
  | (In & { readonly op: "elem.del"; readonly set: string; readonly setId?: number; readonly elems?: readonly NftElem[] })
  | (In & { readonly op: "obj.new"; readonly nlm: NftNew; readonly name: string; readonly obj: NftObjSpec; readonly userdata: NftUserdata | null })
  | (In & { readonly op: "obj.del"; readonly type: NftObjType } & ByName)
  | (In & { readonly op: "flowtable.new"; readonly nlm: NftNew; readonly name: string; readonly priority?: number; readonly devices: readonly string[]; readonly offload?: boolean; readonly counter?: boolean })
  | (In & { readonly op: "flowtable.del"; /** Only these devices. */ readonly devices?: readonly string[] } & ByName);

/** Which attribute of a message the kernel objected to (NLMSGERR_ATTR_OFFS), so that `nft` can put its caret. */
export type NftAttr = "family" | "table" | "chain" | "name" | "handle" | "position" | "type" | "hook" | "priority" | "devices" | "policy" | "flags" | "set" | "expr" | "elem" | "obj";
export interface NftMsgError {
  /** Index of the message in the batch; -1: the batch itself (ERESTART, ENOMEM …). */
  readonly at: number;
  readonly error: Errno;
  readonly attr: NftAttr | null;
  /** Which element of `elems`, where `attr` is "elem"; which instruction of `exprs`, where it is "expr". */
  readonly elemAt?: number;
}

/** What a listener hears and an echo repeats. */
export type NftChange = { /** It was to be new (NLM_F_EXCL): `create`, not `add`. */ readonly excl?: boolean } & (
  | { readonly is: "new" | "del"; readonly what: "table"; readonly row: NftTableRow }
  | { readonly is: "new" | "del"; readonly what: "chain"; readonly row: NftChainRow }
  /** `after` = handle of the rule before it (NFTA_RULE_POSITION), 0 = none; `insert` = it went before the others. */
  | { readonly is: "new" | "del"; readonly what: "rule"; readonly row: NftRuleRow; readonly after: number; readonly insert: boolean; readonly replaced: boolean }
  | { readonly is: "new" | "del"; readonly what: "set"; readonly row: NftSetRow }
  | { readonly is: "new" | "del"; readonly what: "elem"; readonly set: NftSetRow; readonly elem: NftElem }
  | { readonly is: "new" | "del"; readonly what: "obj"; readonly row: NftObjRow }
  | { readonly is: "new" | "del"; readonly what: "flowtable"; readonly row: NftFlowtableRow }
  | { readonly is: "new"; readonly what: "gen"; readonly genid: number; readonly pid: number; readonly comm: string }
);

/** One message of `meta nftrace set 1` (NFNL_MSG_NFTRACE). */
export interface NftTraceMsg {
  readonly id: number;
  readonly is: "rule" | "return" | "policy";
  readonly family: NftFamily;
  readonly table: string;
  readonly chain: string;
  readonly ruleHandle: number | null;
  readonly verdict: NftVerdict;
  readonly policy: "accept" | "drop" | null;
  /** The packet's mark as it is now. */
  readonly mark?: number;
  /** First message of a packet only: headers as they are, for "packet:" lines. */
  readonly packet: {
    readonly iif: number; readonly oif: number; readonly iiftype: number; readonly oiftype: number;
    readonly ll: Uint8Array; readonly nh: Uint8Array; readonly th: Uint8Array; readonly mark: number; readonly nfproto: number;
  } | null;
}

interface Filter {
  readonly family?: NftFamily;
  readonly table?: string;
}

/** Everything outside batches. Dumps come in the kernel's order (order of creation within a family list). */
export type NftGet =
  | ({ readonly op: "table.dump" } & Filter)
  | ({ readonly op: "chain.dump" } & Filter)
  | ({ readonly op: "rule.dump"; readonly chain?: string; /** Zeroes counters and quotas as it reads (NFT_MSG_GETRULE_RESET). */ readonly reset?: boolean } & Filter)
  | ({ readonly op: "set.dump" } & Filter)
  | (In & { readonly op: "elem.dump"; readonly set: string; readonly reset?: boolean })
  /** NFT_MSG_GETSETELEM of single keys; ENOENT when one is missing. */
  | (In & { readonly op: "elem.get"; readonly set: string; readonly elems: readonly NftElem[]; readonly reset?: boolean })
  | ({ readonly op: "obj.dump"; readonly type?: NftObjType; readonly name?: string; readonly reset?: boolean } & Filter)
  | ({ readonly op: "flowtable.dump" } & Filter)
  | { readonly op: "gen.get" };

export interface NftDump {
  readonly tables: readonly NftTableRow[];
  readonly chains: readonly NftChainRow[];
  readonly rules: readonly NftRuleRow[];
  readonly sets: readonly NftSetRow[];
  readonly elems: readonly NftElem[];
  readonly objs: readonly NftObjRow[];
  readonly flowtables: readonly NftFlowtableRow[];
  readonly genid: number;
}

/** Answer to {@link NftGet}: the list that was asked for is filled. */
export type NftGetReply = { readonly error: Errno; readonly attr: NftAttr | null } | { readonly error: null; readonly dump: NftDump };

/** Answer to a batch. Errors of several messages may come together; then nothing was changed. */
export interface NftBatchReply {
  readonly errors: readonly NftMsgError[];
  /** What happened, with handles, when the batch asked for it (NLM_F_ECHO). */
  readonly echo: readonly NftChange[];
}

export const isVerdict = (data: Uint8Array | NftVerdict): data is NftVerdict => !(data instanceof Uint8Array);
export type { NftExpr, NftFamily, NftObjType, NftReg, NftVerdict };
