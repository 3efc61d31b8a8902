// From the shell: somebody typed traceroute.
// Next net/sock/udp.ts or raw.ts: probes with TTL 1, 2, 3 …; routers that drop them say who they are.
import type { Program, Task } from "../../os/sys.ts";
import { formatIp4, IP4_ANY } from "../../wire/addr.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { finish, openIo, type Io } from "../lib/tool.ts";
import { IcmpMethod } from "./icmp.ts";
import type { TraceMethod, Tracing } from "./method.ts";
import { checkRanges, readTraceroute, type TracerouteArgs } from "./options.ts";
import { newProbe } from "./probe.ts";
import { TraceRun } from "./run.ts";
import { TcpMethod } from "./tcp.ts";
import { UdpMethod } from "./udp.ts";
import { TRACEROUTE_USAGE } from "./usage.ts";

/** traceroute 2.1.2: the routers on the way to a host. */
export const traceroute: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const command = readTraceroute(argv);
  if (command.is === "run") return yield* finish(io, yield* run(io, command.args));
  if (command.is === "stop") {
    yield* io.err(`${command.text}\n`);
    return 2;
  }
  yield* io.err(command.is === "usage" ? TRACEROUTE_USAGE : VERSION);
  return 0;
};

const VERSION = "Modern traceroute for Linux, version 2.1.2\nCopyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later\n";
const IP_HEADER = 20;
/** Bytes of a probe behind the IP header, when nobody said how many. */
const PAYLOAD = 40;
const MOST_BYTES = 65000;
/** UDP and ICMP headers have eight bytes, TCP with options forty. */
const HEADER: Readonly<Record<Tracing["options"]["method"], number>> = { default: 8, udp: 8, icmp: 8, tcp: 40 };

function* run(io: Io, args: TracerouteArgs): Task<number> {
  const { options: o, host } = args;
  if (host.includes(":")) {
    yield* io.err(`${io.name}: ${host}: IPv6 is not simulated here\n`);
    return 2;
  }
  const source = o.source === "" ? undefined : yield* resolveName(io.sys, o.source);
  if (source?.is === "failed") return yield* stop(io, `${o.source}: ${gaiStrerror(source.error)}\nCannot handle \`-s' option with arg \`${o.source}' (argc ${args.sourceAt})`);
  const target = yield* resolveName(io.sys, host);
  if (target.is === "failed") return yield* stop(io, `${host}: ${gaiStrerror(target.error)}\nCannot handle "host" cmdline arg \`${host}' on position 1 (argc ${args.hostAt})`);
  const wrong = checkRanges(o, args.packetLength);
  if (wrong !== undefined) return yield* stop(io, wrong);
  const to = target.addresses[0];
  const headerBytes = IP_HEADER + HEADER[o.method];
  const wanted = args.packetLength ?? (o.discoverMtu ? MOST_BYTES : IP_HEADER + PAYLOAD);
  const dataBytes = Math.max(0, wanted - headerBytes);
  const probes = Array.from({ length: o.maxHops * o.probesPerHop }, newProbe);
  const tracing: Tracing = { sys: io.sys, options: o, to, source: source?.addresses[0] ?? IP4_ANY, probes, dataBytes, headerBytes };
  return yield* trace(io, tracing, `traceroute to ${host} (${formatIp4(to)}), ${o.maxHops} hops max, ${headerBytes + dataBytes} byte packets`);
}

function* stop(io: Io, text: string): Task<number> {
  yield* io.err(`${text}\n`);
  return 2;
}

function* trace(io: Io, t: Tracing, heading: string): Task<number> {
  const method: TraceMethod = t.options.method === "icmp" ? new IcmpMethod(t) : t.options.method === "tcp" ? new TcpMethod(t) : new UdpMethod(t);
  let failed = yield* method.init();
  if (failed === undefined) {
    yield* io.out.text(heading);
    yield* io.out.flush();
    failed = yield* new TraceRun(io, t, method).run();
  }
  if (failed === undefined) return 0;
  yield* io.out.flush();
  yield* io.err(`\n${failed.failed}\n`);
  return 1;
}
