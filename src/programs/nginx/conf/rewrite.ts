import type { Task } from "../../../os/sys.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import { LocConf, type Code, type Condition } from "./model.ts";
import { flag } from "./slots.ts";
import { parseNumber } from "./values.ts";
import { BUILT_IN, hasPrefix } from "../variable-names.ts";

/** ngx_http_rewrite_module: rewrite, return, set, break, if. */

/** An `if` block's own directives go into the list of the block around it: this says which list is open. */
const push = (cf: Conf, code: Code): undefined => {
  cf.scope.loc?.codes.push(code);
};

const FLAGS = { last: "last", break: "break", redirect: "redirect", permanent: "permanent" } as const;

function rewrite(cf: Conf, words: readonly string[]): SetResult {
  const [, source = "", toText = "", word] = words;
  const pattern = cf.pattern(source, false);
  if (isConfError(pattern)) return pattern;
  const away = /^(https?:\/\/|\$scheme)/.test(toText);
  const known = word === undefined ? undefined : Object.hasOwn(FLAGS, word) ? FLAGS[word as keyof typeof FLAGS] : null;
  if (known === null) return cf.emerg(`invalid parameter "${word}"`);
  const dropArgs = toText.endsWith("?");
  const to = cf.script(dropArgs ? toText.slice(0, -1) : toText);
  if (isConfError(to)) return to;
  return push(cf, { is: "rewrite", pattern, to, flag: away && known !== "permanent" ? "redirect" : known ?? "none", dropArgs });
}

function doReturn(cf: Conf, words: readonly string[]): SetResult {
  const [, first = "", second] = words;
  const isUrl = second === undefined && /^(https?:\/\/|\$scheme)/.test(first);
  const status = isUrl ? 302 : /^\d+$/.test(first) ? parseNumber(first) : null;
  if (status === null || status > 999) return cf.emerg(`invalid return code "${first}"`);
  const textSource = isUrl ? first : second;
  const text = textSource === undefined ? undefined : cf.script(textSource);
  if (isConfError(text)) return text;
  return push(cf, { is: "return", status, text });
}

function set(cf: Conf, words: readonly string[]): SetResult {
  const [, target = "", valueText = ""] = words;
  if (!target.startsWith("$") || target.length < 2) return cf.emerg(`invalid variable name "${target}"`);
  const name = target.slice(1);
  if (BUILT_IN.has(name) && !CHANGEABLE.has(name)) return cf.emerg(`the duplicate "${name}" variable`);
  if (!hasPrefix(name)) cf.scope.http?.settable.add(name);
  const value = cf.script(valueText);
  return isConfError(value) ? value : push(cf, { is: "set", name, value });
}

const CHANGEABLE = new Set(["args", "limit_rate"]);

function* block(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { loc: outer, place } = cf.scope;
  if (outer === undefined) return undefined;
  const test = readCondition(cf, words);
  if (isConfError(test)) return test;
  const loc = new LocConf("if", outer.name, outer, cf.at);
  const inServer = place === "srv";
  const error = yield* cf.readBlock({ ...cf.scope, place: inServer ? "sif" : "lif", loc });
  if (error !== undefined) return error;
  return push(cf, { is: "if", test, body: loc.codes, loc: inServer ? undefined : loc });
}

/** Words of `if ( … )`, without the brackets. */
function conditionWords(words: readonly string[]): readonly string[] | null {
  const inner = words.slice(1);
  const [first = "", last = ""] = [inner[0], inner.at(-1)];
  if (!first.startsWith("(")) return null;
  if (!last.endsWith(")")) return null;
  if (inner.length === 1) return [first.slice(1, -1)].filter((w) => w !== "");
  return [first.slice(1), ...inner.slice(1, -1), last.slice(0, -1)].filter((w, i, all) => w !== "" || (i > 0 && i < all.length - 1));
}

const FILE_TESTS: Readonly<Record<string, "f" | "d" | "e" | "x">> = { f: "f", d: "d", e: "e", x: "x" };

function readCondition(cf: Conf, words: readonly string[]): Condition | ConfError {
  const parts = conditionWords(words);
  if (parts === null) return cf.emerg(`invalid condition "${words[1]}"`);
  const [first = "", op = "", third = ""] = parts;
  if (first.startsWith("$") && first.length > 1) return variableTest(cf, parts, first.slice(1), op, third);
  const file = /^(!?)-(.)$/.exec(first);
  const kind = FILE_TESTS[file?.[2] ?? ""];
  if (file === null || kind === undefined || parts.length !== 2) return cf.emerg(`invalid condition "${first}"`);
  const path = cf.script(parts[1] ?? "");
  return isConfError(path) ? path : { is: "file", path, test: kind, not: file[1] === "!" };
}

function variableTest(cf: Conf, parts: readonly string[], name: string, op: string, third: string): Condition | ConfError {
  cf.scope.http?.read.add(name);
  if (parts.length === 1) return { is: "true", name };
  if (op === "=" || op === "!=") {
    if (parts.length !== 3) return cf.emerg(`invalid condition "${parts[0]}"`);
    const value = cf.script(third);
    return isConfError(value) ? value : { is: "equal", name, value, not: op === "!=" };
  }
  if (!/^!?~\*?$/.test(op)) return cf.emerg(`unexpected "${op}" in condition`);
  if (parts.length !== 3) return cf.emerg(`invalid condition "${parts[0]}"`);
  const pattern = cf.pattern(third, op.endsWith("*"));
  return isConfError(pattern) ? pattern : { is: "match", name, pattern, not: op.startsWith("!") };
}

export const REWRITE_DIRECTIVES: readonly Directive[] = [
  directive("rewrite", "slSL", "2-3", rewrite), directive("return", "slSL", "1-2", doReturn), directive("set", "slSL", "2", set),
  directive("break", "slSL", "0", (cf) => push(cf, { is: "break" })), directive("if", "sl", "{1+", block),
  flag("uninitialized_variable_warn", "hslSL", "uninitializedWarn"),
];
