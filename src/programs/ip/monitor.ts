import type { RtnlEvent, RtnlGroup } from "../../net/uapi/rtnetlink.ts";
import { Args, matches } from "./lib/args.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { printAddr } from "./addr-print.ts";
import { printLink } from "./link-print.ts";
import { printBridgeNeigh, printNeigh } from "./neigh-print.ts";
import { printRoute } from "./route-print.ts";
import { printRule } from "./rule-print.ts";
import { MONITOR_USAGE } from "./usage-more.ts";

/** `ip monitor`: prints what the kernel tells, until it is interrupted. */
export function* doMonitor(tool: Tool, words: readonly string[]): Cmd<number> {
  const args = new Args(tool, words);
  const groups = new Set<RtnlGroup>();
  let label = false;
  let dev: string | null = null;
  while (args.more) {
    const w = args.take();
    if (w === "label" || w === "all") label = true;
    else if (w === "dev") dev = yield* args.next();
    else groups.add(yield* group(tool, w));
  }
  const only = dev === null ? null : tool.links.index(dev);
  if (only === 0) return yield* tool.die(`Cannot find device "${dev ?? ""}"\n`, 255);
  const wanted: readonly RtnlGroup[] = groups.size === 0 ? ["link", "addr", "route", "rule", "neigh", "nsid"] : [...groups];
  return yield* listen(tool, wanted, (event) => printEvent(tool, event, label, only));
}

function* group(tool: Tool, w: string): Cmd<RtnlGroup> {
  if (matches(w, "link")) return "link";
  if (matches(w, "address")) return "addr";
  if (matches(w, "route")) return "route";
  if (w === "neigh" || matches(w, "neighbour") || matches(w, "neighbor")) return "neigh";
  if (matches(w, "rule")) return "rule";
  if (matches(w, "nsid")) return "nsid";
  if (matches(w, "help")) return yield* tool.die(MONITOR_USAGE);
  for (const other of ["mroute", "prefix", "netconf", "nexthop", "stats", "file", "all-nsid"]) if (w === other) return yield* tool.die(`ip: monitor ${other}: not simulated here\n`);
  return yield* tool.die(`Argument "${w}" is unknown, try "ip monitor help".\n`);
}

/** Receives for ever; each message is written out at once. */
export function* listen(tool: Tool, groups: readonly RtnlGroup[], print: (event: RtnlEvent) => void): Cmd<number> {
  const fd = tool.sys.rtnlSubscribe(groups);
  if (typeof fd === "string") return yield* tool.die(`Cannot open netlink socket: ${fd}\n`, 1);
  for (;;) {
    const event = yield* tool.sys.rtnlReceive(fd);
    if (event === "EINTR" || event === "ENOBUFS") continue;
    if (typeof event === "string") return -1;
    if (event.item.is === "link" && event.is === "new") tool.links.remember(event.item.link);
    print(event);
    yield* tool.flush();
    if (event.item.is === "link" && event.is === "del") tool.links.forget(event.item.link.ifindex);
  }
}

const LABELS: Readonly<Record<RtnlGroup, string>> = { link: "[LINK]", addr: "[ADDR]", route: "[ROUTE]", rule: "[RULE]", neigh: "[NEIGH]", nsid: "[NSID]" };

function printEvent(tool: Tool, event: RtnlEvent, label: boolean, only: number | null): void {
  const { item } = event;
  const family = tool.options.family;
  if (item.is === "nsid" || item.is === "routeGet" || (family === "inet6")) return;
  if (only !== null && indexOf(event) !== only) return;
  timestamp(tool);
  if (label) tool.out.fp(LABELS[event.group]);
  const deleted = event.is === "del";
  if (item.is === "link") printLinkEvent(tool, event, deleted);
  else if (item.is === "addr") printAddrEvent(tool, event, deleted);
  else if (item.is === "route") printRoute(tool, item.route, { table: 254, deleted });
  else if (item.is === "rule") printRule(tool, item.rule, deleted);
  else if (item.is === "fdb") printBridgeNeigh(tool, item.fdb, deleted);
  else if (item.is === "neigh") printNeigh(tool, item.neigh, { dev: true, deleted, miss: event.is === "get" });
}

function indexOf({ item }: RtnlEvent): number | null {
  if (item.is === "link") return item.link.ifindex;
  if (item.is === "addr") return item.addr.ifindex;
  if (item.is === "fdb") return item.fdb.ifindex;
  if (item.is === "neigh") return item.neigh.ifindex;
  return item.is === "route" ? (item.route.nexthops[0]?.ifindex ?? 0) : null;
}

function printLinkEvent(tool: Tool, { item }: RtnlEvent, deleted: boolean): void {
  if (item.is !== "link") return;
  printLink(tool, item.link, { mode: "addr", deleted, monitor: true });
}

/** In a monitor an address stands alone: its device comes first. */
function printAddrEvent(tool: Tool, { item }: RtnlEvent, deleted: boolean): void {
  if (item.is !== "addr") return;
  if (deleted) tool.out.fp("Deleted ");
  printAddr(tool, item.addr, tool.links.byIndex(item.addr.ifindex), true);
}

const pad = (n: number, width = 2): string => String(n).padStart(width, "0");
const DAY_SEC = 86_400;

/** -t and -ts. */
function timestamp(tool: Tool): void {
  if (tool.options.timestamp === "no") return;
  const { sec, nsec } = tool.sys.wallTime();
  const [year, month, day] = civil(Math.floor(sec / DAY_SEC));
  const rest = sec % DAY_SEC;
  const clock = `${pad(Math.floor(rest / 3600))}:${pad(Math.floor(rest / 60) % 60)}:${pad(rest % 60)}`;
  const usec = Math.floor(nsec / 1000);
  if (tool.options.timestamp === "short") tool.out.fp(`[${year}-${pad(month)}-${pad(day)}T${clock}.${pad(usec, 6)}] `);
  else tool.out.fp(`Timestamp: ${WEEKDAYS[(Math.floor(sec / DAY_SEC) + 4) % 7]} ${MONTHS[month - 1]} ${String(day).padStart(2)} ${clock} ${year} ${usec} usec\n`);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Year, month, day of a day number since 1970-01-01 (Gregorian). */
function civil(days: number): readonly [number, number, number] {
  let year = 1970;
  let left = days;
  for (; left >= daysOf(year); year++) left -= daysOf(year);
  let month = 0;
  for (; left >= monthDays(year, month); month++) left -= monthDays(year, month);
  return [year, month + 1, left + 1];
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysOf = (year: number): number => (isLeap(year) ? 366 : 365);
const monthDays = (year: number, month: number): number => (month === 1 && isLeap(year) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]!);
