import type { Expr, SetElemExpr, SetExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { bytesMsbFirst } from "./bytes.ts";
import type { PrintFlags, TypeEnv } from "./datatype.ts";
import { setToIntervals } from "./intervals.ts";
import { joinWords, lowBytes, mapDataBytes, nameOf, verdictData } from "./linear-data.ts";
import { exprsOf } from "./linear-stmt.ts";
import type { Loc } from "./loc.ts";
import { bytesOf, highOf, lowOf } from "./nodes.ts";
import { printExpr } from "./print-expr.ts";
import type { NftElem, NftMsg, NftSetFlags, NftUserdata } from "../../net/uapi/nft.ts";
import { TYPE } from "./types-base.ts";
import type { ElemUserdata, SetUserdata } from "./userdata.ts";

/** Sets and their elements as messages (mnl_nft_set_add, alloc_nftnl_setelem). */

const bytesFor = (bits: number): number => Math.ceil(bits / 8);
const isVerdictType = (e: Expr | null): boolean => e !== null && e.dtype.id === TYPE.verdict;

/** Concatenations with ranges are kept as two bounds each; other ranges as starts and ends. */
const isConcatOfRanges = (set: SetDecl): boolean => set.flags.concat && set.flags.interval;

function flagsOf(set: SetDecl): NftSetFlags {
  const { flags } = set;
  const on: Record<string, boolean> = {
    anonymous: set.anonymous, constant: flags.constant && !flags.eval, interval: flags.interval, map: flags.map && !flags.object, timeout: flags.timeout, eval: flags.eval,
    object: flags.object, concat: isConcatOfRanges(set),
  };
  return Object.fromEntries(Object.entries(on).filter(([, set]) => set));
}

const SELECTORS: readonly Expr["kind"][] = ["payload", "meta", "ct", "exthdr", "rt", "socket", "numgen"];
/** Fields of a set without a name: their widths follow from the selectors. */
const isListOfSelectors = (set: SetDecl): boolean => set.anonymous && set.key?.kind === "concat" && set.key.exprs.every((e) => SELECTORS.includes(fieldOf(e).kind));
/** A field that does not fill its bytes is masked when it is loaded. */
const fieldOf = (e: Expr): Expr => (e.kind === "binop" && e.op === "and" ? e.left : e);
const keyText = (key: Expr, text: (e: Expr) => string): string => (key.kind === "concat" ? key.exprs.map((e) => text(fieldOf(e))).join(" . ") : text(key));

/** What a listing needs to show the set as it was written. */
export function setUserdata(set: SetDecl, flags: PrintFlags, env: TypeEnv): NftUserdata {
  const text = (e: Expr): string => printExpr(e, { flags, env });
  const key: SetUserdata = set.key === null ? {} : { keyByteorder: set.key.byteorder, ...(set.keyTypeofGiven || isListOfSelectors(set) ? { keyTypeof: keyText(set.key, text) } : {}) };
  const data: SetUserdata = set.data === null ? {} : { dataByteorder: set.data.byteorder, ...(set.dataTypeofGiven ? { dataTypeof: text(set.data) } : {}) };
  const all: SetUserdata = {
    ...key, ...data, ...(set.flags.autoMerge && !set.anonymous ? { autoMerge: true } : {}), ...(set.dataInterval === true ? { dataInterval: true } : {}),
    ...(set.comment === null ? {} : { comment: set.comment }),
  };
  return { ...all };
}

interface DataSpec { dataType?: number | "verdict"; dataLen?: number; objType?: NonNullable<SetDecl["objType"]> }

function dataSpec(set: SetDecl): DataSpec {
  if (set.flags.object) return set.objType === null ? {} : { objType: set.objType };
  if (set.data === null || !set.flags.map) return {};
  if (isVerdictType(set.data)) return { dataType: "verdict" };
  return { dataType: set.data.dtype.id, dataLen: bytesFor(set.data.len) * (set.dataInterval === true ? 2 : 1) };
}

type SetNew = Extract<NftMsg, { op: "set.new" }>;

export function setMsg(set: SetDecl, excl: boolean, id: number | undefined, flags: PrintFlags, env: TypeEnv, count: number): SetNew {
  const { handle } = set;
  const size = set.anonymous && !set.flags.eval ? count : set.size;
  return {
    op: "set.new", nlm: { create: true, excl }, family: handle.family, table: handle.table?.name ?? "", name: handle.set?.name ?? "",
    ...(id === undefined ? {} : { id }), flags: flagsOf(set), keyType: set.keyType?.id ?? 0, keyLen: bytesFor(set.key?.len ?? 0), ...dataSpec(set),
    ...(set.timeoutMs === null ? {} : { timeoutMs: set.timeoutMs }), ...(set.gcMs === null ? {} : { gcIntervalMs: set.gcMs }),
    ...(set.policy === null ? {} : { policy: set.policy }), ...(size === null || size === 0 ? {} : { size }),
    ...(isConcatOfRanges(set) ? { fieldLens: set.fieldLens.map(bytesFor) } : {}), ...(set.stmts.length === 0 ? {} : { exprs: exprsOf(set.stmts) }),
    userdata: setUserdata(set, flags, env),
  };
}

export interface Elements { readonly elems: NftElem[]; readonly locs: Loc[] }

/**
 * Elements for the kernel. Plain interval sets get starts and ends; `first` = also an end at 0, which an empty set
 * gets once. Places: where each was written, for errors.
 */
export function elementsOf(set: SetDecl, init: SetExpr, add: boolean, first: boolean): Elements {
  const split = set.flags.interval && !isConcatOfRanges(set);
  const exprs = split ? setToIntervals({ ...set, init: first ? init : null, anonymous: set.anonymous && first }, init, add) : init.exprs;
  return { elems: exprs.map((e) => elementOf(set, e)), locs: exprs.map((e) => (e.kind === "mapping" ? e.left.loc : e.loc)) };
}

const elemPart = (e: Expr): SetElemExpr | null => (e.kind === "mapping" ? elemPart(e.left) : e.kind === "set_elem" ? e : null);
const keyPart = (e: Expr): Expr => (e.kind === "mapping" ? keyPart(e.left) : e.kind === "set_elem" ? e.key : e);

export function elementOf(set: SetDecl, e: Expr): NftElem {
  const elem = elemPart(e);
  return {
    ...keyOf(set, keyPart(e)), ...(elem === null ? {} : elemOptions(elem)),
    ...(e.kind === "mapping" && elem?.intervalEnd !== true ? dataOf(set, e.right) : {}),
  };
}

function elemOptions(elem: SetElemExpr): Partial<NftElem> {
  const userdata: ElemUserdata = { ...(elem.comment === null ? {} : { comment: elem.comment }), ...(elem.intervalOpen ? { intervalOpen: true } : {}) };
  return {
    ...(elem.intervalEnd ? { intervalEnd: true } : {}), ...(elem.timeoutMs === null ? {} : { timeoutMs: elem.timeoutMs }),
    ...(elem.expiresMs === null ? {} : { expiresMs: elem.expiresMs }), ...(elem.stmts.length === 0 ? {} : { exprs: exprsOf(elem.stmts) }),
    ...(Object.keys(userdata).length === 0 ? {} : { userdata: { ...userdata } }),
  };
}

/** Sets that are searched by size keep numbers most significant byte first. */
function boundOf(set: SetDecl, e: Expr, end: "low" | "high"): Uint8Array {
  if (!set.flags.interval) return e.kind === "value" ? bytesOf(e, Math.max(bytesFor(e.len), bytesFor(set.key?.len ?? 0))) : lowBytes(e);
  if (e.kind === "concat") return joinWords(e.exprs.map((part) => boundOf(set, part, end)));
  const value = end === "low" ? lowOf(e) : highOf(e);
  return bytesMsbFirst(value ?? 0n, bytesFor(isConcatOfRanges(set) ? e.len : (set.key?.len ?? 0)));
}

function keyOf(set: SetDecl, key: Expr): Partial<NftElem> {
  if (key.kind === "catchall") return { catchall: true };
  const low = boundOf(set, key, "low");
  return isConcatOfRanges(set) && key.kind === "concat" ? { key: low, keyEnd: boundOf(set, key, "high") } : { key: low };
}

function dataOf(set: SetDecl, data: Expr): Partial<NftElem> {
  if (data.kind === "verdict") return { data: verdictData(data) };
  if (set.flags.object) return { objref: nameOf(data) };
  return { data: mapDataBytes(data, set.dataInterval === true) };
}
