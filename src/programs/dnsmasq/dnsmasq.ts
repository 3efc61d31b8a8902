/** dnsmasq(8) 2.90 as a DNS server: names from hosts files and options, the rest from upstream servers. No DHCP, TFTP, DNSSEC. */
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { shownName, VERSION, type Knowledge } from "./answer.ts";
import { Cache } from "./cache.ts";
import { upstreamOf, type Config, type Upstream } from "./config.ts";
import { Database } from "./database.ts";
import { openListeners, type Listeners } from "./listen.ts";
import { openLog } from "./log.ts";
import { readConfig } from "./options.ts";
import { DnsServer } from "./server.ts";

const FEATURES = "IPv6 GNU-getopt DBus no-UBus i18n IDN2 DHCP DHCPv6 no-Lua TFTP conntrack ipset nftset auth cryptohash DNSSEC loop-detect inotify dumpfile";
const VERSION_TEXT = `Dnsmasq version ${VERSION}  Copyright (c) 2000-2024 Simon Kelley
Compile time options: ${FEATURES}

This software comes with ABSOLUTELY NO WARRANTY.
Dnsmasq is free software, and you are welcome to redistribute it
under the terms of the GNU General Public License, version 2 or 3.
`;
const STATUS_BAD_NETWORK = 2;

export const dnsmasq: Program = function* (sys, argv) {
  const parsed = readConfig(sys, argv);
  if (parsed.is === "bad") return yield* complain(sys, parsed.text, parsed.status);
  const { config } = parsed;
  if (config.asked === "version") yield* sys.write(STDOUT, VERSION_TEXT);
  if (config.asked === "test") yield* sys.write(STDERR, "dnsmasq: syntax check OK.\n");
  if (config.asked !== null) return 0;
  const listeners = openListeners(sys, config);
  if (typeof listeners === "string") return yield* complain(sys, `\ndnsmasq: ${listeners}\n`, STATUS_BAD_NETWORK);
  if (config.mode !== "daemon") return yield* serve(sys, config, listeners);
  return yield* becomeDaemon(sys, argv, config, listeners);
};

function* complain(sys: Sys, text: string, status: number): Task<number> {
  yield* sys.write(STDERR, text);
  return status;
}

/** fork, setsid, /dev/null: the caller gets its prompt back when the sockets are open. */
function* becomeDaemon(sys: Sys, argv: readonly string[], config: Config, listeners: Listeners): Task<number> {
  const none = sys.open("/dev/null", { read: true, write: true });
  if (isErrno(none)) return yield* complain(sys, `\ndnsmasq: ${strerror(none)}\n`, STATUS_BAD_NETWORK);
  const fds = new Map([[0, none], [1, none], [2, none], ...[...listeners.udp, ...listeners.tcp].map((fd) => [fd, fd] as const)]);
  const run: Program = function* (child) {
    child.setsid();
    return yield* serve(child, config, listeners);
  };
  const pid = sys.spawn({ run, argv, fds, comm: "dnsmasq" });
  return isErrno(pid) ? yield* complain(sys, `\ndnsmasq: cannot fork into background: ${strerror(pid)}\n`, STATUS_BAD_NETWORK) : 0;
}

function* serve(sys: Sys, config: Config, listeners: Listeners): Task<number> {
  const log = openLog(sys, config);
  const upstream = config.noResolv ? [] : resolvServers(sys, config);
  const known: Knowledge = { config, database: new Database(config), cache: new Cache(config.cacheSize), servers: [...config.servers, ...upstream] };
  const server = new DnsServer(sys, known, listeners, log);
  sys.signal("SIGTERM", () => void (server.stopped = true));
  if (config.mode === "debug") sys.signal("SIGINT", () => void (server.stopped = true));
  sys.signal("SIGUSR1", () => void (server.dumpAsked = true));
  sys.signal("SIGHUP", () => void (server.reload = true));
  if (config.mode !== "debug" && config.pidFile !== "") sys.writeFile(config.pidFile, `${sys.pid}\n`);
  for (const line of greeting(config)) yield* log(line);
  const file = resolvLines(sys, config, upstream);
  const names = known.database.reload(sys);
  for (const line of config.noPoll ? [...names, ...file] : [...file, ...names]) yield* log(line);
  yield* server.run();
  if (config.mode !== "debug") sys.unlink(config.pidFile);
  yield* log("exiting on receipt of SIGTERM");
  return 0;
}

function resolvServers(sys: Sys, config: Config): Upstream[] {
  const bytes = sys.readFile(config.resolvFile);
  const lines = isErrno(bytes) ? [] : fromUtf8(bytes).split("\n").map((l) => l.trim().split(/\s+/));
  return lines.filter((w) => w[0] === "nameserver").map((w) => upstreamOf(w[1] ?? "")).filter((u) => u !== null);
}

/** What is logged before the first question. */
function greeting(config: Config): string[] {
  const size = config.cacheSize === 0 ? "cache disabled" : `cachesize ${config.cacheSize}`;
  const alone = config.noResolv && config.servers.length === 0 && !config.rules.some((r) => r.upstream !== undefined);
  return [`started, version ${VERSION} ${size}`, `compile time options: ${FEATURES}`, ...(alone ? ["warning: no upstream servers configured"] : []), ...serverLines(config, config.servers)];
}

function resolvLines(sys: Sys, config: Config, upstream: readonly Upstream[]): string[] {
  if (config.noResolv || isErrno(sys.stat(config.resolvFile))) return [];
  return [...(config.noPoll ? [] : [`reading ${config.resolvFile}`]), ...serverLines(config, [...config.servers, ...upstream])];
}

function serverLines(config: Config, servers: readonly Upstream[]): string[] {
  const at = (u: Upstream): string => `using nameserver ${formatIp4(u.addr)}#${u.port}`;
  const forDomain = config.rules.flatMap((r) => (r.upstream === undefined ? [] : [`${at(r.upstream)} for domain ${shownName(r.domain)} `]));
  const local = config.rules.filter((r) => r.is === "local").map((r) => `using only locally-known addresses for ${shownName(r.domain)}`).reverse();
  return [...config.servers.map(at), ...forDomain, ...servers.slice(config.servers.length).map(at), ...local];
}
