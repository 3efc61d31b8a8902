// From input.ts and minisock.ts: answers to segments for which there is no full socket. Next ipv4/ip-output.ts.
import { type Ip4, formatIp4, writeU16 } from "../../../wire/addr.ts";
import { IPPROTO_TCP, IP_TOS } from "../../../wire/ipv4.ts";
import { TCP_ACK, TCP_HLEN, TCP_RST, TCP_WIN } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import { KERNEL_SOCKET, type Skb } from "../../core/skb.ts";
import { trace } from "../../core/trace.ts";
import { isLocalAddr, routeOutput } from "../../ipv4/route.ts";
import { writeAlignedTimestamp } from "./options.ts";
import type { TcpEnd } from "../../uapi/trace.ts";
import type { RxSeg } from "./segment.ts";
import { finishAndSend, writeTcpHeader } from "./transmit.ts";

/** What an answer says; addresses and ports are those of `about`, turned round. */
export interface Reply {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** As written into the header. */
  readonly window: number;
  readonly timestamp: { readonly val: number; readonly ecr: number } | null;
  readonly tos: number;
  readonly mark: number;
  readonly oif: number;
  readonly conn: number;
}

/** ip_send_unicast_reply. */
export function sendReply(ns: Netns, about: RxSeg, reply: Reply, note: ((skb: Skb) => void) | null): void {
  const [saddr, daddr] = [about.daddr, about.saddr];
  const dst = routeOutput(ns, { daddr, saddr, oif: reply.oif, mark: reply.mark, tos: reply.tos & 0x1c, protocol: IPPROTO_TCP, sport: about.dport, dport: about.sport });
  if (typeof dst === "string") return;
  const headerBytes = TCP_HLEN + (reply.timestamp === null ? 0 : 12);
  const skb = ns.world.alloc(headerBytes);
  writeTcpHeader(skb.buf, skb.start, about.dport, about.sport, reply.seq, reply.ack, headerBytes, reply.flags);
  writeU16(skb.buf, skb.start + TCP_WIN, reply.window);
  if (reply.timestamp !== null) writeAlignedTimestamp(skb.buf, skb.start + TCP_HLEN, reply.timestamp.val, reply.timestamp.ecr);
  skb.journey = about.skb.journey;
  skb.parent = about.skb.id;
  skb.conn = reply.conn;
  skb.mark = reply.mark;
  skb.sk = KERNEL_SOCKET;
  finishAndSend(ns, skb, dst, { saddr, daddr, protocol: IPPROTO_TCP, tos: reply.tos, ttl: ns.ipv4.defaultTtl, df: true, ignoreDf: false, id: 0 }, note);
}

/** tcp_v4_send_reset: never in answer to a reset, nor to what was not sent to an address of ours (RFC 9293 §3.5.2). */
export function sendReset(ns: Netns, about: RxSeg, why: string): void {
  if ((about.flags & TCP_RST) !== 0 || !isMine(ns, about)) return;
  const hasAck = (about.flags & TCP_ACK) !== 0;
  const reply: Reply = {
    seq: hasAck ? about.ack : 0, ack: hasAck ? 0 : about.endSeq, flags: hasAck ? TCP_RST : TCP_RST | TCP_ACK, window: 0, timestamp: null,
    tos: about.skb.buf[about.skb.netAt + IP_TOS]!, mark: 0, oif: 0, conn: about.skb.conn,
  };
  ns.mib.tcp.OutRsts++;
  sendReply(ns, about, reply, (skb) => trace(ns, "tcp.rst", "", skb, { note: why, tcp: noEnd(about) }));
}

/** This end of a connection that does not exist. */
const noEnd = (about: RxSeg): TcpEnd => ({
  local: formatIp4(about.daddr), localPort: about.dport, remote: formatIp4(about.saddr), remotePort: about.sport, before: "CLOSE", after: "CLOSE", program: "", active: false,
});

function isMine(ns: Netns, about: RxSeg): boolean {
  const to: Ip4 = about.daddr;
  return isLocalAddr(ns, to);
}
