import type { Task } from "../../os/sys.ts";
import type { CurlCode } from "./codes.ts";
import { addressText, Connection, displayHost, firstHop, type Place } from "./connection.ts";
import { connectTo, connectUnix } from "./connect.ts";
import type { Easy } from "./easy.ts";
import { Exchange } from "./exchange.ts";
import { transferFile } from "./file-url.ts";
import { lookUp, preloadNames } from "./lookup.ts";
import { chooseProxy, splitLogin } from "./proxy.ts";
import { follow, followFake } from "./redirect.ts";
import { buildRequest } from "./request.ts";
import { parseUrl, portOf, SCHEME_PORTS, schemeOf } from "./url.ts";

/** CPU time of setting a transfer up. */
const SETUP_NS = 150_000;
/** CPU time between a connection and the request on it, and after the last byte of an answer. */
const REQUEST_NS = 50_000;
const FINISH_NS = 25_000;
const MAX_DEAD_RETRIES = 5;

/** Runs a transfer with all its redirects (curl_easy_perform(3)). */
export function* perform(easy: Easy): Task<CurlCode> {
  easy.progress.begin(easy.nowUs);
  easy.progress.resumeFrom = easy.resumeFrom;
  easy.startOpUs = easy.nowUs;
  const preloaded = yield* preloadNames(easy);
  if (preloaded !== "OK") return preloaded;
  for (;;) {
    const code = yield* single(easy);
    if (code !== "again") return code;
  }
}

/** One request: "again" when another one follows. */
function* single(easy: Easy): Task<CurlCode | "again"> {
  easy.startSingleUs = easy.nowUs;
  if (easy.config.maxTimeMs > 0) easy.expiries.set("max-time", easy.startOpUs + easy.config.maxTimeMs * 1000);
  if (easy.config.connectTimeoutMs > 0) easy.expire("connect-timeout", easy.config.connectTimeoutMs);
  yield* easy.sys.compute(SETUP_NS);
  const place = yield* findPlace(easy);
  if (typeof place === "string") {
    yield* easy.tell("Closing connection -1");
    return place;
  }
  if (easy.parsed?.scheme === "file") return yield* transferFile(easy, easy.parsed);
  const conn = yield* obtain(easy, place);
  if (conn instanceof Connection) return yield* exchange(easy, conn);
  return conn;
}

/** Where the URL leads, and by which proxy. */
function* findPlace(easy: Easy): Task<Place | CurlCode> {
  const given = easy.config.protoDefault !== undefined && schemeOf(easy.url, true) === null ? `${easy.config.protoDefault}://${easy.url}` : easy.url;
  const url = parseUrl(given, { pathAsIs: easy.config.pathAsIs, allowSpace: easy.isFollow });
  if (url === "UNSUPPORTED_SCHEME") return yield* unsupported(easy, schemeOf(given, true) ?? "");
  if (typeof url === "string") {
    return "URL_MALFORMAT";
  }
  if (SCHEME_PORTS[url.scheme] === undefined) return yield* unsupported(easy, url.scheme);
  const allowed = easy.isFollow ? (easy.config.protoRedir ?? ["http", "https", "ftp", "ftps"]) : easy.config.proto;
  if (allowed !== undefined && !allowed.includes(url.scheme)) return yield* unsupported(easy, url.scheme);
  if (url.user !== undefined && easy.config.disallowUser) return yield* easy.fail("LOGIN_DENIED", "");
  easy.parsed = url;
  easy.info.scheme = url.scheme.toUpperCase();
  if (!easy.isFollow) easy.info.effectiveUrl = effective(easy, url.scheme);
  takeLogin(easy);
  if (url.scheme !== "http" && url.scheme !== "file") return yield* notSimulated(easy, url.scheme);
  const proxy = url.scheme === "file" ? undefined : yield* chooseProxy(easy, url.scheme, url.host);
  if (typeof proxy === "string") return proxy;
  const via = yield* connectToOption(easy, url.host, portOf(url));
  const { iface, localPort, localPortRange } = easy.config;
  return { scheme: url.scheme, host: url.host, port: portOf(url), proxy, viaHost: via?.host, viaPort: via?.port, unixSocket: easy.config.unixSocket, local: `${iface ?? ""}:${localPort}:${localPortRange}` };
}

function* unsupported(easy: Easy, scheme: string): Task<CurlCode> {
  return yield* easy.fail("UNSUPPORTED_PROTOCOL", `Protocol "${scheme}" not supported or disabled in libcurl`);
}

/** The real one speaks TLS, FTP and more. */
function* notSimulated(easy: Easy, scheme: string): Task<CurlCode> {
  const tls = scheme === "https" || scheme.endsWith("s");
  return yield* easy.fail(tls ? "SSL_CONNECT_ERROR" : "UNSUPPORTED_PROTOCOL", `${tls ? "TLS" : scheme}: not simulated here`);
}

/** The URL as %{url_effective} has it: with a scheme and a path. */
function effective(easy: Easy, scheme: string): string {
  const withScheme = schemeOf(easy.url, true) === null ? `${scheme}://${easy.url}` : easy.url;
  const rest = withScheme.slice(withScheme.indexOf("//") + 2);
  const pathAt = rest.search(/[/?#]/);
  if (pathAt < 0) return `${withScheme}/`;
  return rest[pathAt] === "/" ? withScheme : withScheme.slice(0, withScheme.length - rest.length + pathAt) + "/" + rest.slice(pathAt);
}

/** Credentials of the URL, unless -u gave some. */
function takeLogin(easy: Easy): void {
  if (easy.config.user !== undefined) {
    if (!easy.isFollow) [easy.user, easy.password] = splitLogin(easy.config.user);
    // They become a part of the URL: a redirect to a relative one keeps them.
    if (easy.parsed !== undefined) [easy.parsed.user, easy.parsed.password] = [easy.user, easy.password];
  } else if (easy.parsed?.user !== undefined) {
    easy.user = easy.parsed.user;
    easy.password = easy.parsed.password ?? "";
  }
}

/** --connect-to HOST1:PORT1:HOST2:PORT2; the first that fits. */
function* connectToOption(easy: Easy, host: string, port: number): Task<{ host: string | undefined; port: number | undefined } | undefined> {
  for (const entry of easy.config.connectTo) {
    const [fromHost = "", fromPort = "", toHost = "", toPort = ""] = entry.split(":");
    if ((fromHost !== "" && fromHost.toLowerCase() !== host.toLowerCase()) || (fromPort !== "" && Number(fromPort) !== port)) continue;
    if (toHost !== "") yield* easy.tell(`Connecting to hostname: ${toHost}`);
    if (toPort !== "") yield* easy.tell(`Connecting to port: ${toPort}`);
    return { host: toHost === "" ? undefined : toHost, port: toPort === "" ? undefined : Number(toPort) };
  }
  return undefined;
}

/** A connection to there: one that is open already, or a new one. */
function* obtain(easy: Easy, place: Place): Task<Connection | CurlCode> {
  const { connections } = easy.session;
  const old = yield* connections.find(easy, place);
  if (old !== undefined) {
    easy.conn = old;
    yield* easy.tell(`Re-using existing connection #${old.id} with ${place.proxy !== undefined ? "proxy" : "host"} ${displayHost(place)}`);
    easy.info.nameLookupUs = easy.info.connectUs = easy.sinceStartUs();
    yield* easy.tick();
    return old;
  }
  const conn = new Connection(place);
  easy.conn = conn;
  connections.number(conn);
  const code = yield* establish(easy, conn);
  if (code === "OK") return conn;
  easy.conn = undefined;
  if (code !== "COULDNT_RESOLVE_HOST" && code !== "COULDNT_RESOLVE_PROXY") yield* easy.messages.raw(easy.progress.done(easy.nowUs));
  yield* connections.disconnect(easy, conn);
  return code;
}

function* establish(easy: Easy, conn: Connection): Task<CurlCode> {
  const { place } = conn;
  if (place.unixSocket !== undefined) {
    yield* easy.tick();
    const failed = yield* connectUnix(easy, conn, place.unixSocket);
    if (failed !== "OK") return failed;
  } else {
    const { host, port } = firstHop(place);
    const found = yield* lookUp(easy, host, port, place.proxy === undefined ? "host" : "proxy");
    if (found.is === "failed") return found.code;
    easy.info.nameLookupUs = easy.sinceStartUs();
    yield* easy.tick();
    const failed = yield* connectTo(easy, conn, found.addresses);
    if (failed !== "OK") return failed;
  }
  easy.expiries.delete("connect-timeout");
  easy.info.connectUs = easy.sinceStartUs();
  easy.info.numConnects++;
  conn.noteAddresses(easy.sys);
  const shown = conn.remote === undefined ? (place.unixSocket?.path ?? "") : addressText(conn.remote.addr);
  yield* easy.tell(`Connected to ${displayHost(place)} (${shown}) port ${firstHop(place).port} (#${conn.id})`);
  return "OK";
}

/** The request, its answer, and what becomes of the connection. */
function* exchange(easy: Easy, conn: Connection): Task<CurlCode | "again"> {
  conn.close = false;
  easy.firstHost ??= { name: conn.place.host, port: conn.place.port };
  noteEnds(easy, conn);
  easy.info.preTransferUs = easy.sinceStartUs();
  easy.info.startTransferUs = 0;
  easy.progress.down.bytes = easy.progress.up.bytes = 0;
  yield* easy.sys.compute(REQUEST_NS);
  const request = yield* buildRequest(easy, conn, easy.parsed!);
  easy.info.effectiveMethod = request.method;
  const run = new Exchange(easy, conn, request);
  let code = yield* run.start();
  if (code === "OK") code = yield* run.perform();
  const { answer } = run;
  const nothingCame = answer.bodyBytes + answer.headBytes === 0;
  if (nothingCame && conn.reused && (code === "OK" || code === "RECV_ERROR" || code === "SEND_ERROR")) return yield* retryDead(easy, conn);
  if (code !== "OK") {
    conn.close = true;
    yield* finish(easy, conn, code);
    return code;
  }
  if (answer.newUrl !== undefined) {
    yield* finish(easy, conn, "OK");
    const next = yield* follow(easy, answer.newUrl, answer.status);
    return next === "OK" ? "again" : next;
  }
  if (answer.location !== undefined) followFake(easy, answer.location);
  if (answer.bodyBytes + answer.headBytes - answer.interimBytes <= 0) {
    code = yield* easy.fail("GOT_NOTHING", "Empty reply from server");
    conn.close = true;
  }
  yield* finish(easy, conn, code);
  return code;
}

/** A kept connection that had died: the same again on a new one. */
function* retryDead(easy: Easy, conn: Connection): Task<CurlCode | "again"> {
  conn.close = true;
  if (easy.deadRetries++ >= MAX_DEAD_RETRIES) {
    const code = yield* easy.fail("SEND_ERROR", `Connection died, tried ${MAX_DEAD_RETRIES} times before giving up`);
    yield* finish(easy, conn, code);
    return code;
  }
  yield* easy.tell(`Connection died, retrying a fresh connect (retry count: ${easy.deadRetries})`);
  easy.errorText = "";
  yield* finish(easy, conn, "OK");
  yield* easy.tell(`Issue another request to this URL: '${easy.url}'`);
  if (easy.source !== undefined && !easy.source.rewind()) return yield* easy.fail("SEND_FAIL_REWIND", "necessary data rewind wasn't possible");
  return "again";
}

function noteEnds(easy: Easy, conn: Connection): void {
  if (conn.remote !== undefined) [easy.info.remoteIp, easy.info.remotePort] = [addressText(conn.remote.addr), conn.remote.port];
  if (conn.local !== undefined) [easy.info.localIp, easy.info.localPort] = [addressText(conn.local.addr), conn.local.port];
}

/** multi_done(): the meter's last line, then the connection is kept or closed. */
function* finish(easy: Easy, conn: Connection, code: CurlCode): Task<void> {
  yield* easy.sys.compute(FINISH_NS);
  yield* easy.messages.raw(easy.progress.done(easy.nowUs));
  easy.info.downSize = easy.progress.down.bytes;
  easy.info.upSize = easy.progress.up.bytes;
  easy.conn = undefined;
  if (conn.close || code === "WRITE_ERROR" || code === "READ_ERROR") {
    yield* easy.session.connections.disconnect(easy, conn);
    return;
  }
  easy.session.connections.giveBack(conn, easy.sys.nowNs);
  yield* easy.tell(`Connection #${conn.id} to host ${displayHost(conn.place)} left intact`);
}

