import type { Handle, ObjDecl, TableDecl } from "./ast-cmd.ts";
import { blockComment, blockOf, chainBlock } from "./parse-chain.ts";
import { commonLine } from "./parse-define.ts";
import { flowtableBlock } from "./parse-flowtable.ts";
import { identifier, NO_HANDLE } from "./parse-handle.ts";
import { objBlock } from "./parse-obj.ts";
import { separator } from "./parse-rule.ts";
import { setBlock } from "./parse-set.ts";
import type { Parser } from "./parser.ts";
import type { Scope } from "./keywords.ts";

/** Tables: `table ip t { sets, chains, objects }`. */

export const emptyTable = (handle: Handle, p: Parser): TableDecl =>
  ({ loc: p.last, handle, dormant: false, owner: false, comment: null, chains: [], sets: [], objs: [], flowtables: [] });

export function tableBlock(p: Parser, handle: Handle): TableDecl {
  const table = emptyTable(handle, p);
  blockOf(p, table, "command", (q) => tableLine(q, table));
  return table;
}

type Line = (p: Parser, table: TableDecl) => void;

/** What a table may hold, by first word. */
const LINES: Readonly<Record<string, Line>> = {
  chain: (p, table) => { table.chains.push(placed(p, (q, handle) => chainBlock(q, handle, "table"), named(p, table, "chain"))); },
  set: (p, table) => { table.sets.push(placed(p, (q, handle) => setBlock(q, handle, false, "table"), named(p, table, "set"))); },
  map: (p, table) => { table.sets.push(placed(p, (q, handle) => setBlock(q, handle, true, "table"), named(p, table, "set"))); },
  flowtable: (p, table) => { table.flowtables.push(placed(p, (q, handle) => flowtableBlock(q, handle, "table"), named(p, table, "flowtable"))); },
  flags: options,
  ct: conntrackObject,
};
const OBJECTS: Readonly<Record<string, { readonly type: ObjDecl["type"]; readonly scope: Scope }>> = {
  counter: { type: "counter", scope: "counter" },
  quota: { type: "quota", scope: "quota" },
  limit: { type: "limit", scope: "limit" },
  secmark: { type: "secmark", scope: "secmark" },
  synproxy: { type: "synproxy", scope: "synproxy" },
};

function tableLine(p: Parser, table: TableDecl): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  const line = LINES[p.kind];
  const object = OBJECTS[p.kind];
  if (line) {
    p.next();
    line(p, table);
    separator(p);
  } else if (object) {
    p.next();
    table.objs.push(placed(p, (q, handle) => objBlock(q, handle, object.type, "table"), named(p, table, "obj")));
    separator(p);
    p.close(object.scope);
  } else if (p.at("comment")) {
    blockComment(p, table);
    separator(p);
  } else p.fail();
}

/** A name in the table. */
function named(p: Parser, table: TableDecl, what: "chain" | "set" | "obj" | "flowtable"): Handle {
  return { ...NO_HANDLE, family: table.handle.family, familyLoc: table.handle.familyLoc, table: table.handle.table, [what]: identifier(p) };
}

/** In a table, errors about a thing point to its name. */
function placed<T extends { loc: TableDecl["loc"] }>(p: Parser, read: (p: Parser, handle: Handle) => T, handle: Handle): T {
  const loc = p.last;
  const decl = read(p, handle);
  decl.loc = loc;
  return decl;
}

function options(p: Parser, table: TableDecl): void {
  const { text, loc } = p.expect("string");
  if (text === "dormant") table.dormant = true;
  else if (text === "owner") table.owner = true;
  else p.error(`unknown table option ${text}`, loc);
}

const CT_OBJECTS: Readonly<Record<string, ObjDecl["type"]>> = { helper: "ct helper", timeout: "ct timeout", expectation: "ct expectation" };

function conntrackObject(p: Parser, table: TableDecl): void {
  const type = ctObjType(p);
  table.objs.push(placed(p, (q, handle) => objBlock(q, handle, type, "table"), named(p, table, "obj")));
  p.close("ct");
}

/** `helper`, `timeout`, `expectation` after `ct`. */
export function ctObjType(p: Parser): ObjDecl["type"] {
  const word = p.accept("timeout", "expectation", "helper") ?? p.fail("timeout", "expectation", "helper");
  return CT_OBJECTS[word.kind] ?? "ct helper";
}
