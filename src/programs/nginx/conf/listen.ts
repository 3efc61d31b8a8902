import type { Task } from "../../../os/sys.ts";
import { parseIp4, type Ip4 } from "../../../wire/addr.ts";
import { resolveName } from "../../lib/resolve.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import type { Listen, ListenOptions } from "./model.ts";
import { dotted } from "./network.ts";
import { parseNumber, parseSize } from "./values.ts";

/** `listen` and `server_name`. */

export const ANY: Ip4 = parseIp4("0.0.0.0")!;
/** What nginx passes to listen(2) on Linux. */
const NGX_LISTEN_BACKLOG = 511;

interface Where {
  readonly family: "inet" | "inet6";
  readonly host: string;
  readonly addrs: readonly Ip4[];
  readonly port: number;
}

/** `8001`, `*:80`, `10.0.0.1:80`, `10.0.0.1`, `name:80`, `[::]:80`. */
function* readAddress(cf: Conf, text: string): Task<Where | ConfError> {
  const six = /^\[([0-9a-fA-F:.]*)\](?::(.*))?$/.exec(text);
  if (six !== null) return readSix(cf, text, six[1] ?? "", six[2]);
  const colon = text.lastIndexOf(":");
  const onlyPort = colon < 0 && /^\d+$/.test(text);
  const host = onlyPort ? "*" : colon < 0 ? text : text.slice(0, colon);
  const portText = onlyPort ? text : colon < 0 ? "80" : text.slice(colon + 1);
  const port = parseNumber(portText);
  if (port === null || port < 1 || port > 65535) return cf.emerg(`invalid port in "${text}" of the "listen" directive`);
  if (host === "*") return { family: "inet", host: "0.0.0.0", addrs: [ANY], port };
  if (host === "") return cf.emerg(`no host in "${text}" of the "listen" directive`);
  const found = yield* resolveName(cf.sys, host);
  if (found.is !== "found") return cf.emerg(`host not found in "${text}" of the "listen" directive`);
  return { family: "inet", host, addrs: [...new Set(found.addresses)], port };
}

function readSix(cf: Conf, text: string, host: string, portText: string | undefined): Where | ConfError {
  const port = parseNumber(portText ?? "80");
  if (port === null || port < 1 || port > 65535) return cf.emerg(`invalid port in "${text}" of the "listen" directive`);
  return { family: "inet6", host: `[${host}]`, addrs: [ANY], port };
}

interface Reading {
  backlog: number;
  rcvbuf: number | undefined;
  sndbuf: number | undefined;
  keepalive: boolean | undefined;
  reuseport: boolean;
  deferred: boolean;
  isDefault: boolean;
  hasOptions: boolean;
}

function readOption(cf: Conf, r: Reading, word: string, words: readonly string[]): ConfError | undefined {
  const [name = "", value] = word.split("=", 2);
  if (word === "default_server" || word === "default") {
    r.isDefault = true;
    return undefined;
  }
  if (word === "ssl" || word === "http2" || word === "proxy_protocol" || name === "fastopen" || name === "setfib") return cf.notHere(words);
  r.hasOptions = true;
  return readSocketOption(cf, r, word, name, value);
}

function readSocketOption(cf: Conf, r: Reading, word: string, name: string, value: string | undefined): ConfError | undefined {
  if (word === "bind") return undefined;
  if (word === "reuseport") r.reuseport = true;
  else if (word === "deferred") r.deferred = true;
  else if (word === "so_keepalive=on" || word === "so_keepalive=off") r.keepalive = word.endsWith("on");
  else if (name === "ipv6only" && (value === "on" || value === "off")) return undefined;
  else if (name === "backlog" || name === "rcvbuf" || name === "sndbuf") return readNumber(cf, r, name, value ?? "", word);
  else return cf.emerg(`invalid parameter "${word}"`);
  return undefined;
}

function readNumber(cf: Conf, r: Reading, name: "backlog" | "rcvbuf" | "sndbuf", value: string, word: string): ConfError | undefined {
  const n = name === "backlog" ? parseNumber(value) : parseSize(value);
  if (n === null || (name === "backlog" && n === 0)) return cf.emerg(`invalid ${name} "${word.slice(name.length + 1)}"`);
  r[name] = n;
  return undefined;
}

function* listen(cf: Conf, words: readonly string[]): Task<SetResult> {
  const { srv } = cf.scope;
  if (srv === undefined) return undefined;
  if (words[1]?.startsWith("unix:") === true) return cf.notHere(words);
  const where = yield* readAddress(cf, words[1] ?? "");
  if (isConfError(where)) return where;
  const r: Reading = { backlog: NGX_LISTEN_BACKLOG, rcvbuf: undefined, sndbuf: undefined, keepalive: undefined, reuseport: false, deferred: false, isDefault: false, hasOptions: false };
  for (const word of words.slice(2)) {
    const error = readOption(cf, r, word, words);
    if (error !== undefined) return error;
  }
  return addListens(cf, where, r);
}

function addListens(cf: Conf, where: Where, r: Reading): SetResult {
  const { srv, http } = cf.scope;
  for (const addr of where.addrs) {
    const text = `${where.family === "inet6" ? where.host : dotted(addr)}:${where.port}`;
    if (srv?.listens.some((l) => l.text === text) === true) return cf.emerg(`a duplicate listen ${text}`);
    const others = http?.servers.flatMap((s) => s.listens).filter((l) => l.text === text) ?? [];
    if (r.isDefault && others.some((l) => l.isDefault)) return cf.emerg(`a duplicate default server for ${text}`);
    if (r.hasOptions && others.some((l) => l.hasOptions)) return cf.emerg(`duplicate listen options for ${text}`);
    srv?.listens.push(newListen(cf.at, where, addr, text, r));
  }
  return undefined;
}

const newListen = (at: string, where: Where, addr: Ip4, text: string, r: Reading): Listen =>
  ({ text, family: where.family, addr, port: where.port, isDefault: r.isDefault, options: optionsOf(r), hasOptions: r.hasOptions, where: at });

const optionsOf = ({ backlog, rcvbuf, sndbuf, keepalive, reuseport, deferred }: Reading): ListenOptions => ({ backlog, rcvbuf, sndbuf, keepalive, reuseport, deferred });


/** Without `listen` a server listens on port 80 (as root). */
export const defaultListen = (at: string): Listen => ({
  text: "0.0.0.0:80", family: "inet", addr: ANY, port: 80, isDefault: false, hasOptions: false, where: at,
  options: { backlog: NGX_LISTEN_BACKLOG, rcvbuf: undefined, sndbuf: undefined, keepalive: undefined, reuseport: false, deferred: false },
});

function serverName(cf: Conf, words: readonly string[]): SetResult {
  const { srv } = cf.scope;
  for (const given of words.slice(1)) {
    const error = addName(cf, srv, given === "$hostname" ? cf.sys.hostname().toLowerCase() : given);
    if (error !== undefined) return error;
  }
  return undefined;
}

function addName(cf: Conf, srv: Conf["scope"]["srv"], given: string): SetResult {
  const pattern = given.startsWith("~") ? cf.pattern(given.slice(1), /[A-Z]/.test(given) ? true : false) : undefined;
  if (isConfError(pattern)) return pattern;
  if (given === "~") return cf.emerg(`empty regex in server name "${given}"`);
  if (/^\*[^.]|^\.$|^\.[^a-zA-Z0-9]?$/.test(given) && given !== "*") return cf.emerg(`server name "${given}" is invalid`);
  if (pattern === undefined && given.includes("/")) cf.warn(`server name "${given}" has suspicious symbols`);
  const name = pattern === undefined ? given.toLowerCase() : given;
  if (srv !== undefined && srv.names.length === 0) srv.serverName = name.startsWith(".") ? name.slice(1) : name;
  srv?.names.push({ name, pattern });
  return undefined;
}

export const LISTEN_DIRECTIVES: readonly Directive[] = [
  directive("listen", "s", "1+", listen),
  directive("server_name", "s", "1+", serverName),
];
