import { isErrno } from "../../net/uapi/errno.ts";
import type { ChildStatus, Signal, Sys, Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import { readAccounts } from "./accounts.ts";
import { DEFAULT_PID, initCycle, logsOf, openFiles, type Cycle } from "./cycle.ts";
import { ErrorLogger, errnoText } from "./log.ts";
import type { Start } from "./nginx.ts";
import { runWorker, type WorkerSetup } from "./worker.ts";

/** The master process: it owns sockets and files, starts workers, and turns signals into orders for them (ngx_process_cycle.c). */

const SIGNALS: readonly Signal[] = ["SIGHUP", "SIGUSR1", "SIGWINCH", "SIGTERM", "SIGQUIT", "SIGUSR2", "SIGINT", "SIGCHLD"];
/** Old workers hear of a reload a little after the new ones were started. */
const RELOAD_GAP_NS = 100_000_000;
/** Workers that do not stop are killed after this. */
const KILL_AFTER_NS = 1_000_000_000;

interface WorkerProc {
  readonly pid: number;
  exiting: boolean;
}

/** Becomes a daemon unless told not to, writes the pid file, and stays until it is told to stop. */
export function* runMaster(start: Start, cycle: Cycle): Task<number> {
  const title = `nginx: master process ${start.argv.join(" ")}`;
  const single = cycle.main.masterProcess === false;
  const body = (sys: Sys): Task<number> => new Master({ ...start, sys, logger: new ErrorLogger(sys, logsOf(cycle.main)) }, cycle).run();
  if (cycle.main.daemon === false) {
    if (!single) start.sys.setTitle(title);
    start.logger.logs = logsOf(cycle.main);
    return yield* new Master(start, cycle).run();
  }
  yield* start.logger.flush();
  return daemonize(start, cycle, single ? start.argv.join(" ") : title, body);
}

/** fork and setsid: the child goes on without a terminal but for stderr. */
function daemonize(start: Start, cycle: Cycle, title: string, body: (sys: Sys) => Task<number>): number {
  const { sys } = start;
  const nullFd = sys.open("/dev/null", { read: true, write: true });
  if (isErrno(nullFd)) return 1;
  const kept = new Map(sys.fds().filter((fd) => fd > 2 && fd !== nullFd).map((fd) => [fd, fd]));
  const fds = new Map([[0, nullFd], [1, nullFd], ...(sys.fds().includes(2) ? [[2, 2] as const] : []), ...kept]);
  const child = sys.spawn({
    argv: [title], comm: "nginx", fds,
    run: function* (own: Sys) {
      own.setsid();
      own.umask(0);
      return yield* body(own);
    },
  });
  if (!isErrno(child)) return 0;
  start.logger.log("emerg", `fork() failed${errnoText(child)}`);
  return cycle.main.events ? 2 : 1;
}

class Master {
  readonly #sys: Sys;
  readonly #logger: ErrorLogger;
  readonly #start: Start;
  #cycle: Cycle;
  #workers: WorkerProc[] = [];
  readonly #heard = new Set<Signal>();

  constructor(start: Start, cycle: Cycle) {
    this.#start = start;
    this.#sys = start.sys;
    this.#logger = start.logger;
    this.#cycle = cycle;
  }

  get #pidPath(): string {
    return this.#cycle.main.pid ?? DEFAULT_PID;
  }

  *run(): Task<number> {
    for (const signal of SIGNALS) this.#sys.signal(signal, (s) => void this.#heard.add(s));
    if (!this.#writePid()) {
      yield* this.#logger.flush();
      return 1;
    }
    this.#logger.toTerminal = false;
    for (const text of ['using the "epoll" event method', "nginx/1.22.1"]) this.#logger.log("notice", text);
    if (this.#cycle.main.masterProcess === false) return yield* this.#single();
    this.#startWorkers();
    return yield* this.#loop();
  }

  #writePid(): boolean {
    const failed = this.#sys.writeFile(asText(this.#pidPath), `${this.#sys.pid}\n`);
    if (failed !== undefined) this.#logger.log("emerg", `open() "${this.#pidPath}" failed${errnoText(failed)}`);
    return failed === undefined;
  }

  #setup(worker: number): WorkerSetup {
    return { cycle: this.#cycle, logger: this.#logger, worker };
  }

  *#single(): Task<number> {
    const code = yield* runWorker(this.#sys, this.#setup(0));
    this.#sys.unlink(asText(this.#pidPath));
    yield* this.#logger.flush();
    return code;
  }

  #startWorkers(): void {
    this.#logger.log("notice", "start worker processes");
    const n = this.#cycle.main.workerProcesses ?? 1;
    for (let i = 0; i < n; i++) this.#startWorker(i);
  }

  #startWorker(index: number): void {
    const setup = this.#setup(index);
    const { cycle } = setup;
    const ids = workerIds(this.#sys, cycle);
    const pid = this.#sys.spawn({
      argv: ["nginx: worker process"], comm: "nginx",
      run: function* (own: Sys) {
        own.setIds(ids.uid, ids.gid);
        return yield* runWorker(own, { cycle, worker: index, logger: new ErrorLogger(own, logsOf(cycle.main)) });
      },
    });
    if (isErrno(pid)) this.#logger.log("alert", `fork() failed while spawning "worker process"${errnoText(pid)}`);
    else {
      this.#workers.push({ pid, exiting: false });
      this.#logger.log("notice", `start worker process ${pid}`);
    }
  }

  *#loop(): Task<number> {
    for (;;) {
      yield* this.#logger.flush();
      if (this.#heard.size === 0) yield* this.#sys.sleep(Infinity);
      yield* this.#reap();
      if (this.#take("SIGTERM") || this.#take("SIGINT")) return yield* this.#stop("SIGTERM");
      if (this.#take("SIGQUIT")) return yield* this.#stop("SIGQUIT");
      if (this.#take("SIGHUP")) yield* this.#reload();
      if (this.#take("SIGUSR1")) this.#reopen();
      if (this.#take("SIGWINCH")) this.#order("SIGQUIT", this.#workers);
      if (this.#take("SIGUSR2")) this.#logger.log("error", "changing binary on SIGUSR2: not simulated here");
    }
  }

  #take(signal: Signal): boolean {
    return this.#heard.delete(signal);
  }

  #order(signal: Signal, workers: readonly WorkerProc[]): void {
    for (const worker of workers) {
      worker.exiting ||= signal !== "SIGUSR1";
      this.#sys.kill(worker.pid, signal);
    }
  }

  /** Fetches the status of workers that ended; one that nobody told to is started again. */
  *#reap(): Task<void> {
    this.#take("SIGCHLD");
    for (;;) {
      const news = yield* this.#sys.waitpid({ noHang: true });
      if (news === undefined || isErrno(news)) return;
      const worker = this.#workers.find((w) => w.pid === news.pid);
      if (worker === undefined) continue;
      this.#workers = this.#workers.filter((w) => w !== worker);
      this.#logger.log(news.is === "signaled" ? "alert" : "notice", `worker process ${news.pid} ${ended(news)}`);
      if (!worker.exiting) this.#startWorker(this.#workers.length);
    }
  }

  /** Tells all workers, and waits until they are gone; on TERM they are killed if that takes too long. */
  *#stop(signal: "SIGTERM" | "SIGQUIT"): Task<number> {
    this.#order(signal, this.#workers);
    this.#closeSockets(this.#cycle);
    const killAtNs = signal === "SIGTERM" ? this.#sys.nowNs + KILL_AFTER_NS : Infinity;
    let killed = false;
    while (this.#workers.length > 0) {
      yield* this.#sys.sleep(Math.max(0, (killed ? Infinity : killAtNs) - this.#sys.nowNs));
      yield* this.#reap();
      if (this.#take("SIGTERM") || this.#take("SIGINT")) this.#order("SIGTERM", this.#workers);
      if (!killed && this.#sys.nowNs >= killAtNs) {
        this.#order("SIGKILL", this.#workers);
        killed = true;
      }
    }
    this.#sys.unlink(asText(this.#pidPath));
    this.#logger.log("notice", "exit");
    yield* this.#logger.flush();
    return 0;
  }

  #closeSockets(cycle: Cycle, except: Cycle | null = null): void {
    for (const { fd } of cycle.listening) if (except?.listening.some((l) => l.fd === fd) !== true) this.#sys.close(fd);
  }

  /** A new cycle beside the old one; when it cannot be made, the old one stays. */
  *#reload(): Task<void> {
    this.#logger.log("notice", "reconfiguring");
    const before = this.#cycle;
    const made = yield* initCycle({ ...this.#start, logger: this.#logger, test: false, quiet: true, onlyRead: false }, before);
    if (made === null) return;
    this.#cycle = made;
    this.#logger.logs = logsOf(made.main);
    const old = this.#workers.slice();
    this.#startWorkers();
    this.#closeSockets(before, made);
    yield* this.#sys.sleep(RELOAD_GAP_NS);
    this.#order("SIGQUIT", old);
    for (const file of before.main.files) if (file.path !== "") this.#sys.close(file.fd);
  }

  /** Log files anew, for log rotation: the master's here, each worker its own. */
  #reopen(): void {
    this.#logger.log("notice", "reopening logs");
    reopenFiles(this.#sys, this.#logger, this.#cycle);
    this.#order("SIGUSR1", this.#workers);
  }
}

function ended(news: ChildStatus): string {
  if (news.is === "exited") return `exited with code ${news.code}`;
  return news.is === "signaled" ? `exited on signal ${news.signal}` : "changed";
}

/** `user`, or nobody. Not root: no change of identity (and there is no other user here). */
function workerIds(sys: Sys, cycle: Cycle): { uid: number; gid: number } {
  const { users, groups } = readAccounts(sys);
  const user = users.get(cycle.main.user ?? "nobody");
  return { uid: user?.uid ?? 65534, gid: groups.get(cycle.main.group ?? "nogroup") ?? user?.gid ?? 65534 };
}

export function reopenFiles(sys: Sys, logger: ErrorLogger, cycle: Cycle): void {
  const before = cycle.main.files.map((f) => f.fd);
  if (openFiles({ sys, logger }, cycle.main)) for (const fd of before) if (fd > 2) sys.close(fd);
}
