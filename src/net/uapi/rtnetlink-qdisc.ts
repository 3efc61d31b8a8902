import type { NewFlags } from "./rtnetlink.ts";

/** Queueing disciplines as rtnetlink knows them (RTM_NEWQDISC, TCA_*): what `tc` asks and hears. Handles and class ids are 32-bit numbers, major in the upper half. */

export const QDISC_KINDS = [
  "noqueue", "pfifo", "bfifo", "pfifo_head_drop", "pfifo_fast", "prio", "tbf", "netem", "fq_codel", "htb", "ingress", "clsact", "blackhole",
] as const;
export type QdiscKind = (typeof QDISC_KINDS)[number];

/** struct tc_tbf_qopt and its attributes. Rates in bytes a second, 0 = none. */
export interface TbfOptions {
  readonly rate: number;
  readonly peakRate: number;
  readonly burstBytes: number;
  /** Burst at the peak rate. */
  readonly mtuBytes: number;
  readonly limitBytes: number;
  readonly overhead: number;
  readonly mpu: number;
  readonly linklayer: "ethernet" | "atm";
  /** In listings: how long the burst takes at the rate, and the same at the peak rate, in ticks of 64 ns. */
  readonly bufferTicks?: number;
  readonly mtuTicks?: number;
}

/** A share of all frames, in 1/0xffffffff, and how much the next decision depends on the last (the same unit). */
export interface Share {
  readonly probability: number;
  readonly correlation: number;
}

/** `loss state` (four-state Markov chain) and `loss gemodel` (Gilbert-Elliot); probabilities as in {@link Share}. */
export type LossModel =
  | { readonly is: "state"; readonly p13: number; readonly p31: number; readonly p32: number; readonly p23: number; readonly p14: number }
  | { readonly is: "gemodel"; readonly p: number; readonly r: number; readonly h: number; readonly k1: number };

/** Rate of `netem rate`, bytes a second, with overheads a packet and a cell. */
export interface NetemRate {
  readonly rate: number;
  readonly packetOverhead: number;
  readonly cellSize: number;
  readonly cellOverhead: number;
}

/**
 * struct tc_netem_qopt and its attributes. Delays in ticks of 64 ns. What may be absent keeps its value in a change
 * and is off in a new discipline.
 */
export interface NetemOptions {
  readonly limit: number;
  readonly latencyTicks: number;
  readonly jitterTicks: number;
  readonly gap: number;
  readonly loss: number;
  readonly duplicate: number;
  /** TCA_NETEM_CORR: of delay, loss and duplication. */
  readonly corr?: { readonly delay: number; readonly loss: number; readonly duplicate: number };
  readonly reorder?: Share;
  readonly corrupt?: Share;
  readonly rate?: NetemRate;
  readonly lossModel?: LossModel;
  readonly ecn?: boolean;
  /** Inverse distribution of the jitter, standard deviations times 8192. Not listed. */
  readonly distribution?: readonly number[];
}

/** TCA_FQ_CODEL_*; times in µs. 0xffffffff as `ceThresholdUs` = off. */
export interface FqCodelOptions {
  readonly limit: number;
  readonly flows: number;
  readonly quantum: number;
  readonly targetUs: number;
  readonly intervalUs: number;
  readonly memoryLimit: number;
  readonly ecn: boolean;
  readonly dropBatch: number;
  readonly ceThresholdUs: number;
}

/** Parameters by kind; in a request what is absent takes the kernel's default. */
export type QdiscOptions =
  | { readonly kind: "noqueue" | "ingress" | "clsact" | "blackhole" }
  | { readonly kind: "pfifo" | "bfifo" | "pfifo_head_drop"; readonly limit?: number }
  | { readonly kind: "prio" | "pfifo_fast"; readonly bands: number; readonly priomap: readonly number[] }
  | { readonly kind: "tbf"; readonly tbf?: TbfOptions }
  | { readonly kind: "htb"; readonly htb: HtbOptions }
  | { readonly kind: "netem"; readonly netem?: NetemOptions }
  | { readonly kind: "fq_codel"; readonly fqCodel: Partial<FqCodelOptions>; readonly xstats?: FqCodelStats };

/** struct tc_htb_glob: minor number of the class for what no filter chose, divisor of quanta, queue of what has no class. */
export interface HtbOptions {
  readonly defaultClass: number;
  readonly r2q: number;
  readonly directQlen: number | null;
  /** In listings: packets that went past all classes. */
  readonly directPackets?: number;
}

/** struct tc_htb_opt. Rates in bytes a second, bursts in ticks of 64 ns at their rate. */
export interface HtbClassOptions {
  readonly rate: number;
  readonly ceil: number;
  readonly bufferTicks: number;
  readonly cbufferTicks: number;
  readonly prio: number;
  /** 0 = by the rate. */
  readonly quantum: number;
  readonly overhead: number;
  readonly mpu: number;
  readonly linklayer: "ethernet" | "atm";
}

/** What `tc -s -d class` shows of an htb class besides. */
export interface HtbClassState extends HtbClassOptions {
  /** 0 = a leaf. */
  readonly level: number;
  readonly lends: number;
  readonly borrows: number;
  readonly tokenTicks: number;
  readonly ctokenTicks: number;
}

/** struct tc_fq_codel_qd_stats. */
export interface FqCodelStats {
  readonly maxPacket: number;
  readonly dropOverlimit: number;
  readonly newFlowCount: number;
  readonly ecnMark: number;
  readonly ceMark: number;
  readonly memoryUsage: number;
  readonly dropOvermemory: number;
  readonly newFlowsLen: number;
  readonly oldFlowsLen: number;
}

/** gnet_stats_basic and gnet_stats_queue. */
export interface QdiscStats {
  readonly bytes: number;
  readonly packets: number;
  readonly drops: number;
  readonly overlimits: number;
  readonly requeues: number;
  readonly backlog: number;
  readonly qlen: number;
}

export interface QdiscRow {
  readonly ifindex: number;
  readonly kind: QdiscKind;
  readonly handle: number;
  /** TC_H_ROOT 0xffffffff, TC_H_INGRESS 0xfffffff1, or a class. */
  readonly parent: number;
  /** tcm_info: references; 1 is not printed. */
  readonly refcnt: number;
  readonly options: QdiscOptions;
  readonly stats: QdiscStats;
}

/** A class of a classful discipline (RTM_NEWTCLASS). */
export interface ClassRow {
  readonly ifindex: number;
  readonly kind: QdiscKind;
  readonly classid: number;
  readonly parent: number;
  /** Handle of the discipline in it, 0 = the kernel's own. */
  readonly leaf: number;
  /** Kinds that count by class; null = they say nothing (tbf, netem). */
  readonly stats: QdiscStats | null;
  readonly htb?: HtbClassState;
}

export type QdiscRequest =
  | {
    readonly op: "qdisc.new"; readonly flags: NewFlags; readonly ifindex: number; readonly handle: number; readonly parent: number;
    /** Absent: whatever is there. */
    readonly kind?: string; readonly options?: QdiscOptions;
  }
  | { readonly op: "qdisc.del"; readonly ifindex: number; readonly handle: number; readonly parent: number; readonly kind?: string }
  /** `invisible`: those that the kernel made as children too (TCA_DUMP_INVISIBLE). */
  | { readonly op: "qdisc.dump"; readonly ifindex?: number; readonly invisible: boolean }
  | {
    readonly op: "class.new"; readonly flags: NewFlags; readonly ifindex: number; /** 0 = not named. */ readonly parent: number; readonly classid: number;
    readonly kind: string; readonly htb: HtbClassOptions;
  }
  | { readonly op: "class.del"; readonly ifindex: number; readonly parent: number; readonly classid: number }
  | { readonly op: "class.dump"; readonly ifindex: number; readonly parent: number };

/** One comparison of a u32 filter: a 32-bit word at an offset from the network header. */
export interface U32Key {
  readonly value: number;
  readonly mask: number;
  readonly offset: number;
}

/** A filter as RTM_NEWTFILTER lists it: the filter's head (`handle` 0), its table, or one rule in that. */
export interface FilterRow {
  readonly ifindex: number;
  readonly parent: number;
  readonly pref: number;
  /** EtherType, 3 = all. */
  readonly protocol: number;
  /** Table in the upper twelve bits, rule in the lower; 0 = the head. */
  readonly handle: number;
  /** Rules only; 0 = none. */
  readonly classid: number;
  readonly keys: readonly U32Key[];
}

export type FilterRequest =
  | {
    readonly op: "filter.new"; readonly flags: NewFlags; readonly ifindex: number; /** 0 = the root. */ readonly parent: number;
    /** 0 = one that is free. */ readonly pref: number; readonly protocol: number; readonly kind?: string; readonly keys: readonly U32Key[]; readonly classid: number;
  }
  | { readonly op: "filter.del"; readonly ifindex: number; readonly parent: number; readonly pref: number; readonly protocol: number; readonly kind?: string; readonly handle: number }
  | { readonly op: "filter.dump"; readonly ifindex: number; readonly parent: number };
