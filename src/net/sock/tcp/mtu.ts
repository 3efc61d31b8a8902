import { TCP_HLEN } from "../../../wire/tcp.ts";
import type { Ip4 } from "../../../wire/addr.ts";
import type { Netns } from "../../core/netns.ts";
import { type Dst, dstMtu } from "../../ipv4/route.ts";
import { establishedOptionBytes, pathMtu, skRoute } from "./transmit.ts";
import { HEADERS_BYTES } from "./window.ts";
import type { Tcb } from "./tcb.ts";

/* Segment size (RFC 9293 §3.7.1, RFC 6691, RFC 1191): tcp_sync_mss, tcp_current_mss. */

const MIN_ADVMSS = 256;
const MAX_ADVMSS = 65535 - 40;
const MSS_DEFAULT = 536;
const MIN_MTU_PAYLOAD = 68;

/** What a way out lets us announce: the route's `advmss`, or the path's MTU as far as it is known, without headers (ipv4_default_advmss). */
export function dstAdvMss(ns: Netns, dst: Dst, daddr: Ip4): number {
  const metric = dst.route?.metrics.get("advmss");
  if (metric !== undefined && metric !== 0) return metric;
  return Math.min(MAX_ADVMSS, Math.max(dstMtu(ns, dst, daddr) - HEADERS_BYTES, MIN_ADVMSS));
}

/** tcp_advertise_mss. */
export function advertiseMss(tp: Tcb): number {
  const dst = skRoute(tp);
  if (typeof dst !== "string") tp.advMss = Math.min(tp.advMss, dstAdvMss(tp.ns, dst, tp.peer));
  return tp.advMss;
}

/** tcp_mtu_to_mss: payload of a packet of `mtu` bytes with this connection's constant options. */
export function mtuToMss(tp: Tcb, mtu: number): number {
  const payload = Math.min(mtu - HEADERS_BYTES, tp.rxOpt.mssClamp) - tp.options.IP_OPTIONS.length;
  return Math.max(payload, tp.ns.sock.tcp.sysctl.minSndMss) - (tp.tcpHeaderLen - TCP_HLEN);
}

/** tcp_sync_mss: the path takes packets of `mtu` bytes from now on. */
export function syncMss(tp: Tcb, mtu: number): number {
  tp.pmtuCookie = mtu;
  tp.mssCache = boundToHalfWindow(tp, mtuToMss(tp, mtu));
  return tp.mssCache;
}

/** Never more than half of the largest window the peer ever offered. */
export function boundToHalfWindow(tp: Tcb, bytes: number): number {
  const cutoff = tp.maxWindow > MSS_DEFAULT ? Math.floor(tp.maxWindow / 2) : tp.maxWindow;
  return cutoff !== 0 && bytes > cutoff ? Math.max(cutoff, MIN_MTU_PAYLOAD - tp.tcpHeaderLen) : bytes;
}

/** tcp_current_mss: payload of the next segment, SACK blocks taken off. */
export function currentMss(tp: Tcb): number {
  const dst = skRoute(tp);
  if (typeof dst !== "string") {
    const mtu = pathMtu(tp, dst);
    if (mtu !== tp.pmtuCookie) syncMss(tp, mtu);
  }
  const headerBytes = TCP_HLEN + establishedOptionBytes(tp);
  return headerBytes === tp.tcpHeaderLen ? tp.mssCache : tp.mssCache - (headerBytes - tp.tcpHeaderLen);
}
