import type { Expr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";

/** Which statements of two rules are alike, so that `nft -o` may make one rule of them (optimize.c of nftables). */

/** Fields that make two selectors the same, a kind each. Kinds that are not here are never the same. */
const SAME: Readonly<Partial<Record<Expr["kind"], readonly string[]>>> = {
  symbol: ["symtype", "name"], value: ["value", "len"], payload: ["base", "offset", "len", "desc", "field"],
  exthdr: ["hdr", "type", "offset", "field", "present"], meta: ["key"], ct: ["key", "dir", "nfproto"], rt: ["key"], socket: ["key", "level"],
  osf: ["ttl", "flags"], xfrm: ["dir", "key", "spnum"], fib: ["result", "present"], binop: ["op"], concat: [],
};

/** Do both say the same (__expr_cmp)? */
export function sameExpr(a: Expr, b: Expr): boolean {
  const fields = SAME[a.kind];
  if (a.kind !== b.kind || fields === undefined) return false;
  const [x, y]: [Partial<Record<string, unknown>>, Partial<Record<string, unknown>>] = [{ ...a }, { ...b }];
  return fields.every((field) => x[field] === y[field]) && sameParts(a, b);
}

function sameParts(a: Expr, b: Expr): boolean {
  if (a.kind === "binop" && b.kind === "binop") return sameExpr(a.left, b.left) && sameExpr(a.right, b.right);
  if (a.kind === "fib" && b.kind === "fib") return a.flags.join() === b.flags.join();
  if (a.kind !== "concat" || b.kind !== "concat") return true;
  return a.exprs.length === b.exprs.length && a.exprs.every((e, i) => sameNullable(e, b.exprs[i] ?? null));
}

const sameNullable = (a: Expr | null, b: Expr | null): boolean => (a === null || b === null ? a === b : sameExpr(a, b));

/** A match that may become an element: `FIELD VALUE`, not of a field list, not of a named set. */
export function mergeableMatch(stmt: Stmt): { readonly left: Expr; readonly right: Expr } | null {
  if (stmt.kind !== "expression" || stmt.expr.kind !== "relational") return null;
  const { op, left, right } = stmt.expr;
  return (op === "implicit" || op === "eq") && left.kind !== "concat" ? { left, right } : null;
}

const namesSet = (e: Expr): boolean => e.kind === "variable" || (e.kind === "symbol" && e.symtype === "set");
const isTarget = (e: Expr | null): boolean => e === null || e.kind === "symbol" || e.kind === "range";

/** Can the statement take part at all? What cannot parts the rules around it. */
export function isSupported(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case "expression": return mergeableMatch(stmt) !== null;
    case "verdict": case "counter": case "notrack": case "log": case "reject": return true;
    case "nat": return isTarget(stmt.addr) && isTarget(stmt.port);
    default: return false;
  }
}

/** Do two statements belong in one column? With `fully` also: may their rules become one? */
export function sameStmt(a: Stmt, b: Stmt, fully: boolean): boolean {
  if (a.kind === "expression" && b.kind === "expression") return sameMatch(a, b, fully);
  if (a.kind === "verdict" && b.kind === "verdict") return !fully || sameVerdictKind(a, b);
  if (a.kind === "log" && b.kind === "log") return sameLog(a, b);
  if (a.kind === "reject" && b.kind === "reject") return a.type === b.type && a.family === b.family && (a.code === null) === (b.code === null);
  if (a.kind === "nat" && b.kind === "nat") return sameNat(a, b);
  return a.kind === b.kind && (a.kind === "counter" || a.kind === "notrack");
}

function sameMatch(a: Stmt, b: Stmt, fully: boolean): boolean {
  const [x, y] = [mergeableMatch(a), mergeableMatch(b)];
  if (x === null || y === null || (fully && (namesSet(x.right) || namesSet(y.right)))) return false;
  return sameExpr(x.left, y.left);
}

function sameVerdictKind(a: StmtOf<"verdict">, b: StmtOf<"verdict">): boolean {
  if (a.expr.kind !== b.expr.kind) return false;
  return a.expr.kind !== "map" || b.expr.kind !== "map" || sameExpr(a.expr.map, b.expr.map);
}

const sameLog = (a: StmtOf<"log">, b: StmtOf<"log">): boolean =>
  a.snaplen === b.snaplen && a.qthreshold === b.qthreshold && a.group === b.group && a.level === b.level && a.flags === b.flags && sameNullable(a.prefix, b.prefix);

const sameNat = (a: StmtOf<"nat">, b: StmtOf<"nat">): boolean =>
  a.type === b.type && a.flags === b.flags && a.family === b.family && JSON.stringify(a.typeFlags) === JSON.stringify(b.typeFlags)
  && a.addr?.kind === b.addr?.kind && a.port?.kind === b.port?.kind;
