import type { NamedScript, ProxyTarget } from "../conf/model.ts";
import { evaluate, type Context } from "../http/context.ts";
import { escapeUri } from "../http/uri.ts";

/** What is sent to the upstream (ngx_http_proxy_create_request). */

/** Fields that nginx sets itself unless told otherwise; "" = leaves out. */
const DEFAULT_FIELDS: readonly (readonly [name: string, value: "host" | "close" | "length" | ""])[] = [
  ["Host", "host"], ["Connection", "close"], ["Content-Length", "length"], ["Transfer-Encoding", ""], ["TE", ""], ["Keep-Alive", ""], ["Expect", ""], ["Upgrade", ""],
];

/** The URI: as it came, or with the location's part replaced, or what the variables say. */
export function upstreamUri({ r }: Context, target: ProxyTarget): string {
  if (target.script !== undefined && target.uri !== undefined) return target.uri;
  if (target.uri === undefined && r.validUnparsedUri) return r.unparsedUri;
  const skip = r.validLocation && target.uri !== undefined ? Math.min(target.location.length, r.uri.length) : 0;
  const rest = r.uri.slice(skip);
  return `${r.validLocation ? target.uri ?? "" : ""}${r.internal || /%/.test(r.unparsedUri) ? escapeUri(rest) : rest}${r.args === "" ? "" : `?${r.args}`}`;
}

export interface UpstreamRequest {
  /** Head, one character a byte. */
  readonly head: string;
  readonly body: Uint8Array;
}

export function buildRequest(cx: Context, target: ProxyTarget, uri: string): UpstreamRequest {
  const { r } = cx;
  const { v } = r;
  const body = v.proxySetBody === undefined ? (v.proxyPassRequestBody ? r.body ?? new Uint8Array(0) : new Uint8Array(0)) : bytesOf(evaluate(cx, v.proxySetBody));
  const hasBody = body.length > 0 || r.contentLength >= 0 || r.chunked;
  const method = v.proxyMethod === undefined ? r.method : evaluate(cx, v.proxyMethod);
  const lines = [`${method} ${uri} HTTP/1.${v.proxyHttpVersion === 11 ? 1 : 0}`];
  for (const [name, value] of setFields(cx, target, hasBody ? String(body.length) : "")) if (value !== "") lines.push(`${name}: ${value}`);
  const replaced = new Set([...v.proxySetHeaders.map((h) => h.name.toLowerCase()), ...DEFAULT_FIELDS.map(([name]) => name.toLowerCase())]);
  if (v.proxyPassRequestHeaders) for (const f of r.fields) if (!replaced.has(f.lower)) lines.push(`${f.name}: ${f.value}`);
  return { head: `${lines.join("\r\n")}\r\n\r\n`, body };
}

/** proxy_set_header first, then the defaults that it does not name. */
function setFields(cx: Context, target: ProxyTarget, length: string): [string, string][] {
  const own = cx.r.v.proxySetHeaders;
  const values = { host: target.hostHeader, close: "close", length, "": "" };
  const rest = DEFAULT_FIELDS.filter(([name]) => !own.some((h) => h.name.toLowerCase() === name.toLowerCase()));
  return [...own.map((h: NamedScript): [string, string] => [h.name, evaluate(cx, h.value)]), ...rest.map(([name, value]): [string, string] => [name, values[value]])];
}

function bytesOf(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}
