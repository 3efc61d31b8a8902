import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { gaiStrerror, getaddrinfo } from "../lib/resolve.ts";
import type { NcOptions } from "./options.ts";
import { shownHost, warn } from "./report.ts";

const SECOND_NS = 1_000_000_000;

/** Ends the program with these words on stderr, as errx(3) does; caught in nc.ts. */
export interface Fatal {
  readonly fatal: string;
}
export const isFatal = (r: unknown): r is Fatal => typeof r === "object" && r !== null && "fatal" in r;

/** A connected socket and whom it reached. */
export interface Connection {
  readonly fd: number;
  readonly to: InetAddr;
}

/** remote_connect: the first address that answers; null = none did, which -v has told. */
export function* remoteConnect(sys: Sys, o: NcOptions, port: number): Task<Connection | Fatal | null> {
  const found = yield* getaddrinfo(sys, o.host, { port, proto: o.udp ? "udp" : "tcp", numericHost: o.numeric, onlyInet: true });
  if (found.is === "failed") return { fatal: `getaddrinfo for host "${o.host}" port ${port}: ${gaiStrerror(found.error)}` };
  for (const to of found.addrs) {
    const fd = sys.socket("inet", o.udp ? "dgram" : "stream");
    if (isErrno(fd)) continue;
    sys.setNonBlock(fd, true);
    const source = yield* bindSource(sys, o, fd);
    if (source !== undefined) return source;
    setCommonOptions(sys, o, fd);
    const failed = yield* connectWithTimeout(sys, o, fd, to);
    if (failed === undefined) return { fd, to };
    const how = failed === "EINPROGRESS" ? "timed out" : "failed";
    if (o.verbose) yield* warn(sys, `connect to ${shownHost(o, to)} port ${port} (${o.udp ? "udp" : "tcp"}) ${how}: ${strerror(failed)}`);
    sys.close(fd);
  }
  return null;
}

/** -s and -p. */
function* bindSource(sys: Sys, o: NcOptions, fd: number): Task<Fatal | undefined> {
  if (o.source === null && o.sourcePort === null) return undefined;
  const own = yield* getaddrinfo(sys, o.source, { port: o.sourcePort ?? 0, proto: o.udp ? "udp" : "tcp", numericHost: o.numeric, passive: true, onlyInet: true });
  if (own.is === "failed") return { fatal: `getaddrinfo: ${gaiStrerror(own.error)}` };
  const failed = sys.bind(fd, own.addrs[0]);
  return failed === undefined ? undefined : { fatal: `bind failed: ${strerror(failed)}` };
}

/** -T, -I, -O, -M, -b, before connecting or listening. */
export function setCommonOptions(sys: Sys, o: NcOptions, fd: number): void {
  if (o.tos !== null) sys.setsockopt(fd, "IP_TOS", o.tos);
  if (o.recvBuffer !== null) sys.setsockopt(fd, "SO_RCVBUF", o.recvBuffer);
  if (o.sendBuffer !== null) sys.setsockopt(fd, "SO_SNDBUF", o.sendBuffer);
  if (o.ttl !== null) sys.setsockopt(fd, "IP_TTL", o.ttl);
  if (o.broadcast) sys.setsockopt(fd, "SO_BROADCAST", true);
}

/** `EINPROGRESS` = the time of -w was over first. */
function* connectWithTimeout(sys: Sys, o: NcOptions, fd: number, to: InetAddr): Task<Errno | undefined> {
  const started = yield* sys.connect(fd, to);
  if (started !== "EINPROGRESS") return started;
  const deadlineNs = o.timeoutSec === null ? undefined : sys.nowNs + o.timeoutSec * SECOND_NS;
  const ready = yield* sys.pollFds([{ fd, out: true }], deadlineNs);
  if (isErrno(ready)) return ready;
  if (ready.length === 0) return "EINPROGRESS";
  const failed = sys.getsockopt(fd, "SO_ERROR");
  return failed ?? undefined;
}

/** udptest: bytes that an ICMP error may answer. False = the port is closed. Without -w the scan waits three seconds. */
export function* udpTest(sys: Sys, o: NcOptions, fd: number): Task<boolean> {
  const send = (): Task<number | Errno> => sys.sendmsg(fd, { data: new Uint8Array([0x58]) });
  if (isErrno(yield* send()) || (yield* send()) === "ECONNREFUSED") return false;
  for (let i = 0; i < (o.timeoutSec ?? 3); i++) {
    yield* sys.sleep(SECOND_NS);
    if ((yield* send()) === "ECONNREFUSED") return false;
  }
  return true;
}
