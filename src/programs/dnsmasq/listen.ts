/** The sockets dnsmasq answers on. */
import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Received } from "../../net/uapi/socket.ts";
import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { Sys } from "../../os/sys.ts";
import { formatIp4, IP4_ANY, isLoopbackIp4, type Ip4 } from "../../wire/addr.ts";
import type { Config } from "./config.ts";

/** TCP_BACKLOG. */
const BACKLOG = 32;

export interface Listeners {
  readonly udp: readonly number[];
  readonly tcp: readonly number[];
  /** Was the datagram sent to an address, and did it come in by a device, that is served? */
  accepts(info: Received["info"]): boolean;
}

/**
 * Without `--bind-interfaces` one socket for all addresses, and what was sent elsewhere is ignored;
 * with it one for each address. The real one's words when that fails.
 */
export function openListeners(sys: Sys, config: Config): Listeners | string {
  const wildcard = !config.bindInterfaces;
  const addresses = wildcard ? [IP4_ANY] : config.listen.length > 0 ? [...config.listen] : ownAddresses(sys, config.interfaces);
  const udp: number[] = [];
  const tcp: number[] = [];
  for (const addr of addresses) {
    const pair = openPair(sys, addr, config.port);
    if (typeof pair === "string") return `failed to create listening socket for ${wildcard ? `port ${config.port}` : formatIp4(addr)}: ${strerror(pair)}`;
    udp.push(pair[0]);
    tcp.push(pair[1]);
  }
  const accepts = (info: Received["info"]): boolean => !wildcard || info === undefined || isServed(sys, config, info);
  return { udp, tcp, accepts };
}

function isServed(sys: Sys, { listen, interfaces }: Config, info: { readonly addr: Ip4; readonly ifindex: number }): boolean {
  if (listen.length === 0 && interfaces.length === 0) return true;
  if (listen.includes(info.addr) || (listen.length === 0 && isLoopbackIp4(info.addr))) return true;
  return interfaces.some((name) => ifindexOf(sys, name) === info.ifindex);
}

function openPair(sys: Sys, addr: Ip4, port: number): readonly [udp: number, tcp: number] | Errno {
  const udp = opened(sys, "dgram", addr, port);
  if (isErrno(udp)) return udp;
  sys.setsockopt(udp, "IP_PKTINFO", true);
  const tcp = opened(sys, "stream", addr, port);
  return isErrno(tcp) ? tcp : [udp, tcp];
}

function opened(sys: Sys, type: "dgram" | "stream", addr: Ip4, port: number): number | Errno {
  const fd = sys.socket("inet", type);
  if (isErrno(fd)) return fd;
  sys.setsockopt(fd, "SO_REUSEADDR", true);
  const refused = sys.bind(fd, { family: "inet", addr, port }) ?? (type === "stream" ? sys.listen(fd, BACKLOG) : undefined);
  sys.setNonBlock(fd, true);
  return refused ?? fd;
}

function ownAddresses(sys: Sys, interfaces: readonly string[]): Ip4[] {
  const reply = sys.rtnl({ op: "addr.dump" });
  const rows = isRtnlError(reply) ? [] : reply.items.flatMap((i) => (i.is === "addr" ? [i.addr] : []));
  const wanted = interfaces.map((name) => ifindexOf(sys, name));
  return rows.filter((r) => wanted.length === 0 || wanted.includes(r.ifindex) || isLoopbackIp4(r.local)).map((r) => r.local);
}

function ifindexOf(sys: Sys, name: string): number | null {
  const reply = sys.rtnl({ op: "link.get", target: { name } });
  const item = isRtnlError(reply) ? undefined : reply.items[0];
  return item?.is === "link" ? item.link.ifindex : null;
}
