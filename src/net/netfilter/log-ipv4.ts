import { formatIp4, readIp4, readU16, readU32 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_ECHO, ICMP_ECHOREPLY, ICMP_FRAG_NEEDED, ICMP_PARAMETERPROB, ICMP_REDIRECT, ICMP_SOURCE_QUENCH, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_DF, IP_FRAG, IP_HLEN, IP_ID, IP_LEN, IP_MF, IP_OFFSET_MASK, IP_PROTO, IP_TOS, IP_TTL, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import type { Skb } from "../core/skb.ts";
import { NF_LOG_IPOPT, NF_LOG_UID } from "../uapi/nft-expr.ts";
import { dumpOwner, dumpTcp, dumpUdp, hex } from "./log-transport.ts";

const IPPROTO_AH = 51;
const IPPROTO_ESP = 50;
const IPPROTO_UDPLITE = 136;
const IP_CE = 0x8000;

const hex2 = (n: number): string => n.toString(16).toUpperCase().padStart(2, "0");

/** dump_ipv4_packet. */
export function dumpIpv4(skb: Skb, flags: number): string {
  return dumpHeader(skb.buf, skb.netAt, skb.end, flags, false) + dumpOwner(skb, (flags & NF_LOG_UID) !== 0);
}

/** One header and what it carries; `isInner`: quoted by an ICMP error, which is followed once only. */
function dumpHeader(b: Uint8Array, at: number, end: number, flags: number, isInner: boolean): string {
  if (at < 0 || at + IP_HLEN > end) return "TRUNCATED";
  const tos = b[at + IP_TOS]!;
  const frag = readU16(b, at + IP_FRAG);
  const offset = frag & IP_OFFSET_MASK;
  const bits = `${(frag & IP_CE) !== 0 ? "CE " : ""}${(frag & IP_DF) !== 0 ? "DF " : ""}${(frag & IP_MF) !== 0 ? "MF " : ""}${offset === 0 ? "" : `FRAG:${offset} `}`;
  return `SRC=${formatIp4(ipSrc(b, at))} DST=${formatIp4(ipDst(b, at))} LEN=${readU16(b, at + IP_LEN)} TOS=0x${hex2(tos & 0x1e)} `
    + `PREC=0x${hex2(tos & 0xe0)} TTL=${b[at + IP_TTL]!} ID=${readU16(b, at + IP_ID)} ${bits}${dumpOptions(b, at, end, flags)}`
    + dumpPayload(b, at, end, flags, isInner, offset !== 0);
}

function dumpOptions(b: Uint8Array, at: number, end: number, flags: number): string {
  const headerBytes = ipHeaderBytes(b, at);
  if ((flags & NF_LOG_IPOPT) === 0 || headerBytes <= IP_HLEN) return "";
  return at + headerBytes > end ? "TRUNCATED" : `OPT (${hex(b.subarray(at + IP_HLEN, at + headerBytes))}) `;
}

function dumpPayload(b: Uint8Array, ipAt: number, end: number, flags: number, isInner: boolean, isFragment: boolean): string {
  const at = ipAt + ipHeaderBytes(b, ipAt);
  const protocol = b[ipAt + IP_PROTO]!;
  switch (protocol) {
    case IPPROTO_TCP: return dumpTcp(b, at, end, isFragment, flags);
    case IPPROTO_UDP: return dumpUdp(b, at, end, isFragment, "UDP");
    case IPPROTO_UDPLITE: return dumpUdp(b, at, end, isFragment, "UDPLITE");
    case IPPROTO_ICMP: return `PROTO=ICMP ${isFragment ? "" : dumpIcmp(b, at, end, flags, isInner)}`;
    case IPPROTO_AH: return `PROTO=AH ${spi(b, at + 4, end, isFragment, at)}`;
    case IPPROTO_ESP: return `PROTO=ESP ${spi(b, at, end, isFragment, at)}`;
    default: return `PROTO=${protocol} `;
  }
}

function spi(b: Uint8Array, at: number, end: number, isFragment: boolean, headerAt: number): string {
  if (isFragment) return "";
  return at + 4 > end ? `INCOMPLETE [${end - headerAt} bytes] ` : `SPI=0x${readU32(b, at).toString(16)} `;
}

function dumpIcmp(b: Uint8Array, at: number, end: number, flags: number, isInner: boolean): string {
  if (at + 4 > end) return `INCOMPLETE [${end - at} bytes] `;
  const type = b[at]!;
  const code = b[at + 1]!;
  const head = `TYPE=${type} CODE=${code} `;
  if (at + 8 > end) return NEEDS_REST.has(type) ? `${head}INCOMPLETE [${end - at} bytes] ` : head;
  if (type === ICMP_ECHO || type === ICMP_ECHOREPLY) return `${head}ID=${readU16(b, at + 4)} SEQ=${readU16(b, at + 6)} `;
  if (type === ICMP_PARAMETERPROB) return `${head}PARAMETER=${b[at + 4]!} `;
  if (!NEEDS_REST.has(type)) return head;
  const gateway = type === ICMP_REDIRECT ? `GATEWAY=${formatIp4(readIp4(b, at + 4))} ` : "";
  const quoted = isInner ? "" : `[${dumpHeader(b, at + 8, end, flags, true)}] `;
  const mtu = type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED ? `MTU=${readU16(b, at + 6)} ` : "";
  return head + gateway + quoted + mtu;
}

/** Types of which the line says more than type and code. */
const NEEDS_REST: ReadonlySet<number> =
  new Set([ICMP_ECHO, ICMP_ECHOREPLY, ICMP_PARAMETERPROB, ICMP_REDIRECT, ICMP_DEST_UNREACH, ICMP_SOURCE_QUENCH, ICMP_TIME_EXCEEDED]);
