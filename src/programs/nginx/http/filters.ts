import { formatDate } from "../../lib/date.ts";
import { parseHttpDate } from "../../lib/http-date.ts";
import { evaluate, type Context } from "./context.ts";
import type { Request } from "./request.ts";

/** Header filters: conditional requests, ranges are elsewhere; expires and add_header. */

/** Applied once, right before the head is written. */
export function headerFilters(cx: Context): void {
  const { out } = cx.r;
  if (out.status !== 200 && out.status !== 206 && out.status !== 304) out.lastModifiedSec = undefined;
  expires(cx);
  addHeaders(cx);
  if (out.contentRange !== undefined) out.list.push(["Content-Range", out.contentRange]);
  if (out.acceptRanges && out.status === 200) out.list.push(["Accept-Ranges", "bytes"]);
}

/** ngx_http_not_modified_filter: 304 (true) and 412 for a file. */
export function isNotModified(r: Request): boolean | 412 {
  if (r.errStatus > 0) return false;
  const unmodified = r.field("if-unmodified-since");
  if (unmodified !== undefined && r.out.lastModifiedSec !== undefined && failsUnmodified(r, unmodified)) return 412;
  const match = r.field("if-match");
  if (match !== undefined && !etagMatches(match, r.out.etag, false)) return 412;
  const since = r.field("if-modified-since");
  const none = r.field("if-none-match");
  if (since === undefined && none === undefined) return false;
  if (since !== undefined && isModified(r, since)) return false;
  return none === undefined || etagMatches(none, r.out.etag, true);
}

function failsUnmodified(r: Request, text: string): boolean {
  const limit = parseHttpDate(text);
  return limit === null || (r.out.lastModifiedSec ?? 0) > limit;
}

function isModified(r: Request, text: string): boolean {
  const { lastModifiedSec } = r.out;
  if (lastModifiedSec === undefined || r.v.ifModifiedSince === "off") return true;
  const since = parseHttpDate(text);
  if (since === lastModifiedSec) return false;
  return r.v.ifModifiedSince === "exact" || since === null || since < lastModifiedSec;
}

function etagMatches(list: string, etag: string | undefined, weak: boolean): boolean {
  if (list.trim() === "*") return true;
  if (etag === undefined) return false;
  const bare = (e: string): string => (weak ? e.replace(/^W\//, "") : e);
  return list.split(",").some((e) => bare(e.trim()) === bare(etag));
}

const WITH_HEADERS = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

function addHeaders(cx: Context): void {
  const { r } = cx;
  for (const { name, value, always } of r.v.addHeaders) {
    if (!always && !WITH_HEADERS.has(r.out.status)) continue;
    const text = evaluate(cx, value);
    if (text !== "") setHeader(r, name, text);
  }
}

function setHeader(r: Request, name: string, text: string): void {
  const lower = name.toLowerCase();
  if (lower === "last-modified") r.out.lastModifiedText = text;
  else if (lower === "etag") {
    r.out.list = r.out.list.filter(([n]) => n !== "ETag");
    r.out.list.push(["ETag", text]);
  } else r.out.list.push([name, text]);
}

const httpDate = (sec: number): string => formatDate("%a, %d %b %Y %H:%M:%S GMT", { sec, nsec: 0 });

function expires(cx: Context): void {
  const { r } = cx;
  const { is, sec } = r.v.expires;
  if (is === "off" || !WITH_HEADERS.has(r.out.status)) return;
  const now = cx.w.sys.wallTime().sec;
  if (is === "epoch") return void r.out.list.push(["Expires", "Thu, 01 Jan 1970 00:00:01 GMT"], ["Cache-Control", "no-cache"]);
  if (is === "max") return void r.out.list.push(["Expires", "Thu, 31 Dec 2037 23:55:55 GMT"], ["Cache-Control", "max-age=315360000"]);
  const base = is === "modified" ? r.out.lastModifiedSec ?? now : now;
  const at = is === "daily" ? nextTime(now, sec) : base + sec;
  const age = at - now;
  r.out.list.push(["Expires", httpDate(at)], ["Cache-Control", age < 0 ? "no-cache" : `max-age=${age}`]);
}

function nextTime(now: number, ofDay: number): number {
  const at = now - (now % 86_400) + ofDay;
  return at > now ? at : at + 86_400;
}
