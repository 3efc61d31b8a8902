import { readU16, readU32, writeU16, writeU32 } from "../../../wire/addr.ts";
import { TCPOPT_MSS, TCPOPT_NOP, TCPOPT_SACK, TCPOPT_SACK_PERM, TCPOPT_TIMESTAMP, TCPOPT_WINDOW, TCP_SYN } from "../../../wire/tcp.ts";
import { type RxSeg, eachOption } from "./segment.ts";
import type { RxOptions, SackBlock } from "./tcb.ts";

/* RFC 9293 §3.2, RFC 7323, RFC 2018; tcp_parse_options, tcp_options_write. */

const MAX_WSCALE = 14;

/** What options a SYN may agree to: sysctls of the reader. */
export interface OptionPolicy {
  readonly timestamps: number;
  readonly sack: number;
  readonly windowScaling: number;
}

/**
 * Reads a segment's options into `opt`. With `policy` it is a SYN (or the answer to one) and agreements are made;
 * without, only timestamps and SACK blocks count. `saw` and `sack` always describe this segment only.
 */
export function parseOptions(seg: RxSeg, opt: RxOptions, policy: OptionPolicy | null): void {
  opt.sawTstamp = false;
  if (opt.sack.length > 0) opt.sack.length = 0;
  if (seg.optEnd === seg.optAt) return;
  const { buf } = seg.skb;
  if (policy === null && opt.tstampOk && seg.hasOnlyTimestamp) return readTimestamp(buf, seg.optAt + 4, opt);
  const isSyn = policy !== null && (seg.flags & TCP_SYN) !== 0;
  eachOption(buf, seg.optAt, seg.optEnd, (kind, at, bytes) => {
    if (kind === TCPOPT_TIMESTAMP && bytes === 8) {
      if (policy === null ? opt.tstampOk : policy.timestamps !== 0) readTimestamp(buf, at, opt);
    } else if (kind === TCPOPT_SACK && opt.sackOk && bytes >= 8 && bytes % 8 === 0) readSack(buf, at, bytes, opt.sack);
    else if (isSyn) readSynOption(buf, kind, at, bytes, opt, policy);
  });
}

function readTimestamp(buf: Uint8Array, at: number, opt: RxOptions): void {
  opt.sawTstamp = true;
  opt.rcvTsval = readU32(buf, at);
  opt.rcvTsecr = readU32(buf, at + 4);
}

function readSack(buf: Uint8Array, at: number, bytes: number, out: SackBlock[]): void {
  for (let i = 0; i < bytes; i += 8) out.push({ startSeq: readU32(buf, at + i), endSeq: readU32(buf, at + i + 4) });
}

function readSynOption(buf: Uint8Array, kind: number, at: number, bytes: number, opt: RxOptions, policy: OptionPolicy): void {
  if (kind === TCPOPT_MSS && bytes === 2) {
    const mss = readU16(buf, at);
    if (mss !== 0) opt.mssClamp = opt.userMss !== 0 && opt.userMss < mss ? opt.userMss : mss;
  } else if (kind === TCPOPT_WINDOW && bytes === 1 && policy.windowScaling !== 0) {
    opt.wscaleOk = true;
    opt.sndWscale = Math.min(buf[at]!, MAX_WSCALE);
  } else if (kind === TCPOPT_SACK_PERM && bytes === 0 && policy.sack !== 0) {
    opt.sackOk = true;
    opt.numSacks = 0;
  }
}

/** Options of a SYN or SYN-ACK; null = that one is not offered. */
export interface SynOptions {
  readonly mss: number;
  readonly sackPermitted: boolean;
  readonly timestamp: { readonly val: number; readonly ecr: number } | null;
  readonly wscale: number | null;
}

/** Bytes that {@link writeSynOptions} will write. */
export const synOptionBytes = (o: SynOptions): number =>
  4 + (o.timestamp !== null ? 12 : o.sackPermitted ? 4 : 0) + (o.wscale !== null ? 4 : 0);

/** In the order of the kernel: MSS, SACK permitted in the timestamp's padding, timestamp, window scale. */
export function writeSynOptions(b: Uint8Array, from: number, o: SynOptions): void {
  b[from] = TCPOPT_MSS;
  b[from + 1] = 4;
  writeU16(b, from + 2, o.mss);
  let at = from + 4;
  if (o.timestamp !== null || o.sackPermitted) {
    const [first, second] = o.timestamp !== null && o.sackPermitted ? [TCPOPT_SACK_PERM, 2] : [TCPOPT_NOP, TCPOPT_NOP];
    b[at] = first!;
    b[at + 1] = second!;
    if (o.timestamp === null) b.set([TCPOPT_SACK_PERM, 2], at + 2);
    else writeTimestamp(b, at + 2, o.timestamp.val, o.timestamp.ecr);
    at += o.timestamp === null ? 4 : 12;
  }
  if (o.wscale !== null) b.set([TCPOPT_NOP, TCPOPT_WINDOW, 3, o.wscale], at);
}

function writeTimestamp(b: Uint8Array, at: number, val: number, ecr: number): void {
  b[at] = TCPOPT_TIMESTAMP;
  b[at + 1] = 10;
  writeU32(b, at + 2, val);
  writeU32(b, at + 6, ecr);
}

/** The timestamp as every segment after the handshake has it: two NOPs, then the option. Twelve bytes. */
export function writeAlignedTimestamp(b: Uint8Array, at: number, val: number, ecr: number): void {
  b[at] = TCPOPT_NOP;
  b[at + 1] = TCPOPT_NOP;
  writeTimestamp(b, at + 2, val, ecr);
}

/** Two NOPs and the blocks: 4 + 8 bytes a block. */
export function writeSack(b: Uint8Array, at: number, blocks: readonly SackBlock[], count: number): void {
  b[at] = TCPOPT_NOP;
  b[at + 1] = TCPOPT_NOP;
  b[at + 2] = TCPOPT_SACK;
  b[at + 3] = 2 + 8 * count;
  for (let i = 0; i < count; i++) {
    writeU32(b, at + 4 + 8 * i, blocks[i]!.startSeq);
    writeU32(b, at + 8 + 8 * i, blocks[i]!.endSeq);
  }
}
