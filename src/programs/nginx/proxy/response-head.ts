import { fromLatin1 } from "../../../http/bytes.ts";
import type { ProxyTarget, RedirectRule } from "../conf/model.ts";
import { evaluate, type Context } from "../http/context.ts";
import type { Field } from "../http/parse.ts";
import { parseField } from "../http/parse.ts";

/** The head of an upstream's answer: reading it, and what of it goes on to the client. */

export interface UpstreamHead {
  readonly status: number;
  /** `200 OK`, as it was sent. */
  readonly statusLine: string;
  readonly version: number;
  readonly fields: readonly Field[];
  /** Bytes of the head. */
  readonly bytes: number;
}

export type HeadParse = UpstreamHead | { readonly is: "more" } | { readonly is: "old" } | { readonly is: "invalid"; readonly why: string };

/** Looks for a whole head in what has come. "old" = no status line: an answer of HTTP/0.9. */
export function parseHead(buffer: Uint8Array): HeadParse {
  const text = fromLatin1(buffer);
  const firstEnd = text.indexOf("\n");
  if (!"HTTP/".startsWith(text.slice(0, 5)) && !text.startsWith("HTTP/")) return { is: "old" };
  if (firstEnd < 0) return { is: "more" };
  const m = /^HTTP\/(\d+)\.(\d+) (\d{3})( [^\r\n]*)?\r?$/.exec(text.slice(0, firstEnd));
  if (m === null) return { is: "old" };
  const end = /\r?\n\r?\n/.exec(text.slice(firstEnd === 0 ? 0 : firstEnd - 1));
  if (end === null) return { is: "more" };
  const bytes = Math.max(0, firstEnd - 1) + end.index + end[0].length;
  return readFields(text.slice(firstEnd + 1, bytes), { status: Number(m[3]), statusLine: `${m[3]}${m[4] ?? ""}`, version: Number(m[1]) * 10 + Number(m[2]), bytes });
}

function readFields(text: string, head: Omit<UpstreamHead, "fields">): HeadParse {
  const fields: Field[] = [];
  for (const line of text.split("\n").map((l) => l.replace(/\r$/, "")).filter((l) => l !== "")) {
    const parsed = parseField(line, true);
    if (parsed.is === "bad") return { is: "invalid", why: line };
    fields.push(parsed.field);
  }
  return { ...head, fields };
}

export const headField = (head: UpstreamHead, name: string): string | undefined => head.fields.find((f) => f.lower === name)?.value;

const HIDDEN = new Set(["date", "server", "x-pad", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate", "x-accel-buffering", "x-accel-charset"]);
const NEVER = new Set(["connection", "keep-alive", "transfer-encoding", "status", "content-length", "content-type", "location"]);

/** Copies the head to the client's answer (ngx_http_upstream_process_headers). */
export function copyHead(cx: Context, head: UpstreamHead, target: ProxyTarget): void {
  const { r } = cx;
  const { out, v } = r;
  out.status = head.status;
  out.statusLine = head.statusLine;
  const length = headField(head, "content-length");
  const chunked = headField(head, "transfer-encoding")?.toLowerCase().includes("chunked") === true;
  out.contentLength = length !== undefined && /^\d+$/.test(length) && !chunked ? Number(length) : -1;
  out.contentType = headField(head, "content-type");
  out.noServer = v.proxyPassHeaders.includes("server") && headField(head, "server") !== undefined;
  out.noDate = v.proxyPassHeaders.includes("date") && headField(head, "date") !== undefined;
  for (const field of head.fields) copyField(cx, field, target);
}

function copyField(cx: Context, { name, lower, value }: Field, target: ProxyTarget): void {
  const { out, v } = cx.r;
  if (v.proxyHideHeaders.includes(lower)) {
    if (lower === "content-type") out.contentType = undefined;
    return;
  }
  if (lower === "location") {
    const changed = redirected(cx, value, target);
    if (changed === undefined || !changed.startsWith("/")) out.list.push([name, changed ?? value]);
    else out.location = changed;
    return;
  }
  if (NEVER.has(lower) || (HIDDEN.has(lower) && !v.proxyPassHeaders.includes(lower))) return;
  out.list.push([name, lower === "refresh" ? refreshed(cx, value, target) : value]);
}

function refreshed(cx: Context, value: string, target: ProxyTarget): string {
  const m = /^(.*?url=)(.*)$/i.exec(value);
  const changed = m === null ? undefined : redirected(cx, m[2] ?? "", target);
  return changed === undefined ? value : `${m?.[1]}${changed}`;
}

/** proxy_redirect: the upstream's own name in a Location becomes ours. undefined = no rule fits. */
function redirected(cx: Context, location: string, target: ProxyTarget): string | undefined {
  const rules = cx.r.v.proxyRedirects;
  if (rules === undefined) return undefined;
  if (rules === "default") return byDefault(location, target);
  for (const rule of rules) {
    const changed = byRule(cx, location, rule);
    if (changed !== undefined) return changed;
  }
  return undefined;
}

function byDefault(location: string, target: ProxyTarget): string | undefined {
  if (target.script !== undefined) return undefined;
  const from = `${target.schema}${target.hostPort}${target.uri ?? "/"}`;
  if (!location.startsWith(from)) return undefined;
  return (target.uri === undefined ? "/" : target.location) + location.slice(from.length);
}

function byRule(cx: Context, location: string, { from, to }: RedirectRule): string | undefined {
  if (typeof from === "string") return location.startsWith(from) ? evaluate(cx, to) + location.slice(from.length) : undefined;
  const m = from.regex.exec(location);
  if (m === null) return undefined;
  cx.r.captures = m;
  return evaluate(cx, to);
}
