import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { portOf, urlText } from "../curl/url.ts";
import { asText, toByteString } from "../lib/bytes.ts";
import type { Attempt } from "./exchange.ts";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i += 3) {
    const n = (text.charCodeAt(i) << 16) | ((text.charCodeAt(i + 1) || 0) << 8) | (text.charCodeAt(i + 2) || 0);
    const four = [18, 12, 6, 0].map((shift) => DIGITS[(n >> shift) & 63] ?? "").join("");
    out += four.slice(0, Math.min(4, text.length - i + 1)).padEnd(4, "=");
  }
  return out;
}

/** The head, in wget's order of fields; --header replaces fields of the same name. Complains about a body file that is not there. */
export function buildRequest(a: Attempt, authorized: boolean): { readonly head: string; readonly body: string } | { readonly complaint: string } {
  const { options, url, proxy, document } = a;
  const fields: [name: string, value: string][] = [];
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) return;
    const at = fields.findIndex((f) => f[0].toLowerCase() === name.toLowerCase());
    if (at >= 0) fields[at] = [name, value];
    else fields.push([name, value]);
  };
  const withBody = !a.withoutBody && options.method !== undefined;
  const method = a.headOnly ? "HEAD" : withBody ? options.method! : "GET";
  const body = withBody && !a.headOnly ? bodyOf(a) : "";
  if (typeof body !== "string") return body;
  set("Host", `${url.host}${portOf(url) === 80 ? "" : `:${portOf(url)}`}`);
  set("Referer", a.referer);
  if (a.noCache) {
    set("Cache-Control", "no-cache");
    set("Pragma", "no-cache");
  }
  if (document.restartAt > 0) set("Range", `bytes=${document.restartAt}-`);
  if (options.userAgent !== "") set("User-Agent", options.userAgent);
  set("Accept", "*/*");
  set("Accept-Encoding", "identity");
  const login = credentials(a, authorized);
  if (!authorized) set("Authorization", login);
  set("Connection", options.keepAlive && !options.ignoreLength ? "Keep-Alive" : "Close");
  if (proxy !== undefined && options.keepAlive) set("Proxy-Connection", "Keep-Alive");
  if (withBody) {
    if (options.bodyData !== undefined || options.bodyFile !== undefined) {
      set("Content-Type", "application/x-www-form-urlencoded");
      set("Content-Length", String(body.length));
    } else if (["POST", "PUT", "PATCH"].includes(options.method!)) set("Content-Length", "0");
  }
  // The answer to a challenge is put behind what was there.
  if (authorized) set("Authorization", login);
  for (const header of options.headers) {
    const colon = header.indexOf(":");
    if (colon > 0) set(header.slice(0, colon), header.slice(colon + 1).trim());
  }
  set("Proxy-Authorization", proxyCredentials(a));
  const target = proxy === undefined ? `${url.path}${url.query === undefined ? "" : `?${url.query}`}` : urlText({ ...url, fragment: undefined, user: undefined, password: undefined, port: portOf(url) === 80 ? null : url.port });
  return { head: `${method} ${target} HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n`, body };
}

function bodyOf(a: Attempt): string | { readonly complaint: string } {
  const { bodyData, bodyFile } = a.options;
  if (bodyFile === undefined) return bodyData ?? "";
  const bytes = a.log.sys.readFile(asText(bodyFile));
  return isErrno(bytes) ? { complaint: `BODY data file ${a.log.quote(bodyFile)} missing: ${strerror(bytes)}\n` } : toByteString(bytes);
}

function credentials(a: Attempt, authorized: boolean): string | undefined {
  const user = a.url.user ?? a.options.user;
  const password = a.url.password ?? a.options.password;
  if (user === undefined || password === undefined) return undefined;
  const global = a.url.user === undefined;
  const send = authorized || a.options.authNoChallenge || (global && a.askedHosts.has(a.url.host));
  return send ? `Basic ${base64(`${user}:${password}`)}` : undefined;
}

function proxyCredentials(a: Attempt): string | undefined {
  if (a.proxy === undefined) return undefined;
  const user = a.options.proxyUser ?? a.proxy.user;
  const password = a.options.proxyPassword ?? a.proxy.password;
  return user === undefined || password === undefined ? undefined : `Basic ${base64(`${user}:${password}`)}`;
}
