import type { Netns } from "../core/netns.ts";
import type { Errno } from "../uapi/errno.ts";
import type { SockDomain, SockProtocol, SockType } from "../uapi/socket.ts";
import { PacketSock } from "./packet.ts";
import { PingSock } from "./ping-sock.ts";
import { RawSock } from "./raw.ts";
import { type Sock, protocolNumber } from "./sock.ts";
import { TcpSock } from "./tcp/tcp-sock.ts";
import { UdpSock } from "./udp.ts";
import type { UnixSock } from "./unix.ts";
import { UnixDgramSock } from "./unix-dgram.ts";
import { UnixStreamSock } from "./unix-stream.ts";

/** socket(2). What is not built answers as a kernel without that module does: `EAFNOSUPPORT` or `ESOCKTNOSUPPORT`. */
export function createSock(ns: Netns, domain: SockDomain, type: SockType, protocol: SockProtocol, gid: number): Sock | Errno {
  if (domain === "packet") return type !== "raw" && type !== "dgram" ? "ESOCKTNOSUPPORT" : new PacketSock(ns, type, protocolNumber(protocol, 0));
  if (domain === "unix") return createUnix(ns, type);
  if (domain !== "inet") return "EAFNOSUPPORT";
  if (type === "raw") return protocolNumber(protocol, 0) === 0 ? "EPROTONOSUPPORT" : new RawSock(ns, protocolNumber(protocol, 0));
  if (type === "stream") {
    const number = protocolNumber(protocol, 6);
    return number === 6 || number === 0 ? new TcpSock(ns) : "EPROTONOSUPPORT";
  }
  if (type !== "dgram") return "ESOCKTNOSUPPORT";
  const number = protocolNumber(protocol, 17);
  if (number === 1) return mayPing(ns, gid) ? new PingSock(ns) : "EACCES";
  return number === 17 || number === 0 ? new UdpSock(ns) : "EPROTONOSUPPORT";
}

/** unix_create. */
export function createUnix(ns: Netns, type: SockType): UnixSock | Errno {
  if (type === "stream" || type === "seqpacket") return new UnixStreamSock(ns, type);
  return type === "dgram" || type === "raw" ? new UnixDgramSock(ns) : "ESOCKTNOSUPPORT";
}

/** ping_init_sock: group membership decides; the default range "1 0" lets nobody in. */
const mayPing = (ns: Netns, gid: number): boolean => gid >= ns.ipv4.pingGroupLow && gid <= ns.ipv4.pingGroupHigh;
