/**
 * The vocabulary of the trace: one event a decision, read alike by graph, inspector, lessons and tests.
 * Plain data, so that it can cross from the engine to the page unchanged.
 */

/** Event kinds. The position is the code used in typed-array batches: append only. */
export const TRACE_KINDS = [
  /** A program handed data to a socket. */ "app.send",
  /** A program's socket got data. */ "app.recv",
  /** A frame left a device onto its cable, tunnel or peer. */ "l2.tx",
  /** A frame arrived at a device. */ "l2.rx",
  "bridge.hit", "bridge.flood", "bridge.learn",
  "arp.request", "arp.reply",
  /** No usable neighbour: the packet waits in the entry's queue. */ "neigh.miss",
  /** A neighbour entry changed. */ "neigh.write", "neigh.fail",
  /** A known neighbour gave the MAC. */ "neigh.hit",
  "route", "local", "forward",
  "encap", "decap", "ttl",
  "frag.needed", "frag", "defrag",
  "nft.eval", "nat", "ct.new", "ct.hit",
  "icmp.echo", "icmp.reply", "icmp.error",
  "drop",
  /** A table row was written by a program (ip, bridge …). */ "table",
  "proc.start", "proc.exit", "iface",
  /** Netlink message from the kernel to a daemon, e.g. an L3 miss to flanneld. */ "ctl.miss", "ctl.lease", "ctl.cni",
  /** A TCP socket changed its state; `tcp` in the event says from which to which, and names both ends. */ "tcp.state",
  /** About the segment that leaves next (same skb): sent once more, and why. */ "tcp.retransmit",
  /** A duplicate acknowledgement leaves: data is missing before what came. */ "tcp.dupack",
  /** A reset leaves, and why. */ "tcp.rst",
  /** The window offered is zero, or opens again. */ "tcp.window",
  /** A zero-window probe or keep-alive leaves. */ "tcp.probe",
  /** A listening socket turned a connection away: a queue was full. */ "tcp.overflow",
  /** A queueing discipline or a cable's fault did something to the frame: delay, duplicate, reorder, corrupt. */ "qdisc",
] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];

/** Every way to lose a packet, with the sentence the page shows. */
export const DROP_REASONS = {
  NOT_SPECIFIED: "dropped without a stated reason",
  DEV_DOWN: "the device is down",
  NO_CARRIER: "nothing is plugged in at the other end",
  PKT_TOO_SMALL: "the frame is shorter than its headers",
  PKT_TOO_BIG: "the frame is larger than the receiving device takes (MTU)",
  OTHERHOST: "the frame is addressed to another MAC",
  UNHANDLED_PROTO: "no protocol on this machine wants this EtherType",
  DEV_READY_NO_MASTER: "the bridge port does not forward",
  IP_HDR: "the IPv4 header is malformed",
  IP_CSUM: "the IPv4 header checksum is wrong",
  IP_INNOROUTES: "no route to the destination, packet came from outside",
  IP_OUTNOROUTES: "no route to the destination",
  IP_LOCAL_SOURCE: "the source address is one of this machine's own",
  IP_INVALID_SOURCE: "the source address cannot be a source",
  IP_INVALID_DEST: "the destination address cannot be a destination",
  IP_RPFILTER: "reverse path filter: the source is not reachable through this device",
  IP_NOPROTO: "no transport protocol on this machine wants this packet",
  FORWARD_OFF: "this machine does not forward (ip_forward=0)",
  TTL_EXPIRED: "the time to live ran out",
  FRAG_NEEDED: "larger than the next link's MTU and must not be fragmented",
  FRAG_REASM_TIMEOUT: "not all fragments came in time",
  FRAG_BAD: "a fragment that does not fit the others",
  ICMP_CSUM: "the ICMP checksum is wrong",
  ICMP_NOSOCK: "no program waits for this ICMP message",
  UDP_CSUM: "the UDP checksum is wrong",
  UDP_NOSOCK: "no program listens on this UDP port",
  TCP_CSUM: "the TCP checksum is wrong",
  TCP_FLAGS: "a TCP segment with flags that make no sense in this state",
  TCP_NOSOCK: "no program listens on this TCP port",
  TCP_OLD_DATA: "a TCP segment whose data was all received before",
  TCP_OVERWINDOW: "TCP data beyond the offered window",
  TCP_ZEROWINDOW: "TCP data while the offered window is zero",
  TCP_RFC7323_PAWS: "a TCP timestamp older than the last one (PAWS)",
  TCP_INVALID_SEQUENCE: "a TCP sequence number outside the window",
  TCP_INVALID_ACK: "a TCP acknowledgement of data that was never sent, or far too old",
  TCP_RESET: "the connection was reset",
  TCP_CLOSE: "the connection is closed already",
  TCP_LISTEN_OVERFLOW: "the queue of connections waiting for accept is full",
  TCP_OFO_DROP: "no room for a TCP segment that came out of order",
  QDISC_DROP: "a queueing discipline's queue is full",
  QDISC_LOSS: "lost by a queueing discipline (netem)",
  UNIX_NOSOCK: "nobody listens on this unix socket",
  SOCKET_RCVBUFF: "the socket's receive buffer is full",
  SOCKET_FILTER: "the socket does not want this packet",
  NEIGH_FAILED: "nobody answered ARP for the next hop",
  NEIGH_QUEUEFULL: "too many packets already wait for this neighbour",
  NEIGH_DEAD: "the neighbour entry was deleted while packets waited",
  ARP_IGNORED: "an ARP message that is not for this machine",
  BRIDGE_NO_EGRESS: "the bridge has no port to send it to",
  BRIDGE_SAME_PORT: "the way out is the port it came in by (hairpin is off)",
  BRIDGE_LOCKED: "the bridge port is blocked or isolated",
  VXLAN_NO_REMOTE: "no fdb entry says which machine has this MAC",
  VXLAN_VNI_NOT_FOUND: "no VXLAN device here has this VNI",
  VXLAN_INVALID_HDR: "the VXLAN header is malformed",
  VXLAN_ENTRY_EXISTS: "the VXLAN device's own MAC as source: a loop",
  TUNNEL_NOROUTE: "no route to the tunnel's far end",
  TUNNEL_LOOP: "the tunnel's route leads back into the tunnel",
  NETFILTER_DROP: "a rule or chain policy said drop",
  PROTO_MEM: "out of memory for this protocol",
  CABLE_LOSS: "lost on the cable",
  CABLE_CUT: "the cable is cut",
  CABLE_MTU: "longer than this cable carries, which tells nobody: a path-MTU black hole",
  CABLE_QUEUE: "the queue in front of a slow cable is full",
  LOOP: "more than 64 devices deep without leaving the machine: a loop",
} as const;
export type DropReason = keyof typeof DROP_REASONS;

export type TableName = "route" | "rule" | "neigh" | "fdb" | "link" | "addr" | "sysctl" | "nft" | "conntrack" | "socket" | "proc" | "netns" | "file";

/** A row that was looked at and did not win. */
export interface Loser {
  readonly row: string;
  /** "shorter prefix", "no match", "higher metric" … */
  readonly why: string;
}

/** An address rewritten: "100.64.10.1", or with its port "11.10.80.2:80". `reverse`: an answer gets back what its request had. */
export interface NatChange {
  readonly field: "src" | "dst";
  readonly reverse: boolean;
  readonly before: string;
  readonly after: string;
}

/** Which table row decided, and which lost. Rows are written as the tool prints them (`ip route`, `ip neigh`, `bridge fdb`). */
export interface Decision {
  readonly table: TableName;
  readonly row: string;
  readonly losers: readonly Loser[];
  /** One more clause: "written by flanneld", "ttl 64 → 63", "VNI 100, +50 bytes". */
  readonly note?: string;
  /** nft.eval, nat, ct.*: the hook of the packet's path where it happened ("prerouting" …). */
  readonly hook?: string;
  readonly nat?: NatChange;
}

/** One end of a TCP connection in this namespace, as tcp.* events tell it. Addresses as text: "11.10.80.2", port apart. */
export interface TcpEnd {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  /** Names of TcpState. */
  readonly before: string;
  readonly after: string;
  /** Program whose socket it is ("nginx"), "" when nobody has it open. */
  readonly program: string;
  /** true = this end called connect. */
  readonly active: boolean;
}

/** A row that changed: `before` null = added, `after` null = deleted. Applied forwards and backwards by the page. */
export interface TableChange {
  readonly place: string;
  readonly table: TableName;
  /** Identifies the row within its table, stable for the row's life. */
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** One event. `bytes` is the frame or packet as it was at this instant (Ethernet header included where there is one). */
export interface TraceEvent {
  readonly seq: number;
  readonly atNs: number;
  readonly kind: TraceKind;
  /** Network namespace, e.g. "C0w1", "C0w1/c1", "box". */
  readonly place: string;
  /** Device name within the place, "" when none. */
  readonly dev: string;
  /** Who caused it: a command's id, 0 = nobody's (timers, daemons). */
  readonly journey: number;
  /** Identity of the packet; clones (floods) carry their origin in `parent`. 0 = no packet. */
  readonly skb: number;
  readonly parent: number;
  readonly bytes: Uint8Array | null;
  /** Full length of the frame in bytes; `bytes` may be cut short. */
  readonly wireLength: number;
  /** Offset of the network header in `bytes`: 14 with an Ethernet header, 0 without. */
  readonly netOffset: number;
  readonly decision: Decision | null;
  readonly changes: readonly TableChange[];
  readonly drop: DropReason | null;
  /** Free text for the list: "flood to 5 ports", "REACHABLE → STALE". */
  readonly note: string;
  /** Id of the TCP connection or UDP conversation the packet belongs to, the same at both ends and under every NAT; 0 = none. */
  readonly conn: number;
  /** tcp.*: the end that tells. */
  readonly tcp: TcpEnd | null;
}
