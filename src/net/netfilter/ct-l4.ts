import type { HookPoint } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { Conntrack } from "./ct-entry.ts";

/** What a tracker is told of a packet. `at` = transport header in `skb.buf`. */
export interface CtPacket {
  readonly ns: Netns;
  readonly skb: Skb;
  readonly at: number;
  readonly point: HookPoint;
}

/**
 * A tracker's verdict. "accept": the packet is part of the flow. "repeat": the flow is over, look again (a port used
 * anew). Any other text says why the packet is invalid.
 */
export type CtVerdict = { readonly is: "accept" | "repeat" | "drop" } | { readonly is: "invalid"; readonly why: string };

export const ACCEPT: CtVerdict = { is: "accept" };
export const REPEAT: CtVerdict = { is: "repeat" };
export const DROP: CtVerdict = { is: "drop" };
export const invalid = (why: string): CtVerdict => ({ is: "invalid", why });

/** nf_conntrack_handle_packet's per-protocol function. */
export type CtTracker = (packet: CtPacket, ct: Conntrack) => CtVerdict;

/** Checksums are looked at where packets come in from outside, unless nf_conntrack_checksum is 0 or this kernel wrote them. */
export const wantsChecksum = ({ ns, skb, point }: CtPacket): boolean =>
  ns.nf.ct.sysctl.checksum !== 0 && point === "prerouting" && (skb.trust & 1) === 0;

export const SEC_NS = 1e9;
