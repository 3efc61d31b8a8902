import { BUILTIN_NAMES, RESERVED_WORDS } from "../builtins/table.ts";
import { homeOf } from "../expand/tilde.ts";
import type { Shell } from "../state.ts";
import { completeArguments } from "./completers.ts";

export interface Candidate {
  /** What replaces the word from {@link Completion.from}. */
  readonly text: string;
  /** What a list shows. */
  readonly display: string;
  /** Added when it is the only one: a blank, or nothing after a directory. */
  readonly suffix: string;
}

export interface Completion {
  /** Offset in the line where the completed text begins. */
  readonly from: number;
  readonly items: readonly Candidate[];
}

/** The simple command around the cursor: its finished words, and the word being typed. */
export interface Typed {
  readonly words: readonly string[];
  readonly current: string;
}

/** What could stand at the cursor: commands, files, variables, and what the command's own completer knows. */
export function complete(sh: Shell, line: string, cursor: number): Completion {
  const before = line.slice(0, cursor);
  const variable = /\$\{?([A-Za-z_]\w*)?$/.exec(before);
  if (variable && !/'[^']*$/.test(before.replace(/"[^"]*"|'[^']*'/g, ""))) return variables(sh, before, variable);
  const { words, current, from, redirect } = parseLine(before);
  const quote = /^["']/.exec(current)?.[0] ?? "";
  const typed = unquote(current);
  const wrap = (names: readonly string[]): Completion => ({ from, items: unique(names).map((n) => plain(n, quote)) });
  if (redirect) return { from, items: files(sh, typed, quote, false) };
  const command = realCommand(words);
  if (command === null) return typed.includes("/") ? { from, items: files(sh, typed, quote, true) } : wrap(commands(sh, typed));
  const own = completeArguments(sh, { words: command, current: typed });
  if (own && own.length > 0) return wrap(own.filter((n) => n.startsWith(typed)));
  return { from, items: files(sh, typed, quote, command[0] === "cd" || command[0] === "rmdir" || command[0] === "pushd") };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();
const plain = (name: string, quote: string): Candidate => ({ text: quote + (quote === "" ? escapeName(name) : name), display: name, suffix: quote + " " });
const escapeName = (name: string): string => name.replace(/[\s"'`$&|;<>()*?[\]\\!#{}]/g, "\\$&");
const unquote = (word: string): string => word.replace(/^["']/, "").replace(/\\(.)/g, "$1");

/** Cuts off what is before the last operator and splits the rest into words. */
function parseLine(before: string): Typed & { readonly from: number; readonly redirect: boolean } {
  const token = /"(?:\\.|[^"\\])*"?|'[^']*'?|\\.?|[|&;()<>]+|\s+|[^\s|&;()<>"'\\]+/g;
  let words: string[] = [];
  let current = "";
  let from = before.length;
  let redirect = false;
  for (const m of before.matchAll(token)) {
    const text = m[0];
    if (/^\s+$/.test(text)) {
      if (current !== "") { if (redirect) redirect = false; else words.push(current); }
      current = "";
      from = before.length;
    } else if (/^[|&;()<>]+$/.test(text)) {
      current = "";
      redirect = /[<>]$|[<>]&$/.test(text) && !/\($/.test(text);
      if (!redirect) words = [];
      from = before.length;
    } else {
      if (current === "") from = m.index;
      current += text;
    }
  }
  return { words: words.map(unquote), current, from: current === "" ? before.length : from, redirect };
}

/** Words that are followed by a command of their own. */
const PREFIXES = new Set(["sudo", "time", "exec", "command", "builtin", "xargs", "watch", "nohup", "env", "then", "do", "else", "if", "while", "until", "!", "{", "eval"]);

/** The words from the command on; null when the command itself is being typed. */
function realCommand(words: readonly string[]): readonly string[] | null {
  let i = 0;
  while (i < words.length) {
    const word = words[i] ?? "";
    if (/^\w+=/.test(word) || PREFIXES.has(word)) i++;
    else if (i > 0 && /^-/.test(word) && PREFIXES.has(words[i - 1] ?? "")) i++;
    else if (word === "timeout" && words.length > i + 1) i += 2;
    else if (word === "ip" && /^n(e(t(ns?)?)?)?$/.test(words[i + 1] ?? "") && /^ex/.test(words[i + 2] ?? "") && words.length > i + 3) i += 4;
    else return words.slice(i);
  }
  return null;
}

function commands(sh: Shell, prefix: string): string[] {
  const names = [...BUILTIN_NAMES, ...RESERVED_WORDS, ...sh.functions.keys(), ...sh.aliases.keys()];
  for (const dir of (sh.get("PATH") ?? "").split(":")) {
    const found = sh.sys.readdir(dir === "" ? "." : dir);
    if (typeof found !== "string") names.push(...found);
  }
  return names.filter((n) => n.startsWith(prefix) && n !== "." && n !== "..");
}

function variables(sh: Shell, before: string, m: RegExpExecArray): Completion {
  const brace = m[0].startsWith("${");
  const names = [...sh.vars.all().keys()].filter((n) => n.startsWith(m[1] ?? "")).sort();
  const head = brace ? "${" : "$";
  return { from: before.length - m[0].length, items: names.map((n) => ({ text: head + n + (brace ? "}" : ""), display: n, suffix: " " })) };
}

/** File names below what was typed; directories get a slash and no blank. */
function files(sh: Shell, typed: string, quote: string, onlyDirectories: boolean): Candidate[] {
  const slash = typed.lastIndexOf("/") + 1;
  const [dir, base] = [typed.slice(0, slash), typed.slice(slash)];
  const names = sh.sys.readdir(realDirectory(sh, dir));
  if (typeof names === "string") return [];
  const fits = [...names].filter((n) => n.startsWith(base) && n !== "." && n !== ".." && (base.startsWith(".") || !n.startsWith("."))).sort();
  return fits.flatMap((name): Candidate[] => {
    const stat = sh.sys.stat(realDirectory(sh, dir) + "/" + name);
    const isDir = typeof stat !== "string" && stat.kind === "dir";
    if (onlyDirectories && !isDir && typeof stat !== "string" && (stat.mode & 0o111) === 0) return [];
    const shown = quote === "" ? escapeName(dir).replace(/^\\~/, "~") + escapeName(name) : dir + name;
    return [{ text: quote + shown + (isDir ? "/" : ""), display: name + (isDir ? "/" : ""), suffix: isDir ? "" : quote + " " }];
  });
}

function realDirectory(sh: Shell, dir: string): string {
  if (dir === "") return ".";
  const m = /^~([^/]*)\//.exec(dir);
  const home = m ? homeOf(sh, m[1] ?? "") : undefined;
  return home === undefined ? dir : home + dir.slice((m?.[0].length ?? 1) - 1);
}
