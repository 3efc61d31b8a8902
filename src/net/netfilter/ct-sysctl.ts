/** net.netfilter.nf_conntrack_*, seconds where they are times; a new namespace starts with Linux's values. */
export interface CtSysctls {
  acct: number;
  checksum: number;
  events: number;
  logInvalid: number;
  timestamp: number;
  genericTimeout: number;
  icmpTimeout: number;
  udpTimeout: number;
  udpTimeoutStream: number;
  tcpBeLiberal: number;
  tcpIgnoreInvalidRst: number;
  tcpLoose: number;
  tcpMaxRetrans: number;
  tcpTimeoutClose: number;
  tcpTimeoutCloseWait: number;
  tcpTimeoutEstablished: number;
  tcpTimeoutFinWait: number;
  tcpTimeoutLastAck: number;
  tcpTimeoutMaxRetrans: number;
  tcpTimeoutSynRecv: number;
  tcpTimeoutSynSent: number;
  tcpTimeoutTimeWait: number;
  tcpTimeoutUnacknowledged: number;
}

export const defaultCtSysctls = (): CtSysctls => ({
  acct: 0, checksum: 1, events: 2, logInvalid: 0, timestamp: 0,
  genericTimeout: 600, icmpTimeout: 30, udpTimeout: 30, udpTimeoutStream: 120,
  tcpBeLiberal: 0, tcpIgnoreInvalidRst: 0, tcpLoose: 1, tcpMaxRetrans: 3,
  tcpTimeoutClose: 10, tcpTimeoutCloseWait: 60, tcpTimeoutEstablished: 432000, tcpTimeoutFinWait: 120, tcpTimeoutLastAck: 30,
  tcpTimeoutMaxRetrans: 300, tcpTimeoutSynRecv: 60, tcpTimeoutSynSent: 120, tcpTimeoutTimeWait: 120, tcpTimeoutUnacknowledged: 300,
});
