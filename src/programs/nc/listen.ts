import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { gaiStrerror, getaddrinfo } from "../lib/resolve.ts";
import { type Fatal, setCommonOptions } from "./connect.ts";
import type { NcOptions } from "./options.ts";
import { reportSock } from "./report.ts";

/** local_listen: a bound socket, and for TCP one that listens with room for one connection. */
export function* localListen(sys: Sys, o: NcOptions): Task<number | Fatal> {
  const found = yield* getaddrinfo(sys, o.host, { port: o.ports[0] ?? "", proto: o.udp ? "udp" : "tcp", numericHost: o.numeric, passive: true, onlyInet: true });
  if (found.is === "failed") return { fatal: `getaddrinfo: ${gaiStrerror(found.error)}` };
  const fd = sys.socket("inet", o.udp ? "dgram" : "stream");
  if (isErrno(fd)) return { fatal: strerror(fd) };
  sys.setsockopt(fd, "SO_REUSEADDR", true);
  sys.setsockopt(fd, "SO_REUSEPORT", true);
  setCommonOptions(sys, o, fd);
  const failed: Errno | undefined = sys.bind(fd, found.addrs[0]) ?? (o.udp ? undefined : sys.listen(fd, 1));
  if (failed !== undefined) return { fatal: strerror(failed) };
  const own = sys.getsockname(fd);
  if (o.verbose && !isErrno(own)) yield* reportSock(sys, o, o.udp ? "Bound" : "Listening", own);
  return fd;
}

/** unix_listen, unix_bind: a socket with a name in the file tree. */
export function* unixListen(sys: Sys, o: NcOptions): Task<number | Fatal> {
  const path = o.host ?? "";
  const fd = yield* unixBind(sys, o, path);
  if (typeof fd !== "number" || o.udp) return fd;
  const failed = sys.listen(fd, 5);
  if (failed !== undefined) return { fatal: strerror(failed) };
  if (o.verbose) yield* reportSock(sys, o, "Listening", { family: "unix", path });
  return fd;
}

/** A unix socket at a path; nc removes what was there when it can. */
export function* unixBind(sys: Sys, o: NcOptions, path: string): Task<number | Fatal> {
  const fd = sys.socket("unix", o.udp ? "dgram" : "stream");
  if (isErrno(fd)) return { fatal: strerror(fd) };
  sys.unlink(path);
  const failed = sys.bind(fd, { family: "unix", path });
  if (failed !== undefined) return { fatal: strerror(failed) };
  if (o.verbose) yield* reportSock(sys, o, "Bound", { family: "unix", path });
  return fd;
}
