import { internetSum, shouldBe } from "./checksum.ts";
import { printIcmpExtension } from "./icmp-extension.ts";
import { printIp } from "./ip.ts";
import type { IpPayload } from "./ip-protocol.ts";
import type { Printout } from "./printout.ts";
import { dec2, hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

const [UNREACHABLE, QUENCH, REDIRECT, ROUTER_ADVERT, TIME_EXCEEDED, PARAMETER] = [3, 4, 5, 9, 11, 12];
const TYPES: Words = {
  0: "echo reply", 4: "source quench", 8: "echo request", 10: "router solicitation", 13: "time stamp request",
  14: "time stamp reply", 15: "information request", 16: "information reply", 17: "address mask request",
};
/** Types that quote the datagram they are about (RFC 792). */
const QUOTING = new Set([UNREACHABLE, QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER]);
const PORT_UNREACHABLE = 3;
const NEED_FRAGMENT = 4;
/** Codes of "unreachable" (RFC 792, 1122, 1812): where the address goes is `@`. */
const UNREACHABLE_WORDS: Words = {
  0: "net @ unreachable", 1: "host @ unreachable", 5: "@ unreachable - source route failed", 6: "net @ unreachable - unknown",
  7: "host @ unreachable - unknown", 8: "@ unreachable - source host isolated", 9: "net @ unreachable - admin prohibited",
  10: "host @ unreachable - admin prohibited", 11: "net @ unreachable - tos prohibited", 12: "host @ unreachable - tos prohibited",
  13: "host @ unreachable - admin prohibited filter", 14: "host @ unreachable - host precedence violation",
  15: "host @ unreachable - precedence cutoff",
};

/** ICMP (RFC 792). */
export function printIcmp(p: Printout, x: IpPayload): void {
  p.protocol = "icmp";
  const type = p.u8(x.at);
  const text = messageText(p, x.at, type, p.u8(x.at + 1));
  if (text === null) return p.truncated();
  p.put(`ICMP ${text}, length ${x.length}`);
  if (p.opts.verbose === 0) return;
  if (!x.fragmented && p.has(x.at, x.length)) printChecksum(p, x);
  if (QUOTING.has(type)) printQuoted(p, x.at + 8);
  p.protocol = "icmp";
  if (type === UNREACHABLE || type === TIME_EXCEEDED || type === PARAMETER) printIcmpExtension(p, x.at, x.length);
}

function printChecksum(p: Printout, x: IpPayload): void {
  const sum = internetSum(p.bytes, x.at, x.length);
  if (sum === 0) return;
  const field = p.u16(x.at + 2);
  p.put(` (wrong icmp cksum ${hex(field)} (->${hex(shouldBe(field, sum))})!)`);
}

/** -v: the quoted datagram on a line of its own, as far as the quote goes. */
function printQuoted(p: Printout, at: number): void {
  p.put("\n\t");
  const total = p.u16(at + 2);
  p.within(at, total, () => printIp(p, at, total));
}

/** `null` = cut off before the words were complete. */
function messageText(p: Printout, at: number, type: number, code: number): string | null {
  const idSeq = (): string => `id ${p.u16(at + 4)}, seq ${p.u16(at + 6)}`;
  const quotedTo = (): string => p.ip4(at + 24);
  if (type === 0 || type === 8) return `echo ${type === 8 ? "request" : "reply"}, ${idSeq()}`;
  if (type === UNREACHABLE) return unreachableText(p, at, code);
  if (type === REDIRECT) return redirectText(code, quotedTo(), p.ip4(at + 4));
  if (type === ROUTER_ADVERT) return advertText(p, at);
  if (type === TIME_EXCEEDED) return p.has(at + 24, 4) ? (["time exceeded in-transit", "ip reassembly time exceeded"][code] ?? `time exceeded-#${code}`) : null;
  if (type === PARAMETER) return `parameter problem - ${code === 0 ? `octet ${p.u8(at + 4)}` : `code ${code}`}`;
  if (type === 18) return `address mask is 0x${hex(p.u32(at + 8), 8)}`;
  if (type === 13) return `time stamp query id ${p.u16(at + 4)} seq ${p.u16(at + 6)}`;
  if (type === 14) return timeReplyText(p, at);
  return tok(TYPES, type, "type-#%u");
}

function unreachableText(p: Printout, at: number, code: number): string | null {
  const quoted = at + 8;
  if (code === PORT_UNREACHABLE) return p.has(quoted + 9, 1) ? portText(p, quoted) : null;
  const to = p.ip4(quoted + 16);
  if (code === 2) return `${to} protocol ${p.u8(quoted + 9)} unreachable`;
  if (code === NEED_FRAGMENT) {
    const mtu = p.u16(at + 6);
    return `${to} unreachable - need to frag${mtu === 0 ? "" : ` (mtu ${mtu})`}`;
  }
  return UNREACHABLE_WORDS[code]?.replace("@", to) ?? `${to} unreachable - #${code}`;
}

function portText(p: Printout, quoted: number): string {
  const port = p.u16(quoted + (p.u8(quoted) & 15) * 4 + 2);
  const protocol = p.u8(quoted + 9);
  const to = p.ip4(quoted + 16);
  if (protocol === 6) return `${to} tcp port ${p.port("tcp", port)} unreachable`;
  if (protocol === 17) return `${to} udp port ${p.port("udp", port)} unreachable`;
  return `${to} protocol ${protocol} port ${port} unreachable`;
}

function redirectText(code: number, to: string, gateway: string): string {
  const kind = code > 3 ? `redirect-#${code}` : code > 1 ? "redirect-tos" : "redirect";
  const scope = code > 3 ? "" : code % 2 === 0 ? "net " : "host ";
  return `${kind} ${to} to ${scope}${gateway}`;
}

function advertText(p: Printout, at: number): string | null {
  if (!p.has(at + 4, 4)) return null;
  const [count, words, lifetime] = [p.u8(at + 4), p.u8(at + 5), p.u16(at + 6)];
  const clock = [Math.floor(lifetime / 3600), Math.floor((lifetime % 3600) / 60), lifetime % 60];
  const skip = lifetime < 60 ? 2 : lifetime < 3600 ? 1 : 0;
  let text = `router advertisement lifetime ${clock.slice(skip).map((n, i) => (i === 0 ? String(n) : dec2(n))).join(":")} ${count}:`;
  if (words !== 2) return `${text} [size ${words}]`;
  for (let i = 0; i < count; i++) {
    if (!p.has(at + 8 + i * 8, 8)) return null;
    text += ` {${p.ip4(at + 8 + i * 8)} ${p.u32(at + 12 + i * 8)}}`;
  }
  return text;
}

function timeReplyText(p: Printout, at: number): string | null {
  if (!p.has(at + 16, 4)) return null;
  const stamp = (offset: number): string => sinceMidnight(p.u32(at + offset));
  return `time stamp reply id ${p.u16(at + 4)} seq ${p.u16(at + 6)}: org ${stamp(8)}, recv ${stamp(12)}, xmit ${stamp(16)}`;
}

function sinceMidnight(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${dec2(Math.floor(seconds / 3600))}:${dec2(Math.floor(seconds / 60) % 60)}:${dec2(seconds % 60)}.${String(ms % 1000).padStart(3, "0")}`;
}

