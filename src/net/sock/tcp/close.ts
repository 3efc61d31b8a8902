import { IP4_ANY } from "../../../wire/addr.ts";
import type { Skb } from "../../core/skb.ts";
import { drop } from "../../core/trace.ts";
import type { Errno } from "../../uapi/errno.ts";
import { sendActiveReset } from "./control.ts";
import { stopListening } from "./listen.ts";
import { TIMEWAIT_NS, timeWait } from "./minisock.ts";
import { sendFin } from "./output.ts";
import { freeReceiveQueues, freeUnread, readableBytes } from "./receive.ts";
import { leaveBucket } from "./ports.ts";
import { setState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { destroyTimers, finTimeNs, stopTimers } from "./timers.ts";
import { purgeWriteQueue } from "./write-queue.ts";

/* How a connection ends: tcp_done, tcp_reset, tcp_shutdown, tcp_close (net/ipv4/tcp.c). */

/** tcp_done: the connection is over. What was received can still be read. */
export function tcpDone(tp: Tcb, skb: Skb | null = null): void {
  if (tp.state === "SYN_SENT" || tp.state === "SYN_RECV") tp.ns.mib.tcp.AttemptFails++;
  setState(tp, "CLOSE", skb);
  stopTimers(tp);
  tp.rcvShutdown = true;
  tp.sndShutdown = true;
  if (tp.orphan) destroySock(tp);
  else tp.waitQueue.wake();
}

/** inet_csk_destroy_sock: nobody has it, nothing is left to do. */
export function destroySock(tp: Tcb): void {
  leaveBucket(tp);
  destroyTimers(tp);
  purgeWriteQueue(tp);
  freeReceiveQueues(tp);
  tp.closed = true;
}

/** The error that the program hears of; `EPIPE` is no news after a FIN. */
export function tcpDoneWithError(tp: Tcb, errno: Errno, skb: Skb | null = null): void {
  purgeWriteQueue(tp);
  tcpDone(tp, skb);
  if (!tp.orphan) tp.fail(errno);
}

/** tcp_write_err: a timer has given up; what ICMP said meanwhile is a better reason. */
export function writeErr(tp: Tcb): void {
  tp.ns.mib.tcpExt.TCPAbortOnTimeout++;
  tcpDoneWithError(tp, tp.softError ?? "ETIMEDOUT");
}

/** tcp_reset: the peer sent RST. */
export function tcpReset(tp: Tcb, skb: Skb): void {
  const errno = tp.state === "SYN_SENT" ? "ECONNREFUSED" : tp.state === "CLOSE_WAIT" ? "EPIPE" : tp.state === "CLOSE" ? null : "ECONNRESET";
  if (errno !== null) tcpDoneWithError(tp, errno, skb);
  drop(tp.ns, skb, "TCP_RESET");
}

/** tcp_close_state: where the next state is after this end has no more to send; true when a FIN is due. */
function closeState(tp: Tcb): boolean {
  switch (tp.state) {
    case "SYN_RECV": case "ESTABLISHED":
      setState(tp, "FIN_WAIT1");
      return true;
    case "CLOSE_WAIT":
      setState(tp, "LAST_ACK");
      return true;
    case "SYN_SENT":
      setState(tp, "CLOSE");
      return false;
    default:
      return false;
  }
}

/** shutdown(2). */
export function tcpShutdown(tp: Tcb, how: "read" | "write" | "both"): Errno | undefined {
  const { state } = tp;
  if (state === "CLOSE") {
    // Remembered all the same: a later connection has this half closed from the start.
    if (how !== "write") tp.rcvShutdown = true;
    if (how !== "read") tp.sndShutdown = true;
    return "ENOTCONN";
  }
  if (state === "LISTEN") {
    if (how !== "write") stopListening(tp);
    return undefined;
  }
  if (state === "SYN_SENT") {
    tp.connectState = "unconnected";
    if (how === "write") {
      if (closeState(tp)) sendFin(tp);
    } else disconnect(tp);
    tp.waitQueue.wake();
    return undefined;
  }
  if (how !== "write") tp.rcvShutdown = true;
  if (how !== "read") {
    tp.sndShutdown = true;
    if ((state === "ESTABLISHED" || state === "CLOSE_WAIT") && closeState(tp)) sendFin(tp);
  }
  tp.waitQueue.wake();
  return undefined;
}

/** tcp_disconnect, as far as a failed or given-up connect needs it: the socket may be used again. */
export function disconnect(tp: Tcb): void {
  setState(tp, "CLOSE");
  stopTimers(tp);
  purgeWriteQueue(tp);
  freeReceiveQueues(tp);
  if (!tp.portLocked) {
    leaveBucket(tp);
    tp.port = 0;
  }
  if (!tp.addrLocked) tp.local = IP4_ANY;
  tp.peer = IP4_ANY;
  tp.peerPort = 0;
  tp.softError = null;
  tp.rcvShutdown = false;
  tp.finReceived = false;
  tp.sndShutdown = false;
  tp.connectState = "unconnected";
  if (!tp.closed) tp.waitQueue.wake();
}

/** __tcp_close: the last descriptor is gone. */
export function tcpClose(tp: Tcb): void {
  tp.rcvShutdown = true;
  tp.sndShutdown = true;
  if (tp.state === "LISTEN") {
    stopListening(tp);
    return orphaned(tp);
  }
  const hadUnread = readableBytes(tp) > 0;
  freeUnread(tp);
  if (tp.state === "CLOSE") return orphaned(tp);
  if (hadUnread) {
    setState(tp, "CLOSE");
    tp.ns.mib.tcpExt.TCPAbortOnClose++;
    sendActiveReset(tp, "closed with data that nobody read");
  } else if (tp.options.SO_LINGER?.seconds === 0) {
    const wasSynchronised = needsReset(tp);
    setState(tp, "CLOSE");
    if (wasSynchronised) sendActiveReset(tp, "closed with SO_LINGER 0");
    purgeWriteQueue(tp);
  } else if (closeState(tp)) sendFin(tp);
  orphaned(tp);
}

const needsReset = (tp: Tcb): boolean =>
  ["ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV"].includes(tp.state);

/** sock_orphan: the connection goes on without a program, for as long as its end takes. */
function orphaned(tp: Tcb): void {
  tp.orphan = true;
  tp.ino = 0;
  if (tp.state === "FIN_WAIT2") return finWait2Orphan(tp);
  if (tp.state === "CLOSE") destroySock(tp);
}

/** FIN_WAIT2 without a reader lasts tcp_fin_timeout at most; the long part by the keep-alive timer, the last minute as a TIME_WAIT socket. */
export function finWait2Orphan(tp: Tcb): void {
  if (tp.linger2Ns < 0) {
    setState(tp, "CLOSE");
    sendActiveReset(tp, "closed with TCP_LINGER2 below zero");
    return destroySock(tp);
  }
  const waitNs = finTimeNs(tp);
  if (waitNs > TIMEWAIT_NS) tp.keepTimer.set(waitNs - TIMEWAIT_NS);
  else timeWait(tp, "FIN_WAIT2", waitNs);
}

