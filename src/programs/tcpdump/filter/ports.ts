import { fail } from "./context.ts";
import type { Compilation, Direction, Qualifiers } from "./context.ts";
import { byDirection, refuseWifi } from "./hosts.ts";
import { ETHERTYPE, linkTypeIs, network, transport } from "./link.ts";
import { allOf, and, anyOf, masked, not, or, test } from "./node.ts";
import type { Node, Value } from "./node.ts";

const NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;
type PortProtocol = keyof typeof NUMBERS;
const isPortProtocol = (s: string): s is PortProtocol => s in NUMBERS;
const MAX_PORT = 65535;

interface Ports {
  readonly from: number;
  readonly to: number;
  /** `null` = TCP, UDP and SCTP alike. */
  readonly protocol: PortProtocol | null;
}

/** The first fragment, or a whole datagram: only they have ports. */
export const notLaterFragment = (c: Compilation): Node => test(masked(network(c.link, 6, 2), 0x1fff), "=", 0);

/** `port N` and `portrange N-M` with a number. */
export function portNumber(c: Compilation, n: number, q: Qualifiers): Node | null {
  const protocol = portProtocol(c, q);
  if (protocol === undefined) return null;
  if (n > MAX_PORT) return fail(c, `illegal port number ${n} > ${MAX_PORT}`);
  return ports(c, { from: n, to: n, protocol }, q);
}

/** `undefined` after refusing the qualifier. */
function portProtocol(c: Compilation, q: Qualifiers): PortProtocol | null | undefined {
  if (q.proto === "default") return null;
  if (isPortProtocol(q.proto)) return q.proto;
  fail(c, `illegal qualifier of '${q.addr}'`);
  return undefined;
}

/** A service's port: `null` protocol when TCP and UDP share it. */
function service(c: Compilation, name: string): { port: number; protocol: PortProtocol | null } | null {
  const [tcp, udp] = [c.names.service(name, "tcp"), c.names.service(name, "udp")];
  if (tcp !== null) return { port: tcp, protocol: udp === tcp ? null : "tcp" };
  return udp === null ? null : { port: udp, protocol: "udp" };
}

/** `port http`. */
export function portName(c: Compilation, name: string, q: Qualifiers): Node | null {
  const wanted = portProtocol(c, q);
  if (wanted === undefined) return null;
  const found = service(c, name);
  if (found === null) return fail(c, `unknown port '${name}'`);
  if (wanted !== null && found.protocol !== null && found.protocol !== wanted) return fail(c, `port '${name}' is ${found.protocol}`);
  return ports(c, { from: found.port, to: found.port, protocol: wanted ?? found.protocol }, q);
}

/** `portrange 6000-6008`, with names for either end. */
export function portRangeName(c: Compilation, text: string, q: Qualifiers): Node | null {
  const wanted = portProtocol(c, q);
  if (wanted === undefined) return null;
  const range = rangeOf(c, text);
  if (range === null) return fail(c, `unknown port in range '${text}'`);
  if (wanted !== null && range.protocol !== null && range.protocol !== wanted) return fail(c, `port in range '${text}' is ${range.protocol}`);
  for (const port of [range.from, range.to]) if (port > MAX_PORT) return fail(c, `illegal port number ${port} > ${MAX_PORT}`);
  return ports(c, { ...range, protocol: wanted ?? range.protocol }, q);
}

function rangeOf(c: Compilation, text: string): Ports | null {
  const numbers = /^(\d+)-(\d+)/.exec(text);
  if (numbers !== null) return { from: Number(numbers[1]), to: Number(numbers[2]), protocol: null };
  const dash = text.indexOf("-");
  const end = (s: string): { port: number; protocol: PortProtocol | null } | null =>
    /^\d+$/.test(s) ? { port: Number(s), protocol: null } : service(c, s);
  const [from, to] = dash < 0 ? [end(text), end(text)] : [end(text.slice(0, dash)), end(text.slice(dash + 1))];
  if (from === null || to === null) return null;
  return { from: from.port, to: to.port, protocol: from.protocol === to.protocol ? from.protocol : null };
}

/** IPv6 first, then IPv4, as the compiled program asks. */
function ports(c: Compilation, p: Ports, q: Qualifiers): Node | null {
  if (refuseWifi(c, q.dir, p.from === p.to && q.addr === "port" ? "ports" : "port ranges")) return null;
  const [four, six] = [linkTypeIs(c.link, ETHERTYPE.ip), linkTypeIs(c.link, ETHERTYPE.ip6)];
  if (four === null || six === null) return fail(c, "unsupported protocol over mpls");
  const protocols: PortProtocol[] = p.protocol === null ? ["sctp", "tcp", "udp"] : [p.protocol];
  const in6 = protocols.map((name) => and(test(network(c.link, 6, 1), "=", NUMBERS[name]), direction(q.dir, p, (at) => network(c.link, 40 + at, 2))));
  const in4 = protocols.map((name) =>
    allOf(test(network(c.link, 9, 1), "=", NUMBERS[name]), notLaterFragment(c), direction(q.dir, p, (at) => transport(c.link, at, 2))));
  return or(and(six, anyOf(in6[0]!, ...in6.slice(1))), and(four, anyOf(in4[0]!, ...in4.slice(1))));
}

function direction(dir: Direction, p: Ports, port: (offset: number) => Value): Node {
  const side = (offset: number): Node => inRange(port(offset), Math.min(p.from, p.to), Math.max(p.from, p.to));
  return byDirection(dir, side(0), side(2));
}

const inRange = (value: Value, from: number, to: number): Node =>
  from === to ? test(value, "=", from) : and(test(value, ">=", from), not(test(value, ">", to)));
