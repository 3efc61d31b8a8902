/** How BIND's tools ask (lib dighost): try after try, server after server, name after name of the search list. */
import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import {
  decodeDns, DNS_AA, DNS_AD, DNS_CD, DNS_HLEN, DNS_QR, DNS_RA, DNS_RD, DNS_TC, EDNS_COOKIE, EDNS_DO, EDNS_NSID, encodeDns, optRecord, RCODE_NXDOMAIN,
  RCODE_SERVFAIL, type DnsMessage, type EdnsOption,
} from "../../wire/dns.ts";
import { nameToWire } from "../../wire/dns-name.ts";
import type { ResolvConf } from "../lib/resolver/conf.ts";
import { exchangeTcp } from "../lib/resolver/tcp.ts";
import type { Lookup, Server } from "./lookup.ts";

const SECOND_NS = 1_000_000_000;
const EDNS_PADDING = 12;
const EDNS_KEEPALIVE = 11;

export interface Reply {
  readonly message: DnsMessage;
  readonly bytes: number;
  readonly server: Server;
  readonly port: number;
  readonly tcp: boolean;
  readonly tookNs: number;
  /** Absolute name that was asked for. */
  readonly name: string;
}

/** What a tool does with what happens. */
export interface Front {
  /** A line of its own after `;; `. */
  warn(text: string): Task<void>;
  /** The query is about to go. */
  sending(lookup: Lookup, message: DnsMessage, bytes: number, name: string): Task<void>;
  reply(lookup: Lookup, reply: Reply): Task<void>;
  /** All servers and tries are used up. `setup`: not even a socket could be made. */
  nobody(lookup: Lookup, setup: boolean): Task<void>;
  /** A server answered SERVFAIL, or that it does not recurse; `more`: another one is asked now. */
  refused(lookup: Lookup, server: Server, why: string, more: boolean): Task<void>;
  /** Does this lookup go on to the next server when one does not recurse? */
  readonly wantsRecursion: boolean;
}

type Tried = Reply | "failed" | "setup failed";

export interface Asker {
  readonly sys: Sys;
  readonly conf: ResolvConf;
  readonly servers: readonly Server[];
  readonly front: Front;
}

/** Names a lookup is tried as: BIND's search list, where only "no such name" leads on. */
function namesOf(lookup: Lookup, conf: ResolvConf): string[] {
  const { name } = lookup;
  const absolute = name.endsWith(".") ? name : `${name}.`;
  if (!lookup.search || name.endsWith(".")) return [absolute];
  const list = (lookup.domain !== null ? [lookup.domain] : conf.search).map((d) => (d === "" ? absolute : `${absolute}${d}.`));
  const dots = name.split(".").length - 1;
  return dots >= (lookup.ndots ?? conf.ndots) ? [absolute, ...list] : [...list, absolute];
}

/** Asks one question to its end. False when nobody answered. */
export function* ask(asker: Asker, lookup: Lookup): Task<boolean> {
  const names = namesOf(lookup, asker.conf);
  for (const [i, name] of names.entries()) {
    const got = yield* askServers(asker, lookup, name);
    if (typeof got === "string") {
      if (got === "failed") yield* asker.front.nobody(lookup, false);
      return false;
    }
    const goesOn = (got.message.flags & 15) === RCODE_NXDOMAIN && i + 1 < names.length;
    if (!goesOn || lookup.showSearch) yield* asker.front.reply(lookup, got);
    if (!goesOn) return true;
  }
  return true;
}

function* askServers(asker: Asker, lookup: Lookup, name: string): Task<Tried> {
  const servers = lookup.servers ?? asker.servers;
  let triesLeft = Math.max(lookup.tries, 1);
  for (let i = 0; i < servers.length; ) {
    const server = servers[i] as Server;
    const got = yield* askOnce(asker, lookup, name, server, lookup.tcp);
    const why = typeof got === "string" ? null : refusal(asker, lookup, got.message);
    if (why !== null) yield* asker.front.refused(lookup, server, why, i + 1 < servers.length);
    if (typeof got !== "string" && (why === null || i + 1 >= servers.length)) return got;
    if (typeof got !== "string") triesLeft = Math.max(lookup.tries, 1);
    else if (triesLeft > 1) {
      triesLeft--;
      continue;
    } else if (got === "setup failed" || i + 1 >= servers.length) return got;
    i++;
  }
  return "failed";
}

function refusal({ front }: Asker, lookup: Lookup, m: DnsMessage): string | null {
  if ((m.flags & 15) === RCODE_SERVFAIL && !lookup.servfailStops) return "SERVFAIL reply";
  return front.wantsRecursion && lookup.recurse && (m.flags & DNS_RA) === 0 ? "recursion not available" : null;
}

function* askOnce(asker: Asker, lookup: Lookup, name: string, server: Server, tcp: boolean): Task<Tried> {
  const message = queryOf(asker.sys, lookup, name);
  const bytes = encodeDns(message);
  if (bytes === null) return "failed";
  yield* asker.front.sending(lookup, message, bytes.length, name);
  const sentNs = asker.sys.nowNs;
  const got = tcp ? yield* overTcp(asker, lookup, server, bytes) : yield* overUdp(asker, lookup, server, message.id, bytes);
  if (isErrno(got)) return yield* tellError(asker, lookup, server, name, got, tcp);
  if (got === "setup failed") return got;
  const reply = decodeDns(got);
  if (reply === null) {
    yield* asker.front.warn("Got bad packet: FORMERR");
    return "failed";
  }
  if (!tcp && !lookup.ignoreTc && (reply.flags & DNS_TC) !== 0) {
    if (lookup.show.comments && !lookup.show.short) yield* asker.front.warn("Truncated, retrying in TCP mode.");
    lookup.tcp = true;
    return yield* askOnce(asker, lookup, name, server, true);
  }
  return { message: reply, bytes: got.length, server, port: lookup.port, tcp, tookNs: asker.sys.nowNs - sentNs, name };
}

/** isc_result_totext of what a socket answers. */
const RESULTS: Partial<Record<Errno, string>> = {
  EAGAIN: "timed out", ECONNREFUSED: "connection refused", ENETUNREACH: "network unreachable", EHOSTUNREACH: "host unreachable", EADDRNOTAVAIL: "address not available",
  EADDRINUSE: "address in use", ECONNRESET: "end of file", EACCES: "permission denied", EPERM: "permission denied", ENETDOWN: "network down", ETIMEDOUT: "timed out",
};
const resultText = (errno: Errno): string => RESULTS[errno] ?? "unexpected error";

function* tellError({ front }: Asker, lookup: Lookup, server: Server, name: string, errno: Errno, tcp: boolean): Task<Tried> {
  const at = `${formatIp4(server.addr)}#${lookup.port}`;
  if (tcp && errno !== "EAGAIN" && errno !== "ECONNRESET") {
    yield* front.warn(`Connection to ${at}(${server.name}) for ${shownName(name)} failed: ${resultText(errno)}.`);
    yield* front.nobody(lookup, true);
    return "setup failed";
  }
  yield* front.warn(`communications error to ${at}: ${resultText(errno)}`);
  return "failed";
}

export const shownName = (name: string): string => (name === "." ? "." : name.replace(/\.$/, ""));

function* overTcp(asker: Asker, lookup: Lookup, server: Server, bytes: Uint8Array): Task<Uint8Array | Errno> {
  const from = lookup.from === null ? {} : { from: lookup.from };
  return yield* exchangeTcp(asker.sys, { server: server.addr, port: lookup.port, ...from }, bytes, asker.sys.nowNs + lookup.timeoutS * SECOND_NS);
}

function* overUdp(asker: Asker, lookup: Lookup, server: Server, id: number, bytes: Uint8Array): Task<Uint8Array | Errno | "setup failed"> {
  const { sys, front } = asker;
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) return fd;
  try {
    // BIND's sockets leave the path MTU alone: no DF (IP_PMTUDISC_OMIT).
    sys.setsockopt(fd, "IP_MTU_DISCOVER", "dont");
    const bound = lookup.from === null ? undefined : sys.bind(fd, { family: "inet", ...lookup.from });
    const refused = bound ?? (yield* sys.connect(fd, { family: "inet", addr: server.addr, port: lookup.port }));
    if (refused !== undefined) {
      yield* front.warn(`UDP setup with ${formatIp4(server.addr)}#${lookup.port}(${server.name}) for ${shownName(lookup.name)} failed: ${resultText(refused)}.`);
      yield* front.nobody(lookup, true);
      return "setup failed";
    }
    const sent = yield* sys.sendmsg(fd, { data: bytes });
    return isErrno(sent) ? sent : yield* nextAnswer(asker, fd, id, sys.nowNs + lookup.timeoutS * SECOND_NS);
  } finally {
    sys.close(fd);
  }
}

/** The first answer that is one; others are told of and passed over. */
function* nextAnswer({ sys, front }: Asker, fd: number, id: number, deadlineNs: number): Task<Uint8Array | Errno> {
  for (;;) {
    const got = yield* sys.recvmsg(fd, { maxBytes: 65535, deadlineNs });
    if (got === "EINTR") continue;
    if (isErrno(got)) return got;
    const { data } = got;
    const gotId = data.length < 2 ? -1 : (data[0]! << 8) | data[1]!;
    if (data.length < DNS_HLEN) yield* front.warn("Warning: short (< header size) message received");
    else if (gotId !== id) yield* front.warn(`Warning: ID mismatch: expected ID ${id}, got ${gotId}`);
    else if ((data[2]! & 0x80) !== 0) return data;
  }
}

function queryOf(sys: Sys, lookup: Lookup, name: string): DnsMessage {
  const bit = (on: boolean, flag: number): number => (on ? flag : 0);
  const flags = (lookup.opcode << 11) | bit(lookup.recurse, DNS_RD) | bit(lookup.aaFlag, DNS_AA) | bit(lookup.adFlag, DNS_AD) | bit(lookup.cdFlag, DNS_CD)
    | bit(lookup.raFlag, DNS_RA) | bit(lookup.tcFlag, DNS_TC) | bit(lookup.zFlag, 0x40);
  const questions = lookup.headerOnly ? [] : [{ name, type: lookup.type, cls: lookup.cls }];
  const bare = { id: lookup.id ?? sys.random() & 0xffff, flags: flags & ~DNS_QR, questions, answers: [], authority: [], additional: [] };
  if (lookup.edns === null) return bare;
  const ednsFlags = lookup.ednsFlags | bit(lookup.dnssec, EDNS_DO);
  const options = ednsOptions(sys, lookup);
  const opt = (list: readonly EdnsOption[]): DnsMessage => ({ ...bare, additional: [optRecord(lookup.udpBytes, list, ednsFlags, lookup.edns ?? 0)] });
  if (lookup.padding === 0) return opt(options);
  const length = (encodeDns(opt(options))?.length ?? 0) + 4;
  return opt([...options, { code: EDNS_PADDING, data: new Uint8Array((lookup.padding - (length % lookup.padding)) % lookup.padding) }]);
}

function ednsOptions(sys: Sys, lookup: Lookup): EdnsOption[] {
  const none = new Uint8Array(0);
  const cookie = Uint8Array.from([sys.random(), sys.random()].flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]));
  return [
    ...(lookup.nsid ? [{ code: EDNS_NSID, data: none }] : []), ...(lookup.subnet === null ? [] : [lookup.subnet]), ...(lookup.cookie ? [{ code: EDNS_COOKIE, data: cookie }] : []),
    ...(lookup.keepalive ? [{ code: EDNS_KEEPALIVE, data: none }] : []), ...lookup.extraOptions,
  ];
}

/** Why a text is no name, in BIND's words; null when it is one. */
export function nameProblem(text: string): string | null {
  const wire = nameToWire(text);
  return typeof wire === "string" ? wire : null;
}
