import {
  NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_OFFSET, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY, NF_NAT_RANGE_PROTO_SPECIFIED,
} from "../../../net/uapi/nft-expr.ts";
import type { XtNat } from "../../../net/uapi/xt.ts";
import { type Bad, type OptCall, bad, extension, isBad } from "./extension.ts";
import { dotted, leadingNumber, parseDotted, prefixLength, splitOnce, strtoui, wholePrefix } from "./values.ts";

/** Targets of the nat table: one range of addresses and ports, and how to choose in it. */

const EMPTY: XtNat = { flags: 0, addrs: [0, 0], ports: [0, 0], basePort: 0 };
/** Protocols that have ports, or ids that pass for them. */
const WITH_PORTS = [6, 17, 132, 33, 1];

function servicePort(call: OptCall, text: string): number | Bad {
  return call.names.servicePort(text, null) ?? bad(`Port \`${text}' not valid`);
}

/** `80`, `http`, `80-90`, `80-90/75`. */
function parsePorts(info: XtNat, call: OptCall, text: string): XtNat | Bad {
  if (!WITH_PORTS.includes(call.proto)) return bad("Need TCP, UDP, SCTP or DCCP with port specification");
  const flags = info.flags | NF_NAT_RANGE_PROTO_SPECIFIED;
  const first = leadingNumber(text, 0, 65535) ?? servicePort(call, text);
  if (typeof first !== "number" && isBad(first)) return first;
  const min = typeof first === "number" ? first : first.n;
  const rest = typeof first === "number" ? "" : first.rest;
  if (rest === "") return { ...info, flags, ports: [min, min] };
  if (rest.startsWith(":")) return bad("Invalid port:port syntax - use dash");
  if (!rest.startsWith("-")) return bad(`Garbage after port value: \`${rest}'`);
  return parseUpperPort({ ...info, flags, ports: [min, min] }, call, rest.slice(1));
}

function parseUpperPort(info: XtNat, call: OptCall, text: string): XtNat | Bad {
  const second = leadingNumber(text, 0, 65535);
  if (second === null) return bad(`Port \`${text}' not valid`);
  if (second.n < info.ports[0]) return bad(`Port range \`${text}' funky`);
  const ports: XtNat["ports"] = [info.ports[0], second.n];
  if (second.rest === "") return { ...info, ports };
  if (!second.rest.startsWith("/")) return bad(`Garbage after port range: \`${second.rest}'`);
  const base = second.rest.slice(1);
  const basePort = strtoui(base, 1, 65535) ?? servicePort(call, base);
  return typeof basePort === "number" ? { ...info, flags: info.flags | NF_NAT_RANGE_PROTO_OFFSET, ports, basePort } : basePort;
}

/** `[addr[-addr]][:ports]`; with two colons it is an IPv6 address, and wrong here. */
function parseTo(info: XtNat, call: OptCall): XtNat | Bad {
  if (call.arg.includes("[")) return bad("Invalid address format");
  const [host = "", ports] = call.arg.split(":").length > 2 ? [call.arg] : splitOnce(call.arg, ":");
  const withPorts = ports === undefined ? info : parsePorts(info, call, ports);
  if (isBad(withPorts) || (ports !== undefined && host === "")) return withPorts;
  const [low = "", high] = splitOnce(host, "-");
  const min = parseDotted(low);
  if (min === null) return bad(`Bad IP address "${low}"`);
  const max = high === undefined ? min : parseDotted(high);
  if (max === null) return bad(`Bad IP address "${high ?? ""}"`);
  return { ...withPorts, flags: withPorts.flags | NF_NAT_RANGE_MAP_IPS, addrs: [min, max] };
}

const FLAGS: readonly (readonly [name: string, bit: number])[] = [
  ["random", NF_NAT_RANGE_PROTO_RANDOM], ["random-fully", NF_NAT_RANGE_PROTO_RANDOM_FULLY], ["persistent", NF_NAT_RANGE_PERSISTENT],
];

function parse(info: XtNat, call: OptCall): XtNat | Bad {
  const flag = FLAGS.find(([name]) => name === call.key);
  if (flag !== undefined) return { ...info, flags: info.flags | flag[1] };
  return call.key === "to-ports" ? parsePorts(info, call, call.arg) : parseTo(info, call);
}

const span = ([min, max]: readonly [number, number], text: (n: number) => string): string => (min === max ? text(min) : `${text(min)}-${text(max)}`);

/** `1.2.3.4-1.2.3.9:80-90`. */
export function natRange(i: XtNat): string {
  const addrs = (i.flags & NF_NAT_RANGE_MAP_IPS) !== 0 ? span(i.addrs, dotted) : "";
  const ports = (i.flags & NF_NAT_RANGE_PROTO_SPECIFIED) !== 0 ? `:${span(i.ports, String)}` : "";
  return `${addrs}${ports}${ports !== "" && (i.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0 ? `/${i.basePort}` : ""}`;
}

const flagsText = (i: XtNat, prefix: string): string => FLAGS.filter(([, bit]) => (i.flags & bit) !== 0).map(([name]) => ` ${prefix}${name}`).join("");

interface Shape { readonly name: string; readonly to: string; readonly mandatory: boolean; readonly flags: readonly string[]; readonly shown: string }

const natTarget = ({ name, to, mandatory, flags, shown }: Shape) => {
  const range = (i: XtNat): string => (to === "to-ports" ? natRange(i).replace(/^:/, "") : natRange(i));
  return extension<XtNat>({
    name,
    options: [{ name: to, arg: true, mandatory }, ...flags.map((f) => ({ name: f }))],
    init: EMPTY,
    parse,
    save: (i) => `${range(i) === "" ? "" : ` --${to} ${range(i)}`}${flagsText(i, "--")}`,
    print: (i) => `${range(i) === "" ? "" : ` ${shown}${range(i)}`}${flagsText(i, "")}`,
  });
};

export const snat = natTarget({ name: "SNAT", to: "to-source", mandatory: true, flags: ["random", "random-fully", "persistent"], shown: "to:" });
export const dnat = natTarget({ name: "DNAT", to: "to-destination", mandatory: true, flags: ["random", "persistent"], shown: "to:" });
export const masquerade = natTarget({ name: "MASQUERADE", to: "to-ports", mandatory: false, flags: ["random", "random-fully"], shown: "masq ports: " });
export const redirect = natTarget({ name: "REDIRECT", to: "to-ports", mandatory: false, flags: ["random"], shown: "redir ports " });

function parseNetmap(info: XtNat, call: OptCall): XtNat | Bad {
  const [host = "", maskText] = splitOnce(call.arg, "/");
  const addr = parseDotted(host);
  if (addr === null) return bad("getaddrinfo: Temporary failure in name resolution\n");
  const bits = maskText === undefined ? 32 : strtoui(maskText, 0, 32);
  const mask = bits === null ? wholePrefix(parseDotted(maskText ?? "")) : bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  if (mask === null) return bad(`NETMAP: bad value for option "--to", neither a valid network mask nor valid CIDR (0-32).\n`);
  return { ...info, flags: NF_NAT_RANGE_MAP_IPS, addrs: [(addr & mask) >>> 0, (addr | ~mask) >>> 0] };
}

function netmapText({ addrs: [min, max] }: XtNat): string {
  const mask = ~(min ^ max) >>> 0;
  return `${dotted(min)}/${prefixLength(mask) ?? dotted(mask)}`;
}

export const netmap = extension<XtNat>({
  name: "NETMAP",
  options: [{ name: "to", arg: true, mandatory: true }],
  init: EMPTY,
  parse: parseNetmap,
  save: (i) => ` --to ${netmapText(i)}`,
  print: (i) => ` to:${netmapText(i)}`,
});
