import type { NftChainRow, NftElem, NftFlowtableRow, NftObjRow, NftRuleRow, NftSetRow } from "../../net/uapi/nft.ts";
import type { Expr, SetExpr } from "./ast.ts";
import type { ChainDecl, FlowtableDecl, ObjDecl, RuleDecl, SetDecl } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import { elemExpr } from "./delinear-elem.ts";
import { handleOf } from "./delinear-handle.ts";
import { decompose } from "./delinear-intervals.ts";
import { dataBytes, fieldsOf, keyOf, setDataSpec, setKeySpec } from "./delinear-key.ts";
import { parseExprs, type ReadBack } from "./delinear-parse.ts";
import { ruleFromRow } from "./delinear-rule.ts";
import { sortElems } from "./delinear-sort.ts";
import { noLoc, valueOf } from "./nodes.ts";
import { HOST_INTEGER, STRING, VERDICT } from "./types-base.ts";

const commentOf = (userdata: Readonly<Record<string, unknown>> | null | undefined): string | null => {
  const comment = userdata?.["comment"];
  return typeof comment === "string" ? comment : null;
};

/** A set or map without elements, as its declaration (netlink_delinearize_set). */
export function setDecl(row: NftSetRow): SetDecl {
  const key = keyOf(setKeySpec(row));
  const data = dataOf(row);
  const { flags } = row;
  const isMap = flags.map === true || flags.object === true;
  return {
    loc: noLoc, handle: handleOf(row.family, { table: row.table, set: row.name, id: row.handle }), comment: commentOf(row.userdata), isMap,
    anonymous: flags.anonymous === true, key: key.expr, keyTypeofGiven: key.typeofGiven && flags.anonymous !== true, data: data?.expr ?? null, dataTypeofGiven: data?.typeofGiven ?? false,
    dataInterval: row.userdata?.["dataInterval"] === true, objType: row.objType ?? null, keyType: key.expr.dtype,
    flags: {
      constant: flags.constant === true, interval: flags.interval === true, timeout: flags.timeout === true, eval: flags.eval === true,
      autoMerge: row.userdata?.["autoMerge"] === true, concat: flags.concat === true || key.expr.dtype.subtypes !== null, object: flags.object === true, map: flags.map === true,
    },
    timeoutMs: row.timeoutMs ?? null, gcMs: row.gcIntervalMs ?? null, size: row.size ?? null, policy: row.policy ?? null,
    stmts: parseExprs(row.exprs ?? [], { family: row.family, set: () => null, block: () => null }), init: null,
    fieldLens: key.expr.dtype.subtypes === null ? [] : fieldsOf(key.expr, row.fieldLens).map((f) => f.bits), id: row.id ?? 0, automergeLoc: null,
  };
}

/** NFT_OBJ_MAXNAMELEN, in bits. */
const OBJ_NAME_BITS = 128 * 8;

/** Maps of objects lead to names. */
function dataOf(row: NftSetRow): { readonly expr: Expr; readonly typeofGiven: boolean } | null {
  if (row.flags.object === true) return { expr: { kind: "value", loc: noLoc, dtype: STRING, byteorder: "host", len: OBJ_NAME_BITS, value: 0n }, typeofGiven: false };
  if (row.dataType === undefined) return null;
  if (row.dataType === "verdict") return { expr: { kind: "value", loc: noLoc, dtype: VERDICT, byteorder: "host", len: dataBytes(row) * 8, value: 0n }, typeofGiven: false };
  return keyOf(setDataSpec(row));
}

/** A set with its elements in the order of listings. */
export function setOf(row: NftSetRow, elems: readonly NftElem[]): SetDecl {
  const decl = setDecl(row);
  return { ...decl, init: elementsOf(decl, elems) };
}

/** The elements as `{ … }`. Intervals of concatenations keep the kernel's order, as nft keeps it. */
export function elementsOf(decl: SetDecl, elems: readonly NftElem[]): SetExpr {
  const read = elems.map((e) => elemExpr(e, decl));
  const isConcat = (decl.key?.dtype.subtypes ?? null) !== null;
  const exprs = !decl.flags.interval ? sortElems(read) : isConcat ? read : decompose(read);
  return {
    kind: "set", loc: noLoc, dtype: decl.key?.dtype ?? HOST_INTEGER, byteorder: decl.key?.byteorder ?? "invalid", len: decl.key?.len ?? 0, exprs,
    interval: decl.flags.interval, map: decl.flags.map, object: decl.flags.object, concat: decl.flags.concat, eval: decl.flags.eval, auto: decl.anonymous,
  };
}

/** A chain without its rules. */
export function chainOf(row: NftChainRow): ChainDecl {
  const named = (name: string) => ({ name, loc: noLoc });
  return {
    loc: noLoc, handle: handleOf(row.family, { table: row.table, chain: row.name, id: row.handle }), comment: commentOf(row.userdata), binding: row.binding, rules: [],
    base: row.hook === null ? null : {
      type: named(row.type ?? "filter"), hook: named(row.hook.hook), hooknum: row.hook.hook, dev: null, devices: [...row.hook.devices].sort(), policy: null, policyValue: row.policy,
      priority: { loc: noLoc, expr: valueOf(HOST_INTEGER, 0, noLoc, 32), num: row.hook.priority },
    },
  };
}

export const objOf = (row: NftObjRow): ObjDecl => ({
  loc: noLoc, handle: handleOf(row.family, { table: row.table, obj: row.name, id: row.handle }), comment: commentOf(row.userdata), type: row.obj.type, spec: row.obj, policyExpr: null,
});

export const flowtableOf = (row: NftFlowtableRow): FlowtableDecl => ({
  loc: noLoc, handle: handleOf(row.family, { table: row.table, flowtable: row.name, id: row.handle }), hook: { name: "ingress", loc: noLoc }, dev: null, devices: [...row.devices].sort(),
  priority: { loc: noLoc, expr: valueOf(HOST_INTEGER, 0, noLoc, 32), num: row.priority }, offload: row.offload, counter: row.counter, row,
});

/** What a table of the cache answers while its rules are read. */
export function readBack(ctx: NftContext, row: NftRuleRow): ReadBack {
  const table = ctx.cache.table(row.family, row.table);
  return {
    family: row.family, set: (name) => table?.sets.get(name) ?? null,
    block: (name) => {
      const chain = table?.chains.get(name);
      return chain?.binding === true ? { ...chain, rules: table?.rules.get(name) ?? chain.rules } : null;
    },
  };
}

/** A rule of a table that the cache holds; anonymous sets must be there with their elements. */
export const ruleOf = (ctx: NftContext, row: NftRuleRow): RuleDecl => ruleFromRow(row, readBack(ctx, row));
