import type { ChainDecl, ObjDecl, SetDecl } from "./ast-cmd.ts";
import { printChainHead } from "./print-chain.ts";
import type { Printing } from "./print-expr.ts";
import { printObj } from "./print-obj.ts";
import { declarationLines } from "./print-set.ts";

/** Declarations on one line, as events and echoes show them (chain_print_plain, set_print_plain, obj_print_plain). */

const handleText = (id: number | undefined, p: Printing): string => (p.flags.handle ? `# handle ${id ?? 0} ` : "");

/** `chain ip t i { type filter hook input priority filter; policy accept; }`; its comment and devices are not shown. */
export function chainLine(c: ChainDecl, p: Printing): string {
  const { family, table, chain, handle } = c.handle;
  const head = `chain ${family} ${table?.name ?? ""} ${chain?.name ?? ""}`;
  const base = c.base === null ? null : { ...c.base, devices: [] };
  const hook = printChainHead({ ...c, base, comment: null }, p).split("\n")[1]?.trim() ?? "";
  const id = handleText(handle?.id, p).trimEnd();
  return `${head}${c.base === null ? "" : ` { ${hook} }`}${id === "" ? "" : ` ${id}`}`;
}

/** `set ip t s { type ipv4_addr; timeout 5m; } ` */
export function setLine(s: SetDecl, p: Printing): string {
  const { family, table, set, handle } = s.handle;
  const lines = declarationLines(s, p).map((line) => `${line}; `);
  return `${s.isMap ? "map" : "set"} ${family} ${table?.name ?? ""} ${set?.name ?? ""} { ${handleText(handle?.id, p)}${lines.join("")}} `;
}

/** Kinds whose parts each end with a semicolon. */
const WITH_SEMICOLONS: readonly ObjDecl["type"][] = ["ct helper", "ct timeout", "ct expectation", "synproxy"];

/** `counter ip t cc { packets 0 bytes 0 } ` */
export function objLine(o: ObjDecl, p: Printing): string {
  const { family, table, obj, handle } = o.handle;
  const inner = printObj(o, p).split("\n").slice(1, -2).map((line) => line.trim());
  const text = WITH_SEMICOLONS.includes(o.type) ? inner.map((line) => `${line}; `).join("") : inner.map((line) => `${line} `).join("");
  return `${o.type} ${family} ${table?.name ?? ""} ${obj?.name ?? ""} { ${handleText(handle?.id, p)}${text}} `;
}
