/**
 * How the C library asks name servers (res_send(3)): each server in turn, all of them again as often as
 * `attempts` says; a server that fails, refuses or is silent is left for the next. A and AAAA go out at once
 * on one socket. Answers cut short are asked for again over TCP.
 */
import { isErrno } from "../../../net/uapi/errno.ts";
import type { Sys, Task } from "../../../os/sys.ts";
import type { Ip4 } from "../../../wire/addr.ts";
import {
  decodeDns, DNS_AA, DNS_AD, DNS_PORT, DNS_QR, DNS_RA, DNS_RD, DNS_TC, encodeDns, optRecord, RCODE_NOTIMP, RCODE_REFUSED, RCODE_SERVFAIL,
  type DnsMessage,
} from "../../../wire/dns.ts";
import { sameName } from "../../../wire/dns-name.ts";
import type { ResolvConf } from "./conf.ts";
import { exchangeTcp } from "./tcp.ts";

const SECOND_NS = 1_000_000_000;
/** RESOLV_EDNS_BUFFER_SIZE of glibc. */
const EDNS_BYTES = 1200;
const BUFFER_BYTES = 65535;

export interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly cls: number;
  readonly bytes: Uint8Array;
}

/** res_mkquery; null when the name has no wire form. */
export function makeQuery(sys: Sys, conf: ResolvConf, name: string, type: number): Query | null {
  const id = sys.random() & 0xffff;
  const flags = DNS_RD | (conf.trustAd ? DNS_AD : 0);
  const additional = conf.edns ? [optRecord(EDNS_BYTES)] : [];
  const bytes = encodeDns({ id, flags, questions: [{ name, type, cls: 1 }], answers: [], authority: [], additional });
  return bytes === null ? null : { id, name, type, cls: 1, bytes };
}

/** Why nobody answered: `refused` = every server's port was closed, `failed` = the last answers said SERVFAIL or the like. */
export type SendFailure = "refused" | "timeout" | "servfail" | "badcode";
/** One answer per query; undefined = a server answered the other query only. */
export type Answers = readonly (DnsMessage | undefined)[];

/** Asks until some server answers at least one of the queries in earnest. */
export function* resSend(sys: Sys, conf: ResolvConf, queries: readonly Query[]): Task<Answers | SendFailure> {
  const { servers } = conf;
  const first = conf.rotate ? sys.random() % servers.length : 0;
  let failure: SendFailure = "refused";
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    for (let n = 0; n < servers.length; n++) {
      const server = servers[(first + n) % servers.length] as Ip4;
      const got = yield* askServer(sys, conf, server, n, queries);
      if (typeof got !== "string") return got;
      if (got !== "refused") failure = got;
    }
  }
  return failure;
}

function* askServer(sys: Sys, conf: ResolvConf, server: Ip4, index: number, queries: readonly Query[]): Task<Answers | SendFailure> {
  if (conf.useTcp) return yield* overTcp(sys, conf, server, queries);
  const got = yield* overUdp(sys, conf, server, waitNs(conf, index), queries);
  if (typeof got === "string") return got;
  if (got.some((a) => a !== undefined && (a.flags & DNS_TC) !== 0)) return yield* overTcp(sys, conf, server, queries);
  return inEarnest(got);
}

/**
 * Both queries at once; a server that answers only one of them is asked one after the other, then once more
 * on a fresh socket, and then what it said has to do (RES_SNGLKUP, RES_SNGLKUPREOP).
 */
function* overUdp(sys: Sys, conf: ResolvConf, server: Ip4, timeoutNs: number, queries: readonly Query[]): Task<Answers | SendFailure> {
  let got: Answers = [];
  for (let round = conf.singleRequest ? 1 : 0; round < 3; round++) {
    const now: Answers | SendFailure = round === 0 ? yield* exchangeUdp(sys, server, timeoutNs, queries) : yield* oneByOne(sys, server, timeoutNs, queries);
    if (typeof now === "string") return got.length > 0 ? got : now;
    if (!now.includes(undefined)) return now;
    got = now;
  }
  return got;
}

function* oneByOne(sys: Sys, server: Ip4, timeoutNs: number, queries: readonly Query[]): Task<Answers | SendFailure> {
  const got: (DnsMessage | undefined)[] = [];
  for (const query of queries) {
    const one: Answers | SendFailure = yield* exchangeUdp(sys, server, timeoutNs, [query]);
    if (typeof one !== "string") got.push(...one);
    else if (got.length === 0) return one;
    else got.push(undefined);
  }
  return got;
}

/** `timeout` seconds for the first server; doubled for each next one and shared among all. */
function waitNs(conf: ResolvConf, index: number): number {
  const seconds = index === 0 ? conf.timeoutS : Math.floor((conf.timeoutS << index) / conf.servers.length);
  return Math.max(seconds, 1) * SECOND_NS;
}

function* overTcp(sys: Sys, conf: ResolvConf, server: Ip4, queries: readonly Query[]): Task<Answers | SendFailure> {
  const deadlineNs = sys.nowNs + conf.timeoutS * SECOND_NS;
  const got: (DnsMessage | undefined)[] = [];
  for (const query of queries) {
    const answer = yield* exchangeTcp(sys, { server, port: DNS_PORT }, query.bytes, deadlineNs);
    const message = answer instanceof Uint8Array ? decodeDns(answer) : null;
    if (message === null) return answer === "ECONNREFUSED" ? "refused" : "timeout";
    got.push(message);
  }
  return inEarnest(got);
}

const REFUSALS: readonly number[] = [RCODE_SERVFAIL, RCODE_NOTIMP, RCODE_REFUSED];

/** Answers that mean "ask another": an error code, or a referral by a server that neither knows nor recurses. */
function inEarnest(got: readonly (DnsMessage | undefined)[]): Answers | SendFailure {
  const useful = got.some((a) => a !== undefined && !REFUSALS.includes(a.flags & 15) && !isLame(a));
  if (useful) return got;
  return got.some((a) => a !== undefined && (a.flags & 15) === RCODE_SERVFAIL) ? "servfail" : "badcode";
}

const isLame = (a: DnsMessage): boolean => (a.flags & 15) === 0 && a.answers.length === 0 && (a.flags & (DNS_AA | DNS_RA)) === 0 && a.additional.length === 0;

/** Sends all queries on one connected socket and collects what comes back in time. */
function* exchangeUdp(sys: Sys, server: Ip4, timeoutNs: number, queries: readonly Query[]): Task<(DnsMessage | undefined)[] | SendFailure> {
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) return "refused";
  try {
    sys.setsockopt(fd, "IP_RECVERR", true);
    if (isErrno(yield* sys.connect(fd, { family: "inet", addr: server, port: DNS_PORT }))) return "refused";
    for (const { bytes } of queries) if (isErrno(yield* sys.sendmsg(fd, { data: bytes }))) return "refused";
    return yield* collect(sys, fd, sys.nowNs + timeoutNs, queries);
  } finally {
    sys.close(fd);
  }
}

function* collect(sys: Sys, fd: number, deadlineNs: number, queries: readonly Query[]): Task<(DnsMessage | undefined)[] | SendFailure> {
  const got: (DnsMessage | undefined)[] = queries.map(() => undefined);
  while (got.includes(undefined)) {
    const received = yield* sys.recvmsg(fd, { maxBytes: BUFFER_BYTES, deadlineNs });
    if (received === "EINTR") continue;
    if (received === "EAGAIN") return got.some((a) => a !== undefined) ? got : "timeout";
    if (isErrno(received)) return "refused";
    const message = decodeDns(received.data);
    const at = message === null ? -1 : queries.findIndex((q) => answers(message, q));
    if (message !== null && at >= 0) got[at] ??= message;
  }
  return got;
}

/** Is this a response to the query: same id, same question? */
export function answers(message: DnsMessage, query: Query): boolean {
  const [question] = message.questions;
  if ((message.flags & DNS_QR) === 0 || message.id !== query.id) return false;
  return question === undefined || (question.type === query.type && sameName(question.name, query.name));
}
