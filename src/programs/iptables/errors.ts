import { type Errno, strerror } from "../../net/uapi/errno.ts";
import { STDERR, type Sys, type Task } from "../../os/sys.ts";
import type { Bad } from "./ext/extension.ts";
import { BAD_ARGUMENT } from "./parse-values.ts";
import type { Failure } from "./work.ts";

/** The words of iptables for what went wrong, and its exit status. */

export const VERSION = "1.8.9 (nf_tables)";

/** What an errno means while doing this; the rest has general words. */
const WORDS: readonly (readonly [during: string | null, errno: Errno | null, text: string])[] = [
  ["delete-chain", "EBUSY", "Directory not empty"],
  ["new-chain", "EEXIST", "Chain already exists"],
  ["rename", "EEXIST", "File exists"],
  ["insert", "E2BIG", "Index of insertion too big"],
  ["replace", "E2BIG", "Index of replacement too big"],
  ["delete-num", "E2BIG", "Index of deletion too big"],
  ["check", "ENOENT", "Bad rule (does a matching rule exist in that chain?)"],
  ["delete", "ENOENT", "Bad rule (does a matching rule exist in that chain?)"],
  ["policy", "ENOENT", "Bad built-in chain name"],
  ["policy", "EINVAL", "Bad policy name"],
  [null, "ELOOP", "Loop found in table"],
  [null, "EPERM", "Permission denied (you must be root)"],
  [null, null, "Incompatible with this kernel"],
  [null, "ENOENT", "No chain/target/match by that name"],
];

export function errnoText(errno: Errno | null, during: string): string {
  const words = WORDS.find(([d, e]) => e === errno && (d === null || d === during))?.[2];
  return words ?? (errno === null ? "" : strerror(errno));
}

const hint = (program: string): string => `Try \`${program} -h' or '${program} --help' for more information.\n`;

/** xtables_error(): the message, what may help, the status. `line`: where in the input of iptables-restore. */
export function* complain(sys: Sys, program: string, b: Bad, line?: number): Task<number> {
  const status = b.status ?? 2;
  const tryHelp = `${line === undefined ? "" : `Error occurred at line: ${line}\n`}${hint(program)}`;
  if (status === BAD_ARGUMENT) {
    yield* sys.write(STDERR, `${b.bad === "" ? "" : `${b.bad}\n`}${tryHelp}`);
    return 2;
  }
  const more = status === 2 ? tryHelp : status === 3 ? `Perhaps ${program} or your kernel needs to be upgraded.\n` : "";
  yield* sys.write(STDERR, `${program} v${VERSION}: ${b.bad}\n${more}`);
  return status;
}

/** A command that could not be done. */
export function* tellFailure(sys: Sys, program: string, f: Failure): Task<number> {
  if ("bad" in f) return yield* complain(sys, program, f);
  yield* sys.write(STDERR, `${program}: ${errnoText(f.errno, f.during)}.${f.errno === "EINVAL" ? " Run `dmesg' for more information." : ""}\n`);
  return 1;
}
