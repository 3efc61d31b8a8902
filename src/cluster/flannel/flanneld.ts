import type { RtnlEvent } from "../../net/uapi/rtnetlink.ts";
import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import { type Program, STDERR, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4, formatMac } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { type Lease, leaseFor, parseLeases, subnetText } from "./leases.ts";
import { glog } from "./log.ts";

/**
 * flanneld 0.6.2, the part that keeps an overlay alive: it answers the kernel's L3 misses on
 * flannel.100 with the MAC of the worker that holds the lease (network.go handleMiss). Leases come
 * from a file of the lab until etcd is simulated; the options that need etcd are refused by name.
 */
export const flanneld: Program = function* (sys, argv) {
  const options = parseFlags(argv.slice(1));
  if (typeof options === "string") return yield* refuse(sys, options);
  let stop = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) sys.signal(signal, () => (stop = true));
  yield* glog(sys, "I", "main.go:126", "Installing signal handlers");
  yield* glog(sys, "I", "manager.go:163", `Using ${options.iface} as external interface`);
  yield* glog(sys, "I", "manager.go:164", `Using ${options.iface} as external endpoint`);
  const misses = sys.rtnlSubscribe(["neigh"]);
  if (typeof misses === "string") return yield* fatal(sys, `netlink: ${misses}`);
  const ifindex = findDevice(sys);
  if (ifindex === 0) return yield* fatal(sys, "failed to find flannel.100");
  const leases = readLeases(sys, options.leasesFile);
  yield* announce(sys, leases);
  while (!stop) {
    const event = yield* sys.rtnlReceive(misses);
    if (typeof event !== "string") yield* onMessage(sys, event, ifindex, leases);
  }
  yield* glog(sys, "I", "main.go:166", "Exiting...");
  return 0;
};

interface Flags {
  readonly iface: string;
  readonly leasesFile: string;
}

/** Go's flag package: -name=value or -name value, one or two dashes. A string says what is wrong. */
function parseFlags(args: readonly string[]): Flags | string {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([a-z-]+)(?:=(.*))?$/.exec(args[i]!);
    if (match === null) return `unexpected argument ${args[i]}`;
    const name = match[1]!;
    if (!["iface", "leases-file", "subnet-file"].includes(name)) return `-${name}: not simulated here`;
    values.set(name, match[2] ?? args[++i] ?? "");
  }
  const leasesFile = values.get("leases-file");
  if (leasesFile === undefined) return "etcd: not simulated here: give -leases-file FILE";
  return { iface: values.get("iface") ?? "", leasesFile };
}

function* refuse(sys: Sys, why: string): Task<number> {
  yield* sys.write(STDERR, `flanneld: ${why}\n`);
  return 2;
}

function* fatal(sys: Sys, why: string): Task<number> {
  yield* glog(sys, "E", "main.go:132", `Failed to create SubnetManager: ${why}`);
  return 1;
}

function findDevice(sys: Sys): number {
  const text = sys.readFile("/sys/class/net/flannel.100/ifindex");
  return typeof text === "string" ? 0 : Number(fromUtf8(text));
}

function readLeases(sys: Sys, path: string): readonly Lease[] {
  const text = sys.readFile(path);
  return typeof text === "string" ? [] : parseLeases(fromUtf8(text));
}

function* announce(sys: Sys, leases: readonly Lease[]): Task<void> {
  yield* glog(sys, "I", "network.go:58", "Watching for L3 misses");
  yield* glog(sys, "I", "network.go:66", "Watching for new subnet leases");
  for (const lease of leases) yield* glog(sys, "I", "network.go:112", `Subnet added: ${subnetText(lease)}`);
}

/** network.go handleMiss: INCOMPLETE, STALE, DELAY or PROBE without a MAC is a miss; with one it is not. */
function* onMessage(sys: Sys, event: RtnlEvent, ifindex: number, leases: readonly Lease[]): Task<void> {
  if (event.item.is !== "neigh" || event.item.neigh.ifindex !== ifindex || event.is === "del") return;
  const { neigh } = event.item;
  if (!["incomplete", "stale", "delay", "probe"].includes(neigh.state)) return;
  const ip = formatIp4(neigh.ip);
  if (neigh.lladdr !== null) return yield* glog(sys, "I", "network.go:220", `Ignoring not a miss: ${formatMac(neigh.lladdr)}, ${ip}`);
  if (event.is !== "get") return;
  yield* glog(sys, "I", "network.go:225", `L3 miss: ${ip}`);
  const lease = leaseFor(leases, neigh.ip);
  if (lease === undefined) return yield* glog(sys, "I", "network.go:229", `Route for ${ip} not found`);
  yield* glog(sys, "I", "device.go:191", `calling NeighSet: ${ip}, ${formatMac(lease.vtepMac)}`);
  const reply = sys.rtnl({ op: "neigh.new", flags: { create: true, replace: true, exclusive: false, append: false }, ip: neigh.ip, ifindex, lladdr: lease.vtepMac, state: "reachable" });
  if (isRtnlError(reply)) return yield* glog(sys, "E", "network.go:234", `AddL3 failed: ${reply.error}`);
  yield* glog(sys, "I", "network.go:236", "AddL3 succeeded");
}
