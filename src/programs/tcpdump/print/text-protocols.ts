import type { Printout } from "./printout.ts";

/** HTTP methods that mark a packet as the start of a request (RFC 9110, WebDAV, UPnP). */
const HTTP_METHODS = new Set(
  ("GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY " +
    "BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT " +
    "MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL").split(" "),
);
const MAX_TOKEN = 128;
const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === CR || byte === LF;

/** HTTP: the first line, or with -v all lines, of packets that begin a request or a response. */
export function printHttp(p: Printout, at: number, length: number): void {
  p.protocol = "http";
  p.put("HTTP");
  const first = token(p, at, at + length);
  if (first === null) return;
  const second = token(p, first.next, at + length);
  const status = second !== null && /^\d\d\d$/.test(second.text);
  if (status || HTTP_METHODS.has(first.text.toUpperCase())) printLines(p, at, length);
}

/** Protocols of lines only: SMTP, FTP, whois. */
export function printPlainText(p: Printout, name: string, at: number, length: number): void {
  p.protocol = name;
  p.put(name.toUpperCase());
  printLines(p, at, length);
}

/** A word of printable characters and where the next begins; `null` when there is none. */
function token(p: Printout, at: number, end: number): { text: string; next: number } | null {
  let text = "";
  for (; at < end; at++) {
    if (!p.has(at, 1)) return null;
    const byte = p.u8(at);
    if (isBlank(byte)) break;
    if (!isPrintable(byte) || text.length + 2 > MAX_TOKEN + 1) return null;
    text += String.fromCharCode(byte);
  }
  if (text === "") return null;
  while (at < end && p.has(at, 1) && (p.u8(at) === SPACE || p.u8(at) === TAB)) at++;
  return { text, next: at };
}

function printLines(p: Printout, at: number, length: number): void {
  const end = at + length;
  if (p.opts.verbose === 0) {
    printLine(p, ": ", at, end);
    return;
  }
  p.put(`, length: ${length}`);
  for (let next: number | null = at; next !== null && next < end; ) next = printLine(p, "\n\t", next, end);
}

/** One line of text; where the next begins, `null` when this was no text or had no end. */
function printLine(p: Printout, prefix: string, at: number, end: number): number | null {
  let text = "";
  for (let i = at; i < end; i++) {
    const byte = p.u8(i);
    const ends = byte === LF ? 1 : byte === CR && i + 1 < end && p.u8(i + 1) === LF ? 2 : 0;
    if (ends > 0) {
      p.put(prefix + text);
      return i + ends;
    }
    if (!isPrintable(byte) && byte !== TAB) return null;
    text += String.fromCharCode(byte);
  }
  p.put(prefix + text);
  p.truncated();
  return null;
}

/** SSH: the version line each side begins with (RFC 4253 §4.2); the rest is encrypted. */
export function printSshVersion(p: Printout, at: number, length: number): void {
  p.protocol = "ssh";
  for (let i = 0; i < 4; i++) if (p.u8(at + i) !== "SSH-".charCodeAt(i)) return;
  let text = "SSH-";
  for (let i = at + 4; i < at + length; i++) {
    const byte = p.u8(i);
    if (byte === LF || (byte === CR && i + 1 < at + length && p.u8(i + 1) === LF)) return p.put(`: SSH: ${text}`);
    if (!isPrintable(byte)) return;
    text += String.fromCharCode(byte);
  }
}
