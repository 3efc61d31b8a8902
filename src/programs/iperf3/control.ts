import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { concatBytes } from "../lib/bytes.ts";
import { fromUtf8, utf8 } from "../../wire/text.ts";
import { type Failure, failure, isFailure } from "./errors.ts";
import type { Settings } from "./options.ts";

/* The control connection: a cookie, one byte a state, JSON behind its length. */

/** States that either side tells the other (iperf.h). */
export const STATE = {
  testStart: 1, testRunning: 2, testEnd: 4, paramExchange: 9, createStreams: 10, serverTerminate: 11, clientTerminate: 12,
  exchangeResults: 13, displayResults: 14, start: 15, done: 16, accessDenied: -1, serverError: -2,
} as const;

/** 36 letters and digits, and a zero. */
export const COOKIE_BYTES = 37;
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

export function makeCookie(sys: Sys): Uint8Array {
  const cookie = new Uint8Array(COOKIE_BYTES);
  for (let i = 0; i < COOKIE_BYTES - 1; i++) cookie[i] = LETTERS.charCodeAt(sys.random() % LETTERS.length);
  return cookie;
}

/** Nread: exactly so many bytes; "end" when the other side has closed. */
export function* readExactly(sys: Sys, fd: number, bytes: number): Task<Uint8Array | "end" | Failure> {
  const parts: Uint8Array[] = [];
  for (let left = bytes; left > 0; ) {
    const data = yield* sys.read(fd, left);
    if (isErrno(data)) {
      if (data === "EINTR") continue;
      return failure("unable to read from the control socket", data);
    }
    if (data.length === 0) return "end";
    parts.push(data);
    left -= data.length;
  }
  return concatBytes(parts);
}

export function* writeState(sys: Sys, fd: number, state: number): Task<Failure | undefined> {
  const error = yield* sys.write(fd, new Uint8Array([state & 255]));
  return error === undefined ? undefined : failure("unable to send control message", error);
}

/** A signed byte; "end" when the other side has closed. */
export function* readState(sys: Sys, fd: number): Task<number | "end" | Failure> {
  const byte = yield* readExactly(sys, fd, 1);
  return byte instanceof Uint8Array ? (byte[0]! << 24) >> 24 : byte;
}

/** JSON_write: length and text are written apart. cJSON writes -1 as the 64-bit number it is to C. */
export function* writeJson(sys: Sys, fd: number, value: object, what: string): Task<Failure | undefined> {
  const text = utf8(JSON.stringify(value).replace(/("(?:sender_has_retransmits|retransmits)":)-1\b/g, "$118446744073709551615"));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length);
  const error = (yield* sys.write(fd, length)) ?? (yield* sys.write(fd, text));
  return error === undefined ? undefined : failure(what, error);
}

export type Json = Readonly<Record<string, unknown>>;

export function* readJson(sys: Sys, fd: number, what: string): Task<Json | Failure> {
  const length = yield* readExactly(sys, fd, 4);
  if (!(length instanceof Uint8Array)) return isFailure(length) ? length : failure(what);
  const text = yield* readExactly(sys, fd, new DataView(length.buffer, length.byteOffset).getUint32(0) & 0xffffff);
  if (!(text instanceof Uint8Array)) return isFailure(text) ? text : failure(what);
  return parseObject(fromUtf8(text)) ?? failure(what);
}

function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

export const numberIn = (json: Json, key: string): number => (typeof json[key] === "number" ? json[key] : 0);
export const textIn = (json: Json, key: string): string => (typeof json[key] === "string" ? json[key] : "");

/** send_parameters: zeros and what was not asked for are left out, in iperf3's order. */
export function parametersOf(s: Settings): Json {
  const some = (key: string, value: number | string): Json => (value === 0 || value === "" ? {} : { [key]: value });
  return {
    ...(s.udp ? { udp: true } : { tcp: true }), omit: s.omitSec, time: s.durationSec, num: s.bytes, blockcount: s.blocks, ...some("MSS", s.mss),
    ...(s.noDelay ? { nodelay: true } : {}), parallel: s.parallel, ...(s.reverse ? { reverse: true } : {}), ...some("window", s.windowBytes), ...some("len", s.blockBytes),
    ...some("bandwidth", s.rate), pacing_timer: 1000, ...some("burst", s.burst), ...some("TOS", s.tos), ...some("congestion", s.congestion), client_version: "3.12",
  };
}

/** get_parameters. */
export function settingsFrom(json: Json): Settings {
  return {
    udp: json["udp"] === true, omitSec: numberIn(json, "omit"), durationSec: numberIn(json, "time"), bytes: numberIn(json, "num"), blocks: numberIn(json, "blockcount"),
    mss: numberIn(json, "MSS"), noDelay: json["nodelay"] === true, parallel: Math.max(1, numberIn(json, "parallel")), reverse: json["reverse"] === true,
    windowBytes: numberIn(json, "window"), blockBytes: numberIn(json, "len") || 131072, rate: numberIn(json, "bandwidth"), burst: numberIn(json, "burst"),
    tos: numberIn(json, "TOS"), congestion: textIn(json, "congestion"),
  };
}
