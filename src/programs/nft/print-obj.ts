import type { NftObjSpec } from "../../net/uapi/nft.ts";
import type { FlowtableDecl, ObjDecl } from "./ast-cmd.ts";
import { CT_TIMEOUT_POLICIES } from "./ct-timeouts.ts";
import { printTime, type Printing } from "./print-expr.ts";
import { printRate } from "./print-keys.ts";
import { printPriority } from "./print-prio.ts";
import { printQuota, synproxyOptions } from "./print-stmt.ts";
import { PROTOCOLS } from "./protocols.ts";

const handleText = (id: number | undefined, p: Printing): string => (p.flags.handle ? ` # handle ${id ?? 0}` : "");

/** A named counter, quota, limit … as a block inside its table (obj_print). */
export function printObj(o: ObjDecl, p: Printing): string {
  const lines = [...(o.comment === null ? [] : [`comment "${o.comment}"`]), ...objLines(o.spec, p)];
  return `\t${o.type} ${o.handle.obj?.name ?? ""} {${handleText(o.handle.handle?.id, p)}\n${lines.map((l) => `\t\t${l}\n`).join("")}\t}\n`;
}

export function protoName(l4proto: number, p: Printing): string {
  const name = p.flags.numericProto ? undefined : PROTOCOLS.find(([, n]) => n === l4proto)?.[0];
  return name ?? String(l4proto);
}

function objLines(o: NftObjSpec, p: Printing): string[] {
  switch (o.type) {
    case "counter": return p.flags.stateless ? [] : [`packets ${o.packets} bytes ${o.bytes}`];
    case "quota": return [printQuota({ ...o, over: o.invert }, p)];
    case "limit": return [printRate(o.kind, { ...o, over: o.invert })];
    case "ct helper": return [`type "${o.helper}" protocol ${protoName(o.l4proto, p)}`, `l3proto ${o.l3proto}`];
    case "ct timeout": return [`protocol ${protoName(o.l4proto, p)}`, `l3proto ${o.l3proto}`, `policy = { ${policyText(o.l4proto, o.policy)} }`];
    case "ct expectation":
      return [`protocol ${protoName(o.l4proto, p)}`, `dport ${o.dport}`, `timeout ${printTime(o.timeoutMs, p.flags)}`, `size ${o.size}`, `l3proto ${o.l3proto}`];
    case "secmark": return [`"${o.context}"`];
    case "synproxy": return [...synproxyLines(o)];
    case "tunnel": return [];
  }
}

function synproxyLines(o: Extract<NftObjSpec, { type: "synproxy" }>): string[] {
  const options = synproxyOptions(o.flags).trim();
  return [`mss ${o.mss}`, `wscale ${o.wscale}`, ...(options === "" ? [] : [options])];
}

/** Only what differs from the kernel's defaults, in the order of the states. */
function policyText(l4proto: number, policy: Readonly<Record<string, number>>): string {
  const states = CT_TIMEOUT_POLICIES[l4proto] ?? [];
  return states.filter(([state, sec]) => policy[state] !== undefined && policy[state] !== sec).map(([state]) => `${state} : ${policy[state]}`).join(", ");
}

/** A flowtable as a block inside its table (flowtable_print). */
export function printFlowtable(f: FlowtableDecl, p: Printing): string {
  const priority = printPriority("netdev", "ingress", f.priority?.num ?? 0, p.flags);
  const devices = f.devices.length === 0 ? "" : `\t\tdevices = { ${f.devices.join(", ")} }\n`;
  const more = `${f.offload ? "\t\tflags offload\n" : ""}${f.counter ? "\t\tcounter\n" : ""}`;
  return `\tflowtable ${f.handle.flowtable?.name ?? ""} {${handleText(f.handle.handle?.id, p)}\n\t\thook ingress priority ${priority}\n${devices}${more}\t}\n`;
}
