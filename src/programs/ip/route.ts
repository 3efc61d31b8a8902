import type { NewFlags } from "../../net/uapi/rtnetlink.ts";
import { Args, matches } from "./lib/args.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { ADD, APPEND, CHANGE, PREPEND, REPLACE } from "./link.ts";
import { parseRoute } from "./route-parse.ts";
import { getRoute } from "./route-get.ts";
import { flushRoutes, listRoutes } from "./route-list.ts";
import { ROUTE_USAGE } from "./usage.ts";

/** `ip route` (do_iproute). */
export function* doRoute(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  const flags = verbFlags(verb);
  if (flags !== null) return yield* modify(args, flags);
  if (matches(verb, "delete")) return yield* remove(args);
  if (matches(verb, "list") || matches(verb, "show") || matches(verb, "lst")) return yield* listRoutes(args);
  if (matches(verb, "get")) return yield* getRoute(args);
  if (matches(verb, "flush")) return yield* flushRoutes(args);
  for (const other of ["save", "restore", "showdump"]) if (matches(verb, other)) return yield* tool.die(`ip: route ${other}: not simulated here\n`, 1);
  if (matches(verb, "help")) return yield* tool.die(ROUTE_USAGE);
  return yield* tool.die(`Command "${verb}" is unknown, try "ip route help".\n`);
}

function verbFlags(verb: string): NewFlags | null {
  if (matches(verb, "add")) return ADD;
  if (matches(verb, "change") || verb === "chg") return CHANGE;
  if (matches(verb, "replace")) return REPLACE;
  if (matches(verb, "prepend")) return PREPEND;
  return matches(verb, "append") ? APPEND : null;
}

function* modify(args: Args, flags: NewFlags): Cmd<number> {
  const route = yield* parseRoute(args, false);
  return (yield* args.tool.talk({ op: "route.new", flags, route })) === null ? -2 : 0;
}

function* remove(args: Args): Cmd<number> {
  const route = yield* parseRoute(args, true);
  return (yield* args.tool.talk({ op: "route.del", route })) === null ? -2 : 0;
}

