import { ctLine, ctProtocolName } from "../../net/uapi/conntrack-text.ts";
import { type CtEvent, type CtRow, IPS_ASSURED, IPS_SEEN_REPLY } from "../../net/uapi/conntrack.ts";
import { civilOf } from "../../sim/calendar.ts";
import { formatIp4 } from "../../wire/addr.ts";

/** -o: what a line has besides the usual. */
export interface Output {
  readonly extended: boolean;
  readonly id: boolean;
  readonly timestamp: boolean;
  readonly ktimestamp: boolean;
  readonly save: boolean;
}

/** Which words -o knows; the first that it does not know, or does not do here. */
export function parseOutput(text: string | undefined): Output | { readonly unknown: string } | { readonly refused: string } {
  const words = text === undefined ? [] : text.split(",");
  const unknown = words.find((w) => !["extended", "id", "timestamp", "ktimestamp", "save", "userspace", "xml", "labels"].includes(w));
  if (unknown !== undefined) return { unknown };
  if (words.includes("xml")) return { refused: "-o xml" };
  const has = (word: string): boolean => words.includes(word);
  return { extended: has("extended"), id: has("id"), timestamp: has("timestamp"), ktimestamp: has("ktimestamp"), save: has("save") };
}

/** A flow as -L, -D, -G and -U write it. `nowNs`: since the epoch. */
export function flowLine(row: CtRow, o: Output, nowNs: number, use = row.use): string {
  if (o.save) return saveLine(row);
  return ctLine({ ...row, use }, { layer3: o.extended, id: o.id, times: timesOf(row, o, nowNs) });
}

/** An event line. Flows that ended without being deleted have no time left to show. */
export function eventLine(event: CtEvent, o: Output, nowNs: number): string {
  const { row } = event;
  if (o.save) return saveLine(row);
  const timeout = event.is === "destroy" && row.timeoutSec === 0 ? null : row.timeoutSec;
  const showsMark = event.by !== undefined && event.is !== "destroy";
  return ctLine(row, { layer3: o.extended, id: o.id, timeout, noZeroMark: !showsMark, noUse: true, times: timesOf(row, o, nowNs) });
}

function timesOf(row: CtRow, o: Output, nowNs: number): string {
  if (row.startNs === null) return "";
  const seconds = Math.floor(Math.max(0, nowNs - row.startNs) / 1e9);
  const start = o.ktimestamp ? `[start=${startText(row.startNs)}] ` : "";
  return `delta-time=${seconds} ${start}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** ctime(3) in UTC: "Sun Nov 22 19:27:14 2026". */
function startText(ns: number): string {
  const t = civilOf(Math.floor(ns / 1e9));
  const clock = [t.hour, t.minute, t.second].map((n) => String(n).padStart(2, "0")).join(":");
  return `${DAYS[t.weekday]} ${MONTHS[t.month - 1]} ${String(t.day).padStart(2)} ${clock} ${t.year}`;
}

/** -o save: the flow as options of `conntrack -A`. */
function saveLine(r: CtRow): string {
  const name = ctProtocolName(r.original.protocol);
  const parts = [
    "-A", `-t ${r.timeoutSec}`, `-u ${statusText(r)}`, ...(r.zone === 0 ? [] : [`-w ${r.zone}`]), `-s ${formatIp4(r.original.src)}`, `-d ${formatIp4(r.original.dst)}`,
    `${r.reply.src === r.original.dst ? "-r" : "-g"} ${formatIp4(r.reply.src)}`, `${r.reply.dst === r.original.src ? "-q" : "-n"} ${formatIp4(r.reply.dst)}`, `-p ${name === "unknown" ? r.original.protocol : name}`,
    ...saveProto(r),
  ];
  return parts.join(" ");
}

function statusText(r: CtRow): string {
  const bits = [[IPS_SEEN_REPLY, "SEEN_REPLY"], [IPS_ASSURED, "ASSURED"]] as const;
  const names = bits.filter(([bit]) => (r.status & bit) !== 0).map(([, name]) => name);
  return names.length === 0 ? "UNSET" : names.join(",");
}

function saveProto(r: CtRow): readonly string[] {
  const o = r.original;
  if (o.icmpType !== undefined) return [`--icmp-type ${o.icmpType}`, `--icmp-code ${o.icmpCode ?? 0}`, `--icmp-id ${o.icmpId ?? 0}`];
  if (o.sport === undefined) return [];
  const ports = [`--sport ${o.sport}`, `--dport ${o.dport ?? 0}`, `--reply-port-src ${r.reply.sport ?? 0}`, `--reply-port-dst ${r.reply.dport ?? 0}`];
  return r.tcpState === null ? ports : [...ports, `--state ${r.tcpState}`];
}
