import type { Task } from "../../os/sys.ts";
import { plainTool, type Io } from "../lib/tool.ts";
import { addressInfo, allHosts, hostsEntry } from "./hosts.ts";
import { TABLES } from "./tables.ts";

const HINT = "Try `getent --help' or `getent --usage' for more information.\n";
/** Databases of glibc's getent that are not read here. */
const OTHERS = ["aliases", "ethers", "gshadow", "initgroups", "netgroup", "rpc", "shadow"];
const AHOSTS = ["ahosts", "ahostsv4", "ahostsv6"];

/** getent(1) of glibc: how programs here look names up. Status 2: a key was not found. */
export const getent = plainTool(function* (io, args) {
  const [database, ...keys] = args;
  if (database?.startsWith("-") === true) {
    yield* io.err(`getent: ${database}: not simulated here\n`);
    return 1;
  }
  if (database !== undefined && OTHERS.includes(database)) {
    yield* io.err(`getent: ${database}: not simulated here\n`);
    return 1;
  }
  if (database === undefined || (database !== "hosts" && !AHOSTS.includes(database) && TABLES[database] === undefined)) {
    yield* io.err(database === undefined ? "getent: wrong number of arguments\n" : `Unknown database: ${database}\n`);
    yield* io.out.text(HINT);
    return 1;
  }
  if (keys.length === 0) yield* io.out.text(TABLES[database]?.all(io.sys) ?? allHosts(io.sys));
  let status = 0;
  for (const key of keys) {
    const text = yield* find(io, database, key);
    if (text === null) status = 2;
    else yield* io.out.text(text);
  }
  return status;
});

function* find(io: Io, database: string, key: string): Task<string | null> {
  const table = TABLES[database];
  if (table !== undefined) return table.find(io.sys, key);
  return database === "hosts" ? yield* hostsEntry(io.sys, key) : yield* addressInfo(io.sys, database, key);
}
