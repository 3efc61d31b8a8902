import type { NftDump, NftElem, NftGet, NftGetReply } from "../../uapi/nft.ts";
import type { NftAttr, NftFamily } from "../../uapi/nft.ts";
import type { Errno } from "../../uapi/errno.ts";
import { elemKey } from "./elem-bind.ts";
import { type NftNet, type NftTable, tableKey } from "./model.ts";
import { chainRow, flowtableRow, objRow, ruleRow, setRow, tableRow } from "./rows.ts";
import { KernelSet, elemRow } from "./set-object.ts";
import { isExpired } from "./set-store.ts";

type Get<Op extends NftGet["op"]> = Extract<NftGet, { readonly op: Op }>;
type Lists = Partial<Omit<NftDump, "genid">>;

/** Dumps and gets. Lists that nobody asked for are empty. */
export function answerGet(net: NftNet, nowNs: number, get: NftGet): NftGetReply {
  const lists = listsFor(net, nowNs, get);
  if ("error" in lists) return lists;
  return { error: null, dump: { tables: [], chains: [], rules: [], sets: [], elems: [], objs: [], flowtables: [], ...lists, genid: net.genid } };
}

interface No {
  readonly error: Errno;
  readonly attr: NftAttr | null;
}
const no = (error: Errno, attr: NftAttr | null): No => ({ error, attr });

function listsFor(net: NftNet, nowNs: number, get: NftGet): Lists | No {
  switch (get.op) {
    case "gen.get": return {};
    case "table.dump": return { tables: tablesIn(net, get).map(tableRow) };
    case "chain.dump": return { chains: tablesIn(net, get).flatMap((t) => [...t.chains.values()].map(chainRow)) };
    case "rule.dump": return { rules: dumpRules(net, get) };
    case "set.dump": return { sets: tablesIn(net, get).flatMap((t) => [...t.sets.values()].map(setRow)) };
    case "obj.dump": return objsFor(net, get);
    case "flowtable.dump": return { flowtables: tablesIn(net, get).flatMap((t) => [...t.flowtables.values()].map(flowtableRow)) };
    case "elem.dump": case "elem.get": return elemsFor(net, nowNs, get);
  }
}

function tablesIn(net: NftNet, { family, table }: { readonly family?: NftFamily; readonly table?: string }): readonly NftTable[] {
  return [...net.tables.values()].filter((t) => t.family === (family ?? t.family) && t.name === (table ?? t.name));
}

function dumpRules(net: NftNet, get: Get<"rule.dump">): NftDump["rules"] {
  const chains = tablesIn(net, get).flatMap((t) => [...t.chains.values()].filter((c) => c.name === (get.chain ?? c.name)));
  return chains.flatMap((c) => c.rules.map((r) => ruleRow(r, get.reset)));
}

/** One object by name is there, or ENOENT (nf_tables_getobj); a list may be empty. */
function objsFor(net: NftNet, get: Get<"obj.dump">): Lists | No {
  const objs = dumpObjs(net, get);
  if (get.name === undefined || objs.length > 0) return { objs };
  return no("ENOENT", tablesIn(net, get).length === 0 ? "table" : "name");
}

function dumpObjs(net: NftNet, get: Get<"obj.dump">): NftDump["objs"] {
  const objs = tablesIn(net, get).flatMap((t) => [...t.objs.values()]);
  return objs.filter((o) => o.type === (get.type ?? o.type) && o.name === (get.name ?? o.name)).map((o) => objRow(o, get.reset));
}

function elemsFor(net: NftNet, nowNs: number, get: Get<"elem.dump"> | Get<"elem.get">): Lists | No {
  const table = net.tables.get(tableKey(get.family, get.table));
  if (table === undefined) return no("ENOENT", "table");
  const set = table.sets.get(get.set);
  if (!(set instanceof KernelSet)) return no("ENOENT", "set");
  if (get.op === "elem.get") return someElems(set, nowNs, get);
  return { elems: set.elems().filter((e) => !isExpired(e, nowNs)).map((e) => elemRow(set, e, nowNs, get.reset)) };
}

/** nf_tables_getsetelem: every key that was asked for, or ENOENT. */
function someElems(set: KernelSet, nowNs: number, get: Get<"elem.get">): Lists | No {
  const elems: NftElem[] = [];
  for (const wanted of get.elems) {
    if (wanted.catchall !== true && wanted.key?.length !== set.spec.keyLen) return no("EINVAL", null);
    const found = wanted.catchall === true ? set.catchall : set.store.covering(elemKey(set, wanted));
    if (found === null || isExpired(found, nowNs)) return no("ENOENT", null);
    elems.push(elemRow(set, found, nowNs, get.reset));
  }
  return { elems };
}
