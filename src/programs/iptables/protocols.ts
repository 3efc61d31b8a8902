import { PROTOCOLS, protocolNumber } from "../nft/protocols.ts";
import { strtoui } from "./ext/values.ts";

/** Protocols that iptables knows by itself, before it asks /etc/protocols. The first name of a number is the one it prints. */
const OWN: readonly (readonly [string, number])[] = [
  ["tcp", 6], ["sctp", 132], ["udp", 17], ["udplite", 136], ["icmp", 1], ["ipv6-icmp", 58], ["icmpv6", 58], ["esp", 50], ["ah", 51], ["mobility-header", 135],
  ["ipv6-mh", 135], ["mh", 135], ["all", 0],
];

/** `-p tcp`, `-p 6`. */
export function protocolByName(text: string): number | undefined {
  return strtoui(text, 0, 255) ?? OWN.find(([name]) => name === text)?.[1] ?? protocolNumber(text) ?? undefined;
}

/** Name in listings; with `ownOnly` /etc/protocols is not asked (`-n`). */
export function protocolName(proto: number, ownOnly = false): string | undefined {
  const own = OWN.find(([, n]) => n === proto)?.[0];
  return own ?? (proto === 0 || ownOnly ? undefined : PROTOCOLS.find(([, n]) => n === proto)?.[0]);
}
