import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { Sys } from "../../os/sys.ts";
import type { Tool } from "./lib/tool.ts";

export const NETNS_DIR = "/run/netns";

/** Id by which the current namespace knows a named one: -1 none, null when the file is no namespace. */
export function nsidOf(sys: Sys, name: string): number | null {
  const fd = sys.open(`${NETNS_DIR}/${name}`, { read: true });
  if (typeof fd === "string") return null;
  const reply = sys.rtnl({ op: "nsid.get", netns: { fd } });
  sys.close(fd);
  const item = isRtnlError(reply) ? undefined : reply.items[0];
  return item?.is === "nsid" ? item.id : null;
}

/** Names below /run/netns, the order in which the tool finds them. */
export function netnsNames(sys: Sys): readonly string[] {
  const names = sys.readdir(NETNS_DIR);
  return typeof names === "string" ? [] : [...names].filter((n) => n !== "." && n !== "..").reverse();
}

/** The name behind an id, if one is mounted here; all are asked for once a command. */
export function netnsNameOf(tool: Tool, id: number): string | null {
  tool.nsids ??= new Map(netnsNames(tool.sys).map((name) => [nsidOf(tool.sys, name) ?? NONE, name] as const));
  return id === NONE ? null : (tool.nsids.get(id) ?? null);
}

const NONE = -1;
