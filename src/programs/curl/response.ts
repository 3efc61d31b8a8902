import type { Task } from "../../os/sys.ts";
import type { CurlCode } from "./codes.ts";
import type { Connection } from "./connection.ts";
import { parseHttpDate, parseSetCookie } from "./cookies.ts";
import type { Easy } from "./easy.ts";
import { customHeader } from "./request.ts";

/** What is known of the answer under way (struct SingleRequest). */
export interface Answer {
  /** Still reading heads. */
  inHead: boolean;
  /** Field lines of this head so far, the status line included. */
  lines: number;
  status: number;
  /** Body size by Content-Length; -1 = unknown. */
  size: number;
  chunked: boolean;
  ignoreLength: boolean;
  bodyless: boolean;
  contentRange: boolean;
  ignoreBody: boolean;
  headBytes: number;
  /** Of interim answers: they do not count as an answer. */
  interimBytes: number;
  bodyBytes: number;
  /** Where to go instead, when redirects are followed. */
  newUrl: string | undefined;
  location: string | undefined;
  /** A 100 came. */
  mayContinue: boolean;
  /** Bytes that were no head at all (HTTP/0.9). */
  headless: string;
  /** A coding that cannot be undone: what to say when the body comes. */
  badCoding: string | undefined;
}

export const newAnswer = (): Answer => ({
  inHead: true, lines: 0, status: 0, size: -1, chunked: false, ignoreLength: false, bodyless: false, contentRange: false, ignoreBody: false, headBytes: 0, interimBytes: 0, bodyBytes: 0,
  newUrl: undefined, location: undefined, mayContinue: false, headless: "", badCoding: undefined,
});

export type LineOutcome = CurlCode | "no-http" | "head-done";

/** Is this the beginning of an answer, or could it become one? */
export const looksLikeHttp = (text: string): boolean => (text.length >= 5 ? text.startsWith("HTTP/") : "HTTP/".startsWith(text));

/** Takes one line of a head, with its end. */
export function* takeLine(easy: Easy, conn: Connection, answer: Answer, line: string): Task<LineOutcome> {
  if (answer.lines === 0 && !looksLikeHttp(line)) return "no-http";
  if (line.startsWith("\r") || line.startsWith("\n")) return yield* endOfHead(easy, conn, answer, line);
  if (answer.lines++ === 0) {
    const failed = yield* statusLine(easy, conn, answer, line);
    if (failed !== "OK") return failed;
  }
  const bad = yield* verify(easy, answer, line);
  if (bad !== "OK") return bad;
  const failed = yield* field(easy, conn, answer, line);
  if (failed !== "OK") return failed;
  yield* easy.debug.show("header-in", line);
  return (yield* deliver(easy, answer, line)) ? "OK" : "WRITE_ERROR";
}

function* deliver(easy: Easy, answer: Answer, line: string): Task<boolean> {
  const ok = yield* easy.sink.header(line, answer.status);
  easy.info.headerBytes += line.length;
  answer.headBytes += line.length;
  return ok;
}

function* verify(easy: Easy, answer: Answer, line: string): Task<CurlCode> {
  if (line.includes("\0")) return yield* easy.fail("WEIRD_SERVER_REPLY", "Nul byte in header");
  if (answer.lines < 2 || (/^[ \t]/.test(line) && answer.lines > 2) || line.includes(":")) return "OK";
  return yield* easy.fail("WEIRD_SERVER_REPLY", "Header without colon");
}

function* statusLine(easy: Easy, conn: Connection, answer: Answer, line: string): Task<CurlCode> {
  const found = /^HTTP\/(\d)\.(\d)([^])\s*([+-]?\d{1,3})([^]?)/.exec(line);
  const major2 = /^HTTP\/([23]) (\d+)/.exec(line);
  if (found !== null && (/\d/.test(found[5]!) || Number(found[4]) < 100)) return yield* easy.fail("UNSUPPORTED_PROTOCOL", "Unsupported response code in HTTP response");
  if (found === null || found[3] !== " ") {
    if (major2 === null) return yield* easy.fail("UNSUPPORTED_PROTOCOL", "Unsupported HTTP version in response");
  }
  const version = major2 !== null ? Number(major2[1]) * 10 : Number(found![1]) * 10 + Number(found![2]);
  if (version !== 10 && version !== 11 && version !== 20) return yield* easy.fail("UNSUPPORTED_PROTOCOL", `Unsupported HTTP version (${Math.trunc(version / 10)}.${version % 10}) in response`);
  conn.httpVersion = version;
  answer.status = easy.info.httpCode = Number(major2?.[2] ?? found![4]);
  easy.info.httpVersion = version === 10 ? "1" : "1.1";
  easy.info.fields = [];
  if (easy.resumeFrom > 0 && easy.method === "GET" && answer.status === 416) answer.ignoreBody = true;
  if (version === 10) {
    easy.sawHttp10 = true;
    yield* easy.tell("HTTP 1.0, assume close after body");
    conn.close = true;
  }
  answer.bodyless = (answer.status >= 100 && answer.status < 200) || answer.status === 204 || answer.status === 304;
  if (answer.status === 204 || answer.status === 304) answer.size = 0;
  return "OK";
}

type FieldHandler = (easy: Easy, conn: Connection, answer: Answer, value: string) => Task<CurlCode>;

function* contentLength(easy: Easy, _conn: Connection, answer: Answer, value: string): Task<CurlCode> {
  if (answer.bodyless || easy.config.ignoreContentLength) return "OK";
  const digits = /^\d+/.exec(value);
  if (digits === null) return yield* easy.fail("WEIRD_SERVER_REPLY", "Invalid Content-Length: value");
  const size = Number(digits[0]);
  if (size <= 0x7fff_ffff_ffff_f000) answer.size = size;
  else if (easy.config.maxFileSize > 0) return yield* easy.fail("FILESIZE_EXCEEDED", "Maximum file size exceeded");
  else {
    _conn.close = true;
    yield* easy.tell("Overflow Content-Length: value");
  }
  return "OK";
}

function* connection(easy: Easy, conn: Connection, _answer: Answer, value: string): Task<CurlCode> {
  const tokens = value.toLowerCase().split(/[\s,]+/);
  if (conn.httpVersion === 10 && tokens.includes("keep-alive")) {
    conn.close = false;
    yield* easy.tell("HTTP/1.0 connection set to keep alive");
  } else if (tokens.includes("close")) conn.close = true;
  return "OK";
}

function* proxyConnection(easy: Easy, conn: Connection, _answer: Answer, value: string): Task<CurlCode> {
  if (conn.place.proxy === undefined) return "OK";
  if (conn.httpVersion === 10 && /keep-alive/i.test(value)) {
    conn.close = false;
    yield* easy.tell("HTTP/1.0 proxy connection set to keep alive");
  } else if (conn.httpVersion === 11 && /close/i.test(value)) {
    conn.close = true;
    yield* easy.tell("HTTP/1.1 proxy connection set close");
  }
  return "OK";
}

function* transferEncoding(easy: Easy, conn: Connection, answer: Answer, value: string): Task<CurlCode> {
  if (answer.bodyless) return "OK";
  const codings = value.split(",").map((c) => c.trim().toLowerCase()).filter((c) => c !== "" && c !== "identity");
  const other = codings.find((c) => c !== "chunked");
  if (other !== undefined) answer.badCoding = /^(?:(?:x-)?gzip|deflate|br|zstd)$/.test(other) ? `Transfer-Encoding ${other}: not simulated here` : "Unrecognized content encoding type. libcurl understands deflate, gzip, br, zstd content encodings.";
  if (codings.includes("chunked")) answer.chunked = true;
  else {
    conn.close = true;
    answer.ignoreLength = true;
  }
  return "OK";
}

const FIELDS: Readonly<Record<string, FieldHandler>> = {
  "content-length": contentLength,
  connection,
  "proxy-connection": proxyConnection,
  "transfer-encoding": transferEncoding,
  *"content-type"(easy, _conn, _answer, value) {
    if (value !== "") easy.info.contentType = value;
    return "OK";
  },
  *"retry-after"(easy, _conn, _answer, value) {
    const seconds = /^\d+/.exec(value);
    const date = seconds === null ? parseHttpDate(value) : null;
    easy.info.retryAfterSec = seconds !== null ? Number(seconds[0]) : date === null ? 0 : Math.max(0, date - easy.sys.wallTime().sec);
    return "OK";
  },
  *"content-range"(easy, _conn, answer, value) {
    const digits = /[\d*]+/.exec(value)?.[0];
    if (digits === undefined || digits.startsWith("*")) easy.resumeFrom = 0;
    else if (parseInt(digits, 10) === easy.resumeFrom) answer.contentRange = true;
    return "OK";
  },
  *"last-modified"(easy, _conn, _answer, value) {
    if (easy.config.remoteTime) easy.info.fileTimeSec = parseHttpDate(value) ?? -1;
    return "OK";
  },
  *location(easy, conn, answer, value) {
    if (answer.status < 300 || answer.status >= 400 || value === "") return "OK";
    answer.location = value;
    if (!easy.config.followLocation) return "OK";
    answer.newUrl = value;
    yield* perhapsRewind(easy, conn, answer);
    return "OK";
  },
  *"set-cookie"(easy, conn, _answer, value) {
    yield* setCookie(easy, conn, value);
    return "OK";
  },
};

/** A redirect before the body was sent: the rest is not worth sending. */
function* perhapsRewind(easy: Easy, conn: Connection, answer: Answer): Task<void> {
  if (easy.source === undefined || easy.method === "GET" || easy.method === "HEAD") return;
  const sent = easy.progress.up.bytes;
  if (easy.source.size === undefined || easy.source.size > sent) {
    conn.close = true;
    answer.size = 0;
  }
  if (sent > 0) yield* easy.tell("Please rewind output before next send");
}

function* setCookie(easy: Easy, conn: Connection, value: string): Task<void> {
  const jar = easy.session.cookies;
  if (jar === undefined) return;
  const custom = customHeader(easy.config.headers, "Host")?.slice(5).trim().replace(/:\d+$/, "");
  const host = custom === undefined || custom === "" ? conn.place.host : custom;
  const nowSec = easy.sys.wallTime().sec;
  const cookie = parseSetCookie(value, host, easy.parsed?.path ?? "/", nowSec);
  if (cookie === null) return;
  if ("badDomain" in cookie) {
    yield* easy.tell(`skipped cookie with bad tailmatch domain: ${cookie.badDomain}`);
    return;
  }
  const done = jar.add(cookie, nowSec);
  if (done !== "expired") yield* easy.tell(`${done} cookie ${cookie.name}="${cookie.value}" for domain ${cookie.domain}, path ${cookie.path}, expire ${cookie.expiresSec}`);
}

function* field(easy: Easy, conn: Connection, answer: Answer, line: string): Task<CurlCode> {
  const colon = line.indexOf(":");
  if (answer.lines < 2 || colon <= 0) return "OK";
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  easy.info.fields.push([name, value]);
  const key = name.toLowerCase();
  return Object.hasOwn(FIELDS, key) ? yield* FIELDS[key]!(easy, conn, answer, value) : "OK";
}

/** The blank line: an interim answer makes way for the next, a final one says what follows. */
function* endOfHead(easy: Easy, conn: Connection, answer: Answer, line: string): Task<LineOutcome> {
  const interim = answer.status >= 100 && answer.status < 200 && answer.status !== 101;
  if (interim) {
    answer.lines = 0;
    if (answer.status === 100) answer.mayContinue = true;
  } else {
    answer.inHead = false;
    const unknown = answer.size === -1 && !answer.chunked && !conn.close && conn.httpVersion === 11;
    if (unknown && !easy.config.noBody) {
      yield* easy.tell("no chunk, no close, no size. Assume close to signal end");
      conn.close = true;
    }
    const tooBig = yield* bodySize(easy, answer);
    if (tooBig !== "OK") return tooBig;
  }
  if (!(yield* deliver(easy, answer, line))) return "WRITE_ERROR";
  if (shouldFail(easy, answer)) return yield* easy.fail("HTTP_RETURNED_ERROR", `The requested URL returned error: ${answer.status}`);
  answer.interimBytes = interim ? answer.headBytes : 0;
  if (interim) {
    // An interim answer's blank line is not shown by -v.
    return "OK";
  }
  return "head-done";
}

function* bodySize(easy: Easy, answer: Answer): Task<CurlCode> {
  if (answer.chunked || answer.ignoreLength) answer.size = -1;
  else if (answer.size !== -1) {
    if (easy.config.maxFileSize > 0 && answer.size > easy.config.maxFileSize) return yield* easy.fail("FILESIZE_EXCEEDED", "Maximum file size exceeded");
    easy.progress.down.size = answer.size;
  }
  return "OK";
}

/** --fail: every status from 400 on, but for a resume that asks for what is there already. */
function shouldFail(easy: Easy, answer: Answer): boolean {
  if (!easy.config.fail || answer.status < 400) return false;
  if (easy.resumeFrom > 0 && easy.method === "GET" && answer.status === 416) return false;
  return true;
}
