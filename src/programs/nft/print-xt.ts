import type { StmtOf } from "./ast-stmt.ts";
import { xlateMatch, xlateTarget } from "../iptables/xlate.ts";

/** An extension of iptables in the words of nft, or as `xt match NAME` (xt_stmt_xlate). */
export const printXt = (s: StmtOf<"xt">): string => (s.what === "match" ? xlateMatch(s.name, s.info, s.proto) : xlateTarget(s.name, s.info));
