import type { Hook, HookPoint } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { type CtEvent, type CtStats, IPS_ASSURED, IPS_CONFIRMED, IPS_DYING, IPS_FIXED_TIMEOUT, IPS_TEMPLATE } from "../uapi/conntrack.ts";
import { Conntrack } from "./ct-entry.ts";
import { IPCT_UPDATE, tellListeners, traceChange } from "./ct-event.ts";
import { defaultCtSysctls, type CtSysctls } from "./ct-sysctl.ts";
import { CtTable } from "./ct-table.ts";
import { newTuple } from "./ct-tuple.ts";

/* The flows of a namespace: their lives from the first packet to the time-out. Linux nf_conntrack_core.c. */

/** Which packets' tracking is asked for; "inet" is both IPs. Bridge users need both and the bridge's own hooks. */
export type CtFamily = "ip" | "ip6" | "inet" | "bridge";

export type CtCounters = { -readonly [K in keyof CtStats]: number };
const noStats = (): CtCounters => ({
  found: 0, invalid: 0, insert: 0, insertFailed: 0, drop: 0, earlyDrop: 0, error: 0, searchRestart: 0, clashResolve: 0, chainToolong: 0,
});

/** Hooks by family, with their points. */
export type CtHooks = Readonly<Record<"ip" | "bridge", readonly (readonly [HookPoint, Hook])[]>>;

/** Conntrack of one namespace (struct netns_ct). */
export class ConntrackNet {
  readonly ns: Netns;
  readonly table = new CtTable();
  readonly sysctl: CtSysctls = defaultCtSysctls();
  readonly stats = noStats();
  readonly listeners = new Set<(e: CtEvent) => void>();
  /** A tuple to work with, instead of a new one a packet. */
  readonly scratch = newTuple();
  /** Users of conntrack (rules with ct, NAT …) by family: it watches packets only while there are some. */
  readonly users = { ip: 0, ip6: 0, bridge: 0 };
  readonly #unhook: Record<"ip" | "bridge", readonly (() => void)[]> = { ip: [], bridge: [] };
  #nextId = 0;

  /** What stands on the path of IPv4 and of a bridge while there are users. */
  readonly #hooks: CtHooks;

  constructor(ns: Netns, hooks: CtHooks) {
    this.ns = ns;
    this.#hooks = hooks;
  }

  hook(family: "ip" | "bridge"): void {
    this.#unhook[family] = this.#hooks[family].map(([point, hook]) => this.ns.hooks.register(family, point, hook));
  }

  unhook(family: "ip" | "bridge"): void {
    for (const unregister of this.#unhook[family]) unregister();
    this.#unhook[family] = [];
  }

  /** nf_ct_get_id: looks random, is the same in every replay. */
  takeId(): number {
    let h = Math.imul(++this.#nextId, 0x9e3779b1) ^ Math.imul(this.ns.inode, 0x85ebca6b) ^ this.ns.world.hashSeed;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    return (h ^ (h >>> 16)) >>> 0;
  }
}

export const newConntrackNet = (ns: Netns, hooks: CtHooks): ConntrackNet => new ConntrackNet(ns, hooks);

/** nf_ct_netns_get: from the first user on, packets of that family are tracked. Flows outlive the last user, unwatched. */
export function ctNetnsGet(ns: Netns, family: CtFamily): void {
  const net = ns.nf.ct;
  const { users } = net;
  if (family === "bridge" && users.bridge++ === 0) net.hook("bridge");
  if (family !== "ip") users.ip6++;
  if (family !== "ip6" && users.ip++ === 0) net.hook("ip");
}

/** nf_ct_netns_put. */
export function ctNetnsPut(ns: Netns, family: CtFamily): void {
  const net = ns.nf.ct;
  const { users } = net;
  if (family === "bridge" && --users.bridge === 0) net.unhook("bridge");
  if (family !== "ip") users.ip6--;
  if (family !== "ip6" && --users.ip === 0) net.unhook("ip");
}

/** __nf_conntrack_alloc; null when the table is full and nothing in it may be given up. */
export function ctAlloc(ns: Netns): Conntrack | null {
  const net = ns.nf.ct;
  if (net.table.size >= ns.world.conntrackMax && !earlyDrop(ns)) return null;
  const ct = new Conntrack(net.takeId());
  if (net.sysctl.acct !== 0) ct.counters = [{ packets: 0, bytes: 0 }, { packets: 0, bytes: 0 }];
  if (net.sysctl.timestamp !== 0) ct.startNs = 0;
  ct.tellsEvents = net.sysctl.events === 1 || (net.sysctl.events === 2 && net.listeners.size > 0);
  return ct;
}

/** early_drop: a flow that is not yet assured makes room. */
function earlyDrop(ns: Netns): boolean {
  const net = ns.nf.ct;
  for (const ct of net.table.entries()) {
    if (ct.has(IPS_ASSURED)) continue;
    net.stats.earlyDrop++;
    ctDelete(ns, ct, "dropped early: the conntrack table is full");
    return true;
  }
  return false;
}

/** Enters a flow into the table and starts its clock. */
export function ctInsert(ns: Netns, ct: Conntrack): void {
  const { nowNs } = ns.world.sim;
  ct.status |= IPS_CONFIRMED;
  ct.expiresAtNs = nowNs + ct.timeoutNs;
  if (ct.startNs !== null) ct.startNs = ns.world.startSec * 1e9 + nowNs;
  ns.nf.ct.table.insert(ct);
  ct.timer = ns.world.sim.after(ct.timeoutNs, expire, { ns, ct });
}

/** One timer a flow, moved lazily: a packet only writes the new end. */
function expire(arg: { readonly ns: Netns; readonly ct: Conntrack }): void {
  const { ns, ct } = arg;
  const leftNs = ct.expiresAtNs - ns.world.sim.nowNs;
  if (leftNs > 0) ct.timer = ns.world.sim.after(leftNs, expire, arg);
  else ctDelete(ns, ct, "timed out");
}

/** The clock may run shorter than the timer that was set: it is set anew. */
function rewind(ns: Netns, ct: Conntrack): void {
  if (ct.timer === null || ct.timer.atNs <= ct.expiresAtNs) return;
  ct.timer.cancel();
  ct.timer = ns.world.sim.after(ct.expiresAtNs - ns.world.sim.nowNs, expire, { ns, ct });
}

/** nf_ct_refresh_acct: the flow lives for `timeoutNs` from now; the packet is counted. */
export function ctRefresh(ns: Netns, ct: Conntrack, skb: Skb, timeoutNs: number): void {
  if (!ct.has(IPS_FIXED_TIMEOUT)) ctSetTimeout(ns, ct, timeoutNs);
  ctAccount(ct, skb);
}

export function ctSetTimeout(ns: Netns, ct: Conntrack, timeoutNs: number): void {
  ct.timeoutNs = timeoutNs;
  if (!ct.isConfirmed) return;
  ct.expiresAtNs = ns.world.sim.nowNs + timeoutNs;
  rewind(ns, ct);
}

function ctAccount(ct: Conntrack, skb: Skb): void {
  if (ct.counters === null) return;
  const c = ct.counters[skb.ctinfo >= 3 ? 1 : 0];
  c.packets++;
  c.bytes += skb.end - skb.netAt;
}

/** nf_ct_delete: the flow ends; listeners and trace hear why. False when it had ended already. */
export function ctDelete(ns: Netns, ct: Conntrack, why: string, by?: CtEvent["by"]): boolean {
  if (ct.isDying) return false;
  ct.status |= IPS_DYING;
  ct.timer?.cancel();
  ns.nf.ct.table.remove(ct);
  ns.nf.ct.table.removeSource(ct);
  if (ct.isConfirmed) tellListeners(ns, ct, "destroy", by);
  if (ns.world.trace !== null) traceChange(ns, ct, null, true, `flow ${why}`);
  return true;
}

/** nf_ct_iterate_cleanup: ends all flows that `which` picks. */
export function ctCleanup(ns: Netns, which: (ct: Conntrack) => boolean, why: string, by?: CtEvent["by"]): number {
  const doomed = [...ns.nf.ct.table.entries()].filter(which);
  for (const ct of doomed) ctDelete(ns, ct, why, by);
  return doomed.length;
}

/** `ct mark set`: told to listeners when it changes (nft_ct_set_eval). */
export function ctSetMark(ns: Netns, ct: Conntrack, mark: number): void {
  if (ct.mark === mark) return;
  ct.mark = mark;
  changed(ns, ct, "mark set");
}

/** `ct label set`: ORs 128 bits in (nft_ct_set_eval, nf_connlabels_replace); `bits` 16 bytes. */
export function ctSetLabels(ns: Netns, ct: Conntrack, bits: Uint8Array): void {
  const labels = (ct.labels ??= new Uint8Array(16));
  let differs = false;
  for (let i = 0; i < 16; i++) {
    const now = labels[i]! | bits[i]!;
    differs ||= labels[i] !== now;
    labels[i] = now;
  }
  if (differs) changed(ns, ct, "label set");
}

function changed(ns: Netns, ct: Conntrack, why: string): void {
  ct.pending |= IPCT_UPDATE;
  if (ns.world.trace !== null && ct.shown !== null) traceChange(ns, ct, null, false, why);
}

/** `ct zone set` before conntrack looked at the packet: a template carries the zone; `dirs` 1 original, 2 reply, 3 both. */
export function ctSetZone(ns: Netns, skb: Skb, zone: number, dirs: number): void {
  if (skb.ct !== null) return;
  const template = new Conntrack(ns.nf.ct.takeId());
  template.status = IPS_TEMPLATE | IPS_CONFIRMED;
  template.zone = zone;
  template.zoneDirs = dirs;
  skb.ct = template;
  skb.ctinfo = 2;
}

/** Nanoseconds until the entry ends (nf_ct_expires); 0 before it is confirmed, for until then its timeout is no point in time. */
export function ctExpiresNs(ns: Netns, ct: Conntrack): number {
  return ct.isConfirmed ? Math.max(0, ct.expiresAtNs - ns.world.sim.nowNs) : 0;
}

/** nf_conntrack_attach: a packet made in answer to `about` (a reset) belongs to the same flow, the other way. */
export function ctAttach(made: Skb, about: Skb): void {
  if (about.ct === null) return;
  made.ct = about.ct;
  made.ctinfo = about.ctinfo >= 3 ? 1 : 4;
}
