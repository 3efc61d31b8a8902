// From the shell: somebody typed tracepath.
// Next net/sock/udp.ts: datagrams with "don't fragment" and a small TTL; the answers are in the socket's error queue.
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Program, Task } from "../../os/sys.ts";
import { gaiStrerror, resolveName } from "../lib/resolve.ts";
import { finish, openIo, type Io } from "../lib/tool.ts";
import { readTracepath, type TracepathOptions } from "./options.ts";
import { PathTracer } from "./tracer.ts";

/** tracepath of iputils 20221126: the hops to a host and the path MTU, without root. */
export const tracepath: Program = function* (sys, argv) {
  const io = openIo(sys, argv);
  const command = readTracepath(argv);
  if (command.is === "stop") {
    yield* io.out.text(command.stdout);
    yield* io.err(command.stderr);
    return yield* finish(io, command.status);
  }
  const status = yield* trace(io, command.options);
  return yield* finish(io, status);
};

function* trace(io: Io, o: TracepathOptions): Task<number> {
  const { sys } = io;
  if (o.target.includes(":")) {
    yield* io.complain(`${o.target}: IPv6 is not simulated here`);
    return 1;
  }
  const resolved = yield* resolveName(sys, o.target);
  if (resolved.is === "failed") {
    yield* io.complain(`${o.target}: ${gaiStrerror(resolved.error)}`);
    return 1;
  }
  const fd = sys.socket("inet", "dgram", "udp");
  if (isErrno(fd)) {
    yield* io.complain(`socket: ${strerror(fd)}`);
    return 1;
  }
  sys.setsockopt(fd, "IP_MTU_DISCOVER", "do");
  sys.setsockopt(fd, "IP_RECVERR", true);
  sys.setsockopt(fd, "IP_RECVTTL", true);
  const tracer = new PathTracer(io, o, fd, resolved.addresses[0]);
  yield* walk(io, o, tracer);
  const hops = tracer.hopsTo >= 0 ? `hops ${tracer.hopsTo} ` : "";
  const back = tracer.hopsFrom >= 0 ? `back ${tracer.hopsFrom} ` : "";
  yield* io.out.text(`     Resume: pmtu ${tracer.mtuBytes} ${hops}${back}\n`);
  return 0;
}

const TRIES = 3;

/** Hop after hop, three tries each; a hop starts again when the path MTU shrank meanwhile. */
function* walk(io: Io, o: TracepathOptions, tracer: PathTracer): Task<void> {
  for (let ttl = 1; ttl <= o.maxHops; ttl++) {
    io.sys.setsockopt(tracer.fd, "IP_TTL", ttl);
    let result = -1;
    for (let i = 0; i < TRIES && result < 0; i++) {
      const before = tracer.mtuBytes;
      result = yield* tracer.probe(ttl);
      if (tracer.mtuBytes !== before) {
        i = -1;
        result = -1;
      } else if (result === 0) return;
    }
    if (result < 0) yield* io.out.text(`${String(ttl).padStart(2)}:  no reply\n`);
  }
  yield* io.out.text(`     Too many hops: pmtu ${tracer.mtuBytes}\n`);
}

