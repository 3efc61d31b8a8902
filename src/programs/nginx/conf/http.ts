import { isConfError, type Conf } from "./conf.ts";
import { readErrorLog } from "./core.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import { LocConf, type ErrorPage, type HttpConf, type SrvConf } from "./model.ts";
import { append, choice, DUPLICATE, flag, harmless, INVALID, msec, onlyOff, num, onOff, script, setOnce, size } from "./slots.ts";
import { constantScript } from "./script.ts";
import { parseMsec, parseNumber, parseSec, parseSize } from "./values.ts";
import type { Task } from "../../../os/sys.ts";

/** `http`, `server` and what ngx_http_core_module lets be said about a location. */

export function newServer(where: string, parent: LocConf | undefined): SrvConf {
  return {
    where, listens: [], names: [], loc: new LocConf("server", "", parent, where), serverName: "", clientHeaderBufferSize: undefined, largeHeaderBuffers: undefined,
    clientHeaderTimeout: undefined, ignoreInvalidHeaders: undefined, mergeSlashes: undefined, underscores: undefined, named: new Map(),
  };
}

function newHttp(where: string): HttpConf {
  const srv = newServer(where, undefined);
  return { loc: srv.loc, srv, servers: [], upstreams: [], formats: new Map(), zones: new Map(), computed: new Map(), settable: new Set(), read: new Set() };
}

function* http(cf: Conf): Task<SetResult> {
  if (cf.main.http !== undefined) return DUPLICATE;
  const conf = newHttp(cf.at);
  cf.main.http = conf;
  const format = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  cf.scope = { place: "main", http: conf };
  const combined = cf.script(format);
  cf.scope = { place: "main" };
  if (!isConfError(combined)) conf.formats.set("combined", { name: "combined", escape: "default", script: combined });
  return yield* cf.readBlock({ place: "http", http: conf, srv: conf.srv, loc: conf.loc });
}

function* server(cf: Conf): Task<SetResult> {
  const { http: conf } = cf.scope;
  if (conf === undefined) return undefined;
  const srv = newServer(cf.at, conf.loc);
  conf.servers.push(srv);
  return yield* cf.readBlock({ place: "srv", http: conf, srv, loc: srv.loc });
}

function root(cf: Conf, words: readonly string[]): SetResult {
  const alias = words[0] === "alias";
  const { loc } = cf.scope;
  const before = loc?.set.root;
  if (before !== undefined) {
    if (before.alias === alias) return DUPLICATE;
    return cf.emerg(`"${words[0]}" directive is duplicate, "${alias ? "root" : "alias"}" directive was specified earlier`);
  }
  const text = words[1] ?? "";
  if (loc?.kind === "named" && alias) return cf.emerg('the "alias" directive cannot be used inside the named location');
  const bad = /\$\{?(document_root|realpath_root)/.exec(text);
  if (bad !== null) return cf.emerg(`the $${bad[1]} variable cannot be used in the "${words[0]}" directive`);
  const trimmed = !alias && text.endsWith("/") ? text.slice(0, -1) : text;
  const path = cf.script(/^[$/]/.test(text) ? trimmed : cf.fullName(trimmed));
  return isConfError(path) ? path : setOnce(cf, "root", { path, alias });
}

/** A line of `types`: one type, its extensions. */
function typesLine(map: Map<string, string>) {
  return (cf: Conf, words: readonly string[]): SetResult => {
    const [type = "", ...extensions] = words;
    for (const ext of extensions.map((e) => e.toLowerCase())) {
      const before = map.get(ext);
      if (before !== undefined) cf.warn(`duplicate extension "${ext}", content type: "${type}", previous content type: "${before}"`);
      map.set(ext, type);
    }
    return undefined;
  };
}

function* types(cf: Conf): Task<SetResult> {
  const { loc } = cf.scope;
  const map = new Map(loc?.set.types ?? []);
  if (loc !== undefined) loc.set.types = map;
  return yield* cf.readBlock({ ...cf.scope, lines: typesLine(map) });
}

function keepalive(cf: Conf, words: readonly string[]): SetResult {
  const ms = parseMsec(words[1] ?? "");
  if (cf.scope.loc?.set.keepaliveTimeout !== undefined) return DUPLICATE;
  if (ms === null) return INVALID;
  if (words[2] !== undefined) {
    const seconds = parseSec(words[2]);
    if (seconds === null) return INVALID;
    setOnce(cf, "keepaliveHeader", seconds);
  }
  return setOnce(cf, "keepaliveTimeout", ms);
}

function errorPage(cf: Conf, words: readonly string[]): SetResult {
  const uriText = words.at(-1) ?? "";
  if (/^[=\d]/.test(uriText) && !uriText.startsWith("/")) return cf.emerg(`invalid value "${uriText}"`);
  let codes = words.slice(1, -1);
  const last = codes.at(-1) ?? "";
  let overwrite = 0;
  if (last.startsWith("=")) {
    const code = parseNumber(last.slice(1));
    if (last !== "=" && code === null) return cf.emerg(`invalid value "${last}"`);
    overwrite = last === "=" ? -1 : code ?? 0;
    codes = codes.slice(0, -1);
  }
  const uri = cf.script(uriText);
  if (isConfError(uri)) return uri;
  const question = uri.constant?.startsWith("/") === true ? uriText.indexOf("?") : -1;
  return addPages(cf, codes, overwrite, question < 0 ? { uri, args: undefined } : { uri: constantScript(uriText.slice(0, question)), args: uriText.slice(question + 1) });
}

function addPages(cf: Conf, codes: readonly string[], overwrite: number, page: Pick<ErrorPage, "uri" | "args">): SetResult {
  for (const text of codes) {
    const status = parseNumber(text);
    if (status === null || status === 499) return cf.emerg(`invalid value "${text}"`);
    if (status < 300 || status > 599) return cf.emerg(`value "${text}" must be between 300 and 599`);
    append<ErrorPage>(cf, "errorPages", { status, overwrite: overwrite === 0 && status === 497 ? 400 : overwrite, ...page });
  }
  return undefined;
}

function tryFiles(cf: Conf, words: readonly string[]): SetResult {
  const { loc } = cf.scope;
  if (loc === undefined) return undefined;
  if (loc.tryFiles !== undefined) return DUPLICATE;
  const tests = [];
  for (const text of words.slice(1, -1)) {
    const dir = text.endsWith("/");
    const path = cf.script(dir ? text.slice(0, -1) : text);
    if (isConfError(path)) return path;
    tests.push({ path, dir });
  }
  return setTryFiles(cf, loc, tests, words.at(-1) ?? "");
}

function setTryFiles(cf: Conf, loc: LocConf, tests: NonNullable<LocConf["tryFiles"]>["tests"], lastText: string): SetResult {
  const code = lastText.startsWith("=") ? parseNumber(lastText.slice(1)) : 0;
  if (code === null || code > 999) return cf.emerg(`invalid code "${lastText}"`);
  const last = cf.script(code > 0 ? "" : lastText);
  if (isConfError(last)) return last;
  loc.tryFiles = { tests, last, status: code };
  return undefined;
}

function httpErrorLog(cf: Conf, words: readonly string[]): ReturnType<Directive["set"]> {
  const log = readErrorLog(cf, words);
  return typeof log === "object" && "level" in log ? append(cf, "errorLogs", log) : log;
}

type SrvFlag = "ignoreInvalidHeaders" | "mergeSlashes" | "underscores";
const srvFlag = (name: string, key: SrvFlag): Directive => directive(name, "hs", "flag", (cf, words) => {
  const value = onOff(cf, words);
  if (typeof value !== "boolean") return value;
  if (cf.scope.srv?.[key] !== undefined) return DUPLICATE;
  if (cf.scope.srv !== undefined) cf.scope.srv[key] = value;
  return undefined;
});

type SrvNumber = "clientHeaderBufferSize" | "clientHeaderTimeout";
const srvNumber = (name: string, key: SrvNumber, parse: (t: string) => number | null): Directive => directive(name, "hs", "1", (cf, words) => {
  const value = parse(words[1] ?? "");
  if (cf.scope.srv?.[key] !== undefined) return DUPLICATE;
  if (value === null) return INVALID;
  if (cf.scope.srv !== undefined) cf.scope.srv[key] = value;
  return undefined;
});

function largeBuffers(cf: Conf, words: readonly string[]): SetResult {
  const [count, bytes] = [parseNumber(words[1] ?? ""), parseSize(words[2] ?? "")];
  if (cf.scope.srv?.largeHeaderBuffers !== undefined) return DUPLICATE;
  if (count === null || bytes === null || count === 0 || bytes === 0) return INVALID;
  if (cf.scope.srv !== undefined) cf.scope.srv.largeHeaderBuffers = { count, bytes };
  return undefined;
}

function internal(cf: Conf): undefined {
  if (cf.scope.loc !== undefined) cf.scope.loc.internal = true;
}

function clientMaxBodySize(cf: Conf, words: readonly string[]): SetResult {
  const m = /^(\d+)[gG]$/.exec(words[1] ?? "");
  const bytes = m === null ? parseSize(words[1] ?? "") : Number(m[1]) * 1_073_741_824;
  if (cf.scope.loc?.set.clientMaxBodySize !== undefined) return DUPLICATE;
  return bytes === null ? INVALID : setOnce(cf, "clientMaxBodySize", bytes);
}

/** What is one word or text with variables, and 0 or "" when off. */
function* limitExcept(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { loc } = cf.scope;
  if (loc === undefined) return undefined;
  const methods = words.slice(1).map((m) => m.toUpperCase());
  const bad = methods.find((m) => !METHODS.includes(m));
  if (bad !== undefined) return cf.emerg(`invalid method "${words[methods.indexOf(bad) + 1]}"`);
  const inner = new LocConf("limit_except", loc.name, loc, cf.at);
  loc.limitExcept = { methods: new Set(methods.includes("GET") ? [...methods, "HEAD"] : methods), loc: inner };
  return yield* cf.readBlock({ ...cf.scope, place: "lmt", loc: inner });
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "OPTIONS", "PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", "PATCH"];
const ON_OFF = { on: true, off: false } as const;

export const HTTP_DIRECTIVES: readonly Directive[] = [
  directive("http", "m", "{0", http), directive("server", "h", "{0", server), directive("include", "SLx", "1", (cf, words) => cf.include(words)),
  directive("root", "hslL", "1", root), directive("alias", "l", "1", root), directive("types", "hsl", "{0", types),
  directive("default_type", "hsl", "1", (cf, words) => setOnce(cf, "defaultType", words[1] ?? "")),
  directive("keepalive_timeout", "hsl", "1-2", keepalive),
  directive("error_page", "hslL", "2+", errorPage), directive("try_files", "sl", "2+", tryFiles),
  directive("error_log", "hsl", "1+", httpErrorLog), directive("internal", "l", "0", internal),
  directive("client_max_body_size", "hsl", "1", clientMaxBodySize), directive("limit_except", "l", "{1+", limitExcept),
  srvFlag("ignore_invalid_headers", "ignoreInvalidHeaders"), srvFlag("merge_slashes", "mergeSlashes"), srvFlag("underscores_in_headers", "underscores"),
  srvNumber("client_header_buffer_size", "clientHeaderBufferSize", parseSize), srvNumber("client_header_timeout", "clientHeaderTimeout", parseMsec),
  directive("large_client_header_buffers", "hs", "2", largeBuffers),
  size("client_body_buffer_size", "hsl", "clientBodyBufferSize"), msec("client_body_timeout", "hsl", "clientBodyTimeout"), msec("send_timeout", "hsl", "sendTimeout"),
  msec("keepalive_time", "hsl", "keepaliveTime"), num("keepalive_requests", "hsl", "keepaliveRequests"),
  flag("sendfile", "hslL", "sendfile"), flag("tcp_nopush", "hsl", "tcpNopush"), flag("tcp_nodelay", "hsl", "tcpNodelay"), flag("reset_timedout_connection", "hsl", "resetTimedout"),
  choice("lingering_close", "hsl", "lingeringClose", { off: "off", on: "on", always: "always" }),
  msec("lingering_time", "hsl", "lingeringTime"), msec("lingering_timeout", "hsl", "lingeringTimeout"),
  choice("satisfy", "hsl", "satisfy", { all: "all", any: "any" }),
  flag("log_not_found", "hsl", "logNotFound"), choice("server_tokens", "hsl", "serverTokens", { on: "on", off: "off", build: "build" }), flag("etag", "hsl", "etag"),
  choice("if_modified_since", "hsl", "ifModifiedSince", { off: "off", exact: "exact", before: "before" }),
  flag("chunked_transfer_encoding", "hsl", "chunked"), flag("absolute_redirect", "hsl", "absoluteRedirect"), flag("server_name_in_redirect", "hsl", "serverNameInRedirect"),
  flag("port_in_redirect", "hsl", "portInRedirect"), flag("msie_padding", "hsl", "msiePadding"), flag("recursive_error_pages", "hsl", "recursiveErrorPages"),
  size("postpone_output", "hsl", "postponeOutput"), num("max_ranges", "hsl", "maxRanges"),
  script("limit_rate", "hslL", "limitRate"), size("limit_rate_after", "hslL", "limitRateAfter"), msec("resolver_timeout", "hsl", "resolverTimeout"),
  choice("rewrite_log", "hslSL", "rewriteLog", ON_OFF),
  ...["types_hash_max_size", "types_hash_bucket_size"].map((name) => harmless(name, "hsl", "1")),
  ...["server_names_hash_max_size", "server_names_hash_bucket_size", "variables_hash_max_size", "variables_hash_bucket_size"].map((name) => harmless(name, "h", "1")),
  ...["connection_pool_size", "request_pool_size"].map((name) => harmless(name, "hs", "1")),
  ...["client_body_temp_path"].map((name) => harmless(name, "hsl", "1-4")), harmless("output_buffers", "hsl", "2"),
  ...["sendfile_max_chunk", "read_ahead", "directio", "directio_alignment", "client_body_in_single_buffer", "log_subrequest", "open_file_cache_valid", "open_file_cache_min_uses", "open_file_cache_errors", "send_lowat", "subrequest_output_buffer_size"]
    .map((name) => harmless(name, "hslL", "1")),
  onlyOff("open_file_cache", "hsl", "1-2"), onlyOff("auth_delay", "hsl", "1"), onlyOff("msie_refresh", "hsl", "1"), onlyOff("gzip", "hslL", "1"),
  ...["gzip_types", "gzip_proxied", "gzip_disable"].map((name) => harmless(name, "hsl", "1+")), harmless("gzip_buffers", "hsl", "2"),
  ...["gzip_vary", "gzip_comp_level", "gzip_min_length", "gzip_http_version", "gzip_no_buffer", "gzip_window", "gzip_hash", "postpone_gzipping"].map((name) => harmless(name, "hsl", "1")),
];

export type { ConfError };
