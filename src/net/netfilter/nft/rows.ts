import type {
  NftChainRow, NftExpr, NftFlowtableRow, NftObjRow, NftRuleRow, NftSetRow, NftTableRow, NftVerdict,
} from "../../uapi/nft.ts";
import type { NftChain, NftFlowtable, NftObj, NftRule, NftSet, NftTable, RunVerdict } from "./model.ts";

/** What dumps, events and echoes show of an object, as it is now. */

export function tableRow(t: NftTable): NftTableRow {
  const use = t.chains.size + t.sets.size + t.objs.size + t.flowtables.size;
  return { family: t.family, name: t.name, handle: t.handle, dormant: t.dormant, use, userdata: t.userdata };
}

export function chainRow(c: NftChain): NftChainRow {
  const { base } = c;
  return {
    family: c.table.family, table: c.table.name, name: c.name, handle: c.handle,
    hook: base === null ? null : base.spec, type: base === null ? null : base.type, policy: base === null ? null : base.policy,
    counters: base === null || base.counters === null ? null : { ...base.counters },
    use: c.use, binding: c.binding, userdata: c.userdata,
  };
}

/** The instructions with their present state; `reset` zeroes counters and quotas as it reads. */
export function ruleRow(r: NftRule, reset = false): NftRuleRow {
  const { chain } = r;
  const exprs: NftExpr[] = r.ops.map((op) => op.dump());
  if (reset) for (const op of r.ops) op.reset?.();
  return { family: chain.table.family, table: chain.table.name, chain: chain.name, handle: r.handle, exprs, userdata: r.userdata, compat: r.compat };
}

export function setRow(s: NftSet): NftSetRow {
  return { ...s.spec, count: s.count() };
}

export function objRow(o: NftObj, reset = false): NftObjRow {
  const obj = o.op.dump();
  if (reset) o.op.reset?.();
  return { family: o.table.family, table: o.table.name, name: o.name, handle: o.handle, use: o.use, obj, userdata: o.userdata };
}

export function flowtableRow(f: NftFlowtable): NftFlowtableRow {
  const { name, handle, priority, devices, use, offload, counter } = f;
  return { family: f.table.family, table: f.table.name, name, handle, priority, devices, use, offload, counter };
}

/** A verdict as messages carry it: chains by name. */
export function verdictOf(v: RunVerdict): NftVerdict {
  switch (v.code) {
    case "jump": case "goto": return { code: v.code, chain: v.chain.name };
    case "stolen": return { code: "drop" };
    default: return { code: v.code };
  }
}
