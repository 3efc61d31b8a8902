import { readU16 } from "../../../wire/addr.ts";
import { ETH_P_IP, ETH_P_IPV6 } from "../../../wire/ethernet.ts";
import { IP_FRAG, IP_HLEN, IP_OFFSET_MASK, IP_PROTO, ipHeaderBytes, ipTotalBytes } from "../../../wire/ipv4.ts";
import type { HookFamily, HookState } from "../../core/hook.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import type { NftFamily } from "../../uapi/nft-expr.ts";
import type { NftPkt } from "./model.ts";

/** struct nft_pktinfo, filled anew for each packet. */
export class PktInfo implements NftPkt {
  ns!: Netns;
  skb!: Skb;
  state!: HookState;
  family: HookFamily = "ip";
  l4proto = -1;
  thAt = -1;
  fragOffset = 0;
  traced = false;
}

/**
 * nft_set_pktinfo and its nft_set_pktinfo_* variants (nft_chain_filter.c). False: the packet is none of
 * this chain's business (inet ingress sees IP only).
 */
export function setPktInfo(pkt: PktInfo, ns: Netns, skb: Skb, state: HookState, family: NftFamily): boolean {
  pkt.ns = ns;
  pkt.skb = skb;
  pkt.state = state;
  pkt.family = state.family;
  pkt.traced = skb.nfTrace;
  if (state.family === "ip") return setIpv4(pkt, skb, false);
  if (state.family === "ip6") return setIpv6(pkt, skb);
  if (state.family === "arp") return setUnspec(pkt);
  return setByEthertype(pkt, skb, family === "inet");
}

function setUnspec(pkt: PktInfo): true {
  pkt.l4proto = -1;
  pkt.thAt = -1;
  pkt.fragOffset = 0;
  return true;
}

/** nft_do_chain_bridge, _netdev, _inet_ingress: nobody has looked at the IP header yet. */
function setByEthertype(pkt: PktInfo, skb: Skb, isInet: boolean): boolean {
  const isIp = skb.protocol === ETH_P_IP;
  if (!isIp && skb.protocol !== ETH_P_IPV6) return setUnspec(pkt) && !isInet;
  if (isInet) pkt.family = isIp ? "ip" : "ip6";
  if (skb.netAt < 0) return setUnspec(pkt);
  return isIp ? setIpv4(pkt, skb, true) : setIpv6(pkt, skb);
}

function setIpv4(pkt: PktInfo, skb: Skb, validate: boolean): true {
  const { buf, netAt } = skb;
  if (validate && !isWholeIpv4(skb)) return setUnspec(pkt);
  pkt.l4proto = buf[netAt + IP_PROTO]!;
  pkt.thAt = netAt + ipHeaderBytes(buf, netAt);
  pkt.fragOffset = (readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) * 8;
  return true;
}

/** __nft_set_pktinfo_ipv4_validate. */
function isWholeIpv4(skb: Skb): boolean {
  const { buf, netAt, end } = skb;
  if (end - netAt < IP_HLEN || buf[netAt]! >> 4 !== 4) return false;
  const headerBytes = ipHeaderBytes(buf, netAt);
  const total = ipTotalBytes(buf, netAt);
  return headerBytes >= IP_HLEN && total >= headerBytes && total <= end - netAt;
}

const IPV6_HLEN = 40;
const NEXTHDR_HOP = 0;
const NEXTHDR_ROUTING = 43;
const NEXTHDR_FRAGMENT = 44;
const NEXTHDR_AUTH = 51;
const NEXTHDR_NONE = 59;
const NEXTHDR_DEST = 60;

const isExtension = (next: number): boolean =>
  next === NEXTHDR_HOP || next === NEXTHDR_ROUTING || next === NEXTHDR_FRAGMENT || next === NEXTHDR_AUTH || next === NEXTHDR_NONE || next === NEXTHDR_DEST;

/** nft_set_pktinfo_ipv6_validate: behind the extension headers (ipv6_find_hdr with target -1). */
function setIpv6(pkt: PktInfo, skb: Skb): true {
  const { buf, netAt, end } = skb;
  if (end - netAt < IPV6_HLEN || buf[netAt]! >> 4 !== 6) return setUnspec(pkt);
  let next = buf[netAt + 6]!;
  let at = netAt + IPV6_HLEN;
  pkt.fragOffset = 0;
  while (isExtension(next)) {
    if (next === NEXTHDR_NONE || at + 8 > end) return setUnspec(pkt);
    const bytes = extensionBytes(buf, at, next);
    if (next === NEXTHDR_FRAGMENT) pkt.fragOffset = readU16(buf, at + 2) & 0xfff8;
    next = buf[at]!;
    at += bytes;
    if (pkt.fragOffset !== 0) break;
  }
  pkt.l4proto = next;
  pkt.thAt = at;
  return true;
}

/** ipv6_optlen, ipv6_authlen. */
function extensionBytes(buf: Uint8Array, at: number, type: number): number {
  if (type === NEXTHDR_FRAGMENT) return 8;
  return type === NEXTHDR_AUTH ? (buf[at + 1]! + 2) * 4 : (buf[at + 1]! + 1) * 8;
}
