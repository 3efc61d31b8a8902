import { type Ip4, readIp4, writeU32 } from "../../wire/addr.ts";
import { IP_HLEN, ipHeaderBytes, ipSrc, setIpChecksum } from "../../wire/ipv4.ts";
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

/** Options of an answer, and where it goes first: the way back along a source route. */
export interface EchoedOptions {
  readonly bytes: Uint8Array;
  /** null = straight to who asked. */
  readonly via: Ip4 | null;
}

/** Options an answer carries back (__ip_options_echo): a source route turned round, record route and timestamp as they stand, padded; null = none. */
export function echoOptions(skb: Skb): EchoedOptions | null {
  if (!hasOptions(skb)) return null;
  const route = reversedRoute(skb);
  const parts = [...(route?.bytes ?? [])];
  for (const kind of [IPOPT_RR, IPOPT_TIMESTAMP]) {
    const at = findOption(skb, kind, kind === IPOPT_RR ? 3 : 4);
    if (at >= 0) parts.push(...skb.buf.subarray(at, at + skb.buf[at + 1]!));
  }
  if (parts.length === 0) return null;
  while (parts.length % 4 !== 0) parts.push(IPOPT_END);
  return { bytes: Uint8Array.from(parts), via: route?.via ?? null };
}

/** The stops a packet made, last first; its sender is the end (RFC 1122 §3.2.1.8 c). */
function reversedRoute(skb: Skb): { readonly bytes: readonly number[]; readonly via: Ip4 } | null {
  const { buf } = skb;
  const at = Math.max(findOption(skb, IPOPT_LSRR, 3), findOption(skb, IPOPT_SSRR, 3));
  if (at < 0) return null;
  const done = Math.min(buf[at + 2]!, buf[at + 1]! + 1) - 4;
  const stops: Ip4[] = [];
  for (let pointer = done; pointer > 3; pointer -= 4) stops.push(readIp4(buf, at + pointer - 1));
  const to = ipSrc(buf, skb.netAt);
  // Some senders name themselves as the first stop (RFC 1812 §5.2.4.1).
  if (stops[stops.length - 1] === to) stops.pop();
  const [via, ...rest] = stops;
  if (via === undefined) return null;
  const addresses = [...rest, to].flatMap((a) => [a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255]);
  return { bytes: [buf[at]!, addresses.length + 3, 4, ...addresses], via };
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
