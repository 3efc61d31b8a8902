import { type Ip4, formatIp4, readIp4, writeU32 } from "../../wire/addr.ts";
import { ICMP_PARAMETERPROB } from "../../wire/icmp.ts";
import { IP_DST, IP_HLEN, ipDst, ipHeaderBytes, ipSrc, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";
import { SCOPE_UNIVERSE, andConf, orConf } from "./in-device.ts";
import { IPOPT_END, IPOPT_LSRR, IPOPT_NOOP, IPOPT_RA, IPOPT_RR, IPOPT_SSRR, IPOPT_TIMESTAMP, TS_AND_ADDRESS, TS_PRESPECIFIED, findOption, recordRoute } from "./options.ts";
import { routeInput } from "./route-input.ts";
import { type Dst, dstOf, isLocalAddr, routeOutput, selectAddr } from "./route.ts";

/* IPv4 options of packets that come in: what is malformed is told to the sender, source routes are followed where allowed (RFC 791, RFC 1812 §5.2.4.1). */

/** ip_rcv_options, after the packet was routed: false = it was dropped. */
export function rcvOptions(ns: Netns, skb: Skb): boolean {
  const wrongAt = firstFault(skb);
  if (wrongAt >= 0) return parameterProblem(ns, skb, wrongAt);
  if (hasSourceRoute(skb) && !rcvSourceRoute(ns, skb)) return false;
  if ((skb.dst as Dst).type === "local") recordRoute(ns, skb, ipDst(skb.buf, skb.netAt), ipDst(skb.buf, skb.netAt));
  return true;
}

/** Offset from the IP header of what the pointer of a parameter problem shows. */
function parameterProblem(ns: Netns, skb: Skb, offset: number): false {
  icmpSend(ns, skb, ICMP_PARAMETERPROB, 0, (offset << 24) >>> 0);
  return refuse(ns, skb);
}

function refuse(ns: Netns, skb: Skb): false {
  drop(ns, skb, "IP_HDR");
  return false;
}

/** __ip_options_compile: offset of the first byte that makes no sense, -1 when all do. */
function firstFault(skb: Skb): number {
  const { buf, netAt } = skb;
  const end = netAt + ipHeaderBytes(buf, netAt);
  const seen = new Set<number>();
  for (let at = netAt + IP_HLEN; at < end; ) {
    const type = buf[at]!;
    if (type === IPOPT_END) return -1;
    if (type === IPOPT_NOOP) {
      at++;
      continue;
    }
    const length = buf[at + 1]!;
    if (end - at < 2 || length < 2 || length > end - at) return at - netAt;
    const kind = type === IPOPT_SSRR ? IPOPT_LSRR : type;
    const fault = ONCE.has(kind) && seen.has(kind) ? 0 : faultOf(buf.subarray(at, at + length), type);
    if (fault >= 0) return at - netAt + fault;
    seen.add(kind);
    at += length;
  }
  return -1;
}

const ONCE: ReadonlySet<number> = new Set([IPOPT_LSRR, IPOPT_RR, IPOPT_TIMESTAMP]);

/** Index of the wrong byte within one option: 1 its length, 2 its pointer, 3 its flags; -1 = none. */
function faultOf(option: Uint8Array, type: number): number {
  if (type === IPOPT_RA) return option.length < 4 ? 1 : -1;
  if (type === IPOPT_LSRR || type === IPOPT_SSRR || type === IPOPT_RR) {
    if (option.length < 3) return 1;
    const pointer = option[2]!;
    if (pointer < 4) return 2;
    return type === IPOPT_RR && pointer <= option.length && pointer + 3 > option.length ? 2 : -1;
  }
  return type === IPOPT_TIMESTAMP ? timestampFault(option) : -1;
}

function timestampFault(option: Uint8Array): number {
  if (option.length < 4) return 1;
  const pointer = option[2]!;
  const flag = option[3]! & 15;
  if (pointer < 5) return 2;
  if (pointer > option.length) return flag !== TS_PRESPECIFIED && option[3]! >> 4 === 15 ? 3 : -1;
  const bytes = flag === TS_AND_ADDRESS || flag === TS_PRESPECIFIED ? 8 : 4;
  return pointer + bytes - 1 > option.length ? 2 : -1;
}

const sourceRouteAt = (skb: Skb): number => Math.max(findOption(skb, IPOPT_LSRR, 3), findOption(skb, IPOPT_SSRR, 3));

export const hasSourceRoute = (skb: Skb): boolean => ipHeaderBytes(skb.buf, skb.netAt) > IP_HLEN && sourceRouteAt(skb) >= 0;

/** A strict source route names a next hop that is not a neighbour: "source route failed". */
export const isStrictMiss = (skb: Skb, dst: Dst): boolean => dst.gateway !== null && ipHeaderBytes(skb.buf, skb.netAt) > IP_HLEN && findOption(skb, IPOPT_SSRR, 3) >= 0;

/** ip_options_rcv_srr: a packet that names us as one stop of its way is routed to the next; false = dropped. */
function rcvSourceRoute(ns: Netns, skb: Skb): boolean {
  const { buf, netAt } = skb;
  const dev = skb.dev!;
  if (!andConf(dev, "acceptSourceRoute")) {
    if (orConf(dev, "logMartians") && ns.world.klog.mayRepeat(ns.world.sim.nowNs)) {
      ns.world.klog.write(ns.world.sim.nowNs, 6, `IPv4: source route option ${formatIp4(ipSrc(buf, netAt))} -> ${formatIp4(ipDst(buf, netAt))}`);
    }
    return refuse(ns, skb);
  }
  if (skb.pktType !== "host") return refuse(ns, skb);
  const at = sourceRouteAt(skb);
  const dst = skb.dst as Dst;
  if (dst.type === "unicast") return buf[at] === IPOPT_LSRR || parameterProblem(ns, skb, 16);
  return dst.type === "local" ? followSourceRoute(ns, skb, at) : refuse(ns, skb);
}

function followSourceRoute(ns: Netns, skb: Skb, at: number): boolean {
  const { buf, netAt } = skb;
  const length = buf[at + 1]!;
  for (let pointer = buf[at + 2]!; pointer <= length; pointer += 4) {
    if (pointer + 3 > length) return parameterProblem(ns, skb, at - netAt + 2);
    const next = readIp4(buf, at + pointer - 1);
    skb.dst = null;
    if (!routeInput(ns, skb, next)) return false;
    const { type } = dstOf(skb);
    if (type === "unicast") return true;
    if (type !== "local") return refuse(ns, skb);
    writeU32(buf, netAt + IP_DST, next);
    setIpChecksum(buf, netAt);
  }
  return true;
}

/** fib_compute_spec_dst: the address by which the packet's sender knows this machine. */
function addressTowards(ns: Netns, skb: Skb): Ip4 {
  const back = routeOutput(ns, { daddr: ipSrc(skb.buf, skb.netAt) });
  return typeof back === "string" ? selectAddr(ns, skb.dev!, ipSrc(skb.buf, skb.netAt), SCOPE_UNIVERSE) : back.saddr;
}

/** ip_forward_options: our own address goes into the route recorded; a stop that was reached is replaced by the next. */
export function forwardOptions(ns: Netns, skb: Skb): void {
  if (ipHeaderBytes(skb.buf, skb.netAt) <= IP_HLEN) return;
  const dst = skb.dst as Dst;
  recordRoute(ns, skb, selectAddr(ns, dst.dev, dst.gateway ?? ipDst(skb.buf, skb.netAt), SCOPE_UNIVERSE), addressTowards(ns, skb));
  const daddr = ipDst(skb.buf, skb.netAt);
  const at = sourceRouteAt(skb);
  if (at < 0 || !isLocalAddr(ns, daddr)) return;
  let pointer = skb.buf[at + 2]!;
  while (pointer + 3 <= skb.buf[at + 1]! && isLocalAddr(ns, readIp4(skb.buf, at + pointer - 1))) pointer += 4;
  if (pointer + 3 > skb.buf[at + 1]!) return;
  const next = readIp4(skb.buf, at + pointer - 1);
  writeU32(skb.buf, at + pointer - 1, selectAddr(ns, dst.dev, dst.gateway ?? next, SCOPE_UNIVERSE));
  skb.buf[at + 2] = pointer + 4;
  writeU32(skb.buf, skb.netAt + IP_DST, next);
  setIpChecksum(skb.buf, skb.netAt);
}
