import type { NftElem, NftRuleRow, NftSetRow } from "../../net/uapi/nft.ts";
import type { PrintFlags, TypeEnv } from "./datatype.ts";
import { setOf } from "./delinear-decl.ts";
import { ruleFromRow } from "./delinear-rule.ts";
import { printRule } from "./print-chain.ts";

/** `nft -s`: no counts, nothing that changes while packets pass. */
const STATELESS: PrintFlags = {
  reverseDns: false, service: false, stateless: true, handle: false, guid: false, numericProto: false, numericPrio: false, numericSymbol: false,
  numericTime: false, terse: false, echo: false, json: false,
};

/**
 * A rule in one line, as `nft -s list` prints it, for whoever has the kernel's rows in hand. `sets` are those of its
 * table; the ones without a name need their elements. Users and groups appear as numbers.
 */
export function ruleText(row: NftRuleRow, sets: readonly { readonly row: NftSetRow; readonly elems: readonly NftElem[] }[], ifnameOf: (index: number) => string | null): string {
  const decls = new Map(sets.map((set) => [set.row.name, setOf(set.row, set.elems)]));
  const env: TypeEnv = {
    ifnameOf, ifindexOf: () => null, gmtOffsetSec: 0, uidOf: () => null, gidOf: () => null, userOf: () => null, groupOf: () => null,
  };
  const rule = ruleFromRow(row, { family: row.family, set: (name) => decls.get(name) ?? null, block: () => null });
  return printRule({ ...rule, comment: null }, { flags: STATELESS, env }).replace(/\s+/g, " ").trim();
}
