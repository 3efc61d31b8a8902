import { printBootp } from "./bootp.ts";
import { shouldBe, transportSum } from "./checksum.ts";
import { printDns } from "./dns.ts";
import type { IpPayload } from "./ip-protocol.ts";
import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";
import { printOtv, printVxlan } from "./vxlan.ts";

const HEADER_BYTES = 8;
const UDP = 17;

type Dissector = (p: Printout, at: number, length: number) => void;
const dns: Dissector = (p, at, length) => printDns(p, at, length, { overTcp: false, multicast: false });
const multicastDns: Dissector = (p, at, length) => printDns(p, at, length, { overTcp: false, multicast: true });

/** By either port, in this order. */
const DISSECTORS: ReadonlyMap<number, Dissector> = new Map([
  [53, dns], [5353, multicastDns], [68, printBootp], [67, printBootp], [8472, printOtv], [4789, printVxlan],
]);

/** UDP (RFC 768). */
export function printUdp(p: Printout, x: IpPayload): void {
  p.protocol = "udp";
  const { at } = x;
  if (!p.has(at + 2, 2)) {
    p.put(addressText(p, x, null));
    return p.truncated();
  }
  const ports = [p.u16(at), p.u16(at + 2)] as const;
  p.put(addressText(p, x, ports));
  if (x.length < HEADER_BYTES) return p.put(`truncated-udp ${x.length}`);
  if (!p.has(at + 4, 2)) return p.truncated();
  const field = p.u16(at + 4);
  const total = field === 0 && x.length > 65535 ? x.length : field;
  if (total < HEADER_BYTES) return p.put(`truncated-udplength ${total}`);
  if (at + HEADER_BYTES > p.end) return p.truncated();
  const claimed = total - HEADER_BYTES;
  const length = Math.min(claimed, x.length - HEADER_BYTES);
  const payload = at + HEADER_BYTES;
  if (p.opts.forced === "vxlan") return printVxlan(p, payload, length);
  if (p.opts.forced === "domain") return dns(p, payload, length);
  if (p.opts.verbose > 0 && !p.opts.noChecksums && !x.fragmented) printChecksum(p, x, length);
  const dissector = p.opts.quiet ? undefined : dissectorOf(ports);
  if (dissector !== undefined) return dissector(p, payload, length);
  p.put(claimed > length && !x.fragmented ? `UDP, bad length ${claimed} > ${length}` : `UDP, length ${claimed}`);
}

function dissectorOf([from, to]: readonly [number, number]): Dissector | undefined {
  for (const [port, dissector] of DISSECTORS) if (from === port || to === port) return dissector;
  return undefined;
}

/** `a.1 > b.2: `; behind an IPv6 extension header the addresses were printed already. */
function addressText(p: Printout, x: IpPayload, ports: readonly [number, number] | null): string {
  const own = p.u8(x.ip + (x.version === 4 ? 9 : 6)) === UDP;
  const [from, to] = (ports ?? []).map((n) => p.port("udp", n));
  if (!own) return from === undefined ? "" : `${from} > ${to}: `;
  const address = (at: number): string => (x.version === 4 ? p.ip4(at) : p.ip6(at));
  const [a, b] = x.version === 4 ? [address(x.ip + 12), address(x.ip + 16)] : [address(x.ip + 8), address(x.ip + 24)];
  return from === undefined ? `${a} > ${b}: ` : `${a}.${from} > ${b}.${to}: `;
}

/** -vv, over IPv6 -v already: there the checksum is mandatory (RFC 8200 §8.1). */
function printChecksum(p: Printout, x: IpPayload, length: number): void {
  if (x.version === 4 && p.opts.verbose < 2) return;
  const field = p.has(x.at + 6, 2) || x.version === 4 ? p.u16(x.at + 6) : 0;
  if (x.version === 4 && field === 0) return p.put("[no cksum] ");
  if (!p.has(x.at + HEADER_BYTES, length)) return;
  const sum = transportSum(p.bytes, x.ip, x.at, length + HEADER_BYTES, UDP);
  p.put(sum === 0 ? "[udp sum ok] " : `[bad udp cksum 0x${hex(field, 4)} -> 0x${hex(shouldBe(field, sum), 4)}!] `);
}
