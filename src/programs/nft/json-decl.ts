import type { ChainDecl, FlowtableDecl, ObjDecl, RuleDecl, SetDecl } from "./ast-cmd.ts";
import type { CachedTable } from "./context.ts";
import { jsonExpr, oneOrMany } from "./json-expr.ts";
import { jsonLimit, jsonStmt, stmtsOf } from "./json-stmt.ts";
import type { Json } from "./json-text.ts";
import type { Printing } from "./print-expr.ts";
import { protoName } from "./print-obj.ts";
import { isMeter } from "./print-set.ts";

/** Tables, chains (their devices are not shown), rules, sets, objects in the schema of libnftables-json(5). */

export const jsonTable = (t: CachedTable): Json =>
  ({ table: { family: t.family, name: t.name, handle: t.handle, flags: t.dormant ? "dormant" : undefined } });

export function jsonChain(c: ChainDecl): Json {
  const { family, table, chain, handle } = c.handle;
  const b = c.base;
  const base = b === null ? {} : { type: b.type.name, hook: b.hooknum ?? b.hook.name, prio: b.priority.num, policy: b.policyValue ?? undefined };
  return { chain: { family, table: table?.name ?? "", name: chain?.name ?? "", handle: handle?.id ?? 0, ...base } };
}

export function jsonRule(r: RuleDecl, p: Printing): Json {
  const { family, table, chain, handle } = r.handle;
  return { rule: { family, table: table?.name ?? "", chain: chain?.name ?? "", handle: handle?.id ?? 0, comment: r.comment ?? undefined, expr: r.stmts.map((s) => jsonStmt(s, p)) } };
}

const typeNames = (e: SetDecl["key"]): Json => (e === null ? "" : e.dtype.subtypes === null ? e.dtype.name : e.dtype.subtypes.map((d) => d.name));

export function jsonSet(s: SetDecl, p: Printing): Json {
  const { family, table, set, handle } = s.handle;
  const kind = isMeter(s) ? "meter" : s.isMap ? "map" : "set";
  return {
    [kind]: {
      family, name: set?.name ?? "", table: table?.name ?? "", type: typeNames(s.key), handle: handle?.id ?? 0, comment: s.comment ?? undefined,
      map: s.isMap ? (s.objType ?? s.data?.dtype.name ?? "") : undefined, ...jsonSetOptions(s), elem: jsonElements(s, p), stmt: stmtsOf(s.stmts, p),
    },
  };
}

const secondsOf = (ms: number | null): number | undefined => (ms === null ? undefined : Math.floor(ms / 1000));

function jsonSetOptions(s: SetDecl): { readonly [key: string]: Json | undefined } {
  const flags = [...(s.flags.constant ? ["constant"] : []), ...(s.flags.interval ? ["interval"] : []), ...(s.flags.timeout ? ["timeout"] : [])];
  return {
    policy: !s.flags.constant && s.policy === "memory" ? "memory" : undefined, size: !s.flags.constant && s.size !== null && s.size > 0 ? s.size : undefined,
    flags: flags.length === 0 ? undefined : flags, timeout: secondsOf(s.timeoutMs), "gc-interval": secondsOf(s.gcMs),
  };
}

const jsonElements = (s: SetDecl, p: Printing): Json | undefined =>
  (p.flags.terse || s.init?.kind !== "set" || s.init.exprs.length === 0 ? undefined : s.init.exprs.map((e) => jsonExpr(e, p)));

export function jsonObj(o: ObjDecl, p: Printing): Json {
  const { family, table, obj, handle } = o.handle;
  return { [o.type]: { family, name: obj?.name ?? "", table: table?.name ?? "", handle: handle?.id ?? 0, comment: o.comment ?? undefined, ...jsonObjBody(o, p) } };
}

function jsonObjBody(o: ObjDecl, p: Printing): { readonly [key: string]: Json | undefined } {
  const { spec } = o;
  switch (spec.type) {
    case "counter": return { packets: spec.packets, bytes: spec.bytes };
    case "quota": return { bytes: spec.bytes, used: spec.used, inv: spec.invert };
    case "limit": return jsonLimitObj(jsonLimit(spec.kind, { ...spec, over: spec.invert }));
    case "ct helper": return { type: spec.helper, protocol: protoName(spec.l4proto, p), l3proto: spec.l3proto };
    case "ct timeout": return { protocol: protoName(spec.l4proto, p), l3proto: spec.l3proto, policy: { ...spec.policy } };
    case "ct expectation": return { protocol: protoName(spec.l4proto, p), dport: spec.dport, timeout: spec.timeoutMs, size: spec.size, l3proto: spec.l3proto };
    case "secmark": return { context: spec.context };
    case "synproxy": return { mss: spec.mss, wscale: spec.wscale, flags: synproxyFlags(spec.flags) };
    case "tunnel": return {};
  }
}

/** The object has its members in another order than the statement. */
const jsonLimitObj = (l: { readonly [key: string]: Json | undefined }): { readonly [key: string]: Json | undefined } =>
  ({ rate: l["rate"], per: l["per"], inv: l["inv"], rate_unit: l["rate_unit"], burst: l["burst"], burst_unit: l["burst_unit"] });

function synproxyFlags(flags: number): Json | undefined {
  const words = [...((flags & 8) !== 0 ? ["timestamp"] : []), ...((flags & 4) !== 0 ? ["sack-perm"] : [])];
  return words.length === 0 ? undefined : oneOrMany(words);
}

export function jsonFlowtable(f: FlowtableDecl): Json {
  const { family, table, flowtable, handle } = f.handle;
  return {
    flowtable: {
      family, name: flowtable?.name ?? "", table: table?.name ?? "", handle: handle?.id ?? 0, hook: "ingress", prio: f.priority?.num ?? 0,
      dev: f.devices.length === 0 ? undefined : oneOrMany(f.devices),
    },
  };
}
