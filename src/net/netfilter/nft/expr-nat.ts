import { type Ip4, ip4, readIp4, readU16 } from "../../../wire/addr.ts";
import { ipDst, ipSrc } from "../../../wire/ipv4.ts";
import type { Errno } from "../../uapi/errno.ts";
import { NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_NETMAP, NF_NAT_RANGE_PROTO_SPECIFIED } from "../../uapi/nft-expr.ts";
import { ctNetnsGet, ctNetnsPut } from "../conntrack.ts";
import { ctOf } from "../ct-entry.ts";
import { type NatRange, natMasquerade, natRedirect, natSetupInfo } from "../nat.ts";
import type { ExprOf } from "./expr.ts";
import { isInetFamily, natAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { ACCEPT, DROP, checkReg, firstError } from "./vm.ts";

/** NF_NAT_RANGE_MASK. */
const FLAGS = 0x7f;

/** nft_nat.c: snat and dnat. The decision is made once a flow; its packets follow it by themselves. */
export function bindNat(bind: NftBind, expr: ExprOf<"nat">): NftOp | Errno {
  const error = checkNat(bind, expr);
  if (error !== null) return error;
  const { kind, addrMin, addrMax = addrMin } = expr;
  const flags = expr.flags | (addrMin === undefined ? 0 : NF_NAT_RANGE_MAP_IPS) | protoFlag(expr);
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (pkt.family !== "ip" || (expr.family !== "ip" && expr.family !== "inet")) return;
    const ct = ctOf(pkt.skb);
    if (ct === null) return;
    const range: NatRange = { flags, minAddr: addrIn(regs, addrMin), maxAddr: addrIn(regs, addrMax), ...protosIn(regs, expr) };
    const mapped = (flags & NF_NAT_RANGE_NETMAP) === 0 ? range : netmap(range, kind === "snat" ? ipSrc(pkt.skb.buf, pkt.skb.netAt) : ipDst(pkt.skb.buf, pkt.skb.netAt));
    regs.verdict = natSetupInfo(pkt.ns, ct, mapped, kind === "snat" ? "src" : "dst") === "accept" ? ACCEPT : DROP;
  };
  const validate = kind === "snat" ? natAt("postrouting", "input") : natAt("prerouting", "output");
  return { op: "nat", eval: evaluate, dump: () => expr, validate, ...tracks(bind) };
}

/** nft_nat_init. */
function checkNat(bind: NftBind, expr: ExprOf<"nat">): Errno | null {
  if (!isInetFamily(bind.family) || (bind.family !== "inet" && bind.family !== expr.family)) return "EOPNOTSUPP";
  if (expr.addrMin === undefined && expr.protoMin === undefined) return "EINVAL";
  if ((expr.flags & ~FLAGS) !== 0) return "EOPNOTSUPP";
  if (expr.family === "inet" && expr.addrMin !== undefined) return "EAFNOSUPPORT";
  const bytes = expr.family === "ip" ? 4 : 16;
  return firstError(...[expr.addrMin, expr.addrMax].map((reg) => (reg === undefined ? null : checkReg(reg, bytes))), checkProtos(expr));
}

interface Protos {
  readonly protoMin?: number;
  readonly protoMax?: number;
}

const checkProtos = (p: Protos): Errno | null => firstError(...[p.protoMin, p.protoMax].map((reg) => (reg === undefined ? null : checkReg(reg, 2))));
const protoFlag = (p: Protos): number => (p.protoMin === undefined ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
const addrIn = (regs: NftRegs, reg: number | undefined): Ip4 => (reg === undefined ? ip4(0) : readIp4(regs.data, reg * 4));

/** Ports stand in network order in the first half of their word. */
function protosIn(regs: NftRegs, p: Protos): Pick<NatRange, "minProto" | "maxProto"> {
  const minProto = p.protoMin === undefined ? 0 : readU16(regs.data, p.protoMin * 4);
  return { minProto, maxProto: p.protoMax === undefined ? minProto : readU16(regs.data, p.protoMax * 4) };
}

/** nft_nat_setup_netmap: the network part comes from the range, the host part from the packet. */
function netmap(range: NatRange, addr: Ip4): NatRange {
  const netmask = ~(range.minAddr ^ range.maxAddr);
  const mapped = ip4((addr & ~netmask) | (range.minAddr & netmask));
  return { ...range, minAddr: mapped, maxAddr: mapped };
}

/** NAT and ct make conntrack watch packets while such a rule is there. */
export function tracks(bind: NftBind): Pick<NftOp, "activate" | "deactivate"> {
  const { family, ns } = bind;
  if (family !== "ip" && family !== "ip6" && family !== "inet" && family !== "bridge") return {};
  return { activate: () => ctNetnsGet(ns, family), deactivate: () => ctNetnsPut(ns, family) };
}

/** nft_masq.c, nft_redir.c. */
export function bindMasqRedir(bind: NftBind, expr: ExprOf<"masq"> | ExprOf<"redir">): NftOp | Errno {
  if (!isInetFamily(bind.family)) return "EOPNOTSUPP";
  const error = firstError((expr.flags & ~FLAGS) !== 0 ? "EINVAL" : null, checkProtos(expr));
  if (error !== null) return error;
  const flags = expr.flags | protoFlag(expr);
  const evaluate = expr.op === "masq" ? evalMasq(expr, flags) : evalRedir(expr, flags);
  const validate = expr.op === "masq" ? natAt("postrouting") : natAt("prerouting", "output");
  return { op: expr.op, eval: evaluate, dump: () => expr, validate, ...tracks(bind) };
}

function evalMasq(expr: Protos, flags: number): NftOp["eval"] {
  return (regs, pkt) => {
    if (pkt.family !== "ip" || pkt.state.outdev === null) return;
    regs.verdict = natMasquerade(pkt.ns, pkt.skb, { flags, ...protosIn(regs, expr) }, pkt.state.outdev) === "accept" ? ACCEPT : DROP;
  };
}

function evalRedir(expr: Protos, flags: number): NftOp["eval"] {
  return (regs, pkt) => {
    if (pkt.family !== "ip") return;
    regs.verdict = natRedirect(pkt.ns, pkt.skb, { flags, ...protosIn(regs, expr) }, pkt.state.point) === "accept" ? ACCEPT : DROP;
  };
}

