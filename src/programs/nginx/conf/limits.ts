import type { Zone } from "../zones.ts";
import { isConfError, type Conf } from "./conf.ts";
import { directive, type ConfError, type Directive, type SetResult } from "./directive.ts";
import type { LimitConn, LimitReq } from "./model.ts";
import { append, choice, DUPLICATE, flag, INVALID, setOnce } from "./slots.ts";
import { parseNumber, parseSize } from "./values.ts";

/** limit_req and limit_conn: zones and rules. */

const SMALLEST_ZONE = 8 * 4096;

function readZone(cf: Conf, word: string): { name: string; bytes: number } | ConfError {
  const m = /^zone=([^:]*):(.*)$/.exec(word);
  if (m === null) return cf.emerg(`invalid zone size "${word}"`);
  const bytes = parseSize(m[2] ?? "");
  if (bytes === null) return cf.emerg(`invalid zone size "${word}"`);
  return bytes < SMALLEST_ZONE ? cf.emerg(`zone "${word}" is too small`) : { name: m[1] ?? "", bytes };
}

/** `1r/s`, `30r/m` in thousandths of requests a second. */
function readRate(word: string): number | null {
  const m = /^rate=(\d+)r\/([sm])$/.exec(word);
  const n = Number(m?.[1] ?? 0);
  return n > 0 ? Math.floor((n * 1000) / (m?.[2] === "m" ? 60 : 1)) : null;
}

function zone(cf: Conf, words: readonly string[]): SetResult {
  const kind = words[0] === "limit_req_zone" ? "req" : "conn";
  const key = cf.script(words[1] ?? "");
  if (isConfError(key)) return key;
  let found: { name: string; bytes: number } | undefined;
  let rate = 1000;
  for (const word of words.slice(2)) {
    if (word.startsWith("zone=")) {
      const read = readZone(cf, word);
      if (isConfError(read)) return read;
      found = read;
    } else if (kind === "req" && word.startsWith("rate=")) {
      const read = readRate(word);
      if (read === null) return cf.emerg(`invalid rate "${word}"`);
      rate = read;
    } else if (word === "sync") return cf.notHere(words);
    else return cf.emerg(`invalid parameter "${word}"`);
  }
  if (found === undefined) return cf.emerg(`"${words[0]}" must have "zone" parameter`);
  if (cf.scope.http?.zones.has(found.name) === true) return cf.emerg(`${words[0]} "${found.name}" is already bound to key "${cf.scope.http.zones.get(found.name)?.key.source}"`);
  const made: Zone = { name: found.name, kind, key, sizeBytes: found.bytes, rate, nodes: new Map(), connections: new Map() };
  cf.scope.http?.zones.set(found.name, made);
  return undefined;
}

/** Zones may be named before they are made: whoever is not there at the end is `zero size`. */
const PENDING = "";

function zoneOf(cf: Conf, name: string, kind: Zone["kind"]): Zone {
  const zones = cf.scope.http?.zones;
  const known = zones?.get(name);
  if (known !== undefined) return known;
  return { name: `${PENDING}${name}`, kind, key: { source: "", parts: [], constant: "" }, sizeBytes: 0, rate: 0, nodes: new Map(), connections: new Map() };
}

function limitReq(cf: Conf, words: readonly string[]): SetResult {
  let name: string | undefined;
  let burst = 0;
  let delay = 0;
  for (const word of words.slice(1)) {
    const [key = "", value = ""] = word.split(/=(.*)/s);
    const n = parseNumber(value);
    if (key === "zone" && word.includes("=")) name = value;
    else if (word.startsWith("burst=")) {
      if (n === null || n <= 0) return cf.emerg(`invalid burst value "${word}"`);
      burst = n;
    } else if (word.startsWith("delay=")) {
      if (n === null || n <= 0) return cf.emerg(`invalid delay value "${word}"`);
      delay = n;
    } else if (word === "nodelay") delay = Infinity;
    else return cf.emerg(`invalid parameter "${word}"`);
  }
  if (name === undefined) return cf.emerg('"limit_req" must have "zone" parameter');
  const rule: LimitReq = { zone: zoneOf(cf, name, "req"), burst: burst * 1000, delay: delay * 1000 };
  if (cf.scope.loc?.set.limitReqs?.some((l) => l.zone.name === name) === true) return DUPLICATE;
  return append<LimitReq>(cf, "limitReqs", rule);
}

function limitConn(cf: Conf, words: readonly string[]): SetResult {
  const n = parseNumber(words[2] ?? "");
  if (n === null || n <= 0) return cf.emerg(`invalid number of connections "${words[2]}"`);
  if (n > 65535) return cf.emerg("connection limit must be less 65536");
  if (cf.scope.loc?.set.limitConns?.some((l) => l.zone.name === words[1]) === true) return DUPLICATE;
  return append<LimitConn>(cf, "limitConns", { zone: zoneOf(cf, words[1] ?? "", "conn"), connections: n });
}

const status = (name: string, key: "limitReqStatus" | "limitConnStatus"): Directive => directive(name, "hsl", "1", (cf, words) => {
  const n = parseNumber(words[1] ?? "");
  if (cf.scope.loc !== undefined && key in cf.scope.loc.set) return DUPLICATE;
  if (n === null) return INVALID;
  if (n < 400 || n > 599) return cf.emerg(n < 400 ? 'value must be equal to or greater than 400' : 'value must be equal to or less than 599');
  return setOnce(cf, key, n);
});

const LEVEL_CHOICE = { info: "info", notice: "notice", warn: "warn", error: "error" } as const;

export const LIMIT_DIRECTIVES: readonly Directive[] = [
  directive("limit_req_zone", "h", "3-4", zone), directive("limit_conn_zone", "h", "2", zone),
  directive("limit_req", "hsl", "1-3", limitReq), directive("limit_conn", "hsl", "2", limitConn),
  status("limit_req_status", "limitReqStatus"), status("limit_conn_status", "limitConnStatus"),
  choice("limit_req_log_level", "hsl", "limitReqLevel", LEVEL_CHOICE), choice("limit_conn_log_level", "hsl", "limitConnLevel", LEVEL_CHOICE),
  flag("limit_req_dry_run", "hsl", "limitReqDryRun"), flag("limit_conn_dry_run", "hsl", "limitConnDryRun"),
];
