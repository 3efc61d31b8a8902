import type { Task } from "../../os/sys.ts";
import type { Connection } from "./connection.ts";
import { cookieHeader } from "./cookies.ts";
import type { Easy } from "./easy.ts";
import { urlText, type CurlUrl } from "./url.ts";

export const DEFAULT_AGENT = "curl/7.88.1";
/** Bodies above this are announced with Expect: 100-continue. */
const EXPECT_BYTES = 1024 * 1024;

/** A head ready to be sent, and how the body follows. */
export interface BuiltRequest {
  readonly head: string;
  readonly method: string;
  /** Body size; undefined = chunked. */
  readonly bodyBytes: number | undefined;
  readonly chunked: boolean;
  readonly expect100: boolean;
}

/** A header of -H, by name: the whole line, also when it only removes (`Name:`) or is empty (`Name;`). */
export function customHeader(headers: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find((h) => h.toLowerCase().startsWith(wanted) && /^[:;]/.test(h.slice(name.length)));
}

const valueOf = (header: string): string => header.slice(header.search(/[:;]/) + 1).trim();

const toBase64 = (text: string): string => {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const n = (text.charCodeAt(i) << 16) | ((text.charCodeAt(i + 1) || 0) << 8) | (text.charCodeAt(i + 2) || 0);
    const four = [18, 12, 6, 0].map((shift) => digits[(n >> shift) & 63] ?? "").join("");
    out += text.length - i >= 3 ? four : four.slice(0, text.length - i + 1).padEnd(4, "=");
  }
  return out;
};

/** Builds one request, field for field in curl's order. `source` is what will be sent as the body. */
export function* buildRequest(easy: Easy, conn: Connection, url: CurlUrl): Task<BuiltRequest> {
  const { config } = easy;
  const has = (name: string): boolean => customHeader(config.headers, name) !== undefined;
  const http10 = config.httpVersion === "1.0" || (config.httpVersion === undefined && easy.sawHttp10);
  const method = methodText(easy);
  const body = bodyPlan(easy, http10);
  const proxied = conn.place.proxy !== undefined;
  const fields = [
    hostField(easy, conn, url), proxied ? yield* proxyAuthField(easy, conn) : "", yield* authField(easy), rangeField(easy, body.size),
    userAgentField(easy), has("Accept") ? "" : "Accept: */*\r\n",
    easy.referer !== undefined && !has("Referer") ? `Referer: ${easy.referer}\r\n` : "",
    proxied && !has("Proxy-Connection") && customHeader(config.proxyHeaders, "Proxy-Connection") === undefined ? "Proxy-Connection: Keep-Alive\r\n" : "",
    body.chunked && !has("Transfer-Encoding") ? "Transfer-Encoding: chunked\r\n" : "",
    config.httpVersion === "2" && !proxied ? H2C_UPGRADE : "",
    yield* cookieField(easy, conn, url), customFields(easy, conn), body.fields,
  ];
  const target = requestTarget(easy, conn, url);
  return { head: `${method} ${target} HTTP/${http10 ? "1.0" : "1.1"}\r\n${fields.join("")}\r\n`, method, bodyBytes: body.chunked ? undefined : body.size, chunked: body.chunked, expect100: body.expect };
}

/** What curl offers so that a server may go on with HTTP/2 over the same connection; no server here does. */
const H2C_UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";

function methodText(easy: Easy): string {
  if (easy.config.customRequest !== undefined) return easy.config.customRequest;
  if (easy.config.noBody) return "HEAD";
  return easy.method === "FORM" ? "POST" : easy.method;
}

function requestTarget(easy: Easy, conn: Connection, url: CurlUrl): string {
  if (easy.config.requestTarget !== undefined) return easy.config.requestTarget;
  if (conn.place.proxy !== undefined) return urlText(url, false, false);
  return `${url.path}${url.query === undefined ? "" : `?${url.query}`}`;
}

function hostField(easy: Easy, conn: Connection, url: CurlUrl): string {
  const own = customHeader(easy.config.headers, "Host");
  const { place } = conn;
  if (own !== undefined && (!easy.isFollow || easy.firstHost?.name.toLowerCase() === place.host.toLowerCase())) {
    return own === "Host:" ? "" : `Host:${own.slice(5)}\r\n`;
  }
  const isDefault = place.port === (url.scheme === "https" ? 443 : 80);
  return `Host: ${place.host}${isDefault ? "" : `:${place.port}`}\r\n`;
}

function* proxyAuthField(easy: Easy, conn: Connection): Task<string> {
  const { user, password } = conn.place.proxy!;
  if (user === undefined) return "";
  yield* easy.tell(`Proxy auth using Basic with user '${user}'`);
  return `Proxy-Authorization: Basic ${toBase64(`${user}:${password ?? ""}`)}\r\n`;
}

/** Credentials go to the host they were given for, and to no other. */
export function authAllowed(easy: Easy, conn: Connection): boolean {
  if (!easy.isFollow || easy.config.unrestrictedAuth) return true;
  return easy.firstHost?.name.toLowerCase() === conn.place.host.toLowerCase() && easy.firstHost.port === conn.place.port;
}

function* authField(easy: Easy): Task<string> {
  if (customHeader(easy.config.headers, "Authorization") !== undefined) return "";
  if (easy.conn === undefined || !authAllowed(easy, easy.conn)) return "";
  if (easy.config.bearer !== undefined) {
    yield* easy.tell(`Server auth using Bearer with user '${easy.user ?? ""}'`);
    return `Authorization: Bearer ${easy.config.bearer}\r\n`;
  }
  if (easy.user === undefined) return "";
  yield* easy.tell(`Server auth using Basic with user '${easy.user}'`);
  return `Authorization: Basic ${toBase64(`${easy.user}:${easy.password ?? ""}`)}\r\n`;
}

function rangeField(easy: Easy, bodySize: number | undefined): string {
  const { config } = easy;
  const range = easy.resumeFrom > 0 ? `${easy.resumeFrom}-` : config.range;
  if (range === undefined) return "";
  if ((easy.method === "GET" || easy.method === "HEAD") && customHeader(config.headers, "Range") === undefined) return `Range: bytes=${range}\r\n`;
  if ((easy.method === "POST" || easy.method === "PUT") && customHeader(config.headers, "Content-Range") === undefined) {
    const size = bodySize ?? -1;
    return easy.resumeFrom > 0 ? `Content-Range: bytes ${range}${easy.resumeFrom + size - 1}/${easy.resumeFrom + size}\r\n` : `Content-Range: bytes ${range}/${size}\r\n`;
  }
  return "";
}

function userAgentField(easy: Easy): string {
  if (customHeader(easy.config.headers, "User-Agent") !== undefined) return "";
  const agent = easy.config.userAgent ?? DEFAULT_AGENT;
  return agent === "" ? "" : `User-Agent: ${agent}\r\n`;
}

function* cookieField(easy: Easy, conn: Connection, url: CurlUrl): Task<string> {
  const own = authAllowed(easy, conn) && customHeader(easy.config.headers, "Cookie") === undefined ? easy.config.cookies : [];
  if (customHeader(easy.config.headers, "Cookie") !== undefined) return "";
  const custom = customHeader(easy.config.headers, "Host");
  const host = custom === undefined ? conn.place.host : valueOf(custom).replace(/:\d+$/, "");
  const stored = cookieHeader(easy.session.cookies, host, url.path, easy.sys.wallTime().sec);
  const all = own.length > 0 ? [...stored, own.join(";")] : stored;
  return all.length === 0 ? "" : `Cookie: ${all.join("; ")}\r\n`;
}

/** -H lines, without those that were used elsewhere or only remove. */
function customFields(easy: Easy, conn: Connection): string {
  const { config } = easy;
  const lists = conn.place.proxy === undefined ? [config.headers] : [config.headers, config.proxyHeaders];
  const hostSent = hostField(easy, conn, easy.parsed!) !== "";
  return lists.flat().map((header) => {
    const line = customLine(header);
    if (line === null) return "";
    if (hostSent && /^host:/i.test(line)) return "";
    if (easy.method === "FORM" && /^content-type:/i.test(line)) return "";
    if (/^(?:authorization|cookie):/i.test(line) && !authAllowed(easy, conn)) return "";
    return `${line}\r\n`;
  }).join("");
}

/** `Name: value` as it is, `Name;` as an empty field, `Name:` nothing. */
function customLine(header: string): string | null {
  const colon = header.indexOf(":");
  if (colon < 0) return /^[^;]+;\s*$/.test(header) ? header.replace(/;\s*$/, ":") : null;
  return colon > 0 && header.slice(colon + 1).trim() !== "" ? header : null;
}

interface BodyPlan {
  readonly size: number | undefined;
  readonly chunked: boolean;
  readonly expect: boolean;
  readonly fields: string;
}

function bodyPlan(easy: Easy, http10: boolean): BodyPlan {
  const { method, source, config } = easy;
  const none: BodyPlan = { size: 0, chunked: false, expect: false, fields: "" };
  if (source === undefined || method === "GET" || method === "HEAD") return none;
  const wantsChunked = customHeader(config.headers, "Transfer-Encoding");
  const chunked = wantsChunked !== undefined ? /chunked/i.test(wantsChunked) : source.size === undefined && !http10;
  const size = source.size;
  const length = !chunked && size !== undefined && customHeader(config.headers, "Content-Length") === undefined ? `Content-Length: ${size}\r\n` : "";
  const type = typeField(easy);
  const large = method === "PUT" ? size !== 0 : size === undefined || size > EXPECT_BYTES;
  const own = customHeader(config.headers, "Expect");
  const asks = own !== undefined ? /100-continue/i.test(own) : large && !http10 && !easy.noExpect;
  return { size, chunked, expect: asks, fields: `${length}${type}${own === undefined && asks ? "Expect: 100-continue\r\n" : ""}` };
}

function typeField(easy: Easy): string {
  if (easy.method === "PUT") return "";
  if (easy.method === "FORM") return `Content-Type: multipart/form-data; boundary=${easy.formBoundary}\r\n`;
  return customHeader(easy.config.headers, "Content-Type") !== undefined ? "" : "Content-Type: application/x-www-form-urlencoded\r\n";
}



