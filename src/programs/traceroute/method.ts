import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Received } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";
import type { TracerouteOptions } from "./options.ts";
import type { Probe } from "./probe.ts";

/** What all methods work on. `dataBytes` shrinks while --mtu learns. */
export interface Tracing {
  readonly sys: Sys;
  readonly options: TracerouteOptions;
  readonly to: Ip4;
  readonly source: Ip4;
  readonly probes: Probe[];
  /** Bytes behind IP header and the method's own. */
  dataBytes: number;
  /** IP header and the method's own. */
  headerBytes: number;
}

/** A call that failed, in perror(3)'s words: the program ends. */
export interface Failed {
  readonly failed: string;
}

/** A kind of probe (UDP, ICMP, TCP). */
export interface TraceMethod {
  /** Makes the common socket; before the heading is printed in full. */
  init(): Task<Failed | undefined>;
  /** Sends a probe; `sentNs` stays 0 when it could not be sent now. */
  send(probe: Probe, ttl: number): Task<Failed | undefined>;
  /** Sockets to listen on. */
  fds(): readonly number[];
  /** Something is there: in the error queue (`err`), or an answer. */
  receive(fd: number, err: boolean): Task<void>;
  /** It took too long. */
  expire(probe: Probe): void;
}

/** Device, mark, source, and the options that every socket gets. */
export function prepare(t: Tracing, fd: number): Failed | undefined {
  const { sys, options: o } = t;
  if (o.mark !== 0) sys.setsockopt(fd, "SO_MARK", o.mark);
  if (o.device !== "") {
    const wrong = sys.setsockopt(fd, "SO_BINDTODEVICE", o.device);
    if (wrong !== undefined) return { failed: `setsockopt SO_BINDTODEVICE: ${strerror(wrong)}` };
  }
  const wrong = sys.bind(fd, { family: "inet", addr: t.source, port: o.sourcePort });
  if (wrong !== undefined) return { failed: `bind: ${strerror(wrong)}` };
  sys.setsockopt(fd, "IP_MTU_DISCOVER", o.dontFragment ? "probe" : "dont");
  if (o.tos >= 0) sys.setsockopt(fd, "IP_TOS", o.tos);
  if (o.dontRoute) sys.setsockopt(fd, "SO_DONTROUTE", true);
  sys.setsockopt(fd, "IP_RECVTTL", true);
  return undefined;
}

export function* connectTo(t: Tracing, fd: number, port: number): Task<Failed | undefined> {
  const refused = yield* t.sys.connect(fd, { family: "inet", addr: t.to, port });
  if (refused !== undefined) return { failed: `connect: ${strerror(refused)}` };
  t.sys.setsockopt(fd, "IP_RECVERR", true);
  return undefined;
}

/** Sends; what a full queue or a too long packet refuses is tried again or told by the error queue. */
export function* sendProbe(t: Tracing, fd: number, data: Uint8Array): Task<boolean | Failed> {
  const sent = yield* t.sys.sendmsg(fd, { data });
  if (!isErrno(sent)) return true;
  if (sent === "ENOBUFS" || sent === "EAGAIN" || sent === "EMSGSIZE" || sent === "EHOSTUNREACH") return sent === "EMSGSIZE";
  return { failed: `send: ${strerror(sent)}` };
}

const MOST_BYTES = 65535;

/** What poll(2) told of: from the error queue, or an answer; an error that is only pending hides neither. Null = nothing was there. */
export function* takeAnswer(t: Tracing, fd: number, err: boolean): Task<Received | null> {
  for (const errorQueue of [err, !err]) {
    const got = yield* t.sys.recvmsg(fd, { maxBytes: MOST_BYTES, dontWait: true, errorQueue });
    if (!isErrno(got)) return got;
  }
  return null;
}

/** `@ABC…`: what probes carry. */
export function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: Math.max(0, bytes) }, (_, i) => 0x40 + (i & 0x3f));
}

