import { formatIp4, ip4 } from "../../wire/addr.ts";

const UNREACHABLE: readonly (string | null)[] = [
  "Destination Net Unreachable", "Destination Host Unreachable", "Destination Protocol Unreachable", "Destination Port Unreachable", null,
  "Source Route Failed", "Destination Net Unknown", "Destination Host Unknown", "Source Host Isolated", "Destination Net Prohibited",
  "Destination Host Prohibited", "Destination Net Unreachable for Type of Service", "Destination Host Unreachable for Type of Service",
  "Packet filtered", "Precedence Violation", "Precedence Cutoff",
];
const REDIRECT = ["Redirect Network", "Redirect Host", "Redirect Type of Service and Network", "Redirect Type of Service and Host"];
const PLAIN: Readonly<Record<number, string>> = {
  0: "Echo Reply", 4: "Source Quench", 8: "Echo Request", 13: "Timestamp", 14: "Timestamp Reply", 15: "Information Request",
  16: "Information Reply", 17: "Address Mask Request", 18: "Address Mask Reply",
};

/** ICMP in ping's words (RFC 792 types). `info`: MTU, gateway or pointer, whichever the type carries. */
export function icmpText(type: number, code: number, info: number): string {
  if (type === 3) return code === 4 ? `Frag needed and DF set (mtu = ${info})` : (UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`);
  if (type === 5) return `${REDIRECT[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${formatIp4(ip4(info))})`;
  if (type === 11) return ["Time to live exceeded", "Frag reassembly time exceeded"][code] ?? `Time exceeded, Bad Code: ${code}`;
  if (type === 12) return `Parameter problem: pointer = ${info}`;
  return PLAIN[type] ?? `Bad ICMP type: ${type}`;
}
