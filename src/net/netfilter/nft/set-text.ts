import type { NftSet, NftSetElem } from "./model.ts";

/** How sets and elements read in the trace. */

export function setText({ table, name, spec }: NftSet): string {
  return `${spec.flags.map === true || spec.flags.object === true ? "map" : "set"} ${table.family} ${table.name} ${name}`;
}

/** Keys as hexadecimal digits: the kernel knows no types. */
export function elemText(set: NftSet, { key, keyEnd, intervalEnd }: NftSetElem): string {
  if (key === null) return `${setText(set)} *`;
  return `${setText(set)} ${intervalEnd ? "end " : ""}${hex(key)}${keyEnd === null ? "" : `-${hex(keyEnd)}`}`;
}

const hex = (bytes: Uint8Array): string => `0x${[...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
