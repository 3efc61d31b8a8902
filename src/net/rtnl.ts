import { addrDel, addrDump, addrNew } from "./rtnl-addr.ts";
import { fdbDel, fdbDump, fdbGet, fdbNew } from "./rtnl-fdb.ts";
import { linkDel, linkDump, linkGet, linkNew } from "./rtnl-link.ts";
import { setPortOptions } from "./rtnl-link-set.ts";
import { neighDel, neighDump, neighGet, neighNew, proxyDump } from "./rtnl-neigh.ts";
import { nsidDump, nsidGet, nsidSet } from "./rtnl-nsid.ts";
import { filterDel, filterDump, filterNew } from "./rtnl-filter.ts";
import { classDel, classDump, classNew, qdiscDel, qdiscDump, qdiscNew } from "./rtnl-qdisc.ts";
import { DONE, type RtnlCaller, refuse } from "./rtnl-reply.ts";
import { routeDel, routeDump, routeNew } from "./rtnl-route.ts";
import { cacheDump, routeGet } from "./rtnl-route-get.ts";
import { ruleDel, ruleDump, ruleNew } from "./rtnl-rule.ts";
import type { RtnlReply, RtnlRequest } from "./uapi/rtnetlink.ts";

/**
 * The kernel's side of rtnetlink: one request of `ip` or `bridge`, one reply. Asked by the system call
 * `rtnl` in the namespace of the calling process.
 */
export function rtnlRequest(caller: RtnlCaller, r: RtnlRequest): RtnlReply {
  const { ns } = caller;
  switch (r.op) {
    case "link.new": return linkNew(caller, r.target, r.flags, r.attrs, r.info);
    case "link.del": return linkDel(ns, r.target);
    case "link.get": return linkGet(ns, r.target);
    case "link.dump": return linkDump(ns, r.master, r.kind);
    case "port.set": return setPort(caller, r.ifindex, r.options);
    case "addr.new": return addrNew(ns, r.flags, r.addr);
    case "addr.del": return addrDel(ns, r.ifindex, r.prefixLen, r.local, r.peer, r.label);
    case "addr.dump": return addrDump(ns, r.ifindex);
    case "route.new": return routeNew(ns, r.flags, r.route);
    case "route.del": return routeDel(ns, r.route);
    case "route.dump": return r.cached === true ? cacheDump(ns, r.table) : routeDump(ns, r.table, r.protocol, r.oif, r.type);
    case "route.get": return routeGet(ns, r);
    case "rule.new": return ruleNew(ns, r.flags, r.rule);
    case "rule.del": return ruleDel(ns, r.rule);
    case "rule.dump": return ruleDump(ns);
    case "neigh.new": return neighNew(ns, r, caller.journey);
    case "neigh.del": return neighDel(ns, r.ip, r.ifindex, caller.journey, r.proxy);
    case "neigh.get": return neighGet(ns, r.ip, r.ifindex);
    case "neigh.dump": return r.proxy === true ? proxyDump(ns, r.ifindex) : neighDump(ns, r.ifindex, r.master);
    case "fdb.new": return fdbNew(ns, r.flags, r.fdb);
    case "fdb.del": return fdbDel(ns, r.fdb);
    case "fdb.get": return fdbGet(ns, r.mac, r.ifindex, r.master, r.self);
    case "fdb.dump": return fdbDump(ns, r.ifindex, r.bridge);
    case "nsid.get": return nsidGet(caller, r.netns);
    case "nsid.set": return nsidSet(caller, r.netns, r.id);
    case "nsid.dump": return nsidDump(ns);
    case "qdisc.new": return qdiscNew(ns, r);
    case "qdisc.del": return qdiscDel(ns, r);
    case "qdisc.dump": return qdiscDump(ns, r.ifindex, r.invisible);
    case "filter.new": return filterNew(ns, r);
    case "filter.del": return filterDel(ns, r);
    case "filter.dump": return filterDump(ns, r.ifindex, r.parent);
    case "class.new": return classNew(ns, r);
    case "class.del": return classDel(ns, r);
    case "class.dump": return classDump(ns, r.ifindex, r.parent);
  }
}

/** RTM_SETLINK of AF_BRIDGE: `bridge link set`. */
function setPort(caller: RtnlCaller, ifindex: number, options: Parameters<typeof setPortOptions>[1]): RtnlReply {
  const dev = caller.ns.byIndex.get(ifindex);
  return dev === undefined ? refuse("ENODEV") : (setPortOptions(dev, options) ?? DONE);
}
