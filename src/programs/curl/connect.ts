import { errnoNumber, isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { SockAddr } from "../../net/uapi/socket.ts";
import type { Task } from "../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { asText } from "../lib/bytes.ts";
import { listLinks } from "../lib/device.ts";
import { resolveName } from "../lib/resolve.ts";
import { curlStrerror, type CurlCode, type CurlError } from "./codes.ts";
import { addressText, firstHop, inetAddr, type Connection } from "./connection.ts";
import type { Easy } from "./easy.ts";
import { pollNow, pollOnce } from "./poll.ts";

/** SO_KEEPALIVE: idle and interval unless --keepalive-time says otherwise. */
const KEEPALIVE_SEC = 60;
const SEC_NS = 1_000_000_000;

/** One attempt at one address. */
type Attempt = { readonly is: "pending" | "connected" } | { readonly is: "failed"; readonly error: Errno | undefined; readonly code?: CurlError };

const FAILED = (error: Errno | undefined, code?: CurlError): Attempt => (code === undefined ? { is: "failed", error } : { is: "failed", error, code });

/** Connects to the first address that answers; each gets half of the time that is left, the last one all of it. */
export function* connectTo(easy: Easy, conn: Connection, addresses: readonly Ip4[]): Task<CurlCode> {
  easy.expire("happy-eyeballs", easy.config.happyEyeballsMs);
  let result: CurlError = "COULDNT_CONNECT";
  for (const [i, addr] of addresses.entries()) {
    const left = easy.timeLeftMs(true) ?? 0;
    const limitMs = i < addresses.length - 1 ? Math.trunc(left / 2) : left;
    const attempt = yield* tryAddress(easy, conn, inetAddr(addr, firstHop(conn.place).port), addressText(addr), limitMs);
    if (attempt.is === "connected") return "OK";
    if (attempt.is !== "failed") throw new Error("an attempt ends one way or the other");
    if (attempt.code === "INTERFACE_FAILED") result = attempt.code;
    else if (attempt.code === "OPERATION_TIMEDOUT" && attempt.error === undefined) return attempt.code;
    else result = attempt.code ?? "COULDNT_CONNECT";
    if (attempt.error !== undefined) easy.info.osError = attempt.error;
  }
  const { host, port } = firstHop(conn.place);
  yield* easy.fail(result, `Failed to connect to ${host} port ${port} after ${easy.sinceStartMs} ms: ${curlStrerror(result)}`);
  return easy.info.osError === "ETIMEDOUT" ? "OPERATION_TIMEDOUT" : result;
}

function* tryAddress(easy: Easy, conn: Connection, to: SockAddr & { readonly port: number }, shown: string, limitMs: number): Task<Attempt> {
  const startUs = easy.nowUs;
  const begun = yield* begin(easy, conn, to, `${shown}:${to.port}`, shown);
  if (begun.is === "failed") return begun;
  for (;;) {
    const state = yield* check(easy, conn);
    if (state.is !== "pending") easy.expiries.delete("attempt");
    if (state.is === "connected") return state;
    if (state.is === "failed") return yield* giveUp(easy, conn, state, `connect to ${shown} port ${to.port} failed: `);
    if (Math.trunc((easy.nowUs - startUs) / 1000) >= limitMs) {
      yield* easy.tell(`ipv4 connect timeout after ${limitMs}ms, move on!`);
      return yield* giveUp(easy, conn, FAILED("ETIMEDOUT", "OPERATION_TIMEDOUT"), undefined);
    }
    easy.expiries.set("attempt", startUs + limitMs * 1000 + 1000);
    yield* easy.tick();
    yield* pollOnce(easy, [{ fd: conn.fd, out: true }]);
    if (easy.timedOut) {
      yield* easy.fail("OPERATION_TIMEDOUT", `Connection timed out after ${easy.sinceStartMs} milliseconds`);
      return FAILED(undefined, "OPERATION_TIMEDOUT");
    }
  }
}

function* giveUp(easy: Easy, conn: Connection, failure: Attempt, words: string | undefined): Task<Attempt> {
  if (words !== undefined && failure.is === "failed" && failure.error !== undefined) yield* easy.tell(words + strerror(failure.error));
  easy.sys.close(conn.fd);
  conn.fd = -1;
  return failure;
}

/** A socket with curl's options, and the beginning of the handshake. */
function* begin(easy: Easy, conn: Connection, to: SockAddr, trying: string, shown: string): Task<Attempt> {
  const { sys } = easy;
  const fd = sys.socket(to.family === "unix" ? "unix" : "inet", "stream", to.family === "unix" ? "default" : "tcp");
  if (isErrno(fd)) return FAILED(fd);
  conn.fd = fd;
  yield* easy.tell(`  Trying ${trying}...`);
  if (to.family === "inet") {
    setOptions(easy, fd);
    const bound = yield* bindLocal(easy, fd);
    if (bound !== undefined) return yield* giveUp(easy, conn, bound, undefined);
  }
  sys.setNonBlock(fd, true);
  const failed = yield* sys.connect(fd, to);
  if (failed === undefined || failed === "EINPROGRESS" || failed === "EAGAIN") return { is: "pending" };
  yield* easy.tell(`Immediate connect fail for ${shown}: ${strerror(failed)}`);
  return yield* giveUp(easy, conn, FAILED(failed), undefined);
}

function setOptions(easy: Easy, fd: number): void {
  const { sys, config } = easy;
  if (config.tcpNoDelay) sys.setsockopt(fd, "TCP_NODELAY", true);
  if (!config.keepAlive) return;
  const everyNs = (config.keepAliveSec || KEEPALIVE_SEC) * SEC_NS;
  sys.setsockopt(fd, "SO_KEEPALIVE", true);
  sys.setsockopt(fd, "TCP_KEEPIDLE", everyNs);
  sys.setsockopt(fd, "TCP_KEEPINTVL", everyNs);
}

/** --interface and --local-port. Undefined = nothing wrong. */
function* bindLocal(easy: Easy, fd: number): Task<Attempt | undefined> {
  const { iface, localPort, localPortRange } = easy.config;
  if (iface === undefined && localPort === 0) return undefined;
  const addr = iface === undefined ? parseIp4("0.0.0.0") : yield* localAddress(easy, fd, iface);
  if (addr === "by-device") return undefined;
  if (addr === null) {
    yield* easy.fail("INTERFACE_FAILED", iface?.startsWith("if!") === true ? `Couldn't bind to interface '${iface.slice(3)}'` : `Couldn't bind to '${(iface ?? "").replace(/^host!/, "")}'`);
    return FAILED(undefined, "INTERFACE_FAILED");
  }
  let failed: Errno | undefined;
  for (let port = localPort; port < localPort + localPortRange; port++) {
    failed = easy.sys.bind(fd, inetAddr(addr, port));
    if (failed === undefined) {
      // The port that was asked for, 0 = any.
      yield* easy.tell(`Local port: ${port}`);
      return undefined;
    }
    if (port + 1 < localPort + localPortRange) yield* easy.tell(`Bind to local port ${port} failed, trying next`);
  }
  if (failed !== undefined) yield* easy.fail("INTERFACE_FAILED", `bind failed with errno ${errnoNumber(failed)}: ${strerror(failed)}`);
  return FAILED(failed, "INTERFACE_FAILED");
}

/** An interface binds the socket to its device, which is all; otherwise an address, given by number or name. */
function* localAddress(easy: Easy, fd: number, iface: string): Task<Ip4 | "by-device" | null> {
  const name = iface.replace(/^(?:if|host)!/, "");
  const isDevice = !iface.startsWith("host!") && listLinks(easy.sys).some((link) => link.name === asText(name));
  if (isDevice && easy.sys.setsockopt(fd, "SO_BINDTODEVICE", asText(name)) === undefined) return "by-device";
  if (iface.startsWith("if!")) return null;
  const numeric = parseIp4(name);
  const found = numeric !== null ? numeric : yield* addressOfName(easy, name);
  if (found !== null) yield* easy.tell(`Name '${name}' family 2 resolved to '${addressText(found)}' family 2`);
  return found;
}

function* addressOfName(easy: Easy, name: string): Task<Ip4 | null> {
  const found = yield* resolveName(easy.sys, asText(name));
  if (found.is === "found") return found.addresses[0];
  yield* easy.fail("INTERFACE_FAILED", `Could not resolve host: ${name}`);
  return null;
}

function* check(easy: Easy, conn: Connection): Task<Attempt> {
  const ready = yield* pollNow(easy, { fd: conn.fd, out: true });
  if (ready === undefined) return { is: "pending" };
  const error = easy.sys.getsockopt(conn.fd, "SO_ERROR");
  return error === null ? { is: "connected" } : FAILED(error as Errno);
}

/** --unix-socket: no look-up and no names in it. */
export function* connectUnix(easy: Easy, conn: Connection, socket: { readonly path: string; readonly abstract: boolean }): Task<CurlCode> {
  const path = socket.abstract ? `\0${asText(socket.path)}` : asText(socket.path);
  const begun = yield* begin(easy, conn, { family: "unix", path }, `${socket.path}:0`, socket.path);
  if (begun.is === "failed") {
    easy.info.osError = begun.error;
    return yield* easy.fail("COULDNT_CONNECT", `Failed to connect to ${conn.place.host} port ${conn.place.port} after ${easy.sinceStartMs} ms: ${curlStrerror("COULDNT_CONNECT")}`);
  }
  return "OK";
}
