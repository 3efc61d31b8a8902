import type { TraceEvent } from "../../net/uapi/trace.ts";
import { formatIp4, formatMac, readIp4, readMac, readU16 } from "../../wire/addr.ts";
import { ARP_OP, ARP_SPA, ARP_TPA, ARP_BYTES } from "../../wire/arp.ts";
import { ETH_DST, ETH_HLEN, ETH_P_ARP, ETH_P_IP, ETH_SRC, ETH_TYPE } from "../../wire/ethernet.ts";
import { ICMP_CODE, ICMP_SEQ, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_DST, IP_HLEN, IP_LEN, IP_PROTO, IP_SRC, IP_TTL, ipHeaderBytes } from "../../wire/ipv4.ts";
import { UDP_DST, UDP_HLEN, UDP_SRC } from "../../wire/udp.ts";
import { VXLAN_HLEN, parseVxlan } from "../../wire/vxlan.ts";

/** Names of header fields, as tshark calls them. Always of the outermost packet: what a capture at this place reads first. */
export const PACKET_FIELDS = [
  "eth.src", "eth.dst", "eth.type", "arp.op", "arp.src", "arp.dst", "ip.src", "ip.dst", "ip.ttl", "ip.len",
  "icmp.type", "icmp.code", "icmp.seq", "udp.sport", "udp.dport", "tcp.sport", "tcp.dport", "tcp.flags", "vxlan.vni",
  "http.request.method", "http.request.uri", "http.response.code", "http.file_data",
] as const;
export type PacketField = (typeof PACKET_FIELDS)[number];

export const PROTOCOLS = ["arp", "ip", "icmp", "udp", "tcp", "vxlan"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** UDP ports taken for VXLAN: Linux' default and IANA's (RFC 7348). */
const VXLAN_PORTS = [8472, 4789];

/** A frame of the trace, laid open. Offsets into `b`, -1 = there is no such header. */
export class Packet {
  readonly #b: Uint8Array;
  readonly #eth: number;
  readonly #ip: number;
  readonly #arp: number;
  /** ICMP, UDP or TCP header. */
  readonly #l4: number;

  constructor(bytes: Uint8Array, netOffset: number) {
    this.#b = bytes;
    this.#eth = netOffset >= ETH_HLEN ? netOffset - ETH_HLEN : -1;
    const type = this.#eth < 0 ? ETH_P_IP : readU16(bytes, this.#eth + ETH_TYPE);
    this.#ip = type === ETH_P_IP && bytes.length >= netOffset + IP_HLEN ? netOffset : -1;
    this.#arp = type === ETH_P_ARP && bytes.length >= netOffset + ARP_BYTES ? netOffset : -1;
    const l4 = this.#ip < 0 ? -1 : this.#ip + ipHeaderBytes(bytes, this.#ip);
    this.#l4 = bytes.length >= l4 + 8 ? l4 : -1;
  }

  is(protocol: Protocol): boolean {
    switch (protocol) {
      case "arp": return this.#arp >= 0;
      case "ip": return this.#ip >= 0;
      case "icmp": return this.#carries(IPPROTO_ICMP);
      case "tcp": return this.#carries(IPPROTO_TCP);
      case "udp": return this.#carries(IPPROTO_UDP);
      case "vxlan": return this.#vni() !== null;
    }
  }

  #carries(protocol: number): boolean {
    return this.#ip >= 0 && this.#l4 >= 0 && this.#b[this.#ip + IP_PROTO] === protocol;
  }

  #vni(): number | null {
    if (!this.#carries(IPPROTO_UDP) || !VXLAN_PORTS.includes(readU16(this.#b, this.#l4 + UDP_DST))) return null;
    const at = this.#l4 + UDP_HLEN;
    return this.#b.length < at + VXLAN_HLEN ? null : parseVxlan(this.#b, at, this.#b.length);
  }

  /** From or to this address, by IP or by ARP. */
  touches(ip: string): boolean {
    return (["ip.src", "ip.dst", "arp.src", "arp.dst"] as const).some((field) => this.field(field) === ip);
  }

  /** As people write it; `null` = the packet has no such field. */
  field(name: PacketField): string | null {
    switch (name.slice(0, name.indexOf("."))) {
      case "eth": return this.#eth < 0 ? null : this.#ethField(name);
      case "arp": return this.#arp < 0 ? null : this.#arpField(name);
      case "ip": return this.#ip < 0 ? null : this.#ipField(name);
      case "icmp": return this.#carries(IPPROTO_ICMP) ? this.#icmpField(name) : null;
      case "vxlan": return this.#vni()?.toString() ?? null;
      case "http": return this.#carries(IPPROTO_TCP) ? httpField(this.#payload(), name) : null;
      default: return this.#carries(name.startsWith("udp") ? IPPROTO_UDP : IPPROTO_TCP) ? this.#port(name) : null;
    }
  }

  #ethField(name: PacketField): string {
    if (name === "eth.type") return readU16(this.#b, this.#eth + ETH_TYPE).toString(16).padStart(4, "0");
    return formatMac(readMac(this.#b, this.#eth + (name === "eth.src" ? ETH_SRC : ETH_DST)));
  }

  #arpField(name: PacketField): string {
    if (name === "arp.op") return String(readU16(this.#b, this.#arp + ARP_OP));
    return formatIp4(readIp4(this.#b, this.#arp + (name === "arp.src" ? ARP_SPA : ARP_TPA)));
  }

  #ipField(name: PacketField): string {
    if (name === "ip.ttl") return String(this.#b[this.#ip + IP_TTL]!);
    if (name === "ip.len") return String(readU16(this.#b, this.#ip + IP_LEN));
    return formatIp4(readIp4(this.#b, this.#ip + (name === "ip.src" ? IP_SRC : IP_DST)));
  }

  #icmpField(name: PacketField): string {
    if (name === "icmp.seq") return String(readU16(this.#b, this.#l4 + ICMP_SEQ));
    return String(this.#b[this.#l4 + (name === "icmp.type" ? ICMP_TYPE : ICMP_CODE)]!);
  }

  /** What a segment carries, one character a byte. */
  #payload(): string {
    const from = this.#l4 + ((this.#b[this.#l4 + TCP_DATA_OFFSET] ?? 0) >> 4) * 4;
    return String.fromCharCode(...this.#b.subarray(from, this.#ip + readU16(this.#b, this.#ip + IP_LEN)));
  }

  #port(name: PacketField): string {
    if (name === "tcp.flags") return flagNames(this.#b[this.#l4 + TCP_FLAGS] ?? 0);
    return String(readU16(this.#b, this.#l4 + (name.endsWith("sport") ? UDP_SRC : UDP_DST)));
  }
}

const TCP_DATA_OFFSET = 12;
const TCP_FLAGS = 13;

/** "SYN ACK": RFC 9293 §3.1, low bit first, without ECN's. */
const flagNames = (flags: number): string => ["FIN", "SYN", "RST", "PSH", "ACK", "URG"].filter((_, bit) => ((flags >> bit) & 1) === 1).join(" ");

/** Fields of a message that begins in this segment; its body as far as it is in the segment too, without chunk sizes. */
function httpField(text: string, name: PacketField): string | null {
  const request = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/.exec(text);
  const answer = /^HTTP\/1\.[01] (\d{3})/.exec(text);
  if (name === "http.request.method") return request?.[1] ?? null;
  if (name === "http.request.uri") return request?.[2] ?? null;
  if (name === "http.response.code") return answer?.[1] ?? null;
  return bodyOf(text, request !== null || answer !== null);
}

/** A later segment of a body has no head; where the head says "chunked", sizes stand between the pieces. */
function bodyOf(text: string, hasHead: boolean): string | null {
  const end = text.indexOf("\r\n\r\n");
  if (hasHead && end < 0) return null;
  const body = hasHead ? text.slice(end + 4) : text;
  const isChunked = hasHead && /\r\ntransfer-encoding: *chunked/i.test(text.slice(0, end + 2));
  const plain = isChunked ? body.replace(/^[0-9a-f]+\r\n([^]*?)\r\n(0\r\n\r\n)?$/i, "$1") : body;
  return plain === "" ? null : plain.replace(/\r?\n$/, "");
}

/** The packet of an event; `null` when it has none that can be read. */
export function packetOf(e: TraceEvent): Packet | null {
  return e.bytes === null || e.netOffset < 0 || e.netOffset > e.bytes.length ? null : new Packet(e.bytes, e.netOffset);
}
