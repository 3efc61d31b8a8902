import type { NftCompatInfo, NftExpr } from "../../net/uapi/nft-expr.ts";
import {
  NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_OFFSET, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY,
} from "../../net/uapi/nft-expr.ts";
import type { XtConnmark, XtConnmarkTarget, XtCt, XtIcmp, XtIprange, XtLength, XtLog, XtMac, XtMark, XtMatches, XtNat, XtPkttype, XtReject, XtStatistic, XtTargets, XtTcp, XtTcpmss, XtTtl, XtUdp } from "../../net/uapi/xt.ts";
import { icmpName } from "./ext/icmp.ts";
import { natRange } from "./ext/nat.ts";
import { logLevelName } from "./ext/targets.ts";
import { dotted, hex } from "./ext/values.ts";
import { type Range } from "./ext/values.ts";
import { xlateAddrtype, xlateConntrack, xlateMultiport } from "./xlate-long.ts";

/**
 * How nft 1.0.6 prints the compat instructions that iptables made: it asks libxtables to translate them, and what has no
 * translation is `xt match NAME` or `xt target NAME` (no quotes; in JSON always `{"xt": {"type": "match", "name": NAME}}`).
 * The text is one statement among others, set off by single spaces: a comment is an empty one, hence the doubled space.
 *
 * nft also writes `# Warning: table FAMILY NAME is managed by iptables-nft, do not touch!` to stderr before a table whose rules, as far
 * as this command read them, hold at least one compat instruction: `list ruleset`, `list table`, `list chain` of that chain. Names of
 * tables and chains do not matter; a table with native rules only gets no warning, nor do `list tables`, `list chains`, `-j`, monitor.
 */

type Xlate<I> = (info: I, proto: number) => string | null;

const not = (invert: boolean): string => (invert ? "!= " : "");
const range = ([min, max]: Range): string => (min === max ? String(min) : `${min}-${max}`);

/** `sport 1-3 dport != 5`, each as `tcp …`. */
function ports(protocol: string, i: XtUdp | XtTcp): string[] {
  const one = (name: "sport" | "dport", r: Range): string[] => {
    const invert = i.invert.some((x) => x === name);
    return r[0] === 0 && r[1] === 65535 && !invert ? [] : [`${protocol} ${name} ${not(invert)}${range(r)}`];
  };
  return [...one("sport", i.sports), ...one("dport", i.dports)];
}

const FLAG_NAMES = ["fin", "syn", "rst", "psh", "ack", "urg"];
const flagNames = (bits: number): string => FLAG_NAMES.filter((_, n) => (bits & (1 << n)) !== 0).join(",") || "0x0";

function tcp(i: XtTcp): string {
  const option = i.option === 0 ? [] : [`tcp option ${i.option} ${i.invert.includes("option") ? "missing" : "exists"}`];
  const flags = i.flagsMask === 0 ? [] : [`tcp flags ${not(i.invert.includes("flags"))}${flagNames(i.flagsCmp)} / ${flagNames(i.flagsMask)}`];
  return [...ports("tcp", i), ...option, ...flags].join(" ");
}

function icmp(i: XtIcmp): string | null {
  if (i.type === 255) return "ip protocol icmp";
  const name = i.codes[0] === i.codes[1] ? undefined : icmpName(i.type, i.codes);
  return name === undefined ? null : `icmp type ${not(i.invert)}${name}`;
}

const statistic = (i: XtStatistic): string => (i.mode === "random"
  ? `meta random & 2147483647 ${i.invert ? ">=" : "<"} ${i.probability}` : `numgen inc mod ${i.every + 1} ${not(i.invert)}${i.packet}`);

const connmark = (i: XtConnmark): string => (i.mask === 0xffffffff
  ? `ct mark ${not(i.invert)}${hex(i.mark)}` : `ct mark and ${hex(i.mask)} ${i.invert ? "!=" : "=="} ${hex(i.mark)}`);

function iprange(i: XtIprange): string {
  const side = (s: "src" | "dst"): string[] => (i.match.includes(s)
    ? [`ip ${s === "src" ? "saddr" : "daddr"} ${not(i.invert.includes(s))}${dotted(i[s][0])}-${dotted(i[s][1])}`] : []);
  return [...side("src"), ...side("dst")].join(" ");
}

const TTL_OPS = { eq: "", ne: "!= ", lt: "lt ", gt: "gt " } as const;

type MatchXlates = { readonly [K in keyof XtMatches]: Xlate<XtMatches[K]> };
const MATCH: MatchXlates = {
  tcp, udp: (i) => ports("udp", i).join(" "), icmp, comment: () => "", conntrack: xlateConntrack, addrtype: xlateAddrtype, statistic, connmark,
  multiport: xlateMultiport, physdev: () => null, iprange,
  mac: (i: XtMac) => `ether saddr ${not(i.invert)}${i.src}`,
  ttl: (i: XtTtl) => `ip ttl ${TTL_OPS[i.mode]}${i.ttl}`,
  length: (i: XtLength) => `meta length ${not(i.invert)}${range(i.length)}`,
  pkttype: (i: XtPkttype) => `pkttype ${not(i.invert)}${i.type}`,
  owner: (i) => (i.match.length !== 1 || i.match[0] === "socket" ? null : `sk${i.match[0]} ${not(i.invert.length > 0)}${range(i[i.match[0] ?? "uid"])}`),
};

const REJECT_TYPES: Readonly<Record<string, string>> = { "icmp-proto-unreachable": "prot-unreachable" };
function reject(i: XtReject): string {
  if (i.with === "icmp-port-unreachable") return "reject";
  return i.with === "tcp-reset" ? "reject with tcp reset" : `reject with icmp type ${REJECT_TYPES[i.with] ?? i.with.replace(/^icmp-/, "")}`;
}

const ALL_LOG_FLAGS = 0x2f;
function log(i: XtLog): string {
  const tcpFlags = [...((i.flags & 1) !== 0 ? ["sequence"] : []), ...((i.flags & 2) !== 0 ? ["options"] : [])];
  const flags = i.flags === ALL_LOG_FLAGS ? " flags all" : (tcpFlags.length > 0 ? ` flags tcp ${tcpFlags.join(",")}` : "") + ((i.flags & 4) !== 0 ? " flags ip options" : "")
    + ((i.flags & 8) !== 0 ? " flags skuid" : "") + ((i.flags & 32) !== 0 ? " flags ether" : "");
  return `log${i.prefix === "" ? "" : ` prefix "${i.prefix}"`}${i.level === 4 ? "" : ` level ${logLevelName(i.level) ?? i.level}`}${flags}`;
}

/** `mark and 0x1 xor 0x2` over `subject`. */
function mark({ mark: m, mask }: XtMark): string {
  if (mask === 0xffffffff) return hex(m);
  if (m === 0) return `mark and ${hex(~mask)}`;
  if (m === mask) return `mark or ${hex(m)}`;
  return mask === 0 ? `mark xor ${hex(m)}` : `mark and ${hex(~mask)} xor ${hex(m)}`;
}

function connmarkSet({ ctmark, ctmask }: XtConnmarkTarget): string {
  if (ctmask === 0xffffffff) return `ct mark set ${hex(ctmark)}`;
  const op = ctmark === 0 ? `and ${hex(~ctmask)}` : ctmark === ctmask ? `or ${hex(ctmark)}` : ctmask === 0 ? `xor ${hex(ctmark)}` : `xor ${hex(ctmark)} and ${hex(~ctmask)}`;
  return `ct mark set ct mark ${op}`;
}

function connmarkTarget(i: XtConnmarkTarget): string | null {
  if (i.mode === "set") return connmarkSet(i);
  const copy = i.mode === "save" ? "ct mark set mark" : "meta mark set ct mark";
  if (i.nfmask !== i.ctmask) return null;
  return i.nfmask === 0xffffffff ? copy : `${copy} and ${hex(i.nfmask)}`;
}

const NAT_FLAGS: readonly (readonly [number, string])[] = [[NF_NAT_RANGE_PROTO_RANDOM, "random"], [NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully-random"], [NF_NAT_RANGE_PERSISTENT, "persistent"]];
const nat = (name: string): Xlate<XtNat> => (i) => {
  if ((i.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0) return null;
  const to = natRange(i);
  const flags = NAT_FLAGS.filter(([bit]) => (i.flags & bit) !== 0).map(([, f]) => f).join(",");
  return `${name}${to === "" ? "" : ` to ${to}`}${flags === "" ? "" : ` ${flags}`}`;
};

type TargetXlates = { readonly [K in keyof XtTargets]: Xlate<XtTargets[K]> };
const TARGET: TargetXlates = {
  REJECT: reject, LOG: log, MARK: (i) => `meta mark set ${mark(i)}`, CONNMARK: connmarkTarget, SNAT: nat("snat"), DNAT: nat("dnat"), MASQUERADE: nat("masquerade"),
  REDIRECT: nat("redirect"), NETMAP: () => null,
  CT: (i: XtCt) => (i.notrack ? "notrack" : null),
  TCPMSS: (i: XtTcpmss) => `tcp option maxseg size set ${i.mss === 65535 ? "rt mtu" : i.mss}`,
};

/** The rows above by name; an extension that is not there has no translation. */
function translate(table: Readonly<Record<string, Xlate<never>>>, name: string, info: NftCompatInfo, proto: number): string | null {
  const xlate = table[name] as Xlate<NftCompatInfo> | undefined;
  return xlate === undefined ? null : xlate(info, proto);
}

/** Text of a compat match; `proto`: the rule's compat protocol (multiport names it). */
export const xlateMatch = (name: string, info: NftCompatInfo, proto = 0): string => translate(MATCH, name, info, proto) ?? `xt match ${name}`;
export const xlateTarget = (name: string, info: NftCompatInfo): string => translate(TARGET, name, info, 0) ?? `xt target ${name}`;

export const isCompat = (e: NftExpr): e is Extract<NftExpr, { op: "match" | "target" }> => e.op === "match" || e.op === "target";
export const xtWarning = (family: string, table: string): string => `# Warning: table ${family} ${table} is managed by iptables-nft, do not touch!\n`;
