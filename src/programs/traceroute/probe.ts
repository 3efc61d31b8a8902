import type { Errno } from "../../net/uapi/errno.ts";
import type { ExtendedErr, Received } from "../../net/uapi/socket.ts";
import type { Ip4 } from "../../wire/addr.ts";
import type { TracerouteOptions } from "./options.ts";

/** One probe: when it went, who answered, and what that means. */
export interface Probe {
  done: boolean;
  /** The answer was no "time exceeded": no use to look farther. */
  final: boolean;
  from: Ip4 | null;
  /** 0 = not sent yet. */
  sentNs: number;
  gotNs: number;
  /** TTL of the answer, 0 = unknown. */
  gotTtl: number;
  /** "!H" and the like, "F=1400" before the probe is sent again. */
  mark: string;
  /** Its socket, or what its method tells it by: a sequence number. */
  fd: number;
  seq: number;
}

export const newProbe = (): Probe => ({ done: false, final: false, from: null, sentNs: 0, gotNs: 0, gotTtl: 0, mark: "", fd: -1, seq: -1 });

/** Answers of a hop are not expected to the microsecond. */
const PRECISION_NS = 1_000_000;

/** How long to wait for a probe: a few times what its neighbours took, at most -w's first number. */
export function timeoutNs(probes: readonly Probe[], index: number, o: TracerouteOptions): number {
  const most = o.waitSec * 1e9;
  const scaled = (p: Probe, factor: number): number => Math.min(most, (p.gotNs - p.sentNs + PRECISION_NS) * factor);
  const took = (p: Probe): boolean => p.done && p.gotNs - p.sentNs > 0;
  if (o.hereFactor > 0) {
    const first = index - (index % o.probesPerHop);
    const here = probes.slice(first, first + o.probesPerHop).find(took);
    if (here !== undefined) return scaled(here, o.hereFactor);
  }
  if (o.nearFactor > 0) {
    for (let i = index + 1; i < probes.length; i++) {
      const p = probes[i];
      if (p === undefined || p.sentNs === 0) break;
      if (took(p)) return scaled(p, o.nearFactor);
    }
  }
  return most;
}

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: "!N", 1: "!H", 2: "!P", 3: "", 5: "!S", 6: "!N", 7: "!H", 8: "!N", 9: "!X", 10: "!X", 11: "!N", 12: "!H", 13: "!X", 14: "!V", 15: "!C",
};

/** What an ICMP error says about a probe: nothing for "time exceeded in transit", else its mark, and the way ends. */
export function markIcmp(probe: Probe, error: ExtendedErr): void {
  const { type, code, info } = error;
  if (type === 11 && code === 0) return;
  if (type !== 3) probe.mark = `!<${type}-${code}>`;
  else if (code === 4) probe.mark = `!F-${info}`;
  else probe.mark = UNREACHABLE[code] ?? `!<${code}>`;
  probe.final = true;
}

/** An answer from the error queue: who sent it and when; a local one only that the packet was too long. */
export function markError(probe: Probe, got: Received, error: ExtendedErr): void {
  probe.gotNs = got.atNs;
  probe.gotTtl = got.ttl ?? 0;
  if (error.origin === "icmp") {
    probe.from = error.offender ?? null;
    markIcmp(probe, error);
  } else markLocal(probe, error.errno, error.info);
}

export function markLocal(probe: Probe, errno: Errno, mtuBytes: number): void {
  if (errno === "EMSGSIZE") probe.mark = `!F-${mtuBytes}`;
  probe.final = true;
}
