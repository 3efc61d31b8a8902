import { printRaw } from "./hex.ts";
import type { Printout } from "./printout.ts";
import { ETHERTYPES } from "./tables.ts";
import { tok } from "./text.ts";
import type { Words } from "./text.ts";

const OPERATIONS: Words = {
  1: "Request", 2: "Reply", 3: "Reverse Request", 4: "Reverse Reply", 8: "Inverse Request", 9: "Inverse Reply", 10: "NACK Reply",
};
const HARDWARE: Words = {
  1: "Ethernet", 6: "TokenRing", 7: "ArcNet", 15: "FrameRelay", 23: "Strip", 24: "IEEE 1394", 19: "ATM", 32: "InfiniBand",
};
const HEADER_BYTES = 8;
const IPV4 = 0x0800;
const TRAILERS = 0x1000;

/** Field places of one ARP packet (RFC 826), which follow from its two length fields. */
interface Fields {
  readonly protocol: number;
  readonly hardwareBytes: number;
  readonly protocolBytes: number;
  readonly sha: number;
  readonly spa: number;
  readonly tha: number;
  readonly tpa: number;
}

function fieldsOf(p: Printout, at: number): Fields {
  const [hardwareBytes, protocolBytes] = [p.u8(at + 4), p.u8(at + 5)];
  const sha = at + HEADER_BYTES;
  const spa = sha + hardwareBytes;
  const tha = spa + protocolBytes;
  return { protocol: p.u16(at + 2), hardwareBytes, protocolBytes, sha, spa, tha, tpa: tha + hardwareBytes };
}

/** ARP and RARP. */
export function printArp(p: Printout, at: number, length: number): void {
  p.protocol = "arp";
  p.need(at, HEADER_BYTES);
  const f = fieldsOf(p, at);
  p.need(f.tpa, f.protocolBytes);
  if (!p.opts.ethernet) p.put("ARP, ");
  const verbose = p.opts.verbose > 0;
  const odd = !isIp(f) || f.protocolBytes !== 4 || f.hardwareBytes === 0;
  if (odd || verbose) {
    const hardware = tok(HARDWARE, p.u16(at), "Unknown Hardware (%u)");
    p.put(`${hardware} (len ${f.hardwareBytes}), ${tok(ETHERTYPES, f.protocol, "Unknown Protocol (0x%04x)")} (len ${f.protocolBytes})`);
  }
  if (!odd || verbose) {
    const operation = p.u16(at + 6);
    p.put(`${verbose ? ", " : ""}${tok(OPERATIONS, operation, "Unknown (%u)")} `);
    const text = operationText(p, operation, f);
    if (text === null) return printRaw(p, at, p.left(at));
    p.put(text);
  }
  p.put(`, length ${length}`);
}

const isIp = (f: Fields): boolean => f.protocol === IPV4 || f.protocol === TRAILERS;

function operationText(p: Printout, operation: number, f: Fields): string | null {
  const hw = (at: number): string => p.linkAddr(at, f.hardwareBytes);
  const ip = (at: number): string => (!isIp(f) ? "<wrong proto type>" : f.protocolBytes !== 4 ? "<wrong len>" : p.ip4(at));
  if (operation === 1) return `who-has ${ip(f.tpa)}${targetKnown(p, f) ? ` (${hw(f.tha)})` : ""} tell ${ip(f.spa)}`;
  if (operation === 2) return `${ip(f.spa)} is-at ${hw(f.sha)}`;
  if (operation === 3 || operation === 8) return `who-is ${hw(f.tha)} tell ${hw(f.sha)}`;
  if (operation === 4) return `${hw(f.tha)} at ${ip(f.tpa)}`;
  if (operation === 9) return `${hw(f.sha)} at ${ip(f.spa)}`;
  return null;
}

/** A request that already names the target's hardware address, as neighbour probes do. */
const targetKnown = (p: Printout, f: Fields): boolean => {
  for (let i = 0; i < f.hardwareBytes; i++) if (p.u8(f.tha + i) !== 0) return true;
  return false;
};
