import type { Errno } from "../net/uapi/errno.ts";
import { commOf, loadProgram, type Loaded } from "./exec.ts";
import { FdTable } from "./fd-table.ts";
import type { Kernel } from "./kernel.ts";
import { holdAll, type Namespaces } from "./namespace.ts";
import type { OpenFile } from "./open-file.ts";
import type { Place } from "./path.ts";
import { Pid } from "./pid.ts";
import { Process, type ExitStatus } from "./process.ts";
import { launch } from "./spawn.ts";
import type { Program } from "./sys.ts";
import { Tty } from "./tty.ts";
import { TtyFile } from "./tty-file.ts";
import { findPlace } from "./vfs.ts";

/** How a host outside the simulation starts a process. */
export interface StartOptions {
  readonly run: string | Program;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /** Default: those of process 1. */
  readonly ns?: Partial<Namespaces>;
  /** A terminal (the process leads a new session on it), or stdin, stdout, stderr. */
  readonly stdio: Tty | readonly [OpenFile, OpenFile, OpenFile];
  readonly journey?: number;
  readonly onExit?: (status: ExitStatus) => void;
}

/** Starts a process that no process asked for. */
export function startFromHost(kernel: Kernel, options: StartOptions): Process | Errno {
  const ns = { ...kernel.rootNs, ...options.ns };
  const ctx = kernel.context(ns);
  const cwd = findPlace(ctx, options.cwd ?? "/");
  if (typeof cwd === "string") return cwd;
  const { run, argv } = options;
  const loaded = typeof run === "string"
    ? loadProgram(kernel, { ...ctx, cwd }, run, argv)
    : { program: run, argv, comm: commOf(argv[0] ?? "?"), exe: "" };
  return typeof loaded === "string" ? loaded : startLoaded(kernel, loaded, options, ns, cwd);
}

function startLoaded(kernel: Kernel, loaded: Loaded, options: StartOptions, ns: Namespaces, cwd: Place): Process {
  const p = new Process({
    kernel, pid: new Pid(ns.pid), parent: null, ns: holdAll(ns), root: kernel.root, cwd, env: options.env,
    fds: fdsFor(options.stdio), journey: options.journey ?? 0,
  });
  p.onExit = options.onExit ?? null;
  ns.pid.reaper ??= p;
  kernel.addProcess(p);
  if (options.stdio instanceof Tty) kernel.takeTerminal(p, options.stdio);
  launch(p, loaded, 0);
  return p;
}

/** Process 1. */
export function startInit(kernel: Kernel, name: string): Process {
  const argv = [`/sbin/${name}`];
  const loaded = { program: idleForever, argv, comm: name, exe: `/sbin/${name}` };
  const options = { run: idleForever, argv, env: new Map(), stdio: nullStdio(kernel) };
  return startLoaded(kernel, loaded, options, kernel.rootNs, kernel.root);
}

function fdsFor(stdio: StartOptions["stdio"]): FdTable {
  const fds = new FdTable();
  const files = stdio instanceof Tty ? sameThrice(new TtyFile(stdio)) : stdio;
  files.forEach((file, fd) => fds.put(fd, file));
  return fds;
}

const sameThrice = (file: OpenFile): readonly [OpenFile, OpenFile, OpenFile] => [file, file, file];

function nullStdio(kernel: Kernel): readonly [OpenFile, OpenFile, OpenFile] {
  return [kernel.newFeed(new Uint8Array(0)), kernel.newCapture(), kernel.newCapture()];
}

/** Process 1 takes in orphans. It ignores SIGCHLD, so the kernel buries them without asking. */
const idleForever: Program = function* (sys) {
  sys.signal("SIGCHLD", "ignore");
  for (;;) yield { queues: [], deadlineNs: Infinity };
};
