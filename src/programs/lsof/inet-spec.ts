import type { InetDiagRow } from "../../net/uapi/sock-diag.ts";
import type { Sys, Task } from "../../os/sys.ts";
import type { Ip4 } from "../../wire/addr.ts";
import { resolveName } from "../lib/resolve.ts";
import { readServices } from "../lib/services.ts";

/** What one -i asks for: `[46][protocol][@host][:ports]`. */
export interface InetSpec {
  /** Nothing is IPv6 here. */
  readonly none: boolean;
  readonly proto: "TCP" | "UDP" | null;
  readonly hosts: readonly Ip4[] | null;
  readonly ports: readonly { readonly low: number; readonly high: number }[] | null;
}

/** Null is never answered: what is wrong comes back in lsof's words. */
export function* parseInetSpec(sys: Sys, text: string): Task<InetSpec | { readonly error: string }> {
  const m = /^([46]?)([a-zA-Z]*)(?:@([^:]+))?(?::(.*))?$/.exec(text);
  if (m === null) return { error: `lsof: unacceptable Internet address in: -i ${text}\n` };
  const [, version = "", name = "", host, list] = m;
  const proto = name.toUpperCase();
  if (proto !== "" && proto !== "TCP" && proto !== "UDP") return { error: `lsof: unknown protocol name (${name}) in: -i ${text}\n` };
  let hosts: readonly Ip4[] | null = null;
  if (host !== undefined) {
    const found = yield* resolveName(sys, host, { onlyInet: true });
    if (found.is === "failed") return { error: `lsof: unknown host name (${host}) in: -i ${text}\n` };
    hosts = found.addresses;
  }
  const ports = list === undefined ? null : portsOf(sys, list, text);
  if (ports !== null && "error" in ports) return ports;
  return { none: version === "6", proto: proto === "" ? null : proto, hosts, ports };
}

function portsOf(sys: Sys, list: string, text: string): { low: number; high: number }[] | { readonly error: string } {
  const ports: { low: number; high: number }[] = [];
  for (const word of list.split(",")) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (range !== null) ports.push({ low: Number(range[1]), high: Number(range[2] ?? range[1]) });
    else {
      const named = readServices(sys).filter((s) => s.name === word || s.aliases.includes(word));
      if (named.length === 0) return { error: `lsof: unknown service ${word} in: -i ${text}\n` };
      ports.push(...named.map((s) => ({ low: s.port, high: s.port })));
    }
  }
  return ports;
}

/** Either end may fit. */
export function fitsSpec(row: InetDiagRow, spec: InetSpec): boolean {
  if (spec.none || (spec.proto !== null && (row.protocol === 6 ? "TCP" : "UDP") !== spec.proto)) return false;
  const ends = [[row.local, row.localPort], [row.remote, row.remotePort]] as const;
  return ends.some(([addr, port]) => (spec.hosts === null || spec.hosts.includes(addr)) && (spec.ports === null || spec.ports.some((p) => port >= p.low && port <= p.high)));
}
