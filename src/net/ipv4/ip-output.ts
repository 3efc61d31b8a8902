// From sock/raw.ts, sock/udp.ts and ipv4/icmp.ts (packets made here), ipv4/ip-forward.ts (passing through).
// Next neigh/output.ts: who is the next hop?
import { type Ip4, IP4_BROADCAST, isMulticastIp4 } from "../../wire/addr.ts";
import { ETH_P_IP } from "../../wire/ethernet.ts";
import { IPPROTO_ICMP, IP_DF, IP_HLEN, IP_PROTO, ipDst, writeIpv4 } from "../../wire/ipv4.ts";
import { type HookVerdict, nfHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { neighOutput, sendResolved } from "../neigh/output.ts";
import type { Errno } from "../uapi/errno.ts";
import { explainRoute } from "./fib-lookup.ts";
import { ipFragment } from "./fragment.ts";
import { countIcmpOut } from "./icmp-mib.ts";
import { countGroupOut } from "./ip-mib.ts";
import { buildOptions } from "./options.ts";
import { type Dst, dstMtu, dstOf, flowOf, forwardMtu, nexthopOf } from "./route.ts";

/** Header fields of a packet made here; addresses come from the routing decision or the socket. */
export interface IpSend {
  readonly saddr: Ip4;
  readonly daddr: Ip4;
  readonly protocol: number;
  readonly tos: number;
  readonly ttl: number;
  /** Set "don't fragment". */
  readonly df: boolean;
  /** Pieces are allowed in spite of DF: the sender has not asked for strict path MTU discovery. */
  readonly ignoreDf: boolean;
  /** Identification; null takes the next of the machine's counter. */
  readonly id: number | null;
  readonly options?: Uint8Array;
  /** Called when the header is written, before anything else happens to the packet: what a tunnel tells the trace. */
  readonly built?: () => void;
}

/** Puts the IPv4 header before the payload [start, end) and sends it (ip_push_pending_frames). */
export function ipSendSkb(ns: Netns, skb: Skb, dst: Dst, send: IpSend): Errno | undefined {
  ipBuildHeader(ns, skb, send);
  buildOptions(ns, skb, send.saddr);
  skb.dst = dst;
  skb.ignoreDf = send.ignoreDf;
  send.built?.();
  if (send.protocol === IPPROTO_ICMP) countIcmpOut(ns.mib, skb.buf[skb.transAt]!);
  if (ns.world.trace !== null && dst.route !== null) {
    trace(ns, "route", dst.dev.name, skb, { decision: explainRoute(ns, flowOf(send), dst.route) });
  }
  return ipLocalOut(ns, skb);
}

function ipBuildHeader(ns: Netns, skb: Skb, send: IpSend): void {
  const headerBytes = IP_HLEN + (send.options?.length ?? 0);
  skb.ensureHeadroom(headerBytes);
  skb.transAt = skb.start;
  skb.netAt = skb.push(headerBytes);
  skb.protocol = ETH_P_IP;
  writeIpv4(skb.buf, skb.netAt, {
    tos: send.tos, totalBytes: skb.length, id: send.id ?? takeId(ns), frag: send.df ? IP_DF : 0, ttl: send.ttl,
    protocol: send.protocol, src: send.saddr, dst: send.daddr, ...(send.options === undefined ? {} : { options: send.options }),
  });
}

/** __ip_select_ident: Linux hashes the address pair into many counters; one counter a machine shows the same to an observer of one flow. */
function takeId(ns: Netns): number {
  ns.ipv4.nextId = (ns.ipv4.nextId + 1) & 0xffff;
  return ns.ipv4.nextId;
}

/** ip_local_out: the output hook, then the way the decision says. A rule that drops there or at postrouting is told to the sender: `EPERM`. */
export function ipLocalOut(ns: Netns, skb: Skb): Errno | undefined {
  ns.mib.ip.OutRequests++;
  return nfHook(ns, "ip", "output", skb, null, dstOf(skb).dev, ipOutput) === "drop" ? "EPERM" : undefined;
}

/** ip_output and ip_mc_output: postrouting, and a copy back to ourselves for broadcasts. */
export function ipOutput(ns: Netns, skb: Skb): HookVerdict {
  const dst = dstOf(skb);
  const indev = skb.dev;
  skb.dev = dst.dev;
  return nfHook(ns, "ip", "postrouting", skb, indev, dst.dev, ipFinishOutput);
}

function ipFinishOutput(ns: Netns, skb: Skb): void {
  const dst = dstOf(skb);
  const mtu = outputMtu(ns, skb, dst);
  const wasCut = skb.fragMaxBytes > 0;
  if (skb.length > mtu || wasCut) return ipFragment(ns, skb, mtu, ipFinishOutput2);
  ipFinishOutput2(ns, skb);
}

/** ip_skb_dst_mtu: what was learned about the path counts for packets made here, unless their socket probes it itself. */
function outputMtu(ns: Netns, skb: Skb, dst: Dst): number {
  if (dst.type === "local" || skb.sk?.ignoresPmtu === true) return dst.dev.mtuBytes;
  const daddr = ipDst(skb.buf, skb.netAt);
  return skb.iif === 0 ? dstMtu(ns, dst, daddr) : forwardMtu(ns, dst, daddr);
}

/** ip_finish_output2: the neighbour that is the next hop. */
function ipFinishOutput2(ns: Netns, skb: Skb): void {
  const dst = dstOf(skb);
  ns.mib.ip.OutTransmits++;
  ns.mib.ipExt.OutOctets += skb.length;
  countGroupOut(ns.mib.ipExt, dst.type, skb.length);
  if (skb.iif === 0 && (dst.type === "broadcast" || dst.type === "multicast")) loopBack(ns, skb, dst);
  neighOutput(ns, nexthopOf(dst, ipDst(skb.buf, skb.netAt)), dst.dev, skb);
}

/** ip_mc_finish_output / ip_dev_loopback_xmit: local listeners hear our own broadcast. */
function loopBack(ns: Netns, skb: Skb, dst: Dst): void {
  const daddr = ipDst(skb.buf, skb.netAt);
  if (dst.dev.isLoopback || (isMulticastIp4(daddr) && skb.buf[skb.netAt + IP_PROTO] !== 17)) return;
  if (daddr !== IP4_BROADCAST && dst.type !== "broadcast" && !isMulticastIp4(daddr)) return;
  const copy = ns.world.clone(skb);
  copy.dev = ns.loopback;
  copy.pktType = "host";
  const entry = ns.neigh.create(daddr, ns.loopback);
  if (ns.loopback.isUp) sendResolved(ns, entry, copy);
  else ns.world.free(copy);
}

