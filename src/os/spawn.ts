import type { Errno } from "../net/uapi/errno.ts";
import { exitProcess } from "./exit.ts";
import { commOf, loadProgram, type Loaded } from "./exec.ts";
import type { FdTable } from "./fd-table.ts";
import { holdAll } from "./namespace.ts";
import { Pid } from "./pid.ts";
import type { Place } from "./path.ts";
import { Process } from "./process.ts";
import type { SpawnOptions } from "./sys.ts";
import { traceStart } from "./trace-process.ts";
import { findPlace } from "./vfs.ts";

/** RLIMIT_NPROC of everybody together: a fork bomb ends here with "Resource temporarily unavailable". */
const MAX_PROCESSES = 600;

/** fork and exec on a small machine. */
const SPAWN_NS = 300_000;

/** The program of a spawn: a file, or a program value (a subshell) that keeps the parent's name. */
export function loadFor(p: Process, options: SpawnOptions, cwd = p.cwd): Loaded | Errno {
  const { run, argv } = options;
  if (typeof run === "string") return loadProgram(p.kernel, { ...contextOf(p), cwd }, run, argv);
  return { program: run, argv, comm: options.comm ?? commOf(argv[0] ?? p.comm), exe: p.exe };
}

const contextOf = (p: Process) => ({
  root: p.root, cwd: p.cwd, ns: p.ns, uid: p.uid, gid: p.gid, umask: p.umask, process: p,
});

/** Makes a child: everything is inherited that fork(2) and execve(2) together would inherit. */
export function spawnChild(parent: Process, options: SpawnOptions): Process | Errno {
  if (parent.kernel.processCount >= MAX_PROCESSES) return "EAGAIN";
  const cwd = options.cwd === undefined ? parent.cwd : findPlace(parent, options.cwd);
  if (typeof cwd === "string") return cwd;
  const loaded = loadFor(parent, options, cwd);
  if (typeof loaded === "string") return loaded;
  const fds = parent.fds.inherit(options.fds);
  if (typeof fds === "string") return fds;
  const child = copyOf(parent, options, cwd, fds);
  parent.kernel.addProcess(child);
  const refused = joinGroup(child, options.pgid);
  if (refused) {
    abandon(child);
    return refused;
  }
  child.ns.pid.reaper ??= child;
  launch(child, loaded);
  return child;
}

function copyOf(parent: Process, options: SpawnOptions, cwd: Place, fds: FdTable): Process {
  const pidNs = parent.pidNsForChildren;
  const child = new Process({
    kernel: parent.kernel, pid: new Pid(pidNs), parent, pgrp: parent.pgrp, session: parent.session,
    ns: holdAll({ ...parent.ns, pid: pidNs }), root: parent.root, cwd, env: options.env ?? parent.env, fds,
    signals: parent.signals.inherit(options.signals), ctty: parent.ctty, journey: options.journey ?? parent.journey,
  });
  child.umask = parent.umask;
  child.uid = parent.uid;
  child.gid = parent.gid;
  return child;
}

/** Gives a process its program and its first turn. */
export function launch(p: Process, loaded: Loaded, delayNs = SPAWN_NS): void {
  p.comm = loaded.comm;
  p.argv = loaded.argv;
  p.exe = loaded.exe;
  p.task = loaded.program(p.kernel.sysFor(p), loaded.argv);
  traceStart(p);
  p.kernel.scheduler.start(p, delayNs);
}

function joinGroup(child: Process, pgid: number | undefined): Errno | undefined {
  if (pgid === undefined) return undefined;
  if (pgid === 0) {
    child.pgrp = child.pid;
    return undefined;
  }
  const group = child.kernel.findGroup(child.parent!, pgid);
  if (!group || group.session !== child.session) return "EPERM";
  child.pgrp = group.pgrp;
  return undefined;
}

function abandon(child: Process): void {
  child.parent?.children.delete(child);
  child.parent = null;
  exitProcess(child, { is: "exited", code: 127 });
}
