import type { NftElem, NftMsg } from "../../net/uapi/nft.ts";
import type { NftExpr, NftVerdict } from "../../net/uapi/nft-expr.ts";
import { actionText, regText } from "./debug-actions.ts";

/** `nft --debug=netlink`: the messages as libnftnl prints them. */

/** Words in the machine's order, little endian. */
function words(data: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(data.length / 4) }, (_, i) => {
    const byte = (n: number): number => data[i * 4 + n] ?? 0;
    return ((byte(3) << 24) | (byte(2) << 16) | (byte(1) << 8) | byte(0)) >>> 0;
  }).map((word) => word.toString(16).padStart(8, "0"));
}

export const dataText = (data: Uint8Array): string => words(data).map((word) => `0x${word}`).join(" ");
const HEADERS = { ll: "link", nh: "network", th: "transport", inner: "inner" } as const;

export function verdictText(v: NftVerdict): string {
  return v.code === "jump" || v.code === "goto" ? (v.chain === "" ? v.code : `${v.code} -> ${v.chain}`) : v.code;
}

const META: Readonly<Record<string, string>> = { time_ns: "time", time_day: "day", time_hour: "hour" };
/** libnftnl 1.2.4 has no word for `id`. */
const CT: Readonly<Record<string, string>> = { pkts: "packets", labels: "label", eventmask: "event", id: "unknown" };

/** One instruction, in its brackets. */
export const exprText = (e: NftExpr): string => `[ ${loadText(e) ?? matchText(e) ?? actionText(e, exprText)} ]`;

function loadText(e: NftExpr): string | null {
  switch (e.op) {
    case "immediate": return `immediate ${regText(e.dreg)} ${dataText(e.data)}`;
    case "verdict": return `immediate reg 0 ${verdictText(e.verdict)}`;
    case "payload": return `payload load ${e.len}b @ ${HEADERS[e.base]} header + ${e.offset} => ${regText(e.dreg)}`;
    case "meta": return `meta load ${META[e.key] ?? e.key} => ${regText(e.dreg)}`;
    case "ct": return `ct load ${CT[e.key] ?? e.key} => ${regText(e.dreg)}${e.dir === undefined ? "" : ` , dir ${e.dir}`}`;
    case "exthdr": return `exthdr load ${e.kind === "ipv4opt" ? "ipv4" : e.kind} ${e.len}b @ ${e.type} + ${e.offset}${e.present ? " present" : ""} => ${regText(e.dreg)}`;
    case "rt": return `rt load ${e.key} => ${regText(e.dreg)}`;
    case "socket": return `socket load ${e.key}${e.level === undefined ? "" : ` level ${e.level}`} => ${regText(e.dreg)}`;
    case "fib": return `fib ${e.flags.join(" . ")} ${e.result === "addrtype" ? "type" : e.result}${e.present ? " present" : ""} => ${regText(e.dreg)}`;
    default: return generatorText(e);
  }
}

const offsetText = (offset: number): string => (offset === 0 ? "" : ` offset ${offset}`);

function generatorText(e: NftExpr): string | null {
  switch (e.op) {
    case "numgen": return `numgen ${regText(e.dreg)} = ${e.kind} mod ${e.modulus}${offsetText(e.offset)}`;
    case "jhash": return `hash ${regText(e.dreg)} = jhash(${regText(e.sreg)}, ${e.len}, 0x${(e.seed ?? 0).toString(16)}) % mod ${e.modulus}${offsetText(e.offset)}`;
    case "symhash": return `hash ${regText(e.dreg)} = symhash() % mod ${e.modulus}${offsetText(e.offset)}`;
    case "osf": return `osf dreg ${regText(e.dreg).slice(4)}`;
    default: return null;
  }
}

function matchText(e: NftExpr): string | null {
  switch (e.op) {
    case "cmp": return `cmp ${e.cmp} ${regText(e.sreg)} ${dataText(e.data)}`;
    case "range": return `range ${e.cmp} ${regText(e.sreg)} ${dataText(e.from)} ${dataText(e.to)}`;
    case "bitwise": return `bitwise ${regText(e.dreg)} = ( ${regText(e.sreg)} & ${dataText(e.mask)} ) ^ ${dataText(e.xor)}`;
    case "shift": return `bitwise ${regText(e.dreg)} = ( ${regText(e.sreg)} ${e.dir === "left" ? "<<" : ">>"} 0x${e.bits.toString(16).padStart(8, "0")} )`;
    case "byteorder": return `byteorder ${regText(e.dreg)} = ${e.to}(${regText(e.sreg)}, ${e.size}, ${e.len})`;
    case "lookup": return `lookup ${regText(e.sreg)} set ${e.set}${e.dreg === undefined ? "" : ` dreg ${e.dreg === "verdict" ? "0" : regText(e.dreg).slice(4)}`}${e.invert ? " 0x1" : ""}`;
    default: return null;
  }
}

const SET_BITS = ["anonymous", "constant", "interval", "map", "timeout", "eval", "object", "concat"] as const;

function setText(m: Extract<NftMsg, { op: "set.new" }>): string {
  const flags = SET_BITS.reduce((sum, name, bit) => sum + (m.flags[name] === true ? 1 << bit : 0), 0);
  const timeout = m.timeoutMs === undefined ? "" : ` timeout ${m.timeoutMs}ms`;
  const gc = m.gcIntervalMs === undefined ? "" : ` gc_interval ${m.gcIntervalMs}ms`;
  return `${m.name} ${m.table} ${flags.toString(16)}${timeout}${gc}${m.size === undefined ? "" : ` size ${m.size}`}\n`;
}

const keyText = (key: Uint8Array | undefined): string => (key === undefined ? "" : words(key).map((word) => `${word} `).join(""));

function elemText(e: NftElem): string {
  const end = e.keyEnd === undefined ? "" : ` - ${keyText(e.keyEnd)}`;
  const data = e.data === undefined ? "" : e.data instanceof Uint8Array ? keyText(e.data) : `${verdictText(e.data)} `;
  return `\telement ${keyText(e.key)}${end} : ${data}${(e.intervalEnd === true ? 1 : 0) + (e.catchall === true ? 2 : 0)} [end]`;
}

/** A message of the batch; "" for those that nft shows nothing of worth for. */
export function messageText(m: NftMsg): string {
  switch (m.op) {
    case "rule.new": return `${m.family} ${m.table} ${m.chain}\n${m.exprs.map((e) => `  ${exprText(e)}\n`).join("")}\n`;
    case "set.new": return setText(m);
    case "elem.new": return `${m.set} ${m.table} 0\n${m.elems.map(elemText).join("")}\n`;
    default: return "";
  }
}
