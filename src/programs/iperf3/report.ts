import { formatIp4 } from "../../wire/addr.ts";
import type { SockAddr } from "../../net/uapi/socket.ts";
import { formatFloat } from "../lib/float.ts";
import type { Interval, Stream } from "./stream.ts";
import { type Test, portOf } from "./test.ts";
import { formatUnit } from "./units.ts";

/* What iperf3 prints while a test runs and after it (iperf_locale.c, iperf_api.c). All answer text. */

const SEPARATOR = "- - - - - - - - - - - - - - - - - - - - - - - - -\n";
const HEAD = "[ ID] Interval           Transfer     Bitrate";

export const addressOf = (a: SockAddr): string => (a.family === "inet" ? formatIp4(a.addr) : "");

export const connectedLine = (s: Stream): string =>
  `[${pad(s.fd)}] local ${addressOf(s.local)} port ${portOf(s.local)} connected to ${addressOf(s.peer)} port ${portOf(s.peer)}\n`;

const pad = (n: number): string => String(n).padStart(3);
const span = (from: number, to: number): string => `${from.toFixed(2).padStart(6)}-${to.toFixed(2).padEnd(6)} sec`;
const percent = (part: number, whole: number): string => `${formatFloat(whole > 0 ? (100 * part) / whole : 0, { flags: "", width: 0, precision: 2, letter: "g" })}%`;

/** Interval, transfer and rate: what every line begins with. */
function amount(test: Test, who: string, fromSec: number, toSec: number, bytes: number, seconds: number): string {
  const rate = seconds > 0 ? bytes / seconds : 0;
  return `[${who}] ${span(fromSec, toSec)}  ${formatUnit(bytes, "A")}s  ${formatUnit(rate, test.options.format)}s/sec`;
}

/** iperf_print_intermediate: the last interval of each stream, and their sum. Short intervals without data are left out. */
export function intervalText(test: Test): string {
  const last = test.streams.map((s) => [s, s.intervals.at(-1)!] as const).filter(([, i]) => i !== undefined);
  const worth = last.some(([, i]) => (i.toNs - i.fromNs) / 1e9 >= test.options.intervalSec * 0.1 || i.bytes > 0);
  if (!worth || last.length === 0) return "";
  const lines = last.map(([s, i]) => intervalLine(test, s, i));
  const first = last[0]![1];
  const isFirst = first.fromNs === 0 && (first.omitted || test.settings.omitSec === 0);
  const head = isFirst ? intervalHead(test) : test.settings.parallel > 1 ? SEPARATOR : "";
  return head + lines.join("") + (test.settings.parallel > 1 ? sumOfInterval(test, last.map(([, i]) => i)) : "");
}

function intervalHead(test: Test): string {
  if (test.settings.udp) return `${HEAD}         ${test.sends ? "Total Datagrams" : "Jitter    Lost/Total Datagrams"}\n`;
  return `${HEAD}${test.retransmitsKnown ? "         Retr  Cwnd" : ""}\n`;
}

function intervalLine(test: Test, s: Stream, i: Interval): string {
  const seconds = (i.toNs - i.fromNs) / 1e9;
  const begin = amount(test, pad(s.fd), i.fromNs / 1e9, i.toNs / 1e9, i.bytes, seconds);
  const omitted = i.omitted ? "(omitted)" : "";
  if (s.udp) return s.sender ? `${begin}  ${i.packets}  ${omitted}\n` : `${begin}  ${(i.jitterSec * 1e3).toFixed(3).padStart(5)} ms  ${i.lost}/${i.packets} (${percent(i.lost, i.packets)})  ${omitted}\n`;
  if (!s.sender) return `${begin}                  ${omitted}\n`;
  return `${begin}  ${pad(i.retransmits)}   ${formatUnit(i.cwndBytes, "A")}s       ${omitted}\n`;
}

function sumOfInterval(test: Test, all: readonly Interval[]): string {
  const [first] = all;
  const total = (pick: (i: Interval) => number): number => all.reduce((sum, i) => sum + pick(i), 0);
  const seconds = (first!.toNs - first!.fromNs) / 1e9;
  const begin = amount(test, "SUM", first!.fromNs / 1e9, first!.toNs / 1e9, total((i) => i.bytes), seconds);
  const omitted = first!.omitted ? "(omitted)" : "";
  const [packets, lost] = [total((i) => i.packets), total((i) => i.lost)];
  if (test.settings.udp && test.sends) return `${begin}  ${packets}  ${omitted}\n`;
  if (test.settings.udp) return `${begin}  ${((total((i) => i.jitterSec) / all.length) * 1e3).toFixed(3).padStart(5)} ms  ${lost}/${packets} (${percent(lost, packets)})  ${omitted}\n`;
  return test.sends ? `${begin}  ${pad(total((i) => i.retransmits))}             ${omitted}\n` : `${begin}                  ${omitted}\n`;
}

/** What is known of a stream in the end, by side. */
interface Half {
  readonly seconds: number;
  readonly bytes: number;
}
export const sentHalf = (s: Stream): Half => ({ seconds: s.sender || s.peerSeconds === 0 ? s.seconds : s.peerSeconds, bytes: s.sender ? s.bytesSent - s.bytesSentOmitted : s.bytesSent });
export const receivedHalf = (s: Stream): Half => ({ seconds: s.sender && s.peerSeconds > 0 ? s.peerSeconds : s.seconds, bytes: s.bytesReceived });
export const sentPackets = (s: Stream): number => (s.sender ? s.packets - s.packetsOmitted : s.peerPackets);
export const receivedPackets = (s: Stream): number => (s.sender ? s.peerPackets : s.packets - s.packetsOmitted);

/** iperf_print_results: the summary. A server has seen only its own side. */
export function summaryText(test: Test): string {
  const { verbose, role } = test.options;
  const head = SEPARATOR + (verbose ? "Test Complete. Summary Results:\n" : "")
    + (test.settings.udp ? `${HEAD}         Jitter    Lost/Total Datagrams\n` : `${HEAD}${test.retransmitsKnown ? "         Retr" : ""}\n`);
  const lines = test.streams.map((s) => (test.settings.udp ? udpLines(test, s) : tcpLines(test, s)));
  const shows = { sent: role === "client" || test.sends, received: role === "client" || !test.sends };
  const sum = test.settings.parallel > 1 ? (test.settings.udp ? udpSum(test, shows) : tcpSum(test, shows)) : "";
  return head + lines.join("") + sum + (verbose ? verboseEnd(test) : "");
}

type Shows = { readonly sent: boolean; readonly received: boolean };

const missing = (test: Test, who: string, side: string): string => (test.options.verbose ? `[${who}] (${side} statistics not available)\n` : "");

function tcpLines(test: Test, s: Stream): string {
  const isServer = test.options.role === "server";
  const [sent, received] = [sentHalf(s), receivedHalf(s)];
  const retransmits = test.retransmitsKnown ? `  ${pad(s.retransmits)}             sender\n` : "                  sender\n";
  const first = isServer && !s.sender ? missing(test, pad(s.fd), "sender") : amount(test, pad(s.fd), 0, sent.seconds, sent.bytes, sent.seconds) + retransmits;
  const second = isServer && s.sender ? missing(test, pad(s.fd), "receiver") : `${amount(test, pad(s.fd), 0, received.seconds, received.bytes, received.seconds)}                  receiver\n`;
  return first + second;
}

function tcpSum(test: Test, shows: Shows): string {
  const total = (pick: (s: Stream) => number): number => test.streams.reduce((sum, s) => sum + pick(s), 0);
  const [sent, received] = [sentHalf(test.first!).seconds, receivedHalf(test.first!).seconds];
  const retransmits = test.retransmitsKnown ? `  ${pad(total((s) => s.retransmits))}             sender\n` : "                  sender\n";
  return (shows.sent ? amount(test, "SUM", 0, sent, total((s) => sentHalf(s).bytes), sent) + retransmits : missing(test, "SUM", "sender"))
    + (shows.received ? `${amount(test, "SUM", 0, received, total((s) => s.bytesReceived), received)}                  receiver\n` : missing(test, "SUM", "receiver"));
}

const datagrams = (jitterSec: number, lost: number, packets: number, who: string): string =>
  `  ${(jitterSec * 1e3).toFixed(3).padStart(5)} ms  ${lost}/${packets} (${percent(lost, packets)})  ${who}\n`;

function udpLines(test: Test, s: Stream): string {
  const isServer = test.options.role === "server";
  const [sent, received] = [sentHalf(s), receivedHalf(s)];
  const first = isServer && !s.sender ? missing(test, pad(s.fd), "sender") : amount(test, pad(s.fd), 0, sent.seconds, sent.bytes, sent.seconds) + datagrams(0, 0, sentPackets(s), "sender");
  const second = isServer && s.sender ? missing(test, pad(s.fd), "receiver")
    : amount(test, pad(s.fd), 0, received.seconds, received.bytes, received.seconds) + datagrams(s.jitterSec, s.lost, receivedPackets(s), "receiver");
  const order = s.outOfOrder > 0 ? `[${pad(s.fd)}] ${"0.0".padStart(4)}-${received.seconds.toFixed(1).padStart(4)} sec  ${s.outOfOrder} datagrams received out-of-order\n` : "";
  return first + second + order;
}

function udpSum(test: Test, shows: Shows): string {
  const total = (pick: (s: Stream) => number): number => test.streams.reduce((sum, s) => sum + pick(s), 0);
  const [sent, received] = [sentHalf(test.first!).seconds, receivedHalf(test.first!).seconds];
  const jitter = total((s) => s.jitterSec) / test.streams.length;
  return (shows.sent ? amount(test, "SUM", 0, sent, total((s) => sentHalf(s).bytes), sent) + datagrams(0, 0, total(sentPackets), "sender") : "")
    + (shows.received ? amount(test, "SUM", 0, received, total((s) => s.bytesReceived), received) + datagrams(jitter, total((s) => s.lost), total(receivedPackets), "receiver") : "");
}

/** Verbose: processors and congestion control; of a server that receives, only the latter. */
function verboseEnd(test: Test): string {
  const cpu = (n: number, user: number, system: number): string => `${n.toFixed(1)}% (${user.toFixed(1)}%u/${system.toFixed(1)}%s)`;
  const [mine, theirs] = test.sends ? ["sender", "receiver"] : ["receiver", "sender"];
  const [total, user, system] = test.remoteCpuPercent;
  const line = test.sends ? `CPU Utilization: local/${mine} ${cpu(test.cpuPercent, 0, test.cpuPercent)}, remote/${theirs} ${cpu(total, user, system)}\n` : "";
  const [snd, rcv] = test.sends ? [test.congestionUsed, test.remoteCongestion] : [test.remoteCongestion, test.congestionUsed];
  return line + (test.settings.udp || snd === "" ? "" : `snd_tcp_congestion ${snd}\n`) + (test.settings.udp || rcv === "" ? "" : `rcv_tcp_congestion ${rcv}\n`);
}
