import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Received } from "../../net/uapi/socket.ts";
import type { Task } from "../../os/sys.ts";
import { readU16 } from "../../wire/addr.ts";
import { icmpText } from "./icmp-text.ts";
import type { PingSession } from "./session.ts";

/** What the socket's error queue held: an ICMP error about us, a local one, somebody else's, or nothing to be read. */
export type QueuedError = "net" | "local" | "foreign" | "none";

const ICMP_ECHO = 8;
/** Echo replies, source quench and redirects pass; the rest comes by the error queue from now on. */
const FILTER_AFTER_ERROR = ~((1 << 4) | (1 << 5) | (1 << 0)) >>> 0;

/** Reads one message of the error queue (IP_RECVERR) and tells it. An empty queue counts as a local error, as in the real one. */
export function* receiveError(s: PingSession): Task<QueuedError> {
  const got = yield* s.sys.recvmsg(s.socket.fd, { maxBytes: 8, errorQueue: true, dontWait: true });
  if (isErrno(got)) return got === "EAGAIN" || got === "EINTR" ? "local" : "none";
  if (got.error === undefined) return "none";
  if (got.error.origin === "local") {
    yield* tellLocal(s, got);
    return "local";
  }
  if (!isAboutUs(s, got)) return "foreign";
  yield* tellIcmp(s, got);
  return "net";
}

function isAboutUs(s: PingSession, got: Received): boolean {
  if (got.data.length < 8 || got.from?.family !== "inet" || got.from.addr !== s.to || got.data[0] !== ICMP_ECHO) return false;
  return s.socket.type === "dgram" || readU16(got.data, 4) === s.ident;
}

function* tellLocal(s: PingSession, { error }: Received): Task<void> {
  if (s.options.quiet || error === undefined) return;
  if (s.options.flood) yield* s.io.out.text("E");
  else yield* s.complain(error.errno === "EMSGSIZE" ? `local error: message too long, mtu=${error.info}` : `local error: ${strerror(error.errno)}`);
  s.stats.errors++;
}

function* tellIcmp(s: PingSession, { data, error }: Received): Task<void> {
  if (error === undefined) return;
  const sequence = readU16(data, 6);
  s.stats.acknowledge(sequence);
  if (s.socket.type === "raw") s.sys.setsockopt(s.socket.fd, "ICMP_FILTER", FILTER_AFTER_ERROR);
  s.stats.errors++;
  if (s.options.quiet) return;
  if (s.options.flood) return yield* s.io.out.text("\bE");
  if (error.offender !== undefined) yield* s.learnNames([error.offender]);
  yield* s.printTimestamp();
  const who = error.offender === undefined ? "0.0.0.0" : s.addressText(error.offender);
  yield* s.io.out.text(`From ${who} icmp_seq=${sequence} ${icmpText(error.type, error.code, error.info)}\n`);
  yield* s.io.out.flush();
}
