import { isErrno } from "../../../net/uapi/errno.ts";
import { latin1 } from "../../../http/bytes.ts";
import { asText } from "../../lib/bytes.ts";
import type { LocConf } from "../conf/model.ts";
import type { Co } from "../../lib/event-loop.ts";
import { proxyRequest } from "../proxy/proxy.ts";
import { checkAccess } from "./access.ts";
import { evaluate, logError, type Context } from "./context.ts";
import { serveFiles, type Content } from "./files.ts";
import { checkLimits } from "./limit.ts";
import { findLocation } from "./location.ts";
import type { Outcome } from "./request.ts";
import { sendWhole } from "./respond.ts";
import { enterLocation, runRewrite } from "./rewrite.ts";
import { specialResponse, type Next } from "./special.ts";

/** The phases of a request: rewrite of the server, location, rewrite of the location, limits, access, try_files, content; and round again when the URI was changed. */
export function* handleRequest(cx: Context): Co<void> {
  const { r } = cx;
  let step: Content = { is: "outcome", outcome: yield* fromServer(cx) };
  if (step.outcome === "declined") step = yield* fromLocation(cx);
  for (;;) {
    let next: Next;
    if (step.is === "redirect") next = splitUri(step.uri, step.args);
    else if (step.outcome === "done" || step.outcome === "declined") return;
    else if (step.outcome === 444) return void (r.dropped = true, r.out.status = 444);
    else if (step.outcome === 408 || step.outcome === 499) return void (r.dropped = true, r.out.status = step.outcome);
    else if ( r.headerSent && step.outcome >= 300) return void (r.dropped = true);
    else next = yield* specialResponse(cx, step.outcome);
    if (next.is === "end") return;
    step = yield* goTo(cx, next);
  }
}

const splitUri = (uri: string, args: string): Next => {
  const [path = "", own] = uri.split(/\?(.*)/s);
  return { is: "uri", uri: path, args: own ?? args };
};

function* fromServer(cx: Context): Co<Outcome> {
  cx.r.loc = cx.r.srv.loc;
  return yield* runRewrite(cx, cx.r.srv.loc.codes, false);
}

/** ngx_http_internal_redirect, which begins again with the server's rewrites, and ngx_http_named_location, which does not. */
function* goTo(cx: Context, next: Exclude<Next, { is: "end" }>): Co<Content> {
  const { r } = cx;
  const cycle = (): Content => {
    logError(cx, "error", next.is === "uri" ? `rewrite or internal redirection cycle while internally redirecting to "${next.uri}"` : `rewrite or internal redirection cycle while redirect to named location "${next.name}"`);
    return { is: "outcome", outcome: 500 };
  };
  if (--r.uriChanges <= 0) return cycle();
  r.internal = true;
  r.handler = undefined;
  if (next.is === "named") return yield* toNamed(cx, next.name);
  r.validUnparsedUri = false;
  r.uri = next.uri;
  r.args = next.args;
  r.uriChanged = false;
  const rewritten = yield* fromServer(cx);
  return rewritten === "declined" ? yield* fromLocation(cx) : { is: "outcome", outcome: rewritten };
}

function* toNamed(cx: Context, name: string): Co<Content> {
  const loc = cx.r.srv.named.get(name);
  if (loc === undefined) {
    logError(cx, "error", `could not find named location "${name}"`);
    return { is: "outcome", outcome: 500 };
  }
  return yield* inLocation(cx, loc, () => fromLocation(cx));
}

/** Finds the location, as often as its rewrites change the URI. */
function* fromLocation(cx: Context): Co<Content> {
  const { r } = cx;
  for (;;) {
    r.uriChanged = false;
    r.handler = undefined;
    const found = findLocation(r.srv.loc, r.uri);
    if (found.loc.pattern !== undefined) takeCaptures(cx, found.loc);
    if (found.loc.internal && !r.internal) return { is: "outcome", outcome: 404 };
    if (found.redirect) {
      r.loc = found.loc;
      r.out.location = `${r.uri}/${r.args === "" ? "" : `?${r.args}`}`;
      return { is: "outcome", outcome: 301 };
    }
    let again = false;
    const content: Content = yield* inLocation(cx, found.loc, function* (): Co<Content> {
      again = true;
      return { is: "outcome", outcome: "declined" };
    });
    if (!again) return content;
  }
}

function takeCaptures({ r }: Context, loc: LocConf): void {
  const m = loc.pattern?.regex.exec(r.uri);
  if (m === null || m === undefined) return;
  r.captures = m;
  for (const [name, value] of Object.entries(m.groups ?? {})) r.vars.set(name, value);
}

/** Everything from a location's own rewrites on. `changed`: what to do when they changed the URI. */
function* inLocation(cx: Context, loc: LocConf, changed: () => Co<Content>): Co<Content> {
  const { r } = cx;
  const chosen = loc.limitExcept !== undefined && !loc.limitExcept.methods.has(r.method) ? loc.limitExcept.loc : loc;
  enterLocation(cx, chosen);
  r.handler = chosen.handler;
  if (tooLarge(cx)) return { is: "outcome", outcome: 413 };
  // Where no location fits, the server's own rewrites are not run a second time.
  const rewritten = chosen === r.srv.loc ? "declined" : yield* runRewrite(cx, chosen.codes, true);
  if (rewritten !== "declined") return { is: "outcome", outcome: rewritten };
  if (r.uriChanged) {
    if (--r.uriChanges <= 0) {
      logError(cx, "error", `rewrite or internal redirection cycle while processing "${r.uri}"`);
      return { is: "outcome", outcome: 500 };
    }
    r.uriChanged = false;
    r.loc = r.srv.loc;
    return yield* changed();
  }
  return yield* afterRewrite(cx, loc);
}

function tooLarge(cx: Context): boolean {
  const { r } = cx;
  if (r.contentLength < 0 || r.bodyTaken || r.v.clientMaxBodySize === 0 || r.contentLength <= r.v.clientMaxBodySize) return false;
  logError(cx, "error", `client intended to send too large body: ${r.contentLength} bytes`);
  r.expectTested = true;
  return true;
}

function* afterRewrite(cx: Context, loc: LocConf): Co<Content> {
  const limited = yield* checkLimits(cx);
  if (limited !== "declined") return { is: "outcome", outcome: limited };
  const refused = yield* checkAccess(cx);
  if (refused !== "declined") return { is: "outcome", outcome: refused };
  const tried = tryFiles(cx, loc.kind === "server" ? cx.r.srv.loc : cx.r.loc);
  if (tried !== undefined) return tried.is === "named" ? yield* goTo(cx, tried) : tried;
  return yield* content(cx);
}

function tryFiles(cx: Context, loc: LocConf): Content | { readonly is: "named"; readonly name: string } | undefined {
  const { tryFiles: rule } = loc;
  if (rule === undefined) return undefined;
  for (const { path, dir } of rule.tests) {
    const text = evaluate(cx, path);
    const stat = cx.w.sys.stat(asText(fileFor(cx, text)));
    if (isErrno(stat) || (stat.kind === "dir") !== dir) continue;
    cx.r.uri = text.startsWith("/") ? text : `/${text}`;
    return undefined;
  }
  if (rule.status > 0) return { is: "outcome", outcome: rule.status };
  const last = evaluate(cx, rule.last);
  return last.startsWith("@") ? { is: "named", name: last } : { is: "redirect", uri: last, args: "" };
}

function fileFor(cx: Context, text: string): string {
  const { path, alias } = cx.r.v.root;
  const root = evaluate(cx, path);
  return alias ? root + text.slice(text.startsWith(cx.r.loc.name) ? cx.r.loc.name.length : 0) : root + (text.startsWith("/") ? text : `/${text}`);
}

function* content(cx: Context): Co<Content> {
  const { r } = cx;
  if (r.handler === "proxy") return { is: "outcome", outcome: yield* proxyRequest(cx) };
  if (r.handler === "stub_status") return { is: "outcome", outcome: yield* stubStatus(cx) };
  return yield* serveFiles(cx);
}

function* stubStatus(cx: Context): Co<Outcome> {
  const { r, w } = cx;
  if (r.method !== "GET" && r.method !== "HEAD") return 405;
  const c = w.counters;
  r.out.status = 200;
  r.out.contentType = "text/plain";
  const text = `Active connections: ${w.connections} \nserver accepts handled requests\n ${c.accepted} ${c.handled} ${c.requests} \nReading: ${c.reading} Writing: ${c.writing} Waiting: ${c.waiting} \n`;
  yield* sendWhole(cx, latin1(text));
  return "done";
}

