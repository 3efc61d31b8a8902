// From os/sys-net.ts: a program sent an ICMP message through a raw socket.
// Next ipv4/ip-output.ts; on the way in, rawDeliver copies the packet for the program.
import { IP4_ANY, type Ip4, ip4, readIp4, readU16, writeU16 } from "../../wire/addr.ts";
import { ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_RAW, IP_HLEN, IP_PROTO, IP_TTL, ipDst, ipSrc, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import { ipLocalOut, ipSendSkb } from "../ipv4/ip-output.ts";
import { addrType, type Dst } from "../ipv4/route.ts";
import type { Errno } from "../uapi/errno.ts";
import type { ConnectAddr, Received, SendMessage, SockAddr, SockOption, SockOptions } from "../uapi/socket.ts";
import { canBind, headerFor, icmpErrno, mtuOf, mtuToPeer, routeSend } from "./inet.ts";
import { DatagramSock } from "./datagram.ts";

const LOCALHOST = ip4(0x7f000001);

/** A raw IPv4 socket: sends any protocol, receives copies of every local packet of its protocol, IP header included. */
export class RawSock extends DatagramSock {
  readonly domain = "inet";
  readonly type = "raw";
  readonly protocol: number;
  #addrWasBound = false;
  #listensOnly = false;

  constructor(ns: Netns, protocol: number) {
    super(ns);
    this.protocol = protocol;
    if (protocol === IPPROTO_RAW) this.options.IP_HDRINCL = true;
    ns.sock.raw.add(this);
  }

  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet" || this.connected) return "EINVAL";
    if (!canBind(this.ns, addr.addr, this.options)) return "EADDRNOTAVAIL";
    this.local = addr.addr;
    this.#addrWasBound = addr.addr !== IP4_ANY;
    this.#listensOnly = addr.addr !== IP4_ANY && ["broadcast", "multicast"].includes(addrType(this.ns, addr.addr));
    return undefined;
  }

  connect(addr: ConnectAddr): Errno | undefined {
    if (addr.family === "unspec") {
      this.peer = IP4_ANY;
      if (!this.#addrWasBound) this.local = IP4_ANY;
      return undefined;
    }
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    const daddr = addr.addr === IP4_ANY ? this.#nowhere() : addr.addr;
    const dst = routeSend(this, { daddr, saddr: this.#source, protocol: this.protocol }, this.options);
    if (typeof dst === "string") return dst;
    if (this.local === IP4_ANY) this.local = dst.saddr;
    this.peer = daddr;
    return undefined;
  }

  override getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    if (option !== "IP_MTU") return super.getOption(option);
    const mtu = mtuToPeer(this, this.protocol);
    const answer: Partial<SockOptions> = typeof mtu === "number" ? { IP_MTU: mtu } : {};
    return answer[option] ?? (mtu as Errno);
  }

  protected override get connected(): boolean {
    return this.peer !== IP4_ANY;
  }

  /** inet_saddr: a group or broadcast address is for listening, never to send from. */
  get #source(): Ip4 {
    return this.#listensOnly ? IP4_ANY : this.local;
  }

  /** 0.0.0.0 as destination is this machine. */
  #nowhere(): Ip4 {
    return this.#source === IP4_ANY ? LOCALHOST : this.#source;
  }

  localAddr(): SockAddr {
    return { family: "inet", addr: this.local, port: this.protocol };
  }

  /** inet_getname asks for a port, and a raw socket's peer has none. */
  peerAddr(): SockAddr | Errno {
    return "ENOTCONN";
  }

  /** raw_sendmsg. */
  send(message: SendMessage, journey: number): number | Errno {
    if (message.data.length > 65535) return "EMSGSIZE";
    if (message.to !== undefined && message.to.family !== "inet") return "EAFNOSUPPORT";
    if (message.to === undefined && !this.connected) return "EDESTADDRREQ";
    const named = message.to?.addr ?? this.peer;
    const to = named === IP4_ANY ? this.#nowhere() : named;
    const key = { daddr: to, saddr: message.from?.addr ?? this.#source, protocol: this.protocol };
    const dst = routeSend(this, message.from?.ifindex === undefined ? key : { ...key, oif: message.from.ifindex }, this.options);
    if (typeof dst === "string") return dst;
    const pending = this.takePending() ?? (this.writeShut ? "EPIPE" : null);
    if (pending !== null) return pending;
    if (this.lacksRoom()) return "EAGAIN";
    return this.options.IP_HDRINCL ? this.#sendWithHeader(message.data, to, dst, journey) : this.#sendPayload(message.data, to, dst, journey);
  }

  #sendPayload(data: Uint8Array, to: Ip4, dst: Dst, journey: number): number | Errno {
    const header = headerFor(this.ns, this.options, dst, to, dst.saddr, this.protocol, data.length);
    if (typeof header === "string") return this.#tooLong(dst, to);
    const skb = this.#skbOf(data, journey);
    return this.sent(ipSendSkb(this.ns, skb, dst, header)) ?? data.length;
  }

  /** ip_local_error: with IP_RECVERR the MTU goes to the error queue. */
  #tooLong(dst: Dst, to: Ip4): Errno {
    if (this.options.IP_RECVERR) {
      const error = { errno: "EMSGSIZE", origin: "local", type: 0, code: 0, info: mtuOf(this.ns, dst, to, this.options) } as const;
      this.queueError({ data: new Uint8Array(0), wireLength: 0, from: { family: "inet", addr: to, port: 0 }, atNs: this.ns.world.sim.nowNs, error });
    }
    return "EMSGSIZE";
  }

  #skbOf(data: Uint8Array, journey: number): Skb {
    const { ns } = this;
    const skb = ns.world.alloc(data.length);
    skb.buf.set(data, skb.start);
    skb.journey = journey;
    skb.mark = this.mark;
    this.charge(skb);
    if (ns.world.trace !== null) trace(ns, "app.send", "", skb, { note: `${data.length} bytes through a raw socket` });
    return skb;
  }

  /** IP_HDRINCL: the kernel fills checksum and total length, and source or id when zero. */
  #sendWithHeader(data: Uint8Array, to: Ip4, dst: Dst, journey: number): number | Errno {
    if (data.length > dst.dev.mtuBytes) return this.#tooLong(dst, to);
    if (data.length < IP_HLEN || (data[0]! & 15) * 4 > data.length) return "EINVAL";
    const skb = this.#skbOf(data, journey);
    skb.netAt = skb.start;
    skb.transAt = skb.start + (data[0]! & 15) * 4;
    skb.protocol = 0x0800;
    skb.buf[skb.start + 2] = data.length >>> 8;
    skb.buf[skb.start + 3] = data.length;
    if (readU16(skb.buf, skb.start + 4) === 0) {
      this.ns.ipv4.nextId = (this.ns.ipv4.nextId + 1) & 0xffff;
      writeU16(skb.buf, skb.start + 4, this.ns.ipv4.nextId);
    }
    if (readIp4(skb.buf, skb.start + 12) === IP4_ANY) skb.buf.set([dst.saddr >>> 24, dst.saddr >>> 16, dst.saddr >>> 8, dst.saddr], skb.start + 12);
    setIpChecksum(skb.buf, skb.start);
    skb.dst = dst;
    return this.sent(ipLocalOut(this.ns, skb)) ?? data.length;
  }

  override close(): void {
    super.close();
    this.ns.sock.raw.delete(this);
  }

  /** raw_v4_match. */
  matches(protocol: number, remote: Ip4, local: Ip4, iif: number): boolean {
    if (this.protocol !== protocol) return false;
    if (this.local !== IP4_ANY && this.local !== local) return false;
    if (this.peer !== IP4_ANY && this.peer !== remote) return false;
    return this.boundDev === 0 || this.boundDev === iif;
  }

  /** icmp_filter: a set bit means "do not want this type". */
  wants(skb: Skb): boolean {
    if (this.protocol !== IPPROTO_ICMP || this.options.ICMP_FILTER === 0) return true;
    const type = skb.buf[skb.transAt + ICMP_TYPE] ?? 0;
    return type >= 32 || ((this.options.ICMP_FILTER >>> type) & 1) === 0;
  }

  /** IP_HDRINCL: errors quote the header too, as this program wrote it. */
  hasOwnHeader(): boolean {
    return this.options.IP_HDRINCL;
  }

  /** Control messages the program asked for. */
  control({ buf, netAt, iif }: Skb): Pick<Received, "ttl" | "info"> {
    const { IP_RECVTTL, IP_PKTINFO } = this.options;
    return { ...(IP_RECVTTL ? { ttl: buf[netAt + IP_TTL]! } : {}), ...(IP_PKTINFO ? { info: { addr: ipDst(buf, netAt), ifindex: iif } } : {}) };
  }

  hearsErrors(): boolean {
    return this.options.IP_RECVERR;
  }
}

/** raw_local_deliver: a copy, IP header included, to every raw socket that fits. */
export function rawDeliver(ns: Netns, skb: Skb): boolean {
  if (ns.sock.raw.size === 0) return false;
  const src = ipSrc(skb.buf, skb.netAt);
  const dst = ipDst(skb.buf, skb.netAt);
  let taken = false;
  for (const sock of ns.sock.raw) {
    if (!sock.matches(skb.buf[skb.netAt + IP_PROTO]!, src, dst, skb.iif) || !sock.wants(skb)) continue;
    const data = skb.buf.slice(skb.netAt, skb.end);
    sock.enqueue({ data, wireLength: data.length, from: { family: "inet", addr: src, port: 0 }, atNs: ns.world.sim.nowNs, ...sock.control(skb), ...(skb.journey === 0 ? {} : { journey: skb.journey }) });
    if (ns.world.trace !== null) trace(ns, "app.recv", skb.dev?.name ?? "", skb, { note: "a raw socket got the packet" });
    taken = true;
  }
  return taken;
}

/** raw_icmp_error + raw_err: `skb` starts at the quoted header: our own packet, so source and destination are swapped. */
export function rawError(ns: Netns, skb: Skb, info: IcmpErrorInfo): void {
  const local = ipSrc(skb.buf, skb.netAt);
  const remote = ipDst(skb.buf, skb.netAt);
  for (const sock of [...ns.sock.raw]) {
    if (!sock.matches(skb.buf[skb.netAt + IP_PROTO]!, remote, local, skb.iif)) continue;
    const [errno, hard] = icmpErrno(info.type, info.code);
    if (sock.hearsErrors()) {
      const error = { errno, origin: "icmp", type: info.type, code: info.code, info: info.info, offender: ip4(info.offender) } as const;
      const data = skb.buf.slice(sock.hasOwnHeader() ? skb.netAt : skb.transAt, skb.end);
      sock.enqueueError({ data, wireLength: data.length, from: { family: "inet", addr: remote, port: 0 }, atNs: ns.world.sim.nowNs, error, ...(sock.options.IP_RECVTTL ? { ttl: info.ttl } : {}) }, errno);
    } else if (hard && sock.peer !== IP4_ANY) sock.fail(errno);
  }
}
