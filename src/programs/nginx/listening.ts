import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";
import { dotted } from "./conf/network.ts";
import type { HttpConf, Listen, MainConf, SrvConf } from "./conf/model.ts";
import type { Pattern } from "./conf/regex.ts";
import type { ErrorLogger} from "./log.ts";
import { errnoText } from "./log.ts";

/** The servers that share one address and port, by name (ngx_http_conf_addr_t). */
export interface AddrConf {
  readonly text: string;
  readonly addr: Ip4;
  readonly port: number;
  readonly defaultServer: SrvConf;
  readonly exact: ReadonlyMap<string, SrvConf>;
  /** `.example.com` for `*.example.com`, longest first. */
  readonly heads: readonly (readonly [string, SrvConf])[];
  /** `www.example.` for `www.example.*`. */
  readonly tails: readonly (readonly [string, SrvConf])[];
  readonly patterns: readonly (readonly [Pattern, SrvConf])[];
}

/** A socket that waits for connections; one on all addresses serves every address of its port. */
export interface Listening {
  readonly text: string;
  readonly listen: Listen;
  readonly confs: readonly AddrConf[];
  fd: number;
}

/** server_name lookup: exact, `*.x` longest first, `x.*` longest first, patterns in order, else the default. */
export function findServer(conf: AddrConf, host: string): SrvConf {
  const exact = conf.exact.get(host);
  if (exact !== undefined) return exact;
  const head = conf.heads.find(([suffix]) => host.endsWith(suffix) && host.length > suffix.length);
  const tail = head ?? conf.tails.find(([prefix]) => host.startsWith(prefix) && host.length > prefix.length);
  return tail?.[1] ?? conf.patterns.find(([p]) => p.regex.test(host))?.[1] ?? conf.defaultServer;
}

const longestFirst = (a: readonly [string, SrvConf], b: readonly [string, SrvConf]): number => b[0].length - a[0].length;

function addrConf(listen: Listen, servers: readonly SrvConf[]): AddrConf {
  const here = servers.filter((s) => s.listens.some((l) => l.text === listen.text));
  const marked = here.find((s) => s.listens.some((l) => l.text === listen.text && l.isDefault));
  const exact = new Map<string, SrvConf>();
  const heads: [string, SrvConf][] = [];
  const tails: [string, SrvConf][] = [];
  const patterns: [Pattern, SrvConf][] = [];
  for (const srv of here) {
    for (const { name, pattern } of srv.names) {
      if (pattern !== undefined) patterns.push([pattern, srv]);
      else if (name.startsWith("*.")) heads.push([name.slice(1), srv]);
      else if (name.startsWith(".")) {
        heads.push([name, srv]);
        if (!exact.has(name.slice(1))) exact.set(name.slice(1), srv);
      } else if (name.endsWith(".*")) tails.push([name.slice(0, -1), srv]);
      else if (!exact.has(name)) exact.set(name, srv);
    }
  }
  return { text: listen.text, addr: listen.addr, port: listen.port, defaultServer: marked ?? here[0]!, exact, heads: heads.sort(longestFirst), tails: tails.sort(longestFirst), patterns };
}

/** One socket an address and port; addresses whose port is listened to on all addresses need none. */
export function planListening(http: HttpConf): Listening[] {
  const listens = new Map<string, Listen>();
  for (const listen of http.servers.flatMap((s) => s.listens)) {
    const known = listens.get(listen.text);
    if (known === undefined) listens.set(listen.text, { ...listen });
    else if (listen.hasOptions) known.options = listen.options;
  }
  const all = [...listens.values()];
  const wild = (l: Listen): boolean => l.family === "inet6" || l.addr === 0;
  const bound = all.filter((l) => wild(l) || l.hasOptions || !all.some((o) => o.family === l.family && o.port === l.port && o.addr === 0));
  return bound.map((listen) => {
    const shares = wild(listen) && listen.family === "inet" ? all.filter((l) => l.family === "inet" && l.port === listen.port) : [listen];
    return { text: listen.text, listen, confs: shares.map((l) => addrConf(l, http.servers)), fd: -1 };
  });
}

/** Whose configuration serves a connection that came to `addr`. */
export const confFor = (listening: Listening, addr: Ip4): AddrConf =>
  listening.confs.find((c) => c.addr === addr) ?? listening.confs.find((c) => c.text === listening.text) ?? listening.confs[0]!;

const TRIES = 5;
const RETRY_NS = 500_000_000;

interface Opening {
  readonly sys: Sys;
  readonly logger: ErrorLogger;
  readonly test: boolean;
}

/** Opens all sockets; what is taken is tried five times, half a second apart (ngx_open_listening_sockets). */
export function* openListening(o: Opening, main: MainConf, old: readonly Listening[]): Task<readonly Listening[] | null> {
  const plan = main.http === undefined ? [] : planListening(main.http);
  for (const one of plan) one.fd = old.find((l) => l.text === one.text)?.fd ?? -1;
  for (let tries = TRIES; tries > 0; tries--) {
    const busy = openAll(o, plan);
    if (busy === "failed") return null;
    if (busy === 0) return plan;
    // Without an error_log only errors are told.
    if (tries > 1 && main.errorLogs.length > 0) o.logger.log("notice", "try again to bind() after 500ms");
    yield* o.logger.flush();
    yield* o.sys.sleep(RETRY_NS);
  }
  o.logger.log("emerg", "still could not bind()");
  return null;
}

function openAll(o: Opening, plan: readonly Listening[]): number | "failed" {
  let busy = 0;
  for (const one of plan) {
    if (one.fd >= 0) continue;
    const opened = openOne(o, one);
    if (opened === "failed") return "failed";
    if (opened === "busy") busy += o.test ? 0 : 1;
  }
  return busy;
}

function openOne({ sys, logger, test }: Opening, one: Listening): "open" | "busy" | "failed" {
  const fd = sys.socket(one.listen.family, "stream");
  if (isErrno(fd)) {
    logger.log("emerg", `socket() ${one.text} failed${errnoText(fd)}`);
    return "failed";
  }
  sys.setsockopt(fd, "SO_REUSEADDR", true);
  if (one.listen.options.reuseport) sys.setsockopt(fd, "SO_REUSEPORT", true);
  sys.setNonBlock(fd, true);
  const refused = sys.bind(fd, { family: "inet", addr: one.listen.addr, port: one.listen.port });
  if (refused !== undefined) {
    sys.close(fd);
    if (refused !== "EADDRINUSE" || !test) logger.log("emerg", `bind() to ${one.text} failed${errnoText(refused)}`);
    return refused === "EADDRINUSE" ? "busy" : "failed";
  }
  return listenOn(sys, logger, one, fd);
}

function listenOn(sys: Sys, logger: ErrorLogger, one: Listening, fd: number): "open" | "failed" {
  const { backlog, rcvbuf, sndbuf, keepalive } = one.listen.options;
  if (rcvbuf !== undefined) sys.setsockopt(fd, "SO_RCVBUF", rcvbuf);
  if (sndbuf !== undefined) sys.setsockopt(fd, "SO_SNDBUF", sndbuf);
  if (one.listen.options.deferred) sys.setsockopt(fd, "TCP_DEFER_ACCEPT", 1e9);
  if (keepalive !== undefined) sys.setsockopt(fd, "SO_KEEPALIVE", keepalive);
  const refused = sys.listen(fd, backlog);
  if (refused !== undefined) {
    logger.log("emerg", `listen() to ${one.text}, backlog ${backlog} failed${errnoText(refused)}`);
    return "failed";
  }
  one.fd = fd;
  return "open";
}

export const addressText = (addr: Ip4): string => dotted(addr);
