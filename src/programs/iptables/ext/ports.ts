import type { XtMultiport, XtTcp, XtUdp } from "../../../net/uapi/xt.ts";
import { type Bad, type CheckCall, type OptCall, type PrintAt, bad, extension, isBad } from "./extension.ts";
import { type Range, parsePort, parsePortRange, servicePort, strtoui } from "./values.ts";

/** `-m tcp`, `-m udp`, `-m multiport`. */

const ALL_PORTS: Range = [0, 65535];
const FLAGS: readonly (readonly [string, number])[] = [["FIN", 1], ["SYN", 2], ["RST", 4], ["PSH", 8], ["ACK", 16], ["URG", 32], ["ALL", 63], ["NONE", 0]];

/** ` spt:80`, ` dpts:!1:2`; nothing for all ports. */
function printPorts(name: string, [min, max]: Range, invert: boolean, at: PrintAt, protocol: string): string {
  if (min === 0 && max === 65535 && !invert) return "";
  const port = (p: number): string => servicePort(at, p, protocol);
  return min === max ? ` ${name}:${invert ? "!" : ""}${port(min)}` : ` ${name}s:${invert ? "!" : ""}${port(min)}:${port(max)}`;
}

function savePorts(name: string, [min, max]: Range, invert: boolean): string {
  if (min === 0 && max === 65535) return "";
  return `${invert ? " !" : ""} --${name} ${min === max ? min : `${min}:${max}`}`;
}

function parseTcpPorts(call: OptCall): Range | Bad {
  const colon = call.arg.indexOf(":");
  const low = colon < 0 ? call.arg : call.arg.slice(0, colon);
  const high = colon < 0 ? call.arg : call.arg.slice(colon + 1);
  const min = colon >= 0 && low === "" ? 0 : parsePort(call.names, low, "tcp");
  if (typeof min !== "number") return min;
  const max = colon >= 0 && high === "" ? 65535 : parsePort(call.names, high, "tcp");
  if (typeof max !== "number") return max;
  return min > max ? bad("invalid portrange (min > max)") : [min, max];
}

function parseFlags(text: string): number | Bad {
  let flags = 0;
  for (const word of text.split(",").filter((w) => w !== "")) {
    const known = FLAGS.find(([name]) => name === word.toUpperCase());
    if (known === undefined) return bad(`Unknown TCP flag \`${word}'`);
    flags |= known[1];
  }
  return flags;
}

export const tcpFlagNames = (flags: number): string => FLAGS.slice(0, 6).filter(([, bit]) => (flags & bit) !== 0).map(([n]) => n).join(",") || "NONE";

const with_ = <T extends string>(list: readonly T[], name: T, add: boolean): readonly T[] => (add && !list.includes(name) ? [...list, name] : list);

export const EMPTY_TCP: XtTcp = { sports: ALL_PORTS, dports: ALL_PORTS, option: 0, flagsMask: 0, flagsCmp: 0, invert: [] };
export const EMPTY_UDP: XtUdp = { sports: ALL_PORTS, dports: ALL_PORTS, invert: [] };

const ONCE: Readonly<Record<string, string>> = {
  sport: "Only one `--source-port' allowed", dport: "Only one `--destination-port' allowed", flags: "Only one of `--syn' or `--tcp-flags'  allowed",
  option: "Only one `--tcp-option' allowed",
};

function parseTcp(info: XtTcp, call: OptCall): XtTcp | Bad {
  const key = call.key === "syn" ? "flags" : call.key;
  if (call.seen.includes(call.key) || (key === "flags" && (call.seen.includes("syn") || call.seen.includes("flags")))) return bad(ONCE[key] ?? "");
  if (key === "sport" || key === "dport") {
    const range = parseTcpPorts(call);
    if (isBad(range)) return range;
    return { ...info, [key === "sport" ? "sports" : "dports"]: range, invert: with_(info.invert, key, call.invert) };
  }
  return key === "flags" ? tcpFlags(info, call) : tcpOption(info, call);
}

function tcpFlags(info: XtTcp, call: OptCall): XtTcp | Bad {
  const second = call.key === "syn" ? "SYN" : call.next();
  if (second === undefined) return bad("--tcp-flags requires two args.");
  const flagsMask = parseFlags(call.key === "syn" ? "SYN,RST,ACK,FIN" : call.arg);
  if (typeof flagsMask !== "number") return flagsMask;
  const flagsCmp = parseFlags(second);
  if (typeof flagsCmp !== "number") return flagsCmp;
  return { ...info, flagsMask, flagsCmp, invert: with_(info.invert, "flags", call.invert) };
}

function tcpOption(info: XtTcp, call: OptCall): XtTcp | Bad {
  const option = strtoui(call.arg, 1, 255);
  return option === null ? bad(`Bad TCP option "${call.arg}"`) : { ...info, option, invert: with_(info.invert, "option", call.invert) };
}

const PORTS = [
  { name: "source-port", key: "sport", arg: true, invert: true }, { name: "sport", key: "sport", arg: true, invert: true },
  { name: "destination-port", key: "dport", arg: true, invert: true }, { name: "dport", key: "dport", arg: true, invert: true },
];

export const tcp = extension<XtTcp>({
  name: "tcp",
  options: [...PORTS, { name: "syn", invert: true }, { name: "tcp-flags", key: "flags", arg: true }, { name: "tcp-option", key: "option", arg: true }]
    .map((o) => ({ ...o, unchecked: true })),
  init: EMPTY_TCP,
  parse: parseTcp,
  save: (i) => savePorts("sport", i.sports, i.invert.includes("sport")) + savePorts("dport", i.dports, i.invert.includes("dport"))
    + (i.option !== 0 || i.invert.includes("option") ? `${i.invert.includes("option") ? " !" : ""} --tcp-option ${i.option}` : "")
    + (i.flagsMask !== 0 || i.invert.includes("flags") ? `${i.invert.includes("flags") ? " !" : ""} --tcp-flags ${tcpFlagNames(i.flagsMask)} ${tcpFlagNames(i.flagsCmp)}` : ""),
  print: (i, at) => ` tcp${printPorts("spt", i.sports, i.invert.includes("sport"), at, "tcp")}${printPorts("dpt", i.dports, i.invert.includes("dport"), at, "tcp")}`
    + (i.option !== 0 || i.invert.includes("option") ? ` option=${i.invert.includes("option") ? "!" : ""}${i.option}` : "") + printTcpFlags(i, at),
});

function printTcpFlags(i: XtTcp, at: PrintAt): string {
  const invert = i.invert.includes("flags");
  if (i.flagsMask === 0 && !invert) return "";
  const text = (f: number): string => (at.numeric ? `0x${f.toString(16).toUpperCase().padStart(2, "0")}` : tcpFlagNames(f));
  return ` flags:${invert ? "!" : ""}${text(i.flagsMask)}/${text(i.flagsCmp)}`;
}

export const udp = extension<XtUdp>({
  name: "udp",
  options: PORTS,
  init: EMPTY_UDP,
  parse(info, call) {
    const range = parsePortRange("udp", call);
    if (isBad(range)) return range;
    const key = call.key === "sport" ? "sport" : "dport";
    return { ...info, [`${key}s`]: range, invert: with_(info.invert, key, call.invert) };
  },
  save: (i) => savePorts("sport", i.sports, i.invert.includes("sport")) + savePorts("dport", i.dports, i.invert.includes("dport")),
  print: (i, at) => ` udp${printPorts("spt", i.sports, i.invert.includes("sport"), at, "udp")}${printPorts("dpt", i.dports, i.invert.includes("dport"), at, "udp")}`,
});

const PORT_PROTOCOLS: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp", 132: "sctp", 33: "dccp", 136: "udplite" };
/** Name of a protocol that has ports. */
export const portProtocol = (proto: number): string | undefined => PORT_PROTOCOLS[proto];

function checkMultiportProtocol(call: CheckCall): Bad | string {
  const only = "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP";
  if (call.protoInverted) return bad(only);
  if (call.proto === 0) return bad("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
  return portProtocol(call.proto) ?? bad(only);
}

const MAX_PORTS = 15;

function parseMultiport(info: XtMultiport, call: OptCall): XtMultiport | Bad {
  const protocol = checkMultiportProtocol(call);
  if (typeof protocol !== "string") return protocol;
  const ports: number[] = [];
  const rangeStart: number[] = [];
  for (const item of call.arg.split(",")) {
    const ends = item.split(":").slice(0, 2);
    if (ports.length + ends.length > MAX_PORTS) return bad("too many ports specified");
    for (const [i, end] of ends.entries()) {
      const port = parsePort(call.names, end, protocol);
      if (typeof port !== "number") return port;
      ports.push(port);
      rangeStart.push(i === 0 && ends.length === 2 ? 1 : 0);
    }
    if (ends.length === 2 && (ports.at(-2) ?? 0) >= (ports.at(-1) ?? 0)) return bad("invalid portrange specified");
  }
  const which = ({ sports: "source", dports: "destination" } as const)[call.key] ?? "either";
  return { which, ports, rangeStart, invert: call.invert };
}

/** `80,443,1000:2000`. */
function portList(i: XtMultiport, text: (port: number) => string): string {
  return i.ports.map((p, n) => `${n === 0 ? "" : i.rangeStart[n - 1] === 1 ? ":" : ","}${text(p)}`).join("");
}

const EITHER = ["sports", "dports", "ports"];
export const multiport = extension<XtMultiport>({
  name: "multiport",
  options: [["source-ports", "sports"], ["sports", "sports"], ["destination-ports", "dports"], ["dports", "dports"], ["ports", "ports"]]
    .map(([name = "", key = ""]) => ({ name, key, arg: true, invert: true, excludes: EITHER })),
  init: { which: "either", ports: [], rangeStart: [], invert: false },
  parse: parseMultiport,
  check: (_info, seen) => (seen.length === 0 ? bad("multiport expection an option") : undefined),
  save: (i) => `${i.invert ? " !" : ""} --${WHICH[i.which]} ${portList(i, String)}`,
  print: (i, at) => ` multiport ${WHICH[i.which]} ${i.invert ? " !" : ""}${portList(i, (p) => servicePort(at, p, portProtocol(at.proto) ?? "tcp"))}`,
});
const WHICH = { source: "sports", destination: "dports", either: "ports" } as const;
