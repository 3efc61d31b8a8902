import { mac, readMac, readU16 } from "../../wire/addr.ts";
import { ETH_HLEN, ETH_P_ALL, ETH_SRC, ETH_TYPE } from "../../wire/ethernet.ts";
import type { Netdev, PacketTap } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { devQueueXmit } from "../core/xmit.ts";
import type { Errno } from "../uapi/errno.ts";
import type { PacketAddr, SendMessage, SockAddr, SockOption, SockOptions } from "../uapi/socket.ts";
import { DatagramSock } from "./datagram.ts";

/* packet(7), Linux net/packet/af_packet.c. From: core/rx.ts and core/xmit.ts (taps). Next: core/xmit.ts for frames sent. */

/** A packet socket: sees frames of one device (bound) or of all, and sends frames as they are. */
export class PacketSock extends DatagramSock implements PacketTap {
  readonly domain = "packet";
  readonly type: "raw" | "dgram";
  /** EtherType wanted; 0 = nothing until bound. */
  protocol: number;
  #dev: Netdev | null = null;
  #tapped = false;
  #promiscOn: Netdev | null = null;

  constructor(ns: Netns, type: "raw" | "dgram", protocol: number) {
    super(ns);
    this.type = type;
    this.protocol = protocol;
    ns.sock.packet.add(this);
    if (protocol !== 0) this.#tap(null);
  }

  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "packet") return "EINVAL";
    const dev = addr.ifindex === 0 ? null : this.ns.byIndex.get(addr.ifindex);
    if (dev === undefined) return "ENODEV";
    this.#untap();
    if (addr.protocol !== 0) this.protocol = addr.protocol;
    this.boundDev = dev?.ifindex ?? 0;
    if (dev !== null && !dev.isUp) this.fail("ENETDOWN");
    if (this.protocol !== 0) this.#tap(dev);
    return undefined;
  }

  #tap(dev: Netdev | null): void {
    (dev === null ? this.ns.taps : dev.taps).push(this);
    this.#dev = dev;
    this.#tapped = true;
  }

  #untap(): void {
    if (!this.#tapped) return;
    const list = this.#dev === null ? this.ns.taps : this.#dev.taps;
    const at = list.indexOf(this);
    if (at >= 0) list.splice(at, 1);
    this.#tapped = false;
  }

  connect(): Errno {
    return "EOPNOTSUPP";
  }

  localAddr(): SockAddr {
    return { family: "packet", ifindex: this.boundDev, protocol: this.protocol, pkttype: "host", mac: this.#dev?.mac ?? mac(0), hatype: this.#dev?.type ?? 1 };
  }

  peerAddr(): Errno {
    return "EOPNOTSUPP";
  }

  override shutdown(): Errno {
    return "EOPNOTSUPP";
  }

  override setOption<K extends Parameters<DatagramSock["setOption"]>[0]>(option: K, value: Parameters<DatagramSock["setOption"]>[1]): Errno | undefined {
    if (option !== "PACKET_PROMISC") return super.setOption(option, value as never);
    return this.#setPromisc(Number(value));
  }

  override getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    if (option === "PACKET_STATISTICS") this.options.PACKET_STATISTICS = this.drops;
    return super.getOption(option);
  }

  /** PACKET_ADD_MEMBERSHIP / PACKET_MR_PROMISC on an ifindex, counted; 0 takes it back. */
  #setPromisc(ifindex: number): Errno | undefined {
    if (this.#promiscOn !== null) this.#promiscOn.promiscuity--;
    this.#promiscOn = null;
    if (ifindex === 0) return undefined;
    const dev = this.ns.byIndex.get(ifindex);
    if (dev === undefined) return "ENODEV";
    dev.promiscuity++;
    this.#promiscOn = dev;
    return undefined;
  }

  /** packet_sendmsg: `raw` sends the frame as it is, `dgram` puts a header before the payload. */
  send(message: SendMessage, journey: number): number | Errno {
    const to = message.to?.family === "packet" ? message.to : null;
    const dev = this.ns.byIndex.get(to?.ifindex ?? this.boundDev);
    if (dev === undefined) return "ENXIO";
    if (!dev.isUp) return "ENETDOWN";
    if (this.type === "raw" && message.data.length < ETH_HLEN) return "EINVAL";
    if (message.data.length > dev.mtuBytes + (this.type === "raw" ? ETH_HLEN : 0)) return "EMSGSIZE";
    // eth_header has no address to write where none was given.
    if (this.type === "dgram" && to === null && !dev.isLoopback) return "EINVAL";
    if (this.lacksRoom()) return "EAGAIN";
    const skb = this.#frame(message.data, to, dev);
    skb.journey = journey;
    this.charge(skb);
    devQueueXmit(skb);
    return this.ns.world.xmitResult === "drop" ? "ENOBUFS" : message.data.length;
  }

  #frame(data: Uint8Array, to: PacketAddr | null, dev: Netdev): Skb {
    const skb = this.ns.world.alloc(data.length);
    skb.buf.set(data, skb.start);
    if (this.type === "dgram") {
      skb.push(ETH_HLEN);
      const dst = to?.mac ?? dev.broadcast;
      const proto = to?.protocol ?? this.protocol;
      for (let i = 0; i < 6; i++) {
        skb.buf[skb.start + i] = Math.floor(dst / 2 ** (40 - 8 * i)) & 255;
        skb.buf[skb.start + 6 + i] = Math.floor(dev.mac / 2 ** (40 - 8 * i)) & 255;
      }
      skb.buf[skb.start + 12] = proto >>> 8;
      skb.buf[skb.start + 13] = proto;
    }
    skb.macAt = skb.start;
    skb.netAt = skb.start + ETH_HLEN;
    skb.protocol = readU16(skb.buf, skb.start + ETH_TYPE);
    skb.dev = dev;
    return skb;
  }

  /** packet_rcv: a copy of the frame with where it was seen. */
  deliver(skb: Skb, dev: Netdev): void {
    if (this.protocol !== ETH_P_ALL && skb.pktType === "outgoing") return;
    const macAt = skb.macAt >= 0 && skb.pktType !== "outgoing" ? skb.macAt : skb.start;
    const from = this.type === "raw" ? macAt : macAt + ETH_HLEN;
    const data = skb.buf.slice(from, skb.end);
    const addr: PacketAddr = { family: "packet", ifindex: dev.ifindex, protocol: readU16(skb.buf, macAt + ETH_TYPE), pkttype: skb.pktType, mac: readMac(skb.buf, macAt + ETH_SRC), hatype: dev.type };
    this.enqueue({ data, wireLength: data.length, from: addr, atNs: this.ns.world.sim.nowNs });
  }

  /** The device went away or down: readers hear of it (packet_notifier). */
  deviceDown(dev: Netdev, gone: boolean): void {
    if (this.#dev !== dev) return;
    this.fail("ENETDOWN");
    if (gone) this.#untap();
  }

  override close(): void {
    super.close();
    this.#untap();
    this.#setPromisc(0);
    this.ns.sock.packet.delete(this);
  }
}
