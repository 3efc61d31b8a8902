import type { Printout } from "./printout.ts";
import { tok } from "./text.ts";
import type { Words } from "./text.ts";

/** IPv4 option types (RFC 791, 1108, 1393, 2113). */
const NAMES: Words = {
  0: "EOL", 1: "NOP", 68: "timestamp", 130: "security", 7: "RR", 137: "SSRR", 131: "LSRR", 148: "RA", 82: "traceroute",
};
const [EOL, NOP, RECORD_ROUTE, TIMESTAMP, LOOSE, STRICT, ROUTER_ALERT] = [0, 1, 7, 68, 131, 137, 148];

/** The options of a header, comma separated; false when they were cut off by the capture. */
export function printIpOptions(p: Printout, at: number, length: number): boolean {
  for (let first = true; length > 0; first = false) {
    const type = p.u8(at);
    p.put(`${first ? "" : ","}${tok(NAMES, type, "unknown %u")}`);
    const bytes = type === NOP || type === EOL ? 1 : p.u8(at + 1);
    if ((bytes < 2 && type !== NOP && type !== EOL) || bytes > length) {
      p.put(` [bad length ${bytes}]`);
      return true;
    }
    if (!p.has(at, bytes)) return false;
    if (type === EOL) return true;
    if (!printOption(p, type, at, bytes)) return false;
    at += bytes;
    length -= bytes;
  }
  return true;
}

/** False when the list in it goes on past what was captured. */
function printOption(p: Printout, type: number, at: number, bytes: number): boolean {
  if (type === TIMESTAMP) return printTimestamp(p, at, bytes);
  if (type === RECORD_ROUTE || type === STRICT || type === LOOSE) return printRoute(p, at, bytes);
  if (type === ROUTER_ALERT) {
    if (bytes < 4) p.put(` [bad length ${bytes}]`);
    else if (p.u16(at + 2) !== 0) p.put(` value ${p.u16(at + 2)}`);
  }
  return true;
}

function printRoute(p: Printout, at: number, bytes: number): boolean {
  if (bytes < 3 || ((bytes + 1) & 3) !== 0) p.put(` [bad length ${bytes}]`);
  if (bytes < 3) return true;
  const pointer = p.u8(at + 2) - 1;
  if (pointer < 3 || ((pointer + 1) & 3) !== 0 || pointer > bytes + 1) p.put(` [bad ptr ${p.u8(at + 2)}]`);
  for (let i = 3; i < bytes; i += 4) {
    if (!p.has(at + i, 4)) return false;
    p.put(` ${p.ip4(at + i)}${pointer > i ? "," : ""}`);
  }
  return true;
}

const STAMP_KINDS: Words = { 0: "TSONLY", 1: "TS+ADDR", 3: "PRESPEC" };

function printTimestamp(p: Printout, at: number, bytes: number): boolean {
  if (bytes < 4) {
    p.put(`[bad length ${bytes}]`);
    return true;
  }
  const flags = p.u8(at + 3);
  const hop = (flags & 15) === 0 ? 4 : 8;
  p.put(" TS{");
  if (((bytes - 4) & (hop - 1)) !== 0) p.put(`[bad length ${bytes}]`);
  const pointer = p.u8(at + 2) - 1;
  if (pointer < 4 || ((pointer - 4) & (hop - 1)) !== 0 || pointer > bytes + 1) p.put(`[bad ptr ${p.u8(at + 2)}]`);
  const kind = STAMP_KINDS[flags & 15];
  let i = 0;
  p.put(kind ?? `[bad ts type ${flags & 15}]`);
  if (kind !== undefined)
    for (i = 4; i < bytes; i += hop) {
      if (!p.has(at + i, hop)) return false;
      p.put(`${pointer === i ? " ^ " : " "}${p.u32(at + i + hop - 4)}@${hop === 8 ? p.ip4(at + i) : ""}`);
    }
  p.put(pointer === i ? " ^ " : "");
  p.put(flags >> 4 ? ` [${flags >> 4} hops not recorded]} ` : "}");
  return true;
}
