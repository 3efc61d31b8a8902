import { countType, type IcmpMib, type Mib } from "../core/mib.ts";

/** ICMP message types that have a counter of their own (RFC 4293), without "In" and "Out". */
const NAMES: Readonly<Record<number, "EchoReps" | "DestUnreachs" | "SrcQuenchs" | "Redirects" | "Echos" | "TimeExcds" | "ParmProbs" | "Timestamps" | "TimestampReps" | "AddrMasks" | "AddrMaskReps">> = {
  0: "EchoReps", 3: "DestUnreachs", 4: "SrcQuenchs", 5: "Redirects", 8: "Echos", 11: "TimeExcds", 12: "ParmProbs", 13: "Timestamps", 14: "TimestampReps",
  17: "AddrMasks", 18: "AddrMaskReps",
};

/** icmp_out_count: a message leaves. */
export function countIcmpOut(mib: Mib, type: number): void {
  mib.icmp.OutMsgs++;
  countType(mib.icmpOut, type);
  countNamed(mib.icmp, "Out", type);
}

/** ICMPMSGIN_INC_STATS: a whole message came in. */
export function countIcmpIn(mib: Mib, type: number): void {
  countType(mib.icmpIn, type);
  countNamed(mib.icmp, "In", type);
}

function countNamed(icmp: IcmpMib, way: "In" | "Out", type: number): void {
  const name = NAMES[type];
  if (name !== undefined) icmp[`${way}${name}`]++;
}
