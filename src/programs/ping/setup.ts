import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { SockOption, SockOptions } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { ip4, isMulticastIp4, type Ip4 } from "../../wire/addr.ts";
import { nameOfDeviceWith } from "../lib/device.ts";
import type { Io } from "../lib/tool.ts";
import type { PingOptions } from "./options.ts";
import type { PingSocket } from "./session.ts";

/** A message for stderr that ends ping with status 2. */
export interface Fatal {
  readonly fatal: string;
}
const fatal = (what: string, e?: Errno): Fatal => ({ fatal: e === undefined ? what : `${what}: ${strerror(e)}` });
export const isFatal = (r: object | undefined): r is Fatal => r !== undefined && "fatal" in r;

const PROBE_PORT = 1025;
/** Everything but source quench, unreachable, time exceeded, parameter problem, redirect and echo reply is filtered out. */
const ICMP_FILTER = ~((1 << 4) | (1 << 3) | (1 << 11) | (1 << 12) | (1 << 5) | (1 << 0)) >>> 0;

/** An ICMP socket: datagram first; raw where the kernel does not let us, or where identifier 0 is wanted. */
export function createSocket(sys: Sys, rawOnly: boolean): PingSocket | Fatal {
  const dgram = rawOnly ? "EACCES" : sys.socket("inet", "dgram", "icmp");
  if (!isErrno(dgram)) return { fd: dgram, type: "dgram" };
  if (!["EACCES", "EPROTONOSUPPORT", "EAFNOSUPPORT"].includes(dgram)) return fatal("socket", dgram);
  const raw = sys.socket("inet", "raw", "icmp");
  return isErrno(raw) ? fatal("socket", raw) : { fd: raw, type: "raw" };
}

/** Finds the source address by connecting a throw-away UDP socket, as the kernel's routing would choose it. */
export function* chooseSource(io: Io, o: PingOptions, socket: PingSocket, to: Ip4): Task<Ip4 | Fatal> {
  const { sys } = io;
  if (o.source !== undefined) return bindDevice(sys, o, socket.fd, to) ?? o.source;
  const probe = sys.socket("inet", "dgram", "udp");
  if (isErrno(probe)) return fatal("socket", probe);
  const bad = bindDevice(sys, o, probe, to) ?? bindDevice(sys, o, socket.fd, to);
  if (bad !== undefined) return bad;
  if (o.tos > 0) sys.setsockopt(probe, "IP_TOS", o.tos);
  if (o.mark !== undefined) yield* setMark(io, probe, o.mark);
  const refused = yield* connectProbe(io, o, probe, to);
  if (refused !== undefined) return refused;
  const name = sys.getsockname(probe);
  sys.close(probe);
  if (isErrno(name)) return fatal("getsockname", name);
  const source = name.family === "inet" ? name.addr : ip4(0);
  if (o.device !== undefined && !nameOfDeviceWith(sys, source).includes(o.device)) {
    yield* io.complain(`Warning: source address might be selected on device other than: ${o.device}`);
  }
  return source;
}

function* connectProbe(io: Io, o: PingOptions, probe: number, to: Ip4): Task<Fatal | undefined> {
  const { sys } = io;
  const addr = { family: "inet", addr: to, port: PROBE_PORT } as const;
  const first = yield* sys.connect(probe, addr);
  if (first === undefined) return undefined;
  if (first !== "EACCES") return fatal("connect", first);
  if (!o.broadcast) return fatal("Do you want to ping broadcast? Then -b. If not, check your local firewall rules");
  yield* io.err("WARNING: pinging broadcast address\n");
  const set = sys.setsockopt(probe, "SO_BROADCAST", true);
  if (set !== undefined) return fatal("cannot set broadcasting", set);
  const second = yield* sys.connect(probe, addr);
  return second === undefined ? undefined : fatal("connect", second);
}

function bindDevice(sys: Sys, o: PingOptions, fd: number, to: Ip4): Fatal | undefined {
  if (o.device === undefined) return undefined;
  const failed = sys.setsockopt(fd, "SO_BINDTODEVICE", o.device);
  if (failed === undefined) return undefined;
  return isMulticastIp4(to) && failed === "ENODEV" ? fatal(`unknown iface: ${o.device}`) : fatal(`SO_BINDTODEVICE ${o.device}`, failed);
}

function* setMark(io: Io, fd: number, mark: number): Task<void> {
  const failed = io.sys.setsockopt(fd, "SO_MARK", mark);
  if (failed !== undefined) yield* io.complain(`WARNING: failed to set mark: ${mark}: ${strerror(failed)}`);
}

/** IP options for -R and -T (RFC 791 §3.1), padded to words; undefined when neither is asked. */
export function ipOptionBytes(o: PingOptions, hops: readonly Ip4[]): Uint8Array | undefined {
  if (o.recordRoute) {
    const bytes = new Uint8Array(40);
    bytes.set([1, 7, 39, 4]);
    return bytes;
  }
  if (o.timestamp === undefined) return undefined;
  const kind = { tsonly: 0, tsandaddr: 1, tsprespec: 3 }[o.timestamp];
  const length = kind === 0 ? 40 : kind === 1 ? 36 : 4 + hops.length * 8;
  const bytes = new Uint8Array(length);
  bytes.set([68, length, 5, kind]);
  if (kind === 3) hops.forEach((h, i) => bytes.set([h >>> 24, (h >>> 16) & 255, (h >>> 8) & 255, h & 255], 4 + i * 8));
  return bytes;
}

/** Sets everything the options ask for on the ICMP socket, in ping's order. */
export function* prepareSocket(io: Io, o: PingOptions, socket: PingSocket, source: Ip4, to: Ip4, optionBytes: Uint8Array | undefined): Task<Fatal | undefined> {
  const { sys } = io;
  const set = <K extends SockOption>(option: K, value: SockOptions[K], words: string): Fatal | undefined => {
    const failed = sys.setsockopt(socket.fd, option, value);
    return failed === undefined ? undefined : fatal(words, failed);
  };
  const pmtu = o.pmtu ?? (o.broadcast || isMulticastIp4(to) ? "do" : undefined);
  const badPmtu = pmtu === undefined ? undefined : set("IP_MTU_DISCOVER", pmtu, "IP_MTU_DISCOVER");
  if (badPmtu !== undefined) return badPmtu;
  if (o.tos > 0) sys.setsockopt(socket.fd, "IP_TOS", o.tos);
  const ownIdent = socket.type === "dgram" && (o.ident ?? 0) > 0;
  if (o.strictSource || ownIdent) {
    const failed = sys.bind(socket.fd, { family: "inet", addr: source, port: ownIdent ? (o.ident ?? 0) : 0 });
    if (failed !== undefined) return fatal("bind", failed);
  }
  if (socket.type === "raw") sys.setsockopt(socket.fd, "ICMP_FILTER", ICMP_FILTER);
  sys.setsockopt(socket.fd, "IP_RECVERR", true);
  setBuffers(sys, o, socket.fd, optionBytes);
  const bad = (optionBytes === undefined ? undefined : set("IP_OPTIONS", optionBytes, o.recordRoute ? "record route" : "ts option"))
    ?? (o.broadcast ? set("SO_BROADCAST", true, "cannot set broadcasting") : undefined)
    ?? (o.noLoop ? set("IP_MULTICAST_LOOP", false, "cannot disable multicast loopback") : undefined)
    ?? (o.ttl === undefined ? undefined : set("IP_MULTICAST_TTL", o.ttl, "cannot set multicast time-to-live"))
    ?? (o.ttl === undefined ? undefined : set("IP_TTL", o.ttl, "cannot set unicast time-to-live"));
  if (bad === undefined && o.mark !== undefined) yield* setMark(io, socket.fd, o.mark);
  return bad;
}

/** Room for what may be on its way: an estimate of the kernel's memory per packet. */
function setBuffers(sys: Sys, o: PingOptions, fd: number, optionBytes: Uint8Array | undefined): void {
  const data = o.dataBytes + 8;
  const packet = data + Math.trunc((data + 511) / 512) * ((optionBytes === undefined ? 0 : 40) + 20 + 16 + 64 + 160);
  sys.setsockopt(fd, "SO_SNDBUF", o.sendBufferBytes ?? packet);
  sys.setsockopt(fd, "SO_RCVBUF", Math.max(65_536, packet * o.preload));
}
