import type { Task } from "../../os/sys.ts";
import { execExternal } from "../interp/external.ts";
import { plainWord, type Argument } from "../interp/simple.ts";
import { allInPath, findCommand } from "../path-search.ts";
import { printFunction } from "../print.ts";
import type { Shell } from "../state.ts";
import { failWith, output, parseOptions } from "./options.ts";
import { findBuiltin, isSpecialBuiltin, RESERVED_WORDS } from "./table.ts";
import { singleQuote } from "../text/quote.ts";

interface Meaning {
  readonly kind: "alias" | "keyword" | "function" | "builtin" | "file";
  /** `type`'s sentence. */
  readonly sentence: string;
  /** `command -v`'s answer. */
  readonly brief: string;
  readonly path?: string;
}

/** Everything a name can mean, in the order in which bash tries them. */
function meanings(sh: Shell, name: string, options: { functions: boolean; all: boolean; standard?: boolean }): Meaning[] {
  const found: Meaning[] = [];
  const alias = sh.interactive || sh.shopt.has("expand_aliases") ? sh.aliases.get(name) : undefined;
  if (alias !== undefined) found.push({ kind: "alias", sentence: `${name} is aliased to \`${alias}'`, brief: `alias ${name}=${singleQuote(alias)}` });
  if (RESERVED_WORDS.includes(name)) found.push({ kind: "keyword", sentence: `${name} is a shell keyword`, brief: name });
  const fn = options.functions ? sh.functions.get(name) : undefined;
  if (fn) found.push({ kind: "function", sentence: `${name} is a function\n${printFunction(name, fn.body, fn.source.text)}`, brief: name });
  if (findBuiltin(sh, name)) found.push({ kind: "builtin", sentence: `${name} is a ${sh.on("posix") && isSpecialBuiltin(name) ? "special " : ""}shell builtin`, brief: name });
  const hashed = sh.hash.get(name);
  const paths = options.all ? allInPath(sh, name) : onePath(sh, name, options.standard === true);
  for (const path of paths) {
    const sentence = hashed && hashed.path === path && !options.all ? `${name} is hashed (${path})` : `${name} is ${path}`;
    found.push({ kind: "file", sentence, brief: path, path });
  }
  return options.all ? found : found.slice(0, 1);
}

function onePath(sh: Shell, name: string, standard: boolean): string[] {
  const path = findCommand(sh, name, { remember: false, standard });
  if (path === undefined) return [];
  const stat = sh.sys.stat(path);
  const runs = typeof stat !== "string" && stat.kind !== "dir" && sh.sys.access(path, "execute") === undefined;
  return runs ? [path] : [];
}

/** `type [-afptP] names`. */
export function* type(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "type", args, "afptP", "type [-afptP] name [name ...]");
  if (!options) return 2;
  const { flags } = options;
  let status = 0;
  for (const name of options.rest) {
    const all = meanings(sh, name, { functions: !flags.has("f"), all: flags.has("a") });
    if (flags.has("P")) {
      const paths = flags.has("a") ? allInPath(sh, name) : onePath(sh, name, false);
      if (paths.length === 0) status = 1;
      yield* output(sh, "type", paths.map((p) => p + "\n").join(""));
      continue;
    }
    if (all.length === 0) {
      status = 1;
      if (!flags.has("t") && !flags.has("p")) yield* sh.complain(`type: ${name}: not found`);
      continue;
    }
    for (const m of all) {
      if (flags.has("t")) yield* output(sh, "type", m.kind + "\n");
      else if (flags.has("p")) { if (m.path !== undefined) yield* output(sh, "type", m.path + "\n"); }
      else yield* output(sh, "type", m.sentence + "\n");
    }
  }
  return status;
}

/** `command [-pVv] name args`: without functions. */
export function* command(sh: Shell, args: readonly Argument[]): Task<number> {
  const words = args.map(plainWord);
  const options = yield* parseOptions(sh, "command", words, "pvV", "command [-pVv] command [arg ...]");
  if (!options) return 2;
  const { flags, rest } = options;
  if (rest.length === 0) return 0;
  const standard = flags.has("p");
  if (flags.has("v") || flags.has("V")) return yield* describe(sh, rest, flags.has("V"), standard);
  const name = rest[0] ?? "";
  const builtin = findBuiltin(sh, name);
  const given = args.slice(args.length - rest.length);
  if (builtin) return yield* builtin(sh, given.slice(1), name);
  if (!standard) return yield* execExternal(sh, rest, words.join(" "), false);
  const path = findCommand(sh, name, { standard: true });
  if (path === undefined) return yield* failWith(sh, `${name}: command not found`, 127);
  return yield* execExternal(sh, [path, ...rest.slice(1)], words.join(" "), false);
}

function* describe(sh: Shell, names: readonly string[], long: boolean, standard: boolean): Task<number> {
  let status = 1;
  for (const name of names) {
    const [m] = meanings(sh, name, { functions: true, all: false, standard });
    if (m) {
      status = 0;
      yield* output(sh, "command", (long ? m.sentence : m.brief) + "\n");
    } else if (long) yield* sh.complain(`command: ${name}: not found`);
  }
  return status;
}

/** `builtin name args`. */
export function* builtinBuiltin(sh: Shell, args: readonly Argument[]): Task<number> {
  const given = args[0] === "--" ? args.slice(1) : args;
  const name = given[0] === undefined ? undefined : plainWord(given[0]);
  if (name === undefined) return 0;
  const run = findBuiltin(sh, name);
  if (!run) return yield* failWith(sh, `builtin: ${name}: not a shell builtin`);
  return yield* run(sh, given.slice(1), name);
}

/** `hash [-r] [-p path] [-dt] [names]`. */
export function* hash(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "hash", args, "lrp:dt", "hash [-lr] [-p pathname] [-dt] [name ...]");
  if (!options) return 2;
  const { flags, values, rest } = options;
  if (flags.has("r")) sh.hash.clear();
  if (rest.length === 0 && !flags.has("r")) return yield* listHash(sh);
  let status = 0;
  for (const name of rest) {
    const known = sh.hash.get(name);
    if (flags.has("t")) {
      if (known) yield* output(sh, "hash", rest.length > 1 ? `${name}\t${known.path}\n` : `${known.path}\n`);
      else status = yield* failWith(sh, `hash: ${name}: not found`);
    } else if (flags.has("d")) { if (!sh.hash.delete(name)) status = yield* failWith(sh, `hash: ${name}: not found`); }
    else if (values.has("p")) sh.hash.set(name, { path: values.get("p") ?? "", hits: 0 });
    else if (name.includes("/") || findBuiltin(sh, name)) continue;
    else status = (yield* remember(sh, name)) || status;
  }
  return status;
}

function* remember(sh: Shell, name: string): Task<number> {
  sh.hash.delete(name);
  const [path] = onePath(sh, name, false);
  if (path === undefined) return yield* failWith(sh, `hash: ${name}: not found`);
  sh.hash.set(name, { path, hits: 0 });
  return 0;
}

function* listHash(sh: Shell): Task<number> {
  if (sh.hash.size === 0) return yield* output(sh, "hash", "hash: hash table empty\n");
  return yield* output(sh, "hash", "hits\tcommand\n" + [...sh.hash.values()].map((h) => `${String(h.hits).padStart(4)}\t${h.path}\n`).join(""));
}
