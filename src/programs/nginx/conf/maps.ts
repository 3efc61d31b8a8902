import type { Task } from "../../../os/sys.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import type { ComputedVar } from "./model.ts";
import { readNetwork } from "./network.ts";
import type { Pattern } from "./regex.ts";
import { constantScript, type Script } from "./script.ts";
import { harmless } from "./slots.ts";

/** map, geo and split_clients: variables that are looked up in a table. */

const targetOf = (cf: Conf, word: string): string | ConfError =>
  word.startsWith("$") && word.length > 1 ? word.slice(1) : cf.emerg(`invalid variable name "${word}"`);

interface MapReading {
  readonly exact: Map<string, Script>;
  readonly heads: [string, Script][];
  readonly tails: [string, Script][];
  readonly patterns: [Pattern, Script][];
  fallback: Script | undefined;
  hostnames: boolean;
}

const mapLine = (m: MapReading) => (cf: Conf, words: readonly string[]): SetResult => {
  if (words.length === 1 && words[0] === "hostnames") {
    m.hostnames = true;
    return undefined;
  }
  if (words.length === 1 && words[0] === "volatile") return undefined;
  if (words.length !== 2) return cf.emerg("invalid number of the map parameters");
  const value = cf.script(words[1] ?? "");
  return isConfError(value) ? value : addMapLine(cf, m, words[0] ?? "", value);
};

function addMapLine(cf: Conf, m: MapReading, given: string, value: Script): SetResult {
  if (given === "default") {
    if (m.fallback !== undefined) return cf.emerg("duplicate default map parameter");
    m.fallback = value;
    return undefined;
  }
  if (given.startsWith("~")) {
    const caseless = given.startsWith("~*");
    const pattern = cf.pattern(given.slice(caseless ? 2 : 1), caseless);
    if (isConfError(pattern)) return pattern;
    m.patterns.push([pattern, value]);
    return undefined;
  }
  const key = (given.startsWith("\\") ? given.slice(1) : given).toLowerCase();
  if (m.hostnames && (key.startsWith("*.") || key.startsWith("."))) m.heads.push([key.replace(/^\*?\./, "."), value]);
  if (m.hostnames && key.endsWith(".*")) m.tails.push([key.slice(0, -1), value]);
  if (m.exact.has(key)) return cf.emerg(`conflicting parameter "${given}"`);
  m.exact.set(m.hostnames && key.startsWith(".") ? key.slice(1) : key, value);
  return undefined;
}

function* map(cf: Conf, words: readonly string[]): Task<SetResult> {
  const source = cf.script(words[1] ?? "");
  if (isConfError(source)) return source;
  const name = targetOf(cf, words[2] ?? "");
  if (typeof name !== "string") return name;
  const m: MapReading = { exact: new Map(), heads: [], tails: [], patterns: [], fallback: undefined, hostnames: false };
  const error = yield* cf.readBlock({ ...cf.scope, lines: mapLine(m) });
  if (error !== undefined) return error;
  return define(cf, name, { is: "map", source, exact: m.exact, heads: m.heads, tails: m.tails, patterns: m.patterns, fallback: m.fallback ?? constantScript("") });
}

function define(cf: Conf, name: string, variable: ComputedVar): undefined {
  cf.scope.http?.computed.set(name, variable);
}

function* split(cf: Conf, words: readonly string[]): Task<SetResult> {
  const source = cf.script(words[1] ?? "");
  if (isConfError(source)) return source;
  const name = targetOf(cf, words[2] ?? "");
  if (typeof name !== "string") return name;
  const parts: { share: number; value: string }[] = [];
  const error = yield* cf.readBlock({ ...cf.scope, lines: (inner, line) => splitLine(inner, parts, line) });
  if (error !== undefined) return error;
  if (parts.reduce((sum, p) => sum + p.share, 0) > 10_000) return cf.emerg("percent total is greater than 100%");
  return define(cf, name, { is: "split", source, parts });
}

function splitLine(cf: Conf, parts: { share: number; value: string }[], words: readonly string[]): SetResult {
  const [percent = "", value = ""] = words;
  if (percent === "*") {
    parts.push({ share: 0, value });
    return undefined;
  }
  const m = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(percent);
  const share = m === null ? 0 : Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0"));
  if (share === 0) return cf.emerg(`invalid percent value "${percent}"`);
  parts.push({ share, value });
  return undefined;
}

type Net = Extract<ComputedVar, { is: "geo" }>["nets"][number];

function* geo(cf: Conf, words: readonly string[]): Task<SetResult> {
  const source = words.length === 3 ? targetOf(cf, words[1] ?? "") : "remote_addr";
  if (typeof source !== "string") return source;
  const name = targetOf(cf, words.at(-1) ?? "");
  if (typeof name !== "string") return name;
  cf.scope.http?.read.add(source);
  const nets: Net[] = [];
  let fallback = "";
  const error = yield* cf.readBlock({ ...cf.scope, lines: (inner, line) => {
    if (line.length !== 2) return inner.emerg("invalid number of the geo parameters");
    const [key = "", value = ""] = line;
    if (["delete", "proxy", "ranges"].includes(key)) return inner.notHere(line);
    if (key === "default") fallback = value;
    else return geoNet(inner, nets, key, value);
    return undefined;
  } });
  return error ?? define(cf, name, { is: "geo", source, nets, fallback });
}

function geoNet(cf: Conf, nets: Net[], key: string, value: string): SetResult {
  const net = readNetwork(key);
  if (net === null) return cf.emerg(`invalid network "${key}"`);
  if (net.low) cf.warn(`low address bits of ${key} are meaningless`);
  nets.push({ addr: net.addr, mask: net.mask, value });
  return undefined;
}

export const MAP_DIRECTIVES: readonly Directive[] = [
  directive("map", "h", "{2", map), directive("split_clients", "h", "{2", split), directive("geo", "h", "{1-2", geo),
  harmless("map_hash_max_size", "h", "1"), harmless("map_hash_bucket_size", "h", "1"),
];
