/** What dnsmasq is told to do, as data. */
import { parseIp4, type Ip4 } from "../../wire/addr.ts";
import { TYPE_MX, TYPE_PTR, TYPE_SRV, TYPE_TXT, CLASS_IN, type DnsRecord } from "../../wire/dns.ts";
import { nameToWire } from "../../wire/dns-name.ts";
import { utf8 } from "../../wire/text.ts";
import { concatBytes } from "../lib/bytes.ts";
import { parseIp6 } from "../lib/ip6.ts";
import type { Option } from "../lib/options.ts";

export interface Upstream {
  readonly addr: Ip4;
  readonly port: number;
}

/** What `--address`, `--server` and `--local` say of a domain and all below it; "." = of every name. */
export interface DomainRule {
  readonly domain: string;
  readonly is: "local" | "address4" | "address6" | "server" | "standard";
  readonly addr4?: Ip4;
  readonly addr6?: Uint8Array;
  readonly upstream?: Upstream;
}

/** A name with addresses of its own (`--host-record`). */
export interface HostRecord {
  readonly names: readonly string[];
  readonly addr4: Ip4 | null;
  readonly addr6: Uint8Array | null;
}

export interface Config {
  mode: "daemon" | "debug" | "foreground";
  port: number;
  readonly listen: Ip4[];
  readonly interfaces: string[];
  bindInterfaces: boolean;
  readonly rules: DomainRule[];
  readonly hostRecords: HostRecord[];
  readonly addnHosts: string[];
  noHosts: boolean;
  noResolv: boolean;
  /** `--no-poll`: the file is read once, without a word about it. */
  noPoll: boolean;
  resolvFile: string;
  readonly servers: Upstream[];
  logQueries: boolean;
  readonly cnames: Map<string, string>;
  readonly records: DnsRecord[];
  cacheSize: number;
  /** A file, "-" = standard error, null = the system log. */
  logFile: string | null;
  pidFile: string;
  localTtl: number;
  domainNeeded: boolean;
  bogusPriv: boolean;
  strictOrder: boolean;
  roundRobin: boolean;
  expandHosts: boolean;
  domain: string;
  asked: "version" | "test" | null;
}

export const emptyConfig = (): Config => ({
  mode: "daemon", port: 53, listen: [], interfaces: [], bindInterfaces: false, rules: [], hostRecords: [], addnHosts: [], noHosts: false,
  noResolv: false, noPoll: false, resolvFile: "/etc/resolv.conf", servers: [], logQueries: false, cnames: new Map(), records: [], cacheSize: 150, logFile: null,
  pidFile: "/run/dnsmasq.pid", localTtl: 0, domainNeeded: false, bogusPriv: false, strictOrder: false, roundRobin: true, expandHosts: false, domain: "", asked: null,
});

const absolute = (name: string): string => (name.endsWith(".") ? name : `${name}.`);

/** Words between commas; quotes keep commas and spaces. */
const commas = (text: string): string[] => (text.match(/(?:"[^"]*"|[^,"])+|(?<=,)(?=,|$)/g) ?? []).map((w) => w.trim().replace(/^"(.*)"$/s, "$1"));

type Setter = (c: Config, value: string) => string | null | void;

const SETTERS: Readonly<Record<string, Setter>> = {
  d: (c) => void (c.mode = "debug"),
  k: (c) => void (c.mode = c.mode === "debug" ? "debug" : "foreground"),
  p: (c, v) => number(v, 65535, (n) => (c.port = n)),
  a: (c, v) => listenOn(c, v),
  i: (c, v) => void c.interfaces.push(...commas(v)),
  z: (c) => void (c.bindInterfaces = true),
  A: (c, v) => addRules(c, v, "--address"),
  S: (c, v) => addRules(c, v, "--server"),
  local: (c, v) => addRules(c, v, "--server"),
  "host-record": (c, v) => hostRecord(c, v),
  H: (c, v) => void c.addnHosts.push(v),
  h: (c) => void (c.noHosts = true),
  R: (c) => void (c.noResolv = true),
  n: (c) => void (c.noPoll = true),
  r: (c, v) => void (c.resolvFile = v),
  q: (c) => void (c.logQueries = true),
  "log-queries": (c) => void (c.logQueries = true),
  cname: (c, v) => cname(c, v),
  Y: (c, v) => textRecord(c, v),
  m: (c, v) => mxRecord(c, v),
  W: (c, v) => srvRecord(c, v),
  "ptr-record": (c, v) => ptrRecord(c, v),
  c: (c, v) => number(v, 10000, (n) => (c.cacheSize = n)),
  "8": (c, v) => void (c.logFile = v),
  x: (c, v) => void (c.pidFile = v),
  T: (c, v) => number(v, 0x7fffffff, (n) => (c.localTtl = n)),
  D: (c) => void (c.domainNeeded = true),
  b: (c) => void (c.bogusPriv = true),
  o: (c) => void (c.strictOrder = true),
  "no-round-robin": (c) => void (c.roundRobin = false),
  E: (c) => void (c.expandHosts = true),
  s: (c, v) => void (c.domain = commas(v)[0] ?? ""),
  v: (c) => void (c.asked = "version"),
  test: (c) => void (c.asked = "test"),
};

/** Applies one option; the real program's words when its value is wrong. */
export const setOption = (config: Config, option: Option): string | null => SETTERS[option.key]?.(config, option.value ?? "") ?? null;

function number(text: string, max: number, set: (n: number) => void): string | null {
  if (!/^\d+$/.test(text) || Number(text) > max) return "try --help";
  set(Number(text));
  return null;
}

function listenOn(c: Config, text: string): string | null {
  for (const word of commas(text)) {
    const addr = parseIp4(word);
    if (addr === null) return word.includes(":") ? "listen-address of IPv6: not simulated here" : "try --help";
    c.listen.push(addr);
  }
  return null;
}

/** `/one/two/WHAT`, or WHAT alone: an upstream server, an address to answer with, `#`, or nothing (known here only). */
function addRules(c: Config, text: string, option: "--address" | "--server"): string | null {
  const domains = text.startsWith("/") ? text.slice(1).split("/").slice(0, -1) : [];
  const what = text.startsWith("/") ? text.slice(text.lastIndexOf("/") + 1) : text;
  if (option === "--address" && domains.length === 0) return "Bad address in --address";
  const server = option === "--server" && what !== "" && what !== "#" ? upstreamOf(what) : null;
  if (option === "--server" && what !== "" && what !== "#" && server === null) return "bad address";
  if (domains.length === 0 && server !== null) c.servers.push(server);
  for (const domain of domains) {
    const rules = option === "--server" ? [serverRule(server, what)] : addressRules(what);
    if (rules.length === 0) return "Bad address in --address";
    c.rules.push(...rules.map((rule) => ({ ...rule, domain: domain === "#" ? "." : absolute(domain.toLowerCase().replace(/^[*.]+/, "")) })));
  }
  return null;
}

type RuleWhat = Omit<DomainRule, "domain">;

const serverRule = (upstream: Upstream | null, what: string): RuleWhat => (upstream !== null ? { is: "server", upstream } : { is: what === "#" ? "standard" : "local" });

function addressRules(what: string): RuleWhat[] {
  if (what === "") return [{ is: "local" }];
  if (what === "#") return [{ is: "address4", addr4: 0 as Ip4 }, { is: "address6", addr6: new Uint8Array(16) }];
  const [addr4, addr6] = [parseIp4(what), parseIp6(what)];
  if (addr4 !== null) return [{ is: "address4", addr4 }];
  return addr6 === null ? [] : [{ is: "address6", addr6 }];
}

/** `ADDR#PORT`; what follows an `@` (device or source) is not simulated. */
export function upstreamOf(text: string): Upstream | null {
  const [host = "", port = "53"] = text.split("#");
  const addr = parseIp4(host);
  return addr === null || !/^\d+$/.test(port) ? null : { addr, port: Number(port) };
}

function hostRecord(c: Config, text: string): null | string {
  const words = commas(text);
  const addr4 = words.map(parseIp4).find((a) => a !== null) ?? null;
  const addr6 = words.map(parseIp6).find((a) => a !== null) ?? null;
  const names = words.filter((w) => parseIp4(w) === null && parseIp6(w) === null && !/^\d+$/.test(w));
  if (names.length === 0) return "Bad host-record";
  c.hostRecords.push({ names: names.map(absolute), addr4, addr6 });
  return null;
}

function cname(c: Config, text: string): string | null {
  const words = commas(text).filter((w) => !/^\d+$/.test(w));
  const target = words.pop();
  if (target === undefined || words.length === 0) return "bad CNAME";
  for (const alias of words) c.cnames.set(absolute(alias).toLowerCase(), absolute(target));
  return null;
}

function record(c: Config, name: string, type: number, parts: readonly (Uint8Array | string)[]): string | null {
  if (parts.some((p) => typeof p === "string")) return "bad name";
  const data = concatBytes(parts.filter((p) => typeof p !== "string"));
  c.records.push({ name: absolute(name), type, cls: CLASS_IN, ttl: 0, data });
  return null;
}

const word16 = (n: number): Uint8Array => Uint8Array.of((n >>> 8) & 255, n & 255);

function textRecord(c: Config, text: string): string | null {
  const [name = "", ...strings] = commas(text);
  const parts = (strings.length === 0 ? [""] : strings).map((s) => utf8(s).subarray(0, 255));
  return record(c, name, TYPE_TXT, parts.map((p) => concatBytes([Uint8Array.of(p.length), p])));
}

function mxRecord(c: Config, text: string): string | null {
  const [name = "", target = "", preference = "1"] = commas(text);
  if (name === "" || !/^\d+$/.test(preference)) return "bad MX name";
  return record(c, name, TYPE_MX, [word16(Number(preference)), nameToWire(absolute(target === "" ? name : target))]);
}

function srvRecord(c: Config, text: string): string | null {
  const [name = "", target = ".", port = "1", priority = "0", weight = "0"] = commas(text);
  if (![port, priority, weight].every((w) => /^\d+$/.test(w))) return "bad SRV record";
  return record(c, name, TYPE_SRV, [word16(Number(priority)), word16(Number(weight)), word16(Number(port)), nameToWire(absolute(target))]);
}

function ptrRecord(c: Config, text: string): string | null {
  const [name = "", target = "."] = commas(text);
  return record(c, name, TYPE_PTR, [nameToWire(absolute(target))]);
}
