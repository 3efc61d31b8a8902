import { latin1 } from "../../../http/bytes.ts";
import { isErrno } from "../../../net/uapi/errno.ts";
import { asText, argBytes } from "../../lib/bytes.ts";
import { formatDate } from "../../lib/date.ts";
import { errnoText } from "../log.ts";
import type { Co } from "../../lib/event-loop.ts";
import { logError, type Context } from "./context.ts";
import type { Outcome } from "./request.ts";
import { sendHeader, sendBody } from "./respond.ts";

/** Listings of folders (ngx_http_autoindex_module). */

interface Entry {
  readonly name: string;
  readonly dir: boolean;
  readonly size: number;
  readonly mtimeSec: number;
}

export function* sendAutoindex(cx: Context, path: string): Co<Outcome> {
  const names = cx.w.sys.readdir(asText(path));
  if (isErrno(names)) {
    if (names === "ENOENT" || names === "ENOTDIR") {
      logError(cx, "error", `opendir() "${path}" failed${errnoText(names)}`);
      return 404;
    }
    return 403;
  }
  const entries = names.filter((n) => !n.startsWith(".")).flatMap((name) => entryOf(cx, path, name)).sort((a, b) => (a.dir === b.dir ? (a.name < b.name ? -1 : 1) : a.dir ? -1 : 1));
  const { r } = cx;
  const format = r.v.autoindexFormat;
  r.out.status = 200;
  r.out.contentType = { html: "text/html", json: "application/json", jsonp: "application/javascript", xml: "text/xml; charset=utf-8" }[format];
  yield* sendHeader(cx);
  const text = format === "html" ? html(cx, entries) : format === "xml" ? xml(entries) : json(entries);
  yield* sendBody(cx, latin1(text), "last");
  return "done";
}

function entryOf(cx: Context, path: string, name: string): Entry[] {
  const stat = cx.w.sys.stat(`${asText(path)}${name}`);
  if (isErrno(stat)) return [];
  return [{ name: argBytes(name), dir: stat.kind === "dir", size: stat.size, mtimeSec: stat.mtimeSec }];
}

const NAME_COLUMNS = 50;
const escapeHtml = (t: string): string => t.replace(/[<>&"]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[c] ?? c);
const escapeName = (n: string): string => n.replace(/[\x00-\x20"#%<>?\\^`{|}\x7f-\xff:]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

function html(cx: Context, entries: readonly Entry[]): string {
  const title = escapeHtml(cx.r.uri);
  const lines = entries.map((e) => line(cx, e)).join("");
  return `<html>\r\n<head><title>Index of ${title}</title></head>\r\n<body>\r\n<h1>Index of ${title}</h1><hr><pre><a href="../">../</a>\r\n${lines}</pre><hr></body>\r\n</html>\r\n`;
}

function line(cx: Context, e: Entry): string {
  const shown = asText(e.name);
  const width = [...shown].length + (e.dir ? 1 : 0);
  const cut = width > NAME_COLUMNS ? `${[...shown].slice(0, NAME_COLUMNS - 3).join("")}..&gt;` : "";
  const text = cut === "" ? `${escapeHtml(e.name)}${e.dir ? "/" : ""}` : escapeHtml(argBytes([...shown].slice(0, NAME_COLUMNS - 3).join(""))) + "..&gt;";
  const pad = " ".repeat(Math.max(0, NAME_COLUMNS - Math.min(width, NAME_COLUMNS)) + 1);
  const date = formatDate("%d-%b-%Y %H:%M", { sec: e.mtimeSec, nsec: 0 });
  return `<a href="${escapeName(e.name)}${e.dir ? "/" : ""}">${text}</a>${pad}${date}${sizeText(cx, e)}\r\n`;
}

function sizeText(cx: Context, e: Entry): string {
  if (cx.r.v.autoindexExactSize) return e.dir ? `${"-".padStart(20)}` : String(e.size).padStart(20);
  if (e.dir) return "       -";
  const [n, unit] = e.size > 1_048_575 ? [Math.round(e.size / 1_048_576), "M"] : e.size > 9999 ? [Math.round(e.size / 1024), "K"] : [e.size, ""];
  return `${n}${unit}`.padStart(8);
}

const jsonDate = (sec: number): string => formatDate("%a, %d %b %Y %H:%M:%S GMT", { sec, nsec: 0 });

function json(entries: readonly Entry[]): string {
  const rows = entries.map((e) => `\r\n{ "name":"${e.name.replace(/["\\]/g, "\\$&")}", "type":"${e.dir ? "directory" : "file"}", "mtime":"${jsonDate(e.mtimeSec)}"${e.dir ? "" : `, "size":${e.size}`} }`);
  return `[${rows.join(",")}\r\n]`;
}

function xml(entries: readonly Entry[]): string {
  const rows = entries.map((e) => {
    const date = formatDate("%Y-%m-%dT%H:%M:%SZ", { sec: e.mtimeSec, nsec: 0 });
    return `<${e.dir ? "directory" : "file"} mtime="${date}"${e.dir ? "" : ` size="${e.size}"`}>${escapeHtml(e.name)}</${e.dir ? "directory" : "file"}>\r\n`;
  });
  return `<?xml version="1.0"?>\r\n<list>\r\n${rows.join("")}</list>\r\n`;
}
