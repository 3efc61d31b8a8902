import type { Netns } from "../net/core/netns.ts";
import { sockDiag } from "../net/sock/diag.ts";
import type { SockDiagTable } from "../net/uapi/sock-diag.ts";
import type { Kernel } from "./kernel.ts";
import { NetlinkFile } from "./netlink-file.ts";
import { SocketFile } from "./socket-file.ts";

/** /proc/net/snmp, /proc/net/netstat and /proc/net/sockstat: what is counted in a network namespace (net/ipv4/proc.c). */

type Counters = readonly (readonly [name: string, value: number])[];

const group = (title: string, counters: Counters): string =>
  `${title}: ${counters.map(([name]) => name).join(" ")}\n${title}: ${counters.map(([, value]) => value).join(" ")}\n`;
const all = (counters: object): Counters => Object.entries(counters).map(([name, value]) => [name, Number(value)] as const);

export function snmp(ns: Netns): string {
  const { mib } = ns;
  const forwarding = ns.ipv4.confAll.forwarding === 0 ? 2 : 1;
  mib.tcp.CurrEstab = countTcp(ns, (state) => state === "ESTABLISHED" || state === "CLOSE_WAIT");
  return [
    group("Ip", [["Forwarding", forwarding], ["DefaultTTL", ns.ipv4.defaultTtl], ...all(mib.ip)]), group("Icmp", all(mib.icmp)), icmpMsg(ns),
    group("Tcp", all(mib.tcp)), group("Udp", all(mib.udp)), group("UdpLite", all(mib.udp).map(([name]) => [name, 0] as const)),
  ].join("");
}

/** Types that occurred, received ones first. */
function icmpMsg({ mib }: Netns): string {
  const types = (map: ReadonlyMap<number, number>, name: string): Counters => [...map].sort(([a], [b]) => a - b).map(([type, n]) => [`${name}${type}`, n] as const);
  const counters = [...types(mib.icmpIn, "InType"), ...types(mib.icmpOut, "OutType")];
  return counters.length === 0 ? "" : group("IcmpMsg", counters);
}

export const netstat = (ns: Netns): string =>
  group("TcpExt", all(ns.mib.tcpExt)) + group("IpExt", all(ns.mib.ipExt)) + group("MPTcpExt", MPTCP.split(" ").map((name) => [name, 0] as const));

/** The kernel counts multipath TCP too; nothing here speaks it. */
const MPTCP =
  "MPCapableSYNRX MPCapableSYNTX MPCapableSYNACKRX MPCapableACKRX MPCapableFallbackACK MPCapableFallbackSYNACK MPCapableSYNTXDrop " +
  "MPCapableSYNTXDisabled MPCapableEndpAttempt MPFallbackTokenInit MPTCPRetrans MPJoinNoTokenFound MPJoinSynRx MPJoinSynBackupRx MPJoinSynAckRx " +
  "MPJoinSynAckBackupRx MPJoinSynAckHMacFailure MPJoinAckRx MPJoinAckHMacFailure MPJoinRejected MPJoinSynTx MPJoinSynTxCreatSkErr MPJoinSynTxBindErr " +
  "MPJoinSynTxConnectErr DSSNotMatching DSSCorruptionFallback DSSCorruptionReset InfiniteMapTx InfiniteMapRx DSSNoMatchTCP DataCsumErr OFOQueueTail " +
  "OFOQueue OFOMerge NoDSSInWindow DuplicateData AddAddr AddAddrTx AddAddrTxDrop EchoAdd EchoAddTx EchoAddTxDrop PortAdd AddAddrDrop MPJoinPortSynRx " +
  "MPJoinPortSynAckRx MPJoinPortAckRx MismatchPortSynRx MismatchPortAckRx RmAddr RmAddrDrop RmAddrTx RmAddrTxDrop RmSubflow MPPrioTx MPPrioRx MPFailTx " +
  "MPFailRx MPFastcloseTx MPFastcloseRx MPRstTx MPRstRx SubflowStale SubflowRecover SndWndShared RcvWndShared RcvWndConflictUpdate RcvWndConflict " +
  "MPCurrEstab Blackhole MPCapableDataFallback MD5SigFallback DssFallback SimultConnectFallback FallbackFailed WinProbe";

function countTcp(ns: Netns, wanted: (state: string) => boolean): number {
  return sockDiag(ns, ["tcp"]).filter((row) => row.family === "inet" && wanted(row.state)).length;
}

/** sockstat_seq_show. TCP's "alloc" and "orphan" are the machine's, the rest is the namespace's. */
export function sockstat(kernel: Kernel, ns: Netns): string {
  const files = new Set(kernel.processes.flatMap((p) => p.fds.files()));
  const sockets = [...files].filter((file) => (file instanceof SocketFile || file instanceof NetlinkFile) && file.netns === ns);
  const rows = (table: SockDiagTable): number => sockDiag(ns, [table]).length;
  const timewait = countTcp(ns, (state) => state === "TIME_WAIT");
  const isTcp = (file: unknown): boolean => file instanceof SocketFile && file.sock.domain === "inet" && file.sock.type === "stream";
  const orphans = [...ns.world.namespaces].flatMap((one) => sockDiag(one, ["tcp"])).filter((row) => row.family === "inet" && row.info !== null && row.inode === 0).length;
  const owned = [...files].filter(isTcp).length;
  const inUse = countTcp(ns, (state) => state !== "TIME_WAIT" && state !== "SYN_RECV" && state !== "CLOSE");
  return [
    `sockets: used ${sockets.length}`, `TCP: inuse ${inUse} orphan ${orphans} tw ${timewait} alloc ${owned + orphans} mem 0`, `UDP: inuse ${rows("udp")} mem 0`,
    "UDPLITE: inuse 0", `RAW: inuse ${rows("raw")}`, `FRAG: inuse ${ns.ipv4.fragments.queues.size} memory 0`,
  ].map((line) => `${line}\n`).join("");
}
