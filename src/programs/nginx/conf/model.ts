import type { InetAddr } from "../../../net/uapi/socket.ts";
import type { Ip4 } from "../../../wire/addr.ts";
import type { Zone } from "../zones.ts";
import type { Pattern } from "./regex.ts";
import type { Script } from "./script.ts";

/** What a configuration says, after its directives were read. Times in milliseconds, sizes in bytes, strings are byte strings. */

export const LEVELS = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"] as const;
export type Level = (typeof LEVELS)[number];

/** A file that the master opens and everybody writes to; `fd` is filled when the cycle starts. */
export interface OpenLog {
  /** Absolute path; "" = stderr. */
  readonly path: string;
  fd: number;
}

export interface ErrorLog {
  readonly file: OpenLog;
  readonly level: Level;
}

export interface LogFormat {
  readonly name: string;
  readonly escape: "default" | "json" | "none";
  readonly script: Script;
}

export interface AccessLog {
  readonly file: OpenLog;
  readonly format: LogFormat;
  readonly condition: Script | undefined;
}

export interface ErrorPage {
  readonly status: number;
  /** -1: the status of what the page answers; 0: unchanged. */
  readonly overwrite: number;
  readonly uri: Script;
  readonly args: string | undefined;
}

export interface AccessRule {
  readonly deny: boolean;
  readonly addr: Ip4;
  readonly mask: number;
  /** `allow unix:` and IPv6 networks match nobody here. */
  readonly never: boolean;
}

export interface NamedScript {
  readonly name: string;
  readonly value: Script;
  /** add_header … always. */
  readonly always: boolean;
}

export interface Expires {
  readonly is: "off" | "epoch" | "max" | "access" | "modified" | "daily";
  readonly sec: number;
}

export interface LimitReq {
  readonly zone: Zone;
  /** Thousandths of a request. */
  readonly burst: number;
  readonly delay: number;
}

export interface LimitConn {
  readonly zone: Zone;
  readonly connections: number;
}

export interface RedirectRule {
  readonly from: string | Pattern;
  readonly to: Script;
}

/** What `proxy_pass` says. */
export interface ProxyTarget {
  /** Without variables: the group of servers, found when the configuration was read. */
  readonly upstream: Upstream | undefined;
  /** With variables: filled in for each request. */
  readonly script: Script | undefined;
  /** URI part; undefined = the request's own is passed on. */
  readonly uri: string | undefined;
  /** `http://` */
  readonly schema: string;
  /** Host and port as written. */
  readonly hostPort: string;
  /** The default Host header: without port 80. */
  readonly hostHeader: string;
  /** Where proxy_pass stood: this much of the URI is replaced. */
  readonly location: string;
}

/** Settings that go from http to server to location. */
export interface LocValues {
  root: { readonly path: Script; readonly alias: boolean };
  types: ReadonlyMap<string, string>;
  defaultType: string;
  clientMaxBodySize: number;
  clientBodyBufferSize: number;
  clientBodyTimeout: number;
  sendTimeout: number;
  keepaliveTimeout: number;
  /** Seconds in the `Keep-Alive:` field; 0 = none. */
  keepaliveHeader: number;
  keepaliveTime: number;
  keepaliveRequests: number;
  sendfile: boolean;
  tcpNopush: boolean;
  tcpNodelay: boolean;
  resetTimedout: boolean;
  lingeringClose: "off" | "on" | "always";
  lingeringTime: number;
  lingeringTimeout: number;
  satisfy: "all" | "any";
  errorPages: readonly ErrorPage[];
  logNotFound: boolean;
  serverTokens: "on" | "off" | "build";
  etag: boolean;
  ifModifiedSince: "off" | "exact" | "before";
  chunked: boolean;
  absoluteRedirect: boolean;
  serverNameInRedirect: boolean;
  portInRedirect: boolean;
  msiePadding: boolean;
  recursiveErrorPages: boolean;
  postponeOutput: number;
  maxRanges: number;
  limitRate: Script | undefined;
  limitRateAfter: number;
  errorLogs: readonly ErrorLog[];
  accessLogs: readonly AccessLog[];
  index: readonly Script[];
  autoindex: boolean;
  autoindexFormat: "html" | "json" | "jsonp" | "xml";
  autoindexExactSize: boolean;
  autoindexLocaltime: boolean;
  addHeaders: readonly NamedScript[];
  expires: Expires;
  access: readonly AccessRule[];
  authBasic: Script | undefined;
  authBasicUserFile: Script | undefined;
  limitReqs: readonly LimitReq[];
  limitReqStatus: number;
  limitReqLevel: Level;
  limitReqDryRun: boolean;
  limitConns: readonly LimitConn[];
  limitConnStatus: number;
  limitConnLevel: Level;
  limitConnDryRun: boolean;
  resolver: { readonly servers: readonly InetAddr[]; readonly validMs: number | undefined } | undefined;
  resolverTimeout: number;
  rewriteLog: boolean;
  uninitializedWarn: boolean;
  proxyMethod: Script | undefined;
  proxySetHeaders: readonly NamedScript[];
  proxySetBody: Script | undefined;
  proxyPassRequestHeaders: boolean;
  proxyPassRequestBody: boolean;
  proxyHttpVersion: 10 | 11;
  proxyConnectTimeout: number;
  proxySendTimeout: number;
  proxyReadTimeout: number;
  proxyBuffering: boolean;
  proxyBufferSize: number;
  proxyBuffers: { readonly count: number; readonly bytes: number };
  proxyBusyBuffersSize: number;
  /** undefined = off. */
  proxyRedirects: readonly RedirectRule[] | "default" | undefined;
  proxyHideHeaders: readonly string[];
  proxyPassHeaders: readonly string[];
  proxyIgnoreHeaders: readonly string[];
  proxyInterceptErrors: boolean;
  proxyIgnoreClientAbort: boolean;
  proxySocketKeepalive: boolean;
  proxyBind: Script | undefined;
  proxyNextUpstream: ReadonlySet<string>;
  proxyNextUpstreamTries: number;
  proxyNextUpstreamTimeout: number;
}

/** What `rewrite`, `return`, `set`, `break` and `if` of one block say, in order. */
export type Code =
  | { readonly is: "set"; readonly name: string; readonly value: Script }
  | { readonly is: "break" }
  | { readonly is: "return"; readonly status: number; readonly text: Script | undefined }
  | { readonly is: "rewrite"; readonly pattern: Pattern; readonly to: Script; readonly flag: "none" | "last" | "break" | "redirect" | "permanent"; readonly dropArgs: boolean }
  | { readonly is: "if"; readonly test: Condition; readonly body: readonly Code[]; readonly loc: LocConf | undefined };

export type Condition =
  | { readonly is: "true"; readonly name: string }
  | { readonly is: "equal"; readonly name: string; readonly value: Script; readonly not: boolean }
  | { readonly is: "match"; readonly name: string; readonly pattern: Pattern; readonly not: boolean }
  | { readonly is: "file"; readonly path: Script; readonly test: "f" | "d" | "e" | "x"; readonly not: boolean };

export type LocKind = "prefix" | "exact" | "no-regex" | "regex" | "named" | "if" | "limit_except" | "server";

/** One location, or the part of a server or of http that its locations inherit. */
export class LocConf {
  readonly name: string;
  readonly kind: LocKind;
  readonly pattern: Pattern | undefined;
  readonly parent: LocConf | undefined;
  /** Where it stands, for messages. */
  readonly where: string;
  /** What was set here. */
  readonly set: Partial<LocValues> = {};
  /** After {@link mergeLoc}: with everything inherited. */
  v!: LocValues;
  readonly locations: LocConf[] = [];
  readonly codes: Code[] = [];
  /** What answers here; undefined: files. */
  handler: "proxy" | "stub_status" | undefined;
  proxy: ProxyTarget | undefined;
  tryFiles: { readonly tests: readonly { readonly path: Script; readonly dir: boolean }[]; readonly last: Script; readonly status: number } | undefined;
  internal = false;
  /** proxy_pass in a location that ends in a slash: the name without it is redirected. */
  autoRedirect = false;
  limitExcept: { readonly methods: ReadonlySet<string>; readonly loc: LocConf } | undefined;

  constructor(kind: LocKind, name: string, parent: LocConf | undefined, where: string, pattern?: Pattern) {
    this.kind = kind;
    this.name = name;
    this.parent = parent;
    this.where = where;
    this.pattern = pattern;
  }
}

export interface ServerName {
  readonly name: string;
  readonly pattern: Pattern | undefined;
}

export interface ListenOptions {
  readonly backlog: number;
  readonly rcvbuf: number | undefined;
  readonly sndbuf: number | undefined;
  readonly keepalive: boolean | undefined;
  readonly reuseport: boolean;
  readonly deferred: boolean;
}

export interface Listen {
  /** `0.0.0.0:80` or `[::]:80`. */
  readonly text: string;
  readonly family: "inet" | "inet6";
  readonly addr: Ip4;
  readonly port: number;
  isDefault: boolean;
  options: ListenOptions;
  /** An option other than default_server was given: it may not be given twice. */
  hasOptions: boolean;
  readonly where: string;
}

export interface SrvConf {
  readonly where: string;
  readonly listens: Listen[];
  readonly names: ServerName[];
  readonly loc: LocConf;
  serverName: string;
  clientHeaderBufferSize: number | undefined;
  largeHeaderBuffers: { readonly count: number; readonly bytes: number } | undefined;
  clientHeaderTimeout: number | undefined;
  ignoreInvalidHeaders: boolean | undefined;
  mergeSlashes: boolean | undefined;
  underscores: boolean | undefined;
  readonly named: Map<string, LocConf>;
}

export interface UpstreamServer {
  readonly name: string;
  /** Filled when the name was looked up. */
  addrs: readonly InetAddr[];
  readonly weight: number;
  readonly maxFails: number;
  readonly failTimeoutSec: number;
  readonly maxConns: number;
  readonly backup: boolean;
  readonly down: boolean;
}

export interface Upstream {
  readonly host: string;
  /** Named by an `upstream` block, rather than by a proxy_pass alone. */
  readonly explicit: boolean;
  /** 0 = none written. */
  readonly port: number;
  readonly where: string;
  readonly servers: UpstreamServer[];
  method: "round_robin" | "least_conn" | "ip_hash" | "random" | "hash" | "hash_consistent";
  hashKey: Script | undefined;
  randomTwo: boolean;
  keepalive: number;
  keepaliveTimeout: number;
  keepaliveRequests: number;
  keepaliveTime: number;
  zone: string | undefined;
}

/** A variable that map, geo or split_clients computes. */
export type ComputedVar =
  | { readonly is: "map"; readonly source: Script; readonly exact: ReadonlyMap<string, Script>; readonly heads: readonly (readonly [string, Script])[]; readonly tails: readonly (readonly [string, Script])[]; readonly patterns: readonly (readonly [Pattern, Script])[]; readonly fallback: Script }
  | { readonly is: "geo"; readonly source: string; readonly nets: readonly { readonly addr: Ip4; readonly mask: number; readonly value: string }[]; readonly fallback: string }
  | { readonly is: "split"; readonly source: Script; readonly parts: readonly { /** Out of 10,000; 0 = the rest. */ readonly share: number; readonly value: string }[] };

export interface HttpConf {
  readonly loc: LocConf;
  readonly srv: SrvConf;
  readonly servers: SrvConf[];
  readonly upstreams: Upstream[];
  readonly formats: Map<string, LogFormat>;
  readonly zones: Map<string, Zone>;
  readonly computed: Map<string, ComputedVar>;
  /** Variables that `set` and named captures make. */
  readonly settable: Set<string>;
  /** Variables that are read somewhere, in order. */
  readonly read: Set<string>;
}

export interface MainConf {
  daemon: boolean | undefined;
  masterProcess: boolean | undefined;
  workerProcesses: number | undefined;
  workerConnections: number | undefined;
  multiAccept: boolean | undefined;
  user: string | undefined;
  group: string | undefined;
  pid: string | undefined;
  errorLogs: ErrorLog[];
  workerShutdownTimeout: number | undefined;
  events: boolean;
  http: HttpConf | undefined;
  /** Every log file, once. */
  readonly files: OpenLog[];
}
