import type { HookFamily, HookPoint, HookState } from "../../core/hook.ts";
import type { Netdev } from "../../core/netdev.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import type { Errno } from "../../uapi/errno.ts";
import type {
  NftChange, NftHookSpec, NftObjRow, NftRuleRow, NftSetRow, NftTraceMsg, NftUserdata,
} from "../../uapi/nft.ts";
import type { NftExpr, NftFamily, NftObjType } from "../../uapi/nft-expr.ts";
import type { NftList } from "./list.ts";
import type { NftScratch } from "./frame.ts";

/**
 * The objects of nf_tables in the kernel (net/netfilter/nf_tables.h). The control plane (transaction.ts and its
 * neighbours) makes and removes them; the evaluator (eval.ts, expr-*.ts) runs them on packets.
 */

/** struct nft_regs: 16 words of data and the verdict. One per evaluation, reused by depth. */
export interface NftRegs {
  readonly data: Uint8Array;
  verdict: RunVerdict;
}

/** "continue" = next instruction; "break" = this rule does not match. Jumps carry the chain object. */
export type RunVerdict =
  | { readonly code: "continue" | "break" | "return" | "accept" | "drop" | "stolen" }
  | { readonly code: "jump" | "goto"; readonly chain: NftChain };

/** struct nft_pktinfo: a packet at a hook, with what several instructions need parsed once. */
export interface NftPkt {
  readonly ns: Netns;
  readonly skb: Skb;
  readonly state: HookState;
  /** Family of the packet: "ip" for IPv4 also in inet chains; "netdev"/"bridge" chains set `nh` by EtherType. */
  readonly family: HookFamily;
  /** IP protocol, -1 when not an IP packet with a whole header. */
  readonly l4proto: number;
  /** Offset of the transport header in `skb.buf`, -1 = none. */
  readonly thAt: number;
  /** Fragment offset in bytes: not zero = no transport header here. */
  readonly fragOffset: number;
  /** `meta nftrace set 1` was seen. */
  traced: boolean;
}

/** A bound instruction: state, evaluation, and how it reads back. */
export interface NftOp {
  /** Name of the instruction, for the trace's "no match at …". */
  readonly op: NftExpr["op"];
  eval(regs: NftRegs, pkt: NftPkt): void;
  /** The instruction with its present state. */
  dump(): NftExpr;
  /** Zeroes counters and quotas (GETRULE_RESET). */
  reset?(): void;
  /** nft_validate: may it stand in a chain that is reached from this base chain? */
  validate?(base: NftBaseHook, family: NftFamily): Errno | null;
  /** Chains this instruction may jump to, now (verdict and verdict map), for loop and depth checks. */
  jumps?(): readonly NftChain[];
  /** Rule added / removed: use counts, conntrack's users, anonymous sets. */
  activate?(): void;
  deactivate?(): void;
}

export interface NftBaseHook {
  readonly type: string;
  readonly hook: NftHookSpec["hook"];
  readonly priority: number;
}

/** What an instruction may look up while it is bound (struct nft_ctx). Errors: ENOENT … as Linux. */
export interface NftBind {
  readonly ns: Netns;
  readonly family: NftFamily;
  readonly table: NftTable;
  /** The chain the rule goes to; null for statements of set elements. */
  readonly chain: NftChain | null;
  /** Which protocol an iptables rule named with `-p` (NFTA_RULE_COMPAT): some extensions insist on one. */
  readonly compat?: NftRuleRow["compat"];
  set(name: string, id?: number): NftSet | null;
  chainNamed(name: string, id?: number): NftChain | null;
  obj(type: NftObjType, name: string): NftObj | null;
  flowtable(name: string): NftFlowtable | null;
}

export interface NftRule {
  readonly chain: NftChain;
  readonly handle: number;
  readonly ops: readonly NftOp[];
  /** Sets that its instructions name; anonymous ones are its own. */
  readonly sets: readonly NftSet[];
  readonly userdata: NftUserdata | null;
  readonly compat: NftRuleRow["compat"];
}

export interface NftChain {
  readonly table: NftTable;
  name: string;
  readonly handle: number;
  /** Present on base chains. */
  base: {
    spec: NftHookSpec; readonly type: string; policy: "accept" | "drop";
    counters: { packets: number; bytes: number } | null;
    /** Where it is registered now: nowhere while the table is dormant; `dev` of device hooks. */
    hooks: readonly { readonly dev: Netdev | null; off(): void }[];
  } | null;
  /** Belongs to one rule (`jump { … }`). */
  readonly binding: boolean;
  readonly userdata: NftUserdata | null;
  /** Replaced as a whole by each transaction: an evaluation in progress keeps its list. */
  rules: readonly NftRule[];
  /** Jumps and gotos that name it, plus its rules. */
  use: number;
}

/** One element of a set as the packet path sees it. */
export interface NftSetElem {
  readonly key: Uint8Array | null;
  readonly keyEnd: Uint8Array | null;
  readonly intervalEnd: boolean;
  readonly catchall: boolean;
  /** Map data: bytes, or a verdict with its chain. */
  readonly data: Uint8Array | RunVerdict | null;
  readonly obj: NftObj | null;
  timeoutMs: number | null;
  /** Simulated time of its end, ns; null = never. */
  expiresAtNs: number | null;
  readonly ops: readonly NftOp[];
  readonly userdata: NftUserdata | null;
}

export interface NftSet {
  readonly table: NftTable;
  readonly name: string;
  readonly handle: number;
  readonly spec: NftSetRow;
  use: number;
  /** Elements now in it. */
  count(): number;
  /** The live element for a key of `spec.keyLen` bytes at `at` of `from`, catch-all last; null = none. Never grows with the set's size, intervals log n. */
  lookup(from: Uint8Array, at: number, nowNs: number): NftSetElem | null;
  /** nft_set_ops.update: an element from the packet path, made if it is missing and there is room; null = full or busy. */
  update(key: Uint8Array, nowNs: number, make: () => Omit<NftSetElem, "key">): NftSetElem | null;
  remove(key: Uint8Array): void;
  /** May packets fill it? Only hash tables that can grow (nft_rhash); a size given without `flags dynamic` or `timeout` makes it a fixed one. */
  readonly isUpdatable: boolean;
  /** A set that packets fill holds 65535 elements unless told otherwise (nft_dynset_init). */
  boundSize(): void;
  /** All elements, for loop and depth checks of verdict maps. */
  elems?(): Iterable<NftSetElem>;
}

/** A named counter, quota, limit …; `op` is its evaluation when a rule refers to it. */
export interface NftObj {
  readonly table: NftTable;
  readonly name: string;
  readonly handle: number;
  readonly type: NftObjType;
  /** Replaced when a quota is changed: ask for it at each evaluation. */
  op: NftObjOp;
  readonly userdata: NftUserdata | null;
  use: number;
}
export interface NftObjOp {
  eval(regs: NftRegs, pkt: NftPkt): void;
  dump(): NftObjRow["obj"];
  reset?(): void;
}

/** Accepted and shown; no flow is offloaded here. */
export interface NftFlowtable {
  readonly table: NftTable;
  readonly name: string;
  readonly handle: number;
  readonly priority: number;
  devices: readonly string[];
  readonly offload: boolean;
  readonly counter: boolean;
  use: number;
}

export const objKey = (type: NftObjType, name: string): string => `${type} ${name}`;
export const tableKey = (family: NftFamily, name: string): string => `${family} ${name}`;

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number;
  dormant: boolean;
  userdata: NftUserdata | null;
  readonly chains: NftList<NftChain>;
  readonly sets: NftList<NftSet>;
  /** By type and name: a counter and a quota may share a name. See {@link objKey}. */
  readonly objs: NftList<NftObj>;
  readonly flowtables: NftList<NftFlowtable>;
  /** hgenerator: next handle of a chain, rule, set or object of this table. */
  nextHandle: number;
}

/** nf_tables of one namespace. */
export interface NftNet {
  /** By family and name, see {@link tableKey}. */
  readonly tables: NftList<NftTable>;
  /** Handle of the newest table; never given twice. */
  lastTableHandle: number;
  /** Number of the newest chain without a name (`__chain1`). */
  lastChainId: number;
  genid: number;
  readonly listeners: Set<(change: NftChange) => void>;
  readonly traceListeners: Set<(trace: NftTraceMsg) => void>;
  /** Registers and stacks that evaluations reuse; made by eval.ts. */
  scratch?: NftScratch;
}

/** Hook points a family's base chains may use (nft_chain_type). */
export type { HookFamily, HookPoint };
