// From err.ts: a router says that the path takes only smaller packets. Next retransmit.ts.
import { currentSsthresh, setCaState } from "./congestion.ts";
import { currentMss, syncMss } from "./mtu.ts";
import { xmitRetransmitQueue, markSegLost } from "./retransmit.ts";
import type { Tcb } from "./tcb.ts";
import { pathMtu, skRoute } from "./transmit.ts";

/** tcp_v4_mtu_reduced (RFC 1191): IPv4 has learned the smaller path MTU already; what was too big is sent again in smaller pieces. */
export function mtuReduced(tp: Tcb): void {
  if (tp.state === "LISTEN" || tp.state === "CLOSE") return;
  const dst = skRoute(tp);
  if (typeof dst === "string") return;
  const mtu = pathMtu(tp, dst);
  if (tp.options.IP_MTU_DISCOVER === "dont" || tp.pmtuCookie <= mtu) return;
  syncMss(tp, mtu);
  simpleRetransmit(tp);
}

/** tcp_simple_retransmit: the size was the reason, not congestion: the window stays as it is. */
function simpleRetransmit(tp: Tcb): void {
  const mss = currentMss(tp);
  for (let seg = tp.rtxQueue.head; seg !== null; seg = seg.next) if (seg.len > mss) markSegLost(tp, seg);
  tp.lostHint = null;
  if (tp.lostOut === 0) return;
  if (tp.caState !== "Loss") {
    tp.highSeq = tp.sndNxt;
    tp.ssthresh = currentSsthresh(tp);
    tp.priorSsthresh = 0;
    tp.undoMarker = 0;
    setCaState(tp, "Loss");
  }
  xmitRetransmitQueue(tp);
}
