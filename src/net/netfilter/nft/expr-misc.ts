import type { Errno } from "../../uapi/errno.ts";
import { ctOf } from "../ct-entry.ts";
import type { ExprOf } from "./expr.ts";
import { tracks } from "./expr-nat.ts";
import { inetAt, isInetFamily, onlyAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, DROP, checkReg, firstError, storeName } from "./vm.ts";

/**
 * Instructions whose counterpart is not in this machine: no program reads queues, no IPsec, no transparent sockets,
 * no loaded fingerprints. They answer what Linux answers in that state.
 */

/** nft_queue.c is a module of its own that this kernel is without. */
export const bindQueue = (): Errno => "ENOENT";

const breaks: NftOp["eval"] = (regs) => {
  regs.verdict = BREAK;
};

const XFRM_BYTES: Readonly<Record<string, number>> = { daddr4: 4, daddr6: 16, saddr4: 4, saddr6: 16, reqid: 4, spi: 4 };
const XFRM_MAX_DEPTH = 6;

/** nft_xfrm.c: packets here are never encrypted, so that nothing matches. */
export function bindXfrm(bind: NftBind, expr: ExprOf<"xfrm">): NftOp | Errno {
  const bytes = XFRM_BYTES[expr.key];
  if (!isInetFamily(bind.family)) return "EOPNOTSUPP";
  if (bytes === undefined) return "EINVAL";
  const error = firstError(expr.spnum >= XFRM_MAX_DEPTH ? "ERANGE" : null, checkReg(expr.dreg, bytes));
  if (error !== null) return error;
  const validate = expr.dir === "in" ? inetAt("forward", "input", "prerouting") : inetAt("forward", "output", "postrouting");
  return { op: "xfrm", eval: breaks, dump: () => expr, validate };
}

/** nft_tunnel.c, netdev only: tunnels here deliver packets without metadata. */
export function bindTunnel(bind: NftBind, expr: ExprOf<"tunnel">): NftOp | Errno {
  if (bind.family !== "netdev") return "ENOENT";
  const error = checkReg(expr.dreg, expr.key === "path" ? 1 : 4);
  return error ?? { op: "tunnel", eval: breaks, dump: () => expr };
}

const IPPROTO_TCP = 6;
const TCP_SYN_ACK_FIN_RST = 0x17;
const TCP_SYN = 0x02;

/** nft_osf.c: only a SYN can be recognised; without fingerprints in the kernel every system is "unknown". */
export function bindOsf(_: NftBind, expr: ExprOf<"osf">): NftOp | Errno {
  const error = firstError(checkReg(expr.dreg, 16), expr.ttl < 0 || expr.ttl > 2 ? "EINVAL" : null);
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, { skb, l4proto, fragOffset, thAt }: NftPkt): void => {
    const isSyn = l4proto === IPPROTO_TCP && fragOffset === 0 && thAt + 20 <= skb.end && (skb.buf[thAt + 13]! & TCP_SYN_ACK_FIN_RST) === TCP_SYN;
    if (isSyn) storeName(regs, at, "unknown");
    else regs.verdict = BREAK;
  };
  return { op: "osf", eval: evaluate, dump: () => expr, validate: inetAt("input", "prerouting", "forward") };
}

/**
 * nft_synproxy.c: of TCP only. It would answer the client in the server's place; that handshake is not simulated, so
 * that what it would take over is lost.
 */
export function bindSynproxy(bind: NftBind, expr: ExprOf<"synproxy">): NftOp | Errno {
  if (!isInetFamily(bind.family)) return "EPROTO";
  const evaluate = (regs: NftRegs, { l4proto }: NftPkt): void => void (regs.verdict = l4proto === IPPROTO_TCP ? DROP : BREAK);
  return { op: "synproxy", eval: evaluate, dump: () => expr, validate: inetAt("input", "forward") };
}

/** nft_tproxy.c: without a transparent socket the rule does not match. */
export function bindTproxy(bind: NftBind, expr: ExprOf<"tproxy">): NftOp | Errno {
  if (!isInetFamily(bind.family) || (bind.family !== "inet" && expr.family !== bind.family)) return "EOPNOTSUPP";
  if (expr.addr === undefined && expr.port === undefined) return "EINVAL";
  if (expr.addr !== undefined && expr.family === "inet") return "EAFNOSUPPORT";
  const error = firstError(expr.addr === undefined ? null : checkReg(expr.addr, expr.family === "ip" ? 4 : 16), expr.port === undefined ? null : checkReg(expr.port, 2));
  return error ?? { op: "tproxy", eval: breaks, dump: () => expr, validate: inetAt("prerouting") };
}

/** nft_flow_offload.c: flows that may take the short cut go on; the short cut itself changes nothing that is seen here. */
export function bindFlowOffload(bind: NftBind, expr: ExprOf<"flow_offload">): NftOp | Errno {
  const table = bind.flowtable(expr.table);
  if (table === null) return "ENOENT";
  const tracked = tracks(bind);
  return {
    op: "flow_offload", dump: () => expr,
    eval: (regs, pkt) => {
      if (!canOffload(pkt)) regs.verdict = BREAK;
    },
    validate: (base, family) => (isInetFamily(family) ? onlyAt(base, ["forward"]) : "EOPNOTSUPP"),
    activate: () => {
      table.use++;
      tracked.activate?.();
    },
    deactivate: () => {
      table.use--;
      tracked.deactivate?.();
    },
  };
}

/** Confirmed UDP flows, and TCP connections that are established. */
function canOffload({ skb }: NftPkt): boolean {
  const ct = ctOf(skb);
  if (ct === null || !ct.isConfirmed) return false;
  return ct.tcp !== null ? ct.tcp.state === "ESTABLISHED" : ct.original.protocol === 17;
}
