import { waitFor, type Co } from "../../lib/event-loop.ts";
import type { Worker } from "../worker.ts";
import type { Group, IdleConn, Peer } from "./peers.ts";

/** `keepalive` of an upstream: connections that stay open after an answer, the last used first. */

export function* takeIdle(w: Worker, group: Group, peer: Peer): Co<IdleConn | undefined> {
  const { upstream, idle } = group;
  if (upstream.keepalive === 0) return undefined;
  for (let i = idle.length - 1; i >= 0; i--) {
    const one = idle[i]!;
    if (one.peer !== peer) continue;
    idle.splice(i, 1);
    one.taken = true;
    const gone = yield* one.conn.gone();
    if (gone === false && w.sys.nowNs - one.openedNs < upstream.keepaliveTime * 1e6) return one;
    one.conn.close();
  }
  return undefined;
}

export function keepIdle(w: Worker, group: Group, one: IdleConn): void {
  const { upstream, idle } = group;
  if (w.exiting || one.requests >= upstream.keepaliveRequests) return one.conn.close();
  if (idle.length >= upstream.keepalive) {
    const oldest = idle.shift();
    if (oldest !== undefined) {
      oldest.taken = true;
      oldest.conn.close();
    }
  }
  idle.push(one);
  w.background.push(watch(w, group, one));
}

/** Closes it when the upstream does, or after keepalive_timeout. */
function* watch(w: Worker, group: Group, one: IdleConn): Co<void> {
  yield* waitFor([{ fd: one.conn.fd, in: true }], w.sys.nowNs + group.upstream.keepaliveTimeout * 1e6);
  if (one.taken) return;
  one.taken = true;
  group.idle.splice(group.idle.indexOf(one), 1);
  one.conn.close();
}
