import type { Ip4 } from "../wire/addr.ts";
import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { type NeighEntry, isValid } from "./neigh/neigh.ts";
import { neighDelete, neighUpdate } from "./neigh/nud.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import type { NeighRow, RtnlReply, RtnlRequest } from "./uapi/rtnetlink.ts";

/** RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH of IPv4 (net/core/neighbour.c). */

type NeighNew = Extract<RtnlRequest, { op: "neigh.new" }>;

export function neighRowOf(ns: Netns, entry: NeighEntry): NeighRow {
  const { nowNs } = ns.world.sim;
  return {
    ip: entry.ip, ifindex: entry.dev.ifindex, lladdr: isValid(entry.state) ? entry.mac : null, state: entry.state,
    router: entry.router, externLearned: entry.externLearned, proxy: false, protocol: entry.protocol,
    refs: hasTimer(entry.state) ? 1 : 0, usedNs: nowNs - entry.usedNs, confirmedNs: nowNs - entry.confirmedNs, updatedNs: nowNs - entry.updatedNs, probes: entry.probes,
  };
}

/** NUD_IN_TIMER: neigh_add_timer holds the row. */
const hasTimer = (state: NeighRow["state"]): boolean => state === "incomplete" || state === "reachable" || state === "delay" || state === "probe";

/** neigh_add. */
export function neighNew(ns: Netns, request: NeighNew, journey: number): RtnlReply {
  const dev = ns.byIndex.get(request.ifindex);
  if (dev === undefined && (request.ifindex !== 0 || request.proxy !== true)) return refuse("ENODEV");
  if (request.proxy === true) return proxyNew(ns, request.ip, dev ?? null, request.protocol ?? 0);
  if (dev === undefined) return refuse("ENODEV");
  const known = ns.neigh.lookup(request.ip, dev);
  const visible = known !== undefined;
  if (!visible && !request.flags.create) return refuse("ENOENT");
  if (visible && request.flags.exclusive) return refuse("EEXIST");
  return update(ns, known ?? ns.neigh.create(request.ip, dev), request, journey);
}

function update(ns: Netns, entry: NeighEntry, request: NeighNew, journey: number): RtnlReply {
  if (request.lladdr === undefined && isValid(request.state) && !isValid(entry.state)) return refuse("EINVAL", "No link layer address given");
  entry.externLearned = request.externLearned ?? false;
  entry.router = request.router ?? false;
  if (request.protocol !== undefined) entry.protocol = request.protocol;
  const override = request.flags.replace || request.flags.exclusive || request.flags.create;
  const error = neighUpdate(ns, entry, { mac: request.lladdr ?? null, state: request.state, override, admin: true, journey });
  return error === undefined ? DONE : refuse(error);
}

/** pneigh_create: one row an address and device, whatever was asked for before. */
function proxyNew(ns: Netns, ip: Ip4, dev: Netdev | null, protocol: number): RtnlReply {
  const { proxies } = ns.neigh;
  const at = proxies.findIndex((p) => p.ip === ip && p.dev === dev);
  const row = { ip, dev, protocol };
  if (at < 0) proxies.push(row);
  else proxies[at] = row;
  return DONE;
}

function proxyDel(ns: Netns, ip: Ip4, dev: Netdev | null): RtnlReply {
  const at = ns.neigh.proxies.findIndex((p) => p.ip === ip && p.dev === dev);
  if (at < 0) return refuse("ENOENT");
  ns.neigh.proxies.splice(at, 1);
  return DONE;
}

/** neigh_delete. */
export function neighDel(ns: Netns, ip: Ip4, ifindex: number, journey: number, proxy = false): RtnlReply {
  if (proxy) return proxyDel(ns, ip, ns.byIndex.get(ifindex) ?? null);
  const found = find(ns, ip, ifindex);
  if (found === undefined) return refuse("ENOENT");
  neighDelete(ns, found, journey);
  return DONE;
}

function find(ns: Netns, ip: Ip4, ifindex: number): NeighEntry | undefined {
  const dev = ns.byIndex.get(ifindex);
  return dev === undefined ? undefined : ns.neigh.lookup(ip, dev);
}

export function neighGet(ns: Netns, ip: Ip4, ifindex: number): RtnlReply {
  const found = find(ns, ip, ifindex);
  return found === undefined ? refuse("ENOENT", "Neighbour entry not found") : answer([{ is: "neigh", neigh: neighRowOf(ns, found) }]);
}

/** neigh_dump_info, with the kernel's two filters; new rows are put at the head of their list. */
export function neighDump(ns: Netns, ifindex: number | undefined, master: number | undefined): RtnlReply {
  const fits = (dev: Netdev): boolean => (ifindex === undefined || dev.ifindex === ifindex) && (master === undefined || dev.master?.ifindex === master);
  const rows = [...ns.neigh.entries()].filter((e) => fits(e.dev)).reverse();
  return answer(rows.map((entry) => ({ is: "neigh", neigh: neighRowOf(ns, entry) })));
}


/** pneigh_dump_table: `ip neigh show proxy`. */
export function proxyDump(ns: Netns, ifindex: number | undefined): RtnlReply {
  const rows = ns.neigh.proxies.filter((p) => ifindex === undefined || p.dev?.ifindex === ifindex);
  return answer(rows.map(({ ip, dev, protocol }) => ({
    is: "neigh", neigh: {
      ip, ifindex: dev?.ifindex ?? 0, lladdr: null, state: "none", router: false, externLearned: false, proxy: true, protocol,
      refs: 0, usedNs: 0, confirmedNs: 0, updatedNs: 0, probes: 0,
    },
  })));
}
