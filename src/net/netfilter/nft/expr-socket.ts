import { type Ip4, readU16 } from "../../../wire/addr.ts";
import { IPPROTO_UDP, ipDst, ipSrc } from "../../../wire/ipv4.ts";
import type { SkbOwner } from "../../core/skb.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { inetAt, isInetFamily } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg, store32, store8 } from "./vm.ts";

const BYTES: Readonly<Record<ExprOf<"socket">["key"], number>> = { transparent: 1, mark: 4, wildcard: 1, cgroupv2: 8 };

/** What a rule asks of a socket, be it the sender's or one that would receive. */
interface Found {
  readonly mark: number;
  readonly transparent: boolean;
  /** Bound to no address. */
  readonly wildcard: boolean;
}

/** nft_socket.c: the socket of this machine that the packet belongs to; none = no match. There are no cgroups here. */
export function bindSocket(bind: NftBind, expr: ExprOf<"socket">): NftOp | Errno {
  if (!isInetFamily(bind.family)) return "EOPNOTSUPP";
  const error = checkReg(expr.dreg, BYTES[expr.key]);
  if (error !== null) return error;
  if (expr.key === "cgroupv2" && (expr.level ?? 0) > 255) return "EOPNOTSUPP";
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const found = findSocket(pkt);
    if (found === null || expr.key === "cgroupv2") regs.verdict = BREAK;
    else if (expr.key === "mark") store32(regs, at, found.mark);
    else store8(regs, at, found[expr.key] ? 1 : 0);
  };
  return { op: "socket", eval: evaluate, dump: () => expr, validate: inetAt("prerouting", "input", "output") };
}

/** nft_socket_do_lookup. */
function findSocket(pkt: NftPkt): Found | null {
  const { sk } = pkt.skb;
  if (sk !== null) return ofSender(sk);
  if (pkt.family !== "ip" || pkt.l4proto !== IPPROTO_UDP || pkt.fragOffset !== 0 || pkt.thAt + 8 > pkt.skb.end) return null;
  const { buf, netAt } = pkt.skb;
  const local = ipDst(buf, netAt);
  const listeners = pkt.ns.sock.udp.get(readU16(buf, pkt.thAt + 2)) ?? [];
  const sport = readU16(buf, pkt.thAt);
  const fits = (l: { readonly local: Ip4; readonly peer: Ip4; readonly peerPort: number }): boolean =>
    (l.local === 0 || l.local === local) && (l.peerPort === 0 || (l.peerPort === sport && l.peer === ipSrc(buf, netAt)));
  const best = listeners.find((l) => l.peerPort !== 0 && fits(l)) ?? listeners.find((l) => l.local !== 0 && fits(l)) ?? listeners.find(fits);
  return best === undefined ? null : { mark: 0, transparent: false, wildcard: best.local === 0 };
}

const ofSender = (sk: SkbOwner): Found => ({ mark: sk.mark, transparent: sk.transparent, wildcard: sk.wildcard });
