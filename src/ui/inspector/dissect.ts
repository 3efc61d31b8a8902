/**
 * Bytes of a frame → nested layers with fields and where each lies: what the Headers and Bytes tabs show.
 * Truncated or odd bytes end the tree early with a remark; nothing here throws.
 */

export interface Field {
  readonly name: string;
  readonly value: string;
  /** Byte range in the whole frame, end excluded. */
  readonly start: number;
  readonly end: number;
}

export interface Layer {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly start: number;
  readonly end: number;
  /** What it carries, or null at the innermost. */
  readonly inner: Layer | null;
}

const ETHERNET_BYTES = 14;
/** Linux' historic default and IANA's (RFC 7348). */
const VXLAN_PORTS: readonly number[] = [8472, 4789];
const DEEPEST = 8;

/** `netOffset` 14: starts with an Ethernet header; 0: a bare IP packet. Null when there is nothing to read. */
export function dissect(bytes: Uint8Array, netOffset: number): Layer | null {
  if (bytes.length === 0) return null;
  const reader = new Reader(bytes);
  return netOffset >= ETHERNET_BYTES ? ethernet(reader, 0, 0) : network(reader, 0, guessType(bytes), 0);
}

function guessType(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
}

class Reader {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) { this.bytes = bytes; }
  u8(at: number): number { return this.bytes[at] ?? 0; }
  u16(at: number): number { return this.u8(at) << 8 | this.u8(at + 1); }
  u24(at: number): number { return this.u16(at) << 8 | this.u8(at + 2); }
  has(at: number, count: number): boolean { return at + count <= this.bytes.length; }
  field(name: string, at: number, count: number, value: string): Field { return { name, value, start: at, end: at + count }; }
  ip(at: number): string { return [0, 1, 2, 3].map((i) => this.u8(at + i)).join("."); }
  mac(at: number): string { return Array.from({ length: 6 }, (_, i) => this.u8(at + i).toString(16).padStart(2, "0")).join(":"); }
}

const hex = (value: number, digits = 4): string => `0x${value.toString(16).padStart(digits, "0")}`;
const named = (value: number, names: Readonly<Record<number, string>>, text = String(value)): string => names[value] === undefined ? text : `${names[value]} (${text})`;

function rest(r: Reader, at: number, name = "Data"): Layer | null {
  const end = r.bytes.length;
  if (at >= end) return null;
  return { name: `${name} (${end - at} bytes)`, fields: [], start: at, end, inner: null };
}

function cut(r: Reader, name: string, at: number): Layer {
  return { name: `${name}: cut short`, fields: [], start: Math.min(at, r.bytes.length), end: r.bytes.length, inner: null };
}

const ETHER_TYPES: Readonly<Record<number, string>> = { 0x0800: "IPv4", 0x0806: "ARP", 0x86dd: "IPv6", 0x8100: "802.1Q" };

function ethernet(r: Reader, at: number, depth: number): Layer {
  if (!r.has(at, ETHERNET_BYTES)) return cut(r, "Ethernet", at);
  const type = r.u16(at + 12);
  const to = r.mac(at);
  return {
    name: "Ethernet", start: at, end: at + ETHERNET_BYTES,
    fields: [
      r.field("destination", at, 6, to === "ff:ff:ff:ff:ff:ff" ? `${to} (broadcast)` : to),
      r.field("source", at + 6, 6, r.mac(at + 6)),
      r.field("type", at + 12, 2, named(type, ETHER_TYPES, hex(type))),
    ],
    inner: network(r, at + ETHERNET_BYTES, type, depth + 1),
  };
}

function network(r: Reader, at: number, type: number, depth: number): Layer | null {
  if (depth > DEEPEST) return rest(r, at);
  if (type === 0x0806) return arp(r, at);
  return type === 0x0800 ? ipv4(r, at, depth) : rest(r, at);
}

function arp(r: Reader, at: number): Layer {
  if (!r.has(at, 28)) return cut(r, "ARP", at);
  const op = r.u16(at + 6);
  return {
    name: op === 1 ? "ARP request" : "ARP reply", start: at, end: at + 28,
    fields: [
      r.field("operation", at + 6, 2, named(op, { 1: "request", 2: "reply" })),
      r.field("sender MAC", at + 8, 6, r.mac(at + 8)),
      r.field("sender IP", at + 14, 4, r.ip(at + 14)),
      r.field("target MAC", at + 18, 6, r.mac(at + 18)),
      r.field("target IP", at + 24, 4, r.ip(at + 24)),
    ],
    inner: null,
  };
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: "ICMP", 4: "IPIP", 6: "TCP", 17: "UDP", 47: "GRE" };

function ipv4(r: Reader, at: number, depth: number): Layer {
  const headBytes = (r.u8(at) & 15) * 4;
  if (headBytes < 20 || !r.has(at, headBytes)) return cut(r, "IPv4", at);
  const protocol = r.u8(at + 9);
  const fragment = r.u16(at + 6);
  return {
    name: "IPv4", start: at, end: at + headBytes,
    fields: [
      r.field("version, header", at, 1, `4, ${headBytes} bytes`),
      r.field("DSCP/ECN", at + 1, 1, hex(r.u8(at + 1), 2)),
      r.field("total length", at + 2, 2, String(r.u16(at + 2))),
      r.field("identification", at + 4, 2, hex(r.u16(at + 4))),
      r.field("flags", at + 6, 2, flagsText(fragment)),
      r.field("time to live", at + 8, 1, String(r.u8(at + 8))),
      r.field("protocol", at + 9, 1, named(protocol, PROTOCOLS)),
      r.field("checksum", at + 10, 2, `${hex(r.u16(at + 10))} ${sumIsRight(r, at, headBytes) ? "right" : "wrong"}`),
      r.field("source", at + 12, 4, r.ip(at + 12)),
      r.field("destination", at + 16, 4, r.ip(at + 16)),
      ...(headBytes > 20 ? [r.field("options", at + 20, headBytes - 20, `${headBytes - 20} bytes`)] : []),
    ],
    inner: (fragment & 0x1fff) === 0 ? transport(r, at + headBytes, protocol, depth + 1) : rest(r, at + headBytes, "Fragment"),
  };
}

function flagsText(fragment: number): string {
  const flags = [(fragment & 0x4000) !== 0 && "don't fragment", (fragment & 0x2000) !== 0 && "more fragments"].filter((flag) => flag !== false);
  const offset = (fragment & 0x1fff) * 8;
  return [flags.join(", ") || "none", ...(offset > 0 ? [`offset ${offset}`] : [])].join(", ");
}

/** RFC 1071: a header with its checksum sums up to all ones. */
function sumIsRight(r: Reader, at: number, count: number): boolean {
  let sum = 0;
  for (let i = 0; i < count; i += 2) sum += r.u16(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

function transport(r: Reader, at: number, protocol: number, depth: number): Layer | null {
  if (protocol === 1) return icmp(r, at, depth);
  if (protocol === 17) return udp(r, at, depth);
  if (protocol === 6) return tcp(r, at);
  return protocol === 4 ? network(r, at, 0x0800, depth) : rest(r, at);
}

const ICMP_TYPES: Readonly<Record<number, string>> = { 0: "echo reply", 3: "destination unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded" };
const UNREACHABLE: Readonly<Record<number, string>> = { 0: "network", 1: "host", 2: "protocol", 3: "port", 4: "fragmentation needed", 13: "filtered" };

function icmp(r: Reader, at: number, depth: number): Layer {
  if (!r.has(at, 8)) return cut(r, "ICMP", at);
  const type = r.u8(at);
  const code = r.u8(at + 1);
  const isEcho = type === 0 || type === 8;
  const isError = type === 3 || type === 11;
  return {
    name: `ICMP ${ICMP_TYPES[type] ?? `type ${type}`}`, start: at, end: at + 8,
    fields: [
      r.field("type", at, 1, named(type, ICMP_TYPES)),
      r.field("code", at + 1, 1, type === 3 ? named(code, UNREACHABLE) : String(code)),
      r.field("checksum", at + 2, 2, hex(r.u16(at + 2))),
      ...(isEcho ? [r.field("identifier", at + 4, 2, String(r.u16(at + 4))), r.field("sequence", at + 6, 2, String(r.u16(at + 6)))] : []),
      ...(type === 3 && code === 4 ? [r.field("next-hop MTU", at + 6, 2, String(r.u16(at + 6)))] : []),
    ],
    inner: isError ? network(r, at + 8, 0x0800, depth + 1) : rest(r, at + 8),
  };
}

function udp(r: Reader, at: number, depth: number): Layer {
  if (!r.has(at, 8)) return cut(r, "UDP", at);
  const to = r.u16(at + 2);
  const isVxlan = VXLAN_PORTS.includes(to);
  return {
    name: "UDP", start: at, end: at + 8,
    fields: [
      r.field("source port", at, 2, String(r.u16(at))),
      r.field("destination port", at + 2, 2, isVxlan ? `${to} (VXLAN)` : String(to)),
      r.field("length", at + 4, 2, String(r.u16(at + 4))),
      r.field("checksum", at + 6, 2, r.u16(at + 6) === 0 ? "0x0000 (none)" : hex(r.u16(at + 6))),
    ],
    inner: isVxlan ? vxlan(r, at + 8, depth + 1) : rest(r, at + 8),
  };
}

function vxlan(r: Reader, at: number, depth: number): Layer {
  if (!r.has(at, 8)) return cut(r, "VXLAN", at);
  return {
    name: "VXLAN", start: at, end: at + 8,
    fields: [
      r.field("flags", at, 1, `${hex(r.u8(at), 2)}${(r.u8(at) & 8) !== 0 ? " (VNI valid)" : ""}`),
      r.field("VNI", at + 4, 3, String(r.u24(at + 4))),
    ],
    inner: depth > DEEPEST ? rest(r, at + 8) : ethernet(r, at + 8, depth + 1),
  };
}

/** RFC 9293 §3.2, RFC 7323, RFC 2018: kind, length, value. */
function tcpOptions(r: Reader, from: number, end: number): Field[] {
  const fields: Field[] = [];
  for (let at = from; at < end && r.u8(at) !== 0;) {
    const kind = r.u8(at);
    const count = kind === 1 ? 1 : Math.max(2, r.u8(at + 1));
    if (at + count > end) break;
    const [name, value] = optionText(r, kind, at, count);
    if (kind !== 1) fields.push(r.field(name, at, count, value));
    at += count;
  }
  return fields;
}

function optionText(r: Reader, kind: number, at: number, count: number): readonly [string, string] {
  const u32 = (from: number): number => r.u16(from) * 65536 + r.u16(from + 2);
  if (kind === 2) return ["maximum segment size", String(r.u16(at + 2))];
  if (kind === 3) return ["window scale", `${r.u8(at + 2)} (× ${2 ** r.u8(at + 2)})`];
  if (kind === 4) return ["SACK", "permitted"];
  if (kind === 5) return ["SACK blocks", Array.from({ length: Math.floor((count - 2) / 8) }, (_, i) => `${u32(at + 2 + i * 8)}–${u32(at + 6 + i * 8)}`).join(", ")];
  if (kind === 8) return ["timestamps", `${u32(at + 2)}, echo ${u32(at + 6)}`];
  return [`option ${kind}`, `${count} bytes`];
}

const TCP_FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

function tcp(r: Reader, at: number): Layer {
  const headBytes = (r.u8(at + 12) >> 4) * 4;
  if (headBytes < 20 || !r.has(at, headBytes)) return cut(r, "TCP", at);
  const flags = TCP_FLAGS.filter((_, bit) => (r.u8(at + 13) >> bit & 1) === 1);
  return {
    name: "TCP", start: at, end: at + headBytes,
    fields: [
      r.field("source port", at, 2, String(r.u16(at))),
      r.field("destination port", at + 2, 2, String(r.u16(at + 2))),
      r.field("sequence", at + 4, 4, String(r.u16(at + 4) * 65536 + r.u16(at + 6))),
      r.field("acknowledgement", at + 8, 4, String(r.u16(at + 8) * 65536 + r.u16(at + 10))),
      r.field("flags", at + 13, 1, flags.join(" ") || "none"),
      r.field("window", at + 14, 2, String(r.u16(at + 14))),
      r.field("checksum", at + 16, 2, hex(r.u16(at + 16))),
      ...tcpOptions(r, at + 20, at + headBytes),
    ],
    inner: payload(r, at + headBytes),
  };
}

/** HTTP where the first line says so, else data. */
function payload(r: Reader, at: number): Layer | null {
  const text = String.fromCharCode(...r.bytes.subarray(at, at + 600));
  if (!/^([A-Z]+ \S+ HTTP\/1\.[01]|HTTP\/1\.[01] \d{3}[^\r\n]*)\r\n/.test(text)) return rest(r, at);
  const fields: Field[] = [];
  let from = 0;
  for (const line of text.split("\r\n")) {
    if (line === "" || from + line.length > text.length) break;
    const colon = fields.length === 0 ? -1 : line.indexOf(":");
    fields.push(r.field(colon < 0 ? "start line" : line.slice(0, colon), at + from, line.length, colon < 0 ? line : line.slice(colon + 1).trim()));
    from += line.length + 2;
  }
  const end = Math.min(r.bytes.length, at + from + 2);
  return { name: "HTTP", fields, start: at, end, inner: rest(r, end, "Body") };
}

/** The layers from the outermost to the innermost. */
export function layersOf(layer: Layer | null): Layer[] {
  const found: Layer[] = [];
  for (let at = layer; at !== null; at = at.inner) found.push(at);
  return found;
}
