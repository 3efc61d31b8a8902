import { shouldBe, transportSum } from "./checksum.ts";
import { printUnknown } from "./hex.ts";
import { printMld, printMldQuery, printMldReport } from "./mld.ts";
import { printNdOptions, preferenceText } from "./nd-options.ts";
import type { IpPayload } from "./ip-protocol.ts";
import type { Printout } from "./printout.ts";
import { bitNames, hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

const ICMPV6 = 58;
/** ICMPv6 message types (RFC 4443, 4861, 2710, 3810). */
const TYPES: Words = {
  1: "destination unreachable", 2: "packet too big", 3: "time exceeded in-transit", 4: "parameter problem", 128: "echo request",
  129: "echo reply", 130: "multicast listener query", 131: "multicast listener report", 132: "multicast listener done",
  133: "router solicitation", 134: "router advertisement", 135: "neighbor solicitation", 136: "neighbor advertisement",
  137: "redirect", 138: "router renumbering", 141: "inverse neighbor solicitation", 142: "inverse neighbor advertisement",
  143: "multicast listener report v2", 144: "ha discovery request", 145: "ha discovery reply", 146: "mobile router solicitation",
  147: "mobile router advertisement", 139: "who-are-you request", 140: "who-are-you reply", 200: "mtrace message",
  201: "mtrace response", 155: "RPL",
};
const UNREACHABLE: Words = {
  0: "unreachable route", 1: " unreachable prohibited", 2: "beyond scope", 3: "unreachable address", 4: "unreachable port",
};
/** Types that show their length before their fields with -v. */
const LENGTH_FIRST = new Set([133, 134, 135, 136, 137, 145, 147]);
const RA_FLAGS = [[0x80, "managed"], [0x40, "other stateful"], [0x20, "home agent"], [0x02, "ipv6 only"]] as const;
const NA_FLAGS = [[0x80000000, "router"], [0x40000000, "solicited"], [0x20000000, "override"]] as const;

/** ICMPv6. */
export function printIcmp6(p: Printout, x: IpPayload): void {
  p.protocol = "icmp6";
  const { at, length } = x;
  if (length === 0) {
    p.put("ICMP6, length 0");
    return p.invalid();
  }
  const verbose = p.opts.verbose > 0;
  if (verbose && !x.fragmented && p.has(at, length)) printChecksum(p, x);
  const type = p.u8(at);
  p.put(`ICMP6, ${tok(TYPES, type, "unknown icmp6 type (%u)")}`);
  if (verbose && LENGTH_FIRST.has(type)) p.put(`, length ${length}`);
  const body = BODIES.get(type);
  if (body === undefined) {
    p.put(`, length ${length}`);
    if (p.opts.verbose <= 1) printUnknown(p, at, "\n\t", length);
    return;
  }
  const outcome = body(p, at, length);
  if (outcome === "cut") p.truncated();
  else if (outcome === "more" && !verbose) p.put(`, length ${length}`);
}

function printChecksum(p: Printout, x: IpPayload): void {
  const sum = transportSum(p.bytes, x.ip, x.at, x.length, ICMPV6);
  const field = p.u16(x.at + 2);
  p.put(sum === 0 ? "[icmp6 sum ok] " : `[bad icmp6 cksum 0x${hex(field, 4)} -> 0x${hex(shouldBe(field, sum), 4)}!] `);
}

/** "more": the length is still to be shown; "done": nothing more; "cut": bytes ran out. */
type Outcome = "more" | "done" | "cut";
type Body = (p: Printout, at: number, length: number) => Outcome;

/** Words that are always the same form. */
const text = (words: (p: Printout, at: number) => string): Body => (p, at) => {
  p.put(words(p, at));
  return "more";
};

const unreachable: Body = (p, at, length) => {
  const code = p.u8(at + 1);
  const quoted = at + 8;
  p.put(`, ${tok(UNREACHABLE, code, "unknown unreach code (%u)")}`);
  if (code === 4) return printPort(p, quoted);
  if (UNREACHABLE[code] !== undefined) p.put(` ${p.ip6(quoted + 24)}${code === 2 ? `, source address ${p.ip6(quoted + 8)}` : ""}`);
  else if (p.opts.verbose <= 1) {
    printUnknown(p, at, "\n\t", length);
    return "done";
  }
  return "more";
};

/** The port behind the quoted header, past its extension headers. */
function printPort(p: Printout, quoted: number): Outcome {
  let next = p.u8(quoted + 6);
  let at = quoted + 40;
  while (next === 0 || next === 43 || next === 60) {
    if (!p.has(at, 2)) return "cut";
    next = p.u8(at);
    at += (p.u8(at + 1) + 1) * 8;
  }
  if ((next !== 6 && next !== 17) || !p.has(at + 2, 2)) return "cut";
  const name = next === 6 ? "tcp" : "udp";
  p.put(`, ${p.ip6(quoted + 24)} ${name} port ${p.port(name, p.u16(at + 2))}`);
  return "more";
}

const timeExceeded = text((p, at) => {
  const code = p.u8(at + 1);
  return code === 0 ? ` for ${p.ip6(at + 8 + 24)}` : code === 1 ? " (reassembly)" : `, unknown code (${code})`;
});

const PARAMETER_WORDS = ["erroneous", "next header", "option", "incomplete header chain"];
const parameter: Body = (p, at) => {
  if (!p.has(at + 8 + 24, 16)) return "cut";
  const code = p.u8(at + 1);
  const words = PARAMETER_WORDS[code];
  p.put(words === undefined ? `, code-#${code}` : `, ${words} - octet ${p.u32(at + 4)}`);
  return "more";
};

/** Fields, then with -v the neighbour discovery options behind `headerBytes`. */
const discovery = (headerBytes: number, words: (p: Printout, at: number) => string): Body => (p, at, length) => {
  p.put(words(p, at));
  if (p.opts.verbose > 0 && !printNdOptions(p, at + headerBytes, length - headerBytes)) return "cut";
  return "more";
};

const advertText = (p: Printout, at: number): string => {
  if (p.opts.verbose === 0) return "";
  const flags = p.u8(at + 5);
  return (
    `\n\thop limit ${p.u8(at + 4)}, Flags [${bitNames(RA_FLAGS, flags, "none")}], pref ${preferenceText(flags)}, ` +
    `router lifetime ${p.u16(at + 6)}s, reachable time ${p.u32(at + 8)}ms, retrans timer ${p.u32(at + 12)}ms`
  );
};
const neighbourText = (p: Printout, at: number): string => {
  const flags = p.u32(at + 4);
  const names = NA_FLAGS.filter(([bit]) => Math.floor(flags / bit) % 2 === 1).map(([, name]) => name);
  return `, tgt is ${p.ip6(at + 8)}${p.opts.verbose > 0 ? `, Flags [${names.join(", ") || "none"}]` : ""}`;
};

const listenerQuery: Body = (p, at, length) => {
  if (length === 24) printMld(p, at);
  else if (length >= 28) printMldQuery(p, at, length);
  else p.put(` unknown-version (len ${length}) `);
  return "more";
};
const listener: Body = (p, at) => {
  printMld(p, at);
  return "more";
};
const listenerReport: Body = (p, at, length) => {
  printMldReport(p, at, length);
  return "more";
};

const echo = text((p, at) => `, id ${p.u16(at + 4)}, seq ${p.u16(at + 6)}`);

const BODIES: ReadonlyMap<number, Body> = new Map([
  [1, unreachable], [2, text((p, at) => `, mtu ${p.u32(at + 4)}`)], [3, timeExceeded], [4, parameter], [128, echo], [129, echo],
  [130, listenerQuery], [131, listener], [132, listener], [143, listenerReport],
  [133, discovery(8, () => "")], [134, discovery(16, advertText)],
  [135, discovery(24, (p, at) => `, who has ${p.ip6(at + 8)}`)], [136, discovery(24, neighbourText)],
  [137, discovery(40, (p, at) => `, ${p.ip6(at + 24)} to ${p.ip6(at + 8)}`)],
  [141, text(() => "")], [142, text(() => "")],
]);
