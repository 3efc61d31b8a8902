import { printDhcpOptions } from "./dhcp-options.ts";
import type { Printout } from "./printout.ts";
import { hex, tok, visible } from "./text.ts";

/** Field offsets of BOOTP (RFC 951, RFC 2131 §2). */
const AT = { op: 0, htype: 1, hlen: 2, hops: 3, xid: 4, secs: 8, flags: 10, client: 12, your: 16, server: 20, gateway: 24, hardware: 28, name: 44, file: 108, vendor: 236 };
const NAME_BYTES = 64;
const FILE_BYTES = 128;
const REQUEST = 1;
const ETHERNET = 1;
const BROADCAST = 0x8000;
/** RFC 1497's magic cookie 99.130.83.99. */
const COOKIE = 0x63825363;

/** BOOTP and DHCP. */
export function printBootp(p: Printout, at: number, length: number): void {
  p.protocol = "bootp";
  const op = p.u8(at);
  p.put(`BOOTP/DHCP, ${tok({ 1: "Request", 2: "Reply" }, op, "unknown (0x%02x)")}`);
  const [htype, hlen] = [p.u8(at + AT.htype), p.u8(at + AT.hlen)];
  const ethernet = htype === ETHERNET && hlen === 6;
  if (ethernet && op === REQUEST) p.put(` from ${p.mac(at + AT.hardware)}`);
  p.put(`, length ${length}`);
  if (p.opts.verbose === 0) return;
  if (!p.has(at + AT.secs, 2)) return p.truncated();
  if (htype !== ETHERNET) p.put(`, htype ${htype}`);
  if (!ethernet) p.put(`, hlen ${hlen}`);
  printNumbers(p, at);
  for (const [label, offset] of [["Client", AT.client], ["Your", AT.your], ["Server", AT.server], ["Gateway", AT.gateway]] as const)
    if (p.u32(at + offset) !== 0) p.put(`\n\t  ${label}-IP ${p.ip4(at + offset)}`);
  if (ethernet) p.put(`\n\t  Client-Ethernet-Address ${p.mac(at + AT.hardware)}`);
  if (!printName(p, "sname", at + AT.name, NAME_BYTES) || !printName(p, "file", at + AT.file, FILE_BYTES)) return;
  printVendorArea(p, at + AT.vendor);
}

function printNumbers(p: Printout, at: number): void {
  const shown = [["hops", p.u8(at + AT.hops)], ["xid", p.u32(at + AT.xid)], ["secs", p.u16(at + AT.secs)]] as const;
  for (const [label, value] of shown) if (value !== 0) p.put(`, ${label} ${label === "xid" ? `0x${hex(value)}` : value}`);
  const flags = p.u16(at + AT.flags);
  p.put(`, Flags [${flags & BROADCAST ? "Broadcast" : "none"}]${p.opts.verbose > 1 ? ` (0x${hex(flags, 4)})` : ""}`);
}

/** A NUL-terminated field; false when its end was not there. */
function printName(p: Printout, label: string, at: number, size: number): boolean {
  if (p.u8(at) === 0) return true;
  p.put(`\n\t  ${label} "`);
  for (let i = 0; i < size && p.has(at + i, 1); i++) {
    const byte = p.u8(at + i);
    if (byte === 0) {
      p.put('"');
      return true;
    }
    p.put(visible(byte));
  }
  p.put('"');
  p.truncated();
  return false;
}

function printVendorArea(p: Printout, at: number): void {
  if (!p.has(at, 4)) return p.truncated();
  const magic = p.u32(at);
  if (magic === COOKIE) {
    p.put(`\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x${hex(magic, 8)}`);
    printDhcpOptions(p, at + 4);
  } else if (magic !== 0) p.put(`\n\t  Vendor-#0x${hex(magic)}`);
}
