/** What the C library's resolver reads before it asks anybody: resolv.conf(5), nsswitch.conf(5), hosts(5). */
import { isErrno } from "../../../net/uapi/errno.ts";
import type { Sys } from "../../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../../wire/addr.ts";
import { fromUtf8 } from "../../../wire/text.ts";
import { inetAton } from "../aton.ts";

const LOCALHOST = 0x7f000001 as Ip4;
/** MAXNS, RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY of resolv.h. */
const MAX_SERVERS = 3;
const MAX_NDOTS = 15;
const MAX_TIMEOUT_S = 30;
const MAX_ATTEMPTS = 5;

export interface ResolvConf {
  /** At most three; 127.0.0.1 when the file names none. */
  readonly servers: readonly Ip4[];
  readonly search: readonly string[];
  /** Dots from which on a name is tried as it stands first. */
  readonly ndots: number;
  readonly timeoutS: number;
  readonly attempts: number;
  readonly rotate: boolean;
  readonly useTcp: boolean;
  readonly noAaaa: boolean;
  readonly singleRequest: boolean;
  readonly edns: boolean;
  readonly trustAd: boolean;
}

export const readLines = (sys: Sys, path: string): string[] => {
  const bytes = sys.readFile(path);
  return isErrno(bytes) ? [] : fromUtf8(bytes).split("\n");
};

/** /etc/resolv.conf as res_init(3) reads it: the last `search` or `domain` counts, of the options the last of its kind. */
export function readResolvConf(sys: Sys): ResolvConf {
  const servers: Ip4[] = [];
  const options = new Map<string, string>();
  const hostname = sys.hostname();
  let search = hostname.includes(".") ? [hostname.slice(hostname.indexOf(".") + 1)] : [];
  for (const line of readLines(sys, "/etc/resolv.conf")) {
    if (/^[#;]/.test(line)) continue;
    const [keyword = "", ...words] = line.trimEnd().split(/[ \t]+/);
    const address = keyword === "nameserver" ? inetAton(words[0] ?? "") : null;
    if (address !== null && servers.length < MAX_SERVERS) servers.push(address);
    else if (keyword === "search" && words.length > 0) search = words;
    else if (keyword === "domain" && words[0] !== undefined) search = [words[0]];
    else if (keyword === "options") for (const word of words) options.set(word.replace(/:.*/, ""), word.replace(/^[^:]*:?/, ""));
  }
  return { servers: servers.length > 0 ? servers : [LOCALHOST], search: search.map((d) => d.replace(/\.$/, "")), ...fromOptions(options) };
}

function fromOptions(options: ReadonlyMap<string, string>): Omit<ResolvConf, "servers" | "search"> {
  const number = (key: string, fallback: number, max: number): number => {
    const digits = /^\d+/.exec(options.get(key) ?? "");
    return digits === null ? fallback : Math.min(Number(digits[0]), max);
  };
  return {
    ndots: number("ndots", 1, MAX_NDOTS), timeoutS: number("timeout", 5, MAX_TIMEOUT_S), attempts: number("attempts", 2, MAX_ATTEMPTS),
    rotate: options.has("rotate"), useTcp: options.has("use-vc"), noAaaa: options.has("no-aaaa"),
    singleRequest: options.has("single-request") || options.has("single-request-reopen"), edns: options.has("edns0") || options.has("trust-ad"), trustAd: options.has("trust-ad"),
  };
}

export type NssStatus = "success" | "notfound" | "unavail" | "tryagain";
export interface NssService {
  readonly name: string;
  /** What to do after each status; absent: stop at success, else go on. */
  readonly actions: ReadonlyMap<NssStatus, "return" | "continue">;
}

const DEFAULT_HOSTS = "dns [!UNAVAIL=return] files";
const STATUSES: readonly NssStatus[] = ["success", "notfound", "unavail", "tryagain"];

/** Services of a database of /etc/nsswitch.conf, in order, with their actions in brackets. */
export function nssServices(sys: Sys, database: string, fallback = DEFAULT_HOSTS): NssService[] {
  const line = readLines(sys, "/etc/nsswitch.conf").map((l) => l.replace(/#.*/, "")).find((l) => l.trim().startsWith(`${database}:`));
  const words = (line?.replace(/^[^:]*:/, "") ?? fallback).match(/\[[^\]]*\]|[^\s[]+/g) ?? [];
  const services: { name: string; actions: Map<NssStatus, "return" | "continue"> }[] = [];
  for (const word of words) {
    if (!word.startsWith("[")) services.push({ name: word, actions: new Map() });
    else for (const [status, action] of actionsOf(word)) services.at(-1)?.actions.set(status, action);
  }
  return services;
}

/** `[NOTFOUND=return !UNAVAIL=continue]` */
function actionsOf(text: string): (readonly [NssStatus, "return" | "continue"])[] {
  return [...text.toLowerCase().matchAll(/(!?)(\w+)\s*=\s*(\w+)/g)].flatMap(([, not, status, action]) => {
    const chosen = STATUSES.filter((s) => (s === status) !== (not === "!"));
    return chosen.map((s) => [s, action === "return" || action === "merge" ? "return" : "continue"] as const);
  });
}

/** Does the search for a name end after this service answered so? */
export const endsWith = (service: NssService, status: NssStatus): boolean => (service.actions.get(status) ?? (status === "success" ? "return" : "continue")) === "return";

export interface HostsLine {
  readonly addr: Ip4;
  /** Canonical name first, then aliases. */
  readonly names: readonly string[];
}

/** The IPv4 lines of /etc/hosts. */
export function readHosts(sys: Sys): HostsLine[] {
  return readLines(sys, "/etc/hosts").flatMap((line) => {
    const [first = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const addr = parseIp4(first);
    return addr === null || names.length === 0 ? [] : [{ addr, names }];
  });
}
