import { NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY } from "../../net/uapi/nft-expr.ts";
import type { Expr } from "./ast.ts";
import type { StmtOf } from "./ast-stmt.ts";
import { printExpr, type Printing } from "./print-expr.ts";
import { TYPE } from "./types-base.ts";

/** Statements that send a packet elsewhere or refuse it. */
const family = (f: "ip" | "ip6" | "inet" | null): string => (f === null || f === "inet" ? "" : ` ${f}`);

export function printNat(s: StmtOf<"nat">, p: Printing): string {
  const to = s.addr === null && s.port === null ? "" : `${family(s.family)}${natForm(s)} to`;
  const addr = s.addr === null ? "" : ` ${s.port === null ? printExpr(s.addr, p) : beforePort(s.addr, p)}`;
  const port = s.port === null ? "" : `${s.addr === null ? " " : ""}:${printExpr(s.port, p)}`;
  return `${s.type}${to}${addr}${port}${natFlags(s.flags)}`;
}

function natForm(s: StmtOf<"nat">): string {
  return s.typeFlags.prefix === true ? " prefix" : "";
}

/** An IPv6 address stands in brackets when a port follows. */
function beforePort(addr: Expr, p: Printing): string {
  if (addr.dtype.id !== TYPE.ip6addr) return printExpr(addr, p);
  if (addr.kind === "value") return `[${printExpr(addr, p)}]`;
  return addr.kind === "range" ? `[${printExpr(addr.left, p)}]-[${printExpr(addr.right, p)}]` : printExpr(addr, p);
}

const NAT_FLAG_WORDS = [[NF_NAT_RANGE_PROTO_RANDOM, "random"], [NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully-random"], [NF_NAT_RANGE_PERSISTENT, "persistent"]] as const;

function natFlags(flags: number): string {
  const words = NAT_FLAG_WORDS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  return words.length === 0 ? "" : ` ${words.join(",")}`;
}

export function printTproxy(s: StmtOf<"tproxy">, p: Printing): string {
  const addr = s.addr === null ? "" : ` ${s.addr.kind === "value" && s.addr.dtype.id === TYPE.ip6addr ? `[${printExpr(s.addr, p)}]` : printExpr(s.addr, p)}`;
  const port = s.port?.kind !== "value" ? "" : `${s.addr === null ? " " : ""}:${printExpr(s.port, p)}`;
  return `tproxy${family(s.family)} to${addr}${port}`;
}

export function printDup(s: StmtOf<"dup">, p: Printing): string {
  if (s.to === null) return "dup";
  return `dup to ${printExpr(s.to, p)}${s.dev === null ? "" : ` device ${printExpr(s.dev, p)}`}`;
}

export function printFwd(s: StmtOf<"fwd">, p: Printing): string {
  if (s.addr === null) return `fwd to ${printExpr(s.dev, p)}`;
  return `fwd${family(s.family)} to ${printExpr(s.addr, p)} device ${printExpr(s.dev, p)}`;
}

/** "port unreachable" is what a bare `reject` sends. */
const DEFAULT_CODE = { icmp: 3, icmpv6: 4, icmpx: 1 } as const;

export function printReject(s: StmtOf<"reject">, p: Printing): string {
  if (s.type === "tcp-reset") return "reject with tcp reset";
  if (s.type === null || s.code === null) return "reject";
  if (s.icmpCode === DEFAULT_CODE[s.type] && !s.verbose) return "reject";
  return `reject with ${s.type} ${printExpr(s.code, p)}`;
}
