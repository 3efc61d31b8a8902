import { printIpProtocol } from "./ip-protocol.ts";
import { printIp6Fragment, printIp6Options, printIp6Routing } from "./ip6-extensions.ts";
import type { Printout } from "./printout.ts";
import { IP_PROTOCOLS } from "./tables.ts";
import { hex, tok } from "./text.ts";

const HEADER_BYTES = 40;
const [HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION] = [0, 43, 44, 60];
/** Protocols whose printers write the addresses themselves, with ports. */
const WRITES_ADDRESSES = new Set([6, 17, 132, 33]);

/** An IPv6 packet (RFC 8200). */
export function printIp6(p: Printout, at: number, length: number): void {
  p.protocol = "ip6";
  if (!p.has(at, HEADER_BYTES)) return p.truncated();
  if (length < HEADER_BYTES) return p.put(`truncated-ip6 ${length}`);
  if (!p.opts.ethernet) p.put("IP6 ");
  const version = p.u8(at) >> 4;
  if (version !== 6) return p.put(`version error: ${version} != 6`);
  const payload = p.u16(at + 4);
  // A payload length of zero stands for a jumbogram; without that option there is no payload.
  const total = payload === 0 ? length + HEADER_BYTES : payload + HEADER_BYTES;
  if (payload !== 0 && length < total) p.put(`truncated-ip6 - ${total - length} bytes missing!`);
  if (p.opts.verbose > 0) p.put(headerText(p, at, payload));
  p.within(at, total, () => printChain(p, at, total - HEADER_BYTES, payload === 0));
}

function headerText(p: Printout, at: number, payload: number): string {
  const flow = p.u32(at);
  const next = p.u8(at + 6);
  const trafficClass = (flow >>> 20) & 0xff;
  return (
    `(${trafficClass ? `class 0x${hex(trafficClass, 2)}, ` : ""}${flow & 0xfffff ? `flowlabel 0x${hex(flow & 0xfffff, 5)}, ` : ""}` +
    `hlim ${p.u8(at + 7)}, next-header ${tok(IP_PROTOCOLS, next, "unknown")} (${next}) payload length: ${payload}) `
  );
}

/** The extension headers, then the protocol. `left` counts the bytes behind the header by its length field. */
function printChain(p: Printout, ip: number, left: number, empty: boolean): void {
  let next = p.u8(ip + 6);
  let at = ip + HEADER_BYTES;
  let fragmented = false;
  if (!WRITES_ADDRESSES.has(next)) p.put(`${p.ip6(ip + 8)} > ${p.ip6(ip + 24)}: `);
  for (let first = true; ; first = false) {
    const extension = next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === DESTINATION;
    if (!extension) {
      if (empty && !first) return p.truncated();
      // Without a payload nothing behind the header may be read: what is there is padding.
      if (empty) p.end = Math.min(p.end, at);
      return printIpProtocol(p, next, { at, length: empty ? 0 : left, ip, version: 6, fragmented });
    }
    const misplaced = hopByHopFault(next, first, empty);
    if (misplaced !== "") {
      p.put(misplaced);
      return p.invalid();
    }
    const bytes = printExtension(p, next, at, ip);
    if (bytes === null || (next === FRAGMENT && p.end <= at + bytes)) return;
    fragmented ||= next === FRAGMENT;
    next = p.u8(at);
    p.protocol = "ip6";
    if (at >= p.end) return;
    if (left < bytes) return p.truncated();
    at += bytes;
    left -= bytes;
  }
}

function hopByHopFault(next: number, first: boolean, empty: boolean): string {
  if (next !== HOP_BY_HOP) return "";
  if (!first) return "[The Hop-by-Hop Options header don't follow the IPv6 header]";
  return empty ? "[No valid Jumbo Payload Hop-by-Hop option found]" : "";
}

/** Bytes of the extension header, `null` when nothing may follow it. */
function printExtension(p: Printout, type: number, at: number, ip: number): number | null {
  if (type === FRAGMENT) return printIp6Fragment(p, at, ip);
  if (type === ROUTING) return printIp6Routing(p, at);
  return printIp6Options(p, at, type === HOP_BY_HOP ? { name: "hbhopt", label: "HBH " } : { name: "dstopt", label: "DSTOPT " });
}
