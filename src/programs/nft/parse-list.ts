import type { Cmd, CmdObj, CmdOp, Handle, Named } from "./ast-cmd.ts";
import { cmdOf, elementCmd, OBJECTS, objOf } from "./parse-cmd.ts";
import { primaryExpr } from "./parse-expr.ts";
import { chainSpec, flowtableSpec, identifier, NO_HANDLE, objSpec, rulesetSpec, setSpec, tableSpec } from "./parse-handle.ts";
import { emptyObj } from "./parse-obj.ts";
import type { Parser } from "./parser.ts";

/** Commands that look: list, get, reset, monitor, describe, and those that only parse: import, export. */

/** Everything, or what one family has: without a table, and without `familyLoc` for all families. */
const allOf = (p: Parser, op: CmdOp, obj: CmdObj): Cmd => cmdOf(op, obj, rulesetSpec(p), p);

/** `[family]`, or `table [family] name`. */
function allOrTable(p: Parser, op: CmdOp, obj: CmdObj): Cmd {
  if (!p.accept("table")) return allOf(p, op, obj);
  return cmdOf(op, obj, tableSpec(p), p);
}

const one = (obj: CmdObj, spec: (p: Parser) => Handle) => (p: Parser): Cmd => cmdOf("list", obj, spec(p), p);
const all = (obj: CmdObj) => (p: Parser): Cmd => allOf(p, "list", obj);
const some = (obj: CmdObj) => (p: Parser): Cmd => allOrTable(p, "list", obj);

const LISTABLE: Readonly<Record<string, (p: Parser) => Cmd>> = {
  table: one("table", tableSpec), tables: all("tables"), chain: one("chain", chainSpec), chains: all("chains"), sets: some("sets"), set: one("set", setSpec),
  counters: some("counters"), quotas: some("quotas"), limits: some("limits"), secmarks: some("secmarks"), synproxys: some("synproxys"),
  ruleset: all("ruleset"), meters: all("meters"), meter: one("meter", setSpec), flowtables: all("flowtables"), flowtable: one("flowtable", flowtableSpec),
  maps: all("maps"), map: one("map", setSpec), ct: listCt, flow: listFlow, hooks: listHooks,
};

export function listCmd(p: Parser): Cmd {
  const object = OBJECTS[p.kind];
  const read = LISTABLE[p.kind];
  if (!read && !object) p.fail();
  p.next();
  const cmd = object ? objectCmd(p, "list", object) : (read?.(p) ?? p.fail());
  p.peek();
  p.close("list");
  return cmd;
}

function objectCmd(p: Parser, op: CmdOp, object: NonNullable<(typeof OBJECTS)[string]>): Cmd {
  const handle = objSpec(p);
  p.close(object.scope);
  return cmdOf(op, objOf(object.type), handle, p, { object: emptyObj(handle, object.type, p) });
}

const CT_LISTS: Readonly<Record<string, { readonly one: "ct helper" | "ct timeout" | "ct expectation"; readonly all: CmdObj }>> = {
  helper: { one: "ct helper", all: "ct helpers" },
  helpers: { one: "ct helper", all: "ct helpers" },
  timeout: { one: "ct timeout", all: "ct timeouts" },
  expectation: { one: "ct expectation", all: "ct expectations" },
};

/** `list ct helpers table t`, `list ct helper t name` */
function listCt(p: Parser): Cmd {
  const word = p.accept("timeout", "expectation", "helper", "helpers") ?? p.fail("timeout", "expectation", "helper", "helpers");
  const list = CT_LISTS[word.kind] ?? p.fail();
  if (word.kind === "helpers" || (word.kind !== "helper" && p.at("table"))) {
    p.expect("table");
    const cmd = cmdOf("list", list.all, tableSpec(p), p);
    p.close("ct");
    return cmd;
  }
  const handle = objSpec(p);
  p.close("ct");
  return cmdOf("list", list.one, handle, p, { object: emptyObj(handle, list.one, p) });
}

function listFlow(p: Parser): Cmd {
  const { kind } = p.expect("table", "tables");
  return kind === "table" ? cmdOf("list", "meter", setSpec(p), p) : allOf(p, "list", "meters");
}

function listHooks(p: Parser): Cmd {
  const cmd = allOf(p, "list", "hooks");
  if (p.accept("device")) cmd.arg = identifier(p);
  return cmd;
}

export function getCmd(p: Parser): Cmd {
  p.expect("element");
  return elementCmd(p, "get");
}

export function resetCmd(p: Parser): Cmd {
  const word = p.accept("counter", "counters", "quotas", "quota") ?? p.fail("counter", "counters", "quotas", "quota");
  const object = OBJECTS[word.kind];
  const cmd = object ? objectCmd(p, "reset", object) : allOrTable(p, "reset", word.kind === "counters" ? "counters" : "quotas");
  p.peek();
  p.close("reset");
  return cmd;
}

export const rulesetFlush = (p: Parser): Cmd => allOf(p, "flush", "ruleset");

/** The event's word is in `arg`: whether there is such an event is seen when the command is evaluated. */
export function monitorCmd(p: Parser): Cmd {
  const event = p.accept("string");
  const what = p.accept("tables", "chains", "sets", "rules", "elements", "ruleset", "trace");
  const format = acceptFormat(p);
  p.peek();
  p.close("monitor");
  const monitor = {
    event: event?.text === "new" ? "new" : event?.text === "destroy" ? "destroy" : null, what: what?.kind ?? null, trace: what?.kind === "trace",
    format: format?.name === "json" ? "json" : format?.name === "xml" ? "xml" : "default",
  } as const;
  return cmdOf("monitor", "monitor", { ...NO_HANDLE }, p, { monitor, arg: event && { name: event.text, loc: event.loc } });
}

export function describeCmd(p: Parser): Cmd {
  return cmdOf("describe", "expr", { ...NO_HANDLE }, p, { expr: primaryExpr(p) });
}

/** `xml`, `json` or `vm json`, where one is written. */
function acceptFormat(p: Parser): Named | null {
  const word = p.accept("xml", "json", "vm");
  if (!word) return null;
  const { kind, loc } = word.kind === "vm" ? p.expect("json") : word;
  return { name: kind, loc };
}

/** `import ruleset json`, `export vm json`: nft 1.0.6 reads and refuses them. The format is in `arg`. */
export function markupCmd(p: Parser, op: "import" | "export"): Cmd {
  const ruleset = p.accept("ruleset");
  const arg = acceptFormat(p) ?? p.fail(...(ruleset ? ["xml", "json", "vm"] : ["ruleset", "xml", "json", "vm"]));
  p.close(op);
  return cmdOf(op, "ruleset", { ...NO_HANDLE }, p, { arg });
}
