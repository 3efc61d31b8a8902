/** The event loop: datagrams and connections of clients on one side, answers of upstream servers on the other. */
import { isErrno } from "../../net/uapi/errno.ts";
import type { Received } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, readU16 } from "../../wire/addr.ts";
import {
  decodeDns, DNS_AA, DNS_CD, DNS_HLEN, DNS_QR, DNS_RA, DNS_RD, DNS_TC, DNS_UDP_BYTES, encodeDns, EDNS_DO, EDNS_EDE, opcodeOf, optOf, optRecord,
  type DnsMessage, type DnsQuestion,
} from "../../wire/dns.ts";
import { concatBytes } from "../lib/bytes.ts";
import { typeName } from "../lib/dns-types.ts";
import { exchangeTcp, framed } from "../lib/resolver/tcp.ts";
import { decide, notReady, shownName, type Answer, type Knowledge } from "./answer.ts";
import type { Listeners } from "./listen.ts";
import type { Log } from "./log.ts";
import { Forwarder, replyLog } from "./upstream.ts";

/** EDNS_PKTSZ of the real one since 2.90. */
const EDNS_BYTES = 1232;
const TCP_TIMEOUT_NS = 10_000_000_000;
/** TCP_MAX_QUERIES. */
const MAX_TCP_QUERIES = 100;

interface UdpClient {
  readonly fd: number;
  readonly to: NonNullable<Received["from"]>;
  /** The address the question was sent to: the answer leaves from there. */
  readonly from: Received["info"];
  /** Largest datagram the client takes. */
  readonly maxBytes: number;
}
interface TcpClient {
  readonly fd: number;
  readonly peer: string;
  queries: number;
  bytes: Uint8Array;
}

export class DnsServer {
  readonly #sys: Sys;
  readonly #known: Knowledge;
  readonly #log: Log;
  readonly #listeners: Listeners;
  readonly #forwarder: Forwarder<UdpClient>;
  readonly #connections = new Map<number, TcpClient>();
  /** Set by signal handlers. */
  stopped = false;
  reload = false;
  /** The real one would log what is in its cache. */
  dumpAsked = false;

  constructor(sys: Sys, known: Knowledge, listeners: Listeners, log: Log) {
    this.#sys = sys;
    this.#known = known;
    this.#listeners = listeners;
    this.#log = log;
    this.#forwarder = new Forwarder(sys, known.config.strictOrder);
  }

  *run(): Task<void> {
    while (!this.stopped) {
      if (this.reload) yield* this.#reread();
      if (this.dumpAsked) yield* this.#log("SIGUSR1: not simulated here");
      this.dumpAsked = false;
      const fds = [...this.#listeners.udp, ...this.#listeners.tcp, ...this.#connections.keys(), ...this.#forwarder.pending.keys()];
      const ready = yield* this.#sys.pollFds(fds.map((fd) => ({ fd, in: true })));
      if (isErrno(ready)) continue;
      for (const { fd } of ready) yield* this.#serve(fd);
    }
  }

  *#reread(): Task<void> {
    this.reload = false;
    this.#known.cache.clear();
    for (const line of this.#known.database.reload(this.#sys)) yield* this.#log(line);
  }

  *#serve(fd: number): Task<void> {
    const connection = this.#connections.get(fd);
    if (connection !== undefined) yield* this.#readConnection(connection);
    else if (this.#forwarder.pending.has(fd)) yield* this.#upstreamAnswered(fd);
    else if (this.#listeners.tcp.includes(fd)) yield* this.#accept(fd);
    else yield* this.#readDatagram(fd);
  }

  *#readDatagram(fd: number): Task<void> {
    const got = yield* this.#sys.recvmsg(fd, { maxBytes: 65535, dontWait: true });
    if (isErrno(got) || got.from?.family !== "inet" || !this.#listeners.accepts(got.info)) return;
    const query = decodeDns(got.data);
    const question = query?.questions[0];
    if (query === null || (query.flags & DNS_QR) !== 0 || (question === undefined && opcodeOf(query.flags) === 0)) return;
    const client = { fd, to: got.from, from: got.info, maxBytes: Math.max(optOf(query)?.cls ?? 0, DNS_UDP_BYTES) };
    const answer = yield* this.#decide(query, question, formatIp4(got.from.addr));
    if (answer.is === "answer") return yield* this.#sendTo(client, encodeReply(query, answer, client.maxBytes));
    if (question === undefined) return;
    for (const line of yield* this.#forwarder.forward(got.data, question, answer.to, client)) yield* this.#logQuery(line);
  }

  *#decide(query: DnsMessage, question: DnsQuestion | undefined, from: string): Task<ReturnType<typeof decide>> {
    let verdict: ReturnType<typeof decide> = notReady();
    if (opcodeOf(query.flags) === 0 && question !== undefined) {
      yield* this.#logQuery(`query[${typeName(question.type).replace("TYPE", "type=")}] ${shownName(question.name)} from ${from}`);
      verdict = decide(this.#known, question, this.#sys.nowNs);
    }
    if (verdict.is === "answer") for (const line of verdict.log) yield* this.#logQuery(line);
    return verdict;
  }

  *#logQuery(line: string): Task<void> {
    if (this.#known.config.logQueries) yield* this.#log(line);
  }

  *#sendTo(client: UdpClient, data: Uint8Array | null): Task<void> {
    if (data === null) return;
    const from = client.from === undefined ? {} : { from: { addr: client.from.addr } };
    yield* this.#sys.sendmsg(client.fd, { data, to: client.to, dontWait: true, ...from });
  }

  *#upstreamAnswered(fd: number): Task<void> {
    const got = yield* this.#forwarder.take(fd);
    if (got === null) return;
    for (const line of replyLog(got.message, got.entry.question)) yield* this.#logQuery(line);
    this.#known.cache.keep(got.message.answers, this.#sys.nowNs);
    yield* this.#sendTo(got.entry.client, got.data);
  }

  *#accept(listener: number): Task<void> {
    const fd = yield* this.#sys.accept(listener);
    if (isErrno(fd)) return;
    this.#sys.setNonBlock(fd, true);
    const peer = this.#sys.getpeername(fd);
    this.#connections.set(fd, { fd, peer: isErrno(peer) || peer.family !== "inet" ? "" : formatIp4(peer.addr), queries: 0, bytes: new Uint8Array(0) });
  }

  *#readConnection(client: TcpClient): Task<void> {
    const got = yield* this.#sys.recvmsg(client.fd, { maxBytes: 65535 });
    if (got === "EAGAIN" || got === "EINTR") return;
    if (isErrno(got) || got.data.length === 0) return this.#hangUp(client);
    client.bytes = concatBytes([client.bytes, got.data]);
    while (client.bytes.length >= 2 && client.bytes.length >= 2 + readU16(client.bytes, 0)) {
      const end = 2 + readU16(client.bytes, 0);
      const reply = yield* this.#overTcp(client.bytes.subarray(2, end), client.peer);
      client.bytes = client.bytes.slice(end);
      if (reply === null || ++client.queries > MAX_TCP_QUERIES) return this.#hangUp(client);
      yield* this.#sys.sendmsg(client.fd, { data: framed(reply), noSignal: true });
    }
  }

  #hangUp(client: TcpClient): void {
    this.#connections.delete(client.fd);
    this.#sys.close(client.fd);
  }

  /** Upstream is asked over TCP as well, and waited for. */
  *#overTcp(data: Uint8Array, from: string): Task<Uint8Array | null> {
    const query = decodeDns(data);
    const question = query?.questions[0];
    if (query === null || question === undefined) return null;
    const verdict = yield* this.#decide(query, question, from);
    if (verdict.is === "answer") return encodeReply(query, verdict, 65535);
    for (const { addr, port } of verdict.to) {
      yield* this.#logQuery(`forwarded ${shownName(question.name)} to ${formatIp4(addr)}`);
      const got = yield* exchangeTcp(this.#sys, { server: addr, port }, data, this.#sys.nowNs + TCP_TIMEOUT_NS);
      const message = isErrno(got) ? null : decodeDns(got);
      if (isErrno(got) || message === null) continue;
      for (const line of replyLog(message, question)) yield* this.#logQuery(line);
      this.#known.cache.keep(message.answers, this.#sys.nowNs);
      return got;
    }
    return null;
  }
}

/** The reply to a query: its id, opcode, question and RD; EDNS if it had any. What does not fit is left out and TC set. */
function encodeReply(query: DnsMessage, answer: Answer, maxBytes: number): Uint8Array | null {
  const opt = optOf(query);
  const ede = answer.ede === undefined ? [] : [{ code: EDNS_EDE, data: Uint8Array.of(answer.ede >>> 8, answer.ede & 255) }];
  const edns = opt === undefined ? [] : [optRecord(EDNS_BYTES, ede, opt.ttl & EDNS_DO)];
  const flags = DNS_QR | DNS_RA | (query.flags & (0x7800 | DNS_RD | DNS_CD)) | (answer.authoritative ? DNS_AA : 0) | answer.rcode;
  const reply = { id: query.id, flags, questions: query.questions.slice(0, 1), answers: answer.answers, authority: [], additional: [...answer.additional, ...edns] };
  const bytes = encodeDns(reply);
  if (bytes === null || bytes.length <= Math.max(maxBytes, DNS_HLEN)) return bytes;
  for (let fits = answer.answers.length - 1; fits > 0; fits--) {
    const shorter = encodeDns({ ...reply, flags: flags | DNS_TC, answers: answer.answers.slice(0, fits), additional: edns });
    if (shorter !== null && shorter.length <= maxBytes) return shorter;
  }
  return encodeDns({ ...reply, flags: flags | DNS_TC, answers: [], additional: edns });
}
