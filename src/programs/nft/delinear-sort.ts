import type { Expr } from "./ast.ts";
import { bytesOf, isStringType } from "./nodes.ts";

/**
 * What elements are sorted by (expr_msort_value). Strings and fields of a concatenation count as one number whose *last* byte is
 * the most significant, as nft reads them; `*` goes last.
 */
function sortKey(e: Expr): bigint | null {
  switch (e.kind) {
    case "value": return isStringType(e.dtype) ? lastByteFirst([...bytesOf(e)]) : e.value;
    case "set_elem": return sortKey(e.key);
    case "mapping": return sortKey(e.left);
    case "binop": return sortKey(e.left);
    case "prefix": return sortKey(e.expr);
    case "range": return sortKey(e.left);
    case "concat": return concatKey(e.exprs);
    default: return null;
  }
}

function concatKey(fields: readonly Expr[]): bigint {
  return lastByteFirst(fields.flatMap((f) => (f.kind === "value" ? [...bytesOf(f)] : [])));
}

const lastByteFirst = (bytes: readonly number[]): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** In the order in which nft lists them (list_expr_sort). */
export function sortElems(elems: readonly Expr[]): Expr[] {
  // Equal keys come out the other way round: nft merges its lists so.
  const keyed = [...elems].reverse().map((e) => ({ e, key: sortKey(e) }));
  keyed.sort((a, b) => (a.key === null ? (b.key === null ? 0 : 1) : b.key === null ? -1 : a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  return keyed.map((k) => k.e);
}
