import type { HereDoc, HereString, Redirect, Redirection } from "unbash";
import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { OpenFlags, Task } from "../../os/sys.ts";
import { Complaint, Discard, ExitShell } from "../control.ts";
import { expandInto, expandString, piecesToField } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { encode } from "../text/bytes.ts";
import { assign, keyFromText, parseReference } from "../vars/assign.ts";
import { valueOf } from "../expand/param.ts";
import { isNetPath, openNet } from "./net-redirect.ts";

/** A descriptor that was changed, and where its old file was put. */
interface Saved {
  readonly fd: number;
  readonly copy: number | undefined;
}

/** Runs `work` with redirections in force. A redirection that fails prints why and gives status 1. */
export function* redirected(sh: Shell, redirects: readonly Redirection[], work: () => Task<number>): Task<number> {
  const saved: Saved[] = [];
  try {
    yield* applyAll(sh, redirects, saved);
  } catch (e) {
    restore(sh, saved);
    if (!(e instanceof Complaint)) throw e;
    yield* sh.complain(e.message);
    sh.redirectFailed = true;
    if (e.severity === "fail") return 1;
    throw e.severity === "exit" && !sh.interactive ? new ExitShell(1) : new Discard(1);
  }
  try {
    return yield* work();
  } finally {
    restore(sh, saved);
  }
}

/** `exec > file`: redirections that stay. False when one failed, which was printed. */
export function* redirectForGood(sh: Shell, redirects: readonly Redirection[]): Task<boolean> {
  const saved: Saved[] = [];
  try {
    yield* applyAll(sh, redirects, saved);
  } catch (e) {
    restore(sh, saved);
    if (!(e instanceof Complaint)) throw e;
    yield* sh.complain(e.message);
    return false;
  }
  for (const { copy } of saved) if (copy !== undefined) forget(sh, copy);
  return true;
}

function forget(sh: Shell, copy: number): void {
  sh.sys.close(copy);
  sh.privateFds.delete(copy);
}

function restore(sh: Shell, saved: readonly Saved[]): void {
  for (const { fd, copy } of [...saved].reverse()) {
    if (copy === undefined) sh.sys.close(fd);
    else {
      sh.sys.dup(copy, fd);
      forget(sh, copy);
    }
  }
}

function* applyAll(sh: Shell, redirects: readonly Redirection[], saved: Saved[]): Task<void> {
  for (const r of redirects) {
    if (r.type === "HereDoc") yield* hereDocument(sh, r, saved);
    else if (r.type === "HereString") yield* hereString(sh, r, saved);
    else yield* applyOne(sh, r, saved);
  }
}

const fail = (message: string): never => { throw new Complaint(message, "fail"); };

function* applyOne(sh: Shell, r: Redirect, saved: Saved[]): Task<void> {
  if (r.descriptor?.type === "FileDescriptorVariable" && (r.operator === ">&" || r.operator === "<&") && r.target?.text === "-") {
    closeByVariable(sh, r.descriptor.name);
    return;
  }
  const target = yield* targetOf(sh, r);
  const both = r.operator === "&>" || r.operator === "&>>" || (r.operator === ">&" && isStdout(r) && !/^(\d+-?|-)$/.test(target));
  if (both) return yield* joinOutputs(sh, r.operator === "&>>", target, saved);
  if (r.operator === ">&" || r.operator === "<&") return duplicate(sh, r, target, saved);
  const fd = yield* openTarget(sh, r.operator, target);
  place(sh, r, fd, saved, r.operator === "<" || r.operator === "<>" ? 0 : 1);
}

const isStdout = (r: Redirect): boolean => !r.descriptor || (r.descriptor.type === "FileDescriptor" && r.descriptor.value === 1);

/** `{fd}>&-` closes the descriptor the variable holds. */
function closeByVariable(sh: Shell, name: string): void {
  const at = parseReference(name);
  const v = at && valueOf(sh, at.subscript === undefined ? { name: at.name } : { name: at.name, key: keyFromText(sh, at.name, sh.vars.find(at.name), at.subscript) });
  if (v?.is !== "one" || !/^\d+$/.test(v.text)) fail(`${name}: ambiguous redirect`);
  else sh.sys.close(Number(v.text));
}

function* targetOf(sh: Shell, r: Redirect): Task<string> {
  if (!r.target) return "";
  const words: string[] = [];
  yield* expandInto(sh, r.target, words);
  if (words.length !== 1 || (words[0] === "" && (r.operator === ">&" || r.operator === "<&"))) fail(`${r.target.text}: ambiguous redirect`);
  return words[0] ?? "";
}

function* openTarget(sh: Shell, operator: Redirect["operator"], path: string): Task<number> {
  if (isNetPath(path)) {
    const socket = yield* openNet(sh, path);
    return isErrno(socket) ? fail(`${path}: ${strerror(socket)}`) : socket;
  }
  if (path === "") fail(": No such file or directory");
  if (operator === ">" && sh.on("noclobber")) {
    const stat = sh.sys.stat(path);
    if (typeof stat !== "string" && stat.kind === "file") fail(`${path}: cannot overwrite existing file`);
  }
  const fd = sh.sys.open(path, FLAGS[operator] ?? { read: true }, 0o666);
  return isErrno(fd) ? fail(`${path}: ${strerror(fd)}`) : fd;
}

const FLAGS: Readonly<Partial<Record<Redirect["operator"], OpenFlags>>> = {
  "<": { read: true },
  "<>": { read: true, write: true, create: true },
  ">": { write: true, create: true, truncate: true },
  ">|": { write: true, create: true, truncate: true },
  "&>": { write: true, create: true, truncate: true },
  ">>": { write: true, create: true, append: true },
  "&>>": { write: true, create: true, append: true },
};

/** Puts an open file at the redirection's descriptor, or at a fresh one for `{name}>`. */
function place(sh: Shell, r: Redirection, fd: number, saved: Saved[], fallback: number): void {
  const d = r.descriptor;
  if (d?.type === "FileDescriptorVariable") {
    const high = highDescriptor(sh);
    sh.sys.dup(fd, high);
    sh.sys.close(fd);
    const at = parseReference(d.name);
    const key = at?.subscript === undefined ? undefined : keyFromText(sh, at.name, sh.vars.find(at.name), at.subscript);
    assign(sh, at?.name ?? d.name, String(high), key === undefined ? {} : { key });
    return;
  }
  moveTo(sh, fd, d?.value ?? fallback, saved);
}

function moveTo(sh: Shell, fd: number, to: number, saved: Saved[]): void {
  if (fd === to) {
    saved.push({ fd: to, copy: undefined });
    return;
  }
  save(sh, to, saved);
  sh.sys.dup(fd, to);
  sh.sys.close(fd);
}

/** Lowest free descriptor from 10 on. */
export function highDescriptor(sh: Shell): number {
  const used = new Set(sh.sys.fds());
  let fd = 10;
  while (used.has(fd)) fd++;
  return fd;
}

function save(sh: Shell, fd: number, saved: Saved[]): void {
  if (saved.some((s) => s.fd === fd)) return;
  if (!sh.sys.fds().includes(fd)) {
    saved.push({ fd, copy: undefined });
    return;
  }
  const copy = highDescriptor(sh);
  sh.sys.dup(fd, copy);
  sh.sys.setCloseOnExec(copy, true);
  sh.privateFds.add(copy);
  saved.push({ fd, copy });
}

function* joinOutputs(sh: Shell, append: boolean, path: string, saved: Saved[]): Task<void> {
  const fd = yield* openTarget(sh, append ? ">>" : sh.on("noclobber") ? ">" : ">|", path);
  moveTo(sh, fd, 1, saved);
  save(sh, 2, saved);
  sh.sys.dup(1, 2);
}

/** `n>&m`, `n>&-`, `n>&m-`. */
function duplicate(sh: Shell, r: Redirect, target: string, saved: Saved[]): void {
  const m = /^(\d*)(-?)$/.exec(target);
  if (!m) fail(`${r.target?.text ?? ""}: ambiguous redirect`);
  const to = r.descriptor?.type === "FileDescriptor" ? r.descriptor.value : r.operator === "<&" ? 0 : 1;
  const from = m?.[1] === "" ? undefined : Number(m?.[1]);
  if (from === undefined) {
    if (sh.sys.fds().includes(to)) { save(sh, to, saved); sh.sys.close(to); }
    return;
  }
  if (!sh.sys.fds().includes(from) || sh.privateFds.has(from)) fail(`${target}: ${strerror("EBADF")}`);
  if (r.descriptor?.type === "FileDescriptorVariable") {
    const copy = sh.sys.dup(from);
    if (typeof copy === "number") place(sh, r, copy, saved, 0);
  } else if (from !== to) {
    save(sh, to, saved);
    const answer: number | Errno = sh.sys.dup(from, to);
    if (isErrno(answer)) fail(`${target}: ${strerror(answer)}`);
  }
  if (m?.[2] === "-" && from !== to) { save(sh, from, saved); sh.sys.close(from); }
}

function* hereString(sh: Shell, r: HereString, saved: Saved[]): Task<void> {
  const text = r.target ? yield* expandString(sh, r.target) : "";
  yield* feed(sh, r, text + "\n", saved);
}

function* hereDocument(sh: Shell, r: HereDoc, saved: Saved[]): Task<void> {
  if (!r.closing && r.delimiter) {
    const line = sh.source.lineAt(r.pos);
    const end = sh.source.lineAt(sh.source.text.length);
    yield* sh.write(2, `${sh.name}: line ${Math.max(line, end)}: warning: here-document at line ${line} delimited by end-of-file (wanted \`${r.delimiter.value}')\n`);
  }
  const text = (yield* piecesToField(sh, sh.lowering.heredoc(r))).text;
  yield* feed(sh, r, !r.closing && text !== "" && !text.endsWith("\n") ? text + "\n" : text, saved);
}

/** What fits into a pipe goes there; more goes through a file that has no name any more. */
const PIPE_ROOM = 4096;

function* feed(sh: Shell, r: Redirection, text: string, saved: Saved[]): Task<void> {
  const bytes = encode(text);
  if (bytes.length <= PIPE_ROOM) {
    const [readEnd, writeEnd] = sh.sys.pipe();
    yield* sh.sys.write(writeEnd, bytes);
    sh.sys.close(writeEnd);
    return place(sh, r, readEnd, saved, 0);
  }
  const path = `/tmp/sh-thd.${sh.sys.random()}`;
  const refused = sh.sys.writeFile(path, bytes);
  if (refused) fail(`cannot create temp file for here-document: ${strerror(refused)}`);
  const fd = sh.sys.open(path, { read: true });
  sh.sys.unlink(path);
  if (typeof fd === "number") place(sh, r, fd, saved, 0);
}

/** Closes the descriptors of process substitutions opened since there were `keep` of them. */
export function closeProcessFds(sh: Shell, keep: number): void {
  while (sh.processFds.length > keep) {
    const fd = sh.processFds.pop();
    if (fd !== undefined) sh.sys.close(fd);
  }
}
