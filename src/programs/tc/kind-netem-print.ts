import type { LossModel, NetemOptions, NetemRate, QdiscOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import type { Tool } from "../ip/lib/tool.ts";
import { parseNetem } from "./kind-netem.ts";
import type { Kind, TcOptions } from "./kind.ts";
import { formatRate, formatTime, general, ticksToUs } from "./units.ts";

/* Printer of q_netem.c, iproute2 6.1. */

const ALL = 0xffffffff;

function print(tool: Tool, o: QdiscOptions, tc: TcOptions): void {
  if (o.kind !== "netem" || o.netem === undefined) return;
  const n = o.netem;
  const { out } = tool;
  out.any("limit", n.limit, `limit ${n.limit}`);
  if (n.latencyTicks > 0) printDelay(tool, n);
  if (n.loss > 0) printShare(tool, "loss-random", "loss", n.loss, n.corr?.loss ?? 0);
  if (n.lossModel !== undefined) printModel(tool, n.lossModel);
  if (n.duplicate > 0) printShare(tool, "duplicate", "duplicate", n.duplicate, n.corr?.duplicate ?? 0);
  if (n.reorder !== undefined && n.reorder.probability > 0) printShare(tool, "reorder", "reorder", n.reorder.probability, n.reorder.correlation);
  if (n.corrupt !== undefined && n.corrupt.probability > 0) printShare(tool, "corrupt", "corrupt", n.corrupt.probability, n.corrupt.correlation);
  if (n.rate !== undefined && n.rate.rate > 0) printRate(tool, n.rate, tc);
  out.js("ecn", n.ecn === true);
  if (n.ecn === true) out.fp(" ecn ");
  out.js("gap", n.gap);
  if (n.gap > 0) out.fp(` gap ${n.gap}`);
}

/** In words per cent, in JSON a fraction of one. */
function percent(tool: Tool, key: string, text: string, value: number): void {
  tool.out.fp(`${text} ${general((100 * value) / ALL, 6)}%`);
  tool.out.json?.literal(key, general(value / ALL, 6));
}

function correlation(tool: Tool, value: number): void {
  if (tool.out.json !== null) tool.out.json.literal("correlation", general(value / ALL, 6));
  else if (value > 0) percent(tool, "", "", value);
}

function printDelay(tool: Tool, n: NetemOptions): void {
  const { out } = tool;
  const [delayUs, jitterUs] = [ticksToUs(n.latencyTicks), ticksToUs(n.jitterTicks)];
  out.openObject("delay");
  out.fp(` delay ${formatTime(delayUs)}${n.jitterTicks > 0 ? `  ${formatTime(jitterUs)}` : ""}`);
  out.json?.literal("delay", general(delayUs / 1e6, 6));
  out.json?.literal("jitter", general(jitterUs / 1e6, 6));
  correlation(tool, out.json !== null || n.jitterTicks > 0 ? (n.corr?.delay ?? 0) : 0);
  out.closeObject();
}

function printShare(tool: Tool, object: string, key: string, probability: number, corr: number): void {
  tool.out.openObject(object);
  percent(tool, key, ` ${key}`, probability);
  correlation(tool, corr);
  tool.out.closeObject();
}

function printModel(tool: Tool, m: LossModel): void {
  const rows: readonly (readonly [string, string, number])[] = m.is === "state"
    ? [["p13", " loss state p13", m.p13], ["p31", " p31", m.p31], ["p32", " p32", m.p32], ["p23", " p23", m.p23], ["p14", " p14", m.p14]]
    : [["p", " loss gemodel p", m.p], ["r", " r", m.r], ["1-h", " 1-h", ALL - m.h], ["1-k", " 1-k", m.k1]];
  tool.out.openObject(m.is === "state" ? "loss-state" : "loss-gemodel");
  for (const [key, text, value] of rows) percent(tool, key, text, value);
  tool.out.closeObject();
}

function printRate(tool: Tool, r: NetemRate, tc: TcOptions): void {
  const { out } = tool;
  const overhead = (key: string, value: number): void => {
    out.js(key, value);
    if (value !== 0) out.fp(` ${key} ${value}`);
  };
  out.openObject("rate");
  out.any("rate", r.rate, ` rate ${formatRate(r.rate, tc.iec)}`);
  overhead("packetoverhead", r.packetOverhead);
  overhead("cellsize", r.cellSize);
  overhead("celloverhead", r.cellOverhead);
  out.closeObject();
}

export const NETEM: Kind = { name: "netem", parse: parseNetem, print };
