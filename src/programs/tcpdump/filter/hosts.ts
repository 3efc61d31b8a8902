import { either, both, fail, notAnId } from "./context.ts";
import type { Compilation, Direction, Qualifiers } from "./context.ts";
import { parseFilterMac, parseIp6, parseShortIp4, shiftLeft } from "./address.ts";
import { ETHERTYPE, field, linkTypeIs, network } from "./link.ts";
import { allOf, and, anyOf, masked, or, test } from "./node.ts";
import type { Node, Value } from "./node.ts";
import { notInGeneveWithoutEther } from "./geneve.ts";

const NOT_802_11: Readonly<Partial<Record<Direction, string>>> = {
  addr1: "'addr1' and 'address1' are", addr2: "'addr2' and 'address2' are", addr3: "'addr3' and 'address3' are",
  addr4: "'addr4' and 'address4' are", ra: "'ra' is", ta: "'ta' is",
};

/** Refuses 802.11 directions; true when there was one. */
export function refuseWifi(c: Compilation, dir: Direction, what: string): boolean {
  const who = NOT_802_11[dir];
  if (who === undefined) return false;
  fail(c, `${who} not valid qualifier${who.endsWith("are") ? "s" : ""} for ${what}`.replace("is not valid qualifier", "is not a valid qualifier"));
  return true;
}

/** Source, destination or both, by direction. */
export function byDirection(dir: Direction, src: Node, dst: Node): Node {
  if (dir === "src") return src;
  if (dir === "dst") return dst;
  return dir === "and" ? and(src, dst) : or(src, dst);
}

const ADDRESS_WORDS = "addresses other than 802.11 MAC addresses";
type What = "host" | "net";

/** Protocols whose address filters libpcap has not got. */
const NOT_IMPLEMENTED: Readonly<Record<string, string>> = {
  atalk: "AppleTalk", lat: "LAT", sca: "SCA", moprc: "MOPRC", mopdl: "MOPDL", aarp: "AARP", iso: "ISO", ipx: "IPX",
};

/** `[ip|arp|rarp] [src|dst] host|net A`: addresses in IPv4 and ARP packets. */
export function host4(c: Compilation, addr: number, mask: number, q: Qualifiers, what: What): Node | null {
  const inside = (type: number, src: number, dst: number): Node | null => hostAt(c, type, src, dst, addr, mask, q.dir);
  if (q.proto === "decnet") return decnetHost(c, addr & 0xffff, q);
  if (refuseProto4(c, q.proto, what)) return null;
  if (refuseWifi(c, q.dir, ADDRESS_WORDS)) return null;
  if (q.proto === "arp") return inside(ETHERTYPE.arp, 14, 24);
  if (q.proto === "rarp") return inside(ETHERTYPE.rarp, 14, 24);
  const ip = inside(ETHERTYPE.ip, 12, 16);
  if (q.proto === "ip" || c.link.mplsDepth > 0) return ip;
  return either(either(ip, inside(ETHERTYPE.arp, 14, 24)), inside(ETHERTYPE.rarp, 14, 24));
}

function refuseProto4(c: Compilation, proto: string, what: What): boolean {
  if (["default", "ip", "arp", "rarp"].includes(proto)) return false;
  if (proto === "link") fail(c, `link-layer modifier applied to ${what}`);
  else if (proto === "ip6") fail(c, "'ip6' modifier applied to ip host");
  else if (NOT_IMPLEMENTED[proto] !== undefined) fail(c, `${NOT_IMPLEMENTED[proto]} host filtering not implemented`);
  else fail(c, `'${proto}' modifier applied to ${what}`);
  return true;
}

function hostAt(c: Compilation, type: number, src: number, dst: number, addr: number, mask: number, dir: Direction): Node | null {
  const side = (offset: number): Node | null => {
    const isType = linkTypeIs(c.link, type);
    if (isType === null) return fail(c, "unsupported protocol over mpls");
    return and(isType, test(masked(network(c.link, offset, 4), mask), "=", addr));
  };
  const [a, b] = [side(src), side(dst)];
  return a === null || b === null ? null : byDirection(dir, a, b);
}

/** The same for IPv6; `addr` and `mask` are four words. */
export function host6(c: Compilation, addr: readonly number[], mask: readonly number[], q: Qualifiers, what: What): Node | null {
  if (q.proto === "link") return fail(c, `link-layer modifier applied to ip6 ${what}`);
  if (q.proto !== "default" && q.proto !== "ip6")
    return fail(c, `${q.proto === "atalk" ? "AppleTalk" : `'${q.proto}'`} modifier applied to ip6 ${what}`);
  if (refuseWifi(c, q.dir, ADDRESS_WORDS)) return null;
  const side = (offset: number): Node | null => {
    const isType = linkTypeIs(c.link, ETHERTYPE.ip6);
    if (isType === null) return fail(c, "unsupported protocol over mpls");
    const words = [3, 2, 1, 0].map((i) => test(masked(network(c.link, offset + i * 4, 4), mask[i] ?? 0), "=", addr[i] ?? 0));
    return and(isType, allOf(words[0]!, ...words.slice(1)));
  };
  const [a, b] = [side(8), side(24)];
  return a === null || b === null ? null : byDirection(q.dir, a, b);
}

/** `decnet host area.node`, in long and short headers, padded or not (DECnet phase IV). */
function decnetHost(c: Compilation, address: number, q: Qualifiers): Node | null {
  if (refuseWifi(c, q.dir, ADDRESS_WORDS)) return null;
  const swapped = ((address & 0xff) << 8) | (address >>> 8);
  const at = (bytes: number): Value => network(c.link, bytes, 2);
  const side = (long: number, short: number): Node =>
    anyOf(
      and(test(masked(at(2), 0xff07), "=", 0x8106), test(at(3 + long), "=", swapped)),
      and(test(masked(network(c.link, 2, 1), 7), "=", 6), test(at(2 + long), "=", swapped)),
      and(test(masked(at(2), 0xff07), "=", 0x8102), test(at(3 + short), "=", swapped)),
      and(test(masked(network(c.link, 2, 1), 7), "=", 2), test(at(2 + short), "=", swapped)),
    );
  return both(linkTypeIs(c.link, 0x6003), byDirection(q.dir, side(15, 3), side(7, 1)));
}

/** `host 10.1.2.3`, `net 10.1`: two to four parts; a short one stands for the net it begins. */
export function dottedId(c: Compilation, text: string, q: Qualifiers): Node | null {
  if (q.proto === "decnet" && (q.addr === "default" || q.addr === "host" || q.addr === "net")) {
    const [area = 0, node = 0] = text.split(".").map(Number);
    return decnetHost(c, ((area << 10) & 0xfc00) | (node & 0x3ff), q);
  }
  const parsed = parseShortIp4(text);
  if (parsed === null) return fail(c, `invalid IPv4 address '${text}'`);
  if (q.addr === "gateway") return fail(c, "'gateway' requires a name");
  if (q.addr === "undefined") return notAnId(c);
  if (q.proto === "link") return fail(c, "illegal link layer address");
  const shift = 32 - parsed.bits;
  return host4(c, shiftLeft(parsed.value, shift), shiftLeft(0xffffffff, shift), q, q.addr === "net" ? "net" : "host");
}

/** `net A/len` or `net A mask M`. */
export function maskedId(c: Compilation, text: string, by: { readonly length: number } | { readonly mask: string }, q: Qualifiers): Node | null {
  const net = parseShortIp4(text);
  if (net === null) return fail(c, `invalid IPv4 address '${text}'`);
  const addr = shiftLeft(net.value, 32 - net.bits);
  let mask = 0;
  if ("mask" in by) {
    const m = parseShortIp4(by.mask);
    if (m === null) return fail(c, `invalid IPv4 address '${by.mask}'`);
    mask = shiftLeft(m.value, 32 - m.bits);
  } else {
    if (by.length > 32) return fail(c, "mask length must be <= 32");
    mask = shiftLeft(0xffffffff, 32 - by.length);
  }
  if ((addr & ~mask) !== 0)
    return fail(c, `non-network bits set in "${text}${"mask" in by ? ` mask ${by.mask}` : `/${by.length}`}"`);
  return q.addr === "net" ? host4(c, addr, mask, q, "net") : fail(c, "Mask syntax for networks only");
}

export function ip6Id(c: Compilation, text: string, length: number, q: Qualifiers): Node | null {
  const addr = parseIp6(text);
  if (addr === null) return fail(c, `invalid ip6 address ${text}`);
  if (length > 128) return fail(c, "mask length must be <= 128");
  const mask = [0, 1, 2, 3].map((i) => shiftLeft(0xffffffff, 32 - Math.max(0, Math.min(32, length - i * 32))));
  if (addr.some((word, i) => (word & ~(mask[i] ?? 0)) !== 0)) return fail(c, `non-network bits set in "${text}/${length}"`);
  if (q.addr === "net") return host6(c, addr, mask, q, "net");
  if (q.addr !== "default" && q.addr !== "host") return fail(c, "invalid qualifier against IPv6 address");
  return length === 128 ? host6(c, addr, mask, q, "host") : fail(c, "Mask syntax for networks only");
}

/** `ether [src|dst] host M`. */
export function macId(c: Compilation, text: string, q: Qualifiers): Node | null {
  if ((q.addr !== "host" && q.addr !== "default") || q.proto !== "link") return fail(c, "ethernet address used in non-ether expression");
  if (c.link.kind !== "ether")
    return fail(c, "ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel");
  return etherHost(c, parseFilterMac(text), q.dir);
}

export function etherHost(c: Compilation, mac: { readonly high: number; readonly low: number }, dir: Direction): Node | null {
  const who = NOT_802_11[dir];
  if (who !== undefined) return fail(c, `${who} only supported on 802.11 with 802.11 headers`);
  const side = (offset: number): Node =>
    and(test(field(c.link.header, offset + 2, 4), "=", mac.low), test(field(c.link.header, offset, 2), "=", mac.high));
  const node = byDirection(dir, side(6), side(0));
  return both(notInGeneveWithoutEther(c.link), node);
}

/** A host by its name: any of its addresses. */
export function namedHost(c: Compilation, name: string, q: Qualifiers): Node | null {
  if (q.proto === "link")
    return fail(c, c.link.kind === "ether" ? `unknown ether host '${name}'` : "only ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel supports link-level host name");
  if (q.proto === "decnet") return fail(c, `decnet name support not included, '${name}' cannot be translated\n`);
  const [four, six] = [c.names.host4(name), c.names.host6(name)];
  if (four.length + six.length === 0) return fail(c, `unknown host '${name}'`);
  const all = new Array<number>(4).fill(0xffffffff);
  const nodes = [
    ...(q.proto === "ip6" ? [] : four.map((a) => host4(c, a, 0xffffffff, q, "host"))),
    ...(q.proto === "ip" ? [] : six.map((a) => host6(c, a, all, q, "host"))),
  ];
  const first = nodes[0];
  if (first === undefined) return fail(c, `unknown host '${name}'${q.proto === "default" ? "" : " for specified address family"}`);
  return nodes.slice(1).reduce(either, first);
}
