import type { Task } from "../../os/sys.ts";
import type { ParamError } from "./arguments.ts";
import type { Messages } from "./messages.ts";

/** Numbers as curl reads them; a word is what is wrong with one. */
export function wholeNumber(text: string): number | ParamError {
  return /^\s*[+-]?\d+$/.test(text) ? (Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER ? "too-large" : Number(text)) : "bad-numeric";
}

export function unsignedNumber(text: string): number | ParamError {
  const n = wholeNumber(text);
  return typeof n === "number" && n < 0 ? "negative" : n;
}

/** Seconds with a fraction, as whole milliseconds. */
export function secondsAsMs(text: string): number | ParamError {
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return "bad-numeric";
  const n = Number(text);
  return n < 0 ? "negative" : Math.trunc(n * 1000);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `500`, `10K`, `3M`. */
export function* sizeNumber(text: string, which: string, messages: Messages): Task<number | ParamError> {
  const found = /^\s*(\d+)(.*)$/s.exec(text);
  if (found === null) {
    yield* messages.warn(`invalid number specified for ${which}`);
    return "bad-use";
  }
  const unit = UNITS[found[2]!.toLowerCase()];
  if (unit !== undefined) return Number(found[1]) * unit;
  yield* messages.warn(`unsupported ${which} unit. Use G, M, K or B!`);
  return "bad-use";
}

/** `8000` or `8000-8010`: the first port and how many. */
export function portRange(text: string): readonly [first: number, count: number] | ParamError {
  const found = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text);
  if (found === null) return "bad-use";
  const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])];
  return first > 65535 || last > 65535 || last < first ? "bad-use" : [first, last - first + 1];
}

const PROTOCOLS = "dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtmpe rtmps rtmpt rtmpte rtmpts rtsp scp sftp smb smbs smtp smtps telnet tftp".split(" ");
export const isProtocol = (name: string): boolean => PROTOCOLS.includes(name.toLowerCase());

/** `=http,https`, `-ftp`, `all`: the set that is left. */
export function* protocolSet(text: string, from: readonly string[] | undefined, messages: Messages): Task<readonly string[] | ParamError> {
  let set = new Set(from ?? PROTOCOLS);
  for (const word of text.split(",")) {
    const [, signs, name] = /^([=+-]*)(.*)$/.exec(word) ?? ["", "", ""];
    const action = signs!.at(-1) ?? "+";
    const meant = name === "all" ? PROTOCOLS : isProtocol(name!) ? [name!.toLowerCase()] : [];
    if (meant.length === 0) yield* messages.warn(`unrecognized protocol '${name}'`);
    if (action === "=") set = new Set(meant);
    else for (const p of meant) set[action === "+" ? "add" : "delete"](p);
  }
  return set.size === 0 ? "bad-use" : [...set];
}
