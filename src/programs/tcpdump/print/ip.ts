import { internetSum, shouldBe } from "./checksum.ts";
import { printIpProtocol } from "./ip-protocol.ts";
import { printIpOptions } from "./ip-options.ts";
import { printIp6 } from "./ip6.ts";
import { Truncated } from "./printout.ts";
import type { Printout } from "./printout.ts";
import { IP_PROTOCOLS, PROTOCOL_NAMES } from "./tables.ts";
import { bitNames, hex, tok } from "./text.ts";

const HEADER_BYTES = 20;
const FRAGMENT_FLAGS = [[0x2000, "+"], [0x4000, "DF"], [0x8000, "rsvd"]] as const;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;
const ECN = ["", ",ECT(1)", ",ECT(0)", ",CE"];
/** Protocols whose printers write the addresses themselves, with ports. */
const WRITES_ADDRESSES = new Set([6, 17, 132, 33]);

/** Either version of IP, told by the first nibble. */
export function printIpAny(p: Printout, at: number, length: number): void {
  p.protocol = "ipn";
  if (length < 1) return p.put(`truncated-ip ${length}`);
  const version = p.u8(at) >> 4;
  if (version === 4) printIp(p, at, length);
  else if (version === 6) printIp6(p, at, length);
  else p.put(`unknown ip ${version}`);
}

/** An IPv4 datagram (RFC 791); `length` is what the layer below says it has. */
export function printIp(p: Printout, at: number, length: number): void {
  p.protocol = "ip";
  const version = p.u8(at) >> 4;
  if (version !== 4) {
    p.put(version === 6 ? "IP6, wrong link-layer encapsulation" : `IP${version}`);
    return p.invalid();
  }
  if (!p.opts.ethernet) p.put("IP ");
  if (!p.has(at, HEADER_BYTES)) return p.truncated();
  if (length < HEADER_BYTES) return p.put(`truncated-ip ${length}`);
  const headerBytes = (p.u8(at) & 15) * 4;
  if (headerBytes < HEADER_BYTES) return p.put(`bad-hlen ${headerBytes}`);
  const total = p.u16(at + 2);
  if (length < total) p.put(`truncated-ip - ${total - length} bytes missing! `);
  if (total < headerBytes) return p.put(`bad-len ${total}`);
  p.within(at, total, () => printDatagram(p, at, headerBytes, total - headerBytes));
}

function printDatagram(p: Printout, at: number, headerBytes: number, payloadBytes: number): void {
  const addresses = `${p.ip4(at + 12)} > ${p.ip4(at + 16)}:`;
  if (p.opts.verbose > 0 && !printHeader(p, at, headerBytes)) {
    p.put(`${addresses} `);
    return p.truncated();
  }
  const [fragment, protocol] = [p.u16(at + 6), p.u8(at + 9)];
  if ((fragment & OFFSET_MASK) !== 0) {
    const name = p.opts.names === null ? undefined : PROTOCOL_NAMES[protocol];
    return p.put(`${addresses} ${name ?? `ip-proto-${protocol}`}`);
  }
  if (!WRITES_ADDRESSES.has(protocol)) p.put(`${addresses} `);
  if (!p.has(at, headerBytes)) {
    p.put(` [remaining caplen(${p.left(at)}) < header length(${headerBytes})]`);
    throw new Truncated();
  }
  const fragmented = (fragment & MORE_FRAGMENTS) !== 0;
  printIpProtocol(p, protocol, { at: at + headerBytes, length: payloadBytes, ip: at, version: 4, fragmented });
}

/** -v: the header in brackets; false when its options were cut off. */
function printHeader(p: Printout, at: number, headerBytes: number): boolean {
  const [tos, ttl, fragment, protocol] = [p.u8(at + 1), p.u8(at + 8), p.u16(at + 6), p.u8(at + 9)];
  p.put(`(tos 0x${hex(tos)}${ECN[tos & 3] ?? ""}${ttl >= 1 ? `, ttl ${ttl}` : ""}, id ${p.u16(at + 4)}`);
  p.put(`, offset ${(fragment & OFFSET_MASK) * 8}, flags [${bitNames(FRAGMENT_FLAGS, fragment & 0xe000, "none")}]`);
  p.put(`, proto ${tok(IP_PROTOCOLS, protocol, "unknown")} (${protocol}), length ${p.u16(at + 2)}`);
  let whole = true;
  if (headerBytes > HEADER_BYTES) {
    p.put(", options (");
    whole = printIpOptions(p, at + HEADER_BYTES, headerBytes - HEADER_BYTES);
    p.put(`${whole ? "" : " [truncated-option]"})`);
  }
  if (!p.opts.noChecksums && p.has(at, headerBytes)) {
    const sum = internetSum(p.bytes, at, headerBytes);
    const field = p.u16(at + 10);
    if (sum !== 0) p.put(`, bad cksum ${hex(field)} (->${hex(shouldBe(field, sum))})!`);
  }
  p.put(")\n    ");
  return whole;
}
