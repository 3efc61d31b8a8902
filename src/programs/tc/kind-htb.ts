import type { ClassRow, HtbClassOptions, QdiscOptions } from "../../net/uapi/rtnetlink-qdisc.ts";
import { type Args, matches, parseUnsigned } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { type Kind, type TcOptions, complain } from "./kind.ts";
import { formatRate, formatSize, parseRate, parseSize, ticksToUs, usToTicks } from "./units.ts";
import { HTB_USAGE } from "./usage.ts";

/* q_htb.c of iproute2 6.1. */

function* illegal(tool: Tool, word: string): Cmd<never> {
  return yield* complain(tool, `Illegal "${word}"\n${HTB_USAGE}`);
}

const hex = (text: string): number | null => (/^(0x)?[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : null);

function* parse(args: Args): Cmd<QdiscOptions> {
  const { tool } = args;
  const htb: { defaultClass: number; r2q: number; directQlen: number | null } = { defaultClass: 0, r2q: 10, directQlen: null };
  while (args.more) {
    const w = args.take();
    if (matches(w, "r2q")) htb.r2q = decimal(yield* args.next()) ?? (yield* illegal(tool, "r2q"));
    else if (matches(w, "default")) htb.defaultClass = hex(yield* args.next()) ?? (yield* illegal(tool, "default"));
    else if (matches(w, "direct_qlen")) htb.directQlen = decimal(yield* args.next()) ?? (yield* illegal(tool, "direct_qlen"));
    else if (matches(w, "debug") || matches(w, "offload")) yield* complain(tool, `tc: htb ${w}: not simulated here\n`);
    else yield* complain(tool, `What is "${w}"?\n${HTB_USAGE}`);
  }
  return { kind: "htb", htb };
}

const decimal = (text: string): number | null => (/^\d+$/.test(text) ? parseUnsigned(text.replace(/^0+(?=\d)/, "")) : null);

function print({ out }: Tool, o: QdiscOptions, tc: TcOptions): void {
  if (o.kind !== "htb") return;
  const { r2q, defaultClass, directPackets = 0, directQlen } = o.htb;
  out.any("r2q", r2q, `r2q ${r2q}`);
  const shown = defaultClass === 0 ? "0" : `0x${defaultClass.toString(16)}`;
  out.any("default", shown, ` default ${shown}`);
  out.any("direct_packets_stat", directPackets, ` direct_packets_stat ${directPackets}`);
  if (tc.details) out.any("ver", "3.17", " ver 3.17");
  if (directQlen !== null) out.any("direct_qlen", directQlen, ` direct_qlen ${directQlen}`);
}

export const HTB: Kind = { name: "htb", parse, print };

interface Draft {
  prio: number;
  mtu: number;
  mpu: number;
  overhead: number;
  quantum: number;
  burst: number;
  cburst: number;
  rate: number;
  ceil: number;
  linklayer: "ethernet" | "atm";
}

/** A burst as the kernel gets it: the time it takes at the rate, in whole µs, then in ticks. A rate that divides HZ away is no part of the default. */
const burstTicks = (rate: number, bytes: number): number => usToTicks(Math.floor((1e6 * bytes) / rate));
/** psched's HZ is a thousand million here: what a rate yields in one is as good as nothing. */
const HZ = 1e9;

export function* parseHtbClass(args: Args): Cmd<HtbClassOptions> {
  const d: Draft = { prio: 0, mtu: 1600, mpu: 0, overhead: 0, quantum: 0, burst: 0, cburst: 0, rate: 0, ceil: 0, linklayer: "ethernet" };
  while (args.more) yield* classWord(args, d, args.take());
  if (d.rate === 0) yield* complain(args.tool, "\"rate\" is required.\n");
  const ceil = d.ceil === 0 ? d.rate : d.ceil;
  const [burst, cburst] = [d.burst || Math.floor(d.rate / HZ) + d.mtu, d.cburst || Math.floor(ceil / HZ) + d.mtu];
  const { rate, prio, quantum, overhead, mpu, linklayer } = d;
  return { rate, ceil, bufferTicks: burstTicks(rate, burst), cbufferTicks: burstTicks(ceil, cburst), prio, quantum, overhead, mpu, linklayer };
}

function* classWord(args: Args, d: Draft, w: string): Cmd<void> {
  const { tool } = args;
  const number = (["prio", "mtu", "mpu", "overhead", "quantum"] as const).find((name) => matches(w, name));
  if (number !== undefined) d[number] = decimal(yield* args.next()) ?? (yield* illegal(tool, number));
  else if (matches(w, "linklayer")) d.linklayer = yield* linklayer(args);
  else if (matches(w, "burst") || w === "buffer" || w === "maxburst") d.burst = yield* burst(args, w);
  else if (matches(w, "cburst") || w === "cbuffer" || w === "cmaxburst") d.cburst = yield* burst(args, w);
  else if (w === "rate" || w === "ceil") {
    const text = yield* args.next();
    if (d[w] !== 0) yield* complain(tool, `Double "${w}" spec\n`);
    if (text.includes("%")) yield* complain(tool, `tc: htb ${w} ${text}: devices here have no speed\n`);
    d[w] = parseRate(text) ?? (yield* illegal(tool, w));
  } else yield* complain(tool, w === "help" ? HTB_USAGE : `What is "${w}"?\n${HTB_USAGE}`);
}

function* burst(args: Args, w: string): Cmd<number> {
  const [size = ""] = (yield* args.next()).split("/");
  return parseSize(size) ?? (yield* illegal(args.tool, w));
}

function* linklayer(args: Args): Cmd<"ethernet" | "atm"> {
  const text = yield* args.next();
  if (matches(text, "ethernet")) return "ethernet";
  return matches(text, "atm") || matches(text, "adsl") ? "atm" : yield* illegal(args.tool, "linklayer");
}

/** htb_print_opt of a class. */
export function htbClassText(row: ClassRow, tc: TcOptions): string {
  const h = row.htb;
  if (h === undefined) return "";
  const size = (rate: number, ticks: number): string => formatSize(Math.floor((rate * ticksToUs(ticks)) / 1e6));
  const [burstSize, cburstSize] = [size(h.rate, h.bufferTicks), size(h.ceil, h.cbufferTicks)];
  const prio = h.level > 0 ? "" : `prio ${h.prio} ${tc.details ? `quantum ${h.quantum} ` : ""}`;
  const layer = h.linklayer === "atm" || tc.details ? `linklayer ${h.linklayer} ` : "";
  const bursts = tc.details ? `burst ${burstSize}/1 mpu ${formatSize(h.mpu)} cburst ${cburstSize}/1 mpu ${formatSize(h.mpu)} level ${h.level} ` : `burst ${burstSize} cburst ${cburstSize} `;
  return `${prio}rate ${formatRate(h.rate, tc.iec)} ${h.overhead > 0 ? `overhead ${h.overhead} ` : ""}ceil ${formatRate(h.ceil, tc.iec)} ${layer}${bursts}`;
}

/** htb_print_xstats. */
export const htbStatsText = ({ htb }: ClassRow): string =>
  htb === undefined ? "" : ` lended: ${htb.lends} borrowed: ${htb.borrows} giants: 0\n tokens: ${htb.tokenTicks} ctokens: ${htb.ctokenTicks}\n`;
