import type { ConcatExpr, Expr } from "./ast.ts";
import type { Cmd, RuleDecl } from "./ast-cmd.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { concatOf, elemOf, mappingOf, noLoc } from "./nodes.ts";
import { isSupported, mergeableMatch, sameStmt } from "./optimize-match.ts";
import { mapOf, setOf } from "./parse-set-expr.ts";

/*
 * `nft -o`: neighbouring rules that match the same fields and do the same become one rule with a set, those that differ
 * in their verdict one with a verdict map, those that translate addresses one with a map (nft(8), -o).
 */

/** Rules that became one. `rule` is the new one, as it will be evaluated. */
export interface Merge { readonly merged: readonly RuleDecl[]; readonly rule: RuleDecl }

/** What 1.0.6 itself dies of in rules that its optimizer does not expect. */
export interface Crash { readonly signal: "SIGSEGV" | "SIGABRT"; readonly text: string }

export interface Optimized { readonly merges: readonly Merge[]; /** What came after it was not merged. */ readonly crash: Crash | null }

const assertion = (place: string, text: string): Crash => ({ signal: "SIGABRT", text: `nft: optimize.c:${place}: Assertion \`${text}' failed.\n` });
const NO_COLUMN = assertion("438: rule_build_stmt_matrix_stmts", "k >= 0");
const NO_SUCH_KIND = assertion("587: __merge_concat_stmts", "0");
const NO_ADDRESS: Crash = { signal: "SIGSEGV", text: "" };

/** A chain's rules as a table: a column for each kind of statement that occurs, a row for each rule. */
interface Matrix { readonly columns: readonly Stmt[]; readonly rows: readonly (readonly (Stmt | null)[])[] }

/** Merges what can be merged in the tables' blocks of these commands, in place. */
export function optimizeCmds(cmds: readonly Cmd[]): Optimized {
  const done: Merge[] = [];
  for (const chain of cmds.flatMap((cmd) => (cmd.op === "add" && cmd.table !== null ? cmd.table.chains : []))) {
    const { merges, crash } = optimizeRules(chain.rules);
    done.push(...merges);
    if (crash !== null) return { merges: done, crash };
    const gone = new Set(merges.flatMap((m) => m.merged));
    chain.rules = chain.rules.flatMap((rule) => (gone.has(rule) ? merges.filter((m) => m.merged[0] === rule).map((m) => m.rule) : [rule]));
  }
  return { merges: done, crash: null };
}

function optimizeRules(rules: readonly RuleDecl[]): Optimized {
  const isOdd = (stmt: Stmt): boolean => stmt.kind === "nat" && !isSupported(stmt);
  if (rules.length > 1 && rules.some((rule) => rule.stmts.some(isOdd))) return { merges: [], crash: NO_COLUMN };
  const matrix = matrixOf(rules);
  const merges: Merge[] = [];
  for (const [from, to] of runsOf(matrix)) {
    const crash = crashOf(matrix, from, to);
    if (crash !== null) return { merges, crash };
    merges.push(...merge(matrix, rules, from, to));
  }
  return { merges, crash: null };
}

/** Address translations need an address and something to choose it by; lists of flags have no place in concatenations. */
function crashOf(matrix: Matrix, from: number, to: number): Crash | null {
  const rows = matrix.rows.slice(from, to + 1);
  const first = rows[0] ?? [];
  const nat = first.find((stmt) => stmt?.kind === "nat");
  const selectors = first.flatMap((stmt, m) => (stmt?.kind === "expression" ? [m] : []));
  if (nat?.kind === "nat") return nat.addr === null || selectors.length === 0 ? NO_ADDRESS : null;
  const hasList = selectors.length > 1 && rows.some((row) => selectors.some((m) => valueIn(row, m)?.kind === "list"));
  const action = first.findIndex((stmt) => stmt?.kind === "verdict");
  return hasList && sameVerdicts(rows, action) ? NO_SUCH_KIND : null;
}

function matrixOf(rules: readonly RuleDecl[]): Matrix {
  const columns: Stmt[] = [];
  const find = (stmt: Stmt): number => columns.findIndex((c) => sameStmt(c, stmt, false));
  for (const stmt of rules.flatMap((rule) => rule.stmts)) if (isSupported(stmt) && find(stmt) < 0) columns.push(stmt);
  // The last column is for whatever cannot be merged.
  const rows = rules.map((rule) => {
    const row: (Stmt | null)[] = Array.from({ length: columns.length + 1 }, () => null);
    for (const stmt of rule.stmts) row[isSupported(stmt) ? find(stmt) : columns.length] = stmt;
    return row;
  });
  return { columns, rows };
}

const isMergeable = (stmt: Stmt | null): boolean =>
  stmt !== null && (stmt.kind === "expression" || stmt.kind === "nat" || (stmt.kind === "verdict" && stmt.expr.kind === "map"));

function rulesAlike(matrix: Matrix, i: number, j: number): boolean {
  const [a, b] = [matrix.rows[i] ?? [], matrix.rows[j] ?? []];
  const alike = a.every((stmt, column) => {
    const other = b[column] ?? null;
    if (stmt === null || other === null) return stmt === other;
    return column < matrix.columns.length && sameStmt(stmt, other, true);
  });
  return alike && a.some(isMergeable);
}

/** First and last row of every run of two or more rules that are alike. */
function runsOf(matrix: Matrix): readonly (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  for (let from = 0; from < matrix.rows.length; from++) {
    let to = from;
    while (to + 1 < matrix.rows.length && rulesAlike(matrix, to, to + 1)) to++;
    if (to > from) runs.push([from, to]);
    from = to;
  }
  return runs;
}

/** What the rows from `from` to `to` have in the columns that are merged. */
interface Run { readonly rows: readonly (readonly (Stmt | null)[])[]; readonly selectors: readonly number[]; readonly action: number }

function merge(matrix: Matrix, rules: readonly RuleDecl[], from: number, to: number): readonly Merge[] {
  const rows = matrix.rows.slice(from, to + 1);
  const first = rows[0] ?? [];
  const selectors = matrix.columns.flatMap((_, m) => {
    const stmt = first[m];
    return stmt?.kind === "expression" || (stmt?.kind === "verdict" && stmt.expr.kind === "map") ? [m] : [];
  });
  const rule = rules[from];
  if (!rule || selectors.length === 0) return [];
  const action = first.findIndex((stmt) => stmt?.kind === "nat" || stmt?.kind === "verdict");
  const stmts = mergedStmts(rule, { rows, selectors, action });
  return [{ merged: rules.slice(from, to + 1), rule: { ...rule, stmts, comment: null } }];
}

function mergedStmts(rule: RuleDecl, run: Run): Stmt[] {
  const { rows, selectors, action } = run;
  const done = rows[0]?.[action] ?? null;
  if (done?.kind === "nat") return withNatMap(rule, run, done);
  if (done?.kind === "verdict" && done.expr.kind === "map" && selectors.length === 1) return withLongerMap(rule, run, done);
  return sameVerdicts(rows, action) ? withSet(rule, run) : withVerdictMap(rule, run);
}

const verdictOfRow = (row: readonly (Stmt | null)[], action: number): Expr | null => {
  const stmt = row[action];
  return stmt?.kind === "verdict" ? stmt.expr : null;
};

function sameVerdicts(rows: Run["rows"], action: number): boolean {
  const texts = rows.map((row) => {
    const verdict = verdictOfRow(row, action);
    if (verdict?.kind !== "verdict") return "";
    return `${verdict.code} ${verdict.chain?.kind === "symbol" ? verdict.chain.name : ""}`;
  });
  return texts.every((text) => text === texts[0]);
}

const valueIn = (row: readonly (Stmt | null)[], column: number): Expr | null => {
  const stmt = row[column];
  return stmt ? (mergeableMatch(stmt)?.right ?? null) : null;
};
const selectorIn = (row: readonly (Stmt | null)[], column: number): Expr | null => {
  const stmt = row[column];
  return stmt ? (mergeableMatch(stmt)?.left ?? null) : null;
};
const present = (e: Expr | null): Expr[] => (e === null ? [] : [e]);

/** The fields that are matched: one, or a concatenation. */
function selectorOf(run: Run): Expr {
  const lefts = run.selectors.flatMap((m) => present(selectorIn(run.rows[0] ?? [], m)));
  const [only] = lefts;
  return lefts.length === 1 && only ? only : concatOf(lefts, noLoc);
}

/** Key of a row: its value, or a concatenation of its values. */
function keyOf(run: Run, row: readonly (Stmt | null)[]): Expr {
  const values = run.selectors.flatMap((m) => present(valueIn(row, m)));
  const [only] = values;
  return values.length === 1 && only ? only : concatOf(values, noLoc);
}

/** Members of a set written out, one by one; other values alone. */
function membersOf(e: Expr): readonly Expr[] {
  if (e.kind !== "set") return [e];
  return e.exprs.map((x) => (x.kind === "set_elem" ? x.key : x));
}

/** All combinations of a row's values, where some are sets. */
function combinations(run: Run, row: readonly (Stmt | null)[]): readonly ConcatExpr[] {
  let lists: Expr[][] = [[]];
  for (const m of run.selectors) {
    const members = present(valueIn(row, m)).flatMap(membersOf);
    lists = lists.flatMap((list) => members.map((member) => [...list, member]));
  }
  return lists.map((exprs) => concatOf(exprs, noLoc));
}

const anonymousSet = (exprs: Expr[]): Expr => ({ ...setOf(exprs, noLoc), auto: true });

/** Without the statements in these columns; the first selector's place is taken by `replacement`. */
function rebuilt(rule: RuleDecl, run: Run, drop: readonly (Stmt | null | undefined)[], replacement: Stmt | null): Stmt[] {
  const first = run.rows[0] ?? [];
  const selectors = run.selectors.map((m) => first[m]);
  return rule.stmts.flatMap((stmt) => {
    if (stmt === selectors[0]) return replacement ? [replacement] : [];
    return selectors.includes(stmt) || drop.includes(stmt) ? [] : [stmt];
  });
}

function withSet(rule: RuleDecl, run: Run): Stmt[] {
  const keys = run.rows.flatMap((row): readonly Expr[] => (run.selectors.length === 1 ? [keyOf(run, row)] : combinations(run, row)));
  const first = run.rows[0]?.[run.selectors[0] ?? 0];
  if (first?.kind !== "expression" || first.expr.kind !== "relational") return rule.stmts;
  const expr: Expr = { ...first.expr, left: selectorOf(run), right: anonymousSet(keys.map((key) => elemOf(key, noLoc))) };
  return rebuilt(rule, run, [], { ...first, expr });
}

/** Counters do not survive this: elements have none. */
function withVerdictMap(rule: RuleDecl, run: Run): Stmt[] {
  const mappings = run.rows.flatMap((row) => {
    const verdict = verdictOfRow(row, run.action);
    if (verdict === null) return [];
    return verdictKeys(keyOf(run, row)).map((key) => mappingOf(elemOf(key, noLoc), verdict, noLoc));
  });
  const expr = mapOf(selectorOf(run), anonymousSet(mappings), true, noLoc);
  const done = run.rows[0]?.[run.action];
  return rebuilt(rule, run, [done, ...rule.stmts.filter((s) => s.kind === "counter")], { loc: noLoc, kind: "verdict", expr });
}

/** A set's members and a list's parts are keys of their own. */
const verdictKeys = (key: Expr): readonly Expr[] => (key.kind === "list" ? key.exprs : membersOf(key));

function withLongerMap(rule: RuleDecl, run: Run, done: StmtOf<"verdict">): Stmt[] {
  const mappings = run.rows.flatMap((row) => {
    const expr = verdictOfRow(row, run.action);
    return expr?.kind === "map" && expr.mappings.kind === "set" ? expr.mappings.exprs : [];
  });
  if (done.expr.kind !== "map") return rule.stmts;
  const expr = { ...done.expr, mappings: setOf(mappings, done.expr.mappings.loc) };
  return rule.stmts.map((stmt) => (stmt === done ? { ...done, expr } : stmt));
}

function withNatMap(rule: RuleDecl, run: Run, done: StmtOf<"nat">): Stmt[] {
  const mappings = run.rows.flatMap((row) => {
    const nat = row[run.action];
    if (nat?.kind !== "nat") return [];
    const target = [...present(nat.addr), ...present(nat.port)];
    const [only] = target;
    return only ? [mappingOf(elemOf(keyOf(run, row), noLoc), target.length === 1 ? only : concatOf(target, noLoc), noLoc)] : [];
  });
  const expr = mapOf(selectorOf(run), anonymousSet(mappings), false, noLoc);
  const nat: StmtOf<"nat"> = done.type === "redirect" ? { ...done, addr: null, port: expr } : { ...done, addr: expr, port: null };
  return rebuilt(rule, run, rule.stmts.filter((s) => s.kind === "counter"), null).map((stmt) => (stmt === done ? nat : stmt));
}
