import type { DropReason } from "../uapi/trace.ts";
import type { Mib } from "./mib.ts";

/** What the kernel counts where it loses a packet for this reason; most reasons are counted nowhere. `proto`: IPPROTO_* of the packet. */
export function countDrop(mib: Mib, reason: DropReason, proto: number): void {
  COUNTED[reason]?.(mib, proto);
}

const IPPROTO_UDP = 17;

const COUNTED: Readonly<Partial<Record<DropReason, (mib: Mib, proto: number) => void>>> = {
  IP_HDR: ({ ip }) => void ip.InHdrErrors++,
  IP_CSUM: ({ ip, ipExt }) => {
    ipExt.InCsumErrors++;
    ip.InHdrErrors++;
  },
  IP_INNOROUTES: ({ ipExt }) => void ipExt.InNoRoutes++,
  IP_OUTNOROUTES: ({ ip }) => void ip.OutNoRoutes++,
  FORWARD_OFF: ({ ip }) => void ip.InAddrErrors++,
  IP_RPFILTER: ({ tcpExt }) => void tcpExt.IPReversePathFilter++,
  IP_NOPROTO: ({ ip }) => void ip.InUnknownProtos++,
  TTL_EXPIRED: ({ ip }) => void ip.InHdrErrors++,
  FRAG_NEEDED: ({ ip }) => void ip.FragFails++,
  FRAG_BAD: ({ ip }) => void ip.ReasmFails++,
  ICMP_CSUM: ({ icmp }) => {
    icmp.InCsumErrors++;
    icmp.InErrors++;
  },
  UDP_NOSOCK: ({ udp }) => void udp.NoPorts++,
  UDP_CSUM: ({ udp }) => {
    udp.InCsumErrors++;
    udp.InErrors++;
  },
  SOCKET_RCVBUFF: ({ udp }, proto) => {
    if (proto !== IPPROTO_UDP) return;
    udp.RcvbufErrors++;
    udp.InErrors++;
  },
  TCP_CSUM: ({ tcp }) => {
    tcp.InCsumErrors++;
    tcp.InErrs++;
  },
  TCP_LISTEN_OVERFLOW: ({ tcpExt }) => {
    tcpExt.ListenOverflows++;
    tcpExt.ListenDrops++;
  },
  TCP_RFC7323_PAWS: ({ tcpExt }) => void tcpExt.PAWSEstab++,
  TCP_OFO_DROP: ({ tcpExt }) => void tcpExt.TCPOFODrop++,
};
