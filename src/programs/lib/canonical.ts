import type { Errno } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";

/** How much of a path must be there: all of it, all but the last name, none of it. */
export type Existing = "all" | "parents" | "none";

const MAX_LINKS = 40;

/** The absolute path without links, `.` and `..` (canonicalize of gnulib). */
export function canonicalPath(sys: Sys, path: string, must: Existing, followLinks = true): { readonly path: string } | Errno {
  if (path === "") return "ENOENT";
  const todo = (path.startsWith("/") ? path : `${sys.getcwd()}/${path}`).split("/").filter((n) => n !== "");
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const name = todo.shift() ?? "";
    if (name === ".") continue;
    if (name === "..") {
      done.pop();
      continue;
    }
    const here = `/${[...done, name].join("/")}`;
    const stat = sys.lstat(here);
    if (typeof stat === "string") {
      if (must === "all" || (must === "parents" && (todo.length > 0 || stat !== "ENOENT"))) return stat;
      done.push(name);
    } else if (stat.kind === "link" && followLinks) {
      const link = sys.readlink(here);
      if (typeof link === "string") return link;
      if (++links > MAX_LINKS) return "ELOOP";
      if (link.target.startsWith("/")) done.length = 0;
      todo.unshift(...link.target.split("/").filter((n) => n !== ""));
    } else {
      if (stat.kind !== "dir" && todo.length > 0 && must !== "none") return "ENOTDIR";
      done.push(name);
    }
  }
  return { path: `/${done.join("/")}` };
}
