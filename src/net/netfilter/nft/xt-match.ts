import { readU16 } from "../../../wire/addr.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_LEN, IP_TTL, ipDst, ipSrc } from "../../../wire/ipv4.ts";
import type { XtAddrType, XtAddrtype, XtIcmp, XtIprange, XtLength, XtMatches, XtMultiport, XtOwner, XtPkttype, XtStatistic, XtTcp, XtTtl, XtUdp } from "../../uapi/xt.ts";
import { ctOf } from "../ct-entry.ts";
import { inetDevAddrType } from "./expr-fib.ts";
import type { NftPkt } from "./model.ts";
import { findTcpOption } from "./tcp-option.ts";
import { matchConntrack } from "./xt-conntrack.ts";
import { matchMac, matchPhysdev } from "./xt-link.ts";

/** A match extension at work: does the packet fit? State (a counter) lives in the closure. */
export type XtTest = (pkt: NftPkt) => boolean;

type Range = readonly [min: number, max: number];
export const within = (n: number, [min, max]: Range): boolean => n >= min && n <= max;

/** Matches by name; made once a rule. */
export const XT_MATCHES: { readonly [Name in keyof XtMatches]: (info: XtMatches[Name]) => XtTest } = {
  tcp: (info) => (pkt) => matchTcp(pkt, info),
  udp: (info) => (pkt) => matchUdp(pkt, info),
  icmp: (info) => (pkt) => matchIcmp(pkt, info),
  comment: () => () => true,
  conntrack: (info) => (pkt) => matchConntrack(pkt, info),
  addrtype: (info) => (pkt) => matchAddrtype(pkt, info),
  statistic,
  connmark: (info) => ({ skb }) => {
    const ct = ctOf(skb);
    return ct !== null && ((ct.mark & info.mask) >>> 0 === info.mark) !== info.invert;
  },
  multiport: (info) => (pkt) => matchMultiport(pkt, info),
  physdev: (info) => (pkt) => matchPhysdev(pkt, info),
  iprange: (info) => (pkt) => matchIprange(pkt, info),
  mac: (info) => (pkt) => matchMac(pkt, info),
  ttl: (info) => ({ skb }) => compareTtl(skb.buf[skb.netAt + IP_TTL]!, info),
  length: (info) => ({ skb }) => matchLength(readU16(skb.buf, skb.netAt + IP_LEN), info),
  pkttype: (info) => ({ skb }) => matchPkttype(skb.pktType, info),
  owner: (info) => (pkt) => matchOwner(pkt, info),
};

/** A whole transport header of this many bytes is there. */
const hasTransport = (pkt: NftPkt, protocol: number, bytes: number): boolean =>
  pkt.l4proto === protocol && pkt.fragOffset === 0 && pkt.thAt + bytes <= pkt.skb.end;

/** tcp_mt. */
function matchTcp(pkt: NftPkt, info: XtTcp): boolean {
  if (!hasTransport(pkt, IPPROTO_TCP, 20)) return false;
  const { skb, thAt } = pkt;
  const inverted = (part: XtTcp["invert"][number]): boolean => info.invert.includes(part);
  return within(readU16(skb.buf, thAt), info.sports) !== inverted("sport")
    && within(readU16(skb.buf, thAt + 2), info.dports) !== inverted("dport")
    && ((skb.buf[thAt + 13]! & info.flagsMask) === info.flagsCmp) !== inverted("flags")
    && (info.option === 0 || (findTcpOption(skb, thAt, info.option) !== null) !== inverted("option"));
}

/** udp_mt. */
function matchUdp(pkt: NftPkt, info: XtUdp): boolean {
  if (!hasTransport(pkt, IPPROTO_UDP, 8)) return false;
  const { skb, thAt } = pkt;
  return within(readU16(skb.buf, thAt), info.sports) !== info.invert.includes("sport")
    && within(readU16(skb.buf, thAt + 2), info.dports) !== info.invert.includes("dport");
}

const ICMP_ANY = 255;

/** icmp_match. */
function matchIcmp(pkt: NftPkt, info: XtIcmp): boolean {
  if (!hasTransport(pkt, IPPROTO_ICMP, 4)) return false;
  const { buf } = pkt.skb;
  const fits = info.type === ICMP_ANY || (buf[pkt.thAt] === info.type && within(buf[pkt.thAt + 1]!, info.codes));
  return fits !== info.invert;
}

const NAMES: Readonly<Record<ReturnType<typeof inetDevAddrType>, XtAddrType>> = {
  unicast: "UNICAST", local: "LOCAL", broadcast: "BROADCAST", multicast: "MULTICAST", blackhole: "BLACKHOLE",
  unreachable: "UNREACHABLE", prohibit: "PROHIBIT", throw: "THROW",
};

/** addrtype_mt_v1. */
function matchAddrtype(pkt: NftPkt, info: XtAddrtype): boolean {
  const { buf, netAt } = pkt.skb;
  const dev = info.limitIn ? pkt.state.indev : info.limitOut ? pkt.state.outdev : null;
  const is = (addr: ReturnType<typeof ipSrc>, types: readonly XtAddrType[]): boolean => types.includes(NAMES[inetDevAddrType(pkt, addr, dev)]);
  if (info.src.length > 0 && is(ipSrc(buf, netAt), info.src) === info.invertSrc) return false;
  return info.dst.length === 0 || is(ipDst(buf, netAt), info.dst) !== info.invertDst;
}

/** statistic_mt. */
function statistic(info: XtStatistic): XtTest {
  let { count } = info;
  if (info.mode === "random") return (pkt) => (pkt.ns.world.sim.rng.u32() & 0x7fffffff) < info.probability !== info.invert;
  return () => {
    count = count === info.every ? 0 : count + 1;
    return (count === 0) !== info.invert;
  };
}

/** multiport_mt. */
function matchMultiport(pkt: NftPkt, info: XtMultiport): boolean {
  if (pkt.l4proto < 0 || pkt.fragOffset !== 0 || pkt.thAt + 4 > pkt.skb.end) return false;
  const sport = readU16(pkt.skb.buf, pkt.thAt);
  const dport = readU16(pkt.skb.buf, pkt.thAt + 2);
  for (let i = 0; i < info.ports.length; i++) {
    const low = info.ports[i]!;
    const high = info.rangeStart[i] === 1 ? info.ports[++i]! : low;
    const asSource = within(sport, [low, high]) && info.which !== "destination";
    const asDestination = within(dport, [low, high]) && info.which !== "source";
    if (asSource || asDestination) return !info.invert;
  }
  return info.invert;
}

/** iprange_mt4. */
function matchIprange({ skb }: NftPkt, info: XtIprange): boolean {
  const fits = (which: "src" | "dst", addr: number): boolean =>
    !info.match.includes(which) || within(addr, info[which]) !== info.invert.includes(which);
  return fits("src", ipSrc(skb.buf, skb.netAt)) && fits("dst", ipDst(skb.buf, skb.netAt));
}

function compareTtl(ttl: number, info: XtTtl): boolean {
  switch (info.mode) {
    case "eq": return ttl === info.ttl;
    case "ne": return ttl !== info.ttl;
    case "lt": return ttl < info.ttl;
    case "gt": return ttl > info.ttl;
  }
}

const matchLength = (bytes: number, info: XtLength): boolean => within(bytes, info.length) !== info.invert;
const matchPkttype = (type: string, info: XtPkttype): boolean => (type === (info.type === "unicast" ? "host" : info.type)) !== info.invert;

/** owner_mt. */
function matchOwner({ skb }: NftPkt, info: XtOwner): boolean {
  const { sk } = skb;
  if (sk === null) return info.match.every((part) => info.invert.includes(part));
  if (info.match.includes("socket") && info.invert.includes("socket")) return false;
  const fits = (part: "uid" | "gid"): boolean => {
    const id = sk[part];
    return !info.match.includes(part) || (id !== null && within(id, info[part])) !== info.invert.includes(part);
  };
  return fits("uid") && fits("gid");
}
