import type { RouteGet } from "../../net/uapi/rtnetlink.ts";
import { type Args, deviceOf, matches, parseUnsigned, prefixOf } from "./lib/args.ts";
import { parsePrefix } from "./lib/addresses.ts";
import { parseIpproto, parseTos } from "./lib/names.ts";
import type { Cmd } from "./lib/tool.ts";
import { printRoute, printRouteGet } from "./route-print.ts";
import { ROUTE_USAGE } from "./usage.ts";

type Draft = { -readonly [K in keyof RouteGet]?: RouteGet[K] };

/** `ip route get ADDR [from A iif D] [oif D] [tos T] [mark M] …` (iproute_get). */
export function* getRoute(args: Args): Cmd<number> {
  const draft: Draft = {};
  while (args.more) yield* word(args, draft, args.take());
  const { tool } = args;
  if (draft.dst === undefined) return yield* tool.die("need at least a destination address\n", 1);
  const items = yield* tool.talk({ op: "route.get", dst: draft.dst, fibMatch: draft.fibMatch ?? false, ...draft });
  if (items === null) return -2;
  tool.out.begin();
  for (const item of items) {
    if (item.is === "routeGet") printRouteGet(tool, item.route);
    if (item.is === "route") printRoute(tool, item.route, { table: 254 });
  }
  tool.out.end();
  return 0;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (w === "tos" || matches(w, "dsfield")) d.tos = yield* named(args, parseTos, "TOS value is invalid\n");
  else if (matches(w, "from")) d.src = yield* args.address();
  else if (matches(w, "iif")) d.iif = yield* deviceOf(args.tool, yield* args.next());
  else if (matches(w, "mark")) d.mark = yield* named(args, parseUnsigned, "mark value is invalid\n");
  else if (matches(w, "oif") || w === "dev") d.oif = yield* deviceOf(args.tool, yield* args.next());
  else if (matches(w, "fibmatch")) d.fibMatch = true;
  else if (w === "ipproto") d.protocol = yield* named(args, parseIpproto, "Invalid \"ipproto\" value\n");
  else if (w === "sport") d.sport = yield* args.number(65535, "invalid sport\n");
  else if (w === "dport") d.dport = yield* args.number(65535, "invalid dport\n");
  else if (w === "uid") d.uid = yield* args.number(0xffffffff, "invalid UID\n");
  else if (["vrf", "connected", "notify", "as"].includes(w)) yield* args.tool.die(`ip: route get ${w}: not simulated here\n`, 1);
  else yield* destination(args, d, w);
}

function* destination(args: Args, d: Draft, w: string): Cmd<void> {
  if (matches(w, "help")) yield* args.tool.die(ROUTE_USAGE);
  const text = w === "to" ? yield* args.next() : w;
  if (d.dst !== undefined && parsePrefix(text) === null) yield* args.tool.die(`Error: inet prefix is expected rather than "${text}".\n`, 1);
  const { addr, len } = yield* prefixOf(args.tool, text);
  if (len !== 32) yield* args.tool.err(`Warning: /${len} as prefix is invalid, only /32 (or none) is supported.\n`);
  d.dst = addr;
}

function* named(args: Args, parse: (text: string) => number | null, message: string): Cmd<number> {
  const text = yield* args.next();
  return parse(text) ?? (yield* args.wrong(message, text));
}
