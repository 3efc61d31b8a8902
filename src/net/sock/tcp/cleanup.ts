import { sendAck } from "./control.ts";
import { inPingpong } from "./delack.ts";
import type { Tcb } from "./tcb.ts";
import { receiveWindow, windowWanted } from "./window.ts";

/** tcp_cleanup_rbuf: the program has read `copied` bytes; the peer may have to hear of the room. */
export function cleanupRbuf(tp: Tcb, copied: number): void {
  if (tp.state === "CLOSE") return;
  let now = false;
  if (tp.ackScheduled) {
    // Two segments unacknowledged, or the program has read all of a push.
    const empty = tp.rcvQueue.length === tp.rcvHead;
    now = ((tp.rcvNxt - tp.rcvWup) >>> 0) > tp.rcvMss || (copied > 0 && (tp.ackPushed2 || (tp.ackPushed && !inPingpong(tp))) && empty);
  }
  if (!now && copied > 0 && !tp.rcvShutdown) {
    const left = receiveWindow(tp);
    if (2 * left <= tp.windowClamp) {
      const wanted = windowWanted(tp);
      now = wanted > 0 && wanted >= 2 * left;
    }
  }
  if (now) sendAck(tp);
}
