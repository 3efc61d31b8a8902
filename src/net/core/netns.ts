import { WaitQueue } from "../../sim/wait-queue.ts";
import type { Ipv4State } from "../ipv4/state.ts";
import type { NeighTable } from "../neigh/neigh.ts";
import type { NetfilterState } from "../netfilter/state.ts";
import type { SockTables } from "../sock/tables.ts";
import { HookTable } from "./hook.ts";
import { Mib } from "./mib.ts";
import type { Netdev, PacketTap } from "./netdev.ts";
import { SysctlTree } from "./sysctl.ts";
import type { NetWorld } from "./world.ts";

/** What a netlink listener hears: the row that changed, or a question the kernel has. */
export type NetEvent =
  | { readonly group: "link"; readonly is: "new" | "del"; readonly dev: Netdev }
  | { readonly group: "addr" | "route" | "rule" | "neigh"; readonly is: "new" | "del" | "get"; readonly row: object; readonly journey: number };

/**
 * One network namespace: devices, addresses, routes, neighbours, sockets and sysctls of its own
 * (struct net). `init.ts` boots it; the subsystem states below are made there.
 */
export class Netns {
  readonly world: NetWorld;
  /** Name in traces and on the page: "C0w1", "C0w1/c1". */
  place: string;
  readonly inode: number;
  readonly devices = new Map<string, Netdev>();
  readonly byIndex = new Map<number, Netdev>();
  loopback!: Netdev;
  readonly hooks = new HookTable();
  readonly mib = new Mib();
  readonly sysctl = new SysctlTree();
  /** Taps on every device of the namespace (`tcpdump -i any`). */
  readonly taps: PacketTap[] = [];
  ipv4!: Ipv4State;
  neigh!: NeighTable;
  sock!: SockTables;
  /** nf_tables, conntrack and NAT of this namespace; made by net/init.ts. */
  nf!: NetfilterState;
  /** Ids by which this namespace calls others (`link-netnsid 0`), in order of first use. */
  readonly netnsids: (Netns | null)[] = [];
  readonly listeners = new Set<(event: NetEvent) => void>();
  /** Woken whenever a table or device changed. */
  readonly changed = new WaitQueue();
  dead = false;
  #nextIndex = 1;

  constructor(world: NetWorld, place: string) {
    this.world = world;
    this.place = place;
    this.inode = world.takeInode();
    world.namespaces.add(this);
  }

  /** dev_new_index: indexes are never used twice. */
  takeIfindex(): number {
    while (this.byIndex.has(this.#nextIndex)) this.#nextIndex++;
    return this.#nextIndex++;
  }

  device(name: string): Netdev | undefined {
    return this.devices.get(name);
  }

  /** Devices in index order, as dumps list them. */
  devicesInOrder(): readonly Netdev[] {
    return [...this.byIndex.values()].sort((a, b) => a.ifindex - b.ifindex);
  }

  /** peernet2id_alloc: the id under which `other` is known here. */
  netnsidOf(other: Netns): number {
    const known = this.netnsids.indexOf(other);
    if (known >= 0) return known;
    const free = this.netnsids.indexOf(null);
    if (free < 0) return this.netnsids.push(other) - 1;
    this.netnsids[free] = other;
    return free;
  }

  tell(event: NetEvent): void {
    for (const listener of [...this.listeners]) listener(event);
    this.changed.wake();
  }
}
