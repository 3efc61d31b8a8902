import type { ExthdrExpr } from "./ast.ts";
import { ones } from "./delinear-nodes.ts";
import type { ProtoField } from "./proto.ts";
import { IP6_EXTHDRS, OPTIONS, type OptionDesc } from "./proto-exthdr.ts";
import { INTEGER, INVALID } from "./types-base.ts";
import { BOOLEAN } from "./types-meta.ts";

/** Headers that an option instruction may mean, by its number. `sack` and `sack0` are one: the first is printed. */
function candidates(e: ExthdrExpr): readonly OptionDesc[] {
  const found = OPTIONS[e.hdr].filter((o) => o.type === e.type);
  // Routing headers of several kinds share fields: the newest kind is printed.
  return e.hdr === "ipv6" ? found.reverse() : found;
}

function take(e: ExthdrExpr, option: OptionDesc, field: ProtoField | null): void {
  e.name = option.name;
  e.raw = false;
  e.protoField = field;
  e.field = field?.token ?? null;
  e.dtype = field?.dtype ?? BOOLEAN;
  e.byteorder = field?.byteorder ?? "host";
  e.len = field?.len ?? 8;
  if (field !== null) e.offset = field.offset;
}

const fieldAt = (option: OptionDesc, offset: number, len: number): ProtoField | undefined => option.fields.find((f) => f.offset === offset && f.len === len);

/** Finds header and field by number, offset and length (exthdr_init_raw, tcpopt_init_raw, …); stays raw when there is none. */
export function completeOption(e: ExthdrExpr): void {
  const options = candidates(e);
  const first = options[0];
  if (e.present) {
    if (first !== undefined) take(e, presentOf(e, options, first), null);
    else { e.dtype = BOOLEAN; e.byteorder = "host"; e.len = 8; }
    return;
  }
  // Bytes that are no field: of a known option all the same.
  e.name = (e.hdr === "ipv6" ? options.at(-1) : first)?.name ?? "";
  e.dtype = e.hdr === "tcpopt" || e.hdr === "sctp" ? INTEGER : INVALID;
  for (const option of options) {
    const field = fieldAt(option, e.offset, e.len);
    if (field !== undefined) return take(e, option, field);
  }
}

/** `exthdr rt`, never rt0. */
const presentOf = (e: ExthdrExpr, options: readonly OptionDesc[], first: OptionDesc): OptionDesc =>
  e.hdr === "ipv6" ? (options.find((o) => IP6_EXTHDRS.some((x) => x.name === o.name && x.rtType === undefined)) ?? first) : first;

/**
 * A field that does not fill bytes, loaded whole and masked (exthdr_find_template): the field, and how far its values
 * were shifted. null = the mask is the user's own.
 */
export function trimOption(e: ExthdrExpr, mask: bigint): { readonly shift: number } | null {
  const shift = trailingZeros(mask);
  const len = bitLength(mask) - shift;
  if (mask === 0n || mask !== ones(len) << BigInt(shift)) return null;
  const offset = e.offset + e.len - shift - len;
  for (const option of candidates(e)) {
    const field = fieldAt(option, offset, len);
    if (field === undefined) continue;
    take(e, option, field);
    return { shift };
  }
  return null;
}

export const bitLength = (n: bigint): number => (n === 0n ? 0 : n.toString(2).length);
export function trailingZeros(n: bigint): number {
  let zeros = 0;
  for (let rest = n; rest !== 0n && (rest & 1n) === 0n; rest >>= 1n) zeros++;
  return zeros;
}
