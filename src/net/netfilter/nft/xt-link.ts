import { formatMac, readMac } from "../../../wire/addr.ts";
import { ETH_HLEN, ETH_SRC } from "../../../wire/ethernet.ts";
import { ARPHRD_ETHER } from "../../core/netdev.ts";
import type { XtMac, XtPhysdev } from "../../uapi/xt.ts";
import type { NftPkt } from "./model.ts";

/** mac_mt: the source address of the frame it came in by. */
export function matchMac({ skb, state }: NftPkt, info: XtMac): boolean {
  if (state.indev === null || state.indev.type !== ARPHRD_ETHER || skb.macAt < 0 || skb.macAt + ETH_HLEN > skb.netAt) return false;
  return (formatMac(readMac(skb.buf, skb.macAt + ETH_SRC)) === info.src) !== info.invert;
}

/** physdev_mt: the bridge ports behind what IP sees. */
export function matchPhysdev({ skb }: NftPkt, info: XtPhysdev): boolean {
  const ports = skb.nfBridge;
  const hasIn = ports !== null;
  const hasOut = ports !== null && ports.physout !== null;
  const facts: Readonly<Record<XtPhysdev["match"][number], boolean>> = {
    in: nameFits(ports?.physin?.name ?? null, info.in),
    out: nameFits(ports?.physout?.name ?? null, info.out),
    isIn: hasIn, isOut: hasOut, isBridged: hasIn && hasOut,
  };
  return info.match.every((part) => facts[part] !== info.invert.includes(part));
}

/** A trailing "+" stands for any rest. */
function nameFits(name: string | null, wanted: string): boolean {
  if (name === null) return false;
  return wanted.endsWith("+") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}
