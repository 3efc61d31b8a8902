import type { CapturedPacket } from "../../../wire/pcap.ts";
import { LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from "../../../wire/pcap.ts";
import { printEtherFrame } from "./ether.ts";
import { printAscii, printHex, printHexAscii } from "./hex.ts";
import { printIpAny } from "./ip.ts";
import { Printout, Truncated } from "./printout.ts";
import type { PrintMemory, PrintOptions } from "./printout.ts";
import { printSll2Frame, printSllFrame } from "./sll.ts";
import { printStamp } from "./time.ts";

/** tcpdump's MAXIMUM_SNAPLEN. */
export const MAX_SNAP_BYTES = 262144;

type FramePrinter = (p: Printout, length: number) => void;

const rawIp: FramePrinter = (p, length) => {
  p.protocol = "raw";
  if (p.opts.ethernet) p.put("ip: ");
  printIpAny(p, 0, length);
};

const PRINTERS: ReadonlyMap<number, FramePrinter> = new Map([
  [LINKTYPE_ETHERNET, printEtherFrame],
  [LINKTYPE_LINUX_SLL, printSllFrame],
  [LINKTYPE_LINUX_SLL2, printSll2Frame],
  [LINKTYPE_RAW, rawIp],
  [12, rawIp],
  [LINKTYPE_IPV4, rawIp],
  [LINKTYPE_IPV6, rawIp],
]);

/** Whether frames of a LINKTYPE_* can be shown here. */
export const canPrint = (linkType: number): boolean => PRINTERS.has(linkType);

/** The lines tcpdump 4.99.3 prints for one packet, newline included. `number` is its place in the capture, from 1. */
export function printPacket(packet: CapturedPacket, linkType: number, number: number, opts: PrintOptions, memory: PrintMemory): string {
  const p = new Printout(packet.bytes, opts, memory);
  if (opts.number) p.put(`${String(number).padStart(5)}  `);
  const wrong = wrongLengths(packet);
  if (wrong !== "") return `${p.text}[Invalid header:${wrong}]\n`;
  printStamp(p, packet);
  dissect(p, linkType, packet.wireLength);
  p.end = packet.bytes.length;
  printBytes(p);
  return `${p.text}\n`;
}

function wrongLengths(packet: CapturedPacket): string {
  const [length, captured] = [packet.wireLength, packet.bytes.length];
  const wrong: string[] = [];
  if (captured === 0) wrong.push(" caplen==0");
  if (length === 0) wrong.push(" len==0");
  else if (length < captured) wrong.push(` len(${length}) < caplen(${captured})`);
  if (captured > MAX_SNAP_BYTES) wrong.push(` caplen(${captured}) > ${MAX_SNAP_BYTES}`);
  if (length > MAX_SNAP_BYTES) wrong.push(` len(${length}) > ${MAX_SNAP_BYTES}`);
  return wrong.join(",");
}

function dissect(p: Printout, linkType: number, length: number): void {
  try {
    PRINTERS.get(linkType)?.(p, length);
  } catch (e) {
    if (!(e instanceof Truncated)) throw e;
    p.truncated();
    p.linkBytes = 0;
  }
}

/** -X, -x or -A, in this order of precedence; twice = with the link-layer header. */
function printBytes(p: Printout): void {
  const { hexAscii, hex, ascii } = p.opts;
  const times = hexAscii || hex || ascii;
  const from = times > 1 ? 0 : p.linkBytes;
  const length = p.bytes.length - from;
  if (times === 0 || length <= 0) return;
  if (hexAscii > 0) printHexAscii(p, "\n\t", from, length);
  else if (hex > 0) printHex(p, "\n\t", from, length);
  else printAscii(p, from, length);
}
