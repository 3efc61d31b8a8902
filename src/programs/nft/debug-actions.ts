import type { NftExpr, NftReg } from "../../net/uapi/nft-expr.ts";
import { NF_LOG_IPOPT, NF_LOG_MACDECODE, NF_LOG_TCPOPT, NF_LOG_TCPSEQ, NF_LOG_UID } from "../../net/uapi/nft-expr.ts";

/** Instructions that do something, as libnftnl prints them. */

/** Whole 16-byte registers have the low numbers, words between them NFT_REG32_*. */
export const regText = (word: NftReg): string => `reg ${word % 4 === 0 ? 1 + word / 4 : 8 + word}`;

/** How an instruction inside another is shown. */
type Show = (e: NftExpr) => string;

const HEADERS = { ll: "link", nh: "network", th: "transport", inner: "inner" } as const;
const CSUM = { none: 0, inet: 1, sctp: 2 } as const;
const reg = (word: NftReg): string => regText(word).slice(4);
const hex = (n: number): string => `0x${n.toString(16)}`;

export function actionText(e: NftExpr, show: Show): string {
  return writeText(e, show) ?? statefulText(e) ?? natText(e) ?? otherText(e);
}

function writeText(e: NftExpr, show: Show): string | null {
  switch (e.op) {
    case "payload.set":
      return `payload write ${regText(e.sreg)} => ${e.len}b @ ${HEADERS[e.base]} header + ${e.offset} csum_type ${CSUM[e.csum]} csum_off ${e.csumOffset} csum_flags ${hex(e.pseudoHeader ? 1 : 0)}`;
    case "meta.set": return `meta set ${e.key} with ${regText(e.sreg)}`;
    case "ct.set": return `ct set ${e.key === "eventmask" ? "event" : e.key === "labels" ? "label" : e.key} with ${regText(e.sreg)}${e.dir === undefined ? "" : ` , dir ${e.dir}`}`;
    case "exthdr.set": return `exthdr write tcpopt ${regText(e.sreg)} => ${e.len}b @ ${e.type} + ${e.offset}`;
    case "exthdr.strip": return `exthdr reset tcpopt ${e.type}`;
    case "dynset": return dynsetText(e, show);
    default: return null;
  }
}

function dynsetText(e: Extract<NftExpr, { op: "dynset" }>, show: Show): string {
  const data = e.sregData === undefined ? "" : ` sreg_data ${reg(e.sregData)}`;
  const timeout = e.timeoutMs === undefined ? "" : ` timeout ${e.timeoutMs}ms`;
  return `dynset ${e.cmd} reg_key ${reg(e.sreg)} set ${e.set}${data}${timeout}${e.exprs.map((inner) => ` expr ${show(inner)}`).join("")}`;
}

const UNITS: Readonly<Record<number, string>> = { 1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week" };

function statefulText(e: NftExpr): string | null {
  switch (e.op) {
    case "counter": return `counter pkts ${e.packets} bytes ${e.bytes}`;
    case "limit": return `limit rate ${e.rate}/${UNITS[e.unitSec] ?? "second"} burst ${e.burst} type ${e.kind} flags ${hex(e.invert ? 1 : 0)}`;
    case "quota": return `quota bytes ${e.bytes} consumed ${e.used} flags ${e.invert ? 1 : 0}`;
    case "connlimit": return `connlimit count ${e.count} flags ${e.invert ? 1 : 0}`;
    case "last": return `last ${e.usedMs === null ? "never" : e.usedMs}`;
    default: return null;
  }
}

function natText(e: NftExpr): string | null {
  const part = (word: string, at: NftReg | undefined): string => (at === undefined ? "" : ` ${word} ${regText(at)}`);
  switch (e.op) {
    case "nat":
      return `nat ${e.kind} ${e.family}${part("addr_min", e.addrMin)}${part("addr_max", e.addrMax)}${part("proto_min", e.protoMin)}${part("proto_max", e.protoMax)}${e.flags === 0 ? "" : ` flags ${hex(e.flags)}`}`;
    case "masq":
    case "redir":
      return `${e.op}${part("proto_min", e.protoMin)}${part("proto_max", e.protoMax)}${e.flags === 0 ? "" : ` flags ${hex(e.flags)}`}`;
    case "tproxy": return `tproxy ${e.family}${part("addr", e.addr)}${part("port", e.port)}`;
    case "dup": return `dup${e.addr === undefined ? "" : ` sreg_addr ${reg(e.addr)}`}${e.dev === undefined ? "" : ` sreg_dev ${reg(e.dev)}`}`;
    case "fwd": return `fwd sreg_dev ${reg(e.dev)}${e.addr === undefined ? "" : ` sreg_addr ${reg(e.addr)}`}`;
    default: return null;
  }
}

const REJECT = { icmp: 0, "tcp-reset": 1, icmpx: 2 } as const;
const OBJ_TYPES: Readonly<Record<string, number>> = { counter: 1, quota: 2, "ct helper": 3, limit: 4, tunnel: 6, "ct timeout": 7, secmark: 8, "ct expectation": 9, synproxy: 10 };

function otherText(e: NftExpr): string {
  switch (e.op) {
    case "log": return logText(e);
    case "reject": return `reject type ${REJECT[e.kind]} code ${e.code}`;
    case "queue": return queueText(e);
    case "objref": return `objref type ${OBJ_TYPES[e.type] ?? 0} name ${e.name}`;
    case "objref.map": return `objref sreg ${reg(e.sreg)} set ${e.set}`;
    case "synproxy": return `synproxy mss ${e.mss} wscale ${e.wscale}`;
    case "flow_offload": return `flow_offload flowtable ${e.table}`;
    default: return e.op;
  }
}

const LOG_FLAGS = [[NF_LOG_TCPSEQ, "tcpseq"], [NF_LOG_TCPOPT, "tcpopt"], [NF_LOG_IPOPT, "ipopt"], [NF_LOG_UID, "uid"], [NF_LOG_MACDECODE, "macdecode"]] as const;

function logText(e: Extract<NftExpr, { op: "log" }>): string {
  const numbers = e.group === undefined ? "" : ` group ${e.group} snaplen ${e.snaplen ?? 0} qthreshold ${e.qthreshold ?? 0}`;
  const flags = LOG_FLAGS.filter(([bit]) => ((e.flags ?? 0) & bit) !== 0).map(([, name]) => ` ${name}`).join("");
  return `log${e.prefix === undefined ? "" : ` prefix ${e.prefix}`}${numbers}${e.level === undefined ? "" : ` level ${e.level}`}${flags}`;
}

const QUEUE_FLAGS = [[1, "bypass"], [2, "fanout"]] as const;

function queueText(e: Extract<NftExpr, { op: "queue" }>): string {
  const flags = QUEUE_FLAGS.filter(([bit]) => (e.flags & bit) !== 0).map(([, name]) => ` ${name}`).join("");
  if (e.sreg !== undefined) return `queue sreg_qnum ${reg(e.sreg)}${flags}`;
  return `queue num ${e.num}${e.total > 1 ? `-${e.num + e.total - 1}` : ""}${flags}`;
}
