import { argBytes } from "../lib/bytes.ts";

/** Small pieces of Python's library that a server's answers show. */

export const escapeHtml = (t: string): string => t.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] ?? c);

/** repr() of a string: quotes as Python chooses them, control characters escaped. */
export function pyRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = [...text].map((c) => {
    if (c === "\\" || c === quote) return `\\${c}`;
    if (c === "\n") return "\\n";
    if (c === "\r") return "\\r";
    if (c === "\t") return "\\t";
    const code = c.charCodeAt(0);
    return code < 32 || (code >= 127 && code <= 160) || code === 173 ? `\\x${code.toString(16).padStart(2, "0")}` : c;
  });
  return `${quote}${body.join("")}${quote}`;
}

/** Control characters in log lines (log_message). */
export const logSafe = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).replace(/\\(?!x[0-9a-f]{2})/g, "\\\\");

/** urllib.parse.quote: a byte string, safe are letters, digits, `_.-~` and `/`. */
export const quoteUrl = (name: string): string => argBytes(name).replace(/[^A-Za-z0-9_.\-~/]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

/** urllib.parse.unquote of a byte string; bad escapes stay. */
export const unquoteUrl = (path: string): string => path.replace(/%([0-9a-fA-F]{2})/g, (_, h: string) => String.fromCharCode(parseInt(h, 16)));

/** posixpath.normpath. */
export function normPath(path: string): string {
  const slashes = path.startsWith("//") && !path.startsWith("///") ? "//" : path.startsWith("/") ? "/" : "";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (slashes === "" && parts.length === 0) || parts.at(-1) === "..") parts.push(part);
    else parts.pop();
  }
  return slashes + parts.join("/") || ".";
}
