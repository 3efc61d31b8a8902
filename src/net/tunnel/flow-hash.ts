import { readU16, readU32 } from "../../wire/addr.ts";
import { ETH_HLEN, ETH_P_IP, ETH_TYPE } from "../../wire/ethernet.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_PROTO, ipHeaderBytes, ipIsFragment } from "../../wire/ipv4.ts";
import type { Skb } from "../core/skb.ts";

/**
 * Hash of a flow (skb_get_hash): addresses and ports in sorted order (__flow_hash_consistentify), so
 * that both directions of a flow agree; echo packets count their identifier as port.
 */
export function flowHash(skb: Skb, macAt: number, seed: number): number {
  const { buf } = skb;
  if (readU16(buf, macAt + ETH_TYPE) !== ETH_P_IP) return mix(readU32(buf, macAt + 2) ^ readU32(buf, macAt + 8), readU16(buf, macAt), seed);
  const ip = macAt + ETH_HLEN;
  const a = readU32(buf, ip + 12);
  const b = readU32(buf, ip + 16);
  const ports = portsOf(buf, ip);
  const [p, q] = a > b ? [ports >>> 16, ports & 0xffff] : [ports & 0xffff, ports >>> 16];
  return mix(Math.min(a, b), Math.max(a, b), mix((p << 16) | q, buf[ip + IP_PROTO]!, seed));
}

function portsOf(buf: Uint8Array, ip: number): number {
  const protocol = buf[ip + IP_PROTO];
  const at = ip + ipHeaderBytes(buf, ip);
  if (ipIsFragment(buf, ip)) return 0;
  if (protocol === IPPROTO_TCP || protocol === IPPROTO_UDP) return readU32(buf, at);
  if (protocol === IPPROTO_ICMP && (buf[at] === 0 || buf[at] === 8)) return readU16(buf, at + 4) * 0x10001;
  return 0;
}

/** Murmur3's finalizer over two words and a seed. */
function mix(a: number, b: number, seed: number): number {
  let h = Math.imul(a ^ seed, 0xcc9e2d51);
  h = Math.imul((h ^ (h >>> 15)) + b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
