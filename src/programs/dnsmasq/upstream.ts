/** Questions passed on to other servers: one socket each, until the answer comes or nobody cares any more. */
import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, readU16, writeU16 } from "../../wire/addr.ts";
import { decodeDns, rcodeOf, RCODE_NXDOMAIN, type DnsMessage, type DnsQuestion } from "../../wire/dns.ts";
import { rcodeName } from "../lib/dns-types.ts";
import { describe, noData, shownName, subject } from "./answer.ts";
import type { Upstream } from "./config.ts";

/** TIMEOUT, FORWARD_TEST and FORWARD_TIME of the real one: how long an answer is waited for, and when all servers are tried again. */
const TIMEOUT_NS = 10_000_000_000;
const TEST_QUERIES = 50;
const TEST_NS = 20_000_000_000;

export interface Forwarded<Client> {
  readonly fd: number;
  readonly id: number;
  readonly clientId: number;
  readonly question: DnsQuestion;
  readonly client: Client;
  readonly untilNs: number;
}

/** Which of several servers is asked: all at first, then the one that answered first, now and then all again. */
class Chooser {
  #last: Upstream | null = null;
  #queries = 0;
  #sinceNs = 0;

  choose(servers: readonly Upstream[], strict: boolean, nowNs: number): readonly Upstream[] {
    if (strict || servers.length < 2) return servers.slice(0, 1);
    const last = servers.find((s) => s.addr === this.#last?.addr && s.port === this.#last.port);
    if (last !== undefined && this.#queries++ <= TEST_QUERIES && nowNs - this.#sinceNs <= TEST_NS) return [last];
    this.#queries = 0;
    this.#sinceNs = nowNs;
    return servers;
  }

  answered(by: Upstream): void {
    this.#last = by;
  }
}

export class Forwarder<Client> {
  readonly pending = new Map<number, Forwarded<Client>>();
  readonly #chooser = new Chooser();
  readonly #sys: Sys;
  readonly #strict: boolean;

  constructor(sys: Sys, strict: boolean) {
    this.#sys = sys;
    this.#strict = strict;
  }

  /** Sends a client's message on under an id of our own; log lines. */
  *forward(message: Uint8Array, question: DnsQuestion, servers: readonly Upstream[], client: Client): Task<string[]> {
    const fd = this.#sys.socket("inet", "dgram", "udp");
    if (isErrno(fd)) return [];
    const id = this.#sys.random() & 0xffff;
    const data = message.slice();
    writeU16(data, 0, id);
    const log: string[] = [];
    for (const { addr, port } of this.#chooser.choose(servers, this.#strict, this.#sys.nowNs)) {
      const sent = yield* this.#sys.sendmsg(fd, { data, to: { family: "inet", addr, port } });
      if (!isErrno(sent)) log.push(`forwarded ${shownName(question.name)} to ${formatIp4(addr)}${port === 53 ? "" : `#${port}`}`);
    }
    this.#forgetOld();
    this.pending.set(fd, { fd, id, clientId: readU16(message, 0), question, client, untilNs: this.#sys.nowNs + TIMEOUT_NS });
    return log;
  }

  #forgetOld(): void {
    for (const { fd, untilNs } of this.pending.values()) if (untilNs <= this.#sys.nowNs) this.forget(fd);
  }

  forget(fd: number): void {
    this.pending.delete(fd);
    this.#sys.close(fd);
  }

  /** The answer that lies on this socket, under the client's own id; null = none that fits. */
  *take(fd: number): Task<{ readonly entry: Forwarded<Client>; readonly data: Uint8Array; readonly message: DnsMessage } | null> {
    const got = yield* this.#sys.recvmsg(fd, { maxBytes: 65535, dontWait: true });
    const entry = this.pending.get(fd);
    if (isErrno(got) || entry === undefined) return null;
    const message = decodeDns(got.data);
    if (message === null || message.id !== entry.id || got.from?.family !== "inet") return null;
    this.#chooser.answered(got.from);
    const data = got.data.slice();
    writeU16(data, 0, entry.clientId);
    this.forget(fd);
    return { entry, data, message };
  }
}

/** Log lines of an upstream's answer. */
export function replyLog(m: DnsMessage, question: DnsQuestion): string[] {
  const rcode = rcodeOf(m);
  if (rcode === RCODE_NXDOMAIN) return [`reply ${subject(question)} is NXDOMAIN`];
  if (rcode !== 0) return [`reply error is ${rcodeName(rcode)}`];
  if (m.answers.length === 0) return [`reply ${subject(question)} is ${noData(question.type)}`];
  return m.answers.map((r) => `reply ${describe(r)}`);
}
