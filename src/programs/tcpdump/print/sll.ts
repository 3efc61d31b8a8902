import { tciText } from "./ether.ts";
import { printEtherPayload } from "./ethertype.ts";
import { printUnknownPayload } from "./hex.ts";
import { printLlc } from "./llc.ts";
import type { Printout } from "./printout.ts";
import { ETHERTYPES } from "./tables.ts";
import { hex, tok } from "./text.ts";

/** Linux cooked captures (packet(7); tcpdump.org LINKTYPE_LINUX_SLL and _SLL2). */
const PACKET_TYPES = ["In", "B", "M", "P", "Out"];
const [RAW_802_3, LLC_802_2, VLAN] = [1, 4, 0x8100];
const MAX_LENGTH_FIELD = 1500;

interface Cooked {
  readonly name: string;
  readonly headerBytes: number;
  readonly etherType: number;
  /** Offset of the link-layer address, `null` unless it has six bytes. */
  readonly mac: number | null;
  /** What -e prints before the address. */
  readonly lead: string;
}

/** Version 2, which -i any uses: interface name and direction come first, always. */
export function printSll2Frame(p: Printout, length: number): void {
  p.protocol = "sll2";
  p.need(0, 20);
  const index = p.u32(4);
  p.put(`${(p.opts.ifName(index) ?? "?").padEnd(5)} ${(PACKET_TYPES[p.u8(10)] ?? "?").padEnd(3)} `);
  printCooked(p, length, {
    name: "sll2", headerBytes: 20, etherType: p.u16(0), mac: p.u8(11) === 6 ? 12 : null, lead: `ifindex ${index} `,
  });
}

export function printSllFrame(p: Printout, length: number): void {
  p.protocol = "sll";
  p.need(0, 16);
  const lead = `${(PACKET_TYPES[p.u16(0)] ?? "?").padStart(3)} `;
  printCooked(p, length, { name: "sll", headerBytes: 16, etherType: p.u16(14), mac: p.u16(4) === 6 ? 6 : null, lead });
}

function printHeader(p: Printout, c: Cooked, length: number): void {
  p.protocol = c.name;
  p.put(`${c.lead}${c.mac === null ? "" : `${p.mac(c.mac)} `}`);
  if (p.opts.quiet) return;
  const type = c.etherType;
  if (type > MAX_LENGTH_FIELD) p.put(`ethertype ${tok(ETHERTYPES, type, "Unknown")} (0x${hex(type, 4)})`);
  else p.put(type === RAW_802_3 ? "802.3" : type === LLC_802_2 ? "802.2" : `ethertype Unknown (0x${hex(type, 4)})`);
  p.put(`, length ${length}: `);
}

function printCooked(p: Printout, length: number, c: Cooked): void {
  if (p.opts.ethernet) printHeader(p, c, length);
  let at = c.headerBytes;
  let type = c.etherType;
  while (type === VLAN) {
    if (p.left(at) < 4) {
      p.protocol = "vlan";
      p.truncated();
      p.linkBytes += at + p.left(at);
      return;
    }
    if (p.opts.ethernet) p.put(`${tciText(p.u16(at))}, `);
    type = p.u16(at + 2) <= MAX_LENGTH_FIELD ? LLC_802_2 : p.u16(at + 2);
    if (!p.opts.quiet) p.put(`ethertype ${tok(ETHERTYPES, type, "Unknown")}, `);
    at += 4;
  }
  p.linkBytes += printInner(p, type, at, length - at, c, length);
}

/** Returns the bytes of headers before the payload. */
function printInner(p: Printout, type: number, at: number, length: number, c: Cooked, whole: number): number {
  if (type === LLC_802_2) {
    const llc = printLlc(p, at, length, null);
    if (!llc.known) printUnknownPayload(p, at, p.left(at));
    return at + (llc.known ? llc.headerBytes : 0);
  }
  if (type > MAX_LENGTH_FIELD && printEtherPayload(p, type, at, length, null)) return at;
  if (type > MAX_LENGTH_FIELD && !p.opts.ethernet) printHeader(p, c, whole);
  printUnknownPayload(p, at, p.left(at));
  return at;
}
