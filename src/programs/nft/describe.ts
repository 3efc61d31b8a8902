import type { Expr } from "./ast.ts";
import type { Datatype } from "./datatype.ts";
import { isStringType } from "./nodes.ts";
import { PROTOCOLS } from "./protocols.ts";
import { TYPE } from "./types-base.ts";
import { typeNamed } from "./types.ts";

const NAMES: Partial<Record<Expr["kind"], string>> = { set_ref: "set reference", set_elem: "element" };

/** `nft describe tcp dport`: type, width, and the names its values have (expr_describe). */
export function describe(e: Expr): string {
  const dtype = e.kind === "symbol" ? typeNamed(e.name) : e.dtype;
  const head = e.kind === "symbol" && dtype !== null ? "datatype" : `${NAMES[e.kind] ?? e.kind} expression, datatype`;
  if (dtype === null || dtype.id === TYPE.invalid) return `${head} invalid (invalid)`;
  const len = e.kind === "symbol" ? dtype.size : e.len;
  return `${head} ${dtype.name} (${dtype.desc})${baseText(dtype, e)}, ${width(dtype, len)}\n${valuesText(dtype, len)}`;
}

const width = (dtype: Datatype, len: number): string => (isStringType(dtype) && len > 0 ? `${len / 8} characters` : `${len} bits`);

function baseText(dtype: Datatype, e: Expr): string {
  const bases: string[] = [];
  for (let d = dtype.basetype; d !== null; d = d.basetype) bases.push(d.name);
  // A raw load is of a type of its own, an integer printed in hexadecimal.
  if (e.kind === "payload" && e.raw) bases.push("integer");
  return bases.length === 0 ? "" : ` (basetype ${bases.join(", ")})`;
}

const NAME_WIDTH = 30;
const DECIMAL_WIDTH = 20;

function valuesText(dtype: Datatype, len: number): string {
  if (dtype.id === TYPE.inetProtocol) return PROTOCOLS.map(([name, n]) => `\t${name.padEnd(NAME_WIDTH)}\t${n}\n`).join("");
  const table = dtype.symbols;
  // Names out of /etc/iproute2 are not listed.
  if (table === null || dtype.id === TYPE.realm || dtype.id === TYPE.devgroup) return "";
  const digits = Math.max(1, Math.ceil(len / 8)) * 2;
  const value = (v: bigint): string => (table.base === "hex" ? `0x${v.toString(16).padStart(digits, "0")}` : v.toString().padStart(DECIMAL_WIDTH));
  const lines = table.symbols.map(([name, v]) => `\t${name.padEnd(NAME_WIDTH)}\t${value(v)}\n`);
  return `\npre-defined symbolic constants (in ${table.base === "hex" ? "hexadecimal" : "decimal"}):\n${lines.join("")}`;
}
