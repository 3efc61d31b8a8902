/** DNS over TCP (RFC 1035 §4.2.2): each message behind its length in two bytes. */
import { isErrno, type Errno } from "../../../net/uapi/errno.ts";
import type { Sys, Task } from "../../../os/sys.ts";
import { readU16, writeU16, type Ip4 } from "../../../wire/addr.ts";
import { concatBytes } from "../bytes.ts";

export interface TcpServer {
  readonly server: Ip4;
  readonly port: number;
  /** Leave from this address. */
  readonly from?: { readonly addr: Ip4; readonly port: number };
}

export function framed(message: Uint8Array): Uint8Array {
  const head = new Uint8Array(2);
  writeU16(head, 0, message.length);
  return concatBytes([head, message]);
}

/** One question and its answer on a connection of its own. `EAGAIN`: the deadline passed; `ECONNRESET`: it ended before the answer. */
export function* exchangeTcp(sys: Sys, to: TcpServer, query: Uint8Array, deadlineNs: number): Task<Uint8Array | Errno> {
  const fd = sys.socket("inet", "stream", "tcp");
  if (isErrno(fd)) return fd;
  try {
    if (to.from !== undefined) {
      const refused = sys.bind(fd, { family: "inet", ...to.from });
      if (refused !== undefined) return refused;
    }
    const refused = yield* connectBy(sys, fd, to, deadlineNs);
    if (refused !== undefined) return refused;
    const sent = yield* sys.sendmsg(fd, { data: framed(query), noSignal: true });
    return isErrno(sent) ? sent : yield* readMessage(sys, fd, deadlineNs);
  } finally {
    sys.close(fd);
  }
}

/** connect(2) that gives up at a deadline with `EAGAIN`. */
function* connectBy(sys: Sys, fd: number, to: TcpServer, deadlineNs: number): Task<Errno | undefined> {
  sys.setNonBlock(fd, true);
  const started = yield* sys.connect(fd, { family: "inet", addr: to.server, port: to.port });
  if (started !== undefined && started !== "EINPROGRESS") return started;
  if (started === "EINPROGRESS") {
    const ready = yield* sys.pollFds([{ fd, out: true }], deadlineNs);
    if (isErrno(ready)) return ready;
    if (ready.length === 0) return "EAGAIN";
    const error = sys.getsockopt(fd, "SO_ERROR");
    if (error !== null) return error;
  }
  sys.setNonBlock(fd, false);
  return undefined;
}

/** The next message of a connection. */
export function* readMessage(sys: Sys, fd: number, deadlineNs: number): Task<Uint8Array | Errno> {
  const head = yield* readExactly(sys, fd, 2, deadlineNs);
  return isErrno(head) ? head : yield* readExactly(sys, fd, readU16(head, 0), deadlineNs);
}

function* readExactly(sys: Sys, fd: number, bytes: number, deadlineNs: number): Task<Uint8Array | Errno> {
  const parts: Uint8Array[] = [];
  for (let left = bytes; left > 0; ) {
    const got = yield* sys.recvmsg(fd, { maxBytes: left, deadlineNs });
    if (got === "EINTR") continue;
    if (isErrno(got)) return got;
    if (got.data.length === 0) return "ECONNRESET";
    parts.push(got.data);
    left -= got.data.length;
  }
  return concatBytes(parts);
}
