import { type Ip4, ip4, readU16, writeU16 } from "../../../wire/addr.ts";
import { fold16, pseudoSum, sum16 } from "../../../wire/checksum.ts";
import { ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PKT_FILTERED, ICMP_PORT_UNREACH, ICMP_PROT_UNREACH } from "../../../wire/icmp.ts";
import { IPPROTO_TCP, IP_LEN, ipDst, ipSrc, ipTotalBytes, setIpChecksum } from "../../../wire/ipv4.ts";
import type { Skb } from "../../core/skb.ts";
import type { Dst } from "../../ipv4/route.ts";
import { NF_NAT_RANGE_MAP_IPS } from "../../uapi/nft-expr.ts";
import { TCPMSS_CLAMP_PMTU, type XtConnmarkTarget, type XtCt, type XtNat, type XtReject, type XtTargets, type XtTcpmss } from "../../uapi/xt.ts";
import { ctSetMark, ctSetZone } from "../conntrack.ts";
import { ctOf, isUntracked, setUntracked } from "../ct-entry.ts";
import { nfLogPacket } from "../log.ts";
import { type NatRange, natMasquerade, natRedirect, natSetupInfo } from "../nat.ts";
import { sendReset, sendUnreach } from "../reject.ts";
import { tcpMss } from "./expr-rt.ts";
import type { NftPkt, RunVerdict } from "./model.ts";
import { TCPOPT_MSS, findTcpOption, patchTcpWord, tcpHeaderEnd } from "./tcp-option.ts";
import { ACCEPT, CONTINUE, DROP } from "./vm.ts";

/** A target extension at work; "continue" (XT_CONTINUE): the rules after it are asked too. */
export type XtAct = (pkt: NftPkt) => RunVerdict;

const verdictOf = (said: "accept" | "drop"): RunVerdict => (said === "accept" ? ACCEPT : DROP);

/** Targets by name. */
export const XT_TARGETS: { readonly [Name in keyof XtTargets]: (info: XtTargets[Name]) => XtAct } = {
  REJECT: (info) => (pkt) => reject(pkt, info),
  LOG: (info) => (pkt) => {
    nfLogPacket(pkt.ns, pkt.skb, pkt.family, pkt.state.indev, pkt.state.outdev, info);
    return CONTINUE;
  },
  MARK: (info) => ({ skb }) => {
    skb.mark = ((skb.mark & ~info.mask) ^ info.mark) >>> 0;
    return CONTINUE;
  },
  CONNMARK: (info) => (pkt) => connmark(pkt, info),
  SNAT: (info) => (pkt) => nat(pkt, rangeOf(info), "src"),
  DNAT: (info) => (pkt) => nat(pkt, rangeOf(info), "dst"),
  MASQUERADE: (info) => (pkt) => (pkt.state.outdev === null ? ACCEPT : verdictOf(natMasquerade(pkt.ns, pkt.skb, rangeOf(info), pkt.state.outdev))),
  REDIRECT: (info) => (pkt) => verdictOf(natRedirect(pkt.ns, pkt.skb, rangeOf(info), pkt.state.point)),
  NETMAP: (info) => (pkt) => netmap(pkt, info),
  CT: (info) => (pkt) => setCt(pkt, info),
  TCPMSS: (info) => (pkt) => clampMss(pkt, info),
};

const REJECT_CODES: Readonly<Record<Exclude<XtReject["with"], "tcp-reset">, number>> = {
  "icmp-net-unreachable": ICMP_NET_UNREACH, "icmp-host-unreachable": ICMP_HOST_UNREACH, "icmp-port-unreachable": ICMP_PORT_UNREACH,
  "icmp-proto-unreachable": ICMP_PROT_UNREACH, "icmp-net-prohibited": 9, "icmp-host-prohibited": 10, "icmp-admin-prohibited": ICMP_PKT_FILTERED,
};

/** reject_tg. */
function reject({ ns, skb, state }: NftPkt, info: XtReject): RunVerdict {
  if (info.with === "tcp-reset") sendReset(ns, skb, state.point);
  else sendUnreach(ns, skb, REJECT_CODES[info.with]);
  return DROP;
}

/** connmark_tg. */
function connmark({ ns, skb }: NftPkt, { mode, ctmark, ctmask, nfmask }: XtConnmarkTarget): RunVerdict {
  const ct = ctOf(skb);
  if (ct === null) return CONTINUE;
  if (mode === "restore") skb.mark = ((skb.mark & ~nfmask) ^ (ct.mark & ctmask)) >>> 0;
  else ctSetMark(ns, ct, ((ct.mark & ~ctmask) ^ (mode === "set" ? ctmark : skb.mark & nfmask)) >>> 0);
  return CONTINUE;
}

function rangeOf({ flags, addrs, ports, basePort }: XtNat): NatRange {
  return { flags, minAddr: ip4(addrs[0]), maxAddr: ip4(addrs[1]), minProto: ports[0], maxProto: ports[1], base: basePort };
}

function nat({ ns, skb }: NftPkt, range: NatRange, manip: "src" | "dst"): RunVerdict {
  const ct = ctOf(skb);
  return ct === null ? ACCEPT : verdictOf(natSetupInfo(ns, ct, range, manip));
}

/** netmap_tg4: the network from the range, the host from the packet. */
function netmap(pkt: NftPkt, info: XtNat): RunVerdict {
  const { buf, netAt } = pkt.skb;
  const isDst = pkt.state.point === "prerouting" || pkt.state.point === "output";
  const netmask = ~(info.addrs[0] ^ info.addrs[1]);
  const addr: Ip4 = ip4(((isDst ? ipDst(buf, netAt) : ipSrc(buf, netAt)) & ~netmask) | (info.addrs[0] & netmask));
  return nat(pkt, { ...rangeOf(info), flags: info.flags | NF_NAT_RANGE_MAP_IPS, minAddr: addr, maxAddr: addr }, isDst ? "dst" : "src");
}

/** xt_ct_target: only before conntrack has looked. */
function setCt({ ns, skb }: NftPkt, info: XtCt): RunVerdict {
  if (ctOf(skb) !== null || isUntracked(skb)) return CONTINUE;
  if (info.notrack) setUntracked(skb);
  else if (info.zone !== 0) ctSetZone(ns, skb, info.zone, 3);
  return CONTINUE;
}

/** tcpmss_mangle_packet. A segment with a broken header is dropped. */
function clampMss(pkt: NftPkt, info: XtTcpmss): RunVerdict {
  const { skb, thAt } = pkt;
  if (pkt.l4proto !== IPPROTO_TCP || pkt.fragOffset !== 0) return CONTINUE;
  if (tcpHeaderEnd(skb, thAt) < 0) return DROP;
  const dst = skb.dst as Dst | null;
  if (info.mss === TCPMSS_CLAMP_PMTU && dst === null) return CONTINUE;
  const mss = info.mss === TCPMSS_CLAMP_PMTU ? tcpMss(pkt, dst!) : info.mss;
  const option = findTcpOption(skb, thAt, TCPOPT_MSS);
  if (option === null) addMss(skb, thAt, Math.min(mss, 536));
  else if (option.end - option.at === 4 && readU16(skb.buf, option.at + 2) > mss) patchTcpWord(skb, thAt, option.at + 2, mss);
  return CONTINUE;
}

const MSS_OPTION_BYTES = 4;
const LONGEST_TCP_HEADER = 60;

/** A bare SYN without the option gets one, RFC 879's 536 bytes at most. */
function addMss(skb: Skb, thAt: number, mss: number): void {
  const { buf, netAt } = skb;
  const headerEnd = tcpHeaderEnd(skb, thAt);
  if (headerEnd !== skb.end || headerEnd - thAt >= LONGEST_TCP_HEADER || skb.end + MSS_OPTION_BYTES > buf.length) return;
  buf.copyWithin(thAt + 24, thAt + 20, headerEnd);
  skb.end += MSS_OPTION_BYTES;
  buf[thAt + 20] = TCPOPT_MSS;
  buf[thAt + 21] = MSS_OPTION_BYTES;
  writeU16(buf, thAt + 22, mss);
  buf[thAt + 12] = buf[thAt + 12]! + 0x10;
  writeU16(buf, netAt + IP_LEN, ipTotalBytes(buf, netAt) + MSS_OPTION_BYTES);
  setIpChecksum(buf, netAt);
  writeU16(buf, thAt + 16, 0);
  writeU16(buf, thAt + 16, fold16(sum16(buf, thAt, skb.end, pseudoSum(buf, netAt, IPPROTO_TCP, skb.end - thAt))));
}
