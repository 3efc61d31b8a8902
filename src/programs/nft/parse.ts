import type { Cmd } from "./ast-cmd.ts";
import type { Diag, Input } from "./loc.ts";
import { addCmd, deleteCmd, flushCmd, insertCmd, renameCmd, replaceCmd } from "./parse-cmd.ts";
import { commonLine } from "./parse-define.ts";
import { describeCmd, getCmd, listCmd, markupCmd, monitorCmd, resetCmd, rulesetFlush } from "./parse-list.ts";
import { Abort, lines, Parser, type ParseEnv } from "./parser.ts";

export type { ParseEnv } from "./parser.ts";

const COMMANDS: Readonly<Record<string, (p: Parser) => Cmd>> = {
  add: (p) => addCmd(p, "add"), create: (p) => addCmd(p, "create"), insert: insertCmd, replace: replaceCmd, delete: deleteCmd, get: getCmd, list: listCmd,
  reset: resetCmd, flush: (p) => flushCmd(p, rulesetFlush), rename: renameCmd, monitor: monitorCmd, describe: describeCmd,
  import: (p) => markupCmd(p, "import"), export: (p) => markupCmd(p, "export"),
};
/** What a command without a command's word begins with: then it is an add. */
const ADDED = ["table", "chain", "rule", "set", "map", "element", "flowtable", "ct", "counter", "quota", "limit", "secmark", "synproxy", "string", "ip", "ip6", "inet", "arp", "bridge", "netdev"];

function command(p: Parser): Cmd {
  const read = COMMANDS[p.kind];
  if (read) {
    p.next();
    return read(p);
  }
  return p.at(...ADDED) ? addCmd(p, "add") : p.fail();
}

/**
 * Reads commands: what could be read, and what was wrong with the rest. Where `diags` is not empty, nothing must be
 * done, though nft still looks for further errors in `cmds`.
 */
export function parseInput(input: Input, env: ParseEnv): { cmds: Cmd[]; diags: Diag[] } {
  const p = new Parser(input, env);
  const cmds: Cmd[] = [];
  try {
    lines(p, (q) => q.at("end of file"), (q) => { line(q, cmds); });
  } catch (abort) {
    if (!(abort instanceof Abort)) throw abort;
  }
  return { cmds, diags: p.diags };
}

function line(p: Parser, cmds: Cmd[]): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  const start = p.peek().loc;
  const cmd = command(p);
  if (!p.at("newline", "semicolon", "end of file")) p.fail("end of file", "newline", "semicolon");
  p.next();
  cmds.push({ ...cmd, loc: p.from(start) });
}
