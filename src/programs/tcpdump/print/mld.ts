import type { Printout } from "./printout.ts";
import { tok } from "./text.ts";
import type { Words } from "./text.ts";

const RECORD_TYPES: Words = { 1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block" };

/** Multicast listener discovery, version 1 (RFC 2710). */
export function printMld(p: Printout, at: number): void {
  if (p.has(at, 24)) p.put(`max resp delay: ${p.u16(at + 4)} addr: ${p.ip6(at + 8)}`);
}

/** Floating-point codes of RFC 3810 §5.1.3 and §5.1.9. */
const floating = (code: number, bits: number): number =>
  code < 1 << (bits - 1) ? code : ((code & ((1 << (bits - 4)) - 1)) | (1 << (bits - 4))) << (((code >> (bits - 4)) & 7) + 3);

const addresses = (p: Printout, at: number, count: number): string =>
  Array.from({ length: count }, (_, i) => ` ${p.ip6(at + i * 16)}`).join("");

/** Version 2 query (RFC 3810 §5.1). */
export function printMldQuery(p: Printout, at: number, length: number): void {
  const verbose = p.opts.verbose;
  p.put(" v2");
  if (verbose > 0) p.put(` [max resp delay=${floating(p.u16(at + 4), 16)}]`);
  p.put(` [gaddr ${p.ip6(at + 8)}`);
  if (verbose > 0) {
    const flags = p.u8(at + 24);
    p.put(`${flags & 8 ? " sflag" : ""}${flags & 7 ? ` robustness=${flags & 7}` : ""} qqi=${floating(p.u8(at + 25), 8)}`);
  }
  const sources = p.u16(at + 26);
  if (sources > 0 && length < 28 + sources * 16) p.put(" [invalid number of sources]");
  else if (sources > 0) p.put(verbose > 1 ? ` {${addresses(p, at + 28, sources)} }` : `, ${sources} source(s)`);
  p.put("]");
}

/** Version 2 report (RFC 3810 §5.2). */
export function printMldReport(p: Printout, at: number, length: number): void {
  if (length < 8) return p.put(` [invalid len ${length}]`);
  const groups = p.u16(at + 6);
  p.put(`, ${groups} group record(s)`);
  if (p.opts.verbose === 0) return;
  for (let i = 0, offset = 8; i < groups; i++) {
    if (length < offset + 20) return p.put(" [invalid number of groups]");
    const record = at + offset;
    p.put(` [gaddr ${p.ip6(record + 4)} ${tok(RECORD_TYPES, p.u8(record), " [v2-report-#%u]")}`);
    const sources = p.u16(record + 2);
    offset += 20 + sources * 16;
    if (length < offset) return p.put(` [invalid number of sources ${sources}]`);
    p.put(p.opts.verbose === 1 ? `, ${sources} source(s)]` : ` {${addresses(p, record + 20, sources)} }]`);
  }
}
