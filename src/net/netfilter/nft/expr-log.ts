import type { Errno } from "../../uapi/errno.ts";
import { NF_LOG_MASK } from "../../uapi/nft-expr.ts";
import { nfLogPacket } from "../log.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";

/** Behind the eight levels of syslog: to the audit subsystem, of which there is none here. */
const AUDIT = 8;
/** NF_LOG_PREFIXLEN - 1. */
const PREFIX_BYTES = 127;
const WARN = 4;

/** nft_log.c. A group has no reader here, as on a machine without ulogd: nothing happens to its packets. */
export function bindLog(bind: NftBind, expr: ExprOf<"log">): NftOp | Errno {
  const level = expr.level ?? WARN;
  if (expr.level !== undefined && expr.group !== undefined) return "EINVAL";
  if (level < 0 || level > AUDIT || ((expr.flags ?? 0) & ~NF_LOG_MASK) !== 0) return "EINVAL";
  if ((expr.prefix ?? "").length > PREFIX_BYTES) return "ERANGE";
  const goesToRing = expr.group === undefined && level !== AUDIT;
  const about = { prefix: expr.prefix ?? "", level, flags: expr.flags ?? 0 };
  const evaluate = (_regs: NftRegs, pkt: NftPkt): void => {
    if (goesToRing) nfLogPacket(pkt.ns, pkt.skb, pkt.family, pkt.state.indev, pkt.state.outdev, about);
  };
  void bind;
  return { op: "log", eval: evaluate, dump: () => expr };
}
