import { readU16, writeU16 } from "./addr.ts";
import { fold16, pseudoSum, sum16 } from "./checksum.ts";
import { IPPROTO_TCP } from "./ipv4.ts";

/*
 * TCP header (RFC 9293 §3.1)
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |          source port          |       destination port        |
 *   |                        sequence number                        |
 *   |                     acknowledgment number                     |
 *   | offset|reserved|     flags    |            window             |
 *   |           checksum            |        urgent pointer         |
 *   +-------------------------------+-------------------------------+
 */
export const TCP_SRC = 0;
export const TCP_DST = 2;
export const TCP_SEQ = 4;
export const TCP_ACK_SEQ = 8;
export const TCP_OFF = 12;
export const TCP_FLAGS = 13;
export const TCP_WIN = 14;
export const TCP_CSUM = 16;
export const TCP_URG_PTR = 18;
export const TCP_HLEN = 20;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

/** Option kinds (IANA TCP parameters). */
export const TCPOPT_EOL = 0;
export const TCPOPT_NOP = 1;
export const TCPOPT_MSS = 2;
export const TCPOPT_WINDOW = 3;
export const TCPOPT_SACK_PERM = 4;
export const TCPOPT_SACK = 5;
export const TCPOPT_TIMESTAMP = 8;

export const tcpHeaderBytes = (b: Uint8Array, at: number): number => (b[at + TCP_OFF]! >> 4) * 4;

/** Writes the checksum of the segment [at, end); the IPv4 addresses come from the header at `ipAt`. */
export function setTcpChecksum(b: Uint8Array, at: number, end: number, ipAt: number): void {
  b[at + TCP_CSUM] = 0;
  b[at + TCP_CSUM + 1] = 0;
  writeU16(b, at + TCP_CSUM, fold16(sum16(b, at, end, pseudoSum(b, ipAt, IPPROTO_TCP, end - at))));
}

export const tcpChecksumOk = (b: Uint8Array, at: number, end: number, ipAt: number): boolean =>
  fold16(sum16(b, at, end, pseudoSum(b, ipAt, IPPROTO_TCP, end - at))) === 0;

export const tcpSrcPort = (b: Uint8Array, at: number): number => readU16(b, at + TCP_SRC);
export const tcpDstPort = (b: Uint8Array, at: number): number => readU16(b, at + TCP_DST);
