import { IPPROTO_TCP, IPPROTO_UDP } from "../../../wire/ipv4.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { NftPayloadBase } from "../../uapi/nft-expr.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt } from "./model.ts";
import { BREAK, checkReg, checkU8, firstError } from "./vm.ts";

const IPPROTO_IPIP = 4;
const IPPROTO_GRE = 47;

/** nft_payload.c: bytes of the packet into a register; a packet that has none there does not match. */
export function bindPayload(_: NftBind, expr: ExprOf<"payload">): NftOp | Errno {
  const error = firstError(checkU8(expr.len), checkU16(expr.offset), checkReg(expr.dreg, expr.len));
  if (error !== null) return error;
  const { base, offset, len } = expr;
  const at = expr.dreg * 4;
  if (base === "nh" && len === 4) return { op: "payload", eval: loadAddress(offset, at), dump: () => expr };
  const padded = (len + 3) & ~3;
  const evaluate: NftOp["eval"] = (regs, pkt) => {
    const from = payloadBase(base, pkt);
    const { buf, end } = pkt.skb;
    if (from < 0 || from + offset + len > end) {
      regs.verdict = BREAK;
      return;
    }
    const { data } = regs;
    for (let i = 0; i < len; i++) data[at + i] = buf[from + offset + i]!;
    for (let i = len; i < padded; i++) data[at + i] = 0;
  };
  return { op: "payload", eval: evaluate, dump: () => expr };
}

/** nft_payload_fast_eval: most rules look at an IPv4 address first. */
function loadAddress(offset: number, at: number): NftOp["eval"] {
  return (regs, pkt) => {
    const { skb } = pkt;
    const from = skb.netAt + offset;
    if (skb.netAt < 0 || from + 4 > skb.end) {
      regs.verdict = BREAK;
      return;
    }
    const { data } = regs;
    const { buf } = skb;
    data[at] = buf[from]!;
    data[at + 1] = buf[from + 1]!;
    data[at + 2] = buf[from + 2]!;
    data[at + 3] = buf[from + 3]!;
  };
}

export const checkU16 = (n: number): Errno | null => (n < 0 || n > 65535 ? "ERANGE" : null);

/** Offset in `skb.buf` where a header begins, -1 when the packet has none. */
export function payloadBase(base: NftPayloadBase, pkt: NftPkt): number {
  const { skb } = pkt;
  switch (base) {
    case "nh": return skb.netAt;
    case "th": return pkt.l4proto < 0 || pkt.fragOffset !== 0 ? -1 : pkt.thAt;
    case "ll": return skb.macAt >= 0 && skb.netAt > skb.macAt ? skb.macAt : -1;
    case "inner": return innerOffset(pkt);
  }
}

/** nft_payload_inner_offset: what the transport header carries. */
function innerOffset(pkt: NftPkt): number {
  const { buf, end } = pkt.skb;
  const { thAt } = pkt;
  if (pkt.l4proto < 0 || pkt.fragOffset !== 0) return -1;
  switch (pkt.l4proto) {
    case IPPROTO_UDP: return thAt + 8 <= end ? thAt + 8 : -1;
    case IPPROTO_TCP: return thAt + 20 <= end ? thAt + (buf[thAt + 12]! >> 4) * 4 : -1;
    case IPPROTO_GRE: return thAt + 4 <= end ? greOffset(buf, thAt) : -1;
    case IPPROTO_IPIP: return thAt;
    default: return -1;
  }
}

/** Version 0 only: four bytes, and four more each for checksum, key and sequence number (RFC 2784, 2890). */
function greOffset(buf: Uint8Array, at: number): number {
  const flags = buf[at]!;
  if ((buf[at + 1]! & 7) !== 0) return -1;
  const word = (bit: number): number => ((flags & bit) === 0 ? 0 : 4);
  return at + 4 + word(0x80) + word(0x20) + word(0x10);
}
