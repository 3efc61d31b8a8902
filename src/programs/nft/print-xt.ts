import type { StmtOf } from "./ast-stmt.ts";
import type { Printing } from "./print-expr.ts";

/** An iptables extension without words of nft for it: what it is and its name. */
export function printXt(s: StmtOf<"xt">, _p: Printing): string {
  return `xt ${s.what} "${s.name}"`;
}
