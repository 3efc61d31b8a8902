import { IP4_ANY, type Ip4 } from "../../../wire/addr.ts";
import type { Netns } from "../../core/netns.ts";
import type { Tcb } from "./tcb.ts";
import { type EhashEntry, ehash } from "./tables.ts";

/* net/ipv4/inet_hashtables.c: which socket a segment belongs to. */

/** Finds the connection, handshake or TIME_WAIT with exactly these ends (__inet_lookup_established). `iif` is the device it came in by. */
export function lookupEstablished(ns: Netns, local: Ip4, port: number, peer: Ip4, peerPort: number, iif: number): EhashEntry | undefined {
  const chain = ns.sock.tcp.established.get(ehash(local, port, peer, peerPort));
  if (chain === undefined) return undefined;
  for (const e of chain) {
    if (e.port === port && e.peerPort === peerPort && e.local === local && e.peer === peer && (e.boundDev === 0 || e.boundDev === iif)) return e;
  }
  return undefined;
}

export function hashInsert(ns: Netns, e: EhashEntry): void {
  const { established } = ns.sock.tcp;
  const key = ehash(e.local, e.port, e.peer, e.peerPort);
  const chain = established.get(key);
  if (chain === undefined) established.set(key, [e]);
  else chain.push(e);
}

/** True when it was there. */
export function hashRemove(ns: Netns, e: EhashEntry): boolean {
  const { established } = ns.sock.tcp;
  const key = ehash(e.local, e.port, e.peer, e.peerPort);
  const chain = established.get(key);
  const at = chain === undefined ? -1 : chain.indexOf(e);
  if (at < 0) return false;
  if (chain!.length === 1) established.delete(key);
  else chain!.splice(at, 1);
  return true;
}

export function listenInsert(tp: Tcb): void {
  const { listeners } = tp.ns.sock.tcp;
  const list = listeners.get(tp.port);
  if (list === undefined) listeners.set(tp.port, [tp]);
  else list.push(tp);
}

export function listenRemove(tp: Tcb): void {
  const { listeners } = tp.ns.sock.tcp;
  const list = (listeners.get(tp.port) ?? []).filter((other) => other !== tp);
  if (list.length === 0) listeners.delete(tp.port);
  else listeners.set(tp.port, list);
}

/** The listener that names most of the destination (inet_lookup_listener); of a SO_REUSEPORT group the flow's hash picks one. */
export function lookupListener(ns: Netns, local: Ip4, port: number, peer: Ip4, peerPort: number, iif: number): Tcb | undefined {
  const list = ns.sock.tcp.listeners.get(port);
  if (list === undefined) return undefined;
  let best: Tcb | undefined;
  let bestScore = -1;
  for (const tp of list) {
    const points = listenerScore(tp, local, iif);
    if (points <= bestScore) continue;
    best = tp;
    bestScore = points;
  }
  if (best === undefined || !best.options.SO_REUSEPORT) return best;
  const group = list.filter((tp) => tp.options.SO_REUSEPORT && tp.local === best.local && tp.boundDev === best.boundDev);
  return group[reciprocalScale(mixHash(ns, local, port, peer, peerPort), group.length)];
}

/** compute_score; -1 = does not fit. */
function listenerScore(tp: Tcb, local: Ip4, iif: number): number {
  if (tp.local !== IP4_ANY && tp.local !== local) return -1;
  if (tp.boundDev !== 0 && tp.boundDev !== iif) return -1;
  return (tp.local === IP4_ANY ? 0 : 2) + (tp.boundDev === 0 ? 0 : 1);
}

function mixHash(ns: Netns, local: Ip4, port: number, peer: Ip4, peerPort: number): number {
  return Math.imul(ehash(local, port, peer, peerPort) ^ ns.world.hashSeed, 0xc2b2ae35) >>> 0;
}

/** Maps a 32-bit hash to [0, n) (reciprocal_scale). */
const reciprocalScale = (hash: number, n: number): number => Math.floor((hash / 0x100000000) * n);
