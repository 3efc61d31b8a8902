import type { ChainDecl, Cmd, FlowtableDecl, Handle, Named, ObjDecl, RuleDecl, SetDecl, TableDecl } from "./ast-cmd.ts";
import { linearizeDelete, linearizeFlush, renameChain } from "./linear-delete.ts";
import { addElements } from "./linear-elem.ts";
import { commentData, type Batch, type Place, type RuleSpot } from "./linear-batch.ts";
import type { Expr } from "./ast.ts";
import type { NftHook, NftHookSpec, NftMsg } from "../../net/uapi/nft.ts";

/** Commands as messages of one transaction (do_command and mnl.c). Listing commands make none. */

const HOOKS: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting", "ingress", "egress"];
const hookNamed = (name: string): NftHook => HOOKS.find((h) => h === name) ?? "input";
const tableOf = (h: Handle): string => h.table?.name ?? "";
const nlm = (cmd: Cmd): { create: boolean; excl: boolean } => ({ create: true, excl: cmd.op === "create" });

export function linearizeCmd(b: Batch, cmd: Cmd): void {
  switch (cmd.op) {
    case "add":
    case "create":
    case "insert":
    case "replace":
      return linearizeAdd(b, cmd);
    case "delete":
    case "destroy":
      return linearizeDelete(b, cmd);
    case "flush":
      return linearizeFlush(b, cmd);
    case "rename":
      return renameChain(b, cmd);
    default:
      return undefined;
  }
}

function linearizeAdd(b: Batch, cmd: Cmd): void {
  switch (cmd.obj) {
    case "table":
      return addTable(b, cmd);
    case "chain":
      return cmd.chain === null ? addBareChain(b, cmd) : addChainWithRules(b, cmd, cmd.chain);
    case "rule":
      return cmd.rule === null ? undefined : addRule(b, cmd, cmd.rule, cmd.handle);
    case "set":
    case "map":
    case "meter":
      return cmd.set === null ? undefined : b.addSet(cmd, named(cmd.set, cmd.handle), cmd.op === "create");
    case "element":
      return addElements(b, cmd);
    case "flowtable":
      return cmd.flowtable === null ? undefined : addFlowtable(b, cmd, cmd.flowtable, cmd.handle);
    default:
      return cmd.object === null ? undefined : addObj(b, cmd, cmd.object, cmd.handle);
  }
}

/** Declarations inside a table's block know their own name only. */
function named(set: SetDecl, within: Handle): SetDecl {
  set.handle.family = within.family;
  set.handle.table = within.table;
  set.handle.set ??= within.set;
  return set;
}

function addTable(b: Batch, cmd: Cmd): void {
  const { handle, table } = cmd;
  b.push(
    cmd, { op: "table.new", nlm: nlm(cmd), family: handle.family, name: tableOf(handle), dormant: table?.dormant ?? false, userdata: commentData(table?.comment ?? null) },
    { name: handle.table?.loc ?? null, table: handle.table?.loc ?? null },
  );
  // nft 1.0.6 looks into blocks for "add" only (nft_cmd_expand): "create" makes the empty table, chain or set.
  if (table !== null && cmd.op !== "create") addContents(b, cmd, table);
}

/** The kernel meets names before rules that use them. */
function addContents(b: Batch, cmd: Cmd, table: TableDecl): void {
  const inside = (own: Handle): Handle => ({ ...own, family: cmd.handle.family, table: cmd.handle.table });
  // Errors that name no word are about the thing's own name, not about the whole block (nft_cmd_expand).
  const at = (name: Named | null): Cmd => (name === null ? cmd : { ...cmd, loc: name.loc });
  for (const chain of table.chains) addChain(b, at(chain.handle.chain), chain, inside(chain.handle));
  for (const obj of table.objs) addObj(b, at(obj.handle.obj), obj, inside(obj.handle));
  for (const set of table.sets) b.addSet(at(set.handle.set), named(set, inside(set.handle)), cmd.op === "create");
  for (const flowtable of table.flowtables) addFlowtable(b, at(flowtable.handle.flowtable), flowtable, inside(flowtable.handle));
  for (const chain of table.chains) addRules(b, cmd, chain, inside(chain.handle));
}

function addChainWithRules(b: Batch, cmd: Cmd, chain: ChainDecl): void {
  addChain(b, cmd, chain, cmd.handle);
  if (cmd.op !== "create") addRules(b, cmd, chain, cmd.handle);
}

function addRules(b: Batch, cmd: Cmd, chain: ChainDecl, within: Handle): void {
  for (const rule of chain.rules) addRule(b, { ...cmd, loc: rule.loc }, rule, { ...rule.handle, family: within.family, table: within.table, chain: within.chain });
}

const chainPlace = (h: Handle): Place["attrs"] => ({ table: h.table?.loc ?? null, name: h.chain?.loc ?? null, chain: h.chain?.loc ?? null, handle: h.handle?.loc ?? null });

function addBareChain(b: Batch, cmd: Cmd): void {
  b.push(cmd, { op: "chain.new", nlm: nlm(cmd), family: cmd.handle.family, table: tableOf(cmd.handle), name: cmd.handle.chain?.name ?? "" }, chainPlace(cmd.handle));
}

function hookOf(chain: ChainDecl): NftHookSpec | null {
  const { base } = chain;
  if (base === null || base.hook.name === "") return null;
  return { hook: hookNamed(base.hooknum ?? base.hook.name), priority: base.priority.num, devices: base.devices };
}

function policyOf(chain: ChainDecl): "accept" | "drop" | null {
  if (chain.base?.policyValue !== undefined && chain.base.policyValue !== null) return chain.base.policyValue;
  const word = chain.policy === null || chain.policy === undefined ? "" : wordOf(chain.policy);
  return word === "accept" || word === "drop" ? word : null;
}

function wordOf(e: Expr): string {
  if (e.kind === "symbol") return e.name;
  if (e.kind === "variable") return wordOf(e.value);
  return e.kind === "verdict" ? e.code : "";
}

function addChain(b: Batch, cmd: Cmd, chain: ChainDecl, h: Handle): void {
  if (!b.once(chain)) return;
  const hook = hookOf(chain);
  const policy = policyOf(chain);
  const attrs = {
    ...chainPlace(h), type: chain.base?.type.loc ?? null, hook: chain.base?.hook.loc ?? null, priority: chain.base?.priority.loc ?? null,
    policy: (chain.base?.policy ?? chain.policy ?? null)?.loc ?? null,
  };
  b.push(
    cmd,
    {
      op: "chain.new", nlm: nlm(cmd), family: h.family, table: tableOf(h), name: h.chain?.name ?? "",
      ...(hook === null ? {} : { hook, type: chain.base?.type.name ?? "filter" }), ...(policy === null ? {} : { policy }), userdata: commentData(chain.comment),
    },
    attrs,
  );
}

type RuleNew = Extract<NftMsg, { op: "rule.new" }>;

function howOf(cmd: Cmd): RuleNew["how"] {
  return cmd.op === "insert" ? "insert" : cmd.op === "replace" ? "replace" : "append";
}

type Beside = Pick<RuleNew, "position" | "positionId">;

/** The rule next to which another goes: by handle, or by index among those that are there then. Null = after an error. */
function besideOf(b: Batch, h: Handle, spots: readonly RuleSpot[]): Beside | null {
  if (h.position !== null) return { position: h.position.id };
  if (h.index === null || b.nft.cache.places !== true) return {};
  const spot = spots[h.index.id];
  if (spot !== undefined) return "handle" in spot ? { position: spot.handle } : { positionId: spot.ruleId };
  b.fail("Could not process rule: No such file or directory", h.index.loc);
  return null;
}

/** Keeps count of the chain's rules, for indexes further on. */
function place(spots: RuleSpot[], ruleId: number, how: RuleNew["how"], h: Handle): void {
  if (how === "replace") return;
  const byHandle = h.position === null ? -1 : spots.findIndex((s) => "handle" in s && s.handle === h.position?.id);
  const at = h.index?.id ?? byHandle;
  if (at < 0) spots.splice(how === "insert" ? 0 : spots.length, 0, { ruleId });
  else spots.splice(how === "insert" ? at : at + 1, 0, { ruleId });
}

function addRule(b: Batch, cmd: Cmd, rule: RuleDecl, h: Handle): void {
  if (!b.once(rule)) return;
  const { exprs, locs } = b.linearize(cmd, { ...rule, handle: h });
  const spots = b.rulesOf(h);
  const beside = besideOf(b, h, spots);
  if (beside === null) return;
  const ruleId = b.newRuleId();
  const how = howOf(cmd);
  place(spots, ruleId, how, h);
  b.push(
    cmd,
    {
      op: "rule.new", nlm: { create: cmd.op !== "replace", excl: false }, family: h.family, table: tableOf(h), chain: h.chain?.name ?? "", exprs, how, ...beside, ruleId,
      ...(cmd.op === "replace" && h.handle !== null ? { handle: h.handle.id } : {}), userdata: commentData(rule.comment),
    },
    { table: h.table?.loc ?? null, chain: h.chain?.loc ?? null, handle: h.handle?.loc ?? null }, locs,
  );
}

function addObj(b: Batch, cmd: Cmd, obj: ObjDecl, h: Handle): void {
  if (!b.once(obj)) return;
  b.push(
    cmd, { op: "obj.new", nlm: nlm(cmd), family: h.family, table: tableOf(h), name: h.obj?.name ?? obj.handle.obj?.name ?? "", obj: obj.spec, userdata: commentData(obj.comment) },
    { table: h.table?.loc ?? null, name: h.obj?.loc ?? null, obj: h.obj?.loc ?? null },
  );
}

function addFlowtable(b: Batch, cmd: Cmd, f: FlowtableDecl, h: Handle): void {
  if (!b.once(f)) return;
  b.push(
    cmd,
    {
      op: "flowtable.new", nlm: nlm(cmd), family: h.family, table: tableOf(h), name: h.flowtable?.name ?? "", ...(f.priority === null ? {} : { priority: f.priority.num }),
      devices: f.devices, ...(f.offload ? { offload: true } : {}), ...(f.counter ? { counter: true } : {}),
    },
    { table: h.table?.loc ?? null, name: h.flowtable?.loc ?? null },
  );
}
