import { printName } from "./dns-name.ts";
import { printUnknown } from "./hex.ts";
import { formatIp6At } from "./ip6-text.ts";
import type { Printout } from "./printout.ts";
import { bitNames, tok } from "./text.ts";
import type { Words } from "./text.ts";

/** Neighbour discovery options (RFC 4861 §4.6, 4191, 6275, 8106). */
const NAMES: Words = {
  1: "source link-address", 2: "destination link-address", 3: "prefix info", 4: "redirected header", 5: "mtu", 25: "rdnss",
  31: "dnssl", 7: "advertisement interval", 8: "homeagent information", 24: "route info",
};
const PREFIX_FLAGS = [[0x80, "onlink"], [0x40, "auto"], [0x20, "router"]] as const;
const PREFERENCES = ["medium", "high", "rsv", "low"];

/** Router preference, the bits of RFC 4191 §2.1. */
export const preferenceText = (flags: number): string => PREFERENCES[(flags >> 3) & 3] ?? "";

const lifetime = (seconds: number): string => (seconds === 0xffffffff ? "infinity" : `${seconds}s`);

/** Options to the end of the capture or of `left` bytes; false when one was cut off. */
export function printNdOptions(p: Printout, start: number, left: number): boolean {
  for (let at = start; at < p.end && left > 0; ) {
    if (!p.has(at, 2)) return false;
    const [type, units] = [p.u8(at), p.u8(at + 1)];
    const bytes = units * 8;
    if (units === 0 || !p.has(at, bytes)) return false;
    p.put(`\n\t  ${tok(NAMES, type, "unknown")} option (${type}), length ${bytes} (${units}): `);
    if (NAMES[type] === undefined && p.opts.verbose <= 1) {
      printUnknown(p, at + 2, "\n\t  ", bytes - 2);
      return true;
    }
    if (type === 4) printUnknown(p, start, "\n\t    ", bytes);
    else if (!printOption(p, type, at, units, start)) return false;
    if (p.opts.verbose > 1) printUnknown(p, at + 2, "\n\t    ", bytes - 2);
    at += bytes;
    left -= bytes;
  }
  return true;
}

function printOption(p: Printout, type: number, at: number, units: number, start: number): boolean {
  if (type === 31) return printSearchList(p, at, units, start);
  const text = optionText(p, type, at, units);
  p.put(text ?? "");
  return text !== null;
}

function optionText(p: Printout, type: number, at: number, units: number): string | null {
  if (type === 1 || type === 2) return p.hexBytes(at + 2, units * 8 - 2, ":");
  if (type === 3) return prefixText(p, at, units);
  if (type === 5) return ` ${p.u32(at + 4)}${units === 1 ? "" : "bad option length"}`;
  if (type === 7) return ` ${p.u32(at + 4)}ms`;
  if (type === 8) return ` preference ${p.u16(at + 4)}, lifetime ${p.u16(at + 6)}`;
  if (type === 24) return routeText(p, at, units);
  if (type !== 25) return "";
  const servers = Array.from({ length: Math.floor((units - 1) / 2) }, (_, i) => ` addr: ${p.ip6(at + 8 + i * 16)}`);
  return ` lifetime ${p.u32(at + 4)}s,${servers.join("")}`;
}

const prefixText = (p: Printout, at: number, units: number): string =>
  `${p.ip6(at + 16)}/${p.u8(at + 2)}${units === 4 ? "" : "badlen"}, Flags [${bitNames(PREFIX_FLAGS, p.u8(at + 3), "none")}], ` +
  `valid time ${lifetime(p.u32(at + 4))}, pref. time ${lifetime(p.u32(at + 8))}`;

/** Route information (RFC 4191 §2.3): as much of the prefix as the option is long. */
function routeText(p: Printout, at: number, units: number): string | null {
  if (units > 3) return null;
  const prefix = new Uint8Array(16);
  prefix.set(p.bytes.subarray(at + 8, at + units * 8));
  return ` ${formatIp6At(prefix, 0)}/${p.u8(at + 2)}, pref=${preferenceText(p.u8(at + 3))}, lifetime=${lifetime(p.u32(at + 4))}`;
}

function printSearchList(p: Printout, at: number, units: number, start: number): boolean {
  p.put(` lifetime ${p.u32(at + 4)}s, domain(s):`);
  const end = at + units * 8;
  for (let cursor = at + 8; cursor < end && p.u8(cursor) !== 0; ) {
    p.put(" ");
    const next = printName(p, cursor, start);
    if (next === null) return false;
    cursor = next;
  }
  return true;
}
