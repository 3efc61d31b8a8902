import type { Sys } from "../../os/sys.ts";
import { strerror } from "../../net/uapi/errno.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { globRegex } from "../lib/glob.ts";
import type { Input, Loc } from "./loc.ts";

/** Where relative names of included files are looked for, after the current directory (DEFAULT_INCLUDE_PATH). */
export const DEFAULT_INCLUDE_PATH = "/etc";

const hasGlob = (path: string): boolean => /[*?[]/.test(path);
const isFile = (sys: Sys, path: string): boolean => {
  const stat = sys.stat(path);
  return typeof stat !== "string" && stat.kind !== "dir";
};

/** Files that match a path whose parts may hold `*`, `?` and `[…]`, sorted by name (glob(3)). */
export function globPaths(sys: Sys, pattern: string): readonly string[] {
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/").filter((p) => p !== "")) {
    found = found.flatMap((dir) => matches(sys, dir, part));
  }
  return found.filter((path) => isFile(sys, path)).sort((a, b) => (a < b ? -1 : 1));
}

function matches(sys: Sys, dir: string, part: string): readonly string[] {
  const join = (name: string): string => (dir === "" || dir.endsWith("/") ? dir + name : `${dir}/${name}`);
  if (!hasGlob(part)) return typeof sys.stat(join(part)) === "string" ? [] : [join(part)];
  const names = sys.readdir(dir === "" ? "." : dir);
  if (typeof names === "string") return [];
  const wanted = globRegex(part);
  return names.filter((name) => wanted.test(name) && (!name.startsWith(".") || part.startsWith("."))).map(join);
}

/** Reads what `include "pattern"` names; a text is the error. A pattern that matches nothing is no error, a plain name is. */
export function includeFiles(sys: Sys, searchPath: readonly string[], pattern: string, from: Loc): readonly Input[] | string {
  for (const path of candidates(searchPath, pattern)) {
    const files = hasGlob(pattern) ? globPaths(sys, path) : isFile(sys, path) ? [path] : [];
    if (files.length > 0) return readAll(sys, files, from);
  }
  return hasGlob(pattern) ? [] : `File not found: ${pattern}`;
}

function candidates(searchPath: readonly string[], pattern: string): readonly string[] {
  const fixed = pattern.startsWith("/") || pattern.startsWith("./") || pattern.startsWith("../");
  return fixed ? [pattern] : [...searchPath.map((dir) => `${dir}/${pattern}`)];
}

function readAll(sys: Sys, paths: readonly string[], from: Loc): readonly Input[] | string {
  const inputs: Input[] = [];
  for (const path of paths) {
    const bytes = sys.readFile(path);
    if (typeof bytes === "string") return `Could not open file "${path}": ${strerror(bytes)}`;
    inputs.push({ name: path, text: fromUtf8(bytes), from });
  }
  return inputs;
}
