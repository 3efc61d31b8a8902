import { readU16, writeU16 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from "../../wire/icmp.ts";
import { IP_DF, IP_FRAG, IP_HLEN, IP_LEN, IP_MF, IP_OFFSET_MASK, ipHeaderBytes, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";
import { keepCopiedOptions } from "./options.ts";

/* RFC 791 §3.2 "An Example Fragmentation Procedure", Linux ip_fragment / ip_do_fragment. From and to: ip-output.ts. */

/** Sends a packet that is longer than `mtuBytes` in pieces through `output`, or refuses by ICMP when DF forbids it. */
export function ipFragment(ns: Netns, skb: Skb, mtuBytes: number, output: (ns: Netns, piece: Skb) => void): void {
  const flags = readU16(skb.buf, skb.netAt + IP_FRAG);
  if ((flags & IP_DF) !== 0 && (!skb.ignoreDf || skb.fragMaxBytes > mtuBytes)) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtuBytes);
    return drop(ns, skb, "FRAG_NEEDED");
  }
  const headerBytes = ipHeaderBytes(skb.buf, skb.netAt);
  const largest = skb.fragMaxBytes === 0 ? mtuBytes : Math.min(mtuBytes, skb.fragMaxBytes);
  const room = (largest - headerBytes) & ~7;
  if (room < 8) return drop(ns, skb, "FRAG_NEEDED");
  const payloadAt = skb.netAt + headerBytes;
  const total = skb.end - payloadAt;
  skb.trust = 0;
  if (ns.world.trace !== null) trace(ns, "frag", skb.dev?.name ?? "", skb, { note: `${Math.ceil(total / room)} pieces of at most ${room} bytes` });
  ns.mib.ip.FragOKs++;
  ns.mib.ip.FragCreates += Math.ceil(total / room);
  for (let at = 0; at < total; at += room) output(ns, piece(ns, skb, headerBytes, at, Math.min(room, total - at), at + room < total));
  ns.world.free(skb);
}

function piece(ns: Netns, skb: Skb, headerBytes: number, offset: number, bytes: number, more: boolean): Skb {
  const out = ns.world.alloc(headerBytes + bytes);
  const payloadAt = skb.netAt + headerBytes;
  out.buf.set(skb.buf.subarray(skb.netAt, payloadAt), out.start);
  out.buf.set(skb.buf.subarray(payloadAt + offset, payloadAt + offset + bytes), out.start + headerBytes);
  out.netAt = out.start;
  out.transAt = out.start + headerBytes;
  writeU16(out.buf, out.netAt + IP_LEN, headerBytes + bytes);
  const word = readU16(skb.buf, skb.netAt + IP_FRAG);
  const first = (word & IP_OFFSET_MASK) + (offset >> 3);
  const moreFlag = more || (word & IP_MF) !== 0 ? IP_MF : 0;
  writeU16(out.buf, out.netAt + IP_FRAG, first | moreFlag | (word & IP_DF));
  if (offset > 0 && headerBytes > IP_HLEN) keepCopiedOptions(out);
  setIpChecksum(out.buf, out.netAt);
  copyMeta(out, skb);
  return out;
}

/** ip_copy_metadata. */
function copyMeta(out: Skb, skb: Skb): void {
  out.dst = skb.dst;
  out.dev = skb.dev;
  out.protocol = skb.protocol;
  out.mark = skb.mark;
  out.pktType = skb.pktType;
  out.journey = skb.journey;
  out.parent = skb.id;
  out.ignoreDf = skb.ignoreDf;
  out.iif = skb.iif;
  out.depth = skb.depth;
}

