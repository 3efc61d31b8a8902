import type { LogFormat } from "../conf/model.ts";
import { fillScript } from "../conf/script.ts";
import { readVariable } from "../variables.ts";
import { evaluate, type Context } from "./context.ts";

/** Writes a line for the request into each access log of its location. */
export function logAccess(cx: Context): void {
  for (const { file, format, condition } of cx.r.v.accessLogs) {
    if (condition !== undefined) {
      const value = evaluate(cx, condition);
      if (value === "" || value === "0") continue;
    }
    cx.w.logger.write(file.path === "" ? 2 : file.fd, `${logLine(cx, format)}\n`);
  }
}

function logLine(cx: Context, format: LogFormat): string {
  const value = (name: string): string => {
    const found = readVariable(cx, name);
    if (found === undefined) return format.escape === "default" ? "-" : "";
    return escapeValue(found, format.escape);
  };
  return fillScript(format.script, value, (n) => cx.r.captures[n] ?? "-");
}

const HEX = (c: string): string => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
const JSON_SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\" };

function escapeValue(text: string, how: LogFormat["escape"]): string {
  if (how === "none") return text;
  if (how === "json") return text.replace(/[\x00-\x1f"\\]/g, (c) => JSON_SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`);
  return text.replace(/[\x00-\x1f"\\\x7f-\xff]/g, HEX);
}
