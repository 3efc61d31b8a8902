/** getent's databases that are files: services, protocols, networks, passwd, group. */
import type { Sys } from "../../os/sys.ts";
import { readLines } from "../lib/resolver/conf.ts";
import { readProtocols, readServices, type ProtocolName, type Service } from "../lib/services.ts";

/** Looks a key up; null = not there. Without a key everything is listed. */
export interface Table {
  find(sys: Sys, key: string): string | null;
  all(sys: Sys): string;
}

const named = (name: string, rest: string, aliases: readonly string[]): string => `${name.padEnd(21)} ${rest}${aliases.map((a) => ` ${a}`).join("")}\n`;
const serviceLine = (s: Service): string => named(s.name, `${s.port}/${s.proto}`, s.aliases);
const protocolLine = (p: ProtocolName): string => named(p.name, String(p.number), p.aliases);

const services: Table = {
  find(sys, key) {
    const [what = "", proto] = key.split("/");
    const found = readServices(sys).find((s) => (/^\d+$/.test(what) ? s.port === Number(what) : s.name === what || s.aliases.includes(what)) && (proto === undefined || s.proto === proto));
    return found === undefined ? null : serviceLine(found);
  },
  all: (sys) => readServices(sys).map(serviceLine).join(""),
};

const protocols: Table = {
  find(sys, key) {
    const found = readProtocols(sys).find((p) => (/^\d+$/.test(key) ? p.number === Number(key) : p.name === key || p.aliases.includes(key)));
    return found === undefined ? null : protocolLine(found);
  },
  all: (sys) => readProtocols(sys).map(protocolLine).join(""),
};

const networkRows = (sys: Sys): string[][] => readLines(sys, "/etc/networks").map((l) => l.replace(/#.*/, "").trim().split(/\s+/)).filter((w) => w.length >= 2);
const networkLine = ([name = "", net = "", ...aliases]: readonly string[]): string => named(name, net, aliases);
const networks: Table = {
  find(sys, key) {
    const found = networkRows(sys).find(([name, net, ...aliases]) => name === key || net === key || aliases.includes(key));
    return found === undefined ? null : networkLine(found);
  },
  all: (sys) => networkRows(sys).map(networkLine).join(""),
};

/** A file of lines with colons, found by name or by the number in the third field. */
const colons = (path: string): Table => ({
  find(sys, key) {
    const found = readLines(sys, path).find((l) => l.split(":")[/^\d+$/.test(key) ? 2 : 0] === key);
    return found === undefined || found === "" ? null : `${found}\n`;
  },
  all: (sys) => readLines(sys, path).filter((l) => l !== "").map((l) => `${l}\n`).join(""),
});

export const TABLES: Readonly<Record<string, Table>> = { services, protocols, networks, passwd: colons("/etc/passwd"), group: colons("/etc/group") };
