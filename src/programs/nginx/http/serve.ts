import { dotted } from "../conf/network.ts";
import type { AddrConf } from "../listening.ts";
import type { Co } from "../../lib/event-loop.ts";
import type { Worker } from "../worker.ts";
import { logAccess } from "./access-log.ts";
import { discardBody, takeBuffered } from "./body.ts";
import type { Conn } from "./conn.ts";
import type { Context } from "./context.ts";
import { readHead } from "./head.ts";
import { leaveLimits } from "./limit.ts";
import { handleRequest } from "./phases.ts";
import { Request } from "./request.ts";
import { specialResponse } from "./special.ts";

/** One client's connection from accept to close: request after request. */
export function* serveConnection(w: Worker, conn: Conn, addr: AddrConf, connection: number, state: { idle: boolean }): Co<void> {
  w.connections++;
  w.counters.waiting++;
  const openedNs = w.sys.nowNs;
  try {
    for (let requests = 1; ; requests++) {
      const pipelined = conn.buffer.length > 0;
      if (!(yield* awaitRequest(w, conn, addr, state, requests, connection))) return;
      const cx = newContext(w, conn, addr, connection, requests, pipelined);
      if (!(yield* oneRequest(cx))) return yield* lingering(cx);
      const { v } = cx.r;
      const worn = requests >= v.keepaliveRequests || w.sys.nowNs - openedNs > v.keepaliveTime * 1e6;
      if (w.exiting || worn || v.keepaliveTimeout === 0) return;
      keepaliveMs.set(conn, v.keepaliveTimeout);
    }
  } finally {
    w.connections--;
    w.counters.waiting--;
    conn.close();
  }
}

const keepaliveMs = new WeakMap<Conn, number>();
const FIRST_READ_BYTES = 1024;
/** CPU time for parsing a request and finding its place. */
const REQUEST_NS = 50_000;

/** Waits for the first byte of a request; silence ends the connection. */
function* awaitRequest(w: Worker, conn: Conn, addr: AddrConf, state: { idle: boolean }, requests: number, connection: number): Co<boolean> {
  if (conn.buffer.length > 0) return true;
  state.idle = true;
  const ms = requests === 1 ? addr.defaultServer.clientHeaderTimeout ?? 60_000 : keepaliveMs.get(conn) ?? 75_000;
  const got = yield* conn.fill(addr.defaultServer.clientHeaderBufferSize ?? FIRST_READ_BYTES, w.sys.nowNs + ms * 1e6);
  state.idle = false;
  if (got === "timeout" && requests === 1) w.logger.log("info", "client timed out (110: Connection timed out) while waiting for request", connection);
  if (got === "end" && requests > 1) w.logger.log("info", `client ${dotted(conn.peer.addr)} closed keepalive connection`, connection);
  return got === "data";
}

function newContext(w: Worker, conn: Conn, addr: AddrConf, connection: number, requests: number, pipelined: boolean): Context {
  const r = new Request(w.cycle.http!, addr, conn, connection, requests, w.sys.nowNs, w.sys.wallTime().sec);
  r.pipelined = pipelined;
  w.counters.requests++;
  return { w, r };
}

/** Reads, answers and logs one request. False: the connection is to be closed. */
function* oneRequest(cx: Context): Co<boolean> {
  const { r, w } = cx;
  w.counters.reading++;
  w.counters.waiting--;
  const head = yield* readHead(cx);
  yield* w.sys.compute(REQUEST_NS);
  w.counters.reading--;
  w.counters.writing++;
  try {
    if (w.exiting) r.keepalive = false;
    if (head === "closed") r.dropped = true;
    else if (head === 408) r.dropped = true;
    else if (head > 0) yield* refuse(cx, head);
    else yield* handleRequest(cx);
    if (head === "closed") r.errStatus = 400;
    if (head === 408) r.errStatus = 408;
    r.complete = !r.dropped;
    return r.keepalive && !r.dropped && !r.closeAfter ? yield* discardBody(cx) : false;
  } finally {
    leaveLimits(cx);
    if (head !== "closed" || r.requestLine !== "") logAccess(cx);
    w.counters.writing--;
    w.counters.waiting++;
  }
}

/** A head that cannot be understood is answered with a page, and the connection ends. */
function* refuse(cx: Context, status: number): Co<void> {
  cx.r.keepalive = false;
  yield* specialResponse(cx, status);
}

/** ngx_http_set_lingering_close: unread bytes would make the kernel reset the connection, and the answer be lost. */
function* lingering(cx: Context): Co<void> {
  const { r, w } = cx;
  if (r.dropped || r.v.lingeringClose === "off") return;
  if (!r.closeAfter) yield* takeBuffered(cx);
  const bodyComes = r.discarding !== undefined && !r.bodyTaken;
  const unread = r.conn.buffer.length > 0 || (yield* r.conn.pending());
  if (!bodyComes && !unread && r.v.lingeringClose !== "always") return;
  if (!bodyComes) w.sys.shutdown(r.conn.fd, "write");
  const untilNs = w.sys.nowNs + r.v.lingeringTime * 1e6;
  for (;;) {
    r.conn.buffer = r.conn.buffer.subarray(0, 0);
    const got = yield* r.conn.fill(4096, Math.min(untilNs, w.sys.nowNs + r.v.lingeringTimeout * 1e6));
    if (got !== "data") return;
  }
}
