import type { Expr, RelationalExpr, ValueExpr } from "./ast.ts";
import type { Loc } from "./loc.ts";
import type { ProtoCtx, ProtoDesc } from "./proto.ts";
import { ETHER, FAMILY_HEADERS, INET, INET_SERVICE_HEADER, NETDEV, UNKNOWN, VLAN } from "./proto-headers.ts";
import { ICMP, ICMPV6 } from "./proto-transport.ts";
import type { NftFamily, NftPayloadBase } from "../../net/uapi/nft-expr.ts";

/** What is known of a packet's headers at some point of a rule; grows with every comparison that names a protocol (proto_ctx). */
export interface ProtoState extends ProtoCtx {
  readonly family: NftFamily;
  /** Transports that a set named (`meta l4proto { tcp, udp }`). */
  readonly transports: { readonly desc: ProtoDesc; readonly loc: Loc }[];
  /** Link headers below the present one: ether below vlan. */
  readonly linkStack: ProtoDesc[];
  /** `icmp type`, as far as a rule named one; 0 = not. */
  icmpType: number;
}

export function protoCtxInit(family: NftFamily): ProtoState {
  const slot = (): ProtoState["protocol"]["ll"] => ({ desc: null, loc: null, offset: 0, stack: [] });
  const state: ProtoState = {
    family, protocol: { ll: slot(), nh: slot(), th: slot(), inner: slot() }, dependency: { stmt: null, base: null }, transports: [], linkStack: [], icmpType: 0,
  };
  const first = FAMILY_HEADERS[family];
  state.protocol[first.base].desc = first;
  return state;
}

/** A family's pseudo header says only what may follow. */
export const isDummy = (desc: ProtoDesc): boolean => desc === INET || desc === NETDEV;

/** Number of `upper` in the field of `desc` that names the next header; null = it cannot follow. */
export const numberOf = (desc: ProtoDesc, upper: ProtoDesc): number | null => desc.next.find((n) => n.desc() === upper)?.value ?? null;
export const upperOf = (desc: ProtoDesc, number: number): ProtoDesc | null => desc.next.find((n) => n.value === number)?.desc() ?? null;

/** From here on the header at `base` is `desc` (proto_ctx_update). */
export function protoCtxUpdate(state: ProtoState, base: NftPayloadBase, loc: Loc, desc: ProtoDesc): void {
  state.protocol[base].desc = desc;
  state.protocol[base].loc = loc;
  if (base === "th" && !state.transports.some((t) => t.desc === desc)) state.transports.push({ desc, loc });
}

export const isAmbiguous = (state: ProtoState, base: NftPayloadBase): boolean => base === "th" && state.transports.length > 1;

/** Does the field say which header comes next (EXPR_F_PROTOCOL)? */
export function namesProtocol(e: Expr): boolean {
  if (e.kind === "meta") return ["iiftype", "nfproto", "l4proto", "protocol"].includes(e.key);
  if (e.kind === "ct") return e.key === "protocol" || e.key === "l3protocol";
  if (e.kind !== "payload" || e.desc === null || e.field === null) return false;
  return e.field.token === e.desc.protocolField || ((e.desc === ICMP || e.desc === ICMPV6) && e.field.token === "type");
}

/** A comparison for equality tells the protocol (relational_expr_pctx_update). */
export function relationalUpdate(state: ProtoState, rel: RelationalExpr, loc: Loc = rel.loc): void {
  const { left, right } = rel;
  if (!namesProtocol(left)) return;
  if (right.kind === "value") return learn(state, loc, left, right);
  if (right.kind !== "set") return;
  for (const elem of right.exprs) if (elem.kind === "set_elem" && elem.key.kind === "value") learn(state, loc, left, elem.key);
}

function learn(state: ProtoState, loc: Loc, left: Expr, right: ValueExpr): void {
  const number = Number(right.value);
  if (left.kind === "payload") learnPayload(state, loc, left.desc, number);
  if (left.kind === "meta") learnMeta(state, loc, left.key, number);
  if (left.kind === "ct") learnCt(state, loc, left.key, number);
}

const ICMP_ECHO = 8;

function learnPayload(state: ProtoState, loc: Loc, header: ProtoDesc | null, number: number): void {
  if (header === null) return;
  const desc = upperOf(header, number);
  if (desc === null) {
    // An echo's answer (0) is known as an echo: 0 says that no type is known.
    if (header === ICMP || header === ICMPV6) state.icmpType = number === 0 ? ICMP_ECHO : number;
    return;
  }
  const base = state.protocol[header.base].desc;
  if (base !== null && desc.base === base.base && desc.base === "ll") state.linkStack.push(base);
  protoCtxUpdate(state, desc.base, loc, desc);
}

function learnMeta(state: ProtoState, loc: Loc, key: string, number: number): void {
  const first = FAMILY_HEADERS[state.family];
  if (key === "iiftype") {
    if (first.base !== "nh" && state.family !== "inet" && state.family !== "netdev") return;
    protoCtxUpdate(state, "ll", loc, linkOf(number) ?? UNKNOWN);
  } else if (key === "nfproto") {
    protoCtxUpdate(state, "nh", loc, upperOf(first, number) ?? UNKNOWN);
  } else if (key === "l4proto") {
    protoCtxUpdate(state, "th", loc, upperOf(INET_SERVICE_HEADER, number) ?? UNKNOWN);
  } else if (key === "protocol" && (state.family === "netdev" || state.family === "bridge")) {
    protoCtxUpdate(state, "nh", loc, upperOf(first, number) ?? UNKNOWN);
  }
}

function learnCt(state: ProtoState, loc: Loc, key: string, number: number): void {
  const known = state.protocol[key === "l3protocol" ? "ll" : "nh"].desc;
  const desc = known === null ? null : upperOf(known, number);
  if (desc !== null) protoCtxUpdate(state, desc.base, loc, desc);
}

const ARPHRD_ETHER = 1;
/** Link header of a device type (proto_dev_desc), and back. */
export const linkOf = (type: number): ProtoDesc | null => (type === ARPHRD_ETHER ? ETHER : null);
export const deviceTypeOf = (desc: ProtoDesc): number | null => (desc === ETHER || desc === VLAN ? ARPHRD_ETHER : null);
