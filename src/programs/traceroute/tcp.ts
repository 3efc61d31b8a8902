import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { ip4, type Ip4, readU16, writeU16, writeU32 } from "../../wire/addr.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { IPPROTO_TCP, IP_HLEN } from "../../wire/ipv4.ts";
import {
  setTcpChecksum, TCPOPT_MSS, TCPOPT_NOP, TCPOPT_SACK_PERM, TCPOPT_TIMESTAMP, TCPOPT_WINDOW, TCP_ACK, TCP_DST, TCP_FLAGS, TCP_HLEN,
  TCP_OFF, TCP_RST, TCP_SEQ, TCP_SRC, TCP_SYN, TCP_WIN,
} from "../../wire/tcp.ts";
import { connectTo, type Failed, prepare, sendProbe, takeAnswer, type TraceMethod, type Tracing } from "./method.ts";
import { type Probe, markError } from "./probe.ts";

const HTTP_PORT = 80;
const WINDOW = 5840;
const WINDOW_SCALE = 2;

/** SYN segments that look like a browser's, made by hand and sent through a raw socket; a source port each, held by a stream socket. */
export class TcpMethod implements TraceMethod {
  readonly #t: Tracing;
  readonly #port: number;
  #fd = -1;
  #source: Ip4 = ip4(0);
  #mss = 0;

  constructor(t: Tracing) {
    this.#t = t;
    this.#port = t.options.port >= 0 ? t.options.port : HTTP_PORT;
  }

  *init(): Task<Failed | undefined> {
    const t = this.#t;
    const fd = t.sys.socket("inet", "raw", IPPROTO_TCP);
    if (isErrno(fd)) return { failed: `socket: ${strerror(fd)}` };
    this.#fd = fd;
    const wrong = prepare(t, fd) ?? (yield* connectTo(t, fd, 0));
    if (wrong !== undefined) return wrong;
    const own = t.sys.getsockname(fd);
    if (!isErrno(own) && own.family === "inet") this.#source = own.addr;
    const mtu = t.sys.getsockopt(fd, "IP_MTU");
    this.#mss = (typeof mtu === "number" ? mtu : 1500) - IP_HLEN - TCP_HLEN;
    return undefined;
  }

  *send(probe: Probe, ttl: number): Task<Failed | undefined> {
    const t = this.#t;
    const holder = t.sys.socket("inet", "stream", "tcp");
    if (isErrno(holder)) return { failed: `socket: ${strerror(holder)}` };
    const refused = t.sys.bind(holder, { family: "inet", addr: t.source, port: t.options.sourcePort });
    if (refused !== undefined) return { failed: `bind: ${strerror(refused)}` };
    const name = t.sys.getsockname(holder);
    const port = !isErrno(name) && name.family === "inet" ? name.port : 0;
    t.sys.setsockopt(this.#fd, "IP_TTL", ttl);
    const atNs = t.sys.nowNs;
    const sent = yield* sendProbe(t, this.#fd, this.#syn(port));
    if (sent !== true) {
      t.sys.close(holder);
      return sent === false ? undefined : sent;
    }
    probe.fd = holder;
    probe.seq = port;
    probe.sentNs = atNs;
    return undefined;
  }

  #syn(sourcePort: number): Uint8Array {
    const options = this.#options();
    const headerBytes = TCP_HLEN + options.length;
    const padding = Math.max(0, this.#t.dataBytes);
    // The checksum covers addresses that stand before the segment: a pretended IP header holds them.
    const packet = new Uint8Array(IP_HLEN + headerBytes + padding);
    writeU32(packet, 12, this.#source);
    writeU32(packet, 16, this.#t.to);
    const at = IP_HLEN;
    writeU16(packet, at + TCP_SRC, sourcePort);
    writeU16(packet, at + TCP_DST, this.#port);
    writeU32(packet, at + TCP_SEQ, this.#t.sys.random());
    packet[at + TCP_OFF] = (headerBytes / 4) << 4;
    packet[at + TCP_FLAGS] = TCP_SYN;
    writeU16(packet, at + TCP_WIN, WINDOW);
    packet.set(options, at + TCP_HLEN);
    setTcpChecksum(packet, at, packet.length, 0);
    return packet.subarray(at);
  }

  /** The options this machine would use itself (net.ipv4.tcp_sack, tcp_timestamps, tcp_window_scaling). */
  #options(): Uint8Array {
    const on = (name: string): boolean => {
      const text = this.#t.sys.readFile(`/proc/sys/net/ipv4/${name}`);
      return isErrno(text) || fromUtf8(text).trim() !== "0";
    };
    const timestamps = on("tcp_timestamps");
    const bytes = [TCPOPT_MSS, 4, this.#mss >> 8, this.#mss & 255];
    const sack = on("tcp_sack");
    if (timestamps) bytes.push(...(sack ? [TCPOPT_SACK_PERM, 2] : [TCPOPT_NOP, TCPOPT_NOP]), TCPOPT_TIMESTAMP, 10, ...this.#clock(), 0, 0, 0, 0);
    else if (sack) bytes.push(TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK_PERM, 2);
    if (on("tcp_window_scaling")) bytes.push(TCPOPT_NOP, TCPOPT_WINDOW, 3, WINDOW_SCALE);
    return Uint8Array.from(bytes);
  }

  #clock(): readonly number[] {
    const now = this.#t.sys.random();
    return [now >>> 24, (now >>> 16) & 255, (now >>> 8) & 255, now & 255];
  }

  fds(): readonly number[] {
    return [this.#fd];
  }

  *receive(fd: number, err: boolean): Task<void> {
    const got = yield* takeAnswer(this.#t, fd, err);
    if (got === null) return;
    const segment = got.error === undefined ? got.data.subarray(((got.data[0] ?? 0) & 15) * 4) : got.data;
    const probe = got.error?.origin === "local" ? this.#t.probes.find((p) => p.sentNs > 0 && !p.done) : this.#find(segment, got.error !== undefined);
    if (probe === undefined) return;
    if (got.error !== undefined) markError(probe, got, got.error);
    else {
      probe.gotNs = got.atNs;
      probe.gotTtl = got.ttl ?? 0;
      probe.from = this.#t.to;
      probe.final = true;
    }
    this.expire(probe);
  }

  /** Our own segment in an ICMP error, or the answer to it: both ends swapped. */
  #find(segment: Uint8Array, own: boolean): Probe | undefined {
    if (segment.length < 8) return undefined;
    const [mine, theirs] = own ? [TCP_SRC, TCP_DST] : [TCP_DST, TCP_SRC];
    if (readU16(segment, theirs) !== this.#port) return undefined;
    const flags = segment[TCP_FLAGS] ?? 0;
    if (!own && (flags & TCP_RST) === 0 && (flags & (TCP_SYN | TCP_ACK)) !== (TCP_SYN | TCP_ACK)) return undefined;
    return this.#t.probes.find((p) => p.sentNs > 0 && !p.done && p.seq === readU16(segment, mine));
  }

  expire(probe: Probe): void {
    probe.done = true;
    if (probe.fd >= 0) this.#t.sys.close(probe.fd);
    probe.fd = -1;
  }
}
