import type { Errno } from "../net/uapi/errno.ts";
import type { PollWant, ShutdownHow } from "../net/uapi/socket.ts";
import type { Sys, Task } from "../os/sys.ts";
import { parseIp4 } from "../wire/addr.ts";
import { flagWords, intArg, iovecBytes, splitArgs, structFields } from "./packetdrill-args.ts";
import { getOption, setOption } from "./packetdrill-sockopt.ts";
import { PD_LOCAL, PD_REMOTE } from "./packetdrill-stage.ts";

/** What a call answered: a number or an errno; or that it does not exist here; `wrong` = what else it told is not as the script says. */
export type CallResult = { readonly value: number | string; readonly wrong?: string } | { readonly unsupported: string };

/** Ports packetdrill binds and connects to when a script says "...". */
const PORT = 8080;

/** Descriptors as the script numbers them, and what the script has set on them. */
export class Descriptors {
  readonly live = new Map<number, number>();
  readonly nonBlocking = new Set<number>();
  /** The connection that code in a script asks about (tcp_info): accepted or connected last. */
  current = -1;

  of(text: string | undefined): number {
    return this.live.get(intArg(text)) ?? -1;
  }
}

type Handler = (sys: Sys, fds: Descriptors, args: readonly string[]) => Task<CallResult>;

const answer = (value: number | Errno | undefined): CallResult => ({ value: value ?? 0 });

function* send(sys: Sys, fds: Descriptors, args: readonly string[], bytes: number, flags: ReadonlySet<string>): Task<CallResult> {
  for (const flag of flags) if (!["MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_MORE", "MSG_EOR"].includes(flag)) return { unsupported: `send with ${flag}` };
  const message = { data: new Uint8Array(bytes), noSignal: true, dontWait: flags.has("MSG_DONTWAIT"), more: flags.has("MSG_MORE") };
  return answer(yield* sys.sendmsg(fds.of(args[0]), message));
}

function* receive(sys: Sys, fds: Descriptors, args: readonly string[], bytes: number, flags: ReadonlySet<string>): Task<CallResult> {
  for (const flag of flags) if (!["MSG_DONTWAIT", "MSG_PEEK", "MSG_WAITALL", "MSG_ERRQUEUE"].includes(flag)) return { unsupported: `recv with ${flag}` };
  const got = yield* sys.recvmsg(fds.of(args[0]), {
    maxBytes: bytes, dontWait: flags.has("MSG_DONTWAIT"), peek: flags.has("MSG_PEEK"), waitAll: flags.has("MSG_WAITALL"), errorQueue: flags.has("MSG_ERRQUEUE"),
  });
  return { value: typeof got === "string" ? got : got.data.length };
}

/** "{..., msg_iov(1)=[{..., 1000}], …}" of sendmsg and recvmsg. */
const messageBytes = (text: string | undefined): number => iovecBytes(structFields(text ?? "").get("msg_iov") ?? "[]");

function addressOf(text: string | undefined, fallback: { readonly family: "inet"; readonly addr: typeof PD_LOCAL; readonly port: number }) {
  if (text === undefined || text === "...") return fallback;
  const fields = structFields(text);
  const port = /\d+/.exec(fields.get("sin_port") ?? "");
  const addr = parseIp4(/[\d.]{7,}/.exec(fields.get("sin_addr") ?? "")?.[0] ?? "");
  return { family: "inet", addr: addr ?? fallback.addr, port: port === null ? fallback.port : Number(port[0]) } as const;
}

function* accept(sys: Sys, fds: Descriptors, args: readonly string[]): Task<CallResult> {
  const fd = yield* sys.accept(fds.of(args[0]));
  if (typeof fd === "string") return { value: fd };
  if (flagWords(args[3]).has("SOCK_NONBLOCK")) {
    sys.setNonBlock(fd, true);
    fds.nonBlocking.add(fd);
  }
  fds.current = fd;
  return { value: fd };
}

function* fcntl(sys: Sys, fds: Descriptors, args: readonly string[]): Task<CallResult> {
  const fd = fds.of(args[0]);
  if (args[1] === "F_GETFL") return { value: 2 + (fds.nonBlocking.has(fd) ? 0x800 : 0) };
  if (args[1] !== "F_SETFL") return { unsupported: `fcntl ${args[1]}` };
  const on = flagWords(args[2]).has("O_NONBLOCK");
  if (on) fds.nonBlocking.add(fd);
  else fds.nonBlocking.delete(fd);
  return answer(sys.setNonBlock(fd, on));
}

/** SIOCINQ and SIOCOUTQ: what sock_diag tells of the same socket. */
function* ioctl(sys: Sys, fds: Descriptors, args: readonly string[]): Task<CallResult> {
  const fd = fds.of(args[0]);
  const [local, peer] = [sys.getsockname(fd), sys.getpeername(fd)];
  if (!["SIOCINQ", "FIONREAD", "SIOCOUTQ", "21521"].includes(args[1] ?? "")) return { unsupported: `ioctl ${args[1]}` };
  if (typeof local === "string" || typeof peer === "string" || local.family !== "inet" || peer.family !== "inet") return { unsupported: "ioctl without a connection" };
  const row = sys.sockDiag(["tcp"]).find((r) => r.family === "inet" && r.localPort === local.port && r.remotePort === peer.port);
  if (row === undefined || row.family !== "inet") return { unsupported: `ioctl ${args[1]}: no such row` };
  const got = args[1] === "SIOCOUTQ" || args[1] === "21521" ? row.wqueue : row.rqueue;
  return got === intArg(args[2]) ? { value: 0 } : { value: 0, wrong: `ioctl ${args[1]}: expected ${args[2]}, actual ${got}` };
}

function* poll(sys: Sys, fds: Descriptors, args: readonly string[]): Task<CallResult> {
  const rows = splitArgs((args[0] ?? "").replace(/^\[/, "").replace(/\]$/, "")).map(structFields);
  const wants: PollWant[] = rows.map((row) => ({ fd: fds.of(row.get("fd")), in: flagWords(row.get("events")).has("POLLIN"), out: flagWords(row.get("events")).has("POLLOUT") }));
  const timeoutMs = intArg(args[2]);
  const got = yield* sys.pollFds(wants, timeoutMs < 0 ? undefined : sys.nowNs + timeoutMs * 1e6);
  if (typeof got === "string") return { value: got };
  for (const row of rows) {
    const ready = got.find((r) => r.fd === fds.of(row.get("fd")));
    const words = flagWords(row.get("revents"));
    const have = new Set([...(ready?.in === true ? ["POLLIN"] : []), ...(ready?.out === true ? ["POLLOUT"] : []), ...(ready?.err === true ? ["POLLERR"] : []), ...(ready?.hup === true ? ["POLLHUP"] : [])]);
    const [a, b] = [[...words].filter((w) => w !== "POLLRDHUP").sort().join("|"), [...have].sort().join("|")];
    if (row.get("revents") !== undefined && a !== b) return { value: got.length, wrong: `poll: expected ${a}, actual ${b}` };
  }
  return { value: got.length };
}

const HOW: Readonly<Record<string, ShutdownHow>> = { SHUT_RD: "read", SHUT_WR: "write", SHUT_RDWR: "both", "0": "read", "1": "write", "2": "both" };

const HANDLERS: Readonly<Record<string, Handler>> = {
  *socket(sys, fds, args) {
    const type = flagWords(args[1]);
    if (!type.has("SOCK_STREAM")) return { unsupported: `socket ${args[1]}` };
    if (/MPTCP/.test(args[2] ?? "")) return { unsupported: "socket IPPROTO_MPTCP" };
    const fd = sys.socket("inet", "stream", "tcp");
    if (typeof fd === "number" && type.has("SOCK_NONBLOCK")) {
      sys.setNonBlock(fd, true);
      fds.nonBlocking.add(fd);
    }
    return answer(fd);
  },
  *bind(sys, fds, args) {
    return answer(sys.bind(fds.of(args[0]), addressOf(args[1], { family: "inet", addr: PD_LOCAL, port: PORT })));
  },
  *listen(sys, fds, args) {
    return answer(sys.listen(fds.of(args[0]), intArg(args[1])));
  },
  accept, accept4: accept, fcntl, ioctl, poll,
  *connect(sys, fds, args) {
    if (/AF_UNSPEC/.test(args[1] ?? "")) return answer(yield* sys.connect(fds.of(args[0]), { family: "unspec" }));
    fds.current = fds.of(args[0]);
    return answer(yield* sys.connect(fds.of(args[0]), addressOf(args[1], { family: "inet", addr: PD_REMOTE, port: PORT })));
  },
  *read(sys, fds, args) { return yield* receive(sys, fds, args, intArg(args[2]), new Set()); },
  *recv(sys, fds, args) { return yield* receive(sys, fds, args, intArg(args[2]), flagWords(args[3])); },
  *recvfrom(sys, fds, args) { return yield* receive(sys, fds, args, intArg(args[2]), flagWords(args[3])); },
  *recvmsg(sys, fds, args) { return yield* receive(sys, fds, args, messageBytes(args[1]), flagWords(args[2])); },
  *readv(sys, fds, args) { return yield* receive(sys, fds, args, iovecBytes(args[1] ?? "[]"), new Set()); },
  *write(sys, fds, args) { return yield* send(sys, fds, args, intArg(args[2]), new Set()); },
  *send(sys, fds, args) { return yield* send(sys, fds, args, intArg(args[2]), flagWords(args[3])); },
  *sendto(sys, fds, args) { return yield* send(sys, fds, args, intArg(args[2]), flagWords(args[3])); },
  *sendmsg(sys, fds, args) { return yield* send(sys, fds, args, messageBytes(args[1]), flagWords(args[2])); },
  *writev(sys, fds, args) { return yield* send(sys, fds, args, iovecBytes(args[1] ?? "[]"), new Set()); },
  *shutdown(sys, fds, args) {
    const how = HOW[args[1] ?? ""];
    return how === undefined ? { unsupported: `shutdown ${args[1]}` } : answer(sys.shutdown(fds.of(args[0]), how));
  },
  *close(sys, fds, args) {
    const result = answer(sys.close(fds.of(args[0])));
    fds.live.delete(intArg(args[0]));
    return result;
  },
  *setsockopt(sys, fds, args) { return setOption(sys, fds.of(args[0]), args[2] ?? "", args[3] ?? ""); },
  *getsockopt(sys, fds, args) { return getOption(sys, fds.of(args[0]), args[2] ?? "", args[3] ?? ""); },
};

/** The generator that makes a script's call inside the process under test. */
export function* systemCall(sys: Sys, fds: Descriptors, name: string, args: readonly string[]): Task<CallResult> {
  const handler = HANDLERS[name];
  return handler === undefined ? { unsupported: `system call ${name}` } : yield* handler(sys, fds, args);
}

/** Calls whose result is a new descriptor. */
export const MAKES_FD: ReadonlySet<string> = new Set(["socket", "accept", "accept4"]);
