import type { XtAddrType, XtAddrtype, XtIprange, XtMac, XtOwner, XtPhysdev } from "../../../net/uapi/xt.ts";
import { formatMac, parseMac } from "../../../wire/addr.ts";
import { type Bad, type OptCall, bad, extension, isBad } from "./extension.ts";
import { type Range, dotted, parseDotted, splitOnce, strtoui } from "./values.ts";

/** Matches on who and where: kinds and ranges of addresses, MACs, bridge ports, owners of sockets. */

const TYPES: readonly XtAddrType[] = [
  "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW", "NAT", "XRESOLVE",
];

function parseTypes(text: string): readonly XtAddrType[] | Bad {
  const found = new Set<XtAddrType>();
  for (let rest: string | undefined = text; rest !== undefined;) {
    const [word, after]: readonly [string, string?] = splitOnce(rest, ",");
    const type = word === "" ? undefined : TYPES.find((t) => t.startsWith(word.toUpperCase()));
    if (type === undefined) return bad(`addrtype: bad type "${rest}"`);
    found.add(type);
    rest = after;
  }
  return TYPES.filter((t) => found.has(t));
}

function parseAddrtype(info: XtAddrtype, call: OptCall): XtAddrtype | Bad {
  if (call.key === "limit-iface-in") return { ...info, limitIn: true };
  if (call.key === "limit-iface-out") return { ...info, limitOut: true };
  const types = parseTypes(call.arg);
  if (isBad(types)) return types;
  return call.key === "src-type" ? { ...info, src: types, invertSrc: call.invert } : { ...info, dst: types, invertDst: call.invert };
}

export const addrtype = extension<XtAddrtype>({
  name: "addrtype",
  options: [
    { name: "src-type", arg: true, invert: true }, { name: "dst-type", arg: true, invert: true }, { name: "limit-iface-in", excludes: ["limit-iface-out"] },
    { name: "limit-iface-out", excludes: ["limit-iface-in"] },
  ],
  init: { src: [], dst: [], invertSrc: false, invertDst: false, limitIn: false, limitOut: false },
  parse: parseAddrtype,
  check: (_info, seen) => (seen.includes("src-type") || seen.includes("dst-type") ? undefined : bad("addrtype: you must specify --src-type or --dst-type")),
  save: (i) => (i.src.length > 0 ? `${i.invertSrc ? " !" : ""} --src-type ${i.src.join(",")}` : "") + (i.dst.length > 0 ? `${i.invertDst ? " !" : ""} --dst-type ${i.dst.join(",")}` : "")
    + (i.limitIn ? " --limit-iface-in" : "") + (i.limitOut ? " --limit-iface-out" : ""),
  print: (i) => ` ADDRTYPE match${i.src.length > 0 ? ` src-type ${i.invertSrc ? "!" : ""}${i.src.join(",")}` : ""}`
    + (i.dst.length > 0 ? ` dst-type ${i.invertDst ? "!" : ""}${i.dst.join(",")}` : "") + (i.limitIn ? " limit-in" : "") + (i.limitOut ? " limit-out" : ""),
});

function parseIprange(info: XtIprange, call: OptCall): XtIprange | Bad {
  const side = call.key === "src-range" ? "src" : "dst";
  const [low = "", high = low] = splitOnce(call.arg, "-");
  const min = parseDotted(low);
  const max = parseDotted(high);
  if (min === null || max === null) return bad(`iprange: Bad value for "--${call.key}" option: "${call.arg}"`);
  if (min > max) call.warn(`xt_iprange: range ${low}-${high} is reversed and will never match\n`);
  const add = (list: readonly ("src" | "dst")[], yes: boolean): readonly ("src" | "dst")[] => (["src", "dst"] as const).filter((s) => list.includes(s) || (yes && s === side));
  return { ...info, match: add(info.match, true), invert: add(info.invert, call.invert), [side]: [min, max] };
}

const ipRange = ([min, max]: Range): string => `${dotted(min)}-${dotted(max)}`;
const SIDES = [["src", "source"], ["dst", "destination"]] as const;
export const iprange = extension<XtIprange>({
  name: "iprange",
  options: [{ name: "src-range", arg: true, invert: true }, { name: "dst-range", arg: true, invert: true }],
  init: { match: [], invert: [], src: [0, 0], dst: [0, 0] },
  parse: parseIprange,
  check: (_info, seen) => (seen.length === 0 ? bad("iprange match: You must specify `--src-range' or `--dst-range'") : undefined),
  save: (i) => SIDES.filter(([s]) => i.match.includes(s)).map(([s]) => `${i.invert.includes(s) ? " !" : ""} --${s}-range ${ipRange(i[s])}`).join(""),
  print: (i) => SIDES.filter(([s]) => i.match.includes(s)).map(([s, name]) => ` ${name} IP range${i.invert.includes(s) ? " !" : ""} ${ipRange(i[s])}`).join(""),
});

export const mac = extension<XtMac>({
  name: "mac",
  options: [{ name: "mac-source", arg: true, invert: true, mandatory: true }],
  init: { src: "00:00:00:00:00:00", invert: false },
  parse(_info, call) {
    const address = parseMac(call.arg.toLowerCase());
    return address === null ? bad("Invalid MAC address specified.") : { src: formatMac(address), invert: call.invert };
  },
  save: (i) => `${i.invert ? " !" : ""} --mac-source ${i.src}`,
  print: (i) => ` MAC ${i.invert ? "! " : ""}${i.src}`,
});

type PhysPart = XtPhysdev["match"][number];
const PHYS: readonly (readonly [option: string, part: PhysPart, name: boolean])[] = [
  ["physdev-is-in", "isIn", false], ["physdev-in", "in", true], ["physdev-is-out", "isOut", false], ["physdev-out", "out", true], ["physdev-is-bridged", "isBridged", false],
];

function parsePhysdev(info: XtPhysdev, call: OptCall): XtPhysdev | Bad {
  const part = PHYS.find(([option]) => option === call.key)?.[1];
  if (part === undefined) return info;
  const add = (list: readonly PhysPart[], yes: boolean): readonly PhysPart[] => PHYS.map(([, p]) => p).filter((p) => list.includes(p) || (yes && p === part));
  const named = part === "in" || part === "out" ? { [part]: call.arg.slice(0, 15) } : {};
  return { ...info, ...named, match: add(info.match, true), invert: add(info.invert, call.invert) };
}

function physdevText(i: XtPhysdev): string {
  return PHYS.filter(([, p]) => i.match.includes(p)).map(([option, p]) => `${i.invert.includes(p) ? " !" : ""} --${option}${p === "in" || p === "out" ? ` ${i[p]}` : ""}`).join("");
}
export const physdev = extension<XtPhysdev>({
  name: "physdev",
  options: PHYS.map(([name, , arg]) => ({ name, arg, invert: true })),
  init: { in: "", out: "", match: [], invert: [] },
  parse: parsePhysdev,
  check: (_info, seen) => (seen.length === 0 ? bad("PHYSDEV: no physdev option specified") : undefined),
  save: physdevText,
  print: (i) => ` PHYSDEV match${physdevText(i)}`,
});

type OwnerPart = XtOwner["match"][number];
const OWNER_PARTS: readonly OwnerPart[] = ["socket", "uid", "gid"];
const OWNER_OPTIONS: Readonly<Record<string, OwnerPart>> = { "uid-owner": "uid", "gid-owner": "gid", "socket-exists": "socket" };

function parseIds(call: OptCall, lookup: (name: string) => number | undefined): Range | Bad {
  const named = lookup(call.arg);
  if (named !== undefined) return [named, named];
  const [low = "", high = low] = splitOnce(call.arg.replace(":", "-"), "-");
  const min = strtoui(low, 0, 0xfffffffe);
  const max = strtoui(high, 0, 0xfffffffe);
  return min === null || max === null ? bad(`owner: Bad value for "--${call.key}" option: "${call.arg}"`) : [min, max];
}

function parseOwner(info: XtOwner, call: OptCall): XtOwner | Bad {
  const part = OWNER_OPTIONS[call.key] ?? "socket";
  const range = part === "uid" ? parseIds(call, (n) => call.names.uid(n)) : part === "gid" ? parseIds(call, (n) => call.names.gid(n)) : undefined;
  if (isBad(range)) return range;
  const add = (list: readonly OwnerPart[], yes: boolean): readonly OwnerPart[] => OWNER_PARTS.filter((p) => list.includes(p) || (yes && p === part));
  return { ...info, ...(range === undefined ? {} : { [part]: range }), match: add(info.match, true), invert: add(info.invert, call.invert) };
}

const idText = ([min, max]: Range, name?: string): string => (min === max ? name ?? String(min) : `${min}-${max}`);
export const owner = extension<XtOwner>({
  name: "owner",
  options: [{ name: "uid-owner", arg: true, invert: true }, { name: "gid-owner", arg: true, invert: true }, { name: "socket-exists", invert: true }],
  init: { match: [], invert: [], uid: [0, 0], gid: [0, 0] },
  parse: parseOwner,
  check: (_info, seen) => (seen.length === 0 ? bad("owner: At least one of --uid-owner, --gid-owner or --socket-exists is required") : undefined),
  save: (i) => OWNER_PARTS.filter((p) => i.match.includes(p))
    .map((p) => `${i.invert.includes(p) ? " !" : ""} ${p === "socket" ? "--socket-exists" : `--${p}-owner ${idText(i[p])}`}`).join(""),
  print: (i, at) => OWNER_PARTS.filter((p) => i.match.includes(p)).map((p) => {
    const name = at.numeric ? undefined : p === "uid" ? at.names.user(i.uid[0]) : at.names.group(i.gid[0]);
    return `${i.invert.includes(p) ? " !" : ""} owner ${p === "socket" ? "socket exists" : `${p.toUpperCase()} match ${idText(i[p], name)}`}`;
  }).join(""),
});
