import type { LinkTarget } from "../../net/uapi/rtnetlink-link.ts";
import type { NewFlags } from "../../net/uapi/rtnetlink.ts";
import { Args, matches } from "./lib/args.ts";
import { parseGroup } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { parseKind } from "./link-kinds.ts";
import { parseLink } from "./link-parse.ts";
import { showLinks } from "./link-show.ts";
import { LINK_USAGE } from "./usage.ts";
import { BRIDGE_SLAVE_USAGE, BRIDGE_USAGE, VETH_USAGE, VXLAN_USAGE } from "./usage-more.ts";

/** Flags of the verbs of link, address, route, rule and neighbour. */
export const ADD: NewFlags = { create: true, exclusive: true, replace: false, append: false };
export const CHANGE: NewFlags = { create: false, exclusive: false, replace: true, append: false };
export const REPLACE: NewFlags = { create: true, exclusive: false, replace: true, append: false };
export const APPEND: NewFlags = { create: true, exclusive: false, replace: false, append: true };
export const PREPEND: NewFlags = { create: true, exclusive: false, replace: false, append: false };
const SET: NewFlags = { create: false, exclusive: false, replace: false, append: false };

/** `ip link` (do_iplink). */
export function* doLink(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, ADD);
  if (matches(verb, "set") || matches(verb, "change")) return yield* modify(args, SET);
  if (matches(verb, "replace")) return yield* modify(args, REPLACE);
  if (matches(verb, "delete")) return yield* remove(args);
  if (matches(verb, "show") || matches(verb, "lst") || matches(verb, "list")) return yield* showLinks(args, "link");
  for (const other of ["xstats", "afstats", "property"]) if (matches(verb, other)) return yield* tool.die(`ip: link ${other}: not simulated here\n`, 1);
  if (matches(verb, "help")) return yield* help(args);
  return yield* tool.die(`Command "${verb}" is unknown, try "ip link help".\n`);
}

const KIND_HELP: Readonly<Record<string, string>> = { veth: VETH_USAGE, bridge: BRIDGE_USAGE, vxlan: VXLAN_USAGE, bridge_slave: BRIDGE_SLAVE_USAGE, dummy: "Usage: ... dummy\n" };

function* help(args: Args): Cmd<number> {
  const kind = args.peek;
  if (kind === undefined) return yield* args.tool.die(LINK_USAGE);
  const text = KIND_HELP[kind];
  if (text === undefined) return yield* args.tool.die(LINK_USAGE);
  args.tool.out.fp(text);
  return 0;
}

/** iplink_modify. */
function* modify(args: Args, flags: NewFlags): Cmd<number> {
  const { tool } = args;
  const { attrs, dev, type } = yield* parseLink(args);
  const info = type === null ? undefined : yield* parseKind(args, type, flags.create);
  if (info === null) return -1;
  if (type === null && flags.create) {
    yield* tool.err("Not enough information: \"type\" argument is required\n");
    return -1;
  }
  if (flags.create && dev !== null && attrs.name !== undefined && attrs.name !== dev) return yield* tool.die("both \"name\" and \"dev\" cannot be used when creating devices.\n");
  const target = yield* targetOf(tool, flags, dev, attrs.group);
  if (target === "nodev") return -1;
  const { name, ...rest } = attrs;
  const given = name === undefined && flags.create ? dev : name;
  const request = { op: "link.new", target: flags.create && target === null ? null : target, flags, attrs: given === null || given === undefined ? rest : { ...rest, name: given } } as const;
  const done = yield* tool.talk(info === undefined ? request : { ...request, info });
  tool.links.clear();
  return done === null ? -2 : 0;
}

function* targetOf(tool: Tool, flags: NewFlags, dev: string | null, group: number | undefined): Cmd<LinkTarget | null | "nodev"> {
  if (flags.create) return dev === null ? null : { name: dev };
  if (dev === null && group !== undefined) return null;
  if (dev === null) return yield* tool.die("Not enough information: \"dev\" argument is required.\n");
  const ifindex = tool.links.index(dev);
  if (ifindex !== 0) return { ifindex };
  yield* tool.err(`Cannot find device "${dev}"\n`);
  return "nodev";
}

/** `ip link delete { DEV | group N } [ type KIND ]`: the same parser, only the target counts. */
function* remove(args: Args): Cmd<number> {
  const { tool } = args;
  let group: number | null = null;
  if (args.peek === "group") {
    args.take();
    const text = yield* args.next();
    group = parseGroup(text) ?? (yield* args.wrong("Invalid \"group\" value\n", text));
  }
  const { dev } = group === null ? yield* parseLink(args) : { dev: null };
  if (dev === null && group === null) return yield* tool.die("Not enough information: \"dev\" argument is required.\n");
  const ifindex = dev === null ? 0 : tool.links.index(dev);
  if (dev !== null && ifindex === 0) {
    yield* tool.err(`Cannot find device "${dev}"\n`);
    return -1;
  }
  const done = yield* tool.talk({ op: "link.del", target: group === null ? { ifindex } : { group } });
  tool.links.clear();
  return done === null ? -2 : 0;
}

