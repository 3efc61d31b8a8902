/** getent's databases of hosts: what the C library's gethostbyname2, gethostbyaddr and getaddrinfo answer. */
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, isLoopbackIp4 } from "../../wire/addr.ts";
import { TYPE_AAAA } from "../../wire/dns.ts";
import { sameName } from "../../wire/dns-name.ts";
import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import { inetAton } from "../lib/aton.ts";
import { formatIp6, parseIp6 } from "../lib/ip6.ts";
import { addressName, hostByName, resolveName } from "../lib/resolve.ts";
import { nssServices, readHosts, readLines, readResolvConf } from "../lib/resolver/conf.ts";
import { cnameChain } from "../lib/resolver/dns-hosts.ts";
import { resSearch } from "../lib/resolver/search.ts";

const line = (addr: string, names: readonly string[]): string => `${addr.padEnd(15)} ${names.join(" ")}\n`;

interface Line6 {
  readonly addr: string;
  readonly names: readonly string[];
}

function hosts6(sys: Sys): Line6[] {
  return readLines(sys, "/etc/hosts").flatMap((text) => {
    const [first = "", ...names] = text.replace(/#.*/, "").trim().split(/\s+/);
    const bytes = parseIp6(first);
    return bytes === null || names.length === 0 ? [] : [{ addr: formatIp6(bytes), names }];
  });
}

/** `getent hosts KEY`: an IPv6 answer if there is any, else IPv4; null = not found. */
export function* hostsEntry(sys: Sys, key: string): Task<string | null> {
  if (parseIp6(key) !== null) {
    const known = hosts6(sys).find((l) => l.addr === formatIp6(parseIp6(key) ?? new Uint8Array(16)));
    return known === undefined ? null : line(known.addr, known.names);
  }
  const numeric = inetAton(key);
  if (numeric !== null && /^\d+\.\d+\.\d+\.\d+$/.test(key)) {
    const known = readHosts(sys).find((l) => l.addr === numeric);
    const name = known === undefined ? yield* addressName(sys, numeric) : undefined;
    return known !== undefined ? line(key, known.names) : name === undefined ? null : line(key, [name]);
  }
  if (numeric !== null) return line(formatIp4(numeric), [key]);
  const six = yield* byName6(sys, key);
  if (six !== null) return six;
  const got = yield* hostByName(sys, key, false);
  return got.is === "failed" ? null : got.addresses.map((a) => line(formatIp4(a), [got.canonicalName, ...got.aliases])).join("");
}

/** gethostbyname2(AF_INET6). */
function* byName6(sys: Sys, name: string): Task<string | null> {
  for (const service of nssServices(sys, "hosts")) {
    const known = service.name === "files" ? hosts6(sys).filter((l) => l.names.some((n) => sameName(n, name))) : [];
    if (known.length > 0) return known.map((l) => line(l.addr, l.names)).join("");
    // A name that has IPv4 lines only is "not found" for this family, and the next service is asked.
    if (service.name !== "dns") continue;
    const got = yield* resSearch(sys, readResolvConf(sys), name, [TYPE_AAAA]);
    const [message] = got.is === "answers" ? got.messages : [];
    if (got.is === "failed" || message === undefined) continue;
    const chain = cnameChain(message, got.name);
    const names = [chain.at(-1) ?? got.name, ...[got.name, ...chain].slice(0, -1)].map((n) => n.replace(/\.$/, ""));
    const addresses = message.answers.filter((r) => r.type === TYPE_AAAA && r.data.length === 16);
    if (addresses.length > 0) return addresses.map((r) => line(formatIp6(r.data), names)).join("");
  }
  return null;
}

/** All of /etc/hosts; IPv6's localhost is shown as IPv4's. */
export function allHosts(sys: Sys): string {
  return readLines(sys, "/etc/hosts").map((text) => {
    const [first = "", ...names] = text.replace(/#.*/, "").trim().split(/\s+/);
    const six = parseIp6(first);
    const addr = six === null ? inetAton(first) : null;
    if (names.length === 0 || (six === null && addr === null)) return "";
    return line(addr !== null ? formatIp4(addr) : formatIp6(six ?? new Uint8Array(16)) === "::1" ? "127.0.0.1" : first, names);
  }).join("");
}

/** AI_ADDRCONFIG: has this machine an address of its own, beside 127.0.0.1? */
function hasAddress(sys: Sys): boolean {
  const reply = sys.rtnl({ op: "addr.dump" });
  return !isRtnlError(reply) && reply.items.some((i) => i.is === "addr" && !isLoopbackIp4(i.addr.local));
}

/** `getent ahosts KEY` and its two sisters. There is no IPv6 address here, so `ahostsv6` never finds one. */
export function* addressInfo(sys: Sys, database: string, key: string): Task<string | null> {
  const configured = hasAddress(sys);
  if (database === "ahostsv6" || (database === "ahostsv4" && !configured)) return null;
  const found = yield* resolveName(sys, key, { onlyInet: configured });
  if (found.is === "failed") return null;
  const rows = found.addresses.flatMap((a) => ["STREAM", "DGRAM ", "RAW   "].map((type) => `${formatIp4(a).padEnd(15)} ${type} `));
  return rows.map((row, i) => `${row}${i === 0 ? found.canonicalName : ""}\n`).join("");
}
