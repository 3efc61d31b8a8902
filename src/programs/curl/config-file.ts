import { isErrno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { argBytes, asText, toByteString } from "../lib/bytes.ts";
import { getParameter, PARAM_ERRORS, type ParamContext, type ParamError, type ParamResult } from "./arguments.ts";
import { OperationConfig } from "./config.ts";
import { readDataFile } from "./post-data.ts";

/** -K: options one a line, as `name value`, `name = "value"` or `--name value`; mistakes are warnings. */
export function* readConfigFile(file: string, c: ParamContext): Task<ParamResult> {
  const text = yield* readDataFile(c.messages.sys, file);
  if (text === null) return "read-error";
  return yield* readLines(text, file === "-" ? "<stdin>" : file, c);
}

/** ~/.curlrc, when there is one. */
export function* readHomeConfig(c: ParamContext): Task<void> {
  const { sys } = c.messages;
  const home = sys.env.get("CURL_HOME") ?? sys.env.get("XDG_CONFIG_HOME") ?? sys.env.get("HOME");
  if (home === undefined) return;
  const path = `${home}/.curlrc`;
  const bytes = sys.readFile(path);
  if (!isErrno(bytes)) yield* readLines(toByteString(bytes), argBytes(path), c);
}

function* readLines(text: string, file: string, c: ParamContext): Task<ParamResult> {
  for (const [i, line] of text.split("\n").entries()) {
    const parsed = parseLine(line);
    if (parsed === null) continue;
    const { option, value, trailing } = parsed;
    if (trailing) yield* c.messages.warn(`${file}:${i + 1}: warning: '${option}' uses unquoted whitespace in the line that may cause side-effects!`);
    const got = yield* getParameter(option, value, { ...c, config: c.global.last });
    const unused = got.result === undefined && value !== undefined && value !== "" && !got.usedNext;
    const result = unused ? "trailing-garbage" : got.result;
    if (result === "next") {
      if (c.global.last.urls[0]?.url !== undefined) c.global.operations.push(new OperationConfig());
    } else if (result === "not-simulated") {
      return result;
    } else if (result !== undefined && result in PARAM_ERRORS) {
      yield* c.messages.warn(`${file}:${i + 1}: warning: '${asText(option)}' ${PARAM_ERRORS[result as ParamError]}`);
    }
  }
  return undefined;
}

function parseLine(line: string): { option: string; value: string | undefined; trailing: boolean } | null {
  const text = line.replace(/^\s+/, "");
  if (text === "" || /^[#/*]/.test(text)) return null;
  const separators = text.startsWith("-") ? /^([^\s]+)\s*(.*)$/s : /^([^\s=:]+)[\s=:]*(.*)$/s;
  const [, option, rest] = separators.exec(text) ?? ["", text, ""];
  if (rest!.startsWith('"')) return { option: option!, value: unslash(rest!.slice(1)), trailing: false };
  const [, word, after] = /^(\S*)\s*(.*)$/s.exec(rest!) ?? ["", "", ""];
  return { option: option!, value: word === "" ? undefined : word, trailing: after !== "" && !after!.startsWith("#") };
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", v: "\v" };

/** Up to the closing quote. */
function unslash(text: string): string {
  let out = "";
  for (let i = 0; i < text.length && text[i] !== '"'; i++) {
    if (text[i] === "\\" && i + 1 < text.length) {
      i++;
      out += ESCAPES[text[i]!] ?? text[i];
    } else out += text[i];
  }
  return out;
}
