import type { LinkRow, LinkStats } from "../../net/uapi/rtnetlink-link.ts";
import type { Tool } from "./lib/tool.ts";

/** Counters of `ip -s link`: columns as wide as their widest value (print_stats64). */

const PREFIXES = "kMGTPE";

/** With -h 1.74k and the like, else the plain number (print_num). */
export function numberText(tool: Tool, n: number): string {
  const base = tool.options.iec ? 1024 : 1000;
  if (!tool.options.human || n < base) return String(n);
  let power = 0;
  let unit = base;
  while (n / base >= unit && power < PREFIXES.length - 1) {
    unit *= base;
    power++;
  }
  const precision = n / unit < 10 ? 2 : n / unit < 100 ? 1 : 0;
  return `${(n / unit).toFixed(precision)}${PREFIXES[power]}${tool.options.iec ? "i" : ""}`;
}

interface Column {
  readonly head: string;
  readonly key: string;
  readonly value: number;
}

const rxColumns = (s: LinkStats): readonly Column[] => [
  { head: "bytes", key: "bytes", value: s.rxBytes }, { head: "packets", key: "packets", value: s.rxPackets },
  { head: "errors", key: "errors", value: s.rxErrors }, { head: "dropped", key: "dropped", value: s.rxDropped },
  { head: "missed", key: "over_errors", value: 0 }, { head: "mcast", key: "multicast", value: s.multicast },
];
const txColumns = (s: LinkStats): readonly Column[] => [
  { head: "bytes", key: "bytes", value: s.txBytes }, { head: "packets", key: "packets", value: s.txPackets },
  { head: "errors", key: "errors", value: s.txErrors }, { head: "dropped", key: "dropped", value: s.txDropped },
  { head: "carrier", key: "carrier_errors", value: s.txCarrierErrors }, { head: "collsns", key: "collisions", value: 0 },
];
const RX_ERRORS: readonly Column[] = [
  { head: "length", key: "length_errors", value: 0 }, { head: "crc", key: "crc_errors", value: 0 }, { head: "frame", key: "frame_errors", value: 0 },
  { head: "fifo", key: "fifo_errors", value: 0 }, { head: "overrun", key: "missed_errors", value: 0 },
];
const txErrors = (link: LinkRow): readonly Column[] => [
  { head: "aborted", key: "aborted_errors", value: 0 }, { head: "fifo", key: "fifo_errors", value: 0 }, { head: "window", key: "window_errors", value: 0 },
  { head: "heartbt", key: "heartbeat_errors", value: 0 }, { head: "transns", key: "carrier_changes", value: link.carrierChanges },
];

/** Least widths: of "*X errors:", "packets", "errors", "dropped", "heartbt", "overrun"; and of "compressed", which is never there. */
const LEAST = [10, 7, 6, 7, 7, 7];
const LAST_WIDTH = 10;

/** After the addresses of `ip -s addr`: the lines stand for themselves. */
export function printStatsAlone(tool: Tool, link: LinkRow): void {
  if (tool.out.json !== null) return jsonStats(tool, link);
  tool.out.fp(statsLines(tool, link).join("\n"));
  tool.out.fp("\n");
}

/** Behind the link's other lines. */
export function printStats(tool: Tool, link: LinkRow): void {
  if (tool.out.json !== null) return jsonStats(tool, link);
  for (const line of statsLines(tool, link)) {
    tool.out.nl();
    tool.out.fp(line);
  }
}

function statsLines(tool: Tool, link: LinkRow): readonly string[] {
  const more = tool.options.stats > 1;
  const [rx, tx, txMore] = [rxColumns(link.stats), txColumns(link.stats), txErrors(link)];
  const widths = LEAST.map((least, i) => Math.max(least, ...[rx[i], tx[i], more ? txMore[i - 1] : undefined].map((c) => (c === undefined ? 0 : numberText(tool, c.value).length))));
  const lines = [["RX:", rx], ...(more ? [["RX errors:", RX_ERRORS]] : []), ["TX:", tx], ...(more ? [["TX errors:", txMore]] : [])] as const;
  return (lines as readonly (readonly [string, readonly Column[]])[]).flatMap(([label, columns]) => table(tool, label, columns, widths));
}

/** A heading line and a value line; error columns start at the second column. */
function table(tool: Tool, label: string, columns: readonly Column[], widths: readonly number[]): readonly string[] {
  const errors = columns.length < LEAST.length;
  const cells = errors ? widths.slice(1) : [widths[0]! - label.length - 1, ...widths.slice(1)];
  const heads = `    ${label} ${columns.map((c, i) => c.head.padStart(cells[i]!)).join(" ")}${errors ? "" : ` ${" ".repeat(LAST_WIDTH)}`}`;
  const values = columns.map((c, i) => `${numberText(tool, c.value).padStart(errors ? widths[i + 1]! : widths[i]!)} `).join("");
  return [heads, `    ${errors ? `${" ".repeat(widths[0]!)} ` : ""}${values}`];
}

function jsonStats(tool: Tool, link: LinkRow): void {
  const { out } = tool;
  const more = tool.options.stats > 1;
  out.openObject("stats64");
  out.openObject("rx");
  for (const c of [...rxColumns(link.stats), ...(more ? RX_ERRORS : [])]) out.js(c.key, c.value);
  out.closeObject();
  out.openObject("tx");
  for (const c of [...txColumns(link.stats), ...(more ? txErrors(link) : [])]) out.js(c.key, c.value);
  out.closeObject();
  out.closeObject();
}
