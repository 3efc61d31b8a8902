import type { Errno } from "../net/uapi/errno.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import type { Kernel } from "./kernel.ts";
import { mayAccess, pathOf, type FsContext, type Place } from "./path.ts";
import type { Program } from "./sys.ts";
import { TreeFile } from "./tree.ts";
import { findPlace } from "./vfs.ts";

/** What exec(2) found behind a path. */
export interface Loaded {
  readonly program: Program;
  readonly argv: readonly string[];
  /** Task name: first 15 bytes of the file's name. */
  readonly comm: string;
  /** Absolute path of the program that runs: /proc/<pid>/exe. */
  readonly exe: string;
}

const ELF_MAGIC = "\x7fELF";
/** Interpreters of interpreters: kernel BINPRM limit. */
const MAX_INTERPRETERS = 4;
const TASK_COMM_LEN = 15;

/**
 * The bytes of an installed program: an ELF magic and the program's name, so that a copy of the file
 * runs as well as the original, and nothing else does.
 */
export const programImage = (name: string): Uint8Array => utf8(`${ELF_MAGIC}${name}\n`);

export const commOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).slice(0, TASK_COMM_LEN);

/** Finds the program to run: ELF or `#!`. `EACCES` not executable, `ENOEXEC` neither of the two. */
export function loadProgram(
  kernel: Kernel, ctx: FsContext, path: string, argv: readonly string[], depth = 0,
): Loaded | Errno {
  const place = findPlace(ctx, path);
  if (typeof place === "string") return place;
  const file = place.inode;
  if (!(file instanceof TreeFile) || !mayAccess(ctx, file, "execute")) return "EACCES";
  const head = fromUtf8(file.content.subarray(0, 256));
  if (head.startsWith("#!")) return loadScript(kernel, ctx, path, argv, head, depth);
  return head.startsWith(ELF_MAGIC) ? loadElf(kernel, place, path, argv, head) : "ENOEXEC";
}

function loadElf(kernel: Kernel, place: Place, path: string, argv: readonly string[], head: string): Loaded | Errno {
  const name = head.slice(ELF_MAGIC.length).split("\n")[0] ?? "";
  const program = kernel.program(name);
  return program ? { program, argv, comm: commOf(path), exe: pathOf(place) } : "ENOEXEC";
}

/** `#!/bin/bash -e` runs `/bin/bash -e SCRIPT ARGS`: everything after the interpreter is one argument. */
function loadScript(
  kernel: Kernel, ctx: FsContext, path: string, argv: readonly string[], head: string, depth: number,
): Loaded | Errno {
  if (depth >= MAX_INTERPRETERS) return "ELOOP";
  const line = head.slice(2).split("\n")[0]!.trim();
  const [, interpreter, argument] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
  if (interpreter === undefined) return "ENOEXEC";
  const args = [interpreter, ...(argument ? [argument] : []), path, ...argv.slice(1)];
  const loaded = loadProgram(kernel, ctx, interpreter, args, depth + 1);
  return typeof loaded === "string" ? loaded : { ...loaded, comm: commOf(path) };
}
