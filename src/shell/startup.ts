import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { runText } from "./interp/script.ts";
import type { Shell } from "./state.ts";
import { decode } from "./text/bytes.ts";
import { scalar } from "./vars/variable.ts";

/** Variables every shell starts with; the environment becomes exported variables. */
export function inheritEnvironment(sh: Shell): void {
  for (const [name, value] of sh.sys.env) {
    if (!/^[A-Za-z_]\w*$/.test(name) || sh.vars.find(name)?.dynamic) continue;
    sh.vars.define(name, { ...scalar(value), exported: true });
  }
  startDirectory(sh);
  const level = (Number.parseInt(sh.get("SHLVL") ?? "0", 10) || 0) + 1;
  sh.put("SHLVL", String(level), true);
  sh.put("IFS", " \t\n");
  sh.put("PS4", sh.get("PS4") ?? "+ ");
  sh.put("OPTIND", "1");
  sh.put("OPTERR", "1");
  if (sh.get("PATH") === undefined) sh.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  constants(sh);
}

function startDirectory(sh: Shell): void {
  const given = sh.get("PWD");
  const real = sh.sys.getcwd();
  const same = given?.startsWith("/") ? inode(sh, given) === inode(sh, real) : false;
  sh.put("PWD", same && given !== undefined ? given : real, true);
  if (!sh.vars.find("OLDPWD")) sh.vars.define("OLDPWD", { ...scalar(undefined), exported: true });
}

function inode(sh: Shell, path: string): number | undefined {
  const stat = sh.sys.stat(path);
  return typeof stat === "string" ? undefined : stat.ino;
}

function constants(sh: Shell): void {
  sh.put("BASH", "/bin/bash");
  sh.put("BASH_VERSION", "5.2.15(1)-release");
  sh.put("HOSTNAME", sh.sys.hostname());
  sh.put("HOSTTYPE", "x86_64");
  sh.put("OSTYPE", "linux-gnu");
  sh.put("MACHTYPE", "x86_64-pc-linux-gnu");
  const own: readonly (readonly [string, string])[] = [["UID", String(sh.sys.uid)], ["EUID", String(sh.sys.uid)], ["PPID", String(sh.sys.ppid)]];
  for (const [name, value] of own) sh.vars.define(name, { ...scalar(value), integer: true, readonly: true });
  const version = { ...scalar(undefined), kind: "indexed" as const, readonly: true, assigned: true };
  version.items = new Map(["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"].map((v, i) => [String(i), v]));
  sh.vars.define("BASH_VERSINFO", version);
}

/** Runs a script file in this process: `bash FILE args`, or a text file without `#!`. */
export function* runScriptFile(sh: Shell, path: string, words: readonly string[]): Task<number> {
  const bytes = sh.sys.readFile(path);
  if (isErrno(bytes)) {
    yield* sh.write(2, `${sh.name}: ${path}: ${strerror(bytes)}\n`);
    return bytes === "ENOENT" ? 127 : 126;
  }
  sh.name = words[0] ?? path;
  sh.args = words.slice(1);
  sh.input = "file";
  sh.belowPrompt = false;
  sh.frames = [];
  return yield* runText(sh, decode(bytes), { fatal: true });
}
