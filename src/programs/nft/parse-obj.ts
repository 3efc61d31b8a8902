import type { Handle, ObjDecl } from "./ast-cmd.ts";
import type { NftObjSpec } from "../../net/uapi/nft.ts";
import { mappingOf, symbolOf, valueOf } from "./nodes.ts";
import { blockComment, blockOf, type Within } from "./parse-chain.ts";
import { commonLine } from "./parse-define.ts";
import { acceptFamily } from "./parse-handle.ts";
import { SYNPROXY } from "./parse-log.ts";
import { readString } from "./parse-rhs.ts";
import { separator } from "./parse-rule.ts";
import { setOf, timeSpec } from "./parse-set-expr.ts";
import { counterConfig, limitConfig, numberOf, quotaConfig } from "./parse-stateful.ts";
import type { Parser } from "./parser.ts";
import { HOST_INTEGER } from "./types-base.ts";

/** Named objects: counters, quotas, limits, secmarks, synproxies, helpers and timeouts of conntrack. */

type Type = ObjDecl["type"];
type SpecOf<T extends NftObjSpec["type"]> = Extract<NftObjSpec, { type: T }>;

const EMPTY: Readonly<Record<Type, NftObjSpec>> = {
  counter: { type: "counter", packets: 0, bytes: 0 },
  quota: { type: "quota", bytes: 0, used: 0, invert: false },
  limit: { type: "limit", kind: "packets", rate: 0, unitSec: 0, burst: 0, invert: false },
  "ct helper": { type: "ct helper", helper: "", l4proto: 0, l3proto: "ip" },
  "ct timeout": { type: "ct timeout", l4proto: 0, l3proto: "ip", policy: {} },
  "ct expectation": { type: "ct expectation", l4proto: 0, l3proto: "ip", dport: 0, timeoutMs: 0, size: 0 },
  secmark: { type: "secmark", context: "" },
  synproxy: { type: "synproxy", mss: 0, wscale: 0, flags: 0 },
  tunnel: { type: "tunnel" },
};

/** An object with nothing said of it yet; conntrack's take the family of their table. */
export function emptyObj(handle: Handle, type: Type, p: Parser): ObjDecl {
  const l3 = handle.family === "ip6" ? "ip6" : handle.family === "inet" ? "inet" : "ip";
  const spec = EMPTY[type];
  return { loc: p.last, handle, comment: null, type, spec: "l3proto" in spec ? { ...spec, l3proto: l3 } : spec, policyExpr: null };
}

/** `{ … }` of an object. */
export function objBlock(p: Parser, handle: Handle, type: Type, within: Within): ObjDecl {
  const obj = emptyObj(handle, type, p);
  blockOf(p, obj, within, (q) => objLine(q, obj));
  return obj;
}

function objLine(p: Parser, obj: ObjDecl): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  if (p.at("comment")) blockComment(p, obj);
  else if (CT[p.kind] !== undefined && obj.type.startsWith("ct")) ctLine(p, obj);
  else if (obj.type.startsWith("ct") || !p.at(...(FIRST[obj.type] ?? []))) p.fail();
  else {
    objConfig(p, obj);
    // A configuration needs no separator behind it.
    return;
  }
  separator(p);
}

/** Tokens a configuration begins with. */
const FIRST: Readonly<Partial<Record<Type, readonly string[]>>> = {
  counter: ["packets"], quota: ["over", "until", "number"], limit: ["rate"], secmark: ["string", "quoted string", "string with a trailing asterisk"], synproxy: ["mss"],
};

export const startsConfig = (p: Parser, type: Type): boolean => p.at(...(FIRST[type] ?? []));

/** What an object is, in one line: `packets 1 bytes 2`, `over 5 mbytes`, `rate 5/second`, `mss 1460 wscale 7`. */
export function objConfig(p: Parser, obj: ObjDecl): void {
  // An absent `over` stands at the end of the word before.
  const start = p.at("over", "until") ? p.start() : p.last.end - 1;
  switch (obj.type) {
    case "counter": obj.spec = { type: "counter", ...counterConfig(p) }; break;
    case "quota": obj.spec = quotaSpec(p, start); break;
    case "limit": obj.spec = limitSpec(p); break;
    case "secmark": obj.spec = { type: "secmark", context: readString(p).text }; break;
    case "synproxy": obj.spec = synproxySpec(p); break;
    default: p.fail();
  }
}

function quotaSpec(p: Parser, start: number): SpecOf<"quota"> {
  const { bytes, used, over } = quotaConfig(p, start);
  return { type: "quota", bytes, used, invert: over };
}

function limitSpec(p: Parser): SpecOf<"limit"> {
  p.expect("rate");
  const { of, rate, unitSec, burst, over } = limitConfig(p);
  return { type: "limit", kind: of, rate, unitSec, burst, invert: over };
}

/** On one line, or with a separator between mss, wscale and the rest. */
function synproxySpec(p: Parser): SpecOf<"synproxy"> {
  p.expect("mss");
  const mss = numberOf(p);
  const apart = p.accept("newline", "semicolon") !== null;
  p.expect("wscale");
  const wscale = numberOf(p);
  if (apart) separator(p);
  let flags: number = SYNPROXY.mss | SYNPROXY.wscale;
  if (p.accept("timestamp")) flags |= SYNPROXY.timestamp;
  if (p.accept("sack-permitted")) flags |= SYNPROXY.sackPerm;
  return { type: "synproxy", mss, wscale, flags };
}

type CtSpec = SpecOf<"ct helper"> | SpecOf<"ct timeout"> | SpecOf<"ct expectation">;
type CtLine = (p: Parser, obj: ObjDecl, spec: CtSpec) => void;

/** Lines of conntrack's objects by their first word. */
const CT: Readonly<Record<string, CtLine>> = {
  l3proto: (p, obj, spec) => {
    const family = acceptFamily(p) ?? p.fail();
    const l3proto = family.family === "ip6" ? "ip6" : family.family === "inet" ? "inet" : "ip";
    obj.spec = { ...spec, l3proto };
  },
  type: helperType,
  protocol: (p, obj, spec) => { obj.spec = { ...spec, l4proto: l4proto(p) }; },
  policy: timeoutPolicy,
  dport: (p, obj, spec) => { obj.spec = spec.type === "ct expectation" ? { ...spec, dport: numberOf(p) } : p.fail(); },
  timeout: (p, obj, spec) => { obj.spec = spec.type === "ct expectation" ? { ...spec, timeoutMs: timeSpec(p) } : p.fail(); },
  size: (p, obj, spec) => { obj.spec = spec.type === "ct expectation" ? { ...spec, size: numberOf(p) } : p.fail(); },
};
const CT_WORDS: Readonly<Partial<Record<Type, readonly string[]>>> = {
  "ct helper": ["type", "l3proto"], "ct timeout": ["protocol", "l3proto", "policy"], "ct expectation": ["protocol", "dport", "timeout", "size", "l3proto"],
};

function ctLine(p: Parser, obj: ObjDecl): void {
  const { spec } = obj;
  if (!p.at(...(CT_WORDS[obj.type] ?? [])) || !("l4proto" in spec)) return p.fail();
  CT[p.next().kind]?.(p, obj, spec);
}

const TCP = 6;
const UDP = 17;

function l4proto(p: Parser): number {
  const { kind } = p.expect("udp", "tcp");
  p.close(kind === "tcp" ? "tcp" : "udp");
  return kind === "tcp" ? TCP : UDP;
}

/** `type "ftp" protocol tcp` */
function helperType(p: Parser, obj: ObjDecl, spec: CtSpec): void {
  const { text } = p.expect("quoted string");
  p.expect("protocol");
  const proto = l4proto(p);
  if (spec.type === "ct helper") obj.spec = { ...spec, helper: text, l4proto: proto };
  p.peek();
  p.close("type");
}

/** `policy = { established: 100, close: 4 }`, in seconds. */
function timeoutPolicy(p: Parser, obj: ObjDecl, spec: CtSpec): void {
  const start = p.start();
  p.expect("'='");
  p.expect("'{'");
  const states = [timeoutState(p)];
  while (p.accept("comma")) states.push(timeoutState(p));
  if (!p.accept("'}'")) p.fail("comma", "'}'");
  p.peek();
  p.close("policy");
  const policy = Object.fromEntries(states.map((s) => [s.name.text, s.seconds]));
  if (spec.type === "ct timeout") obj.spec = { ...spec, policy };
  obj.policyExpr = setOf(states.map((s) => mappingOf(symbolOf(s.name.text, s.name.loc), valueOf(HOST_INTEGER, s.seconds, s.name.loc, 32), s.name.loc)), p.from(start));
}

function timeoutState(p: Parser): { readonly name: { readonly text: string; readonly loc: ObjDecl["loc"] }; readonly seconds: number } {
  const name = p.expect("string");
  p.expect("colon");
  return { name, seconds: numberOf(p) };
}
