import type { TcpState } from "../../net/uapi/sock-diag.ts";

/** Socket tables that ss knows; those without sockets here are refused by name where they are asked for. */
export const TABLES = ["tcp", "udp", "raw", "unix_dgram", "unix_stream", "unix_seqpacket", "packet_dgram", "packet_raw"] as const;
export type Table = (typeof TABLES)[number];
export type Family = "inet" | "inet6" | "unix" | "link";

const UNIX: readonly Table[] = ["unix_stream", "unix_dgram", "unix_seqpacket"];
const PACKET: readonly Table[] = ["packet_raw", "packet_dgram"];
const INET: readonly Table[] = ["tcp", "udp", "raw"];

/** Words of -A. */
export const QUERY_WORDS: Readonly<Record<string, readonly Table[]>> = {
  all: TABLES, inet: INET, udp: ["udp"], tcp: ["tcp"], raw: ["raw"], unix: UNIX, unix_stream: ["unix_stream"], u_str: ["unix_stream"], unix_dgram: ["unix_dgram"],
  u_dgr: ["unix_dgram"], unix_seqpacket: ["unix_seqpacket"], u_seq: ["unix_seqpacket"], packet: PACKET, packet_raw: ["packet_raw"], p_raw: ["packet_raw"],
  packet_dgram: ["packet_dgram"], p_dgr: ["packet_dgram"],
};
/** Tables of -A, and families of -f, that nothing here has sockets of. */
export const ABSENT = ["netlink", "dccp", "sctp", "mptcp", "tipc", "vsock", "vsock_stream", "v_str", "vsock_dgram", "v_dgr", "xdp"];

export const ALL_STATES: readonly TcpState[] = [
  "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
];
const without = (...states: readonly TcpState[]): readonly TcpState[] => ALL_STATES.filter((s) => !states.includes(s));
/** What is shown when nobody names states: connections. */
export const CONNECTED = without("LISTEN", "CLOSE", "TIME_WAIT", "SYN_RECV");
export const LISTENING: readonly TcpState[] = ["LISTEN", "CLOSE"];

const STATE_WORDS: Readonly<Record<string, readonly TcpState[]>> = {
  established: ["ESTABLISHED"], "syn-sent": ["SYN_SENT"], "syn-recv": ["SYN_RECV"], "syn-rcv": ["SYN_RECV"], "fin-wait-1": ["FIN_WAIT1"], "fin-wait-2": ["FIN_WAIT2"],
  "time-wait": ["TIME_WAIT"], unconnected: ["CLOSE"], close: ["CLOSE"], closed: ["CLOSE"], "close-wait": ["CLOSE_WAIT"], "last-ack": ["LAST_ACK"], listening: ["LISTEN"],
  closing: ["CLOSING"], all: ALL_STATES, connected: without("CLOSE", "LISTEN"), synchronized: without("CLOSE", "LISTEN", "SYN_SENT"),
  bucket: ["SYN_RECV", "TIME_WAIT"], big: without("SYN_RECV", "TIME_WAIT"),
};
/** `state WORD`; null = no such state. */
export const statesOf = (word: string): readonly TcpState[] | null => STATE_WORDS[word.toLowerCase()] ?? null;

const TABLE_STATES = (table: Table): readonly TcpState[] =>
  table === "udp" || table === "raw" ? ["ESTABLISHED"] : table === "tcp" || table === "unix_stream" || table === "unix_seqpacket" ? CONNECTED : ["CLOSE"];
const TABLE_FAMILIES = (table: Table): readonly Family[] =>
  table.startsWith("unix") ? ["unix"] : table.startsWith("packet") ? ["link"] : ["inet", "inet6"];
const FAMILY_TABLES = (family: Family): readonly Table[] => (family === "unix" ? UNIX : family === "link" ? PACKET : INET);

/** Which tables, families and states are asked for (ss's struct filter): each option narrows or widens all three. */
export class Query {
  readonly tables = new Set<Table>();
  readonly families = new Set<Family>();
  states = new Set<TcpState>();
  /** Nothing was named: every table. */
  isDefault = true;
  /** The family named last: how addresses of the filter are read. */
  preferred: Family | null = null;

  addTable(table: Table, on = true): void {
    if (on) {
      TABLE_STATES(table).forEach((s) => this.states.add(s));
      this.tables.add(table);
    } else this.tables.delete(table);
    this.isDefault = false;
  }

  addFamily(family: Family): void {
    (family === "link" ? (["CLOSE"] as const) : CONNECTED).forEach((s) => this.states.add(s));
    this.families.add(family);
    this.isDefault = false;
    this.preferred = family;
  }

  /** A filter's address names its family: no other is shown. */
  onlyFamily(family: Family): void {
    this.families.clear();
    this.families.add(family);
    this.preferred = family;
  }

  /** What was not named follows from what was. */
  complete(): void {
    for (const table of this.tables) {
      const families = TABLE_FAMILIES(table);
      if (!families.some((f) => this.families.has(f))) families.forEach((f) => this.families.add(f));
    }
    for (const family of [...this.families]) {
      const tables = FAMILY_TABLES(family);
      if (!tables.some((t) => this.tables.has(t))) tables.forEach((t) => this.tables.add(t));
    }
  }
}
