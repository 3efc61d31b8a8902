import type { RuleRow, RuleSpec } from "../../net/uapi/rtnetlink.ts";
import { Args, isIfname, matches, parseUnsigned, prefixOf } from "./lib/args.ts";
import { parseIpproto, parseProto, parseTable, parseTos } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { ADD } from "./link.ts";
import { printRule } from "./rule-print.ts";
import { RULE_USAGE } from "./usage.ts";

/** `ip rule` (do_iprule). */
export function* doRule(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "list", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "list") || matches(verb, "lst") || matches(verb, "show")) return yield* list(args, "list");
  if (matches(verb, "add")) return yield* modify(args, true);
  if (matches(verb, "delete")) return yield* modify(args, false);
  if (matches(verb, "flush")) return yield* list(args, "flush");
  for (const other of ["save", "restore"]) if (matches(verb, other)) return yield* tool.die(`ip: rule ${other}: not simulated here\n`, 1);
  if (matches(verb, "help")) return yield* tool.die(RULE_USAGE);
  return yield* tool.die(`Command "${verb}" is unknown, try "ip rule help".\n`);
}

type Draft = { -readonly [K in keyof RuleSpec]: RuleSpec[K] };

function* parseRule(args: Args, what: "add" | "del" | "list"): Cmd<Draft> {
  const d: Draft = {};
  while (args.more) yield* word(args, d, args.take(), what);
  return d;
}

function* word(args: Args, d: Draft, w: string, what: "add" | "del" | "list"): Cmd<void> {
  if (w === "not") d.invert = true;
  else if (w === "from") yield* prefix(args, d, "src", "srcLen");
  else if (w === "to") yield* prefix(args, d, "dst", "dstLen");
  else if (matches(w, "preference") || matches(w, "order") || matches(w, "priority")) d.priority = yield* args.number(0xffffffff, "preference value is invalid\n");
  else if (w === "tos" || matches(w, "dsfield")) d.tos = yield* named(args, parseTos, "TOS value is invalid\n");
  else if (w === "fwmark") yield* mark(args, d);
  else if (matches(w, "realms")) yield* refused(args, w);
  else if (matches(w, "protocol")) d.protocol = yield* named(args, parseProto, "\"protocol\" value is invalid\n");
  else if (matches(w, "table") || w === "lookup") d.table = yield* named(args, parseTable, "invalid table ID\n");
  else yield* laterWord(args, d, w, what);
}

function* laterWord(args: Args, d: Draft, w: string, what: "add" | "del" | "list"): Cmd<void> {
  if (w === "suppress_prefixlength" || w === "sup_pl") d.suppressPrefixLen = yield* args.number(32, "suppress_prefixlength value is invalid\n");
  else if (w === "suppress_ifgroup" || w === "sup_group") d.suppressIfgroup = args.peek === "default" ? (args.take(), 0) : yield* args.number(0x7fffffff, "Invalid \"suppress_ifgroup\" value\n");
  else if (w === "dev" || w === "iif") d.iif = yield* ifname(args, "\"iif\"/\"dev\"");
  else if (w === "oif") d.oif = yield* ifname(args, "\"oif\"");
  else if (w === "ipproto") d.ipproto = yield* named(args, parseIpproto, "Invalid \"ipproto\" value\n");
  else if (w === "sport" || w === "dport") d[w] = yield* ports(args, w);
  else if (w === "uidrange") d.uidRange = yield* uids(args);
  else if (["l3mdev", "nat", "map-to", "tun_id"].includes(w)) yield* refused(args, w);
  else yield* action(args, d, w, what);
}

function* ifname(args: Args, key: string): Cmd<string> {
  const name = yield* args.next();
  return isIfname(name) ? name : yield* args.wrong(`${key} not a valid ifname`, name);
}

function* refused(args: Args, w: string): Cmd<never> {
  return yield* args.tool.die(`ip: rule ${w}: not simulated here\n`, 2);
}

function* prefix(args: Args, d: Draft, addr: "src" | "dst", len: "srcLen" | "dstLen"): Cmd<void> {
  const p = yield* prefixOf(args.tool, yield* args.next());
  d[addr] = p.addr;
  d[len] = p.len;
}

function* named(args: Args, parse: (text: string) => number | null, message: string): Cmd<number> {
  const text = yield* args.next();
  return parse(text) ?? (yield* args.wrong(message, text));
}

function* mark(args: Args, d: Draft): Cmd<void> {
  const text = yield* args.next();
  const [value = "", mask] = text.split("/", 2);
  const n = parseUnsigned(value);
  const m = mask === undefined ? 0xffffffff : parseUnsigned(mask);
  if (n === null) yield* args.wrong("fwmark value is invalid\n", value);
  if (m === null) yield* args.wrong("fwmask value is invalid\n", mask ?? "");
  d.mark = n ?? 0;
  d.markMask = m ?? 0;
}

function* ports(args: Args, w: string): Cmd<readonly [number, number]> {
  const text = yield* args.next();
  const [from = "", to = from] = text.split("-", 2);
  const [a, b] = [parseUnsigned(from), parseUnsigned(to)];
  if (a === null || b === null || a > 65535 || b > 65535) return yield* args.tool.die(`Error: argument "${text}" is wrong: invalid ${w} range\n\n`);
  return [a, b];
}

function* uids(args: Args): Cmd<readonly [number, number]> {
  const text = yield* args.next();
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  return from === undefined ? yield* args.wrong("invalid UID range\n", text) : [Number(from), Number(to)];
}

const ACTIONS: Readonly<Record<string, RuleRow["action"]>> = { blackhole: "blackhole", unreachable: "unreachable", prohibit: "prohibit", nop: "nop" };

function* action(args: Args, d: Draft, w: string, what: "add" | "del" | "list"): Cmd<void> {
  const text = w === "type" ? yield* args.next() : w;
  const plain = ACTIONS[text];
  if (matches(text, "help")) yield* args.tool.die(RULE_USAGE);
  if (matches(text, "goto")) {
    d.action = "goto";
    d.gotoPriority = yield* args.number(0xffffffff, "invalid target\n");
  } else if (plain !== undefined) d.action = plain;
  else if (what === "list") yield* args.tool.die(`Error: argument "${text}" is wrong: ${"\"type\" value is invalid"}\n`);
  else yield* args.wrong("Failed to parse rule type", text);
}

function* modify(args: Args, adding: boolean): Cmd<number> {
  const { tool } = args;
  if (!args.more) {
    yield* tool.err(`"ip rule ${adding ? "add" : "del"}" requires arguments.\n`);
    return -1;
  }
  const d = yield* parseRule(args, adding ? "add" : "del");
  if (tool.options.family === "inet6") return yield* tool.die("ip: IPv6 rules: not simulated here\n", 2);
  if (adding && d.table === undefined && d.action === undefined) d.table = 254;
  const done = yield* tool.talk(adding ? { op: "rule.new", flags: ADD, rule: d } : { op: "rule.del", rule: d });
  return done === null ? -2 : 0;
}

function* list(args: Args, what: "list" | "flush"): Cmd<number> {
  const { tool } = args;
  const filter = yield* parseRule(args, "list");
  const items = tool.options.family === "inet6" ? [] : ((yield* tool.dump({ op: "rule.dump" })) ?? []);
  const rules = items.flatMap((i) => (i.is === "rule" && fits(i.rule, filter) ? [i.rule] : []));
  if (what === "flush") return yield* flush(tool, rules);
  tool.out.begin();
  for (const rule of rules) printRule(tool, rule);
  tool.out.end();
  return 0;
}

const fits = (rule: RuleRow, filter: Draft): boolean =>
  (Object.keys(filter) as (keyof Draft)[]).every((k) => {
    const [a, b] = [filter[k], rule[k]];
    return Array.isArray(a) && Array.isArray(b) ? a[0] === b[0] && a[1] === b[1] : a === b;
  });

/** All but the three that the machine boots with, which the kernel owns. */
function* flush(tool: Tool, rules: readonly RuleRow[]): Cmd<number> {
  for (const rule of rules) if (rule.priority !== 0) yield* deleteOne(tool, rule);
  return 0;
}

function* deleteOne(tool: Tool, rule: RuleRow): Cmd<void> {
  const { iifDetached: _i, oifDetached: _o, unresolved: _u, sport, dport, uidRange, ...rest } = rule;
  yield* tool.talk({ op: "rule.del", rule: { ...rest, ...(sport === null ? {} : { sport }), ...(dport === null ? {} : { dport }), ...(uidRange === null ? {} : { uidRange }) } });
}
