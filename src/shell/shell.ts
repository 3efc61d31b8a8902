import type { Program, Sys, Task } from "../os/sys.ts";
import { trampoline } from "./deep.ts";
import { interact } from "./interactive.ts";
import { leaving } from "./interp/fork.ts";
import { type Lookup, numbersOnly } from "./interp/net-redirect.ts";
import { runText } from "./interp/script.ts";
import { namedOption, letterOption, SHOPT_NAMES } from "./options.ts";
import { Shell } from "./state.ts";
import { inheritEnvironment, runScriptFile } from "./startup.ts";
import { runStdin } from "./stdin-script.ts";
import { sourceIfThere } from "./rc.ts";

/** What the command line of `bash` asked for. */
interface Invocation {
  command: string | undefined;
  fromStdin: boolean;
  interactive: boolean;
  login: boolean;
  rc: boolean;
  rcFile: string | undefined;
  editing: boolean;
  rest: readonly string[];
}

/** bash(1), also as `sh`. */
export const bash: Program = (sys, argv) => trampoline(main(sys, argv, numbersOnly));

/** The same with a resolver for /dev/tcp and /dev/udp, which belongs to the C library and not to the shell. */
export const bashWith = (lookup: Lookup): Program => (sys, argv) => trampoline(main(sys, argv, lookup));

function* main(sys: Sys, argv: readonly string[], lookup: Lookup): Task<number> {
  const sh = new Shell(sys, argv[0] ?? "bash");
  sh.lookup = lookup;
  inheritEnvironment(sh);
  const invocation = yield* parseInvocation(sh, argv);
  if (typeof invocation === "number") return invocation;
  if ((argv[0] ?? "").replace(/^.*\//, "").replace(/^-/, "") === "sh") sh.setOption("posix", true);
  if ((argv[0] ?? "").startsWith("-")) invocation.login = true;
  let status = yield* leaving(sh, run(sh, invocation));
  sh.status = status;
  status = (yield* leaving(sh, onExit(sh, status)));
  return status & 0xff;
}

function* onExit(sh: Shell, status: number): Task<number> {
  return (yield* sh.traps.onExit(sh)) ?? status;
}

function* parseInvocation(sh: Shell, argv: readonly string[]): Task<Invocation | number> {
  const inv: Invocation = { command: undefined, fromStdin: false, interactive: false, login: false, rc: true, rcFile: undefined, editing: true, rest: [] };
  let wantsCommand = false;
  let i = 1;
  for (; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    if (arg === "--" || arg === "-") { i++; break; }
    if (/^--./.test(arg)) {
      const status = yield* longOption(sh, inv, arg, argv[i + 1]);
      if (status === "argument") i++;
      else if (status !== undefined) return status;
      continue;
    }
    if (!/^[-+]./.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (letter === "c") wantsCommand = true;
      else if (letter === "s") inv.fromStdin = true;
      else if (letter === "i") inv.interactive = true;
      else if (letter === "l") inv.login = true;
      else if (letter === "o" || letter === "O") {
        const status = yield* namedFlag(sh, letter, argv[++i], arg.startsWith("-"));
        if (status !== undefined) return status;
      } else {
        const option = letterOption(letter);
        if (!option) return yield* badOption(sh, `${arg.slice(0, 1)}${letter}`);
        sh.setOption(option, arg.startsWith("-"));
      }
    }
  }
  inv.rest = argv.slice(i);
  if (!wantsCommand) return inv;
  if (inv.rest[0] === undefined) {
    yield* sh.write(2, `${sh.name}: -c: option requires an argument\n`);
    return 2;
  }
  return { ...inv, command: inv.rest[0], rest: inv.rest.slice(1) };
}

function* longOption(sh: Shell, inv: Invocation, arg: string, next: string | undefined): Task<number | "argument" | undefined> {
  switch (arg) {
    case "--norc": inv.rc = false; return undefined;
    case "--noprofile": return undefined;
    case "--noediting": inv.editing = false; return undefined;
    case "--login": inv.login = true; return undefined;
    case "--posix": sh.setOption("posix", true); return undefined;
    case "--verbose": sh.setOption("verbose", true); return undefined;
    case "--rcfile": case "--init-file": inv.rcFile = next; return "argument";
    case "--version":
      yield* sh.write(1, "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\n");
      return 0;
    default: return yield* badOption(sh, arg);
  }
}

/** What bash prints after an option it does not know. */
const usage = (name: string): string => `Usage:\t${name} [GNU long option] [option] ...\n\t${name} [GNU long option] [option] script-file ...\nGNU long options:\n`
  + ["debug", "debugger", "dump-po-strings", "dump-strings", "help", "init-file", "login", "noediting", "noprofile", "norc", "posix",
    "pretty-print", "rcfile", "restricted", "verbose", "version"].map((o) => `\t--${o}\n`).join("")
  + "Shell options:\n\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)\n\t-abefhkmnptuvxBCEHPT or -o option\n";

function* badOption(sh: Shell, text: string): Task<number> {
  yield* sh.write(2, `${sh.name}: ${text}: invalid option\n${usage(sh.name)}`);
  return 2;
}

function* namedFlag(sh: Shell, letter: string, name: string | undefined, on: boolean): Task<number | undefined> {
  if (name === undefined) return undefined;
  const option = letter === "o" ? namedOption(name) : undefined;
  if (option) sh.setOption(option, on);
  else if (letter === "O" && SHOPT_NAMES.includes(name)) { if (on) sh.shopt.add(name); else sh.shopt.delete(name); }
  else {
    yield* sh.write(2, `${sh.name}: line 0: ${sh.name}: ${name}: invalid ${letter === "o" ? "option" : "shell option"} name\n`);
    return 2;
  }
  return undefined;
}

function* run(sh: Shell, inv: Invocation): Task<number> {
  sh.loginShell = inv.login;
  if (inv.login) sh.shopt.add("login_shell");
  const tty = sh.sys.isatty(0) && sh.sys.isatty(2);
  if (inv.command !== undefined) return yield* runCommandString(sh, inv);
  if (inv.rest.length > 0 && !inv.fromStdin) return yield* runFile(sh, inv);
  sh.args = inv.rest;
  sh.input = "stdin";
  if (!inv.interactive && !tty) return yield* startLogin(sh, inv, () => runStdin(sh));
  return yield* interact(sh, { editing: inv.editing && tty, rc: inv.rc, rcFile: inv.rcFile, login: inv.login });
}

function* startLogin(sh: Shell, inv: Invocation, work: () => Task<number>): Task<number> {
  if (inv.login) yield* sourceIfThere(sh, "/etc/profile");
  return yield* work();
}

function* runCommandString(sh: Shell, inv: Invocation): Task<number> {
  sh.input = "string";
  sh.name = inv.rest[0] ?? sh.name;
  sh.args = inv.rest.slice(1);
  if (inv.interactive) sh.shopt.add("expand_aliases");
  return yield* startLogin(sh, inv, () => runText(sh, inv.command ?? "", { label: "-c", fatal: true, replace: !sh.traps.actions.has("EXIT") }));
}

function* runFile(sh: Shell, inv: Invocation): Task<number> {
  const [file = "", ...args] = inv.rest;
  const stat = sh.sys.stat(file);
  if (typeof stat !== "string" && stat.kind === "dir") {
    yield* sh.write(2, `${file}: ${file}: Is a directory\n`);
    return 126;
  }
  return yield* startLogin(sh, inv, () => runScriptFile(sh, file, [file, ...args]));
}

