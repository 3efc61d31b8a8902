import { addrtype, iprange, mac, owner, physdev } from "./address.ts";
import { conntrack, state } from "./conntrack.ts";
import type { Extension } from "./extension.ts";
import { icmp } from "./icmp.ts";
import { comment, connmark, length, limit, mark, pkttype, statistic, ttl } from "./meta.ts";
import { dnat, masquerade, netmap, redirect, snat } from "./nat.ts";
import { multiport, tcp, udp } from "./ports.ts";
import { PLAIN_TARGETS, connmarkTarget, ct, log, markTarget, nflog, notrack, reject, tcpmss } from "./targets.ts";

/** Every match and target, and the names of those that real iptables has and this one refuses. */

const byName = (list: readonly Extension[]): ReadonlyMap<string, Extension> => new Map(list.map((e) => [e.name, e]));

export const MATCHES = byName([tcp, udp, icmp, multiport, conntrack, state, addrtype, statistic, mark, connmark, comment, limit, physdev, iprange, mac, ttl, length, pkttype, owner]);

export const TARGETS = byName([
  ...PLAIN_TARGETS, reject, log, markTarget, connmarkTarget, snat, dnat, masquerade, redirect, netmap, ct, notrack, tcpmss, nflog,
]);

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
export const REFUSED_MATCHES = words(
  "ah bpf cgroup cluster connbytes connlabel connlimit cpu dccp devgroup dscp ecn esp hashlimit helper ipvs nfacct osf policy quota rateest realm recent rpfilter sctp set " +
  "socket string tcpmss time tos u32 standard",
);
export const REFUSED_TARGETS = words("AUDIT CHECKSUM CLASSIFY CLUSTERIP CONNSECMARK DSCP ECN HMARK IDLETIMER LED NFQUEUE QUEUE RATEEST SECMARK SET SYNPROXY TEE TOS TPROXY TTL ULOG");
