import { decodePcapHeader, decodePcapRecord, pcapMagic, PCAP_HEADER_BYTES } from "./pcap.ts";
import type { CapturedPacket, PcapHeader } from "./pcap.ts";
import { decodeBlock, isPcapng } from "./pcapng.ts";
import type { PcapngSection } from "./pcapng.ts";

/** What a capture says of itself before its first packet. */
export interface CaptureHeader {
  readonly linkType: number;
  readonly snapLength: number;
}

/** Answer of {@link CaptureReader.next}: "more" = feed more bytes; "end" = all read; "bad" = unreadable from here on. */
export type CaptureStep =
  | { readonly is: "packet"; readonly packet: CapturedPacket }
  | { readonly is: "more" }
  | { readonly is: "end" }
  | { readonly is: "bad"; readonly why: string };

/**
 * Reads a capture piece by piece, so that one coming through a pipe can be shown as it comes.
 * Knows pcap (both byte orders, µs and ns) and pcapng; says what is wrong in libpcap's words.
 */
export class CaptureReader {
  private buffer = new Uint8Array(0);
  private at = 0;
  private finished = false;
  private pcap: PcapHeader | null = null;
  private readonly section: PcapngSection = { bigEndian: false, interfaces: [] };
  private held: CapturedPacket | null = null;

  /** Adds bytes that were read. */
  push(bytes: Uint8Array): void {
    const rest = this.buffer.subarray(this.at);
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.buffer = joined;
    this.at = 0;
  }

  /** No more bytes will come. */
  end(): void {
    this.finished = true;
  }

  /** The header, "more" until it is there, or why the file cannot be read. */
  header(): { is: "ok"; header: CaptureHeader } | { is: "more" } | { is: "bad"; why: string } {
    if (this.pcap !== null) return { is: "ok", header: this.pcap };
    if (isPcapng(this.buffer) || this.section.interfaces.length > 0) return this.pcapngHeader();
    const have = this.buffer.length;
    if (have >= 4 && pcapMagic(this.buffer) === null) return { is: "bad", why: "unknown file format" };
    if (have < PCAP_HEADER_BYTES) return this.shortHeader(have);
    this.pcap = decodePcapHeader(this.buffer);
    this.at = PCAP_HEADER_BYTES;
    return this.header();
  }

  private shortHeader(have: number): { is: "more" } | { is: "bad"; why: string } {
    if (!this.finished) return { is: "more" };
    const [wanted, got] = have < 4 ? [4, have] : [PCAP_HEADER_BYTES, have - 4];
    return { is: "bad", why: `truncated dump file; tried to read ${wanted} file header bytes, only got ${got}` };
  }

  /** libpcap reads blocks up to the first interface description; its link type is the file's. */
  private pcapngHeader(): { is: "ok"; header: CaptureHeader } | { is: "more" } | { is: "bad"; why: string } {
    while (this.section.interfaces.length === 0) {
      if (this.finished && this.at >= this.buffer.length)
        return { is: "bad", why: "the capture file has no Interface Description Blocks" };
      const step = decodeBlock(this.buffer, this.at, this.section);
      if (step.is === "short" && !this.finished) return { is: "more" };
      if (step.is !== "ok") return { is: "bad", why: step.why };
      this.at = step.next;
      if (step.value !== null) this.held = step.value;
    }
    const first = this.section.interfaces[0]!;
    const snapLength = first.snapLength === 0 ? 262144 : first.snapLength;
    return { is: "ok", header: { linkType: first.linkType, snapLength } };
  }

  /** The next packet. Call only after {@link header} said "ok". */
  next(): CaptureStep {
    if (this.held !== null) {
      const packet = this.held;
      this.held = null;
      return { is: "packet", packet };
    }
    for (;;) {
      if (this.at >= this.buffer.length) return { is: this.finished ? "end" : "more" };
      const step =
        this.pcap !== null
          ? decodePcapRecord(this.buffer, this.at, this.pcap)
          : decodeBlock(this.buffer, this.at, this.section);
      if (step.is === "short" && !this.finished) return { is: "more" };
      if (step.is !== "ok") return { is: "bad", why: step.why };
      this.at = step.next;
      if (step.value !== null) return { is: "packet", packet: step.value };
    }
  }
}

/** A whole capture at once: `null` when its header is unreadable; packets up to the first bad record. */
export function readCapture(bytes: Uint8Array): { readonly header: CaptureHeader; readonly packets: CapturedPacket[] } | null {
  const reader = new CaptureReader();
  reader.push(bytes);
  reader.end();
  const header = reader.header();
  if (header.is !== "ok") return null;
  const packets: CapturedPacket[] = [];
  for (let step = reader.next(); step.is === "packet"; step = reader.next()) packets.push(step.packet);
  return { header: header.header, packets };
}
