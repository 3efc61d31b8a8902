import { type Ip4, readU16, readU32, writeU16, writeU32 } from "../wire/addr.ts";
import { checksum } from "../wire/checksum.ts";
import { ICMP_HLEN } from "../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IP_DF, IP_HLEN, IP_TOS, IP_TTL, ipHeaderBytes, ipTotalBytes, writeIpv4 } from "../wire/ipv4.ts";
import { TCP_FLAGS, TCP_HLEN, TCP_OFF, TCP_URG_PTR, TCP_WIN, setTcpChecksum, tcpHeaderBytes } from "../wire/tcp.ts";
import type { PdIcmp, PdSegment } from "./packetdrill-script.ts";

/** The connection a script is about: where its numbers lie in the live ones. */
export interface PdConnection {
  readonly local: Ip4;
  readonly remote: Ip4;
  localPort: number;
  remotePort: number;
  /** Initial sequence numbers as the script and as the wire has them. The remote end takes the script's. */
  scriptLocalIsn: number;
  liveLocalIsn: number;
  remoteIsn: number;
  /** Timestamps that went out: script's value → live value. */
  readonly tsLive: Map<number, number>;
  firstTs: { readonly script: number; readonly live: number } | null;
}

/** A segment that left, in live numbers. */
export interface LiveSegment {
  readonly atNs: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: string;
  readonly win: number;
  readonly urg: number;
  readonly len: number;
  readonly tos: number;
  readonly ttl: number;
  /** One text an option, "mss 1460"; live numbers in SACK blocks. */
  readonly opts: readonly string[];
  readonly tsVal: number | null;
}

const FLAG_LETTERS = "FSRP.UEW";

/** Options as one text each: "mss 1460", "nop", "TS val 100 ecr 0", "sack 1:2 3:4". */
export const splitOptions = (opts: string | null): readonly string[] =>
  opts === null || opts.trim() === "" ? [] : opts.split(",").map((o) => o.trim().replaceAll(/\s+/g, " ").replace(/^tfo\b/, "FO"));

function optionBytes(option: string, c: PdConnection, ackOffset: number): readonly number[] | string {
  const [name, ...rest] = option.split(" ");
  const be32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  switch (name) {
    case "nop": return [1];
    case "eol": return [0];
    case "mss": return [2, 4, Number(rest[0]) >> 8, Number(rest[0]) & 255];
    case "wscale": return [3, 3, Number(rest[0])];
    case "sackOK": return [4, 2];
    case "sack": return [5, 2 + rest.length * 8, ...rest.flatMap((b) => b.split(":").flatMap((n) => be32((Number(n) + ackOffset) >>> 0)))];
    case "TS": return [8, 10, ...be32(Number(rest[1])), ...be32(liveEcho(c, Number(rest[3])))];
    case "FO": return [34, 2 + cookie(rest).length, ...cookie(rest)];
    case "FOEXP": return [254, 4 + cookie(rest).length, 0xf9, 0x89, ...cookie(rest)];
    default: return `option not supported: ${option}`;
  }
}

const cookie = (rest: readonly string[]): readonly number[] => (rest[0] ?? "").match(/[0-9a-fA-F]{2}/g)?.map((h) => parseInt(h, 16)) ?? [];

/** The echo must be a value that really left; others are taken relative to the first. */
function liveEcho(c: PdConnection, script: number): number {
  const exact = c.tsLive.get(script);
  if (exact !== undefined) return exact;
  return c.firstTs === null ? script : (script - c.firstTs.script + c.firstTs.live) >>> 0;
}

function flagBits(flags: string): number {
  let bits = 0;
  for (const letter of flags) {
    const at = FLAG_LETTERS.indexOf(letter);
    if (at >= 0) bits |= 1 << at;
  }
  return bits;
}

const tosOf = (ip: string | null): number => {
  const ecn = /\b(ce|ect0|ect1)\b/.exec(ip ?? "");
  const tos = /tos (0x[0-9a-f]+|\d+)/.exec(ip ?? "");
  return ecn !== null ? { ce: 3, ect0: 2, ect1: 1 }[ecn[1] as "ce" | "ect0" | "ect1"] : tos === null ? 0 : Number(tos[1]);
};

/** A segment that comes in, as an IPv4 packet. A text says what cannot be built. */
export function buildSegment(c: PdConnection, s: PdSegment): Uint8Array | string {
  const isSyn = s.flags.includes("S");
  const ackOffset = isSyn ? (c.liveLocalIsn - c.scriptLocalIsn) >>> 0 : c.liveLocalIsn;
  const options: number[] = [];
  for (const option of splitOptions(s.opts)) {
    const bytes = optionBytes(option, c, ackOffset);
    if (typeof bytes === "string") return bytes;
    options.push(...bytes);
  }
  while (options.length % 4 !== 0) options.push(0);
  const headerBytes = TCP_HLEN + options.length;
  const b = new Uint8Array(IP_HLEN + headerBytes + s.len);
  writeIpv4(b, 0, { tos: tosOf(s.ip), totalBytes: b.length, id: 0, frag: IP_DF, ttl: 255, protocol: IPPROTO_TCP, src: c.remote, dst: c.local });
  const at = IP_HLEN;
  writeU16(b, at, s.ports?.[0] ?? c.remotePort);
  writeU16(b, at + 2, s.ports?.[1] ?? c.localPort);
  writeU32(b, at + 4, (s.seq + (isSyn ? 0 : c.remoteIsn)) >>> 0);
  writeU32(b, at + 8, s.ack === null ? 0 : (s.ack + ackOffset) >>> 0);
  b[at + TCP_OFF] = (headerBytes >> 2) << 4;
  b[at + TCP_FLAGS] = flagBits(s.flags);
  writeU16(b, at + TCP_WIN, s.win ?? 0);
  writeU16(b, at + TCP_URG_PTR, s.urg ?? 0);
  b.set(options, at + TCP_HLEN);
  setTcpChecksum(b, at, b.length, 0);
  return b;
}

const UNREACHABLE: Readonly<Record<string, number>> = { net_unreachable: 0, host_unreachable: 1, protocol_unreachable: 2, port_unreachable: 3, frag_needed: 4, source_route_failed: 5, net_unreachable_for_tos: 11, host_unreachable_for_tos: 12, admin_prohibited: 13 };

/** An ICMP error about a segment that this end has sent. */
export function buildIcmp(c: PdConnection, icmp: PdIcmp): Uint8Array | string {
  const code = icmp.code === null ? 0 : UNREACHABLE[icmp.code];
  if (icmp.type !== "unreachable" || code === undefined) return `ICMP not supported: ${icmp.type} ${icmp.code ?? ""}`;
  const quoted = IP_HLEN + 8;
  const b = new Uint8Array(IP_HLEN + ICMP_HLEN + quoted);
  writeIpv4(b, 0, { tos: 0, totalBytes: b.length, id: 0, frag: 0, ttl: 255, protocol: IPPROTO_ICMP, src: c.remote, dst: c.local });
  const inner = IP_HLEN + ICMP_HLEN;
  writeIpv4(b, inner, { tos: 0, totalBytes: IP_HLEN + TCP_HLEN + icmp.len, id: 0, frag: IP_DF, ttl: 255, protocol: IPPROTO_TCP, src: c.local, dst: c.remote });
  writeU16(b, inner + IP_HLEN, c.localPort);
  writeU16(b, inner + IP_HLEN + 2, c.remotePort);
  writeU32(b, inner + IP_HLEN + 4, (icmp.seq + c.liveLocalIsn) >>> 0);
  b[IP_HLEN] = 3;
  b[IP_HLEN + 1] = code;
  writeU16(b, IP_HLEN + 6, icmp.mtu ?? 0);
  writeU16(b, IP_HLEN + 2, checksum(b, IP_HLEN, b.length));
  return b;
}

/** Reads an IPv4 packet that left; null when it is not TCP. */
export function readSegment(b: Uint8Array, atNs: number): LiveSegment | null {
  if (b[9] !== IPPROTO_TCP) return null;
  const at = ipHeaderBytes(b, 0);
  const header = tcpHeaderBytes(b, at);
  const bits = b[at + TCP_FLAGS]!;
  const opts = readOptions(b, at + TCP_HLEN, at + header);
  const ts = opts.find((o) => o.startsWith("TS "));
  return {
    atNs, srcPort: readU16(b, at), dstPort: readU16(b, at + 2), seq: readU32(b, at + 4), ack: readU32(b, at + 8),
    flags: [..."FSRP.UEW"].filter((_, i) => (bits & (1 << i)) !== 0).join(""), win: readU16(b, at + TCP_WIN), urg: readU16(b, at + TCP_URG_PTR),
    len: ipTotalBytes(b, 0) - at - header, tos: b[IP_TOS]!, ttl: b[IP_TTL]!, opts, tsVal: ts === undefined ? null : Number(ts.split(" ")[2]),
  };
}

function readOptions(b: Uint8Array, from: number, to: number): readonly string[] {
  const all: string[] = [];
  for (let at = from; at < to;) {
    const kind = b[at]!;
    const length = kind <= 1 ? 1 : Math.max(2, b[at + 1]!);
    all.push(readOption(b, at, kind, length));
    at += length;
  }
  return all;
}

function readOption(b: Uint8Array, at: number, kind: number, length: number): string {
  switch (kind) {
    case 0: return "eol";
    case 1: return "nop";
    case 2: return `mss ${readU16(b, at + 2)}`;
    case 3: return `wscale ${b[at + 2]}`;
    case 4: return "sackOK";
    case 5: {
      const blocks = Array.from({ length: (length - 2) / 8 }, (_, i) => `${readU32(b, at + 2 + i * 8)}:${readU32(b, at + 6 + i * 8)}`);
      return `sack ${blocks.join(" ")}`;
    }
    case 8: return `TS val ${readU32(b, at + 2)} ecr ${readU32(b, at + 6)}`;
    default: return `kind ${kind} length ${length}`;
  }
}
