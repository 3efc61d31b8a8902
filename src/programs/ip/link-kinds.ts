import type { BridgeOptions, LinkInfoSpec, PortOptions, VxlanOptions } from "../../net/uapi/rtnetlink-link.ts";
import { type Args, matches } from "./lib/args.ts";
import type { Cmd } from "./lib/tool.ts";
import { parseLink } from "./link-parse.ts";
import { BRIDGE_SLAVE_USAGE, BRIDGE_USAGE, VETH_USAGE } from "./usage-more.ts";
import { parseVxlan } from "./link-vxlan.ts";

/** What stands behind "type KIND" (struct link_util). */

/** Kinds that Linux has and this machine has not. */
const NOT_SIMULATED: ReadonlySet<string> = new Set([
  "amt", "bareudp", "bond", "bond_slave", "dsa", "erspan", "geneve", "gre", "gretap", "gtp", "ifb", "ip6erspan", "ip6gre", "ip6gretap", "ip6tnl", "ipip",
  "ipoib", "ipvlan", "ipvtap", "macsec", "macvlan", "macvtap", "netdevsim", "nlmon", "rmnet", "sit", "team", "team_slave", "vcan", "vlan", "vrf", "vti",
  "vxcan", "wwan", "xfrm", "virt_wifi", "wireguard", "tun", "hsr", "batadv",
]);

export function* parseKind(args: Args, kind: string, adding: boolean): Cmd<LinkInfoSpec | null> {
  switch (kind) {
    case "veth": return yield* parseVeth(args);
    case "bridge": return yield* parseBridge(args);
    case "bridge_slave": return yield* parsePort(args);
    case "vxlan": return yield* asVxlan(args, adding);
    case "dummy": return { kind: "dummy" };
    default: return yield* otherKind(args, kind);
  }
}

function* otherKind(args: Args, kind: string): Cmd<LinkInfoSpec | null> {
  if (NOT_SIMULATED.has(kind)) return yield* args.tool.die(`ip: link type ${kind}: not simulated here\n`, 2);
  if (!args.more) return { kind: "unknown", name: kind };
  const word = args.take();
  yield* args.tool.err(`Garbage instead of arguments "${word} ...". Try "ip link help".\n`);
  return null;
}

/** Without a word behind it the kernel is left to complain. */
function* asVxlan(args: Args, adding: boolean): Cmd<LinkInfoSpec | null> {
  if (!args.more) return { kind: "vxlan", options: {} };
  const options: VxlanOptions | null = yield* parseVxlan(args, adding);
  return options === null ? null : { kind: "vxlan", options };
}

function* parseVeth(args: Args): Cmd<LinkInfoSpec | null> {
  if (!args.more) return { kind: "veth" };
  if (args.take() !== "peer") {
    args.tool.out.fp(VETH_USAGE);
    return null;
  }
  const { attrs, dev } = yield* parseLink(args);
  const name = attrs.name ?? dev;
  return { kind: "veth", peer: name === null ? attrs : { ...attrs, name } };
}

const BRIDGE_NUMBERS: Readonly<Record<string, keyof BridgeOptions>> = {
  forward_delay: "forwardDelayCs", hello_time: "helloTimeCs", max_age: "maxAgeCs", ageing_time: "ageingCs", stp_state: "stpState",
  priority: "priority", vlan_filtering: "vlanFiltering", group_fwd_mask: "groupFwdMask", mcast_snooping: "mcastSnooping",
};
const BRIDGE_MESSAGES: Readonly<Record<string, string>> = {
  forward_delay: "invalid forward_delay", hello_time: "invalid hello_time", max_age: "invalid max_age", ageing_time: "invalid ageing_time",
  stp_state: "invalid stp_state", priority: "invalid priority", vlan_filtering: "invalid vlan_filtering", group_fwd_mask: "invalid group_fwd_mask", mcast_snooping: "invalid mcast_snooping",
};

/** bridge_parse_opt. */
function* parseBridge(args: Args): Cmd<LinkInfoSpec | null> {
  let options: BridgeOptions = {};
  while (args.more) {
    const word = args.take();
    const field = Object.keys(BRIDGE_NUMBERS).find((k) => word === k || (matches(word, k) && ABBREVIATED.has(k)));
    if (field === undefined) return yield* unknownBridgeWord(args, word);
    const max = field === "priority" ? 65535 : 0xffffffff;
    options = { ...options, [BRIDGE_NUMBERS[field]!]: yield* args.number(max, BRIDGE_MESSAGES[field]!) };
  }
  return { kind: "bridge", options };
}

const ABBREVIATED: ReadonlySet<string> = new Set(["forward_delay", "hello_time", "max_age", "ageing_time", "stp_state", "priority", "vlan_filtering", "group_fwd_mask", "mcast_snooping"]);

function* unknownBridgeWord(args: Args, word: string): Cmd<null> {
  if (BRIDGE_USAGE.includes(`[ ${word} `)) return yield* args.tool.die(`ip: bridge ${word}: not simulated here\n`, 2);
  if (!matches(word, "help")) yield* args.tool.err(`bridge: unknown command "${word}"?\n`);
  yield* args.tool.err(BRIDGE_USAGE);
  return null;
}

const PORT_SWITCHES: Readonly<Record<string, keyof PortOptions>> = {
  hairpin: "hairpin", guard: "guard", root_block: "rootBlock", fastleave: "fastLeave", mcast_fast_leave: "fastLeave", learning: "learning", flood: "flood",
  mcast_flood: "mcastFlood", bcast_flood: "bcastFlood", neigh_suppress: "neighSuppress", isolated: "isolated", locked: "locked",
};
const PORT_STATES = ["disabled", "listening", "learning", "forwarding", "blocking"] as const;

/** bridge_slave_parse_opt. */
function* parsePort(args: Args): Cmd<LinkInfoSpec | null> {
  let options: PortOptions = {};
  while (args.more) {
    const word = args.take();
    const field = PORT_SWITCHES[word];
    if (field !== undefined) options = { ...options, [field]: yield* args.offOn(word) };
    else if (word === "priority") options = { ...options, priority: yield* args.number(63, "priority is invalid") };
    else if (word === "cost") options = { ...options, cost: yield* args.number(65535, "cost is invalid") };
    else if (word === "state") options = { ...options, state: PORT_STATES[yield* args.number(4, "state is invalid")]! };
    else return yield* unknownPortWord(args, word);
  }
  return { kind: "bridge_slave", options };
}

function* unknownPortWord(args: Args, word: string): Cmd<null> {
  if (BRIDGE_SLAVE_USAGE.includes(`[ ${word} `)) return yield* args.tool.die(`ip: bridge_slave ${word}: not simulated here\n`, 2);
  if (!matches(word, "help")) yield* args.tool.err(`bridge_slave: unknown option "${word}"?\n`);
  yield* args.tool.err(BRIDGE_SLAVE_USAGE);
  return null;
}

