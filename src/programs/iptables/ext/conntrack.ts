import type { XtConntrack, XtCtPart, XtCtState, XtCtStatus } from "../../../net/uapi/xt.ts";
import { protocolByName } from "../protocols.ts";
import { type Bad, type OptCall, bad, extension, isBad } from "./extension.ts";
import { type Range, dotted, parseDotted, parsePortRange, parseUintRange, prefixLength, splitOnce, strtoui, wholePrefix } from "./values.ts";

/** `-m conntrack` and `-m state`, which is the same with another spelling. */

/** In the order in which they are printed, whatever was typed. */
const STATES: readonly XtCtState[] = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"];
/** In the order in which a prefix is looked up: `--ctstate E` is ESTABLISHED. */
const LOOKUP: readonly XtCtState[] = ["INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", "SNAT", "DNAT"];
const STATUSES: readonly XtCtStatus[] = ["EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"];

const ANY: Range = [0, 0];
const EMPTY: XtConntrack = {
  match: [], invert: [], state: [], status: [], direction: "ORIGINAL", l4proto: 0, origSrc: ANY, origDst: ANY, replSrc: ANY, replDst: ANY,
  origSport: ANY, origDport: ANY, replSport: ANY, replDport: ANY, expires: ANY, alias: false,
};

/** Order of `match` and `invert`, so that equal matches compare equal. */
const PARTS: readonly XtCtPart[] = [
  "state", "l4proto", "origSrc", "origDst", "replSrc", "replDst", "origSport", "origDport", "replSport", "replDport", "status", "expires", "direction",
];
const ordered = (parts: readonly XtCtPart[]): readonly XtCtPart[] => PARTS.filter((p) => parts.includes(p));

function compare(info: XtConntrack, part: XtCtPart, value: Partial<XtConntrack>, invert: boolean): XtConntrack {
  return { ...info, ...value, match: ordered([...info.match, part]), invert: invert ? ordered([...info.invert, part]) : info.invert };
}

function parseList<T extends string>(text: string, lookup: readonly T[], wrong: string): readonly T[] | Bad {
  const found = new Set<T>();
  for (let rest: string | undefined = text; rest !== undefined;) {
    const [word, after]: readonly [string, string?] = splitOnce(rest, ",");
    const name = word === "" ? undefined : lookup.find((s) => s.startsWith(word.toUpperCase()));
    if (name === undefined) return bad(`${wrong} "${rest}"`);
    found.add(name);
    rest = after;
  }
  return [...found];
}

function parseStates(call: OptCall, wrong: string): readonly XtCtState[] | Bad {
  const states = parseList(call.arg, LOOKUP, wrong);
  return isBad(states) ? states : STATES.filter((s) => states.includes(s));
}

function parseStatus(info: XtConntrack, call: OptCall): XtConntrack | Bad {
  const list = parseList<XtCtStatus>(call.arg, ["NONE", ...STATUSES], "Bad ctstatus");
  if (isBad(list)) return list;
  return compare(info, "status", { status: STATUSES.filter((s) => list.includes(s)) }, call.invert);
}

function parseHostMask(call: OptCall): Range | Bad {
  const [host = "", maskText] = splitOnce(call.arg, "/");
  const addr = parseDotted(host) ?? (host === "localhost" ? 0x7f000001 : null);
  if (addr === null) return bad("getaddrinfo: Temporary failure in name resolution\n");
  const bits = maskText === undefined ? 32 : strtoui(maskText, 0, 32);
  const mask = bits === null ? wholePrefix(parseDotted(maskText ?? "")) : bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  if (mask === null) return bad(`conntrack: bad value for option "--${call.option}", neither a valid network mask nor valid CIDR (0-32).\n`);
  return [addr, mask];
}

const HOSTS: Readonly<Record<string, "origSrc" | "origDst" | "replSrc" | "replDst">> = { ctorigsrc: "origSrc", ctorigdst: "origDst", ctreplsrc: "replSrc", ctrepldst: "replDst" };
const CT_PORTS: Readonly<Record<string, "origSport" | "origDport" | "replSport" | "replDport">> = {
  ctorigsrcport: "origSport", ctorigdstport: "origDport", ctreplsrcport: "replSport", ctrepldstport: "replDport",
};

function parseConntrack(info: XtConntrack, call: OptCall): XtConntrack | Bad {
  const host = HOSTS[call.key];
  const port = CT_PORTS[call.key];
  if (host !== undefined || port !== undefined) {
    const range = host !== undefined ? parseHostMask(call) : parsePortRange("conntrack", call);
    const part = host ?? port ?? "origSrc";
    return isBad(range) ? range : compare(info, part, { [part]: range }, call.invert);
  }
  if (call.key === "ctstate") {
    const state = parseStates(call, "Bad ctstate");
    return isBad(state) ? state : compare(info, "state", { state }, call.invert);
  }
  return call.key === "ctstatus" ? parseStatus(info, call) : parseOther(info, call);
}

function parseOther(info: XtConntrack, call: OptCall): XtConntrack | Bad {
  if (call.key === "ctproto") {
    const l4proto = protocolByName(call.arg.toLowerCase());
    return l4proto === undefined ? bad(`unknown protocol "${call.arg}" specified`) : compare(info, "l4proto", { l4proto }, call.invert);
  }
  if (call.key === "ctexpire") {
    const expires = parseUintRange("conntrack", call, 0xffffffff);
    return isBad(expires) ? expires : compare(info, "expires", { expires }, call.invert);
  }
  const direction = call.arg.toUpperCase();
  if (direction !== "ORIGINAL" && direction !== "REPLY") return bad(`conntrack: Bad value for "--ctdir" option: "${call.arg}"`);
  return compare(info, "direction", { direction }, false);
}

const hostText = ([addr, mask]: Range): string => (addr === 0 && mask === 0 ? "anywhere" : `${dotted(addr)}${mask === 0xffffffff ? "" : `/${prefixLength(mask) ?? 32}`}`);
const rangeText = ([min, max]: Range): string => (min === max ? String(min) : `${min}:${max}`);
const TITLES: Readonly<Record<XtCtPart, string>> = {
  state: "ctstate", l4proto: "ctproto", origSrc: "ctorigsrc", origDst: "ctorigdst", replSrc: "ctreplsrc", replDst: "ctrepldst", status: "ctstatus", expires: "ctexpire",
  origSport: "ctorigsrcport", origDport: "ctorigdstport", replSport: "ctreplsrcport", replDport: "ctrepldstport", direction: "ctdir",
};

function valueText(i: XtConntrack, part: XtCtPart): string {
  switch (part) {
    case "state": return i.state.join(",");
    case "status": return i.status.length === 0 ? "NONE" : i.status.join(",");
    case "direction": return i.direction;
    case "l4proto": return String(i.l4proto);
    case "origSrc": case "origDst": case "replSrc": case "replDst": return hostText(i[part]);
    default: return rangeText(i[part]);
  }
}

/** Parts as options (`--`) or as a listing shows them. */
const render = (i: XtConntrack, prefix: string, order: readonly XtCtPart[] = PARTS): string =>
  order.filter((p) => i.match.includes(p)).map((p) => `${i.invert.includes(p) ? " !" : ""} ${prefix}${TITLES[p]} ${valueText(i, p)}`).join("");

const OPTIONS = Object.values(TITLES).map((name) => ({ name, arg: true, invert: name !== "ctdir" }));

export const conntrack = extension<XtConntrack>({
  name: "conntrack",
  options: OPTIONS,
  init: EMPTY,
  parse: parseConntrack,
  check: (_info, seen) => (seen.length === 0 ? bad("conntrack: At least one option is required") : undefined),
  alias: (i) => (i.alias ? "state" : "conntrack"),
  save: (i) => (i.alias ? `${i.invert.includes("state") ? " !" : ""} --state ${i.state.join(",")}` : render(i, "--")),
  print: (i) => (i.alias ? `${i.invert.includes("state") ? " !" : ""} state ${i.state.join(",")}` : render(i, "")),
});

export const state = extension<XtConntrack>({
  name: "state",
  realName: "conntrack",
  options: [{ name: "state", arg: true, invert: true, mandatory: true }],
  init: { ...EMPTY, alias: true },
  parse(info, call) {
    const list = parseStates(call, "Bad state");
    return isBad(list) ? list : compare(info, "state", { state: list }, call.invert);
  },
});
