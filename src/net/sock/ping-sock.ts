import { IP4_ANY, type Ip4, ip4, readU16, writeU16 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ICMP_CODE, ICMP_CSUM, ICMP_ECHO, ICMP_HLEN, ICMP_ID, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IP_TTL, ipDst, ipSrc } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import { ipSendSkb } from "../ipv4/ip-output.ts";
import type { Dst } from "../ipv4/route.ts";
import type { Errno } from "../uapi/errno.ts";
import type { SendMessage, SockAddr } from "../uapi/socket.ts";
import { canBind, headerFor, icmpErrno, mtuOf, routeSend } from "./inet.ts";
import { DatagramSock } from "./datagram.ts";

/* Unprivileged echo sockets, icmp(7), Linux net/ipv4/ping.c. Only for groups in net.ipv4.ping_group_range. */

/** An ICMP datagram socket: sends echo requests, receives the replies that carry its identifier, without IP header. */
export class PingSock extends DatagramSock {
  readonly domain = "inet";
  readonly type = "dgram";
  readonly protocol = IPPROTO_ICMP;
  /** Echo identifier: what a port is to UDP. */
  ident = 0;

  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    if (!canBind(this.ns, addr.addr, this.options)) return "EADDRNOTAVAIL";
    this.local = addr.addr;
    return this.#takeIdent(addr.port);
  }

  connect(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    const dst = routeSend(this, { daddr: addr.addr, protocol: IPPROTO_ICMP }, this.options);
    if (typeof dst === "string") return dst;
    if (this.local === IP4_ANY) this.local = dst.saddr;
    this.peer = addr.addr;
    return this.ident === 0 ? this.#takeIdent(0) : undefined;
  }

  #takeIdent(wanted: number): Errno | undefined {
    const table = this.ns.sock.ping;
    let ident = wanted === 0 ? 1 + this.ns.world.sim.rng.below(65535) : wanted;
    while (wanted === 0 && table.has(ident)) ident = (ident % 65535) + 1;
    if (table.has(ident)) return "EADDRINUSE";
    this.ident = ident;
    table.set(ident, this);
    return undefined;
  }

  localAddr(): SockAddr {
    return { family: "inet", addr: this.local, port: this.ident };
  }

  peerAddr(): SockAddr | Errno {
    return this.peer === IP4_ANY ? "ENOTCONN" : { family: "inet", addr: this.peer, port: 0 };
  }

  /** ping_v4_sendmsg: only echo requests; the identifier is the socket's. */
  send(message: SendMessage, journey: number): number | Errno {
    const to: Ip4 = message.to?.family === "inet" ? message.to.addr : this.peer;
    const { data } = message;
    if (to === IP4_ANY) return "EDESTADDRREQ";
    if (data.length < ICMP_HLEN || data[ICMP_TYPE] !== ICMP_ECHO || data[ICMP_CODE] !== 0) return "EINVAL";
    if (this.ident === 0) this.#takeIdent(0);
    const dst = routeSend(this, { daddr: to, protocol: IPPROTO_ICMP }, this.options);
    if (typeof dst === "string") return dst;
    const header = headerFor(this.ns, this.options, dst, to, dst.saddr, IPPROTO_ICMP, data.length);
    if (typeof header === "string") return this.#tooLong(dst, to);
    if (this.lacksRoom()) return "EAGAIN";
    return this.sent(ipSendSkb(this.ns, this.#echo(data, journey), dst, header)) ?? data.length;
  }

  /** ip_local_error: with IP_RECVERR the MTU goes to the error queue. */
  #tooLong(dst: Dst, to: Ip4): Errno {
    const error = { errno: "EMSGSIZE", origin: "local", type: 0, code: 0, info: mtuOf(this.ns, dst, to, this.options) } as const;
    if (this.options.IP_RECVERR) this.queueError({ data: new Uint8Array(0), wireLength: 0, from: { family: "inet", addr: to, port: 0 }, atNs: this.ns.world.sim.nowNs, error });
    return "EMSGSIZE";
  }

  #echo(data: Uint8Array, journey: number): Skb {
    const skb = this.ns.world.alloc(data.length);
    skb.buf.set(data, skb.start);
    skb.journey = journey;
    skb.mark = this.mark;
    this.charge(skb);
    writeU16(skb.buf, skb.start + ICMP_ID, this.ident);
    writeU16(skb.buf, skb.start + ICMP_CSUM, 0);
    writeU16(skb.buf, skb.start + ICMP_CSUM, checksum(skb.buf, skb.start, skb.end));
    if (this.ns.world.trace !== null) trace(this.ns, "app.send", "", skb, { note: "echo request through a ping socket" });
    return skb;
  }

  override close(): void {
    super.close();
    if (this.ident !== 0) this.ns.sock.ping.delete(this.ident);
  }
}

/** ping_rcv: an echo reply finds its socket by identifier. */
export function pingRcv(ns: Netns, skb: Skb): boolean {
  const sock = ns.sock.ping.get(readU16(skb.buf, skb.start + ICMP_ID));
  if (sock === undefined || (sock.peer !== IP4_ANY && sock.peer !== ipSrc(skb.buf, skb.netAt))) return false;
  const data = skb.buf.slice(skb.start, skb.end);
  const from = { family: "inet", addr: ipSrc(skb.buf, skb.netAt), port: 0 } as const;
  return sock.enqueue({ data, wireLength: data.length, from, atNs: ns.world.sim.nowNs, ttl: skb.buf[skb.netAt + IP_TTL]! });
}

/** ping_err: an ICMP error quotes an echo request; `skb` starts at its IP header. */
export function pingErr(ns: Netns, skb: Skb, info: IcmpErrorInfo): void {
  const { buf, transAt, netAt, end } = skb;
  if (end - transAt < ICMP_HLEN || buf[transAt + ICMP_TYPE] !== ICMP_ECHO) return;
  const sock = ns.sock.ping.get(readU16(buf, transAt + ICMP_ID));
  if (sock === undefined) return;
  const [errno, fatal] = icmpErrno(info.type, info.code);
  if (!sock.options.IP_RECVERR) {
    if (fatal && sock.peer !== IP4_ANY) sock.fail(errno);
    return;
  }
  const error = { errno, origin: "icmp", type: info.type, code: info.code, info: info.info, offender: ip4(info.offender) } as const;
  const data = buf.slice(transAt, end);
  const ttl = sock.options.IP_RECVTTL ? { ttl: info.ttl } : {};
  sock.enqueueError({ data, wireLength: data.length, from: { family: "inet", addr: ipDst(buf, netAt), port: 0 }, atNs: ns.world.sim.nowNs, error, ...ttl }, errno);
}
