import { isErrno } from "../../net/uapi/errno.ts";
import type { InetAddr, SockAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { Cycle } from "./cycle.ts";
import { Conn } from "./http/conn.ts";
import { serveConnection } from "./http/serve.ts";
import { confFor, type Listening } from "./listening.ts";
import type { ErrorLogger } from "./log.ts";
import { Loop, type Co } from "../lib/event-loop.ts";
import { reopenFiles } from "./master.ts";
import { PeerGroups } from "./proxy/peers.ts";

export interface WorkerSetup {
  readonly cycle: Cycle;
  readonly logger: ErrorLogger;
  /** Number of this worker, from 0. */
  readonly worker: number;
}

const WORKER_CONNECTIONS = 512;

export interface Counters {
  accepted: number;
  handled: number;
  requests: number;
  reading: number;
  writing: number;
  waiting: number;
  /** Multipart answers so far. */
  boundaries: number;
}

/** What the connections of one worker share. */
export interface Worker {
  readonly sys: Sys;
  readonly cycle: Cycle;
  readonly logger: ErrorLogger;
  readonly peers: PeerGroups;
  readonly counters: Counters;
  /** Told to finish: no keep-alive any more. */
  exiting: boolean;
  connections: number;
  /** Coroutines to start at the end of the turn. */
  background: Co<void>[];
}

/** Accepts connections and serves them until it is told to stop (ngx_worker_process_cycle). */
export function* runWorker(sys: Sys, setup: WorkerSetup): Task<number> {
  const { cycle, logger } = setup;
  logger.toTerminal = false;
  const worker: Worker = {
    sys, cycle, logger, peers: new PeerGroups(), exiting: false, connections: 0, background: [],
    counters: { accepted: 0, handled: 0, requests: 0, reading: 0, writing: 0, waiting: 0, boundaries: 0 },
  };
  const heard = { stop: false, quit: false, reopen: false };
  sys.signal("SIGTERM", () => { heard.stop = true; });
  sys.signal("SIGINT", () => { heard.stop = true; });
  sys.signal("SIGQUIT", () => { heard.quit = true; });
  sys.signal("SIGUSR1", () => { heard.reopen = true; });
  for (const signal of ["SIGHUP", "SIGPIPE", "SIGWINCH"] as const) sys.signal(signal, "ignore");
  return yield* eventLoop(worker, heard);
}

function* eventLoop(w: Worker, heard: { stop: boolean; quit: boolean; reopen: boolean }): Task<number> {
  const loop = new Loop(w.sys);
  for (;;) {
    if (heard.reopen) reopenFiles(w.sys, w.logger, w.cycle);
    heard.reopen = false;
    if (heard.quit && !w.exiting) yield* beginExit(w, loop);
    if (heard.stop || (w.exiting && loop.size === 0)) break;
    const full = w.exiting || w.connections >= (w.cycle.main.workerConnections ?? WORKER_CONNECTIONS) - 1;
    const ready = yield* loop.turn(full ? [] : w.cycle.listening.map((l) => l.fd), Infinity);
    if (ready !== "EINTR") for (const listening of w.cycle.listening) if (ready.includes(listening.fd)) yield* accept(w, loop, listening);
    for (const co of w.background.splice(0)) yield* loop.start(co, () => true);
    yield* w.logger.flush();
  }
  w.logger.log("notice", "exiting");
  yield* loop.endAll();
  yield* w.logger.flush();
  return 0;
}

function* beginExit(w: Worker, loop: Loop): Task<void> {
  w.logger.log("notice", "gracefully shutting down");
  w.exiting = true;
  for (const { fd } of w.cycle.listening) w.sys.close(fd);
  yield* loop.endIdle();
}

const inet = (addr: SockAddr | string): InetAddr | undefined => (typeof addr === "object" && addr.family === "inet" ? addr : undefined);

/** One connection from the queue; another worker may have been faster. */
function* accept(w: Worker, loop: Loop, listening: Listening): Task<void> {
  const fd = yield* w.sys.accept(listening.fd);
  if (isErrno(fd)) {
    if (fd !== "EAGAIN" && fd !== "EINTR") w.logger.log("alert", `accept4() failed (${fd})`);
    return;
  }
  w.sys.setNonBlock(fd, true);
  const [local, peer] = [inet(w.sys.getsockname(fd)), inet(w.sys.getpeername(fd))];
  if (local === undefined || peer === undefined) {
    w.sys.close(fd);
    return;
  }
  const conn = new Conn(w.sys, fd, local, peer);
  const state = { idle: true };
  w.counters.accepted++;
  w.counters.handled++;
  yield* loop.start(serveConnection(w, conn, confFor(listening, local.addr), ++w.cycle.counter.connections, state), () => state.idle);
}
