import type { Upstream } from "../conf/model.ts";
import type { ProxyTarget } from "../conf/model.ts";
import { readBody } from "../http/body.ts";
import type { Conn } from "../http/conn.ts";
import { evaluate, logError, type Context } from "../http/context.ts";
import type { Outcome, UpstreamState } from "../http/request.ts";
import { sendHeader } from "../http/respond.ts";
import type { Co } from "../../lib/event-loop.ts";
import { keepIdle, takeIdle } from "./idle.ts";
import { beginChoice, freePeer, nextPeer, type Choice, type Peer } from "./peers.ts";
import { buildRequest, upstreamUri, type UpstreamRequest } from "./request-text.ts";
import { copyHead, headField, type UpstreamHead } from "./response-head.ts";
import { passBody, passOld } from "./response-body.ts";
import { findTarget } from "./target.ts";
import { connectTo, readResponseHead, sendRequest, type Attempt, type Failure } from "./upstream-conn.ts";

/** Passing a request on (ngx_http_upstream.c): servers are tried one after the other until one answers. */

type Target = ProxyTarget & { readonly upstream: Upstream };

interface Exchange {
  readonly cx: Context;
  readonly target: Target;
  readonly choice: Choice;
  readonly uri: string;
  readonly request: UpstreamRequest;
  readonly startNs: number;
}

const secNow = (cx: Context): number => Math.floor(cx.w.sys.nowNs / 1e9);

export function* proxyRequest(cx: Context): Co<Outcome> {
  const { r } = cx;
  const configured = r.loc.proxy;
  if (configured === undefined) return 500;
  const body = yield* readBody(cx);
  if (body === "closed") {
    r.dropped = true;
    r.out.status = 400;
    return "done";
  }
  if (body !== 0) return body;
  const target = yield* findTarget(cx, configured);
  if (typeof target === "number") return target;
  const [host = "", port = "80"] = target.hostPort.split(":");
  r.upstreamHost = target.hostHeader;
  r.upstreamPort = host === "" ? "" : port;
  const uri = upstreamUri(cx, target);
  const choice = beginChoice(cx.w.peers.of(target.upstream));
  const tries = r.v.proxyNextUpstreamTries;
  if (tries > 0 && choice.tries > tries) choice.tries = tries;
  return yield* tryServers({ cx, target, choice, uri, request: buildRequest(cx, target, uri), startNs: cx.w.sys.nowNs });
}

function* tryServers(e: Exchange): Co<Outcome> {
  const { cx, choice } = e;
  for (;;) {
    const key = { client: cx.r.conn.peer.addr, key: e.target.upstream.hashKey === undefined ? "" : evaluate(cx, e.target.upstream.hashKey), random: () => cx.w.sys.random() };
    const peer = nextPeer(choice, secNow(cx), key);
    if (peer === undefined) {
      logError(cx, "error", "no live upstreams while connecting to upstream", `http://${e.target.upstream.host}${e.uri}`);
      cx.r.upstreams.push(newState(e.target.upstream.host, 502));
      return 502;
    }
    const attempt: Attempt = { cx, url: `http://${peer.text}${e.uri}`, requestSent: false };
    const result = yield* askPeer(e, peer, attempt);
    if (typeof result !== "object") return result;
    if (result.is === "aborted") return 499;
    const status = finishFailed(e, peer, result, attempt.requestSent);
    if (status !== undefined) return status;
  }
}

const newState = (peer: string, status = 0): UpstreamState =>
  ({ peer, status, responseMs: 0, connectMs: NaN, headerMs: NaN, responseBytes: 0, bytesSent: 0, bytesReceived: 0 });

type Refused = Failure | { readonly is: "failed"; readonly kind: `http_${number}`; readonly status: number };

/** Whether another server is asked (undefined), or which status it is. */
function finishFailed(e: Exchange, peer: Peer, failure: Exclude<Refused, { is: "aborted" }>, sent: boolean): Outcome | undefined {
  const { cx, choice } = e;
  const { v } = cx.r;
  if (freePeer(choice, peer, failure.kind !== "http_403" && failure.kind !== "http_404", secNow(cx))) logError(cx, "warn", `upstream server temporarily disabled while ${doing(failure.kind)}`, `http://${peer.text}${e.uri}`);
  const status = failure.kind === "timeout" ? 504 : "status" in failure ? failure.status : 502;
  const state = cx.r.upstreams.at(-1);
  if (state !== undefined) {
    state.status = status;
    state.responseMs = Math.floor((cx.w.sys.nowNs - e.startNs) / 1e6);
  }
  const tooLate = v.proxyNextUpstreamTimeout > 0 && cx.w.sys.nowNs - e.startNs >= v.proxyNextUpstreamTimeout * 1e6;
  const unsafe = ["POST", "LOCK", "PATCH"].includes(cx.r.method) && sent && !v.proxyNextUpstream.has("non_idempotent");
  const again = choice.tries > 0 && v.proxyNextUpstream.has(failure.kind) && !tooLate && !unsafe;
  return again ? undefined : status;
}

const doing = (kind: string): string => (kind === "error" || kind === "timeout" ? "connecting to upstream" : "reading response header from upstream");

function* askPeer(e: Exchange, peer: Peer, attempt: Attempt): Co<Outcome | Refused> {
  const { cx, choice } = e;
  const state = newState(peer.text);
  cx.r.upstreams.push(state);
  const beganNs = cx.w.sys.nowNs;
  const idle = yield* takeIdle(cx.w, choice.group, peer);
  const conn = idle?.conn ?? (yield* connectTo(attempt, peer.addr));
  if ("is" in conn) return conn;
  state.connectMs = sinceMs(cx, beganNs);
  let keep = false;
  try {
    const head = yield* converse(attempt, conn, e.request);
    if (typeof head === "object" && "is" in head) return head;
    state.headerMs = sinceMs(cx, beganNs);
    const outcome = yield* answer(e, attempt, conn, head, state);
    keep = outcome.keep && choice.group.upstream.keepalive > 0 && cx.r.v.proxyHttpVersion === 11;
    if (outcome.result !== "done") return outcome.result;
    freePeer(choice, peer, false, secNow(cx));
    if (keep) keepIdle(cx.w, choice.group, { conn, peer, openedNs: idle?.openedNs ?? beganNs, requests: (idle?.requests ?? 0) + 1, taken: false });
    return "done";
  } finally {
    state.responseMs = sinceMs(cx, beganNs);
    state.bytesSent = conn.bytesSent;
    state.bytesReceived = conn.bytesReceived;
    if (!keep) conn.close();
  }
}

const sinceMs = (cx: Context, ns: number): number => Math.floor((cx.w.sys.nowNs - ns) / 1e6);

function* converse(a: Attempt, conn: Conn, request: UpstreamRequest): Co<UpstreamHead | "old" | Failure> {
  const failure = yield* sendRequest(a, conn, request.head, request.body);
  return failure ?? (yield* readResponseHead(a, conn));
}

const RETRIED = new Set([500, 502, 503, 504, 403, 404, 429]);

interface Answered {
  readonly result: Outcome | Refused;
  readonly keep: boolean;
}

function* answer(e: Exchange, a: Attempt, conn: Conn, head: UpstreamHead | "old", state: UpstreamState): Co<Answered> {
  const { cx, target } = e;
  const { r } = cx;
  if (head === "old") {
    state.status = 200;
    yield* passOld(a, conn, state);
    return { result: "done", keep: false };
  }
  state.status = head.status;
  const kind = `http_${head.status}` as const;
  if (RETRIED.has(head.status) && r.v.proxyNextUpstream.has(kind) && (e.choice.tries > 1 || r.v.proxyInterceptErrors)) {
    return { result: { is: "failed", kind: kind as `http_${number}`, status: head.status }, keep: false };
  }
  conn.use(head.bytes);
  r.upstreamHeaders = head.fields;
  if (r.v.proxyInterceptErrors && head.status >= 300 && r.v.errorPages.some((p) => p.status === head.status)) {
    if (head.status === 401) for (const f of head.fields.filter((h) => h.lower === "www-authenticate")) r.out.list.push([f.name, f.value]);
    return { result: head.status, keep: false };
  }
  copyHead(cx, head, target);
  yield* sendHeader(cx);
  const ended = yield* passBody(a, conn, head, state);
  return { result: "done", keep: ended.ok && ended.keep && mayKeep(head) };
}

/** The upstream lets the connection be used again. */
function mayKeep(head: UpstreamHead): boolean {
  const connection = headField(head, "connection")?.toLowerCase() ?? "";
  return head.version >= 11 ? !connection.includes("close") : connection.includes("keep-alive");
}
