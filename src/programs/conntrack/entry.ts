import {
  type CtFilter, type CtRow, type CtTcpState, type CtTuple, IPS_ASSURED, IPS_CONFIRMED, IPS_EXPECTED, IPS_FIXED_TIMEOUT, IPS_OFFLOAD, IPS_SEEN_REPLY,
} from "../../net/uapi/conntrack.ts";
import { type Ip4, inPrefix, parseIp4 } from "../../wire/addr.ts";
import { type Bad, type CommandLine, type OptionName, bad } from "./options.ts";

/* What the options say of a flow: to pick flows, or to make one. */

const STATUS_BITS: Readonly<Record<string, number>> = {
  ASSURED: IPS_ASSURED, SEEN_REPLY: IPS_SEEN_REPLY, UNSET: 0, FIXED_TIMEOUT: IPS_FIXED_TIMEOUT, EXPECTED: IPS_EXPECTED, OFFLOAD: IPS_OFFLOAD,
};
export const TCP_STATES: readonly CtTcpState[] = [
  "NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
];

/** What to look for. Everything else that was not said fits any flow. */
export interface Wanted {
  readonly line: CommandLine;
  /** Bits that must be set, and whether UNREPLIED was asked for. */
  readonly status: number | null;
  readonly unreplied: boolean;
  /** Words of -u that say what other options are for. */
  readonly ignored: readonly string[];
  readonly tcpState: CtTcpState | null;
  readonly mark: { readonly value: number; readonly mask: number } | null;
  readonly zone: number | null;
  readonly nat: { readonly src: boolean; readonly dst: boolean; readonly any: boolean };
}

/** strtoul: digits as far as they go; hex and octal by prefix. */
export function leadingNumber(text: string): number {
  const found = /^\s*(0x[0-9a-f]+|\d+)/i.exec(text)?.[1] ?? "0";
  return (/^0\d/.test(found) ? parseInt(found, 8) : Number(found)) >>> 0;
}

export function wantedOf(line: CommandLine): Wanted | Bad {
  const { options, proto } = line;
  const status = statusOf(options.get("status"));
  if (typeof status === "string") return bad(`Bad parameter \`${status}'`);
  const state = proto.get("state");
  if (state !== undefined && !TCP_STATES.includes(state as CtTcpState)) return bad(`unknown TCP state \`${state}'`);
  const [value, mask] = (options.get("mark") ?? "").split("/");
  return {
    line, status: status === null ? null : status.bits, unreplied: status?.unreplied ?? false, ignored: status?.ignored ?? [], tcpState: (state as CtTcpState | undefined) ?? null,
    mark: options.has("mark") ? { value: leadingNumber(value!), mask: mask === undefined ? 0xffffffff : leadingNumber(mask) } : null,
    zone: options.has("zone") ? leadingNumber(options.get("zone")!) & 0xffff : null,
    nat: { src: options.has("src-nat"), dst: options.has("dst-nat"), any: options.has("any-nat") },
  };
}

/** parse_status; a word that is none comes back as text. */
function statusOf(text: string | undefined): { bits: number; unreplied: boolean; ignored: readonly string[] } | string | null {
  if (text === undefined) return null;
  let bits = 0;
  let unreplied = false;
  const ignored: string[] = [];
  for (const word of text.split(",")) {
    if (word === "UNREPLIED") unreplied = true;
    else if (word === "SRC_NAT" || word === "DST_NAT") ignored.push(word);
    else if (STATUS_BITS[word] === undefined) return word;
    else bits |= STATUS_BITS[word];
  }
  return { bits, unreplied, ignored };
}

/** Does a flow fit? `ignoring` = options that say something else with this command. */
export function fits(row: CtRow, w: Wanted, ignoring: readonly OptionName[] = []): boolean {
  const { line } = w;
  if (line.options.get("family") === "ipv6") return false;
  if (line.protocol !== null && row.original.protocol !== line.protocol) return false;
  if (!addressFits(row.original.src, "src", line) || !addressFits(row.original.dst, "dst", line)) return false;
  if (!addressFits(row.reply.src, "reply-src", line) || !addressFits(row.reply.dst, "reply-dst", line)) return false;
  if (!portsFit(row, line) || (w.tcpState !== null && !ignoring.includes("status") && row.tcpState !== w.tcpState)) return false;
  if (!ignoring.includes("status") && !statusFits(row, w)) return false;
  if (w.mark !== null && !ignoring.includes("mark") && (row.mark & w.mark.mask) >>> 0 !== w.mark.value) return false;
  return (w.zone === null || row.zone === w.zone) && natFits(row, w);
}

function addressFits(address: Ip4, name: OptionName, line: CommandLine): boolean {
  const wanted = line.addresses.get(name);
  return wanted === undefined || inPrefix(address, wanted.address, wanted.prefixLen);
}

function statusFits(row: CtRow, w: Wanted): boolean {
  if (w.unreplied && (row.status & IPS_SEEN_REPLY) !== 0) return false;
  return w.status === null || (row.status & w.status) === w.status;
}

function portsFit(row: CtRow, { proto }: CommandLine): boolean {
  const fields: readonly (readonly [string | undefined, number | undefined])[] = [
    [proto.get("sport"), row.original.sport], [proto.get("dport"), row.original.dport], [proto.get("reply-port-src"), row.reply.sport], [proto.get("reply-port-dst"), row.reply.dport],
    [proto.get("icmp-type"), row.original.icmpType], [proto.get("icmp-code"), row.original.icmpCode], [proto.get("icmp-id"), row.original.icmpId],
  ];
  return fields.every(([wanted, has]) => wanted === undefined || leadingNumber(wanted) === has);
}

const isSourceNat = (r: CtRow): boolean => r.reply.dst !== r.original.src || r.reply.dport !== r.original.sport;
const isDestNat = (r: CtRow): boolean => r.reply.src !== r.original.dst || r.reply.sport !== r.original.dport;

/** filter_nat. */
function natFits(row: CtRow, { nat, line }: Wanted): boolean {
  const is = (option: OptionName, address: Ip4): boolean => (line.options.get(option) ?? "") === "" || parseIp4(line.options.get(option)!.split(":")[0]!) === address;
  if (nat.src && !(isSourceNat(row) && is("src-nat", row.reply.dst))) return false;
  if (nat.dst && !(isDestNat(row) && is("dst-nat", row.reply.src))) return false;
  return !nat.any || (isSourceNat(row) && is("any-nat", row.reply.dst)) || (isDestNat(row) && is("any-nat", row.reply.src));
}

/** What the kernel can filter by itself. */
export const kernelFilter = (w: Wanted): CtFilter => (w.zone === null ? {} : { zone: w.zone });

/** A flow to be made or looked up. */
export interface Made {
  readonly original: CtTuple;
  readonly reply: CtTuple;
}

/** What is missing, or both tuples. `needsProto`: ports or ICMP's type must be there. */
export function tuplesOf(line: CommandLine): Made | Bad | "invalid" {
  const { protocol, addresses, proto } = line;
  const missing = missingProto(line);
  const src = addresses.get("src")?.address;
  const dst = addresses.get("dst")?.address;
  const [replySrc, replyDst] = [addresses.get("reply-src")?.address, addresses.get("reply-dst")?.address];
  if ((src === undefined || dst === undefined) && (replySrc === undefined || replyDst === undefined)) return bad("you have to specify `--src' and `--dst'");
  if (missing !== null) return bad(missing);
  const original = { src: src ?? replyDst!, dst: dst ?? replySrc!, protocol: protocol! };
  const nat = { src: natAddress(line, "dst-nat"), dst: natAddress(line, "src-nat") };
  const reply = { src: replySrc ?? nat.src ?? original.dst, dst: replyDst ?? nat.dst ?? original.src, protocol: protocol! };
  const n = (option: "sport" | "dport" | "reply-port-src" | "reply-port-dst" | "icmp-type" | "icmp-code" | "icmp-id"): number => leadingNumber(proto.get(option) ?? "0");
  if (protocol === 1) return icmpTuples(original, reply, n("icmp-type"), n("icmp-code"), n("icmp-id"));
  if (!isPorted(protocol)) return { original, reply };
  const [sport, dport] = [n("sport"), n("dport")];
  return {
    original: { ...original, sport, dport },
    reply: { ...reply, sport: proto.has("reply-port-src") ? n("reply-port-src") : dport, dport: proto.has("reply-port-dst") ? n("reply-port-dst") : sport },
  };
}

const isPorted = (protocol: number | null): boolean => protocol === 6 || protocol === 17 || protocol === 33 || protocol === 132 || protocol === 136;

const natAddress = (line: CommandLine, option: OptionName): Ip4 | undefined => parseIp4((line.options.get(option) ?? "").split(":")[0]!) ?? undefined;

function missingProto({ protocol, proto, command }: CommandLine): string | null {
  const need = (name: string): string => `You need to supply the \`--${name}' option for this command`;
  if (protocol === 1 && !proto.has("icmp-type")) return need("icmp-type");
  if (isPorted(protocol) && (!proto.has("sport") || !proto.has("dport"))) return "you have to specify `--sport' and `--dport'";
  if (protocol === 6 && command !== "get" && !proto.has("state")) return need("state");
  return protocol === 47 ? "you have to specify `--srckey' and `--dstkey'" : null;
}

const INVERSE: Readonly<Record<number, number>> = { 0: 8, 8: 0, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 };
type Pair = { readonly src: Ip4; readonly dst: Ip4; readonly protocol: number };

function icmpTuples(original: Pair, reply: Pair, icmpType: number, icmpCode: number, icmpId: number): Made | "invalid" {
  const back = INVERSE[icmpType];
  if (back === undefined) return "invalid";
  return { original: { ...original, icmpType, icmpCode, icmpId }, reply: { ...reply, icmpType: back, icmpCode, icmpId } };
}

/** Status bits of a flow that -I makes: it is confirmed whatever was said. */
export const statusBits = (w: Wanted): number => IPS_CONFIRMED | (w.status ?? 0);
