import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import { STDIN, type Sys } from "../../os/sys.ts";
import { asText, fromByteString } from "../lib/bytes.ts";
import type { Source } from "./easy.ts";
import { escapeUrl } from "./post-data.ts";
import { parseUrl, urlText } from "./url.ts";

/** A body that is in memory. */
export function bytesSource(text: string): Source {
  const bytes = fromByteString(text);
  let at = 0;
  return {
    size: bytes.length,
    *read(maxBytes) {
      const piece = bytes.subarray(at, at + maxBytes);
      at += piece.length;
      return piece;
    },
    rewind() {
      at = 0;
      return true;
    },
  };
}

/** A file for -T; `-` and `.` are stdin, whose size nobody knows. */
export function openSource(sys: Sys, name: string): Source | Errno {
  const isStdin = name === "-" || name === ".";
  const fd = isStdin ? STDIN : sys.open(asText(name), { read: true });
  if (isErrno(fd)) return fd;
  const stat = sys.fstat(fd);
  return {
    size: isErrno(stat) || stat.kind !== "file" || isStdin ? undefined : stat.size,
    *read(maxBytes) {
      const got = yield* sys.read(fd, maxBytes);
      return isErrno(got) ? null : got;
    },
    rewind: () => !isErrno(sys.seek(fd, 0, "set")),
  };
}

/** A URL that ends with a slash, or has no path, gets the file's name. */
export function urlWithFile(url: string, file: string): string {
  const parsed = parseUrl(url, { anyScheme: true });
  if (typeof parsed === "string" || !parsed.path.endsWith("/")) return url;
  const name = file.split(/[/\\]/).at(-1) ?? file;
  parsed.path += escapeUrl(name);
  return urlText(parsed);
}
