import type { Ip4 } from "../../wire/addr.ts";
import type { Errno } from "./errno.ts";

/**
 * nfnetlink, subsystem ctnetlink (nfnetlink_conntrack.h): what `conntrack` asks of the kernel and hears from it,
 * and what /proc/net/nf_conntrack shows. Ports and ids are numbers in host order; times seconds.
 */

/** One direction of a flow. TCP, UDP …: ports; ICMP: id, type, code; others neither. */
export interface CtTuple {
  readonly src: Ip4;
  readonly dst: Ip4;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/** IPS_* status bits (nf_conntrack_common.h). */
export const IPS_EXPECTED = 0x1;
export const IPS_SEEN_REPLY = 0x2;
export const IPS_ASSURED = 0x4;
export const IPS_CONFIRMED = 0x8;
export const IPS_SRC_NAT = 0x10;
export const IPS_DST_NAT = 0x20;
export const IPS_SEQ_ADJUST = 0x40;
export const IPS_SRC_NAT_DONE = 0x80;
export const IPS_DST_NAT_DONE = 0x100;
export const IPS_DYING = 0x200;
export const IPS_FIXED_TIMEOUT = 0x400;
export const IPS_TEMPLATE = 0x800;
export const IPS_HELPER = 0x2000;
export const IPS_OFFLOAD = 0x4000;

export type CtTcpState =
  | "NONE" | "SYN_SENT" | "SYN_RECV" | "ESTABLISHED" | "FIN_WAIT" | "CLOSE_WAIT" | "LAST_ACK" | "TIME_WAIT" | "CLOSE" | "SYN_SENT2";

export interface CtRow {
  readonly original: CtTuple;
  readonly reply: CtTuple;
  readonly status: number;
  /** Seconds left, rounded down. */
  readonly timeoutSec: number;
  readonly mark: number;
  readonly zone: number;
  /** 32-bit id as `-o id` prints it. */
  readonly id: number;
  readonly use: number;
  readonly tcpState: CtTcpState | null;
  /** null unless nf_conntrack_acct is 1. */
  readonly counters: { readonly original: { readonly packets: number; readonly bytes: number }; readonly reply: { readonly packets: number; readonly bytes: number } } | null;
  /** null unless nf_conntrack_timestamp is 1; ns since the epoch. */
  readonly startNs: number | null;
  readonly labels: readonly number[];
}

/** Fields to match (dump, delete, flush) or to set; absent = any. */
export interface CtFilter {
  readonly original?: Partial<CtTuple>;
  readonly reply?: Partial<CtTuple>;
  readonly mark?: number;
  readonly markMask?: number;
  readonly zone?: number;
  readonly statusSet?: number;
}

export type CtRequest =
  | { readonly op: "ct.dump"; readonly filter?: CtFilter; /** -z */ readonly zero?: boolean }
  /** The one entry with this tuple in the named direction. */
  | { readonly op: "ct.get"; readonly dir: "original" | "reply"; readonly tuple: CtTuple; readonly zone?: number }
  | { readonly op: "ct.del"; readonly dir: "original" | "reply"; readonly tuple: CtTuple; readonly id?: number; readonly zone?: number }
  | {
      readonly op: "ct.new"; readonly original: CtTuple; readonly reply: CtTuple; readonly timeoutSec: number; readonly mark?: number; readonly status?: number;
      readonly tcpState?: CtTcpState; readonly zone?: number; readonly excl: boolean;
    }
  | { readonly op: "ct.update"; readonly dir: "original" | "reply"; readonly tuple: CtTuple; readonly mark?: number; readonly status?: number; readonly timeoutSec?: number; readonly zone?: number }
  | { readonly op: "ct.flush"; readonly filter?: CtFilter }
  | { readonly op: "ct.count" }
  | { readonly op: "ct.stats" }
  | { readonly op: "expect.dump" }
  | { readonly op: "expect.flush" };

/** Counters of `conntrack -S`, one CPU. */
export type CtStats = Readonly<Record<"found" | "invalid" | "insert" | "insertFailed" | "drop" | "earlyDrop" | "error" | "searchRestart" | "clashResolve" | "chainToolong", number>>;

export type CtReply = { readonly error: Errno } | { readonly error: null; readonly rows: readonly CtRow[]; readonly count: number; readonly max: number; readonly stats: CtStats | null };

/** IPCT_NEW, IPCT_DESTROY, and updates. */
export interface CtEvent {
  readonly is: "new" | "update" | "destroy";
  readonly row: CtRow;
  /** A program asked for it by netlink (`[USERSPACE] portid=… progname=…`). */
  readonly by?: { readonly pid: number; readonly comm: string };
}
