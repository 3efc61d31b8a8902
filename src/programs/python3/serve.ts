import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { Loop, type Co } from "../lib/event-loop.ts";
import { Handler, type HandlerOptions } from "./handler.ts";

/** socketserver: a listening socket, and one connection after the other, or each in its own thread. */

/** TCPServer.request_queue_size. */
const BACKLOG = 5;
/** select() in serve_forever returns this often, whether something came or not. */
const ACCEPT_NS = 120_000;
/** Leaving the handler, before the socket is shut down. */
const FINISH_NS = 150_000;

/** Binds and listens; an errno of bind. */
export function openServer(sys: Sys, addr: InetAddr): number | Errno {
  const fd = sys.socket("inet", "stream");
  if (isErrno(fd)) return fd;
  sys.setsockopt(fd, "SO_REUSEADDR", true);
  const refused = sys.bind(fd, addr) ?? sys.listen(fd, BACKLOG);
  return refused ?? fd;
}

/** serve_forever(), until Ctrl-C. */
export function* serveForever(sys: Sys, fd: number, options: HandlerOptions, threads: boolean): Task<void> {
  const state = { interrupted: false };
  const before = sys.signal("SIGINT", () => { state.interrupted = true; });
  // A background job of a script ignores Ctrl-C, and so does the interpreter then.
  if (before === "ignore") sys.signal("SIGINT", "ignore");
  const loop = new Loop(sys);
  try {
    while (!state.interrupted) {
      // A server without threads looks for the next client when it is done with this one.
      const ready = yield* loop.turn(threads || loop.size === 0 ? [fd] : [], Infinity);
      if (ready !== "EINTR" && ready.length > 0) yield* acceptOne(sys, fd, options, loop);
    }
    yield* loop.endAll();
  } finally {
    sys.signal("SIGINT", before);
  }
}

function* acceptOne(sys: Sys, fd: number, options: HandlerOptions, loop: Loop): Task<void> {
  sys.setNonBlock(fd, true);
  const conn = yield* sys.accept(fd);
  if (isErrno(conn)) return;
  const peer = sys.getpeername(conn);
  if (isErrno(peer) || peer.family !== "inet") return void sys.close(conn);
  yield* sys.compute(ACCEPT_NS);
  sys.setNonBlock(conn, true);
  yield* loop.start(serveClient(sys, conn, new Handler(sys, conn, peer, options)), () => false);
}

/** process_request: shutdown before close, so that what was sent arrives. */
function* serveClient(sys: Sys, conn: number, handler: Handler): Co<void> {
  try {
    yield* handler.handle();
    yield* sys.compute(FINISH_NS);
  } finally {
    sys.shutdown(conn, "write");
    sys.close(conn);
  }
}
