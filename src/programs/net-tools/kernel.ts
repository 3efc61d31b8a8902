import type { Errno } from "../../net/uapi/errno.ts";
import { type AddrRow, type NeighRow, type RouteRow, type RtnlItem, type RtnlRequest, isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { LinkAttrs, LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Ip4, parseIp4 } from "../../wire/addr.ts";
import { resolveName } from "../lib/resolve.ts";

/** What net-tools read by ioctl and from /proc/net, asked of the same kernel tables. */

function items(sys: Sys, request: RtnlRequest): readonly RtnlItem[] {
  const reply = sys.rtnl(request);
  return isRtnlError(reply) ? [] : reply.items;
}

export const links = (sys: Sys): readonly LinkRow[] => items(sys, { op: "link.dump" }).flatMap((i) => (i.is === "link" ? [i.link] : []));
export const addrs = (sys: Sys): readonly AddrRow[] => items(sys, { op: "addr.dump" }).flatMap((i) => (i.is === "addr" ? [i.addr] : []));
export const neighbours = (sys: Sys): readonly NeighRow[] => items(sys, { op: "neigh.dump" }).flatMap((i) => (i.is === "neigh" ? [i.neigh] : []));
export const routes = (sys: Sys): readonly RouteRow[] => items(sys, { op: "route.dump", table: 254 }).flatMap((i) => (i.is === "route" ? [i.route] : []));

export function link(sys: Sys, name: string): LinkRow | undefined {
  const [item] = items(sys, { op: "link.get", target: { name } });
  return item?.is === "link" ? item.link : undefined;
}

export const NEW = { create: true, exclusive: true, replace: false, append: false } as const;
export const SET = { create: false, exclusive: false, replace: false, append: false } as const;

/** The kernel's errno alone: ioctls carry no words. */
export function ask(sys: Sys, request: RtnlRequest): Errno | undefined {
  const reply = sys.rtnl(request);
  return isRtnlError(reply) ? reply.error : undefined;
}

export const setLink = (sys: Sys, name: string, attrs: LinkAttrs): Errno | undefined => ask(sys, { op: "link.new", target: { name }, flags: SET, attrs });

/** INET_resolve: numbers of one to four parts ("0" = 0.0.0.0), "default", or a name; why not, in herror(3)'s words. May sleep. */
export function* parseHost(sys: Sys, text: string): Task<Ip4 | HostError> {
  if (text === "default") return 0 as Ip4;
  if (/^\d+$/.test(text) && Number(text) <= 0xffffffff) return Number(text) as Ip4;
  const literal = parseIp4(text);
  if (literal !== null) return literal;
  if (/^[\d.]+$/.test(text)) return "Unknown host";
  const found = yield* resolveName(sys, text, { onlyInet: true });
  if (found.is === "found") return found.addresses[0];
  return found.error === "EAI_AGAIN" ? "Host name lookup failure" : found.error === "EAI_NODATA" ? "No address associated with name" : "Unknown host";
}

export type HostError = "Unknown host" | "Host name lookup failure" | "No address associated with name";

/** What a name that leads nowhere is told. */
export const hostError = (text: string, why: HostError): string => `${text}: ${why}\n`;
