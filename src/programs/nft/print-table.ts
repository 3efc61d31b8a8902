import type { ChainDecl, SetDecl } from "./ast-cmd.ts";
import type { CachedTable } from "./context.ts";
import type { Stmt } from "./ast-stmt.ts";
import { xtWarning as warningText } from "../iptables/xlate.ts";
import type { Printing } from "./print-expr.ts";
import { printChain } from "./print-chain.ts";
import { printFlowtable, printObj } from "./print-obj.ts";
import { printSet } from "./print-set.ts";

/** Sets that were given a name. Meters are not listed with their table. */
export const namedSets = (t: CachedTable): SetDecl[] => [...t.sets.values()].filter((s) => !s.anonymous);
export const namedChains = (t: CachedTable): ChainDecl[] => [...t.chains.values()].filter((c) => !c.binding);
export const rulesOf = (t: CachedTable, c: ChainDecl): ChainDecl["rules"] => t.rules.get(c.handle.chain?.name ?? "") ?? c.rules;

/** `table ip t {`, with its handle on demand. */
export const tableHead = (t: CachedTable, p: Printing): string => `table ${t.family} ${t.name} {${p.flags.handle ? ` # handle ${t.handle}` : ""}\n`;

/** A whole table: objects, sets, flowtables, chains, an empty line between (table_print). */
export function printTable(t: CachedTable, p: Printing): string {
  const blocks = [
    ...[...t.objs.values()].map((o) => printObj(o, p)), ...namedSets(t).map((s) => printSet(s, p)),
    ...[...t.flowtables.values()].map((f) => printFlowtable(f, p)), ...namedChains(t).map((c) => printChain(c, rulesOf(t, c), p)),
  ];
  const flags = t.dormant ? "\tflags dormant\n" : "";
  const comment = t.comment === null ? "" : `\tcomment "${t.comment}"\n`;
  return `${tableHead(t, p)}${flags}${comment}${blocks.map((b, i) => (i > 0 || flags !== "" ? `\n${b}` : b)).join("")}}\n`;
}

const hasXt = (stmts: readonly Stmt[]): boolean => stmts.some((s) => s.kind === "xt");

/** Tables with extensions of iptables in the rules that are listed get a warning on stderr. `chain` null = all of them. */
export function xtWarning(t: CachedTable, chain: string | null): string | null {
  const listed = [...t.rules].filter(([name]) => chain === null || name === chain);
  return listed.some(([, rules]) => rules.some((r) => hasXt(r.stmts))) ? warningText(t.family, t.name) : null;
}
