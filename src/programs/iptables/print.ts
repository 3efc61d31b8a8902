import type { Names } from "./ext/extension.ts";
import { MATCHES, TARGETS } from "./ext/registry.ts";
import { dotted, prefixLength } from "./ext/values.ts";
import { protocolName } from "./protocols.ts";
import type { ListFormat } from "./commands.ts";
import type { AddrMask, IptRule } from "./rule.ts";

/** A rule as a row of `-L`, as the line of `-v`, and as `-S` spells it. */

/** Five columns, and K, M, G, T when that is not enough; eight with -x. */
export function countText(n: number, exact: boolean): string {
  if (exact) return n.toString().padStart(8);
  if (n <= 99999) return n.toString().padStart(5);
  let value = n;
  for (const unit of ["K", "M", "G"]) {
    value = Math.floor((value + 500) / 1000);
    if (value <= 9999) return `${value.toString().padStart(4)}${unit}`;
  }
  return `${Math.floor((value + 500) / 1000).toString().padStart(4)}T`;
}

/** `/24`, `/255.0.255.0`; nothing for one address. */
function maskSuffix(mask: number): string {
  const bits = prefixLength(mask);
  return bits === 32 ? "" : `/${bits ?? dotted(mask)}`;
}

function addressText({ addr, mask }: AddrMask, numeric: boolean, names: Names): string {
  if (mask === 0 && !numeric) return "anywhere";
  return `${(numeric ? undefined : names.host(addr)) ?? dotted(addr)}${maskSuffix(mask)}`;
}

function ifaceText(name: string, invert: boolean, numeric: boolean): string {
  return `${invert ? "!" : ""}${name === "" ? (numeric ? "*" : "any") : name}`;
}

const fragText = (r: IptRule): string => `${r.invert.includes("frag") ? "!" : "-"}${r.frag ? "f" : "-"}`;
const bang = (r: IptRule, what: IptRule["invert"][number]): string => (r.invert.includes(what) ? "!" : " ");

function extensions(r: IptRule, numeric: boolean, names: Names): string {
  const at = { numeric, proto: r.proto, names };
  const matches = r.matches.map((m) => MATCHES.get(m.name)?.print(m.info, at) ?? "").join("");
  return matches + (r.target === null ? "" : TARGETS.get(r.target.name)?.print(r.target.info, at) ?? "");
}

/** A row of `-L`. */
export function listRow(r: IptRule, num: number, f: ListFormat, names: Names): string {
  const proto = protocolName(r.proto, f.numeric);
  const number = f.lineNumbers ? `${String(num).padEnd(4)} ` : "";
  const counts = f.verbose ? `${countText(r.packets, f.exact)} ${countText(r.bytes, f.exact)} ` : "";
  const protoText = f.numeric || proto === undefined ? String(r.proto) : proto;
  const ifaces = f.verbose ? ` ${ifaceText(r.inIface, r.invert.includes("in"), f.numeric).padEnd(6)} ${ifaceText(r.outIface, r.invert.includes("out"), f.numeric).padEnd(6)} ` : "";
  const src = `${bang(r, "src")}${addressText(r.src, f.numeric, names).padEnd(19)} `;
  const dst = `${bang(r, "dst")}${addressText(r.dst, f.numeric, names).padEnd(19)} `;
  const head = `${number}${counts}${r.jumpto.padEnd(9)} ${bang(r, "proto")}${protoText.padEnd(4)} ${fragText(r)} `;
  return `${head}${ifaces}${src}${dst}${r.goto ? "[goto] " : ""}${extensions(r, f.numeric, names)}\n`;
}

/** What `-v` says of a rule that it adds or deletes. */
export function ruleDetails(r: IptRule, names: Names): string {
  const proto = protocolName(r.proto, true) ?? String(r.proto);
  const iface = (name: string, what: "in" | "out"): string => `${what} ${ifaceText(name, r.invert.includes(what), true)} `;
  const src = `${bang(r, "src")}${addressText(r.src, true, names)} `;
  const dst = `${bang(r, "dst")}-> ${addressText(r.dst, true, names)}`;
  return `${r.jumpto} ${bang(r, "proto")}${proto} opt ${fragText(r)} ${iface(r.inIface, "in")}${iface(r.outIface, "out")}${src}${dst}  ${r.goto ? "[goto] " : ""}${extensions(r, true, names)}\n`;
}

const saved = (r: IptRule, what: IptRule["invert"][number]): string => (r.invert.includes(what) ? " !" : "");

function saveAddress(r: IptRule, what: "src" | "dst"): string {
  const { addr, mask } = r[what];
  if (mask === 0 && addr === 0 && !r.invert.includes(what)) return "";
  return `${saved(r, what)} -${what.charAt(0)} ${dotted(addr)}/${prefixLength(mask) ?? dotted(mask)}`;
}

/** A lone "+" means any, and is not said unless it is inverted. */
function saveIface(r: IptRule, what: "in" | "out"): string {
  const name = what === "in" ? r.inIface : r.outIface;
  return name === "" || (name === "+" && !r.invert.includes(what)) ? "" : `${saved(r, what)} -${what.charAt(0)} ${name}`;
}

function saveExtensions(r: IptRule, counters: boolean, names: Names): string {
  const at = { numeric: true, proto: r.proto, names };
  const matches = r.matches.map((m) => ` -m ${MATCHES.get(m.name)?.alias(m.info) ?? m.name}${MATCHES.get(m.name)?.save(m.info, at) ?? ""}`).join("");
  const counts = counters ? ` -c ${r.packets} ${r.bytes}` : "";
  const ext = r.target === null ? undefined : TARGETS.get(r.target.name);
  const jump = r.target !== null && ext !== undefined ? ` -j ${ext.alias(r.target.info)}${ext.save(r.target.info, at)}` : r.jumpto === "" ? "" : ` -${r.goto ? "g" : "j"} ${r.jumpto}`;
  return `${matches}${counts}${jump}`;
}

/** The rule after `-A CHAIN`; with `counters` its `-c packets bytes` stands before the target. */
export function saveRule(r: IptRule, counters: boolean, names: Names): string {
  const proto = r.proto === 0 ? "" : `${saved(r, "proto")} -p ${protocolName(r.proto) ?? r.proto}`;
  const frag = r.frag ? `${saved(r, "frag")} -f` : "";
  return `${saveAddress(r, "src")}${saveAddress(r, "dst")}${saveIface(r, "in")}${saveIface(r, "out")}${proto}${frag}${saveExtensions(r, counters, names)}`;
}
