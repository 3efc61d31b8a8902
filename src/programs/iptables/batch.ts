import { type Errno, strerror } from "../../net/uapi/errno.ts";
import type { NftMsg } from "../../net/uapi/nft.ts";
import type { Sys } from "../../os/sys.ts";
import type { IptRule } from "./rule.ts";
import { compatOf } from "./encode.ts";
import type { CachedRule } from "./cache.ts";
import type { BuiltinChain } from "./tables.ts";

/** What one transaction of iptables changes, in order, and what its errors say. */

type RuleKind = "RULE_APPEND" | "RULE_INSERT" | "RULE_REPLACE" | "RULE_DELETE" | "RULE_FLUSH";
type Kind = "TABLE_ADD" | "TABLE_FLUSH" | "CHAIN_ADD" | "CHAIN_USER_ADD" | "CHAIN_DEL" | "CHAIN_UPDATE" | "CHAIN_RENAME" | "CHAIN_ZERO" | RuleKind;

export interface Update {
  readonly kind: Kind;
  readonly table: string;
  readonly chain: string;
  readonly line: number;
  /** Made when the batch is sent: rules may have got ids meanwhile. */
  readonly message: () => NftMsg;
}

const OLD = { create: false, excl: false } as const;
const NEW = { create: true, excl: false } as const;
const FRESH = { create: true, excl: true } as const;

/** Collects the updates; sends them as one batch. */
export class Batch {
  #updates: Update[] = [];
  #lastRuleId = 0;
  /** Line of the input that is being worked on. */
  line = 0;
  /** iptables-restore: policies make the chain they are for. */
  readonly #restore: boolean;

  constructor(restore: boolean) {
    this.#restore = restore;
  }

  #add(kind: Kind, table: string, chain: string, message: () => NftMsg): void {
    this.#updates.push({ kind, table, chain, line: this.line, message });
  }

  addTable(table: string): void {
    this.#add("TABLE_ADD", table, "", () => ({ op: "table.new", nlm: NEW, family: "ip", name: table, dormant: false, userdata: null }));
  }

  flushTable(table: string): void {
    this.#add("TABLE_FLUSH", table, "", () => ({ op: "table.del", family: "ip", name: table }));
  }

  addBuiltin(table: string, chain: BuiltinChain): void {
    this.#add("CHAIN_ADD", table, chain.name, () => ({ ...baseChain(table, chain), nlm: NEW, policy: "accept" as const }));
  }

  zeroBuiltin(table: string, chain: BuiltinChain, policy: "accept" | "drop"): void {
    this.#add("CHAIN_ZERO", table, chain.name, () => ({ ...baseChain(table, chain), nlm: NEW, policy, counters: { packets: 0, bytes: 0 } }));
  }

  setPolicy(table: string, chain: BuiltinChain, policy: "accept" | "drop" | undefined, counters: { readonly packets: number; readonly bytes: number }): void {
    const nlm = this.#restore ? NEW : OLD;
    this.#add("CHAIN_UPDATE", table, chain.name, () => ({ ...baseChain(table, chain), nlm, ...(policy === undefined ? {} : { policy }), counters }));
  }

  addUser(table: string, name: string): void {
    this.#add("CHAIN_USER_ADD", table, name, () => ({ op: "chain.new", family: "ip", table, nlm: FRESH, name }));
  }

  renameChain(table: string, handle: number, name: string): void {
    this.#add("CHAIN_RENAME", table, name, () => ({ op: "chain.new", family: "ip", table, nlm: OLD, handle, name }));
  }

  /** Refused while it has rules or references. */
  deleteChain(table: string, name: string): void {
    this.#add("CHAIN_DEL", table, name, () => ({ op: "chain.del", family: "ip", table, name, nonrec: true }));
  }

  /** Changes of rules that stand in the batch are dropped first: they would go anyway. */
  flushRules(table: string, chain: string | undefined): void {
    const gone = new Set<string>(["RULE_APPEND", "RULE_INSERT", "RULE_REPLACE", "RULE_DELETE"]);
    this.#updates = this.#updates.filter((u) => !gone.has(u.kind) || u.table !== table || (chain !== undefined && u.chain !== chain));
    this.#add("RULE_FLUSH", table, chain ?? "", () => ({ op: "rule.del", family: "ip", table, ...(chain === undefined ? {} : { chain }) }));
  }

  /** As last rule, or in the place of another. */
  appendRule(table: string, chain: string, made: CachedRule, rule: IptRule, instead?: CachedRule): void {
    if (instead === undefined) return this.#add("RULE_APPEND", table, chain, () => ({ ...newRule(table, chain, made, rule), how: "append" as const }));
    this.replace(table, chain, instead, made, rule);
  }

  replace(table: string, chain: string, old: CachedRule, made: CachedRule, rule: IptRule): void {
    this.#add("RULE_REPLACE", table, chain, () => ({ ...newRule(table, chain, made, rule), how: "replace" as const, ...(old.handle === null ? {} : { handle: old.handle }) }));
  }

  /** First, or before another rule. */
  insertRule(table: string, chain: string, made: CachedRule, rule: IptRule, before?: CachedRule): void {
    if (before !== undefined && before.handle === null) before.ruleId ??= ++this.#lastRuleId;
    const place = before === undefined ? {} : before.handle !== null ? { position: before.handle } : { positionId: before.ruleId ?? 0 };
    this.#add("RULE_INSERT", table, chain, () => ({ ...newRule(table, chain, made, rule), how: "insert" as const, ...place }));
  }

  deleteRule(table: string, chain: string, rule: CachedRule): void {
    if (rule.handle === null) rule.ruleId ??= ++this.#lastRuleId;
    const which = rule.handle !== null ? { handle: rule.handle } : { ruleId: rule.ruleId ?? 0 };
    this.#add("RULE_DELETE", table, chain, () => ({ op: "rule.del", family: "ip", table, chain, ...which }));
  }

  /** Sends what there is. The text of what the kernel refused, or null. */
  commit(sys: Sys): { readonly errno: Errno; readonly text: string } | null {
    const updates = this.#updates;
    this.#updates = [];
    if (updates.length === 0) return null;
    const { errors } = sys.nftBatch(updates.map((u) => u.message()));
    const [first] = errors;
    if (first === undefined) return null;
    const told = errors.flatMap((e) => {
      const u = updates[e.at];
      return u === undefined ? [] : [{ line: u.line, text: errorText(u, e.error) }];
    });
    // Without lines one message is enough; with them each line has its own.
    const shown = told[0]?.line === 0 ? told.slice(0, 1) : told;
    return { errno: first.error, text: shown.map((t) => t.text).join("") };
  }
}

function errorText(u: Update, error: Errno): string {
  const what = u.kind.startsWith("TABLE") ? `table ${u.table}` : u.kind.startsWith("RULE") ? `rule in chain ${u.chain}` : `chain ${u.chain}`;
  return `${u.line > 0 ? `\nline ${u.line}:` : ""} ${u.kind} failed (${strerror(error)}): ${what}`;
}

type Msg<Op extends NftMsg["op"]> = Extract<NftMsg, { op: Op }>;

const baseChain = (table: string, chain: BuiltinChain): Omit<Msg<"chain.new">, "nlm"> =>
  ({ op: "chain.new", family: "ip", table, name: chain.name, type: chain.type, hook: { hook: chain.hook, priority: chain.priority, devices: [] } });

const newRule = (table: string, chain: string, made: CachedRule, rule: IptRule): Omit<Msg<"rule.new">, "how"> =>
  ({
    op: "rule.new", family: "ip", table, chain, nlm: NEW, exprs: made.exprs, userdata: made.userdata, compat: compatOf(rule), ...(made.ruleId === null ? {} : { ruleId: made.ruleId }),
  });
