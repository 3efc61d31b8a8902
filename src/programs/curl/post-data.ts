import { STDIN, type Sys, type Task } from "../../os/sys.ts";
import { isErrno } from "../../net/uapi/errno.ts";
import { asText, toByteString } from "../lib/bytes.ts";
import { readAll } from "../lib/input.ts";
import type { ParamContext, ParamResult } from "./arguments.ts";

/** A file's bytes, `-` for stdin; null when it cannot be read. */
export function* readDataFile(sys: Sys, name: string): Task<string | null> {
  if (name === "-") {
    const all = yield* readAll(sys, STDIN);
    return typeof all === "string" ? all : null;
  }
  const bytes = sys.readFile(asText(name));
  return isErrno(bytes) ? null : toByteString(bytes);
}

function* fileOrWarning(name: string, shown: string, c: ParamContext): Task<string | null> {
  const data = yield* readDataFile(c.messages.sys, name);
  if (data === null) yield* c.messages.warn(`Couldn't read data from file "${shown}", this makes an empty POST.`);
  return data;
}

/** curl_easy_escape(3), with + for a space. */
const formEncode = (text: string): string => escapeUrl(text).replace(/%20/g, "+");
export const escapeUrl = (text: string): string => text.replace(/[^A-Za-z0-9\-._~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

/** `content`, `=content`, `name=content`, `@file`, `name@file`: the content encoded. */
function* urlEncoded(value: string, c: ParamContext): Task<string> {
  const at = value.includes("=") ? value.indexOf("=") : value.indexOf("@");
  const name = at < 0 ? "" : value.slice(0, at);
  const rest = at < 0 ? value : value.slice(at + 1);
  const content = value[at] === "@" ? yield* fileOrWarning(rest, value, c) : rest;
  // A file that is not there makes an empty part, without its name.
  if (content === null) return "";
  return name === "" ? formEncode(content) : `${name}=${formEncode(content)}`;
}

/** -d and its sisters: each further one is joined with `&`, those of --json without. */
export function* addPostData(option: string, value: string, c: ParamContext): Task<ParamResult> {
  const data = yield* dataOf(option, value, c);
  const { config } = c;
  if (option === "json") config.json = true;
  config.postData = config.postData === undefined ? data : config.postData + (option === "json" ? "" : "&") + data;
  return undefined;
}

function* dataOf(option: string, value: string, c: ParamContext): Task<string> {
  if (option === "data-urlencode") return yield* urlEncoded(value, c);
  if (!value.startsWith("@") || option === "data-raw") return value;
  const content = (yield* fileOrWarning(value.slice(1), value.slice(1), c)) ?? "";
  return option === "data-binary" || option === "json" ? content : content.replace(/[\r\n\0]/g, "");
}

/** --url-query: what goes behind the `?`. */
export function* addUrlQuery(value: string, c: ParamContext): Task<ParamResult> {
  const part = value.startsWith("+") ? value.slice(1) : yield* urlEncoded(value, c);
  c.config.query = c.config.query === undefined ? part : `${c.config.query}&${part}`;
  return undefined;
}
