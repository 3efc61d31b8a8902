import type { Ip4 } from "../../../wire/addr.ts";
import type { Netns } from "../../core/netns.ts";
import type { TcpState } from "../../uapi/sock-diag.ts";
import type { LazyTimer } from "./lazy-timer.ts";
import type { Tcb } from "./tcb.ts";

/** What remains of a connection whose end must still be remembered (struct tcp_timewait_sock): TIME_WAIT, or FIN_WAIT2 that nobody reads. */
export class TimewaitSock {
  readonly ns: Netns;
  readonly local: Ip4;
  readonly port: number;
  readonly peer: Ip4;
  readonly peerPort: number;
  readonly boundDev: number;
  readonly cookie: number;
  readonly mark: number;
  readonly tos: number;
  readonly conn: number;
  readonly active: boolean;
  readonly reuse: boolean;
  readonly reusePort: boolean;
  substate: TcpState;
  rcvNxt: number;
  sndNxt: number;
  rcvWnd: number;
  rcvWscale: number;
  tsOffset: number;
  tsRecent: number;
  tsRecentStampNs: number;
  /** Timestamps were agreed. */
  tstampOk: boolean;
  lastOowAckNs = 0;
  journey: number;
  timer!: LazyTimer<TimewaitSock>;

  constructor(tp: Tcb, substate: TcpState) {
    this.ns = tp.ns;
    this.local = tp.local;
    this.port = tp.port;
    this.peer = tp.peer;
    this.peerPort = tp.peerPort;
    this.boundDev = tp.boundDev;
    this.cookie = tp.cookie;
    this.mark = tp.mark;
    this.tos = tp.options.IP_TOS;
    this.conn = tp.conn;
    this.active = tp.active;
    this.reuse = tp.options.SO_REUSEADDR;
    this.reusePort = tp.options.SO_REUSEPORT;
    this.substate = substate;
    this.rcvNxt = tp.rcvNxt;
    this.sndNxt = tp.sndNxt;
    this.rcvWnd = tp.rcvWnd;
    this.rcvWscale = tp.rxOpt.rcvWscale;
    this.tsOffset = tp.tsOffset;
    this.tsRecent = tp.rxOpt.tsRecent;
    this.tsRecentStampNs = tp.rxOpt.tsRecentStampNs;
    this.tstampOk = tp.rxOpt.tstampOk;
    this.journey = tp.journey;
  }
}
