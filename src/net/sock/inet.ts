import { IP4_ANY, IP4_BROADCAST, type Ip4, isLoopbackIp4, isMulticastIp4 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_PARAMETERPROB, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { IPPROTO_TCP, IPPROTO_UDP, IP_HLEN } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import { SCOPE_LINK, orConf } from "../ipv4/in-device.ts";
import { type Dst, type OutputKey, dstMtu, isLocalAddr, routeOutput } from "../ipv4/route.ts";
import type { IpSend } from "../ipv4/ip-output.ts";
import type { Errno } from "../uapi/errno.ts";
import type { BaseSock, SettableOptions } from "./base-sock.ts";

/** What inet sockets share: routing a send, don't-fragment policy, ICMP errors as errnos. */

/** icmp_err_convert: errno of a "destination unreachable" code, and whether it kills a connected socket. */
const UNREACHABLE: readonly (readonly [Errno, boolean])[] = [
  ["ENETUNREACH", false], ["EHOSTUNREACH", false], ["ENOPROTOOPT", true], ["ECONNREFUSED", true], ["EMSGSIZE", false], ["EOPNOTSUPP", false],
  ["ENETUNREACH", true], ["EHOSTDOWN", true], ["EHOSTUNREACH", true], ["ENETUNREACH", true], ["EHOSTUNREACH", true], ["ENETUNREACH", false],
  ["EHOSTUNREACH", false], ["EHOSTUNREACH", true], ["EHOSTUNREACH", true], ["EHOSTUNREACH", true],
];

/** Errno and hardness of an ICMP error. */
export function icmpErrno(type: number, code: number): readonly [Errno, boolean] {
  if (type === ICMP_DEST_UNREACH) return UNREACHABLE[code] ?? ["EHOSTUNREACH", true];
  if (type === ICMP_PARAMETERPROB) return ["EPROTO", true];
  if (type === ICMP_TIME_EXCEEDED) return ["EHOSTUNREACH", false];
  return ["EHOSTUNREACH", false];
}

/** Routes a datagram from a socket; broadcasts need SO_BROADCAST (`EACCES`). */
export function routeSend(sock: BaseSock, key: OutputKey, options: SettableOptions): Dst | Errno {
  const isGroup = isMulticastIp4(key.daddr);
  const oif = sock.boundDev !== 0 ? sock.boundDev : key.oif !== undefined && key.oif !== 0 ? key.oif : isGroup ? options.IP_MULTICAST_IF : 0;
  const { daddr, protocol, sport, dport, saddr = sock.local } = key;
  // Only IP_TRANSPARENT and a header of the program's own (FLOWI_FLAG_ANYSRC) speak for addresses that are not here.
  if (saddr !== IP4_ANY && !options.IP_TRANSPARENT && !options.IP_HDRINCL && !isLocalAddr(sock.ns, saddr)) return "ENETUNREACH";
  const dst = routeOutput(sock.ns, { daddr, saddr, oif, mark: options.SO_MARK, tos: options.IP_TOS & 0x1c, protocol, sport, dport, ...(options.SO_DONTROUTE ? { scope: SCOPE_LINK } : {}) });
  // Raw and ping sockets do not count it.
  if (dst === "ENETUNREACH" && (protocol === IPPROTO_UDP || protocol === IPPROTO_TCP) && sock.type !== "raw") sock.ns.mib.ip.OutNoRoutes++;
  if (typeof dst === "string") return dst;
  // __mkroute_output: nothing leaves the machine from 127.0.0.0/8.
  if (isLoopbackIp4(saddr) && !dst.dev.isLoopback && !orConf(dst.dev, "routeLocalnet")) return "EINVAL";
  if (dst.type === "broadcast" && !options.SO_BROADCAST) return "EACCES";
  return dst;
}

/** How the IP header is to be filled for a datagram of `payloadBytes` (ip_setup_cork, __ip_make_skb). `EMSGSIZE` when it may not be cut and does not fit. */
export function headerFor(ns: Netns, options: SettableOptions, dst: Dst, daddr: Ip4, saddr: Ip4, protocol: number, payloadBytes: number): IpSend | Errno {
  const discover = options.IP_MTU_DISCOVER;
  const mtu = discover === "probe" ? dst.dev.mtuBytes : dstMtu(ns, dst, daddr);
  const total = IP_HLEN + options.IP_OPTIONS.length + payloadBytes;
  const mayCut = discover === "dont" || discover === "want";
  if (total > (mayCut ? 65535 : mtu)) return "EMSGSIZE";
  const isGroup = isMulticastIp4(daddr);
  const df = discover === "do" || discover === "probe" || (discover === "want" && total <= mtu);
  return {
    saddr, daddr, protocol, tos: options.IP_TOS, df, ignoreDf: mayCut, id: df && !mayCut ? 0 : null,
    ttl: isGroup ? options.IP_MULTICAST_TTL : options.IP_TTL === 0 ? ns.ipv4.defaultTtl : options.IP_TTL,
    ...(options.IP_OPTIONS.length === 0 ? {} : { options: options.IP_OPTIONS }),
  };
}

/** The MTU an `EMSGSIZE` reports. */
export const mtuOf = (ns: Netns, dst: Dst, daddr: Ip4, options: SettableOptions): number =>
  options.IP_MTU_DISCOVER === "probe" ? dst.dev.mtuBytes : dstMtu(ns, dst, daddr);

/** IP_MTU: what is known of the way to the peer. */
export function mtuToPeer(sock: BaseSock, protocol: number): number | Errno {
  if (sock.peer === IP4_ANY) return "ENOTCONN";
  const dst = routeSend(sock, { daddr: sock.peer, protocol }, sock.options);
  return typeof dst === "string" ? "ENOTCONN" : dstMtu(sock.ns, dst, sock.peer);
}

/** An own, broadcast or multicast address may be bound; others need ip_nonlocal_bind, IP_FREEBIND or IP_TRANSPARENT. */
export function canBind(ns: Netns, addr: Ip4, options?: SettableOptions): boolean {
  if (options?.IP_FREEBIND === true || options?.IP_TRANSPARENT === true) return true;
  if (addr === IP4_ANY || addr === IP4_BROADCAST || isMulticastIp4(addr) || ns.ipv4.ipNonlocalBind === 1) return true;
  const rows = ns.ipv4.fib.local.rows(addr, 32) ?? [];
  if (rows.some((r) => r.type === "local" || r.type === "broadcast")) return true;
  return ns.ipv4.fib.local.list().some((r) => r.type === "local" && r.prefixLen < 32 && ((addr ^ r.dst) >>> (32 - r.prefixLen)) === 0);
}
