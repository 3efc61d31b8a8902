import { ETH_HLEN, ETH_P_IP, ETH_TYPE } from "../../wire/ethernet.ts";
import { readU16, readU32 } from "../../wire/addr.ts";
import { IP_DF, IP_FRAG, IP_PROTO, ipHeaderBytes, ipTotalBytes } from "../../wire/ipv4.ts";
import { TCP_ACK, TCP_ACK_SEQ, TCP_DST, TCP_FLAGS, TCP_RST, TCP_SEQ, TCP_SRC, TCP_SYN, TCP_WIN, tcpHeaderBytes } from "../../wire/tcp.ts";
import { eachOption } from "../../net/sock/tcp/segment.ts";

/** Who sends, by the last byte of its address; any other is a router. On loopback the server has a small port. */
const SIDES: Readonly<Record<number, string>> = { 1: "a", 2: "b" };
const LETTERS = [[2, "S"], [1, "F"], [4, "R"], [8, "P"], [16, "."]] as const;

/** Segments in words, numbers relative to each side's first: the same as `dialogue.py` writes. */
export class WireText {
  readonly #isn = new Map<string, number>();

  describe(frame: Uint8Array, wireLength: number): string | null {
    const ip = ETH_HLEN;
    if (readU16(frame, ETH_TYPE) !== ETH_P_IP) return null;
    const at = ip + ipHeaderBytes(frame, ip);
    const server = readU16(frame, at + TCP_SRC) < 1024;
    const who = frame[ip + 12] === 127 ? (server ? "b" : "a") : (SIDES[frame[ip + 15]!] ?? "r");
    if (frame[ip + IP_PROTO] === 1) return `${who} icmp ${frame[at]}/${frame[at + 1]}`;
    if (frame[ip + IP_PROTO] !== 6) return null;
    void wireLength;
    return this.#segment(frame, ip, at, who);
  }

  #segment(b: Uint8Array, ip: number, at: number, who: string): string {
    const flags = b[at + TCP_FLAGS]!;
    const ports = [readU16(b, at + TCP_SRC), readU16(b, at + TCP_DST)];
    const conn = (who === "a" ? ports : ports.reverse()).join("-");
    const seq = readU32(b, at + TCP_SEQ);
    const mine = `${who} ${conn}`;
    const theirs = `${who === "a" ? "b" : "a"} ${conn}`;
    if ((flags & TCP_SYN) !== 0) this.#isn.set(mine, seq);
    const rel = (seq - (this.#isn.get(mine) ?? ((flags & TCP_RST) !== 0 ? 0 : seq))) >>> 0;
    const length = ipTotalBytes(b, ip) - (at - ip) - tcpHeaderBytes(b, at);
    const ack = readU32(b, at + TCP_ACK_SEQ);
    const base = this.#isn.get(theirs);
    return [
      who, LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, l]) => l).join(""), length > 0 ? `${rel}:${rel + length}(${length})` : String(rel),
      ...((flags & TCP_ACK) !== 0 ? ["ack", String((ack - (base ?? ack)) >>> 0)] : []), "win", String(readU16(b, at + TCP_WIN)),
      ...options(b, at + 20, at + tcpHeaderBytes(b, at), base ?? 0), ...((readU16(b, ip + IP_FRAG) & IP_DF) === 0 ? ["noDF"] : []),
    ].join(" ");
  }
}

function options(b: Uint8Array, from: number, to: number, base: number): readonly string[] {
  const out: string[] = [];
  eachOption(b, from, to, (kind, at, bytes) => {
    if (kind === 2) out.push(`mss ${readU16(b, at)}`);
    else if (kind === 3) out.push(`wscale ${b[at]}`);
    else if (kind === 4) out.push("sackOK");
    else if (kind === 8) out.push("TS");
    else if (kind === 5) out.push(`sack ${sackText(b, at, bytes, base)}`);
  });
  return out;
}

function sackText(b: Uint8Array, at: number, bytes: number, base: number): string {
  const blocks: string[] = [];
  for (let i = 0; i < bytes; i += 8) blocks.push(`${(readU32(b, at + i) - base) >>> 0}:${(readU32(b, at + i + 4) - base) >>> 0}`);
  return blocks.join(",");
}
