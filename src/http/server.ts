import { isErrno, type Errno } from "../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../net/uapi/socket.ts";
import type { Sys, Task } from "../os/sys.ts";
import { ServerConnection, type ServerOptions } from "./server-connection.ts";

const READ_BYTES = 65_536;
/** What a request costs the process. */
const REQUEST_NS = 20_000;

/**
 * Serves a listening socket with one event loop, as many connections as come. Ends when `stopped` says so
 * (it is asked after each waking, so a signal handler may set it), or when the listener is gone.
 */
export function* serve(sys: Sys, listener: number, options: ServerOptions & { readonly stopped?: () => boolean }): Task<Errno | undefined> {
  const connections = new Map<number, ServerConnection>();
  sys.setNonBlock(listener, true);
  try {
    while (options.stopped?.() !== true) {
      const ready = yield* sys.pollFds(wantsOf(listener, connections), earliest(connections));
      if (ready === "EINTR") continue;
      if (isErrno(ready)) return ready;
      for (const event of ready) {
        const failed = event.fd === listener ? yield* acceptAll(sys, listener, connections, options) : yield* turn(sys, connections, event);
        if (failed !== undefined) return failed;
      }
      for (const conn of connections.values()) if (conn.deadlineNs <= sys.nowNs) conn.timeOut(sys.nowNs);
      yield* flushAll(sys, connections);
    }
    return undefined;
  } finally {
    for (const fd of connections.keys()) sys.close(fd);
  }
}

function wantsOf(listener: number, connections: ReadonlyMap<number, ServerConnection>): PollWant[] {
  const wants: PollWant[] = [{ fd: listener, in: true }];
  for (const [fd, conn] of connections) wants.push({ fd, in: conn.wantsIn, out: conn.wantsOut });
  return wants;
}

function earliest(connections: ReadonlyMap<number, ServerConnection>): number | undefined {
  const at = Math.min(...Array.from(connections.values(), (conn) => conn.deadlineNs));
  return at === Infinity ? undefined : at;
}

function* acceptAll(sys: Sys, listener: number, connections: Map<number, ServerConnection>, options: ServerOptions): Task<Errno | undefined> {
  for (;;) {
    const fd = yield* sys.accept(listener);
    if (fd === "EAGAIN" || fd === "ECONNABORTED") return undefined;
    if (isErrno(fd)) return fd;
    sys.setNonBlock(fd, true);
    connections.set(fd, new ServerConnection(options, sys.nowNs));
  }
}

function* turn(sys: Sys, connections: Map<number, ServerConnection>, event: PollReady): Task<undefined> {
  const conn = connections.get(event.fd);
  if (conn === undefined || !(event.in || event.hup || event.err)) return undefined;
  const got = yield* sys.recvmsg(event.fd, { maxBytes: READ_BYTES, dontWait: true });
  if (got === "EAGAIN" || got === "EINTR") return undefined;
  if (isErrno(got)) drop(sys, connections, event.fd);
  else if (conn.receive(got.data, sys.nowNs)) yield* sys.compute(REQUEST_NS);
  return undefined;
}

function drop(sys: Sys, connections: Map<number, ServerConnection>, fd: number): void {
  connections.delete(fd);
  sys.close(fd);
}

/** Sends what there is room for; closes what has said everything. */
function* flushAll(sys: Sys, connections: Map<number, ServerConnection>): Task<void> {
  for (const [fd, conn] of connections) {
    while (conn.wantsOut) {
      const sent = yield* sys.sendmsg(fd, { data: conn.outgoing, dontWait: true, noSignal: true });
      if (sent === "EAGAIN" || sent === "EINTR") break;
      if (isErrno(sent)) conn.abort();
      else conn.sent(sent, sys.nowNs);
    }
    if (conn.over) drop(sys, connections, fd);
  }
}
