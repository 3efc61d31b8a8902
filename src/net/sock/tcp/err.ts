// From ipv4/icmp.ts: an ICMP error about a segment of ours.
import { readU16, readU32 } from "../../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from "../../../wire/icmp.ts";
import { ipDst, ipSrc } from "../../../wire/ipv4.ts";
import { TCP_DST, TCP_SEQ, TCP_SRC } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import type { IcmpErrorInfo } from "../../core/world.ts";
import { icmpErrno } from "../inet.ts";
import { tcpDoneWithError } from "./close.ts";
import { lookupEstablished } from "./hash.ts";
import { dropRequest } from "./listen.ts";
import { mtuReduced } from "./path-mtu.ts";
import { RequestSock } from "./request.ts";
import { between } from "./seq.ts";
import { TimewaitSock } from "./timewait.ts";

/** tcp_v4_err (RFC 1122 §4.2.3.9, RFC 5927): `skb` starts at the quoted IP header. */
export function tcpV4Err(ns: Netns, skb: Skb, info: IcmpErrorInfo): void {
  const { buf, transAt, netAt } = skb;
  if (skb.end - transAt < 8) return;
  const found = lookupEstablished(ns, ipSrc(buf, netAt), readU16(buf, transAt + TCP_SRC), ipDst(buf, netAt), readU16(buf, transAt + TCP_DST), skb.iif);
  if (found === undefined || found instanceof TimewaitSock) return;
  const seq = readU32(buf, transAt + TCP_SEQ);
  const [errno, hard] = icmpErrno(info.type, info.code);
  if (found instanceof RequestSock) {
    if (hard && seq === found.sntIsn) dropRequest(found);
    return;
  }
  const tp = found;
  if (tp.state !== "LISTEN" && !between(seq, tp.sndUna, tp.sndNxt)) return;
  if (info.type === ICMP_DEST_UNREACH && info.code === ICMP_FRAG_NEEDED) return mtuReduced(tp);
  if (tp.state === "SYN_SENT" || tp.state === "SYN_RECV") {
    return tcpDoneWithError(tp, errno);
  }
  tp.softError = errno;
}
