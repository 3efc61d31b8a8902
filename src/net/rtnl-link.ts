import { type NewFlags, type RtnlReply } from "./uapi/rtnetlink.ts";
import type { LinkAttrs, LinkInfoSpec, LinkTarget } from "./uapi/rtnetlink-link.ts";
import { unregisterNetdevice } from "./core/dev.ts";
import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { linkRowOf } from "./rtnl-link-row.ts";
import { createLink } from "./rtnl-link-new.ts";
import { changeLink } from "./rtnl-link-set.ts";
import { DONE, type RtnlCaller, answer, refuse } from "./rtnl-reply.ts";

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK (net/core/rtnetlink.c). */

export function findLink(ns: Netns, target: LinkTarget): Netdev | undefined {
  return "ifindex" in target ? ns.byIndex.get(target.ifindex) : ns.device(target.name);
}

/** __rtnl_newlink: makes a device, or changes the one that is named. */
export function linkNew(caller: RtnlCaller, target: LinkTarget | null, flags: NewFlags, attrs: LinkAttrs, info: LinkInfoSpec | undefined): RtnlReply {
  const dev = target === null ? undefined : findLink(caller.ns, target);
  if (dev === undefined) return linkMissing(caller, target, flags, attrs, info);
  if (flags.exclusive) return refuse("EEXIST");
  if (flags.replace && flags.create) return refuse("EOPNOTSUPP");
  return changeLink(caller, dev, attrs, info);
}

function linkMissing(caller: RtnlCaller, target: LinkTarget | null, flags: NewFlags, attrs: LinkAttrs, info: LinkInfoSpec | undefined): RtnlReply {
  if (target === null && !flags.create && attrs.group !== undefined) return changeGroup(caller, attrs.group, attrs);
  if (!flags.create) return refuse("ENODEV");
  return createLink(caller, attrs, info);
}

/** `ip link set group N …` (rtnl_group_changelink). */
function changeGroup(caller: RtnlCaller, group: number, attrs: LinkAttrs): RtnlReply {
  const { group: _group, ...rest } = attrs;
  for (const dev of caller.ns.devicesInOrder()) {
    if (dev.group !== group) continue;
    const reply = changeLink(caller, dev, rest, undefined);
    if ("error" in reply) return reply;
  }
  return DONE;
}

/** rtnl_dellink: only kinds that netlink can make can be deleted. */
export function linkDel(ns: Netns, target: LinkTarget | { readonly group: number }): RtnlReply {
  if ("group" in target) return deleteGroup(ns, target.group);
  const dev = findLink(ns, target);
  if (dev === undefined) return refuse("ENODEV");
  return dev.isLoopback ? refuse("EOPNOTSUPP") : deleteLinks([dev]);
}

function deleteGroup(ns: Netns, group: number): RtnlReply {
  const devs = ns.devicesInOrder().filter((d) => d.group === group);
  if (group === 0) return refuse("EPERM");
  if (devs.length === 0) return refuse("ENODEV");
  return devs.some((d) => d.isLoopback) ? refuse("EOPNOTSUPP") : deleteLinks(devs);
}

function deleteLinks(devs: readonly Netdev[]): RtnlReply {
  for (const dev of devs) if (dev.registered) unregisterNetdevice(dev);
  return DONE;
}

export function linkGet(ns: Netns, target: LinkTarget): RtnlReply {
  const dev = findLink(ns, target);
  return dev === undefined ? refuse("ENODEV") : answer([{ is: "link", link: linkRowOf(dev) }]);
}

/** rtnl_dump_ifinfo, with its two filters. */
export function linkDump(ns: Netns, master: number | undefined, kind: string | undefined): RtnlReply {
  const devs = ns.devicesInOrder().filter((d) => (master === undefined || (d.master?.ifindex ?? 0) === master) && (kind === undefined || d.ops.kind === kind));
  return answer(devs.map((dev) => ({ is: "link", link: linkRowOf(dev) })));
}

