import type { CtTcpState } from "../uapi/conntrack.ts";

/*
 * The state arrows of the TCP tracker (RFC 793 as seen from the middle of the way; nf_conntrack_proto_tcp.c).
 */

/** What a segment's flags make of it. */
export type TcpKind = 0 | 1 | 2 | 3 | 4 | 5;
export const TCP_SYN: TcpKind = 0;
export const TCP_SYNACK: TcpKind = 1;
export const TCP_FIN: TcpKind = 2;
export const TCP_ACK: TcpKind = 3;
export const TCP_RST: TcpKind = 4;
export const TCP_NONE: TcpKind = 5;

export const FLAG_FIN = 0x01;
export const FLAG_SYN = 0x02;
export const FLAG_RST = 0x04;
export const FLAG_PSH = 0x08;
export const FLAG_ACK = 0x10;
export const FLAG_URG = 0x20;

/** get_conntrack_index. */
export function tcpKind(flags: number): TcpKind {
  if ((flags & FLAG_RST) !== 0) return TCP_RST;
  if ((flags & FLAG_SYN) !== 0) return (flags & FLAG_ACK) !== 0 ? TCP_SYNACK : TCP_SYN;
  if ((flags & FLAG_FIN) !== 0) return TCP_FIN;
  return (flags & FLAG_ACK) !== 0 ? TCP_ACK : TCP_NONE;
}

const VALID_FLAGS: ReadonlySet<number> = new Set([
  FLAG_SYN, FLAG_SYN | FLAG_URG, FLAG_SYN | FLAG_ACK, FLAG_RST, FLAG_RST | FLAG_ACK, FLAG_FIN | FLAG_ACK, FLAG_FIN | FLAG_ACK | FLAG_URG,
  FLAG_ACK, FLAG_ACK | FLAG_URG,
]);

/** tcp_valid_flags: PSH, ECE and CWR aside. */
export const hasValidFlags = (flags: number): boolean => VALID_FLAGS.has(flags & (FLAG_FIN | FLAG_SYN | FLAG_RST | FLAG_ACK | FLAG_URG));

/** "INVALID": such a segment cannot be in this state. "IGNORE": let it pass and leave the state alone. */
export type TcpArrow = CtTcpState | "INVALID" | "IGNORE";

const SHORT: Readonly<Record<string, TcpArrow>> = {
  no: "NONE", ss: "SYN_SENT", sr: "SYN_RECV", es: "ESTABLISHED", fw: "FIN_WAIT", cw: "CLOSE_WAIT", la: "LAST_ACK", tw: "TIME_WAIT",
  cl: "CLOSE", s2: "SYN_SENT2", "--": "INVALID", ig: "IGNORE",
};
const COLUMNS = ["NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"] as const;

//                 no ss sr es fw cw la tw cl s2
const ORIGINAL = [
  /* syn    */ "   ss ss ig ig ig ig ig ss ss s2",
  /* synack */ "   -- -- sr -- -- -- -- -- -- sr",
  /* fin    */ "   -- -- fw fw la la la tw cl --",
  /* ack    */ "   es -- es es cw cw tw tw cl --",
  /* rst    */ "   -- cl cl cl cl cl cl cl cl cl",
  /* none   */ "   -- -- -- -- -- -- -- -- -- --",
];
const REPLY = [
  /* syn    */ "   -- s2 -- -- -- -- -- ss -- s2",
  /* synack */ "   -- sr ig ig ig ig ig ig ig sr",
  /* fin    */ "   -- -- fw fw la la la tw cl --",
  /* ack    */ "   -- ig sr es cw cw tw tw cl ig",
  /* rst    */ "   -- cl cl cl cl cl cl cl cl cl",
  /* none   */ "   -- -- -- -- -- -- -- -- -- --",
];

const parse = (rows: readonly string[]): readonly (readonly TcpArrow[])[] => rows.map((row) => row.trim().split(/ +/).map((word) => SHORT[word]!));
const ARROWS = [parse(ORIGINAL), parse(REPLY)] as const;

/** Where a segment takes the flow. */
export const tcpArrow = (dir: 0 | 1, kind: TcpKind, state: CtTcpState): TcpArrow => ARROWS[dir][kind]![COLUMNS.indexOf(state)]!;
