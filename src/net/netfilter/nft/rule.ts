import type { NftMsg } from "../../uapi/nft.ts";
import { chainFor, newBind } from "./bind.ts";
import { ruleRow as ruleRowText } from "./eval-trace.ts";
import { bindExpr } from "./expr.ts";
import type { NftChain, NftOp, NftRule, NftSet } from "./model.ts";
import { takeHandle } from "./net.ts";
import { ruleRow } from "./rows.ts";
import { forgetSet } from "./set.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";
import { validateTable } from "./validate.ts";

type NewMsg = Extract<NftMsg, { readonly op: "rule.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "rule.del" }>;

/** NFT_RULE_MAXEXPRS. */
const MAX_EXPRS = 128;

/** nf_tables_newrule. */
export function ruleNew(tx: Transaction, m: NewMsg): Refusal | null {
  const chain = chainFor(tx, m);
  if (isRefusal(chain)) return chain;
  const place = placeOf(tx, chain, m);
  if (isRefusal(place)) return place;
  const handle = place.old === null ? takeHandle(chain.table) : place.old.handle;
  const missing = place.old === null ? checkPosition(place, m) : null;
  if (missing !== null) return missing;
  const bound = bindRule(tx, chain, m);
  if (isRefusal(bound)) return bound;
  const rule: NftRule = { chain, handle, ops: bound.ops, sets: bound.sets, userdata: m.userdata, compat: m.compat ?? null };
  if (m.ruleId !== undefined) tx.ruleIds.set(m.ruleId, rule);
  insertRule(tx, rule, place, m);
  return tx.validateNow ? validateTable(chain.table) : null;
}

interface Place {
  /** The rule that is replaced. */
  readonly old: NftRule | null;
  /** The rule it goes next to. */
  readonly beside: NftRule | null;
}

function placeOf(tx: Transaction, chain: NftChain, m: NewMsg): Place | Refusal {
  if (m.handle !== undefined) {
    const old = chain.rules.find((r) => r.handle === m.handle);
    if (old === undefined) return refuse("ENOENT", "handle");
    if (m.nlm.excl) return refuse("EEXIST", "handle");
    return m.how === "replace" ? { old, beside: null } : refuse("EOPNOTSUPP");
  }
  if (!m.nlm.create || m.how === "replace") return refuse("EINVAL");
  if (m.position !== undefined) return { old: null, beside: chain.rules.find((r) => r.handle === m.position) ?? null };
  const byId = m.positionId === undefined ? null : (tx.ruleIds.get(m.positionId) ?? null);
  return { old: null, beside: byId !== null && chain.rules.includes(byId) ? byId : null };
}

/** A position that is not there is noticed after the new rule took its handle. */
function checkPosition(place: Place, m: NewMsg): Refusal | null {
  const asked = m.position !== undefined || m.positionId !== undefined;
  return asked && place.beside === null ? refuse("ENOENT", "position") : null;
}

/** Binds the instructions; EINVAL and the like point at the one that is wrong. */
function bindRule(tx: Transaction, chain: NftChain, m: NewMsg): { readonly ops: readonly NftOp[]; readonly sets: readonly NftSet[] } | Refusal {
  if (m.exprs.length > MAX_EXPRS) return refuse("EINVAL");
  const { bind: plain, sets } = newBind(tx, chain.table, chain);
  const bind = { ...plain, compat: m.compat ?? null };
  const ops: NftOp[] = [];
  for (const [elemAt, expr] of m.exprs.entries()) {
    const op = bindExpr(bind, expr);
    if (typeof op === "string") return { error: op, attr: "expr", elemAt };
    ops.push(op);
    if (op.jumps !== undefined || op.validate !== undefined) tx.toValidate.add(chain.table);
  }
  return { ops, sets: [...sets] };
}

function insertRule(tx: Transaction, rule: NftRule, place: Place, m: NewMsg): void {
  const { chain } = rule;
  if (place.old !== null) withdrawRule(tx, place.old, true);
  activate(tx, rule);
  const rules = tx.draft(chain);
  const beside = place.old ?? place.beside;
  const at = beside === null ? -1 : rules.indexOf(beside);
  if (place.old !== null) rules[at] = rule;
  else if (m.how === "append") rules.splice(beside === null ? rules.length : at + 1, 0, rule);
  else rules.splice(beside === null ? 0 : at, 0, rule);
  const insert = m.how === "insert";
  const replaced = place.old !== null;
  tx.tell(() => ({ is: "new", what: "rule", row: ruleRow(rule), after: handleBefore(rule), insert, replaced }));
  tx.row(() => ({ key: ruleKey(rule), before: null, after: ruleText(tx, rule) }));
}

/** NFTA_RULE_POSITION of the message: only for a rule between others. */
function handleBefore({ chain, handle }: NftRule): number {
  const at = chain.rules.findIndex((r) => r.handle === handle);
  return at <= 0 || at === chain.rules.length - 1 ? 0 : (chain.rules[at - 1]?.handle ?? 0);
}

function activate(tx: Transaction, rule: NftRule): void {
  rule.chain.use++;
  for (const op of rule.ops) op.activate?.();
  tx.onUndo(() => {
    rule.chain.use--;
    for (const op of rule.ops) op.deactivate?.();
  });
}

/** The rule no longer holds on to chains, sets and objects; sets and chains of its own go with it. */
function withdrawRule(tx: Transaction, rule: NftRule, replaced = false): void {
  rule.chain.use--;
  for (const op of rule.ops) op.deactivate?.();
  tx.onUndo(() => {
    rule.chain.use++;
    for (const op of rule.ops) op.activate?.();
  });
  const text = tx.ns.world.trace === null ? "" : ruleText(tx, rule);
  tx.tell(() => ({ is: "del", what: "rule", row: ruleRow(rule), after: 0, insert: false, replaced }));
  tx.row(() => ({ key: ruleKey(rule), before: text, after: null }));
  for (const set of rule.sets) if (set.spec.flags.anonymous === true && set.use === 0) forgetSet(tx, set);
  for (const op of rule.ops) for (const chain of op.jumps?.() ?? []) if (chain.binding) forgetChain(tx, chain);
}

/** A chain of its own (`jump { … }`) goes without a word. */
function forgetChain(tx: Transaction, chain: NftChain): void {
  if (chain.table.chains.get(chain.name) !== chain) return;
  removeRules(tx, chain);
  tx.remove(chain.table.chains, chain);
}

/** nf_tables_delrule: one rule, all of a chain, or all of a table. */
export function ruleDel(tx: Transaction, m: DelMsg): Refusal | null {
  if (m.chain === undefined) return flushTableRules(tx, m);
  const chain = chainFor(tx, { ...m, chain: m.chain });
  if (isRefusal(chain)) return chain;
  if (m.handle === undefined && m.ruleId === undefined) return removeRules(tx, chain);
  const rule = m.handle === undefined ? tx.ruleIds.get(m.ruleId ?? -1) : chain.rules.find((r) => r.handle === m.handle);
  if (rule === undefined || !chain.rules.includes(rule)) return refuse("ENOENT", "handle");
  removeRule(tx, rule);
  return null;
}

function flushTableRules(tx: Transaction, m: DelMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  for (const chain of [...table.chains.values()]) if (!chain.binding) removeRules(tx, chain);
  return null;
}

export function removeRule(tx: Transaction, rule: NftRule): void {
  const rules = tx.draft(rule.chain);
  rules.splice(rules.indexOf(rule), 1);
  withdrawRule(tx, rule);
}

/** nft_delrule_by_chain. */
export function removeRules(tx: Transaction, chain: NftChain): null {
  if (chain.rules.length === 0) return null;
  const rules = [...chain.rules];
  tx.draft(chain).length = 0;
  for (const rule of rules) withdrawRule(tx, rule);
  return null;
}

export const ruleKey = ({ chain, handle }: NftRule): string => `rule ${chain.table.family} ${chain.table.name} ${chain.name} ${handle}`;

const ruleText = (tx: Transaction, rule: NftRule): string => ruleRowText(tx.ns, rule);
