import { isRtnlError, type AddrRow } from "../../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Sys } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";

/** Every IPv4 address of this network namespace, in the kernel's order (getifaddrs(3)). */
export function listAddresses(sys: Sys): readonly AddrRow[] {
  const reply = sys.rtnl({ op: "addr.dump" });
  return isRtnlError(reply) ? [] : reply.items.flatMap((item) => (item.is === "addr" ? [item.addr] : []));
}

/** Every netdev of this network namespace. */
export function listLinks(sys: Sys): readonly LinkRow[] {
  const reply = sys.rtnl({ op: "link.dump" });
  return isRtnlError(reply) ? [] : reply.items.flatMap((item) => (item.is === "link" ? [item.link] : []));
}

/** The netdevs that carry an address. */
export function nameOfDeviceWith(sys: Sys, addr: Ip4): readonly string[] {
  const indexes = listAddresses(sys).filter((a) => a.local === addr).map((a) => a.ifindex);
  return listLinks(sys).filter((l) => indexes.includes(l.ifindex)).map((l) => l.name);
}
