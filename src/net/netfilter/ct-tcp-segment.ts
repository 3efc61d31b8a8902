import { readU16 } from "../../wire/addr.ts";
import { fold16, pseudoSum, sum16 } from "../../wire/checksum.ts";
import { IPPROTO_TCP } from "../../wire/ipv4.ts";
import type { CtPacket } from "./ct-l4.ts";
import { wantsChecksum } from "./ct-l4.ts";
import { FLAG_FIN, FLAG_SYN, type TcpKind, hasValidFlags, tcpKind } from "./ct-tcp-table.ts";

/** What the tracker reads of a segment (RFC 9293 §3.1). */
export interface Segment {
  readonly kind: TcpKind;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  /** As written: not scaled. */
  readonly win: number;
  /** Sequence number behind its last byte, SYN and FIN counted (segment_seq_plus_len). */
  readonly end: number;
  readonly options: TcpOptions;
  /** Highest edge of the SACK blocks, null without them. */
  readonly sackHigh: number | null;
}

export interface TcpOptions {
  /** null = no window scale option; capped at 14 (RFC 7323 §2.3). */
  readonly scale: number | null;
  readonly sackPermitted: boolean;
}

const TCP_HLEN = 20;
const MAX_SCALE = 14;

const readU32 = (b: Uint8Array, at: number): number => (readU16(b, at) * 0x10000 + readU16(b, at + 2)) >>> 0;

/** tcp_error and the fields; a text says what is wrong. */
export function readSegment(packet: CtPacket): Segment | string {
  const { skb, at } = packet;
  const { buf } = skb;
  const bytes = skb.end - at;
  if (bytes < TCP_HLEN) return "TCP header cut short";
  const headerBytes = (buf[at + 12]! >> 4) * 4;
  if (headerBytes < TCP_HLEN || headerBytes > bytes) return "TCP header cut short";
  if (wantsChecksum(packet) && fold16(sum16(buf, at, skb.end, pseudoSum(buf, skb.netAt, IPPROTO_TCP, bytes))) !== 0) return "TCP checksum is wrong";
  const flags = buf[at + 13]!;
  if (!hasValidFlags(flags)) return "TCP flags that do not go together";
  const seq = readU32(buf, at + 4);
  const extra = ((flags & FLAG_SYN) !== 0 ? 1 : 0) + ((flags & FLAG_FIN) !== 0 ? 1 : 0);
  const { options, sackHigh } = readOptions(buf, at + TCP_HLEN, at + headerBytes);
  const end = (seq + bytes - headerBytes + extra) >>> 0;
  return { kind: tcpKind(flags), flags, seq, ack: readU32(buf, at + 8), win: readU16(buf, at + 14), end, options, sackHigh };
}

function readOptions(b: Uint8Array, from: number, to: number): Pick<Segment, "options" | "sackHigh"> {
  let scale: number | null = null;
  let sackPermitted = false;
  let sackHigh: number | null = null;
  for (let at = from; at < to && b[at] !== 0; ) {
    if (b[at] === 1) {
      at++;
      continue;
    }
    const length = b[at + 1] ?? 0;
    if (length < 2 || at + length > to) break;
    if (b[at] === 3 && length === 3) scale = Math.min(b[at + 2]!, MAX_SCALE);
    if (b[at] === 4 && length === 2) sackPermitted = true;
    if (b[at] === 5) sackHigh = highestEdge(b, at + 2, at + length);
    at += length;
  }
  return { options: { scale, sackPermitted }, sackHigh };
}

function highestEdge(b: Uint8Array, from: number, to: number): number | null {
  let high: number | null = null;
  for (let at = from; at + 8 <= to; at += 8) {
    const edge = readU32(b, at + 4);
    if (high === null || after(edge, high)) high = edge;
  }
  return high;
}

/** Sequence numbers wrap (RFC 9293 §3.4). */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => ((b - a) | 0) < 0;
