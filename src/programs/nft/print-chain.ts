import type { ChainDecl, RuleDecl } from "./ast-cmd.ts";
import type { Printing } from "./print-expr.ts";
import { printPriority } from "./print-prio.ts";
import { printStmt } from "./print-stmt.ts";

/** A rule in one line, without its tabs (rule_print). */
export function printRule(r: RuleDecl, p: Printing): string {
  const comment = r.comment === null ? "" : ` comment "${r.comment}"`;
  const handle = p.flags.handle ? ` # handle ${r.handle.handle?.id ?? 0}` : "";
  return `${r.stmts.map((s) => printStmt(s, p)).join(" ")}${comment}${handle}`;
}

/** The lines of a chain up to its first rule (chain_print_declaration). */
export function printChainHead(c: ChainDecl, p: Printing): string {
  const handle = p.flags.handle ? ` # handle ${c.handle.handle?.id ?? 0}` : "";
  const comment = c.comment === null ? "" : `\t\tcomment "${c.comment}"\n`;
  return `\tchain ${c.handle.chain?.name ?? ""} {${handle}\n${comment}${c.base === null ? "" : `\t\t${hookLine(c, p)}\n`}`;
}

/** `type filter hook input priority filter; policy accept;` */
function hookLine(c: ChainDecl, p: Printing): string {
  const b = c.base;
  if (b === null) return "";
  const hook = b.hooknum ?? b.hook.name;
  const priority = printPriority(c.handle.family, hook, b.priority.num, p.flags);
  const policy = b.policyValue === null ? "" : ` policy ${b.policyValue};`;
  return `type ${b.type.name} hook ${hook}${deviceText(b.devices)} priority ${priority};${policy}`;
}

function deviceText(devices: readonly string[]): string {
  if (devices.length === 0) return "";
  return devices.length === 1 ? ` device "${devices[0]}"` : ` devices = { ${devices.join(", ")} }`;
}

export const printChain = (c: ChainDecl, rules: readonly RuleDecl[], p: Printing): string =>
  `${printChainHead(c, p)}${rules.map((r) => `\t\t${printRule(r, p)}\n`).join("")}\t}\n`;
