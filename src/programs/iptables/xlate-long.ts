import type { XtAddrtype, XtConntrack, XtCtPart, XtMultiport } from "../../net/uapi/xt.ts";
import { portProtocol } from "./ext/ports.ts";
import { type Range, dotted, prefixLength } from "./ext/values.ts";

/** The longer translations of {@link file://./xlate.ts}. They lose what libxtables loses: `--dst-type` beside `--src-type`, SNAT beside other states. */

const not = (invert: boolean): string => (invert ? "!= " : "");
const range = ([min, max]: Range): string => (min === max ? String(min) : `${min}-${max}`);

function host([addr, mask]: Range): string {
  const bits = prefixLength(mask);
  return `${dotted(addr)}${bits === null || bits === 32 ? "" : `/${bits}`}`;
}

type Part = readonly [part: XtCtPart, text: (i: XtConntrack, invert: boolean) => string];

const listOf = (words: readonly string[], invert: boolean): string => `${invert ? "! " : ""}${words.join(",").toLowerCase()}`;

function states(i: XtConntrack, invert: boolean): string {
  const translated = i.state.find((s) => s === "SNAT" || s === "DNAT");
  if (translated === undefined) return `ct state ${listOf(i.state, invert)}`;
  return `ct status ${i.invert.includes("status") ? "!=" : ""}${translated.toLowerCase()}`;
}

const STATUS_WORDS: Readonly<Record<string, string>> = { SEEN_REPLY: "seen-reply" };

/** In the order in which they come out. */
const PARTS: readonly Part[] = [
  ["direction", (i) => `ct direction ${i.direction.toLowerCase()}`],
  ["l4proto", (i, inv) => `ct ${i.match.includes("direction") ? i.direction.toLowerCase() : "original"} protocol ${not(inv)}${i.l4proto}`],
  ["state", states],
  ["status", (i, inv) => `ct status ${listOf(i.status.map((s) => STATUS_WORDS[s] ?? s), inv)}`.trimEnd()],
  ["expires", (i, inv) => `ct expiration ${not(inv)}${range(i.expires)}`],
  ["origSrc", (i, inv) => `ct original saddr ${not(inv)}${host(i.origSrc)}`],
  ["origDst", (i, inv) => `ct original daddr ${not(inv)}${host(i.origDst)}`],
  ["replSrc", (i, inv) => `ct reply saddr ${not(inv)}${host(i.replSrc)}`],
  ["replDst", (i, inv) => `ct reply daddr ${not(inv)}${host(i.replDst)}`],
  ["origSport", (i, inv) => `ct original proto-src ${not(inv)}${range(i.origSport)}`],
  ["origDport", (i, inv) => `ct original proto-dst ${not(inv)}${range(i.origDport)}`],
  ["replSport", (i, inv) => `ct reply proto-src ${not(inv)}${range(i.replSport)}`],
  ["replDport", (i, inv) => `ct reply proto-dst ${not(inv)}${range(i.replDport)}`],
];

export function xlateConntrack(i: XtConntrack): string {
  if (i.alias) return `ct state ${listOf(i.state, i.invert.includes("state"))}`;
  return PARTS.filter(([part]) => i.match.includes(part)).map(([part, text]) => text(i, i.invert.includes(part))).join(" ");
}

export function xlateAddrtype(i: XtAddrtype): string {
  const [side, types] = i.src.length > 0 ? (["saddr", i.src] as const) : (["daddr", i.dst] as const);
  const device = i.limitIn ? " . iif" : i.limitOut ? " . oif" : "";
  const words = types.join(", ").toLowerCase();
  return `fib ${side}${device} type ${not(i.invertSrc || i.invertDst)}${types.length > 1 ? `{ ${words} }` : words}`;
}

/** Without the protocol there is no translation. */
export function xlateMultiport(i: XtMultiport, proto: number): string | null {
  const name = portProtocol(proto);
  if (name === undefined) return null;
  if (i.which === "either") return `${name} sport . ${name} dport { ${i.ports.map((p) => `0-65535 . ${p}, ${p} . 0-65535`).join(", ")} }`;
  const items = i.ports.flatMap((p, n) => (n > 0 && i.rangeStart[n - 1] === 1 ? [] : [i.rangeStart[n] === 1 ? `${p}-${i.ports[n + 1] ?? p}` : String(p)]));
  const list = items.join(", ");
  const braces = i.ports.length > 2 || (i.ports.length > 1 && i.rangeStart[0] !== 1);
  return `${name} ${i.which === "source" ? "sport" : "dport"} ${not(i.invert)}${braces ? `{ ${list} }` : list}`;
}
