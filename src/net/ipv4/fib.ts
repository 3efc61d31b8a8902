import { type Ip4, formatIp4, maskOf } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { NexthopException } from "./exception.ts";
import { FibInfos } from "./fib-info.ts";
import { isUsable } from "./multipath.ts";
import { SCOPE_HOST, SCOPE_LINK, SCOPE_NOWHERE, SCOPE_UNIVERSE } from "./in-device.ts";

export const TABLE_DEFAULT = 253;
export const TABLE_MAIN = 254;
export const TABLE_LOCAL = 255;

export type RouteType = "unicast" | "local" | "broadcast" | "multicast" | "blackhole" | "unreachable" | "prohibit" | "throw";

/** One way out of a route (struct fib_nh). */
export interface Nexthop {
  readonly dev: Netdev | null;
  /** `null`: the destination is on the link itself. */
  readonly gateway: Ip4 | null;
  readonly weight: number;
  readonly onlink: boolean;
  /** Scope of the nexthop: link for gateways, nowhere for directly attached nets. */
  readonly scope: number;
  /** Class id ("realm"), absent = 0. */
  readonly realm?: number;
  /** What was learned about single destinations behind it; see exception.ts. */
  exceptions?: Map<Ip4, NexthopException>;
}

/** One row of `ip route` (struct fib_alias + fib_info). */
export interface Route {
  readonly table: number;
  readonly type: RouteType;
  readonly dst: Ip4;
  readonly prefixLen: number;
  readonly tos: number;
  readonly metric: number;
  /** RTPROT_*: 2 kernel, 3 boot, 4 static … */
  readonly protocol: number;
  readonly scope: number;
  readonly prefsrc: Ip4 | null;
  readonly nexthops: readonly Nexthop[];
  /** RTAX_*, those that were given. */
  readonly metrics: ReadonlyMap<string, number>;
  /** Metrics marked "lock". */
  readonly locked: ReadonlySet<string>;
}

/** One line of `ip rule`. */
export interface FibRule {
  readonly priority: number;
  readonly table: number;
  readonly action: "lookup" | "blackhole" | "unreachable" | "prohibit" | "goto" | "nop";
  readonly invert: boolean;
  readonly src: Ip4;
  readonly srcLen: number;
  readonly dst: Ip4;
  readonly dstLen: number;
  readonly tos: number;
  readonly mark: number;
  readonly markMask: number;
  readonly iif: string;
  readonly oif: string;
  readonly protocol: number;
  readonly suppressPrefixLen: number;
  /** Answers that leave by a device of this group do not count; -1 = all do. */
  readonly suppressIfgroup: number;
  readonly gotoPriority: number;
  /** 0 = any; l4 selectors. */
  readonly ipproto: number;
  /** User ids, first to last; null = everybody. */
  readonly uidRange: readonly [number, number] | null;
  readonly sport: readonly [number, number] | null;
  readonly dport: readonly [number, number] | null;
}

/** A FIB table: longest prefix first, within a prefix by TOS and metric (fib_trie). */
export class FibTable {
  readonly id: number;
  /** prefix length → destination → rows in order of preference. */
  readonly #byLength = new Map<number, Map<Ip4, Route[]>>();
  /** Lengths in use, longest first. */
  #lengths: number[] = [];

  constructor(id: number) {
    this.id = id;
  }

  get isEmpty(): boolean {
    return this.#lengths.length === 0;
  }

  /** Prefix lengths in use, longest first. */
  get lengths(): readonly number[] {
    return this.#lengths;
  }

  /** Rows for a destination and length, best first. */
  rows(dst: Ip4, prefixLen: number): readonly Route[] | undefined {
    return this.#byLength.get(prefixLen)?.get(dst);
  }

  /** Does any row's prefix have this address? */
  covers(a: Ip4): boolean {
    for (const length of this.#lengths) if (this.rows(((a & maskOf(length)) >>> 0) as Ip4, length) !== undefined) return true;
    return false;
  }

  /** Inserts behind equal ones (`first`: before them) keeping TOS descending, metric ascending (fib_find_alias). */
  insert(route: Route, first: boolean): void {
    let byDst = this.#byLength.get(route.prefixLen);
    if (byDst === undefined) this.#byLength.set(route.prefixLen, (byDst = new Map<Ip4, Route[]>()));
    const rows = byDst.get(route.dst) ?? [];
    byDst.set(route.dst, rows);
    const at = rows.findIndex((r) => (first ? compare(r, route) >= 0 : compare(r, route) > 0));
    rows.splice(at < 0 ? rows.length : at, 0, route);
    this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
  }

  replace(old: Route, route: Route): void {
    const rows = this.#byLength.get(old.prefixLen)?.get(old.dst);
    const at = rows?.indexOf(old) ?? -1;
    if (rows !== undefined && at >= 0) rows[at] = route;
  }

  remove(route: Route): boolean {
    const byDst = this.#byLength.get(route.prefixLen);
    const rows = byDst?.get(route.dst);
    const at = rows?.indexOf(route) ?? -1;
    if (byDst === undefined || rows === undefined || at < 0) return false;
    rows.splice(at, 1);
    if (rows.length === 0) byDst.delete(route.dst);
    if (byDst.size === 0) this.#byLength.delete(route.prefixLen);
    this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    return true;
  }

  /** In the order `ip route` lists them: by address, longer prefixes first, then preference. */
  list(): readonly Route[] {
    const all = [...this.#byLength.values()].flatMap((byDst) => [...byDst.values()].flat());
    return all.sort((a, b) => a.dst - b.dst || b.prefixLen - a.prefixLen);
  }
}

const compare = (a: Route, b: Route): number => b.tos - a.tos || a.metric - b.metric;

const rule = (priority: number, table: number): FibRule => ({
  priority, table, action: "lookup", invert: false, src: 0 as Ip4, srcLen: 0, dst: 0 as Ip4, dstLen: 0, tos: 0, mark: 0, markMask: 0,
  iif: "", oif: "", protocol: 2, suppressPrefixLen: -1, suppressIfgroup: -1, gotoPriority: 0, ipproto: 0, uidRange: null, sport: null, dport: null,
});

/** All tables and rules of a namespace. */
export class FibTables {
  readonly tables = new Map<number, FibTable>();
  /** By priority; the three that every machine boots with (fib_default_rules_init). */
  rules: FibRule[] = [rule(0, TABLE_LOCAL), rule(32766, TABLE_MAIN), rule(32767, TABLE_DEFAULT)];
  readonly #bootRules: readonly FibRule[] = [...this.rules];
  readonly infos = new FibInfos();
  readonly local = this.table(TABLE_LOCAL);
  readonly main = this.table(TABLE_MAIN);
  /** The tables that the boot rules name, in their order. */
  readonly boot: readonly FibTable[] = [this.local, this.main, this.table(TABLE_DEFAULT)];

  /** Nobody touched `ip rule`: most machines, and the fast way through a look-up. */
  get hasOnlyBootRules(): boolean {
    const { rules } = this;
    return rules.length === 3 && rules[0] === this.#bootRules[0] && rules[1] === this.#bootRules[1] && rules[2] === this.#bootRules[2];
  }

  /** A rule selects by protocol or port. */
  get rulesUsePorts(): boolean {
    return !this.hasOnlyBootRules && this.rules.some((r) => r.ipproto !== 0 || r.sport !== null || r.dport !== null);
  }

  /** Finds or makes a table. */
  table(id: number): FibTable {
    let table = this.tables.get(id);
    if (table === undefined) this.tables.set(id, (table = new FibTable(id)));
    return table;
  }
}

/** What a packet is routed by (struct flowi4). */
export interface Flow {
  readonly daddr: Ip4;
  readonly saddr: Ip4;
  readonly oif: number;
  readonly iif: number;
  readonly tos: number;
  readonly mark: number;
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
  /** User who sends, absent = root. */
  readonly uid?: number;
  /** Only rows of at least this scope count: a gateway must be nearer than what it leads to. */
  readonly scope?: number;
}

export interface FibResult {
  readonly route: Route;
  readonly nexthop: Nexthop | null;
}

/** Walks one table (fib_table_lookup): the first row of the longest prefix that fits; null = nothing here. */
export function tableLookup(table: FibTable, flow: Flow): FibResult | null {
  for (const length of table.lengths) {
    const rows = table.rows(((flow.daddr & maskOf(length)) >>> 0) as Ip4, length);
    if (rows === undefined) continue;
    for (const route of rows) {
      const result = tryRoute(route, flow);
      if (result !== null) return result;
    }
  }
  return null;
}

/** A row that fits, with its only way out, or the first of several: which one a flow takes, multipath.ts says. */
function tryRoute(route: Route, flow: Flow): FibResult | null {
  if (route.tos !== 0 && route.tos !== flow.tos) return null;
  if (flow.scope !== undefined && route.scope < flow.scope) return null;
  if (route.nexthops.length === 0) return { route, nexthop: null };
  for (const nexthop of route.nexthops) if (isUsable(nexthop, flow, SCOPE_NOWHERE)) return { route, nexthop };
  return null;
}

/** Scope name as iproute2's rt_scopes has it. */
const SCOPE_NAMES: ReadonlyMap<number, string> = new Map([[SCOPE_UNIVERSE, "global"], [SCOPE_LINK, "link"], [SCOPE_HOST, "host"], [SCOPE_NOWHERE, "nowhere"]]);
const PROTO_NAMES: ReadonlyMap<number, string> = new Map([[1, "redirect"], [2, "kernel"], [3, "boot"], [4, "static"], [16, "dhcp"]]);

/** The row as `ip route` prints it (table main form). */
export function routeRow(route: Route): string {
  const words: string[] = [];
  if (route.type !== "unicast") words.push(route.type);
  words.push(route.prefixLen === 0 ? "default" : route.prefixLen === 32 ? formatIp4(route.dst) : `${formatIp4(route.dst)}/${route.prefixLen}`);
  if (route.nexthops.length === 1) words.push(...nexthopWords(route.nexthops[0]!));
  if (route.protocol !== 3) words.push("proto", PROTO_NAMES.get(route.protocol) ?? String(route.protocol));
  if (route.scope !== SCOPE_UNIVERSE) words.push("scope", SCOPE_NAMES.get(route.scope) ?? String(route.scope));
  if (route.prefsrc !== null) words.push("src", formatIp4(route.prefsrc));
  if (route.metric !== 0) words.push("metric", String(route.metric));
  if (route.nexthops.length > 1) for (const nh of route.nexthops) words.push("nexthop", ...nexthopWords(nh), "weight", String(nh.weight));
  return words.join(" ");
}

function nexthopWords(nh: Nexthop): string[] {
  const words = nh.gateway === null ? [] : ["via", formatIp4(nh.gateway)];
  if (nh.dev !== null) words.push("dev", nh.dev.name);
  return words;
}
