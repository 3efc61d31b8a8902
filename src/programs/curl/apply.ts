import { isErrno } from "../../net/uapi/errno.ts";
import { STDOUT, type Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import type { ParamContext, ParamResult } from "./arguments.ts";
import type { Method, OperationConfig, UrlNode } from "./config.ts";
import { parseFormPart } from "./form.ts";
import { addPostData, addUrlQuery, readDataFile } from "./post-data.ts";
import { isProtocol, portRange, protocolSet, secondsAsMs, sizeNumber, unsignedNumber, wholeNumber } from "./values.ts";

/** Keys of a config that hold a T and may be set. */
type KeysOf<T> = { [K in keyof OperationConfig]-?: [OperationConfig[K], T] extends [T, OperationConfig[K]] ? K : never }[keyof OperationConfig];

const SWITCHES: Readonly<Record<string, KeysOf<boolean>>> = {
  "create-dirs": "createDirs", "tcp-nodelay": "tcpNoDelay", "retry-connrefused": "retryConnRefused", "retry-all-errors": "retryAllErrors", "ignore-content-length": "ignoreContentLength", raw: "raw",
  post301: "post301", post302: "post302", post303: "post303", keepalive: "keepAlive", "path-as-is": "pathAsIs", "http0.9": "http09",
  globoff: "globOff", get: "useGet", include: "showHeaders", "junk-session-cookies": "junkSessionCookies", "remote-header-name": "contentDisposition", location: "followLocation",
  "remote-time": "remoteTime", "remove-on-error": "removeOnError", "disallow-username-in-url": "disallowUser", "form-escape": "formEscape", "remote-name-all": "remoteNameAll",
};
const TEXTS: Readonly<Record<string, KeysOf<string | undefined>>> = {
  "oauth2-bearer": "bearer", interface: "iface", noproxy: "noProxy", "user-agent": "userAgent", "cookie-jar": "cookieJar", "dump-header": "headerFile", "request-target": "requestTarget", "output-dir": "outputDir",
  user: "user", "proxy-user": "proxyUser", request: "customRequest",
};
const LISTS: Readonly<Record<string, "resolve" | "connectTo">> = { resolve: "resolve", "connect-to": "connectTo" };
const COUNTS: Readonly<Record<string, KeysOf<number>>> = {
  retry: "retries", "retry-delay": "retryDelaySec", "retry-max-time": "retryMaxSec", "keepalive-time": "keepAliveSec", "happy-eyeballs-timeout-ms": "happyEyeballsMs",
};
const TIMES: Readonly<Record<string, KeysOf<number>>> = { "connect-timeout": "connectTimeoutMs", "expect100-timeout": "expect100Ms", "max-time": "maxTimeMs" };
const SIZES: Readonly<Record<string, readonly [key: KeysOf<number>, word: string]>> = { "limit-rate": ["limitRate", "rate"], "max-filesize": ["maxFileSize", "max-filesize"] };

/** Options that change nothing here, as they change nothing in the real one when no TLS connection, Windows or debug build is there. */
const WITHOUT_EFFECT = new Set(`random-file egd-file ciphers alpn sessionid tls-max tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tls13-ciphers proxy-tls13-ciphers use-ascii cert cacert cert-type key key-type
pass capath pubkey crlfile tlsuser tlspassword tlsauthtype ssl-allow-beast ssl-auto-client-cert proxy-ssl-auto-client-cert pinnedpubkey proxy-pinnedpubkey cert-status false-start ssl-no-revoke
ssl-revoke-best-effort proxy-tlsuser proxy-tlspassword proxy-tlsauthtype proxy-cert proxy-cert-type proxy-key proxy-key-type proxy-pass proxy-ciphers proxy-crlfile proxy-ssl-allow-beast proxy-cacert
proxy-capath proxy-insecure proxy-tlsv1 curves insecure disable basic proxy-basic`.trim().split(/\s+/));

type Handler = (c: ParamContext, value: string, on: boolean, hasNext: boolean) => ParamResult | Task<ParamResult>;

/** Sets what an option means. */
export function* applyOption(name: string, on: boolean, value: string, hasNext: boolean, c: ParamContext): Task<ParamResult> {
  const { config } = c;
  if (SWITCHES[name] !== undefined) config[SWITCHES[name]] = on;
  else if (TEXTS[name] !== undefined) config[TEXTS[name]] = value;
  else if (LISTS[name] !== undefined) config[LISTS[name]].push(value);
  else if (COUNTS[name] !== undefined) return setNumber(config, COUNTS[name], unsignedNumber(value));
  else if (TIMES[name] !== undefined) return setNumber(config, TIMES[name], secondsAsMs(value));
  else if (SIZES[name] !== undefined) return setNumber(config, SIZES[name][0], yield* sizeNumber(value, SIZES[name][1], c.messages));
  else if (!WITHOUT_EFFECT.has(name)) {
    const outcome = HANDLERS[name]?.(c, value, on, hasNext);
    if (outcome === undefined && HANDLERS[name] === undefined) throw new Error(`curl option ${name} is listed and has no handler`);
    return typeof outcome === "object" ? yield* outcome : outcome;
  }
  return undefined;
}

function setNumber(config: OperationConfig, key: KeysOf<number>, n: number | ParamResult): ParamResult {
  if (typeof n !== "number") return n;
  config[key] = n;
  return undefined;
}

const METHOD_WORDS: Readonly<Record<Method, string>> = {
  GET: "GET (-G, --get)", HEAD: "HEAD (-I, --head)", FORM: "multipart formpost (-F, --form)", POST: "POST (-d, --data)", PUT: "PUT (-T, --upload-file)",
};

/** Only one kind of request can be asked for; true = a second one was. */
export function* chooseMethod(c: Pick<ParamContext, "config" | "messages">, method: Method): Task<boolean> {
  if (c.config.method === undefined || c.config.method === method) {
    c.config.method = method;
    return false;
  }
  yield* c.messages.warn(`You can only select one HTTP request method! You asked for both ${METHOD_WORDS[method]} and ${METHOD_WORDS[c.config.method]}.`);
  return true;
}

function newNode(c: ParamContext): UrlNode {
  const node: UrlNode = { useRemoteName: c.config.remoteNameAll, hasOut: false, hasUpload: false, number: c.global.nodeCount++ };
  c.config.urls.push(node);
  return node;
}

const nodeFor = (c: ParamContext, free: (node: UrlNode) => boolean): UrlNode => c.config.urls.find(free) ?? newNode(c);

function outFile(c: ParamContext, set: (node: UrlNode) => void): ParamResult {
  const node = nodeFor(c, (n) => !n.hasOut);
  node.hasOut = true;
  set(node);
  return undefined;
}

function* failOption(c: ParamContext, set: () => void): Task<ParamResult> {
  set();
  if (!c.config.fail || !c.config.failWithBody) return undefined;
  yield* c.messages.error("You must select either --fail or --fail-with-body, not both.");
  return "bad-use";
}

function* trace(c: ParamContext, kind: "plain" | "ascii" | "bin", file: string, option: string): Task<ParamResult> {
  if (c.global.trace !== undefined && c.global.trace.kind !== kind) yield* c.messages.warn(`${option} overrides an earlier trace/verbose option`);
  c.global.trace = { kind, file };
  return undefined;
}

function* httpVersion(c: ParamContext, version: "1.0" | "1.1" | "2"): Task<ParamResult> {
  if (c.config.httpVersion !== undefined && c.config.httpVersion !== version) yield* c.messages.warn("Overrides previous HTTP version option");
  c.config.httpVersion = version;
  return undefined;
}

function* warned(c: ParamContext, text: string): Task<ParamResult> {
  yield* c.messages.warn(text);
  return undefined;
}

function* headerOption(c: ParamContext, value: string, list: string[]): Task<ParamResult> {
  if (!value.startsWith("@")) list.push(value);
  else {
    const text = yield* readDataFile(c.messages.sys, value.slice(1));
    if (text === null) yield* c.messages.warn(`Failed to open ${value.slice(1)}!`);
    list.push(...(text ?? "").split(/[\r\n]+/).filter((line) => line !== ""));
  }
  return undefined;
}

function* rangeOption(c: ParamContext, value: string): Task<ParamResult> {
  c.config.range = value;
  if (/^\d/.test(value) && !value.includes("-")) {
    yield* c.messages.warn("A specified range MUST include at least one dash (-). Appending one for you!");
    c.config.range = `${parseInt(value, 10)}-`;
  } else if (/[^\d,-]/.test(value)) {
    yield* c.messages.warn("Invalid character is found in given range. A specified range MUST have only digits in 'start'-'stop'. The server's response to this request is uncertain.");
  }
  return undefined;
}

function* stderrOption(c: ParamContext, value: string): Task<ParamResult> {
  if (value === "-") {
    c.messages.redirect(STDOUT);
    return undefined;
  }
  const fd = c.messages.sys.open(asText(value), { write: true, create: true, truncate: true }, 0o666);
  if (isErrno(fd)) yield* c.messages.warn(`Failed to open ${value}!`);
  else c.messages.redirect(fd);
  return undefined;
}

function* protoOption(c: ParamContext, value: string, redirect: boolean): Task<ParamResult> {
  const set = yield* protocolSet(value, redirect ? ["http", "https", "ftp", "ftps"] : undefined, c.messages);
  if (typeof set === "string") return set;
  c.config[redirect ? "protoRedir" : "proto"] = set;
  return undefined;
}

function* configFile(c: ParamContext, value: string): Task<ParamResult> {
  const result = yield* c.readConfig(value, c);
  if (result === "read-error") yield* c.messages.error(`cannot read config from '${value}'`);
  return result;
}

function* formOption(c: ParamContext, value: string, literal: boolean): Task<ParamResult> {
  const part = yield* parseFormPart(value, literal, c.messages);
  if (part === null) return "bad-use";
  c.config.form.push(part);
  return (yield* chooseMethod(c, "FORM")) ? "bad-use" : undefined;
}

const set = (change: (c: ParamContext, value: string, on: boolean) => void): Handler => (c, value, on) => void change(c, value, on);

const HANDLERS: Readonly<Record<string, Handler>> = {
  url: set((c, value) => void (nodeFor(c, (n) => n.url === undefined).url = value)),
  output: (c, value) => (value === "" ? (function* () { yield* c.messages.warn("output file name has no length"); return "bad-use" as const; })() : outFile(c, (n) => { n.outFile = value; n.useRemoteName = false; })),
  "remote-name": (c, _, on) => outFile(c, (n) => { delete n.outFile; n.useRemoteName = on; }),
  "upload-file": set((c, value) => {
    const node = nodeFor(c, (n) => !n.hasUpload);
    node.hasUpload = true;
    if (value !== "") node.uploadFile = value;
  }),
  trace: (c, value) => trace(c, "bin", value, "--trace"),
  "trace-ascii": (c, value) => trace(c, "ascii", value, "--trace-ascii"),
  verbose: (c, _, on) => (on ? trace(c, "plain", "%", "-v, --verbose") : void (c.global.trace = undefined)),
  "trace-time": set((c, _, on) => void (c.global.traceTime = on)),
  npn: (c) => warned(c, "--npn is no longer supported"),
  sslv2: (c) => warned(c, "Ignores instruction to use SSLv2"),
  sslv3: (c) => warned(c, "Ignores instruction to use SSLv3"),
  "test-event": (c) => warned(c, "--test-event is ignored unless a debug build!"),
  metalink: (c) => (function* () { yield* c.messages.error("--metalink is disabled"); return "bad-use" as const; })(),
  "create-file-mode": (c, value) => (/^[0-7]+$/.test(value) ? (parseInt(value, 8) > 0o777 ? "too-large" : void (c.config.createFileMode = parseInt(value, 8))) : "bad-numeric"),
  "max-redirs": (c, value) => { const n = wholeNumber(value); return typeof n !== "number" ? n : n < -1 ? "bad-numeric" : void (c.config.maxRedirs = n); },
  stderr: (c, value) => stderrOption(c, value),
  "local-port": (c, value) => { const r = portRange(value); return typeof r === "string" ? r : void ([c.config.localPort, c.config.localPortRange] = r); },
  "proxy1.0": set((c, value) => { c.config.proxy = value; c.config.proxy10 = true; }),
  proxy: set((c, value) => { c.config.proxy = value; c.config.proxy10 = false; }),
  proto: (c, value) => protoOption(c, value, false),
  "proto-redir": (c, value) => protoOption(c, value, true),
  "proto-default": (c, value) => (isProtocol(value) ? void (c.config.protoDefault = value) : "bad-protocol"),
  "unix-socket": set((c, path) => void (c.config.unixSocket = { path, abstract: false })),
  "abstract-unix-socket": set((c, path) => void (c.config.unixSocket = { path, abstract: true })),
  "progress-bar": set((c, _, on) => void (c.global.progressBar = on)),
  "progress-meter": set((c, _, on) => void (c.global.noProgress = !on)),
  next: () => "next",
  "http1.0": (c) => httpVersion(c, "1.0"),
  "http1.1": (c) => httpVersion(c, "1.1"),
  http2: (c) => httpVersion(c, "2"),
  ipv4: set((c) => void (c.config.ipVersion = "4")),
  ipv6: set((c) => void (c.config.ipVersion = "6")),
  cookie: set((c, value) => void (value.startsWith("@") ? c.config.cookieFiles.push(value.slice(1)) : value.includes("=") ? c.config.cookies.push(value) : c.config.cookieFiles.push(value))),
  "continue-at": (c, value) => {
    c.config.resumeCurrent = value === "-";
    const n = value === "-" ? 0 : unsignedNumber(value);
    return typeof n === "number" ? void (c.config.resumeFrom = n) : n;
  },
  ...Object.fromEntries(["data", "data-raw", "data-ascii", "data-binary", "data-urlencode", "json"].map((name): [string, Handler] => [name, (c, value) => addPostData(name, value, c)])),
  "url-query": (c, value) => addUrlQuery(value, c),
  referer: set((c, value) => {
    c.config.autoReferer = value.includes(";auto");
    const text = value.split(";auto")[0]!;
    c.config.referer = text === "" ? undefined : text;
  }),
  fail: (c, _, on) => failOption(c, () => void (c.config.fail = on)),
  "fail-with-body": (c, _, on) => failOption(c, () => void (c.config.failWithBody = on)),
  "fail-early": set((c, _, on) => void (c.global.failEarly = on)),
  "styled-output": set((c, _, on) => void (c.global.styledOutput = on)),
  form: (c, value) => formOption(c, value, false),
  "form-string": (c, value) => formOption(c, value, true),
  help: (c, value, on, hasNext) => { if (on && hasNext) c.global.helpCategory = value; return on ? "help" : undefined; },
  version: (_c, _v, on) => (on ? "version" : undefined),
  header: (c, value) => headerOption(c, value, c.config.headers),
  "proxy-header": (c, value) => headerOption(c, value, c.config.proxyHeaders),
  head: (c, _, on) => {
    c.config.noBody = c.config.showHeaders = on;
    return (function* (): Task<ParamResult> { return (yield* chooseMethod(c, on ? "HEAD" : "GET")) ? "bad-use" : undefined; })();
  },
  "location-trusted": set((c, _, on) => void (c.config.followLocation = c.config.unrestrictedAuth = on)),
  config: (c, value) => configFile(c, value),
  buffer: set((c, _, on) => void (c.config.noBuffer = !on)),
  clobber: set((c, _, on) => void (c.config.clobber = on ? "always" : "never")),
  range: (c, value) => rangeOption(c, value),
  silent: set((c, _, on) => void (c.global.silent = on)),
  "show-error": set((c, _, on) => void (c.global.showError = on)),
  "write-out": (c, value) => (function* (): Task<ParamResult> {
    c.config.writeOut = value.startsWith("@") ? ((yield* readDataFile(c.messages.sys, value.slice(1))) ?? undefined) : value;
    if (c.config.writeOut === undefined) yield* c.messages.warn(`Failed to open ${value.slice(1)}!`);
    return undefined;
  })(),
  "speed-limit": (c, value) => { const n = unsignedNumber(value); return typeof n === "string" ? n : void ([c.config.speedLimit, c.config.speedTime] = [n, c.config.speedTime || 30]); },
  "speed-time": (c, value) => { const n = unsignedNumber(value); return typeof n === "string" ? n : void ([c.config.speedTime, c.config.speedLimit] = [n, c.config.speedLimit || 1]); },
};
