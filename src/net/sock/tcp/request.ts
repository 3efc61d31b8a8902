import type { Ip4 } from "../../../wire/addr.ts";
import type { LazyTimer } from "./lazy-timer.ts";
import type { RxOptions, Tcb } from "./tcb.ts";

/** A handshake in a listener's SYN queue (struct tcp_request_sock): SYN received, SYN-ACK sent. */
export class RequestSock {
  readonly listener: Tcb;
  readonly local: Ip4;
  readonly port: number;
  readonly peer: Ip4;
  readonly peerPort: number;
  rcvIsn = 0;
  sntIsn = 0;
  rcvNxt = 0;
  rsqRcvWnd = 0;
  rxOpt: RxOptions;
  mss = 536;
  tsOffset = 0;
  /** When the first SYN-ACK left (snt_synack), ns; 0 = no RTT sample. */
  sntSynackNs = 0;
  numTimeout = 0;
  numRetrans = 0;
  acked = false;
  /** Nobody remembers it: the SYN-ACK is a SYN cookie. */
  cookieMade = false;
  /** Window clamp and scale that the SYN-ACK offered. */
  windowClamp = 0;
  lastOowAckNs = 0;
  conn = 0;
  journey = 0;
  readonly boundDev: number;
  readonly cookie: number;
  mark = 0;
  tos = 0;
  timeoutNs = 0;
  timer: LazyTimer<RequestSock> | null = null;

  constructor(listener: Tcb, local: Ip4, peer: Ip4, peerPort: number, rxOpt: RxOptions) {
    this.listener = listener;
    this.local = local;
    this.port = listener.port;
    this.peer = peer;
    this.peerPort = peerPort;
    this.rxOpt = rxOpt;
    this.boundDev = listener.boundDev;
    this.cookie = listener.ns.world.takeCookie();
  }
}
