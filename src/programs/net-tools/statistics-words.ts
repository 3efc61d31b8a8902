/**
 * Words of `netstat -s` for the counters of /proc/net/snmp, in the order of the tool's own tables. The tool looks
 * names up by halving these tables, so an entry out of alphabetical order (Forwarding) is not found and shows bare.
 * `%` stands for the number. `opt`: left out when zero; `in`, `out`: lines of the ICMP histograms; "" = never shown.
 */
export type StatKind = "number" | "opt" | "in" | "out" | "hidden";
export type StatEntry = readonly [name: string, text: string, kind: StatKind];

const IP: readonly StatEntry[] = [
  ["DefaultTTL", "Default TTL is %", "hidden"], ["Forwarding", "Forwarding is %", "hidden"], ["ForwDatagrams", "% forwarded", "number"],
  ["FragCreates", "% fragments created", "opt"], ["FragFails", "% outgoing packets failed fragmentation", "opt"],
  ["FragOKs", "% outgoing packets fragmented ok", "opt"], ["InAddrErrors", "% with invalid addresses", "opt"],
  ["InDelivers", "% incoming packets delivered", "number"], ["InDiscards", "% incoming packets discarded", "number"],
  ["InHdrErrors", "% with invalid headers", "opt"], ["InReceives", "% total packets received", "number"],
  ["InUnknownProtos", "% with unknown protocol", "opt"], ["OutDiscards", "% outgoing packets dropped", "opt"],
  ["OutNoRoutes", "% dropped because of missing route", "opt"], ["OutRequests", "% requests sent out", "number"],
  ["ReasmFails", "% packet reassemblies failed", "opt"], ["ReasmOKs", "% packets reassembled ok", "opt"], ["ReasmReqds", "% reassemblies required", "opt"],
  ["ReasmTimeout", "% fragments dropped after timeout", "opt"],
];

const ICMP: readonly StatEntry[] = [
  ["InAddrMaskReps", "address mask replies: %", "in"], ["InAddrMasks", "address mask request: %", "in"],
  ["InDestUnreachs", "destination unreachable: %", "in"], ["InEchoReps", "echo replies: %", "in"], ["InEchos", "echo requests: %", "in"],
  ["InErrors", "% input ICMP message failed", "number"], ["InMsgs", "% ICMP messages received", "number"], ["InParmProbs", "wrong parameters: %", "in"],
  ["InRedirects", "redirects: %", "in"], ["InSrcQuenchs", "source quenches: %", "in"], ["InTimeExcds", "timeout in transit: %", "in"],
  ["InTimestampReps", "timestamp reply: %", "in"], ["InTimestamps", "timestamp request: %", "in"], ["OutAddrMaskReps", "address mask replies: %", "out"],
  ["OutAddrMasks", "address mask requests: %", "out"], ["OutDestUnreachs", "destination unreachable: %", "out"], ["OutEchoReps", "echo replies: %", "out"],
  ["OutEchos", "echo requests: %", "out"], ["OutErrors", "% ICMP messages failed", "number"], ["OutMsgs", "% ICMP messages sent", "number"],
  ["OutParmProbs", "wrong parameters: %", "out"], ["OutRedirects", "redirect: %", "out"], ["OutSrcQuenchs", "source quench: %", "out"],
  ["OutTimeExcds", "time exceeded: %", "out"], ["OutTimestampReps", "timestamp replies: %", "out"], ["OutTimestamps", "timestamp requests: %", "out"],
];

const TCP: readonly StatEntry[] = [
  ["ActiveOpens", "% active connection openings", "number"], ["AttemptFails", "% failed connection attempts", "number"],
  ["CurrEstab", "% connections established", "number"], ["EstabResets", "% connection resets received", "number"],
  ["InErrs", "% bad segments received", "number"], ["InSegs", "% segments received", "number"], ["MaxConn", "", "hidden"],
  ["OutRsts", "% resets sent", "number"], ["OutSegs", "% segments sent out", "number"], ["PassiveOpens", "% passive connection openings", "number"],
  ["RetransSegs", "% segments retransmitted", "number"], ["RtoAlgorithm", "RTO algorithm is %", "hidden"], ["RtoMax", "", "hidden"],
  ["RtoMin", "", "hidden"],
];

const UDP: readonly StatEntry[] = [
  ["InDatagrams", "% packets received", "number"], ["InErrors", "% packet receive errors", "number"],
  ["NoPorts", "% packets to unknown port received", "number"], ["OutDatagrams", "% packets sent", "number"],
  ["RcvbufErrors", "% receive buffer errors", "number"], ["SndbufErrors", "% send buffer errors", "number"],
];

const TCP_EXT: readonly StatEntry[] = [
  ["DelayedACKLocked", "% delayed acks further delayed because of locked socket", "opt"], ["DelayedACKLost", "Quick ack mode was activated % times", "opt"],
  ["DelayedACKs", "% delayed acks sent", "opt"], ["EmbryonicRsts", "% resets received for embryonic SYN_RECV sockets", "opt"],
  ["ListenDrops", "% SYNs to LISTEN sockets dropped", "opt"], ["ListenOverflows", "% times the listen queue of a socket overflowed", "opt"],
  ["LockDroppedIcmps", "% ICMP packets dropped because socket was locked", "opt"],
  ["OfoPruned", "% packets dropped from out-of-order queue because of socket buffer overrun", "opt"],
  ["OutOfWindowIcmps", "% ICMP packets dropped because they were out-of-window", "opt"],
  ["PAWSActive", "% active connections rejected because of time stamp", "opt"],
  ["PAWSEstab", "% packets rejected in established connections because of timestamp", "opt"],
  ["PAWSPassive", "% passive connections rejected because of time stamp", "opt"],
  ["PruneCalled", "% packets pruned from receive queue because of socket buffer overrun", "opt"],
  ["RcvPruned", "% packets pruned from receive queue", "opt"], ["SockMallocOOM", "Ran % times out of system memory during packet sending", "opt"],
  ["SyncookiesFailed", "% invalid SYN cookies received", "opt"], ["SyncookiesRecv", "% SYN cookies received", "opt"],
  ["SyncookiesSent", "% SYN cookies sent", "opt"], ["TCPAbortFailed", "% times unable to send RST due to no memory", "opt"],
  ["TCPAbortOnClose", "% connections reset due to early user close", "opt"], ["TCPAbortOnData", "% connections reset due to unexpected data", "opt"],
  ["TCPAbortOnLinger", "% connections aborted after user close in linger timeout", "opt"],
  ["TCPAbortOnMemory", "% connections aborted due to memory pressure", "opt"], ["TCPAbortOnSyn", "% connections reset due to unexpected SYN", "opt"],
  ["TCPAbortOnTimeout", "% connections aborted due to timeout", "opt"],
  ["TCPDirectCopyFromBacklog", "% bytes directly in process context from backlog", "opt"],
  ["TCPDirectCopyFromPrequeue", "% bytes directly received in process context from prequeue", "opt"],
  ["TCPDSACKOfoRecv", "% DSACKs for out of order packets received", "opt"], ["TCPDSACKOfoSent", "% DSACKs sent for out of order packets", "opt"],
  ["TCPDSACKOldSent", "% DSACKs sent for old packets", "opt"], ["TCPDSACKRecv", "% DSACKs received", "opt"],
  ["TCPDSackUndo", "% congestion window recovered without slow start using DSACK", "opt"],
  ["TCPDSACKUndo", "% congestion windows recovered without slow start by DSACK", "opt"], ["TCPFACKReorder", "Detected reordering % times using FACK", "opt"],
  ["TCPFastRetrans", "% fast retransmits", "opt"], ["TCPForwardRetrans", "% forward retransmits", "opt"],
  ["TCPFullUndo", "% congestion windows fully recovered without slow start", "opt"], ["TCPHPAcks", "% predicted acknowledgments", "opt"],
  ["TCPHPHits", "% packet headers predicted", "number"], ["TCPHPHitsToUser", "% packet headers predicted and directly queued to user", "opt"],
  ["TCPLossFailures", "% timeouts in loss state", "opt"], ["TCPLoss", "% TCP data loss events", "opt"],
  ["TCPLossUndo", "% congestion windows recovered without slow start after partial ack", "opt"], ["TCPLostRetransmits", "% retransmits lost", "opt"],
  ["TCPMemoryPressures", "TCP ran low on memory % times", "opt"], ["TCPPartialUndo", "% congestion windows partially recovered using Hoe heuristic", "opt"],
  ["TCPPrequeued", "% packets directly queued to recvmsg prequeue", "opt"], ["TCPPrequeueDropped", "% packets dropped from prequeue", "opt"],
  ["TCPPureAcks", "% acknowledgments not containing data payload received", "opt"],
  ["TCPRcvCollapsed", "% packets collapsed in receive queue due to low socket buffer", "opt"],
  ["TCPRenoFailures", "% timeouts after reno fast retransmit", "opt"], ["TCPRenoRecoveryFailed", "% reno fast retransmits failed", "opt"],
  ["TCPRenoRecoveryFail", "% classic Reno fast retransmits failed", "opt"],
  ["TCPRenoRecovery", "% times recovered from packet loss due to fast retransmit", "opt"],
  ["TCPRenoReorder", "Detected reordering % times using reno fast retransmit", "opt"], ["TCPSackFailures", "% timeouts after SACK recovery", "opt"],
  ["TCPSackRecoveryFail", "% SACK retransmits failed", "opt"],
  ["TCPSackRecovery", "% times recovered from packet loss by selective acknowledgements", "opt"], ["TCPSACKReneging", "% bad SACK blocks received", "opt"],
  ["TCPSACKReorder", "Detected reordering % times using SACK", "opt"],
  ["TCPSchedulerFailed", "% times receiver scheduled too late for direct processing", "opt"], ["TCPSlowStartRetrans", "% retransmits in slow start", "opt"],
  ["TCPTimeouts", "% other TCP timeouts", "opt"], ["TCPTSReorder", "Detected reordering % times using time stamp", "opt"],
  ["TWKilled", "% TCP sockets finished time wait in slow timer", "opt"], ["TW", "% TCP sockets finished time wait in fast timer", "opt"],
  ["TWRecycled", "% time wait sockets recycled by time stamp", "opt"],
];

/** By the title of the group. */
export const STAT_TABLES: Readonly<Record<string, readonly StatEntry[]>> = { Ip: IP, Icmp: ICMP, Tcp: TCP, Udp: UDP, TcpExt: TCP_EXT };
