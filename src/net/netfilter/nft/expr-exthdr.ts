import { ETH_P_IP, ETH_P_IPV6 } from "../../../wire/ethernet.ts";
import { IPPROTO_TCP, IP_HLEN, ipHeaderBytes } from "../../../wire/ipv4.ts";
import { readU16 } from "../../../wire/addr.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { findTcpOption } from "./tcp-option.ts";
import { BREAK, checkReg, checkU8, firstError, store8 } from "./vm.ts";

/** A part of the packet: where it begins in `skb.buf` and where it ends. */
export interface Span {
  readonly at: number;
  readonly end: number;
}

const IPPROTO_SCTP = 132;
/** LSRR, RR, SSRR, RA: the IPv4 options that can be matched. */
const IPV4_OPTIONS: readonly number[] = [131, 7, 137, 148];

/** nft_exthdr.c: IPv6 extension headers, TCP and IPv4 options, SCTP chunks. */
export function bindExthdr(bind: NftBind, expr: ExprOf<"exthdr">): NftOp | Errno {
  const error = firstError(checkU8(expr.len), checkU8(expr.offset), checkReg(expr.dreg, expr.len));
  if (error !== null) return error;
  if (expr.kind === "ipv4opt" && (!IPV4_OPTIONS.includes(expr.type) || (bind.family !== "ip" && bind.family !== "inet" && bind.family !== "bridge" && bind.family !== "netdev"))) return "EOPNOTSUPP";
  const find = FINDERS[expr.kind];
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const span = find(pkt, expr.type);
    if (expr.present) store8(regs, at, span === null ? 0 : 1);
    else if (span === null || span.at + expr.offset + expr.len > span.end) regs.verdict = BREAK;
    else copy(regs, at, pkt.skb.buf, span.at + expr.offset, expr.len);
  };
  return { op: "exthdr", eval: evaluate, dump: () => expr };
}

function copy(regs: NftRegs, at: number, buf: Uint8Array, from: number, len: number): void {
  const { data } = regs;
  for (let i = 0; i < len; i++) data[at + i] = buf[from + i]!;
  data.fill(0, at + len, at + ((len + 3) & ~3));
}

const FINDERS: Readonly<Record<ExprOf<"exthdr">["kind"], (pkt: NftPkt, type: number) => Span | null>> = {
  tcpopt: (pkt, type) => (pkt.l4proto === IPPROTO_TCP && pkt.fragOffset === 0 ? findTcpOption(pkt.skb, pkt.thAt, type) : null),
  ipv4opt: findIpv4Option,
  ipv6: findIpv6Header,
  sctp: findSctpChunk,
};

const IPOPT_END = 0;
const IPOPT_NOOP = 1;

/** ipv4_find_option. */
function findIpv4Option({ skb }: NftPkt, type: number): Span | null {
  const { buf, netAt } = skb;
  if (skb.protocol !== ETH_P_IP || netAt < 0 || netAt + IP_HLEN > skb.end) return null;
  const end = Math.min(netAt + ipHeaderBytes(buf, netAt), skb.end);
  for (let at = netAt + IP_HLEN; at < end && buf[at] !== IPOPT_END; ) {
    const bytes = buf[at] === IPOPT_NOOP ? 1 : (buf[at + 1] ?? 0);
    if (bytes < 1 || (buf[at] !== IPOPT_NOOP && bytes < 2) || at + bytes > end) return null;
    if (buf[at] === type) return { at, end: skb.end };
    at += bytes;
  }
  return null;
}

const IPV6_HLEN = 40;
const FRAGMENT = 44;
const AUTH = 51;
/** Hop-by-hop, routing, fragment, authentication, destination options, mobility. */
const EXTENSIONS: readonly number[] = [0, 43, FRAGMENT, AUTH, 60, 135];

/** ipv6_find_hdr. */
function findIpv6Header({ skb }: NftPkt, type: number): Span | null {
  const { buf, netAt, end } = skb;
  if (skb.protocol !== ETH_P_IPV6 || netAt < 0 || netAt + IPV6_HLEN > end) return null;
  let next = buf[netAt + 6]!;
  for (let at = netAt + IPV6_HLEN; EXTENSIONS.includes(next) && at + 8 <= end; ) {
    if (next === type) return { at, end };
    const bytes = next === FRAGMENT ? 8 : next === AUTH ? (buf[at + 1]! + 2) * 4 : (buf[at + 1]! + 1) * 8;
    if (next === FRAGMENT && (readU16(buf, at + 2) & 0xfff8) !== 0) return null;
    next = buf[at]!;
    at += bytes;
  }
  return null;
}

const SCTP_HLEN = 12;

/** nft_exthdr_sctp_eval: chunks follow each other, padded to words. */
function findSctpChunk({ skb, l4proto, fragOffset, thAt }: NftPkt, type: number): Span | null {
  if (l4proto !== IPPROTO_SCTP || fragOffset !== 0) return null;
  for (let at = thAt + SCTP_HLEN; at + 4 <= skb.end; ) {
    const bytes = readU16(skb.buf, at + 2);
    if (bytes < 4) return null;
    if (skb.buf[at] === type) return { at, end: Math.min(at + bytes, skb.end) };
    at += (bytes + 3) & ~3;
  }
  return null;
}
