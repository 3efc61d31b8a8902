import type { IpExtMib } from "../core/mib.ts";
import type { Dst } from "./route.ts";

/** Packets to many are counted apart too (RFC 4293): those that came in. */
export function countGroupIn(ipExt: IpExtMib, type: Dst["type"], bytes: number): void {
  if (type === "multicast") {
    ipExt.InMcastPkts++;
    ipExt.InMcastOctets += bytes;
  } else if (type === "broadcast") {
    ipExt.InBcastPkts++;
    ipExt.InBcastOctets += bytes;
  }
}

/** And those that left (IP_UPD_PO_STATS). */
export function countGroupOut(ipExt: IpExtMib, type: Dst["type"], bytes: number): void {
  if (type === "multicast") {
    ipExt.OutMcastPkts++;
    ipExt.OutMcastOctets += bytes;
  } else if (type === "broadcast") {
    ipExt.OutBcastPkts++;
    ipExt.OutBcastOctets += bytes;
  }
}
