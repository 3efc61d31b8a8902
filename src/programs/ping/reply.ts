import type { Received } from "../../net/uapi/socket.ts";
import type { Task } from "../../os/sys.ts";
import { formatIp4, readIp4, readU16, readU32, type Ip4 } from "../../wire/addr.ts";
import { icmpText } from "./icmp-text.ts";
import { OptionsPrinter } from "./ip-options.ts";
import { icmpChecksum, type Prober } from "./probe.ts";
import { readTimevalUs, timevalUs, TIMEVAL_BYTES, wallAt, type PingSession } from "./session.ts";
import { tripText } from "./stats.ts";

/** IP option 7 (RFC 791 §3.1). */
const RECORD_ROUTE = 7;
const ECHO_REPLY = 0;
const SOURCE_QUENCH = 4;
const REDIRECT = 5;
const ECHO_REQUEST = 8;
const ERRORS = [3, SOURCE_QUENCH, REDIRECT, 11, 12];

/** A received message cut into what ping looks at. */
interface Parsed {
  readonly icmp: Uint8Array;
  readonly ttl: number;
  readonly ipOptions: Uint8Array;
  readonly from: Ip4;
  readonly atNs: number;
}

/** Reads what comes in and tells it, echo replies above all. */
export class ReplyReader {
  readonly #s: PingSession;
  readonly #prober: Prober;
  readonly #options: OptionsPrinter;

  constructor(session: PingSession, prober: Prober) {
    this.#s = session;
    this.#prober = prober;
    this.#options = new OptionsPrinter((addr) => session.addressText(addr), session.options.flood);
  }

  *handle(got: Received): Task<void> {
    const parsed = this.#parse(got);
    if (parsed === null) return;
    const type = parsed.icmp[0] ?? 0;
    if (type === ECHO_REPLY) yield* this.#echoReply(parsed);
    else if (ERRORS.includes(type)) yield* this.#quotedError(parsed, type);
    else if (type !== ECHO_REQUEST) yield* this.#other(parsed, type);
  }

  /** A raw socket gives the IP header too; a datagram socket only the ICMP message. */
  #parse(got: Received): Parsed | null {
    const from = got.from?.family === "inet" ? got.from.addr : this.#s.to;
    if (this.#s.socket.type === "dgram") {
      return got.data.length < 8 ? null : { icmp: got.data, ttl: got.ttl ?? 0, ipOptions: new Uint8Array(0), from, atNs: got.atNs };
    }
    const headerBytes = ((got.data[0] ?? 0) & 15) * 4;
    if (headerBytes < 20 || got.data.length < headerBytes + 8) return null;
    return { icmp: got.data.subarray(headerBytes), ttl: got.data[8] ?? 0, ipOptions: got.data.subarray(20, headerBytes), from, atNs: got.atNs };
  }

  #isOurs(ident: number): boolean {
    return this.#s.socket.type === "dgram" || ident === this.#s.ident;
  }

  *#echoReply(p: Parsed): Task<void> {
    const { options, io, to, multicast } = this.#s;
    if (!this.#isOurs(readU16(p.icmp, 4))) return;
    const wrongSource = !options.broadcast && !multicast && p.from !== to;
    if (!(yield* this.#gather(p, wrongSource))) return yield* io.out.flush();
    if (options.audible) yield* io.out.text("\x07");
    if (options.flood) return;
    yield* io.out.text(`${this.#options.text(p.ipOptions)}\n`);
    yield* io.out.flush();
  }

  /** Counts a reply and prints its line without the newline. False when nothing more is to be printed. */
  *#gather(p: Parsed, wrongSource: boolean): Task<boolean> {
    const { stats, options, io } = this.#s;
    const corrupt = icmpChecksum(p.icmp) !== 0;
    const sequence = readU16(p.icmp, 6);
    if (!corrupt) stats.acknowledge(sequence);
    const tripUs = this.#s.timing && p.icmp.length >= 8 + TIMEVAL_BYTES ? this.#trip(p, corrupt) : 0;
    const duplicate = !corrupt && stats.wasSeen(sequence);
    if (corrupt) stats.corrupted++;
    else if (duplicate) stats.repeats++;
    else {
      stats.received++;
      stats.setSeen(sequence, true);
    }
    if (options.quiet) return false;
    if (options.flood) {
      yield* io.out.text(corrupt ? "\bC" : "\b \b");
      return true;
    }
    yield* this.#s.printTimestamp();
    return yield* this.#line(p, { sequence, tripUs, duplicate, corrupt, wrongSource });
  }

  #trip(p: Parsed, corrupt: boolean): number {
    const { stats, options, sys } = this.#s;
    const arrivedUs = timevalUs(options.latency ? sys.wallTime() : wallAt(sys, p.atNs));
    const tripUs = Math.max(0, arrivedUs - readTimevalUs(p.icmp, 8));
    if (corrupt) return tripUs;
    stats.addTrip(tripUs);
    if (options.adaptive) this.#prober.adaptInterval();
    return tripUs;
  }

  *#line(p: Parsed, r: { sequence: number; tripUs: number; duplicate: boolean; corrupt: boolean; wrongSource: boolean }): Task<boolean> {
    const { options, io, ident, multicast, timing } = this.#s;
    const verboseIdent = options.verbose && ident >= 0 ? ` ident=${ident}` : "";
    yield* this.#s.learnNames([p.from, ...routeIn(p.ipOptions)]);
    yield* io.out.text(`${p.icmp.length} bytes from ${this.#s.addressText(p.from)}: icmp_seq=${r.sequence}${verboseIdent} ttl=${p.ttl}`);
    if (p.icmp.length < options.dataBytes + 8) {
      yield* io.out.text(" (truncated)\n");
      return false;
    }
    if (timing) yield* io.out.text(` time=${tripText(r.tripUs)} ms`);
    if (r.duplicate && (!multicast || options.verbose)) yield* io.out.text(" (DUP!)");
    if (r.corrupt) yield* io.out.text(" (BAD CHECKSUM!)");
    if (r.wrongSource) yield* io.out.text(" (DIFFERENT ADDRESS!)");
    yield* io.out.text(this.#wrongData(p.icmp));
    return true;
  }

  /** Tells the first byte that came back changed, and dumps the data. */
  #wrongData(icmp: Uint8Array): string {
    const { packet, options } = this.#s;
    const end = options.dataBytes;
    let bad = TIMEVAL_BYTES;
    while (bad < end && icmp[8 + bad] === packet[8 + bad]) bad++;
    if (bad >= end) return "";
    let out = `\nwrong data byte #${bad} should be 0x${(packet[8 + bad] ?? 0).toString(16)} but was 0x${(icmp[8 + bad] ?? 0).toString(16)}`;
    for (let i = TIMEVAL_BYTES; i < end; i++) out += `${i % 32 === TIMEVAL_BYTES ? `\n#${i}\t` : ""}${(icmp[8 + i] ?? 0).toString(16)} `;
    return out;
  }

  /** ICMP errors that a raw socket hears: the error queue tells most of them; redirects and source quench are told here. */
  *#quotedError(p: Parsed, type: number): Task<void> {
    const { options, io, to, stats } = this.#s;
    const innerBytes = ((p.icmp[8] ?? 0) & 15) * 4;
    const inner = p.icmp.subarray(8 + innerBytes);
    if (p.icmp.length < 36 || inner.length < 8 || inner[0] !== ECHO_REQUEST || readIp4(p.icmp, 8 + 16) !== to) return;
    if (!this.#isOurs(readU16(inner, 4))) return;
    const sequence = readU16(inner, 6);
    if (type !== REDIRECT && type !== SOURCE_QUENCH) return stats.acknowledge(sequence);
    if (options.quiet || options.flood) return;
    yield* this.#s.learnNames([p.from]);
    yield* this.#s.printTimestamp();
    const bad = icmpChecksum(p.icmp) !== 0 ? "(BAD CHECKSUM)" : "";
    yield* io.out.text(`From ${this.#s.addressText(p.from)}: icmp_seq=${sequence} ${bad}${icmpText(type, p.icmp[1] ?? 0, readU32(p.icmp, 4))}\n`);
  }

  *#other(p: Parsed, type: number): Task<void> {
    const { options, io, sys } = this.#s;
    if (options.flood && !options.verbose && !options.quiet) return yield* io.out.text("!E");
    if (!options.verbose || sys.uid !== 0) return;
    yield* io.out.text(`From ${formatIp4(p.from)}: ${icmpText(type, p.icmp[1] ?? 0, readU32(p.icmp, 4))}\n`);
  }
}

/** The addresses of a record route or source route option, or of timestamps with addresses. */
function routeIn(options: Uint8Array): Ip4[] {
  const addrs: Ip4[] = [];
  for (let at = 3; at + 4 <= options.length; at += 4) addrs.push(readIp4(options, at));
  return options[0] === RECORD_ROUTE ? addrs.slice(0, Math.max(0, ((options[2] ?? 4) - 4) / 4)) : [];
}
