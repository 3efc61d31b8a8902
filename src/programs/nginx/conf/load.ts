import type { Sys, Task } from "../../../os/sys.ts";
import { BUILT_IN, hasPrefix } from "../variable-names.ts";
import { Conf } from "./conf.ts";
import { CONTENT_DIRECTIVES } from "./content.ts";
import { CORE_DIRECTIVES, newMainConf } from "./core.ts";
import type { ConfError, Directive } from "./directive.ts";
import { HTTP_DIRECTIVES } from "./http.ts";
import { LIMIT_DIRECTIVES } from "./limits.ts";
import { defaultListen, LISTEN_DIRECTIVES } from "./listen.ts";
import { duplicateLocation, LOCATION_DIRECTIVES } from "./location.ts";
import { LOG_DIRECTIVES } from "./logs.ts";
import { MAP_DIRECTIVES } from "./maps.ts";
import { allLocations, mergeHttp } from "./merge.ts";
import type { HttpConf, Level, MainConf } from "./model.ts";
import { PROXY_DIRECTIVES, resolveUpstreams } from "./proxy.ts";
import { REFUSED } from "./refused.ts";
import { REWRITE_DIRECTIVES } from "./rewrite.ts";
import { constantScript } from "./script.ts";
import { harmless } from "./slots.ts";
import { UPSTREAM_DIRECTIVES } from "./upstream.ts";

/** Reads a whole configuration: the file, then what can only be known when all of it was read. */

const ALL: readonly Directive[] = [
  ...CORE_DIRECTIVES, ...HTTP_DIRECTIVES, ...LISTEN_DIRECTIVES, ...LOCATION_DIRECTIVES, ...REWRITE_DIRECTIVES, ...PROXY_DIRECTIVES, ...UPSTREAM_DIRECTIVES,
  ...LOG_DIRECTIVES, ...LIMIT_DIRECTIVES, ...MAP_DIRECTIVES, ...CONTENT_DIRECTIVES,
  // Only a listener with TLS would look at these, and `listen … ssl` is refused.
  ...["ssl_protocols", "ssl_ciphers", "ssl_session_cache"].map((name) => harmless(name, "hs", "1+")),
  ...["ssl_prefer_server_ciphers", "ssl_session_timeout"].map((name) => harmless(name, "hs", "1")),
];

function byName(): ReadonlyMap<string, readonly Directive[]> {
  const map = new Map<string, Directive[]>();
  for (const d of ALL) map.set(d.name, [...(map.get(d.name) ?? []), d]);
  return map;
}

const DIRECTIVES = byName();

export interface LoadOptions {
  readonly sys: Sys;
  readonly prefix: string;
  readonly confFile: string;
  readonly globals: string | undefined;
  readonly log: (level: Level, text: string) => void;
}

export interface Loaded {
  readonly main: MainConf;
  readonly dump: Conf["dump"];
}

export function* loadConf(options: LoadOptions): Task<Loaded | ConfError> {
  const main = newMainConf();
  const cf = new Conf({ sys: options.sys, directives: DIRECTIVES, refused: REFUSED, prefix: options.prefix, confFile: options.confFile, log: options.log }, main);
  const error = (options.globals === undefined ? undefined : yield* cf.readParam(options.globals)) ?? (yield* cf.readFile(options.confFile));
  if (error !== undefined) return error;
  const late = main.http === undefined ? undefined : yield* finishHttp(cf, main.http);
  return late ?? { main, dump: cf.dump };
}

function* finishHttp(cf: Conf, http: HttpConf): Task<ConfError | undefined> {
  for (const srv of http.servers) {
    if (srv.listens.length === 0) srv.listens.push(defaultListen(srv.where));
    if (srv.names.length === 0) srv.names.push({ name: "", pattern: undefined });
    const twice = duplicateLocation(srv.loc);
    if (twice !== undefined) return { emerg: twice };
  }
  const error = yield* resolveUpstreams(cf, http.servers.flatMap((s) => allLocations(s.loc)));
  if (error !== undefined) return error;
  if (cf.main.errorLogs.length === 0) cf.main.errorLogs.push({ file: cf.logFile(""), level: "error" });
  const format = http.formats.get("combined")!;
  mergeHttp(http, {
    root: { path: constantScript(cf.fullName("html")), alias: false }, errorLogs: cf.main.errorLogs,
    accessLogs: usesDefaultLog(http) ? [{ file: cf.logFile("/var/log/nginx/access.log"), format, condition: undefined }] : [],
  });
  conflictingNames(cf, http);
  return unknownVariable(http);
}

/** The built-in access log is only opened when a place does without one of its own. */
const usesDefaultLog = (http: HttpConf): boolean => http.loc.set.accessLogs === undefined;

function unknownVariable(http: HttpConf): ConfError | undefined {
  const known = (name: string): boolean => BUILT_IN.has(name) || hasPrefix(name) || http.settable.has(name) || http.computed.has(name);
  const missing = [...http.read].find((name) => !known(name.toLowerCase()) && !known(name));
  return missing === undefined ? undefined : { emerg: `unknown "${missing}" variable` };
}

/** What is only looked at after "syntax is ok". */
export function lateMistake(main: MainConf): ConfError | undefined {
  if (!main.events) return { emerg: 'no "events" section in configuration' };
  return main.http === undefined ? undefined : missingZone(main.http);
}

function missingZone(http: HttpConf): ConfError | undefined {
  const places = [http.loc, ...http.servers.flatMap((s) => allLocations(s.loc))];
  const zones = places.flatMap((l) => [...l.v.limitReqs, ...l.v.limitConns].map((rule) => rule.zone));
  const missing = zones.find((z) => z.sizeBytes === 0);
  return missing === undefined ? undefined : { emerg: `zero size shared memory zone "${missing.name}"` };
}

/** Two servers with one name on one address: the second is never asked for. */
function conflictingNames(cf: Conf, http: HttpConf): void {
  const seen = new Set<string>();
  for (const srv of http.servers) {
    for (const listen of srv.listens) {
      for (const { name, pattern } of srv.names) {
        const key = `${listen.text} ${name}`;
        if (pattern === undefined && seen.has(key)) cf.options.log("warn", `conflicting server name "${name}" on ${listen.text}, ignored`);
        seen.add(key);
      }
    }
  }
}
