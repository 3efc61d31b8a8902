import type { StmtOf } from "./ast-stmt.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { payloadDependency } from "./dependency.ts";
import type { Loc } from "./loc.ts";
import { ETHER, IP, IP6, NETDEV, VLAN } from "./proto-headers.ts";
import { TCP } from "./proto-transport.ts";
import { parseValue } from "./types-base.ts";
import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE } from "./types-icmp.ts";

/** reject: its answer by family and by what the rule knows of the packet (stmt_evaluate_reject). */

const NO_VARIANT = "cannot infer ICMP reject variant to use: explicit value required.";
type Reject = StmtOf<"reject">;
const ICMP_PORT_UNREACH = 3;
const ICMP6_NOPORT = 4;
const ICMPX_PORT_UNREACH = 1;

export function evaluateReject(ctx: EvalCtx, stmt: Reject): boolean {
  const ok = stmt.type === null ? defaultReject(ctx, stmt) : stmt.code !== null ? rejectCode(ctx, stmt) : resetFits(ctx, stmt);
  return ok && rejectFamily(ctx, stmt);
}

const networkOf = (ctx: EvalCtx): "ip" | "ip6" | "none" | "other" => {
  const { desc } = ctx.pctx.protocol.nh;
  return desc === null ? "none" : desc === IP ? "ip" : desc === IP6 ? "ip6" : "other";
};

/** Plain `reject`: port unreachable, in the network's own ICMP or whichever it will be. */
function defaultReject(ctx: EvalCtx, stmt: Reject): boolean {
  const { family } = ctx.pctx;
  const network = family === "ip" || family === "ip6" ? family : networkOf(ctx);
  if (network === "ip" || network === "ip6") {
    stmt.type = network === "ip" ? "icmp" : "icmpv6";
    stmt.family = network;
    stmt.icmpCode = network === "ip" ? ICMP_PORT_UNREACH : ICMP6_NOPORT;
  } else if (network === "none") {
    stmt.type = "icmpx";
    stmt.icmpCode = ICMPX_PORT_UNREACH;
  } else if (family === "inet") return fail(ctx, NO_VARIANT, stmt.loc) !== null;
  return true;
}

function rejectCode(ctx: EvalCtx, stmt: Reject): boolean {
  const { code } = stmt;
  if (code === null) return true;
  const dtype = stmt.type === "icmp" ? ICMP_CODE : stmt.type === "icmpv6" ? ICMPV6_CODE : ICMPX_CODE;
  const named = code.kind === "variable" ? code.value : code;
  if (named.kind !== "symbol") return fail(ctx, `invalid data type, expected ${dtype.desc}`, code.loc) !== null;
  const parsed = parseValue(dtype, named.name, code.loc, ctx.nft.types);
  if ("error" in parsed) return fail(ctx, parsed.error, code.loc) !== null;
  const value = parsed.expr.kind === "value" ? Number(parsed.expr.value) : 0;
  if (value > 255) return fail(ctx, `Value ${String(value)} exceeds valid range 0-255`, code.loc) !== null;
  stmt.icmpCode = value;
  return true;
}

function resetFits(ctx: EvalCtx, stmt: Reject): boolean {
  const { desc, loc } = ctx.pctx.protocol.th;
  stmt.icmpCode = 0;
  return desc === null || desc === TCP || fail(ctx, "you cannot use tcp reset with this protocol", stmt.loc, loc) !== null;
}

const codeLoc = (stmt: Reject): Loc => stmt.code?.loc ?? stmt.loc;

function rejectFamily(ctx: EvalCtx, stmt: Reject): boolean {
  switch (ctx.pctx.family) {
    case "arp": return fail(ctx, "cannot use reject with arp", stmt.loc) !== null;
    case "ip": case "ip6": return rejectPlain(ctx, stmt);
    case "inet": return rejectInet(ctx, stmt);
    case "bridge": case "netdev": return rejectBridge(ctx, stmt);
  }
}

function rejectPlain(ctx: EvalCtx, stmt: Reject): boolean {
  if (stmt.type === "icmpx") return fail(ctx, "abstracted ICMP unreachable not supported", codeLoc(stmt), stmt.loc) !== null;
  if (stmt.type !== "tcp-reset" && stmt.family !== ctx.pctx.family) return fail(ctx, "conflicting protocols specified: ip vs ip6", codeLoc(stmt), stmt.loc) !== null;
  return rejectDependency(ctx, stmt);
}

const networkConflict = (ctx: EvalCtx, stmt: Reject): boolean =>
  fail(ctx, "conflicting protocols specified: ip vs ip6", codeLoc(stmt), ctx.pctx.protocol.nh.loc) !== null;

function rejectInet(ctx: EvalCtx, stmt: Reject): boolean {
  const network = networkOf(ctx);
  const icmp = stmt.type === "icmp" || stmt.type === "icmpv6";
  if (icmp && network === "other") return fail(ctx, `${NO_VARIANT}\n`, stmt.loc) !== null;
  if (icmp && (network === "ip" || network === "ip6") && network !== stmt.family) return networkConflict(ctx, stmt);
  return stmt.type === "icmpx" || rejectDependency(ctx, stmt);
}

function rejectBridge(ctx: EvalCtx, stmt: Reject): boolean {
  const link = ctx.pctx.protocol.ll;
  if (link.desc !== ETHER && link.desc !== VLAN && link.desc !== NETDEV) return fail(ctx, "cannot reject from this link layer protocol", link.loc, stmt.loc) !== null;
  const network = networkOf(ctx);
  if (network === "other") return fail(ctx, "cannot reject this network family", stmt.loc, ctx.pctx.protocol.nh.loc) !== null;
  const icmp = stmt.type === "icmp" || stmt.type === "icmpv6";
  if (icmp && network !== "none" && network !== stmt.family) return networkConflict(ctx, stmt);
  return stmt.type === "icmpx" || rejectDependency(ctx, stmt);
}

/** Before the whole rule, or it would log and count what it does not reject (reject_payload_gen_dependency). */
function rejectDependency(ctx: EvalCtx, stmt: Reject): boolean {
  const needed = stmt.type === "tcp-reset" ? (ctx.pctx.protocol.th.desc === null ? TCP : null) : ctx.pctx.protocol.nh.desc === null ? (stmt.family === "ip6" ? IP6 : IP) : null;
  if (needed === null) return true;
  const dep = payloadDependency(ctx, needed, stmt.loc);
  if (dep !== null) ctx.rule?.stmts.unshift(dep);
  return dep !== null;
}
