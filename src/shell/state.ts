import type { Errno } from "../net/uapi/errno.ts";
import type { Sys, Task } from "../os/sys.ts";
import type { CompoundCommand, CompoundList, Redirected } from "unbash";
import { encode } from "./text/bytes.ts";
import { SourceText } from "./text/source.ts";
import { Scopes } from "./vars/scopes.ts";
import { installSpecials } from "./vars/special.ts";
import { scalar } from "./vars/variable.ts";
import { JobTable } from "./jobs.ts";
import { Traps } from "./traps.ts";
import { Lowering } from "./expand/lower.ts";
import { ArithCache } from "./arith/cache.ts";
import { PatternCache } from "./expand/pattern.ts";
import { type Lookup, numbersOnly } from "./interp/net-redirect.ts";

export interface ShellFunction {
  readonly name: string;
  readonly body: CompoundCommand | Redirected | CompoundList;
  readonly source: SourceText;
  /** BASH_SOURCE of the definition. */
  readonly file: string;
  readonly line: number;
}

/** One active function call or sourced file. */
export interface Frame {
  readonly name: string;
  readonly file: string;
  readonly callLine: number;
  /** Positional parameters to restore BASH_ARGV from are not kept: bash needs extdebug for them. */
  readonly isSource: boolean;
}

/** `set -o` names that are on. */
export type SetOption =
  | "allexport" | "braceexpand" | "emacs" | "errexit" | "errtrace" | "functrace" | "hashall" | "histexpand" | "history"
  | "ignoreeof" | "interactive-comments" | "keyword" | "monitor" | "noclobber" | "noexec" | "noglob" | "nolog" | "notify"
  | "nounset" | "onecmd" | "physical" | "pipefail" | "posix" | "privileged" | "verbose" | "vi" | "xtrace";

const DEFAULT_SHOPT = [
  "checkwinsize", "cmdhist", "complete_fullquote", "extquote", "force_fignore", "globasciiranges", "globskipdots",
  "hostcomplete", "interactive_comments", "patsub_replacement", "progcomp", "promptvars", "sourcepath",
];

/** Everything a shell process knows. A subshell starts with a copy. */
export class Shell {
  sys: Sys;
  /** Names of hosts, for /dev/tcp. */
  lookup: Lookup = numbersOnly;
  /** `$$`: the pid of the shell the user started. */
  mainPid: number;
  /** `$0` and the positional parameters. */
  name: string;
  args: readonly string[] = [];
  vars = new Scopes();
  functions = new Map<string, ShellFunction>();
  aliases = new Map<string, string>();
  options = new Set<SetOption>(["braceexpand", "hashall", "interactive-comments"]);
  shopt = new Set<string>(DEFAULT_SHOPT);
  status = 0;
  pipeStatus: readonly number[] = [];
  lastAsyncPid: number | undefined;
  lastArg = "";
  interactive = false;
  /** This shell, or the one it was forked from, has a prompt: messages then name no line. */
  belowPrompt = false;
  loginShell = false;
  /** How the commands came, for `$-` and messages. */
  input: "string" | "stdin" | "file" = "stdin";
  subshellDepth = 0;
  source = new SourceText("");
  line = 1;
  frames: readonly Frame[] = [];
  functionDepth = 0;
  loopDepth = 0;
  /** While > 0, `set -e` and the ERR trap are out of force (conditions of if, && …). */
  errexitOff = 0;
  /** Status of the last command substitution of a simple command, or undefined. */
  substStatus: number | undefined;
  currentCommand = "";
  jobs = new JobTable();
  traps = new Traps();
  /** Descriptors the shell keeps for itself; no child gets them. */
  privateFds = new Set<number>();
  hash = new Map<string, { path: string; hits: number }>();
  disabledBuiltins = new Set<string>();
  directories: string[] = [];
  history: string[] = [];
  /** `$SECONDS` counts from here. */
  secondsBaseNs = 0;
  randomSeed: number | undefined;
  getopts = { argument: 1, offset: 1 };
  /** Descriptors of open process substitutions, closed after the command. */
  processFds: number[] = [];
  /** Terminal descriptor of an interactive shell with job control. */
  terminal: number | undefined;
  lowering = new Lowering();
  arith = new ArithCache();
  patterns = new PatternCache();
  /** How deep functions, `eval` and `source` nest. */
  depth = 0;
  /** A redirection of the command that just ended could not be made: counts for `set -e`. */
  redirectFailed = false;
  /** The next simple command is the last of this process: an external one takes its place. */
  mayReplace = false;
  /** Levels of `set -x` nesting beyond the first. */
  traceDepth = 0;
  /** "There are stopped jobs." was said: the next exit is meant. */
  warnedOfJobs = false;

  constructor(sys: Sys, name: string) {
    this.sys = sys;
    this.name = name;
    this.mainPid = sys.pid;
    this.secondsBaseNs = sys.nowNs;
    installSpecials(this);
  }

  /** The state a forked subshell starts from; `sys` is set when the child runs. */
  fork(): Shell {
    const child = Object.create(Shell.prototype) as Shell;
    Object.assign(child, this);
    child.vars = this.vars.copy();
    child.functions = new Map(this.functions);
    child.aliases = new Map(this.aliases);
    child.options = new Set(this.options);
    child.shopt = new Set(this.shopt);
    child.jobs = this.jobs.forSubshell();
    child.traps = this.traps.forSubshell();
    child.privateFds = new Set(this.privateFds);
    child.hash = new Map(this.hash);
    child.disabledBuiltins = new Set(this.disabledBuiltins);
    child.directories = [...this.directories];
    child.getopts = { ...this.getopts };
    child.processFds = [];
    child.subshellDepth = this.subshellDepth + 1;
    child.interactive = false;
    child.terminal = undefined;
    child.mayReplace = false;
    child.loopDepth = 0;
    installSpecials(child);
    return child;
  }

  on(option: SetOption): boolean {
    return this.options.has(option);
  }

  setOption(option: SetOption, on: boolean): void {
    if (on) this.options.add(option);
    else this.options.delete(option);
  }

  /** Value of a variable as a plain string; undefined when unset. Specials such as `$?` are in expand/param. */
  get(name: string): string | undefined {
    const v = this.vars.find(name);
    if (!v) return undefined;
    return v.dynamic || v.nameref || v.kind !== "scalar" ? slowGet(this, name) : v.value;
  }

  /** Sets a global variable without attributes getting in the way (shell's own use). */
  put(name: string, value: string, exported?: boolean): void {
    const v = this.vars.find(name) ?? scalar(undefined);
    if (v.kind === "scalar") v.value = value;
    else v.items.set("0", value);
    if (exported) v.exported = true;
    if (!this.vars.find(name)) this.vars.define(name, v);
  }

  *write(fd: number, text: string): Task<boolean> {
    return (yield* this.tryWrite(fd, text)) === undefined;
  }

  /** The same, with the reason when it failed. */
  tryWrite(fd: number, text: string): Task<Errno | undefined> {
    return this.sys.write(fd, encode(text));
  }

  /** `bash: line 3: …` on standard error. */
  *complain(message: string): Task<void> {
    yield* this.sys.write(2, encode(this.messagePrefix() + message + "\n"));
  }

  messagePrefix(): string {
    const file = this.frames.at(-1)?.file ?? this.name;
    return this.belowPrompt && !this.frames.some((f) => f.isSource) ? `${this.name}: ` : `${file}: line ${this.line}: `;
  }
}

function slowGet(sh: Shell, name: string): string | undefined {
  let v = sh.vars.find(name);
  for (let hops = 0; v?.nameref && v.value && hops < 8; hops++) {
    const [, base = v.value, index] = /^([^[]*)\[(.*)\]$/.exec(v.value) ?? [];
    v = sh.vars.find(base);
    if (index !== undefined) return v?.items.get(index);
  }
  if (v?.dynamic) {
    const now = v.dynamic.get();
    return typeof now === "string" ? now : now[0];
  }
  return v && v.kind !== "scalar" ? v.items.get("0") : v?.value;
}
