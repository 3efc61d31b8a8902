import { printEther } from "./ether.ts";
import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";

const HEADER_BYTES = 8;
const HAS_VNI = 0x08;

/** UDP port 8472 is registered for OTV (draft-hasmit-otv-04), so that is how tcpdump shows Linux's default VXLAN port. */
export function printOtv(p: Printout, at: number, length: number): void {
  p.protocol = "otv";
  p.put("OTV, ");
  if (length < HEADER_BYTES) {
    p.put(`[length ${length} < ${HEADER_BYTES}]`);
    p.invalid();
    return p.need(at, length);
  }
  const flags = p.u8(at);
  p.put(`flags [${flags & HAS_VNI ? "I" : "."}] (0x${hex(flags, 2)}), `);
  p.put(`overlay ${p.u24(at + 1)}, `);
  p.put(`instance ${p.u24(at + 4)}\n`);
  printInner(p, at, length);
}

/** VXLAN on its own port 4789 (RFC 7348), or with -T vxlan. */
export function printVxlan(p: Printout, at: number, length: number): void {
  p.protocol = "vxlan";
  p.put("VXLAN");
  if (length < HEADER_BYTES) return p.invalid();
  const flags = p.u8(at);
  p.put(`, flags [${flags & HAS_VNI ? "I" : "invalid"}] (0x${hex(flags, 2)}), `);
  p.put(`vni ${p.u24(at + 4)}\n`);
  printInner(p, at, length);
}

function printInner(p: Printout, at: number, length: number): void {
  p.need(at + HEADER_BYTES - 1, 1);
  printEther(p, at + HEADER_BYTES, length - HEADER_BYTES);
}
