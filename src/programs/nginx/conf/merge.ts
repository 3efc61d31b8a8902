import type { HttpConf, LocConf, LocValues, SrvConf } from "./model.ts";
import { constantScript } from "./script.ts";
import type { Zone } from "../zones.ts";

/** What nginx does when nothing is said. Times in ms. */
export const DEFAULTS: Omit<LocValues, "root" | "errorLogs" | "accessLogs"> = {
  types: new Map([["html", "text/html"], ["gif", "image/gif"], ["jpg", "image/jpeg"]]), defaultType: "text/plain",
  clientMaxBodySize: 1_048_576, clientBodyBufferSize: 16_384, clientBodyTimeout: 60_000, sendTimeout: 60_000,
  keepaliveTimeout: 75_000, keepaliveHeader: 0, keepaliveTime: 3_600_000, keepaliveRequests: 1000,
  sendfile: false, tcpNopush: false, tcpNodelay: true, resetTimedout: false, lingeringClose: "on", lingeringTime: 30_000, lingeringTimeout: 5000,
  satisfy: "all", errorPages: [], logNotFound: true, serverTokens: "on", etag: true, ifModifiedSince: "exact", chunked: true,
  absoluteRedirect: true, serverNameInRedirect: false, portInRedirect: true, msiePadding: true, recursiveErrorPages: false, postponeOutput: 1460, maxRanges: 0x7fffffff,
  limitRate: undefined, limitRateAfter: 0, index: [constantScript("index.html")], autoindex: false, autoindexFormat: "html", autoindexExactSize: true, autoindexLocaltime: false,
  addHeaders: [], expires: { is: "off", sec: 0 }, access: [], authBasic: undefined, authBasicUserFile: undefined,
  limitReqs: [], limitReqStatus: 503, limitReqLevel: "error", limitReqDryRun: false, limitConns: [], limitConnStatus: 503, limitConnLevel: "error", limitConnDryRun: false,
  resolver: undefined, resolverTimeout: 30_000, rewriteLog: false, uninitializedWarn: true,
  proxyMethod: undefined, proxySetHeaders: [], proxySetBody: undefined, proxyPassRequestHeaders: true, proxyPassRequestBody: true, proxyHttpVersion: 10,
  proxyConnectTimeout: 60_000, proxySendTimeout: 60_000, proxyReadTimeout: 60_000, proxyBuffering: true,
  proxyBufferSize: 4096, proxyBuffers: { count: 8, bytes: 4096 }, proxyBusyBuffersSize: 8192, proxyRedirects: "default", proxyHideHeaders: [], proxyPassHeaders: [], proxyIgnoreHeaders: [],
  proxyInterceptErrors: false, proxyIgnoreClientAbort: false, proxySocketKeepalive: false, proxyBind: undefined,
  proxyNextUpstream: new Set(["error", "timeout"]), proxyNextUpstreamTries: 0, proxyNextUpstreamTimeout: 0,
};

export const CLIENT_HEADER_TIMEOUT_MS = 60_000;
export const CLIENT_HEADER_BUFFER_BYTES = 1024;
export const LARGE_HEADER_BUFFERS = { count: 4, bytes: 8192 };

/** A location inherits from what is around it; what belongs to one block only (proxy_pass, try_files) it does not, but for `if` and limit_except. */
export function mergeLoc(loc: LocConf, outer: LocValues, http: HttpConf): void {
  const { set } = loc;
  if (set.limitReqs !== undefined) set.limitReqs = set.limitReqs.map((l) => ({ ...l, zone: zoneNow(http, l.zone) }));
  if (set.limitConns !== undefined) set.limitConns = set.limitConns.map((l) => ({ ...l, zone: zoneNow(http, l.zone) }));
  loc.v = { ...outer, ...set };
  const { parent } = loc;
  if ((loc.kind === "if" || loc.kind === "limit_except") && parent !== undefined && loc.proxy === undefined) loc.proxy = parent.proxy;
  if (loc.kind === "limit_except" && loc.proxy !== undefined) loc.handler ??= "proxy";
  for (const inner of innerOf(loc)) mergeLoc(inner, loc.v, http);
}

const zoneNow = (http: HttpConf, zone: Zone): Zone => http.zones.get(zone.name) ?? zone;

/** Blocks right inside: locations, `if`, limit_except. */
export function innerOf(loc: LocConf): LocConf[] {
  const ifs = loc.codes.flatMap((c) => (c.is === "if" && c.loc !== undefined ? [c.loc] : []));
  return [...loc.locations, ...ifs, ...(loc.limitExcept === undefined ? [] : [loc.limitExcept.loc])];
}

export const allLocations = (loc: LocConf): LocConf[] => [loc, ...innerOf(loc).flatMap(allLocations)];

/** Everything inherits from http, then from its server. */
export function mergeHttp(http: HttpConf, base: Pick<LocValues, "root" | "errorLogs" | "accessLogs">): void {
  mergeLoc(http.loc, { ...DEFAULTS, ...base }, http);
  for (const srv of http.servers) {
    mergeServer(srv, http.srv);
    mergeLoc(srv.loc, http.loc.v, http);
  }
}

function mergeServer(srv: SrvConf, outer: SrvConf): void {
  srv.clientHeaderBufferSize ??= outer.clientHeaderBufferSize ?? CLIENT_HEADER_BUFFER_BYTES;
  srv.clientHeaderTimeout ??= outer.clientHeaderTimeout ?? CLIENT_HEADER_TIMEOUT_MS;
  srv.largeHeaderBuffers ??= outer.largeHeaderBuffers ?? LARGE_HEADER_BUFFERS;
  srv.ignoreInvalidHeaders ??= outer.ignoreInvalidHeaders ?? true;
  srv.mergeSlashes ??= outer.mergeSlashes ?? true;
  srv.underscores ??= outer.underscores ?? false;
}

