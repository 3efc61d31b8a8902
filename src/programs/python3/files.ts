import { isErrno } from "../../net/uapi/errno.ts";
import { utf8 } from "../../wire/text.ts";
import { asText } from "../lib/bytes.ts";
import type { Co } from "../lib/event-loop.ts";
import { parseHttpDate } from "../lib/http-date.ts";
import { httpDate, type Handler, type Methods } from "./handler.ts";
import { guessType } from "./mime.ts";
import { escapeHtml, normPath, quoteUrl, unquoteUrl } from "./text.ts";

/** http.server.SimpleHTTPRequestHandler: the files of a folder. */

const COPY_BYTES = 65_536;

export const fileMethods = (directory: string): Methods => new Map([
  ["GET", (h: Handler) => answer(h, directory, true)],
  ["HEAD", (h: Handler) => answer(h, directory, false)],
]);

/** The path in the file system: `..` cannot lead out, a slash at the end stays. */
export function translatePath(directory: string, target: string): string {
  const path = target.split("?", 1)[0]?.split("#", 1)[0] ?? "";
  const words = normPath(asText(unquoteUrl(path))).split("/").filter((w) => w !== "" && w !== "." && w !== "..");
  return [directory.replace(/\/$/, ""), ...words].join("/") + (path.trimEnd().endsWith("/") ? "/" : "");
}

function* answer(h: Handler, directory: string, body: boolean): Co<void> {
  const path = translatePath(directory, h.path);
  const stat = h.sys.stat(path);
  if (isErrno(stat) || stat.kind !== "dir") return yield* sendFile(h, path, body);
  const [, before = "", after = ""] = /^([^?#]*)(.*)$/s.exec(h.path) ?? [];
  if (!before.endsWith("/")) return yield* redirect(h, `${before}/${after.replace(/^\?$|^\?(?=#)/, "").replace(/#$/, "")}`);
  const index = ["index.html", "index.htm"].map((name) => join(path, name)).find((p) => isFile(h, p));
  return yield* index === undefined ? list(h, path, body) : sendFile(h, index, body);
}

const join = (dir: string, name: string): string => (dir.endsWith("/") ? dir + name : `${dir}/${name}`);

function isFile(h: Handler, path: string): boolean {
  const stat = h.sys.stat(path);
  return !isErrno(stat) && stat.kind === "file";
}

function* redirect(h: Handler, to: string): Co<void> {
  yield* h.sendResponse(301);
  h.sendHeader("Location", to);
  h.sendHeader("Content-Length", "0");
  yield* h.endHeaders();
}

function* sendFile(h: Handler, path: string, body: boolean): Co<void> {
  const fd = path.endsWith("/") ? "ENOENT" : h.sys.open(path, { read: true });
  if (isErrno(fd)) return yield* h.sendError(404, "File not found");
  try {
    const stat = h.sys.fstat(fd);
    if (isErrno(stat)) return yield* h.sendError(404, "File not found");
    if (notModified(h, stat.mtimeSec)) {
      yield* h.sendResponse(304);
      return yield* h.endHeaders();
    }
    yield* h.sendResponse(200);
    h.sendHeader("Content-type", guessType(path));
    h.sendHeader("Content-Length", String(stat.size));
    h.sendHeader("Last-Modified", httpDate(stat.mtimeSec));
    yield* h.endHeaders();
    if (body) yield* copy(h, fd);
  } finally {
    h.sys.close(fd);
  }
}

function notModified(h: Handler, mtimeSec: number): boolean {
  const since = h.header("If-Modified-Since");
  if (since === undefined || h.header("If-None-Match") !== undefined) return false;
  const limit = parseHttpDate(since);
  return limit !== null && mtimeSec <= limit;
}

function* copy(h: Handler, fd: number): Co<void> {
  for (;;) {
    const data = yield* h.sys.read(fd, COPY_BYTES);
    if (isErrno(data) || data.length === 0) return;
    if (!(yield* h.write(data))) return;
  }
}

/** Names sorted without regard to case; folders with a slash, links with an @. */
function* list(h: Handler, path: string, body: boolean): Co<void> {
  const names = h.sys.readdir(path);
  if (isErrno(names)) return yield* h.sendError(404, "No permission to list directory");
  const sorted = names.slice().sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0));
  const title = `Directory listing for ${escapeHtml(asText(unquoteUrl(h.path)))}`;
  const items = sorted.map((name) => item(h, path, name));
  const head = `<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n<hr>\n<ul>\n`;
  const page = utf8(`${head}${items.join("")}</ul>\n<hr>\n</body>\n</html>\n`);
  yield* h.sendResponse(200);
  h.sendHeader("Content-type", "text/html; charset=utf-8");
  h.sendHeader("Content-Length", String(page.length));
  yield* h.endHeaders();
  if (body) yield* h.write(page);
}

function item(h: Handler, path: string, name: string): string {
  const full = join(path, name);
  const stat = h.sys.stat(full);
  const link = h.sys.lstat(full);
  const dir = !isErrno(stat) && stat.kind === "dir";
  const isLink = !isErrno(link) && link.kind === "link";
  return `<li><a href="${quoteUrl(dir ? `${name}/` : name)}">${escapeHtml(isLink ? `${name}@` : dir ? `${name}/` : name)}</a></li>\n`;
}

