import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import { allQdiscs, queueOf } from "./sched/attach.ts";
import type { Filter, FilterList } from "./sched/filters.ts";
import { type Qdisc, majorOf, minorOf } from "./sched/qdisc.ts";
import type { RtnlError, RtnlItem, RtnlReply } from "./uapi/rtnetlink.ts";
import type { FilterRequest, FilterRow } from "./uapi/rtnetlink-qdisc.ts";

/** RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER (net/sched/cls_api.c); the words are the kernel's. */

type New = FilterRequest & { readonly op: "filter.new" };
type Del = FilterRequest & { readonly op: "filter.del" };

/** __tcf_qdisc_find: the discipline that a filter's parent names, and its list. */
function listOf(dev: Netdev, parent: number): { readonly q: Qdisc; readonly list: FilterList } | RtnlError {
  const root = queueOf(dev)?.root;
  if (parent === 0 && root === undefined) return refuse("EINVAL", "Qdisc not classful");
  const q = parent === 0 ? root : allQdiscs(dev).find((x) => x.place.handle !== 0 && x.place.handle === majorOf(parent));
  if (q === undefined) return refuse("EINVAL", "Parent Qdisc doesn't exists");
  if (q.classes() === null) return refuse("EINVAL", "Qdisc not classful");
  if (minorOf(parent) !== 0 && !q.hasClass(minorOf(parent))) return refuse("ENOENT", "Specified class doesn't exist");
  if (q.filters !== null && q.kind === "htb" && minorOf(parent) !== 0) return refuse("EOPNOTSUPP", "filters of a class are not simulated here");
  return q.filters === null || minorOf(parent) !== 0 ? refuse("EOPNOTSUPP", "Class doesn't support blocks") : { q, list: q.filters };
}

/** tc_new_tfilter. */
export function filterNew(ns: Netns, r: New): RtnlReply {
  const dev = ns.byIndex.get(r.ifindex);
  if (dev === undefined) return refuse("ENODEV");
  const at = listOf(dev, r.parent);
  if ("error" in at) return at;
  const known = r.pref === 0 ? undefined : at.list.find(r.pref);
  if (known !== undefined && known.protocol !== r.protocol && r.protocol !== 0) return refuse("EINVAL", "Filter with specified priority/protocol not found");
  if (known === undefined && (r.kind === undefined || r.protocol === 0)) return refuse("EINVAL", "Filter kind and protocol must be specified");
  if (known === undefined && !r.flags.create) return refuse("ENOENT", "Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
  if (r.kind !== undefined && r.kind !== "u32") return known === undefined ? refuse("ENOENT", "TC classifier not found") : refuse("EINVAL", "Specified filter kind does not match existing one");
  if (r.keys.length === 0) return refuse("EINVAL", "cls_u32: Selector not specified");
  const filter = known ?? at.list.add(r.pref === 0 ? at.list.autoPref() : r.pref, r.protocol);
  at.list.addRule(filter, r.keys, r.classid);
  return DONE;
}

/** tc_del_tfilter: one rule, all of a priority, or all. */
export function filterDel(ns: Netns, r: Del): RtnlReply {
  const dev = ns.byIndex.get(r.ifindex);
  if (dev === undefined) return refuse("ENODEV");
  const at = listOf(dev, r.parent);
  if ("error" in at) return at;
  if (r.pref === 0 && (r.protocol !== 0 || r.handle !== 0 || r.kind !== undefined)) return refuse("ENOENT", "Cannot flush filters with protocol, handle or kind set");
  if (at.list.filters.length === 0) return refuse("ENOENT", "Cannot find specified filter chain");
  if (r.pref === 0) {
    at.list.clear();
    return DONE;
  }
  const filter = at.list.find(r.pref);
  if (filter === undefined || (r.protocol !== 0 && r.protocol !== filter.protocol)) return refuse("ENOENT", "Filter with specified priority/protocol not found");
  if (r.kind !== undefined && r.kind !== "u32") return refuse("EINVAL", "Specified filter kind does not match existing one");
  return r.handle === 0 ? removeAll(at.list, filter) : removeRule(filter, r.handle);
}

function removeAll(list: FilterList, filter: Filter): RtnlReply {
  list.remove(filter);
  return DONE;
}

function removeRule(filter: Filter, handle: number): RtnlReply {
  const kept = filter.rules.filter((rule) => handleOf(filter, rule.id) !== handle);
  if (kept.length === filter.rules.length) return refuse("ENOENT", "Specified filter handle not found");
  filter.rules = kept;
  return DONE;
}

const handleOf = (filter: Filter, rule: number): number => filter.table * 0x100000 + rule;

/** tc_dump_tfilter: of one discipline of one device; each priority's head, its table, its rules. */
export function filterDump(ns: Netns, ifindex: number, parent: number): RtnlReply {
  const dev = ns.byIndex.get(ifindex);
  const at = dev === undefined ? null : listOf(dev, parent);
  if (at === null || "error" in at) return answer([]);
  const rows = at.list.filters.flatMap((f): FilterRow[] => {
    const head = { ifindex, parent: at.q.place.handle, pref: f.pref, protocol: f.protocol, classid: 0, keys: [] };
    return [{ ...head, handle: 0 }, { ...head, handle: handleOf(f, 0) }, ...f.rules.map((rule) => ({ ...head, handle: handleOf(f, rule.id), classid: rule.classid, keys: rule.keys }))];
  });
  return answer(rows.map((filter): RtnlItem => ({ is: "filter", filter })));
}
