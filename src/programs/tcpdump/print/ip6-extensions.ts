import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";

const [PAD1, PADN, ROUTER_ALERT, HOME_ADDRESS] = [0, 1, 5, 0xc9];
const FRAGMENT_BYTES = 8;

/** Hop-by-hop or destination options (RFC 8200 §4.3); the bytes of the header, `null` when they do not fit it. */
export function printIp6Options(p: Printout, at: number, kind: { readonly name: string; readonly label: string }): number | null {
  p.protocol = kind.name;
  const bytes = (p.u8(at + 1) + 1) * 8;
  if (!p.has(at, bytes)) {
    p.truncated();
    return null;
  }
  p.put(kind.label);
  if (!printOptions(p, at + 2, bytes - 2)) {
    p.truncated();
    return null;
  }
  return bytes;
}

function printOptions(p: Printout, at: number, length: number): boolean {
  const verbose = p.opts.verbose > 0;
  for (let i = 0; i < length; ) {
    const type = p.u8(at + i);
    if (type !== PAD1 && i + 1 >= length) return false;
    const bytes = type === PAD1 ? 1 : p.u8(at + i + 1) + 2;
    if (i + bytes > length) return false;
    if (type === ROUTER_ALERT && bytes !== 4) {
      p.put(`(rtalert: invalid len ${bytes - 2})`);
      return false;
    }
    if (verbose) p.put(optionText(p, type, at + i, bytes));
    i += bytes;
  }
  if (verbose) p.put(" ");
  return true;
}

function optionText(p: Printout, type: number, at: number, bytes: number): string {
  if (type === PAD1) return "(pad1)";
  if (type === PADN) return "(padn)";
  if (type === ROUTER_ALERT) return `(rtalert: 0x${hex(p.u16(at + 2), 4)}) `;
  if (type === HOME_ADDRESS && bytes >= 18) return `(homeaddr: ${p.ip6(at + 2)})`;
  return `(opt_type 0x${hex(type, 2)}: len=${bytes - 2})`;
}

/** Fragment header (§4.5): identification with -v, offset and the bytes of this piece; `null` behind the first piece. */
export function printIp6Fragment(p: Printout, at: number, ip: number): number | null {
  p.protocol = "frag6";
  const id = p.opts.verbose > 0 ? `0x${hex(p.u32(at + 4), 8)}:` : "";
  const offset = p.u16(at + 2) & 0xfff8;
  const piece = 40 + p.u16(ip + 4) - (at - ip) - FRAGMENT_BYTES;
  p.put(`frag (${id}${offset}|${piece})`);
  if (offset !== 0) return null;
  p.put(" ");
  return FRAGMENT_BYTES;
}

/** Routing header, types 0, 2 (RFC 6275) and 4 (RFC 8754). */
export function printIp6Routing(p: Printout, at: number): number | null {
  p.protocol = "rt6";
  p.put("RT6");
  const [units, type] = [p.u8(at + 1), p.u8(at + 2)];
  p.put(` (len=${units}, type=${type}${type === 0 ? " [Deprecated]" : ""}, segleft=${p.u8(at + 3)}`);
  if (type !== 0 && type !== 2 && type !== 4) {
    p.put(" (unknown type)");
    p.invalid();
    return null;
  }
  const verbose = p.opts.verbose > 0;
  if (type === 4) p.put(`, last-entry=${p.u8(at + 4)}${p.u8(at + 5) || verbose ? `, flags=0x${hex(p.u8(at + 5))}` : ""}, tag=${hex(p.u16(at + 6))}`);
  else if (p.u32(at + 4) || verbose) p.put(`, rsv=0x${hex(p.u32(at + 4))}`);
  if (units % 2 === 1) {
    p.put(` (invalid length ${units})`);
    p.invalid();
    return null;
  }
  for (let i = 0; i < units / 2; i++) p.put(`, [${i}]${p.ip6(at + 8 + i * 16)}`);
  p.put(") ");
  return (units + 1) * 8;
}
