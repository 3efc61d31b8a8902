import type { Expr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { printExpr, printTime, type Printing } from "./print-expr.ts";
import { printStmt } from "./print-stmt.ts";

/** A meter lives in an anonymous set that the packet path fills. */
export const isMeter = (s: SetDecl): boolean => s.anonymous && s.flags.eval;

export const setKind = (s: SetDecl): "meter" | "map" | "set" => (isMeter(s) ? "meter" : s.isMap ? "map" : "set");

/** A set, map or meter as a block inside its table (set_print). `elements: false` leaves them out. */
export function printSet(s: SetDecl, p: Printing, elements = true): string {
  const handle = p.flags.handle ? ` # handle ${s.handle.handle?.id ?? 0}` : "";
  const lines = [...declarationLines(s, p), ...(elements && !p.flags.terse ? elementLines(s, p) : [])];
  return `\t${setKind(s)} ${s.handle.set?.name ?? ""} {${handle}\n${lines.map((l) => `\t\t${l}\n`).join("")}\t}\n`;
}

/** What stands between the braces before the elements (set_print_declaration). */
export function declarationLines(s: SetDecl, p: Printing): string[] {
  const lines = [typeLine(s, p)];
  if (!s.flags.constant && s.policy === "memory") lines.push("policy memory");
  if (!s.flags.constant && s.size !== null && s.size > 0) lines.push(`size ${s.size}`);
  const flags = flagWords(s);
  if (flags.length > 0) lines.push(`flags ${flags.join(",")}`);
  if (s.stmts.length > 0) lines.push(s.stmts.map((x) => printStmt(x, { ...p, flags: { ...p.flags, stateless: true } })).join(" "));
  if (s.flags.autoMerge) lines.push("auto-merge");
  if (s.timeoutMs !== null) lines.push(`timeout ${printTime(s.timeoutMs, p.flags)}`);
  if (s.gcMs !== null) lines.push(`gc-interval ${printTime(s.gcMs, p.flags)}`);
  if (s.comment !== null) lines.push(`comment "${s.comment}"`);
  return lines;
}

const typeName = (e: Expr | null): string => e?.dtype.name ?? "";

function typeLine(s: SetDecl, p: Printing): string {
  const word = s.keyTypeofGiven ? "typeof" : "type";
  const key = s.keyTypeofGiven && s.key !== null ? printExpr(s.key, p) : typeName(s.key);
  if (!s.isMap) return `${word} ${key}`;
  if (s.objType !== null) return `${word} ${key} : ${s.objType}`;
  const data = s.keyTypeofGiven && s.dataTypeofGiven && s.data !== null ? printExpr(s.data, p) : typeName(s.data);
  return `${word} ${key} : ${s.dataInterval === true ? "interval " : ""}${data}`;
}

/** A default timeout alone says that elements time out; beside other flags the word stands. */
function flagWords(s: SetDecl): string[] {
  const f = s.flags;
  if (!f.constant && !f.interval && !f.eval && (!f.timeout || s.timeoutMs !== null)) return [];
  return [...(f.constant ? ["constant"] : []), ...(f.eval ? ["dynamic"] : []), ...(f.interval ? ["interval"] : []), ...(f.timeout ? ["timeout"] : [])];
}

function elementLines(s: SetDecl, p: Printing): string[] {
  if (s.init === null || s.init.kind !== "set" || s.init.exprs.length === 0) return [];
  if (isMeter(s) && p.flags.stateless) return [];
  return [`elements = ${printExpr(s.init, p)}`];
}
