import type { ValueExpr } from "./ast.ts";
import type { Datatype, Parsed, PrintFlags, SymbolTable, TypeEnv } from "./datatype.ts";
import type { Loc } from "./loc.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { fromUtf8, utf8 } from "../../wire/text.ts";

/** Numbers of the types, as the kernel keeps them with a set (opaque to it; nftables' `enum datatypes`). */
export const TYPE = {
  invalid: 0, verdict: 1, nfproto: 2, bitmask: 3, integer: 4, string: 5, lladdr: 6, ipaddr: 7, ip6addr: 8, etheraddr: 9, ethertype: 10,
  arpop: 11, inetProtocol: 12, inetService: 13, icmpType: 14, tcpFlag: 15, dccpPkttype: 16, mhType: 17, time: 18, mark: 19, ifindex: 20,
  arphrd: 21, realm: 22, classid: 23, uid: 24, gid: 25, ctState: 26, ctDir: 27, ctStatus: 28, icmp6Type: 29, ctLabel: 30, pkttype: 31,
  icmpCode: 32, icmpv6Code: 33, icmpxCode: 34, devgroup: 35, dscp: 36, ecn: 37, fibAddr: 38, boolean: 39, ctEventbit: 40, ifname: 41,
  igmpType: 42, timeDate: 43, timeHour: 44, timeDay: 45, cgroupv2: 46,
} as const;

type Spec = Pick<Datatype, "id" | "name" | "desc"> & Partial<Datatype>;

/** A type with the usual defaults: host order, an integer below. */
export const datatype = (spec: Spec): Datatype => ({ byteorder: "host", size: 0, basetype: INTEGER, symbols: null, prefix: false, subtypes: null, ...spec });

export const symbols = (base: SymbolTable["base"], values: Readonly<Record<string, number>>): SymbolTable =>
  ({ base, symbols: Object.entries(values).map(([name, value]) => [name, BigInt(value)] as const) });

export const INVALID: Datatype = { id: TYPE.invalid, name: "invalid", desc: "invalid", byteorder: "invalid", size: 0, basetype: null, symbols: null, prefix: false, subtypes: null };
export const VERDICT: Datatype = { ...INVALID, id: TYPE.verdict, name: "verdict", desc: "netfilter verdict", byteorder: "host" };
export const INTEGER: Datatype = { ...INVALID, id: TYPE.integer, name: "integer", desc: "integer", parse: parseInteger, print: printInteger };
export const BITMASK: Datatype = { ...INVALID, id: TYPE.bitmask, name: "bitmask", desc: "bitmask", byteorder: "host", basetype: INTEGER, hexDigits: 1 };
export const STRING: Datatype = { ...INVALID, id: TYPE.string, name: "string", desc: "string", byteorder: "host", parse: parseString, print: printString };
/** An `integer` of the machine's byte order: what meta, ct and numgen give. */
export const HOST_INTEGER: Datatype = { ...INTEGER, byteorder: "host" };

export const constant = (dtype: Datatype, value: bigint | number, loc: Loc, len = dtype.size): Parsed =>
  ({ expr: { kind: "value", loc, dtype, byteorder: dtype.byteorder, len, value: BigInt(value) } satisfies ValueExpr });
export const problem = (error: string): Parsed => ({ error });

/** Decimal, 0x…, or octal with a leading 0; null = no number (strtoull with base 0). */
export function parseNumber(text: string): bigint | null {
  if (/^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return /^(0|[1-9][0-9]*)$/.test(text) ? BigInt(text) : null;
}

const bitsOf = (value: bigint): number => (value === 0n ? 1 : value.toString(2).length);

function parseInteger(text: string, loc: Loc): Parsed {
  const value = parseNumber(text);
  if (value === null) return problem("Could not parse integer");
  return { expr: { kind: "value", loc, dtype: INTEGER, byteorder: "host", len: Math.max(8, Math.ceil(bitsOf(value) / 8) * 8), value } };
}

function printInteger(value: ValueExpr): string {
  for (let d: Datatype | null = value.dtype; d !== null; d = d.basetype) {
    if (d.hexDigits !== undefined) return `0x${value.value.toString(16).padStart(d.hexDigits, "0")}`;
  }
  return value.value.toString();
}

function parseString(text: string, loc: Loc): Parsed {
  const bytes = utf8(text);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return { expr: { kind: "value", loc, dtype: STRING, byteorder: "host", len: (bytes.length + 1) * 8, value: value << 8n } };
}

function printString(value: ValueExpr): string {
  const bytes = bytesMsbFirst(value.value, Math.ceil(value.len / 8));
  const end = bytes.indexOf(0);
  return `"${fromUtf8(end < 0 ? bytes : bytes.subarray(0, end))}"`;
}

const symbolNamed = (table: SymbolTable, text: string): bigint | null => table.symbols.find(([name]) => name === text)?.[1] ?? null;

/** A name of the table, else a number by the types below; `Could not parse DESC` else (symbolic_constant_parse). */
function parseSymbolic(dtype: Datatype, table: SymbolTable, text: string, loc: Loc, env: TypeEnv): Parsed {
  const value = symbolNamed(table, text);
  if (value !== null) return constant(dtype, value, loc);
  for (let d = dtype.basetype; d !== null; d = d.basetype) {
    const parsed = d.parse?.(text, loc, env);
    if (parsed !== undefined && "expr" in parsed) return parsed;
  }
  return problem(`Could not parse ${dtype.desc}`);
}

/** A word as a value of `dtype` (symbol_parse). */
export function parseValue(dtype: Datatype, text: string, loc: Loc, env: TypeEnv): Parsed {
  for (let d: Datatype | null = dtype; d !== null; d = d.basetype) {
    if (d.parse !== undefined) return described(d.parse(text, loc, env), d, dtype);
    if (d.symbols !== null) return parseSymbolic(dtype, d.symbols, text, loc, env);
  }
  return problem(`Can't parse symbolic ${dtype.desc} expressions`);
}

/** The word failed as an integer, but it was to be a mark: the message names the mark. */
const described = (parsed: Parsed, by: Datatype, dtype: Datatype): Parsed =>
  "error" in parsed && by.id === TYPE.integer ? problem(`Could not parse ${dtype.desc}`) : parsed;

function printSymbolic(table: SymbolTable, value: ValueExpr, flags: PrintFlags): string | null {
  if (flags.numericSymbol) return null;
  return table.symbols.find(([, v]) => v === value.value)?.[0] ?? null;
}

/** A value as nft prints it (datatype_print). */
export function printValue(value: ValueExpr, flags: PrintFlags, env: TypeEnv): string {
  for (let d: Datatype | null = value.dtype; d !== null; d = d.basetype) {
    const text = d.print !== undefined ? d.print(value, flags, env) : d.symbols !== null ? printSymbolic(d.symbols, value, flags) : null;
    if (text !== null) return text;
  }
  return value.value.toString();
}

/** A number printed as plain integer of its type, past names. */
export const printPlain = (value: ValueExpr): string => printInteger(value);

/** Bits of flags? (`a,b` and `a | b` combine values.) */
export function isBitmask(dtype: Datatype): boolean {
  for (let d: Datatype | null = dtype; d !== null; d = d.basetype) if (d.id === TYPE.bitmask) return true;
  return false;
}
