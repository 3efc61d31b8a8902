import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import { allQdiscs, attachRoot, detachRoot, ingressOf, queueOf, takeHandle } from "./sched/attach.ts";
import { checkOptions, createQdisc } from "./sched/create.ts";
import { DevQueue } from "./sched/dev-queue.ts";
import { Htb } from "./sched/htb.ts";
import { IngressPlace } from "./sched/plain.ts";
import { Qdisc, TC_H_INGRESS, TC_H_ROOT, majorOf, minorOf } from "./sched/qdisc.ts";
import type { RtnlError, RtnlItem, RtnlReply } from "./uapi/rtnetlink.ts";
import type { ClassRow, QdiscRequest, QdiscRow } from "./uapi/rtnetlink-qdisc.ts";

/** RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC, RTM_GETTCLASS (net/sched/sch_api.c); the words are the kernel's. */

type New = QdiscRequest & { readonly op: "qdisc.new" };
type Del = QdiscRequest & { readonly op: "qdisc.del" };
type Asked = Pick<New, "handle" | "parent" | "kind">;

/** What a request's parent leads to: the classful discipline (null at the root) and what hangs there now. */
interface Spot {
  readonly parent: Qdisc | null;
  readonly there: Qdisc | null;
}

const byHandle = (dev: Netdev, handle: number): Qdisc | undefined => allQdiscs(dev).find((q) => q.place.handle === handle && handle !== 0);

/** The kernel's own children and defaults have no handle: they count as nothing. */
const named = (q: Qdisc | null | undefined): Qdisc | null => (q === null || q === undefined || q.place.handle === 0 ? null : q);

function spotOf(dev: Netdev, clid: number, missing: string): Spot | RtnlError {
  if (clid === TC_H_ROOT) return { parent: null, there: queueOf(dev)?.root ?? null };
  if (clid === TC_H_INGRESS) return { parent: null, there: ingressOf(dev) };
  const parent = byHandle(dev, majorOf(clid));
  if (parent === undefined) return refuse("ENOENT", missing);
  if (parent.classes() === null) return refuse("EOPNOTSUPP", "Parent qdisc is not classful");
  if (!parent.hasClass(minorOf(clid))) return refuse("ENOENT", "Specified class not found");
  return { parent, there: parent.leaf(minorOf(clid)) };
}

/** tc_modify_qdisc. */
export function qdiscNew(ns: Netns, r: New): RtnlReply {
  const dev = ns.byIndex.get(r.ifindex);
  if (dev === undefined) return refuse("ENODEV");
  if (r.parent === 0) return r.handle === 0 ? refuse("EINVAL", "Handle cannot be zero") : change(byHandle(dev, r.handle), r);
  const spot = spotOf(dev, r.parent, "Failed to find specified qdisc");
  if ("error" in spot) return spot;
  const q = named(spot.there);
  if (r.handle !== 0 && q?.place.handle !== r.handle) return atHandle(dev, spot, q, r);
  if (q === null) return create(dev, spot, r, false);
  if (r.handle === 0 && r.kind !== undefined && r.kind !== q.kind) {
    const { create: mayCreate, replace, exclusive } = r.flags;
    if (mayCreate && (replace || exclusive)) return create(dev, spot, r, false);
    if (!mayCreate && !replace && !exclusive) return create(dev, spot, r, true);
  }
  return change(q, r);
}

/** A handle that is not the one of what is there: only a replacement may, and it may not exist elsewhere. */
function atHandle(dev: Netdev, spot: Spot, q: Qdisc | null, r: New): RtnlReply {
  if (q !== null && !r.flags.replace) return refuse("EEXIST", "NLM_F_REPLACE needed to override");
  if (minorOf(r.handle) !== 0) return refuse("EINVAL", "Invalid minor handle");
  const other = byHandle(dev, r.handle);
  if (other === undefined) return create(dev, spot, r, false);
  if (r.flags.exclusive) return refuse("EEXIST", "Exclusivity flag on, cannot override");
  if (r.kind !== undefined && r.kind !== other.kind) return refuse("EINVAL", "Invalid qdisc name");
  if (other.kind === "ingress" || other.kind === "clsact") return refuse("EINVAL", "Cannot regraft ingress or clsact Qdiscs");
  return refuse("EINVAL", "Cannot move an existing qdisc to a different parent");
}

function create(dev: Netdev, spot: Spot, r: New, always: boolean): RtnlReply {
  if (!r.flags.create && !always) return refuse("ENOENT", "Qdisc not found. To create specify NLM_F_CREATE flag");
  const atIngress = r.parent === TC_H_INGRESS;
  const queue = (spot.parent === null || atIngress ? null : queueOf(dev)) ?? new DevQueue(dev);
  const handle = atIngress ? 0xffff0000 : r.handle === 0 ? takeHandle(dev) : r.handle;
  const made = createQdisc({ queue, handle, parent: r.parent }, r.kind, r.options);
  if (!(made instanceof Qdisc)) return made;
  if (made instanceof IngressPlace) dev.ingressQdisc = made;
  else if (spot.parent === null) attachRoot(dev, made);
  else spot.parent.graft(minorOf(r.parent), made);
  return DONE;
}

/** qdisc_change. */
function change(q: Qdisc | undefined, r: New): RtnlReply {
  if (q === undefined) return refuse("ENOENT", "Specified qdisc not found");
  if (r.flags.exclusive) return refuse("EEXIST", "Exclusivity flag on, cannot modify");
  if (r.kind !== undefined && r.kind !== q.kind) return refuse("EINVAL", "Invalid qdisc name: must match existing qdisc");
  if (r.options === undefined) return DONE;
  const wrong = checkOptions(q.kind, r.options);
  if (wrong !== null) return wrong;
  if (q instanceof Htb) return refuse("EINVAL", "Change operation not supported by specified qdisc");
  const message = q.change(r.options);
  q.place.queue.run();
  return message === undefined ? DONE : refuse("EINVAL", message);
}

/** tc_get_qdisc for RTM_DELQDISC. */
export function qdiscDel(ns: Netns, r: Del): RtnlReply {
  const dev = ns.byIndex.get(r.ifindex);
  if (dev === undefined) return refuse("ENODEV");
  if (r.parent === 0) return deleteByHandle(dev, r);
  const spot = spotOf(dev, r.parent, "Failed to find qdisc with specified classid");
  if ("error" in spot) return spot;
  const atRoot = r.parent === TC_H_ROOT;
  if (spot.there === null && !atRoot) return refuse("ENOENT", "Cannot find specified qdisc on specified device");
  const wrong = mismatch(spot.there, dev, r);
  if (wrong !== null) return wrong;
  if (named(spot.there) === null) return refuse("ENOENT", "Cannot delete qdisc with handle of zero");
  if (atRoot) detachRoot(dev);
  else if (spot.parent === null) dev.ingressQdisc = null;
  else spot.parent.graft(minorOf(r.parent), null);
  return DONE;
}

function mismatch(there: Qdisc | null, dev: Netdev, r: Asked): RtnlError | null {
  if (r.handle !== 0 && r.handle !== (there?.place.handle ?? 0)) return refuse("EINVAL", "Invalid handle");
  const kind = there?.kind ?? (dev.activated ? "noqueue" : "noop");
  return r.kind === undefined || r.kind === kind ? null : refuse("EINVAL", "Invalid qdisc name: must match existing qdisc");
}

function deleteByHandle(dev: Netdev, r: Del): RtnlReply {
  const q = byHandle(dev, r.handle);
  if (q === undefined) return refuse("ENOENT", "Failed to find qdisc with specified handle");
  return mismatch(q, dev, r) ?? refuse("EINVAL", "Classid cannot be zero");
}

/** tc_dump_qdisc: by device; of each the root, its descendants, then ingress. A device that never was up has only what somebody gave it. */
export function qdiscDump(ns: Netns, ifindex: number | undefined, invisible: boolean): RtnlReply {
  const devs = ns.devicesInOrder().filter((d) => ifindex === undefined || d.ifindex === ifindex);
  return answer(devs.flatMap((dev) => rowsOf(dev, invisible)).map((qdisc): RtnlItem => ({ is: "qdisc", qdisc })));
}

const NO_STATS = { bytes: 0, packets: 0, drops: 0, overlimits: 0, requeues: 0, backlog: 0, qlen: 0 };

function rowsOf(dev: Netdev, invisible: boolean): readonly QdiscRow[] {
  const shown = allQdiscs(dev).filter((q) => invisible || q.place.handle !== 0).map((q) => rowOf(dev, q));
  if (queueOf(dev) !== null || !dev.activated) return shown;
  const plain: QdiscRow = { ifindex: dev.ifindex, kind: "noqueue", handle: 0, parent: TC_H_ROOT, refcnt: 2, options: { kind: "noqueue" }, stats: NO_STATS };
  return [plain, ...shown];
}

/** A root is held by the device and by each of its transmit queues: a veth has as many as there are processors. */
function rowOf(dev: Netdev, q: Qdisc): QdiscRow {
  const { handle, parent } = q.place;
  const txQueues = dev.ops.kind === "veth" ? 2 : 1;
  return { ifindex: dev.ifindex, kind: q.kind, handle, parent, refcnt: parent === TC_H_ROOT ? 1 + txQueues : 1, options: q.options(), stats: q.stats() };
}

/** tc_dump_tclass: classes of one device; `parent` 0 = of all its disciplines, else of the one of that major number. */
export function classDump(ns: Netns, ifindex: number, parent: number): RtnlReply {
  const dev = ns.byIndex.get(ifindex);
  if (dev === undefined) return answer([]);
  const wanted = allQdiscs(dev).filter((q) => parent === 0 || q.place.handle === majorOf(parent));
  return answer(wanted.flatMap((q) => classRows(dev, q)).map((row): RtnlItem => ({ is: "class", class: row })));
}

function classRows(dev: Netdev, q: Qdisc): readonly ClassRow[] {
  if (q.place.handle === 0) return [];
  if (q instanceof Htb) return htbRows(dev, q);
  return (q.classes() ?? []).map((minor) => {
    const leaf = q.leaf(minor);
    const stats = q.kind === "prio" && leaf !== null ? leaf.stats() : null;
    return { ifindex: dev.ifindex, kind: q.kind, classid: q.place.handle + minor, parent: q.place.handle, leaf: leaf?.place.handle ?? 0, stats };
  });
}

function htbRows(dev: Netdev, q: Htb): readonly ClassRow[] {
  return (q.classes() ?? []).flatMap((minor) => {
    const c = q.find(q.place.handle + minor);
    if (c === undefined) return [];
    return [{ ifindex: dev.ifindex, kind: q.kind, classid: c.id, parent: c.parent?.id ?? TC_H_ROOT, leaf: c.leaf?.place.handle ?? 0, stats: c.stats(), htb: c.state() }];
  });
}

/** tc_ctl_tclass for RTM_NEWTCLASS. Of the kinds here only htb's classes can be made. */
export function classNew(ns: Netns, r: QdiscRequest & { readonly op: "class.new" }): RtnlReply {
  const q = classQdisc(ns, r.ifindex, r.parent, r.classid);
  if ("error" in q) return q;
  if (!(q instanceof Htb) || r.kind !== q.kind) return refuse(q instanceof Htb ? "EINVAL" : "EOPNOTSUPP");
  const known = q.find(r.classid);
  if (known === undefined && !r.flags.create) return refuse("ENOENT");
  if (known !== undefined && r.flags.exclusive) return refuse("EEXIST");
  if (minorOf(r.classid) === 0 || majorOf(r.classid) !== q.place.handle) return refuse("EINVAL");
  const warning = known === undefined ? q.addClass(r.classid, r.parent, r.htb) : q.configure(known, r.htb);
  q.place.queue.run();
  return warning === undefined ? DONE : { items: [], warning };
}

/** The discipline that parent or class id name by their major numbers, which must agree. */
function classQdisc(ns: Netns, ifindex: number, parent: number, classid: number): Qdisc | RtnlError {
  const dev = ns.byIndex.get(ifindex);
  if (dev === undefined) return refuse("ENODEV");
  const [byParent, byClass] = [parent === TC_H_ROOT ? 0 : majorOf(parent), majorOf(classid)];
  if (byParent !== 0 && byClass !== 0 && byParent !== byClass) return refuse("EINVAL");
  const handle = byParent === 0 ? byClass : byParent;
  const q = handle === 0 ? queueOf(dev)?.root : byHandle(dev, handle);
  if (q === undefined) return refuse("ENOENT");
  return q.classes() === null ? refuse("EINVAL") : q;
}

export function classDel(ns: Netns, r: QdiscRequest & { readonly op: "class.del" }): RtnlReply {
  const q = classQdisc(ns, r.ifindex, r.parent, r.classid);
  if ("error" in q) return q;
  if (!(q instanceof Htb)) return refuse("EOPNOTSUPP");
  const c = q.find(r.classid);
  if (c === undefined) return refuse("ENOENT");
  return q.deleteClass(c) ? DONE : refuse("EBUSY", "HTB class in use");
}
