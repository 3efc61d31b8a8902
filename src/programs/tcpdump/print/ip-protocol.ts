import { printEther } from "./ether.ts";
import { printIcmp } from "./icmp.ts";
import { printIcmp6 } from "./icmp6.ts";
import { printIgmp } from "./igmp.ts";
import { printIp } from "./ip.ts";
import { printIp6 } from "./ip6.ts";
import type { Printout } from "./printout.ts";
import { IP_PROTOCOLS, PROTOCOL_NAMES } from "./tables.ts";
import { printTcp } from "./tcp.ts";
import { printUdp } from "./udp.ts";
import { tok } from "./text.ts";

/** What an IP header hands to its payload's printer. */
export interface IpPayload {
  readonly at: number;
  /** By the header, not by the capture. */
  readonly length: number;
  /** Where the IP header is. */
  readonly ip: number;
  readonly version: 4 | 6;
  /** More fragments follow: checksums cannot be checked. */
  readonly fragmented: boolean;
}

/** Dispatch by protocol number. */
export function printIpProtocol(p: Printout, protocol: number, x: IpPayload): void {
  if (protocol === 6) printTcp(p, x);
  else if (protocol === 17) printUdp(p, x);
  else if (protocol === 1 && x.version === 4) printIcmp(p, x);
  else if (protocol === 58 && x.version === 6) printIcmp6(p, x);
  else if (protocol === 2 && x.version === 4) printIgmp(p, x.at, x.length);
  else if (protocol === 1 || protocol === 58 || protocol === 2 || (protocol === 143 && x.version === 4)) {
    p.put(`[${tok(IP_PROTOCOLS, protocol, "unknown")} requires IPv${protocol > 2 ? 6 : 4}]`);
    p.invalid();
  } else if (protocol === 4) printIp(p, x.at, x.length);
  else if (protocol === 41) printIp6(p, x.at, x.length);
  else if (protocol === 143 && x.version === 6) printEther(p, x.at, x.length);
  else if (protocol === 59) p.put("no next header");
  else {
    const name = p.opts.names === null ? undefined : PROTOCOL_NAMES[protocol];
    p.put(` ${name ?? `ip-proto-${protocol}`} ${x.length}`);
  }
}
