import { ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PKT_FILTERED, ICMP_PORT_UNREACH } from "../../../wire/icmp.ts";
import { rejectFrame, sendReset, sendUnreach } from "../reject.ts";
import type { ExprOf } from "./expr.ts";
import { isInetFamily, onlyAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import type { Errno } from "../../uapi/errno.ts";
import { DROP } from "./vm.ts";

/** nft_reject_icmp_code: the family-independent codes no-route, port-unreachable, host-unreachable, admin-prohibited. */
const ICMPX: readonly number[] = [ICMP_NET_UNREACH, ICMP_PORT_UNREACH, ICMP_HOST_UNREACH, ICMP_PKT_FILTERED];

/** nft_reject_ipv4.c, _inet.c, _bridge.c, _netdev.c: answers, then drops. There is no IPv6 stack to answer IPv6 packets. */
export function bindReject(bind: NftBind, expr: ExprOf<"reject">): NftOp | Errno {
  const { kind, code } = expr;
  if (bind.family === "arp") return "EOPNOTSUPP";
  if (kind === "icmpx" && code >= ICMPX.length) return "EINVAL";
  const icmpCode = kind === "icmpx" ? ICMPX[code]! : code;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (pkt.state.family === "bridge" || pkt.state.family === "netdev") refuseFrame(pkt, kind === "tcp-reset" ? null : icmpCode);
    else if (pkt.family === "ip") refuse(pkt, kind, icmpCode, bind.family !== "inet");
    regs.verdict = DROP;
  };
  return { op: "reject", eval: evaluate, dump: () => expr, validate: validateReject };
}

/** The ip family does not know icmpx and merely drops. */
function refuse(pkt: NftPkt, kind: ExprOf<"reject">["kind"], code: number, isIpOnly: boolean): void {
  if (kind === "tcp-reset") sendReset(pkt.ns, pkt.skb, pkt.state.point);
  else if (kind === "icmp" || !isIpOnly) sendUnreach(pkt.ns, pkt.skb, code);
}

function refuseFrame(pkt: NftPkt, code: number | null): void {
  const dev = pkt.state.indev;
  if (dev === null || pkt.skb.pktType === "broadcast" || pkt.skb.pktType === "multicast") return;
  rejectFrame(pkt.ns, pkt.skb, dev, code === null ? { reset: true } : { code });
}

/** nft_reject_validate and its variants. */
const validateReject: NonNullable<NftOp["validate"]> = (base, family) => {
  if (family === "bridge") return onlyAt(base, ["prerouting", "input"]);
  if (family === "netdev") return onlyAt(base, ["ingress"]);
  if (!isInetFamily(family)) return "EOPNOTSUPP";
  return onlyAt(base, family === "inet" ? ["prerouting", "input", "forward", "output", "ingress"] : ["prerouting", "input", "forward", "output"]);
};
