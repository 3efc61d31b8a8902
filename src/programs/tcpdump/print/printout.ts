import { formatMac, readIp4, readMac, readU16, readU32 } from "../../../wire/addr.ts";
import { formatIp6At } from "./ip6-text.ts";
import { ETHER_VENDORS } from "./tables.ts";
import { formatIp4 } from "../../../wire/addr.ts";
import { tok } from "./text.ts";
import type { Names } from "./names.ts";

/** Payload types that -T can force. */
export type ForcedType = "vxlan" | "domain";

/** How packets are to be shown; the field names say which flag of tcpdump(8) sets them. */
export interface PrintOptions {
  /** Number of -v. */
  readonly verbose: number;
  /** -q */
  readonly quiet: boolean;
  /** -e */
  readonly ethernet: boolean;
  /** -S */
  readonly absoluteSeq: boolean;
  /** -K */
  readonly noChecksums: boolean;
  /** -#, --number */
  readonly number: boolean;
  /** Number of -t, 0–5. */
  readonly time: number;
  readonly nanos: boolean;
  /** Number of -x, -X and -A. */
  readonly hex: number;
  readonly hexAscii: number;
  readonly ascii: number;
  /** -T */
  readonly forced: ForcedType | null;
  /** `null` with -n. */
  readonly names: Names | null;
  /** Name of an interface by its index, for cooked captures. */
  readonly ifName: (index: number) => string | null;
}

/** First sequence numbers of a TCP conversation, for relative numbers. */
export interface TcpStart {
  seq: number;
  ack: number;
}

/** What the printer remembers from packet to packet. */
export interface PrintMemory {
  readonly tcp: Map<string, TcpStart>;
  /** Reference of -ttt and -ttttt. */
  time: { sec: number; nsec: number } | null;
}

export const newMemory = (): PrintMemory => ({ tcp: new Map(), time: null });

/**
 * Thrown by {@link Printout} when a read passes the end of what was captured; caught in one place,
 * which ends the line with ` [|proto]`. The one exception used as control flow here: dissectors
 * nest ten deep and must all stop where the bytes end, keeping what they printed so far.
 */
export class Truncated {}

/** One packet being printed: its bytes, how far they may be read, and the text so far. */
export class Printout {
  text = "";
  /** Name shown in `[|name]` when bytes run out. */
  protocol = "";
  /** Bytes of link-layer header, which -x leaves out. */
  linkBytes = 0;
  /** Reads at or past this offset are truncation. */
  end: number;
  readonly bytes: Uint8Array;
  readonly opts: PrintOptions;
  readonly memory: PrintMemory;

  constructor(bytes: Uint8Array, opts: PrintOptions, memory: PrintMemory) {
    this.bytes = bytes;
    this.opts = opts;
    this.memory = memory;
    this.end = bytes.length;
  }

  /** -q, -x and -X: payloads nobody dissects are not dumped on top. */
  get suppressRaw(): boolean {
    return this.opts.quiet || this.opts.hex > 0 || this.opts.hexAscii > 0;
  }

  put(text: string): void {
    this.text += text;
  }
  truncated(): void {
    this.text += ` [|${this.protocol}]`;
  }
  invalid(): void {
    this.text += " (invalid)";
  }

  has(at: number, count: number): boolean {
    return at + count <= this.end;
  }
  /** Ends the dissection unless `count` bytes were captured at `at`. */
  need(at: number, count: number): void {
    if (at + count > this.end) throw new Truncated();
  }
  /** Bytes captured from `at` on. */
  left(at: number): number {
    return Math.max(0, this.end - at);
  }
  u8(at: number): number {
    this.need(at, 1);
    return this.bytes[at] ?? 0;
  }
  u16(at: number): number {
    this.need(at, 2);
    return readU16(this.bytes, at);
  }
  u24(at: number): number {
    this.need(at, 3);
    return readU32(this.bytes, at) >>> 8;
  }
  u32(at: number): number {
    this.need(at, 4);
    return readU32(this.bytes, at);
  }

  /** Narrows the readable bytes to `count` from `at` while `body` runs (a header that says where its payload ends). */
  within(at: number, count: number, body: () => void): void {
    const saved = this.end;
    this.end = Math.min(saved, at + count);
    body();
    this.end = saved;
  }

  /** An IPv4 address, or its host's name. */
  ip4(at: number): string {
    this.need(at, 4);
    const addr = readIp4(this.bytes, at);
    return this.opts.names?.host4(addr) ?? formatIp4(addr);
  }
  ip6(at: number): string {
    this.need(at, 16);
    const text = formatIp6At(this.bytes, at);
    return this.opts.names?.host6(text) ?? text;
  }
  /** A MAC address; without -n the vendor follows. */
  mac(at: number): string {
    this.need(at, 6);
    const text = formatMac(readMac(this.bytes, at));
    if (this.opts.names === null) return text;
    if (text === "ff:ff:ff:ff:ff:ff") return "Broadcast";
    return `${text} (oui ${tok(ETHER_VENDORS, readU32(this.bytes, at) >>> 8, "Unknown")})`;
  }
  /** A link-layer address of any length. */
  linkAddr(at: number, length: number): string {
    if (length === 0) return "<empty>";
    return length === 6 ? this.mac(at) : this.hexBytes(at, length, ":");
  }
  hexBytes(at: number, length: number, separator = ""): string {
    this.need(at, length);
    return [...this.bytes.subarray(at, at + length)].map((b) => b.toString(16).padStart(2, "0")).join(separator);
  }
  port(protocol: "tcp" | "udp", port: number): string {
    return this.opts.names?.port(protocol, port) ?? String(port);
  }
}
