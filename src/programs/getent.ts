import type { Task } from "../os/sys.ts";
import { formatIp4 } from "../wire/addr.ts";
import { inetAton } from "./lib/aton.ts";
import { readText } from "./lib/proc.ts";
import { resolveName } from "./lib/resolve.ts";
import { plainTool, type Io } from "./lib/tool.ts";

const HINT = "Try `getent --help' or `getent --usage' for more information.\n";
/** Databases of glibc's getent that are not read here. */
const OTHERS = ["ahosts", "ahostsv4", "ahostsv6", "aliases", "ethers", "group", "gshadow", "initgroups", "netgroup", "networks", "passwd", "protocols", "rpc", "services", "shadow"];

interface HostLine {
  readonly addr: string;
  readonly names: readonly string[];
}

function hostLines(io: Io): HostLine[] {
  const lines = (readText(io.sys, "/etc/hosts") ?? "").split("\n").map((l) => l.replace(/#.*/, "").trim().split(/\s+/));
  return lines.flatMap(([addr = "", ...names]) => (addr === "" || names.length === 0 ? [] : [{ addr, names }]));
}

const shown = (addr: string, names: readonly string[]): string => `${addr.padEnd(15)} ${names.join(" ")}\n`;

/** A name is asked for as IPv6 first, which only /etc/hosts can answer here, then as IPv4. */
function* lookUp(io: Io, key: string): Task<string | null> {
  const lines = hostLines(io);
  const isAddress = inetAton(key) !== null || key.includes(":");
  const known = isAddress ? lines.filter((l) => l.addr === key).slice(0, 1) : lines.filter((l) => l.names.includes(key));
  const chosen = known.find((l) => l.addr.includes(":")) ?? known[0];
  if (chosen !== undefined) return shown(chosen.addr, chosen.names);
  if (isAddress) return null;
  const found = yield* resolveName(io.sys, key);
  return found.is === "failed" ? null : found.addresses.map((a) => shown(formatIp4(a), [found.canonicalName])).join("");
}

/** getent(1) of glibc for the database "hosts": how programs here turn names into addresses. Status 2: not found. */
export const getent = plainTool(function* (io, args) {
  const [database, ...keys] = args;
  if (database?.startsWith("-") === true) {
    yield* io.err(`getent: ${database}: not simulated here\n`);
    return 1;
  }
  if (database === undefined || (database !== "hosts" && !OTHERS.includes(database))) {
    yield* io.err(database === undefined ? "getent: wrong number of arguments\n" : `Unknown database: ${database}\n`);
    yield* io.out.text(HINT);
  } else if (database !== "hosts") yield* io.err(`getent: ${database}: not simulated here\n`);
  if (database !== "hosts") return 1;
  if (keys.length === 0) yield* io.out.text(hostLines(io).map((l) => shown(l.addr.includes(":") ? "127.0.0.1" : l.addr, l.names)).join(""));
  let status = 0;
  for (const key of keys) {
    const text = yield* lookUp(io, key);
    if (text === null) status = 2;
    else yield* io.out.text(text);
  }
  return status;
});
