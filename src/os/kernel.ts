import type { Netns } from "../net/core/netns.ts";
import { bootNetns } from "../net/init.ts";
import type { Errno } from "../net/uapi/errno.ts";
import type { Sim } from "../sim/sim.ts";
import { firstNamespaces, mountBootFilesystems } from "./boot.ts";
import { programImage } from "./exec.ts";
import { startFromHost, startInit, type StartOptions } from "./host-start.ts";
import { Capture, Feed } from "./host-stdio.ts";
import { MountNamespace, NetNamespace, type Namespaces } from "./namespace.ts";
import { mountSysfs } from "./mount.ts";
import type { FsContext, Place } from "./path.ts";
import type { Pid } from "./pid.ts";
import { Pipe } from "./pipe.ts";
import type { Process } from "./process.ts";
import { ProgramTable } from "./program-table.ts";
import { buildRootfs } from "./rootfs.ts";
import { Scheduler } from "./scheduler.ts";
import { SystemCalls } from "./sys-calls.ts";
import type { Program, Sys } from "./sys.ts";
import { Filesystem, TreeDir, TreeFile } from "./tree.ts";
import { Tty, type WindowSize } from "./tty.ts";
import { findPlace, makeDir } from "./vfs.ts";

export interface KernelOptions {
  readonly sim: Sim;
  /** The first network namespace; new ones are made in the same world. */
  readonly net: Netns;
  readonly hostname: string;
  /** CLOCK_REALTIME at simulated time 0, seconds since the epoch. */
  readonly startSec: number;
  /** Name of process 1 in `ps`. Default "systemd". */
  readonly initName?: string;
}

/** A bug of ours that a program ran into: see internal-error.ts. */
export interface Crash {
  readonly comm: string;
  readonly pid: number;
  readonly error: unknown;
}

/**
 * One operating system: processes, files, terminals, namespaces. Many simulated machines may live in
 * it, as Mininet hosts do: they share it all and differ in the namespaces of their processes.
 */
export class Kernel {
  readonly sim: Sim;
  readonly scheduler: Scheduler;
  readonly fs: Filesystem;
  readonly root: Place;
  readonly rootNs: Namespaces;
  readonly startSec: number;
  readonly crashes: Crash[] = [];
  readonly init: Process;
  /** Hears of every journey that a process begins: the command line that causes what follows. */
  onJourney: ((id: number, label: string, by: Process) => void) | null = null;
  /** What a namespace of this name in /run/netns is called in the trace. */
  netnsLabel: (name: string) => string = (name) => name;
  readonly #processes = new Set<Process>();
  readonly #programs: ProgramTable;
  readonly #ttys: Tty[] = [];
  #nextPipeIno = 20_000;
  #goneCpuNs = 0;
  #lastJourney = 0;

  constructor(options: KernelOptions) {
    this.sim = options.sim;
    this.startSec = options.startSec;
    this.scheduler = new Scheduler(options.sim);
    this.#programs = new ProgramTable();
    this.fs = new Filesystem(() => this.wallSec());
    this.root = { inode: new TreeDir(this.fs), parent: null, name: "" };
    this.rootNs = firstNamespaces(options);
    buildRootfs(this, options.hostname);
    mountBootFilesystems(this);
    this.init = startInit(this, options.initName ?? "systemd");
  }

  /** CLOCK_REALTIME in whole seconds. */
  wallSec(): number {
    return this.startSec + Math.floor(this.sim.nowNs / 1_000_000_000);
  }

  // — processes —

  /** All that are not yet reaped, oldest first. */
  get processes(): readonly Process[] {
    return [...this.#processes];
  }

  get processCount(): number {
    return this.#processes.size;
  }

  addProcess(p: Process): void {
    this.#processes.add(p);
  }

  removeProcess(p: Process): void {
    this.#processes.delete(p);
    this.#goneCpuNs += p.cpuNs;
  }

  processOf(pid: Pid): Process | undefined {
    for (const p of this.#processes) if (p.pid === pid) return p;
    return undefined;
  }

  /** CPU time of all processes there ever were. */
  totalCpuNs(): number {
    return this.processes.reduce((sum, p) => sum + p.cpuNs, this.#goneCpuNs);
  }

  /** By number, as `by` sees it. */
  findProcess(by: Process, pid: number): Process | undefined {
    for (const p of this.#processes) if (p.pid.in(by.ns.pid) === pid) return p;
    return undefined;
  }

  /** Any member of the group with this number, as `by` sees it. */
  findGroup(by: Process, pgid: number): Process | undefined {
    for (const p of this.#processes) if (p.pgrp.in(by.ns.pid) === pgid) return p;
    return undefined;
  }

  groupMembers(group: Pid): Process[] {
    return this.processes.filter((p) => p.pgrp === group);
  }

  /** The system calls as this process makes them. */
  sysFor(p: Process): Sys {
    return new SystemCalls(p);
  }

  /** Starts a process from outside; its parent is nobody (ppid 0), and it is gone when it ends. */
  start(options: StartOptions): Process | Errno {
    return startFromHost(this, options);
  }

  // — programs —

  /** Makes `path` an executable file that runs this program; null = one that {@link supplyPrograms} brings later. */
  install(path: string, program: Program | null): void {
    this.#programs.add(path, program);
    this.writeFile(path, programImage(path), 0o755);
  }

  program(name: string): Program | undefined {
    return this.#programs.find(name);
  }

  /** Brings the programs that were installed without. */
  supplyPrograms(programs: ReadonlyMap<string, Program>): void {
    this.#programs.supply(programs);
  }

  /** A process has begun that needs a program which was not brought yet: no event may run before it is. */
  get wantsPrograms(): boolean {
    return this.#programs.wanted;
  }

  /** Puts a file into the tree while a machine is built; makes its directories. */
  writeFile(path: string, content: Uint8Array, mode = 0o644): void {
    const ctx = this.context(this.rootNs);
    const cut = path.lastIndexOf("/");
    const dir = this.makeDirs(path.slice(0, cut), ctx);
    const old = dir.lookup(path.slice(cut + 1));
    if (old) dir.remove(path.slice(cut + 1));
    dir.add(path.slice(cut + 1), new TreeFile(this.fs, mode, content));
  }

  /** mkdir -p; the path must lead through directories of the root tree. */
  makeDirs(path: string, ctx: FsContext = this.context(this.rootNs)): TreeDir {
    let at = "";
    for (const name of path.split("/").filter((part) => part !== "")) {
      at += `/${name}`;
      makeDir(ctx, at, 0o755);
    }
    const found = findPlace(ctx, at || "/");
    if (typeof found === "string" || !(found.inode instanceof TreeDir)) throw new Error(`no directory can be made at ${path}`);
    return found.inode;
  }

  /** The file system as the machine's builder sees it. */
  context(ns: Namespaces): FsContext {
    return { root: this.root, cwd: this.root, ns, uid: 0, gid: 0, umask: 0o022, process: null };
  }

  // — terminals and pipes —

  get ttys(): readonly Tty[] {
    return this.#ttys;
  }

  /** Opens a pseudo-terminal; it gets the lowest free number. */
  openTty(size: WindowSize = { rows: 24, cols: 80 }): Tty {
    let index = 0;
    while (this.#ttys.some((tty) => tty.index === index)) index++;
    const tty = new Tty(this, index, size);
    this.#ttys.push(tty);
    this.#ttys.sort((a, b) => a.index - b.index);
    return tty;
  }

  removeTty(tty: Tty): void {
    const at = this.#ttys.indexOf(tty);
    if (at >= 0) this.#ttys.splice(at, 1);
  }

  /** TIOCSCTTY: the terminal becomes the controlling terminal of the session that `p` leads. */
  takeTerminal(p: Process, tty: Tty): void {
    p.ctty = tty;
    tty.session = p.session;
    tty.foreground = p.pgrp;
  }

  newPipe(): Pipe {
    return new Pipe(this.newPipeIno());
  }

  newPipeIno(): number {
    return this.#nextPipeIno++;
  }

  /** Collects what is written; `onData` hears of it at once. */
  newCapture(onData?: (bytes: Uint8Array) => void): Capture {
    return new Capture(this.newPipeIno(), onData);
  }

  /** Gives these bytes, then end of file. */
  newFeed(data: Uint8Array): Feed {
    return new Feed(this.newPipeIno(), data);
  }

  // — namespaces —

  newNamespaceIno(): number {
    return this.rootNs.net.netns.world.takeInode();
  }

  /** `place` names it in the trace; null = it is known by its number until it is given a name. */
  newNetNamespace(place: string | null, parent = this.rootNs.net): NetNamespace {
    const netns = bootNetns(this.rootNs.net.netns.world, place ?? `${parent.netns.place}/new`);
    if (place === null) netns.place = `${parent.netns.place}/${netns.inode}`;
    return new NetNamespace(netns);
  }

  /**
   * What a Mininet host has of its own: network, mounts (with a /sys that shows its devices, as
   * `mnexec -n` mounts it), and the rest is shared.
   */
  newHost(place: string): Partial<Namespaces> {
    const net = this.newNetNamespace(place);
    const mnt = this.newMountNamespace();
    mountSysfs(this.context({ ...this.rootNs, mnt }), net, "/sys");
    return { net, mnt };
  }

  /** A mount namespace that starts with the mounts of `from`. */
  newMountNamespace(from: MountNamespace = this.rootNs.mnt): MountNamespace {
    return from.copyTo(new MountNamespace(this.newNamespaceIno()));
  }

  // — journeys —

  newJourney(label: string, by: Process): number {
    const id = ++this.#lastJourney;
    this.onJourney?.(id, label, by);
    return id;
  }
}
