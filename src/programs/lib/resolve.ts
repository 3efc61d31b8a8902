/**
 * getaddrinfo(3) and getnameinfo(3) as far as IPv4 goes: numbers, /etc/hosts, then DNS with the
 * C library's waits (5 s a server, two rounds). IPv6 addresses are not answered.
 */
import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { inetAton } from "./aton.ts";
import { decodeAnswer, encodeQuery, TYPE_A, TYPE_AAAA, type Answer } from "./dns.ts";

export type GaiError = "EAI_NONAME" | "EAI_AGAIN" | "EAI_NODATA";

const GAI_TEXT: Readonly<Record<GaiError, string>> = {
  EAI_NONAME: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  EAI_NODATA: "No address associated with hostname",
};
export const gaiStrerror = (e: GaiError): string => GAI_TEXT[e];

export type Resolved =
  | { readonly is: "found"; readonly addresses: readonly [Ip4, ...Ip4[]]; readonly canonicalName: string }
  | { readonly is: "failed"; readonly error: GaiError };

const DNS_PORT = 53;
const TIMEOUT_NS = 5_000_000_000;
const ROUNDS = 2;

interface HostsLine {
  readonly addr: Ip4;
  readonly names: readonly string[];
}

function readHosts(sys: Sys): HostsLine[] {
  const text = sys.readFile("/etc/hosts");
  if (isErrno(text)) return [];
  return fromUtf8(text).split("\n").flatMap((line) => {
    const [first = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const addr = parseIp4(first);
    return addr === null || names.length === 0 ? [] : [{ addr, names }];
  });
}

function fromHosts(sys: Sys, name: string): Resolved | null {
  const wanted = name.toLowerCase();
  const lines = readHosts(sys).filter((l) => l.names.some((n) => n.toLowerCase() === wanted));
  const [first, ...rest] = lines;
  if (first === undefined) return null;
  return { is: "found", addresses: [first.addr, ...rest.map((l) => l.addr)], canonicalName: first.names[0] ?? name };
}

interface ResolvConf {
  readonly servers: readonly Ip4[];
  readonly search: readonly string[];
}

function readResolvConf(sys: Sys): ResolvConf {
  const text = sys.readFile("/etc/resolv.conf");
  const lines = (isErrno(text) ? "" : fromUtf8(text)).split("\n").map((l) => l.trim().split(/\s+/));
  const servers = lines.filter((w) => w[0] === "nameserver").map((w) => parseIp4(w[1] ?? "")).filter((a) => a !== null).slice(0, 3);
  const search = [...lines].reverse().find((w) => w[0] === "search" || w[0] === "domain")?.slice(1) ?? [];
  const local = parseIp4("127.0.0.1");
  return { servers: servers.length > 0 || local === null ? servers : [local], search };
}

/** Asks one server for both address families at once; undefined when it does not answer in time. */
function* askServer(sys: Sys, server: Ip4, name: string): Task<Answer | undefined> {
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) return undefined;
  try {
    sys.setsockopt(fd, "IP_RECVERR", true);
    if (isErrno(yield* sys.connect(fd, { family: "inet", addr: server, port: DNS_PORT }))) return undefined;
    const id = sys.random() & 0xffff;
    for (const [type, queryId] of [[TYPE_A, id], [TYPE_AAAA, (id + 1) & 0xffff]] as const) {
      const query = encodeQuery(queryId, name, type);
      if (query === null || isErrno(yield* sys.sendmsg(fd, { data: query }))) return undefined;
    }
    return yield* awaitAnswer(sys, fd, id);
  } finally {
    sys.close(fd);
  }
}

function* awaitAnswer(sys: Sys, fd: number, id: number): Task<Answer | undefined> {
  const deadlineNs = sys.nowNs + TIMEOUT_NS;
  for (;;) {
    const got = yield* sys.recvmsg(fd, { maxBytes: 1232, deadlineNs });
    if (got === "EINTR") continue;
    if (isErrno(got)) return undefined;
    const answer = decodeAnswer(got.data);
    if (answer !== null && answer.id === id) return answer;
  }
}

function* fromDns(sys: Sys, name: string): Task<Resolved> {
  const { servers, search } = readResolvConf(sys);
  const full = name.endsWith(".") ? [name] : name.includes(".") ? [name, ...search.map((d) => `${name}.${d}`)] : [...search.map((d) => `${name}.${d}`), name];
  let error: GaiError = "EAI_AGAIN";
  for (const candidate of full) {
    const answer = yield* askAll(sys, servers, candidate);
    if (answer === undefined) return { is: "failed", error: "EAI_AGAIN" };
    const [first, ...rest] = answer.addresses;
    if (first !== undefined) return { is: "found", addresses: [first, ...rest], canonicalName: candidate };
    error = answer.code === 3 ? "EAI_NONAME" : answer.code === 0 ? "EAI_NODATA" : "EAI_AGAIN";
  }
  return { is: "failed", error };
}

function* askAll(sys: Sys, servers: readonly Ip4[], name: string): Task<Answer | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      const answer = yield* askServer(sys, server, name);
      if (answer !== undefined && answer.code !== 2) return answer;
    }
  }
  return undefined;
}

/** Forward lookup. May sleep for as long as the resolver would. */
export function* resolveName(sys: Sys, name: string): Task<Resolved> {
  const numeric = inetAton(name);
  if (numeric !== null) return { is: "found", addresses: [numeric], canonicalName: name };
  if (name === "" || name.length > 253) return { is: "failed", error: "EAI_NONAME" };
  return fromHosts(sys, name) ?? (yield* fromDns(sys, name));
}

/** Reverse lookup in /etc/hosts; undefined when the address has no name there. (Reverse DNS comes with a DNS server.) */
export const nameOfAddress = (sys: Sys, addr: Ip4): string | undefined => readHosts(sys).find((l) => l.addr === addr)?.names[0];
