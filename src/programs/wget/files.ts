import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import type { CurlUrl } from "../curl/url.ts";

/** Bytes that may not stand in a file's name. */
const unsafe = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** The name a URL's document is stored under: its last part, `index.html` for none, with the query. */
export function fileNameOf(url: CurlUrl, prefix: string | undefined, given?: string): string {
  const last = url.path.slice(url.path.lastIndexOf("/") + 1);
  const decoded = last.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const base = given ?? ((decoded === "" ? "index.html" : decoded) + (url.query === undefined ? "" : `?${url.query}`));
  const safe = base.replace(/[/\x00-\x1f\x80-\x9f]/g, unsafe);
  return prefix === undefined ? safe : `${prefix}/${safe}`;
}

export const exists = (sys: Sys, name: string): boolean => !isErrno(sys.stat(asText(name)));

/** The name itself, or with the first number behind it that is free. */
export function uniqueName(sys: Sys, name: string): string {
  if (!exists(sys, name)) return name;
  for (let n = 1; ; n++) if (!exists(sys, `${name}.${n}`)) return `${name}.${n}`;
}

/** `attachment; filename="x"` → x. */
export function dispositionName(value: string): string | undefined {
  const found = /filename=(?:"([^"]*)"|([^;\s]+))/i.exec(value);
  const name = (found?.[1] ?? found?.[2])?.split(/[/\\]/).at(-1);
  return name === undefined || name === "" ? undefined : name;
}

/** Makes the directories above a file. */
export function makeParents(sys: Sys, name: string): void {
  const parts = asText(name).split("/").slice(0, -1);
  for (let i = 1; i <= parts.length; i++) if (parts[i - 1] !== "") sys.mkdir(parts.slice(0, i).join("/"), 0o777);
}
