import type { Sys, Task } from "../../os/sys.ts";
import { type Ip4, ip4 } from "../../wire/addr.ts";
import { listLinks } from "../lib/device.ts";
import { resolveName } from "../lib/resolve.ts";
import { serviceByName } from "../lib/services.ts";
import type { FilterError } from "./filter.ts";
import type { Family, Query } from "./query.ts";

/** What `src` and `dst` compare with; null = anything. */
export type Cond =
  | { readonly is: "inet"; readonly port: number | null; readonly nets: readonly { readonly addr: Ip4; readonly bits: number }[] }
  | { readonly is: "unix"; readonly pattern: string }
  | { readonly is: "link"; readonly port: number | null; readonly protocol: number | null };

const CANNOT = "Cannot parse dst/src address.\n";
const bad = (text = ""): FilterError => ({ error: `${text}${CANNOT}`, status: 1 });

const PREFIXES: readonly (readonly [string, Family])[] = [["unix:", "unix"], ["link:", "link"], ["inet:", "inet"], ["inet6:", "inet6"]];

/** `10.0.0.0/8:80`, `:http`, `[10.0.0.1]:80`, `*`, `unix:/run/*`, `link:ip:eth0`; `isPort`: only a port is meant (sport, dport). */
export function* parseHost(sys: Sys, query: Query, text: string, isPort: boolean): Task<Cond | FilterError> {
  const absent = /^(netlink|vsock):/.exec(text);
  if (absent !== null) return { error: `ss: ${absent[1]}: not simulated here\n`, status: 255 };
  const named = PREFIXES.find(([prefix]) => text.startsWith(prefix));
  const family = named?.[1] ?? query.preferred;
  const rest = named === undefined ? text : text.slice(named[0].length);
  if (family !== null) query.onlyFamily(family);
  if (family === "unix") return { is: "unix", pattern: rest };
  if (family === "link") return linkCond(sys, rest, isPort);
  if (family === "inet6") return { error: "ss: inet6: not simulated here\n", status: 255 };
  return yield* inetCond(sys, query, rest, isPort);
}

/** Where the port begins: after `]`, after `*`, after the last colon behind the prefix length. */
function split(text: string): { readonly host: string; readonly port: string } | null {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    return end < 0 ? null : { host: text.slice(1, end), port: text.slice(end + 1) };
  }
  if (text.startsWith("*")) return { host: "*", port: text.slice(1) };
  const slash = text.indexOf("/");
  const colon = text.lastIndexOf(":");
  return colon < Math.max(slash, 0) ? { host: text, port: "" } : { host: text.slice(0, colon), port: text.slice(colon) };
}

function* inetCond(sys: Sys, query: Query, text: string, isPort: boolean): Task<Cond | FilterError> {
  const parts = isPort ? { host: "", port: text } : split(text);
  if (parts === null) return bad();
  const word = parts.port.replace(/^:/, "");
  const port = word === "" || word.startsWith("*") ? null : portOf(sys, query, word);
  if (port !== null && typeof port !== "number") return port;
  if (parts.host === "" || parts.host.startsWith("*")) return { is: "inet", port, nets: [] };
  const net = parsePrefix(parts.host);
  if (net !== null) return { is: "inet", port, nets: net.bits === 0 ? [] : [net] };
  const found = yield* resolveName(sys, parts.host);
  if (found.is === "found") return { is: "inet", port, nets: found.addresses.map((addr) => ({ addr, bits: 32 })) };
  return bad(`Error: an inet prefix is expected rather than "${parts.host}".\n`);
}

function portOf(sys: Sys, query: Query, word: string): number | FilterError {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(word)) return Number(word);
  const udp = query.tables.has("udp") ? serviceByName(sys, word, "udp") : undefined;
  const tcp = query.tables.has("tcp") ? serviceByName(sys, word, "tcp") : undefined;
  if (udp !== undefined && tcp !== undefined && udp.port !== tcp.port) return bad(`Error: ambiguous port "${word}".\n`);
  return (udp ?? tcp)?.port ?? bad(`Error: "${word}" does not look like a port.\n`);
}

/** iproute2's prefix: fewer than four parts are filled from the left. */
function parsePrefix(text: string): { readonly addr: Ip4; readonly bits: number } | null {
  if (["default", "any", "all"].includes(text)) return { addr: ip4(0), bits: 0 };
  const m = /^(\d{1,3}(?:\.\d{1,3}){0,3})(?:\/(\d+))?$/.exec(text);
  if (m === null) return null;
  const bytes = (m[1] ?? "").split(".").map(Number);
  const bits = m[2] === undefined ? 32 : Number(m[2]);
  if (bytes.some((b) => b > 255) || bits > 32) return null;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return { addr: ip4(((a << 24) | (b << 16) | (c << 8) | d) >>> 0), bits };
}

const LINK_PROTOCOLS: Readonly<Record<string, number>> = { all: 3, ip: 0x800, ipv4: 0x800, arp: 0x806, ipv6: 0x86dd };

function linkCond(sys: Sys, text: string, isPort: boolean): Cond | FilterError {
  const colon = text.indexOf(":");
  const word = isPort ? text.replace(/^:/, "") : colon < 0 ? "" : text.slice(colon + 1);
  const name = isPort || colon === 0 ? "" : colon < 0 ? text : text.slice(0, colon);
  const port = word === "" || word === "*" ? null : /^\d+$/.test(word) ? Number(word) : indexOf(sys, word);
  const protocol = name === "" || name === "*" ? null : (LINK_PROTOCOLS[name] ?? (/^(0x[0-9a-f]+|\d+)$/i.test(name) ? Number(name) : undefined));
  return port === undefined || protocol === undefined ? bad() : { is: "link", port, protocol };
}

const indexOf = (sys: Sys, name: string): number | undefined => listLinks(sys).find((l) => l.name === name)?.ifindex;

/** `dev eth0` or `dev 3`. */
export function parseDevice(sys: Sys, word: string): { readonly ifindex: number } | FilterError {
  const ifindex = indexOf(sys, word) ?? (/^\d+$/.test(word) ? Number(word) : 0);
  return ifindex > 0 ? { ifindex } : { error: "Cannot parse device.\n", status: 1 };
}

/** `fwmark 0x10/0xff`. */
export function parseMark(word: string): { readonly mark: number; readonly mask: number } | FilterError {
  const m = /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(word);
  return m === null ? { error: `Cannot parse mark ${word}.\n`, status: 1 } : { mark: Number(m[1]), mask: m[2] === undefined ? 0xffffffff : Number(m[2]) };
}

