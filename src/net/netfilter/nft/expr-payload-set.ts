import { readU16, writeU16 } from "../../../wire/addr.ts";
import { fold16, sum16 } from "../../../wire/checksum.ts";
import { IPPROTO_TCP, IPPROTO_UDP } from "../../../wire/ipv4.ts";
import type { Errno } from "../../uapi/errno.ts";
import { checkU16, payloadBase } from "./expr-payload.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg, checkU8, firstError } from "./vm.ts";

const IPPROTO_UDPLITE = 136;
const IPPROTO_ICMPV6 = 58;
const IPPROTO_SCTP = 132;
const SCTP_CSUM = 8;

/** nft_payload.c, nft_payload_set: writes bytes of a register into the packet and keeps its checksums right. */
export function bindPayloadSet(_: NftBind, expr: ExprOf<"payload.set">): NftOp | Errno {
  const error = firstError(checkU8(expr.len), checkU16(expr.offset), checkReg(expr.sreg, expr.len), checkSctp(expr));
  if (error !== null) return error;
  const from = expr.sreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const base = payloadBase(expr.base, pkt);
    const at = base + expr.offset;
    if (base < 0 || at + expr.len > pkt.skb.end) regs.verdict = BREAK;
    else if (!write(regs, pkt, expr, base, at, from)) regs.verdict = BREAK;
  };
  return { op: "payload.set", eval: evaluate, dump: () => expr };
}

function checkSctp(expr: ExprOf<"payload.set">): Errno | null {
  if (expr.csum !== "sctp") return null;
  return expr.base !== "th" || expr.csumOffset !== SCTP_CSUM ? "EINVAL" : null;
}

function write(regs: NftRegs, pkt: NftPkt, expr: ExprOf<"payload.set">, base: number, at: number, from: number): boolean {
  const { buf, end } = pkt.skb;
  const oldSum = sum16(buf, at, at + expr.len);
  const newSum = sum16(regs.data, from, from + expr.len);
  if (expr.csum === "inet") {
    if (base + expr.csumOffset + 2 > end) return false;
    repair(buf, base + expr.csumOffset, oldSum, newSum);
  }
  if (expr.pseudoHeader) repairTransport(pkt, oldSum, newSum);
  for (let i = 0; i < expr.len; i++) buf[at + i] = regs.data[from + i]!;
  if (expr.csum === "sctp" && pkt.l4proto === IPPROTO_SCTP && pkt.fragOffset === 0) setSctpChecksum(pkt);
  return true;
}

/** nft_csum_replace: a sum that comes out as zero is written as all ones (CSUM_MANGLED_0). */
function repair(buf: Uint8Array, at: number, oldSum: number, newSum: number): void {
  const sum = fold16((~readU16(buf, at) & 0xffff) + fold16(oldSum) + newSum);
  writeU16(buf, at, sum === 0 ? 0xffff : sum);
}

/** nft_payload_l4csum_update: the transport's checksum covers addresses too. A UDP datagram without one stays so. */
function repairTransport({ skb, l4proto, thAt, fragOffset }: NftPkt, oldSum: number, newSum: number): void {
  const offset = l4proto === IPPROTO_TCP ? 16 : l4proto === IPPROTO_UDP || l4proto === IPPROTO_UDPLITE ? 6 : l4proto === IPPROTO_ICMPV6 ? 2 : -1;
  if (offset < 0 || fragOffset !== 0 || thAt < 0 || thAt + offset + 2 > skb.end) return;
  if (l4proto === IPPROTO_UDP && readU16(skb.buf, thAt + offset) === 0) return;
  repair(skb.buf, thAt + offset, oldSum, newSum);
}

const CRC32C = 0x82f63b78;

/** sctp_compute_cksum: CRC32c over the packet with a zero checksum field, little endian (RFC 9260 appendix A). */
function setSctpChecksum({ skb, thAt }: NftPkt): void {
  const { buf, end } = skb;
  if (thAt + 12 > end) return;
  buf.fill(0, thAt + SCTP_CSUM, thAt + SCTP_CSUM + 4);
  let crc = 0xffffffff;
  for (let i = thAt; i < end; i++) {
    crc ^= buf[i]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ CRC32C : crc >>> 1;
  }
  const sum = ~crc >>> 0;
  for (let i = 0; i < 4; i++) buf[thAt + SCTP_CSUM + i] = sum >>> (8 * i);
}

