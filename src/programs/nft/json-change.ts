import type { NftChange, NftElem } from "../../net/uapi/nft.ts";
import type { NftContext } from "./context.ts";
import { chainOf, elementsOf, objOf, ruleOf, setDecl } from "./delinear-decl.ts";
import { jsonChain, jsonObj, jsonRule, jsonSet } from "./json-decl.ts";
import { jsonExpr } from "./json-expr.ts";
import type { Json } from "./json-text.ts";
import type { Printing } from "./print-expr.ts";

/** `{"add": {"rule": …}}`: a change as `monitor` and `-e` show it with -j; null = nothing. `elems`: a whole interval. */
export function jsonChange(ctx: NftContext, c: NftChange, elems: readonly NftElem[] | null): Json | null {
  const p: Printing = { flags: ctx.flags, env: ctx.types };
  const what = changed(ctx, c, elems, p);
  if (what === null) return null;
  const verb = c.is === "del" ? "delete" : c.what === "rule" && c.insert ? "insert" : "add";
  return { [verb]: what };
}

function changed(ctx: NftContext, c: NftChange, elems: readonly NftElem[] | null, p: Printing): Json | null {
  switch (c.what) {
    case "table": return { table: { family: c.row.family, name: c.row.name, handle: c.row.handle } };
    case "chain": return jsonChain(chainOf(c.row));
    case "rule": return jsonRule(ruleOf(ctx, c.row), p);
    case "set": return c.is === "new" && c.row.flags.anonymous === true ? null : jsonSet(setDecl(c.row), p);
    case "elem": return c.set.flags.anonymous === true || elems === null ? null : jsonElem(c, elems, p);
    case "obj": return jsonObj(objOf(c.row), p);
    case "flowtable":
    case "gen": return null;
  }
}

function jsonElem(c: Extract<NftChange, { what: "elem" }>, elems: readonly NftElem[], p: Printing): Json {
  const { family, table, name } = c.set;
  const set = elementsOf(setDecl(c.set), elems);
  return { element: { family, table, name, elem: { set: set.exprs.map((e) => jsonExpr(e, p)) } } };
}
