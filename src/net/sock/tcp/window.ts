import { TCP_HLEN } from "../../../wire/tcp.ts";
import { tellTcp } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/* The window this end offers (tcp_select_window and kin, net/ipv4/tcp_output.c). */

const U16_MAX = 65535;
const RMEM_TO_WIN_SCALE = 256;
const MAX_WSCALE = 14;

/** How much payload a buffer of `space` bytes holds, by the share of it that was payload so far (tcp_win_from_space). */
export const winFromSpace = (tp: Tcb, space: number): number => Math.floor((space * tp.scalingRatio) / RMEM_TO_WIN_SCALE);
/** Room for payload in the whole buffer, and in what is free of it. */
export const fullSpace = (tp: Tcb): number => winFromSpace(tp, tp.rcvBuf);
export const freeSpace = (tp: Tcb): number => winFromSpace(tp, tp.rcvBuf - tp.rmemAlloc);

/** To the next multiple of 2^scale; windows are below 2^30. */
export const alignUp = (n: number, scale: number): number => ((n + (1 << scale) - 1) >> scale) << scale;
const roundDown = (n: number, step: number): number => n - (n % step);

/** What is left of the window last offered (tcp_receive_window). */
export const receiveWindow = (tp: Tcb): number => Math.max(0, (tp.rcvWup + tp.rcvWnd - tp.rcvNxt) | 0);

export interface InitialWindow {
  readonly rcvWnd: number;
  readonly windowClamp: number;
  readonly rcvWscale: number;
}

/** tcp_select_initial_window: what a SYN offers, whole segments of `mss` within `space` bytes. `clamp` 0 = none. */
export function selectInitialWindow(space: number, mss: number, clamp: number, wscaleOk: boolean, rmemLimit: number): InitialWindow {
  const most = clamp === 0 ? U16_MAX * 2 ** MAX_WSCALE : clamp;
  let room = Math.min(most, Math.max(0, space));
  if (room > mss) room = roundDown(room, mss);
  const rcvWnd = Math.min(room, U16_MAX);
  const scaled = Math.min(Math.max(room, rmemLimit), most);
  const rcvWscale = wscaleOk ? Math.min(MAX_WSCALE, Math.max(0, Math.floor(Math.log2(Math.max(1, scaled))) - 15)) : 0;
  return { rcvWnd, rcvWscale, windowClamp: Math.min(U16_MAX * 2 ** rcvWscale, most) };
}

/** tcp_select_window: the value for the header's window field; remembers what was promised. */
export function selectWindow(tp: Tcb): number {
  const { rcvWscale } = tp.rxOpt;
  const before = tp.rcvWnd;
  const current = receiveWindow(tp);
  let window = windowWanted(tp);
  const mayShrink = rcvWscale !== 0 && tp.ns.sock.tcp.sysctl.shrinkWindow !== 0;
  if (window < current && !mayShrink) window = alignUp(current, rcvWscale);
  tp.rcvWnd = window;
  tp.rcvWup = tp.rcvNxt;
  const field = Math.floor(Math.min(window, U16_MAX * 2 ** rcvWscale) / 2 ** rcvWscale);
  if ((field === 0) !== (before === 0) && tp.ns.world.trace !== null) {
    tellTcp(tp, "tcp.window", null, field === 0 ? "no room: window 0" : `room again: window ${window}`);
  }
  return field;
}

/** __tcp_select_window: as much as there is room for, without silly small steps (RFC 9293 §3.8.6.2.2). */
export function windowWanted(tp: Tcb): number {
  const { rcvWscale } = tp.rxOpt;
  const allowed = fullSpace(tp);
  const full = Math.min(tp.windowClamp, allowed);
  const mss = Math.min(tp.rcvMss, full);
  if (mss <= 0) return 0;
  let free = freeSpace(tp);
  if (free < Math.floor(full / 2)) {
    tp.ackQuick = 0;
    free = roundDown(Math.max(0, free), 2 ** rcvWscale);
    if (free < Math.floor(allowed / 16) || free < mss) return 0;
  }
  free = Math.min(free, tp.rcvSsthresh);
  if (rcvWscale !== 0) return alignUp(free, rcvWscale);
  const window = tp.rcvWnd;
  if (window <= free - mss || window > free) return roundDown(free, mss);
  return mss === full && free > window + Math.floor(full / 2) ? free : window;
}

/** Payload a segment has besides options, from an MTU. */
export const HEADERS_BYTES = TCP_HLEN + 20;
