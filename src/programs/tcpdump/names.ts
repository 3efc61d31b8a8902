import { type Ip4, parseIp4 } from "../../wire/addr.ts";
import type { AddressNames } from "../lib/address-names.ts";
import { parseIp6 } from "./filter/address.ts";
import type { FilterNames } from "./filter/context.ts";
import type { Names } from "./print/names.ts";
import { PROTOCOL_NAMES } from "./print/tables.ts";
import { serviceName, servicePort } from "./services.ts";

/** A line of hosts(5). */
interface Host {
  readonly address: string;
  readonly names: readonly string[];
}

function readHosts(text: string): Host[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  return lines.filter(([, name]) => name !== undefined).map(([address = "", ...names]) => ({ address, names }));
}

/** protocols(5) has every name in capitals too. */
const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["ip", 0], ["IP", 0],
  ...Object.entries(PROTOCOL_NAMES).flatMap(([n, name]): [string, number][] => [[name, Number(n)], [name.toUpperCase(), Number(n)]]),
]);

/** Numbers to names: IPv4 from whoever has learnt them, IPv6 from the text of /etc/hosts, ports from services(5). */
export function printNames(hostsFile: string, addresses: AddressNames): Names {
  const names = new Map(readHosts(hostsFile).map((h) => [h.address, h.names[0] ?? h.address] as const).reverse());
  return {
    host4: (addr) => addresses.get(addr),
    host6: (addr) => names.get(addr) ?? null,
    port: (protocol, port) => serviceName(port, protocol),
  };
}

/** Names to numbers, for filters. */
export function filterNames(hostsFile: string, asked: Map<string, readonly Ip4[]> = new Map()): FilterNames {
  const hosts = readHosts(hostsFile);
  const addresses = (name: string): string[] => hosts.filter((h) => h.names.includes(name)).map((h) => h.address);
  return {
    host4: (name) => {
      const known = addresses(name);
      if (known.length === 0 && !asked.has(name)) asked.set(name, []);
      return known.length > 0 ? known.map(parseIp4).filter((a) => a !== null) : (asked.get(name) ?? []);
    },
    host6: (name) => addresses(name).map(parseIp6).filter((a) => a !== null),
    service: servicePort,
    protocol: (name) => PROTOCOL_NUMBERS.get(name) ?? null,
  };
}
