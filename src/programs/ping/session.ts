import type { Sys, Task, WallTime } from "../../os/sys.ts";
import { formatIp4, type Ip4 } from "../../wire/addr.ts";
import { AddressNames } from "../lib/address-names.ts";
import type { Io } from "../lib/tool.ts";
import type { PingOptions } from "./options.ts";
import { PingStats } from "./stats.ts";

/** The socket that works: datagram where the group may (ping_group_range), raw otherwise. */
export interface PingSocket {
  readonly fd: number;
  readonly type: "dgram" | "raw";
}

/** Everything one run of ping shares between sending, receiving and telling. */
export class PingSession {
  readonly io: Io;
  readonly options: PingOptions;
  readonly stats = new PingStats();
  readonly socket: PingSocket;
  readonly to: Ip4;
  readonly hostname: string;
  /** Echo request as it is sent: 8 bytes of ICMP header and the data. */
  readonly packet: Uint8Array;
  /** ICMP identifier; -1 while the kernel chooses it (datagram socket). */
  readonly ident: number;
  readonly multicast: boolean;
  intervalMs: number;
  startNs: number;
  /** When the last probe was due; 0 before the first. */
  lastProbeNs = 0;
  exiting = false;
  statusAsked = false;
  /** setitimer(ITIMER_REAL): when to stop. */
  alarmNs = Infinity;
  screenCols = Infinity;
  readonly #names: AddressNames;

  constructor(io: Io, options: PingOptions, made: { socket: PingSocket; to: Ip4; hostname: string; packet: Uint8Array; ident: number; multicast: boolean }) {
    this.io = io;
    this.options = options;
    this.socket = made.socket;
    this.to = made.to;
    this.hostname = made.hostname;
    this.packet = made.packet;
    this.ident = made.ident;
    this.multicast = made.multicast;
    this.intervalMs = options.flood && !options.intervalGiven ? 0 : options.intervalMs;
    this.startNs = io.sys.nowNs;
    this.#names = new AddressNames(io.sys);
  }

  get sys(): Sys {
    return this.io.sys;
  }

  /** Room for a timeval in the data: only then are trips timed. */
  get timing(): boolean {
    return this.options.dataBytes >= TIMEVAL_BYTES;
  }

  /** error(3): stdout first, then the message. */
  *complain(text: string): Task<void> {
    yield* this.io.out.flush();
    yield* this.io.complain(text);
  }

  *printTimestamp(): Task<void> {
    if (!this.options.timestamps) return;
    const { sec, nsec } = this.sys.wallTime();
    yield* this.io.out.text(`[${sec}.${String(Math.trunc(nsec / 1000)).padStart(6, "0")}] `);
  }

  /** An address, with its name when names are wanted and there is one. */
  addressText(addr: Ip4): string {
    const name = this.exiting || this.options.numeric ? null : this.#names.get(addr);
    return name === null ? formatIp4(addr) : `${name} (${formatIp4(addr)})`;
  }

  /** Looks up names that are about to be printed. Sleeps for as long as the resolver does. */
  *learnNames(addrs: readonly Ip4[]): Task<void> {
    if (!this.exiting && !this.options.numeric) yield* this.#names.learn(addrs);
  }
}

/** struct timeval on a 64-bit machine. */
export const TIMEVAL_BYTES = 16;

/** Wall-clock time of an instant of simulated time not after now. */
export function wallAt(sys: Sys, atNs: number): WallTime {
  const now = sys.wallTime();
  const nsec = now.nsec - (sys.nowNs - atNs);
  const borrow = nsec < 0 ? Math.ceil(-nsec / 1e9) : 0;
  return { sec: now.sec - borrow, nsec: nsec + borrow * 1e9 };
}

/** Writes seconds and microseconds, little-endian, 8 bytes each. */
export function writeTimeval(b: Uint8Array, at: number, t: WallTime): void {
  writeLong(b, at, t.sec);
  writeLong(b, at + 8, Math.trunc(t.nsec / 1000));
}

function writeLong(b: Uint8Array, at: number, value: number): void {
  let rest = value;
  for (let i = 0; i < 8; i++) {
    b[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Microseconds since the epoch from a timeval in a packet. */
export function readTimevalUs(b: Uint8Array, at: number): number {
  const long = (from: number): number => {
    let value = 0;
    for (let i = 5; i >= 0; i--) value = value * 256 + (b[from + i] ?? 0);
    return value;
  };
  return long(at) * 1e6 + long(at + 8);
}

export const timevalUs = (t: WallTime): number => t.sec * 1e6 + Math.trunc(t.nsec / 1000);
