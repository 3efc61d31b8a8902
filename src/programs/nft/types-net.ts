import type { ValueExpr } from "./ast.ts";
import { bytesMsbFirst } from "./bytes.ts";
import type { Datatype, Parsed, PrintFlags, TypeEnv } from "./datatype.ts";
import type { Loc } from "./loc.ts";
import { PROTOCOLS, protocolNumber } from "./protocols.ts";
import { BITMASK, constant, datatype, parseNumber, printPlain, problem, symbols, TYPE } from "./types-base.ts";
import { formatIp6, parseIp6 } from "./types-ip6-text.ts";
import { formatIp4, ip4, parseIp4 } from "../../wire/addr.ts";
import { serviceName, servicePort } from "../tcpdump/services.ts";

/** Types of header fields: addresses, protocols, services. */

const HOST_UNKNOWN = "Could not resolve hostname: Name or service not known";
const HOST_UNANSWERED = "Could not resolve hostname: Temporary failure in name resolution";
const HOST_TWICE = "Hostname resolves to multiple addresses";
const HOST_WRONG_FAMILY = "Could not resolve hostname: Address family for hostname not supported";

/** `5:6` is a short address: as many bytes as written, the evaluator widens it. */
function parseLladdr(dtype: Datatype, text: string, loc: Loc): Parsed {
  const parts = text.split(":");
  if (!parts.every((part) => /^(0x)?[0-9a-f]{1,2}$/i.test(part))) return problem("Invalid LL address");
  const value = parts.reduce((sum, part) => (sum << 8n) | BigInt(parseInt(part, 16)), 0n);
  return constant(dtype, value, loc, parts.length * 8);
}

const printLladdr = (v: ValueExpr): string => [...bytesMsbFirst(v.value, Math.ceil(v.len / 8))].map((b) => b.toString(16).padStart(2, "0")).join(":");

export const LLADDR: Datatype = datatype({
  id: TYPE.lladdr, name: "ll_addr", desc: "link layer address", parse: (text, loc) => parseLladdr(LLADDR, text, loc), print: printLladdr,
});

export const ETHER_ADDR: Datatype = datatype({
  id: TYPE.etheraddr, name: "ether_addr", desc: "Ethernet address", byteorder: "big", size: 48, basetype: LLADDR,
  parse: (text, loc) => parseLladdr(ETHER_ADDR, text, loc), print: printLladdr,
});

/** A number alone is an address (inet_aton). */
function ip4Of(text: string): number | null {
  const number = parseNumber(text);
  return number !== null && number <= 0xffffffffn ? Number(number) : parseIp4(text);
}

/** A host name, as getaddrinfo(3) has it; digits and dots alone are asked of nobody. */
function hostNamed(dtype: Datatype, text: string, loc: Loc, env: TypeEnv, addresses: readonly bigint[]): Parsed {
  const [address] = addresses;
  if (address !== undefined) return addresses.length === 1 ? constant(dtype, address, loc) : problem(HOST_TWICE);
  return problem(/^[\d.]+$/.test(text) || env.isNoHost?.(text) === true ? HOST_UNKNOWN : HOST_UNANSWERED);
}

/** `::1` of a name is 127.0.0.1 to those who ask for IPv4. */
const LOOPBACK6 = "::1";
const LOOPBACK4 = "127.0.0.1";
const present = <T>(value: T | null): T[] => (value === null ? [] : [value]);
const ip4Hosts = (name: string, env: TypeEnv): readonly bigint[] =>
  (env.hostsOf?.(name) ?? []).flatMap((a) => present(parseIp4(a === LOOPBACK6 ? LOOPBACK4 : a))).map((a) => BigInt(a >>> 0));
const ip6Hosts = (name: string, env: TypeEnv): readonly bigint[] => (env.hostsOf?.(name) ?? []).flatMap((a) => present(parseIp6(a)));

export const IPV4_ADDR: Datatype = datatype({
  id: TYPE.ipaddr, name: "ipv4_addr", desc: "IPv4 address", byteorder: "big", size: 32, prefix: true,
  parse(text, loc, env) {
    const address = ip4Of(text);
    if (address !== null) return constant(IPV4_ADDR, address >>> 0, loc);
    return parseIp6(text) === null ? hostNamed(IPV4_ADDR, text, loc, env, ip4Hosts(text, env)) : problem(HOST_WRONG_FAMILY);
  },
  print: (v) => formatIp4(ip4(Number(v.value & 0xffffffffn))),
});

export const IPV6_ADDR: Datatype = datatype({
  id: TYPE.ip6addr, name: "ipv6_addr", desc: "IPv6 address", byteorder: "big", size: 128, prefix: true,
  parse(text, loc, env) {
    const address = parseIp6(text);
    if (address !== null) return constant(IPV6_ADDR, address, loc);
    return ip4Of(text) === null ? hostNamed(IPV6_ADDR, text, loc, env, ip6Hosts(text, env)) : problem(HOST_WRONG_FAMILY);
  },
  print: (v) => formatIp6(v.value),
});

export const INET_PROTO: Datatype = datatype({
  id: TYPE.inetProtocol, name: "inet_proto", desc: "Internet protocol", byteorder: "big", size: 8,
  parse(text, loc) {
    const number = parseNumber(text);
    if (number !== null) return number > 255n ? problem("Protocol out of range") : constant(INET_PROTO, number, loc);
    const named = protocolNumber(text);
    return named === null ? problem("Could not resolve protocol name") : constant(INET_PROTO, named, loc);
  },
  print: (v, flags) => (flags.numericProto ? null : PROTOCOLS.find(([, n]) => n === Number(v.value))?.[0]) ?? printPlain(v),
});

const servicePortOf = (name: string): number | null => servicePort(name, "tcp") ?? servicePort(name, "udp") ?? servicePort(name, "sctp");
const serviceNameOf = (port: number): string | null => serviceName(port, "tcp") ?? serviceName(port, "udp") ?? serviceName(port, "sctp");

function printService(v: ValueExpr, flags: PrintFlags): string {
  const name = flags.service ? serviceNameOf(Number(v.value)) : null;
  return name === null ? printPlain(v) : `"${name}"`;
}

export const INET_SERVICE: Datatype = datatype({
  id: TYPE.inetService, name: "inet_service", desc: "internet network service", byteorder: "big", size: 16,
  parse(text, loc) {
    const number = parseNumber(text);
    if (number !== null) return number > 65535n ? problem("Service out of range") : constant(INET_SERVICE, number, loc);
    const named = servicePortOf(text);
    return named === null ? problem("Could not resolve service: Servname not supported for ai_socktype") : constant(INET_SERVICE, named, loc);
  },
  print: printService,
});

export const ETHER_TYPE = datatype({
  id: TYPE.ethertype, name: "ether_type", desc: "Ethernet protocol", byteorder: "big", size: 16, hexDigits: 4,
  symbols: symbols("hex", { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, "8021q": 0x8100, "8021ad": 0x88a8, vlan: 0x8100 }),
});

export const ARP_OP = datatype({
  id: TYPE.arpop, name: "arp_op", desc: "ARP operation", byteorder: "big", size: 16,
  symbols: symbols("hex", { request: 1, reply: 2, rrequest: 3, rreply: 4, inrequest: 8, inreply: 9, nak: 10 }),
});

export const TCP_FLAG = datatype({
  id: TYPE.tcpFlag, name: "tcp_flag", desc: "TCP flag", byteorder: "big", size: 8, basetype: BITMASK,
  symbols: symbols("hex", { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 }),
});

export const DSCP = datatype({
  id: TYPE.dscp, name: "dscp", desc: "Differentiated Services Code Point", byteorder: "big", size: 6, hexDigits: 2,
  symbols: symbols("hex", {
    cs0: 0x00, cs1: 0x08, cs2: 0x10, cs3: 0x18, cs4: 0x20, cs5: 0x28, cs6: 0x30, cs7: 0x38, df: 0x00, be: 0x00, lephb: 0x01, af11: 0x0a,
    af12: 0x0c, af13: 0x0e, af21: 0x12, af22: 0x14, af23: 0x16, af31: 0x1a, af32: 0x1c, af33: 0x1e, af41: 0x22, af42: 0x24, af43: 0x26, va: 0x2c, ef: 0x2e,
  }),
});

export const ECN = datatype({
  id: TYPE.ecn, name: "ecn", desc: "Explicit Congestion Notification", byteorder: "big", size: 2, hexDigits: 1,
  symbols: symbols("hex", { "not-ect": 0, ect1: 1, ect0: 2, ce: 3 }),
});

export const DCCP_PKTTYPE = datatype({
  id: TYPE.dccpPkttype, name: "dccp_pkttype", desc: "DCCP packet type", byteorder: "big", size: 4,
  symbols: symbols("hex", { request: 0, response: 1, data: 2, ack: 3, dataack: 4, closereq: 5, close: 6, reset: 7, sync: 8, syncack: 9 }),
});

export const MH_TYPE = datatype({
  id: TYPE.mhType, name: "mh_type", desc: "Mobility Header Type", byteorder: "big", size: 8,
  symbols: symbols("dec", {
    "binding-refresh-request": 0, "home-test-init": 1, "careof-test-init": 2, "home-test": 3, "careof-test": 4, "binding-update": 5,
    "binding-acknowledgement": 6, "binding-error": 7, "fast-binding-update": 8, "fast-binding-acknowledgement": 9,
    "fast-binding-advertisement": 10, "experimental-mobility-header": 11, "home-agent-switch-message": 12,
  }),
});
