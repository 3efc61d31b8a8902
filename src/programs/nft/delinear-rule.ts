import type { NftRuleRow } from "../../net/uapi/nft.ts";
import type { RuleDecl } from "./ast-cmd.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import type { ValueExpr } from "./ast.ts";
import { flagList } from "./delinear-binop.ts";
import { hasDep, release, type Post } from "./delinear-deps.ts";
import { handleOf } from "./delinear-handle.ts";
import { setType } from "./delinear-nodes.ts";
import { parseExprs, type ReadBack } from "./delinear-parse.ts";
import { mergeRange, postExpr, postRelational } from "./delinear-post.ts";
import { unmaskWrite } from "./delinear-write.ts";
import { noLoc } from "./nodes.ts";
import { isBitmask } from "./types-base.ts";
import { protoCtxInit } from "./proto-ctx.ts";
import { IP, IP6 } from "./proto-headers.ts";
import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE } from "./types-icmp.ts";
import type { Datatype } from "./datatype.ts";

/** A rule's instructions back in the language (netlink_delinearize_rule). */
export function ruleFromRow(row: NftRuleRow, from: ReadBack): RuleDecl {
  const comment = row.userdata?.["comment"];
  return {
    loc: noLoc, handle: handleOf(row.family, { table: row.table, chain: row.chain, id: row.handle }), id: row.handle,
    comment: typeof comment === "string" ? comment : null, stmts: withProto(postStmts(parseExprs(row.exprs, from), from), row.compat?.proto ?? 0),
  };
}

/** Extensions of iptables may name the protocol of `-p`. */
const withProto = (stmts: Stmt[], proto: number): Stmt[] => stmts.map((s) => (s.kind === "xt" ? { ...s, proto } : s));

/** Second pass: every statement in order (rule_parse_postprocess). */
function postStmts(stmts: readonly Stmt[], from: ReadBack): Stmt[] {
  const post: Post = { pctx: protoCtxInit(from.family), deps: new Map(), out: [], prev: null, inConcat: false };
  for (const stmt of stmts) {
    if (stmt.kind === "expression" && stmt.expr.kind === "relational") {
      postRelational(post, stmt.expr);
      mergeRange(post, post.prev);
    } else {
      post.out.push(stmt);
      postStmt(post, stmt);
      // What follows is evaluated after an effect: earlier matches cannot be folded into it. A verdict map is a match.
      if (stmt.kind !== "verdict" || stmt.expr.kind !== "map") post.deps.clear();
    }
    post.prev = post.out.at(-1) ?? null;
  }
  return post.out;
}

function postStmt(post: Post, s: Stmt): void {
  switch (s.kind) {
    case "expression":
    case "verdict":
    case "objref": s.expr = postExpr(post, s.expr); break;
    case "payload": unmaskWrite(post, s); break;
    case "meta":
    case "ct": postKeySet(post, s); break;
    case "exthdr": s.value = postExpr(post, s.value); break;
    case "nat": postNat(post, s); break;
    case "tproxy": postTproxy(post, s); break;
    case "reject": postReject(post, s); break;
    default: postOther(post, s);
  }
}

function postOther(post: Post, s: Stmt): void {
  switch (s.kind) {
    case "set":
    case "meter": s.key = postExpr(post, s.key); break;
    case "map": s.key = postExpr(post, s.key); s.data = postExpr(post, s.data); break;
    case "dup": if (s.to !== null) s.to = postExpr(post, s.to); break;
    case "fwd": s.dev = postExpr(post, s.dev); if (s.addr !== null) s.addr = postExpr(post, s.addr); break;
    case "queue": if (s.expr !== null) s.expr = postExpr(post, s.expr); break;
    default: break;
  }
}

function postKeySet(post: Post, s: StmtOf<"meta"> | StmtOf<"ct">): void {
  s.value = postExpr(post, s.value);
  if (s.kind === "ct" && s.key === "eventmask" && isBitmask(s.value.dtype)) s.value = flagList(s.value);
}

function postNat(post: Post, s: StmtOf<"nat">): void {
  if (s.addr !== null) s.addr = postExpr(post, s.addr);
  if (s.port !== null) s.port = postExpr(post, s.port);
}

function postTproxy(post: Post, s: StmtOf<"tproxy">): void {
  if (s.addr !== null) s.addr = postExpr(post, s.addr);
  if (s.port !== null) s.port = postExpr(post, s.port);
}

const codeOf = (s: StmtOf<"reject">, dtype: Datatype): ValueExpr => {
  const code: ValueExpr = { kind: "value", loc: noLoc, dtype, byteorder: "big", len: 8, value: BigInt(s.icmpCode) };
  setType(code, dtype, "big");
  return code;
};

/** Which ICMP a code belongs to follows from the family or the rule's network header (stmt_reject_postprocess). */
function postReject(post: Post, s: StmtOf<"reject">): void {
  const { family } = post.pctx;
  if (family === "ip" || family === "ip6") {
    setReject(s, family);
    if (s.type === "tcp-reset") release(post, "th");
    return;
  }
  if (s.type === "icmpx") {
    s.code = codeOf(s, ICMPX_CODE);
    return;
  }
  s.verbose = true;
  const network = post.pctx.protocol.nh.desc;
  if (network === IP || network === IP6) setReject(s, network === IP ? "ip" : "ip6");
  if (hasDep(post, "nh")) release(post, "nh");
}

function setReject(s: StmtOf<"reject">, family: "ip" | "ip6"): void {
  s.family = family;
  if (s.type === "tcp-reset") return;
  if (s.type === "icmpx") s.code = codeOf(s, ICMPX_CODE);
  else {
    s.type = family === "ip" ? "icmp" : "icmpv6";
    s.code = codeOf(s, family === "ip" ? ICMP_CODE : ICMPV6_CODE);
  }
}
