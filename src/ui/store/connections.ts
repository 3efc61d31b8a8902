import type { TcpEnd, TraceEvent } from "../../protocol/trace.ts";

/**
 * TCP connections as the trace tells them: who talks to whom, from when to when, and what was said. Both ends know
 * a connection by one number, whatever the addresses on the way are rewritten to.
 */

/** One socket of a connection. Addresses are as this end sees them. */
export interface ConnEnd {
  readonly place: string;
  readonly active: boolean;
  local: string;
  /** 0 until one was taken. */
  localPort: number;
  remote: string;
  remotePort: number;
  /** "curl"; "" until a program has accepted. */
  program: string;
  /** From event number on → state. */
  readonly states: { readonly seq: number; readonly state: string }[];
}

/** Something said, or something that happened to it. */
export interface Turn {
  readonly seq: number;
  readonly atNs: number;
  /** Who speaks, or to whom the mark belongs. */
  readonly by: "client" | "server";
  readonly data: Uint8Array | null;
  /** Bytes that the trace has cut off the end. */
  readonly missingBytes: number;
  /** What a mark says: "RTO after 204 ms". */
  readonly note: string;
  readonly mark: MarkKind | null;
}
export type MarkKind = "open" | "fin" | "reset" | "retransmit" | "dupack" | "window" | "probe" | "overflow";

export interface Connection {
  readonly id: number;
  readonly journey: number;
  readonly firstSeq: number;
  lastSeq: number;
  client: ConnEnd | null;
  server: ConnEnd | null;
  readonly turns: Turn[];
  /** Number of the event with which both ends were established; null: not yet. */
  openSeq: number | null;
  /** Number of the event with which the first end was gone or only waits out its time; null: not yet. */
  closedSeq: number | null;
}

interface Log {
  readonly first: number;
  readonly end: number;
  at(seq: number): TraceEvent | null;
}

const MARKS: Readonly<Partial<Record<TraceEvent["kind"], MarkKind>>> = {
  "tcp.retransmit": "retransmit", "tcp.dupack": "dupack", "tcp.rst": "reset", "tcp.window": "window", "tcp.probe": "probe", "tcp.overflow": "overflow",
};
const OVER: ReadonlySet<string> = new Set(["CLOSE", "TIME_WAIT"]);
/** States that come after this end has sent its FIN. */
const SAID_ALL: ReadonlySet<string> = new Set(["FIN_WAIT1", "LAST_ACK"]);
const FORGET_EVERY = 10_000;

/** Reads the log as it grows. */
export class Connections {
  readonly byId = new Map<number, Connection>();
  #read = 0;
  #kept = 0;

  restart(seq: number): void {
    this.byId.clear();
    this.#read = seq;
    this.#kept = seq;
  }

  follow(log: Log): void {
    if (this.#read > log.end || this.#read < log.first) this.restart(log.first);
    for (; this.#read < log.end; this.#read++) {
      const event = log.at(this.#read);
      if (event !== null && event.conn !== 0) this.#take(event);
    }
    if (log.first >= this.#kept + FORGET_EVERY) this.#forget(log.first);
  }

  #forget(first: number): void {
    this.#kept = first;
    for (const [id, one] of this.byId) if (one.lastSeq < first && one.closedSeq !== null) this.byId.delete(id);
  }

  #take(event: TraceEvent): void {
    if (event.tcp === null && event.kind !== "app.recv" && MARKS[event.kind] === undefined) {
      const known = this.byId.get(event.conn);
      if (known) known.lastSeq = event.seq;
      return;
    }
    const conn = this.#conn(event);
    conn.lastSeq = event.seq;
    if (event.kind === "tcp.state" && event.tcp !== null) takeState(conn, event, event.tcp);
    else if (event.kind === "app.recv") takeData(conn, event);
    else takeMark(conn, event);
  }

  #conn(event: TraceEvent): Connection {
    const known = this.byId.get(event.conn);
    if (known) return known;
    const made: Connection = {
      id: event.conn, journey: event.journey, firstSeq: event.seq, lastSeq: event.seq, client: null, server: null, turns: [], openSeq: null, closedSeq: null,
    };
    this.byId.set(event.conn, made);
    return made;
  }
}

function takeState(conn: Connection, event: TraceEvent, tcp: TcpEnd): void {
  const by = tcp.active ? "client" : "server";
  const end = conn[by] ?? newEnd(event.place, tcp);
  conn[by] = end;
  const { local, localPort, remote, remotePort } = tcp;
  Object.assign(end, { local, localPort, remote, remotePort });
  if (tcp.program !== "") end.program = tcp.program;
  end.states.push({ seq: event.seq, state: tcp.after });
  if (conn.openSeq === null && isOpen(conn.client) && isOpen(conn.server)) {
    conn.openSeq = event.seq;
    conn.turns.push(markOf(event, by, "open", "connection established"));
  }
  if (SAID_ALL.has(tcp.after)) conn.turns.push(markOf(event, by, "fin", "sends no more (FIN)"));
  if (conn.closedSeq === null && OVER.has(tcp.after)) conn.closedSeq = event.seq;
}

const newEnd = (place: string, tcp: TcpEnd): ConnEnd => ({
  place, active: tcp.active, local: tcp.local, localPort: tcp.localPort, remote: tcp.remote, remotePort: tcp.remotePort, program: tcp.program, states: [],
});

const isOpen = (end: ConnEnd | null): boolean => end !== null && end.states.some(({ state }) => state === "ESTABLISHED");

const markOf = (event: TraceEvent, by: Turn["by"], mark: MarkKind, note: string): Turn =>
  ({ seq: event.seq, atNs: event.atNs, by, data: null, missingBytes: 0, note, mark });

function takeMark(conn: Connection, event: TraceEvent): void {
  const mark = MARKS[event.kind];
  if (mark !== undefined) conn.turns.push(markOf(event, speakerOf(conn, event, "sends"), mark, event.note));
}

function takeData(conn: Connection, event: TraceEvent): void {
  const data = payloadOf(event);
  if (data === null) return;
  const by = speakerOf(conn, event, "hears");
  conn.turns.push({ seq: event.seq, atNs: event.atNs, by, data: data.bytes, missingBytes: data.missingBytes, note: "", mark: null });
}

/** Who speaks: this end where the event is about what it sends, the other one where it is about what it hears. */
function speakerOf(conn: Connection, event: TraceEvent, does: "sends" | "hears"): Turn["by"] {
  const here = endOf(conn, event, does);
  if (does === "sends") return here;
  return here === "client" ? "server" : "client";
}

/** The end whose namespace the event is in; where both are in one, the ports tell them apart. */
function endOf(conn: Connection, event: TraceEvent, does: "sends" | "hears"): "client" | "server" {
  if (event.tcp !== null) return event.tcp.active ? "client" : "server";
  if (conn.server === null || conn.server.place !== event.place) return "client";
  if (conn.client === null || conn.client.place !== event.place) return "server";
  const ports = portsOf(event);
  const own = ports === null ? 0 : does === "sends" ? ports.from : ports.to;
  return own === conn.client.localPort ? "client" : "server";
}

function tcpAt(event: TraceEvent): number | null {
  const { bytes, netOffset } = event;
  if (bytes === null || bytes.length < netOffset + 40 || (bytes[netOffset] ?? 0) >> 4 !== 4 || bytes[netOffset + 9] !== 6) return null;
  return netOffset + ((bytes[netOffset] ?? 0) & 15) * 4;
}

function portsOf(event: TraceEvent): { from: number; to: number } | null {
  const at = tcpAt(event);
  const { bytes } = event;
  if (at === null || bytes === null) return null;
  return { from: u16(bytes, at), to: u16(bytes, at + 2) };
}

/** What a segment carries behind its headers. */
export function payloadOf(event: TraceEvent): { readonly bytes: Uint8Array; readonly missingBytes: number } | null {
  const at = tcpAt(event);
  const { bytes, netOffset } = event;
  if (at === null || bytes === null) return null;
  const from = at + ((bytes[at + 12] ?? 0x50) >> 4) * 4;
  const end = netOffset + u16(bytes, netOffset + 2);
  if (end <= from) return null;
  return { bytes: bytes.slice(from, Math.min(end, bytes.length)), missingBytes: Math.max(0, end - Math.max(from, bytes.length)) };
}

const u16 = (b: Uint8Array, at: number): number => ((b[at] ?? 0) << 8) | (b[at + 1] ?? 0);

/** State of an end at the instant of the view, "" before it had any. */
export function stateAt(end: ConnEnd | null, position: number): string {
  let state = "";
  for (const one of end?.states ?? []) if (one.seq < position) state = one.state;
  return state;
}
