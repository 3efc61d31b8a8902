/** dig's `+options`. */
import { opcodeNames } from "../lib/dns-types.ts";
import { parseIp4 } from "../../wire/addr.ts";
import type { Lookup, Show } from "./lookup.ts";

/** Settings that are not of one lookup only. */
export interface Globals {
  cmd: boolean;
  short: boolean;
}

export type PlusResult = null | { readonly is: "invalid" } | { readonly is: "refused" } | { readonly is: "fatal"; readonly detail: string; readonly text: string };

type Switch = (l: Lookup, on: boolean, g: Globals) => void;
type Setting = (l: Lookup, value: string, g: Globals) => PlusResult;

const showing = (key: { [K in keyof Show]: Show[K] extends boolean ? K : never }[keyof Show]): Switch => (l, on) => void (l.show[key] = on);

const SWITCHES: Readonly<Record<string, Switch>> = {
  aaflag: (l, on) => void (l.aaFlag = on), aaonly: (l, on) => void (l.aaFlag = on), additional: showing("additional"), adflag: (l, on) => void (l.adFlag = on),
  all: (l, on, g) => {
    for (const key of ["question", "authority", "answer", "additional", "comments", "stats"] as const) l.show[key] = on;
    g.cmd = on;
  },
  answer: showing("answer"), authority: showing("authority"), cdflag: (l, on) => void (l.cdFlag = on), class: showing("class"), cl: showing("class"),
  cmd: (_l, on, g) => void (g.cmd = on), comments: showing("comments"), cookie: (l, on) => {
    l.cookie = on;
    if (on) l.edns ??= 0;
  },
  defname: (l, on) => void (l.search = on),
  dnssec: (l, on) => {
    l.dnssec = on;
    if (on) l.edns ??= 0;
  },
  do: (l, on) => SWITCHES["dnssec"]?.(l, on, { cmd: true, short: false }),
  edns: (l, on) => void (l.edns = on ? 0 : null), expandaaaa: showing("expandAaaa"), fail: (l, on) => void (l.servfailStops = on), "header-only": (l, on) => void (l.headerOnly = on),
  identify: showing("identify"), ignore: (l, on) => void (l.ignoreTc = on), keepalive: (l, on) => void (l.keepalive = on),
  multiline: (l, on) => void (l.show.multiline = on), nsid: (l, on) => {
    l.nsid = on;
    if (on) l.edns ??= 0;
  },
  qr: showing("query"), question: showing("question"), raflag: (l, on) => void (l.raFlag = on), rdflag: (l, on) => void (l.recurse = on), recurse: (l, on) => void (l.recurse = on),
  search: (l, on) => void (l.search = on),
  short: (l, on, g) => {
    g.short = on;
    if (on) for (const key of ["answer", "comments", "stats", "authority", "question", "additional"] as const) l.show[key] = key === "answer";
    if (on) g.cmd = false;
  },
  showsearch: (l, on) => {
    l.showSearch = on;
    l.search = on;
  },
  stats: showing("stats"), tcflag: (l, on) => void (l.tcFlag = on), tcp: tcp, vc: tcp, ttlid: showing("ttl"), ttl: showing("ttl"), ttlunits: (l, on) => {
    l.show.ttlUnits = on;
    if (on) l.show.ttl = true;
  },
  unknownformat: showing("unknown"), zflag: (l, on) => void (l.zFlag = on), split: (l, on) => void (l.show.split = on ? 56 : 0), subnet: (l) => void (l.subnet = null),
  bufsize: (l) => void (l.udpBytes = 1232), ednsflags: (l) => void (l.ednsFlags = 0), ednsopt: (l) => void (l.extraOptions = []),
};

function tcp(l: Lookup, on: boolean): void {
  l.tcp = on;
  l.tcpGiven = true;
}

/** parse_uint of BIND. */
function number(value: string, what: string, max: number, set: (n: number) => void): PlusResult {
  const detail = /^\d+$/.test(value) ? (Number(value) > max ? "out of range" : "") : "not a valid number";
  if (detail !== "") return { is: "fatal", detail: `invalid ${what} '${value}': ${detail}`, text: `Couldn't parse ${what}` };
  set(Number(value));
  return null;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  bufsize: (l, v) => number(v, "buffer size", 65535, (n) => (l.udpBytes = n)),
  domain: (l, v) => {
    l.domain = v.replace(/\.$/, "");
    return null;
  },
  edns: (l, v) => number(v, "edns version", 255, (n) => (l.edns = n)),
  ednsflags: (l, v) => number(/^0x[0-9a-f]+$/i.test(v) ? String(parseInt(v, 16)) : v, "ednsflags", 65535, (n) => (l.ednsFlags = n)),
  ednsopt: (l, v) => {
    const [code = "", value = ""] = v.split(":");
    const bytes = Uint8Array.from((value.match(/../g) ?? []).map((h) => parseInt(h, 16)));
    return number(code, "ednsopt code point", 65535, (n) => (l.extraOptions = [...l.extraOptions, { code: n, data: bytes }]));
  },
  ndots: (l, v) => number(v, "ndots", 0xffff, (n) => (l.ndots = n)),
  opcode: (l, v) => {
    const known = opcodeNames.indexOf(v.toUpperCase());
    return number(known >= 0 ? String(known) : v, "opcode", 15, (n) => (l.opcode = n));
  },
  padding: (l, v) => number(v, "padding", 512, (n) => (l.padding = n)),
  qid: (l, v) => number(v, "qid", 0xffff, (n) => (l.id = n)),
  retry: (l, v) => number(v, "retries", 0xffff, (n) => (l.tries = n + 1)), retries: (l, v) => number(v, "retries", 0xffff, (n) => (l.tries = n + 1)),
  split: (l, v) => number(v, "split", 1024, (n) => (l.show.split = Math.ceil(n / 4) * 4)),
  subnet: (l, v) => subnet(l, v),
  time: (l, v) => number(v, "timeout", 0xffff, (n) => (l.timeoutS = Math.max(n, 1))), timeout: (l, v) => number(v, "timeout", 0xffff, (n) => (l.timeoutS = Math.max(n, 1))),
  tries: (l, v) => number(v, "tries", 0xffff, (n) => (l.tries = Math.max(n, 1))),
};

/** EDNS client subnet (RFC 7871) of an IPv4 prefix. */
function subnet(l: Lookup, text: string): PlusResult {
  const [host = "", length = "32"] = text.split("/");
  const quad = host.split(".");
  const addr = parseIp4([...quad, "0", "0", "0"].slice(0, 4).join("."));
  const bits = text.includes("/") ? Number(length) : quad.length * 8;
  if (addr === null || !(bits >= 0 && bits <= 32)) return { is: "fatal", detail: "", text: `invalid client subnet '${text}'` };
  const bytes = [addr >>> 24, (addr >>> 16) & 255, (addr >>> 8) & 255, addr & 255].slice(0, Math.ceil(bits / 8));
  const spare = (8 - (bits % 8)) % 8;
  if (bytes.length > 0) bytes[bytes.length - 1]! &= 0xff << spare;
  l.subnet = { code: 8, data: Uint8Array.of(0, 1, bits, 0, ...bytes) };
  l.edns ??= 0;
  return null;
}

/** What dig 9.18 has too. */
const REFUSED = [
  "badcookie", "besteffort", "coflag", "crypto", "dns64prefix", "ednsnegotiation", "expire", "http-plain", "http-plain-get", "https", "https-get", "https-post", "idnin", "idnout",
  "keepopen", "mapped", "nssearch", "onesoa", "proxy", "rrcomments", "showbadcookie", "showbadvers", "tls", "tls-ca", "tls-certfile", "tls-hostname", "tls-keyfile", "trace", "yaml",
];

const NAMES = [...new Set([...Object.keys(SWITCHES), ...Object.keys(SETTINGS), ...REFUSED])];

/** A name in full, or enough of it. */
function fullName(text: string): string | null {
  if (NAMES.includes(text)) return text;
  const near = NAMES.filter((name) => name.startsWith(text));
  return near.length === 1 ? (near[0] ?? null) : null;
}

/** Applies `+[no]name[=value]`. */
export function plusOption(text: string, lookup: Lookup, globals: Globals): PlusResult {
  const equals = text.indexOf("=");
  const given = (equals < 0 ? text : text.slice(0, equals)).toLowerCase();
  const value = equals < 0 ? null : text.slice(equals + 1);
  const negated = given.startsWith("no") && fullName(given) === null;
  const name = fullName(negated ? given.slice(2) : given);
  if (name === null) return { is: "invalid" };
  if (REFUSED.includes(name)) return { is: "refused" };
  const setting = SETTINGS[name];
  if (value !== null && value !== "" && !negated && setting !== undefined) return setting(lookup, value, globals);
  const change = SWITCHES[name];
  if (change === undefined) return { is: "invalid" };
  change(lookup, !negated, globals);
  return null;
}
