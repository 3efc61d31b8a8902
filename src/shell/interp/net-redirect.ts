import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { InetAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { encode } from "../text/bytes.ts";
import type { Shell } from "../state.ts";

/** How the shell turns a host and a port into addresses: getaddrinfo(3). What went wrong comes back in the library's words. */
export type Lookup = (sys: Sys, host: string, port: string, proto: "tcp" | "udp") => Task<Found | NotFound>;
interface Found {
  readonly is: "found";
  readonly addrs: readonly InetAddr[];
}
interface NotFound {
  readonly is: "failed";
  readonly text: string;
  /** It was the port that has no meaning. */
  readonly ofPort?: boolean;
}

/** Numbers only: a shell without a resolver. */
export const numbersOnly: Lookup = function* (_sys, host, port) {
  const addr = parseIp4(host);
  return addr === null ? { is: "failed", text: "Name or service not known" } : { is: "found", addrs: [{ family: "inet", addr, port: Number(port) & 0xffff }] };
};

/** `/dev/tcp/HOST/PORT` and `/dev/udp/HOST/PORT` are no files: bash connects a socket (bash(1), REDIRECTION). */
const NET_PATH = /^\/dev\/(tcp|udp)\/([^/]*)\/(.*)$/;
export const isNetPath = (path: string): boolean => NET_PATH.test(path);

/** A connected socket, or why not; what bash says first is printed here. */
export function* openNet(sh: Shell, path: string): Task<number | Errno> {
  const [, proto = "", host = "", port = ""] = NET_PATH.exec(path) ?? [];
  const kind = proto === "udp" ? "udp" : "tcp";
  const found = yield* sh.lookup(sh.sys, host, port, kind);
  if (found.is === "failed") {
    yield* sh.complain(`${found.ofPort === true ? port : host}: ${found.text}`);
    return "EINVAL";
  }
  let failed: Errno = "EINVAL";
  for (const addr of found.addrs) {
    const fd = sh.sys.socket("inet", kind === "udp" ? "dgram" : "stream");
    if (isErrno(fd)) return fd;
    const refused = yield* sh.sys.connect(fd, addr);
    if (refused === undefined) return fd;
    sh.sys.close(fd);
    failed = refused;
  }
  yield* sh.sys.write(2, encode(`${sh.frames.at(-1)?.file ?? sh.name}: connect: ${strerror(failed)}\n`));
  return failed;
}
