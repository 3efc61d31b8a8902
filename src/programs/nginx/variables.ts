import { formatDate } from "../lib/date.ts";
import { dotted } from "./conf/network.ts";
import type { ComputedVar } from "./conf/model.ts";
import { evaluate, type Context } from "./http/context.ts";
import type { Request, UpstreamState } from "./http/request.ts";
import { murmurHash2 } from "./murmur.ts";

/** Values of variables (ngx_http_variables.c); undefined = not found, which logs write as `-`. */
export function readVariable(cx: Context, name: string): string | undefined {
  const { r } = cx;
  if (r.vars.has(name)) return r.vars.get(name);
  const computed = r.http.computed.get(name);
  if (computed !== undefined) {
    const value = compute(cx, computed);
    r.vars.set(name, value);
    return value;
  }
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
  return own === undefined ? byPrefix(cx, name) : own(cx);
}

const fieldName = (name: string): string => name.toLowerCase().replace(/_/g, "-");

function byPrefix(cx: Context, name: string): string | undefined {
  const { r } = cx;
  if (name.startsWith("http_")) return requestField(r, fieldName(name.slice(5)));
  if (name.startsWith("arg_")) return argument(r.args, name.slice(4));
  if (name.startsWith("cookie_")) return cookie(r.field("cookie") ?? "", name.slice(7));
  if (name.startsWith("upstream_http_")) return r.upstreamHeaders.find((f) => f.lower === fieldName(name.slice(14)))?.value;
  if (name.startsWith("sent_http_")) return sentHeader(cx, fieldName(name.slice(10)));
  return undefined;
}

/** The first of that name; but all of the two that are lists. */
function requestField(r: Request, lower: string): string | undefined {
  if (lower !== "cookie" && lower !== "x-forwarded-for") return r.field(lower);
  return joined(r.fields.filter((f) => f.lower === lower).map((f) => f.value), lower === "cookie" ? "; " : ", ");
}

const joined = (values: readonly string[], by: string): string | undefined => (values.length === 0 ? undefined : values.join(by));

function argument(args: string, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = args.split("&").find((a) => a.split("=", 1)[0]?.toLowerCase() === wanted && a.includes("="));
  return found?.slice(found.indexOf("=") + 1);
}

function cookie(header: string, name: string): string | undefined {
  const found = header.split(/[;,]/).map((c) => c.trimStart()).find((c) => c.split("=", 1)[0]?.toLowerCase() === name.toLowerCase() && c.includes("="));
  return found?.slice(found.indexOf("=") + 1);
}

function sentHeader({ r }: Context, name: string): string | undefined {
  const { out } = r;
  switch (name) {
    case "content-type": return out.contentType;
    case "content-length": return out.contentLength >= 0 ? String(out.contentLength) : undefined;
    case "location": return out.location;
    case "connection": return r.keepalive ? "keep-alive" : "close";
    case "transfer-encoding": return out.contentLength < 0 && r.version === 11 ? "chunked" : undefined;
    default: return joined(out.list.filter(([n]) => n.toLowerCase() === name).map(([, v]) => v), ", ");
  }
}

/** MurmurHash2 of the key, as a share of 2^32. */
function compute(cx: Context, v: ComputedVar): string {
  if (v.is === "geo") return geo(cx, v);
  const key = evaluate(cx, v.source);
  if (v.is === "split") return split(v, key);
  const lower = key.toLowerCase();
  const exact = v.exact.get(lower) ?? v.heads.find(([s]) => lower.endsWith(s))?.[1] ?? v.tails.find(([p]) => lower.startsWith(p))?.[1];
  if (exact !== undefined) return evaluate(cx, exact);
  for (const [pattern, value] of v.patterns) {
    const m = pattern.regex.exec(key);
    if (m === null) continue;
    cx.r.captures = m;
    setNamed(cx, m);
    return evaluate(cx, value);
  }
  return evaluate(cx, v.fallback);
}

/** Named captures become variables. */
export function setNamed({ r }: Context, m: RegExpExecArray): void {
  for (const [name, value] of Object.entries(m.groups ?? {})) r.vars.set(name, value);
}

function split(v: Extract<ComputedVar, { is: "split" }>, key: string): string {
  const hash = murmurHash2(key);
  let edge = 0;
  for (const part of v.parts) {
    edge += part.share;
    if (part.share === 0 || hash < Math.floor((edge * 0xffffffff) / 10_000)) return part.value;
  }
  return "";
}

function geo(cx: Context, v: Extract<ComputedVar, { is: "geo" }>): string {
  const text = readVariable(cx, v.source) ?? "";
  const m = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (m === null) return v.fallback;
  const addr = m.slice(1).reduce((n, part) => n * 256 + Number(part), 0);
  const hits = v.nets.filter((n) => (addr & n.mask) >>> 0 === n.addr >>> 0).sort((a, b) => (b.mask >>> 0) - (a.mask >>> 0));
  return hits[0]?.value ?? v.fallback;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** `a, b` over all upstreams that were tried. */
const ofUpstreams = (cx: Context, text: (s: UpstreamState) => string): string | undefined => joined(cx.r.upstreams.map(text), ", ");
const upstreamTime = (ms: number): string => (Number.isNaN(ms) ? "-" : seconds(ms));

const now = (cx: Context): ReturnType<Context["w"]["sys"]["wallTime"]> => cx.w.sys.wallTime();

function requestFile(cx: Context): string {
  const { path, alias } = cx.r.v.root;
  const root = evaluate(cx, path);
  return alias && cx.r.loc.kind !== "regex" ? root + cx.r.uri.slice(cx.r.loc.name.length) : alias ? root : root + cx.r.uri;
}

export const forwardedFor = (cx: Context): string => {
  const before = cx.r.fields.filter((f) => f.lower === "x-forwarded-for").map((f) => f.value);
  return [...before, dotted(cx.r.conn.peer.addr)].join(", ");
};

const OWN: Readonly<Record<string, (cx: Context) => string | undefined>> = {
  args: ({ r }) => r.args === "" ? undefined : r.args, query_string: ({ r }) => r.args === "" ? undefined : r.args, is_args: ({ r }) => (r.args === "" ? "" : "?"),
  uri: ({ r }) => r.uri, document_uri: ({ r }) => r.uri, request_uri: ({ r }) => r.unparsedUri, request: ({ r }) => r.requestLine, request_method: ({ r }) => r.method === "" ? undefined : r.method,
  host: ({ r }) => r.host ?? r.srv.serverName, http_host: ({ r }) => r.field("host"), hostname: (cx) => cx.w.sys.hostname(),
  scheme: () => "http", https: () => "", nginx_version: () => "1.22.1", pid: (cx) => String(cx.w.sys.pid), pipe: () => ".",
  server_name: ({ r }) => r.srv.serverName, server_port: ({ r }) => String(r.conn.local.port), server_addr: ({ r }) => dotted(r.conn.local.addr),
  server_protocol: ({ r }) => (r.version === 9 ? "HTTP/0.9" : r.version === 10 ? "HTTP/1.0" : "HTTP/1.1"),
  remote_addr: ({ r }) => dotted(r.conn.peer.addr), remote_port: ({ r }) => String(r.conn.peer.port), remote_user: ({ r }) => r.user,
  binary_remote_addr: ({ r }) => String.fromCharCode(...[24, 16, 8, 0].map((s) => (r.conn.peer.addr >>> s) & 255)),
  connection: ({ r }) => String(r.connection), connection_requests: ({ r }) => String(r.number), connection_time: (cx) => seconds(Math.floor((cx.w.sys.nowNs - cx.r.startNs) / 1e6)),
  content_length: ({ r }) => r.field("content-length"), content_type: ({ r }) => r.field("content-type"),
  document_root: (cx) => evaluate(cx, cx.r.v.root.path), realpath_root: (cx) => evaluate(cx, cx.r.v.root.path), request_filename: requestFile,
  status: ({ r }) => String(r.errStatus > 0 ? r.errStatus : r.out.status > 0 ? r.out.status : r.version === 9 ? 9 : 0).padStart(3, "0"),
  bytes_sent: ({ r }) => String(r.sentBytes), body_bytes_sent: ({ r }) => String(Math.max(0, r.sentBytes - r.headerBytes)),
  request_length: ({ r }) => String(r.requestLength), request_time: (cx) => seconds(Math.floor((cx.w.sys.nowNs - cx.r.startNs) / 1e6)),
  request_completion: ({ r }) => (r.complete ? "OK" : ""), request_body: ({ r }) => r.body === undefined ? undefined : String.fromCharCode(...r.body),
  request_id: (cx) => requestId(cx), limit_rate: () => "0", limit_req_status: ({ r }) => r.limitReqStatus, limit_conn_status: ({ r }) => r.limitConnStatus,
  msec: (cx) => `${now(cx).sec}.${String(Math.floor(now(cx).nsec / 1e6)).padStart(3, "0")}`,
  time_local: (cx) => formatDate("%d/%b/%Y:%H:%M:%S +0000", now(cx)), time_iso8601: (cx) => formatDate("%Y-%m-%dT%H:%M:%S+00:00", now(cx)),
  date_local: (cx) => formatDate("%A, %d-%b-%Y %H:%M:%S UTC", now(cx)), date_gmt: (cx) => formatDate("%A, %d-%b-%Y %H:%M:%S GMT", now(cx)),
  proxy_host: ({ r }) => r.upstreamHost, proxy_port: ({ r }) => r.upstreamPort, proxy_add_x_forwarded_for: forwardedFor,
  upstream_addr: (cx) => ofUpstreams(cx, (s) => s.peer), upstream_status: (cx) => ofUpstreams(cx, (s) => (s.status > 0 ? String(s.status) : "-")),
  upstream_response_time: (cx) => ofUpstreams(cx, (s) => upstreamTime(s.responseMs)), upstream_connect_time: (cx) => ofUpstreams(cx, (s) => upstreamTime(s.connectMs)),
  upstream_header_time: (cx) => ofUpstreams(cx, (s) => upstreamTime(s.headerMs)), upstream_response_length: (cx) => ofUpstreams(cx, (s) => String(s.responseBytes)),
  upstream_bytes_received: (cx) => ofUpstreams(cx, (s) => String(s.bytesReceived)), upstream_bytes_sent: (cx) => ofUpstreams(cx, (s) => String(s.bytesSent)),
  connections_active: ({ w }) => String(w.connections), connections_reading: ({ w }) => String(w.counters.reading), connections_writing: ({ w }) => String(w.counters.writing), connections_waiting: ({ w }) => String(w.counters.waiting),
};

function requestId(cx: Context): string {
  const known = cx.r.vars.get(" id");
  const id = known ?? Array.from({ length: 4 }, () => cx.w.sys.random().toString(16).padStart(8, "0")).join("");
  cx.r.vars.set(" id", id);
  return id;
}

