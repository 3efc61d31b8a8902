import type { InetAddr } from "../../../net/uapi/socket.ts";
import { dotted } from "../conf/network.ts";
import type { Upstream } from "../conf/model.ts";
import type { Conn } from "../http/conn.ts";
import { crc32 } from "./crc32.ts";

/** Choosing a server of a group, as ngx_http_upstream_round_robin.c and its siblings do. Each worker counts for itself. */

export interface Peer {
  readonly addr: InetAddr;
  /** `10.0.0.1:8000` */
  readonly text: string;
  readonly weight: number;
  readonly maxFails: number;
  readonly failTimeoutSec: number;
  readonly maxConns: number;
  readonly down: boolean;
  readonly backup: boolean;
  effective: number;
  current: number;
  fails: number;
  checkedSec: number;
  accessedSec: number;
  conns: number;
}

/** A connection to an upstream that waits to be used again. */
export interface IdleConn {
  readonly conn: Conn;
  readonly peer: Peer;
  readonly openedNs: number;
  readonly requests: number;
  taken: boolean;
}

export interface Group {
  readonly upstream: Upstream;
  readonly peers: readonly Peer[];
  readonly backups: readonly Peer[];
  readonly idle: IdleConn[];
}

export class PeerGroups {
  readonly #groups = new Map<Upstream, Group>();

  of(upstream: Upstream): Group {
    const known = this.#groups.get(upstream);
    if (known !== undefined) return known;
    const made = newGroup(upstream);
    this.#groups.set(upstream, made);
    return made;
  }
}

function newGroup(upstream: Upstream): Group {
  const all = upstream.servers.flatMap((s) => s.addrs.map((addr): Peer => ({
    addr, text: `${dotted(addr.addr)}:${addr.port}`, weight: s.weight, maxFails: s.maxFails, failTimeoutSec: s.failTimeoutSec, maxConns: s.maxConns,
    down: s.down, backup: s.backup, effective: s.weight, current: 0, fails: 0, checkedSec: 0, accessedSec: 0, conns: 0,
  })));
  return { upstream, peers: all.filter((p) => !p.backup), backups: all.filter((p) => p.backup), idle: [] };
}

/** How one request goes through a group. */
export interface Choice {
  readonly group: Group;
  readonly tried: Set<Peer>;
  tries: number;
  onBackups: boolean;
  /** Of `ip_hash` and `hash`: what the next choice begins from. */
  hash: number;
  rehash: number;
}

/** `tries` is how many servers may be asked. */
export function beginChoice(group: Group): Choice {
  const usable = group.peers.filter((p) => !p.down).length;
  const spare = group.backups.filter((p) => !p.down).length;
  return { group, tried: new Set(), tries: usable + spare, onBackups: false, hash: 89, rehash: 0 };
}

/** More than one server may answer: failures count. */
const isSingle = (c: Choice): boolean => c.group.peers.length === 1 && c.group.backups.length === 0;

const resting = (p: Peer, nowSec: number): boolean => p.maxFails > 0 && p.fails >= p.maxFails && nowSec - p.checkedSec <= p.failTimeoutSec;
const full = (p: Peer): boolean => p.maxConns > 0 && p.conns >= p.maxConns;

export interface ChoiceKey {
  /** Client's address, for ip_hash. */
  readonly client: number;
  /** Value of `hash`. */
  readonly key: string;
  readonly random: () => number;
}

/** The next server to ask; undefined = "no live upstreams". */
export function nextPeer(c: Choice, nowSec: number, key: ChoiceKey): Peer | undefined {
  const [only] = c.group.peers;
  if (isSingle(c) && only !== undefined) return only.down || full(only) ? undefined : take(c, only, nowSec);
  const usable = (p: Peer): boolean => !c.tried.has(p) && !p.down && !resting(p, nowSec) && !full(p);
  const found = c.onBackups ? undefined : byMethod(c, usable, key);
  if (found !== undefined) return take(c, found, nowSec);
  c.onBackups = true;
  const backup = roundRobin(c.group.backups.filter(usable));
  return backup === undefined ? undefined : take(c, backup, nowSec);
}

function take(c: Choice, p: Peer, nowSec: number): Peer {
  c.tried.add(p);
  if (nowSec - p.checkedSec > p.failTimeoutSec) p.checkedSec = nowSec;
  p.conns++;
  return p;
}

function byMethod(c: Choice, usable: (p: Peer) => boolean, key: ChoiceKey): Peer | undefined {
  const peers = c.group.peers.filter(usable);
  switch (c.group.upstream.method) {
    case "least_conn": return leastConn(peers);
    case "ip_hash": return ipHash(c, usable, key.client) ?? roundRobin(peers);
    case "hash": case "hash_consistent": return keyHash(c, usable, key.key) ?? roundRobin(peers);
    case "random": return random(peers, key.random, c.group.upstream.randomTwo);
    case "round_robin": return roundRobin(peers);
  }
}

/** Smooth weighted round robin: everybody gains its weight, the richest is taken and pays all of it. */
function roundRobin(peers: readonly Peer[]): Peer | undefined {
  let best: Peer | undefined;
  let total = 0;
  for (const p of peers) {
    p.current += p.effective;
    total += p.effective;
    if (p.effective < p.weight) p.effective++;
    if (best === undefined || p.current > best.current) best = p;
  }
  if (best !== undefined) best.current -= total;
  return best;
}

function leastConn(peers: readonly Peer[]): Peer | undefined {
  const [first, ...rest] = peers;
  if (first === undefined) return undefined;
  const best = rest.reduce((b, p) => (p.conns * b.weight < b.conns * p.weight ? p : b), first);
  return roundRobin(peers.filter((p) => p.conns * best.weight === best.conns * p.weight));
}

const HASH_TRIES = 20;

function byWeight(c: Choice, hash: number): Peer | undefined {
  let w = hash % c.group.peers.reduce((sum, p) => sum + p.weight, 0);
  for (const p of c.group.peers) {
    w -= p.weight;
    if (w < 0) return p;
  }
  return undefined;
}

function ipHash(c: Choice, usable: (p: Peer) => boolean, client: number): Peer | undefined {
  for (let i = 0; i < HASH_TRIES; i++) {
    for (const shift of [24, 16, 8]) c.hash = (c.hash * 113 + ((client >>> shift) & 255)) % 6271;
    const p = byWeight(c, c.hash);
    if (p !== undefined && usable(p)) return p;
  }
  return undefined;
}

function keyHash(c: Choice, usable: (p: Peer) => boolean, key: string): Peer | undefined {
  if (c.rehash === 0) c.hash = 0;
  for (let i = 0; i < HASH_TRIES; i++) {
    c.hash += (crc32((c.rehash > 0 ? String(c.rehash) : "") + key) >>> 16) & 0x7fff;
    c.rehash++;
    const p = byWeight(c, c.hash);
    if (p !== undefined && usable(p)) return p;
  }
  return undefined;
}

function random(peers: readonly Peer[], dice: () => number, two: boolean): Peer | undefined {
  const total = peers.reduce((sum, p) => sum + p.weight, 0);
  const one = (): Peer | undefined => {
    let at = total === 0 ? 0 : dice() % total;
    return peers.find((p) => (at -= p.weight) < 0);
  };
  const first = one();
  const second = two ? one() : undefined;
  if (first === undefined || second === undefined || first === second) return first;
  return first.conns * second.weight <= second.conns * first.weight ? first : second;
}

/** The attempt is over. True: the server has just been put to rest. */
export function freePeer(c: Choice, p: Peer, failed: boolean, nowSec: number): boolean {
  p.conns--;
  if (c.tries > 0) c.tries--;
  if (isSingle(c)) {
    c.tries = 0;
    return false;
  }
  if (!failed) {
    if (p.accessedSec < p.checkedSec) p.fails = 0;
    return false;
  }
  p.fails++;
  p.accessedSec = p.checkedSec = nowSec;
  if (p.maxFails > 0) p.effective = Math.max(0, p.effective - Math.floor(p.weight / p.maxFails));
  return p.maxFails > 0 && p.fails >= p.maxFails;
}
