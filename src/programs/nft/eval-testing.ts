import type { Cmd } from "./ast-cmd.ts";
import type { CachedTable, NftContext } from "./context.ts";
import { renderDiag } from "./diag.ts";
import { evaluateCmd } from "./eval.ts";
import { Batch } from "./linear-batch.ts";
import { linearizeCmd } from "./linear-cmd.ts";
import { parseInput } from "./parse.ts";
import type { NftElem, NftMsg } from "../../net/uapi/nft.ts";
import type { NftExpr } from "../../net/uapi/nft-expr.ts";
import type { Sys } from "../../os/sys.ts";

/** A run of nft without a kernel, for tests of what happens before it is asked. */

const flags = {
  reverseDns: false, service: false, stateless: false, handle: false, guid: false, numericProto: false, numericPrio: false, numericSymbol: false,
  numericTime: false, terse: false, echo: false, json: false,
};

export interface Bench {
  readonly ctx: NftContext;
  /** Parses and evaluates lines; answers what nft would print of errors. */
  run(text: string): string;
  /** The messages of the commands that were run last. */
  messages(): readonly NftMsg[];
  /** Tells what the kernel holds of a set. */
  holds(table: string, set: string, elems: readonly NftElem[]): void;
}

const noSys: Partial<Sys> = {};

export function bench(setup: string): Bench {
  const tables: CachedTable[] = [];
  const ctx: NftContext = {
    sys: noSys as Sys, flags, diags: [], check: false, optimize: false, debug: new Set(),
    cache: { genid: 1, tables, table: (family, name) => tables.find((t) => t.family === family && t.name === name) ?? null },
    types: {
      ifindexOf: (name) => (name === "lo" ? 1 : null), ifnameOf: (index) => (index === 1 ? "lo" : null), gmtOffsetSec: 0,
      uidOf: (name) => (name === "root" ? 0 : null), gidOf: (name) => (name === "root" ? 0 : null), userOf: () => null, groupOf: () => null,
    },
  };
  let cmds: readonly Cmd[] = [];
  const run = (text: string): string => {
    ctx.diags.length = 0;
    const parsed = parseInput({ name: null, text: `${text}\n`, from: null }, { include: () => [], defines: new Map() });
    ctx.diags.push(...parsed.diags);
    cmds = parsed.cmds;
    for (const cmd of cmds) evaluateCmd(ctx, cmd);
    return ctx.diags.map(renderDiag).join("");
  };
  const messages = (): readonly NftMsg[] => {
    const batch = new Batch(ctx);
    for (const cmd of cmds) linearizeCmd(batch, cmd);
    return batch.msgs;
  };
  const failed = run(setup);
  if (failed !== "") throw new Error(failed);
  return { ctx, run, messages, holds: (table, set, elems) => { tables.find((t) => t.name === table)?.elems.set(set, elems); } };
}

const words = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

/** Instructions in few words: `meta l4proto`, `cmp eq 06`. */
export function brief(e: NftExpr): string {
  switch (e.op) {
    case "payload": return `payload ${e.base} ${String(e.offset)} ${String(e.len)}`;
    case "payload.set": return `payload.set ${e.base} ${String(e.offset)} ${String(e.len)}`;
    case "meta": case "meta.set": case "ct": case "ct.set": return `${e.op} ${e.key}`;
    case "cmp": return `cmp ${e.cmp} ${words(e.data)}`;
    case "range": return `range ${e.cmp} ${words(e.from)} ${words(e.to)}`;
    case "bitwise": return `bitwise & ${words(e.mask)} ^ ${words(e.xor)}`;
    case "immediate": return `immediate ${words(e.data)}`;
    case "verdict": return e.verdict.code;
    case "lookup": return `lookup ${e.set}${e.invert ? " !" : ""}`;
    case "byteorder": return e.to;
    case "reject": return `reject ${e.kind} ${String(e.code)}`;
    default: return e.op;
  }
}

/** What the last command made, a line a rule's instruction. */
export const rulesOf = (b: Bench): string[] => b.messages().flatMap((m) => (m.op === "rule.new" ? m.exprs.map(brief) : []));

/** Elements of the last command: key, `]` where a range ends. */
export const elemsOf = (b: Bench, op: "elem.new" | "elem.del" = "elem.new"): string[] =>
  b.messages().flatMap((m) => (m.op === op ? (m.elems ?? []).map((e) => `${words(e.key ?? new Uint8Array())}${e.intervalEnd === true ? "]" : ""}`) : []));
