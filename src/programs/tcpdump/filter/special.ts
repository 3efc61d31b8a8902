import { both, fail } from "./context.ts";
import type { Compilation } from "./context.ts";
import { notInGeneveWithoutEther } from "./geneve.ts";
import { etherHost } from "./hosts.ts";
import { ETHERTYPE, field, isLengthField, llcField, network } from "./link.ts";
import { and, masked, not, or, test } from "./node.ts";
import type { Node, Value } from "./node.ts";
import { linkType } from "./protocols.ts";

/** Tests with keywords of their own. */

const BROADCAST = { high: 0xffff, low: 0xffffffff };
const ALL_ONES = 0xffffffff;
const MULTICAST_ONLY =
  "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel";

/** `broadcast`, `ip broadcast`: the latter needs the interface's netmask. */
export function broadcast(c: Compilation, proto: string): Node | null {
  if (proto === "default" || proto === "link") return c.link.kind === "ether" ? etherHost(c, BROADCAST, "dst") : fail(c, "not a broadcast link");
  if (proto !== "ip") return fail(c, "only link-layer/IP broadcast filters supported");
  const hostBits = (~c.netmask >>> 0);
  const to = masked(network(c.link, 16, 4), hostBits);
  return both(linkType(c, ETHERTYPE.ip), or(test(to, "=", 0), test(to, "=", ALL_ONES & hostBits)));
}

export function multicast(c: Compilation, proto: string): Node | null {
  if (proto === "ip") return both(linkType(c, ETHERTYPE.ip), test(network(c.link, 16, 1), ">=", 224));
  if (proto === "ip6") return both(linkType(c, ETHERTYPE.ip6), test(network(c.link, 24, 1), "=", 255));
  if ((proto !== "default" && proto !== "link") || c.link.kind !== "ether") return fail(c, MULTICAST_ONLY);
  return and(notInGeneveWithoutEther(c.link), not(test(masked(field(c.link.header, 0, 1), 1), "=", 0)));
}

const LENGTH: Value = { key: "len", get: (v) => v.wireLength };
/** `len` in arithmetic, and what `less` and `greater` compare. */
export const lengthValue = (): Value => LENGTH;
export const less = (n: number): Node => not(test(LENGTH, ">", n));
export const greater = (n: number): Node => test(LENGTH, ">=", n);

/** `byte N op V`; with & and | libpcap forgets to load the byte, so that it tests the operand alone. */
export function byteTest(c: Compilation, index: number, op: string, n: number): Node {
  const value = field(c.link.header, index, 1);
  if (op === "<") return not(test(value, ">=", n));
  if (op === ">") return test(value, ">", n);
  if (op === "=") return test(value, "=", n);
  return not(test({ key: "A", get: () => 0 }, "=", op === "&" ? 0 : n));
}

/** `inbound`, `outbound`: files of Ethernet frames do not say. */
export function direction(c: Compilation, outbound: boolean): Node | null {
  if (c.link.kind === "cooked") {
    const type = c.link.payload.fixed === 20 ? field(c.link.header, 10, 1) : field(c.link.header, 0, 2);
    const out = test(type, "=", 4);
    return outbound ? out : not(out);
  }
  if (!c.live) return fail(c, `inbound/outbound not supported on ${c.linkName} when reading savefiles`);
  const out = test({ key: "outgoing", get: (v) => (v.outgoing ? 1 : 0) }, "=", 1);
  return outbound ? out : not(out);
}

/** `ifindex N`. */
export function ifindex(c: Compilation, n: number): Node | null {
  if (c.link.kind === "cooked" && c.link.payload.fixed === 20) return test(field(c.link.header, 4, 4), "=", n);
  return c.live
    ? test({ key: "ifindex", get: (v) => v.ifindex }, "=", n)
    : fail(c, `ifindex not supported on ${c.linkName} when reading savefiles`);
}

const SUPERVISORY: Readonly<Record<string, number>> = { rr: 1, rnr: 5, rej: 9 };
const UNNUMBERED: Readonly<Record<string, number>> = { ui: 3, ua: 0x63, disc: 0x43, dm: 0x0f, sabme: 0x6f, test: 0xe3, xid: 0xaf, frmr: 0x87 };

/** `llc [type]`: 802.2 frames by their control field. */
export function llc(c: Compilation, type: string | null): Node | null {
  if (c.link.kind !== "ether") return fail(c, `'llc' not supported for ${c.linkName}`);
  const is = and(isLengthField(c.link), not(test(llcField(c.link, 0, 2), "=", 0xffff)));
  const control = llcField(c.link, 2, 1);
  const kind = type?.toLowerCase();
  if (kind === undefined) return is;
  if (kind === "i") return and(is, test(masked(control, 1), "=", 0));
  if (kind === "s" || kind === "u") return and(is, test(masked(control, 3), "=", kind === "s" ? 1 : 3));
  const [s, u] = [SUPERVISORY[kind], UNNUMBERED[kind]];
  if (s !== undefined) return and(is, test(masked(control, 0x0f), "=", s));
  return u === undefined ? fail(c, `unknown LLC type name "${type}"`) : and(is, test(masked(control, 0xef), "=", u));
}
