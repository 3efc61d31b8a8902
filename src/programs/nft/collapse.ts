import type { Cmd } from "./ast-cmd.ts";

/**
 * Elements that are added to one set by several commands in a row go to the kernel at once (nft_cmd_collapse): a file
 * of ten thousand `add element` lines is one message, and errors of the set are told once.
 */
export function collapseElements(cmds: readonly Cmd[]): readonly Cmd[] {
  const out: Cmd[] = [];
  for (const cmd of cmds) {
    const last = out.at(-1);
    if (last !== undefined && addsElements(last) && addsElements(cmd) && isSameSet(last, cmd)) append(last, cmd);
    else out.push(cmd);
  }
  return out;
}

const addsElements = (cmd: Cmd): boolean => (cmd.op === "add" || cmd.op === "create") && cmd.obj === "element" && cmd.expr?.kind === "set";

const isSameSet = (a: Cmd, b: Cmd): boolean =>
  a.op === b.op && a.handle.family === b.handle.family && a.handle.table?.name === b.handle.table?.name && a.handle.set?.name === b.handle.set?.name;

function append(to: Cmd, from: Cmd): void {
  if (to.expr?.kind === "set" && from.expr?.kind === "set") to.expr.exprs.push(...from.expr.exprs);
}
