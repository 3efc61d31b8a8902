import { isErrno } from "../../../net/uapi/errno.ts";
import { latin1 } from "../../../http/bytes.ts";
import { asText } from "../../lib/bytes.ts";
import type { Code, Condition, LocConf } from "../conf/model.ts";
import type { Co } from "../../lib/event-loop.ts";
import { readVariable, setNamed } from "../variables.ts";
import { takeBuffered } from "./body.ts";
import { evaluate, logError, type Context } from "./context.ts";
import type { Outcome } from "./request.ts";
import { sendHeader, sendWhole } from "./respond.ts";
import { contentTypeOf } from "./types.ts";
import { escapeArgs } from "./uri.ts";

/** The rewrite module at work: goes through the directives of a server or a location in order. */

type Step = { readonly is: "next" } | { readonly is: "stop" } | { readonly is: "status"; readonly outcome: Outcome };
const NEXT: Step = { is: "next" };
const STOP: Step = { is: "stop" };

/** "declined": go on; `inLocation`: an `if` there may change which settings hold. */
export function* runRewrite(cx: Context, codes: readonly Code[], inLocation: boolean): Co<Outcome> {
  const step = yield* runCodes(cx, codes, inLocation);
  return step.is === "status" ? step.outcome : "declined";
}

function* runCodes(cx: Context, codes: readonly Code[], inLocation: boolean): Co<Step> {
  for (const code of codes) {
    const step = yield* runCode(cx, code, inLocation);
    if (step.is !== "next") return step;
  }
  return NEXT;
}

function* runCode(cx: Context, code: Code, inLocation: boolean): Co<Step> {
  const { r } = cx;
  switch (code.is) {
    case "set":
      setVariable(cx, code.name, evaluate(cx, code.value));
      return NEXT;
    case "break":
      r.uriChanged = false;
      return STOP;
    case "return":
      return { is: "status", outcome: yield* doReturn(cx, code) };
    case "if":
      if (!holds(cx, code.test)) return NEXT;
      if (code.loc !== undefined) enterLocation(cx, code.loc);
      return yield* runCodes(cx, code.body, inLocation);
    case "rewrite":
      return rewrite(cx, code);
  }
}

function setVariable({ r }: Context, name: string, value: string): void {
  if (name === "args") r.args = value;
  else r.vars.set(name, value);
}

/** ngx_http_update_location_config, as far as a change of block matters. */
export function enterLocation({ r }: Context, loc: LocConf): void {
  r.loc = loc;
  if (r.v.keepaliveTimeout === 0 || r.number >= r.v.keepaliveRequests) r.keepalive = false;
  if (loc.handler !== undefined) r.handler = loc.handler;
}

/** `return`: a redirect, a text, or a status for the error pages. */
function* doReturn(cx: Context, code: Extract<Code, { is: "return" }>): Co<Outcome> {
  const { r } = cx;
  const { status, text } = code;
  if (text === undefined && status >= 400) return status;
  if (!(yield* takeBuffered(cx))) return 400;
  r.out.status = status;
  const value = text === undefined ? "" : evaluate(cx, text);
  if (status === 301 || status === 302 || status === 303 || status === 307 || status === 308) {
    r.out.location = value;
    return status;
  }
  r.out.contentType = contentTypeOf(r);
  if (value === "") {
    r.out.contentLength = 0;
    yield* sendHeader(cx, true);
  } else yield* sendWhole(cx, latin1(value));
  return "done";
}

function holds(cx: Context, test: Condition): boolean {
  if (test.is === "file") return fileTest(cx, test);
  const value = readVariable(cx, test.name) ?? "";
  if (test.is === "true") return value !== "" && value !== "0";
  if (test.is === "equal") return (value === evaluate(cx, test.value)) !== test.not;
  const m = test.pattern.regex.exec(value);
  if (cx.r.v.rewriteLog) logError(cx, "notice", `"${test.pattern.source}" ${m === null ? "does not match" : "matches"} "${value}"`);
  cx.r.captures = m ?? [];
  if (m !== null) setNamed(cx, m);
  return (m !== null) !== test.not;
}

function fileTest(cx: Context, { path, test, not }: Extract<Condition, { is: "file" }>): boolean {
  const stat = cx.w.sys.stat(asText(evaluate(cx, path)));
  const yes = !isErrno(stat) && (test === "e" || (test === "f" && stat.kind === "file") || (test === "d" && stat.kind === "dir") || (test === "x" && (stat.mode & 0o111) !== 0));
  return yes !== not;
}

function rewrite(cx: Context, code: Extract<Code, { is: "rewrite" }>): Step {
  const { r } = cx;
  const m = code.pattern.regex.exec(r.uri);
  r.captures = m ?? [];
  if (m === null) {
    if (r.v.rewriteLog) logError(cx, "notice", `"${code.pattern.source}" does not match "${r.uri}"`);
    return NEXT;
  }
  if (r.v.rewriteLog) logError(cx, "notice", `"${code.pattern.source}" matches "${r.uri}"`);
  setNamed(cx, m);
  const redirects = code.flag === "redirect" || code.flag === "permanent";
  const text = fillRewrite(cx, code, redirects);
  return redirects ? redirectTo(cx, code, text) : changeUri(cx, code, text);
}

/** Captures are escaped where they stand in arguments or in a Location. */
function fillRewrite(cx: Context, code: Extract<Code, { is: "rewrite" }>, quote: boolean): string {
  const escapes = /%[0-9a-fA-F]{2}|\+/.test(cx.r.unparsedUri);
  let text = "";
  for (const part of code.to.parts) {
    if (typeof part === "string") text += part;
    else if ("variable" in part) text += readVariable(cx, part.variable) ?? "";
    else {
      const capture = cx.r.captures[part.capture] ?? "";
      text += escapes && (quote || text.includes("?")) ? escapeArgs(capture) : capture;
    }
  }
  return text;
}

function redirectTo(cx: Context, code: Extract<Code, { is: "rewrite" }>, text: string): Step {
  const { r } = cx;
  const args = code.dropArgs || r.args === "" ? "" : `${text.includes("?") ? "&" : "?"}${r.args}`;
  r.out.location = text + args;
  if (r.v.rewriteLog) logError(cx, "notice", `rewritten redirect: "${r.out.location}"`);
  return { is: "status", outcome: code.flag === "permanent" ? 301 : 302 };
}

function changeUri(cx: Context, code: Extract<Code, { is: "rewrite" }>, text: string): Step {
  const { r } = cx;
  const cut = text.indexOf("?");
  const own = code.dropArgs ? "" : r.args;
  if (cut >= 0) r.args = text.slice(cut + 1) + (own === "" ? "" : `&${own}`);
  else r.args = own;
  r.uri = cut >= 0 ? text.slice(0, cut) : text;
  if (r.v.rewriteLog) logError(cx, "notice", `rewritten data: "${r.uri}", args: "${r.args}"`);
  if (r.uri === "") {
    logError(cx, "error", "the rewritten URI has a zero length");
    return { is: "status", outcome: 500 };
  }
  r.internal = true;
  r.validUnparsedUri = false;
  if (code.flag === "break") r.validLocation = false;
  r.uriChanged = code.flag !== "break";
  return code.flag === "none" ? NEXT : STOP;
}
