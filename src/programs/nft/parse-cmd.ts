import type { Cmd, CmdObj, CmdOp, Handle, Named, ObjDecl } from "./ast-cmd.ts";
import type { Scope } from "./keywords.ts";
import { chainBlock, emptyChain } from "./parse-chain.ts";
import { emptyFlowtable, flowtableBlock } from "./parse-flowtable.ts";
import {
  chainSpec, flowtableSpec, handleSpec, identifier, objSpec, orIdSpec, rulePosition, setSpec, tableOrIdSpec, tableSpec,
} from "./parse-handle.ts";
import { emptyObj, objBlock, objConfig, startsConfig } from "./parse-obj.ts";
import { readRule } from "./parse-rule.ts";
import { setBlock } from "./parse-set.ts";
import { setBlockExpr } from "./parse-set-expr.ts";
import { ctObjType, emptyTable, tableBlock } from "./parse-table.ts";
import type { Parser } from "./parser.ts";

/** Commands that change: add, create, insert, replace, delete, flush, rename. */

export const cmdOf = (op: CmdOp, obj: CmdObj, handle: Handle, p: Parser, more: Partial<Cmd> = {}): Cmd => ({
  op, obj, loc: p.last, handle, table: null, chain: null, rule: null, set: null, expr: null, object: null, flowtable: null, arg: null, monitor: null, ...more,
});

/** Objects by their word, with the scope it opened. */
export const OBJECTS: Readonly<Record<string, { readonly type: ObjDecl["type"]; readonly scope: Scope }>> = {
  counter: { type: "counter", scope: "counter" },
  quota: { type: "quota", scope: "quota" },
  limit: { type: "limit", scope: "limit" },
  secmark: { type: "secmark", scope: "secmark" },
  synproxy: { type: "synproxy", scope: "synproxy" },
};
/** All object types are commands' objects too, but for tunnels, which nft 1.0.6 has none of. */
export const objOf = (type: ObjDecl["type"]): CmdObj => (type === "tunnel" ? "counter" : type);

type Add = "add" | "create";
type Read = (p: Parser, op: Add) => Cmd;

const ADDABLE: Readonly<Record<string, Read>> = {
  table: (p, op) => {
    const handle = tableSpec(p);
    return cmdOf(op, "table", handle, p, { table: p.at("'{'") ? tableBlock(p, handle) : emptyTable(handle, p) });
  },
  chain: (p, op) => {
    const handle = chainSpec(p);
    return cmdOf(op, "chain", handle, p, { chain: p.at("'{'") ? chainBlock(p, handle, "command") : emptyChain(handle, p) });
  },
  set: (p, op) => addSet(p, op, false),
  map: (p, op) => addSet(p, op, true),
  element: (p, op) => elementCmd(p, op),
  flowtable: (p, op) => {
    const handle = flowtableSpec(p);
    return cmdOf(op, "flowtable", handle, p, { flowtable: flowtableBlock(p, handle, "command") });
  },
  ct: addCt,
};

function addSet(p: Parser, op: Add, isMap: boolean): Cmd {
  const handle = setSpec(p);
  return cmdOf(op, isMap ? "map" : "set", handle, p, { set: setBlock(p, handle, isMap, "command") });
}

export function elementCmd(p: Parser, op: CmdOp): Cmd {
  const handle = setSpec(p);
  return cmdOf(op, "element", handle, p, { expr: setBlockExpr(p) });
}

function addCt(p: Parser, op: Add): Cmd {
  const type = ctObjType(p);
  const handle = objSpec(p);
  const object = objBlock(p, handle, type, "command");
  p.close("ct");
  return cmdOf(op, objOf(type), handle, p, { object });
}

function addObject(p: Parser, op: Add, type: ObjDecl["type"], scope: Scope): Cmd {
  const handle = objSpec(p);
  const object = objectBody(p, handle, type, op);
  p.close(scope);
  return cmdOf(op, objOf(type), handle, p, { object });
}

/** A configuration on the line, a block (`add` only), or (counters only) nothing. */
function objectBody(p: Parser, handle: Handle, type: ObjDecl["type"], op: Add): ObjDecl {
  if (op === "add" && p.at("'{'")) return objBlock(p, handle, type, "command");
  const object = emptyObj(handle, type, p);
  if (startsConfig(p, type)) objConfig(p, object);
  else if (type !== "counter") p.fail(...(EXPECTED[type] ?? []), ...(op === "add" && type !== "quota" ? ["'{'"] : []));
  return object;
}
const EXPECTED: Readonly<Partial<Record<ObjDecl["type"], readonly string[]>>> = {
  quota: ["number"], limit: ["rate"], synproxy: ["mss"], secmark: ["string", "quoted string", "string with a trailing asterisk"],
};

/** After `add`, or with no word at all: `table …`, `rule …`, or a rule without the word. */
export function addCmd(p: Parser, op: "add" | "create"): Cmd {
  const read = ADDABLE[p.kind];
  if (read) {
    p.next();
    return read(p, op);
  }
  const object = OBJECTS[p.kind];
  if (object) {
    p.next();
    return addObject(p, op, object.type, object.scope);
  }
  if (op === "create") p.fail();
  p.accept("rule");
  return ruleCmd(p, "add");
}

function ruleCmd(p: Parser, op: CmdOp): Cmd {
  const handle = rulePosition(p);
  return cmdOf(op, "rule", handle, p, { rule: readRule(p, handle) });
}

export function insertCmd(p: Parser): Cmd {
  p.expect("rule");
  return ruleCmd(p, "insert");
}

/** `[family] table chain handle 5` */
function ruleId(p: Parser): Handle {
  const chain = chainSpec(p);
  return { ...chain, handle: handleSpec(p) };
}

export function replaceCmd(p: Parser): Cmd {
  p.expect("rule");
  const handle = ruleId(p);
  return cmdOf("replace", "rule", handle, p, { rule: readRule(p, handle) });
}

const DELETABLE: Readonly<Record<string, (p: Parser) => Cmd>> = {
  table: (p) => cmdOf("delete", "table", tableOrIdSpec(p), p),
  chain: (p) => deleteChain(p),
  rule: (p) => cmdOf("delete", "rule", ruleId(p), p),
  set: (p) => cmdOf("delete", "set", orIdSpec(p, "set"), p),
  map: (p) => cmdOf("delete", "map", setSpec(p), p),
  element: (p) => elementCmd(p, "delete"),
  flowtable: (p) => deleteFlowtable(p),
  ct: (p) => {
    const type = ctObjType(p);
    const handle = objSpec(p);
    p.close("ct");
    return cmdOf("delete", objOf(type), handle, p, { object: emptyObj(handle, type, p) });
  },
};

const deleteChain = (p: Parser): Cmd => cmdOf("delete", "chain", orIdSpec(p, "chain"), p);

/** Whole, or only some of its devices. */
function deleteFlowtable(p: Parser): Cmd {
  const handle = orIdSpec(p, "flowtable");
  const flowtable = handle.flowtable !== null && p.at("'{'") ? flowtableBlock(p, handle, "command") : emptyFlowtable(handle, p);
  return cmdOf("delete", "flowtable", handle, p, { flowtable });
}

export function deleteCmd(p: Parser): Cmd {
  const read = DELETABLE[p.kind];
  if (read) {
    p.next();
    return read(p);
  }
  const object = OBJECTS[p.kind] ?? p.fail();
  p.next();
  const handle = orIdSpec(p, "obj");
  p.close(object.scope);
  return cmdOf("delete", objOf(object.type), handle, p, { object: emptyObj(handle, object.type, p) });
}

const FLUSHABLE: Readonly<Record<string, (p: Parser) => Cmd>> = {
  table: (p) => cmdOf("flush", "table", tableSpec(p), p),
  chain: (p) => cmdOf("flush", "chain", chainSpec(p), p),
  set: (p) => cmdOf("flush", "set", setSpec(p), p),
  map: (p) => cmdOf("flush", "map", setSpec(p), p),
  meter: (p) => cmdOf("flush", "meter", setSpec(p), p),
  flow: (p) => {
    p.expect("table");
    return cmdOf("flush", "meter", setSpec(p), p);
  },
};

export function flushCmd(p: Parser, rulesetCmd: (p: Parser) => Cmd): Cmd {
  if (p.accept("ruleset")) return rulesetCmd(p);
  const read = FLUSHABLE[p.kind] ?? p.fail();
  p.next();
  return read(p);
}

export function renameCmd(p: Parser): Cmd {
  p.expect("chain");
  const handle = chainSpec(p);
  const arg: Named = identifier(p);
  return cmdOf("rename", "chain", handle, p, { arg });
}
