import { internetSum } from "./checksum.ts";
import { printUnknown } from "./hex.ts";
import type { Printout } from "./printout.ts";
import { hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

/** The extension follows the ICMP header and 128 bytes of the original datagram (RFC 4884 §5.5). */
const EXTENSION_AT = 8 + 128;
const HEADER_BYTES = 4;
const OBJECT_HEADER_BYTES = 4;
const OBJECT_CLASSES: Words = { 1: "MPLS Stack Entry", 2: "Interface Identification" };

/** Multi-part message extension (RFC 4884); `length` is the ICMP message's. */
export function printIcmpExtension(p: Printout, at: number, length: number): void {
  if (length <= EXTENSION_AT) return;
  const start = at + EXTENSION_AT;
  const total = length - EXTENSION_AT;
  if (!p.has(at, EXTENSION_AT + HEADER_BYTES + 1)) return p.truncated();
  const whole = p.has(start, total);
  const sum = whole ? internetSum(p.bytes, start, total) : 0;
  // A message that does not give the original's length has an extension only if a right checksum says so.
  if (p.u8(at + 5) === 0 && whole && sum !== 0) return;
  const version = p.u8(start) >> 4;
  p.put(`\n\tICMP Multi-Part extension v${version}`);
  if (version !== 2) return p.put(" packet not supported");
  if (whole) p.put(`, checksum 0x${hex(p.u16(start + 2), 4)} (${sum === 0 ? "" : "in"}correct), length ${total}`);
  printObjects(p, start + HEADER_BYTES, total - HEADER_BYTES);
}

function printObjects(p: Printout, at: number, left: number): void {
  while (left > OBJECT_HEADER_BYTES) {
    if (!p.has(at, OBJECT_HEADER_BYTES)) return p.truncated();
    const [size, kind, subtype] = [p.u16(at), p.u8(at + 2), p.u8(at + 3)];
    p.put(`\n\t  ${tok(OBJECT_CLASSES, kind, "unknown")} Object (${kind}), Class-Type: ${subtype}, length ${size}`);
    if (kind === 0 || size < OBJECT_HEADER_BYTES) return;
    const payload = size - OBJECT_HEADER_BYTES;
    if (kind === 1 && subtype === 1) printMplsEntry(p, p.u32(at + OBJECT_HEADER_BYTES));
    else printUnknown(p, at + OBJECT_HEADER_BYTES, "\n\t    ", payload);
    left -= size;
    at += size;
  }
}

const printMplsEntry = (p: Printout, entry: number): void =>
  p.put(`\n\t    label ${entry >>> 12}, tc ${(entry >>> 9) & 7}${entry & 0x100 ? ", [S]" : ""}, ttl ${entry & 0xff}`);
