import type { XtComment, XtConnmark, XtLength, XtPkttype, XtStatistic, XtTtl } from "../../../net/uapi/xt.ts";
import { type Bad, type OptCall, bad, extension, isBad } from "./extension.ts";
import { type Range, hex, parseMarkMask, parseUint, parseUintRange, saveString } from "./values.ts";

/** Matches on what belongs to the packet: marks, comments, chance, rate, size, TTL, kind. */

/** `-m mark`: written natively, so this is iptables' own structure (xt_mark_mtinfo1). */
export type MarkInfo = { readonly mark: number; readonly mask: number; readonly invert: boolean };

const markText = ({ mark, mask }: { readonly mark: number; readonly mask: number }): string => (mask === 0xffffffff ? hex(mark) : `${hex(mark)}/${hex(mask)}`);

const MARK_OPTION = [{ name: "mark", arg: true, invert: true, mandatory: true }];
function parseMark(ext: string, call: OptCall): MarkInfo | Bad {
  const value = parseMarkMask(ext, call);
  return isBad(value) ? value : { mark: value[0], mask: value[1], invert: call.invert };
}

export const mark = extension<MarkInfo>({
  name: "mark",
  options: MARK_OPTION,
  init: { mark: 0, mask: 0xffffffff, invert: false },
  parse: (_info, call) => parseMark("mark", call),
  save: (i) => `${i.invert ? " !" : ""} --mark ${markText(i)}`,
  print: (i) => ` mark match${i.invert ? " !" : ""} ${markText(i)}`,
});

export const connmark = extension<XtConnmark>({
  name: "connmark",
  options: MARK_OPTION,
  init: { mark: 0, mask: 0xffffffff, invert: false },
  parse: (_info, call) => parseMark("connmark", call),
  save: (i) => `${i.invert ? " !" : ""} --mark ${markText(i)}`,
  print: (i) => ` connmark match ${i.invert ? "!" : ""} ${markText(i)}`,
});

const MAX_COMMENT = 255;
export const comment = extension<XtComment>({
  name: "comment",
  options: [{ name: "comment", arg: true, mandatory: true }],
  init: { comment: "" },
  parse: (_info, call) => ({ comment: call.arg.slice(0, MAX_COMMENT) }),
  save: (i) => ` --comment${saveString(i.comment)}`,
  print: (i) => ` /* ${i.comment} */`,
});

/** `-m limit`: written natively. `avg` is the time a packet costs, in 1/10000 s. */
export type LimitInfo = { readonly avg: number; readonly burst: number };
export const LIMIT_SCALE = 10000;
const DEFAULT_BURST = 5;
/** Units from the longest, in seconds. */
export const LIMIT_UNITS: readonly (readonly [name: string, sec: number])[] = [["day", 86400], ["hour", 3600], ["min", 60], ["sec", 1]];

/** The shortest unit in which the rate is a whole number, near enough. */
export function limitUnit(avg: number): { readonly rate: number; readonly name: string; readonly sec: number } {
  let i = 1;
  for (; i < LIMIT_UNITS.length; i++) {
    const period = (LIMIT_UNITS[i]?.[1] ?? 1) * LIMIT_SCALE;
    if (avg > period || Math.floor(period / avg) < period % avg) break;
  }
  const [name = "sec", sec = 1] = LIMIT_UNITS[i - 1] ?? [];
  return { rate: Math.floor((sec * LIMIT_SCALE) / avg), name, sec };
}

function parseRate(text: string): number | Bad {
  const slash = text.indexOf("/");
  const unit = slash < 0 ? "second" : text.slice(slash + 1).toLowerCase();
  const sec = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86400]].find(([name]) => unit !== "" && String(name).startsWith(unit))?.[1];
  const rate = Number.parseInt(text, 10);
  if (sec === undefined || !(rate > 0)) return bad(`bad rate "${text}"'`);
  const avg = Math.floor((LIMIT_SCALE * Number(sec)) / rate);
  return avg === 0 ? bad(`Rate too fast "${text}"`) : avg;
}

const rateText = (avg: number): string => `${limitUnit(avg).rate}/${limitUnit(avg).name}`;
export const limit = extension<LimitInfo>({
  name: "limit",
  options: [{ name: "limit", arg: true }, { name: "limit-burst", arg: true }],
  init: { avg: LIMIT_SCALE * 1200, burst: DEFAULT_BURST },
  parse(info, call) {
    const n = call.key === "limit" ? parseRate(call.arg) : parseUint("limit", call, 0, 10000);
    return typeof n !== "number" ? n : { ...info, [call.key === "limit" ? "avg" : "burst"]: n };
  },
  save: (i) => ` --limit ${rateText(i.avg)}${i.burst === DEFAULT_BURST ? "" : ` --limit-burst ${i.burst}`}`,
  print: (i) => ` limit: avg ${rateText(i.avg)} burst ${i.burst}`,
});

function parseStatistic(info: XtStatistic, call: OptCall): XtStatistic | Bad {
  if (call.key === "mode") {
    return call.arg === "random" || call.arg === "nth" ? { ...info, mode: call.arg } : bad(`Bad mode "${call.arg}"`);
  }
  if (call.key === "probability") {
    const p = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(call.arg) ? Number(call.arg) : Number.NaN;
    if (!(p >= 0 && p <= 1)) return bad(`statistic: bad value for option "--probability", or out of range (0-1).\n`);
    return { ...info, probability: Math.round(0x80000000 * p), invert: info.invert || call.invert };
  }
  const n = parseUint("statistic", call, call.key === "every" ? 1 : 0, 0xffffffff);
  if (typeof n !== "number") return n;
  return call.key === "every" ? { ...info, every: n - 1, count: n - 1 - info.packet, invert: info.invert || call.invert } : { ...info, packet: n, count: info.every - n };
}

function checkStatistic(info: XtStatistic, seen: readonly string[]): Bad | undefined {
  if (!seen.includes("mode")) return undefined;
  if (info.mode === "random") return seen.includes("probability") ? undefined : bad("--probability must be specified when using random mode");
  if (!seen.includes("every") && !seen.includes("packet")) return bad("--every and --packet must be specified when using nth mode");
  return seen.includes("every") && info.packet > info.every ? bad("the --packet p must be 0 <= p <= n-1") : undefined;
}

function statisticText(i: XtStatistic, prefix: string): string {
  const not = i.invert ? " !" : "";
  if (i.mode === "random") return ` ${prefix}mode random${not} ${prefix}probability ${(i.probability / 0x80000000).toFixed(11)}`;
  return ` ${prefix}mode nth${not} ${prefix}every ${i.every + 1}${i.packet !== 0 || prefix !== "" ? ` ${prefix}packet ${i.packet}` : ""}`;
}

export const statistic = extension<XtStatistic>({
  name: "statistic",
  options: [
    { name: "mode", arg: true, mandatory: true }, { name: "probability", arg: true, invert: true, excludes: ["every", "packet"] },
    { name: "every", arg: true, invert: true, excludes: ["probability"], also: ["packet"] }, { name: "packet", arg: true, excludes: ["probability"], also: ["every"] },
  ],
  init: { mode: "random", invert: false, probability: 0, every: 0, packet: 0, count: 0 },
  parse: parseStatistic,
  check: checkStatistic,
  save: (i) => statisticText(i, "--"),
  print: (i) => ` statistic${statisticText(i, "")}`,
});

const lengthText = ([min, max]: Range): string => (min === max ? String(min) : `${min}:${max}`);
export const length = extension<XtLength>({
  name: "length",
  options: [{ name: "length", arg: true, invert: true, mandatory: true }],
  init: { length: [0, 0], invert: false },
  parse(_info, call) {
    const range = parseUintRange("length", call, 65535);
    return isBad(range) ? range : { length: range, invert: call.invert };
  },
  save: (i) => `${i.invert ? " !" : ""} --length ${lengthText(i.length)}`,
  print: (i) => ` length ${i.invert ? "!" : ""}${lengthText(i.length)}`,
});

const TTL_SIGNS = { eq: "==", ne: "!=", lt: "<", gt: ">" } as const;
const TTL_KEYS = ["lt", "gt", "eq"] as const;
export const ttl = extension<XtTtl>({
  name: "ttl",
  options: [
    ...TTL_KEYS.map((k) => ({ name: `ttl-${k}`, key: k, arg: true, invert: k === "eq", excludes: TTL_KEYS })), { name: "ttl", key: "eq", arg: true, excludes: TTL_KEYS },
  ],
  init: { mode: "eq", ttl: 0 },
  parse(_info, call) {
    const n = parseUint("ttl", call, 0, 255);
    const mode = TTL_KEYS.find((k) => k === call.key) ?? "eq";
    return typeof n !== "number" ? n : { mode: call.invert ? "ne" : mode, ttl: n };
  },
  check: (_info, seen) => (seen.length === 0 ? bad("TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt") : undefined),
  save: (i) => (i.mode === "ne" ? ` ! --ttl-eq ${i.ttl}` : ` --ttl-${i.mode} ${i.ttl}`),
  print: (i) => ` TTL match TTL ${TTL_SIGNS[i.mode]} ${i.ttl}`,
});

const PKTTYPES: Readonly<Record<string, XtPkttype["type"]>> = {
  unicast: "unicast", host: "unicast", broadcast: "broadcast", bcast: "broadcast", multicast: "multicast", mcast: "multicast",
};
export const pkttype = extension<XtPkttype>({
  name: "pkttype",
  options: [{ name: "pkt-type", arg: true, invert: true, mandatory: true }],
  init: { type: "unicast", invert: false },
  parse(_info, call) {
    const type = PKTTYPES[call.arg.toLowerCase()];
    if (/^(otherhost|outgoing)$/i.test(call.arg)) return bad(`pkttype ${call.arg}: not simulated here`);
    return type === undefined ? bad(`Bad packet type '${call.arg}'`) : { type, invert: call.invert };
  },
  save: (i) => `${i.invert ? " !" : ""} --pkt-type ${i.type}`,
  print: (i) => ` PKTTYPE ${i.invert ? "!" : ""}= ${i.type}`,
});
