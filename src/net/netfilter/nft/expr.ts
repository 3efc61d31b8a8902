import type { Errno } from "../../uapi/errno.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { bindBitwise, bindByteorder, bindShift } from "./expr-bits.ts";
import { bindCmp, bindRange } from "./expr-cmp.ts";
import { bindMatch, bindTarget } from "./expr-compat.ts";
import { bindConnlimit } from "./expr-connlimit.ts";
import { bindCounter } from "./expr-counter.ts";
import { bindCt, bindCtSet, bindNotrack } from "./expr-ct.ts";
import { bindDup, bindFwd } from "./expr-dup.ts";
import { bindDynset } from "./expr-dynset.ts";
import { bindExthdr } from "./expr-exthdr.ts";
import { bindFib } from "./expr-fib.ts";
import { bindJhash, bindSymhash } from "./expr-hash.ts";
import { bindImmediate, bindVerdict } from "./expr-immediate.ts";
import { bindLast } from "./expr-last.ts";
import { bindLimit } from "./expr-limit.ts";
import { bindLog } from "./expr-log.ts";
import { bindLookup } from "./expr-lookup.ts";
import { bindMeta, bindMetaSet } from "./expr-meta.ts";
import { bindFlowOffload, bindOsf, bindQueue, bindSynproxy, bindTproxy, bindTunnel, bindXfrm } from "./expr-misc.ts";
import { bindMasqRedir, bindNat } from "./expr-nat.ts";
import { bindNumgen } from "./expr-numgen.ts";
import { bindObjref, bindObjrefMap } from "./expr-obj.ts";
import { bindPayload } from "./expr-payload.ts";
import { bindPayloadSet } from "./expr-payload-set.ts";
import { bindQuota } from "./expr-quota.ts";
import { bindReject } from "./expr-reject.ts";
import { bindRt } from "./expr-rt.ts";
import { bindSocket } from "./expr-socket.ts";
import type { NftBind, NftOp } from "./model.ts";
import { bindExthdrSet, bindExthdrStrip } from "./tcp-option.ts";

/** An instruction by its name. */
export type ExprOf<Op extends NftExpr["op"]> = Narrow<NftExpr, Op>;
type Narrow<E extends NftExpr, Op> = E extends NftExpr ? (Op extends E["op"] ? E & { readonly op: Op } : never) : never;

type Binders = { readonly [Op in NftExpr["op"]]?: (bind: NftBind, expr: ExprOf<Op>) => NftOp | Errno };

/** nft_expr_type by name. One file a family. */
const BINDERS: Binders = {
  immediate: bindImmediate,
  verdict: bindVerdict,
  payload: bindPayload,
  "payload.set": bindPayloadSet,
  cmp: bindCmp,
  range: bindRange,
  bitwise: bindBitwise,
  shift: bindShift,
  byteorder: bindByteorder,
  lookup: bindLookup,
  dynset: bindDynset,
  meta: bindMeta,
  "meta.set": bindMetaSet,
  ct: bindCt,
  "ct.set": bindCtSet,
  exthdr: bindExthdr,
  "exthdr.set": bindExthdrSet,
  "exthdr.strip": bindExthdrStrip,
  rt: bindRt,
  socket: bindSocket,
  osf: bindOsf,
  fib: bindFib,
  numgen: bindNumgen,
  jhash: bindJhash,
  symhash: bindSymhash,
  xfrm: bindXfrm,
  tunnel: bindTunnel,
  counter: bindCounter,
  limit: bindLimit,
  quota: bindQuota,
  connlimit: bindConnlimit,
  last: bindLast,
  log: bindLog,
  reject: bindReject,
  nat: bindNat,
  masq: bindMasqRedir,
  redir: bindMasqRedir,
  notrack: bindNotrack,
  dup: bindDup,
  fwd: bindFwd,
  queue: bindQueue,
  synproxy: bindSynproxy,
  tproxy: bindTproxy,
  objref: bindObjref,
  "objref.map": bindObjrefMap,
  flow_offload: bindFlowOffload,
  match: bindMatch,
  target: bindTarget,
};

/**
 * nf_tables_newexpr: checks an instruction as its init function does, and makes it runnable. Binding changes
 * nothing outside: use counts of chains, sets and objects move in `activate` and `deactivate` of the result.
 * `EOPNOTSUPP`: a kernel without that feature.
 */
export function bindExpr(bind: NftBind, expr: NftExpr): NftOp | Errno {
  const binder = BINDERS[expr.op] as ((bind: NftBind, expr: NftExpr) => NftOp | Errno) | undefined;
  return binder === undefined ? "EOPNOTSUPP" : binder(bind, expr);
}
