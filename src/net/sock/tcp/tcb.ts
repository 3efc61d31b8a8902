import type { Ip4 } from "../../../wire/addr.ts";
import { IPPROTO_TCP } from "../../../wire/ipv4.ts";
import type { Netns } from "../../core/netns.ts";
import type { Dst } from "../../ipv4/route.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { TcpState } from "../../uapi/sock-diag.ts";
import { BaseSock } from "../base-sock.ts";
import type { CongestionOps } from "./congestion-ops.ts";
import type { LazyTimer } from "./lazy-timer.ts";
import type { RequestSock } from "./request.ts";
import type { RxSeg } from "./segment.ts";
import { SentOrder, TxQueue, type TxSeg } from "./tx-queue.ts";

/* struct tcp_sock and what it is made of (inet_connection_sock, inet_sock). Names are the kernel's; times are simulated ns. */

export type CaState = "Open" | "Disorder" | "CWR" | "Recovery" | "Loss";
/** What the retransmit timer is set for (icsk_pending). */
export type PendingTimer = "none" | "retrans" | "reoTimeout" | "lossProbe" | "probe0";

/** Header fields of this connection's packets, made once; only the identification changes. */
export interface MutableIpSend {
  saddr: Ip4;
  daddr: Ip4;
  protocol: number;
  tos: number;
  ttl: number;
  df: boolean;
  ignoreDf: boolean;
  id: number | null;
  options?: Uint8Array;
}

export const INFINITE_SSTHRESH = 0x7fffffff;
export const INIT_CWND = 10;
/** TCP_TIMEOUT_INIT: RFC 6298 §2.1. */
export const TIMEOUT_INIT_NS = 1_000_000_000;

/** Half-open range of sequence numbers. */
export interface SackBlock {
  startSeq: number;
  endSeq: number;
}

/** struct tcp_options_received: what the peer's SYN agreed to, and what the segment at hand carries. */
export class RxOptions {
  /** Highest timestamp to be echoed, and when it came (ns; 0 = none yet). */
  tsRecent = 0;
  tsRecentStampNs = 0;
  rcvTsval = 0;
  rcvTsecr = 0;
  sawTstamp = false;
  tstampOk = false;
  wscaleOk = false;
  sackOk = false;
  sndWscale = 0;
  rcvWscale = 0;
  /** TCP_MAXSEG; 0 = none. */
  userMss = 0;
  /** Largest segment the peer takes. */
  mssClamp = 536;
  /** SACK blocks of the segment at hand. */
  readonly sack: SackBlock[] = [];
  numSacks = 0;
  /** A duplicate arrived: the next SACK option starts with {@link Tcb.duplicateSack}. */
  dsack = false;
}

/** A TCP socket's state. What programs call is in tcp-sock.ts. */
export abstract class Tcb extends BaseSock {
  readonly domain = "inet";
  readonly type = "stream";
  readonly protocol = IPPROTO_TCP;
  state: TcpState = "CLOSE";
  port = 0;
  peerPort = 0;
  /** bind chose address or port (SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK): they outlive the connection. */
  addrLocked = false;
  portLocked = false;
  /** Connection id of the trace. */
  conn = 0;
  /** This end called connect. */
  active = false;
  rcvShutdown = false;
  /** The peer's FIN is in (SOCK_DONE). */
  finReceived = false;
  sndShutdown = false;
  /** SOCK_DEAD: no program has it any more. */
  orphan = false;
  softError: Errno | null = null;
  /** Cached way out, good while the namespace's routing generation is this. */
  dst: Dst | null = null;
  dstGeneration = -1;
  ipId = 0;
  ipSend: MutableIpSend | null = null;
  /** Program's last connect failed or ended: SO_ERROR was or will be taken (sock->state). */
  connectState: "unconnected" | "connecting" | "connected" | "disconnecting" = "unconnected";

  // — sending —
  sndUna = 0;
  sndNxt = 0;
  /** Byte after the last one the program wrote. */
  writeSeq = 0;
  pushedSeq = 0;
  sndWnd = 0;
  sndWl1 = 0;
  maxWindow = 0;
  sndSml = 0;
  /** Segment size for data now: options and path MTU taken off. */
  mssCache = 536;
  advMss = 1460;
  pmtuCookie = 0;
  /** 20, and 12 more when timestamps are agreed. */
  tcpHeaderLen = 20;
  /** Waits to be sent; its head is the send head. */
  readonly writeQueue = new TxQueue();
  /** Sent, not acknowledged. */
  readonly rtxQueue = new TxQueue();
  readonly sentOrder = new SentOrder();
  /** Bytes in both queues with the kernel's overhead (sk_wmem_queued). */
  wmemQueued = 0;
  sndBuf = 16384;
  sndBufLocked = false;
  /** A writer waits for room (SOCK_NOSPACE). */
  noSpace = false;
  lsndTimeNs = 0;
  nonagle = 0;
  /** Socket buffer at the end of the write queue, and what it holds (burst.ts). */
  burst = 0;
  burstBytes = 0;
  burstSplits = 0;
  tsOffset = 0;
  /** Stamp of the segment that left last: stamps are never equal. */
  lastSentNs = 0;

  // — receiving —
  rcvNxt = 0;
  /** Byte the program reads next. */
  copiedSeq = 0;
  /** rcvNxt when the window was last told. */
  rcvWup = 0;
  rcvWnd = 0;
  rcvSsthresh = 0;
  windowClamp = 0;
  rcvBuf = 131072;
  rcvBufLocked = false;
  /** Bytes held by the receive side with overhead (sk_rmem_alloc). */
  rmemAlloc = 0;
  /** 1/256 of truesize that is payload (tcp_sock.scaling_ratio). */
  scalingRatio = 128;
  readonly rcvQueue: RxSeg[] = [];
  /** Index of the first unread segment in {@link rcvQueue}. */
  rcvHead = 0;
  /** Segments after a hole, by sequence. */
  readonly ofoQueue: RxSeg[] = [];
  readonly rxOpt = new RxOptions();
  readonly duplicateSack: SackBlock = { startSeq: 0, endSeq: 0 };
  /** Blocks to be told, most recent first; `rxOpt.numSacks` are valid. */
  readonly selectiveAcks: SackBlock[] = [];
  rcvRttUs = 0;
  rcvRttSeq = 0;
  rcvRttTimeNs = 0;
  rcvRttLastTsecr = 0;
  rcvqSpace = 0;
  rcvqSeq = 0;
  rcvqTimeNs = 0;
  rcvTstampNs = 0;
  lastOowAckNs = 0;
  // icsk_ack
  ackScheduled = false;
  ackTimerOn = false;
  ackPushed = false;
  ackPushed2 = false;
  ackNow = false;
  ackQuick = 0;
  ackPingpong = 0;
  ackRetry = 0;
  atoNs = 0;
  ackTimeoutNs = 0;
  lrcvTimeNs = 0;
  lastSegSize = 0;
  rcvMss = 536;
  compressedAck = 0;
  compressedAckRcvNxt = 0;
  dupAckCounter = 0;

  // — round-trip time and retransmission timeout (rtt.ts) —
  /** Eight times the smoothed round trip, 0 = no sample yet (RFC 6298 as the kernel scales it). */
  srttUs = 0;
  mdevUs = 0;
  mdevMaxUs = 0;
  /** Four times the variation. */
  rttvarUs = 0;
  rttSeq = 0;
  minRttUs = 0xffffffff;
  minRttStampNs = 0;
  rtoNs = TIMEOUT_INIT_NS;
  rtoMinNs = 200_000_000;
  backoff = 0;
  retransmits = 0;
  /** First retransmission of data that is still missing; 0 = none. */
  retransStampNs = 0;

  // — congestion (congestion.ts) —
  cwnd = INIT_CWND;
  cwndCnt = 0;
  cwndClamp = 0xffffffff;
  cwndUsed = 0;
  cwndStampNs = 0;
  ssthresh = INFINITE_SSTHRESH;
  priorSsthresh = 0;
  priorCwnd = 0;
  caState: CaState = "Open";
  /** Algorithm, and its private numbers. */
  ca: CongestionOps;
  caPriv: object | null = null;
  isCwndLimited = false;
  maxPacketsOut = 0;
  cwndUsageSeq = 0;
  pacingRate = Infinity;
  /** Bytes of segments that are still in this machine's queues, and whether more wait for them to leave (small-queue.ts). */
  wmemAlloc = 0;
  tsqThrottled = false;

  // — scoreboard and recovery (sack.ts, recovery.ts) —
  packetsOut = 0;
  sackedOut = 0;
  lostOut = 0;
  retransOut = 0;
  highSeq = 0;
  highestSack: TxSeg | null = null;
  retransmitHint: TxSeg | null = null;
  lostHint: TxSeg | null = null;
  recvSackCache: SackBlock[] = [];
  undoMarker = 0;
  undoRetrans = 0;
  reordering = 3;
  reordSeen = 0;
  prrDelivered = 0;
  prrOut = 0;
  frto = false;
  isSackReneg = false;
  tlpHighSeq = 0;
  tlpRetrans = false;
  rackMstampNs = 0;
  /** µs, with its fraction. */
  rackRttUs = 0;
  rackEndSeq = 0;
  rackLastDelivered = 0;
  rackReoWndSteps = 1;
  rackReoWndPersist = 0;
  rackDsackSeen = false;
  rackAdvanced = false;
  delivered = 0;
  deliveredNs = 0;
  firstTxNs = 0;
  lost = 0;
  appLimited = 0;
  rateDelivered = 0;
  rateIntervalUs = 0;
  rateAppLimited = true;
  dsackDups = 0;

  // — timers (timer.ts) —
  retransTimer!: LazyTimer<Tcb>;
  delackTimer!: LazyTimer<Tcb>;
  keepTimer!: LazyTimer<Tcb>;
  compressedAckTimer: LazyTimer<Tcb> | null = null;
  pendingTimer: PendingTimer = "none";
  /** When the pending timer was asked to go off (icsk_timeout). */
  timeoutNs = 0;
  /** Timeouts of this recovery, or of the SYN (total_rto). */
  totalRto = 0;
  probesOut = 0;
  probesTstampNs = 0;
  keepaliveProbes = 0;
  synRetries = 0;
  /** FIN_WAIT2: how long to wait without a program, ns; -1 = not at all. */
  linger2Ns = 0;

  // — counters of TCP_INFO —
  bytesSent = 0;
  bytesAcked = 0;
  bytesReceived = 0;
  bytesRetrans = 0;
  segsOut = 0;
  segsIn = 0;
  dataSegsOut = 0;
  dataSegsIn = 0;
  totalRetrans = 0;
  drops = 0;
  /** What the sender is limited by now, since when, and the time each took (chrono.ts). */
  chronoType = 0;
  chronoStartNs = 0;
  readonly chronoNs: [number, number, number, number] = [0, 0, 0, 0];

  // — listening —
  /** What an ongoing handshake waits for: the listener's half-open connections, and children nobody accepted yet. */
  maxAckBacklog = 0;
  readonly acceptQueue: Tcb[] = [];
  readonly synQueue = new Set<RequestSock>();
  /** When a SYN cookie was sent last; 0 = never. */
  synOverflowNs = 0;
  /** When the SYN-ACK left that this child's handshake began with; 0 = more than once, no round trip to be measured. */
  synackStampNs = 0;
  /** The listener this child waits at, until it is accepted. */
  listener: Tcb | null = null;

  constructor(ns: Netns, ca: CongestionOps) {
    super(ns);
    this.ca = ca;
  }

  /** A socket of the same kind, for a connection that came in. */
  abstract newChild(): Tcb;
}
