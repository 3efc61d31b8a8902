import { type Ip4, readU16, readU32 } from "../../../wire/addr.ts";
import {
  TCPOPT_EOL, TCPOPT_NOP, TCPOPT_TIMESTAMP, TCP_ACK_SEQ, TCP_DST, TCP_FLAGS, TCP_HLEN, TCP_SEQ, TCP_SRC, TCP_WIN, tcpHeaderBytes,
} from "../../../wire/tcp.ts";
import { ipDst, ipSrc } from "../../../wire/ipv4.ts";
import type { Skb } from "../../core/skb.ts";

/** A segment that came in, its header read once; later an entry of a receive queue. Payload is `skb.buf[at, at + len)`. */
export class RxSeg {
  readonly skb: Skb;
  readonly flags: number;
  seq: number;
  endSeq: number;
  readonly ack: number;
  /** As written: not scaled. */
  readonly window: number;
  at: number;
  len: number;
  /** Where options begin and end in `skb.buf`. */
  readonly optAt: number;
  readonly optEnd: number;
  /** Memory it is charged with while it waits in a queue. */
  truesize = 0;
  /** Its place among the segments that share an sk_buff. */
  coalesced = 1;
  /** When the first of these came. */
  groupAtNs = 0;

  /** `skb.start` is at the TCP header, whose length was checked. */
  constructor(skb: Skb) {
    const { buf, start } = skb;
    this.skb = skb;
    this.flags = buf[start + TCP_FLAGS]!;
    this.seq = readU32(buf, start + TCP_SEQ);
    this.ack = readU32(buf, start + TCP_ACK_SEQ);
    this.window = readU16(buf, start + TCP_WIN);
    this.optAt = start + TCP_HLEN;
    this.optEnd = start + tcpHeaderBytes(buf, start);
    this.at = this.optEnd;
    this.len = skb.end - this.optEnd;
    this.endSeq = (this.seq + this.len + (this.flags & 1) + ((this.flags >> 1) & 1)) >>> 0;
  }

  get saddr(): Ip4 {
    return ipSrc(this.skb.buf, this.skb.netAt);
  }

  get daddr(): Ip4 {
    return ipDst(this.skb.buf, this.skb.netAt);
  }

  get sport(): number {
    return readU16(this.skb.buf, this.skb.start + TCP_SRC);
  }

  get dport(): number {
    return readU16(this.skb.buf, this.skb.start + TCP_DST);
  }

  /** Only the aligned timestamp option that every ordinary segment has. */
  get hasOnlyTimestamp(): boolean {
    const { buf } = this.skb;
    const at = this.optAt;
    return this.optEnd === at + 12 && buf[at] === TCPOPT_NOP && buf[at + 1] === TCPOPT_NOP && buf[at + 2] === TCPOPT_TIMESTAMP && buf[at + 3] === 10;
  }
}

/** Walks options: `visit(kind, valueAt, valueBytes)`; ends at the first that makes no sense (tcp_parse_options). */
export function eachOption(b: Uint8Array, from: number, to: number, visit: (kind: number, at: number, bytes: number) => void): void {
  for (let at = from; at < to; ) {
    const kind = b[at]!;
    if (kind === TCPOPT_EOL) return;
    if (kind === TCPOPT_NOP) {
      at++;
      continue;
    }
    if (at + 1 >= to) return;
    const size = b[at + 1]!;
    if (size < 2 || at + size > to) return;
    visit(kind, at + 2, size - 2);
    at += size;
  }
}
