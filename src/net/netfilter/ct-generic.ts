import type { Conntrack } from "./ct-entry.ts";
import { ACCEPT, type CtPacket, type CtVerdict, SEC_NS } from "./ct-l4.ts";
import { ctRefresh } from "./conntrack.ts";

/** nf_conntrack_proto_generic.c: a protocol nobody knows: address pair and protocol number, ten minutes. */
export function genericPacket({ ns, skb }: CtPacket, ct: Conntrack): CtVerdict {
  ctRefresh(ns, ct, skb, ns.nf.ct.sysctl.genericTimeout * SEC_NS);
  return ACCEPT;
}
