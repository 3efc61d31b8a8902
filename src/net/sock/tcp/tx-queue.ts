import { seqAdd } from "./seq.ts";

/** TCP_SKB_CB(skb)->sacked. */
export const SACKED_ACKED = 1;
export const SACKED_RETRANS = 2;
export const SACKED_LOST = 4;
export const TAGBITS = 7;
/** Was sent more than once, ever: no RTT sample (Karn). */
export const EVER_RETRANS = 0x80;
/** Its repeats are probably still on the way when it was found to have arrived. */
export const RETRANS_MASK = SACKED_RETRANS | EVER_RETRANS;

/**
 * One segment that waits to be sent or to be acknowledged (an sk_buff of the write queue or of the retransmit queue).
 * Its bytes are `buf[at, at + len)`; several segments of one send call share a buffer. SYN and FIN take a sequence number each.
 */
export class TxSeg {
  seq: number;
  endSeq: number;
  /** TCP header flags it is sent with. */
  flags: number;
  buf: Uint8Array;
  at: number;
  len: number;
  /** SACKED_* bits. */
  sacked = 0;
  /** skb_mstamp_ns: when it left last; 0 = never. */
  sentNs = 0;
  /** Snapshots taken when it was sent, for the delivery rate (tcp_rate_skb_sent). */
  txDelivered = 0;
  txDeliveredNs = 0;
  txFirstNs = 0;
  txInFlight = 0;
  txAppLimited = false;
  /** MSG_MORE or an end of record: PSH and coalescing. */
  eor = false;
  /** Socket buffer it lies in, together with its neighbours: see burst.ts. */
  burst = 0;
  /** Whose command wrote the bytes, for the trace. */
  journey: number;
  next: TxSeg | null = null;
  prev: TxSeg | null = null;
  /** Order of (re)transmission, for RACK (tcp_tsorted_anchor). */
  tsNext: TxSeg | null = null;
  tsPrev: TxSeg | null = null;

  constructor(seq: number, flags: number, buf: Uint8Array, at: number, len: number, journey: number) {
    this.seq = seq;
    this.flags = flags;
    this.buf = buf;
    this.at = at;
    this.len = len;
    this.endSeq = seqAdd(seq, len + ((flags & 3) !== 0 ? 1 : 0));
    this.journey = journey;
  }
}

/** A doubly linked list of segments in sequence order. */
export class TxQueue {
  head: TxSeg | null = null;
  tail: TxSeg | null = null;
  count = 0;

  append(seg: TxSeg): void {
    seg.prev = this.tail;
    seg.next = null;
    if (this.tail === null) this.head = seg;
    else this.tail.next = seg;
    this.tail = seg;
    this.count++;
  }

  insertAfter(seg: TxSeg, where: TxSeg): void {
    seg.prev = where;
    seg.next = where.next;
    if (where.next === null) this.tail = seg;
    else where.next.prev = seg;
    where.next = seg;
    this.count++;
  }

  unlink(seg: TxSeg): void {
    if (seg.prev === null) this.head = seg.next;
    else seg.prev.next = seg.next;
    if (seg.next === null) this.tail = seg.prev;
    else seg.next.prev = seg.prev;
    seg.next = null;
    seg.prev = null;
    this.count--;
  }

  clear(): void {
    this.head = null;
    this.tail = null;
    this.count = 0;
  }
}

/** Segments that were sent, oldest transmission first (tsorted_sent_queue). */
export class SentOrder {
  head: TxSeg | null = null;
  tail: TxSeg | null = null;

  /** To the end of the list: it has just been sent (list_move_tail). */
  moveToTail(seg: TxSeg): void {
    if (this.tail === seg) return;
    this.remove(seg);
    seg.tsPrev = this.tail;
    if (this.tail === null) this.head = seg;
    else this.tail.tsNext = seg;
    this.tail = seg;
  }

  insertAfter(seg: TxSeg, where: TxSeg): void {
    seg.tsPrev = where;
    seg.tsNext = where.tsNext;
    if (where.tsNext === null) this.tail = seg;
    else where.tsNext.tsPrev = seg;
    where.tsNext = seg;
  }

  /** Takes it off; nothing happens when it is not on the list. */
  remove(seg: TxSeg): void {
    if (this.head !== seg && seg.tsPrev === null) return;
    if (seg.tsPrev === null) this.head = seg.tsNext;
    else seg.tsPrev.tsNext = seg.tsNext;
    if (seg.tsNext === null) this.tail = seg.tsPrev;
    else seg.tsNext.tsPrev = seg.tsPrev;
    seg.tsNext = null;
    seg.tsPrev = null;
  }

  clear(): void {
    this.head = null;
    this.tail = null;
  }
}
