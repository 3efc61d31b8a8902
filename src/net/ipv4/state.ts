import type { Netns } from "../core/netns.ts";
import { type SysctlEntry, intEntry, parseSysctlInt } from "../core/sysctl.ts";
import type { Errno } from "../uapi/errno.ts";
import { forgetExceptions } from "./exception.ts";
import { FibTables } from "./fib.ts";
import { FragmentQueues } from "./defrag.ts";
import { Ipv4Conf, registerConfSysctls } from "./in-device.ts";
import { IcmpBudget, PeerTable } from "./peer.ts";
import { ReservedPorts } from "./reserved-ports.ts";

/** IPv4 state of a namespace (struct netns_ipv4). */
export class Ipv4State {
  readonly fib: FibTables;
  readonly confAll = new Ipv4Conf();
  readonly confDefault = new Ipv4Conf();
  readonly peers = new PeerTable();
  readonly icmpBudget = new IcmpBudget();
  icmpMsgsPerSec = 1000;
  icmpMsgsBurst = 50;
  fwmarkReflect = 0;
  readonly fragments = new FragmentQueues();
  /** Path MTU exceptions live so long (route.mtu_expires). */
  mtuExpiresSec = 600;
  minAdvMss = 256;
  forwardUsePmtu = 0;
  /** icmp_xmit_lock: an ICMP message is on its way out; another that its path would cause is not sent. */
  icmpSending = false;
  defaultTtl = 64;
  noPmtuDisc = 0;
  minPmtuBytes = 552;
  icmpEchoIgnoreAll = 0;
  icmpEchoIgnoreBroadcasts = 1;
  icmpIgnoreBogus = 1;
  icmpRatelimitMs = 1000;
  icmpRatemask = 6168;
  icmpErrorsUseInbound = 0;
  ipfragTimeSec = 30;
  ipfragHighThresh = 4194304;
  ipfragLowThresh = 3145728;
  ipfragMaxDist = 64;
  ipNonlocalBind = 0;
  fibMultipathHashPolicy = 0;
  fibMultipathHashFields = 7;
  fibMultipathHashSeed = 0;
  fibMultipathUseNeigh = 0;
  ipForwardUpdatePriority = 1;
  localPortLow = 32768;
  localPortHigh = 60999;
  readonly reservedPorts = new ReservedPorts();
  pingGroupLow = 1;
  pingGroupHigh = 0;
  /** Counter behind the identification field of packets that may be fragmented. */
  nextId: number;

  /** Somebody asks for ports when a packet is routed: a rule, or multipath by flow (fib4_rules_early_flow_dissect). */
  get wantsPorts(): boolean {
    return this.fibMultipathHashPolicy !== 0 || this.fib.rulesUsePorts;
  }

  constructor(ns: Netns) {
    this.fib = new FibTables();
    this.nextId = ns.world.sim.rng.u32() & 0xffff;
  }
}

/** Registers net/ipv4/* (ip-sysctl.rst). */
export function registerIpv4Sysctls(ns: Netns): void {
  const s = ns.ipv4;
  const forward = { get: () => String(s.confAll.forwarding), set: (text: string) => setForwarding(ns, text) };
  registerConfSysctls(ns, "all", s.confAll, forward);
  registerConfSysctls(ns, "default", s.confDefault, intEntry(s.confDefault, "forwarding"));
  ns.sysctl.register("net/ipv4/route", () => new Map<string, SysctlEntry>([
    ["flush", { get: () => "", set: () => void forgetExceptions(ns) }], ["min_pmtu", intEntry(s, "minPmtuBytes", 68)],
    ["min_adv_mss", intEntry(s, "minAdvMss")], ["mtu_expires", intEntry(s, "mtuExpiresSec")],
  ]));
  ns.sysctl.register("net/ipv4", () => new Map<string, SysctlEntry>([
    ["ip_forward", forward],
    ["ip_default_ttl", intEntry(s, "defaultTtl", 1, 255)],
    ["ip_no_pmtu_disc", intEntry(s, "noPmtuDisc", 0, 3)],
    ["ip_nonlocal_bind", intEntry(s, "ipNonlocalBind", 0, 1)],
    ["ip_forward_use_pmtu", intEntry(s, "forwardUsePmtu", 0, 255)],
    ["ip_forward_update_priority", intEntry(s, "ipForwardUpdatePriority", 0, 1)],
    ["icmp_echo_ignore_all", intEntry(s, "icmpEchoIgnoreAll", 0, 1)],
    ["icmp_echo_ignore_broadcasts", intEntry(s, "icmpEchoIgnoreBroadcasts", 0, 1)],
    ["icmp_ignore_bogus_error_responses", intEntry(s, "icmpIgnoreBogus", 0, 1)],
    ["icmp_msgs_per_sec", intEntry(s, "icmpMsgsPerSec", 0)], ["icmp_msgs_burst", intEntry(s, "icmpMsgsBurst", 0)],
    ["fwmark_reflect", intEntry(s, "fwmarkReflect")],
    ["icmp_ratelimit", intEntry(s, "icmpRatelimitMs", 0)],
    ["icmp_ratemask", intEntry(s, "icmpRatemask")],
    ["icmp_errors_use_inbound_ifaddr", intEntry(s, "icmpErrorsUseInbound", 0, 1)],
    ["ipfrag_time", intEntry(s, "ipfragTimeSec", 0)], ["ipfrag_max_dist", intEntry(s, "ipfragMaxDist", 0)],
    ["ipfrag_high_thresh", intEntry(s, "ipfragHighThresh", 0)], ["ipfrag_low_thresh", intEntry(s, "ipfragLowThresh", 0)],
    ["fib_multipath_hash_policy", intEntry(s, "fibMultipathHashPolicy", 0, 3)],
    ["fib_multipath_hash_fields", intEntry(s, "fibMultipathHashFields", 1, 0xfff)], ["fib_multipath_hash_seed", intEntry(s, "fibMultipathHashSeed", 0)],
    ["fib_multipath_use_neigh", intEntry(s, "fibMultipathUseNeigh", 0, 1)],
    // Read only: what they switch is not there.
    ["fib_notify_on_flag_change", { get: () => "0" }], ["nexthop_compat_mode", { get: () => "1" }], ["ip_early_demux", { get: () => "1" }],
    ["ip_dynaddr", { get: () => "0" }], ["ip_autobind_reuse", { get: () => "0" }], ["raw_l3mdev_accept", { get: () => "1" }],
    ["icmp_echo_enable_probe", { get: () => "0" }],
    ["ip_local_port_range", pairEntry(() => [s.localPortLow, s.localPortHigh], (a, b) => setPorts(ns, a, b))],
    ["ip_local_reserved_ports", s.reservedPorts.entry],
    ["ping_group_range", pairEntry(() => [s.pingGroupLow, s.pingGroupHigh], (a, b) => { s.pingGroupLow = a; s.pingGroupHigh = b; return undefined; })],
  ]));
}

function setPorts(ns: Netns, low: number, high: number): Errno | undefined {
  if (low > high || low < 1 || high > 65535) return "EINVAL";
  ns.ipv4.localPortLow = low;
  ns.ipv4.localPortHigh = high;
  return undefined;
}

function pairEntry(get: () => readonly [number, number], set: (a: number, b: number) => Errno | undefined) {
  return {
    get: () => get().join("\t"),
    set: (text: string): Errno | undefined => {
      const [a, b] = text.trim().split(/\s+/).map(parseSysctlInt);
      if (a === null || a === undefined || b === null || b === undefined) return "EINVAL";
      return set(a, b);
    },
  };
}

/** inet_forward_change: writing `all` (or ip_forward) sets every device and the default. */
function setForwarding(ns: Netns, text: string): Errno | undefined {
  const n = parseSysctlInt(text);
  if (n === null) return "EINVAL";
  ns.ipv4.confAll.forwarding = n;
  ns.ipv4.confDefault.forwarding = n;
  for (const dev of ns.devices.values()) if (dev.in4 !== null) dev.in4.conf.forwarding = n;
  return undefined;
}
