import { fromLatin1 } from "../../../http/bytes.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import { findServer } from "../listening.ts";
import type { Co } from "../../lib/event-loop.ts";
import { errnoText } from "../log.ts";
import { logError, type Context } from "./context.ts";
import { parseField, parseRequestLine, type Field } from "./parse.ts";
import { parseUri, validHost } from "./uri.ts";

/** Reading a request's head. Answers 0 when all is well, a status to refuse with, or "closed". */
export type HeadResult = number | "closed";

const LF = 10;
/** How much of a line that is too long the log shows. */
const SHOWN = 1748;

/** A line without its end, as soon as it is complete. */
function* readLine(cx: Context, limitBytes: number, deadlineNs: number): Co<string | "timeout" | "closed" | "too-long" | null> {
  const { conn } = cx.r;
  for (;;) {
    const lf = conn.buffer.indexOf(LF);
    if (lf >= 0 && lf < limitBytes) {
      cx.r.requestLength += lf + 1;
      return `=${fromLatin1(conn.use(lf + 1)).replace(/\r?\n$/, "")}`;
    }
    if (lf >= limitBytes || conn.buffer.length >= limitBytes) return "too-long";
    const got = yield* conn.fill(Math.max(1, Math.min(limitBytes - conn.buffer.length, cx.r.srv.clientHeaderBufferSize ?? 1024)), deadlineNs);
    if (got === "timeout") return "timeout";
    if (got !== "data") {
      closedEarly(cx, got);
      return "closed";
    }
  }
}

/** What was going on, for the log. */
const readingLine = (cx: Context, headers = false): string => `while reading client ${headers ? "request headers" : cx.r.pipelined ? "pipelined request line" : "request line"}`;

function closedEarly(cx: Context, got: string): void {
  const reading = readingLine(cx, cx.r.requestLine !== "");
  const text = isErrno(got) ? `recv() failed${errnoText(got)} ${reading}` : `client prematurely closed connection ${reading}`;
  logError(cx, "info", text);
}

export function* readHead(cx: Context): Co<HeadResult> {
  const { r } = cx;
  const deadlineNs = cx.w.sys.nowNs + (r.srv.clientHeaderTimeout ?? 60_000) * 1e6;
  const limit = r.srv.largeHeaderBuffers?.bytes ?? 8192;
  for (;;) {
    const line = yield* readLine(cx, limit, deadlineNs);
    if (line === "timeout") return timedOut(cx);
    if (line === "closed" || line === null) return "closed";
    if (line === "too-long") return tooLong(cx);
    if (line === "=") continue;
    const status = startLine(cx, line.slice(1));
    if (status !== 0) return status;
    break;
  }
  return r.version === 9 ? 0 : yield* readFields(cx, limit, deadlineNs);
}

function timedOut(cx: Context): number {
  logError(cx, "info", `client timed out (110: Connection timed out) ${readingLine(cx, cx.r.method !== "")}`);
  return 408;
}

function tooLong(cx: Context): number {
  cx.r.requestLine = fromLatin1(cx.r.conn.buffer).slice(0, cx.r.srv.largeHeaderBuffers?.bytes ?? 8192);
  logError(cx, "info", `client sent too long URI ${readingLine(cx)}`);
  return 414;
}

function startLine(cx: Context, line: string): number {
  const { r } = cx;
  r.requestLine = line;
  const parsed = parseRequestLine(line);
  if (parsed.is === "bad") {
    if (parsed.old === true) r.version = 9;
    logError(cx, "info", `${parsed.why} ${readingLine(cx)}`);
    return parsed.status;
  }
  r.method = parsed.method;
  r.version = Math.min(parsed.version, 11);
  const uri = parseUri(parsed.target, r.srv.mergeSlashes ?? true);
  if (uri === null) {
    logError(cx, "info", `client sent invalid request ${readingLine(cx)}`);
    return 400;
  }
  r.unparsedUri = parsed.target;
  r.uri = uri.uri;
  r.args = uri.args;
  if (parsed.host === undefined) return 0;
  const host = validHost(parsed.host);
  if (host === null) return 400;
  r.host = host;
  chooseServer(cx);
  return 0;
}

export function chooseServer({ r }: Context): void {
  if (r.host === undefined) return;
  r.srv = findServer(r.addr, r.host);
  r.loc = r.srv.loc;
  for (const { pattern } of r.srv.names) {
    const m = pattern?.regex.exec(r.host);
    if (m !== null && m !== undefined) {
      r.captures = m;
      for (const [name, value] of Object.entries(m.groups ?? {})) r.vars.set(name, value);
    }
  }
}

function* readFields(cx: Context, limit: number, deadlineNs: number): Co<HeadResult> {
  const { r } = cx;
  const fields: Field[] = [];
  r.fields = fields;
  const most = (r.srv.largeHeaderBuffers?.count ?? 4) * limit;
  for (;;) {
    const line = yield* readLine(cx, limit, deadlineNs);
    if (line === "timeout") return timedOut(cx);
    if (line === "closed" || line === null) return "closed";
    if (line === "too-long" || r.requestLength > most) {
      const start = fromLatin1(r.conn.buffer).slice(0, SHOWN);
      logError(cx, "info", `client sent too long header line: "${start}..." while reading client request headers`);
      return 494;
    }
    if (line === "=") return checkFields(cx);
    const status = takeField(cx, fields, line.slice(1));
    if (status !== 0) return status;
  }
}

function takeField(cx: Context, fields: Field[], line: string): number {
  const { r } = cx;
  const parsed = parseField(line, r.srv.underscores ?? false);
  if (parsed.is === "bad") {
    const at = Math.max(0, line.search(/^[^:]*[\x00-\x20\x7f]/) >= 0 ? line.search(/[\x00-\x20\x7f]/) : line.indexOf("\0"));
    const code = line.charCodeAt(at).toString(16).padStart(2, "0");
    logError(cx, "info", `client sent invalid header line: "${line.slice(0, at)}\\x${code}..." while reading client request headers`);
    return 400;
  }
  const { field } = parsed;
  if (parsed.odd && (r.srv.ignoreInvalidHeaders ?? true)) {
    logError(cx, "info", `client sent invalid header line: "${line}" while reading client request headers`);
    return 0;
  }
  if (field.lower !== "host") {
    fields.push(field);
    return 0;
  }
  return takeHost(cx, fields, field);
}

function takeHost(cx: Context, fields: Field[], field: Field): number {
  const { r } = cx;
  if (fields.some((f) => f.lower === "host")) {
    logError(cx, "info", `client sent duplicate host header: "Host: ${field.value}", previous value: "Host: ${r.field("host") ?? ""}" while reading client request headers`);
    return 400;
  }
  fields.push(field);
  const host = validHost(field.value);
  if (host === null) {
    logError(cx, "info", "client sent invalid host header while reading client request headers");
    return 400;
  }
  if (r.host !== undefined) return 0;
  r.host = host;
  chooseServer(cx);
  return 0;
}

/** What the fields say together (ngx_http_process_request_header). */
function checkFields(cx: Context): number {
  const { r } = cx;
  const refuse = (text: string, status = 400): number => {
    logError(cx, "info", `${text} while reading client request headers`);
    return status;
  };
  if (r.version > 10 && r.host === undefined && r.field("host") === undefined) return refuse('client sent HTTP/1.1 request without "Host" header');
  const length = r.field("content-length");
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) return refuse('client sent invalid "Content-Length" header');
    r.contentLength = Number(length);
  }
  const coding = r.field("transfer-encoding");
  if (coding !== undefined) {
    if (r.version < 11) return refuse('client sent HTTP/1.0 request with "Transfer-Encoding" header');
    if (coding.toLowerCase() !== "chunked") return refuse(`client sent unknown "Transfer-Encoding": "${coding}"`, 501);
    if (length !== undefined) return refuse('client sent "Content-Length" and "Transfer-Encoding" headers at the same time');
    r.chunked = true;
  }
  const connection = (r.field("connection") ?? "").toLowerCase();
  r.keepalive = connection.includes("close") ? false : connection.includes("keep-alive") || r.version > 10;
  if (r.method === "TRACE") return refuse("client sent TRACE method", 405);
  return r.method === "CONNECT" ? refuse("client sent CONNECT method", 405) : 0;
}
