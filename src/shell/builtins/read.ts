import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { ifsOf } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { assign, keyFromText, parseReference, resolveName, writable } from "../vars/assign.ts";
import { toArray } from "../vars/variable.ts";
import { failWith, parseOptions } from "./options.ts";
import { readLine } from "./read-line.ts";

const USAGE = "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";

/** `read`: one line into variables. Status 1 at end of input, 142 when `-t` ran out. */
export function* read(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "read", args, "ersa:d:i:n:N:p:t:u:", USAGE);
  if (!options) return 2;
  const { flags, values, rest } = options;
  const bad = rest.find((name) => !parseReference(name));
  if (bad !== undefined) return yield* failWith(sh, `read: \`${bad}': not a valid identifier`);
  const fdText = values.get("u") ?? "0";
  const fd = Number(fdText);
  if (!/^\d+$/.test(fdText)) return yield* failWith(sh, `read: ${fdText}: invalid file descriptor specification`);
  if (!sh.sys.fds().includes(fd)) return yield* failWith(sh, `read: ${fdText}: invalid file descriptor: ${strerror("EBADF")}`);
  const countText = values.get("N") ?? values.get("n");
  if (countText !== undefined && !/^\d+$/.test(countText)) return yield* failWith(sh, `read: ${countText}: invalid number`);
  const timeText = values.get("t");
  if (timeText !== undefined && !/^\d*\.?\d*$/.test(timeText)) return yield* failWith(sh, `read: ${timeText}: invalid timeout specification`);
  if (timeText !== undefined && Number(timeText) === 0) return yield* inputWaits(sh, fd);
  const prompt = values.get("p");
  if (prompt !== undefined && sh.sys.isatty(fd)) yield* sh.write(2, prompt);
  const raw = flags.has("r");
  const unset = countText === undefined && !flags.has("s") ? undefined : quietTerminal(sh, fd, countText !== undefined, flags.has("s"));
  const line = yield* readLine(sh, fd, {
    raw, delimiter: (values.get("d") ?? "\n")[0] ?? "\0", exactly: values.has("N"),
    ...(countText === undefined ? {} : { maxChars: Number(countText) }),
    ...(timeText === undefined ? {} : { deadlineNs: sh.sys.nowNs + Number(timeText) * 1e9 }),
  });
  unset?.();
  if (line.failed !== undefined && isErrno(line.failed)) yield* sh.complain(`read: read error: ${fdText}: ${strerror(line.failed)}`);
  const array = values.get("a");
  if (array !== undefined) intoArray(sh, array, line.text, raw);
  else if (values.has("N")) store(sh, rest[0] ?? "REPLY", unescape(line.text, raw), rest.slice(1));
  else intoNames(sh, rest, line.text, raw);
  return line.timedOut ? 142 : line.ended ? 1 : 0;
}

/** `-n` and `-s` switch the terminal's own line editing and echo off while reading. */
function quietTerminal(sh: Shell, fd: number, chars: boolean, silent: boolean): (() => void) | undefined {
  const mode = sh.sys.isatty(fd) ? sh.sys.tcgetattr(fd) : "ENOTTY";
  if (typeof mode === "string") return undefined;
  sh.sys.tcsetattr(fd, { ...mode, canonical: mode.canonical && !chars, echo: mode.echo && !silent });
  return () => { sh.sys.tcsetattr(fd, mode); };
}

/** `read -t 0`: is there anything to read? */
function* inputWaits(sh: Shell, fd: number): Task<number> {
  const fds = yield* sh.sys.poll([fd], sh.sys.nowNs);
  return typeof fds !== "string" && fds.length > 0 ? 0 : 1;
}

const unescape = (text: string, raw: boolean): string => (raw ? text : text.replace(/\\([\s\S]?)/g, "$1"));

/** A character of the line, and whether a backslash quoted it. */
interface Char { readonly ch: string; readonly quoted: boolean }

function charsOf(text: string, raw: boolean): Char[] {
  const out: Char[] = [];
  const all = [...text];
  for (let i = 0; i < all.length; i++) {
    const ch = all[i] ?? "";
    if (!raw && ch === "\\") {
      const next = all[++i];
      if (next !== undefined) out.push({ ch: next, quoted: true });
    } else out.push({ ch, quoted: false });
  }
  return out;
}

const joined = (chars: readonly Char[]): string => chars.map((c) => c.ch).join("");

/** Cuts a line at IFS into at most `most` fields; the last takes the rest. */
export function splitLine(text: string, ifs: string, raw: boolean, most: number): string[] {
  const chars = charsOf(text, raw);
  const isIfs = (c: Char | undefined): boolean => c !== undefined && !c.quoted && ifs.includes(c.ch);
  const isBlank = (c: Char | undefined): boolean => isIfs(c) && /[ \t\n]/.test(c?.ch ?? "");
  let at = 0;
  while (isBlank(chars[at])) at++;
  const fields: string[] = [];
  while (at < chars.length) {
    if (fields.length === most - 1) return [...fields, lastField(chars.slice(at), isIfs, isBlank)];
    const from = at;
    while (at < chars.length && !isIfs(chars[at])) at++;
    fields.push(joined(chars.slice(from, at)));
    while (isBlank(chars[at])) at++;
    if (isIfs(chars[at])) {
      at++;
      while (isBlank(chars[at])) at++;
    }
  }
  return fields;
}

/** The rest of the line, without trailing blanks; a single trailing delimiter goes too. */
function lastField(chars: readonly Char[], isIfs: (c: Char | undefined) => boolean, isBlank: (c: Char | undefined) => boolean): string {
  let end = chars.length;
  while (end > 0 && isBlank(chars[end - 1])) end--;
  if (end > 0 && isIfs(chars[end - 1]) && !chars.slice(0, end - 1).some((c) => isIfs(c) && !isBlank(c)) && !chars.slice(0, end - 1).some((c, i) => isBlank(c) && i < end - 2)) {
    end--;
    while (end > 0 && isBlank(chars[end - 1])) end--;
  }
  return joined(chars.slice(0, end));
}

function intoArray(sh: Shell, name: string, text: string, raw: boolean): void {
  const v = writable(sh, resolveName(sh, name).name);
  toArray(v, "indexed");
  v.items.clear();
  v.assigned = true;
  splitLine(text, ifsOf(sh), raw, Infinity).forEach((field, i) => v.items.set(String(i), field));
}

function intoNames(sh: Shell, names: readonly string[], text: string, raw: boolean): void {
  if (names.length === 0) {
    assign(sh, "REPLY", unescape(text, raw));
    return;
  }
  const fields = splitLine(text, ifsOf(sh), raw, names.length);
  names.forEach((name, i) => put(sh, name, fields[i] ?? ""));
}

function store(sh: Shell, name: string, text: string, others: readonly string[]): void {
  put(sh, name, text);
  for (const other of others) put(sh, other, "");
}

function put(sh: Shell, target: string, value: string): void {
  const at = parseReference(target);
  if (!at) return;
  const { name } = resolveName(sh, at.name);
  const key = at.subscript === undefined ? undefined : keyFromText(sh, name, sh.vars.find(name), at.subscript);
  assign(sh, at.name, value, key === undefined ? {} : { key });
}
