import { stateAt } from "../store/connections.ts";
import type { ConnEnd, Connection, Turn } from "../store/connections.ts";

/** What the Talk tab shows of a connection at an instant. Bytes become text here, and stay text. */

/** Most that is shown of one turn. */
const MOST_CHARS = 4096;
/** Bytes in a row of hexadecimal: as many as a narrow pane shows unbroken. */
const HEX_ROW = 12;

/** "C0e1 curl 10.1.0.1:54292": one end in words. */
export function endText(end: ConnEnd | null): string {
  if (end === null) return "nobody yet";
  return [end.place, end.program, `${end.local}:${end.localPort}`].filter((part) => part !== "").join(" ");
}

/** "curl in C0e1 → nginx in C0w1, port 8001". */
export function connectionName({ client, server }: Connection): string {
  const who = (end: ConnEnd): string => (end.program === "" ? end.place : `${end.program} in ${end.place}`);
  const to = server === null ? client?.remote ?? "" : who(server);
  const port = server?.localPort ?? client?.remotePort ?? 0;
  return `${client === null ? "?" : who(client)} → ${to}, port ${port}`;
}

/** The state in a word for people: both ends' states where they differ. */
export function stateText(conn: Connection, position: number): string {
  const [client, server] = [stateAt(conn.client, position), stateAt(conn.server, position)];
  if (client === server || server === "") return client === "" ? server : client;
  return client === "" ? server : `${client} / ${server}`;
}

/** Turns that the view has come to. */
export const turnsAt = (conn: Connection, position: number): readonly Turn[] => conn.turns.filter((turn) => turn.seq < position);

export interface Said {
  readonly text: string;
  readonly isBinary: boolean;
  readonly bytes: number;
  /** Bytes said but not shown. */
  readonly hidden: number;
}

/** The words of a turn: text where it is text (line ends as lines, control characters visible), else hexadecimal. */
export function saidIn({ data, missingBytes }: Turn): Said {
  const all = data ?? new Uint8Array(0);
  const isBinary = oddBytes(all) * 10 > all.length;
  const room = isBinary ? MOST_CHARS / 16 : MOST_CHARS;
  const part = all.subarray(0, room);
  return { text: isBinary ? hexOf(part) : textOf(part), isBinary, bytes: all.length + missingBytes, hidden: all.length - part.length + missingBytes };
}

const isPlain = (byte: number): boolean => byte === 9 || byte === 10 || byte === 13 || byte === 27 || (byte >= 32 && byte !== 127);

function oddBytes(bytes: Uint8Array): number {
  let odd = 0;
  for (const byte of bytes) if (!isPlain(byte)) odd++;
  return odd;
}

const textOf = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes).replace(/\r\n/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (c) => String.fromCharCode(0x2400 + (c.charCodeAt(0) & 31)));

function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_ROW) lines.push([...bytes.subarray(at, at + HEX_ROW)].map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
  return lines.join("\n");
}

/** The connection that the view is about: the chosen one, else the event's, else the journey's latest that began before `position`. */
export function connectionInView(all: readonly Connection[], view: { readonly chosen: number | null; readonly conn: number; readonly position: number }): Connection | null {
  const begun = all.filter((one) => one.firstSeq < view.position);
  return begun.find((one) => one.id === view.chosen) ?? begun.find((one) => one.id === view.conn) ?? begun.at(-1) ?? null;
}
