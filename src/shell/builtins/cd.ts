import { strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { homeOf } from "../expand/tilde.ts";
import type { Shell } from "../state.ts";
import { failWith, output, parseOptions } from "./options.ts";
import { scalar } from "../vars/variable.ts";

/** Resolves `.` and `..` by text: the logical path. What `..` takes off must exist; else the path as it is. */
function logical(sh: Shell, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${here(sh)}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else {
      const stat = sh.sys.stat("/" + parts.join("/"));
      if (typeof stat === "string" || stat.kind !== "dir") return path;
      parts.pop();
    }
  }
  return "/" + parts.join("/");
}

function here(sh: Shell): string {
  return sh.get("PWD") ?? sh.sys.getcwd();
}

/** Changes directory and PWD, OLDPWD; answers bash's complaint or undefined. */
function changeTo(sh: Shell, path: string, physical: boolean): string | undefined {
  const target = physical ? path : logical(sh, path);
  const refused = sh.sys.chdir(target);
  if (refused) return strerror(refused);
  setDirectory(sh, "OLDPWD", here(sh));
  setDirectory(sh, "PWD", physical ? sh.sys.getcwd() : target);
  return undefined;
}

function setDirectory(sh: Shell, name: string, value: string): void {
  const v = sh.vars.find(name);
  if (!v) sh.vars.define(name, { ...scalar(value), exported: true });
  else if (!v.readonly) v.value = value;
}

export function* cd(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "cd", args, "LPe@", "cd [-L|[-P [-e]] [-@]] [dir]");
  if (!options) return 2;
  if (options.rest.length > 1) return yield* failWith(sh, "cd: too many arguments");
  let dir = options.rest[0];
  let shown = false;
  if (dir === undefined) {
    dir = sh.get("HOME");
    if (dir === undefined) return yield* failWith(sh, "cd: HOME not set");
  } else if (dir === "-") {
    dir = sh.get("OLDPWD");
    if (dir === undefined) return yield* failWith(sh, "cd: OLDPWD not set");
    shown = true;
  }
  if (dir === "") return 0;
  const physical = options.flags.has("P") || sh.on("physical");
  const viaPath = viaCdpath(sh, dir);
  if (viaPath !== undefined && changeTo(sh, viaPath, physical) === undefined) return yield* output(sh, "cd", here(sh) + "\n");
  const refused = changeTo(sh, dir, physical);
  if (refused !== undefined) return yield* failWith(sh, `cd: ${dir}: ${refused}`);
  return shown ? yield* output(sh, "cd", here(sh) + "\n") : 0;
}

function viaCdpath(sh: Shell, dir: string): string | undefined {
  const path = sh.get("CDPATH");
  if (!path || /^(\/|\.\.?(\/|$))/.test(dir)) return undefined;
  for (const base of path.split(":")) {
    if (base === "" || base === ".") return undefined;
    const stat = sh.sys.stat(`${base}/${dir}`);
    if (typeof stat !== "string" && stat.kind === "dir") return `${base}/${dir}`;
  }
  return undefined;
}

export function* pwd(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "pwd", args, "LP", "pwd [-LP]");
  if (!options) return 2;
  const physical = options.flags.has("P") || (sh.on("physical") && !options.flags.has("L"));
  return yield* output(sh, "pwd", (physical ? sh.sys.getcwd() : here(sh)) + "\n");
}

const shorten = (sh: Shell, path: string): string => {
  const home = homeOf(sh, "");
  return home && home !== "/" && (path === home || path.startsWith(home + "/")) ? "~" + path.slice(home.length) : path;
};

export function* dirs(sh: Shell, args: readonly string[]): Task<number> {
  let [long, lines, numbers] = [false, false, false];
  const all = [here(sh), ...sh.directories];
  for (const arg of args) {
    if (arg === "-c") { sh.directories = []; return 0; }
    if (/^[-+]\d+$/.test(arg)) return yield* oneOf(sh, all, arg, long);
    if (!/^-[lpv]+$/.test(arg)) return yield* badOption(sh, "dirs", arg, "dirs [-clpv] [+N] [-N]");
    long ||= arg.includes("l");
    lines ||= arg.includes("p");
    numbers ||= arg.includes("v");
  }
  const shown = all.map((d) => (long ? d : shorten(sh, d)));
  if (numbers) return yield* output(sh, "dirs", shown.map((d, i) => `${String(i).padStart(2)}  ${d}\n`).join(""));
  return yield* output(sh, "dirs", lines ? shown.map((d) => d + "\n").join("") : shown.join(" ") + "\n");
}

function* badOption(sh: Shell, name: string, arg: string, usage: string): Task<number> {
  const number = /^[-+]/.test(arg) && !/^-[a-z]/.test(arg);
  yield* sh.complain(number ? `${name}: ${arg}: invalid number` : arg.startsWith("-") ? `${name}: ${arg}: invalid option` : `${name}: ${arg}: invalid argument`);
  yield* sh.write(2, `${name}: usage: ${usage}\n`);
  return 2;
}

function* oneOf(sh: Shell, all: readonly string[], arg: string, long: boolean): Task<number> {
  const dir = all[indexOf(all, arg)];
  if (dir === undefined) return yield* failWith(sh, `dirs: ${arg}: directory stack index out of range`);
  return yield* output(sh, "dirs", (long ? dir : shorten(sh, dir)) + "\n");
}

const indexOf = (all: readonly string[], arg: string): number => (arg.startsWith("+") ? Number(arg.slice(1)) : all.length - 1 - Number(arg.slice(1)));

export function* pushd(sh: Shell, args: readonly string[]): Task<number> {
  const quiet = args[0] === "-n";
  const arg = quiet ? args[1] : args[0] === "--" ? args[1] : args[0];
  const all = [here(sh), ...sh.directories];
  if (args.length - (quiet || args[0] === "--" ? 1 : 0) > 1) return yield* failWith(sh, "pushd: too many arguments");
  if (arg === undefined) {
    if (all.length < 2) return yield* failWith(sh, "pushd: no other directory");
    return yield* rotate(sh, all, 1);
  }
  if (/^[-+]\d+$/.test(arg)) {
    const at = indexOf(all, arg);
    return all[at] === undefined ? yield* failWith(sh, `pushd: ${arg}: directory stack index out of range`) : yield* rotate(sh, all, at);
  }
  if (/^-./.test(arg)) return yield* badOption(sh, "pushd", arg, "pushd [-n] [+N | -N | dir]");
  if (quiet) sh.directories = [arg, ...sh.directories];
  else {
    const refused = changeTo(sh, arg === "-" ? sh.get("OLDPWD") ?? "" : arg, false);
    if (refused !== undefined) return yield* failWith(sh, `pushd: ${arg}: ${refused}`);
    sh.directories = all;
  }
  return yield* dirs(sh, []);
}

function* rotate(sh: Shell, all: readonly string[], by: number): Task<number> {
  const turned = [...all.slice(by), ...all.slice(0, by)];
  const refused = changeTo(sh, turned[0] ?? "/", false);
  if (refused !== undefined) return yield* failWith(sh, `pushd: ${turned[0] ?? ""}: ${refused}`);
  sh.directories = turned.slice(1);
  return yield* dirs(sh, []);
}

export function* popd(sh: Shell, args: readonly string[]): Task<number> {
  const quiet = args[0] === "-n";
  const arg = quiet ? args[1] : args[0] === "--" ? args[1] : args[0];
  const all = [here(sh), ...sh.directories];
  if (arg !== undefined && !/^[-+]\d+$/.test(arg)) return yield* badOption(sh, "popd", arg, "popd [-n] [+N | -N]");
  if (sh.directories.length === 0) return yield* failWith(sh, "popd: directory stack empty");
  const at = arg === undefined ? (quiet ? 1 : 0) : indexOf(all, arg);
  if (all[at] === undefined) return yield* failWith(sh, `popd: ${arg ?? ""}: directory stack index out of range`);
  if (at > 0) sh.directories = all.filter((_, i) => i !== at).slice(1);
  else {
    const next = sh.directories[0] ?? "/";
    const refused = changeTo(sh, next, false);
    if (refused !== undefined) return yield* failWith(sh, `popd: ${next}: ${refused}`);
    sh.directories = sh.directories.slice(1);
  }
  return yield* dirs(sh, []);
}

