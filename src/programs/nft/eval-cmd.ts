import type { Cmd, Handle, RuleDecl, SetDecl, TableDecl } from "./ast-cmd.ts";
import { objKey, type CachedTable } from "./context.ts";
import { cloneExpr } from "./clone.ts";
import { evalCtxOf, fail, type EvalCtx } from "./eval-ctx.ts";
import { evaluateChain, evaluateFlowtable, flowtableDevices } from "./eval-chain.ts";
import { evaluateObj } from "./eval-obj.ts";
import { evaluateRule } from "./eval-rule.ts";
import { evaluateElements, evaluateSetDecl } from "./eval-set.ts";
import { evaluateList, evaluateReset, namedSetOf } from "./eval-list.ts";
import { chainNotFound, findTable, namedSet, tableNotFound } from "./fuzzy.ts";
import type { NftContext } from "./context.ts";
import type { Loc } from "./loc.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";

/** One command (cmd_evaluate): what it declares is known to the commands after it. */
export function evaluateOne(nft: NftContext, cmd: Cmd): boolean {
  const ctx = evalCtxOf(nft, cmd);
  if (!namesFit(ctx, cmd.handle)) return false;
  switch (cmd.op) {
    case "add": case "create": case "insert": case "replace": return evaluateAdd(ctx, cmd);
    case "delete": case "destroy": return evaluateDelete(ctx, cmd);
    case "get": return evaluateElementCmd(ctx, cmd);
    case "list": return evaluateList(ctx, cmd);
    case "reset": return evaluateReset(ctx, cmd);
    case "flush": return evaluateFlush(ctx, cmd);
    case "rename": return evaluateRename(ctx);
    case "import": case "export": return fail(ctx, markupError(cmd), cmd.loc) !== null;
    default: return true;
  }
}

const NAME_MAX = 256;

/** Names that no attribute of the kernel could hold (nft_handle_validate). */
function namesFit(ctx: EvalCtx, h: Handle): boolean {
  const long = [h.table, h.chain, h.set, h.obj, h.flowtable].find((named) => named !== null && named.name.length > NAME_MAX);
  return long === undefined || long === null || fail(ctx, `name too long, ${String(NAME_MAX)} characters maximum allowed`, long.loc) !== null;
}

/** Rulesets as markup are of the past; `-j` lists them. */
function markupError(cmd: Cmd): string {
  const json = cmd.arg?.name === "json";
  if (cmd.op === "import") return json ? "Could not process rule: Operation not supported" : "this output type not supported";
  return json ? "JSON export is no longer supported, use 'nft -j list ruleset' instead" : "this output type is not supported, use nft -j list ruleset for JSON support instead";
}

function evaluateAdd(ctx: EvalCtx, cmd: Cmd): boolean {
  switch (cmd.obj) {
    case "table": return evaluateTable(ctx, cmd);
    case "chain": return addChain(ctx, cmd);
    case "rule": return cmd.rule === null || addRule(ctx, cmd.rule);
    case "set": case "map": case "meter": return cmd.set === null || (addSet(ctx, cmd.set, cmd.handle) && addElements(ctx, cmd.set));
    case "element": return evaluateElementCmd(ctx, cmd);
    case "flowtable": return cmd.flowtable === null || evaluateFlowtable(ctx, cmd.flowtable, cmd.handle.flowtable?.name ?? "");
    default: return cmd.object === null || evaluateObj(ctx, cmd.object, cmd.handle.obj?.name ?? "");
  }
}

export const newTable = (family: NftFamily, name: string, decl: TableDecl | null): CachedTable => ({
  family, name, handle: 0, dormant: decl?.dormant ?? false, comment: decl?.comment ?? null,
  chains: new Map(), sets: new Map(), elems: new Map(), objs: new Map(), flowtables: new Map(), rules: new Map(),
});

/** A block's contents in the kernel's order: names first, then elements, then rules. */
function evaluateTable(ctx: EvalCtx, cmd: Cmd): boolean {
  const name = cmd.handle.table?.name ?? "";
  if (ctx.nft.cache.table(ctx.family, name) === null) ctx.nft.cache.tables.push(newTable(ctx.family, name, cmd.table));
  const { table } = cmd;
  if (table === null) return true;
  const names = [
    ...table.chains.map((c) => () => evaluateChain(ctx, c, c.handle.chain?.name ?? "")),
    ...table.objs.map((o) => () => evaluateObj(ctx, o, o.handle.obj?.name ?? "")),
    ...table.sets.map((s) => () => addSet(fresh(ctx), s, cmd.handle)),
    ...table.flowtables.map((f) => () => evaluateFlowtable(ctx, f, f.handle.flowtable?.name ?? "")),
    ...table.sets.map((s) => () => addElements(fresh(ctx), s)),
    ...table.chains.flatMap((c) => c.rules.map((r) => () => addBlockRule(fresh(ctx), r, c.handle, cmd))),
  ];
  return every(names);
}

/** All of them are looked at: nft reports the errors of several (up to ten). */
function every(steps: readonly (() => boolean)[]): boolean {
  let ok = true;
  for (const step of steps) ok = step() && ok;
  return ok;
}

const fresh = (ctx: EvalCtx): EvalCtx => evalCtxOf(ctx.nft, ctx.cmd, ctx.family);

function addBlockRule(ctx: EvalCtx, rule: RuleDecl, within: Handle, cmd: Cmd): boolean {
  rule.handle = { ...rule.handle, family: ctx.family, table: cmd.handle.table, chain: within.chain };
  return addRule(ctx, rule);
}

function addChain(ctx: EvalCtx, cmd: Cmd): boolean {
  if (!evaluateChain(ctx, cmd.chain, cmd.handle.chain?.name ?? "")) return false;
  return cmd.chain === null || every(cmd.chain.rules.map((rule) => () => addBlockRule(fresh(ctx), rule, cmd.handle, cmd)));
}

function addSet(ctx: EvalCtx, set: SetDecl, within: Handle): boolean {
  set.handle = { ...set.handle, family: ctx.family, table: within.table };
  return evaluateSetDecl(ctx, set);
}

function addElements(ctx: EvalCtx, set: SetDecl): boolean {
  if (set.init === null) return true;
  const elems = evaluateElements(ctx, set, set.init);
  if (elems !== null) set.init = elems;
  return elems !== null;
}

function evaluateElementCmd(ctx: EvalCtx, cmd: Cmd): boolean {
  const set = namedSet(ctx, cmd.handle.set);
  if (set === null || cmd.expr === null) return false;
  const elems = evaluateElements(ctx, set, cmd.expr.kind === "variable" ? cloneExpr(cmd.expr.value) : cmd.expr);
  if (elems === null) return false;
  cmd.expr = elems;
  cmd.set = set;
  return true;
}

function addRule(ctx: EvalCtx, rule: RuleDecl): boolean {
  if (!evaluateRule(ctx, rule)) return false;
  return placeRule(ctx, rule);
}

/** `index` counts the rules as they are after the commands before; what a rule stands next to must be there (rule_cache_update). */
function placeRule(ctx: EvalCtx, rule: RuleDecl): boolean {
  if (ctx.nft.cache.places !== true) return true;
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  const { handle } = rule;
  const name = handle.chain?.name ?? "";
  if (!table.chains.has(name)) return chainNotFound(ctx) !== null;
  const list = table.rules.get(name) ?? [];
  const missing = missingNeighbour(ctx, list, handle);
  if (missing !== null) return fail(ctx, "Could not process rule: No such file or directory", missing) !== null;
  const ref = handle.index === null ? null : (list[handle.index.id] ?? null);
  const id = ref?.handle.handle?.id;
  if (handle.index !== null && id !== undefined) handle.position = { id, loc: handle.index.loc };
  table.rules.set(name, placed(ctx, list, rule, ref));
  return true;
}

/** Where the rule is named that is not there. */
function missingNeighbour(ctx: EvalCtx, list: readonly RuleDecl[], { index, handle, position }: Handle): Loc | null {
  if (index !== null) return index.id < list.length ? null : index.loc;
  const named = ctx.cmd.op === "replace" ? handle : position;
  return named === null || list.some((r) => r.handle.handle?.id === named.id) ? null : named.loc;
}

function placed(ctx: EvalCtx, list: readonly RuleDecl[], rule: RuleDecl, ref: RuleDecl | null): RuleDecl[] {
  const { position, handle } = rule.handle;
  const by = ctx.cmd.op === "replace" ? handle?.id : position?.id;
  const at = ref !== null ? list.indexOf(ref) : by === undefined ? -1 : list.findIndex((r) => r.handle.handle?.id === by);
  if (ctx.cmd.op === "replace") return at < 0 ? [...list] : list.map((r, i) => (i === at ? rule : r));
  if (ctx.cmd.op === "insert") return [...list.slice(0, Math.max(at, 0)), rule, ...list.slice(Math.max(at, 0))];
  return at < 0 ? [...list, rule] : [...list.slice(0, at + 1), rule, ...list.slice(at + 1)];
}

/** What goes is unknown to the commands after; the kernel says whether it was there. */
function evaluateDelete(ctx: EvalCtx, cmd: Cmd): boolean {
  if (cmd.obj === "element") return evaluateElementCmd(ctx, cmd);
  const { handle: h } = cmd;
  if (cmd.obj === "table") return forgetTable(ctx, h);
  const table = findTable(ctx);
  if (table === null) return true;
  if (cmd.obj === "chain") forget(table.chains, h.chain?.name, h.handle?.id, (c) => c.handle.handle?.id);
  else if (cmd.obj === "set" || cmd.obj === "map") forget(table.sets, h.set?.name, h.handle?.id, (s) => s.handle.handle?.id);
  else if (cmd.obj === "flowtable") return forgetFlowtable(ctx, table, cmd);
  else if (cmd.obj === "rule") forgetRule(table, h);
  else if (cmd.object !== null) table.objs.delete(objKey(cmd.object.type, h.obj?.name ?? ""));
  return true;
}

function forget<T>(map: Map<string, T>, name: string | undefined, id: number | undefined, idOf: (what: T) => number | undefined): void {
  if (name !== undefined) map.delete(name);
  else for (const [key, what] of [...map]) if (id !== undefined && idOf(what) === id) map.delete(key);
}

function forgetTable(ctx: EvalCtx, h: Handle): boolean {
  const { tables } = ctx.nft.cache;
  const at = tables.findIndex((t) => t.family === ctx.family && (h.handle === null ? t.name === h.table?.name : t.handle === h.handle.id));
  if (at >= 0) tables.splice(at, 1);
  return true;
}

function forgetFlowtable(ctx: EvalCtx, table: CachedTable, cmd: Cmd): boolean {
  if (cmd.flowtable !== null && !flowtableDevices(ctx, cmd.flowtable)) return false;
  if (cmd.flowtable === null || cmd.flowtable.devices.length === 0) table.flowtables.delete(cmd.handle.flowtable?.name ?? "");
  return true;
}

function forgetRule(table: CachedTable, h: Handle): void {
  const name = h.chain?.name ?? "";
  const list = table.rules.get(name);
  if (list !== undefined) table.rules.set(name, list.filter((r) => r.handle.handle?.id !== h.handle?.id));
}

function evaluateFlush(ctx: EvalCtx, cmd: Cmd): boolean {
  const { tables } = ctx.nft.cache;
  if (cmd.obj === "ruleset") {
    const kept = cmd.handle.familyLoc === null ? [] : tables.filter((t) => t.family !== ctx.family);
    tables.splice(0, tables.length, ...kept);
    return true;
  }
  if (cmd.obj === "table" || cmd.obj === "chain") return flushRules(ctx, cmd);
  if (cmd.obj !== "set" && cmd.obj !== "map" && cmd.obj !== "meter") return true;
  if (namedSetOf(ctx, cmd) === null) return false;
  findTable(ctx)?.elems.set(cmd.handle.set?.name ?? "", []);
  return true;
}

function flushRules(ctx: EvalCtx, cmd: Cmd): boolean {
  const rules = findTable(ctx)?.rules;
  if (cmd.obj === "table") rules?.clear();
  else rules?.delete(cmd.handle.chain?.name ?? "");
  return true;
}

function evaluateRename(ctx: EvalCtx): boolean {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  return table.chains.has(ctx.cmd.handle.chain?.name ?? "") || chainNotFound(ctx) !== null;
}
