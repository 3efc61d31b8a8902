import { UTSNAME } from "../../os/machine.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import { formatDate } from "../lib/date.ts";
import { type Failure, failureText } from "./errors.ts";
import { addressOf, receivedHalf, receivedPackets, sentHalf, sentPackets } from "./report.ts";
import type { Interval, Stream } from "./stream.ts";
import { type Test, portOf } from "./test.ts";

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };
type Members = Record<string, Value>;

/** `iperf3 -J` of a client: one object in the end, laid out as cJSON_Print does. */
export class JsonReport {
  readonly #test: Test;
  readonly #intervals: Members[] = [];
  #start: Members;
  mss = 0;

  constructor(test: Test) {
    this.#test = test;
    const { release, sysname, version, machine } = UTSNAME;
    this.#start = { connected: [], version: "iperf 3.12", system_info: `${sysname} ${test.sys.hostname()} ${release} ${version} ${machine}` };
  }

  /** The parameters were exchanged. */
  connected(cookie: Uint8Array): void {
    const { options, settings: s, sys } = this.#test;
    const now = sys.wallTime();
    const buffer = (option: "SO_SNDBUF" | "SO_RCVBUF"): number => socketBuffer(this.#test, option);
    this.#start = {
      ...this.#start, timestamp: { time: formatDate("%a, %d %b %Y %H:%M:%S GMT", now), timesecs: now.sec }, connecting_to: { host: options.host, port: options.port },
      cookie: String.fromCharCode(...cookie.subarray(0, cookie.length - 1)), ...(s.udp ? {} : { tcp_mss_default: this.mss }), target_bitrate: s.rate,
      sock_bufsize: s.windowBytes, sndbuf_actual: buffer("SO_SNDBUF"), rcvbuf_actual: buffer("SO_RCVBUF"),
      test_start: {
        protocol: s.udp ? "UDP" : "TCP", num_streams: s.parallel, blksize: s.blockBytes, omit: s.omitSec, duration: s.durationSec, bytes: s.bytes, blocks: s.blocks,
        reverse: Number(s.reverse), tos: s.tos, target_bitrate: s.rate,
      },
    };
  }

  /** The last interval of every stream. */
  interval(): void {
    const { streams, sends, settings } = this.#test;
    const last = streams.flatMap((s) => { const i = s.intervals.at(-1); return i === undefined ? [] : [[s, i] as const]; });
    const [first] = last;
    if (first === undefined || !last.some(([, i]) => i.bytes > 0 || i.toNs - i.fromNs > 1e8)) return;
    const all = last.map(([, i]) => i);
    const total = (pick: (i: Interval) => number): number => all.reduce((sum, i) => sum + pick(i), 0);
    const extra: Members = settings.udp
      ? { ...(sends ? {} : { jitter_ms: (total((i) => i.jitterSec) * 1e3) / all.length, lost_packets: total((i) => i.lost) }), packets: total((i) => i.packets) }
      : sends ? { retransmits: total((i) => i.retransmits) } : {};
    const sum = { ...amounts(first[1], total((i) => i.bytes)), ...extra, omitted: first[1].omitted, sender: sends };
    this.#intervals.push({ streams: last.map(([s, i]) => streamInterval(s, i)), sum });
  }

  text(failed?: Failure): string {
    const start = { ...this.#start, connected: this.#test.streams.map((s) => ({ socket: s.fd, local_host: addressOf(s.local), local_port: portOf(s.local), remote_host: addressOf(s.peer), remote_port: portOf(s.peer) })) };
    const end = failed === undefined ? this.#end() : {};
    return `${print({ start, intervals: this.#intervals, end, ...(failed === undefined ? {} : { error: failureText(failed) }) }, 0)}\n`;
  }

  #end(): Members {
    const test = this.#test;
    const [total, user, system] = test.remoteCpuPercent;
    const cpu = { host_total: test.cpuPercent, host_user: 0, host_system: test.cpuPercent, remote_total: total, remote_user: user, remote_system: system };
    const [snd, rcv] = test.sends ? [test.congestionUsed, test.remoteCongestion] : [test.remoteCongestion, test.congestionUsed];
    const names: Members = { ...(snd === "" ? {} : { sender_tcp_congestion: snd }), ...(rcv === "" ? {} : { receiver_tcp_congestion: rcv }) };
    return { ...(test.settings.udp ? udpEnd(test) : tcpEnd(test)), cpu_utilization_percent: cpu, ...(test.settings.udp ? {} : names) };
  }
}

/** What a data socket has before it is connected. */
function socketBuffer(test: Test, option: "SO_SNDBUF" | "SO_RCVBUF"): number {
  const fd = test.sys.socket("inet", test.settings.udp ? "dgram" : "stream");
  if (isErrno(fd)) return 0;
  test.prepare(fd);
  const value = test.sys.getsockopt(fd, option);
  test.sys.close(fd);
  return isErrno(value) ? 0 : value;
}

const amounts = (i: Interval, bytes: number): Members => {
  const seconds = (i.toNs - i.fromNs) / 1e9;
  return { start: i.fromNs / 1e9, end: i.toNs / 1e9, seconds, bytes, bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0 };
};

function streamInterval(s: Stream, i: Interval): Members {
  const lostPercent = i.packets > 0 ? (100 * i.lost) / i.packets : 0;
  const own: Members = s.udp
    ? { ...(s.sender ? {} : { jitter_ms: i.jitterSec * 1e3, lost_packets: i.lost }), packets: i.packets, ...(s.sender ? {} : { lost_percent: lostPercent }) }
    : s.sender ? { retransmits: i.retransmits, snd_cwnd: i.cwndBytes, snd_wnd: i.sndWndBytes, rtt: i.rttUs, rttvar: i.rttvarUs, pmtu: i.pmtu } : {};
  return { socket: s.fd, ...amounts(i, i.bytes), ...own, omitted: i.omitted, sender: s.sender };
}

const whole = (seconds: number, bytes: number): Members => ({ start: 0, end: seconds, seconds, bytes, bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0 });

function tcpEnd(test: Test): Members {
  const { streams, sends } = test;
  const total = (pick: (s: Stream) => number): number => streams.reduce((sum, s) => sum + pick(s), 0);
  const rtts = (s: Stream): Members => {
    const all = s.intervals.map((i) => i.rttUs).filter((n) => n > 0);
    const [max, min] = [Math.max(0, ...all), all.length === 0 ? 0 : Math.min(...all)];
    const best = (pick: (i: Interval) => number): number => Math.max(0, ...s.intervals.map(pick));
    return { max_snd_cwnd: best((i) => i.cwndBytes), max_snd_wnd: best((i) => i.sndWndBytes), max_rtt: max, min_rtt: min, mean_rtt: all.length === 0 ? 0 : Math.floor(all.reduce((a, b) => a + b, 0) / all.length) };
  };
  const rows = streams.map((s) => {
    const [sent, received] = [sentHalf(s), receivedHalf(s)];
    return {
      sender: { socket: s.fd, ...whole(sent.seconds, sent.bytes), ...(test.retransmitsKnown ? { retransmits: s.retransmits } : {}), ...(s.sender ? rtts(s) : {}), sender: sends },
      receiver: { socket: s.fd, ...whole(received.seconds, received.bytes), sender: sends },
    };
  });
  const [sentSec, receivedSec] = [sentHalf(test.first!).seconds, receivedHalf(test.first!).seconds];
  return {
    streams: rows, sum_sent: { ...whole(sentSec, total((s) => sentHalf(s).bytes)), ...(test.retransmitsKnown ? { retransmits: total((s) => s.retransmits) } : {}), sender: sends },
    sum_received: { ...whole(receivedSec, total((s) => s.bytesReceived)), sender: sends },
  };
}

function udpEnd(test: Test): Members {
  const { streams, sends } = test;
  const total = (pick: (s: Stream) => number): number => streams.reduce((sum, s) => sum + pick(s), 0);
  const lossOf = (jitterSec: number, lost: number, packets: number): Members => ({ jitter_ms: jitterSec * 1e3, lost_packets: lost, packets, lost_percent: packets > 0 ? (100 * lost) / packets : 0 });
  const rows = streams.map((s) => ({
    udp: { socket: s.fd, ...whole(receivedHalf(s).seconds, sentHalf(s).bytes), ...lossOf(s.jitterSec, s.lost, receivedPackets(s)), out_of_order: s.outOfOrder, sender: s.sender },
  }));
  const [sentSec, receivedSec] = [sentHalf(test.first!).seconds, receivedHalf(test.first!).seconds];
  const loss = lossOf(total((s) => s.jitterSec) / streams.length, total((s) => s.lost), total(receivedPackets));
  return {
    streams: rows, sum: { ...whole(receivedSec, total((s) => sentHalf(s).bytes)), ...loss, sender: sends },
    sum_sent: { ...whole(sentSec, total((s) => sentHalf(s).bytes)), ...lossOf(0, 0, total(sentPackets)), sender: true },
    sum_received: { ...whole(receivedSec, total((s) => s.bytesReceived)), ...loss, sender: false },
  };
}

/** cJSON_Print: tabs, a member a line, arrays on one line with their objects spread out. */
function print(value: Value, depth: number): string {
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map((v) => print(v, depth + 1)).join(", ")}]`;
  const tabs = "\t".repeat(depth + 1);
  const members = Object.entries(value).map(([key, v]) => `${tabs}${JSON.stringify(key)}:\t${print(v, depth + 1)}`);
  return members.length === 0 ? "{\n" + "\t".repeat(depth) + "}" : `{\n${members.join(",\n")}\n${"\t".repeat(depth)}}`;
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
