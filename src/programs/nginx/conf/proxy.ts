import type { Task } from "../../../os/sys.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import type { LocConf, NamedScript, ProxyTarget, RedirectRule, Upstream } from "./model.ts";
import { usesVariables, type Script } from "./script.ts";
import { append, choice, DUPLICATE, flag, INVALID, harmless, msec, num, script, setOnce, size } from "./slots.ts";
import { lookUp, newUpstream, parseUrl } from "./upstream.ts";
import { parseNumber, parseSize } from "./values.ts";

/** ngx_http_proxy_module. */

const HTTP_PORT = 80;

function* proxyPass(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { loc } = cf.scope;
  if (loc === undefined) return undefined;
  if (loc.proxy !== undefined) return DUPLICATE;
  const text = words[1] ?? "";
  if (/^unix:|^http:\/\/unix:/.test(text)) return cf.notHere(words);
  const script = cf.script(text);
  if (isConfError(script)) return script;
  const target = usesVariables(script) ? withVariables(loc, script) : yield* fixedTarget(cf, loc, text, words);
  if (isConfError(target)) return target;
  loc.handler = "proxy";
  loc.autoRedirect = loc.name.endsWith("/");
  loc.proxy = target;
  return undefined;
}

const withVariables = (loc: LocConf, script: Script): ProxyTarget =>
  ({ upstream: undefined, script, uri: undefined, schema: "", hostPort: "", hostHeader: "", location: loc.name });

const noUri = (loc: LocConf): boolean => loc.kind === "named" || loc.kind === "regex" || loc.kind === "if" || loc.kind === "limit_except";

function* fixedTarget(cf: Conf, loc: LocConf, text: string, words: readonly string[]): Task<ProxyTarget | ConfError> {
  if (/^https:\/\//i.test(text)) return cf.notHere(words);
  if (!/^http:\/\//i.test(text)) return cf.emerg("invalid URL prefix");
  const url = parseUrl(text.slice(7));
  if (typeof url === "string") return cf.emerg(`${url} in upstream "${text.slice(7)}"`);
  if (url.rest !== "" && noUri(loc)) {
    return cf.emerg('"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block');
  }
  const upstream = yield* implicitUpstream(cf, url);
  if (isConfError(upstream)) return upstream;
  const uri = url.rest === "" ? undefined : url.rest.startsWith("/") ? url.rest : `/${url.rest}`;
  return { upstream, script: undefined, uri, schema: "http://", hostPort: url.hostPort, hostHeader: url.hostPort.replace(/:80$/, ""), location: loc.name };
}

/** The group of that name, made here when no `upstream` block has it yet: one may still come. */
function* implicitUpstream(cf: Conf, url: { host: string; port: number; hostPort: string }): Task<Upstream | ConfError> {
  const { http } = cf.scope;
  const known = http?.upstreams.find((u) => u.host.toLowerCase() === url.host.toLowerCase() && (u.explicit || u.port === url.port));
  if (known !== undefined) return known.explicit && url.port !== 0 ? cf.emerg(`upstream "${url.host}" may not have port ${url.port}`) : known;
  const made = newUpstream(url.host, url.port, false, cf.at);
  http?.upstreams.push(made);
  return made;
}

/** At the end of http: implicit groups that an `upstream` block names are that block, the others are looked up. */
export function* resolveUpstreams(cf: Conf, locations: readonly LocConf[]): Task<ConfError | undefined> {
  const all = cf.main.http?.upstreams ?? [];
  for (const up of all.filter((u) => !u.explicit)) {
    const block = all.find((u) => u.explicit && u.host.toLowerCase() === up.host.toLowerCase());
    if (block !== undefined && up.port !== 0) return { emerg: `upstream "${up.host}" may not have port ${up.port} in ${up.where}` };
    if (block !== undefined) replaceTarget(locations, up, block);
    else {
      const port = up.port === 0 ? HTTP_PORT : up.port;
      const addrs = yield* lookUp(cf, up.host, port, up.port === 0 ? up.host : `${up.host}:${up.port}`);
      if (!Array.isArray(addrs)) return { emerg: `host not found in upstream "${up.host}${up.port === 0 ? "" : ""}" in ${up.where}` };
      up.servers.push({ name: up.host, addrs, weight: 1, maxFails: 1, failTimeoutSec: 10, maxConns: 0, backup: false, down: false });
    }
  }
  const empty = all.find((u) => u.servers.every((s) => s.backup));
  return empty === undefined ? undefined : { emerg: `no servers in upstream "${empty.host}" in ${empty.where}` };
}

function replaceTarget(locations: readonly LocConf[], from: Upstream, to: Upstream): void {
  for (const loc of locations) if (loc.proxy?.upstream === from) loc.proxy = { ...loc.proxy, upstream: to };
}

function setHeader(cf: Conf, words: readonly string[]): SetResult {
  const value = cf.script(words[2] ?? "");
  return isConfError(value) ? value : append<NamedScript>(cf, "proxySetHeaders", { name: words[1] ?? "", value, always: false });
}

function redirect(cf: Conf, words: readonly string[]): SetResult {
  const { loc } = cf.scope;
  const before = loc?.set.proxyRedirects;
  if (loc === undefined) return undefined;
  if (words.length === 2) return simpleRedirect(cf, words[1] ?? "", "proxyRedirects" in loc.set);
  const [, fromText = "", toText = ""] = words;
  const caseless = fromText.startsWith("~*");
  const from = fromText.startsWith("~") ? cf.pattern(fromText.slice(caseless ? 2 : 1), caseless) : fromText;
  if (typeof from === "object" && isConfError(from)) return from;
  const to = cf.script(toText);
  if (isConfError(to)) return to;
  const rule: RedirectRule = { from, to };
  loc.set.proxyRedirects = [...(Array.isArray(before) ? (before as readonly RedirectRule[]) : []), rule];
  return undefined;
}

function simpleRedirect(cf: Conf, word: string, isSet: boolean): SetResult {
  if (word === "off") return isSet ? DUPLICATE : setOnce(cf, "proxyRedirects", undefined);
  if (word !== "default") return cf.emerg(`invalid parameter "${word}"`);
  const proxy = cf.scope.loc?.proxy;
  if (proxy === undefined) return cf.emerg('"proxy_redirect default" should be placed after the "proxy_pass" directive');
  if (proxy.script !== undefined) return cf.emerg('"proxy_redirect default" cannot be used with "proxy_pass" directive with variables');
  return setOnce(cf, "proxyRedirects", "default");
}

const NEXT = ["error", "timeout", "invalid_header", "non_idempotent", "http_500", "http_502", "http_503", "http_504", "http_403", "http_404", "http_429", "updating", "off"];

function nextUpstream(cf: Conf, words: readonly string[]): SetResult {
  const bad = words.slice(1).find((w) => !NEXT.includes(w));
  if (bad !== undefined) return cf.emerg(`invalid value "${bad}"`);
  const chosen = new Set(words.slice(1));
  return setOnce(cf, "proxyNextUpstream", chosen.has("off") ? new Set() : chosen);
}

function buffers(cf: Conf, words: readonly string[]): SetResult {
  const [count, bytes] = [parseNumber(words[1] ?? ""), parseSize(words[2] ?? "")];
  if (cf.scope.loc?.set.proxyBuffers !== undefined) return DUPLICATE;
  if (count === null || count === 0 || bytes === null || bytes === 0) return INVALID;
  if (count < 2) return cf.emerg('there must be at least 2 "proxy_buffers"');
  return setOnce(cf, "proxyBuffers", { count, bytes });
}

function bind(cf: Conf, words: readonly string[]): SetResult {
  if (words[1] === "off") return setOnce(cf, "proxyBind", undefined);
  if (words[2] !== undefined) return cf.notHere(words);
  const addr = cf.script(words[1] ?? "");
  return isConfError(addr) ? addr : setOnce(cf, "proxyBind", addr);
}

const list = (name: string, key: "proxyHideHeaders" | "proxyPassHeaders"): Directive =>
  directive(name, "hsl", "1", (cf, words) => append<string>(cf, key, (words[1] ?? "").toLowerCase()));

const IGNORABLE = ["X-Accel-Redirect", "X-Accel-Expires", "X-Accel-Limit-Rate", "X-Accel-Buffering", "X-Accel-Charset", "Expires", "Cache-Control", "Set-Cookie", "Vary"];

function ignoreHeaders(cf: Conf, words: readonly string[]): SetResult {
  const bad = words.slice(1).find((w) => !IGNORABLE.includes(w));
  if (bad !== undefined) return cf.emerg(`invalid value "${bad}"`);
  return setOnce(cf, "proxyIgnoreHeaders", words.slice(1).map((w) => w.toLowerCase()));
}

export const PROXY_DIRECTIVES: readonly Directive[] = [
  directive("proxy_pass", "lLx", "1", proxyPass), directive("proxy_set_header", "hsl", "2", setHeader), directive("proxy_redirect", "hsl", "1-2", redirect),
  directive("proxy_next_upstream", "hsl", "1+", nextUpstream), directive("proxy_buffers", "hsl", "2", buffers), directive("proxy_bind", "hsl", "1-2", bind),
  list("proxy_hide_header", "proxyHideHeaders"), list("proxy_pass_header", "proxyPassHeaders"), directive("proxy_ignore_headers", "hsl", "1+", ignoreHeaders),
  choice("proxy_http_version", "hsl", "proxyHttpVersion", { "1.0": 10, "1.1": 11 }),
  script("proxy_method", "hsl", "proxyMethod"), script("proxy_set_body", "hsl", "proxySetBody"),
  flag("proxy_pass_request_headers", "hsl", "proxyPassRequestHeaders"), flag("proxy_pass_request_body", "hsl", "proxyPassRequestBody"),
  msec("proxy_connect_timeout", "hsl", "proxyConnectTimeout"), msec("proxy_send_timeout", "hsl", "proxySendTimeout"), msec("proxy_read_timeout", "hsl", "proxyReadTimeout"),
  flag("proxy_buffering", "hsl", "proxyBuffering"),
  directive("proxy_request_buffering", "hsl", "flag", (cf, words) => (words[1] === "on" ? undefined : cf.notHere(words))),
  size("proxy_buffer_size", "hsl", "proxyBufferSize"), size("proxy_busy_buffers_size", "hsl", "proxyBusyBuffersSize"),
  flag("proxy_intercept_errors", "hsl", "proxyInterceptErrors"), flag("proxy_ignore_client_abort", "hsl", "proxyIgnoreClientAbort"), flag("proxy_socket_keepalive", "hsl", "proxySocketKeepalive"),
  num("proxy_next_upstream_tries", "hsl", "proxyNextUpstreamTries"), msec("proxy_next_upstream_timeout", "hsl", "proxyNextUpstreamTimeout"),
  ...["proxy_headers_hash_max_size", "proxy_headers_hash_bucket_size", "proxy_max_temp_file_size", "proxy_temp_file_write_size", "proxy_send_lowat"].map((name) => harmless(name, "hsl", "1")),
  harmless("proxy_temp_path", "hsl", "1-4"),
];

