import type { Task } from "../../os/sys.ts";
import type { Messages } from "./messages.ts";
import { readDataFile } from "./post-data.ts";

/** One part of a multipart form, -F. Files are read when the command line is. */
export interface FormPart {
  readonly name: string;
  readonly content: string;
  readonly fileName: string | undefined;
  readonly type: string | undefined;
  readonly headers: readonly string[];
  readonly missing?: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", svg: "image/svg+xml", txt: "text/plain", htm: "text/html", html: "text/html", pdf: "application/pdf", xml: "application/xml",
};

const typeOf = (fileName: string): string => TYPES[/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream";

/** `name=content;type=t`, `name=@file;filename=f`, `name=<file`; null when it has no name or its file cannot be read. */
export function* parseFormPart(value: string, literal: boolean, messages: Messages): Task<FormPart | null> {
  const equals = value.indexOf("=");
  if (equals < 0) {
    yield* messages.warn("Illegally formatted input field!");
    return null;
  }
  const name = value.slice(0, equals);
  const text = value.slice(equals + 1);
  if (literal) return { name, content: text, fileName: undefined, type: undefined, headers: [] };
  const fromFile = text.startsWith("@") || text.startsWith("<");
  const { main, settings } = splitSettings(fromFile ? text.slice(1) : text);
  const type = settings.get("type");
  const headers = settings.has("headers") ? [settings.get("headers")!] : [];
  if (!fromFile) return { name, content: main, fileName: settings.get("filename"), type, headers };
  const content = yield* readDataFile(messages.sys, main);
  // A file that is not there is told when the form is to be sent.
  if (content === null) return { name, content: "", fileName: undefined, type: undefined, headers, missing: true };
  if (text.startsWith("<")) return { name, content, fileName: settings.get("filename"), type, headers };
  const fileName = settings.get("filename") ?? (main.split("/").at(-1) ?? main);
  return { name, content, fileName, type: type ?? typeOf(fileName), headers };
}

/** `a;type=x;filename="y"`: what stands before the first known setting, and the settings. */
function splitSettings(text: string): { main: string; settings: Map<string, string> } {
  const settings = new Map<string, string>();
  const pieces = text.startsWith('"') ? quotedPieces(text) : text.split(";");
  let main = pieces[0] ?? "";
  for (const piece of pieces.slice(1)) {
    const found = /^\s*(type|filename|headers|encoder)=(.*)$/s.exec(piece);
    if (found !== null) settings.set(found[1]!, unquote(found[2]!));
    // A type may have parameters of its own: `type=text/plain;charset=x`.
    else if (settings.has("type") && settings.size === 1) settings.set("type", `${settings.get("type")};${piece}`);
    else main += `;${piece}`;
  }
  return { main, settings };
}

function quotedPieces(text: string): string[] {
  const end = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  if (end === null) return text.split(";");
  return [unquote(end[0]), ...text.slice(end[0].length).split(";").slice(1)];
}

const unquote = (text: string): string => (/^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(["\\])/g, "$1") : text);

/** The body, between boundaries (RFC 7578). */
export function formBody(parts: readonly FormPart[], boundary: string, backslashes: boolean): string {
  const escape = (s: string): string =>
    backslashes ? s.replace(/["\\]/g, (c) => `\\${c}`) : s.replace(/["\r\n]/g, (c) => (c === '"' ? "%22" : c === "\r" ? "%0D" : "%0A"));
  const body = parts.map((part) => {
    const file = part.fileName === undefined ? "" : `; filename="${escape(part.fileName)}"`;
    const type = part.type === undefined ? "" : `Content-Type: ${part.type}\r\n`;
    const headers = part.headers.map((h) => `${h}\r\n`).join("");
    return `--${boundary}\r\nContent-Disposition: form-data; name="${escape(part.name)}"${file}\r\n${type}${headers}\r\n${part.content}\r\n`;
  });
  return `${body.join("")}--${boundary}--\r\n`;
}

/** 24 dashes and 16 random hex digits. */
export function newBoundary(random: () => number): string {
  const hex = (): string => random().toString(16).padStart(8, "0");
  return `${"-".repeat(24)}${hex()}${hex()}`;
}
