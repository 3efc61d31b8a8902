/** Names that dnsmasq knows itself: hosts files, `--host-record`, records of other types. */
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Sys } from "../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { isWithin, sameName } from "../../wire/dns-name.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { parseIp6 } from "../lib/ip6.ts";
import type { Config } from "./config.ts";

export interface HostEntry {
  /** As it was written, with a final dot. */
  readonly name: string;
  readonly addr4: Ip4 | null;
  readonly addr6: Uint8Array | null;
  /** For the log: a file's path, or "config". */
  readonly source: string;
}

/** Hosts by name and by address. Several addresses of one name take turns at being first. */
export class Database {
  readonly #config: Config;
  #byName = new Map<string, HostEntry[]>();
  /** The first name of each address's first line. */
  #byAddr = new Map<Ip4, HostEntry>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Reads all files again; the log lines about it. */
  reload(sys: Sys): string[] {
    this.#byName = new Map();
    this.#byAddr = new Map();
    for (const { names, addr4, addr6 } of this.#config.hostRecords) {
      for (const name of names) {
        if (addr4 !== null) this.#add({ name, addr4, addr6: null, source: "config" });
        if (addr6 !== null) this.#add({ name, addr4: null, addr6, source: "config" });
      }
    }
    const files = [...(this.#config.noHosts ? [] : ["/etc/hosts"]), ...this.#config.addnHosts];
    if (files.length === 0) return this.#config.cacheSize > 0 ? ["cleared cache"] : [];
    return files.map((path) => this.#readFile(sys, path));
  }

  #readFile(sys: Sys, path: string): string {
    const bytes = sys.readFile(path);
    if (isErrno(bytes)) return `failed to load names from ${path}: ${strerror(bytes)}`;
    let count = 0;
    for (const line of fromUtf8(bytes).split("\n")) {
      const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
      const [addr4, addr6] = [parseIp4(address), parseIp6(address)];
      if (addr4 === null && addr6 === null) continue;
      count += names.length;
      for (const name of names) this.#addHost(name, { addr4, addr6, source: path });
    }
    return `read ${path} - ${count} names`;
  }

  #addHost(name: string, rest: Omit<HostEntry, "name">): void {
    const { expandHosts, domain } = this.#config;
    if (expandHosts && domain !== "" && !name.includes(".")) this.#add({ name: `${name}.${domain}.`, ...rest });
    this.#add({ name: name.endsWith(".") ? name : `${name}.`, ...rest });
  }

  #add(entry: HostEntry): void {
    const key = entry.name.toLowerCase();
    const list = this.#byName.get(key);
    if (list === undefined) this.#byName.set(key, [entry]);
    else list.push(entry);
    if (entry.addr4 !== null && !this.#byAddr.has(entry.addr4)) this.#byAddr.set(entry.addr4, entry);
  }

  /** Addresses of a name, in the order of this turn. */
  lookUp(name: string): readonly HostEntry[] {
    const list = this.#byName.get(name.toLowerCase()) ?? [];
    const now = [...list];
    const first = list.length > 1 && this.#config.roundRobin ? list.shift() : undefined;
    if (first !== undefined) list.push(first);
    return now;
  }

  nameOf(addr: Ip4): HostEntry | undefined {
    return this.#byAddr.get(addr);
  }

  /** Is there anything under this name, of whatever type? Then it exists, and only the type is missing. */
  exists(name: string): boolean {
    const { records, cnames } = this.#config;
    return [...this.#byName.keys(), ...cnames.keys(), ...records.map((r) => r.name)].some((known) => sameName(known, name) || isWithin(known, name));
  }
}
