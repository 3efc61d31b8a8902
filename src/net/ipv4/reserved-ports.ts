import type { SysctlEntry } from "../core/sysctl.ts";
import type { Errno } from "../uapi/errno.ts";

type Range = readonly [first: number, last: number];

const MOST = 65535;

/** Ports that are never given to who asks for any: net.ipv4.ip_local_reserved_ports, a bitmap written as "8080,9148-9150". */
export class ReservedPorts {
  #ranges: readonly Range[] = [];

  has(port: number): boolean {
    return this.#ranges.some(([first, last]) => port >= first && port <= last);
  }

  readonly entry: SysctlEntry = {
    get: () => this.#ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(","),
    set: (text) => this.#set(text),
  };

  /** proc_do_large_bitmap: what is written takes the place of what was there; nothing is kept of a list with a mistake. */
  #set(text: string): Errno | undefined {
    const words = text.replace(/\n$/, "");
    const ranges = words === "" ? [] : words.split(",").map(readRange);
    if (ranges.some((range) => range === null)) return "EINVAL";
    this.#ranges = merge(ranges.filter((range) => range !== null));
    return undefined;
  }
}

function readRange(text: string): Range | null {
  const found = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (found === null) return null;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  return first <= last && last <= MOST ? [first, last] : null;
}

/** As a bitmap reads: in order, neighbours as one. */
function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = merged[merged.length - 1];
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}
