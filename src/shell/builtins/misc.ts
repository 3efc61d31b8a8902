import type { Task } from "../../os/sys.ts";
import { evaluate } from "../arith/evaluate.ts";
import { Complaint } from "../control.ts";
import { allInPath } from "../path-search.ts";
import type { Shell } from "../state.ts";
import { failWith, output, parseOptions } from "./options.ts";
import { BUILTIN_NAMES, isSpecialBuiltin, RESERVED_WORDS } from "./table.ts";

/** `let expressions`: status 1 when the last is 0. */
export function* letBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const words = args[0] === "--" ? args.slice(1) : args;
  if (words.length === 0) return yield* failWith(sh, "let: expression expected");
  let value = 0n;
  try {
    for (const word of words) value = evaluate(sh, word, "let");
  } catch (e) {
    if (!(e instanceof Complaint) || e.severity === "exit") throw e;
    return yield* failWith(sh, e.message);
  }
  return value === 0n ? 1 : 0;
}

/** `umask [-pS] [mode]`. */
export function* umask(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "umask", args, "pS", "umask [-p] [-S] [mode]");
  if (!options) return 2;
  const mode = options.rest[0];
  const now = sh.sys.umask();
  if (mode === undefined) {
    const text = options.flags.has("S") ? symbolic(now) : now.toString(8).padStart(4, "0");
    return yield* output(sh, "umask", `${options.flags.has("p") ? `umask ${options.flags.has("S") ? "-S " : ""}` : ""}${text}\n`);
  }
  if (/^[0-9]/.test(mode)) {
    if (!/^[0-7]+$/.test(mode)) return yield* failWith(sh, `umask: ${mode}: octal number out of range`);
    sh.sys.umask(Number.parseInt(mode, 8) & 0o777);
    return 0;
  }
  const allowed = applySymbolic(~now & 0o777, mode);
  if (typeof allowed === "string") return yield* failWith(sh, `umask: \`${allowed}': invalid symbolic mode ${/^[-+=]$/.test(allowed) ? "operator" : "character"}`);
  sh.sys.umask(~allowed & 0o777);
  return options.flags.has("S") ? yield* output(sh, "umask", symbolic(sh.sys.umask()) + "\n") : 0;
}

function symbolic(mask: number): string {
  const part = (shift: number): string => "rwx".replace(/./g, (ch, i: number) => (((~mask >> shift) & (4 >> i)) !== 0 ? ch : ""));
  return `u=${part(6)},g=${part(3)},o=${part(0)}`;
}

/** `u=rwx,g-w,+x`; answers the offending character on a mistake. */
function applySymbolic(allowed: number, text: string): number | string {
  let bits = allowed;
  for (const clause of text.split(",")) {
    const m = /^([ugoa]*)([-+=])([rwxXst]*)(.?)/.exec(clause);
    if (!m) return clause.replace(/^[ugoa]*/, "")[0] ?? "";
    if (m[4] !== "") return m[4] ?? "";
    const who = m[1] === "" || m[1]?.includes("a") ? "ugo" : m[1] ?? "";
    for (const w of who) {
      const shift = w === "u" ? 6 : w === "g" ? 3 : 0;
      const value = ((m[3]?.includes("r") ? 4 : 0) | (m[3]?.includes("w") ? 2 : 0) | (/[xX]/.test(m[3] ?? "") ? 1 : 0)) << shift;
      if (m[2] === "=") bits = (bits & ~(7 << shift)) | value;
      else bits = m[2] === "+" ? bits | value : bits & ~value;
    }
  }
  return bits;
}

const LIMITS: readonly (readonly [letter: string, text: string, value: string])[] = [
  ["R", "real-time non-blocking time  (microseconds, -R)", "unlimited"], ["c", "core file size              (blocks, -c)", "0"],
  ["d", "data seg size               (kbytes, -d)", "unlimited"], ["e", "scheduling priority                 (-e)", "0"],
  ["f", "file size                   (blocks, -f)", "unlimited"], ["n", "open files                          (-n)", "1024"],
  ["s", "stack size                  (kbytes, -s)", "8192"], ["t", "cpu time                   (seconds, -t)", "unlimited"],
  ["u", "max user processes                  (-u)", "unlimited"], ["v", "virtual memory              (kbytes, -v)", "unlimited"],
];

/** `ulimit`: shows limits; setting them is refused by name, for nothing would obey. */
export function* ulimit(sh: Shell, args: readonly string[]): Task<number> {
  const flags = args.filter((a) => /^-[A-Za-z]+$/.test(a)).join("").replaceAll("-", "");
  const value = args.find((a) => !a.startsWith("-"));
  if (flags.includes("a")) return yield* output(sh, "ulimit", LIMITS.map(([, text, v]) => `${text} ${v}\n`).join(""));
  const letter = flags.replace(/[HS]/g, "") || "f";
  const limit = LIMITS.find(([l]) => l === letter);
  if (!limit) {
    yield* sh.complain(`ulimit: -${letter}: invalid option`);
    return 2;
  }
  if (value !== undefined && value !== limit[2]) return yield* failWith(sh, `ulimit: -${letter} ${value}: not simulated here`);
  return yield* output(sh, "ulimit", value === undefined ? limit[2] + "\n" : "");
}

/** `times`: the simulation keeps no CPU time for the shell itself. */
export function* times(sh: Shell): Task<number> {
  return yield* output(sh, "times", "0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
}

/** `enable [-n] names`, `enable -a`. */
export function* enable(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "enable", args, "anps", "enable [-a] [-dnps] [-f filename] [name ...]");
  if (!options) return 2;
  const { flags, rest } = options;
  if (rest.length === 0) {
    const names = BUILTIN_NAMES.filter((n) => (!flags.has("s") || isSpecialBuiltin(n)) && (flags.has("a") || sh.disabledBuiltins.has(n) === flags.has("n")));
    return yield* output(sh, "enable", names.map((n) => `enable ${sh.disabledBuiltins.has(n) ? "-n " : ""}${n}\n`).join(""));
  }
  let status = 0;
  for (const name of rest) {
    if (!BUILTIN_NAMES.includes(name)) status = yield* failWith(sh, `enable: ${name}: not a shell builtin`);
    else if (flags.has("n")) sh.disabledBuiltins.add(name);
    else sh.disabledBuiltins.delete(name);
  }
  return status;
}

/** `compgen -A action -abcdkfv [-W words] [prefix]`: the plain actions. */
export function* compgen(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "compgen", args, "abcdefgjksuvA:W:P:S:o:F:C:X:G:", "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]");
  if (!options) return 2;
  const { flags, values, rest } = options;
  for (const f of ["F", "C", "X", "G", "o", "j", "s", "u", "g"]) if (flags.has(f)) return yield* failWith(sh, `compgen: -${f}: not simulated here`);
  const action = values.get("A") ?? "";
  const names: string[] = [];
  if (flags.has("a") || action === "alias") names.push(...[...sh.aliases.keys()].sort());
  if (flags.has("k") || action === "keyword") names.push(...RESERVED_WORDS);
  if (flags.has("b") || action === "builtin") names.push(...BUILTIN_NAMES);
  if (action === "function") names.push(...[...sh.functions.keys()].sort());
  if (flags.has("v") || action === "variable") names.push(...[...sh.vars.all().keys()].sort());
  if (flags.has("e") || action === "export") names.push(...[...sh.vars.exported().keys()].sort());
  if (flags.has("f") || flags.has("d") || action === "file" || action === "directory") names.push(...files(sh, flags.has("d") || action === "directory"));
  if (flags.has("c") || action === "command") names.push(...RESERVED_WORDS, ...BUILTIN_NAMES, ...sh.functions.keys(), ...(rest[0] ? allInPath(sh, rest[0]).map((p) => p.slice(p.lastIndexOf("/") + 1)) : []));
  names.push(...(values.get("W") ?? "").split(/\s+/).filter((w) => w !== ""));
  const fits = names.filter((n) => n.startsWith(rest[0] ?? ""));
  yield* output(sh, "compgen", fits.map((n) => `${values.get("P") ?? ""}${n}${values.get("S") ?? ""}\n`).join(""));
  return fits.length > 0 ? 0 : 1;
}

function files(sh: Shell, onlyDirectories: boolean): string[] {
  const names = sh.sys.readdir(".");
  if (typeof names === "string") return [];
  return [...names].sort().filter((name) => {
    const stat = sh.sys.stat(name);
    return !onlyDirectories || (typeof stat !== "string" && stat.kind === "dir");
  });
}
