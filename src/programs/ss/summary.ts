import type { Sys } from "../../os/sys.ts";
import { readText } from "../lib/proc.ts";
import { readSnmp } from "../lib/snmp.ts";

/** `ss -s`: /proc/net/sockstat and the gauge CurrEstab of /proc/net/snmp. */
export function summaryText(sys: Sys): string {
  const stat = readSockstat(sys);
  const get = (line: string, key: string): number => stat.get(`${line} ${key}`) ?? 0;
  const estab = readSnmp(sys, "/proc/net/snmp").get("Tcp")?.find(([name]) => name === "CurrEstab")?.[1] ?? 0;
  const [alloc, inUse, tw] = [get("TCP", "alloc"), get("TCP", "inuse"), get("TCP", "tw")];
  const counts = { RAW: get("RAW", "inuse"), UDP: get("UDP", "inuse"), TCP: inUse };
  const line = (name: string, n: number): string => `${name}\t  ${String(n).padEnd(9)} ${String(n).padEnd(9)} ${"0".padEnd(9)}\n`;
  return [
    `Total: ${get("sockets", "used")}\n`,
    `TCP:   ${alloc + tw} (estab ${estab}, closed ${alloc - (inUse - tw)}, orphaned ${get("TCP", "orphan")}, timewait ${tw})\n\n`,
    "Transport Total     IP        IPv6\n", line("RAW", counts.RAW), line("UDP", counts.UDP), line("TCP", counts.TCP),
    line("INET", counts.RAW + counts.UDP + counts.TCP), line("FRAG", get("FRAG", "inuse")), "\n",
  ].join("");
}

/** `TCP: inuse 1 orphan 0 …` as "TCP inuse" → 1. */
function readSockstat(sys: Sys): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const line of (readText(sys, "/proc/net/sockstat") ?? "").split("\n")) {
    const [head = "", ...words] = line.split(/\s+/);
    for (let i = 0; i + 1 < words.length; i += 2) all.set(`${head.replace(":", "")} ${words[i]}`, Number(words[i + 1]));
  }
  return all;
}
