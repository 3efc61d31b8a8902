import type { Task } from "../../../os/sys.ts";
import { resolveName } from "../../lib/resolve.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import type { Upstream, UpstreamServer } from "./model.ts";
import { DUPLICATE, INVALID, harmless } from "./slots.ts";
import { parseMsec, parseNumber, parseSec } from "./values.ts";

/** `upstream` blocks: their servers, and how one is chosen. */

const KEEPALIVE_TIMEOUT_MS = 60_000;
const KEEPALIVE_REQUESTS = 1000;
const KEEPALIVE_TIME_MS = 3_600_000;

export const newUpstream = (host: string, port: number, explicit: boolean, where: string): Upstream => ({
  host, explicit, port, where, servers: [], method: "round_robin", hashKey: undefined, randomTwo: false,
  keepalive: 0, keepaliveTimeout: KEEPALIVE_TIMEOUT_MS, keepaliveRequests: KEEPALIVE_REQUESTS, keepaliveTime: KEEPALIVE_TIME_MS, zone: undefined,
});

/** What stands after `http://` or after `server`: host, port and the rest. */
export function parseUrl(text: string): { readonly host: string; readonly port: number; readonly hostPort: string; readonly rest: string } | string {
  const cut = /[/?]/.exec(text)?.index ?? text.length;
  const hostPort = text.slice(0, cut);
  const colon = hostPort.startsWith("[") ? hostPort.indexOf(":", hostPort.indexOf("]")) : hostPort.indexOf(":");
  const host = colon < 0 ? hostPort : hostPort.slice(0, colon);
  if (host === "") return "no host";
  const port = colon < 0 ? 0 : parseNumber(hostPort.slice(colon + 1));
  if (port === null || (colon >= 0 && (port < 1 || port > 65535))) return "invalid port";
  return { host, port, hostPort, rest: text.slice(cut) };
}

/** Looks a server's name up; done once, when the configuration is read. */
export function* lookUp(cf: Conf, host: string, port: number, named: string): Task<UpstreamServer["addrs"] | ConfError> {
  if (host.startsWith("[")) return cf.emerg(`"${named}": IPv6 not simulated here`);
  const found = yield* resolveName(cf.sys, host);
  if (found.is !== "found") return cf.emerg(`host not found in upstream "${named}"`);
  return [...new Set(found.addresses)].map((addr) => ({ family: "inet" as const, addr, port }));
}

function* upstream(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { http } = cf.scope;
  const name = words[1] ?? "";
  if (http === undefined) return undefined;
  if (http.upstreams.some((u) => u.explicit && u.host === name)) return cf.emerg(`duplicate upstream "${name}"`);
  const made = newUpstream(name, 0, true, cf.at);
  const error = yield* cf.readBlock({ ...cf.scope, place: "upstream", upstream: made });
  if (error !== undefined) return error;
  if (made.servers.length === 0) return cf.emerg("no servers are inside upstream");
  http.upstreams.push(made);
  return undefined;
}

interface ServerOptions {
  weight: number;
  maxFails: number;
  failTimeoutSec: number;
  maxConns: number;
  backup: boolean;
  down: boolean;
}

const NUMBERS: Readonly<Record<string, "weight" | "maxFails" | "maxConns">> = { weight: "weight", max_fails: "maxFails", max_conns: "maxConns" };

function readServerOption(cf: Conf, o: ServerOptions, word: string): ConfError | undefined {
  const [name = "", value = ""] = word.split(/=(.*)/s);
  const key = word.includes("=") && Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
  const bad = (): ConfError => cf.emerg(`invalid parameter "${word}"`);
  if (key !== undefined) {
    const n = parseNumber(value);
    if (n === null || (key === "weight" && n === 0)) return bad();
    o[key] = n;
  } else if (name === "fail_timeout" && word.includes("=")) {
    const sec = parseSec(value);
    if (sec === null) return bad();
    o.failTimeoutSec = sec;
  } else if (word === "backup") {
    if (cf.scope.upstream !== undefined && NO_BACKUP.includes(cf.scope.upstream.method)) return cf.emerg('balancing method does not support parameter "backup"');
    o.backup = true;
  } else if (word === "down") o.down = true;
  else return bad();
  return undefined;
}

const NO_BACKUP: readonly Upstream["method"][] = ["ip_hash", "hash", "hash_consistent", "random"];

function* server(cf: Conf, words: readonly string[]): Task<SetResult> {
  const name = words[1] ?? "";
  if (name.startsWith("unix:")) return cf.notHere(words);
  const o: ServerOptions = { weight: 1, maxFails: 1, failTimeoutSec: 10, maxConns: 0, backup: false, down: false };
  for (const word of words.slice(2)) {
    const error = readServerOption(cf, o, word);
    if (error !== undefined) return error;
  }
  const url = parseUrl(name);
  if (typeof url === "string") return cf.emerg(`${url} in upstream "${name}"`);
  if (url.rest !== "") return cf.emerg(`invalid host in upstream "${name}"`);
  const addrs = yield* lookUp(cf, url.host, url.port === 0 ? 80 : url.port, name);
  if (isConfError(addrs as object)) return addrs as ConfError;
  cf.scope.upstream?.servers.push({ name, addrs: addrs as UpstreamServer["addrs"], ...o });
  return undefined;
}

function method(cf: Conf, how: Upstream["method"]): undefined {
  const up = cf.scope.upstream;
  if (up === undefined) return undefined;
  if (up.method !== "round_robin" || up.keepalive > 0) cf.warn("load balancing method redefined");
  up.method = how;
}

function hash(cf: Conf, words: readonly string[]): SetResult {
  const key = cf.script(words[1] ?? "");
  if (isConfError(key)) return key;
  if (words[2] !== undefined && words[2] !== "consistent") return cf.emerg(`invalid parameter "${words[2]}"`);
  method(cf, words[2] === undefined ? "hash" : "hash_consistent");
  if (cf.scope.upstream !== undefined) cf.scope.upstream.hashKey = key;
  return words[2] === undefined ? undefined : cf.notHere(words);
}

function random(cf: Conf, words: readonly string[]): SetResult {
  method(cf, "random");
  if (words[1] !== undefined && words[1] !== "two") return cf.emerg(`invalid parameter "${words[1]}"`);
  if (words[2] !== undefined && words[2] !== "least_conn") return cf.emerg(`invalid parameter "${words[2]}"`);
  if (cf.scope.upstream !== undefined) cf.scope.upstream.randomTwo = words[1] === "two";
  return undefined;
}

function keepalive(cf: Conf, words: readonly string[]): SetResult {
  const up = cf.scope.upstream;
  const n = parseNumber(words[1] ?? "");
  if (up !== undefined && up.keepalive > 0) return DUPLICATE;
  if (n === null || n === 0) return cf.emerg(`invalid value "${words[1]}" in "keepalive" directive`);
  if (up !== undefined) up.keepalive = n;
  return undefined;
}

type Number = "keepaliveTimeout" | "keepaliveRequests" | "keepaliveTime";
const number = (name: string, key: Number, parse: (t: string) => number | null): Directive => directive(name, "u", "1", (cf, words) => {
  const n = parse(words[1] ?? "");
  if (n === null) return INVALID;
  if (cf.scope.upstream !== undefined) cf.scope.upstream[key] = n;
  return undefined;
});

export const UPSTREAM_DIRECTIVES: readonly Directive[] = [
  directive("upstream", "h", "{1", upstream), directive("server", "u", "1+", server),
  directive("least_conn", "u", "0", (cf) => method(cf, "least_conn")), directive("ip_hash", "u", "0", (cf) => method(cf, "ip_hash")),
  directive("hash", "u", "1-2", hash), directive("random", "u", "0-2", random), directive("keepalive", "u", "1", keepalive),
  number("keepalive_timeout", "keepaliveTimeout", parseMsec), number("keepalive_requests", "keepaliveRequests", parseNumber), number("keepalive_time", "keepaliveTime", parseMsec),
  harmless("zone", "u", "1-2"),
];
