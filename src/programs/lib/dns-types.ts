/** Mnemonics of DNS types, classes, opcodes and response codes (IANA dns-parameters), as BIND's tools write them. */
const TYPES = new Map<number, string>(Object.entries({
  A: 1, NS: 2, MD: 3, MF: 4, CNAME: 5, SOA: 6, MB: 7, MG: 8, MR: 9, NULL: 10, WKS: 11, PTR: 12, HINFO: 13, MINFO: 14, MX: 15, TXT: 16,
  RP: 17, AFSDB: 18, X25: 19, ISDN: 20, RT: 21, NSAP: 22, "NSAP-PTR": 23, SIG: 24, KEY: 25, PX: 26, GPOS: 27, AAAA: 28, LOC: 29, NXT: 30,
  EID: 31, NIMLOC: 32, SRV: 33, ATMA: 34, NAPTR: 35, KX: 36, CERT: 37, A6: 38, DNAME: 39, SINK: 40, OPT: 41, APL: 42, DS: 43, SSHFP: 44,
  IPSECKEY: 45, RRSIG: 46, NSEC: 47, DNSKEY: 48, DHCID: 49, NSEC3: 50, NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55, NINFO: 56, RKEY: 57,
  TALINK: 58, CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65, SPF: 99, UINFO: 100, UID: 101, GID: 102,
  UNSPEC: 103, NID: 104, L32: 105, L64: 106, LP: 107, EUI48: 108, EUI64: 109, TKEY: 249, TSIG: 250, IXFR: 251, AXFR: 252, MAILB: 253,
  MAILA: 254, ANY: 255, URI: 256, CAA: 257, AVC: 258, DOA: 259, AMTRELAY: 260, RESINFO: 261, WALLET: 262, TA: 32768, DLV: 32769,
}).map(([name, n]) => [n, name]));

const CLASSES = new Map([[0, "RESERVED0"], [1, "IN"], [3, "CH"], [4, "HS"], [254, "NONE"], [255, "ANY"]]);
const OPCODES = ["QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE", ...Array.from({ length: 10 }, (_, i) => `RESERVED${i + 6}`)];
const RCODES = [
  "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "RESERVED11",
  "RESERVED12", "RESERVED13", "RESERVED14", "RESERVED15", "BADVERS", "RESERVED17", "RESERVED18", "RESERVED19", "RESERVED20", "RESERVED21",
  "RESERVED22", "BADCOOKIE",
];

/** RFC 3597 §5: a type without a name is written TYPE1234. */
export const typeName = (type: number): string => TYPES.get(type) ?? `TYPE${type}`;
export const className = (cls: number): string => CLASSES.get(cls) ?? `CLASS${cls}`;
export const opcodeName = (opcode: number): string => OPCODES[opcode] ?? `RESERVED${opcode}`;
export const rcodeName = (rcode: number): string => RCODES[rcode] ?? `RESERVED${rcode}`;
export const opcodeNames: readonly string[] = OPCODES;

/** A type by name or as TYPE1234; null = no such type. */
export function typeNumber(text: string): number | null {
  const upper = text.toUpperCase();
  for (const [n, name] of TYPES) if (name === upper) return n;
  const generic = /^TYPE(\d{1,5})$/.exec(upper);
  return generic !== null && Number(generic[1]) <= 65535 ? Number(generic[1]) : null;
}

export function classNumber(text: string): number | null {
  const names: Readonly<Record<string, number>> = { IN: 1, CH: 3, CHAOS: 3, HS: 4, HESIOD: 4, NONE: 254, ANY: 255 };
  const upper = text.toUpperCase();
  const generic = /^CLASS(\d{1,5})$/.exec(upper);
  return names[upper] ?? (generic !== null && Number(generic[1]) <= 65535 ? Number(generic[1]) : null);
}
