import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { connectTo, type Failed, pattern, prepare, sendProbe, takeAnswer, type TraceMethod, type Tracing } from "./method.ts";
import { type Probe, markError } from "./probe.ts";

const FIRST_PORT = 33434;
const UDP_PORT = 53;

/** Datagrams to ports that nobody uses, one socket a probe; a port that does not change with -U. */
export class UdpMethod implements TraceMethod {
  readonly #t: Tracing;
  readonly #counting: boolean;
  #port: number;

  constructor(t: Tracing) {
    this.#t = t;
    this.#counting = t.options.method === "default";
    this.#port = t.options.port >= 0 ? t.options.port : this.#counting ? FIRST_PORT : UDP_PORT;
  }

  *init(): Task<undefined> {
    return undefined;
  }

  *send(probe: Probe, ttl: number): Task<Failed | undefined> {
    const t = this.#t;
    const fd = t.sys.socket("inet", "dgram", "udp");
    if (isErrno(fd)) return { failed: `socket: ${strerror(fd)}` };
    const wrong = prepare(t, fd);
    if (wrong !== undefined) return wrong;
    t.sys.setsockopt(fd, "IP_TTL", ttl);
    const refused = yield* connectTo(t, fd, this.#port);
    if (refused !== undefined) return refused;
    const atNs = t.sys.nowNs;
    const sent = yield* sendProbe(t, fd, pattern(t.dataBytes));
    if (sent !== true) {
      t.sys.close(fd);
      return sent === false ? undefined : sent;
    }
    probe.fd = fd;
    probe.seq = this.#port;
    probe.sentNs = atNs;
    if (this.#counting) this.#port = (this.#port + 1) & 0xffff;
    return undefined;
  }

  fds(): readonly number[] {
    return this.#t.probes.filter((p) => p.fd >= 0).map((p) => p.fd);
  }

  *receive(fd: number, err: boolean): Task<void> {
    const probe = this.#t.probes.find((p) => p.fd === fd);
    const got = yield* takeAnswer(this.#t, fd, err);
    if (probe === undefined || got === null) return;
    if (got.error !== undefined) markError(probe, got, got.error);
    else {
      probe.gotNs = got.atNs;
      probe.gotTtl = got.ttl ?? 0;
      probe.from = this.#t.to;
      probe.final = true;
    }
    this.expire(probe);
  }

  expire(probe: Probe): void {
    probe.done = true;
    if (probe.fd >= 0) this.#t.sys.close(probe.fd);
    probe.fd = -1;
  }
}
