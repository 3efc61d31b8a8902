import { readU16, readU32 } from "../../wire/addr.ts";
import { NF_LOG_TCPOPT, NF_LOG_TCPSEQ } from "../uapi/nft-expr.ts";

/** Parts of log lines that IPv4 and IPv6 share (nf_log_dump_tcp_header, nf_log_dump_udp_header). Each word ends in a space. */

const FLAGS: readonly (readonly [bit: number, name: string])[] =
  [[0x80, "CWR"], [0x40, "ECE"], [0x20, "URG"], [0x10, "ACK"], [0x08, "PSH"], [0x04, "RST"], [0x02, "SYN"], [0x01, "FIN"]];

export const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).toUpperCase().padStart(2, "0")).join("");

export function dumpTcp(b: Uint8Array, at: number, end: number, isFragment: boolean, flags: number): string {
  if (isFragment) return "PROTO=TCP ";
  if (at + 20 > end) return `PROTO=TCP INCOMPLETE [${end - at} bytes] `;
  const names = FLAGS.filter(([bit]) => (b[at + 13]! & bit) !== 0).map(([, name]) => `${name} `).join("");
  const seq = (flags & NF_LOG_TCPSEQ) === 0 ? "" : `SEQ=${readU32(b, at + 4)} ACK=${readU32(b, at + 8)} `;
  const reserved = (b[at + 12]! & 0x0f) << 2;
  const head = `PROTO=TCP SPT=${readU16(b, at)} DPT=${readU16(b, at + 2)} ${seq}WINDOW=${readU16(b, at + 14)} RES=0x${reserved.toString(16).padStart(2, "0")} `;
  return `${head}${names}URGP=${readU16(b, at + 18)} ${dumpTcpOptions(b, at, end, flags)}`;
}

function dumpTcpOptions(b: Uint8Array, at: number, end: number, flags: number): string {
  const headerBytes = (b[at + 12]! >> 4) * 4;
  if ((flags & NF_LOG_TCPOPT) === 0 || headerBytes <= 20) return "";
  return at + headerBytes > end ? "OPT (TRUNCATED)" : `OPT (${hex(b.subarray(at + 20, at + headerBytes))}) `;
}

export function dumpUdp(b: Uint8Array, at: number, end: number, isFragment: boolean, name: "UDP" | "UDPLITE"): string {
  if (isFragment) return `PROTO=${name} `;
  if (at + 8 > end) return `PROTO=${name} INCOMPLETE [${end - at} bytes] `;
  return `PROTO=${name} SPT=${readU16(b, at)} DPT=${readU16(b, at + 2)} LEN=${readU16(b, at + 4)} `;
}

/** UID and mark of the packet, at the end of a line. */
export function dumpOwner(skb: { readonly sk: { readonly uid: number | null; readonly gid: number | null } | null; readonly mark: number }, wantsUid: boolean): string {
  const uid = wantsUid && skb.sk !== null && skb.sk.uid !== null ? `UID=${skb.sk.uid} GID=${skb.sk.gid} ` : "";
  return skb.mark === 0 ? uid : `${uid}MARK=0x${skb.mark.toString(16)} `;
}
