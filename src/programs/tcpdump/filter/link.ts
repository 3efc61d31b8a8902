import { LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from "../../../wire/pcap.ts";
import { allOf, always, and, anyOf, load, masked, not, or, test } from "./node.ts";
import type { LoadSize, Node, Value, View } from "./node.ts";

/** An offset: a number, plus what a memory cell holds when an earlier test found it (Geneve). */
export interface Offset {
  readonly fixed: number;
  readonly cell: number | null;
}

/** Which link layer the tests that follow look at; `vlan`, `mpls`, `pppoes` and `geneve` change it for the rest of the expression. */
export interface LinkState {
  kind: "ether" | "cooked" | "raw" | "ip4" | "ip6" | "ppp";
  header: Offset;
  /** `null` = the link layer names no protocol. */
  type: Offset | null;
  payload: Offset;
  /** Bytes between the link-layer payload and the network header (MPLS labels). */
  network: number;
  mplsDepth: number;
  vlanDepth: number;
  inGeneve: boolean;
  cellsUsed: number;
}

export const ETHERTYPE = { ip: 0x0800, ip6: 0x86dd, arp: 0x0806, rarp: 0x8035, mpls: 0x8847, pppoed: 0x8863, pppoes: 0x8864, teb: 0x6558 } as const;
const MAX_LENGTH_FIELD = 1500;
const SNAP = 0xaaaa;
const [SAP_OSI, SAP_IP, SAP_NETBEUI, SAP_IPX] = [0xfe, 0x06, 0xf0, 0xe0];
const [IPX, APPLETALK, AARP] = [0x8137, 0x809b, 0x80f3];
/** PPP protocol numbers for the EtherTypes that have one (RFC 1661 and IANA ppp-numbers). */
const PPP_TYPES: Readonly<Record<number, number>> = { 0x0800: 0x0021, 0x86dd: 0x0057, 0x6003: 0x0027, 0x809b: 0x0029, 0x0600: 0x0025, 0x00fe: 0x0023, 0x0042: 0x0031, 0x00e0: 0x002b };

const at = (fixed: number): Offset => ({ fixed, cell: null });

/** `null` for link types that filters do not know here. */
export function linkState(linkType: number): LinkState | null {
  const common = { network: 0, mplsDepth: 0, vlanDepth: 0, inGeneve: false, cellsUsed: 0, header: at(0) };
  switch (linkType) {
    case LINKTYPE_ETHERNET:
      return { ...common, kind: "ether", type: at(12), payload: at(14) };
    case LINKTYPE_LINUX_SLL:
      return { ...common, kind: "cooked", type: at(14), payload: at(16) };
    case LINKTYPE_LINUX_SLL2:
      return { ...common, kind: "cooked", type: at(0), payload: at(20) };
    case LINKTYPE_RAW:
    case 12:
      return { ...common, kind: "raw", type: null, payload: at(0) };
    case LINKTYPE_IPV4:
      return { ...common, kind: "ip4", type: null, payload: at(0) };
    case LINKTYPE_IPV6:
      return { ...common, kind: "ip6", type: null, payload: at(0) };
    default:
      return null;
  }
}

export const moved = (o: Offset, bytes: number): Offset => ({ fixed: o.fixed + bytes, cell: o.cell });
export const place = (v: View, o: Offset): number => o.fixed + (o.cell === null ? 0 : (v.cells[o.cell] ?? 0));
export const offsetKey = (o: Offset): string => (o.cell === null ? String(o.fixed) : `M${o.cell}+${o.fixed}`);

/** A value at `bytes` behind an offset. */
export function field(o: Offset, bytes: number, size: LoadSize): Value {
  const whole = moved(o, bytes);
  return { key: `P${size}[${offsetKey(whole)}]`, get: (v) => load(v, place(v, whole), size) };
}

/** A value in the network header. */
export const network = (s: LinkState, bytes: number, size: LoadSize): Value => field(s.payload, s.network + bytes, size);

/** Where the transport header of an IPv4 packet is: behind a header of variable length. */
export function transport(s: LinkState, bytes: number, size: LoadSize): Value {
  const header = moved(s.payload, s.network);
  return {
    key: `P${size}[${offsetKey(header)}+ihl+${bytes}]`,
    get: (v) => {
      const start = place(v, header);
      return load(v, start + (load(v, start, 1) & 15) * 4 + bytes, size);
    },
  };
}

/** The frame's protocol is `type` (an EtherType, or an 802.2 SAP up to 1500). `null` = not answerable over MPLS. */
export function linkTypeIs(s: LinkState, type: number): Node | null {
  if (s.mplsDepth > 0) return mplsPayload(s, type);
  switch (s.kind) {
    case "raw":
      if (type === ETHERTYPE.ip || type === ETHERTYPE.ip6)
        return test(masked(field(s.header, 0, 1), 0xf0), "=", type === ETHERTYPE.ip ? 0x40 : 0x60);
      return always(false);
    case "ip4":
      return always(type === ETHERTYPE.ip);
    case "ip6":
      return always(type === ETHERTYPE.ip6);
    case "ppp":
      return test(typeField(s, 0, 2), "=", PPP_TYPES[type] ?? type);
    case "cooked":
      return type > MAX_LENGTH_FIELD ? test(typeField(s, 0, 2), "=", type) : cookedSap(s, type);
    case "ether":
      return etherType(s, type);
  }
}

const typeField = (s: LinkState, bytes: number, size: LoadSize): Value => field(s.type ?? s.header, bytes, size);
/** 802.2 header: right behind the length field. */
export const llcField = (s: LinkState, bytes: number, size: LoadSize): Value => field(s.payload, bytes, size);
/** The type field is a length: an 802.3 frame. */
export const isLengthField = (s: LinkState): Node => not(test(typeField(s, 0, 2), ">", MAX_LENGTH_FIELD));

const snap = (s: LinkState, oui: number, type: number): Node =>
  allOf(
    test(llcField(s, 0, 2), "=", SNAP),
    test(llcField(s, 2, 4), "=", (3 << 24) | oui),
    test(llcField(s, 6, 2), "=", type),
  );

function etherType(s: LinkState, type: number): Node {
  if (type === SAP_OSI || type === SAP_IP || type === SAP_NETBEUI)
    return and(isLengthField(s), test(llcField(s, 0, 2), "=", (type << 8) | type));
  if (type === SAP_IPX) {
    const framed = anyOf(test(llcField(s, 0, 1), "=", SAP_IPX), test(llcField(s, 0, 2), "=", 0xffff), snap(s, 0, IPX));
    return or(test(typeField(s, 0, 2), "=", IPX), and(isLengthField(s), framed));
  }
  if (type === APPLETALK || type === AARP)
    return or(test(typeField(s, 0, 2), "=", type), and(isLengthField(s), snap(s, type === AARP ? 0 : 0x080007, type)));
  if (type <= MAX_LENGTH_FIELD) return and(isLengthField(s), test(typeField(s, 2, 1), "=", type));
  return test(typeField(s, 0, 2), "=", type);
}

/** 802.2 frames in a cooked capture have protocol 4. */
const cookedSap = (s: LinkState, sap: number): Node =>
  and(test(typeField(s, 0, 2), "=", 4), test(llcField(s, 0, 1), "=", sap));

/** Behind MPLS there is no type field: bottom of stack, then the IP version. */
function mplsPayload(s: LinkState, type: number): Node | null {
  if (type !== ETHERTYPE.ip && type !== ETHERTYPE.ip6) return null;
  return and(test(masked(network(s, -2, 1), 1), "=", 1), test(masked(network(s, 0, 1), 0xf0), "=", type === ETHERTYPE.ip ? 0x40 : 0x60));
}
