import type { Sys } from "../../os/sys.ts";
import { readSnmp } from "../lib/snmp.ts";
import { STAT_TABLES, type StatEntry, type StatKind } from "./statistics-words.ts";

/** Which protocols' groups `netstat -s` prints; Ip and Icmp come with raw. Groups without words are printed always. */
export interface StatGroups {
  readonly raw: boolean;
  readonly tcp: boolean;
  readonly udp: boolean;
}

const isWanted = (title: string, groups: StatGroups): boolean =>
  title === "Ip" || title === "Icmp" ? groups.raw : title === "Tcp" || title === "TcpExt" ? groups.tcp : title === "Udp" ? groups.udp : true;

/** `netstat -s`, parsesnmp of net-tools: two files, one group after the other. */
export function statisticsText(sys: Sys, groups: StatGroups): string {
  const printer = new Printer();
  for (const path of ["/proc/net/snmp", "/proc/net/netstat"]) {
    for (const [title, counters] of readSnmp(sys, path)) {
      printer.begin(title);
      if (!isWanted(title, groups)) continue;
      printer.title(title);
      counters.forEach(([name, value]) => printer.counter(STAT_TABLES[title], name, value));
    }
  }
  return printer.text;
}

class Printer {
  text = "";
  /** What was printed last: bare names go as deep as that, also in the next group that has no words. */
  #kind: StatKind = "number";

  /** A group of the file, printed or not. */
  begin(title: string): void {
    if (STAT_TABLES[title] !== undefined) this.#kind = "number";
  }

  title(title: string): void {
    this.text += `${title}:\n`;
  }

  counter(table: readonly StatEntry[] | undefined, name: string, value: number): void {
    const entry = table === undefined ? undefined : halving(table, name);
    if (entry === undefined) {
      if (value !== 0) this.#line(`${name}: ${value}`);
      return;
    }
    const [, text, kind] = entry;
    if (kind === "hidden") return;
    if ((kind === "in" || kind === "out") && this.#kind !== kind) this.#line(`ICMP ${kind}put histogram:`, this.#indent);
    this.#kind = kind;
    if (kind === "number" || value !== 0) this.#line(text.replace("%", String(value)));
  }

  get #indent(): number {
    return this.#kind === "in" || this.#kind === "out" ? 8 : 4;
  }

  #line(text: string, indent = this.#indent): void {
    this.text += `${" ".repeat(indent)}${text}\n`;
  }
}

/** bsearch(3). */
function halving(table: readonly StatEntry[], name: string): StatEntry | undefined {
  for (let low = 0, high = table.length; low < high; ) {
    const middle = (low + high) >> 1;
    const entry = table[middle]!;
    if (entry[0] === name) return entry;
    if (name < entry[0]) high = middle;
    else low = middle + 1;
  }
  return undefined;
}
