/**
 * Names and addresses as the C library turns one into the other: getaddrinfo(3) and getnameinfo(3) for IPv4.
 * Which services are asked, and in what order, is in /etc/nsswitch.conf. IPv6 addresses are asked for where
 * the library asks, and not used.
 */
import type { InetAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { formatIp4, IP4_ANY, type Ip4, ip4 } from "../../wire/addr.ts";
import { inetAton } from "./aton.ts";
import { endsWith, nssServices, readHosts, type NssStatus } from "./resolver/conf.ts";
import { dnsByAddress, dnsByName, type HostAnswer } from "./resolver/dns-hosts.ts";
import type { HostError } from "./resolver/search.ts";
import { sortAddresses } from "./resolver/sort.ts";
import { serviceByName, serviceByPort } from "./services.ts";

export type GaiError = "EAI_NONAME" | "EAI_AGAIN" | "EAI_NODATA" | "EAI_SERVICE" | "EAI_FAIL";

const GAI_TEXT: Readonly<Record<GaiError, string>> = {
  EAI_NONAME: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  EAI_NODATA: "No address associated with hostname",
  EAI_SERVICE: "Servname not supported for ai_socktype",
  EAI_FAIL: "Non-recoverable failure in name resolution",
};
export const gaiStrerror = (e: GaiError): string => GAI_TEXT[e];

export type Resolved =
  | { readonly is: "found"; readonly addresses: readonly [Ip4, ...Ip4[]]; readonly canonicalName: string }
  | { readonly is: "failed"; readonly error: GaiError };

export interface GaiHints {
  /** A number or a name of /etc/services. */
  readonly port?: number | string;
  readonly proto?: "tcp" | "udp";
  /** AI_NUMERICHOST: no name is looked up. */
  readonly numericHost?: boolean;
  /** AI_PASSIVE: no host means "any address", else localhost. */
  readonly passive?: boolean;
  /** AF_INET: AAAA is not asked for. */
  readonly onlyInet?: boolean;
}
export type GaiResult =
  | { readonly is: "found"; readonly addrs: readonly [InetAddr, ...InetAddr[]]; readonly canonicalName: string }
  | { readonly is: "failed"; readonly error: GaiError };

/** /etc/hosts: every line that has the name. */
function fromFiles(sys: Sys, name: string): HostAnswer {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const lines = readHosts(sys).filter((l) => l.names.some((n) => n.toLowerCase() === wanted));
  const [first, ...rest] = lines;
  if (first === undefined) return { is: "failed", error: "HOST_NOT_FOUND" };
  const [canonicalName = name, ...aliases] = [...first.names, ...rest.flatMap((l) => l.names.filter((n) => n.toLowerCase() !== wanted))];
  return { is: "found", addresses: [first.addr, ...rest.map((l) => l.addr)], canonicalName, aliases };
}

const statusOf = (error: HostError): NssStatus => (error === "TRY_AGAIN" ? "tryagain" : error === "NO_RECOVERY" ? "unavail" : "notfound");

/** gethostbyname(3) through the services of nsswitch.conf; those that are not simulated are not available, as when their library is not installed. */
export function* hostByName(sys: Sys, name: string, both: boolean): Task<HostAnswer> {
  let last: HostError = "HOST_NOT_FOUND";
  for (const service of nssServices(sys, "hosts")) {
    const known = service.name === "files" || service.name === "dns";
    const got: HostAnswer = service.name === "files" ? fromFiles(sys, name) : service.name === "dns" ? yield* dnsByName(sys, name, both) : { is: "failed", error: "HOST_NOT_FOUND" };
    if (got.is === "found") return got;
    if (known) last = got.error;
    if (endsWith(service, known ? statusOf(got.error) : "unavail")) break;
  }
  return { is: "failed", error: last };
}

const GAI_OF: Readonly<Record<HostError, GaiError>> = { HOST_NOT_FOUND: "EAI_NONAME", TRY_AGAIN: "EAI_AGAIN", NO_DATA: "EAI_NODATA", NO_RECOVERY: "EAI_NONAME" };

/** Forward lookup. May sleep for as long as the resolver would. */
export function* resolveName(sys: Sys, name: string, options: { readonly onlyInet?: boolean } = {}): Task<Resolved> {
  const numeric = inetAton(name);
  if (numeric !== null) return { is: "found", addresses: [numeric], canonicalName: name };
  if (name === "") return { is: "failed", error: "EAI_NONAME" };
  const got = yield* hostByName(sys, name, options.onlyInet !== true);
  if (got.is === "failed") return { is: "failed", error: GAI_OF[got.error] };
  const [first = got.addresses[0], ...rest] = yield* sortAddresses(sys, got.addresses);
  return { is: "found", addresses: [first, ...rest], canonicalName: got.canonicalName };
}

/** Port of a service given by number or name; null = there is none. */
function portOf(sys: Sys, port: number | string, proto: string | undefined): number | null {
  if (typeof port === "number") return port;
  if (/^\d+$/.test(port)) return Number(port) & 0xffff;
  return serviceByName(sys, port, proto)?.port ?? null;
}

/** getaddrinfo(3): every address of a host, with a port, best first. `host` null: this machine. */
export function* getaddrinfo(sys: Sys, host: string | null, hints: GaiHints = {}): Task<GaiResult> {
  const port = portOf(sys, hints.port ?? 0, hints.proto);
  if (port === null) return { is: "failed", error: "EAI_SERVICE" };
  if (host === null) return { is: "found", addrs: [{ family: "inet", addr: hints.passive === true ? IP4_ANY : ip4(0x7f000001), port }], canonicalName: "" };
  if (hints.numericHost === true && inetAton(host) === null) return { is: "failed", error: "EAI_NONAME" };
  const found = yield* resolveName(sys, host, hints);
  if (found.is === "failed") return found;
  const [first, ...rest] = found.addresses;
  const withPort = (addr: Ip4): InetAddr => ({ family: "inet", addr, port });
  return { is: "found", addrs: [withPort(first), ...rest.map(withPort)], canonicalName: found.canonicalName };
}

/** gethostbyaddr(3): the name of an address by /etc/hosts or DNS; undefined when it has none. May sleep. */
export function* addressName(sys: Sys, addr: Ip4): Task<string | undefined> {
  for (const service of nssServices(sys, "hosts")) {
    if (service.name === "files") {
      const name = nameInHosts(sys, addr);
      if (name !== undefined) return name;
      if (endsWith(service, "notfound")) return undefined;
    } else if (service.name === "dns") {
      const got = yield* dnsByAddress(sys, addr);
      if ("name" in got) return got.name;
      if (endsWith(service, statusOf(got.error))) return undefined;
    } else if (endsWith(service, "unavail")) return undefined;
  }
  return undefined;
}

/** The first name of an address in /etc/hosts. */
export const nameInHosts = (sys: Sys, addr: Ip4): string | undefined => readHosts(sys).find((l) => l.addr === addr)?.names[0];

/** getnameinfo(3): host and service as words, or as numbers where there are none. */
export function* getnameinfo(sys: Sys, addr: InetAddr, options: { readonly numericHost?: boolean; readonly numericService?: boolean; readonly proto?: "tcp" | "udp" } = {}): Task<{ readonly host: string; readonly service: string }> {
  const name = options.numericHost === true ? undefined : yield* addressName(sys, addr.addr);
  const service = options.numericService === true ? undefined : serviceByPort(sys, addr.port, options.proto ?? "tcp")?.name;
  return { host: name ?? formatIp4(addr.addr), service: service ?? String(addr.port) };
}

