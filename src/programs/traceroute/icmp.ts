import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { readU16, writeU16 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ICMP_CSUM, ICMP_ECHO, ICMP_ECHOREPLY, ICMP_HLEN, ICMP_ID, ICMP_SEQ, ICMP_TYPE } from "../../wire/icmp.ts";
import { connectTo, type Failed, pattern, prepare, sendProbe, takeAnswer, type TraceMethod, type Tracing } from "./method.ts";
import { type Probe, markError } from "./probe.ts";


/** Echo requests through one socket: a datagram socket where the group may, else a raw one. Sequence numbers tell the probes apart. */
export class IcmpMethod implements TraceMethod {
  readonly #t: Tracing;
  readonly #ident: number;
  #fd = -1;
  #isRaw = false;
  #seq: number;

  constructor(t: Tracing) {
    this.#t = t;
    this.#ident = t.sys.pid & 0xffff;
    this.#seq = t.options.port >= 0 ? t.options.port : 1;
  }

  *init(): Task<Failed | undefined> {
    const t = this.#t;
    const dgram = t.sys.socket("inet", "dgram", "icmp");
    this.#isRaw = isErrno(dgram);
    const fd = isErrno(dgram) ? t.sys.socket("inet", "raw", "icmp") : dgram;
    if (isErrno(fd)) return { failed: `socket: ${strerror(fd)}` };
    this.#fd = fd;
    return prepare(t, fd) ?? (yield* connectTo(t, fd, 0));
  }

  *send(probe: Probe, ttl: number): Task<Failed | undefined> {
    const t = this.#t;
    t.sys.setsockopt(this.#fd, "IP_TTL", ttl);
    const data = pattern(t.dataBytes + ICMP_HLEN);
    data.fill(0, 0, ICMP_HLEN);
    data[ICMP_TYPE] = ICMP_ECHO;
    writeU16(data, ICMP_ID, this.#ident);
    writeU16(data, ICMP_SEQ, this.#seq);
    writeU16(data, ICMP_CSUM, checksum(data, 0, data.length));
    const atNs = t.sys.nowNs;
    const sent = yield* sendProbe(t, this.#fd, data);
    if (sent !== true) return sent === false ? undefined : sent;
    probe.seq = this.#seq;
    probe.sentNs = atNs;
    this.#seq = (this.#seq + 1) & 0xffff;
    return undefined;
  }

  fds(): readonly number[] {
    return [this.#fd];
  }

  *receive(fd: number, err: boolean): Task<void> {
    const got = yield* takeAnswer(this.#t, fd, err);
    if (got === null) return;
    const message = got.error === undefined && this.#isRaw ? got.data.subarray(((got.data[0] ?? 0) & 15) * 4) : got.data;
    const wanted = got.error === undefined ? ICMP_ECHOREPLY : ICMP_ECHO;
    const probe = got.error?.origin === "local" ? this.#t.probes.find((p) => p.sentNs > 0 && !p.done) : this.#find(message, wanted);
    if (probe === undefined) return;
    if (got.error !== undefined) markError(probe, got, got.error);
    else {
      probe.gotNs = got.atNs;
      probe.gotTtl = got.ttl ?? 0;
      probe.from = this.#t.to;
      probe.final = true;
    }
    probe.done = true;
  }

  #find(message: Uint8Array, type: number): Probe | undefined {
    if (message.length < ICMP_HLEN || message[ICMP_TYPE] !== type) return undefined;
    if (this.#isRaw && readU16(message, ICMP_ID) !== this.#ident) return undefined;
    return this.#t.probes.find((p) => p.sentNs > 0 && !p.done && p.seq === readU16(message, ICMP_SEQ));
  }

  expire(probe: Probe): void {
    probe.done = true;
  }
}
