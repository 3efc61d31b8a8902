import type { Errno } from "../../uapi/errno.ts";
import type { NftCompatInfo } from "../../uapi/nft-expr.ts";
import { type XtHook, type XtPlace, xtPlace } from "../../uapi/xt.ts";
import type { ExprOf } from "./expr.ts";
import { tracks } from "./expr-nat.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK } from "./vm.ts";
import { XT_MATCHES, type XtTest } from "./xt-match.ts";
import { XT_TARGETS, type XtAct } from "./xt-target.ts";

/* net/netfilter/nft_compat.c: iptables extensions inside nf_tables rules. What each keeps: net/uapi/xt.ts. */

type Make<Out> = Readonly<Record<string, (info: NftCompatInfo) => Out>>;
// The program that writes `info` and the extension that reads it share the types of xt.ts; here they are looked up by name.
const MATCHES: Make<XtTest> = { ...XT_MATCHES as object };
const TARGETS: Make<XtAct> = { ...XT_TARGETS as object };

const FLOW_NAMES: readonly string[] = ["conntrack", "connmark", "CONNMARK", "SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP", "CT"];

/** nft_match: ENOENT for an unknown extension, EINVAL where it may not stand. */
export function bindMatch(bind: NftBind, expr: ExprOf<"match">): NftOp | Errno {
  const make = MATCHES[expr.name];
  if (make === undefined) return "ENOENT";
  const place = xtPlace("match", expr.name, expr.info);
  const error = checkPlace(bind, place);
  if (error !== null) return error;
  const test = make(expr.info);
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (!test(pkt)) regs.verdict = BREAK;
  };
  return { op: "match", eval: evaluate, dump: () => expr, validate: validateAt(place), ...flows(bind, expr.name) };
}

/** nft_target. */
export function bindTarget(bind: NftBind, expr: ExprOf<"target">): NftOp | Errno {
  const make = TARGETS[expr.name];
  if (make === undefined) return "ENOENT";
  const place = xtPlace("target", expr.name, expr.info);
  const error = checkPlace(bind, place);
  if (error !== null) return error;
  const act = make(expr.info);
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    regs.verdict = act(pkt);
  };
  return { op: "target", eval: evaluate, dump: () => expr, validate: validateAt(place), ...flows(bind, expr.name) };
}

/** xt_check_match, xt_check_target: the right table, the right protocol. */
function checkPlace(bind: NftBind, place: XtPlace): Errno | null {
  if (place.table !== null && place.table !== bind.table.name) return "EINVAL";
  const { compat } = bind;
  const named = compat === undefined || compat === null || compat.invert ? null : compat.proto;
  return place.proto !== null && place.proto !== named ? "EINVAL" : null;
}

/** nft_match_validate, nft_compat_chain_validate_dependency. */
function validateAt(place: XtPlace): NonNullable<NftOp["validate"]> {
  return (base) => {
    if (place.table === "nat" && base.type !== "nat") return "EINVAL";
    return place.hooks === null || place.hooks.includes(base.hook as XtHook) ? null : "EINVAL";
  };
}

const flows = (bind: NftBind, name: string): Pick<NftOp, "activate" | "deactivate"> => (FLOW_NAMES.includes(name) ? tracks(bind) : {});
