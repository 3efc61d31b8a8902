import type { BridgeInfo, BridgePortInfo, LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import { formatMac, type Mac } from "../../wire/addr.ts";

/** `brctl showstp`: the spanning tree's view; nothing here runs the protocol, so its timers stand. */
export function showStp(dev: LinkRow, info: BridgeInfo, ports: readonly LinkRow[]): string {
  return head(dev, info) + ports.flatMap((p) => (p.port === null ? [] : [port(p, p.port)])).join("");
}

const idOf = (priority: number, mac: Mac): string => `${priority.toString(16).padStart(4, "0")}.${formatMac(mac).replaceAll(":", "")}`;
const seconds = (cs: number): string => (cs / 100).toFixed(2).padStart(7);



function head(dev: LinkRow, b: BridgeInfo): string {
  const id = idOf(b.priority, dev.address);
  return `${dev.name}
 bridge id\t\t${id}
 designated root\t${id}
 root port\t\t   0\t\t\tpath cost\t\t   0
 max age\t\t${seconds(b.maxAgeCs)}\t\t\tbridge max age\t\t${seconds(b.maxAgeCs)}
 hello time\t\t${seconds(b.helloTimeCs)}\t\t\tbridge hello time\t${seconds(b.helloTimeCs)}
 forward delay\t\t${seconds(b.forwardDelayCs)}\t\t\tbridge forward delay\t${seconds(b.forwardDelayCs)}
 ageing time\t\t${seconds(b.ageingCs)}
 hello timer\t\t${seconds(0)}\t\t\ttcn timer\t\t${seconds(0)}
 topology change timer\t${seconds(0)}\t\t\tgc timer\t\t${seconds(0)}
 flags\t\t\t


`;
}

function port(link: LinkRow, p: BridgePortInfo): string {
  const id = idOf(p.bridgePriority, p.bridgeMac);
  const portId = ((p.priority << 10) | p.portNo).toString(16);
  const flags = p.hairpin ? "\n hairpin mode\t\t   1" : "";
  return `${link.name} (${p.portNo})
 port id\t\t${portId}\t\t\tstate\t\t${p.state.padStart(15)}
 designated root\t${id}\tpath cost\t\t${String(p.cost).padStart(4)}
 designated bridge\t${id}\tmessage age timer\t${seconds(0)}
 designated port\t${portId}\t\t\tforward delay timer\t${seconds(0)}
 designated cost\t${"0".padStart(4)}\t\t\thold timer\t\t${seconds(0)}
 flags\t\t\t${flags}

`;
}
