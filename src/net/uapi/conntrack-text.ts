import { formatIp4 } from "../../wire/addr.ts";
import { type CtRow, type CtTuple, IPS_ASSURED, IPS_OFFLOAD, IPS_SEEN_REPLY } from "./conntrack.ts";

/*
 * A flow in one line, as libnetfilter_conntrack writes it (snprintf_default.c): what `conntrack -L` prints, and the
 * row by which the trace names an entry.
 */

/** Which optional fields are written. */
export interface CtTextOptions {
  /** `ipv4     2 ` in front (-o extended). */
  readonly layer3?: boolean;
  /** -o id */
  readonly id?: boolean;
  /** Replaces the seconds left; null leaves them out, as in messages of a flow that ended. */
  readonly timeout?: number | null;
  /** Messages from the packet path name the mark only when there is one. */
  readonly noZeroMark?: boolean;
  readonly noUse?: boolean;
  /** Text such as `delta-time=3 ` or `[start=…] ` that depends on the reader's clock. */
  readonly times?: string;
  /** `labels=…` already in words. */
  readonly labels?: string;
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 58: "icmpv6", 132: "sctp", 136: "udplite" };

/** proto2str; protocols without a tracker are "unknown". */
export const ctProtocolName = (protocol: number): string => PROTOCOL_NAMES[protocol] ?? "unknown";

export function ctLine(row: CtRow, options: CtTextOptions = {}): string {
  const timeout = options.timeout === undefined ? row.timeoutSec : options.timeout;
  const { protocol } = row.original;
  const parts = [
    options.layer3 === true ? "ipv4     2 " : "",
    `${ctProtocolName(protocol).padEnd(8)} ${protocol} `,
    timeout === null ? "" : `${timeout} `,
    row.tcpState === null ? "" : `${row.tcpState} `,
    tupleText(row.original), counterText(row, "original"),
    (row.status & IPS_SEEN_REPLY) === 0 ? "[UNREPLIED] " : "",
    tupleText(row.reply), counterText(row, "reply"),
    (row.status & IPS_OFFLOAD) !== 0 ? "[OFFLOAD] " : (row.status & IPS_ASSURED) !== 0 ? "[ASSURED] " : "",
    options.noZeroMark === true && row.mark === 0 ? "" : `mark=${row.mark} `,
    row.zone === 0 ? "" : `zone=${row.zone} `,
    options.times ?? "",
    options.noUse === true ? "" : `use=${row.use} `,
    options.id === true ? `id=${row.id} ` : "",
    options.labels === undefined ? "" : `labels=${options.labels} `,
  ];
  return parts.join("").trimEnd();
}

/** Addresses, then what the protocol has: ports, or ICMP's type, code and identifier. */
export function tupleText(t: CtTuple): string {
  const addresses = `src=${formatIp4(t.src)} dst=${formatIp4(t.dst)} `;
  if (t.icmpType !== undefined) return `${addresses}type=${t.icmpType} code=${t.icmpCode ?? 0} id=${t.icmpId ?? 0} `;
  return t.sport === undefined ? addresses : `${addresses}sport=${t.sport} dport=${t.dport ?? 0} `;
}

function counterText(row: CtRow, dir: "original" | "reply"): string {
  const c = row.counters?.[dir];
  return c === undefined ? "" : `packets=${c.packets} bytes=${c.bytes} `;
}
