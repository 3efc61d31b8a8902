import { IPS_ASSURED, IPS_CONFIRMED, IPS_DST_NAT, IPS_EXPECTED, IPS_SEEN_REPLY, IPS_SRC_NAT } from "../../uapi/conntrack.ts";
import type { XtConntrack, XtCtPart, XtCtState, XtCtStatus } from "../../uapi/xt.ts";
import { ctExpiresNs } from "../conntrack.ts";
import { type Conntrack, ctOf, dirOf } from "../ct-entry.ts";
import { CT_STATE_INVALID, CT_STATE_UNTRACKED, ctStateBit } from "./expr-ct.ts";
import type { NftPkt } from "./model.ts";

/* net/netfilter/xt_conntrack.c. */

const STATES: Readonly<Record<number, XtCtState>> = { [CT_STATE_INVALID]: "INVALID", 2: "ESTABLISHED", 4: "RELATED", 8: "NEW", [CT_STATE_UNTRACKED]: "UNTRACKED" };
const STATUS: Readonly<Record<XtCtStatus, number>> = { NONE: 0, EXPECTED: IPS_EXPECTED, SEEN_REPLY: IPS_SEEN_REPLY, ASSURED: IPS_ASSURED, CONFIRMED: IPS_CONFIRMED };
const SEC_NS = 1_000_000_000;

/** conntrack_mt: without an entry only the state counts. */
export function matchConntrack(pkt: NftPkt, info: XtConntrack): boolean {
  const ct = ctOf(pkt.skb);
  if (info.match.includes("state") && stateFits(pkt, ct, info) === info.invert.includes("state")) return false;
  if (ct === null) return info.match.includes("state");
  return info.match.every((part) => part === "state" || TESTS[part](ct, info, pkt) !== info.invert.includes(part));
}

function stateFits(pkt: NftPkt, ct: Conntrack | null, info: XtConntrack): boolean {
  const state = STATES[ctStateBit(pkt)];
  if (state !== undefined && info.state.includes(state)) return true;
  return ct !== null && ((ct.has(IPS_SRC_NAT) && info.state.includes("SNAT")) || (ct.has(IPS_DST_NAT) && info.state.includes("DNAT")));
}

type Test = (ct: Conntrack, info: XtConntrack, pkt: NftPkt) => boolean;
const inNet = (addr: number, [net, mask]: readonly [number, number]): boolean => ((addr ^ net) & mask) === 0;
const inRange = (n: number, [min, max]: readonly [number, number]): boolean => n >= min && n <= max;

const TESTS: Readonly<Record<Exclude<XtCtPart, "state">, Test>> = {
  direction: (_ct, info, pkt) => (dirOf(pkt.skb.ctinfo) === 0) === (info.direction === "ORIGINAL"),
  status: (ct, info) => info.status.some((s) => (ct.status & STATUS[s]) !== 0),
  l4proto: (ct, info) => ct.original.protocol === info.l4proto,
  origSrc: (ct, info) => inNet(ct.original.src, info.origSrc),
  origDst: (ct, info) => inNet(ct.original.dst, info.origDst),
  replSrc: (ct, info) => inNet(ct.reply.src, info.replSrc),
  replDst: (ct, info) => inNet(ct.reply.dst, info.replDst),
  origSport: (ct, info) => inRange(ct.original.sport, info.origSport),
  origDport: (ct, info) => inRange(ct.original.dport, info.origDport),
  replSport: (ct, info) => inRange(ct.reply.sport, info.replSport),
  replDport: (ct, info) => inRange(ct.reply.dport, info.replDport),
  expires: (ct, info, pkt) => inRange(Math.floor(ctExpiresNs(pkt.ns, ct) / SEC_NS), info.expires),
};
