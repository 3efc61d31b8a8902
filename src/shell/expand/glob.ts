import type { Shell } from "../state.ts";
import type { Pattern } from "./pattern.ts";

/**
 * Pathname expansion. `pattern` has its quoted characters escaped. Answers the sorted paths, or
 * "literal" when there is nothing to expand in it.
 */
export function expandPath(sh: Shell, pattern: string): string[] | "literal" {
  const parts = splitPath(pattern);
  if (!parts.some((part) => isMagic(part, sh.shopt.has("extglob")))) return "literal";
  const absolute = pattern.startsWith("/");
  let found: string[] = [absolute ? "/" : ""];
  parts.forEach((part, i) => {
    found = found.flatMap((base) => matchesIn(sh, base, part, i < parts.length - 1));
  });
  const ignored = ignorePatterns(sh);
  return found.filter((path) => !ignored.some((p) => matchesPath(p, path))).sort(compareNames);
}

/** Byte order, as in the C.UTF-8 locale. */
export function compareNames(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const d = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (d !== 0) return d;
  }
  return x.length - y.length;
}

/** Path components; a trailing slash gives an empty last one. Slashes inside extended globs do not cut. */
function splitPath(pattern: string): string[] {
  return pattern.replace(/^\/+/, "").split(/\/+/);
}

function isMagic(part: string, extended: boolean): boolean {
  const bare = part.replace(/\\[\s\S]/g, "");
  return /[*?]|\[[\s\S]*\]/.test(bare) || (/\[/.test(bare) && /\]/.test(part)) || (extended && /[?*+@!]\(/.test(bare));
}

/** GLOBIGNORE patterns match whole paths; a `*` matches no slash. */
function matchesPath(patterns: readonly Pattern[], path: string): boolean {
  const parts = path.split("/");
  return parts.length === patterns.length && parts.every((part, i) => patterns[i]?.matches(part));
}

function ignorePatterns(sh: Shell): Pattern[][] {
  const text = sh.get("GLOBIGNORE");
  if (!text) return [];
  return splitColons(text).map((p) => p.split("/").map((part) => sh.patterns.get(part, { extended: sh.shopt.has("extglob") })));
}

/** Splits GLOBIGNORE at colons outside brackets. */
function splitColons(text: string): string[] {
  return text.match(/(?:\[(?:\[:\w+:\]|[^\]])*\]|\\.|[^:])+/g) ?? [];
}

const join = (base: string, name: string): string => (base === "" || base.endsWith("/") ? base + name : `${base}/${name}`);

/** Paths below `base` for one component. `more` = components follow, so only directories count. */
function matchesIn(sh: Shell, base: string, part: string, more: boolean): string[] {
  if (part === "") return isDirectory(sh, base) ? [base === "" || base.endsWith("/") ? base : base + "/"] : [];
  if (part === "**" && sh.shopt.has("globstar")) return recursive(sh, base, more);
  if (!isMagic(part, sh.shopt.has("extglob"))) {
    const path = join(base, part.replace(/\\([\s\S])/g, "$1"));
    return typeof sh.sys.lstat(path) === "string" ? [] : [path];
  }
  const pattern = sh.patterns.get(part, { extended: sh.shopt.has("extglob"), ignoreCase: sh.shopt.has("nocaseglob") });
  const names = candidates(sh, base, pattern).filter((name) => pattern.matches(name));
  const paths = names.map((name) => join(base, name));
  return more ? paths.filter((path) => isDirectory(sh, path)) : paths;
}

function candidates(sh: Shell, base: string, pattern: Pattern): string[] {
  const names = sh.sys.readdir(base === "" ? "." : base);
  if (typeof names === "string") return [];
  const all = sh.shopt.has("dotglob") || !!sh.get("GLOBIGNORE");
  const dots = pattern.startsWithDot && !sh.shopt.has("globskipdots") && !sh.get("GLOBIGNORE") ? [".", ".."] : [];
  const visible = names.filter((name) => name !== "." && name !== ".." && (!name.startsWith(".") || all || pattern.startsWithDot));
  return [...dots, ...visible];
}

/** `**`: this directory and all below it; symbolic links are not followed. */
function recursive(sh: Shell, base: string, more: boolean): string[] {
  const names = sh.sys.readdir(base === "" ? "." : base);
  if (typeof names === "string") return [];
  const out = more ? [base] : base === "" ? [] : [base.endsWith("/") ? base : base + "/"];
  for (const name of names) {
    if (name === "." || name === ".." || (name.startsWith(".") && !sh.shopt.has("dotglob"))) continue;
    out.push(...below(sh, join(base, name), more));
  }
  return out;
}

function below(sh: Shell, path: string, more: boolean): string[] {
  const stat = sh.sys.lstat(path);
  if (typeof stat === "string" || stat.kind !== "dir") return more ? [] : [path];
  const inner = recursive(sh, path, more);
  return more ? inner : [path, ...inner.slice(1)];
}

function isDirectory(sh: Shell, path: string): boolean {
  const stat = sh.sys.stat(path === "" ? "." : path);
  return typeof stat !== "string" && stat.kind === "dir";
}
