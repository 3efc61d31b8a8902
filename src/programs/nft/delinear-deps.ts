import type { Expr, ExthdrExpr, MetaExpr, CtExpr, PayloadExpr, RelationalExpr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import { namesProtocol, upperOf, type ProtoState } from "./proto-ctx.ts";
import { IP, IP6, VLAN } from "./proto-headers.ts";
import { ICMP, ICMP_DEPS, ICMPV6, TH } from "./proto-transport.ts";
import type { NftPayloadBase } from "../../net/uapi/nft-expr.ts";

/** Second pass over a rule's statements (rule_pp_ctx): what is known, and which statements a later one may make redundant. */
export interface Post {
  readonly pctx: ProtoState;
  /** The statement that named the header at this base: dropped when a field of that header follows (payload_dep_ctx). */
  readonly deps: Map<NftPayloadBase, Stmt>;
  /** Statements done. */
  readonly out: Stmt[];
  /** The one before the present one; ranges merge with it. */
  prev: Stmt | null;
  inConcat: boolean;
}

const ABOVE: Readonly<Record<NftPayloadBase, NftPayloadBase>> = { ll: "nh", nh: "th", th: "inner", inner: "inner" };

const slotOf = (post: Post, base: NftPayloadBase): NftPayloadBase | null =>
  post.deps.has(base) ? base : base === "th" && post.deps.has("inner") ? "inner" : null;

function depAt(post: Post, base: NftPayloadBase): RelationalExpr | null {
  const slot = slotOf(post, base);
  const stmt = slot === null ? undefined : post.deps.get(slot);
  return stmt?.kind === "expression" && stmt.expr.kind === "relational" ? stmt.expr : null;
}

/** The statement goes: what follows says the same (payload_dependency_release). */
export function release(post: Post, base: NftPayloadBase): void {
  const slot = slotOf(post, base);
  const stmt = slot === null ? undefined : post.deps.get(slot);
  if (slot === null || stmt === undefined) return;
  const at = post.out.indexOf(stmt);
  if (at >= 0) post.out.splice(at, 1);
  post.deps.delete(slot);
  if (post.prev === stmt) post.prev = null;
}

export const hasDep = (post: Post, base: NftPayloadBase): boolean => slotOf(post, base) !== null;

/** A field of a known header follows: the statement that named the header may go (payload_dependency_kill). */
export function killPayloadDep(post: Post, e: PayloadExpr): void {
  if (e.desc === null) return;
  const dep = depAt(post, e.base);
  if (dep !== null && mayKill(post, dep, e)) release(post, e.base);
}

const isMixed = (family: string): boolean => family === "inet" || family === "bridge" || family === "netdev";

function mayKill(post: Post, dep: RelationalExpr, e: PayloadExpr): boolean {
  const left = dep.left;
  if (left.kind === "payload") {
    // `ip protocol tcp` also says IPv4: it stays where both are possible.
    if (isMixed(post.pctx.family) && left.base === "nh" && (left.desc === IP || left.desc === IP6) && e.base === "th") return false;
    if (e.base === "ll") return left.desc !== VLAN && e.desc === VLAN && dep.right.kind === "value" && dep.right.value === ETH_VLAN;
    if (e.base === "th" && e.desc !== TH && left.base === "th") return mayKillIcmp(post, left, e);
  }
  if (e.base === "th" && e.desc === TH) return !(left.kind === "meta" && left.key === "l4proto");
  return true;
}

/** `icmp mtu` implies its type; `icmp id` only one of two, so the type stays. */
function mayKillIcmp(post: Post, left: PayloadExpr, e: PayloadExpr): boolean {
  const dep = e.field?.icmpDep;
  if (dep === undefined || left.desc !== e.desc) return false;
  const types = ICMP_DEPS[dep] ?? [];
  return types.length === 1 && types[0] === post.pctx.icmpType;
}

/** An option implies its header (exthdr_dependency_kill). */
export function killOptionDep(post: Post, e: ExthdrExpr): void {
  release(post, e.hdr === "tcpopt" || e.hdr === "sctp" ? "th" : "nh");
}

/** `ether type vlan`: the next header is at the same base. */
function isStacked(e: PayloadExpr, rel: RelationalExpr): boolean {
  if (e.desc === null || rel.right.kind !== "value") return false;
  return upperOf(e.desc, Number(rel.right.value))?.base === e.desc.base;
}

/** Remembers a comparison that names the header above, until a field of it makes the words redundant. */
export function storePayloadDep(post: Post, stmt: Stmt, e: PayloadExpr, rel: RelationalExpr): void {
  if (rel.op === "eq" && namesProtocol(e)) post.deps.set(isStacked(e, rel) ? e.base : ABOVE[e.base], stmt);
}

/** The base that a key describes; null = the link's own device type. */
const baseOf = (e: MetaExpr | CtExpr): NftPayloadBase | null => {
  if (e.key === "l4proto" || e.key === "protocol" && e.kind === "ct") return "nh";
  return e.key === "nfproto" || e.key === "protocol" || e.key === "l3protocol" ? "ll" : null;
};

/** `meta l4proto tcp` and its kin (ct_meta_common_postprocess). */
export function storeKeyDep(post: Post, stmt: Stmt, e: MetaExpr | CtExpr, right: Expr): void {
  if (!namesProtocol(e)) return;
  const base = baseOf(e);
  if (base !== null && hasDep(post, base) && mayKillByKey(post, e, right)) release(post, base);
  post.deps.set(base === null ? "ll" : ABOVE[base], stmt);
}

const PROTO_ICMP = 1;
const PROTO_ICMPV6 = 58;
const ETH_IP = 0x0800;
const ETH_IP6 = 0x86dd;
/** `vlan id` implies this one, not 802.1ad. */
const ETH_VLAN = 0x8100n;
const NFPROTO_IPV4 = 2;
const NFPROTO_IPV6 = 10;

/** ICMP says IPv4, ICMPv6 says IPv6 (meta_may_dependency_kill). */
function mayKillByKey(post: Post, e: MetaExpr | CtExpr, right: Expr): boolean {
  if (e.key !== "l4proto" || right.kind !== "value") return false;
  const dep = depAt(post, "nh");
  if (dep === null || dep.right.kind !== "value") return false;
  const below = Number(dep.right.value);
  const proto = Number(right.value);
  if (dep.left.kind === "meta" && dep.left.key === "nfproto") return (proto === PROTO_ICMP && below === NFPROTO_IPV4) || (proto === PROTO_ICMPV6 && below === NFPROTO_IPV6);
  const namesEther = (dep.left.kind === "meta" && dep.left.key === "protocol") || (dep.left.kind === "payload" && dep.left.base === "ll");
  return namesEther && ((proto === PROTO_ICMP && below === ETH_IP) || (proto === PROTO_ICMPV6 && below === ETH_IP6));
}

export const isIcmp = (e: PayloadExpr): boolean => e.desc === ICMP || e.desc === ICMPV6;
