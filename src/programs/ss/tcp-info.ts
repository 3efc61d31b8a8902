import type { SockMem, TcpInfo } from "../../net/uapi/sock-diag.ts";
import { formatFloat } from "../lib/float.ts";
import type { SsShow } from "./options.ts";

const general = (n: number, precision = 6): string => formatFloat(n, { flags: "", width: 0, precision, letter: "g" });
const NO_THRESHOLD = 0xffff;

/** ` skmem:(r0,rb131072,…)`, `ss -m`. */
export const memoryText = (m: SockMem): string =>
  ` skmem:(r${m.rmemAlloc},rb${m.rcvbuf},t${m.wmemAlloc},tb${m.sndbuf},f${m.fwdAlloc},w${m.wmemQueued},o${m.optmem},bl${m.backlog},d${m.drops})`;

/** Bits a second in three digits: 1.2Gbps; whole with -n. */
function rate(bitsPerSec: number, numeric: boolean): string {
  if (numeric) return bitsPerSec.toFixed(0);
  const units = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]] as const;
  const unit = units.find(([size]) => bitsPerSec >= size);
  return unit === undefined ? general(bitsPerSec) : `${general(bitsPerSec / unit[0], 3)}${unit[1]}`;
}

/** ` NAME:value` for what is not zero. */
const some = (name: string, value: number): string => (value === 0 ? "" : ` ${name}:${value}`);
const ms = (us: number): string => general(us / 1000);

/** struct tcp_info as `ss -i` words it: what is zero is left out. */
export function tcpInfoText(i: TcpInfo, show: SsShow): string {
  return options(i, show) + path(i) + counters(i) + rates(i, show.numeric) + waits(i) + losses(i) + receiving(i);
}

const options = (i: TcpInfo, show: SsShow): string => [
  show.timers && i.timestamps ? " ts" : "", show.timers && i.sack ? " sack" : "", show.timers && i.ecn ? " ecn" : "", ` ${i.congestion}`,
  i.sndWscale !== 0 || i.rcvWscale !== 0 ? ` wscale:${i.sndWscale},${i.rcvWscale}` : "",
].join("");

const path = (i: TcpInfo): string => [
  i.rtoUs !== 0 && i.rtoUs !== 3_000_000 ? ` rto:${ms(i.rtoUs)}` : "", some("backoff", i.backoff), i.rttUs === 0 ? "" : ` rtt:${ms(i.rttUs)}/${ms(i.rttvarUs)}`,
  i.atoUs === 0 ? "" : ` ato:${ms(i.atoUs)}`, some("mss", i.sndMss), some("pmtu", i.pmtu), some("rcvmss", i.rcvMss), some("advmss", i.advMss), some("cwnd", i.cwnd),
  i.ssthresh < NO_THRESHOLD ? some("ssthresh", i.ssthresh) : "",
].join("");

const counters = (i: TcpInfo): string => [
  some("bytes_sent", i.bytesSent), some("bytes_retrans", i.bytesRetrans), some("bytes_acked", i.bytesAcked), some("bytes_received", i.bytesReceived),
  some("segs_out", i.segsOut), some("segs_in", i.segsIn), some("data_segs_out", i.dataSegsOut), some("data_segs_in", i.dataSegsIn),
].join("");

function rates(i: TcpInfo, numeric: boolean): string {
  const send = i.rttUs > 0 && i.sndMss > 0 && i.cwnd > 0 ? (i.cwnd * i.sndMss * 8_000_000) / i.rttUs : 0;
  const bps = (name: string, value: number): string => (value === 0 ? "" : ` ${name} ${rate(value, numeric)}bps`);
  return [
    bps("send", send), some("lastsnd", i.lastDataSentMs), some("lastrcv", i.lastDataRecvMs), some("lastack", i.lastAckRecvMs), bps("pacing_rate", i.pacingRate * 8),
    bps("delivery_rate", i.deliveryRate * 8), some("delivered", i.delivered), i.appLimited ? " app_limited" : "",
  ].join("");
}

function waits(i: TcpInfo): string {
  if (i.busyUs === 0) return "";
  const share = (name: string, us: number): string =>
    us === 0 ? "" : ` ${name}:${Math.floor(us / 1000)}ms(${((100 * us) / i.busyUs).toFixed(1)}%)`;
  return ` busy:${Math.floor(i.busyUs / 1000)}ms${share("rwnd_limited", i.rwndLimitedUs)}${share("sndbuf_limited", i.sndbufLimitedUs)}`;
}

const losses = (i: TcpInfo): string => [
  some("unacked", i.unacked), i.retrans !== 0 || i.totalRetrans !== 0 ? ` retrans:${i.retrans}/${i.totalRetrans}` : "", some("lost", i.lost),
  i.state === "LISTEN" ? "" : some("sacked", i.sacked), some("dsack_dups", i.dsackDups), i.reordering === 3 ? "" : ` reordering:${i.reordering}`,
  some("reord_seen", i.reordSeen),
].join("");

const NO_RTT_YET = 0xffffffff;
const receiving = (i: TcpInfo): string => [
  i.rcvRttUs === 0 ? "" : ` rcv_rtt:${ms(i.rcvRttUs)}`, some("rcv_space", i.rcvSpace), some("rcv_ssthresh", i.rcvSsthresh), some("notsent", i.notSentBytes),
  i.minRttUs === 0 || i.minRttUs === NO_RTT_YET ? "" : ` minrtt:${ms(i.minRttUs)}`, some("snd_wnd", i.sndWnd),
].join("");
