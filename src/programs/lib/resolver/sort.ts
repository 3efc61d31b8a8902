/** The order getaddrinfo(3) gives addresses in (RFC 6724 §6, the rules that can differ between IPv4 addresses). */
import { isErrno } from "../../../net/uapi/errno.ts";
import { isRtnlError } from "../../../net/uapi/rtnetlink.ts";
import type { Sys, Task } from "../../../os/sys.ts";
import { inPrefix, type Ip4 } from "../../../wire/addr.ts";

interface Candidate {
  readonly dest: Ip4;
  /** Source the kernel would use; null = unreachable. */
  readonly source: Ip4 | null;
  /** Length of the source's subnet. */
  readonly prefixLen: number;
}

const SCOPE_LINK = 2;
const SCOPE_GLOBAL = 14;
/** /etc/gai.conf's default: loopback and link-local addresses are of link scope, all others global. */
const scopeOf = (a: Ip4): number => (a >>> 24 === 127 || a >>> 16 === 0xa9fe ? SCOPE_LINK : SCOPE_GLOBAL);

/** Sorts in place of the kernel's answers: a datagram socket is connected to each, which sends nothing. */
export function* sortAddresses<T extends readonly Ip4[]>(sys: Sys, addresses: T): Task<T | Ip4[]> {
  if (addresses.length < 2) return addresses;
  const lengths = prefixLengths(sys);
  const candidates: Candidate[] = [];
  for (const dest of addresses) {
    const source = yield* sourceFor(sys, dest);
    candidates.push({ dest, source, prefixLen: (source === null ? undefined : lengths.get(source)) ?? 0 });
  }
  return candidates.sort(compare).map((c) => c.dest);
}

function* sourceFor(sys: Sys, addr: Ip4): Task<Ip4 | null> {
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) return null;
  const refused = yield* sys.connect(fd, { family: "inet", addr, port: 0xffff });
  const local = sys.getsockname(fd);
  sys.close(fd);
  return refused !== undefined || isErrno(local) || local.family !== "inet" ? null : local.addr;
}

function prefixLengths(sys: Sys): Map<Ip4, number> {
  const reply = sys.rtnl({ op: "addr.dump" });
  if (isRtnlError(reply)) return new Map();
  return new Map(reply.items.flatMap((i) => (i.is === "addr" && i.addr.local !== null ? [[i.addr.local, i.addr.prefixLen] as const] : [])));
}

function compare(a: Candidate, b: Candidate): number {
  if ((a.source === null) !== (b.source === null)) return a.source === null ? 1 : -1;
  if (a.source === null || b.source === null) return 0;
  const matches = [scopeOf(a.dest) === scopeOf(a.source), scopeOf(b.dest) === scopeOf(b.source)];
  if (matches[0] !== matches[1]) return matches[0] === true ? -1 : 1;
  if (scopeOf(a.dest) !== scopeOf(b.dest)) return scopeOf(a.dest) - scopeOf(b.dest);
  return commonBits(b) - commonBits(a);
}

/** Rule 9, as glibc narrows it for IPv4: only inside the source's own subnet does a longer common prefix mean nearer. */
function commonBits({ dest, source, prefixLen }: Candidate): number {
  return source !== null && inPrefix(dest, source, prefixLen) ? Math.clz32(dest ^ source) : 0;
}
