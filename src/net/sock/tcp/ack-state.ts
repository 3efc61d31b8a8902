import type { RxSeg } from "./segment.ts";
import type { Tcb } from "./tcb.ts";

/** What an acknowledgement was found to be (FLAG_* of net/ipv4/tcp_input.c). */
export const FLAG_DATA = 0x01;
export const FLAG_WIN_UPDATE = 0x02;
export const FLAG_DATA_ACKED = 0x04;
export const FLAG_RETRANS_DATA_ACKED = 0x08;
export const FLAG_SYN_ACKED = 0x10;
export const FLAG_DATA_SACKED = 0x20;
export const FLAG_ECE = 0x40;
export const FLAG_LOST_RETRANS = 0x80;
export const FLAG_SLOWPATH = 0x100;
export const FLAG_ORIG_SACK_ACKED = 0x200;
export const FLAG_SND_UNA_ADVANCED = 0x400;
export const FLAG_DSACKING_ACK = 0x800;
export const FLAG_SET_XMIT_TIMER = 0x1000;
export const FLAG_SACK_RENEGING = 0x2000;
export const FLAG_UPDATE_TS_RECENT = 0x4000;
export const FLAG_NO_CHALLENGE_ACK = 0x8000;
export const FLAG_ACK_MAYBE_DELAYED = 0x10000;
export const FLAG_DSACK_TLP = 0x20000;

export const FLAG_ACKED = FLAG_DATA_ACKED | FLAG_SYN_ACKED;
export const FLAG_NOT_DUP = FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED;
export const FLAG_CA_ALERT = FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK;
export const FLAG_FORWARD_PROGRESS = FLAG_ACKED | FLAG_DATA_SACKED;

/** One acknowledgement while it is worked on (tcp_sacktag_state and rate_sample together). */
export class AckState {
  readonly seg: RxSeg;
  flag: number;
  readonly priorSndUna: number;
  readonly priorPackets: number;
  /** Highest sequence number that was acknowledged in any way before. */
  priorFack: number;
  readonly priorInFlight: number;
  readonly priorDelivered: number;
  readonly priorLost: number;
  /** When the newest and the oldest segment that SACK blocks cover now, and that was sent once, left; 0 = none. */
  firstSackNs = 0;
  lastSackNs = 0;
  /** Lowest sequence number that came out of order. */
  reord: number;
  sackDelivered = 0;
  /** Rate sample: snapshot of the segment delivered last. */
  ratePriorNs = 0;
  ratePriorDelivered = 0;
  rateLastEndSeq = 0;
  rateIntervalUs = 0;
  rateDelivered = -1;
  rateRttUs = -1;
  rateIsRetrans = false;
  rateIsAppLimited = false;
  rateLosses = 0;
  /** What recovery wants sent: 0 nothing, 1 lost segments, 2 also new data. */
  rexmit: 0 | 1 | 2 = 0;

  constructor(tp: Tcb, seg: RxSeg, flag: number) {
    this.seg = seg;
    this.flag = flag;
    this.priorSndUna = tp.sndUna;
    this.priorPackets = tp.packetsOut;
    this.priorFack = tp.sackedOut > 0 && tp.highestSack !== null ? tp.highestSack.seq : tp.sackedOut > 0 ? tp.sndNxt : tp.sndUna;
    this.priorInFlight = tp.packetsOut - tp.sackedOut - tp.lostOut + tp.retransOut;
    this.priorDelivered = tp.delivered;
    this.priorLost = tp.lost;
    this.reord = tp.sndNxt;
  }
}
