import { readU16, writeU16 } from "../../../wire/addr.ts";
import { updateChecksum } from "../../../wire/checksum.ts";
import { IPPROTO_TCP } from "../../../wire/ipv4.ts";
import type { Skb } from "../../core/skb.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, DROP, checkReg, checkU8, firstError } from "./vm.ts";

const TCP_HLEN = 20;
const TCP_CSUM = 16;
const TCPOPT_NOP = 1;
export const TCPOPT_MSS = 2;

/** nft_tcp_header_pointer: end of the header, -1 when there is no whole one. */
export function tcpHeaderEnd(skb: Skb, thAt: number): number {
  if (thAt < 0 || thAt + TCP_HLEN > skb.end) return -1;
  const end = thAt + (skb.buf[thAt + 12]! >> 4) * 4;
  return end < thAt + TCP_HLEN || end > skb.end ? -1 : end;
}

/** The option of this kind, kind and length bytes included; null = not there. */
export function findTcpOption(skb: Skb, thAt: number, type: number): { readonly at: number; readonly end: number } | null {
  const end = tcpHeaderEnd(skb, thAt);
  const { buf } = skb;
  for (let at = thAt + TCP_HLEN; at < end - 1; ) {
    const bytes = buf[at]! <= TCPOPT_NOP || buf[at + 1] === 0 ? 1 : buf[at + 1]!;
    if (buf[at] === type) return at + bytes > end ? null : { at, end: at + bytes };
    at += bytes;
  }
  return null;
}

/** Changes a 16-bit word of the header and repairs the checksum; words that begin at an odd place count swapped. */
export function patchTcpWord(skb: Skb, thAt: number, at: number, value: number): void {
  const { buf } = skb;
  const swap = (n: number): number => (((at - thAt) & 1) === 0 ? n : ((n & 0xff) << 8) | (n >> 8));
  const sum = updateChecksum(readU16(buf, thAt + TCP_CSUM), swap(readU16(buf, at)), swap(value));
  writeU16(buf, at, value);
  writeU16(buf, thAt + TCP_CSUM, sum);
}

/** nft_exthdr_tcp_set_eval: two or four bytes of an option. A maximum segment size only ever shrinks. */
export function bindExthdrSet(_: NftBind, expr: ExprOf<"exthdr.set">): NftOp | Errno {
  const { len, offset } = expr;
  const error = firstError(checkU8(len), checkU8(offset), len === 2 || len === 4 ? null : "EOPNOTSUPP", checkReg(expr.sreg, len));
  if (error !== null) return error;
  const from = expr.sreg * 4;
  const evaluate = (regs: NftRegs, { skb, l4proto, fragOffset, thAt }: NftPkt): void => {
    if (l4proto !== IPPROTO_TCP || fragOffset !== 0 || tcpHeaderEnd(skb, thAt) < 0) regs.verdict = BREAK;
    else setOption(regs, skb, thAt, expr, from);
  };
  return { op: "exthdr.set", eval: evaluate, dump: () => expr };
}

function setOption(regs: NftRegs, skb: Skb, thAt: number, expr: ExprOf<"exthdr.set">, from: number): void {
  const option = findTcpOption(skb, thAt, expr.type);
  if (option === null || option.at + expr.offset + expr.len > option.end) return;
  const at = option.at + expr.offset;
  if (expr.type === TCPOPT_MSS && expr.len === 2 && readU16(skb.buf, at) <= readU16(regs.data, from)) return;
  for (let i = 0; i < expr.len; i += 2) patchTcpWord(skb, thAt, at + i, readU16(regs.data, from + i));
}

/** nft_exthdr_tcp_strip_eval: the option becomes NOPs; a packet that is no whole segment is dropped. */
export function bindExthdrStrip(_: NftBind, expr: ExprOf<"exthdr.strip">): NftOp | Errno {
  const evaluate = (regs: NftRegs, { skb, l4proto, fragOffset, thAt }: NftPkt): void => {
    if (l4proto !== IPPROTO_TCP || fragOffset !== 0) return;
    if (tcpHeaderEnd(skb, thAt) < 0) regs.verdict = DROP;
    else stripOption(skb, thAt, expr.type);
  };
  return { op: "exthdr.strip", eval: evaluate, dump: () => expr };
}

function stripOption(skb: Skb, thAt: number, type: number): void {
  const option = findTcpOption(skb, thAt, type);
  if (option === null) return;
  for (let at = option.at; at < option.end; at++) patchTcpByte(skb, thAt, at, TCPOPT_NOP);
}

/** One byte, as half of the word it stands in. */
function patchTcpByte(skb: Skb, thAt: number, at: number, value: number): void {
  const isLow = ((at - thAt) & 1) === 1;
  const wordAt = isLow ? at - 1 : at;
  const old = readU16(skb.buf, wordAt);
  patchTcpWord(skb, thAt, wordAt, isLow ? (old & 0xff00) | value : (value << 8) | (old & 0xff));
}
