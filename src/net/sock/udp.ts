import { IP4_ANY, type Ip4, ip4, readU16 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from "../../wire/icmp.ts";
import { IPPROTO_UDP, ipDst, ipSrc, IP_TOS, IP_TTL } from "../../wire/ipv4.ts";
import { UDP_DST, UDP_HLEN, UDP_LEN, UDP_SRC, setUdpChecksum } from "../../wire/udp.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import { type IpSend, ipSendSkb } from "../ipv4/ip-output.ts";
import { addrType, type Dst } from "../ipv4/route.ts";
import type { Errno } from "../uapi/errno.ts";
import type { ConnectAddr, InetAddr, Received, SendMessage, SockAddr, SockOption, SockOptions } from "../uapi/socket.ts";
import { canBind, headerFor, icmpErrno, mtuOf, mtuToPeer, routeSend } from "./inet.ts";
import { DatagramSock } from "./datagram.ts";
import type { UdpListener } from "./tables.ts";
import { freeUdpPort, isPortTaken, udpListen, udpUnlisten } from "./udp-ports.ts";

/* RFC 768, udp(7), Linux net/ipv4/udp.c. From: os/sys-socket.ts (send), sock/udp-input.ts (deliver). Next: ipv4/ip-output.ts. */

const LOCALHOST = ip4(0x7f000001);

/** A UDP socket. */
export class UdpSock extends DatagramSock implements UdpListener {
  readonly domain = "inet";
  readonly type = "dgram";
  readonly protocol = IPPROTO_UDP;
  port = 0;
  peerPort = 0;
  /** Given by bind and not by a route or by chance: they outlive a disconnect (SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK). */
  #addrWasBound = false;
  #portWasBound = false;
  #listensOnly = false;
  /** A connect has found a way (sk_dst_cache); one that fails takes it away, and leaves the peer. */
  #hasRoute = false;

  get reuse(): boolean {
    return this.options.SO_REUSEADDR;
  }

  get reusePort(): boolean {
    return this.options.SO_REUSEPORT;
  }

  /** inet_bind. */
  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    if (!canBind(this.ns, addr.addr, this.options)) return "EADDRNOTAVAIL";
    if (this.port !== 0) return "EINVAL";
    const port = addr.port === 0 ? freeUdpPort(this.ns, addr.addr, this) : addr.port;
    if (port === 0 || isPortTaken(this.ns, port, addr.addr, this)) return "EADDRINUSE";
    this.local = addr.addr;
    this.#addrWasBound = addr.addr !== IP4_ANY;
    this.#portWasBound = addr.port !== 0;
    this.#listensOnly = addr.addr !== IP4_ANY && ["broadcast", "multicast"].includes(addrType(this.ns, addr.addr));
    this.#take(port);
    return undefined;
  }

  #take(port: number): void {
    this.port = port;
    udpListen(this.ns, port, this);
  }

  /** inet_autobind: the first send or connect takes a port. */
  #autobind(): Errno | undefined {
    if (this.port !== 0) return undefined;
    const port = freeUdpPort(this.ns, this.local, this);
    if (port === 0) return "EAGAIN";
    this.#take(port);
    return undefined;
  }

  /** inet_saddr: a group or broadcast address is for listening, never to send from. */
  get #source(): Ip4 {
    return this.#listensOnly ? IP4_ANY : this.local;
  }

  /** A routing decision is made at once: `ping`'s source address and "Network is unreachable" come from here. */
  connect(addr: ConnectAddr): Errno | undefined {
    if (addr.family === "unspec") return this.#disconnect();
    const refused = this.#autobind();
    if (refused !== undefined) return refused;
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    this.#hasRoute = false;
    const daddr = addr.addr === IP4_ANY ? this.#nowhere() : addr.addr;
    const dst = routeSend(this, { daddr, saddr: this.#source, protocol: IPPROTO_UDP, sport: this.port, dport: addr.port }, this.options);
    if (typeof dst === "string") return dst;
    if (this.local === IP4_ANY) this.local = dst.saddr;
    this.peer = daddr;
    this.peerPort = addr.port;
    this.#hasRoute = true;
    return undefined;
  }

  /** __udp_disconnect. */
  #disconnect(): undefined {
    this.peer = IP4_ANY;
    this.peerPort = 0;
    if (!this.#addrWasBound) this.local = IP4_ANY;
    if (!this.#portWasBound && this.port !== 0) {
      udpUnlisten(this.ns, this.port, this);
      this.port = 0;
    }
  }

  /** 0.0.0.0 as destination is this machine: the own address if there is one. */
  #nowhere(): Ip4 {
    return this.#source === IP4_ANY ? LOCALHOST : this.#source;
  }

  localAddr(): SockAddr {
    return { family: "inet", addr: this.local, port: this.port };
  }

  peerAddr(): SockAddr | Errno {
    return this.peerPort === 0 ? "ENOTCONN" : { family: "inet", addr: this.peer, port: this.peerPort };
  }

  override getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    if (option !== "IP_MTU") return super.getOption(option);
    const mtu = this.#hasRoute ? mtuToPeer(this, this.protocol) : "ENOTCONN";
    const answer: Partial<SockOptions> = typeof mtu === "number" ? { IP_MTU: mtu } : {};
    return answer[option] ?? (mtu as Errno);
  }

  protected override get connected(): boolean {
    return this.peer !== IP4_ANY;
  }

  /** udp_sendmsg. */
  send(message: SendMessage, journey: number): number | Errno {
    const refused = this.#autobind();
    if (refused !== undefined) return refused;
    const to = this.#destination(message);
    if (typeof to === "string") return to;
    const daddr = to.addr === IP4_ANY ? this.#nowhere() : to.addr;
    const saddr = message.from?.addr ?? this.#source;
    const key = { daddr, saddr, protocol: IPPROTO_UDP, sport: this.port, dport: to.port, ...(message.from?.ifindex === undefined ? {} : { oif: message.from.ifindex }) };
    const dst = routeSend(this, key, this.options);
    if (typeof dst === "string") return dst;
    const pending = this.takePending() ?? (this.writeShut ? "EPIPE" : null);
    if (pending !== null) return pending;
    const header = headerFor(this.ns, this.options, dst, daddr, dst.saddr, IPPROTO_UDP, UDP_HLEN + message.data.length);
    if (typeof header === "string") return this.#tooLong(dst, { family: "inet", addr: daddr, port: this.peerPort });
    if (this.lacksRoom()) return "EAGAIN";
    return this.sent(this.#sendDatagram(message.data, to.port, dst, header, journey)) ?? message.data.length;
  }

  /** Builds and sends one datagram from the payload. */
  #sendDatagram(data: Uint8Array, dport: number, dst: Dst, header: IpSend, journey: number): Errno | undefined {
    const { ns, port: sport } = this;
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
    skb.mark = this.mark;
    this.charge(skb);
    skb.trust = 1;
    if (ns.world.trace !== null) trace(ns, "app.send", "", skb, { note: `UDP ${sport} → ${dport}, ${data.length} bytes` });
    checksumEarly(skb, header);
    ns.mib.udp.OutDatagrams++;
    return ipSendSkb(ns, skb, dst, header);
  }

  /** Corking (MSG_MORE) is not simulated. */
  #destination({ to, data, more }: SendMessage): InetAddr | Errno {
    if (data.length > 0xffff) return "EMSGSIZE";
    if (more === true) return "EOPNOTSUPP";
    if (to === undefined) return this.peer === IP4_ANY ? "EDESTADDRREQ" : { family: "inet", addr: this.peer, port: this.peerPort };
    if (to.family !== "inet") return "EAFNOSUPPORT";
    return to.port === 0 ? "EINVAL" : to;
  }

  /** ip_local_error: with IP_RECVERR the MTU goes to the error queue. */
  #tooLong(dst: Dst, from: InetAddr): Errno {
    const info = mtuOf(this.ns, dst, from.addr, this.options);
    if (this.options.IP_RECVERR) this.queueError({ data: new Uint8Array(0), wireLength: 0, from: { ...from, port: this.peerPort }, atNs: this.ns.world.sim.nowNs, error: { errno: "EMSGSIZE", origin: "local", type: 0, code: 0, info } });
    return "EMSGSIZE";
  }

  udpDeliver(ns: Netns, skb: Skb): void {
    const { buf, start, netAt } = skb;
    const from = { family: "inet", addr: ipSrc(buf, netAt), port: readU16(buf, start + UDP_SRC) } as const;
    const data = buf.slice(start + UDP_HLEN, start + readU16(buf, start + UDP_LEN));
    const message = { data, wireLength: data.length, from, atNs: ns.world.sim.nowNs, ...this.#control(skb), ...(skb.journey === 0 ? {} : { journey: skb.journey }) };
    if (!this.enqueue(message)) return drop(ns, skb, "SOCKET_RCVBUFF");
    ns.mib.udp.InDatagrams++;
    if (ns.world.trace !== null) trace(ns, "app.recv", skb.dev?.name ?? "", skb, { note: `UDP port ${this.port}` });
    ns.world.free(skb);
  }

  /** Control messages the program asked for. */
  #control({ buf, netAt, iif }: Skb): Pick<Received, "ttl" | "tos" | "info"> {
    const { IP_RECVTTL, IP_RECVTOS, IP_PKTINFO } = this.options;
    return {
      ...(IP_RECVTTL ? { ttl: buf[netAt + IP_TTL]! } : {}), ...(IP_RECVTOS ? { tos: buf[netAt + IP_TOS]! } : {}),
      ...(IP_PKTINFO ? { info: { addr: ipDst(buf, netAt), ifindex: iif } } : {}),
    };
  }

  /** __udp4_lib_err. */
  udpError(skb: Skb, info: IcmpErrorInfo): void {
    const [errno, fatal] = icmpErrno(info.type, info.code);
    const fragNeeded = info.type === ICMP_DEST_UNREACH && info.code === ICMP_FRAG_NEEDED;
    if (fragNeeded && this.options.IP_MTU_DISCOVER === "dont") return;
    if (this.options.IP_RECVERR) {
      const error = { errno, origin: "icmp", type: info.type, code: info.code, info: info.info, offender: ip4(info.offender) } as const;
      const data = skb.buf.slice(skb.transAt + UDP_HLEN, skb.end);
      const from = { family: "inet", addr: ipDst(skb.buf, skb.netAt), port: readU16(skb.buf, skb.transAt + UDP_DST) } as const;
      const ttl = this.options.IP_RECVTTL ? { ttl: info.ttl } : {};
      return this.enqueueError({ data, wireLength: data.length, from, atNs: this.ns.world.sim.nowNs, error, ...ttl }, errno);
    }
    if ((fatal || fragNeeded) && this.connected) this.fail(errno);
  }

  override close(): void {
    super.close();
    if (this.port !== 0) udpUnlisten(this.ns, this.port, this);
  }
}

/** The checksum covers the addresses, which ipSendSkb writes: they are put where the header will be first. */
function checksumEarly(skb: Skb, header: IpSend): void {
  const ipAt = skb.start - 20;
  for (const [at, addr] of [[12, header.saddr], [16, header.daddr]] as const) {
    skb.buf.set([addr >>> 24, addr >>> 16, addr >>> 8, addr], ipAt + at);
  }
  setUdpChecksum(skb.buf, skb.start, ipAt);
}
