import { readU16, readU32 } from "../../wire/addr.ts";
import type { Skb } from "../core/skb.ts";
import { NF_LOG_UID } from "../uapi/nft-expr.ts";
import { dumpOwner, dumpTcp, dumpUdp } from "./log-transport.ts";

const IPPROTO_ICMPV6 = 58;
const IPV6_HLEN = 40;

/** dump_ipv6_packet, for packets without extension headers; those are named by their number. */
export function dumpIpv6(skb: Skb, flags: number): string {
  const { buf: b, netAt: at, end } = skb;
  if (at + IPV6_HLEN > end) return "TRUNCATED";
  const word = readU32(b, at);
  return `SRC=${full(b, at + 8)} DST=${full(b, at + 24)} LEN=${readU16(b, at + 4) + IPV6_HLEN} TC=${(word >>> 20) & 0xff} HOPLIMIT=${b[at + 7]!} `
    + `FLOWLBL=${word & 0xfffff} ${dumpPayload(b, at + IPV6_HLEN, end, b[at + 6]!, flags)}${dumpOwner(skb, (flags & NF_LOG_UID) !== 0)}`;
}

/** %pI6: all eight groups. */
function full(b: Uint8Array, at: number): string {
  return Array.from({ length: 8 }, (_, i) => readU16(b, at + i * 2).toString(16).padStart(4, "0")).join(":");
}

function dumpPayload(b: Uint8Array, at: number, end: number, protocol: number, flags: number): string {
  if (protocol === 6) return dumpTcp(b, at, end, false, flags);
  if (protocol === 17) return dumpUdp(b, at, end, false, "UDP");
  if (protocol !== IPPROTO_ICMPV6) return `PROTO=${protocol} `;
  if (at + 4 > end) return `PROTO=ICMPv6 INCOMPLETE [${end - at} bytes] `;
  const type = b[at]!;
  const head = `PROTO=ICMPv6 TYPE=${type} CODE=${b[at + 1]!} `;
  return (type === 128 || type === 129) && at + 8 <= end ? `${head}ID=${readU16(b, at + 4)} SEQ=${readU16(b, at + 6)} ` : head;
}
