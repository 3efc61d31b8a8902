import type { ChainDecl, FlowtableDecl, PrioSpec } from "./ast-cmd.ts";
import type { Expr } from "./ast.ts";
import { exprName, fail, type EvalCtx } from "./eval-ctx.ts";
import { findTable, tableNotFound } from "./fuzzy.ts";
import type { Loc } from "./loc.ts";
import { textOf } from "./nodes.ts";
import { priorityNames } from "./print-prio.ts";
import { isStringType } from "./nodes.ts";
import { parseNumber } from "./types-base.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";
import type { NftHook } from "../../net/uapi/nft.ts";

/** Chains and flowtables: hooks, priorities, devices, policies (chain_evaluate, flowtable_evaluate). */

const IP_HOOKS: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting"];
/** Hooks a family has (str2hooknum). */
const HOOKS: Readonly<Record<NftFamily, readonly NftHook[]>> = {
  ip: IP_HOOKS, ip6: IP_HOOKS, inet: [...IP_HOOKS, "ingress"], bridge: IP_HOOKS, arp: ["input", "forward", "output"], netdev: ["ingress", "egress"],
};

export const hookOf = (family: NftFamily, name: string): NftHook | null => HOOKS[family].find((h) => h === name) ?? null;

const resolve = (e: Expr): Expr => (e.kind === "variable" ? resolve(e.value) : e);

function wordOf(e: Expr): string | null {
  if (e.kind === "symbol") return e.name;
  return e.kind === "value" && isStringType(e.dtype) ? textOf(e) : null;
}

/** `filter`, `filter + 10`, `-5`: a number by family and hook; null = no such name (evaluate_priority). */
function priorityOf(prio: PrioSpec, family: NftFamily, hook: string): number | null {
  const e = resolve(prio.expr);
  if (e.kind === "value" && !isStringType(e.dtype)) return Number(e.value);
  const words = /^(\S+?)(?:\s*([+-])\s*(\d+))?$/.exec(wordOf(e) ?? "");
  if (words === null) return null;
  const [, name = "", sign, addend] = words;
  const number = parseNumber(name.replace(/^-/, ""));
  if (number !== null) return name.startsWith("-") ? -Number(number) : Number(number);
  const found = priorityNames(family, hook).find((n) => n.name === name);
  return found === undefined ? null : found.value + prio.num + (sign === undefined ? 0 : Number(`${sign}${addend ?? "0"}`));
}

function evaluatePriority(ctx: EvalCtx, prio: PrioSpec, family: NftFamily, hook: string, tail: string): boolean {
  const e = resolve(prio.expr);
  if (e.kind !== "value" && e.kind !== "symbol") {
    fail(ctx, `${exprName(e)} is not a valid priority expression`, e.loc);
    return fail(ctx, `invalid priority expression ${exprName(e)}${tail}`, prio.loc) !== null;
  }
  const number = priorityOf(prio, family, hook);
  if (number === null) return fail(ctx, `invalid priority expression ${exprName({ ...e, kind: "value" } as Expr)}${tail}`, prio.loc) !== null;
  prio.num = number;
  prio.expr = { ...e, kind: "value", value: BigInt(number) } as Expr;
  return true;
}

/** Names of devices, out of lists and definitions. */
function devicesOf(ctx: EvalCtx, e: Expr): string[] | null {
  const at = resolve(e);
  if (at.kind === "set" || at.kind === "list") {
    const all = at.exprs.map((x) => devicesOf(ctx, x));
    return all.includes(null) ? null : all.flatMap((x) => x ?? []);
  }
  if (at.kind === "set_elem") return devicesOf(ctx, at.key);
  const word = wordOf(at);
  return word === null ? fail(ctx, `${exprName(at)} is not a valid variable expression`, at.loc) : [word];
}

export function evaluateChain(ctx: EvalCtx, chain: ChainDecl | null, name: string): boolean {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  if (chain === null) return true;
  if (!table.chains.has(name)) table.chains.set(name, chain);
  return evaluateBase(ctx, chain) && evaluatePolicy(ctx, chain);
}

function evaluateBase(ctx: EvalCtx, chain: ChainDecl): boolean {
  const { base } = chain;
  if (base === null) return true;
  const hook = hookOf(ctx.family, base.hook.name);
  if (hook === null) return fail(ctx, `The ${ctx.family} family does not support this hook`, base.hook.loc) !== null;
  base.hooknum = hook;
  if (!evaluatePriority(ctx, base.priority, ctx.family, hook, " in this context.")) return false;
  const onDevices = ctx.family === "netdev" || (ctx.family === "inet" && hook === "ingress");
  return evaluateDevices(ctx, base, onDevices);
}

/** `device lo` with its word. */
function deviceSpec(loc: Loc): Loc {
  const word = /devices?\s*=?\s*$/.exec(loc.input.text.slice(0, loc.start));
  return word === null ? loc : { ...loc, start: word.index };
}

/** From `type` to the priority. */
function hookSpec(base: NonNullable<ChainDecl["base"]>): Loc {
  const { loc } = base.type;
  const word = /type\s*$/.exec(loc.input.text.slice(0, loc.start));
  return { ...loc, start: word?.index ?? loc.start, end: base.priority.loc.end };
}

function evaluateDevices(ctx: EvalCtx, base: NonNullable<ChainDecl["base"]>, onDevices: boolean): boolean {
  if (base.dev === null) return !onDevices || fail(ctx, "Missing `device' in this chain definition", hookSpec(base)) !== null;
  if (!onDevices) return fail(ctx, "This chain type cannot be bound to device", deviceSpec(base.dev.loc)) !== null;
  const devices = devicesOf(ctx, base.dev);
  if (devices !== null) base.devices = devices;
  return devices !== null;
}

function evaluatePolicy(ctx: EvalCtx, chain: ChainDecl): boolean {
  const given = chain.base?.policy ?? chain.policy ?? null;
  if (given === null) return true;
  const word = wordOf(resolve(given));
  if (word !== "accept" && word !== "drop") return fail(ctx, `invalid policy expression ${exprName(resolve(given))}`, chain.loc) !== null;
  if (chain.base !== null) chain.base.policyValue = word;
  return true;
}

export function evaluateFlowtable(ctx: EvalCtx, f: FlowtableDecl, name: string): boolean {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  if (!table.flowtables.has(name)) table.flowtables.set(name, f);
  if (f.hook !== null && f.priority !== null) {
    if (hookOf("netdev", f.hook.name) === null) return fail(ctx, `invalid hook ${f.hook.name}`, f.loc) !== null;
    if (!evaluatePriority(ctx, f.priority, "netdev", f.hook.name, ".")) return false;
  }
  return flowtableDevices(ctx, f);
}

export function flowtableDevices(ctx: EvalCtx, f: FlowtableDecl): boolean {
  if (f.dev === null) return true;
  const devices = devicesOf(ctx, f.dev);
  if (devices !== null) f.devices = devices;
  return devices !== null;
}
