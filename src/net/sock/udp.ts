import { IP4_ANY, IP4_BROADCAST, type Ip4, ip4, isMulticastIp4, readU16 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH } from "../../wire/icmp.ts";
import { IPPROTO_UDP, IP_TTL, ipDst, ipSrc } from "../../wire/ipv4.ts";
import { UDP_DST, UDP_HLEN, UDP_LEN, UDP_SRC, setUdpChecksum, udpChecksumOk } from "../../wire/udp.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import { icmpSend } from "../ipv4/icmp-send.ts";
import { type IpSend, ipSendSkb } from "../ipv4/ip-output.ts";
import type { Dst } from "../ipv4/route.ts";
import type { Errno } from "../uapi/errno.ts";
import type { SendMessage, SockAddr } from "../uapi/socket.ts";
import { canBind, headerFor, icmpErrno, mtuOf, routeSend } from "./inet.ts";
import { DatagramSock } from "./datagram.ts";
import type { UdpListener } from "./tables.ts";

/* RFC 768, udp(7), Linux net/ipv4/udp.c. From: os/syscalls (send), ipv4/ip-input.ts (deliver). Next: ipv4/ip-output.ts. */

/** A UDP socket. */
export class UdpSock extends DatagramSock implements UdpListener {
  readonly domain = "inet";
  readonly type = "dgram";
  readonly protocol = IPPROTO_UDP;
  port = 0;
  peerPort = 0;

  get reusePort(): boolean {
    return this.options.SO_REUSEPORT || this.options.SO_REUSEADDR;
  }

  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    if (this.port !== 0) return "EINVAL";
    if (!canBind(this.ns, addr.addr)) return "EADDRNOTAVAIL";
    const port = addr.port === 0 ? freePort(this.ns, addr.addr) : addr.port;
    if (port === 0 || isTaken(this.ns, port, addr.addr, this.reusePort)) return "EADDRINUSE";
    this.local = addr.addr;
    this.#take(port);
    return undefined;
  }

  #take(port: number): void {
    this.port = port;
    udpListen(this.ns, port, this);
  }

  /** A routing decision is made at once: `ping`'s source address and "Network is unreachable" come from here. */
  connect(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    const dst = routeSend(this, { daddr: addr.addr, protocol: IPPROTO_UDP, dport: addr.port }, this.options);
    if (typeof dst === "string") return dst;
    if (this.local === IP4_ANY) this.local = dst.saddr;
    if (this.port === 0) this.#take(freePort(this.ns, this.local));
    this.peer = addr.addr;
    this.peerPort = addr.port;
    return undefined;
  }

  localAddr(): SockAddr {
    return { family: "inet", addr: this.local, port: this.port };
  }

  peerAddr(): SockAddr | Errno {
    return this.peerPort === 0 ? "ENOTCONN" : { family: "inet", addr: this.peer, port: this.peerPort };
  }

  /** udp_sendmsg. */
  send(message: SendMessage, journey: number): number | Errno {
    const pending = this.takePending();
    if (pending !== null) return pending;
    if (message.to !== undefined && message.to.family !== "inet") return "EAFNOSUPPORT";
    const to = message.to?.family === "inet" ? message.to : { addr: this.peer, port: this.peerPort };
    if (to.port === 0) return message.to === undefined ? "EDESTADDRREQ" : "EINVAL";
    if (message.data.length > 65507) return "EMSGSIZE";
    if (this.port === 0) this.#take(freePort(this.ns, this.local));
    const dst = routeSend(this, { daddr: to.addr, protocol: IPPROTO_UDP, sport: this.port, dport: to.port }, this.options);
    if (typeof dst === "string") return dst;
    const header = headerFor(this.ns, this.options, dst, to.addr, dst.saddr, IPPROTO_UDP, UDP_HLEN + message.data.length);
    if (typeof header === "string") return this.#tooLong(dst, to.addr);
    return sendDatagram(this, message.data, to.port, dst, header, journey) ?? message.data.length;
  }

  #tooLong(dst: Dst, to: Ip4): Errno {
    if (this.options.IP_RECVERR) {
      const error = { errno: "EMSGSIZE", origin: "local", type: 0, code: 0, info: mtuOf(this.ns, dst, to, this.options) } as const;
      this.enqueueError({ data: new Uint8Array(0), wireLength: 0, atNs: this.ns.world.sim.nowNs, error }, "EMSGSIZE");
      this.takePending();
    }
    return "EMSGSIZE";
  }

  udpDeliver(ns: Netns, skb: Skb): void {
    const from = { family: "inet", addr: ipSrc(skb.buf, skb.netAt), port: readU16(skb.buf, skb.start + UDP_SRC) } as const;
    const data = skb.buf.slice(skb.start + UDP_HLEN, skb.start + readU16(skb.buf, skb.start + UDP_LEN));
    const took = this.enqueue({ data, wireLength: data.length, from, atNs: ns.world.sim.nowNs, ttl: skb.buf[skb.netAt + IP_TTL]! });
    if (!took) return drop(ns, skb, "SOCKET_RCVBUFF");
    if (ns.world.trace !== null) trace(ns, "app.recv", skb.dev?.name ?? "", skb, { note: `UDP port ${this.port}` });
    ns.world.free(skb);
  }

  /** __udp4_lib_err. */
  udpError(skb: Skb, info: IcmpErrorInfo): void {
    const [errno, hard] = icmpErrno(info.type, info.code);
    if (this.options.IP_RECVERR) {
      const error = { errno, origin: "icmp", type: info.type, code: info.code, info: info.info, offender: ip4(info.offender) } as const;
      const data = skb.buf.slice(skb.transAt + UDP_HLEN, skb.end);
      const from = { family: "inet", addr: ipDst(skb.buf, skb.netAt), port: readU16(skb.buf, skb.transAt + UDP_DST) } as const;
      return this.enqueueError({ data, wireLength: data.length, from, atNs: this.ns.world.sim.nowNs, error }, errno);
    }
    if (hard && this.peerPort !== 0) this.fail(errno);
  }

  override close(): void {
    super.close();
    if (this.port !== 0) udpUnlisten(this.ns, this.port, this);
  }
}

/** Builds and sends one datagram from the payload. */
function sendDatagram(sock: UdpSock, data: Uint8Array, dport: number, dst: Dst, header: IpSend, journey: number): Errno | undefined {
  const { ns, port: sport } = sock;
  const skb = ns.world.alloc(UDP_HLEN + data.length);
  const { buf, start } = skb;
  buf[start] = sport >>> 8;
  buf[start + 1] = sport;
  buf[start + 2] = dport >>> 8;
  buf[start + 3] = dport;
  buf[start + 4] = skb.length >>> 8;
  buf[start + 5] = skb.length;
  buf.set(data, start + UDP_HLEN);
  skb.journey = journey;
  skb.mark = sock.mark;
  skb.sk = sock;
  skb.trust = 1;
  if (ns.world.trace !== null) trace(ns, "app.send", "", skb, { note: `UDP ${sport} → ${dport}, ${data.length} bytes` });
  checksumEarly(skb, header);
  return ipSendSkb(ns, skb, dst, header);
}

/** The checksum covers the addresses, which ipSendSkb writes: they are put where the header will be first. */
function checksumEarly(skb: Skb, header: IpSend): void {
  const ipAt = skb.start - 20;
  for (const [at, addr] of [[12, header.saddr], [16, header.daddr]] as const) {
    skb.buf.set([addr >>> 24, addr >>> 16, addr >>> 8, addr], ipAt + at);
  }
  setUdpChecksum(skb.buf, skb.start, ipAt);
}

export function udpListen(ns: Netns, port: number, listener: UdpListener): void {
  const list = ns.sock.udp.get(port);
  if (list === undefined) ns.sock.udp.set(port, [listener]);
  else list.push(listener);
}

export function udpUnlisten(ns: Netns, port: number, listener: UdpListener): void {
  const list = (ns.sock.udp.get(port) ?? []).filter((l) => l !== listener);
  if (list.length === 0) ns.sock.udp.delete(port);
  else ns.sock.udp.set(port, list);
}

function isTaken(ns: Netns, port: number, local: Ip4, reuse: boolean): boolean {
  return (ns.sock.udp.get(port) ?? []).some((l) => (l.local === IP4_ANY || local === IP4_ANY || l.local === local) && !(reuse && l.reusePort));
}

/** An ephemeral port from ip_local_port_range; 0 when all are taken. */
function freePort(ns: Netns, local: Ip4): number {
  const { localPortLow: low, localPortHigh: high } = ns.ipv4;
  const count = high - low + 1;
  const first = ns.world.sim.rng.below(count);
  for (let i = 0; i < count; i++) {
    const port = low + ((first + i) % count);
    if (!isTaken(ns, port, local, false)) return port;
  }
  return 0;
}

/** udp_rcv: `start` is at the UDP header. */
export function udpRcv(ns: Netns, skb: Skb): void {
  const length = readU16(skb.buf, skb.start + UDP_LEN);
  if (skb.length < UDP_HLEN || length < UDP_HLEN || length > skb.length) return drop(ns, skb, "PKT_TOO_SMALL");
  skb.trim(length);
  if ((skb.trust & 1) === 0 && !udpChecksumOk(skb.buf, skb.start, skb.netAt)) return drop(ns, skb, "UDP_CSUM");
  const daddr = ipDst(skb.buf, skb.netAt);
  const isGroup = isMulticastIp4(daddr) || daddr === IP4_BROADCAST || (skb.dst as Dst | null)?.type === "broadcast";
  if (isGroup) return deliverToGroup(ns, skb);
  const listener = bestListener(ns, skb);
  if (listener !== undefined) return listener.udpDeliver(ns, skb);
  icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
  drop(ns, skb, "UDP_NOSOCK");
}

/** __udp4_lib_mcast_deliver. */
function deliverToGroup(ns: Netns, skb: Skb): void {
  const fits = (ns.sock.udp.get(readU16(skb.buf, skb.start + UDP_DST)) ?? []).filter((l) => score(l, skb, true) >= 0);
  if (fits.length === 0) return drop(ns, skb, "UDP_NOSOCK");
  for (const listener of fits) listener.udpDeliver(ns, ns.world.clone(skb));
  ns.world.free(skb);
}

/** udp4_lib_lookup2: the socket that names most of the packet's addresses. */
function bestListener(ns: Netns, skb: Skb): UdpListener | undefined {
  let best: UdpListener | undefined;
  let bestScore = -1;
  for (const listener of ns.sock.udp.get(readU16(skb.buf, skb.start + UDP_DST)) ?? []) {
    const points = score(listener, skb, false);
    if (points > bestScore) {
      best = listener;
      bestScore = points;
    }
  }
  return best;
}

/** compute_score; -1 = does not fit. */
function score(l: UdpListener, skb: Skb, group: boolean): number {
  const src = ipSrc(skb.buf, skb.netAt);
  let points = 0;
  if (l.local !== IP4_ANY && !group) {
    if (l.local !== ipDst(skb.buf, skb.netAt)) return -1;
    points += 4;
  }
  if (l.peerPort !== 0) {
    if (l.peer !== src || l.peerPort !== readU16(skb.buf, skb.start + UDP_SRC)) return -1;
    points += 8;
  }
  if (l.boundDev !== 0) {
    if (l.boundDev !== skb.iif) return -1;
    points += 4;
  }
  return points;
}

/** ICMP errors about our own datagram: `skb` starts at its IP header. */
export function udpErr(ns: Netns, skb: Skb, info: IcmpErrorInfo): void {
  const port = readU16(skb.buf, skb.transAt + UDP_SRC);
  const remote = ipDst(skb.buf, skb.netAt);
  const remotePort = readU16(skb.buf, skb.transAt + UDP_DST);
  for (const l of ns.sock.udp.get(port) ?? []) {
    if (!(l instanceof UdpSock) || (l.peerPort !== 0 && (l.peer !== remote || l.peerPort !== remotePort))) continue;
    return l.udpError(skb, info);
  }
}
