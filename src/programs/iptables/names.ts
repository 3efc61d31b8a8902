import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { ip4 } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { AddressNames } from "../lib/address-names.ts";
import { resolveName } from "../lib/resolve.ts";
import { links } from "../net-tools/kernel.ts";
import { serviceName, servicePort } from "../tcpdump/services.ts";
import { type Bad, type Names, bad } from "./ext/extension.ts";
import { strtoui } from "./ext/values.ts";
import type { AddrMask } from "./rule.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"] as const;

function lines(sys: Sys, path: string): string[][] {
  const text = sys.readFile(path);
  return isErrno(text) ? [] : fromUtf8(text).split("\n").filter((l) => l !== "" && !l.startsWith("#")).map((l) => l.trim().split(/:|\s+/));
}

const idOf = (rows: readonly string[][], name: string): number | undefined => {
  const row = rows.find(([n]) => n === name);
  return row === undefined ? undefined : Number(row[2]);
};
const nameOf = (rows: readonly string[][], id: number): string | undefined => rows.find((r) => Number(r[2]) === id)?.[0];

/** The name services of the machine: its files. */
export function namesOf(sys: Sys): Names {
  const users = (): string[][] => lines(sys, "/etc/passwd");
  const groups = (): string[][] => lines(sys, "/etc/group");
  const hosts = new AddressNames(sys);
  return {
    service: (port, protocol) => PROTOCOLS.filter((p) => p === protocol).map((p) => serviceName(port, p)).find((n) => n !== null) ?? undefined,
    servicePort: (name, protocol) => PROTOCOLS.filter((p) => protocol === null || p === protocol).map((p) => servicePort(name, p)).find((n) => n !== null) ?? undefined,
    host: (addr) => hosts.get(ip4(addr)) ?? networkName(sys, addr),
    *learnHosts(addrs) {
      yield* hosts.learn(addrs.map(ip4));
    },
    user: (uid) => nameOf(users(), uid),
    group: (gid) => nameOf(groups(), gid),
    uid: (name) => idOf(users(), name),
    gid: (name) => idOf(groups(), name),
    iface: (index) => links(sys).find((l) => l.ifindex === index)?.name,
  };
}

/** A dotted address; missing octets at the end are 0 ("10.1" = 10.1.0.0), for masks all four are needed. */
function dottedNumber(text: string, isMask = false): number | null {
  const octets = text.split(".");
  if (octets.length > 4 || (isMask && octets.length !== 4)) return null;
  const values = octets.map((o) => strtoui(o, 0, 255));
  if (values.some((v) => v === null)) return null;
  return [0, 1, 2, 3].reduce((sum, i) => sum * 256 + (values[i] ?? 0), 0);
}

/** networks(5). */
const networks = (sys: Sys): readonly (readonly [string, number])[] => lines(sys, "/etc/networks").flatMap(([name = "", text = ""]) => {
  const addr = dottedNumber(text);
  return addr === null ? [] : [[name, addr] as const];
});
const networkName = (sys: Sys, addr: number): string | undefined => networks(sys).find(([, a]) => a === addr)?.[0];

function parseMask(text: string | undefined): number | Bad {
  if (text === undefined) return 0xffffffff;
  const bits = strtoui(text, 0, 32);
  return dottedNumber(text, true) ?? (bits === null ? bad(`invalid mask \`${text}' specified`) : bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
}

function* hosts(sys: Sys, name: string): Task<readonly number[] | Bad> {
  const numeric = dottedNumber(name) ?? networks(sys).find(([n]) => n === name)?.[1];
  if (numeric !== undefined) return [numeric];
  const found = yield* resolveName(sys, name);
  return found.is === "found" ? found.addresses : bad(`host/network \`${name}' not found`);
}

/** `-s` and `-d`: a list of addresses, networks or host names, each with a mask. */
export function* parseAddresses(sys: Sys, text: string | undefined): Task<readonly AddrMask[] | Bad> {
  const out: AddrMask[] = [];
  for (const item of (text ?? "0.0.0.0/0").split(",")) {
    const slash = item.lastIndexOf("/");
    const mask = parseMask(slash < 0 ? undefined : item.slice(slash + 1));
    if (typeof mask !== "number") return mask;
    const name = (slash < 0 ? item : item.slice(0, slash)).trimStart();
    const addrs = yield* hosts(sys, mask === 0 ? "0.0.0.0" : name);
    if ("bad" in addrs) return addrs;
    out.push(...addrs.map((a) => ({ addr: (a & mask) >>> 0, mask })));
  }
  return out;
}
