import { shouldBe, transportSum } from "./checksum.ts";
import type { IpPayload } from "./ip-protocol.ts";
import { Truncated } from "./printout.ts";
import type { Printout, TcpStart } from "./printout.ts";
import { printTcpOptions } from "./tcp-options.ts";
import { printTcpPayload } from "./tcp-payload.ts";
import { bitNames, hex, visible } from "./text.ts";

const TCP = 6;
const HEADER_BYTES = 20;
const [FIN, SYN, RST, ACK, URG] = [1, 2, 4, 16, 32];
const FLAG_LETTERS = [[1, "F"], [2, "S"], [4, "R"], [8, "P"], [16, "."], [32, "U"], [64, "E"], [128, "W"]] as const;
/** RST payload shown with -v, at most. */
const MAX_RESET_BYTES = 30;

/** TCP (RFC 9293). */
export function printTcp(p: Printout, x: IpPayload): void {
  p.protocol = "tcp";
  const { at, length } = x;
  if (!p.has(at + 2, 2)) {
    p.put(`${ipAddresses(p, x).join(" > ")}:`);
    return p.truncated();
  }
  p.put(addressText(p, x));
  if (!p.has(at, HEADER_BYTES)) return p.truncated();
  const headerBytes = (p.u8(at + 12) >> 4) * 4;
  if (headerBytes < HEADER_BYTES)
    return p.put(` tcp ${(length - headerBytes) >>> 0} [bad hdr length ${headerBytes} - too short, < ${HEADER_BYTES}]`);
  if (p.opts.quiet) p.put(`tcp ${(length - headerBytes) >>> 0}`);
  const tooLong = ` [bad hdr length ${headerBytes} - too long, > ${length}]`;
  if (p.opts.quiet) return headerBytes > length ? p.put(tooLong) : undefined;
  const flags = p.u8(at + 13);
  p.put(`Flags [${bitNames(FLAG_LETTERS, flags, "none", "")}]`);
  const numbers = sequenceNumbers(p, x, flags);
  if (headerBytes > length) return p.put(tooLong);
  printSegment(p, x, flags, headerBytes, numbers);
}

function printSegment(p: Printout, x: IpPayload, flags: number, headerBytes: number, n: Numbers): void {
  const { at } = x;
  const dataBytes = x.length - headerBytes;
  if (p.opts.verbose > 0 && !p.opts.noChecksums && !x.fragmented) printChecksum(p, x);
  if (p.opts.verbose > 1 || dataBytes > 0 || flags & (SYN | FIN | RST))
    p.put(`, seq ${n.seq}${dataBytes > 0 ? `:${(n.seq + dataBytes) >>> 0}` : ""}`);
  if (flags & ACK) p.put(`, ack ${n.ack}`);
  p.put(`, win ${p.u16(at + 14)}`);
  if (flags & URG) p.put(`, urg ${p.u16(at + 18)}`);
  if (headerBytes > HEADER_BYTES && !printTcpOptions(p, at + HEADER_BYTES, headerBytes - HEADER_BYTES, n.sackBase, flags)) return;
  p.put(`, length ${dataBytes}`);
  if (dataBytes === 0) return;
  if (!p.has(at, headerBytes)) {
    p.put(` [remaining caplen(${p.left(at)}) < header length(${headerBytes})]`);
    throw new Truncated();
  }
  const data = at + headerBytes;
  if (flags & RST && p.opts.verbose > 0) printResetData(p, data, dataBytes);
  else printTcpPayload(p, data, dataBytes, p.u16(at), p.u16(at + 2));
}

const ipAddresses = (p: Printout, x: IpPayload): [string, string] =>
  x.version === 4 ? [p.ip4(x.ip + 12), p.ip4(x.ip + 16)] : [p.ip6(x.ip + 8), p.ip6(x.ip + 24)];

/** Behind an IPv6 extension header the addresses were printed already. */
function addressText(p: Printout, x: IpPayload): string {
  const [from, to] = [p.port("tcp", p.u16(x.at)), p.port("tcp", p.u16(x.at + 2))];
  if (p.u8(x.ip + (x.version === 4 ? 9 : 6)) !== TCP) return `${from} > ${to}: `;
  const [a, b] = ipAddresses(p, x);
  return `${a}.${from} > ${b}.${to}: `;
}

interface Numbers {
  readonly seq: number;
  readonly ack: number;
  /** What SACK edges count from. */
  readonly sackBase: number;
}

/** Relative to the first segment seen with ACK (which shows absolute numbers itself), unless -S. */
function sequenceNumbers(p: Printout, x: IpPayload, flags: number): Numbers {
  const [seq, ack] = [p.u32(x.at + 4), p.u32(x.at + 8)];
  if (p.opts.absoluteSeq || !(flags & ACK)) return { seq, ack, sackBase: 0 };
  const { key, reversed } = conversation(p, x);
  const known = p.memory.tcp.get(key);
  if (known === undefined || flags & SYN) {
    const start: TcpStart = reversed ? { ack: seq, seq: (ack - 1) >>> 0 } : { seq, ack: (ack - 1) >>> 0 };
    p.memory.tcp.set(key, start);
    return { seq, ack, sackBase: reversed ? start.seq : start.ack };
  }
  const [seqBase, ackBase] = reversed ? [known.ack, known.seq] : [known.seq, known.ack];
  return { seq: (seq - seqBase) >>> 0, ack: (ack - ackBase) >>> 0, sackBase: ackBase };
}

/** One key for both directions: the lower port first, then the lower address. */
function conversation(p: Printout, x: IpPayload): { key: string; reversed: boolean } {
  const [from, to] = [p.u16(x.at), p.u16(x.at + 2)];
  const size = x.version === 4 ? 4 : 16;
  const start = x.ip + (x.version === 4 ? 12 : 8);
  const [a, b] = [p.hexBytes(start, size), p.hexBytes(start + size, size)];
  const reversed = from > to || (from === to && a > b);
  return { key: reversed ? `${b}.${to} ${a}.${from}` : `${a}.${from} ${b}.${to}`, reversed };
}

function printChecksum(p: Printout, x: IpPayload): void {
  if (!p.has(x.at, x.length)) return;
  const sum = transportSum(p.bytes, x.ip, x.at, x.length, TCP);
  const field = p.u16(x.at + 16);
  p.put(`, cksum 0x${hex(field, 4)} (${sum === 0 ? "correct" : `incorrect -> 0x${hex(shouldBe(field, sum), 4)}`})`);
}

/** A reset may say in text why it was sent (RFC 9293 §3.5.3). */
function printResetData(p: Printout, at: number, length: number): void {
  p.put(` [${p.has(at, length) ? "" : "!"}RST${length > MAX_RESET_BYTES ? "+" : ""} `);
  const shown = Math.min(length, MAX_RESET_BYTES, p.left(at));
  for (let i = 0; i < shown; i++) p.put(visible(p.u8(at + i)));
  p.put("]");
}
