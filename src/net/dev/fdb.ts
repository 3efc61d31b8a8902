import { type Mac, formatMac } from "../../wire/addr.ts";
import { SEC } from "../../sim/sim.ts";
import { trace } from "../core/trace.ts";
import type { Skb } from "../core/skb.ts";
import type { Bridge, BridgePort } from "./bridge-port.ts";

/** One row of `bridge fdb`: frames to `mac` leave by `port` (null: the bridge itself). */
export interface FdbEntry {
  readonly mac: Mac;
  port: BridgePort | null;
  /** The bridge's or a port's own address: delivered locally. */
  readonly isLocal: boolean;
  /** Typed in by somebody: never learned over, never aged. */
  isStatic: boolean;
  /** `bridge fdb add … self/master` without "dynamic": survives roaming. */
  readonly addedByUser: boolean;
  /** Written by a routing daemon ("extern_learn"). */
  readonly externLearned?: boolean;
  /** Last frame from (update) and to (use) this address. */
  updatedNs: number;
  usedNs: number;
}

/** Default of `ip link set … type bridge ageing_time`: 300 s. */
export const DEFAULT_AGEING_NS = 300 * SEC;

/** br_fdb_find_rcu + has_expired: an aged entry counts as absent. */
export function fdbFind(br: Bridge, mac: Mac): FdbEntry | undefined {
  const entry = br.fdb.get(mac);
  if (entry === undefined || !hasExpired(br, entry)) return entry;
  fdbDelete(br, entry, null);
  return undefined;
}

function hasExpired(br: Bridge, entry: FdbEntry): boolean {
  if (entry.isStatic || entry.isLocal || entry.addedByUser) return false;
  return entry.updatedNs + br.ageingNs <= br.dev.ns.world.sim.nowNs;
}

/** Drops what has aged; called before anybody lists the table (br_fdb_cleanup). */
export function fdbCleanup(br: Bridge): void {
  for (const entry of [...br.fdb.values()]) if (hasExpired(br, entry)) fdbDelete(br, entry, null);
}

/** br_fdb_update: the source address of a frame tells where its owner is. */
export function fdbLearn(br: Bridge, port: BridgePort, mac: Mac, skb: Skb): void {
  const nowNs = br.dev.ns.world.sim.nowNs;
  const known = fdbFind(br, mac);
  if (known === undefined) return fdbAdd(br, { mac, port, isLocal: false, isStatic: false, addedByUser: false, updatedNs: nowNs, usedNs: nowNs }, skb);
  if (known.isLocal) return;
  known.updatedNs = nowNs;
  if (known.port === port || known.isStatic) return;
  const before = fdbRow(br, known);
  known.port = port;
  fdbChanged(br, known, before, fdbRow(br, known), skb);
}

export function fdbAdd(br: Bridge, entry: FdbEntry, skb: Skb | null): void {
  br.fdb.set(entry.mac, entry);
  fdbChanged(br, entry, null, fdbRow(br, entry), skb);
}

export function fdbDelete(br: Bridge, entry: FdbEntry, skb: Skb | null): void {
  br.fdb.delete(entry.mac);
  fdbChanged(br, entry, fdbRow(br, entry), null, skb);
}

/** Forgets what was learned on a port (br_fdb_delete_by_port); `all` takes static and local rows too. */
export function fdbFlushPort(br: Bridge, port: BridgePort, all: boolean): void {
  for (const entry of [...br.fdb.values()]) {
    if (entry.port === port && (all || (!entry.isStatic && !entry.isLocal))) fdbDelete(br, entry, null);
  }
}

/** As `bridge fdb` prints it, without the flags that never differ. */
export function fdbRow(br: Bridge, entry: FdbEntry): string {
  const dev = entry.port === null ? br.dev.name : entry.port.dev.name;
  const state = entry.isLocal ? " permanent" : entry.isStatic ? " static" : "";
  return `${formatMac(entry.mac)} dev ${dev} master ${br.dev.name}${state}`;
}

function fdbChanged(br: Bridge, entry: FdbEntry, before: string | null, after: string | null, skb: Skb | null): void {
  const ns = br.dev.ns;
  if (ns.world.trace !== null) {
    const change = { place: ns.place, table: "fdb" as const, key: `${br.dev.ifindex} ${formatMac(entry.mac)}`, before, after };
    trace(ns, skb === null ? "table" : "bridge.learn", entry.port?.dev.name ?? br.dev.name, skb, { changes: [change], note: after ?? `forgot ${before}` });
  }
  ns.tell({ group: "neigh", is: after === null ? "del" : "new", row: { kind: "bridge-fdb", bridge: br, entry }, journey: skb?.journey ?? 0 });
}
