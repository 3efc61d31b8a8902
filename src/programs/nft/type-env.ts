import type { Sys } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { listLinks } from "../lib/device.ts";
import type { Resolved } from "../lib/resolve.ts";
import type { TypeEnv } from "./datatype.ts";

/** Names and numbers of /etc/passwd or /etc/group: `name:x:number:…`. */
function accounts(sys: Sys, path: string): readonly (readonly [name: string, id: number])[] {
  const bytes = sys.readFile(path);
  if (typeof bytes === "string") return [];
  return fromUtf8(bytes).split("\n").flatMap((line) => {
    const [name, , id] = line.split(":");
    return name === undefined || id === undefined ? [] : [[name, Number(id)] as const];
  });
}

const idOf = (sys: Sys, path: string, name: string): number | null => accounts(sys, path).find(([n]) => n === name)?.[1] ?? null;
const nameOf = (sys: Sys, path: string, id: number): string | null => accounts(sys, path).find(([, i]) => i === id)?.[0] ?? null;

function hosts(sys: Sys, name: string): readonly string[] {
  const bytes = sys.readFile("/etc/hosts");
  if (typeof bytes === "string") return [];
  return fromUtf8(bytes).split("\n").flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return address !== undefined && names.includes(name) ? [address] : [];
  });
}

/** Names that were asked of DNS, and what came of it; null = they are to be asked. */
export type AskedHosts = Map<string, Resolved | null>;

const isName = (text: string): boolean => !/^[\d.]+$/.test(text);

function knownHosts(sys: Sys, name: string, asked: AskedHosts): readonly string[] {
  const listed = hosts(sys, name);
  if (listed.length > 0) return listed;
  const answer = asked.get(name);
  if (answer === undefined && isName(name)) asked.set(name, null);
  return answer?.is === "found" ? answer.addresses.map(formatIp4) : [];
}

/** The machine as the types of the language see it. A host that no file has goes into `asked`. */
export const typeEnvOf = (sys: Sys, asked: AskedHosts): TypeEnv => ({
  ifindexOf: (name) => listLinks(sys).find((l) => l.name === name)?.ifindex ?? null,
  ifnameOf: (index) => listLinks(sys).find((l) => l.ifindex === index)?.name ?? null,
  gmtOffsetSec: 0,
  uidOf: (name) => idOf(sys, "/etc/passwd", name),
  gidOf: (name) => idOf(sys, "/etc/group", name),
  userOf: (uid) => nameOf(sys, "/etc/passwd", uid),
  groupOf: (gid) => nameOf(sys, "/etc/group", gid),
  hostsOf: (name) => knownHosts(sys, name, asked),
  isNoHost: (name) => {
    const answer = asked.get(name);
    return answer?.is === "failed" && answer.error === "EAI_NONAME";
  },
});
