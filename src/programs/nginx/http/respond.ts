import { encodeChunk, lastChunk } from "../../../http/body.ts";
import { concatBytes, latin1 } from "../../../http/bytes.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import { formatDate } from "../../lib/date.ts";
import { errnoText } from "../log.ts";
import { sleepUntil, type Co } from "../../lib/event-loop.ts";
import { parseSize } from "../conf/values.ts";
import { evaluate, logError, type Context } from "./context.ts";
import { headerFilters } from "./filters.ts";
import { statusText } from "./status.ts";

/** Sending the answer: its head, then its body, gathered until there is enough to be worth a segment. */

export const httpDate = (sec: number): string => formatDate("%a, %d %b %Y %H:%M:%S GMT", { sec, nsec: 0 });

interface Sender {
  pending: Uint8Array[];
  pendingBytes: number;
  chunked: boolean;
  failed: boolean;
  limitRate: number;
  readonly startNs: number;
}

const senders = new WeakMap<object, Sender>();

function senderOf(cx: Context): Sender {
  const known = senders.get(cx.r);
  if (known !== undefined) return known;
  const made: Sender = { pending: [], pendingBytes: 0, chunked: false, failed: false, limitRate: 0, startNs: cx.w.sys.nowNs };
  senders.set(cx.r, made);
  return made;
}

/** Builds the head, after what the headers of the request and of the configuration change about it. `hasBody` false = it is all. */
export function* sendHeader(cx: Context, last = false): Co<void> {
  const { r } = cx;
  if (r.headerSent) return;
  r.headerSent = true;
  if (r.errStatus > 0) {
    r.out.status = r.errStatus;
    r.out.statusLine = undefined;
  }
  headerFilters(cx);
  if (r.method === "HEAD") r.headerOnly = true;
  if (r.version === 9) return;
  const head = latin1(headText(cx));
  r.headerBytes = head.length;
  yield* push(cx, head, last || r.headerOnly);
}

function headText(cx: Context): string {
  const { r } = cx;
  const { out } = r;
  const s = senderOf(cx);
  const empty = out.status === 204;
  if (empty || out.status === 304) r.headerOnly = true;
  const lines = [`HTTP/1.1 ${out.statusLine ?? statusText(out.status)}`];
  const add = (name: string, value: string | undefined): void => void (value === undefined || lines.push(`${name}: ${value}`));
  if (!out.noServer) add("Server", r.v.serverTokens === "off" ? "nginx" : "nginx/1.22.1");
  if (!out.noDate) add("Date", httpDate(cx.w.sys.wallTime().sec));
  if (!empty) add("Content-Type", out.contentType);
  if (!empty && out.contentLength >= 0) add("Content-Length", String(out.contentLength));
  add("Last-Modified", out.lastModifiedText ?? (out.lastModifiedSec === undefined ? undefined : httpDate(out.lastModifiedSec)));
  // Only a path gets its place here; a whole URL stands where it was put, among the others.
  const ours = out.location?.startsWith("/") === true && r.v.absoluteRedirect;
  if (ours) add("Location", absolute(cx, out.location ?? ""));
  else if (out.location !== undefined) out.list.unshift(["Location", out.location]);
  const unknown = out.contentLength < 0 && !r.headerOnly && r.method !== "HEAD";
  s.chunked = unknown && r.version >= 11 && r.v.chunked;
  if (s.chunked) lines.push("Transfer-Encoding: chunked");
  else if (unknown) r.keepalive = false;
  lines.push(`Connection: ${r.keepalive ? "keep-alive" : "close"}`);
  if (r.keepalive && r.v.keepaliveHeader > 0) lines.push(`Keep-Alive: timeout=${r.v.keepaliveHeader}`);
  for (const [name, value] of out.list) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A Location that is only a path gets this server's name in front. */
function absolute({ r }: Context, location: string): string {
  const name = r.v.serverNameInRedirect ? r.srv.serverName : r.host ?? r.srv.serverName;
  const host = name === "" ? r.conn.local.addr === 0 ? "" : dottedLocal(r.conn.local.addr) : name;
  const { port } = r.conn.local;
  return `http://${host}${r.v.portInRedirect && port !== 80 ? `:${port}` : ""}${location}`;
}

const dottedLocal = (a: number): string => [a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255].join(".");

/** A piece of the body. `flush`: do not wait for more; `last`: the end. */
export function* sendBody(cx: Context, data: Uint8Array, how: "more" | "flush" | "last"): Co<boolean> {
  const { r } = cx;
  const s = senderOf(cx);
  if (r.headerOnly) return !s.failed;
  const framed = s.chunked ? concatBytes([encodeChunk(data), ...(how === "last" ? [lastChunk()] : [])]) : data;
  yield* push(cx, framed, how !== "more");
  return !s.failed;
}

/** Sends when there is enough (postpone_output), or at once. */
function* push(cx: Context, data: Uint8Array, now: boolean): Co<void> {
  const s = senderOf(cx);
  if (data.length > 0) s.pending.push(data);
  s.pendingBytes += data.length;
  if (s.failed || s.pendingBytes === 0 || (!now && s.pendingBytes < cx.r.v.postponeOutput)) return;
  const all = concatBytes(s.pending);
  s.pending = [];
  s.pendingBytes = 0;
  yield* transmit(cx, s, all);
}

function* transmit(cx: Context, s: Sender, all: Uint8Array): Co<void> {
  const { r } = cx;
  const rate = r.v.limitRate === undefined ? 0 : parseSize(evaluate(cx, r.v.limitRate)) ?? 0;
  for (let at = 0; at < all.length; ) {
    const room = rate === 0 ? all.length : yield* allowance(cx, s, rate);
    const part = all.subarray(at, at + room);
    const sent = yield* r.conn.send(part, r.v.sendTimeout);
    if (sent === "sent") {
      at += part.length;
      r.sentBytes += part.length;
      continue;
    }
    s.failed = true;
    r.dropped = true;
    if (sent === "timeout") logError(cx, "info", "client timed out (110: Connection timed out) while sending response to client");
    else if (isErrno(sent)) logError(cx, "info", `writev() failed${errnoText(sent)} while sending to client`);
    return;
  }
}

/** limit_rate: so many bytes may have gone by now; waits until it is at least one. */
function* allowance(cx: Context, s: Sender, rate: number): Co<number> {
  for (;;) {
    const seconds = Math.floor((cx.w.sys.nowNs - s.startNs) / 1e9) + 1;
    const room = rate * seconds + cx.r.v.limitRateAfter - cx.r.sentBytes;
    if (room > 0) return room;
    yield* sleepUntil(cx.w.sys.nowNs + (-room * 1e9) / rate + 1_000_000);
  }
}

/** All of a small answer: head and body in one write. */
export function* sendWhole(cx: Context, body: Uint8Array): Co<void> {
  cx.r.out.contentLength = body.length;
  yield* sendHeader(cx, body.length === 0);
  if (body.length > 0 && !cx.r.headerOnly) yield* sendBody(cx, body, "last");
}

export const responseFailed = (cx: Context): boolean => senderOf(cx).failed;
