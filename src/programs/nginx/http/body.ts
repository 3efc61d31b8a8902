import { bodyReader } from "../../../http/body.ts";
import { concatBytes, latin1 } from "../../../http/bytes.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import { errnoText } from "../log.ts";
import type { Co } from "../../lib/event-loop.ts";
import { logError, type Context } from "./context.ts";
import type { Request } from "./request.ts";

/** The request's body: read for an upstream, or read and thrown away. */

const READ_BYTES = 16_384;
const hasBody = (r: Request): boolean => r.chunked || r.contentLength > 0;

/** Reads all of it into `r.body`; 0, or a status to refuse with, or "closed". */
export function* readBody(cx: Context): Co<number | "closed"> {
  const { r } = cx;
  if (r.bodyTaken || !hasBody(r)) {
    r.bodyTaken = true;
    return 0;
  }
  r.bodyTaken = true;
  yield* sendContinue(cx);
  const reader = bodyReader(r.chunked ? { is: "chunked" } : { is: "length", bytes: r.contentLength });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const taken = reader.push(r.conn.buffer);
    r.conn.use(taken.used);
    r.requestLength += taken.used;
    parts.push(...taken.data.map((d) => d.slice()));
    bytes += taken.data.reduce((n, d) => n + d.length, 0);
    if (taken.state.is === "bad") {
      logError(cx, "error", "client sent invalid chunked body");
      return 400;
    }
    if (r.chunked && r.v.clientMaxBodySize > 0 && bytes > r.v.clientMaxBodySize) {
      logError(cx, "error", `client intended to send too large chunked body: ${bytes} bytes`);
      return 413;
    }
    if (taken.state.is === "done") break;
    const got = yield* r.conn.fill(READ_BYTES, cx.w.sys.nowNs + r.v.clientBodyTimeout * 1e6);
    if (got === "timeout") return 408;
    if (got !== "data") return closedEarly(cx, got);
  }
  r.body = concatBytes(parts);
  return 0;
}

function closedEarly(cx: Context, got: string): "closed" {
  logError(cx, "info", isErrno(got) ? `recv() failed${errnoText(got)} while reading client request body` : "client prematurely closed connection");
  return "closed";
}

/** `Expect: 100-continue` is answered when somebody wants the body, or wants it out of the way. */
function* sendContinue({ r }: Context): Co<void> {
  if (r.expectTested || r.version < 11 || r.field("expect")?.toLowerCase() !== "100-continue") return;
  r.expectTested = true;
  const go = latin1("HTTP/1.1 100 Continue\r\n\r\n");
  yield* r.conn.send(go, r.v.sendTimeout);
  r.sentBytes += go.length;
}

/** ngx_http_discard_request_body's first look: takes what of the body has come already. False: it is no body. */
export function* takeBuffered(cx: Context): Co<boolean> {
  const { r } = cx;
  if (r.bodyTaken || r.discarding !== undefined) return true;
  yield* sendContinue(cx);
  if (!hasBody(r)) return true;
  r.discarding = bodyReader(r.chunked ? { is: "chunked" } : { is: "length", bytes: r.contentLength });
  const taken = r.discarding.push(r.conn.buffer);
  r.conn.use(taken.used);
  if (taken.state.is === "done") r.bodyTaken = true;
  if (taken.state.is !== "bad") return true;
  logError(cx, "error", "client sent invalid chunked body");
  r.bodyTaken = true;
  return false;
}

/** Nobody wants the body: it is read and forgotten, so that the next request can be found. False = the connection is of no more use. */
export function* discardBody(cx: Context): Co<boolean> {
  const { r } = cx;
  if (r.bodyTaken || !hasBody(r)) return true;
  r.bodyTaken = true;
  const reader = r.discarding ?? bodyReader(r.chunked ? { is: "chunked" } : { is: "length", bytes: r.contentLength });
  const untilNs = cx.w.sys.nowNs + r.v.lingeringTime * 1e6;
  for (;;) {
    const taken = reader.push(r.conn.buffer);
    r.conn.use(taken.used);
    if (taken.state.is !== "more") return taken.state.is === "done";
    const got = yield* r.conn.fill(4096, Math.min(untilNs, cx.w.sys.nowNs + r.v.lingeringTimeout * 1e6));
    if (got !== "data") return false;
  }
}
