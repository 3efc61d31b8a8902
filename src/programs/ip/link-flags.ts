import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Tool } from "./lib/tool.ts";

/** IFF_* words in the order `ip link` lists them (print_link_flags). */
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const IFF_LOWER_UP = 0x10000;

const WORDS: readonly (readonly [number, string])[] = [
  [0x8, "LOOPBACK"], [0x2, "BROADCAST"], [0x10, "POINTOPOINT"], [0x1000, "MULTICAST"], [0x80, "NOARP"], [0x200, "ALLMULTI"], [0x100, "PROMISC"],
  [0x400, "MASTER"], [0x800, "SLAVE"], [0x4, "DEBUG"], [0x8000, "DYNAMIC"], [0x4000, "AUTOMEDIA"], [0x2000, "PORTSEL"], [0x20, "NOTRAILERS"],
  [IFF_UP, "UP"], [IFF_LOWER_UP, "LOWER_UP"], [0x20000, "DORMANT"], [0x40000, "ECHO"],
];

/** `masterDown`: the device on the other end is down. */
export function flagWords(flags: number, masterDown: boolean): readonly string[] {
  const words = WORDS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  const noCarrier = (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0;
  return [...(noCarrier ? ["NO-CARRIER"] : []), ...words, ...(masterDown ? ["M-DOWN"] : [])];
}

export function printFlags(tool: Tool, flags: number, masterDown: boolean): void {
  const { out } = tool;
  const words = flagWords(flags, masterDown);
  out.fp(`<${words.join(",")}> `);
  out.openArray("flags");
  for (const word of words) out.js(undefined, word);
  out.closeArray();
}

/** How the other half is called: "@v1", "@if3" when it is elsewhere, "" when there is none. */
export function linkName(tool: Tool, link: LinkRow): { readonly name: string; readonly masterDown: boolean } | null {
  if (link.link === null) return null;
  if (link.link === 0) return { name: "NONE", masterDown: false };
  if (link.linkNetnsid !== null) return { name: `if${link.link}`, masterDown: false };
  const lower = tool.links.byIndex(link.link);
  return { name: tool.links.name(link.link), masterDown: lower !== undefined && (lower.flags & IFF_UP) === 0 };
}
