import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { ExtendedErr, Received } from "../../net/uapi/socket.ts";
import type { Task } from "../../os/sys.ts";
import { formatIp4, type Ip4, readU32, writeU32 } from "../../wire/addr.ts";
import { nameInHosts } from "../lib/resolve.ts";
import { dnsByAddress } from "../lib/resolver/dns-hosts.ts";
import type { Io } from "../lib/tool.ts";
import type { TracepathOptions } from "./options.ts";

const HISTORY = 64;
const OVERHEAD = 28;
const SENDS = 10;
const WAIT_NS = 1e9;
const HOST_COLUMNS = 52;
/** What a probe begins with: its TTL and when it was sent (seconds, nanoseconds), as far as a router quotes it. */
const PROBE_BYTES = 24;

interface Sent {
  readonly hops: number;
  readonly atNs: number;
}

/** Sends probes and reads the error queue. A step's result: 0 = the end is reached, < 0 = nothing came, > 0 = go on. */
export class PathTracer {
  readonly fd: number;
  mtuBytes: number;
  hopsTo = -1;
  hopsFrom = -1;
  readonly #io: Io;
  readonly #options: TracepathOptions;
  readonly #to: Ip4;
  readonly #history: (Sent | null)[] = Array.from({ length: HISTORY }, () => null);
  #next = 0;

  constructor(io: Io, options: TracepathOptions, fd: number, to: Ip4) {
    this.#io = io;
    this.#options = options;
    this.fd = fd;
    this.#to = to;
    this.mtuBytes = options.lengthBytes;
  }

  /** One probe with this TTL, and a second's wait for what comes of it. */
  *probe(ttl: number): Task<number> {
    const { sys, out } = this.#io;
    for (let i = 0; i < SENDS; i++) {
      if (yield* this.#send(ttl)) {
        this.#next = (this.#next + 1) % HISTORY;
        return yield* this.#wait(ttl);
      }
      const found = yield* this.readErrors(ttl);
      this.#history[this.#next] = null;
      if (found === 0) return 0;
      if (found > 0) i = -1;
      yield* sys.compute(1000);
    }
    this.#next = (this.#next + 1) % HISTORY;
    yield* out.text(`${String(ttl).padStart(2)}:  send failed\n`);
    return 0;
  }

  *#send(ttl: number): Task<boolean> {
    const { sys } = this.#io;
    const data = new Uint8Array(Math.max(0, this.mtuBytes - OVERHEAD));
    const probe = new Uint8Array(PROBE_BYTES);
    probe[0] = ttl;
    writeU32(probe, 8, Math.floor(sys.nowNs / 1e9) + 1);
    writeU32(probe, 16, sys.nowNs % 1e9);
    data.set(probe.subarray(0, data.length));
    this.#history[this.#next] = { hops: ttl, atNs: sys.nowNs };
    const to = { family: "inet", addr: this.#to, port: this.#options.port + this.#next } as const;
    const sent = yield* sys.sendmsg(this.fd, { data, to });
    return !isErrno(sent) && sent > 0;
  }

  *#wait(ttl: number): Task<number> {
    const { sys, out } = this.#io;
    yield* sys.poll([this.fd], sys.nowNs + WAIT_NS);
    const got = yield* sys.recvmsg(this.fd, { maxBytes: this.mtuBytes, dontWait: true });
    if (!isErrno(got) && got.data.length > 0) {
      yield* out.text(`${String(ttl).padStart(2)}?: reply received 8)\n`);
      return 0;
    }
    return yield* this.readErrors(ttl);
  }

  /** Empties the error queue (recverr): every entry is a line. */
  *readErrors(ttl: number): Task<number> {
    let progress = -1;
    for (;;) {
      const got = yield* this.#io.sys.recvmsg(this.fd, { maxBytes: PROBE_BYTES, errorQueue: true });
      if (isErrno(got)) return progress;
      progress = this.mtuBytes;
      if (got.error === undefined) {
        yield* this.#io.out.text("no info\n");
        return 0;
      }
      if ((yield* this.#tell(ttl, got, got.error)) === 0) return 0;
    }
  }

  *#tell(ttl: number, got: Received, error: ExtendedErr): Task<number> {
    const sent = this.#whichProbe(got);
    const hop = String(sent.hops > 0 ? sent.hops : ttl).padStart(2);
    if (error.origin === "local") yield* this.#io.out.text(`${String(ttl).padStart(2)}?: ${"[LOCALHOST]".padEnd(32)} `);
    else yield* this.#io.out.text(`${sent.hops > 0 ? `${hop}:  ` : `${hop}?: `}${yield* this.#host(error.offender)}`);
    if (sent.atNs >= 0) yield* this.#io.out.text(this.#trip(sent.atNs));
    return yield* this.#verdict(ttl, sent.hops, hopsBack(got.ttl), error);
  }

  /** By the port the probe went to, or better by what the router quoted of it. */
  #whichProbe(got: Received): Sent {
    const slot = (got.from?.family === "inet" ? got.from.port : -1) - this.#options.port;
    const known = this.#history[slot] ?? null;
    if (known !== null && slot < HISTORY - 1) this.#history[slot] = null;
    if (got.data.length < PROBE_BYTES || got.data[0] === 0) return known ?? { hops: -1, atNs: -1 };
    return { hops: got.data[0] ?? -1, atNs: (readU32(got.data, 8) - 1) * 1e9 + readU32(got.data, 16) };
  }

  #trip(atNs: number): string {
    const us = Math.trunc((this.#io.sys.nowNs - atNs) / 1000);
    return `${String(Math.trunc(us / 1000)).padStart(3)}.${String(us % 1000).padStart(3, "0")}ms `;
  }

  *#host(addr: Ip4 | undefined): Task<string> {
    const number = formatIp4(addr ?? (0 as Ip4));
    if (this.#options.numeric && !this.#options.both) return column(number);
    const name = addr === undefined ? "???" : yield* this.#name(addr);
    return column(this.#options.both ? `${name} (${number})` : name);
  }

  /** getnameinfo(3): who has no name is called by his number; "???" when nobody could be asked. */
  *#name(addr: Ip4): Task<string> {
    const known = nameInHosts(this.#io.sys, addr);
    if (known !== undefined) return known;
    const got = yield* dnsByAddress(this.#io.sys, addr);
    if ("name" in got) return got.name;
    return got.error === "HOST_NOT_FOUND" || got.error === "NO_DATA" ? formatIp4(addr) : "???";
  }

  *#verdict(ttl: number, hops: number, back: number, error: ExtendedErr): Task<number> {
    const { out } = this.#io;
    const isTtl = error.origin === "icmp" && error.type === 11 && error.code === 0;
    if (error.errno === "EMSGSIZE") {
      yield* out.text(`pmtu ${error.info}\n`);
      this.mtuBytes = error.info;
      return error.info;
    }
    if (error.errno === "ECONNREFUSED") {
      yield* out.text("reached\n");
      this.hopsTo = hops < 0 ? ttl : hops;
      this.hopsFrom = back;
      return 0;
    }
    if (error.errno === "EHOSTUNREACH" && isTtl) {
      const asymmetric = back >= 0 && back !== (hops >= 0 ? hops : ttl);
      yield* out.text(`${asymmetric ? `asymm ${String(back).padStart(2)} ` : ""}\n`);
      return 1;
    }
    const mark = MARKS[error.errno];
    yield* out.text(mark === undefined ? "\n" : `${mark}\n`);
    if (mark === undefined && error.errno !== "ETIMEDOUT") {
      yield* out.flush();
      yield* this.#io.complain(`NET ERROR: ${strerror(error.errno)}`);
    }
    return error.errno === "ETIMEDOUT" ? 1 : 0;
  }
}

const MARKS: Readonly<Record<string, string>> = { EPROTO: "!P", EHOSTUNREACH: "!H", ENETUNREACH: "!N", EACCES: "!A" };

/** The answer's TTL tells how many hops it came: senders start with 64, 128 or 255. */
function hopsBack(ttl: number | undefined): number {
  if (ttl === undefined) return -1;
  return ttl <= 64 ? 65 - ttl : ttl <= 128 ? 129 - ttl : 256 - ttl;
}

function column(text: string): string {
  return text + " ".repeat(HOST_COLUMNS - Math.min(text.length, HOST_COLUMNS - 1));
}
