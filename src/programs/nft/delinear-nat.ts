import { NF_NAT_RANGE_NETMAP, type NftExpr, type NftReg } from "../../net/uapi/nft-expr.ts";
import type { Expr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { prefixLenOf, prefixOf, setType } from "./delinear-nodes.ts";
import { register, type Parse } from "./delinear-parse.ts";
import { noLoc, rangeOf } from "./nodes.ts";
import { IFACE_INDEX } from "./types-meta.ts";
import { INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";
import type { Datatype } from "./datatype.ts";

type Op<K extends NftExpr["op"]> = Extract<NftExpr, { op: K }>;

/** Statements that send a packet elsewhere; null = something else. */
export function parseNatLike(parse: Parse, e: NftExpr): Stmt | null {
  switch (e.op) {
    case "nat": return parseNat(parse, e);
    case "masq":
    case "redir": return { ...emptyNat(e.op === "masq" ? "masquerade" : "redirect"), port: between(parse, e.protoMin, e.protoMax, INET_SERVICE), flags: e.flags };
    case "dup": return parseDup(parse, e);
    case "fwd": return parseFwd(parse, e);
    case "tproxy": return parseTproxy(parse, e);
    default: return null;
  }
}

const emptyNat = (type: StmtOf<"nat">["type"]): StmtOf<"nat"> => ({ kind: "nat", loc: noLoc, type, family: null, addr: null, port: null, flags: 0, typeFlags: {} });
const addrType = (family: string): Datatype => (family === "ip6" ? IPV6_ADDR : IPV4_ADDR);

/** One register's value, or the range of two. */
function between(parse: Parse, low: NftReg | undefined, high: NftReg | undefined, dtype: Datatype): Expr | null {
  const min = typed(register(parse, low), dtype);
  if (min === null || high === undefined || high === low) return min;
  const max = typed(register(parse, high), dtype);
  if (max === null || min.kind === "map") return min;
  return (dtype.prefix ? rangeToPrefix(min, max) : null) ?? rangeOf(min, max, noLoc);
}

function typed(e: Expr | null, dtype: Datatype): Expr | null {
  if (e !== null && e.kind !== "map") setType(e, dtype, "big");
  return e;
}

function parseNat(parse: Parse, e: Op<"nat">): Stmt {
  const stmt = emptyNat(e.kind);
  if (parse.from.family === "inet" && e.family !== "inet") stmt.family = e.family;
  stmt.flags = e.flags;
  stmt.addr = between(parse, e.addrMin, e.addrMax, addrType(e.family));
  if ((e.flags & NF_NAT_RANGE_NETMAP) !== 0) stmt.typeFlags = { prefix: true };
  const set = stmt.addr?.kind === "map" && stmt.addr.mappings.kind === "set_ref" ? stmt.addr.mappings.set : null;
  const concat = (stmt.addr?.dtype.subtypes ?? null) !== null;
  // Maps to ranges or to address and port give both at once: the family is said, the port is not.
  if ((set?.dataInterval === true || concat) && e.family !== "inet") stmt.family = e.family;
  if (concat) return { ...stmt, typeFlags: { ...stmt.typeFlags, concat } };
  stmt.port = between(parse, e.protoMin, e.protoMax, INET_SERVICE);
  return stmt;
}

/** The prefix that a range covers exactly; null = none. */
export function rangeToPrefix(left: Expr, right: Expr): Expr | null {
  if (left.kind !== "value" || right.kind !== "value") return null;
  const free = left.value ^ right.value;
  const len = left.len;
  const n = prefixLenOf(((1n << BigInt(len)) - 1n) ^ free, len);
  return n === null || (left.value & free) !== 0n ? null : prefixOf(left, n, len);
}

function parseDup(parse: Parse, e: Op<"dup">): Stmt {
  const dev = register(parse, e.dev);
  if (dev !== null) setType(dev, IFACE_INDEX, "host");
  if (parse.from.family === "netdev") return { kind: "dup", loc: noLoc, to: dev, dev: null };
  return { kind: "dup", loc: noLoc, to: typed(register(parse, e.addr), addrType(parse.from.family)), dev };
}

function parseFwd(parse: Parse, e: Op<"fwd">): Stmt | null {
  const dev = register(parse, e.dev);
  if (dev === null) return null;
  setType(dev, IFACE_INDEX, "host");
  const family = e.family ?? "ip";
  const addr = typed(register(parse, e.addr), addrType(family));
  return { kind: "fwd", loc: noLoc, family: addr === null ? null : family, addr, dev };
}

function parseTproxy(parse: Parse, e: Op<"tproxy">): Stmt {
  const inet = parse.from.family === "inet";
  return {
    kind: "tproxy", loc: noLoc, family: inet && e.family !== "inet" ? e.family : null, addr: typed(register(parse, e.addr), addrType(e.family)),
    port: typed(register(parse, e.port), INET_SERVICE),
  };
}
