import { readU16 } from "../../wire/addr.ts";
import { UDP_HLEN, UDP_LEN, udpChecksumOk } from "../../wire/udp.ts";
import { IPS_ASSURED, IPS_SEEN_REPLY } from "../uapi/conntrack.ts";
import { ctRefresh } from "./conntrack.ts";
import type { Conntrack } from "./ct-entry.ts";
import { IPCT_UPDATE } from "./ct-event.ts";
import { ACCEPT, type CtPacket, type CtVerdict, SEC_NS, invalid, wantsChecksum } from "./ct-l4.ts";

/** A flow that still has packets both ways after this long is a stream. */
const STREAM_AFTER_NS = 2 * SEC_NS;

/** nf_conntrack_proto_udp.c. */
export function udpPacket(packet: CtPacket, ct: Conntrack): CtVerdict {
  const wrong = udpError(packet);
  if (wrong !== null) return invalid(wrong);
  const { ns, skb } = packet;
  const { nowNs } = ns.world.sim;
  const { udpTimeout, udpTimeoutStream } = ns.nf.ct.sysctl;
  if (!ct.isConfirmed) ct.streamAtNs = nowNs + STREAM_AFTER_NS;
  const isStream = ct.has(IPS_SEEN_REPLY) && nowNs > ct.streamAtNs;
  ctRefresh(ns, ct, skb, (isStream ? udpTimeoutStream : udpTimeout) * SEC_NS);
  if (isStream && !ct.has(IPS_ASSURED)) {
    ct.status |= IPS_ASSURED;
    ct.pending |= IPCT_UPDATE;
  }
  return ACCEPT;
}

/** udp_error. */
function udpError(packet: CtPacket): string | null {
  const { skb, at } = packet;
  if (skb.end - at < UDP_HLEN) return "UDP header cut short";
  const length = readU16(skb.buf, at + UDP_LEN);
  if (length > skb.end - at || length < UDP_HLEN) return "UDP length does not fit the packet";
  return wantsChecksum(packet) && !udpChecksumOk(skb.buf, at, skb.netAt) ? "UDP checksum is wrong" : null;
}
