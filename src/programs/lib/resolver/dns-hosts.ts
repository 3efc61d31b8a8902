/** The service "dns" of nsswitch.conf: names to addresses and back. */
import type { Sys, Task } from "../../../os/sys.ts";
import { readIp4, type Ip4, formatIp4 } from "../../../wire/addr.ts";
import { CLASS_IN, TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_PTR, type DnsMessage } from "../../../wire/dns.ts";
import { readName, reverseName, sameName } from "../../../wire/dns-name.ts";
import { readResolvConf } from "./conf.ts";
import { resQuery, resSearch, type HostError } from "./search.ts";

export interface HostEntry {
  readonly is: "found";
  readonly addresses: readonly [Ip4, ...Ip4[]];
  /** h_name: the end of the CNAME chain, without final dot. */
  readonly canonicalName: string;
  readonly aliases: readonly string[];
}
export type HostAnswer = HostEntry | { readonly is: "failed"; readonly error: HostError };

const relative = (name: string): string => (name === "." ? "." : name.replace(/\.$/, ""));

/** gethostbyname through DNS. `both`: AAAA is asked for too, as getaddrinfo does for AF_UNSPEC; IPv6 answers are not used. */
export function* dnsByName(sys: Sys, name: string, both: boolean): Task<HostAnswer> {
  const conf = readResolvConf(sys);
  const got = yield* resSearch(sys, conf, name, both && !conf.noAaaa ? [TYPE_A, TYPE_AAAA] : [TYPE_A]);
  if (got.is === "failed") return { is: "failed", error: got.error };
  for (const message of got.messages) {
    const chain = cnameChain(message, got.name);
    const end = chain.at(-1) ?? got.name;
    const [first, ...rest] = message.answers.filter((r) => r.type === TYPE_A && r.cls === CLASS_IN && r.data.length === 4 && sameName(r.name, end)).map((r) => readIp4(r.data, 0));
    if (first === undefined) continue;
    return { is: "found", addresses: [first, ...rest], canonicalName: relative(end), aliases: [got.name, ...chain].slice(0, -1).map(relative) };
  }
  return { is: "failed", error: "NO_DATA" };
}

/** The names a chain of CNAME records leads through, the asked one not included. */
export function cnameChain(message: DnsMessage, from: string): string[] {
  const chain: string[] = [];
  let at = from;
  for (const record of message.answers) {
    if (record.type !== TYPE_CNAME || !sameName(record.name, at)) continue;
    const target = readName(record.data, 0);
    if (target === null) break;
    chain.push(target.text);
    at = target.text;
  }
  return chain;
}

/** gethostbyaddr through DNS: the name a PTR record gives, without final dot. */
export function* dnsByAddress(sys: Sys, addr: Ip4): Task<{ readonly name: string } | { readonly error: HostError }> {
  const got = yield* resQuery(sys, readResolvConf(sys), reverseName(formatIp4(addr)), [TYPE_PTR]);
  if (got.is === "failed") return { error: got.error };
  const end = got.messages.flatMap((m) => cnameChain(m, got.name)).at(-1) ?? got.name;
  const record = got.messages.flatMap((m) => m.answers).find((r) => r.type === TYPE_PTR && sameName(r.name, end));
  const target = record === undefined ? null : readName(record.data, 0);
  return target === null ? { error: "NO_DATA" } : { name: relative(target.text) };
}
