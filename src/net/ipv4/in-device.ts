import type { Ip4 } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { type SysctlEntry, intEntry } from "../core/sysctl.ts";

/** Route and address scopes (rtnetlink.h): smaller reaches farther. */
export const SCOPE_UNIVERSE = 0;
export const SCOPE_SITE = 200;
export const SCOPE_LINK = 253;
export const SCOPE_HOST = 254;
export const SCOPE_NOWHERE = 255;

/** One IPv4 address of a device (struct in_ifaddr). */
export interface IfAddr {
  readonly dev: Netdev;
  readonly local: Ip4;
  /** The peer of a point-to-point address, else the same as `local`. */
  readonly peer: Ip4;
  readonly prefixLen: number;
  broadcast: Ip4 | null;
  scope: number;
  label: string;
  /** Another address of the same subnet came first. */
  secondary: boolean;
  noPrefixRoute: boolean;
  metric: number;
  /** Seconds, Infinity = forever; `stampNs` is when they were set. */
  validSec: number;
  preferredSec: number;
  stampNs: number;
  protocol: number;
}

/** /proc/sys/net/ipv4/conf/<dev>/*. */
export class Ipv4Conf {
  forwarding = 0;
  rpFilter = 0;
  arpIgnore = 0;
  arpAnnounce = 0;
  arpFilter = 0;
  arpAccept = 0;
  arpNotify = 0;
  arpEvictNocarrier = 1;
  proxyArp = 0;
  proxyArpPvlan = 0;
  acceptLocal = 0;
  acceptRedirects = 1;
  sendRedirects = 1;
  secureRedirects = 1;
  sharedMedia = 1;
  acceptSourceRoute = 0;
  logMartians = 0;
  routeLocalnet = 0;
  srcValidMark = 0;
  promoteSecondaries = 0;
  bcForwarding = 0;
  dropGratuitousArp = 0;
  dropUnicastInL2Multicast = 0;
  ignoreRoutesWithLinkdown = 0;
  tag = 0;

  copyFrom(other: Ipv4Conf): void {
    Object.assign(this, other);
  }
}

const FILES = {
  rp_filter: "rpFilter", arp_ignore: "arpIgnore", arp_announce: "arpAnnounce", arp_filter: "arpFilter",
  arp_accept: "arpAccept", arp_notify: "arpNotify", arp_evict_nocarrier: "arpEvictNocarrier", proxy_arp: "proxyArp", proxy_arp_pvlan: "proxyArpPvlan",
  accept_local: "acceptLocal", accept_redirects: "acceptRedirects", send_redirects: "sendRedirects",
  secure_redirects: "secureRedirects", shared_media: "sharedMedia", accept_source_route: "acceptSourceRoute",
  log_martians: "logMartians", route_localnet: "routeLocalnet", src_valid_mark: "srcValidMark",
  promote_secondaries: "promoteSecondaries", ignore_routes_with_linkdown: "ignoreRoutesWithLinkdown", tag: "tag",
  bc_forwarding: "bcForwarding", drop_gratuitous_arp: "dropGratuitousArp", drop_unicast_in_l2_multicast: "dropUnicastInL2Multicast",
} as const;

/** Files that are there, of parts that are not: to be read only. */
const READ_ONLY = {
  bootp_relay: "0", disable_policy: "0", disable_xfrm: "0", force_igmp_version: "0", igmpv2_unsolicited_report_interval: "10000",
  igmpv3_unsolicited_report_interval: "1000", mc_forwarding: "0", medium_id: "0",
} as const;

/** Registers net/ipv4/conf/<name>/…; `forwarding` is the caller's, because `all` has side effects. */
export function registerConfSysctls(ns: Netns, name: string, conf: Ipv4Conf, forwarding: SysctlEntry): void {
  ns.sysctl.register(`net/ipv4/conf/${name}`, () => {
    const files = Object.entries(FILES).map(([file, field]) => [file, intEntry(conf, field)] as const);
    const fixed = Object.entries(READ_ONLY).map(([file, value]) => [file, { get: () => value }] as const);
    return new Map<string, SysctlEntry>([["forwarding", forwarding], ...files, ...fixed]);
  });
}

/** A device's IPv4 side. */
export class InDevice {
  readonly dev: Netdev;
  /** Primary addresses before secondary ones, as `ip addr` lists them. */
  readonly addrs: IfAddr[] = [];
  readonly conf = new Ipv4Conf();

  constructor(dev: Netdev) {
    this.dev = dev;
  }
}

type Switch = Exclude<keyof Ipv4Conf, "copyFrom">;

/** The larger of the device's and `conf/all`'s value: how levels combine (IN_DEV_MAXCONF). */
export function maxConf(dev: Netdev, field: Switch): number {
  const all = dev.ns.ipv4.confAll[field];
  const own = dev.in4?.conf[field] ?? 0;
  return Math.max(all, own);
}

/** On for the device or for all (IN_DEV_ORCONF). */
export const orConf = (dev: Netdev, field: Switch): boolean => dev.ns.ipv4.confAll[field] !== 0 || (dev.in4?.conf[field] ?? 0) !== 0;

/** On for the device and for all (IN_DEV_ANDCONF). */
export const andConf = (dev: Netdev, field: Switch): boolean => dev.ns.ipv4.confAll[field] !== 0 && (dev.in4?.conf[field] ?? 0) !== 0;
