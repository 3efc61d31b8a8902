import type { QdiscOptions, TbfOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import { type Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { type Kind, type TcOptions, complain } from "./kind.ts";
import { formatRate, formatSize, formatTime, parseRate, parseSize, parseTimeUs, ticksToUs } from "./units.ts";
import { TBF_USAGE } from "./usage.ts";

/* q_tbf.c of iproute2 6.1. */

interface Draft {
  limit: number;
  latency: number;
  burst: number;
  mtu: number;
  mpu: number;
  rate: number;
  peakRate: number;
  overhead: number;
  linklayer: "ethernet" | "atm";
}

function* parse(args: Args): Cmd<QdiscOptions> {
  const { tool } = args;
  const d: Draft = { limit: 0, latency: 0, burst: 0, mtu: 0, mpu: 0, rate: 0, peakRate: 0, overhead: 0, linklayer: "ethernet" };
  while (args.more) yield* word(args, d, args.take());
  let missing = "";
  if (d.rate === 0) missing += "tbf: the \"rate\" parameter is mandatory.\n";
  if (d.burst === 0) missing += "tbf: the \"burst\" parameter is mandatory.\n";
  if (d.peakRate !== 0 && d.mtu === 0) missing += "tbf: when \"peakrate\" is specified, \"mtu\" must also be specified.\n";
  if (d.limit === 0 && d.latency === 0) missing += "tbf: either \"limit\" or \"latency\" is required.\n";
  if (missing !== "") yield* complain(tool, missing + TBF_USAGE);
  const { rate, peakRate, mpu, overhead, linklayer } = d;
  return { kind: "tbf", tbf: { rate, peakRate, burstBytes: d.burst, mtuBytes: d.mtu, limitBytes: limitOf(d), overhead, mpu, linklayer } };
}

/** What may wait: as much as leaves within the latency, and a burst. */
function limitOf(d: Draft): number {
  if (d.limit !== 0) return d.limit;
  const limit = (d.rate * d.latency) / 1e6 + d.burst;
  const atPeak = d.peakRate === 0 ? limit : (d.peakRate * d.latency) / 1e6 + d.mtu;
  return Math.floor(Math.min(limit, atPeak)) % 0x100000000;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  const { tool } = args;
  if (matches(w, "limit")) {
    if (d.latency !== 0) yield* clash(args, d.limit !== 0, "tbf: specifying both \"latency\" and \"limit\" is not allowed\n", "limit");
    d.limit = yield* once(args, d.limit, "limit", "limit", parseSize);
  } else if (matches(w, "latency")) {
    if (d.limit !== 0) yield* clash(args, d.latency !== 0, "tbf: specifying both \"limit\" and \"/latency\" is not allowed\n", "latency");
    d.latency = yield* once(args, d.latency, "latency", "latency", parseTimeUs);
  } else if (matches(w, "burst") || w === "buffer" || w === "maxburst") d.burst = yield* once(args, d.burst, w, "buffer/burst/maxburst", sizeAndCell);
  else if (w === "mtu" || w === "minburst") d.mtu = yield* once(args, d.mtu, w, "mtu/minburst", sizeAndCell);
  else if (w === "mpu") d.mpu = yield* once(args, d.mpu, w, w, parseSize);
  else if (w === "rate") d.rate = yield* once(args, d.rate, w, w, parseRate);
  else if (matches(w, "peakrate")) d.peakRate = yield* once(args, d.peakRate, "peakrate", "peakrate", parseRate);
  else if (matches(w, "overhead")) d.overhead = yield* once(args, d.overhead, "overhead", "overhead", u16);
  else if (matches(w, "linklayer")) d.linklayer = yield* linklayer(args);
  else yield* complain(tool, w === "help" ? TBF_USAGE : `tbf: unknown parameter "${w}"\n${TBF_USAGE}`);
}

function* clash(args: Args, duplicate: boolean, message: string, key: string): Cmd<void> {
  yield* args.next();
  yield* complain(args.tool, duplicate ? `tbf: duplicate "${key}" specification\n` : message);
}

/** A value that may be given once. */
function* once(args: Args, before: number, shown: string, key: string, read: (text: string) => number | null): Cmd<number> {
  const text = yield* args.next();
  if (before !== 0) yield* complain(args.tool, `tbf: duplicate "${key}" specification\n`);
  if (read === parseRate && text.includes("%")) yield* complain(args.tool, `tc: tbf ${shown} ${text}: devices here have no speed\n`);
  return read(text) ?? (yield* complain(args.tool, `tbf: illegal value for "${shown}": "${text}"\n`));
}

const u16 = (text: string): number | null => (/^\d+$/.test(text) && Number(text) < 65536 ? Number(text) : null);

/** "10k/8": a size, and a cell that must be a power of two and is of no use any more. */
function sizeAndCell(text: string): number | null {
  const [size = "", cell] = text.split("/");
  if (cell !== undefined && !(/^\d+$/.test(cell) && Number.isInteger(Math.log2(Number(cell))))) return null;
  return parseSize(size);
}

function* linklayer(args: Args): Cmd<"ethernet" | "atm"> {
  const text = yield* args.next();
  if (matches(text, "ethernet")) return "ethernet";
  return matches(text, "atm") || matches(text, "adsl") ? "atm" : yield* complain(args.tool, `tbf: illegal value for "linklayer": "${text}"\n`);
}

/** What a burst is when it went through the kernel's clock of ticks and back (tc_calc_xmitsize). */
const xmitSize = (rate: number, ticks: number): number => Math.floor((rate * ticksToUs(ticks)) / 1e6);

function print(tool: Tool, o: QdiscOptions, tc: TcOptions): void {
  if (o.kind !== "tbf" || o.tbf === undefined) return;
  const { out } = tool;
  const t = o.tbf;
  const { bufferTicks = 0, mtuTicks = 0 } = t;
  out.any("rate", t.rate, `rate ${formatRate(t.rate, tc.iec)} `);
  printBurst(tool, xmitSize(t.rate, bufferTicks), t.mpu, tc, "burst", "burst");
  if (tc.raw) out.any("burst_raw", `0x${bufferTicks.toString(16)}`, `[${bufferTicks.toString(16).padStart(8, "0")}] `);
  if (t.peakRate !== 0) printPeak(tool, t, xmitSize(t.peakRate, mtuTicks), tc);
  const latency = Math.max(latencyUs(t.limitBytes, t.rate, bufferTicks), t.peakRate === 0 ? -Infinity : latencyUs(t.limitBytes, t.peakRate, mtuTicks));
  if (latency >= 0) out.any("lat", Math.floor(latency), `lat ${formatTime(latency)} `);
  if (tc.raw || latency < 0) out.any("limit", t.limitBytes, `limit ${formatSize(t.limitBytes)} `);
  if (t.overhead !== 0) out.any("overhead", t.overhead, `overhead ${t.overhead} `);
  if (t.linklayer === "atm" || tc.details) out.any("linklayer", t.linklayer, `linklayer ${t.linklayer} `);
}

/** How long the last of a full queue waits. */
const latencyUs = (limitBytes: number, rate: number, burstTicks: number): number => (1e6 * limitBytes) / rate - ticksToUs(burstTicks);

function printBurst({ out }: Tool, bytes: number, mpu: number, tc: TcOptions, key: string, plainKey: string): void {
  if (!tc.details) return out.any(plainKey, bytes, `${plainKey} ${formatSize(bytes)} `);
  out.any(key, `${formatSize(bytes)}/1`, `${key} ${formatSize(bytes)}/1 `);
  out.any("mpu", mpu, `mpu ${formatSize(mpu)} `);
}

function printPeak(tool: Tool, t: TbfOptions, bytes: number, tc: TcOptions): void {
  tool.out.fp(`peakrate ${formatRate(t.peakRate, tc.iec)} `);
  if (t.mtuBytes > 0 || t.mpu > 0) printBurst(tool, bytes, t.mpu, tc, "mtu", "minburst");
}

export const TBF: Kind = { name: "tbf", parse, print };
