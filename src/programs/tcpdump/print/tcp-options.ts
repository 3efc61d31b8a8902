import type { Printout } from "./printout.ts";
import { printMptcp } from "./mptcp.ts";
import { hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

/** TCP option kinds (IANA tcp-parameters). */
const NAMES: Words = {
  0: "eol", 1: "nop", 2: "mss", 3: "wscale", 4: "sackOK", 5: "sack", 6: "echo", 7: "echoreply", 8: "TS", 11: "cc",
  12: "ccnew", 13: "", 19: "md5", 20: "scps", 28: "uto", 29: "tcp-ao", 30: "mptcp", 34: "tfo", 254: "exp",
};
const [EOL, NOP, MSS, WSCALE, SACK, TIMESTAMP, MD5, SCPS, TIMEOUT, AUTH, MPTCP, FAST_OPEN, EXPERIMENT] = [0, 1, 2, 3, 5, 8, 19, 20, 28, 29, 30, 34, 254];
/** Options of exactly four bytes of payload, shown as one number (RFC 1072, 1644). */
const COUNTERS = new Set([6, 7, 11, 12, 13]);
/** Data bytes that a kind always has; others follow from the length byte. */
const FIXED_BYTES: Readonly<Record<number, number>> = { [MSS]: 2, [WSCALE]: 1, [TIMESTAMP]: 8, [MD5]: 16, [SCPS]: 2, [TIMEOUT]: 2, 4: 0 };
const FAST_OPEN_MAGIC = 0xf989;

/** What one option's data printed: its bytes, or that the option (or the capture) ended too early. */
type Outcome = number | "bad" | "cut";

/** `, options [mss 1460,…]`; false when the rest of the segment is not to be shown. SACK edges count from `sackBase`. */
export function printTcpOptions(p: Printout, at: number, left: number, sackBase: number, flags: number): boolean {
  p.put(", options [");
  for (let first = true; left > 0; first = false) {
    if (!first) p.put(",");
    const kind = p.u8(at++);
    const length = kind === EOL || kind === NOP ? 1 : p.u8(at++);
    left -= kind === EOL || kind === NOP ? 1 : 2;
    if (kind > NOP && (length < 2 || length - 2 > left)) return stop(p, "bad", first);
    p.put(tok(NAMES, kind, "unknown-%u"));
    const data = kind <= NOP ? 0 : printData(p, kind, at, length - 2, left, sackBase, flags);
    if (typeof data === "string") return stop(p, data, first);
    at += data;
    left -= data;
    if (data + (kind <= NOP ? 1 : 2) !== length) p.put(`[len ${length}]`);
    if (kind === EOL) break;
  }
  p.put("]");
  return true;
}

function stop(p: Printout, why: "bad" | "cut", first: boolean): false {
  if (why === "bad") p.put(`[bad opt]${first ? "" : "]"}`);
  else {
    p.truncated();
    if (!first) p.put(">");
  }
  return false;
}

function printData(p: Printout, kind: number, at: number, claimed: number, left: number, sackBase: number, flags: number): Outcome {
  if (kind === SACK) return printSack(p, at, claimed, left, sackBase);
  if (kind === AUTH) return printAuth(p, at, claimed, left);
  const bytes = COUNTERS.has(kind) ? 4 : (FIXED_BYTES[kind] ?? claimed);
  const known = NAMES[kind] !== undefined;
  if (known && bytes > left) return "bad";
  if (known && !p.has(at, bytes)) return "cut";
  if (kind === MPTCP) return printMptcp(p, at, claimed, flags) ? bytes : "bad";
  if (kind === EXPERIMENT && claimed < 2) return "bad";
  if (!known) return printUnknownKind(p, at, claimed, left);
  p.put(dataText(p, kind, at, bytes));
  return bytes;
}

function dataText(p: Printout, kind: number, at: number, bytes: number): string {
  if (kind === MSS) return ` ${p.u16(at)}`;
  if (kind === WSCALE) return ` ${p.u8(at)}`;
  if (COUNTERS.has(kind)) return ` ${p.u32(at)}`;
  if (kind === TIMESTAMP) return ` val ${p.u32(at)} ecr ${p.u32(at + 4)}`;
  if (kind === MD5) return ` shared secret not supplied with -M, can't check - ${p.hexBytes(at, bytes)}`;
  if (kind === SCPS) return ` cap ${hex(p.u8(at), 2)} id ${p.u8(at + 1)}`;
  if (kind === TIMEOUT) return timeoutText(p.u16(at));
  if (kind === FAST_OPEN) return ` ${fastOpenText(p, at, bytes)}`;
  if (kind === EXPERIMENT) return p.u16(at) === FAST_OPEN_MAGIC ? `-tfo${fastOpenText(p, at + 2, bytes - 2)}` : `-${hex(p.u16(at), 4)}`;
  return "";
}

/** User timeout (RFC 5482): the top bit of the granularity is the lowest here, as tcpdump reads it. */
const timeoutText = (value: number): string => ` 0x${hex(value)} ${value & 1 ? (value >> 1) * 60 : value >> 1}`;

/** Fast open cookie (RFC 7413 §2). */
function fastOpenText(p: Printout, at: number, bytes: number): string {
  if (bytes === 0) return " cookiereq";
  if (bytes % 2 !== 0 || bytes < 4 || bytes > 16) return " (invalid)";
  return ` cookie ${p.hexBytes(at, bytes)}`;
}

function printSack(p: Printout, at: number, bytes: number, left: number, base: number): Outcome {
  if (bytes % 8 !== 0) {
    p.put(" invalid sack");
    return bytes;
  }
  p.put(` ${bytes / 8} `);
  for (let i = 0; i < bytes; i += 8) {
    if (i + 8 > left) return "bad";
    if (!p.has(at, i + 8)) return "cut";
    p.put(`{${(p.u32(at + i) - base) >>> 0}:${(p.u32(at + i + 4) - base) >>> 0}}`);
  }
  return bytes;
}

/** TCP-AO (RFC 5925 §2.2). */
function printAuth(p: Printout, at: number, bytes: number, left: number): Outcome {
  if (bytes < 2) p.invalid();
  else {
    if (bytes > left) return "bad";
    if (!p.has(at, 2)) return "cut";
    p.put(` keyid ${p.u8(at)} rnextkeyid ${p.u8(at + 1)}${bytes > 2 ? " mac 0x" : ""}`);
    const shown = Math.min(bytes, p.left(at));
    p.put(p.hexBytes(at + 2, shown - 2));
    if (shown < bytes) return "cut";
  }
  return bytes;
}

function printUnknownKind(p: Printout, at: number, bytes: number, left: number): Outcome {
  if (bytes > 0) p.put(" 0x");
  for (let i = 0; i < bytes; i++) {
    if (i + 1 > left) return "bad";
    if (!p.has(at + i, 1)) return "cut";
    p.put(hex(p.u8(at + i), 2));
  }
  return bytes;
}
