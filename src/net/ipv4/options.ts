import { type Ip4, readIp4, writeU32 } from "../../wire/addr.ts";
import { IP_HLEN, ipHeaderBytes, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { isLocalAddr } from "./route.ts";

/* IPv4 options (RFC 791 §3.1): record route and timestamp are written here; options-input.ts looks at the rest. */

export const IPOPT_END = 0;
export const IPOPT_NOOP = 1;
export const IPOPT_RR = 7;
export const IPOPT_TIMESTAMP = 68;
export const IPOPT_LSRR = 131;
export const IPOPT_SSRR = 137;
export const IPOPT_RA = 148;
/** Option types with this bit are copied into every fragment. */
export const IPOPT_COPY = 0x80;

/** Low half of a timestamp option's fourth byte: what each machine writes. */
export const TS_ONLY = 0;
export const TS_AND_ADDRESS = 1;
export const TS_PRESPECIFIED = 3;

const hasOptions = (skb: Skb): boolean => ipHeaderBytes(skb.buf, skb.netAt) > IP_HLEN;

/** Options an echo reply carries back (ip_options_echo): record route and timestamp as they stand, padded; null = none. */
export function echoOptions(skb: Skb): Uint8Array | null {
  if (!hasOptions(skb)) return null;
  const parts = [IPOPT_RR, IPOPT_TIMESTAMP].flatMap((kind) => {
    const at = findOption(skb, kind);
    return at < 0 ? [] : [...skb.buf.subarray(at, at + skb.buf[at + 1]!)];
  });
  if (parts.length === 0) return null;
  while (parts.length % 4 !== 0) parts.push(IPOPT_END);
  return Uint8Array.from(parts);
}

/** On the way out of this machine (ip_options_build): its own address and time, where there is room. */
export function buildOptions(ns: Netns, skb: Skb, own: Ip4): void {
  if (!hasOptions(skb)) return;
  writeRoute(skb, own);
  writeTimestamp(ns, skb, own, false);
  setIpChecksum(skb.buf, skb.netAt);
}

/** What every machine does that a packet comes to (ip_options_compile): `route` is the address it leaves by, `here` the one it came to. */
export function recordRoute(ns: Netns, skb: Skb, route: Ip4, here: Ip4): void {
  if (!hasOptions(skb)) return;
  writeRoute(skb, route);
  writeTimestamp(ns, skb, here, true);
  setIpChecksum(skb.buf, skb.netAt);
}

function writeRoute(skb: Skb, own: Ip4): void {
  const at = findOption(skb, IPOPT_RR);
  if (at < 0) return;
  const pointer = skb.buf[at + 2]!;
  if (pointer < 4 || pointer + 3 > skb.buf[at + 1]!) return;
  writeU32(skb.buf, at + pointer - 1, own);
  skb.buf[at + 2] = pointer + 4;
}

/** Milliseconds since midnight UT; when the room is used up, the overflow count rises instead. */
function writeTimestamp(ns: Netns, skb: Skb, own: Ip4, countsOverflow: boolean): void {
  const at = findOption(skb, IPOPT_TIMESTAMP);
  if (at < 0) return;
  const flag = skb.buf[at + 3]! & 15;
  if (flag !== TS_ONLY && flag !== TS_AND_ADDRESS && flag !== TS_PRESPECIFIED) return;
  const pointer = skb.buf[at + 2]!;
  const bytes = flag === TS_ONLY ? 4 : 8;
  const isFull = pointer + bytes - 1 > skb.buf[at + 1]!;
  if (flag === TS_PRESPECIFIED && (isFull || !isLocalAddr(ns, readIp4(skb.buf, at + pointer - 1)))) return;
  if (isFull && !countsOverflow) return;
  if (isFull) {
    skb.buf[at + 3] = Math.min(15, (skb.buf[at + 3]! >> 4) + 1) * 16 + flag;
    return;
  }
  if (flag === TS_AND_ADDRESS) writeU32(skb.buf, at + pointer - 1, own);
  writeU32(skb.buf, at + pointer - 1 + bytes - 4, millisecondsToday(ns));
  skb.buf[at + 2] = pointer + bytes;
}

const millisecondsToday = (ns: Netns): number => ((ns.world.startSec % 86400) * 1000 + Math.floor(ns.world.sim.nowNs / 1e6)) % 86_400_000;

/** ip_options_fragment: pieces after the first carry only options with the copy bit; the others become padding. */
export function keepCopiedOptions(skb: Skb): void {
  const { buf } = skb;
  const end = skb.netAt + ipHeaderBytes(buf, skb.netAt);
  for (let at = skb.netAt + IP_HLEN; at < end && buf[at] !== IPOPT_END; ) {
    const type = buf[at]!;
    const length = type === IPOPT_NOOP ? 1 : buf[at + 1]!;
    if (length < 1 || at + length > end) return;
    if ((type & IPOPT_COPY) === 0) buf.fill(IPOPT_NOOP, at, at + length);
    at += length;
  }
}

/** Offset of an option, -1 when there is none whole. */
export function findOption(skb: Skb, kind: number, leastBytes = 4): number {
  const end = skb.netAt + ipHeaderBytes(skb.buf, skb.netAt);
  for (let at = skb.netAt + IP_HLEN; at < end; ) {
    const type = skb.buf[at]!;
    const length = type === IPOPT_NOOP ? 1 : Math.max(2, skb.buf[at + 1] ?? 2);
    if (type === IPOPT_END || at + length > end) return -1;
    if (type === kind && length >= leastBytes) return at;
    at += length;
  }
  return -1;
}
