import { STDERR, type Sys, type Task } from "../../os/sys.ts";
import type { CachedChain, CachedRule, CachedTable } from "./cache.ts";
import type { Command, ListFormat } from "./commands.ts";
import { decodeRule } from "./decode.ts";
import { type Bad, type Names, bad } from "./ext/extension.ts";
import { countText, listRow, saveRule } from "./print.ts";
import type { IptRule } from "./rule.ts";

/** `-L` and `-S`. */
export interface ListOptions {
  readonly sys: Sys;
  readonly names: Names;
  readonly out: (text: string) => Task<void>;
}

/** Says why the table cannot be shown; null when it can. */
function* assertCompatible(table: CachedTable, chain: string | undefined, o: ListOptions): Task<Bad | null> {
  if (table.compatible(chain)) {
    if (table.isTainted(chain)) yield* o.out(`# Table \`${table.name}' contains incompatible base-chains, use 'nft' tool to list them.\n`);
    return null;
  }
  return bad(`${chain === undefined ? "" : `chain \`${chain}' in `}table \`${table.name}' is incompatible, use 'nft' tool.`, 1);
}

/** The rules of a chain, read back. A rule that cannot be read is told on stderr and ends the program. */
export function* readRules(chain: CachedChain, o: Pick<ListOptions, "sys" | "names">, each: (rule: IptRule, num: number) => Task<void>, only = 0): Task<Bad | undefined> {
  for (const [i, r] of chain.rules.entries()) {
    if (only > 0 && i !== only - 1) continue;
    const rule = yield* readRule(r, o);
    if ("bad" in rule) return rule;
    yield* each(rule, i + 1);
  }
  return undefined;
}

/** One rule read back; why it cannot be goes to stderr. */
export function* readRule(r: CachedRule, o: Pick<ListOptions, "sys" | "names">): Task<IptRule | Bad> {
  const { rule, errors } = decodeRule(r.exprs, r.userdata, o.names);
  for (const e of errors) yield* o.sys.write(STDERR, `Error: ${e}\n`);
  return errors.length > 0 ? bad("Parsing nftables rule failed", 3) : rule;
}

function header(chain: CachedChain, f: ListFormat): string {
  const counts = f.verbose ? ` ${plainCount(chain.packets, f)} packets, ${plainCount(chain.bytes, f)} bytes` : "";
  const about = chain.base === null ? `${chain.use - chain.rules.length} references` : `policy ${chain.policy.toUpperCase()}${counts}`;
  const counters = f.exact ? `${"pkts".padStart(8)} ${"bytes".padStart(10)} ` : `${"pkts".padStart(5)} ${"bytes".padStart(5)} `;
  const columns = `${f.lineNumbers ? "num  " : ""}${f.verbose ? counters : ""}${"target".padEnd(9)}  prot opt${f.verbose ? ` ${"in".padEnd(6)} ${"out".padEnd(6)} ` : ""}`;
  return `Chain ${chain.name} (${about})\n${columns} ${"source".padEnd(19)}  ${"destination".padEnd(19)} \n`;
}

const plainCount = (n: number, f: ListFormat): string => countText(n, f.exact).trimStart();

function* listOne(rule: IptRule, num: number, format: ListFormat, o: ListOptions): Task<void> {
  const addrs = [rule.src, rule.dst].filter((a) => a.mask !== 0).map((a) => a.addr);
  if (!format.numeric) yield* o.names.learnHosts?.(addrs) ?? [];
  yield* o.out(listRow(rule, num, format, o.names));
}

export function* listChain(table: CachedTable, c: Extract<Command, { do: "list" }>, o: ListOptions): Task<Bad | undefined> {
  table.fake(c.chain);
  const wrong = yield* assertCompatible(table, c.chain, o);
  if (wrong !== null) return wrong;
  if (c.chain === undefined) table.sort();
  const chains = c.chain === undefined ? table.chains() : table.chains().filter((x) => x.name === c.chain).slice(0, 1);
  for (const [i, chain] of chains.entries()) {
    if (c.num === 0) yield* o.out(`${i > 0 ? "\n" : ""}${header(chain, c.format)}`);
    const failed = yield* readRules(chain, o, (rule, num) => listOne(rule, num, c.format, o), c.num);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

function chainLine(chain: CachedChain, counters: boolean): string {
  if (chain.base === null) return `-N ${chain.name}\n`;
  return `-P ${chain.name} ${chain.policy.toUpperCase()}${counters ? ` -c ${chain.packets} ${chain.bytes}` : ""}\n`;
}

export function* listRules(table: CachedTable, c: Extract<Command, { do: "list-rules" }>, o: ListOptions): Task<Bad | undefined> {
  table.fake(c.chain);
  const wrong = yield* assertCompatible(table, c.chain, o);
  if (wrong !== null) return wrong;
  if (c.chain === undefined) table.sort();
  const chains = c.chain === undefined ? table.chains() : table.chains().filter((x) => x.name === c.chain).slice(0, 1);
  if (c.chain === undefined || c.num === 0) for (const chain of chains) yield* o.out(chainLine(chain, c.counters));
  for (const chain of chains) {
    const failed = yield* readRules(chain, o, (rule) => o.out(`-A ${chain.name}${saveRule(rule, c.counters, o.names)}\n`), c.num);
    if (failed !== undefined) return failed;
  }
  return undefined;
}
