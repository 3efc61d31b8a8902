import { type LiveSegment, type PdConnection, splitOptions } from "./packetdrill-packet.ts";
import type { PdSegment, PdTime } from "./packetdrill-script.ts";

/** A segment that left, in the script's numbers. */
export interface ActualSegment {
  readonly flags: string;
  readonly seq: number;
  readonly len: number;
  readonly ack: number;
  readonly win: number;
  readonly urg: number;
  readonly tos: number;
  readonly opts: readonly string[];
  readonly tsVal: number | null;
}

/** Live numbers → script numbers. */
export function toScript(c: PdConnection, live: LiveSegment): ActualSegment {
  const isSyn = live.flags.includes("S");
  const seqOffset = isSyn ? c.liveLocalIsn - c.scriptLocalIsn : c.liveLocalIsn;
  const ackOffset = isSyn ? 0 : c.remoteIsn;
  const shift = (text: string): string => String((Number(text) - ackOffset) >>> 0);
  const opts = live.opts.map((o) => (o.startsWith("sack ") ? o.replaceAll(/\d+/g, shift) : o));
  const ack = live.flags.includes(".") ? (live.ack - ackOffset) >>> 0 : 0;
  return { flags: live.flags, seq: (live.seq - seqOffset) >>> 0, len: live.len, ack, win: live.win, urg: live.urg, tos: live.tos, opts, tsVal: live.tsVal };
}

/** As a script would write it. */
export function segmentText(s: ActualSegment): string {
  const flags = [..."SFRPWEU."].filter((f) => s.flags.includes(f)).join("");
  const opts = s.opts.length === 0 ? "" : ` <${s.opts.join(",")}>`;
  return `${flags === "" ? "-" : flags} ${s.seq}:${s.seq + s.len}(${s.len})${s.flags.includes(".") ? ` ack ${s.ack}` : ""} win ${s.win}${opts}`;
}

const sorted = (flags: string): string => [...flags].filter((f) => f !== "-").sort().join("");

/** What differs from the script, in words; null when nothing does. */
export function difference(want: PdSegment, got: ActualSegment): string | null {
  if (sorted(want.flags) !== sorted(got.flags)) return `flags: expected ${want.flags}, actual ${got.flags}`;
  if (want.seq !== got.seq) return `seq: expected ${want.seq}, actual ${got.seq}`;
  if (want.len !== got.len) return `payload: expected ${want.len} bytes, actual ${got.len}`;
  if ((want.ack ?? 0) !== got.ack) return `ack: expected ${want.ack ?? 0}, actual ${got.ack}`;
  if (want.win !== null && want.win !== got.win) return `win: expected ${want.win}, actual ${got.win}`;
  if ((want.urg ?? 0) !== got.urg) return `urg: expected ${want.urg ?? 0}, actual ${got.urg}`;
  return ipDifference(want.ip, got.tos) ?? (want.opts === "..." ? null : optionDifference(splitOptions(want.opts), got.opts));
}

/** What a script may say about ECN and TOS of the IP header. */
function ipDifference(want: string | null, tos: number): string | null {
  const ecn = tos & 3;
  const word = /\b(noecn|ect01|ect0|ect1|ce)\b/.exec(want ?? "")?.[1];
  const fits = { noecn: ecn === 0, ect01: ecn === 1 || ecn === 2, ect0: ecn === 2, ect1: ecn === 1, ce: ecn === 3 };
  if (word !== undefined && !fits[word as keyof typeof fits]) return `ip: expected ${word}, actual ECN bits ${ecn}`;
  const exact = /tos (0x[0-9a-fA-F]+|\d+)/.exec(want ?? "");
  return exact !== null && Number(exact[1]) !== tos ? `ip: expected tos ${exact[1]}, actual ${tos}` : null;
}

/** Timestamps are compared by their presence only, as packetdrill does unless told a tick. */
const shape = (option: string): string => (option.startsWith("TS ") ? "TS" : option);

function optionDifference(want: readonly string[], got: readonly string[]): string | null {
  const [a, b] = [want.map(shape).join(","), got.map(shape).join(",")];
  return a === b || withoutEnd(a) === withoutEnd(b) ? null : `options: expected <${want.join(",")}>, actual <${got.join(",")}>`;
}

const withoutEnd = (opts: string): string => opts.replace(/(,eol)+$/, "");

/** Is `gotNs` where the script allows? Times in ns since the script's start; `scriptNs` already has the offset of relative times. */
export function timeDifference(t: PdTime, fromNs: number, toNs: number, gotNs: number, toleranceNs: number): string | null {
  if (t.is === "any") return null;
  const [low, high] = t.is === "absoluteRange" || t.is === "relativeRange" ? [fromNs, toNs] : [fromNs, fromNs];
  if (gotNs >= low - toleranceNs && gotNs <= high + toleranceNs) return null;
  const sec = (ns: number): string => (ns / 1e9).toFixed(6);
  return `timing: expected at ${sec(low)}${high === low ? "" : `~${sec(high)}`}, happened at ${sec(gotNs)}`;
}
