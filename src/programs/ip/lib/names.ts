import { parseUnsigned } from "./args.ts";

/** The number tables of iproute2 as Debian ships them (/etc/iproute2/rt_*). */

const PROTOS: ReadonlyMap<number, string> = new Map([
  [0, "unspec"], [1, "redirect"], [2, "kernel"], [3, "boot"], [4, "static"], [8, "gated"], [9, "ra"], [10, "mrt"], [11, "zebra"], [12, "bird"],
  [13, "dnrouted"], [14, "xorp"], [15, "ntk"], [16, "dhcp"], [18, "keepalived"], [42, "babel"], [186, "bgp"], [187, "isis"], [188, "ospf"], [189, "rip"], [192, "eigrp"],
]);
const SCOPES: ReadonlyMap<number, string> = new Map([[0, "global"], [200, "site"], [253, "link"], [254, "host"], [255, "nowhere"]]);
const TABLES: ReadonlyMap<number, string> = new Map([[0, "unspec"], [253, "default"], [254, "main"], [255, "local"]]);
const GROUPS: ReadonlyMap<number, string> = new Map([[0, "default"]]);
const IPPROTOS: ReadonlyMap<number, string> = new Map([
  [1, "icmp"], [2, "igmp"], [4, "ipencap"], [6, "tcp"], [17, "udp"], [41, "ipv6"], [47, "gre"], [50, "esp"], [51, "ah"], [58, "ipv6-icmp"], [89, "ospf"], [132, "sctp"],
]);

type Table = ReadonlyMap<number, string>;

/** Name, or the number when it has none or numbers are wanted (-N). */
const toName = (table: Table, n: number, numeric: boolean): string => (numeric ? String(n) : (table.get(n) ?? String(n)));

function toNumber(table: Table, text: string, max: number): number | null {
  for (const [n, name] of table) if (name === text) return n;
  const n = parseUnsigned(text);
  return n === null || n > max ? null : n;
}

export const protoName = (n: number, numeric = false): string => toName(PROTOS, n, numeric);
export const scopeName = (n: number, numeric = false): string => toName(SCOPES, n, numeric);
export const tableName = (n: number, numeric = false): string => toName(TABLES, n, numeric);
export const groupName = (n: number, numeric = false): string => toName(GROUPS, n, numeric);
export const ipprotoName = (n: number, numeric = false): string => (numeric ? `ipproto-${n}` : (IPPROTOS.get(n) ?? `ipproto-${n}`));
/** rtnl_dsfield_n2a without a name file entry. */
export const tosName = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

/** rtnl_rtntype_n2a: route types and the actions of rules share their numbers. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = { unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9, nat: 10 };
export const typeName = (type: string, numeric = false): string => (numeric ? String(TYPE_NUMBERS[type] ?? type) : type);

export const parseProto = (text: string): number | null => toNumber(PROTOS, text, 255);
export const parseScope = (text: string): number | null => toNumber(SCOPES, text, 255);
export const parseTable = (text: string): number | null => toNumber(TABLES, text, 0xffffffff);
export const parseGroup = (text: string): number | null => toNumber(GROUPS, text, 0x7fffffff);
export const parseIpproto = (text: string): number | null => toNumber(IPPROTOS, text, 255);

/** rtnl_dsfield_a2n: hexadecimal, with or without 0x. */
export function parseTos(text: string): number | null {
  if (text === "default") return 0;
  const hex = text.replace(/^0x/i, "");
  const n = /^[0-9a-f]+$/i.test(hex) ? parseInt(hex, 16) : NaN;
  return Number.isNaN(n) || n > 255 ? null : n;
}
