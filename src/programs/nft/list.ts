import type { NftObjType } from "../../net/uapi/nft-expr.ts";
import type { Cmd, RuleDecl, SetDecl } from "./ast-cmd.ts";
import type { CachedTable, NftContext } from "./context.ts";
import { describe } from "./describe.ts";
import { jsonList } from "./json-list.ts";
import { getElements } from "./list-get.ts";
import { resetObjects } from "./list-reset.ts";
import { printChain, printChainHead } from "./print-chain.ts";
import type { Printing } from "./print-expr.ts";
import { printFlowtable, printObj } from "./print-obj.ts";
import { isMeter, printSet } from "./print-set.ts";
import { namedChains, printTable, rulesOf, xtWarning } from "./print-table.ts";

/** What `list`, `get`, `reset` and `describe` print on stdout; null after an error, which is in the diagnostics. */
export function listCommand(ctx: NftContext, cmd: Cmd): string | null {
  if (cmd.op === "describe") return cmd.expr === null ? null : describe(cmd.expr);
  if (cmd.op === "get") return getElements(ctx, cmd);
  if (cmd.op === "reset") return resetObjects(ctx, cmd);
  if (cmd.obj === "hooks") return refused(ctx, cmd, "list hooks");
  return ctx.flags.json ? jsonList(ctx, cmd) : listText(ctx, cmd);
}

export function refused(ctx: NftContext, cmd: Cmd, what: string): null {
  ctx.diags.push({ level: "Error", text: `${what}: not simulated here`, at: [cmd.loc] });
  return null;
}

/** Tables that the command speaks of: the one it names, those of a family, or all. */
export function tablesOf(ctx: NftContext, cmd: Cmd): CachedTable[] {
  const { family, familyLoc, table } = cmd.handle;
  if (table !== null) return ctx.cache.tables.filter((t) => t.name === table.name && t.family === family);
  return familyLoc === null ? ctx.cache.tables : ctx.cache.tables.filter((t) => t.family === family);
}

const printing = (ctx: NftContext): Printing => ({ flags: ctx.flags, env: ctx.types });

function listText(ctx: NftContext, cmd: Cmd): string {
  const p = printing(ctx);
  const tables = tablesOf(ctx, cmd);
  switch (cmd.obj) {
    case "tables": return tables.map((t) => `table ${t.family} ${t.name}\n`).join("");
    case "ruleset":
    case "table": return tables.map((t) => printTable(t, p)).join("");
    case "chains": return tables.map((t) => framed(t, namedChains(t).map((c) => `${printChainHead(c, p)}\t}\n`))).join("");
    case "chain": return tables.map((t) => framed(t, chainsNamed(t, cmd).map((c) => printChain(c, rulesOf(t, c), p)))).join("");
    case "flowtables":
    case "flowtable": return tables.map((t) => framed(t, flowtablesNamed(t, cmd).map((f) => printFlowtable(f, p)))).join("");
    default: return listSetsOrObjects(cmd, tables, p);
  }
}

/** Blocks inside `table ip t { … }` as lists of parts show it, without handle. */
export const framed = (t: CachedTable, blocks: readonly string[]): string => `table ${t.family} ${t.name} {\n${blocks.join("")}}\n`;

const isNamed = (name: string | undefined, wanted: { readonly name: string } | null): boolean => wanted === null || name === wanted.name;
export const chainsNamed = (t: CachedTable, cmd: Cmd) => namedChains(t).filter((c) => isNamed(c.handle.chain?.name, cmd.handle.chain));
export const flowtablesNamed = (t: CachedTable, cmd: Cmd) => [...t.flowtables.values()].filter((f) => isNamed(f.handle.flowtable?.name, cmd.handle.flowtable));

const KIND: Partial<Record<Cmd["obj"], (s: SetDecl) => boolean>> = {
  set: (s) => !s.anonymous && !s.isMap, map: (s) => !s.anonymous && s.isMap, meter: isMeter,
};

/** Sets, maps or meters of a table that a command asks for; null = it asks for something else. */
export function setsAsked(t: CachedTable, cmd: Cmd): SetDecl[] | null {
  const kind = KIND[cmd.obj] ?? KIND[cmd.obj.replace(/s$/, "") as Cmd["obj"]];
  return kind === undefined ? null : [...t.sets.values()].filter((s) => kind(s) && isNamed(s.handle.set?.name, cmd.handle.set));
}

const OBJECTS: readonly NftObjType[] = ["counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "secmark", "synproxy"];
export const objTypeOf = (cmd: Cmd): NftObjType | null => OBJECTS.find((type) => cmd.obj === type || cmd.obj === `${type}s`) ?? null;

export const objsAsked = (t: CachedTable, cmd: Cmd, type: NftObjType) => [...t.objs.values()].filter((o) => o.type === type && isNamed(o.handle.obj?.name, cmd.handle.obj));

function listSetsOrObjects(cmd: Cmd, tables: readonly CachedTable[], p: Printing): string {
  const type = objTypeOf(cmd);
  // Tables without any object are left out, those with others only are not (do_list_obj).
  if (type !== null) return tables.filter((t) => t.objs.size > 0).map((t) => framed(t, objsAsked(t, cmd, type).map((o) => printObj(o, p)))).join("");
  return tables.map((t) => framed(t, (setsAsked(t, cmd) ?? []).map((s) => printSet(s, p, s.anonymous ? cmd.obj !== "meters" : true)))).join("");
}

/** Statements that have no JSON of their own are shown as text, and said so. */
const jsonWarning = (r: RuleDecl): string =>
  r.stmts.map((s) => (s.kind === "map" || s.kind === "chain" ? `warning: stmt ops ${s.kind} have no json callback\n` : "")).join("");

/** What goes to stderr before: tables that iptables made, statements without JSON. */
export function listWarnings(ctx: NftContext, cmd: Cmd): string {
  if (cmd.op !== "list" || (cmd.obj !== "ruleset" && cmd.obj !== "table" && cmd.obj !== "chain")) return "";
  if (ctx.flags.json) return tablesOf(ctx, cmd).flatMap((t) => chainsNamed(t, cmd).flatMap((c) => rulesOf(t, c))).map(jsonWarning).join("");
  return tablesOf(ctx, cmd).map((t) => xtWarning(t, cmd.handle.chain?.name ?? null) ?? "").join("");
}
