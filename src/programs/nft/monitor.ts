import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import { ChangeLines } from "./monitor-lines.ts";
import { packetWords } from "./monitor-packet.ts";
import { printExpr, type Printing } from "./print-expr.ts";
import { printRule } from "./print-chain.ts";
import { metaOf } from "./nodes-keys.ts";
import { noLoc, valueOf } from "./nodes.ts";
import type { NfnlEvent } from "../../net/uapi/nfnetlink.ts";
import type { NftChange, NftTraceMsg, NftVerdict } from "../../net/uapi/nft.ts";
import { STDOUT, type Task } from "../../os/sys.ts";

/** What a transaction did, as `-e` prints it: what is new. Nothing new, nothing printed. */
export function echoText(ctx: NftContext, changes: readonly NftChange[]): string {
  const lines = new ChangeLines(ctx);
  const shown = changes.filter((change) => change.is === "new" || (change.what === "rule" && change.replaced));
  if (shown.every((change) => change.what === "gen")) return "";
  const texts = shown.map((change) => lines.line(change));
  if (!ctx.flags.json) return texts.join("");
  return `{"nftables": [${texts.filter((text) => text !== "").map((text) => text.trimEnd()).join(", ")}]}\n`;
}

/** `nft monitor` and `nft monitor trace`: lines until someone stops it. */
export function* monitor(ctx: NftContext, cmd: Cmd): Task<boolean> {
  const trace = cmd.monitor?.trace === true;
  const fd = ctx.sys.nfnlSubscribe([trace ? "nftrace" : "nftables"]);
  if (typeof fd === "string") return false;
  const lines = new ChangeLines(ctx);
  for (;;) {
    const event = yield* ctx.sys.nfnlReceive(fd);
    if (event === "EINTR" || event === "ENOBUFS") continue;
    if (typeof event === "string") return false;
    const text = eventText(ctx, cmd, lines, event);
    if (text !== "") yield* ctx.sys.write(STDOUT, text);
  }
}

function eventText(ctx: NftContext, cmd: Cmd, lines: ChangeLines, event: NfnlEvent): string {
  if (event.group === "nftrace") return traceText(ctx, event.trace);
  if (event.group !== "nftables") return "";
  const text = lines.line(event.change);
  return isWanted(cmd, event.change) ? text : "";
}

const OBJECT_OF: Readonly<Record<NftChange["what"], string>> = {
  table: "tables", chain: "chains", rule: "rules", set: "sets", elem: "elements", obj: "objects", flowtable: "flowtables", gen: "generations",
};

/** Generations are told to those who asked for everything; named objects to them and to `monitor ruleset`. */
function isWanted(cmd: Cmd, change: NftChange): boolean {
  const { event = null, what = null } = cmd.monitor ?? {};
  if (event !== null && change.is !== (event === "new" ? "new" : "del")) return false;
  if (event === null && what === null) return true;
  if (change.what === "gen") return false;
  if (change.what === "obj") return event === null && what === "ruleset";
  return what === null || what === "ruleset" || what === OBJECT_OF[change.what];
}

/** A packet's headers once a chain, then a line for each rule, and the policy. */
export function traceText(ctx: NftContext, msg: NftTraceMsg): string {
  const p: Printing = { flags: ctx.flags, env: ctx.types };
  const head = `trace id ${msg.id.toString(16).padStart(8, "0")} ${msg.family} ${msg.table} ${msg.chain}`;
  const packet = msg.packet === null ? "" : `${head} packet: ${packetWords(msg, msg.packet, p)}\n`;
  return `${packet}${head} ${verdictWords(ctx, msg, p)}\n`;
}

function verdictWords(ctx: NftContext, msg: NftTraceMsg, p: Printing): string {
  if (msg.is === "policy") return `policy ${msg.policy ?? "accept"} ${markWords(msg, p)}`;
  if (msg.is === "return") return `verdict ${verdictText(msg.verdict)} ${markWords(msg, p)}`;
  return `${ruleWords(ctx, msg, p)} (verdict ${verdictText(msg.verdict)})`;
}

/** Rules that came after the monitor began are unknown to it. */
function ruleWords(ctx: NftContext, msg: NftTraceMsg, p: Printing): string {
  const rule = ctx.cache.table(msg.family, msg.table)?.rules.get(msg.chain)?.find((r) => r.id === msg.ruleHandle);
  return rule === undefined ? `unknown rule handle ${msg.ruleHandle ?? 0}` : `rule ${printRule(rule, p)}`;
}

function verdictText(v: NftVerdict): string {
  return v.code === "jump" || v.code === "goto" ? `${v.code} ${v.chain}` : v.code;
}

function markWords(msg: NftTraceMsg, p: Printing): string {
  const mark = msg.mark ?? msg.packet?.mark ?? 0;
  if (mark === 0) return "";
  const meta = metaOf(noLoc, "mark");
  return `${printExpr(meta, p)} ${printExpr(valueOf(meta.dtype, mark), p)} `;
}
