import { writeU32 } from "../../../wire/addr.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { CtDir, NftCtKey, NftFamily } from "../../uapi/nft-expr.ts";
import { ctExpiresNs, ctSetLabels, ctSetMark, ctSetZone } from "../conntrack.ts";
import { type Conntrack, IP_CT_IS_REPLY, ctOf, dirOf, isUntracked, setUntracked } from "../ct-entry.ts";
import type { Tuple } from "../ct-tuple.ts";
import type { ExprOf } from "./expr.ts";
import { tracks } from "./expr-nat.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg, firstError, load16, load32, store16, store32, store64, store8, storeBe16 } from "./vm.ts";

/** NF_CT_STATE_*: `ct state` is a set of one of these bits. */
export const CT_STATE_INVALID = 1;
export const CT_STATE_UNTRACKED = 64;

/** The state bit of a packet (nft_ct_get_eval, NFT_CT_STATE). */
export function ctStateBit(pkt: NftPkt): number {
  if (ctOf(pkt.skb) !== null) return 1 << ((pkt.skb.ctinfo % IP_CT_IS_REPLY) + 1);
  return isUntracked(pkt.skb) ? CT_STATE_UNTRACKED : CT_STATE_INVALID;
}

const AF_INET = 2;
const NS_PER_MS = 1_000_000;

interface CtKey {
  /** Bytes it takes in registers; null: depends on the family. */
  readonly bytes: (family: NftFamily) => number | Errno;
  /** Whether the instruction must, must not or may name a direction. */
  readonly dir: "must" | "never" | "may";
  readonly get: (regs: NftRegs, at: number, ct: Conntrack, pkt: NftPkt, dir: 0 | 1 | null) => boolean | void;
}

const fixed = (bytes: number) => (): number => bytes;
const addrBytes = (family: NftFamily): number | Errno => (family === "ip" ? 4 : family === "ip6" || family === "inet" ? 16 : "EAFNOSUPPORT");

const address = (which: "src" | "dst", bytes: CtKey["bytes"]): CtKey => ({
  bytes, dir: "must",
  get: ({ data }, at, ct, _pkt, dir) => writeU32(data, at, tupleOf(ct, dir)[which]),
});
const port = (which: "sport" | "dport"): CtKey => ({
  bytes: fixed(2), dir: "must",
  get: (regs, at, ct, _pkt, dir) => storeBe16(regs, at, portOf(tupleOf(ct, dir), which)),
});
const tupleOf = (ct: Conntrack, dir: 0 | 1 | null): Tuple => ct.tuple(dir ?? 0);
const portOf = (t: Tuple, which: "sport" | "dport"): number => t[which];

type Counters = { readonly packets: number; readonly bytes: number };
const counted = (get: (c: Counters) => number): CtKey => ({
  bytes: fixed(8), dir: "may",
  get: (regs, at, ct, _pkt, dir) => store64(regs, at, get(countersOf(ct, dir))),
});
const NOTHING: Counters = { packets: 0, bytes: 0 };
function countersOf(ct: Conntrack, dir: 0 | 1 | null): Counters {
  if (ct.counters === null) return NOTHING;
  if (dir !== null) return ct.counters[dir];
  const [a, b] = ct.counters;
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}

const word = (dir: CtKey["dir"], get: (ct: Conntrack, pkt: NftPkt) => number): CtKey => ({
  bytes: fixed(4), dir, get: (regs, at, ct, pkt) => store32(regs, at, get(ct, pkt)),
});

/** nft_ct_get_eval and nft_ct_get_init. Only IPv4 flows are tracked. */
const KEYS: Partial<Record<NftCtKey, CtKey>> = {
  state: word("never", (_ct, pkt) => ctStateBit(pkt)),
  direction: { bytes: fixed(1), dir: "never", get: (regs, at, _ct, pkt) => store8(regs, at, dirOf(pkt.skb.ctinfo)) },
  status: word("never", (ct) => ct.status),
  mark: word("never", (ct) => ct.mark),
  secmark: word("never", () => 0),
  expiration: word("never", (ct, pkt) => Math.floor(ctExpiresNs(pkt.ns, ct) / NS_PER_MS)),
  helper: { bytes: fixed(16), dir: "never", get: () => false },
  l3protocol: { bytes: fixed(1), dir: "may", get: (regs, at) => store8(regs, at, AF_INET) },
  protocol: { bytes: fixed(1), dir: "may", get: (regs, at, ct) => store8(regs, at, ct.original.protocol) },
  src: address("src", addrBytes),
  dst: address("dst", addrBytes),
  src_ip: address("src", fixed(4)),
  dst_ip: address("dst", fixed(4)),
  src_ip6: { bytes: fixed(16), dir: "must", get: () => false },
  dst_ip6: { bytes: fixed(16), dir: "must", get: () => false },
  proto_src: port("sport"),
  proto_dst: port("dport"),
  labels: {
    bytes: fixed(16), dir: "never",
    get: ({ data }, at, ct) => {
      if (ct.labels === null) data.fill(0, at, at + 16);
      else data.set(ct.labels, at);
    },
  },
  pkts: counted((c) => c.packets),
  bytes: counted((c) => c.bytes),
  avgpkt: counted((c) => (c.packets === 0 ? 0 : Math.floor(c.bytes / c.packets))),
  zone: { bytes: fixed(2), dir: "may", get: (regs, at, ct, _pkt, dir) => store16(regs, at, dir === null || (ct.zoneDirs & (1 << dir)) !== 0 ? ct.zone : 0) },
  id: word("never", (ct) => ct.id),
};

const dirIndex = (dir: CtDir | undefined): 0 | 1 | null => (dir === undefined ? null : dir === "original" ? 0 : 1);

/** nft_ct.c. A family whose packets are not tracked answers EPROTO. */
export function bindCt(bind: NftBind, expr: ExprOf<"ct">): NftOp | Errno {
  const key = KEYS[expr.key];
  if (key === undefined) return "EOPNOTSUPP";
  const bytes = checkCt(bind, key, expr);
  if (typeof bytes === "string") return bytes;
  const at = expr.dreg * 4;
  const dir = dirIndex(expr.dir);
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const ct = ctOf(pkt.skb);
    if (ct === null) {
      if (expr.key === "state") store32(regs, at, ctStateBit(pkt));
      else regs.verdict = BREAK;
    } else if (key.get(regs, at, ct, pkt, dir) === false) regs.verdict = BREAK;
  };
  return { op: "ct", eval: evaluate, dump: () => expr, ...countsFlows(bind, expr.key) };
}

function checkCt(bind: NftBind, key: CtKey, expr: ExprOf<"ct">): number | Errno {
  if ((key.dir === "must") !== (expr.dir !== undefined) && key.dir !== "may") return "EINVAL";
  const bytes = key.bytes(bind.family);
  if (typeof bytes === "string") return bytes;
  return firstError(checkReg(expr.dreg, bytes), bind.family === "arp" || bind.family === "netdev" ? "EPROTO" : null) ?? bytes;
}

/** Packet and byte counts of flows are off until a rule asks for them (nf_ct_set_acct). */
function countsFlows(bind: NftBind, key: NftCtKey): Pick<NftOp, "activate" | "deactivate"> {
  const base = tracks(bind);
  if (key !== "pkts" && key !== "bytes" && key !== "avgpkt") return base;
  return { ...base, activate: () => {
    bind.ns.nf.ct.sysctl.acct = 1;
    base.activate?.();
  } };
}

/** What can be written. */
const SETTERS: Partial<Record<NftCtKey, { readonly bytes: number; readonly dir?: true; readonly set: (pkt: NftPkt, data: Uint8Array, at: number, dir: 0 | 1 | null) => void }>> = {
  mark: { bytes: 4, set: (pkt, data, at) => withCt(pkt, (ct) => ctSetMark(pkt.ns, ct, load32(data, at))) },
  labels: { bytes: 16, set: (pkt, data, at) => withCt(pkt, (ct) => ctSetLabels(pkt.ns, ct, data.slice(at, at + 16))) },
  zone: { bytes: 2, dir: true, set: setZone },
  // Events are told to all or nobody here; which of them is a wish of the listener.
  eventmask: { bytes: 4, set: () => undefined },
};

function withCt(pkt: NftPkt, act: (ct: Conntrack) => void): void {
  const ct = ctOf(pkt.skb);
  if (ct !== null) act(ct);
}

/** nft_ct_set_zone_eval: only before conntrack has looked. */
function setZone(pkt: NftPkt, data: Uint8Array, at: number, dir: 0 | 1 | null): void {
  if (ctOf(pkt.skb) !== null || isUntracked(pkt.skb)) return;
  ctSetZone(pkt.ns, pkt.skb, load16(data, at), dir === null ? 3 : 1 << dir);
}

/** nft_ct_set_init. */
export function bindCtSet(bind: NftBind, expr: ExprOf<"ct.set">): NftOp | Errno {
  const setter = SETTERS[expr.key];
  if (setter === undefined) return "EOPNOTSUPP";
  if (expr.dir !== undefined && setter.dir !== true) return "EINVAL";
  const error = firstError(checkReg(expr.sreg, setter.bytes), bind.family === "arp" || bind.family === "netdev" ? "EPROTO" : null);
  if (error !== null) return error;
  const at = expr.sreg * 4;
  const dir = dirIndex(expr.dir);
  return { op: "ct.set", eval: (regs, pkt) => setter.set(pkt, regs.data, at, dir), dump: () => expr, ...tracks(bind) };
}

/** nft_notrack: conntrack shall not look at this packet; too late once it has. */
export function bindNotrack(_: NftBind, expr: ExprOf<"notrack">): NftOp | Errno {
  const evaluate = (_regs: NftRegs, { skb }: NftPkt): void => {
    if (ctOf(skb) === null && !isUntracked(skb)) setUntracked(skb);
  };
  return { op: "notrack", eval: evaluate, dump: () => expr };
}

