import { LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from "../../../wire/pcap.ts";
import type { Compilation, FilterNames } from "./context.ts";
import { linkState } from "./link.ts";
import { canPass, evaluate, newView } from "./node.ts";
import type { Capture, Node } from "./node.ts";
import { Parser } from "./parser.ts";

/** Whether a packet passes; `how` matters to `inbound`, `outbound` and `ifindex` only. */
export type Filter = (bytes: Uint8Array, wireLength: number, how?: Capture) => boolean;

export type CompiledFilter = { readonly is: "ok"; readonly matches: Filter } | { readonly is: "error"; readonly why: string };

export interface FilterContext {
  /** LINKTYPE_* of the frames. */
  readonly linkType: number;
  readonly names: FilterNames;
  /** Of the interface, for `ip broadcast`; 0 when reading files. */
  readonly netmask: number;
  readonly live: boolean;
  /** Absent = true; -O turns off what notices that nothing can pass. */
  readonly optimize?: boolean;
}

/** Link types as pcap_datalink_val_to_description(3) calls them. */
export const LINK_NAMES: ReadonlyMap<number, readonly [name: string, description: string]> = new Map([
  [LINKTYPE_ETHERNET, ["EN10MB", "Ethernet"]], [LINKTYPE_RAW, ["RAW", "Raw IP"]], [12, ["RAW", "Raw IP"]], [228, ["IPV4", "Raw IPv4"]],
  [229, ["IPV6", "Raw IPv6"]], [LINKTYPE_LINUX_SLL, ["LINUX_SLL", "Linux cooked v1"]], [LINKTYPE_LINUX_SLL2, ["LINUX_SLL2", "Linux cooked v2"]],
]);

const SEEN_IN_FILE: Capture = { outgoing: false, ifindex: 0 };

/**
 * Compiles an expression of pcap-filter(7) as libpcap 1.10.3 does; the words of errors are its own.
 * An empty expression passes everything.
 */
export function compileFilter(text: string, context: FilterContext): CompiledFilter {
  if (/^[ \r\n\t]*$/.test(text)) return { is: "ok", matches: () => true };
  const link = linkState(context.linkType);
  if (link === null) return { is: "error", why: `filters on link type ${context.linkType}: not simulated here` };
  const linkName = LINK_NAMES.get(context.linkType)?.[1] ?? "";
  const c: Compilation = { link, linkName, names: context.names, netmask: context.netmask, live: context.live, error: null };
  const node = new Parser(text, c).parse();
  if (node === null || c.error !== null) return { is: "error", why: c.error ?? "syntax error in filter expression" };
  // Programs with loops are not optimised, so that libpcap does not notice when nothing can pass.
  if (context.optimize !== false && !hasRun(node) && !canPass(node)) return { is: "error", why: "expression rejects all packets" };
  const matches: Filter = (bytes, wireLength, how = SEEN_IN_FILE) => {
    const view = newView(bytes, wireLength, how);
    return evaluate(node, view) && !view.fault;
  };
  return { is: "ok", matches };
}

function hasRun(n: Node): boolean {
  if (n.is === "run") return true;
  if (n.is === "not") return hasRun(n.a);
  return (n.is === "and" || n.is === "or") && (hasRun(n.a) || hasRun(n.b));
}
