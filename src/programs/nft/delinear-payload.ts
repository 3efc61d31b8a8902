import type { Expr, PayloadExpr, RelationalExpr, ValueExpr } from "./ast.ts";
import { killPayloadDep, storePayloadDep, type Post } from "./delinear-deps.ts";
import { bitLength, trailingZeros } from "./delinear-exthdr.ts";
import { ones, prefixOf, relationalOf, setType } from "./delinear-nodes.ts";
import { exprStmt } from "./delinear-match.ts";
import { payloadAt } from "./delinear-load.ts";
import { noLoc } from "./nodes.ts";
import { payloadField } from "./nodes-keys.ts";
import type { ProtoDesc, ProtoField } from "./proto.ts";
import { relationalUpdate } from "./proto-ctx.ts";
import { ETHER, UNKNOWN, VLAN } from "./proto-headers.ts";
import { ICMP_DEPS } from "./proto-transport.ts";

/** The header that a load reads from, and how many bits lie before it at its base (get_stacked_desc). */
function headerAt(post: Post, e: PayloadExpr): { readonly desc: ProtoDesc; readonly skip: number } | null {
  const top = post.pctx.protocol[e.base].desc;
  if (top === null || top === UNKNOWN || top.pseudo === true) return e.base === "ll" && e.offset < ETHER.lenBits && top?.base === "ll" ? pseudoLink(post) : null;
  if (e.base !== "ll") return { desc: top, skip: 0 };
  let skip = 0;
  for (const below of post.pctx.linkStack) {
    if (e.offset - skip < below.lenBits) return { desc: below, skip };
    skip += below.lenBits;
  }
  return { desc: top, skip };
}

/** Families without a link header know none. */
const pseudoLink = (_post: Post): null => null;

const fits = (post: Post, f: ProtoField): boolean =>
  f.icmpDep === undefined || post.pctx.icmpType === 0 || (ICMP_DEPS[f.icmpDep] ?? []).includes(post.pctx.icmpType);

/** Names the field that lies exactly there, if the header is known (payload_expr_complete). */
export function completePayload(post: Post, e: PayloadExpr): void {
  const at = headerAt(post, e);
  if (at === null) return;
  const field = at.desc.fields.find((f) => f.offset === e.offset - at.skip && f.len === e.len && fits(post, f));
  if (field !== undefined) name(e, at.desc, field);
}

function name(e: PayloadExpr, desc: ProtoDesc, field: ProtoField): void {
  e.desc = desc;
  e.field = field;
  e.raw = false;
  e.dtype = field.dtype;
  e.byteorder = field.byteorder;
  e.offset = field.offset;
  e.len = field.len;
}

/** One load that covers several fields side by side, as one expression each; the rest stays raw (payload_expr_expand). */
export function expandPayload(post: Post, e: PayloadExpr): PayloadExpr[] {
  const at = headerAt(post, e);
  if (at === null) return [e];
  const found: PayloadExpr[] = [];
  let offset = e.offset - at.skip;
  let left = e.len;
  while (left > 0) {
    const here = at.desc.fields.filter((f) => f.offset === offset && fits(post, f));
    const field = here.find((f) => f.len <= left) ?? here[0];
    if (field === undefined) break;
    const len = Math.min(field.len, left);
    found.push({ ...payloadField(noLoc, at.desc, field), len });
    offset += len;
    left -= len;
  }
  if (left > 0) found.push(found.length === 0 ? e : payloadAt(e.base, offset + at.skip, left));
  return found;
}

/** A comparison with a value: a statement for each field it covers (payload_match_expand). */
export function expandMatch(post: Post, rel: RelationalExpr, payload: PayloadExpr, right: ValueExpr): void {
  let rest = right.len;
  for (const left of expandPayload(post, payload)) {
    rest -= left.len;
    const part: ValueExpr = { ...right, len: left.len, value: (right.value >> BigInt(Math.max(0, rest))) & ones(left.len) };
    emitMatch(post, relationalOf(rel.op, left, typedPart(left, part)), left);
  }
}

/** Fewer bits than the field has are a prefix of it. */
function typedPart(left: PayloadExpr, part: ValueExpr): Expr {
  setType(part, left.dtype, left.byteorder);
  const full = left.field?.len ?? left.len;
  if (left.len >= full) return part;
  const known = left.len;
  part.value <<= BigInt(full - known);
  part.len = full;
  left.len = full;
  return prefixOf(part, known, full);
}

function emitMatch(post: Post, rel: RelationalExpr, left: PayloadExpr): void {
  if (rel.op === "eq") relationalUpdate(post.pctx, rel);
  // `vlan type arp` beside `ether type 8021q`: both were written.
  if (left.desc !== VLAN || left.field?.token !== "type") killPayloadDep(post, left);
  const stmt = exprStmt(rel);
  post.out.push(stmt);
  storePayloadDep(post, stmt, left, rel);
}

/**
 * A field that does not fill bytes was loaded whole and masked: the field, and by how many bits its values are
 * shifted (payload_expr_trim). null = the mask is the user's own.
 */
export function trimPayload(post: Post, e: PayloadExpr, mask: bigint): { readonly shift: number } | null {
  const shift = trailingZeros(mask);
  const len = bitLength(mask) - shift;
  if (mask === 0n || mask !== ones(len) << BigInt(shift)) return null;
  const at = headerAt(post, e);
  const offset = e.offset + e.len - shift - len;
  const field = at?.desc.fields.find((f) => f.offset === offset - at.skip && f.len === len && fits(post, f));
  if (at === null || field === undefined) return null;
  name(e, at.desc, field);
  return { shift };
}
