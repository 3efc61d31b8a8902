import { printEtherPayload } from "./ethertype.ts";
import { printUnknownPayload } from "./hex.ts";
import { printLlc } from "./llc.ts";
import type { Printout } from "./printout.ts";
import { ETHERTYPES } from "./tables.ts";
import { hex, tok } from "./text.ts";

const HEADER_BYTES = 14;
const ADDRESS_BYTES = 12;
/** Type/length fields up to this are lengths (IEEE 802.3 §3.2.6). */
const MAX_LENGTH_FIELD = 1500;
const JUMBO = 0x8870;
const TAGS = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);

/** A captured Ethernet frame. */
export function printEtherFrame(p: Printout, length: number): void {
  p.linkBytes += printEther(p, 0, length);
}

const addresses = (p: Printout, at: number): string => `${p.mac(at + 6)} > ${p.mac(at)}, `;

export const etherTypeText = (p: Printout, type: number): string =>
  p.opts.quiet ? tok(ETHERTYPES, type, "Unknown Ethertype (0x%04x)") : `ethertype ${tok(ETHERTYPES, type, "Unknown")} (0x${hex(type, 4)})`;

/** Tag control information, IEEE 802.1Q §9.6. */
export const tciText = (tci: number): string => `vlan ${tci & 0xfff}, p ${tci >>> 13}${tci & 0x1000 ? ", DEI" : ""}`;

/** A frame at `at`, perhaps inside a tunnel; returns the bytes of its headers. */
export function printEther(p: Printout, at: number, length: number): number {
  p.protocol = "ether";
  const captured = p.left(at);
  if (length < captured) {
    p.put(`[length ${length} < caplen ${captured}]`);
    p.invalid();
    return length;
  }
  if (captured < HEADER_BYTES) {
    p.truncated();
    return captured;
  }
  if (p.opts.ethernet) p.put(addresses(p, at));
  return printTyped(p, at, length);
}

function printTyped(p: Printout, frame: number, frameBytes: number): number {
  let at = frame + HEADER_BYTES;
  let type = p.u16(frame + ADDRESS_BYTES);
  let lengthShown = false;
  const rest = (): number => frameBytes - (at - frame);
  while (TAGS.has(type)) {
    if (p.left(at) < 4 || rest() < 4) {
      p.protocol = "vlan";
      p.truncated();
      return at - frame + Math.min(p.left(at), rest());
    }
    if (p.opts.ethernet) {
      p.put(`${etherTypeText(p, type)}${lengthShown ? "" : `, length ${frameBytes}`}${lengthShown ? ", " : ": "}`);
      lengthShown = true;
      p.put(`${tciText(p.u16(at))}, `);
    }
    type = p.u16(at + 2);
    at += 4;
  }
  if (type <= MAX_LENGTH_FIELD) return at - frame + printLengthField(p, frame, at, Math.min(type, rest()), lengthShown);
  if (type === JUMBO) return at - frame + printLlcOrRaw(p, frame, at, rest());
  if (p.opts.ethernet) p.put(`${etherTypeText(p, type)}${lengthShown ? ", " : `, length ${frameBytes}: `}`);
  if (!printEtherPayload(p, type, at, rest(), frame)) {
    if (!p.opts.ethernet) p.put(`${addresses(p, frame)}${etherTypeText(p, type)}, length ${frameBytes}: `);
    printUnknownPayload(p, at, Math.min(p.left(at), rest()));
  }
  return at - frame;
}

function printLengthField(p: Printout, frame: number, at: number, length: number, lengthShown: boolean): number {
  let headerBytes = 0;
  p.within(at, length, () => {
    if (p.opts.ethernet) p.put(`802.3${lengthShown ? "" : `, length ${length}: `}`);
    headerBytes = printLlcOrRaw(p, frame, at, length);
  });
  return headerBytes;
}

function printLlcOrRaw(p: Printout, frame: number, at: number, length: number): number {
  const llc = printLlc(p, at, length, frame);
  if (!llc.known) printUnknownPayload(p, at, p.left(at));
  return llc.headerBytes;
}
