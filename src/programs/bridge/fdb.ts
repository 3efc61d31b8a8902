import { type Ip4, type Mac, parseMac } from "../../wire/addr.ts";
import type { FdbRow, FdbSpec, NewFlags } from "../../net/uapi/rtnetlink.ts";
import { Args, addressOf, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { ADD, APPEND, REPLACE } from "../ip/link.ts";
import { printFdb } from "./fdb-print.ts";
import { FDB_USAGE } from "./usage.ts";

/** `bridge fdb` (do_fdb). */
export function* doFdb(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, ADD);
  if (matches(verb, "append")) return yield* modify(args, APPEND);
  if (matches(verb, "replace")) return yield* modify(args, REPLACE);
  if (matches(verb, "delete")) return yield* modify(args, null);
  if (matches(verb, "get")) return yield* get(args);
  if (matches(verb, "show") || matches(verb, "lst") || matches(verb, "list")) return yield* show(args);
  if (matches(verb, "help")) return yield* tool.die(FDB_USAGE);
  if (matches(verb, "flush")) return yield* tool.die("bridge: fdb flush: not simulated here\n");
  return yield* tool.die(`Command "${verb}" is unknown, try "bridge fdb help".\n`);
}

type Draft = { -readonly [K in keyof FdbSpec]?: FdbSpec[K] } & { dev?: string; address?: string };

function* modify(args: Args, flags: NewFlags | null): Cmd<number> {
  const d: Draft = {};
  while (args.more) yield* word(args, d, args.take());
  const { tool } = args;
  const checked = yield* required(tool, d);
  if (checked === null) return -1;
  const { dev: _dev, address: _address, ...rest } = d;
  const master = rest.master ?? false;
  const fdb: FdbSpec = { ...rest, ...checked, master, self: rest.self ?? !master, state: rest.state ?? "permanent" };
  const done = yield* tool.talk(flags === null ? { op: "fdb.del", fdb } : { op: "fdb.new", flags, fdb });
  return done === null ? -1 : 0;
}

function* required(tool: Tool, d: Draft): Cmd<{ readonly mac: Mac; readonly ifindex: number } | null> {
  if (d.dev === undefined || d.address === undefined) {
    yield* tool.err("Device and address are required arguments.\n");
    return null;
  }
  const mac = parseMac(d.address);
  if (mac === null) {
    yield* tool.err(`Invalid mac address ${d.address}\n`);
    return null;
  }
  const ifindex = yield* device(tool, d.dev);
  return ifindex === null ? null : { mac, ifindex };
}

function* device(tool: Tool, name: string): Cmd<number | null> {
  const ifindex = tool.links.index(name);
  if (ifindex !== 0) return ifindex;
  yield* tool.err(`Cannot find device "${name}"\n`);
  return null;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (w === "dev") d.dev = yield* args.next();
  else if (w === "dst") d.dst = yield* destination(args, d);
  else if (w === "port") d.port = yield* port(args);
  else if (w === "vni") d.vni = yield* args.number(0xffffff, "invalid VNI\n");
  else if (w === "via") d.viaIfindex = yield* via(args);
  else if (w === "self") d.self = true;
  else if (matches(w, "master")) d.master = true;
  else if (matches(w, "local") || matches(w, "permanent")) d.state = "permanent";
  else if (matches(w, "dynamic")) d.state = d.state ?? "reachable";
  else if (matches(w, "temp") || matches(w, "static")) d.state = d.state ?? "static";
  else yield* rarer(args, d, w);
}

function* rarer(args: Args, d: Draft, w: string): Cmd<void> {
  if (matches(w, "vlan")) d.vlan = yield* args.number(4095, "invalid vlan id\n");
  else if (matches(w, "extern_learn")) d.externLearned = true;
  else if (["nhid", "src_vni", "router", "use", "sticky", "managed"].includes(w)) yield* args.tool.die(`bridge: fdb ${w}: not simulated here\n`);
  else yield* address(args, d, w);
}

function* destination(args: Args, d: Draft): Cmd<Ip4> {
  const text = yield* args.next();
  if (d.dst !== undefined) yield* args.twiceOrGarbage("dst", text);
  return yield* addressOf(args.tool, text);
}

const SERVICES: Readonly<Record<string, number>> = { domain: 53, http: 80, https: 443, ssh: 22, ntp: 123 };

function* port(args: Args): Cmd<number> {
  const text = yield* args.next();
  const n = /^(0x)?[0-9a-f]+$/i.test(text) ? Number(text) : SERVICES[text];
  return n === undefined || Number.isNaN(n) || n > 65535 ? yield* args.wrong("invalid port\n", text) : n;
}

function* via(args: Args): Cmd<number> {
  const name = yield* args.next();
  const index = args.tool.links.index(name);
  return index === 0 ? yield* args.tool.die(`Cannot find device "${name}"\n`) : index;
}

function* address(args: Args, d: Draft, w: string): Cmd<void> {
  const text = w === "to" ? yield* args.next() : w;
  if (matches(text, "help")) yield* args.tool.die(FDB_USAGE);
  if (d.address !== undefined) yield* args.twiceOrGarbage("to", text);
  d.address = text;
}

/** `bridge fdb get MAC dev DEV`. */
function* get(args: Args): Cmd<number> {
  const d: Draft & { br?: string } = {};
  while (args.more) {
    const w = args.take();
    if (w === "dev" || w === "brport") d.dev = yield* args.next();
    else if (w === "br") d.br = yield* args.next();
    else if (w === "self") d.self = true;
    else if (matches(w, "master")) d.master = true;
    else yield* address(args, d, w);
  }
  const { tool } = args;
  if (d.br !== undefined && d.dev === undefined) Object.assign(d, { dev: d.br, self: true });
  const checked = yield* required(tool, d);
  if (checked === null) return -1;
  const items = yield* tool.talk({ op: "fdb.get", mac: checked.mac, ifindex: checked.ifindex, master: d.master ?? false, self: d.self ?? false });
  if (items === null) return -2;
  tool.out.begin();
  for (const item of items) if (item.is === "fdb") printFdb(tool, item.fdb, { dev: true });
  tool.out.end();
  return 0;
}

interface Filter {
  dev: string | null;
  bridge: string | null;
  state: string | null;
  dynamic: boolean;
}

function* show(args: Args): Cmd<number> {
  const f: Filter = { dev: null, bridge: null, state: null, dynamic: false };
  while (args.more) yield* filterWord(args, f, args.take());
  const { tool } = args;
  const bridge = f.bridge === null ? undefined : tool.links.index(f.bridge);
  if (bridge === 0) {
    yield* tool.err(`Cannot find bridge device "${f.bridge ?? ""}"\n`);
    return -1;
  }
  const ifindex = f.dev === null ? undefined : yield* device(tool, f.dev);
  if (ifindex === null) return -1;
  const items = yield* tool.dump({ op: "fdb.dump", ...(ifindex === undefined ? {} : { ifindex }), ...(bridge === undefined ? {} : { bridge }) });
  if (items === null) return -1;
  tool.out.begin();
  for (const item of items) if (item.is === "fdb" && fits(item.fdb, f)) printFdb(tool, item.fdb, { dev: f.dev === null });
  tool.out.end();
  return 0;
}

function* filterWord(args: Args, f: Filter, w: string): Cmd<void> {
  if (w === "brport" || w === "dev") f.dev = yield* args.next();
  else if (w === "br") f.bridge = yield* args.next();
  else if (w === "vlan" || w === "vid") yield* args.tool.die(`bridge: fdb show ${w}: not simulated here\n`);
  else if (w === "state") f.state = yield* state(args);
  else if (w === "dynamic") f.dynamic = true;
  else if (matches(w, "help")) yield* args.tool.die(FDB_USAGE);
}

const STATE_WORDS: Readonly<Record<string, string>> = { permanent: "permanent", static: "static", temp: "static", stale: "stale", reachable: "reachable", dynamic: "reachable" };

function* state(args: Args): Cmd<string | null> {
  const text = yield* args.next();
  if (text === "all") return null;
  return STATE_WORDS[text] ?? (yield* args.wrong("invalid state", text));
}

const fits = (row: FdbRow, f: Filter): boolean => (f.state === null || row.state === f.state) && !(f.dynamic && row.state === "permanent");
