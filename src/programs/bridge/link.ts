import type { BridgePortInfo, LinkRow, PortOptions } from "../../net/uapi/rtnetlink-link.ts";
import { Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { IFF_UP, printFlags } from "../ip/link-flags.ts";
import { LINK_USAGE } from "./usage.ts";

/** `bridge link` (do_link): ports and their switches. */
export function* doBridgeLink(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "set") || matches(verb, "change")) return yield* set(args);
  if (matches(verb, "show") || matches(verb, "lst") || matches(verb, "list")) return yield* show(args);
  if (matches(verb, "help")) return yield* tool.die(LINK_USAGE);
  return yield* tool.die(`Command "${verb}" is unknown, try "bridge link help".\n`);
}

function* show(args: Args): Cmd<number> {
  const { tool } = args;
  let dev: string | null = null;
  while (args.more) {
    const w = args.take();
    const name = w === "dev" ? yield* args.next() : w;
    if (dev !== null) yield* args.twice("dev", name);
    dev = name;
  }
  const wanted = dev === null ? 0 : tool.links.index(dev);
  if (dev !== null && wanted === 0) {
    yield* tool.err(`Cannot find device "${dev}"\n`);
    return -1;
  }
  const items = (yield* tool.dump({ op: "link.dump" })) ?? [];
  tool.out.begin();
  for (const item of items) {
    if (item.is !== "link") continue;
    tool.links.remember(item.link);
    if (item.link.port !== null && (wanted === 0 || item.link.ifindex === wanted)) printPort(tool, item.link, item.link.port);
  }
  tool.out.end();
  return 0;
}

/** print_linkinfo of bridge: the peer is looked up here, even when it is elsewhere. */
export function printPort(tool: Tool, link: LinkRow, port: BridgePortInfo, deleted = false): void {
  const { out, options } = tool;
  out.openObject();
  if (deleted) out.any("deleted", true, "Deleted ");
  out.any("ifindex", link.ifindex, `${link.ifindex}: `);
  const down = printName(tool, link);
  printFlags(tool, link.flags, down);
  out.any("mtu", link.mtuBytes, `mtu ${link.mtuBytes} `);
  out.any("master", tool.links.name(link.master), `master ${tool.links.name(link.master)} `);
  out.any("state", port.state, `state ${port.state} `);
  out.any("priority", port.priority, `priority ${port.priority} `);
  out.any("cost", port.cost, `cost ${port.cost} `);
  if (options.details > 0) printSwitches(tool, port);
  out.fp("\n");
  out.closeObject();
}

function printName(tool: Tool, link: LinkRow): boolean {
  const { out } = tool;
  const lower = link.link === null || link.link === 0 || link.link === link.ifindex ? null : tool.links.name(link.link);
  if (lower !== null) out.js("link", lower);
  out.any("ifname", link.name, `${link.name}${lower === null ? "" : `@${lower}`}: `, "ifname");
  const row = link.link === null ? undefined : tool.links.byIndex(link.link);
  return row !== undefined && (row.flags & IFF_UP) === 0;
}

function printSwitches(tool: Tool, p: BridgePortInfo): void {
  const { out } = tool;
  const onOff = (key: string, on: boolean): void => out.any(key, on, `${key} ${on ? "on" : "off"} `);
  out.nl();
  out.fp("    ");
  const first = [["hairpin", p.hairpin], ["guard", p.guard], ["root_block", p.rootBlock], ["fastleave", p.fastLeave], ["learning", p.learning], ["flood", p.flood], ["mcast_flood", p.mcastFlood], ["bcast_flood", p.bcastFlood]] as const;
  for (const [key, on] of first) onOff(key, on);
  out.any("mcast_router", 1, "mcast_router 1 ");
  for (const [key, on] of [["mcast_to_unicast", false], ["neigh_suppress", p.neighSuppress], ["vlan_tunnel", false], ["isolated", p.isolated], ["locked", p.locked]] as const) onOff(key, on);
}

const SWITCHES: Readonly<Record<string, keyof PortOptions>> = {
  guard: "guard", hairpin: "hairpin", fastleave: "fastLeave", root_block: "rootBlock", learning: "learning", flood: "flood", mcast_flood: "mcastFlood",
  bcast_flood: "bcastFlood", neigh_suppress: "neighSuppress", isolated: "isolated", locked: "locked",
};
const STATES = ["disabled", "listening", "learning", "forwarding", "blocking"] as const;

/** brlink_modify. */
function* set(args: Args): Cmd<number> {
  let dev: string | null = null;
  let options: PortOptions = {};
  while (args.more) {
    const w = args.take();
    const field = SWITCHES[w];
    if (w === "dev") dev = yield* args.next();
    else if (field !== undefined) options = { ...options, [field]: yield* args.offOn(w) };
    else if (w === "cost") options = { ...options, cost: yield* number(args) };
    else if (w === "priority") options = { ...options, priority: yield* number(args) };
    else if (w === "state") options = { ...options, state: yield* state(args) };
    else if (w !== "self" && w !== "master") yield* unknown(args, w);
  }
  return yield* apply(args.tool, dev, options);
}

function* unknown(args: Args, w: string): Cmd<never> {
  if (LINK_USAGE.includes(`[ ${w} `)) return yield* args.tool.die(`bridge: link ${w}: not simulated here\n`);
  return yield* args.tool.die(LINK_USAGE);
}

function* number(args: Args): Cmd<number> {
  return Number(yield* args.next()) || 0;
}

function* state(args: Args): Cmd<(typeof STATES)[number]> {
  const text = yield* args.next();
  const found = STATES.find((s) => s === text) ?? (/^\d+$/.test(text) ? STATES[Number(text)] : undefined);
  return found ?? (yield* args.tool.die("Error: invalid STP port state\n"));
}

function* apply(tool: Tool, dev: string | null, options: PortOptions): Cmd<number> {
  if (dev === null) {
    yield* tool.err("Device is a required argument.\n");
    return -1;
  }
  const ifindex = tool.links.index(dev);
  if (ifindex === 0) {
    yield* tool.err(`Cannot find device "${dev}"\n`);
    return -1;
  }
  return (yield* tool.talk({ op: "port.set", ifindex, options })) === null ? -1 : 0;
}
