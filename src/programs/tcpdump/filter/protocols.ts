import { both, either, fail } from "./context.ts";
import type { Compilation } from "./context.ts";
import { ETHERTYPE, linkTypeIs, llcField, network, place, moved } from "./link.ts";
import { and, load, or, test } from "./node.ts";
import type { Node, View } from "./node.ts";

/** Protocol keywords that name an EtherType or an 802.2 SAP. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  ip: 0x0800, arp: 0x0806, rarp: 0x8035, ip6: 0x86dd, atalk: 0x809b, aarp: 0x80f3, decnet: 0x6003, sca: 0x6007, lat: 0x6004,
  mopdl: 0x6001, moprc: 0x6002, iso: 0xfe, stp: 0x42, ipx: 0xe0, netbeui: 0xf0,
};
/** EtherTypes and SAPs that `ether proto` knows by name. */
const ETHER_NAMES: Readonly<Record<string, number>> = {
  aarp: 0x80f3, arp: 0x0806, atalk: 0x809b, decnet: 0x6003, ip: 0x0800, ip6: 0x86dd, lat: 0x6004, loopback: 0x9000,
  mopdl: 0x6001, moprc: 0x6002, rarp: 0x8035, sca: 0x6007, iso: 0xfe, stp: 0x42, ipx: 0xe0, netbeui: 0xf0,
};
/** Protocol keywords that name what IP carries: the number, and which IP. */
const CARRIED: Readonly<Record<string, readonly [number, "default" | "ip" | "ip6"]>> = {
  sctp: [132, "default"], tcp: [6, "default"], udp: [17, "default"], icmp: [1, "ip"], igmp: [2, "ip"], igrp: [9, "ip"],
  pim: [103, "default"], vrrp: [112, "ip"], carp: [112, "ip"], icmp6: [58, "ip6"], ah: [51, "default"], esp: [50, "default"],
};
/** OSI network protocols, and the IS-IS PDU types each keyword stands for (ISO 10589). */
const OSI: Readonly<Record<string, number>> = { esis: 0x82, isis: 0x83, clnp: 0x81 };
const ISIS_PDUS: Readonly<Record<string, readonly number[]>> = {
  l1: [15, 17, 18, 24, 26], l2: [16, 17, 20, 25, 27], iih: [15, 16, 17], lsp: [18, 20], snp: [24, 25, 26, 27], csnp: [24, 25], psnp: [26, 27],
};
const FRAGMENT_HEADER = 44;

/** A protocol keyword alone: `icmp`, `arp`, `stp`. */
export function protocolKeyword(c: Compilation, name: string): Node | null {
  if (name === "link") return fail(c, "link layer applied in wrong context");
  if (name === "radio") return fail(c, "'radio' is not a valid protocol type");
  const carried = CARRIED[name];
  if (carried !== undefined) return ipProtocol(c, carried[0], carried[1]);
  const type = LINK_TYPES[name];
  if (type !== undefined) return linkType(c, type);
  if (OSI[name] !== undefined) return osiProtocol(c, OSI[name]);
  return (ISIS_PDUS[name] ?? []).map((pdu) => isisPdu(c, pdu)).reduce(either);
}

/** {@link linkTypeIs}, with its refusal. */
export const linkType = (c: Compilation, type: number): Node | null =>
  linkTypeIs(c.link, type) ?? fail(c, "unsupported protocol over mpls");

const osiProtocol = (c: Compilation, id: number): Node | null => both(linkType(c, 0xfe), test(llcField(c.link, 3, 1), "=", id));
const isisPdu = (c: Compilation, pdu: number): Node | null => both(osiProtocol(c, 0x83), test(llcField(c.link, 3 + 4, 1), "=", pdu));

/** `[ip|ip6] proto N`; over IPv6 a fragment header may stand before it. */
export function ipProtocol(c: Compilation, n: number, over: "default" | "ip" | "ip6"): Node | null {
  const six = (): Node | null => {
    const behindFragment = and(test(network(c.link, 6, 1), "=", FRAGMENT_HEADER), test(network(c.link, 40, 1), "=", n));
    return both(linkType(c, ETHERTYPE.ip6), or(test(network(c.link, 6, 1), "=", n), behindFragment));
  };
  const four = (): Node | null => both(linkType(c, ETHERTYPE.ip), test(network(c.link, 9, 1), "=", n));
  if (over === "ip") return four();
  return over === "ip6" ? six() : either(four(), six());
}

const NO_PAYLOAD: Readonly<Record<string, string>> = { arp: "arp", rarp: "rarp", lat: "LAT", sca: "SCA", moprc: "MOPRC", mopdl: "MOPDL" };

/** `proto N` under a protocol keyword. */
export function protoNumber(c: Compilation, n: number, proto: string, dir: string): Node | null {
  if (dir !== "default") return fail(c, "direction applied to 'proto'");
  if (proto === "default" || proto === "ip" || proto === "ip6") return ipProtocol(c, n, proto);
  if (proto === "link") return linkType(c, n);
  if (proto === "iso") return osiProtocol(c, n);
  if (proto === "isis") return isisPdu(c, n);
  if (NO_PAYLOAD[proto] !== undefined) return fail(c, `${NO_PAYLOAD[proto]} does not encapsulate another protocol`);
  if (proto === "atalk") return fail(c, "AppleTalk encapsulation is not specifiable");
  if (proto === "decnet") return fail(c, "DECNET encapsulation is not specifiable");
  return fail(c, proto === "clnp" ? "'clnp proto' is not supported" : `'${proto} proto' is bogus`);
}

/** The number behind a name in `proto \\name`. */
export function protoByName(c: Compilation, name: string, proto: string): number | null {
  if (proto === "link") return ETHER_NAMES[name] ?? fail(c, `unknown ether proto '${name}'`);
  if (proto === "iso") return OSI[name] ?? fail(c, `unknown osi proto '${name}'`);
  if (proto === "default" || proto === "ip" || proto === "ip6") return c.names.protocol(name) ?? fail(c, `unknown ip proto '${name}'`);
  return fail(c, `unknown protocol: ${name}`);
}

const [NO_NEXT, AUTHENTICATION] = [59, 51];
const EXTENSIONS = new Set([0, 60, 43, 44]);
const MAX_HEADERS = 100;

/** `protochain N`: follows the chain of headers to the protocol. */
export function protoChain(c: Compilation, n: number, proto: string): Node | null {
  if (proto === "default") return either(protoChain(c, n, "ip"), protoChain(c, n, "ip6"));
  if (proto !== "ip" && proto !== "ip6") return fail(c, "bad protocol applied for 'protochain'");
  if (c.link.payload.cell !== null) return fail(c, "'protochain' not supported with variable length headers");
  const start = moved(c.link.payload, c.link.network);
  const six = proto === "ip6";
  const run = (v: View): boolean => {
    const base = place(v, start);
    let next = load(v, base + (six ? 6 : 9), 1);
    let at = six ? 40 : (load(v, base, 1) & 15) * 4;
    for (let i = 0; i < MAX_HEADERS && !v.fault && next !== n && next !== NO_NEXT; i++) {
      const extension = six && EXTENSIONS.has(next);
      if (!extension && next !== AUTHENTICATION) break;
      next = load(v, base + at, 1);
      const length = load(v, base + at + 1, 1);
      at = extension ? at + (length + 1) * 8 : (length + 2) * 4;
    }
    return next === n;
  };
  return both(linkType(c, six ? ETHERTYPE.ip6 : ETHERTYPE.ip), { is: "run", run });
}
