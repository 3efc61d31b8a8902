import type { Errno } from "../../uapi/errno.ts";
import type { NftObjSpec } from "../../uapi/nft.ts";
import { bindExpr } from "./expr.ts";
import type { NftBind, NftObjOp, NftOp } from "./model.ts";

const TCP = 6;
const UDP = 17;
/** Connection tracking helpers of Linux by name, with the transports they know (nf_conntrack_helper_register). */
const HELPERS: ReadonlyMap<string, readonly number[]> = new Map([
  ["ftp", [TCP]], ["tftp", [UDP]], ["sip", [TCP, UDP]], ["irc", [TCP]], ["pptp", [TCP]], ["RAS", [UDP]], ["Q.931", [TCP]], ["H.245", [TCP]],
  ["amanda", [UDP]], ["snmp", [UDP]], ["snmp_trap", [UDP]], ["netbios-ns", [UDP]], ["sane", [TCP]],
]);

/**
 * nft_object_ops: a named counter, quota, limit or synproxy is its statement under a name. Helpers, timeouts and
 * expectations of conntrack and security marks are kept and shown; flows take no notice of them here.
 */
export function bindObj(bind: NftBind, spec: NftObjSpec): NftObjOp | Errno {
  const refused = "l3proto" in spec ? refusedCt(bind, spec) : undefined;
  if (refused !== undefined) return refused;
  switch (spec.type) {
    case "counter": case "quota": case "limit": case "synproxy": return stateful(bind, spec);
    default: return { eval: () => undefined, dump: () => spec };
  }
}

/** The network protocol must be the table's; expectations want one of the two (nft_ct_expect_obj_init). */
function refusedCt(bind: NftBind, spec: Extract<NftObjSpec, { readonly l3proto: string }>): Errno | undefined {
  if (spec.type === "ct expectation" && spec.l3proto === "inet") return "EAFNOSUPPORT";
  if (spec.type === "ct expectation" && bind.family !== "inet" && spec.l3proto !== bind.family) return "EINVAL";
  if (spec.type === "ct helper" && isOther(bind.family, spec.l3proto)) return "EINVAL";
  return spec.type === "ct helper" && HELPERS.get(spec.helper)?.includes(spec.l4proto) !== true ? "ENOENT" : undefined;
}

/** IPv4 in a table of IPv6, or the other way round; other families take both (nft_ct_helper_obj_init). */
const isOther = (family: string, l3proto: string): boolean => (family === "ip" && l3proto === "ip6") || (family === "ip6" && l3proto === "ip");

type Stateful = Extract<NftObjSpec, { readonly type: "counter" | "quota" | "limit" | "synproxy" }>;

function stateful(bind: NftBind, spec: Stateful): NftObjOp | Errno {
  const op = bindExpr(bind, exprOf(spec));
  if (typeof op === "string") return op;
  const dump = (): NftObjSpec => specOf(op.dump()) ?? spec;
  return { eval: (regs, pkt) => op.eval(regs, pkt), dump, reset: () => op.reset?.() };
}

function exprOf(spec: Stateful): Parameters<typeof bindExpr>[1] {
  switch (spec.type) {
    case "counter": return { op: "counter", packets: spec.packets, bytes: spec.bytes };
    case "quota": return { op: "quota", bytes: spec.bytes, used: spec.used, invert: spec.invert };
    case "limit": return { op: "limit", kind: spec.kind, rate: spec.rate, unitSec: spec.unitSec, burst: spec.burst, invert: spec.invert };
    case "synproxy": return { op: "synproxy", mss: spec.mss, wscale: spec.wscale, flags: spec.flags };
  }
}

function specOf(state: ReturnType<NftOp["dump"]>): NftObjSpec | null {
  switch (state.op) {
    case "counter": return { type: "counter", packets: state.packets, bytes: state.bytes };
    case "quota": return { type: "quota", bytes: state.bytes, used: state.used, invert: state.invert, ...(state.depleted === true ? { depleted: true } : {}) };
    default: return null;
  }
}
