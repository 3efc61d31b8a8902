import type { XtConnmarkTarget, XtCt, XtLog, XtMark, XtReject, XtTcpmss } from "../../../net/uapi/xt.ts";
import { TCPMSS_CLAMP_PMTU } from "../../../net/uapi/xt.ts";
import { type Bad, type Extension, type OptCall, bad, extension, isBad } from "./extension.ts";
import { hex, parseMarkMask, parseUint, saveString, strtoui } from "./values.ts";

/** Targets that do not translate addresses. */

const REJECTS: readonly (readonly [name: XtReject["with"], alias: string])[] = [
  ["icmp-net-unreachable", "net-unreach"], ["icmp-host-unreachable", "host-unreach"], ["icmp-proto-unreachable", "proto-unreach"],
  ["icmp-port-unreachable", "port-unreach"], ["icmp-net-prohibited", "net-prohib"], ["icmp-host-prohibited", "host-prohib"], ["tcp-reset", "tcp-rst"],
  ["icmp-admin-prohibited", "admin-prohib"],
];
export const reject = extension<XtReject>({
  name: "REJECT",
  options: [{ name: "reject-with", arg: true }],
  init: { with: "icmp-port-unreachable" },
  parse(_info, call) {
    const word = call.arg.toLowerCase();
    const kind = REJECTS.find(([name, alias]) => name.startsWith(word) || alias.startsWith(word));
    return kind === undefined ? bad(`unknown reject type "${call.arg}"`) : { with: kind[0] };
  },
  save: (i) => ` --reject-with ${i.with}`,
  print: (i) => ` reject-with ${i.with}`,
});

/** syslog(3); where a level has two names the first is printed. */
const LEVELS: readonly (readonly [string, number])[] = [
  ["alert", 1], ["crit", 2], ["debug", 7], ["emerg", 0], ["err", 3], ["error", 3], ["info", 6], ["notice", 5], ["panic", 0], ["warn", 4], ["warning", 4],
];
export const logLevelName = (level: number): string | undefined => LEVELS.find(([, n]) => n === level)?.[0];
const DEFAULT_LEVEL = 4;
const MAX_PREFIX = 29;
export const LOG_FLAGS: readonly (readonly [option: string, bit: number, shown: string])[] = [
  ["log-tcp-sequence", 1, "tcp-sequence"], ["log-tcp-options", 2, "tcp-options"], ["log-ip-options", 4, "ip-options"], ["log-uid", 8, "uid"],
  ["log-macdecode", 32, "macdecode"],
];

function parseLog(info: XtLog, call: OptCall): XtLog | Bad {
  if (call.key === "log-prefix") return call.arg === "" ? bad("Argument must have a minimum length of 1 characters\n") : logPrefix(info, call.arg);
  if (call.key !== "log-level") return { ...info, flags: info.flags | (LOG_FLAGS.find(([option]) => option === call.key)?.[1] ?? 0) };
  const level = strtoui(call.arg, 0, 7) ?? LEVELS.find(([name]) => name === call.arg && name !== "err" && name !== "warn")?.[1];
  return level === undefined ? bad(`log level "${call.arg}" unknown\n`) : { ...info, level };
}

const logPrefix = (info: XtLog, text: string): XtLog | Bad =>
  text.includes("\n") ? bad("Newlines not allowed in --log-prefix") : { ...info, prefix: text.slice(0, MAX_PREFIX) };

function printLog(i: XtLog, numeric: boolean): string {
  const level = logLevelName(i.level);
  const head = numeric ? ` flags ${i.flags} level ${i.level}`
    : `${level === undefined ? ` UNKNOWN level ${i.level}` : ` level ${level}`}${LOG_FLAGS.filter(([, bit]) => (i.flags & bit) !== 0).map(([, , shown]) => ` ${shown}`).join("")}`;
  return ` LOG${head}${i.prefix === "" ? "" : ` prefix "${i.prefix}"`}`;
}

export const log = extension<XtLog>({
  name: "LOG",
  options: [{ name: "log-level", arg: true }, { name: "log-prefix", arg: true }, ...LOG_FLAGS.map(([name]) => ({ name }))],
  init: { level: DEFAULT_LEVEL, flags: 0, prefix: "" },
  parse: parseLog,
  save: (i) => (i.prefix === "" ? "" : ` --log-prefix${saveString(i.prefix)}`) + (i.level === DEFAULT_LEVEL ? "" : ` --log-level ${i.level}`)
    + LOG_FLAGS.filter(([, bit]) => (i.flags & bit) !== 0).map(([option]) => ` --${option}`).join(""),
  print: (i, at) => printLog(i, at.numeric),
});

const MARK_OPS = ["set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark"];

/** Value and mask that `--set-mark` and its like mean: new = (old & ~mask) ^ mark. */
function markOperation(ext: string, call: OptCall): XtMark | Bad {
  if (call.key === "set-xmark" || call.key === "set-mark") {
    const value = parseMarkMask(ext, call);
    if (isBad(value)) return value;
    const [mark, mask] = value;
    return { mark, mask: call.key === "set-mark" ? (mark | mask) >>> 0 : mask };
  }
  const n = parseUint(ext, call, 0, 0xffffffff);
  if (typeof n !== "number") return n;
  return call.key === "and-mark" ? { mark: 0, mask: ~n >>> 0 } : call.key === "or-mark" ? { mark: n, mask: n } : { mark: n, mask: 0 };
}

function markText({ mark, mask }: XtMark): string {
  if (mark === 0) return `and ${hex(~mask)}`;
  if (mark === mask) return `or ${hex(mark)}`;
  if (mask === 0) return `xor ${hex(mark)}`;
  return mask === 0xffffffff ? `set ${hex(mark)}` : `xset ${hex(mark)}/${hex(mask)}`;
}

export const markTarget = extension<XtMark>({
  name: "MARK",
  options: MARK_OPS.map((name) => ({ name, arg: true, excludes: MARK_OPS })),
  init: { mark: 0, mask: 0 },
  parse: (_info, call) => markOperation("MARK", call),
  check: (_info, seen) => (seen.length === 0 ? bad("MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required") : undefined),
  save: (i) => ` --set-xmark ${hex(i.mark)}/${hex(i.mask)}`,
  print: (i) => ` MARK ${markText(i)}`,
});

const CONNMARK_OPS = [...MARK_OPS, "save-mark", "restore-mark"];

function parseConnmark(info: XtConnmarkTarget, call: OptCall): XtConnmarkTarget | Bad {
  if (call.key === "save-mark" || call.key === "restore-mark") return { ...info, mode: call.key === "save-mark" ? "save" : "restore" };
  if (MARK_OPS.includes(call.key)) {
    const op = markOperation("CONNMARK", call);
    return isBad(op) ? op : { ...info, mode: "set", ctmark: op.mark, ctmask: op.mask };
  }
  const n = parseUint("CONNMARK", call, 0, 0xffffffff);
  if (typeof n !== "number") return n;
  return { ...info, ...(call.key === "ctmask" ? {} : { nfmask: n }), ...(call.key === "nfmask" ? {} : { ctmask: n }) };
}

function printConnmark(i: XtConnmarkTarget): string {
  if (i.mode === "set") return ` CONNMARK ${markText({ mark: i.ctmark, mask: i.ctmask })}`;
  if (i.nfmask === 0xffffffff && i.ctmask === 0xffffffff) return ` CONNMARK ${i.mode}`;
  if (i.nfmask === i.ctmask) return ` CONNMARK ${i.mode} mask ${hex(i.nfmask)}`;
  return i.mode === "save" ? ` CONNMARK save nfmask ${hex(i.nfmask)} ctmask ~${hex(i.ctmask)}` : ` CONNMARK restore ctmask ${hex(i.ctmask)} nfmask ~${hex(i.nfmask)}`;
}

export const connmarkTarget = extension<XtConnmarkTarget>({
  name: "CONNMARK",
  options: [
    ...CONNMARK_OPS.map((name) => ({ name, arg: MARK_OPS.includes(name), excludes: CONNMARK_OPS })), { name: "ctmask", arg: true, excludes: ["mask"] },
    { name: "nfmask", arg: true, excludes: ["mask"] }, { name: "mask", arg: true, excludes: ["ctmask", "nfmask"] },
  ],
  init: { mode: "set", ctmark: 0, ctmask: 0xffffffff, nfmask: 0xffffffff },
  parse: parseConnmark,
  check: (_info, seen) => (seen.some((k) => CONNMARK_OPS.includes(k)) ? undefined : bad("CONNMARK target: No operation specified")),
  save: (i) => (i.mode === "set" ? ` --set-xmark ${hex(i.ctmark)}/${hex(i.ctmask)}` : ` --${i.mode}-mark --nfmask ${hex(i.nfmask)} --ctmask ${hex(i.ctmask)}`),
  print: printConnmark,
});

const CT_REFUSED = ["helper", "timeout", "ctevents", "expevents", "zone-orig", "zone-reply"];

function parseCt(info: XtCt, call: OptCall): XtCt | Bad {
  if (call.key === "notrack") return { ...info, notrack: true };
  if (CT_REFUSED.includes(call.key) || call.arg.toLowerCase() === "mark") return bad(`CT --${call.key}: not simulated here`);
  const zone = strtoui(call.arg, 0, 65535);
  return zone === null ? bad(`Cannot parse ${call.arg} as a zone ID`) : { ...info, zone };
}

export const ct = extension<XtCt>({
  name: "CT",
  options: [{ name: "notrack" }, { name: "zone", arg: true }, ...CT_REFUSED.map((name) => ({ name, arg: true }))],
  init: { notrack: false, alias: false, zone: 0 },
  parse: parseCt,
  alias: (i) => (i.alias ? "NOTRACK" : "CT"),
  save: (i) => (i.alias ? "" : `${i.notrack ? " --notrack" : ""}${i.zone === 0 ? "" : ` --zone ${i.zone}`}`),
  print: (i) => (i.alias ? " NOTRACK" : ` CT${i.notrack ? " notrack" : ""}${i.zone === 0 ? "" : ` zone ${i.zone}`}`),
});

export const notrack = extension<XtCt>({ name: "NOTRACK", realName: "CT", options: [], init: { notrack: true, alias: true, zone: 0 } });

export const tcpmss = extension<XtTcpmss>({
  name: "TCPMSS",
  options: [{ name: "set-mss", arg: true }, { name: "clamp-mss-to-pmtu" }],
  init: { mss: 0 },
  parse(_info, call) {
    if (call.key === "clamp-mss-to-pmtu") return { mss: TCPMSS_CLAMP_PMTU };
    const mss = parseUint("TCPMSS", call, 0, 65515);
    return typeof mss === "number" ? { mss } : mss;
  },
  check: (_info, seen) => (seen.length === 0 ? bad("TCPMSS target: At least one parameter is required") : undefined),
  save: (i) => (i.mss === TCPMSS_CLAMP_PMTU ? " --clamp-mss-to-pmtu" : ` --set-mss ${i.mss}`),
  print: (i) => ` TCPMSS ${i.mss === TCPMSS_CLAMP_PMTU ? "clamp to PMTU" : `set ${i.mss}`}`,
});

/** `-j NFLOG`: written natively. `size` −1: the whole packet. */
export type NflogInfo = { readonly group: number; readonly prefix: string; readonly size: number; readonly threshold: number };

function parseNflog(info: NflogInfo, call: OptCall): NflogInfo | Bad {
  if (call.key === "nflog-prefix") return call.arg === "" ? bad("Argument must have a minimum length of 1 characters\n") : { ...info, prefix: call.arg.slice(0, 127) };
  const n = parseUint("NFLOG", call, 0, call.key === "nflog-size" ? 0xffffffff : 65535);
  if (typeof n !== "number") return n;
  return { ...info, [call.key.slice("nflog-".length)]: n };
}

const nflogText = (i: NflogInfo, prefix: string): string => (i.prefix === "" ? "" : ` ${prefix}nflog-prefix${saveString(i.prefix)}`)
  + (i.group === 0 ? "" : ` ${prefix}nflog-group ${i.group}`) + (i.size < 0 ? "" : ` ${prefix}nflog-size ${i.size}`) + (i.threshold === 0 ? "" : ` ${prefix}nflog-threshold ${i.threshold}`);
export const nflog = extension<NflogInfo>({
  name: "NFLOG",
  options: ["nflog-group", "nflog-prefix", "nflog-size", "nflog-threshold"].map((name) => ({ name, arg: true })),
  init: { group: 0, prefix: "", size: -1, threshold: 0 },
  parse: parseNflog,
  save: (i) => nflogText(i, "--"),
  print: (i) => nflogText(i, ""),
});

/** Verdicts, and `-j TRACE`: nothing to say beside the name. */
export const PLAIN_TARGETS: readonly Extension[] = ["ACCEPT", "DROP", "RETURN", "TRACE"].map((name) => extension({ name, options: [], init: {} }));
