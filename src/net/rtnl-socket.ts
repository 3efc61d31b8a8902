import { WaitQueue } from "../sim/wait-queue.ts";
import type { NetEvent, Netns } from "./core/netns.ts";
import type { Bridge } from "./dev/bridge-port.ts";
import type { FdbEntry } from "./dev/fdb.ts";
import type { FibRule, Route } from "./ipv4/fib.ts";
import type { IfAddr } from "./ipv4/in-device.ts";
import { NeighEntry } from "./neigh/neigh.ts";
import type { Netdev } from "./core/netdev.ts";
import { addrRowOf } from "./rtnl-addr.ts";
import { bridgeFdbRow } from "./rtnl-fdb.ts";
import { vxlanFdbRowOf } from "./rtnl-fdb-vxlan.ts";
import { linkRowOf } from "./rtnl-link-row.ts";
import { neighRowOf } from "./rtnl-neigh.ts";
import { routeRowOf } from "./rtnl-route.ts";
import { ruleRowOf } from "./rtnl-rule.ts";
import type { VxlanFdbEntry } from "./tunnel/vxlan-fdb.ts";
import type { RtnlEvent, RtnlGroup, RtnlItem } from "./uapi/rtnetlink.ts";

/** Messages that may wait for a reader before the socket is full (about the default receive buffer). */
const MAX_WAITING = 4096;

/** A netlink socket that joined groups: hears what changes in one namespace, and of the kernel's questions. */
export class RtnlSocket {
  readonly waitQueue = new WaitQueue();
  readonly #ns: Netns;
  readonly #groups: ReadonlySet<RtnlGroup>;
  readonly #waiting: RtnlEvent[] = [];
  readonly #listener: (event: NetEvent) => void;
  #overrun = false;

  constructor(ns: Netns, groups: readonly RtnlGroup[]) {
    this.#ns = ns;
    this.#groups = new Set(groups);
    this.#listener = (event) => this.#hear(event);
    ns.listeners.add(this.#listener);
  }

  readable(): boolean {
    return this.#waiting.length > 0 || this.#overrun;
  }

  /** The next message; `EAGAIN` when there is none, `ENOBUFS` once after messages were lost. */
  receive(): RtnlEvent | "EAGAIN" | "ENOBUFS" {
    if (this.#overrun) {
      this.#overrun = false;
      return "ENOBUFS";
    }
    return this.#waiting.shift() ?? "EAGAIN";
  }

  close(): void {
    this.#ns.listeners.delete(this.#listener);
  }

  #hear(event: NetEvent): void {
    if (!this.#groups.has(event.group)) return;
    if (this.#waiting.length >= MAX_WAITING) this.#overrun = true;
    else for (const item of itemsOf(this.#ns, event)) this.#waiting.push({ group: event.group, is: event.is, item, journey: "journey" in event ? event.journey : 0 });
    this.waitQueue.wake();
  }
}

type FdbNews = { readonly kind: "bridge-fdb"; readonly bridge: Bridge; readonly entry: FdbEntry } | { readonly kind: "vxlan-fdb"; readonly dev: Netdev; readonly entry: VxlanFdbEntry };

function itemsOf(ns: Netns, event: NetEvent): readonly RtnlItem[] {
  switch (event.group) {
    case "link": return [{ is: "link", link: linkRowOf(event.dev) }];
    case "addr": return [{ is: "addr", addr: addrRowOf(ns, event.row as IfAddr) }];
    case "route": return [{ is: "route", route: routeRowOf(event.row as Route) }];
    case "rule": return [{ is: "rule", rule: ruleRowOf(ns, event.row as FibRule) }];
    case "neigh": return event.row instanceof NeighEntry ? [{ is: "neigh", neigh: neighRowOf(ns, event.row) }] : fdbItems(ns, event.row as FdbNews);
  }
}

function fdbItems(ns: Netns, news: FdbNews): readonly RtnlItem[] {
  if (news.kind === "bridge-fdb") return [{ is: "fdb", fdb: bridgeFdbRow(ns, news.bridge, news.entry) }];
  return news.entry.remotes.map((remote) => ({ is: "fdb", fdb: vxlanFdbRowOf(news.dev, news.entry, remote) }));
}
