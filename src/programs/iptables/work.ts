import type { Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { Batch } from "./batch.ts";
import { type Cache, type CachedChain, type CachedRule, type CachedTable, readCache } from "./cache.ts";
import type { Command } from "./commands.ts";
import { type Decoded, decodeRule } from "./decode.ts";
import { encodeRule } from "./encode.ts";
import { type Bad, type Names, bad } from "./ext/extension.ts";
import { listChain, listRules, readRule } from "./list.ts";
import { ruleDetails } from "./print.ts";
import { type IptRule, sameRule } from "./rule.ts";
import { HOOKS, builtinChain, builtinTable } from "./tables.ts";

/** How a command failed: `errno` is told in words that depend on what was tried (`during`). */
export type Failure = Bad | { readonly errno: Errno | null; readonly during: string; readonly line: number };
type Step = Failure | undefined;

export interface WorkOptions {
  readonly sys: Sys;
  readonly names: Names;
  readonly out: (text: string) => Task<void>;
  /** iptables-restore; with `replace` it need not know what the tables hold. */
  readonly restore: boolean;
  readonly replace: boolean;
}

/** Turns commands into one batch, as nft_prepare() and nft_commit() of iptables do. */
export class Work {
  readonly #o: WorkOptions;
  readonly #batch: Batch;
  #cache: Cache;
  #line = 0;
  #tried = "";

  constructor(options: WorkOptions) {
    this.#o = options;
    this.#batch = new Batch(options.restore);
    this.#cache = readCache(options.sys, options.replace);
  }

  /** Does all commands, then changes the kernel; without `commit` it stops before (iptables-restore --test). */
  *run(commands: readonly Command[], commit = true): Task<Failure | undefined> {
    for (const c of commands) {
      this.#batch.line = this.#line = c.line;
      const failed = yield* this.#one(c);
      if (failed !== undefined) return failed;
    }
    if (!commit) return undefined;
    const refused = this.#batch.commit(this.#o.sys);
    return refused === null ? undefined : bad(refused.text, 4);
  }

  #table(name: string): CachedTable {
    const table = this.#cache.get(name);
    if (table === undefined) throw new Error(`iptables: table ${name} passed the check of names`);
    return table;
  }

  #errno(errno: Errno | null): Failure {
    return { errno, during: this.#tried, line: this.#line };
  }

  *#one(c: Command): Task<Step> {
    switch (c.do) {
      case "append": case "insert": case "replace": case "delete": case "check": return yield* this.#ruleCommand(c);
      case "delete-num": return this.#deleteNum(c.table, c.chain, c.at);
      case "flush": return yield* this.#flush(c);
      case "zero": return yield* this.#zero(c);
      case "zero-num": return this.#zeroNum(c.table, c.chain, c.at);
      case "list": return yield* listChain(this.#table(c.table), c, this.#o);
      case "list-rules": return yield* listRules(this.#table(c.table), c, this.#o);
      case "new-chain": return this.#newChain(c.table, c.chain);
      case "delete-chain": return yield* this.#deleteChain(c);
      case "rename": return this.#rename(c.table, c.chain, c.to);
      case "policy": return this.#policy(c);
      case "flush-table": return yield* this.#flushTable(c.table, c.verbose);
      case "restore-chain": return this.#restoreChain(c.table, c.chain);
    }
  }

  // — tables and built-in chains come when they are needed —

  #initTable(table: CachedTable): void {
    if (!table.exists) this.#batch.addTable(table.name);
  }

  /** The table, and this chain if it is a built-in one; all of them without a name. */
  #initChains(table: CachedTable, name: string | undefined): void {
    this.#initTable(table);
    for (const c of builtinTable(table.name)?.chains ?? []) {
      if ((name !== undefined && c.name !== name) || table.base.has(HOOKS.indexOf(c.hook))) continue;
      table.addBuiltin(c);
      this.#batch.addBuiltin(table.name, c);
    }
  }

  #chainExists(table: CachedTable, name: string): boolean {
    return builtinChain(table.name, name) !== undefined || table.find(name) !== undefined;
  }

  // — rules —

  *#ruleCommand(c: Extract<Command, { rule: IptRule }>): Task<Step> {
    const table = this.#table(c.table);
    const exprs = encodeRule(c.rule);
    if ("bad" in exprs) return exprs;
    const { target, jumpto } = c.rule;
    if (target === null && jumpto !== "" && !this.#chainExists(table, jumpto)) return bad(`Chain '${jumpto}' does not exist`);
    const made: CachedRule = { handle: null, ruleId: null, exprs, userdata: null };
    this.#tried = c.do;
    if (c.do === "append") return yield* this.#append(table, c.chain, c.rule, made, c.verbose);
    if (c.do === "insert") return yield* this.#insert(table, c, made);
    const chain = table.find(c.chain);
    if (chain === undefined) return this.#errno("ENOENT");
    return c.do === "replace" ? yield* this.#replace(table, chain, c, made) : yield* this.#deleteOrCheck(table, chain, c);
  }

  /** `-v` shows the rule. */
  *#show(rule: IptRule, verbose: boolean): Task<void> {
    if (verbose) yield* this.#o.out(ruleDetails(this.#asRead(rule), this.#o.names));
  }

  *#append(table: CachedTable, name: string, rule: IptRule, made: CachedRule, verbose: boolean): Task<Step> {
    this.#tried = "append";
    this.#initChains(table, name);
    this.#batch.appendRule(table.name, name, made, rule);
    yield* this.#show(rule, verbose);
    const chain = table.find(name);
    if (chain === undefined) return this.#errno("ENOENT");
    chain.rules.push(made);
    return undefined;
  }

  *#insert(table: CachedTable, c: Extract<Command, { do: "insert" }>, made: CachedRule): Task<Step> {
    this.#initChains(table, c.chain);
    const chain = table.find(c.chain);
    if (chain === undefined) return this.#errno("ENOENT");
    const before = c.at > 0 ? chain.rules[c.at] : undefined;
    if (c.at > 0 && before === undefined) {
      if (chain.rules[c.at - 1] === undefined) return this.#errno("E2BIG");
      return yield* this.#append(table, c.chain, c.rule, made, c.verbose);
    }
    this.#batch.insertRule(table.name, c.chain, made, c.rule, before);
    yield* this.#show(c.rule, c.verbose);
    chain.rules.splice(c.at > 0 ? c.at : 0, 0, made);
    return undefined;
  }

  *#replace(table: CachedTable, chain: CachedChain, c: Extract<Command, { do: "replace" }>, made: CachedRule): Task<Step> {
    const old = chain.rules[c.at];
    if (old === undefined) return this.#errno("E2BIG");
    this.#batch.replace(table.name, chain.name, old, made, c.rule);
    yield* this.#show(c.rule, c.verbose);
    chain.rules[c.at] = made;
    return undefined;
  }

  *#deleteOrCheck(table: CachedTable, chain: CachedChain, c: Extract<Command, { do: "delete" | "check" }>): Task<Step> {
    const found = yield* this.#find(chain, this.#asRead(c.rule));
    if (found !== undefined && "bad" in found) return found;
    if (found === undefined) return this.#errno("ENOENT");
    if (c.do === "delete") {
      this.#batch.deleteRule(table.name, chain.name, found);
      chain.rules = chain.rules.filter((r) => r !== found);
    }
    yield* this.#show(this.#read(found).rule, c.verbose);
    return undefined;
  }

  /** The first rule that is the same. One before it that is no rule of iptables ends the search, and the program. */
  *#find(chain: CachedChain, wanted: IptRule): Task<CachedRule | Bad | undefined> {
    for (const r of chain.rules) {
      const rule = yield* readRule(r, this.#o);
      if ("bad" in rule) return rule;
      if (sameRule(rule, wanted)) return r;
    }
    return undefined;
  }

  #read(r: Pick<CachedRule, "exprs" | "userdata">): Decoded {
    return decodeRule(r.exprs, r.userdata, this.#o.names);
  }

  /** A typed rule as it would come back from the kernel. */
  #asRead(rule: IptRule): IptRule {
    const exprs = encodeRule(rule);
    return "bad" in exprs ? rule : this.#read({ exprs, userdata: null }).rule;
  }

  #deleteNum(tableName: string, name: string, at: number): Step {
    this.#tried = "delete-num";
    const table = this.#table(tableName);
    const chain = table.find(name);
    const rule = chain?.rules[at];
    if (chain === undefined) return this.#errno("ENOENT");
    if (rule === undefined) return this.#errno("E2BIG");
    this.#batch.deleteRule(tableName, name, rule);
    chain.rules = chain.rules.filter((r) => r !== rule);
    return undefined;
  }

  // — chains —

  *#flush(c: { readonly table: string; readonly chain?: string; readonly verbose: boolean }): Task<Step> {
    this.#tried = "flush";
    const table = this.#table(c.table);
    if (c.chain !== undefined || c.verbose) this.#initChains(table, c.chain);
    else if (!table.exists) return undefined;
    if (c.chain !== undefined && table.find(c.chain) === undefined) return this.#errno("ENOENT");
    if (c.chain === undefined && c.verbose) table.sort();
    const each = c.chain !== undefined ? [c.chain] : c.verbose ? table.chains().map((x) => x.name) : [undefined];
    for (const name of each) {
      if (c.verbose && name !== undefined) yield* this.#o.out(`Flushing chain \`${name}'\n`);
      this.#batch.flushRules(c.table, name);
      for (const chain of table.chains()) if (name === undefined || chain.name === name) chain.rules = [];
    }
    return undefined;
  }

  *#zero(c: { readonly table: string; readonly chain?: string; readonly verbose: boolean }): Task<Step> {
    const table = this.#table(c.table);
    const only = c.chain === undefined ? undefined : table.find(c.chain);
    if (c.chain !== undefined && only === undefined) return this.#errno("ENOENT");
    if (c.verbose) table.sort();
    for (const chain of only === undefined ? table.chains() : [only]) {
      if (c.verbose) yield* this.#o.out(`Zeroing chain \`${chain.name}'\n`);
      this.#zeroChain(c.table, chain);
    }
    return undefined;
  }

  #zeroChain(table: string, chain: CachedChain): void {
    if (chain.base !== null) this.#batch.zeroBuiltin(table, chain.base, chain.policy);
    chain.packets = chain.bytes = 0;
    for (const [i, old] of chain.rules.entries()) {
      if (!old.exprs.some((e) => e.op === "counter" && (e.packets > 0 || e.bytes > 0))) continue;
      const exprs = old.exprs.map((e) => (e.op === "counter" ? { ...e, packets: 0, bytes: 0 } : e));
      const made = { ...old, exprs };
      this.#batch.replace(table, chain.name, old, made, this.#read(made).rule);
      chain.rules[i] = made;
    }
  }

  #zeroNum(tableName: string, name: string, at: number): Step {
    const chain = this.#table(tableName).find(name);
    if (chain === undefined) return this.#errno(null);
    const old = chain.rules[at];
    if (old === undefined) return undefined;
    const rule = { ...this.#read(old).rule, packets: 0, bytes: 0 };
    const exprs = encodeRule(rule);
    if ("bad" in exprs) return exprs;
    this.#batch.replace(tableName, name, old, { ...old, exprs }, rule);
    return undefined;
  }

  #newChain(tableName: string, name: string): Step {
    this.#tried = "new-chain";
    const table = this.#table(tableName);
    this.#initTable(table);
    if (this.#chainExists(table, name)) return this.#errno("EEXIST");
    this.#batch.addUser(tableName, name);
    table.addUser(name);
    return undefined;
  }

  *#deleteChain(c: { readonly table: string; readonly chain?: string; readonly verbose: boolean }): Task<Step> {
    this.#tried = "delete-chain";
    const table = this.#table(c.table);
    const only = c.chain === undefined ? undefined : table.find(c.chain);
    if (c.chain !== undefined && only === undefined) return this.#errno("ENOENT");
    if (only === undefined && c.verbose) table.sort();
    for (const chain of only === undefined ? table.chains() : [only]) {
      if (c.verbose && chain.base === null) yield* this.#o.out(`Deleting chain \`${chain.name}'\n`);
      table.drop(chain);
      // Of a chain that was named the rules are not known here: the kernel says whether it is empty.
      const may = chain.base === null || (chain.policy === "accept" && (only !== undefined || chain.rules.length === 0));
      if (!may && only !== undefined) return this.#errno("EBUSY");
      if (may) this.#batch.deleteChain(c.table, chain.name);
    }
    return undefined;
  }

  #rename(tableName: string, name: string, to: string): Step {
    this.#tried = "rename";
    const table = this.#table(tableName);
    if (this.#chainExists(table, to)) return this.#errno("EEXIST");
    const chain = table.find(name);
    if (chain?.handle === undefined || chain.handle === null) return this.#errno("ENOENT");
    this.#batch.renameChain(tableName, chain.handle, to);
    return undefined;
  }

  #policy(c: Extract<Command, { do: "policy" }>): Step {
    this.#tried = "policy";
    const policy = { DROP: "drop", ACCEPT: "accept", "-": undefined } as const;
    if (!(c.policy in policy)) return this.#errno("EINVAL");
    const table = this.#table(c.table);
    this.#initChains(table, c.chain);
    const chain = builtinChain(c.table, c.chain);
    if (chain === undefined) return this.#errno("ENOENT");
    this.#batch.setPolicy(c.table, chain, policy[c.policy as keyof typeof policy], { packets: c.packets, bytes: c.bytes });
    return undefined;
  }

  // — iptables-restore —

  *#flushTable(name: string, verbose: boolean): Task<Step> {
    const table = this.#table(name);
    if (verbose) return (yield* this.#flush({ table: name, verbose })) ?? (yield* this.#deleteChain({ table: name, verbose }));
    if (table.exists) this.#batch.flushTable(name);
    table.forget();
    return undefined;
  }

  #restoreChain(tableName: string, name: string): Step {
    const table = this.#table(tableName);
    this.#initTable(table);
    if (table.find(name) !== undefined) {
      this.#batch.flushRules(tableName, name);
      for (const chain of table.chains()) if (chain.name === name) chain.rules = [];
      return undefined;
    }
    table.addUser(name);
    this.#batch.addUser(tableName, name);
    return undefined;
  }
}
