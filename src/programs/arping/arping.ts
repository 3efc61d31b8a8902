// From the shell: somebody typed arping.
// Next net/sock/packet.ts: an ARP message goes out as it is, past the neighbour table.
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { Program, Sys, Task } from "../../os/sys.ts";
import { formatIp4, IP4_ANY, MAC_ZERO, type Ip4 } from "../../wire/addr.ts";
import { ETH_P_ARP } from "../../wire/ethernet.ts";
import { inetAton } from "../lib/aton.ts";
import { listLinks } from "../lib/device.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { finish, openIo, type Io } from "../lib/tool.ts";
import { type ArpingOptions, readArping } from "./options.ts";
import { ArpingSession, type Bound } from "./session.ts";

/** arping of iputils 20221126: asks a neighbour for its MAC, tells neighbours ours, or looks for a duplicate address. */
export const arping: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const command = readArping(argv);
  if (command.is === "stop") {
    yield* io.out.text(command.stdout);
    yield* io.err(command.stderr);
    return yield* finish(io, command.status);
  }
  const bound = yield* setUp(io, command.options);
  if (isFailure(bound)) {
    yield* io.out.text(bound.stdout ?? "");
    if (bound.stderr !== undefined) yield* io.complain(bound.stderr);
    return yield* finish(io, bound.status);
  }
  const status = yield* run(io, command.options, bound);
  return yield* finish(io, status);
};

/** Why arping does not begin. */
interface Failure {
  readonly status: number;
  readonly stderr?: string;
  readonly stdout?: string;
}
const isFailure = (r: Pick<Bound, "fd"> | Device | Failure | Ip4): r is Failure => typeof r === "object" && "status" in r;
const fatal = (stderr: string, status = 2): Failure => ({ stderr, status });

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_NOARP = 0x80;

interface Device {
  readonly name: string;
  readonly ifindex: number;
  readonly usable: "yes" | "down" | "noarp";
}

/** Device, addresses and the bound packet socket, in the order in which the real one finds its mistakes. */
function* setUp(io: Io, o: ArpingOptions): Task<Bound | Failure> {
  const { sys } = io;
  const resolved = yield* resolveName(sys, o.target);
  if (resolved.is === "failed") return fatal(`${o.target}: ${gaiStrerror(resolved.error)}`);
  const target = resolved.addresses[0];
  const device = chooseDevice(sys, o, target);
  if (isFailure(device)) return device;
  if (device.usable !== "yes") {
    const words = device.usable === "down" ? "down" : "not ARPable";
    return { stdout: o.quiet ? "" : `Interface "${device.name}" is ${words}\n`, status: o.detectDuplicates && device.usable === "noarp" ? 0 : 2 };
  }
  const given = o.source === "" ? IP4_ANY : inetAton(o.source);
  if (given === null) return fatal(`invalid source ${o.source}`);
  const source = yield* chooseSource(sys, o, device, given === IP4_ANY && !o.detectDuplicates && o.unsolicited ? target : given, target);
  if (isFailure(source)) return source;
  const socket = openSocket(sys, device);
  if (isFailure(socket)) return socket;
  if (!o.quiet) yield* io.out.text(`ARPING ${formatIp4(target)} from ${formatIp4(source)} ${device.name}\n`);
  return { ...socket, source, target };
}

/** -I's device, or the one that the route to the destination leaves by. */
function chooseDevice(sys: Sys, o: ArpingOptions, target: Ip4): Device | Failure {
  const links = listLinks(sys);
  let link = links.find((l) => l.name === o.device);
  if (o.device === "") {
    const route = sys.rtnl({ op: "route.get", dst: target, fibMatch: false });
    const item = isRtnlError(route) ? undefined : route.items[0];
    if (item?.is !== "routeGet") return fatal("NETLINK_ROUTE unexpected iov element", 1);
    link = links.find((l) => l.ifindex === item.route.oif);
  }
  if (link === undefined) return fatal(`Device ${o.device} not available.`);
  const usable = (link.flags & IFF_UP) === 0 ? "down" : (link.flags & (IFF_LOOPBACK | IFF_NOARP)) !== 0 ? "noarp" : "yes";
  return { name: link.name, ifindex: link.ifindex, usable };
}

/** -s's address, else the one the kernel would speak from on this device; none while looking for duplicates. */
function* chooseSource(sys: Sys, o: ArpingOptions, device: Device, wanted: Ip4, target: Ip4): Task<Ip4 | Failure> {
  if (wanted === IP4_ANY && o.detectDuplicates) return wanted;
  const probe = sys.socket("inet", "dgram", "udp");
  if (isErrno(probe)) return fatal(`socket: ${strerror(probe)}`);
  try {
    sys.setsockopt(probe, "SO_BINDTODEVICE", device.name);
    if (wanted !== IP4_ANY) {
      const refused = sys.bind(probe, { family: "inet", addr: wanted, port: 0 });
      return refused === undefined ? wanted : fatal(`bind: ${strerror(refused)}`);
    }
    sys.setsockopt(probe, "SO_DONTROUTE", true);
    const refused = yield* sys.connect(probe, { family: "inet", addr: target, port: 1025 });
    if (refused !== undefined) return fatal(`connect: ${strerror(refused)}`);
    const name = sys.getsockname(probe);
    return !isErrno(name) && name.family === "inet" ? name.addr : fatal("getsockname");
  } finally {
    sys.close(probe);
  }
}

function openSocket(sys: Sys, device: Device): Pick<Bound, "fd" | "ifindex" | "mac"> | Failure {
  const fd = sys.socket("packet", "dgram", 0);
  if (isErrno(fd)) return fatal(`socket: ${strerror(fd)}`);
  const refused = sys.bind(fd, { family: "packet", ifindex: device.ifindex, protocol: ETH_P_ARP, pkttype: "host", mac: MAC_ZERO, hatype: 1 });
  if (refused !== undefined) return fatal(`bind: ${strerror(refused)}`);
  const name = sys.getsockname(fd);
  if (isErrno(name) || name.family !== "packet") return fatal("getsockname");
  return { fd, ifindex: device.ifindex, mac: name.mac };
}

/** One request an interval, until it is enough. */
function* run(io: Io, o: ArpingOptions, bound: Bound): Task<number> {
  const { sys } = io;
  const session = new ArpingSession(io, o, bound);
  let stopped = false;
  for (const signal of ["SIGINT", "SIGQUIT", "SIGALRM"] as const) sys.signal(signal, () => void (stopped = true));
  const endNs = o.timeoutSec > 0 ? sys.nowNs + o.timeoutSec * 1e9 : Infinity;
  // An interval of zero disarms the timer: one request, then waiting.
  const stepNs = o.intervalSec > 0 ? o.intervalSec * 1e9 : Infinity;
  let nextNs = sys.nowNs + stepNs;
  yield* session.send();
  for (let ticks = 1; !stopped; ) {
    const ready = yield* sys.poll([bound.fd], Math.min(endNs, nextNs));
    if (!isErrno(ready) && ready.length > 0) stopped ||= yield* receive(sys, session, bound.fd);
    else if (sys.nowNs >= nextNs) {
      nextNs += stepNs;
      if (o.count > 0 && ++ticks > o.count) break;
      yield* session.send();
    } else if (sys.nowNs >= endNs) break;
  }
  if (!o.quiet) yield* io.out.text(session.summary());
  return session.status();
}

function* receive(sys: Sys, session: ArpingSession, fd: number): Task<boolean> {
  const got = yield* sys.recvmsg(fd, { maxBytes: 4096, dontWait: true });
  return isErrno(got) ? false : yield* session.receive(got);
}
