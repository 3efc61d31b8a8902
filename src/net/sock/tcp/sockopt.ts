import type { Errno } from "../../uapi/errno.ts";
import type { SockOption, SockOptions } from "../../uapi/socket.ts";
import { DIR_ORIGINAL } from "../../netfilter/ct-entry.ts";
import { DEFAULT_ZONE } from "../../netfilter/ct-table.ts";
import { congestionByName } from "./congestion.ts";
import { setQuickack } from "./control.ts";
import { inPingpong } from "./delack.ts";
import { tcpInfo } from "./diag.ts";
import { currentMss } from "./mtu.ts";
import { NAGLE_CORK, NAGLE_OFF, NAGLE_PUSH, pushPendingFrames } from "./output.ts";
import { setWindowClamp } from "./rcvbuf.ts";
import type { Tcb } from "./tcb.ts";
import { keepaliveTimeNs } from "./timers.ts";
import { pathMtu, skRoute } from "./transmit.ts";

/* tcp(7), socket(7): options with an effect at once, and ranges. */

const SOCK_MIN_RCVBUF = 2304;
const SOCK_MIN_SNDBUF = 4608;

/** "elsewhere": not TCP's own business. */
export function setTcpOption<K extends SockOption>(tp: Tcb, option: K, value: SockOptions[K]): Errno | undefined | "elsewhere" {
  switch (option) {
    case "TCP_NODELAY": return keep(tp, option, value, () => nodelay(tp, value === true));
    case "TCP_CORK": return keep(tp, option, value, () => cork(tp, value === true));
    case "TCP_QUICKACK":
      setQuickack(tp, value === true);
      return undefined;
    case "SO_RCVBUF": return setRcvbuf(tp, Number(value));
    case "SO_SNDBUF": return setSndbuf(tp, Number(value));
    case "SO_KEEPALIVE": return keep(tp, option, value, () => keepalive(tp, value === true));
    case "TCP_KEEPIDLE": return inRange(Number(value), 1e9, 32767e9) ? keep(tp, option, value, () => keepalive(tp, tp.options.SO_KEEPALIVE)) : "EINVAL";
    case "TCP_KEEPINTVL": return inRange(Number(value), 1e9, 32767e9) ? keep(tp, option, value) : "EINVAL";
    case "TCP_KEEPCNT": return inRange(Number(value), 1, 127) ? keep(tp, option, value) : "EINVAL";
    case "TCP_SYNCNT": return inRange(Number(value), 1, 127) ? keep(tp, option, value) : "EINVAL";
    case "TCP_MAXSEG": return Number(value) === 0 || inRange(Number(value), 88, 65535) ? keep(tp, option, value) : "EINVAL";
    case "TCP_WINDOW_CLAMP": return windowClamp(tp, Number(value));
    case "TCP_LINGER2": return linger2(tp, Number(value));
    case "TCP_CONGESTION": return congestion(tp, String(value));
    case "IP_TOS": case "IP_TTL": case "IP_OPTIONS": case "IP_MTU_DISCOVER": case "SO_MARK":
      tp.ipSend = null;
      tp.dst = null;
      return "elsewhere";
    default:
      return "elsewhere";
  }
}

const inRange = (n: number, low: number, high: number): boolean => n >= low && n <= high;

function keep<K extends SockOption>(tp: Tcb, option: K, value: SockOptions[K], effect?: () => void): undefined {
  Object.assign(tp.options, { [option]: value });
  effect?.();
  return undefined;
}

/** __tcp_sock_set_nodelay: what Nagle held back goes now. */
function nodelay(tp: Tcb, on: boolean): void {
  if (!on) {
    tp.nonagle &= ~NAGLE_OFF;
    return;
  }
  tp.nonagle |= NAGLE_OFF | NAGLE_PUSH;
  push(tp);
}

function cork(tp: Tcb, on: boolean): void {
  if (on) {
    tp.nonagle |= NAGLE_CORK;
    return;
  }
  tp.nonagle &= ~NAGLE_CORK;
  if ((tp.nonagle & NAGLE_OFF) !== 0) tp.nonagle |= NAGLE_PUSH;
  push(tp);
}

function push(tp: Tcb): void {
  if (tp.state !== "CLOSE" && tp.state !== "LISTEN" && tp.writeQueue.head !== null) pushPendingFrames(tp, currentMss(tp), tp.nonagle);
}

function keepalive(tp: Tcb, on: boolean): void {
  if (tp.state === "CLOSE" || tp.state === "LISTEN") return;
  if (on) tp.keepTimer.set(keepaliveTimeNs(tp));
  else tp.keepTimer.stop();
}

/** socket(7): the kernel doubles the value, for its own bookkeeping. */
function setRcvbuf(tp: Tcb, bytes: number): Errno | undefined {
  tp.rcvBuf = Math.max(2 * Math.min(bytes, tp.ns.sock.tcp.sysctl.rmemMax), SOCK_MIN_RCVBUF);
  tp.rcvBufLocked = true;
  tp.options.SO_RCVBUF = tp.rcvBuf;
  return undefined;
}

function setSndbuf(tp: Tcb, bytes: number): Errno | undefined {
  tp.sndBuf = Math.max(2 * Math.min(bytes, tp.ns.sock.tcp.sysctl.wmemMax), SOCK_MIN_SNDBUF);
  tp.sndBufLocked = true;
  tp.options.SO_SNDBUF = tp.sndBuf;
  return undefined;
}

/** tcp_set_window_clamp. */
function windowClamp(tp: Tcb, bytes: number): Errno | undefined {
  if (bytes === 0) {
    if (tp.state !== "CLOSE") return "EINVAL";
    tp.windowClamp = 0;
    return undefined;
  }
  setWindowClamp(tp, bytes);
  tp.options.TCP_WINDOW_CLAMP = tp.windowClamp;
  return undefined;
}

function linger2(tp: Tcb, ns: number): Errno | undefined {
  tp.linger2Ns = ns < 0 ? -1 : ns > 120e9 ? 0 : ns;
  tp.options.TCP_LINGER2 = ns;
  return undefined;
}

function congestion(tp: Tcb, name: string): Errno | undefined {
  const ops = congestionByName(name);
  if (ops === undefined) return "ENOENT";
  tp.ca = ops;
  tp.caPriv = null;
  if (tp.state !== "CLOSE" && tp.state !== "LISTEN") ops.init?.(tp);
  return undefined;
}

/** null: not TCP's own business. */
export function getTcpOption(tp: Tcb, option: SockOption): Partial<SockOptions> | Errno | null {
  switch (option) {
    case "SO_ERROR": return { SO_ERROR: tp.takePending() ?? takeSoftError(tp) };
    case "SO_ACCEPTCONN": return { SO_ACCEPTCONN: tp.state === "LISTEN" };
    case "SO_RCVBUF": return { SO_RCVBUF: tp.rcvBuf };
    case "SO_SNDBUF": return { SO_SNDBUF: tp.sndBuf };
    case "TCP_MAXSEG": return { TCP_MAXSEG: tp.state === "CLOSE" || tp.state === "LISTEN" ? tp.options.TCP_MAXSEG || tp.mssCache : tp.mssCache };
    case "TCP_QUICKACK": return { TCP_QUICKACK: !inPingpong(tp) };
    case "TCP_CONGESTION": return { TCP_CONGESTION: tp.ca.name };
    case "TCP_INFO": return { TCP_INFO: tcpInfo(tp) };
    case "SO_ORIGINAL_DST": return originalDst(tp);
    case "IP_MTU": return pathMtuOption(tp);
    default: return null;
  }
}

/** What ICMP said, if nothing worse has happened. */
function takeSoftError(tp: Tcb): Errno | null {
  const errno = tp.softError;
  tp.softError = null;
  return errno;
}

/** getorigdst (nf_conntrack_proto.c): where the peer's first packet was going before DNAT; `ENOENT` without a tracked flow. */
function originalDst(tp: Tcb): Partial<SockOptions> | Errno {
  const tuple = { src: tp.local, dst: tp.peer, protocol: tp.protocol, sport: tp.port, dport: tp.peerPort };
  const found = tp.ns.nf.ct.table.find(tuple, DEFAULT_ZONE);
  if (found === null) return "ENOENT";
  const { dst, dport } = found.ct.hashes[DIR_ORIGINAL].tuple;
  return { SO_ORIGINAL_DST: { family: "inet", addr: dst, port: dport } };
}

function pathMtuOption(tp: Tcb): Partial<SockOptions> | Errno {
  const dst = tp.peerPort === 0 ? null : skRoute(tp);
  return dst === null || typeof dst === "string" ? "ENOTCONN" : { IP_MTU: pathMtu(tp, dst) };
}

