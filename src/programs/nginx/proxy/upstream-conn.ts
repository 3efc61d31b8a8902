import { latin1 } from "../../../http/bytes.ts";
import { errnoNumber, isErrno, strerror, type Errno } from "../../../net/uapi/errno.ts";
import type { InetAddr } from "../../../net/uapi/socket.ts";
import { parseIp4 } from "../../../wire/addr.ts";
import { Conn } from "../http/conn.ts";
import { evaluate, logError, type Context } from "../http/context.ts";
import { waitFor, type Co } from "../../lib/event-loop.ts";
import { parseHead, type UpstreamHead } from "./response-head.ts";

/** One attempt: connect, send, read the head. Each failure is told in the error log and has a kind that proxy_next_upstream knows. */

export type Failure = { readonly is: "failed"; readonly kind: "error" | "timeout" | "invalid_header" } | { readonly is: "aborted" };

export interface Attempt {
  readonly cx: Context;
  /** `http://10.0.0.1:80/uri`, for the log. */
  readonly url: string;
  /** Bytes of the request went out. */
  requestSent: boolean;
}

const failed = (kind: "error" | "timeout" | "invalid_header"): Failure => ({ is: "failed", kind });
const told = (e: Errno): string => `(${errnoNumber(e)}: ${strerror(e)})`;

const say = (a: Attempt, text: string): void => logError(a.cx, "error", text, a.url);

function timedOut(a: Attempt, doing: string): Failure {
  say(a, `upstream timed out (110: Connection timed out) while ${doing}`);
  return failed("timeout");
}

/** Waits for the upstream, and looks whether the client is still there. */
function* waitUpstream(a: Attempt, fd: number, how: "in" | "out", deadlineNs: number, doing: string): Co<"ready" | "timeout" | "aborted"> {
  const { r } = a.cx;
  for (let watching = !r.v.proxyIgnoreClientAbort; ; ) {
    const wants = [how === "in" ? { fd, in: true } : { fd, out: true }, ...(watching ? [{ fd: r.conn.fd, in: true }] : [])];
    const ready = yield* waitFor(wants, deadlineNs);
    if (ready.length === 0) return "timeout";
    if (ready.some((one) => one.fd === fd)) return "ready";
    const gone = yield* r.conn.gone();
    if (gone === false) watching = false;
    else {
      logError(a.cx, "info", `epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while ${doing}`, a.url);
      return "aborted";
    }
  }
}

export function* connectTo(a: Attempt, addr: InetAddr): Co<Conn | Failure> {
  const { sys } = a.cx.w;
  const { v } = a.cx.r;
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd)) return failed("error");
  sys.setNonBlock(fd, true);
  if (v.proxySocketKeepalive) sys.setsockopt(fd, "SO_KEEPALIVE", true);
  const bound = bindTo(a, fd);
  const result = bound ?? (yield* finishConnect(a, fd, addr));
  if (result !== undefined) {
    sys.close(fd);
    return result;
  }
  const local = sys.getsockname(fd);
  return new Conn(sys, fd, typeof local === "object" && local.family === "inet" ? local : addr, addr);
}

function bindTo(a: Attempt, fd: number): Failure | undefined {
  const { proxyBind } = a.cx.r.v;
  const addr = proxyBind === undefined ? null : parseIp4(evaluate(a.cx, proxyBind));
  if (addr === null) return undefined;
  const refused = a.cx.w.sys.bind(fd, { family: "inet", addr, port: 0 });
  if (refused === undefined) return undefined;
  logError(a.cx, "crit", `bind(${evaluate(a.cx, proxyBind!)}) failed ${told(refused)} while connecting to upstream`, a.url);
  return failed("error");
}

function* finishConnect(a: Attempt, fd: number, addr: InetAddr): Co<Failure | undefined> {
  const { sys } = a.cx.w;
  const doing = "connecting to upstream";
  a.cx.w.cycle.counter.connections++;
  const started = yield* sys.connect(fd, addr);
  if (started === undefined) return undefined;
  if (started !== "EINPROGRESS") {
    say(a, `connect() to ${a.url.replace(/^http:\/\/([^/]*).*$/s, "$1")} failed ${told(started)} while ${doing}`);
    return failed("error");
  }
  const waited = yield* waitUpstream(a, fd, "out", sys.nowNs + a.cx.r.v.proxyConnectTimeout * 1e6, doing);
  if (waited === "timeout") return timedOut(a, doing);
  if (waited === "aborted") return { is: "aborted" };
  const error = sys.getsockopt(fd, "SO_ERROR");
  if (error === null) return undefined;
  say(a, `connect() failed ${told(error)} while ${doing}`);
  return failed("error");
}

export function* sendRequest(a: Attempt, conn: Conn, head: string, body: Uint8Array): Co<Failure | undefined> {
  const all = new Uint8Array(head.length + body.length);
  all.set(latin1(head));
  all.set(body, head.length);
  a.requestSent = true;
  const sent = yield* conn.send(all, a.cx.r.v.proxySendTimeout);
  if (sent === "sent") return undefined;
  if (sent === "timeout") return timedOut(a, "sending request to upstream");
  // An upstream that answers before it has read all may have closed: its answer counts.
  if (sent === "EPIPE" || sent === "ECONNRESET") return undefined;
  say(a, `send() failed ${told(sent)} while sending request to upstream`);
  return failed("error");
}

/** The head, or "old" for an answer without one. */
export function* readResponseHead(a: Attempt, conn: Conn): Co<UpstreamHead | "old" | Failure> {
  const { v } = a.cx.r;
  const doing = "reading response header from upstream";
  for (;;) {
    const parsed = conn.buffer.length === 0 ? { is: "more" as const } : parseHead(conn.buffer);
    if (!("is" in parsed)) return parsed;
    if (parsed.is === "invalid") {
      say(a, `upstream sent invalid header: "${parsed.why}" while ${doing}`);
      return failed("invalid_header");
    }
    if (parsed.is === "old") return yield* oldStyle(a);
    if (conn.buffer.length >= v.proxyBufferSize) {
      say(a, `upstream sent too big header while ${doing}`);
      return failed("invalid_header");
    }
    const failure = yield* readMore(a, conn, v.proxyBufferSize - conn.buffer.length, doing);
    if (failure !== undefined) return failure;
  }
}

function* oldStyle(a: Attempt): Co<"old"> {
  say(a, "upstream sent no valid HTTP/1.0 header while reading response header from upstream");
  return "old";
}

function* readMore(a: Attempt, conn: Conn, maxBytes: number, doing: string): Co<Failure | undefined> {
  const { sys } = a.cx.w;
  const got = yield* conn.fill(maxBytes, 0);
  if (got === "data") return undefined;
  if (got === "end") {
    say(a, `upstream prematurely closed connection while ${doing}`);
    return failed("error");
  }
  if (got !== "timeout") {
    say(a, `recv() failed ${told(got)} while ${doing}`);
    return failed("error");
  }
  const waited = yield* waitUpstream(a, conn.fd, "in", sys.nowNs + a.cx.r.v.proxyReadTimeout * 1e6, doing);
  if (waited === "aborted") return { is: "aborted" };
  return waited === "timeout" ? timedOut(a, doing) : undefined;
}

/** More of the body: how the wait ended. */
export function* readBodyMore(a: Attempt, conn: Conn, maxBytes: number): Co<"data" | "end" | "failed" | "aborted"> {
  const got = yield* conn.fill(maxBytes, 0);
  if (got === "data" || got === "end") return got;
  if (got !== "timeout") {
    say(a, `recv() failed ${told(got)} while reading upstream`);
    return "failed";
  }
  const waited = yield* waitUpstream(a, conn.fd, "in", a.cx.w.sys.nowNs + a.cx.r.v.proxyReadTimeout * 1e6, "reading upstream");
  if (waited === "ready") return yield* readBodyMore(a, conn, maxBytes);
  if (waited === "timeout") timedOut(a, "reading upstream");
  return waited === "timeout" ? "failed" : "aborted";
}
