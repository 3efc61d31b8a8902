import { IP4_ANY, type Ip4 } from "../../../wire/addr.ts";
import type { Errno } from "../../uapi/errno.ts";
import { hashInsert, lookupEstablished } from "./hash.ts";
import type { BindBucket } from "./tables.ts";
import { ehash } from "./tables.ts";
import type { Tcb } from "./tcb.ts";
import { TimewaitSock } from "./timewait.ts";
import { mayReuseTimewait, twDestroy } from "./minisock.ts";

/* Local ports: bind conflicts (inet_connection_sock.c) and ephemeral ports (inet_hash_connect). */

type Owner = Tcb | TimewaitSock;

const reuses = (o: Owner): boolean => (o instanceof TimewaitSock ? o.reuse : o.options.SO_REUSEADDR);
const reusesPort = (o: Owner): boolean => (o instanceof TimewaitSock ? o.reusePort : o.options.SO_REUSEPORT);
const listens = (o: Owner): boolean => !(o instanceof TimewaitSock) && o.state === "LISTEN";

export function joinBucket(owner: Owner): void {
  const { bound } = owner.ns.sock.tcp;
  let bucket = bound.get(owner.port);
  if (bucket === undefined) bound.set(owner.port, (bucket = { port: owner.port, owners: new Set() }));
  bucket.owners.add(owner);
}

export function leaveBucket(owner: Owner): void {
  const { bound } = owner.ns.sock.tcp;
  const bucket = bound.get(owner.port);
  if (bucket === undefined) return;
  bucket.owners.delete(owner);
  if (bucket.owners.size === 0) bound.delete(owner.port);
}

/** inet_csk_bind_conflict: may `tp` have this address and port beside those who have the port? `strict`: automatic choice shares with nobody. */
function bindConflict(tp: Tcb, local: Ip4, bucket: BindBucket, strict: boolean): boolean {
  const { SO_REUSEADDR: reuse, SO_REUSEPORT: reusePort } = tp.options;
  for (const other of bucket.owners) {
    if (other === tp || (tp.boundDev !== 0 && other.boundDev !== 0 && tp.boundDev !== other.boundDev)) continue;
    if (other.local !== IP4_ANY && local !== IP4_ANY && other.local !== local) continue;
    const bothReuse = reuse && reuses(other) && !listens(other);
    const bothShare = reusePort && reusesPort(other);
    if (strict ? !bothShare : !bothReuse && !bothShare) return true;
  }
  return false;
}

/** inet_csk_get_port: takes the port, or any free one for 0. */
export function getPort(tp: Tcb, local: Ip4, port: number): Errno | undefined {
  const chosen = port === 0 ? findOpenPort(tp, local) : port;
  if (chosen === 0) return "EADDRINUSE";
  const bucket = tp.ns.sock.tcp.bound.get(chosen);
  if (port !== 0 && bucket !== undefined && bindConflict(tp, local, bucket, false)) return "EADDRINUSE";
  tp.port = chosen;
  joinBucket(tp);
  return undefined;
}

/** inet_csk_find_open_port: odd offsets first, connect prefers the others. */
function findOpenPort(tp: Tcb, local: Ip4): number {
  const { localPortLow: low, localPortHigh } = tp.ns.ipv4;
  const count = localPortHigh + 1 - low;
  const remaining = count > 1 ? count & ~1 : count;
  const first = tp.ns.world.sim.rng.below(remaining) | 1;
  for (const offset of [first, first - 1]) {
    for (let i = 0; i < remaining; i += 2) {
      const port = low + ((offset + i) % remaining);
      if (tp.ns.ipv4.reservedPorts.has(port)) continue;
      const bucket = tp.ns.sock.tcp.bound.get(port);
      if (bucket === undefined || !bindConflict(tp, local, bucket, true)) return port;
    }
  }
  return 0;
}

/** May an owner listen, now that it says so (the second get_port of inet_csk_listen_start)? */
export function mayListen(tp: Tcb): boolean {
  const bucket = tp.ns.sock.tcp.bound.get(tp.port);
  return bucket === undefined || !bindConflict(tp, tp.local, bucket, false);
}

/** inet_hash_connect: puts a connecting socket into the table, with an ephemeral port when it has none. */
export function hashConnect(tp: Tcb): Errno | undefined {
  if (tp.port !== 0) {
    if (!checkEstablished(tp, tp.port, true)) return "EADDRNOTAVAIL";
    hashInsert(tp.ns, tp);
    return undefined;
  }
  const port = ephemeralPort(tp);
  if (port === 0) return "EADDRNOTAVAIL";
  tp.port = port;
  joinBucket(tp);
  hashInsert(tp.ns, tp);
  return undefined;
}

/** Ports of the range's own parity first, from a place that moves on with every connection to the same destination. */
function ephemeralPort(tp: Tcb): number {
  const { localPortLow: low, localPortHigh } = tp.ns.ipv4;
  const tables = tp.ns.sock.tcp;
  const { rng } = tp.ns.world.sim;
  const count = localPortHigh + 1 - low;
  const remaining = count > 1 ? count & ~1 : count;
  const index = ehash(tp.local, 0, tp.peer, tp.peerPort);
  const start = tables.perturb.get(index) ?? rng.u32();
  const even = (start % remaining) & ~1;
  for (const offset of [even, even + 1]) {
    for (let i = 0; i < remaining; i += 2) {
      const port = low + ((offset + i) % remaining);
      if (tp.ns.ipv4.reservedPorts.has(port) || !portIsFree(tp, port)) continue;
      tables.perturb.set(index, start + Math.max(i, rng.below(8) * 2) + 2);
      return port;
    }
  }
  return 0;
}

/** A port of the bind call is nobody else's; one of other connections may be shared if the four numbers are new. */
function portIsFree(tp: Tcb, port: number): boolean {
  const bucket = tp.ns.sock.tcp.bound.get(port);
  if (bucket === undefined) return true;
  for (const o of bucket.owners) if (!(o instanceof TimewaitSock) && !o.active) return false;
  return checkEstablished(tp, port, false);
}

/** __inet_check_established: nobody has the same four numbers, or a TIME_WAIT that may be taken over. */
function checkEstablished(tp: Tcb, port: number, own: boolean): boolean {
  const other = lookupEstablished(tp.ns, tp.local, port, tp.peer, tp.peerPort, tp.boundDev);
  if (other === undefined) return true;
  if (!(other instanceof TimewaitSock) || !mayReuseTimewait(tp, other, own)) return false;
  twDestroy(other);
  return true;
}
