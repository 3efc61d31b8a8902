import { latin1 } from "../../../http/bytes.ts";
import type { Co } from "../../lib/event-loop.ts";
import { takeBuffered } from "./body.ts";
import { evaluate, type Context } from "./context.ts";
import type { ErrorPage } from "../conf/model.ts";
import { sendHeader, sendWhole } from "./respond.ts";
import { errorPage } from "./status.ts";
import type { Request } from "./request.ts";

/** What is done about a status that is no success (ngx_http_special_response_handler). */

/** Where the request goes on: at another URI, at a named location, or nowhere. */
export type Next = { readonly is: "uri"; readonly uri: string; readonly args: string } | { readonly is: "named"; readonly name: string } | { readonly is: "end" };

/** After these the connection is not used again. */
const CLOSING = new Set([400, 413, 414, 494, 495, 497, 500, 501, 505]);

export function* specialResponse(cx: Context, status: number): Co<Next> {
  const { r } = cx;
  r.errStatus = status;
  if (r.keepalive && CLOSING.has(status)) r.keepalive = false;
  if (status !== 413 && !(yield* takeBuffered(cx))) r.keepalive = false;
  const page = r.errorPage ? undefined : r.v.errorPages.find((p) => p.status === status);
  r.errorPage ||= r.v.errorPages.length > 0 && !r.v.recursiveErrorPages;
  if (page !== undefined) {
    const next = sendToPage(cx, page, status);
    if (next !== undefined) return next;
  }
  yield* builtIn(cx, r.out.location !== undefined && page !== undefined && page.uri.source.includes("://") ? r.out.status : status);
  return { is: "end" };
}

/** An error page of the configuration: a URI of this server, a named location, or a URL to go to. */
function sendToPage(cx: Context, page: ErrorPage, status: number): Next | undefined {
  const { r } = cx;
  const uri = evaluate(cx, page.uri);
  const location = r.out.location;
  r.resetHeaders();
  if (status >= 300 && status < 400) r.out.location = location;
  const answer = page.overwrite > 0 ? page.overwrite : page.overwrite < 0 ? 0 : status === 494 ? 400 : status;
  r.errStatus = answer;
  if (uri.startsWith("@")) return { is: "named", name: uri };
  if (uri.startsWith("/")) {
    if (r.method !== "HEAD") r.method = "GET";
    const [path = "", args] = uri.split(/\?(.*)/s);
    return { is: "uri", uri: path, args: page.args ?? args ?? "" };
  }
  r.errStatus = 0;
  r.out.location = uri;
  r.out.status = page.overwrite >= 301 && page.overwrite <= 308 ? page.overwrite : 302;
  return undefined;
}

const PADDING = "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n".repeat(6);

/** The page that is compiled in, or a head alone. */
function* builtIn(cx: Context, status: number): Co<void> {
  const { r } = cx;
  r.errStatus = 0;
  r.out.statusLine = undefined;
  r.out.status = status === 494 ? 400 : status;
  const tail = r.v.serverTokens === "off" ? "nginx" : "nginx/1.22.1";
  const page = errorPage(status, tail);
  r.out.lastModifiedSec = undefined;
  r.out.etag = undefined;
  r.out.acceptRanges = false;
  if (page === undefined) {
    r.out.contentLength = 0;
    r.out.contentType = undefined;
    return yield* sendHeader(cx, true);
  }
  r.out.contentType = "text/html";
  yield* sendWhole(cx, latin1(page + (needsPadding(r, status) ? PADDING : "")));
}

/** MSIE and Chrome showed pages of their own instead of short ones. */
function needsPadding(r: Request, status: number): boolean {
  const agent = r.field("user-agent") ?? "";
  return r.v.msiePadding && r.version >= 10 && status >= 400 && /MSIE |Chrome\//.test(agent);
}
