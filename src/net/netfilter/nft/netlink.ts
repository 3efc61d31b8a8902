import type { Netns } from "../../core/netns.ts";
import { trace } from "../../core/trace.ts";
import type { NftBatchReply, NftChange, NftGet, NftGetReply, NftMsg, NftMsgError } from "../../uapi/nft.ts";
import { chainDel, chainNew } from "./chain.ts";
import { answerGet } from "./dump.ts";
import { elemDel, elemNew } from "./elem.ts";
import { flowtableDel, flowtableNew } from "./flowtable.ts";
import { objDel, objNew } from "./object.ts";
import { ruleDel, ruleNew } from "./rule.ts";
import { setDel, setNew } from "./set.ts";
import { KernelSet } from "./set-object.ts";
import { tableDel, tableNew } from "./table.ts";
import { type Refusal, type RowChange, Transaction } from "./transaction.ts";
import { validateTable } from "./validate.ts";

/** Who asks: named in the generation message that `nft monitor` prints. */
export interface NftCaller {
  readonly pid: number;
  readonly comm: string;
  readonly journey: number;
}

/**
 * nfnetlink_rcv_batch: one transaction. An error does not stop the batch: what comes later is tried too, so that
 * all errors are reported together, and then everything is undone. `check` undoes it in any case (a batch without
 * its end, as `nft -c` sends).
 */
export function nftBatch(ns: Netns, messages: readonly NftMsg[], echo: boolean, caller: NftCaller, check = false): NftBatchReply {
  collectGarbage(ns);
  const tx = new Transaction(ns, false);
  const errors = runAll(tx, messages);
  if (errors.length > 0) return failed(tx, errors);
  if (isValid(tx)) return check ? failed(tx, []) : { errors: [], echo: commit(tx, caller, echo) };
  tx.rollback();
  return runChecked(ns, messages, echo, caller, check);
}

/** Once more, with every rule checked as it comes: now the message that breaks the rule set can be named. */
function runChecked(ns: Netns, messages: readonly NftMsg[], echo: boolean, caller: NftCaller, check: boolean): NftBatchReply {
  const tx = new Transaction(ns, true);
  const errors = runAll(tx, messages);
  return errors.length > 0 || check ? failed(tx, errors) : { errors: [], echo: commit(tx, caller, echo) };
}

function runAll(tx: Transaction, messages: readonly NftMsg[]): readonly NftMsgError[] {
  const errors: NftMsgError[] = [];
  for (const [at, message] of messages.entries()) {
    const no = apply(tx, message);
    if (no !== null) errors.push({ at, ...no });
  }
  return errors;
}

function failed(tx: Transaction, errors: readonly NftMsgError[]): NftBatchReply {
  tx.rollback();
  return { errors, echo: [] };
}

const isValid = (tx: Transaction): boolean => [...tx.toValidate].every((table) => !tx.net.tables.has(`${table.family} ${table.name}`) || validateTable(table) === null);

function apply(tx: Transaction, m: NftMsg): Refusal | null {
  tx.excl = "nlm" in m && m.nlm.excl;
  switch (m.op) {
    case "table.new": return tableNew(tx, m);
    case "table.del": return tableDel(tx, m);
    case "chain.new": return chainNew(tx, m);
    case "chain.del": return chainDel(tx, m);
    case "rule.new": return ruleNew(tx, m);
    case "rule.del": return ruleDel(tx, m);
    case "set.new": return setNew(tx, m);
    case "set.del": return setDel(tx, m);
    case "elem.new": return elemNew(tx, m);
    case "elem.del": return elemDel(tx, m);
    case "obj.new": return objNew(tx, m);
    case "obj.del": return objDel(tx, m);
    case "flowtable.new": return flowtableNew(tx, m);
    case "flowtable.del": return flowtableDel(tx, m);
  }
}

/** nf_tables_commit: a new generation, told to listeners message by message, the generation last. */
function commit(tx: Transaction, { pid, comm, journey }: NftCaller, echo: boolean): readonly NftChange[] {
  const { net, ns } = tx;
  const { changes, rows } = tx.commit(echo || net.listeners.size > 0);
  if (!tx.changed) return [];
  net.genid++;
  const all: readonly NftChange[] = [...changes, { is: "new", what: "gen", genid: net.genid, pid, comm }];
  for (const listener of [...net.listeners]) for (const change of all) listener(change);
  traceRows(ns, rows, journey);
  return echo ? all : [];
}

function traceRows(ns: Netns, rows: readonly RowChange[], journey: number): void {
  if (ns.world.trace === null || rows.length === 0) return;
  const changes = rows.map(({ key, before, after }) => ({ place: ns.place, table: "nft" as const, key, before, after }));
  const first = rows[0]!;
  const more = rows.length > 1 ? ` and ${rows.length - 1} more` : "";
  trace(ns, "table", "", null, { changes, note: `${first.after ?? first.before ?? ""} ${first.after === null ? "deleted" : "added"}${more}`, journey });
}

/** Elements whose time is over go before anything else is looked at. */
function collectGarbage(ns: Netns): void {
  for (const table of ns.nf.nft.tables.values()) for (const set of table.sets.values()) if (set instanceof KernelSet) set.gc(ns.world.sim.nowNs);
}

/** Dumps and gets. */
export function nftGet(ns: Netns, request: NftGet): NftGetReply {
  return answerGet(ns.nf.nft, ns.world.sim.nowNs, request);
}
