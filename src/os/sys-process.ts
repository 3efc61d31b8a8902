import type { Errno } from "../net/uapi/errno.ts";
import { loadProgram } from "./exec.ts";
import { dispatchHandlers } from "./signal-dispatch.ts";
import { sendSignal } from "./signal-send.ts";
import type { Process } from "./process.ts";
import { spawnChild } from "./spawn.ts";
import { SysTty } from "./sys-tty.ts";
import type { ChildStatus, Disposition, Signal, SpawnOptions, Task, WaitOptions } from "./sys.ts";
import { traceStart } from "./trace-process.ts";
import { takeChildNews } from "./wait.ts";

/** Calls on processes, groups, sessions and signals. */
export class SysProcess extends SysTty {
  spawn(options: SpawnOptions): number | Errno {
    this.charge();
    const child = spawnChild(this.p, options);
    return typeof child === "string" ? child : child.pid.in(this.p.ns.pid);
  }

  *exec(path: string, argv: readonly string[], env?: ReadonlyMap<string, string>): Task<Errno> {
    const { p } = this;
    const loaded = loadProgram(p.kernel, p, path, argv);
    if (typeof loaded === "string") return loaded;
    p.fds.closeForExec();
    p.signals.resetForExec();
    if (env) p.env = new Map(env);
    p.comm = loaded.comm;
    p.argv = loaded.argv;
    p.exe = loaded.exe;
    p.nextTask = loaded.program(p.kernel.sysFor(p), loaded.argv);
    traceStart(p);
    for (;;) yield { queues: [] };
  }

  *waitpid(options: WaitOptions = {}): Task<ChildStatus | Errno | undefined> {
    yield* this.enter();
    const attempt = (): ChildStatus | Errno | undefined => {
      const news = takeChildNews(this.p, options);
      return news === undefined && !options.noHang ? "EAGAIN" : news;
    };
    return yield* this.until([this.p.childQueue], attempt);
  }

  kill(pid: number, signal: Signal | 0): Errno | undefined {
    this.charge();
    const targets = this.#targets(pid);
    if (targets.length === 0) return "ESRCH";
    if (signal !== 0) for (const target of targets) sendSignal(target, signal);
    dispatchHandlers(this.p);
    return undefined;
  }

  signal(signal: Signal, disposition: Disposition): Disposition {
    if (signal === "SIGKILL" || signal === "SIGSTOP") return "default";
    return this.p.signals.setDisposition(signal, disposition);
  }

  getpgid(pid = 0): number | Errno {
    const target = this.#process(pid);
    return target ? target.pgrp.in(this.p.ns.pid) : "ESRCH";
  }

  getsid(pid = 0): number | Errno {
    const target = this.#process(pid);
    return target ? target.session.in(this.p.ns.pid) : "ESRCH";
  }

  setpgid(pid: number, pgid: number): Errno | undefined {
    const target = this.#process(pid);
    if (!target || (target !== this.p && target.parent !== this.p)) return "ESRCH";
    if (pgid < 0) return "EINVAL";
    if (target.isSessionLeader || target.session !== this.p.session) return "EPERM";
    return this.#join(target, pgid);
  }

  #join(target: Process, pgid: number): Errno | undefined {
    if (pgid === 0 || pgid === target.pid.in(this.p.ns.pid)) {
      target.pgrp = target.pid;
      return undefined;
    }
    const member = this.p.kernel.findGroup(this.p, pgid);
    if (!member || member.session !== target.session) return "EPERM";
    target.pgrp = member.pgrp;
    return undefined;
  }

  setsid(): number | Errno {
    const { p } = this;
    if (p.kernel.groupMembers(p.pid).length > 0) return "EPERM";
    p.session = p.pid;
    p.pgrp = p.pid;
    p.ctty = null;
    return p.number;
  }

  umask(mask?: number): number {
    const before = this.p.umask;
    if (mask !== undefined) this.p.umask = mask & 0o777;
    return before;
  }

  setIds(uid: number, gid: number): Errno | undefined {
    if (this.p.uid !== 0) return "EPERM";
    this.p.uid = uid;
    this.p.gid = gid;
    return undefined;
  }

  setTitle(title: string): void {
    this.p.argv = [title];
  }

  get journey(): number {
    return this.p.journey;
  }

  set journey(id: number) {
    this.p.journey = id;
  }

  newJourney(label: string): number {
    this.p.journey = this.p.kernel.newJourney(label, this.p);
    return this.p.journey;
  }

  #process(pid: number): Process | undefined {
    return pid === 0 ? this.p : this.p.kernel.findProcess(this.p, pid);
  }

  /** kill(2)'s meaning of its first argument; -1 is everybody but process 1 and the caller. */
  #targets(pid: number): readonly Process[] {
    const { p } = this;
    if (pid === 0) return p.kernel.groupMembers(p.pgrp);
    if (pid === -1) return p.kernel.processes.filter((one) => one !== p && one.pid.in(p.ns.pid) > 1);
    if (pid < 0) return p.kernel.processes.filter((one) => one.pgrp.in(p.ns.pid) === -pid);
    const one = p.kernel.findProcess(p, pid);
    return one ? [one] : [];
  }
}
