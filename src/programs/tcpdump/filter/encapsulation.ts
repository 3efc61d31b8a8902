import { fail } from "./context.ts";
import type { Compilation } from "./context.ts";
import { linkType } from "./protocols.ts";
import { ETHERTYPE, field, moved, network } from "./link.ts";
import { and, anyOf, masked, test } from "./node.ts";
import type { Node } from "./node.ts";

/**
 * Keywords that step into an encapsulation. As in libpcap they change what every later test of
 * the expression looks at, not only those they are and-ed with (pcap-filter(7), "vlan").
 */

const TAG_BYTES = 4;
const LABEL_BYTES = 4;
const PPPOE_BYTES = 6;
const [MAX_VLAN, MAX_LABEL, MAX_SESSION] = [4095, 0xfffff, 0xffff];

/** `vlan [id]`. */
export function vlan(c: Compilation, id: number | null): Node | null {
  if (c.link.mplsDepth > 0) return fail(c, "no VLAN match after MPLS");
  const type = c.link.type;
  if (c.link.kind !== "ether" || type === null) return fail(c, `no VLAN support for ${c.link.kind === "ppp" ? "PPP" : c.linkName}`);
  const tagType = field(type, 0, 2);
  let node = anyOf(test(tagType, "=", 0x8100), test(tagType, "=", 0x88a8), test(tagType, "=", 0x9100));
  if (id !== null) {
    if (id > MAX_VLAN) return fail(c, `VLAN tag ${id} greater than maximum ${MAX_VLAN}`);
    node = and(node, test(masked(field(c.link.payload, 0, 2), 0xfff), "=", id));
  }
  c.link.payload = moved(c.link.payload, TAG_BYTES);
  c.link.type = moved(type, TAG_BYTES);
  c.link.vlanDepth++;
  return node;
}

/** `mpls [label]`. */
export function mpls(c: Compilation, label: number | null): Node | null {
  if (c.link.mplsDepth === 0 && c.link.kind !== "ether" && c.link.kind !== "ppp") return fail(c, `no MPLS support for ${c.linkName}`);
  const notLast = c.link.mplsDepth > 0 ? test(masked(network(c.link, 2 - LABEL_BYTES, 1), 1), "=", 0) : null;
  let node = notLast ?? linkType(c, c.link.kind === "ppp" ? 0x0281 : ETHERTYPE.mpls);
  if (label !== null) {
    if (label > MAX_LABEL) return fail(c, `MPLS label ${label} greater than maximum ${MAX_LABEL}`);
    const wanted = test(masked(network(c.link, 0, 4), 0xfffff000), "=", label * 4096);
    node = node === null ? null : and(node, wanted);
  }
  c.link.network += LABEL_BYTES;
  c.link.mplsDepth++;
  return node;
}

/** `pppoes [session]`: the link layer is PPP from here on. */
export function pppoes(c: Compilation, session: number | null): Node | null {
  let node = linkType(c, ETHERTYPE.pppoes);
  if (session !== null && node !== null) {
    if (session > MAX_SESSION) return fail(c, `PPPoE session number ${session} greater than maximum ${MAX_SESSION}`);
    node = and(node, test(masked(network(c.link, 0, 4), 0xffff), "=", session));
  }
  const ppp = moved(c.link.payload, c.link.network + PPPOE_BYTES);
  c.link.kind = "ppp";
  c.link.header = ppp;
  c.link.type = ppp;
  c.link.payload = moved(ppp, 2);
  c.link.network = 0;
  return node;
}
