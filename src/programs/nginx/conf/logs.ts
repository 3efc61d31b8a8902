import { isConfError, type Conf } from "./conf.ts";
import { directive, type Directive, type SetResult } from "./directive.ts";
import type { AccessLog, LogFormat } from "./model.ts";
import { compileScript } from "./script.ts";
import { append, harmless, setOnce } from "./slots.ts";

/** log_format and access_log. */

function logFormat(cf: Conf, words: readonly string[]): SetResult {
  const [, name = "", ...rest] = words;
  const http = cf.scope.http;
  if (http?.formats.has(name) === true) return cf.emerg(`duplicate "log_format" name "${name}"`);
  const escape = rest[0]?.startsWith("escape=") === true ? rest.shift()?.slice(7) : undefined;
  if (escape !== undefined && escape !== "json" && escape !== "default" && escape !== "none") return cf.emerg(`unknown log format escaping "${escape}"`);
  const text = rest.join("");
  const bad = compileScript(text);
  if (bad.is === "bad") return cf.emerg(`invalid parameter "${text}"`);
  const script = cf.script(text);
  if (isConfError(script)) return script;
  http?.formats.set(name, { name, escape: escape ?? "default", script });
  return undefined;
}

function accessLog(cf: Conf, words: readonly string[]): SetResult {
  const [, path = "", ...rest] = words;
  if (path === "off") {
    if (words.length > 2) return cf.emerg(`invalid parameter "${words[2]}"`);
    return setOnce(cf, "accessLogs", cf.scope.loc?.set.accessLogs ?? []);
  }
  if (path.startsWith("syslog:") || path.includes("$")) return cf.notHere(words);
  const named = rest[0] !== undefined && !rest[0].includes("=") ? rest.shift() : undefined;
  const format = cf.scope.http?.formats.get(named ?? "combined");
  if (format === undefined) return cf.emerg(`unknown log format "${named}"`);
  return addLog(cf, words, format, rest);
}

function addLog(cf: Conf, words: readonly string[], format: LogFormat, rest: readonly string[]): SetResult {
  let condition: AccessLog["condition"];
  for (const word of rest) {
    if (word.startsWith("buffer=") || word.startsWith("flush=") || word.startsWith("gzip")) return cf.notHere(words);
    if (!word.startsWith("if=")) return cf.emerg(`invalid parameter "${word}"`);
    const script = cf.script(word.slice(3));
    if (isConfError(script)) return script;
    condition = script;
  }
  return append<AccessLog>(cf, "accessLogs", { file: cf.logFile(words[1] === "stderr" ? "" : words[1] ?? ""), format, condition });
}

export const LOG_DIRECTIVES: readonly Directive[] = [
  directive("log_format", "h", "2+", logFormat), directive("access_log", "hslLx", "1+", accessLog), harmless("open_log_file_cache", "hsl", "1-4"),
];
