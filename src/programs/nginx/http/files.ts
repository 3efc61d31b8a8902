import { isErrno, type Errno } from "../../../net/uapi/errno.ts";
import type { Stat } from "../../../os/sys.ts";
import { asText } from "../../lib/bytes.ts";
import { errnoText } from "../log.ts";
import type { Co } from "../../lib/event-loop.ts";
import { readVariable } from "../variables.ts";
import { takeBuffered } from "./body.ts";
import { sendAutoindex } from "./autoindex.ts";
import { evaluate, logError, type Context } from "./context.ts";
import { isNotModified } from "./filters.ts";
import { prepareRanges, sendFile } from "./ranges.ts";
import type { Outcome } from "./request.ts";
import { sendHeader } from "./respond.ts";
import { contentTypeOf } from "./types.ts";

/** Content from files: index, autoindex, static (in the order in which the modules are asked). */

/** An answer, a status, or another URI to serve instead. */
export type Content = { readonly is: "outcome"; readonly outcome: Outcome } | { readonly is: "redirect"; readonly uri: string; readonly args: string };

const outcome = (o: Outcome): Content => ({ is: "outcome", outcome: o });

export function* serveFiles(cx: Context): Co<Content> {
  const { r } = cx;
  // The static module refuses other methods before anybody calls a folder forbidden.
  if (r.method !== "GET" && r.method !== "HEAD" && r.method !== "POST") return outcome(405);
  if (!r.uri.endsWith("/")) return outcome(yield* staticFile(cx));
  const index = findIndex(cx);
  if (index !== "declined") return typeof index === "number" ? outcome(index) : index;
  if (r.v.autoindex && (r.method === "GET" || r.method === "HEAD")) {
    const listed = yield* sendAutoindex(cx, pathOf(cx));
    if (listed !== "declined") return outcome(listed);
  }
  logError(cx, "error", `directory index of "${pathOf(cx)}" is forbidden`);
  return outcome(403);
}

/** The file that the URI names: under the root, or in the alias's place. */
export const pathOf = (cx: Context): string => readVariable(cx, "request_filename") ?? "";

function findIndex(cx: Context): Content | number | "declined" {
  const { r } = cx;
  const base = pathOf(cx);
  for (const script of r.v.index) {
    const name = evaluate(cx, script);
    if (name.startsWith("/")) return { is: "redirect", uri: name, args: r.args };
    const path = `${base}${name}`;
    const stat = cx.w.sys.stat(asText(path));
    if (!isErrno(stat)) return { is: "redirect", uri: `${r.uri}${name}`, args: r.args };
    const failed = missingIndex(cx, base, path, stat);
    if (failed !== undefined) return failed;
  }
  return "declined";
}

function missingIndex(cx: Context, base: string, path: string, error: Errno): number | undefined {
  if (error === "EACCES") {
    logError(cx, "error", `"${path}" is forbidden${errnoText(error)}`);
    return 403;
  }
  if (error === "ENOENT" || error === "ENOTDIR") {
    const dir = cx.w.sys.stat(asText(base.replace(/\/$/, "")));
    if (error === "ENOENT" && !isErrno(dir) && dir.kind === "dir") return undefined;
    if (cx.r.v.logNotFound) logError(cx, "error", `"${path}" is not found${errnoText(error === "ENOTDIR" || (!isErrno(dir) && dir.kind !== "dir") ? "ENOTDIR" : "ENOENT")}`);
    return 404;
  }
  logError(cx, "crit", `stat() "${path}" failed${errnoText(error)}`);
  return 500;
}

function* staticFile(cx: Context): Co<Outcome> {
  const { r } = cx;
  const path = pathOf(cx);
  const stat = cx.w.sys.stat(asText(path));
  if (isErrno(stat)) return openFailed(cx, path, stat);
  if (stat.kind === "dir") return redirectToFolder(cx);
  if (stat.kind !== "file") {
    logError(cx, "crit", `"${path}" is not a regular file`);
    return 404;
  }
  if (r.method === "POST") return 405;
  if (!(yield* takeBuffered(cx))) return 400;
  if (cx.w.sys.access(asText(path), "read") !== undefined) return openFailed(cx, path, "EACCES");
  return yield* sendStatic(cx, path, stat);
}

function openFailed(cx: Context, path: string, error: Errno): number {
  const missing = error === "ENOENT" || error === "ENOTDIR" || error === "ENAMETOOLONG";
  const level = missing || error === "EACCES" || error === "ELOOP" ? "error" : "crit";
  if (!missing || cx.r.v.logNotFound) logError(cx, level, `open() "${path}" failed${errnoText(error)}`);
  return missing ? 404 : error === "EACCES" ? 403 : 500;
}

/** A folder without its slash is redirected. */
function redirectToFolder({ r }: Context): number {
  r.out.location = `${escapeLocation(r.uri)}/${r.args === "" ? "" : `?${r.args}`}`;
  return 301;
}

const escapeLocation = (uri: string): string => uri.replace(/[\x00-\x20"#%<>?\\^`{|}\x7f-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

function* sendNotModified(cx: Context): Co<Outcome> {
  const { out } = cx.r;
  out.status = 304;
  out.contentType = undefined;
  out.contentLength = -1;
  out.acceptRanges = false;
  yield* sendHeader(cx, true);
  return "done";
}

export const hex = (n: number): string => n.toString(16);

function* sendStatic(cx: Context, path: string, stat: Stat): Co<Outcome> {
  const { r } = cx;
  r.out.status = 200;
  r.out.contentLength = stat.size;
  r.out.lastModifiedSec = stat.mtimeSec;
  if (r.v.etag) r.out.etag = `"${hex(stat.mtimeSec)}-${hex(stat.size)}"`;
  if (r.out.etag !== undefined) r.out.list.push(["ETag", r.out.etag]);
  r.out.contentType = contentTypeOf(r);
  r.out.acceptRanges = r.v.maxRanges > 0;
  const unchanged = isNotModified(r);
  if (unchanged === 412) {
    r.resetHeaders();
    r.closeAfter = true;
    return 412;
  }
  if (unchanged) return yield* sendNotModified(cx);
  const plan = prepareRanges(cx, stat.size);
  if (plan === 416) return 416;
  yield* sendHeader(cx, stat.size === 0);
  if (r.headerOnly || stat.size === 0) return "done";
  return yield* sendFile(cx, path, plan, stat.size);
}
